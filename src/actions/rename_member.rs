//! Changing somebody's name. The username stays: it is what they sign in with.

use super::form::{Faults, NotDone};
use super::reach::{name, reach};
use crate::domain::{AccountId, Admin, Deed};
use crate::store::audit::{self, About, NewEntry};
use crate::store::{self, Connection, member};
use jiff::Timestamp;

/// Changes a member's first and last name.
///
/// # Errors
/// [`NotDone::Refused`] for `first_name` or `last_name`; [`NotDone::NotFound`] for whom the administrator does not see.
pub fn rename_member(
    conn: &mut Connection,
    admin: &Admin,
    id: AccountId,
    first_name: &str,
    last_name: &str,
    now: Timestamp,
) -> Result<(), NotDone> {
    let tx = store::begin(conn)?;
    reach(&tx, admin, id)?;
    let mut faults = Faults::default();
    let first_name = faults.take("first_name", name("first name", first_name));
    let last_name = faults.take("last_name", name("last name", last_name));
    let (Some(first_name), Some(last_name)) = (first_name, last_name) else { return Err(faults.refusal()) };
    let details = format!("to {first_name} {last_name}");
    let entry = NewEntry {
        by: Some(admin.account),
        deed: Deed::RenamedMember,
        about: About::Account(id),
        details: &details,
    };
    audit::insert(&tx, &entry, now)?;
    member::rename(&tx, admin.scope, id, &first_name, &last_name, now)?;
    tx.commit()?;
    Ok(())
}
