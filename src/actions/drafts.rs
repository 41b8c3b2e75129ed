//! Files handed in to be checked: kept sealed, read and foreseen, and made an upload of when the administrator says so.
//! Each is its own administrator's, and goes after a day.

use super::forecast::{Forecast, Foreseen, cells_of};
use super::form::NotDone;
use super::letters;
use super::receive_upload::{Destination, Said, insert_rows, mark_of, who_chooses};
use crate::domain::roster::{self, Answers, Reading, Roster, Unreadable};
use crate::domain::{Admin, Deed, DraftId, Email, UploadId, Username};
use crate::problem::Problem;
use crate::secrets::{Key, SealBroken, Secret};
use crate::store::audit::{self, About, NewEntry};
use crate::store::draft::{self, Draft, NewDraft, NewLine, Planned};
use crate::store::job::{self, Job};
use crate::store::upload::{FileMark, NewUpload};
use crate::store::{self, Connection, Transaction, account, district, record};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashSet;
use zeroize::Zeroizing;

/// How long a draft is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// What became of making accounts of a draft.
#[derive(Debug)]
pub enum FromDraft {
    /// It is an upload now, with this Job ID.
    Received(UploadId),
    /// The district has changed since the check: this is different now, and nothing was made.
    Changed(Vec<Difference>),
}

/// What is different on a line since the check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What was announced.
    pub before: Planned,
    /// What is to be announced now.
    pub now: Planned,
}

/// Keeps a file and foresees what would become of it, as far as it is clear. Gives its number.
///
/// # Errors
/// If the database cannot be written.
pub fn hand_in_draft(
    conn: &mut Connection,
    key: &Key,
    admin: &Admin,
    to: &Destination,
    (file_name, file): (&str, &[u8]),
    now: Timestamp,
) -> Result<DraftId, NotDone> {
    let sealed = key.seal_secret(file, Secret::Draft(file_name))?;
    let reading = roster::read(file, limit(conn)?, &Answers::default());
    let planned = match &reading {
        Ok(Reading::Clear(roster)) => Some((roster, plan(conn, to, roster, &[])?)),
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
    let planned = match &reading {
        Reading::Clear(roster) => Some((roster, plan(conn, &destination(&draft, admin), roster, &[])?)),
        Reading::Unclear(_) => None,
    };
    let tx = store::begin(conn)?;
    draft::get(&tx, admin, id)?.ok_or(NotDone::NotFound)?;
    draft::set_answers(&tx, id, &answered.to_text())?;
    keep_plan(&tx, id, planned.as_ref())?;
    tx.commit()?;
    Ok(())
}

/// Takes the choice of which lines to skip, and foresees again: usernames may move up.
///
/// # Errors
/// [`NotDone::NotFound`] for a draft that is not the administrator's, or is not clear yet.
pub fn choose_lines(
    conn: &mut Connection,
    key: &Key,
    admin: &Admin,
    id: DraftId,
    choose: impl Fn(&Planned) -> bool,
) -> Result<(), NotDone> {
    let (draft, reading, _) = read_draft(conn, key, admin, id)?;
    let Ok(Reading::Clear(roster)) = reading else { return Err(NotDone::NotFound) };
    let mut said = Vec::new();
    draft::for_each(conn, id, |planned| -> Result<(), Problem> {
        // Usernames move up when a line is left out; the stem of each stays.
        let announced = (!planned.username.is_empty()).then(|| Username::typed(&planned.username));
        said.push(Said { announced, is_left_out: choose(&planned) });
        Ok(())
    })?;
    let planned = plan(conn, &destination(&draft, admin), &roster, &said)?;
    let tx = store::begin(conn)?;
    draft::get(&tx, admin, id)?.ok_or(NotDone::NotFound)?;
    keep_plan(&tx, id, Some(&(&roster, planned)))?;
    tx.commit()?;
    Ok(())
}

/// Makes an upload of a draft: precisely what was announced, with the usernames that were announced. If the district has
/// changed since, nothing is made, and what is different is announced anew.
///
/// # Errors
/// [`NotDone::NotFound`] for a draft that is not the administrator's, or is not clear yet; [`NotDone::Refused`] for `create`
/// while another file has the same emails and its turn comes first.
pub fn create_from_draft(
    conn: &mut Connection,
    key: &Key,
    admin: &Admin,
    id: DraftId,
    now: Timestamp,
) -> Result<FromDraft, NotDone> {
    let (draft, reading, file_mark) = read_draft(conn, key, admin, id)?;
    let Ok(Reading::Clear(roster)) = reading else { return Err(NotDone::NotFound) };
    let to = destination(&draft, admin);
    let tx = store::begin(conn)?;
    draft::get(&tx, admin, id)?.ok_or(NotDone::NotFound)?;
    let (said, differences) = compare(&tx, id, &to, &roster)?;
    // A file that is read otherwise than it was has other lines.
    if !differences.is_empty() || said.len() != roster.rows.len() {
        tx.rollback()?;
        let planned = plan(conn, &to, &roster, &said)?;
        let tx = store::begin(conn)?;
        draft::get(&tx, admin, id)?.ok_or(NotDone::NotFound)?;
        keep_plan(&tx, id, Some(&(&roster, planned)))?;
        tx.commit()?;
        return Ok(FromDraft::Changed(differences));
    }
    if any_is_in_line(&tx, &roster, &said)? {
        let why = "Another file that is being worked on just now has emails of this one. Wait a moment, then press \
                   again: what is different then is said.";
        return Err(NotDone::refused("create", why));
    }
    let new = NewUpload {
        school: draft.school,
        kind: draft.kind,
        file_name: &draft.file_name,
        by: Some(admin.account),
        file_mark: Some(file_mark),
        total: u32::try_from(roster.rows.len()).unwrap_or(u32::MAX),
        mends: None,
        who_chooses: draft.who_chooses,
    };
    let upload = insert_rows(&tx, key, &new, &roster.rows, &said, now)?;
    // What was announced is given here and now, so that nobody else gets it.
    for announced in said.iter().filter_map(|said| said.announced.as_ref()) {
        account::give_username(&tx, &announced.stem())?;
    }
    job::enqueue(&tx, Job::CreateAccounts(upload))?;
    let details = format!("Job {}, after a check", upload.0);
    let about = About::Named(&draft.file_name);
    let entry = NewEntry { by: Some(admin.account), deed: Deed::Uploaded, about, details: &details };
    audit::insert(&tx, &entry, now)?;
    letters::receipt(&tx, upload, now)?;
    draft::remove(&tx, id)?;
    tx.commit()?;
    Ok(FromDraft::Received(upload))
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

fn open(conn: &Connection, key: &Key, kept: &Draft) -> Result<Zeroizing<Vec<u8>>, NotDone> {
    let sealed = draft::sealed_file(conn, kept.id)?;
    key.open_secret(&sealed, Secret::Draft(&kept.file_name)).map_err(|SealBroken| {
        let why = "This file can no longer be opened, because the key file beside the database is another one. \
                   Hand it in again.";
        NotDone::refused("", why)
    })
}

fn answers(draft: &Draft) -> Answers {
    Answers::from_text(&draft.answers).unwrap_or_default()
}

fn limit(conn: &Connection) -> Result<u32, Problem> {
    Ok(district::get(conn)?.map_or(roster::ROWS_PER_FILE, |district| district.rows_per_file))
}

fn destination(draft: &Draft, admin: &Admin) -> Destination {
    Destination {
        school: draft.school,
        kind: draft.kind,
        by: Some(admin.account),
        who_chooses: Some(draft.who_chooses),
    }
}

/// What would become of each row; `said` is what was said of each before, in their order, or nothing.
fn plan(
    conn: &Connection,
    to: &Destination,
    roster: &Roster,
    said: &[Said],
) -> Result<Vec<Foreseen>, Problem> {
    let moment = store::reading(conn)?;
    let mut forecast = Forecast::begin(&moment, to)?;
    let nothing = Said::default();
    let said = said.iter().chain(std::iter::repeat(&nothing));
    roster.rows.iter().zip(said).map(|(row, said)| forecast.row(row, said)).collect()
}

fn keep_plan(
    tx: &Transaction<'_>,
    id: DraftId,
    planned: Option<&(&Roster, Vec<Foreseen>)>,
) -> Result<(), Problem> {
    draft::forget_plan(tx, id)?;
    let Some((roster, foreseen)) = planned else { return Ok(()) };
    for (row, foreseen) in roster.rows.iter().zip(foreseen) {
        let line = NewLine {
            line: foreseen.line,
            cells: cells_of(row),
            username: foreseen.username(),
            status: foreseen.status,
            message: &foreseen.message,
            is_namesake: foreseen.is_namesake,
            is_left_out: foreseen.is_left_out,
        };
        draft::announce(tx, id, &line)?;
    }
    Ok(())
}

/// Whether an email of the lines that are to be made stands on one whose turn comes first: what becomes of that nobody knows
/// yet.
fn any_is_in_line(tx: &Transaction<'_>, roster: &Roster, said: &[Said]) -> Result<bool, Problem> {
    let key = |email: &str| Email::parse(email).ok().map(|email| email.key().to_owned());
    let rows = roster.rows.iter().zip(said).filter(|(_, said)| said.announced.is_some());
    let emails: HashSet<String> = rows.filter_map(|(row, _)| key(cells_of(row)[2])).collect();
    if emails.is_empty() {
        return Ok(false);
    }
    let waiting = record::pending_emails(tx)?;
    Ok(waiting.iter().filter_map(|email| key(email)).any(|email| emails.contains(&email)))
}

/// Holds what was announced against what would happen now. Gives what was said of each line, and the lines that would end
/// otherwise, or with another username. In other words for the same they may.
fn compare(
    conn: &Connection,
    id: DraftId,
    to: &Destination,
    roster: &Roster,
) -> Result<(Vec<Said>, Vec<Difference>), Problem> {
    let mut forecast = Forecast::begin(conn, to)?;
    let (mut said, mut differences) = (Vec::new(), Vec::new());
    let mut rows = roster.rows.iter();
    draft::for_each(conn, id, |before| -> Result<(), Problem> {
        let Some(row) = rows.next() else {
            said.push(Said::default());
            return Ok(());
        };
        let announced = (!before.username.is_empty()).then(|| Username::typed(&before.username));
        let own = Said { announced, is_left_out: before.is_left_out };
        let now = forecast.row(row, &own)?;
        if before.status != now.status || before.username != now.username() {
            let now = Planned {
                username: now.username().to_owned(),
                status: now.status,
                message: now.message,
                ..before.clone()
            };
            differences.push(Difference { before, now });
        }
        said.push(own);
        Ok(())
    })?;
    Ok((said, differences))
}
