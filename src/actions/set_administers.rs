//! Making and unmaking administrators.

use super::form::NotDone;
use super::letters;
use super::reach::{reach, refuse_last};
use crate::domain::{AccountId, Admin, Administers, Deed, Scope, UserType};
use crate::store::audit::{self, About, NewEntry};
use crate::store::{self, Connection, member, session};
use jiff::Timestamp;

/// Gives a teacher a right, another one, or none. Whose right is changed is signed out, and has the new one from the
/// next sign-in on. Done twice it is done once.
///
/// # Errors
/// [`NotDone::Refused`] for `administers`: only teachers administer, only a district administrator makes another one,
/// and the last one stays. [`NotDone::NotFound`] for whom the administrator does not see.
pub fn set_administers(
    conn: &mut Connection,
    admin: &Admin,
    id: AccountId,
    right: Option<Administers>,
    now: Timestamp,
) -> Result<(), NotDone> {
    let refused = |why: &str| Err(NotDone::refused("administers", why));
    let tx = store::begin(conn)?;
    let member = reach(&tx, admin, id)?;
    if member.administers == right {
        return Ok(());
    }
    if member.kind != UserType::Teacher {
        return refused("Only a teacher can be an administrator.");
    }
    if right == Some(Administers::District) && admin.scope != Scope::District {
        return refused("Only district administrators can make a district administrator.");
    }
    refuse_last(&tx, &member, "administers")?;
    let details = match right {
        Some(Administers::District) => "now a district administrator".to_owned(),
        Some(Administers::School) => format!("now an administrator of {}", member.school_name),
        None => "no administrator any more".to_owned(),
    };
    let entry = NewEntry {
        by: Some(admin.account),
        deed: Deed::SetAdministers,
        about: About::Account(id),
        details: &details,
    };
    audit::insert(&tx, &entry, now)?;
    member::set_administers(&tx, admin.scope, id, right, now)?;
    session::end_all(&tx, id)?;
    if let Some(right) = right {
        letters::about_rights(&tx, id, right, now)?;
    }
    tx.commit()?;
    Ok(())
}
