//! Showing an administrator the generated password of somebody who has not chosen one yet.

use super::form::NotDone;
use super::reach::{login_of, reach};
use crate::domain::{AccountId, Admin, Deed};
use crate::secrets::{GeneratedPassword, Key};
use crate::store::account::Credential;
use crate::store::audit::{self, About, NewEntry};
use crate::store::member::Member;
use crate::store::{self, Connection};
use jiff::Timestamp;

/// The generated password of a member, as long as it holds. Who looked at it stands in the audit log.
///
/// # Errors
/// [`NotDone::NotFound`] for whom nobody knows, or who has chosen a password; [`NotDone::Refused`] for a district
/// administrator, who is not a school administrator's to look after.
pub fn show_password(
    conn: &mut Connection,
    key: &Key,
    admin: &Admin,
    id: AccountId,
    now: Timestamp,
) -> Result<(Member, GeneratedPassword), NotDone> {
    let tx = store::begin(conn)?;
    let member = reach(&tx, admin, id)?;
    let Credential::Generated(generation) = login_of(&tx, id)?.credential else {
        return Err(NotDone::NotFound);
    };
    let about = About::Account(id);
    let entry = NewEntry { by: Some(admin.account), deed: Deed::SawPassword, about, details: "" };
    audit::insert(&tx, &entry, now)?;
    tx.commit()?;
    Ok((member, GeneratedPassword::derive(key, id, generation)))
}
