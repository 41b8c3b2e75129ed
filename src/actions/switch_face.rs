//! Switching to the Admin Account and back.

use super::who_is::is_live;
use crate::domain::{Deed, Face};
use crate::problem::Problem;
use crate::secrets::Token;
use crate::store::audit::{self, About, NewEntry};
use crate::store::session::{self, NewSession};
use crate::store::{self, Connection};
use jiff::Timestamp;

/// How it ended.
#[derive(Debug)]
pub enum Switched {
    /// They have the other face, and a new token with it; the old one is dead.
    To(Token),
    /// They administer nothing.
    NoRight,
    /// Their password is shorter than an administrator's must be, or was made for them: they choose a longer one first.
    NeedsLongerPassword,
    /// They are not signed in any more.
    SignedOut,
}

/// Gives somebody who is signed in another face. The hours go on from where they signed in.
///
/// # Errors
/// If the database cannot be used, or the system gives no random bytes.
pub fn switch_face(
    conn: &mut Connection,
    token: &Token,
    to: Face,
    now: Timestamp,
) -> Result<Switched, Problem> {
    let fresh = Token::new()?;
    let tx = store::begin(conn)?;
    let Some(old) = session::get(&tx, &token.digest())?.filter(|old| is_live(old, now)) else {
        return Ok(Switched::SignedOut);
    };
    if old.person.administers.is_none() {
        return Ok(Switched::NoRight);
    }
    if to == Face::Admin {
        if !old.password_is_long {
            return Ok(Switched::NeedsLongerPassword);
        }
        let by = Some(old.person.account);
        let entry = NewEntry { by, deed: Deed::SwitchedToAdmin, about: About::Nothing, details: "" };
        audit::insert(&tx, &entry, now)?;
    }
    session::end(&tx, &token.digest())?;
    let new = NewSession {
        account: old.person.account,
        face: to,
        password_is_long: old.password_is_long,
        signed_in_at: old.signed_in_at,
    };
    session::insert(&tx, &fresh.digest(), &new, now)?;
    tx.commit()?;
    Ok(Switched::To(fresh))
}
