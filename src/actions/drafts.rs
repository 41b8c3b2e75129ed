//! Files handed in to be checked: kept sealed, read and foreseen, and made an upload of when the administrator says so.
//! Each is its own administrator's, and goes after a day.

use super::forecast::Forecast;
use super::form::NotDone;
use super::letters;
use super::receive_upload::{Destination, insert_rows, mark_of, who_chooses};
use crate::domain::roster::{self, Answers, Reading, Roster, Unreadable};
use crate::domain::{Admin, Candidate, Deed, DraftId, Email, RecordStatus, Stem, UploadId, judge};
use crate::problem::Problem;
use crate::secrets::{Key, SealBroken, Secret};
use crate::store::audit::{self, About, NewEntry};
use crate::store::draft::{self, Draft, NewDraft, Planned};
use crate::store::job::{self, Job};
use crate::store::record;
use crate::store::upload::{FileMark, NewUpload};
use crate::store::{self, Connection, Transaction, account, district};
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

/// What was answered to the questions about a file.
pub type Answered = Answers;

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
        Ok(Reading::Clear(roster)) => Some(plan(conn, to, roster, &HashSet::new())?),
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
    keep_plan(&tx, id, planned.as_deref())?;
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
    answered: &Answered,
) -> Result<(), NotDone> {
    if let Some(fault) = answered.columns_fault() {
        return Err(NotDone::refused("columns", fault));
    }
    let draft = draft::get(conn, admin, id)?.ok_or(NotDone::NotFound)?;
    let file = open(conn, key, &draft)?;
    let reading = roster::read(&file, limit(conn)?, answered)
        .map_err(|why| NotDone::refused("answers", why.to_string()))?;
    let planned = match &reading {
        Reading::Clear(roster) => Some(plan(conn, &destination(&draft, admin), roster, &HashSet::new())?),
        Reading::Unclear(_) => None,
    };
    let tx = store::begin(conn)?;
    draft::get(&tx, admin, id)?.ok_or(NotDone::NotFound)?;
    draft::set_answers(&tx, id, &answered.to_text())?;
    keep_plan(&tx, id, planned.as_deref())?;
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
    let announced = draft::plan(conn, id)?;
    let left_out = announced.iter().filter(|planned| choose(planned)).map(|planned| planned.line).collect();
    let planned = plan(conn, &destination(&draft, admin), &roster, &left_out)?;
    let tx = store::begin(conn)?;
    draft::get(&tx, admin, id)?.ok_or(NotDone::NotFound)?;
    keep_plan(&tx, id, Some(&planned))?;
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
    let announced = draft::plan(&tx, id)?;
    let left_out = announced.iter().filter(|line| line.is_left_out).map(|line| line.line).collect();
    let planned = plan(&tx, &to, &roster, &left_out)?;
    let differences = differences(&announced, &planned);
    // A file that is read otherwise than it was has other lines.
    if !differences.is_empty() || announced.len() != planned.len() {
        keep_plan(&tx, id, Some(&planned))?;
        tx.commit()?;
        return Ok(FromDraft::Changed(differences));
    }
    if any_is_in_line(&tx, &planned)? {
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
    let upload = insert_rows(&tx, key, &new, &roster.rows, now)?;
    for line in &planned {
        if line.is_left_out {
            record::leave_out(&tx, upload, line.line)?;
        } else if line.status == RecordStatus::Created {
            let person = person(&draft, line)?;
            let username = account::give_username(&tx, &Stem::of(&person.first_name, &person.last_name))?;
            record::announce(&tx, upload, line.line, &username)?;
        }
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

/// Takes drafts away that are a day old. Says whether there were any.
///
/// # Errors
/// If the database cannot be written.
pub fn sweep_drafts(conn: &mut Connection, now: Timestamp) -> Result<bool, Problem> {
    if !draft::any_before(conn, now - KEPT)? {
        return Ok(false);
    }
    let tx = store::begin(conn)?;
    draft::sweep(&tx, now - KEPT)?;
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

fn plan(
    conn: &Connection,
    to: &Destination,
    roster: &Roster,
    left_out: &HashSet<u32>,
) -> Result<Vec<Planned>, Problem> {
    Forecast::begin(conn, to)?.file(&roster.rows, left_out)
}

fn keep_plan(tx: &Transaction<'_>, id: DraftId, planned: Option<&[Planned]>) -> Result<(), Problem> {
    draft::forget_plan(tx, id)?;
    for line in planned.unwrap_or_default() {
        draft::announce(tx, id, line)?;
    }
    Ok(())
}

/// Whether an email of these lines stands on one whose turn comes first: what becomes of it nobody knows yet.
fn any_is_in_line(tx: &Transaction<'_>, planned: &[Planned]) -> Result<bool, Problem> {
    let key = |email: &str| Email::parse(email).ok().map(|email| email.key().to_owned());
    let is_created = |line: &&Planned| line.status == RecordStatus::Created;
    let emails: HashSet<String> =
        planned.iter().filter(is_created).filter_map(|line| key(&line.email)).collect();
    if emails.is_empty() {
        return Ok(false);
    }
    let waiting = record::pending_emails(tx)?;
    Ok(waiting.iter().filter_map(|email| key(email)).any(|email| emails.contains(&email)))
}

/// The lines that would end otherwise than was announced, or with another username. In other words for the same they may.
fn differences(announced: &[Planned], planned: &[Planned]) -> Vec<Difference> {
    let differs =
        |(before, now): &(&Planned, &Planned)| before.status != now.status || before.username != now.username;
    let pairs = announced.iter().zip(planned);
    pairs
        .filter(differs)
        .map(|(before, now)| Difference { before: before.clone(), now: now.clone() })
        .collect()
}

/// The person on a line that was found fit.
fn person(draft: &Draft, line: &Planned) -> Result<Candidate, Problem> {
    judge(&line.first_name, &line.last_name, &line.email, draft.kind)
        .map_err(|faults| Problem::refused(faults.join(" ")))
}
