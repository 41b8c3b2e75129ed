//! Changing one's own email in Account Settings.

use super::form::NotDone;
use super::guess::prove;
use super::letters;
use super::reach::{change_words, free_email, optional_email};
use crate::domain::{AccountId, Deed, Scope};
use crate::secrets::{HashLane, Key};
use crate::store::audit::{self, About, NewEntry};
use crate::store::{self, Connection, account as accounts, member};
use jiff::Timestamp;

/// Changes the email of somebody who is signed in; an empty one removes it, which only a student may do. The old
/// one is told.
///
/// # Errors
/// [`NotDone::Refused`] for `email` or `current_password`; [`NotDone::Wait`] after too many wrong passwords.
pub fn change_own_email(
    conn: &mut Connection,
    key: &Key,
    lane: &HashLane,
    account: AccountId,
    email: &str,
    current_password: &str,
    now: Timestamp,
) -> Result<(), NotDone> {
    let login = prove(conn, key, lane, account, current_password, now)?;
    let email = optional_email(email, login.kind)?;
    let tx = store::begin(conn)?;
    // Whoever was suspended or got another password meanwhile has proven nothing.
    let is_proven = accounts::login_of(&tx, account)?.is_some_and(|now| now.credential == login.credential);
    let own = member::get(&tx, Scope::District, account)?;
    let old = own.filter(|own| is_proven && own.suspended_at.is_none()).ok_or(NotDone::NotFound)?.email;
    if let Some(email) = &email {
        free_email(&tx, email, account)?;
    }
    let details = change_words(old.as_deref(), email.as_ref());
    let entry =
        NewEntry { by: Some(account), deed: Deed::ChangedOwnEmail, about: About::Nothing, details: &details };
    audit::insert(&tx, &entry, now)?;
    member::set_email(&tx, Scope::District, account, email.as_ref(), now)?;
    letters::about_email(&tx, account, old.as_deref(), now)?;
    tx.commit()?;
    Ok(())
}
