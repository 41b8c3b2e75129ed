//! Mending: failed lines, corrected on their page, become an upload of their own that says which one it mends.
//!
//! They are judged as they are handed in, by the rules of the job that judges them once more, and none is taken while one of
//! them would fail. They keep their line numbers, so that they are found in the file they came from.

use super::form::{FieldFault, NotDone};
use super::letters;
use super::receive_upload::insert_rows;
use super::settle::judge_row;
use crate::domain::roster::Row;
use crate::domain::{Admin, Deed, LineFault, UploadId, UserType, emails_for_names, typed_row};
use crate::secrets::Key;
use crate::store::audit::{self, About, NewEntry};
use crate::store::job::{self, Job};
use crate::store::upload::{self, NewUpload};
use crate::store::{self, Connection, mend};
use jiff::Timestamp;

/// A failed line as somebody typed it anew. It has no `Debug`: there may be a password in it.
#[derive(Clone, Copy)]
pub struct MendedLine<'a> {
    /// Its number in the file.
    pub line: u32,
    /// The first name.
    pub first_name: &'a str,
    /// The last name.
    pub last_name: &'a str,
    /// The email.
    pub email: &'a str,
    /// The password; empty if one is to be made.
    pub password: &'a str,
}

impl<'a> MendedLine<'a> {
    /// The row that was typed; `None` if nothing was.
    #[must_use]
    pub fn row(&self) -> Option<Row<'a>> {
        typed_row(self.line, [self.first_name, self.last_name, self.email], self.password)
    }
}

/// Accepts corrected lines of an upload: when this returns they are in the database, committed, and in line for the job
/// loop. Lines with nothing in them are left out. Gives the Job ID of the new upload.
///
/// # Errors
/// [`NotDone::Refused`] for `lines` if there is none, or one of them is not to be mended here any more; for fields of lines
/// that would fail. [`NotDone::NotFound`] for an upload that the administrator does not see.
pub fn mend_upload(
    conn: &mut Connection,
    key: &Key,
    admin: &Admin,
    id: UploadId,
    lines: &[MendedLine<'_>],
    now: Timestamp,
) -> Result<UploadId, NotDone> {
    let rows: Vec<Row<'_>> = lines.iter().filter_map(MendedLine::row).collect();
    let tx = store::begin(conn)?;
    let mended = upload::visible_to(&tx, admin.scope, id)?.ok_or(NotDone::NotFound)?.upload;
    if rows.is_empty() {
        let why = "No line is left to mend: fill in one at least that is not left out.";
        return Err(NotDone::refused("lines", why));
    }
    let numbers: Vec<u32> = rows.iter().map(|row| row.line).collect();
    let left = mend::left_among(&tx, admin.scope, id, &numbers)?;
    if let Some(line) = numbers.iter().find(|line| !left.iter().any(|record| record.line == **line)) {
        let why = format!("Line {line} is not to be mended here any more: another job has taken it up.");
        return Err(NotDone::refused("lines", why));
    }
    let faults: Vec<FieldFault> = rows.iter().flat_map(|row| faults_of(row, mended.kind)).collect();
    if !faults.is_empty() {
        return Err(NotDone::Refused(faults));
    }
    let new = NewUpload {
        school: mended.school,
        kind: mended.kind,
        file_name: &mended.file_name,
        by: Some(admin.account),
        file_mark: None,
        total: u32::try_from(rows.len()).unwrap_or(u32::MAX),
        mends: Some(id),
        who_chooses: mended.who_chooses,
    };
    let upload = insert_rows(&tx, key, &new, rows.into_iter().map(Ok), now)?;
    job::enqueue(&tx, Job::CreateAccounts(upload))?;
    let details = format!("Job {}, which mends job {}", upload.0, id.0);
    let about = About::Named(&mended.file_name);
    let entry = NewEntry { by: new.by, deed: Deed::Uploaded, about, details: &details };
    audit::insert(&tx, &entry, now)?;
    letters::receipt(&tx, upload, now)?;
    tx.commit()?;
    Ok(upload)
}

/// Everything for which a row would fail, in the order of its fields.
fn faults_of(row: &Row<'_>, kind: UserType) -> Vec<FieldFault> {
    let mut faults = emails_for_names(row);
    faults.extend(judge_row(row, kind).err().unwrap_or_default());
    faults.sort_by_key(|fault| fault.column);
    let of_line =
        |LineFault { column, why }| FieldFault { field: column.heading(), line: Some(row.line), why };
    faults.into_iter().map(of_line).collect()
}
