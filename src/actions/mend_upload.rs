//! Mending: failed lines, corrected on their page, become an upload of their own that says which one it mends.
//!
//! The job judges them like any other's. They keep their line numbers, so that they are found in the file they came
//! from, and what still fails can be mended again.

use super::form::NotDone;
use super::letters;
use super::receive_upload::insert_rows;
use crate::domain::{Admin, Deed, UploadId, typed_row};
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

/// Accepts corrected lines of an upload: when this returns they are in the database, committed, and in line for the job
/// loop. Lines with nothing in them are left out. Gives the Job ID of the new upload.
///
/// # Errors
/// [`NotDone::Refused`] for `lines` if there is none, or one of them is not to be mended here any more;
/// [`NotDone::NotFound`] for an upload that the administrator does not see.
pub fn mend_upload(
    conn: &mut Connection,
    key: &Key,
    admin: &Admin,
    id: UploadId,
    lines: &[MendedLine<'_>],
    now: Timestamp,
) -> Result<UploadId, NotDone> {
    let rows: Vec<_> = lines
        .iter()
        .filter_map(|it| typed_row(it.line, [it.first_name, it.last_name, it.email], it.password))
        .collect();
    let tx = store::begin(conn)?;
    let mended = upload::visible_to(&tx, admin.scope, id)?.ok_or(NotDone::NotFound)?.upload;
    if rows.is_empty() {
        let why = "No line is left to mend: fill in one at least that is not left out.";
        return Err(NotDone::refused("lines", why));
    }
    let numbers: Vec<u32> =
        rows.iter().map(|row| row.as_ref().map_or_else(|refusal| refusal.line, |row| row.line)).collect();
    if let Some(line) = mend::first_not_left(&tx, admin.scope, id, &numbers)? {
        let why = format!("Line {line} is not to be mended here any more: another job has taken it up.");
        return Err(NotDone::refused("lines", why));
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
    let upload = insert_rows(&tx, key, &new, rows, now)?;
    job::enqueue(&tx, Job::CreateAccounts(upload))?;
    let details = format!("Job {}, which mends job {}", upload.0, id.0);
    let about = About::Named(&mended.file_name);
    let entry = NewEntry { by: new.by, deed: Deed::Uploaded, about, details: &details };
    audit::insert(&tx, &entry, now)?;
    letters::receipt(&tx, upload, now)?;
    tx.commit()?;
    Ok(upload)
}
