//! Making the accounts that a check has announced: precisely those, with the usernames that were announced, or none.

use super::drafts::{destination, keep_plan, look_again, read_draft, said};
use super::forecast::{Forecast, Mark, Marks, judged};
use super::form::NotDone;
use super::letters;
use super::plan::Plan;
use super::receive_upload::{Destination, Said, insert_row};
use super::settle::Verdict;
use crate::domain::roster::{Reading, Refusal, Row, Rows};
use crate::domain::{Admin, Deed, DraftId, Email, RecordStatus, UploadId};
use crate::problem::Problem;
use crate::secrets::Key;
use crate::store::audit::{self, About, NewEntry};
use crate::store::draft::{self, Draft, Planned};
use crate::store::job::{self, Job};
use crate::store::upload::{self, FileMark, NewUpload};
use crate::store::{self, Connection, DatabaseError, Transaction, account, record};
use jiff::Timestamp;
use std::collections::HashSet;

/// How many of the lines that are different are shown.
const SHOWN: usize = 20;

/// What became of making accounts of a draft.
#[derive(Debug)]
pub enum FromDraft {
    /// It is an upload now, with this Job ID.
    Received(UploadId),
    /// The district has changed since the check: something is different now, and nothing was made.
    Changed(Differences),
}

/// What is different since the check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// On how many lines.
    pub lines: usize,
    /// The first of them.
    pub first: Vec<Difference>,
}

/// What is different on a line since the check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What was announced.
    pub before: Planned,
    /// What is to be announced now.
    pub now: Planned,
}

/// Makes an upload of a draft: precisely what was announced, with the usernames that were announced. If the district has
/// changed since, nothing is made, and what is different is announced anew. Whoever asks twice is told the same job twice. `seen` is
/// the revision of the draft that was announced.
///
/// # Errors
/// [`NotDone::NotFound`] for a draft that is not the administrator's, or is not clear yet; [`NotDone::Refused`] for `create`
/// while another file has the same emails and its turn comes first, or if something else is announced meanwhile.
pub fn create_from_draft(
    conn: &mut Connection,
    key: &Key,
    admin: &Admin,
    (id, seen): (DraftId, Option<i64>),
    now: Timestamp,
) -> Result<FromDraft, NotDone> {
    let (draft, reading, file_mark) = match read_draft(conn, key, admin, id) {
        Err(NotDone::NotFound) => return Ok(FromDraft::Received(made_before(conn, admin, id)?)),
        read => read?,
    };
    let Ok(Reading::Clear(roster)) = reading else { return Err(NotDone::NotFound) };
    let to = destination(&draft, admin);
    let tx = store::begin(conn)?;
    match look_again(&tx, admin, &draft, seen) {
        Err(NotDone::NotFound) => return Ok(FromDraft::Received(made_before(&tx, admin, id)?)),
        looked => looked?,
    }
    match write(&tx, key, admin, (&draft, file_mark), &roster.rows, now) {
        Ok(upload) => {
            finish(&tx, admin, &draft, upload, now)?;
            tx.commit()?;
            Ok(FromDraft::Received(upload))
        }
        Err(Stop::InLine) => {
            let why = "Another file that is being worked on just now has emails of this one. Wait a moment, then \
                       press again: what is different then is said.";
            Err(NotDone::refused("create", why))
        }
        Err(Stop::Problem(problem)) => Err(problem.into()),
        Err(Stop::Different) => {
            drop(tx);
            let (differences, plan) = compare(conn, id, &to, &roster.rows)?;
            let tx = store::begin(conn)?;
            look_again(&tx, admin, &draft, seen)?;
            keep_plan(&tx, id, Some(&(&roster.rows, plan)))?;
            tx.commit()?;
            Ok(FromDraft::Changed(differences))
        }
    }
}

/// Why nothing is made.
enum Stop {
    /// A line would end otherwise than was announced.
    Different,
    /// What becomes of an email nobody knows yet.
    InLine,
    Problem(Problem),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Stop {
        Stop::Problem(problem)
    }
}

impl From<DatabaseError> for Stop {
    fn from(error: DatabaseError) -> Stop {
        Stop::Problem(error.into())
    }
}

/// Writes the upload and its records, each held against the district as it is now. Usernames are given here and now, so
/// that nobody else gets them.
fn write(
    tx: &Transaction<'_>,
    key: &Key,
    admin: &Admin,
    (draft, file_mark): (&Draft, FileMark),
    rows: &Rows,
    now: Timestamp,
) -> Result<UploadId, Stop> {
    let new = NewUpload {
        school: draft.school,
        kind: draft.kind,
        file_name: &draft.file_name,
        by: Some(admin.account),
        file_mark: Some(file_mark),
        total: u32::try_from(rows.len()).unwrap_or(u32::MAX),
        mends: None,
        who_chooses: draft.who_chooses,
    };
    let upload = upload::insert(tx, &new, now)?;
    let mut emails = Emails { marks: Marks::new(), taken: HashSet::new() };
    let mut left = rows.iter();
    draft::for_each(tx, draft.id, |planned| {
        // A file that is read otherwise than it was has other lines.
        let row = left.next().ok_or(Stop::Different)?;
        if !emails.still_hold(tx, draft, &row, &planned)? {
            return Err(Stop::Different);
        }
        let said = said(&planned);
        if let Some(announced) = &said.announced
            && account::give_username(tx, &announced.stem())? != *announced
        {
            return Err(Stop::Different);
        }
        Ok(insert_row(tx, key, upload, &row, &said)?)
    })?;
    if left.next().is_some() {
        return Err(Stop::Different);
    }
    record::for_each_pending_email(tx, upload, |email| match Email::parse(email) {
        Ok(email) if emails.taken.contains(&emails.marks.of(email.key())) => Err(Stop::InLine),
        _ => Ok(()),
    })?;
    Ok(upload)
}

/// What else belongs to an upload.
fn finish(
    tx: &Transaction<'_>,
    admin: &Admin,
    draft: &Draft,
    upload: UploadId,
    now: Timestamp,
) -> Result<(), Problem> {
    job::enqueue(tx, Job::CreateAccounts(upload))?;
    let details = format!("Job {}{}", upload.0, after_check(draft.id));
    let about = About::Named(&draft.file_name);
    let entry = NewEntry { by: Some(admin.account), deed: Deed::Uploaded, about, details: &details };
    audit::insert(tx, &entry, now)?;
    letters::receipt(tx, upload, now)?;
    Ok(draft::remove(tx, draft.id)?)
}

/// How the log tells of which check an upload was made.
fn after_check(id: DraftId) -> String {
    format!(", after check {}", id.0)
}

/// The upload that was made of a draft which is gone: the second press of a double click asks for it.
fn made_before(conn: &Connection, admin: &Admin, id: DraftId) -> Result<UploadId, NotDone> {
    let details = audit::details_ending(conn, admin.account, Deed::Uploaded, &after_check(id))?;
    let job =
        details.as_deref().and_then(|details| details.strip_prefix("Job ")?.split(',').next()?.parse().ok());
    Ok(UploadId(job.ok_or(NotDone::NotFound)?))
}

/// The emails that the lines so far take.
struct Emails {
    marks: Marks,
    taken: HashSet<Mark>,
}

impl Emails {
    /// Whether a row would still end as was announced, as far as it does not hang on its username.
    fn still_hold(
        &mut self,
        tx: &Transaction<'_>,
        draft: &Draft,
        row: &Result<Row<'_>, Refusal<'_>>,
        planned: &Planned,
    ) -> Result<bool, Problem> {
        let Verdict::Fit { person, .. } = judged(row, draft.kind) else {
            return Ok(planned.status == RecordStatus::Failed);
        };
        let mark = person.email.as_ref().map(|email| self.marks.of(email.key()));
        let is_used = match (&person.email, &mark) {
            (Some(email), Some(mark)) => self.taken.contains(mark) || account::holder(tx, email)?.is_some(),
            _ => false,
        };
        let is_skipped = is_used || planned.is_left_out;
        let status = if is_skipped { RecordStatus::Skipped } else { RecordStatus::Created };
        if !is_skipped {
            self.taken.extend(mark);
        }
        Ok(planned.status == status)
    }
}

/// Holds what was announced against what would happen now: the lines that would end otherwise, or with another username,
/// and what is to be announced for all. In other words for the same they may end.
fn compare(
    conn: &Connection,
    id: DraftId,
    to: &Destination,
    rows: &Rows,
) -> Result<(Differences, Plan), Problem> {
    let moment = store::reading(conn)?;
    let mut forecast = Forecast::begin(&moment, to, rows.len())?;
    forecast.begin_file(rows);
    let (mut differences, mut plan) = (Differences::default(), Plan::default());
    let mut left = rows.iter();
    draft::for_each(&moment, id, |before| -> Result<(), Problem> {
        let Some(row) = left.next() else { return Ok(()) };
        let now = forecast.row(&row, &said(&before))?;
        if before.status != now.status || before.username != now.username() {
            differences.lines += 1;
            if differences.first.len() < SHOWN {
                let username = now.username().to_owned();
                let message = now.message.clone();
                let now = Planned { username, status: now.status, message, ..before.clone() };
                differences.first.push(Difference { before, now });
            }
        }
        plan.push(&now);
        Ok(())
    })?;
    for row in left {
        plan.push(&forecast.row(&row, &Said::default())?);
    }
    Ok((differences, plan))
}
