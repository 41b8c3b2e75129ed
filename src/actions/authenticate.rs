//! Who signs in: by username or email, in any case, in the same time whether there is such a person or not.

use crate::domain::{AccountId, Email, Password, Username};
use crate::problem::Problem;
use crate::secrets::{GeneratedPassword, HashLane, Key, PasswordHash};
use crate::store::Connection;
use crate::store::account::{Credential, Login, login_by_email, login_by_username};
use crate::store::throttle::Mark;

/// The account that this username or email signs in to. A username never has an @, an email always has.
///
/// # Errors
/// If the database cannot be read.
pub fn find_login(conn: &Connection, typed: &str) -> Result<Option<Login>, Problem> {
    if !typed.contains('@') {
        return Ok(login_by_username(conn, &Username::typed(typed))?);
    }
    match Email::parse(typed) {
        Ok(email) => Ok(login_by_email(conn, &email)?),
        Err(_) => Ok(None),
    }
}

/// The account whose login and password these are. Every call takes the time of one hash.
///
/// # Errors
/// If the database cannot be read.
pub fn authenticate(
    conn: &Connection,
    key: &Key,
    lane: &HashLane,
    login: &str,
    password: &str,
) -> Result<Option<AccountId>, Problem> {
    let typed = Password::typed(password);
    let login = find_login(conn, login)?;
    let is_right = is_right(key, lane, login.as_ref(), &typed);
    Ok(login.filter(|_| is_right).map(|login| login.id))
}

/// Whether this is the password of an account that can be signed in to. It takes the time of one hash, whether there
/// is an account, and whether it is suspended, or not.
pub(super) fn is_right(key: &Key, lane: &HashLane, login: Option<&Login>, typed: &Password) -> bool {
    let hash = match login {
        Some(Login { credential: Credential::Hash(hash), .. }) => Some(PasswordHash(hash.clone())),
        _ => None,
    };
    let is_hashed = lane.verify(typed.clone(), hash.as_ref());
    let is_generated = match login {
        Some(Login { id, credential: Credential::Generated(generation), .. }) => {
            GeneratedPassword::derive(key, *id, *generation).is(typed)
        }
        _ => false,
    };
    (is_hashed || is_generated) && login.is_some_and(|login| !login.is_suspended)
}

/// Under which mark the guesses count that are made with a login name.
pub(super) fn name_mark(key: &Key, typed: &str) -> Mark {
    key.mark("login name", login_key(typed).as_bytes())
}

/// The form under which two login names that were typed sign in to the same account.
pub(super) fn login_key(typed: &str) -> String {
    match Email::parse(typed) {
        Ok(email) => email.key().to_owned(),
        Err(_) => Username::typed(typed).as_str().to_owned(),
    }
}
