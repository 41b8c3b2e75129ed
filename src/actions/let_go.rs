//! Letting go of what is past its time: once a day, when nothing else is to be done, a little at a time.
//!
//! Each piece is a short transaction; between two of them there is a pause of the same length, and the job loop looks
//! whether an upload has come. Whatever is killed, the next start goes on, because a look is noted when it is done.

use super::forgotten_password;
use super::write_results::remove_results;
use crate::domain::kept::{Turn, days_before, turn};
use crate::domain::{Face, Guesses, Kept, SNAPSHOT_WEEKS, UploadId};
use crate::folder::Folder;
use crate::problem::Problem;
use crate::store::past::{self, Kind};
use crate::store::{
    self, Connection, Transaction, district, password_link, scrub, session, snapshots, throttle,
};
use jiff::Timestamp;
use std::thread;
use std::time::{Duration, Instant};

/// How long a piece may take. After each there is a pause of the same length, so that other processes write, too, and pages are
/// read from the disk.
const PIECE_TIME: Duration = Duration::from_millis(25);
/// The most rows that are deleted before the time is looked at.
const SOME: u32 = 100;
/// For how many days a browser is known that nobody signs in from: as long as it keeps its cookie.
const BROWSERS_KEPT: u16 = 365;

/// Does the next piece of today's look, or of overwriting what was deleted. Says whether there was anything to do.
///
/// # Errors
/// If the database or the folder cannot be written.
pub fn let_go(conn: &mut Connection, folder: &Folder, now: Timestamp) -> Result<bool, Problem> {
    if let Some(page) = scrub::next(conn)? {
        let tx = store::begin(conn)?;
        let began = Instant::now();
        scrub::scrub(&tx, page, || began.elapsed() < PIECE_TIME)?;
        tx.commit()?;
        thread::sleep(began.elapsed().min(PIECE_TIME * 4));
        return Ok(true);
    }
    let Turn::Look { delete_as_of, then } = turn(district::last_look(conn)?, now) else { return Ok(false) };
    let Some(district) = district::get(conn)? else { return Ok(false) };
    if let Some(as_of) = delete_as_of {
        let began = Instant::now();
        if piece(conn, folder, &district.kept, as_of, now)? {
            thread::sleep(began.elapsed().min(PIECE_TIME * 4));
            return Ok(true);
        }
        snapshots::let_go_of_replaced(folder, days_before(as_of, 7 * SNAPSHOT_WEEKS))?;
    }
    let tx = store::begin(conn)?;
    session::sweep(&tx, Face::live_since(district.kept.session_hours, now))?;
    password_link::sweep(&tx, forgotten_password::oldest_link(now))?;
    throttle::sweep(&tx, Guesses::remembered(now))?;
    scrub::ask(&tx)?;
    district::note_look(&tx, then)?;
    tx.commit()?;
    Ok(true)
}

/// Deletes some of what was past its time as of then. Says whether there was any.
fn piece(
    conn: &mut Connection,
    folder: &Folder,
    kept: &Kept,
    as_of: Timestamp,
    now: Timestamp,
) -> Result<bool, Problem> {
    if let Some(id) = past::half_removed(conn)? {
        some(conn, |tx| past::remove_lines(tx, id, SOME))?;
        return Ok(true);
    }
    if let Some(id) = past::upload(conn, days_before(as_of, kept.results))? {
        begin_upload(conn, folder, id, now)?;
        return Ok(true);
    }
    let kinds = [(Kind::Letters, kept.letters), (Kind::Audit, kept.audit), (Kind::Browsers, BROWSERS_KEPT)];
    for (kind, days) in kinds {
        let before = days_before(as_of, days);
        if past::any(conn, kind, before)? {
            some(conn, |tx| past::delete(tx, kind, before, SOME))?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// Takes an upload's results file away, and says that its lines are removed. They go with the pieces that follow.
fn begin_upload(conn: &mut Connection, folder: &Folder, id: UploadId, now: Timestamp) -> Result<(), Problem> {
    remove_results(folder, id)?;
    let tx = store::begin(conn)?;
    past::note_removed(&tx, id, now)?;
    tx.commit()?;
    Ok(())
}

/// One transaction: deletes until the time is up, somebody waits to write, or nothing is left.
fn some(
    conn: &mut Connection,
    delete: impl Fn(&Transaction<'_>) -> Result<usize, store::DatabaseError>,
) -> Result<(), Problem> {
    let tx = store::begin(conn)?;
    let began = Instant::now();
    while delete(&tx)? > 0 && began.elapsed() < PIECE_TIME && !tx.others_wait() {}
    tx.commit()?;
    Ok(())
}
