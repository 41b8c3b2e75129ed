//! Files handed in to be checked: kept sealed, read and foreseen, and made an upload of when the administrator says so.
//! Each is its own administrator's, and goes after a day.

use super::forecast::Forecast;
use super::form::NotDone;
use super::plan::Plan;
use super::receive_upload::{Destination, Said, mark_of, who_chooses};
use crate::domain::roster::{self, Answers, Reading, Rows, Unreadable};
use crate::domain::{Admin, DraftId, FileBytes, Username};
use crate::problem::Problem;
use crate::secrets::{Key, SealBroken, Secret};
use crate::store::draft::{self, Draft, NewDraft, Planned};
use crate::store::upload::FileMark;
use crate::store::{self, Connection, Transaction, district};
use flate2::Compression;
use flate2::write::{GzDecoder, GzEncoder};
use jiff::{SignedDuration, Timestamp};
use std::io::Write;

/// How long a draft is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// What a file begins with that is kept packed (RFC 1952). No file that can be used does by itself.
const PACKED: &[u8] = b"\x1F\x8B";

/// Keeps a file and foresees what would become of it, as far as it is clear. Gives its number.
///
/// # Errors
/// If the database cannot be written.
pub fn hand_in_draft(
    conn: &mut Connection,
    key: &Key,
    admin: &Admin,
    to: &Destination,
    (file_name, file): (&str, FileBytes),
    now: Timestamp,
) -> Result<DraftId, NotDone> {
    let reading = roster::read(&file, limit(conn)?, &Answers::default());
    let sealed = key.seal_secret(&packed(&file)?, Secret::Draft(file_name))?;
    drop(file);
    let planned = match &reading {
        Ok(Reading::Clear(roster)) => Some((&roster.rows, plan(conn, to, &roster.rows)?)),
        _ => None,
    };
    let new = NewDraft {
        school: to.school,
        kind: to.kind,
        file_name,
        sealed_file: &sealed,
        who_chooses: who_chooses(conn, to)?,
        by: admin.account,
    };
    let tx = store::begin(conn)?;
    let id = draft::insert(&tx, &new, now)?;
    keep_plan(&tx, id, planned.as_ref())?;
    tx.commit()?;
    Ok(id)
}

/// A draft, what its file says, read with what was answered so far, and what that file is known by.
///
/// # Errors
/// [`NotDone::NotFound`] for a draft that is not the administrator's; [`NotDone::Refused`] if its seal does not open.
pub fn read_draft(
    conn: &Connection,
    key: &Key,
    admin: &Admin,
    id: DraftId,
) -> Result<(Draft, Result<Reading, Unreadable>, FileMark), NotDone> {
    let draft = draft::get(conn, admin, id)?.ok_or(NotDone::NotFound)?;
    let file = open(conn, key, &draft)?;
    let reading = roster::read(&file, limit(conn)?, &answers(&draft));
    Ok((draft, reading, mark_of(key, &file)))
}

/// Looks at a draft again in the transaction that writes what was made of it: what is announced must be what the administrator
/// saw, whose page was of the revision `seen`, and what its file was read by.
///
/// # Errors
/// [`NotDone::NotFound`] if it is gone; [`NotDone::Refused`] for `create` if something else is announced meanwhile.
pub(super) fn look_again(
    tx: &Transaction<'_>,
    admin: &Admin,
    read: &Draft,
    seen: Option<i64>,
) -> Result<(), NotDone> {
    let now = draft::get(tx, admin, read.id)?.ok_or(NotDone::NotFound)?;
    if now.revision == read.revision && Some(now.revision) == seen {
        return Ok(());
    }
    let why = "What was said about this file was changed in another window, and nothing was done. This is what would happen \
               now: look at it, and then press again.";
    Err(NotDone::refused("create", why))
}

/// Takes answers to the questions about a draft's file, and foresees again what would become of it.
///
/// # Errors
/// [`NotDone::NotFound`] for a draft that is not the administrator's; [`NotDone::Refused`] for `columns` that cannot be
/// so, and for `answers` if the file cannot be used with them.
pub fn answer_draft(
    conn: &mut Connection,
    key: &Key,
    admin: &Admin,
    id: DraftId,
    answered: &Answers,
) -> Result<(), NotDone> {
    if let Some(fault) = answered.columns_fault() {
        return Err(NotDone::refused("columns", fault));
    }
    let draft = draft::get(conn, admin, id)?.ok_or(NotDone::NotFound)?;
    let file = open(conn, key, &draft)?;
    let reading = roster::read(&file, limit(conn)?, answered)
        .map_err(|why| NotDone::refused("answers", why.to_string()))?;
    drop(file);
    let planned = match &reading {
        Reading::Clear(roster) => {
            Some((&roster.rows, plan(conn, &destination(&draft, admin), &roster.rows)?))
        }
        Reading::Unclear(_) => None,
    };
    let tx = store::begin(conn)?;
    draft::get(&tx, admin, id)?.ok_or(NotDone::NotFound)?;
    draft::set_answers(&tx, id, &answered.to_text())?;
    keep_plan(&tx, id, planned.as_ref())?;
    tx.commit()?;
    Ok(())
}

/// Takes the choice of which lines to skip, and foresees again: usernames may move up. `seen` is the revision of the draft that the
/// choice was made by.
///
/// # Errors
/// [`NotDone::NotFound`] for a draft that is not the administrator's, or is not clear yet; [`NotDone::Refused`] for `create` if
/// something else is announced meanwhile.
pub fn choose_lines(
    conn: &mut Connection,
    key: &Key,
    admin: &Admin,
    (id, seen): (DraftId, Option<i64>),
    choose: impl Fn(&Planned) -> bool,
) -> Result<(), NotDone> {
    let (draft, reading, _) = read_draft(conn, key, admin, id)?;
    let Ok(Reading::Clear(roster)) = reading else { return Err(NotDone::NotFound) };
    let to = destination(&draft, admin);
    let planned = {
        let moment = store::reading(conn)?;
        let mut forecast = Forecast::begin(&moment, &to, roster.rows.len())?;
        forecast.begin_file(&roster.rows);
        let mut rows = roster.rows.iter();
        let mut plan = Plan::default();
        draft::for_each(&moment, id, |planned| -> Result<(), Problem> {
            // Usernames move up when a line is left out; the stem of each stays.
            let said = Said { is_left_out: choose(&planned), ..said(&planned) };
            if let Some(row) = rows.next() {
                plan.push(&forecast.row(&row, &said)?);
            }
            Ok(())
        })?;
        plan
    };
    let tx = store::begin(conn)?;
    look_again(&tx, admin, &draft, seen)?;
    keep_plan(&tx, id, Some(&(&roster.rows, planned)))?;
    tx.commit()?;
    Ok(())
}

/// Takes a draft away. Nothing was made of it.
///
/// # Errors
/// [`NotDone::NotFound`] for a draft that is not the administrator's.
pub fn discard_draft(conn: &mut Connection, admin: &Admin, id: DraftId) -> Result<(), NotDone> {
    let tx = store::begin(conn)?;
    draft::get(&tx, admin, id)?.ok_or(NotDone::NotFound)?;
    draft::remove(&tx, id)?;
    tx.commit()?;
    Ok(())
}

/// Takes drafts away that are a day old, and those that lie a day ahead, because the clock was set back. Says whether
/// there were any.
///
/// # Errors
/// If the database cannot be written.
pub fn sweep_drafts(conn: &mut Connection, now: Timestamp) -> Result<bool, Problem> {
    let kept = (now - KEPT, now + KEPT);
    if !draft::any_outside(conn, kept)? {
        return Ok(false);
    }
    let tx = store::begin(conn)?;
    draft::sweep(&tx, kept)?;
    tx.commit()?;
    Ok(true)
}

/// A file in little room: a roster takes a third of it, on the disk and wherever it goes on its way there.
fn packed(file: &[u8]) -> Result<FileBytes, Problem> {
    let failed = |cause| Problem::File { doing: "Packing a file".to_owned(), cause };
    let mut packed = GzEncoder::new(FileBytes::default(), Compression::fast());
    packed.write_all(file).and_then(|()| packed.finish()).map_err(failed)
}

/// The file of a draft.
fn open(conn: &Connection, key: &Key, kept: &Draft) -> Result<FileBytes, NotDone> {
    let sealed = draft::sealed_file(conn, kept.id)?;
    let mut file = key.open_secret(&sealed, Secret::Draft(&kept.file_name)).map_err(|SealBroken| {
        let why = "This file can no longer be opened, because the key file beside the database is another one. \
                   Hand it in again.";
        NotDone::refused("", why)
    })?;
    drop(sealed);
    if !file.starts_with(PACKED) {
        return Ok(std::mem::take(&mut *file).into());
    }
    let failed = |cause| Problem::File { doing: "Unpacking a file".to_owned(), cause };
    let mut whole = GzDecoder::new(FileBytes::default());
    Ok(whole.write_all(&file).and_then(|()| whole.finish()).map_err(failed)?)
}

fn answers(draft: &Draft) -> Answers {
    Answers::from_text(&draft.answers).unwrap_or_default()
}

fn limit(conn: &Connection) -> Result<u32, Problem> {
    Ok(district::get(conn)?.map_or(roster::ROWS_PER_FILE, |district| district.rows_per_file))
}

pub(super) fn destination(draft: &Draft, admin: &Admin) -> Destination {
    Destination {
        school: draft.school,
        kind: draft.kind,
        by: Some(admin.account),
        who_chooses: Some(draft.who_chooses),
    }
}

/// What was said of a line when this was announced for it.
pub(super) fn said(planned: &Planned) -> Said {
    let announced = (!planned.username.is_empty()).then(|| Username::typed(&planned.username));
    Said { announced, is_left_out: planned.is_left_out }
}

/// What would become of each row, of which nothing was said before.
fn plan(conn: &Connection, to: &Destination, rows: &Rows) -> Result<Plan, Problem> {
    let moment = store::reading(conn)?;
    let mut forecast = Forecast::begin(&moment, to, rows.len())?;
    forecast.begin_file(rows);
    let mut plan = Plan::default();
    for row in rows.iter() {
        plan.push(&forecast.row(&row, &Said::default())?);
    }
    Ok(plan)
}

/// Announces a plan in place of the one before it, or nothing.
pub(super) fn keep_plan(
    tx: &Transaction<'_>,
    id: DraftId,
    planned: Option<&(&Rows, Plan)>,
) -> Result<(), Problem> {
    draft::begin_plan(tx, id)?;
    let Some((rows, plan)) = planned else { return Ok(()) };
    for line in plan.with(rows) {
        draft::announce(tx, id, &line)?;
    }
    Ok(())
}
