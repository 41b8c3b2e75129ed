//! Moving somebody to another school.

use super::form::NotDone;
use super::reach::{district_only, reach};
use crate::domain::{AccountId, Admin, Administers, Deed, SchoolId};
use crate::store::audit::{self, About, NewEntry};
use crate::store::{self, Connection, member, school, session};
use jiff::Timestamp;

/// Moves a member to another school. A teacher who administered the old one does not administer the new one: that
/// right was for that school. It ends their sessions.
///
/// # Errors
/// [`NotDone::Refused`] for `school`; [`NotDone::NotFound`] for school administrators, and for whom nobody knows.
pub fn move_member(
    conn: &mut Connection,
    admin: &Admin,
    id: AccountId,
    to: SchoolId,
    now: Timestamp,
) -> Result<(), NotDone> {
    district_only(admin)?;
    let tx = store::begin(conn)?;
    let member = reach(&tx, admin, id)?;
    let Some(school) = school::get(&tx, admin.scope, to)? else {
        return Err(NotDone::refused("school", "There is no such school. Choose one of the list."));
    };
    if member.school == to {
        return Err(NotDone::refused("school", "They are at this school already. Choose another."));
    }
    let details = format!("from {} to {}", member.school_name, school.name);
    let entry = NewEntry {
        by: Some(admin.account),
        deed: Deed::MovedMember,
        about: About::Account(id),
        details: &details,
    };
    audit::insert(&tx, &entry, now)?;
    if member.administers == Some(Administers::School) {
        member::set_administers(&tx, admin.scope, id, None, now)?;
        session::end_all(&tx, id)?;
    }
    member::set_school(&tx, admin.scope, id, to, now)?;
    tx.commit()?;
    Ok(())
}
