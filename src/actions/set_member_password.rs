//! Setting a new password for somebody: a generated one, or one that the administrator typed.

use super::change_own_password::chosen_for;
use super::form::NotDone;
use super::guess::forget_guesses;
use super::letters;
use super::reach::{login_of, reach, refuse_oneself};
use crate::domain::{AccountId, Admin, Deed, WhoChooses};
use crate::secrets::{GeneratedPassword, HashLane, Key};
use crate::store::account::{self, Credential};
use crate::store::audit::{self, About, NewEntry};
use crate::store::{self, Connection, browser, district, session};
use jiff::Timestamp;

/// Which password somebody gets.
#[derive(Clone, Copy)]
pub enum NewPassword<'a> {
    /// One that is made for them.
    Generated,
    /// This one.
    Typed(&'a str),
}

/// Sets a new password for a member, and ends their sessions. Gives the password if it was generated, for this once.
///
/// Somebody else knows it, generated or typed: teachers and parents choose their own in place of it when they next
/// sign in, and students if their district says so.
///
/// # Errors
/// [`NotDone::Refused`] for `new_password`; [`NotDone::NotFound`] for whom the administrator does not see.
pub fn set_member_password(
    conn: &mut Connection,
    key: &Key,
    lane: &HashLane,
    admin: &Admin,
    id: AccountId,
    new: NewPassword<'_>,
    now: Timestamp,
) -> Result<Option<GeneratedPassword>, NotDone> {
    reach(conn, admin, id)?;
    refuse_oneself(admin, id, "new_password")?;
    let (credential, made) = match new {
        NewPassword::Generated => {
            let generation = GeneratedPassword::new_generation()?;
            (Credential::Generated(generation), Some(GeneratedPassword::derive(key, id, generation)))
        }
        NewPassword::Typed(text) => {
            let password = chosen_for(&login_of(conn, id)?, text)
                .map_err(|why| NotDone::refused("new_password", why))?;
            (Credential::Hash(lane.hash(password)?.0), None)
        }
    };
    let tx = store::begin(conn)?;
    let kind = reach(&tx, admin, id)?.kind;
    let must_choose = WhoChooses::usual(kind, district::students_choose(&tx)?).includes(true);
    account::set_credential(&tx, id, &credential, must_choose, now)?;
    session::end_all(&tx, id)?;
    browser::forget_all(&tx, id)?;
    forget_guesses(&tx, key, id, now)?;
    let details = if made.is_some() { "a generated one" } else { "one that was typed" };
    let entry =
        NewEntry { by: Some(admin.account), deed: Deed::SetPassword, about: About::Account(id), details };
    audit::insert(&tx, &entry, now)?;
    letters::about_password(&tx, id, now)?;
    tx.commit()?;
    Ok(made)
}
