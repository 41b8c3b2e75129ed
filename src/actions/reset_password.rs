//! Setting a new password for somebody who has lost theirs, from the server's own command line.

use super::guess::forget_guesses;
use super::letters;
use crate::clock;
use crate::domain::{AccountId, Deed, Password};
use crate::problem::Problem;
use crate::secrets::{HashLane, Key};
use crate::store::account::{self, Credential};
use crate::store::audit::{self, About, NewEntry};
use crate::store::{self, Connection, browser, session};

/// Replaces the password of an account with one that was chosen for it. A generated password ends with it, and
/// so do the account's sessions.
///
/// # Errors
/// If the database cannot be written. Then the old password holds.
pub fn reset_password(
    conn: &mut Connection,
    key: &Key,
    lane: &HashLane,
    account: AccountId,
    password: Password,
) -> Result<(), Problem> {
    let credential = Credential::Hash(lane.hash(password)?.0);
    let now = clock::now();
    let tx = store::begin(conn)?;
    account::set_credential(&tx, account, &credential, false, now)?;
    session::end_all(&tx, account)?;
    browser::forget_all(&tx, account)?;
    forget_guesses(&tx, key, account, now)?;
    let entry = NewEntry { by: None, deed: Deed::SetPassword, about: About::Account(account), details: "" };
    audit::insert(&tx, &entry, now)?;
    letters::about_password(&tx, account, now)?;
    tx.commit()?;
    Ok(())
}
