//! Suspending somebody, so that they cannot sign in, and reinstating them.

use super::form::NotDone;
use super::reach::{reach, refuse_last};
use crate::domain::{AccountId, Admin, Deed};
use crate::store::audit::{self, About, NewEntry};
use crate::store::{self, Connection, member, session};
use jiff::Timestamp;

/// Suspends a member: they are signed out everywhere, and cannot sign in. Everything of theirs stays. Done twice it
/// is done once.
///
/// # Errors
/// [`NotDone::Refused`] for `suspended`: nobody suspends themselves or the last district administrator.
/// [`NotDone::NotFound`] for whom the administrator does not see.
pub fn suspend(conn: &mut Connection, admin: &Admin, id: AccountId, now: Timestamp) -> Result<(), NotDone> {
    let tx = store::begin(conn)?;
    let member = reach(&tx, admin, id)?;
    if admin.account == id {
        return Err(NotDone::refused(
            "suspended",
            "Nobody can suspend themselves. Ask another administrator.",
        ));
    }
    refuse_last(&tx, &member, "suspended")?;
    if member.suspended_at.is_none() {
        member::set_suspended(&tx, admin.scope, id, true, now)?;
        session::end_all(&tx, id)?;
        note(&tx, admin, Deed::Suspended, id, now)?;
        tx.commit()?;
    }
    Ok(())
}

/// Reinstates a member: they can sign in again, with the password they had. Done twice it is done once.
///
/// # Errors
/// [`NotDone::NotFound`] for whom the administrator does not see.
pub fn reinstate(conn: &mut Connection, admin: &Admin, id: AccountId, now: Timestamp) -> Result<(), NotDone> {
    let tx = store::begin(conn)?;
    let member = reach(&tx, admin, id)?;
    if member.suspended_at.is_some() {
        member::set_suspended(&tx, admin.scope, id, false, now)?;
        note(&tx, admin, Deed::Reinstated, id, now)?;
        tx.commit()?;
    }
    Ok(())
}

fn note(
    tx: &store::Transaction<'_>,
    admin: &Admin,
    deed: Deed,
    id: AccountId,
    now: Timestamp,
) -> Result<(), NotDone> {
    let entry = NewEntry { by: Some(admin.account), deed, about: About::Account(id), details: "" };
    Ok(audit::insert(tx, &entry, now)?)
}
