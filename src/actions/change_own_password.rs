//! Changing one's own password in Account Settings, or choosing one in place of the generated one.

use super::form::NotDone;
use super::guess::prove;
use super::letters;
use super::who_is::is_live;
use crate::domain::{Deed, Password, SHORTEST, SHORTEST_FOR_ADMINISTRATORS};
use crate::secrets::{GeneratedPassword, HashLane, Key, Token};
use crate::store::account::{self, Credential, Login};
use crate::store::audit::{self, About, NewEntry};
use crate::store::session::{self, NewSession};
use crate::store::{self, Connection, browser};
use jiff::Timestamp;

/// Changes the password of the person who is signed in with `token`. All their sessions end; they go on with the
/// token that this gives, in the face they had. Other browsers are not known any more.
///
/// # Errors
/// [`NotDone::Refused`] for `new_password` or `current_password`; [`NotDone::Wait`] after too many wrong passwords;
/// [`NotDone::NotFound`] if nobody is signed in with the token.
pub fn change_own_password(
    conn: &mut Connection,
    key: &Key,
    lane: &HashLane,
    token: &Token,
    current_password: &str,
    new_password: &str,
    now: Timestamp,
) -> Result<Token, NotDone> {
    let is_live = |session: &session::Session| is_live(session, now);
    let found = session::get(conn, &token.digest())?.filter(is_live).ok_or(NotDone::NotFound)?;
    let account = found.person.account;
    let login = prove(conn, key, lane, account, current_password, now)?;
    let password = choose(key, &login, current_password, new_password)?;
    let password_is_long = password.expose().chars().count() >= SHORTEST_FOR_ADMINISTRATORS;
    let credential = Credential::Hash(lane.hash(password)?.0);
    let fresh = Token::new()?;

    let tx = store::begin(conn)?;
    // Whoever was suspended or got another password meanwhile is not signed in any more.
    let found = session::get(&tx, &token.digest())?.filter(is_live).ok_or(NotDone::NotFound)?;
    account::set_credential(&tx, account, &credential, false, now)?;
    session::end_all(&tx, account)?;
    browser::forget_all(&tx, account)?;
    let new = NewSession { account, face: found.person.face, password_is_long, signed_in_at: now };
    session::insert(&tx, &fresh.digest(), &new, now)?;
    let entry =
        NewEntry { by: Some(account), deed: Deed::ChangedOwnPassword, about: About::Nothing, details: "" };
    audit::insert(&tx, &entry, now)?;
    letters::about_password(&tx, account, now)?;
    tx.commit()?;
    Ok(fresh)
}

fn choose(key: &Key, login: &Login, current: &str, new: &str) -> Result<Password, NotDone> {
    let password = chosen_for(login, new).map_err(|why| NotDone::refused("new_password", why))?;
    let is_generated = match login.credential {
        Credential::Generated(generation) => {
            GeneratedPassword::derive(key, login.id, generation).is(&password)
        }
        Credential::Hash(_) => false,
    };
    if is_generated || password == Password::typed(current) {
        return Err(NotDone::refused("new_password", "This is the password you have. Choose another."));
    }
    Ok(password)
}

/// A password that was chosen for an account, if it is good enough for it.
pub(super) fn chosen_for(login: &Login, text: &str) -> Result<Password, String> {
    let needs = if login.administers.is_some() { SHORTEST_FOR_ADMINISTRATORS } else { SHORTEST };
    let personal: Vec<&str> = login.personal.iter().map(String::as_str).collect();
    Password::chosen(text, needs, &personal).map_err(|bad| bad.to_string())
}
