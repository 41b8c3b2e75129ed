//! Undoing an upload: accounts that nobody has used or changed are removed, the others are kept and named.
//!
//! Asking for it puts a job in line. The job goes through the upload's accounts in the order of the file, in short
//! transactions; whatever kills the process, what is committed stays, and the next start goes on with the rest. The
//! removal itself asks once more whether the account is in use: whoever signs in meanwhile keeps theirs.

use super::create_accounts::Progress;
use super::form::NotDone;
use crate::clock;
use crate::domain::{Admin, Deed, JobId, UploadId, message};
use crate::problem::Problem;
use crate::store::audit::{self, About, NewEntry};
use crate::store::job::{self, Job};
use crate::store::undo::{self, Kept};
use crate::store::{self, Connection, district, upload};
use jiff::Timestamp;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long a batch may take at most; it ends sooner if somebody waits to write, who signs in perhaps.
const BATCH_TIME: Duration = Duration::from_millis(25);
/// The most accounts in a batch.
const BATCH_ROWS: u32 = 500;

/// Puts the undoing of an upload in line.
///
/// # Errors
/// [`NotDone::Refused`] if its job is not done, it is undone already, or there is nothing to remove;
/// [`NotDone::NotFound`] for an upload that the administrator does not see.
pub fn ask_to_undo(
    conn: &mut Connection,
    admin: &Admin,
    id: UploadId,
    now: Timestamp,
) -> Result<(), NotDone> {
    let tx = store::begin(conn)?;
    let upload = upload::visible_to(&tx, admin.scope, id)?.ok_or(NotDone::NotFound)?.upload;
    if !undo::ask(&tx, admin.scope, id, admin.account, now)? {
        let why = if upload.lines_removed_at.is_some() {
            "Its lines were removed, so nobody can say any more which accounts it made. Suspend or remove them one by one."
        } else if upload.undone_at.is_some() {
            "Somebody has asked to undo this upload already. Its results say what became of it."
        } else {
            "The job still runs. Wait until it is done; then the upload can be undone."
        };
        return Err(NotDone::refused("", why));
    }
    if undo::fates(&tx, id)?.untouched == 0 {
        let why = "There is no account to remove: each that this upload made is in use or was changed, or there is none.";
        return Err(NotDone::refused("", why));
    }
    job::enqueue(&tx, Job::Undo(id))?;
    let details = format!("Job {}", id.0);
    let about = About::Named(&upload.file_name);
    let entry = NewEntry { by: Some(admin.account), deed: Deed::AskedToUndo, about, details: &details };
    audit::insert(&tx, &entry, now)?;
    tx.commit()?;
    Ok(())
}

/// Removes the accounts of an upload that nobody has used or changed, until it has been through all or `stop` is set. Says
/// after every batch that it got on.
///
/// # Errors
/// If the database cannot be read or written. What was committed stays; the job stays in line.
pub fn undo_upload(
    conn: &mut Connection,
    job: JobId,
    upload: UploadId,
    stop: &AtomicBool,
    got_on: &dyn Fn(),
) -> Result<Progress, Problem> {
    let zone = district::get(conn)?.map(|district| district.time_zone).unwrap_or_default();
    let mut after = 0;
    while let Some(line) = batch(conn, job, upload, after, &zone)? {
        after = line;
        got_on();
        if stop.load(Ordering::Relaxed) {
            return Ok(Progress::Interrupted);
        }
    }
    finish(conn, job, upload)?;
    Ok(Progress::Finished)
}

/// One transaction: the accounts of the next lines. Gives the last line it came to; `None` if there is none left.
fn batch(
    conn: &mut Connection,
    job: JobId,
    upload: UploadId,
    after: u32,
    zone: &str,
) -> Result<Option<u32>, Problem> {
    let tx = store::begin(conn)?;
    let began = Instant::now();
    let (mut last, mut removed) = (None, 0);
    for (line, account) in undo::accounts_after(&tx, upload, after, BATCH_ROWS)? {
        let said = match undo::remove(&tx, upload, line, account)? {
            None => {
                removed += 1;
                message::removed()
            }
            Some(Kept::Used(since)) => {
                message::kept_in_use(&clock::written(since, zone, clock::DAY_IN_A_SENTENCE))
            }
            Some(Kept::Changed(since)) => {
                message::kept_changed(&clock::written(since, zone, clock::DAY_IN_A_SENTENCE))
            }
        };
        undo::say(&tx, upload, line, &said)?;
        last = Some(line);
        if began.elapsed() >= BATCH_TIME || tx.others_wait() {
            break;
        }
    }
    if last.is_some() {
        undo::count(&tx, upload, removed)?;
        job::got_on(&tx, job)?;
    }
    tx.commit()?;
    Ok(last)
}

/// Says that the upload is undone, writes down what that came to, and puts the writing of its results in line.
fn finish(conn: &mut Connection, job: JobId, id: UploadId) -> Result<(), Problem> {
    let tx = store::begin(conn)?;
    let by = undo::finish(&tx, id)?;
    let upload = upload::get(&tx, id)?;
    let (removed, kept) = (upload.removed, upload.counts.created - upload.removed);
    let details = format!("Job {}: {removed} removed, {kept} kept", id.0);
    let entry =
        NewEntry { by, deed: Deed::UndidUpload, about: About::Named(&upload.file_name), details: &details };
    audit::insert(&tx, &entry, clock::now())?;
    job::enqueue(&tx, Job::WriteResults(id))?;
    job::remove(&tx, job)?;
    tx.commit()?;
    Ok(())
}
