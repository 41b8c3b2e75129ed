//! Receiving files: read, refused whole with a sentence, or accepted in one transaction and put in line.

use super::letters;
use crate::clock;
use crate::domain::roster::{self, Answers, Reading, Refusal, Roster, Row, Unclear};
use crate::domain::{AccountId, Deed, SchoolId, UploadId, UserType, Username, WhoChooses};
use crate::problem::Problem;
use crate::secrets::{Key, SealedFor};
use crate::store::audit::{self, About, NewEntry};
use crate::store::job::{self, Job};
use crate::store::record::{self, NewRecord};
use crate::store::upload::{self, FileMark, NewUpload};
use crate::store::{self, Connection, Transaction, district};

/// Where the people in a file belong, and who sent it.
#[derive(Clone, Copy, Debug)]
pub struct Destination {
    /// Their school.
    pub school: SchoolId,
    /// What kind of people they are.
    pub kind: UserType,
    /// Who sent the file; `None` for the server's command line.
    pub by: Option<AccountId>,
    /// Who has to choose a password at the first sign-in; `None` for what is usual.
    pub who_chooses: Option<WhoChooses>,
}

/// A file that was read, and its own name.
pub struct NamedRoster {
    /// The file's name, without its folder.
    pub file_name: String,
    /// What the same file is known by, and no other.
    pub mark: FileMark,
    /// What it says.
    pub roster: Roster,
}

/// What came of reading files.
pub enum ReadFiles {
    /// Every one is clear.
    Clear(Vec<NamedRoster>),
    /// Something has to be asked about one of them.
    Unclear {
        /// Its name.
        file_name: String,
        /// What is asked.
        asks: Unclear,
    },
}

/// Reads files, each with its name, of at most `limit` people each, with what was answered about them.
///
/// # Errors
/// If one of them cannot be used: then none is. The sentence names the file.
pub fn read_files<'a>(
    key: &Key,
    files: impl IntoIterator<Item = (String, &'a [u8])>,
    limit: u32,
    answers: &Answers,
) -> Result<ReadFiles, Problem> {
    let mut rosters = Vec::new();
    let mut unclear = None;
    for (file_name, bytes) in files {
        match roster::read(bytes, limit, answers) {
            Ok(Reading::Clear(roster)) => {
                rosters.push(NamedRoster { file_name, mark: mark_of(key, bytes), roster });
            }
            Ok(Reading::Unclear(asks)) => {
                unclear.get_or_insert(ReadFiles::Unclear { file_name, asks });
            }
            Err(why) => return Err(Problem::refused(format!("{file_name} was not accepted. {why}"))),
        }
    }
    Ok(unclear.unwrap_or(ReadFiles::Clear(rosters)))
}

impl ReadFiles {
    /// The files, if nothing has to be asked about them.
    ///
    /// # Errors
    /// The sentence that says what is unclear, otherwise.
    pub fn clear(self) -> Result<Vec<NamedRoster>, Problem> {
        match self {
            ReadFiles::Clear(rosters) => Ok(rosters),
            ReadFiles::Unclear { file_name, asks } => {
                Err(Problem::refused(format!("{file_name} was not accepted. {asks}")))
            }
        }
    }
}

/// What a file is known by. Only the key can make it: a roster could be guessed.
pub(super) fn mark_of(key: &Key, file: &[u8]) -> FileMark {
    key.mark("file", file)
}

/// Who of a file has to choose a password: as was said, or as is usual.
pub(super) fn who_chooses(conn: &Connection, to: &Destination) -> Result<WhoChooses, Problem> {
    Ok(match to.who_chooses {
        Some(who) => who,
        None => WhoChooses::usual(to.kind, district::students_choose(conn)?),
    })
}

/// Accepts files, all or none: when this returns they are in the database, committed, and in line for the job loop.
/// Passwords are in it sealed only. Gives the Job ID of each file, in their order.
///
/// # Errors
/// If the database cannot be written. Then nothing was accepted.
pub fn receive_upload(
    conn: &mut Connection,
    key: &Key,
    to: &Destination,
    files: &[NamedRoster],
) -> Result<Vec<UploadId>, Problem> {
    let now = clock::now();
    let tx = store::begin(conn)?;
    let ids = files.iter().map(|file| receive(&tx, key, to, file, now)).collect::<Result<_, _>>()?;
    tx.commit()?;
    Ok(ids)
}

/// What became of a file that an import handed in.
#[derive(Clone, Copy, Debug)]
pub struct Received {
    /// Its Job ID.
    pub id: UploadId,
    /// Whether an import had handed it in before that was interrupted: then nothing was received anew.
    pub goes_on: bool,
}

/// Accepts files as [`receive_upload`] does, but for those that an import has handed in before which was interrupted: whoever gives
/// the same command again must not get everybody twice. `left` is for each file the newest upload whose import is no longer at work.
/// Each is unreported until [`report_done`].
///
/// # Errors
/// If the database cannot be written. Then nothing was accepted.
pub fn receive_or_go_on(
    conn: &mut Connection,
    key: &Key,
    to: &Destination,
    files: &[NamedRoster],
    left: &[UploadId],
) -> Result<Vec<Received>, Problem> {
    let now = clock::now();
    let tx = store::begin(conn)?;
    let mut received: Vec<Received> = Vec::new();
    for (file, left) in files.iter().zip(left) {
        let taken: Vec<UploadId> = received.iter().map(|received| received.id).collect();
        received.push(match interrupted(&tx, to, file, *left, &taken)? {
            Some(id) => Received { id, goes_on: true },
            None => {
                let id = receive(&tx, key, to, file, now)?;
                upload::set_reported(&tx, id, false)?;
                Received { id, goes_on: false }
            }
        });
    }
    tx.commit()?;
    Ok(received)
}

/// The upload of this very file, read as it is now, for the same people, whose import was interrupted before it reported what became
/// of it. `None` if there is none but `taken` ones, or if everybody has an email: those are skipped the second time.
///
/// # Errors
/// If the database cannot be read.
pub fn interrupted(
    conn: &Connection,
    to: &Destination,
    file: &NamedRoster,
    left: UploadId,
    taken: &[UploadId],
) -> Result<Option<UploadId>, Problem> {
    let has_no_email = |row: Result<Row<'_>, Refusal<'_>>| row.is_ok_and(|row| row.email.is_empty());
    if !file.roster.rows.iter().any(has_no_email) {
        return Ok(None);
    }
    for id in upload::unreported(conn, to.school, to.kind, &file.mark, left)? {
        if !taken.contains(&id) && is_read_alike(conn, id, &file.roster)? {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// Whether an upload has the same lines as a file that was read now: what is answered about a file may have it read otherwise.
fn is_read_alike(conn: &Connection, id: UploadId, roster: &Roster) -> Result<bool, Problem> {
    let (mut rows, mut is_alike) = (roster.rows.iter(), true);
    record::for_each(conn, id, |record| -> Result<(), Problem> {
        let cells =
            (record.line, record.first_name.as_str(), record.last_name.as_str(), record.email.as_str());
        is_alike &= rows.next().is_some_and(|row| {
            cells
                == match &row {
                    Ok(row) => (row.line, row.first_name, row.last_name, row.email),
                    Err(refusal) => (refusal.line, refusal.first_name, refusal.last_name, ""),
                }
        });
        Ok(())
    })?;
    Ok(is_alike && rows.next().is_none())
}

/// Notes that the import which handed these uploads in has reported what became of them.
///
/// # Errors
/// If the database cannot be written.
pub fn report_done(conn: &mut Connection, uploads: &[UploadId]) -> Result<(), Problem> {
    let tx = store::begin(conn)?;
    uploads.iter().try_for_each(|id| upload::set_reported(&tx, *id, true))?;
    tx.commit()?;
    Ok(())
}

/// Writes an upload and its records, puts it in line, and notes it.
fn receive(
    tx: &Transaction<'_>,
    key: &Key,
    to: &Destination,
    file: &NamedRoster,
    now: jiff::Timestamp,
) -> Result<UploadId, Problem> {
    let new = NewUpload {
        school: to.school,
        kind: to.kind,
        file_name: &file.file_name,
        by: to.by,
        total: u32::try_from(file.roster.rows.len()).unwrap_or(u32::MAX),
        file_mark: Some(file.mark),
        mends: None,
        who_chooses: who_chooses(tx, to)?,
    };
    let upload = insert_rows(tx, key, &new, file.roster.rows.iter(), now)?;
    job::enqueue(tx, Job::CreateAccounts(upload))?;
    let details = format!("Job {}", upload.0);
    let about = About::Named(&file.file_name);
    audit::insert(tx, &NewEntry { by: to.by, deed: Deed::Uploaded, about, details: &details }, now)?;
    letters::receipt(tx, upload, now)?;
    Ok(upload)
}

/// What was said of a line before it was received.
#[derive(Clone, Default)]
pub(super) struct Said {
    /// The username that a check has announced.
    pub(super) announced: Option<Username>,
    /// Whether the administrator chose to skip it.
    pub(super) is_left_out: bool,
}

/// Writes an upload and its records, of these rows.
pub(super) fn insert_rows<'a>(
    tx: &Transaction<'_>,
    key: &Key,
    new: &NewUpload<'_>,
    rows: impl IntoIterator<Item = Result<Row<'a>, Refusal<'a>>>,
    now: jiff::Timestamp,
) -> Result<UploadId, Problem> {
    let upload = upload::insert(tx, new, now)?;
    for row in rows {
        insert_row(tx, key, upload, &row, &Said::default())?;
    }
    Ok(upload)
}

/// Writes the record of a row, of which this was said before.
pub(super) fn insert_row(
    tx: &Transaction<'_>,
    key: &Key,
    upload: UploadId,
    row: &Result<Row<'_>, Refusal<'_>>,
    said: &Said,
) -> Result<(), Problem> {
    let announced = said.announced.as_ref().map_or("", Username::as_str);
    let is_left_out = said.is_left_out;
    let new = match row {
        Ok(Row { line, first_name, last_name, email, password }) => {
            let about = SealedFor { upload, line: *line, cells: [first_name, last_name, email] };
            NewRecord {
                line: *line,
                first_name,
                last_name,
                email,
                sealed_password: password.map(|password| key.seal(password, about)).transpose()?,
                refusal: "",
                announced,
                is_left_out,
            }
        }
        Err(refusal) => NewRecord {
            line: refusal.line,
            first_name: refusal.first_name,
            last_name: refusal.last_name,
            email: "",
            sealed_password: None,
            refusal: &refusal.why,
            announced,
            is_left_out,
        },
    };
    Ok(record::insert(tx, upload, &new)?)
}
