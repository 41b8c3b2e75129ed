//! Changing somebody's email.

use super::form::NotDone;
use super::letters;
use super::reach::{change_words, free_email, optional_email, reach, refuse_oneself};
use crate::domain::{AccountId, Admin, Deed};
use crate::store::audit::{self, About, NewEntry};
use crate::store::{self, Connection, member};
use jiff::Timestamp;

/// Changes a member's email; an empty one removes it, which only a student's may be. The old one is
/// told.
///
/// # Errors
/// [`NotDone::Refused`] for `email`; [`NotDone::NotFound`] for whom the administrator does not see.
pub fn set_member_email(
    conn: &mut Connection,
    admin: &Admin,
    id: AccountId,
    email: &str,
    now: Timestamp,
) -> Result<(), NotDone> {
    let tx = store::begin(conn)?;
    let member = reach(&tx, admin, id)?;
    refuse_oneself(admin, id, "email")?;
    let email = optional_email(email, member.kind)?;
    if let Some(email) = &email {
        free_email(&tx, email, id)?;
    }
    let details = change_words(member.email.as_deref(), email.as_ref());
    let entry = NewEntry {
        by: Some(admin.account),
        deed: Deed::SetEmail,
        about: About::Account(id),
        details: &details,
    };
    audit::insert(&tx, &entry, now)?;
    member::set_email(&tx, admin.scope, id, email.as_ref(), now)?;
    letters::about_email(&tx, id, member.email.as_deref(), now)?;
    tx.commit()?;
    Ok(())
}
