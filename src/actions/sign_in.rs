//! Signing in: first whether this login may be tried now, then whether the password is right.

use super::authenticate::{find_login, is_right, name_mark};
use super::guess::{begin_guess, end_guess};
use crate::domain::{AccountId, Face, Password, SHORTEST_FOR_ADMINISTRATORS};
use crate::problem::Problem;
use crate::secrets::{HashLane, Key, PasswordHash, Token};
use crate::store::account::{self, Credential, Login};
use crate::store::session::{self, NewSession};
use crate::store::throttle::Mark;
use crate::store::{self, Connection, browser, district};
use jiff::Timestamp;
use std::time::Duration;

/// What came with the sign-in form. It has no `Debug`: there is a password in it.
#[derive(Clone, Copy)]
pub struct SignIn<'a> {
    /// The username or email.
    pub login: &'a str,
    /// The password.
    pub password: &'a str,
    /// The session that this browser has already: it ends.
    pub session: Option<&'a Token>,
    /// What this browser was given at an earlier sign-in of anybody's.
    pub browser: Option<&'a Token>,
}

/// How it ended.
#[derive(Debug)]
pub enum SignedIn {
    /// They are signed in.
    Welcome {
        /// Whose account it is.
        account: AccountId,
        /// The session.
        session: Token,
        /// What this browser is known by from now on. It opens nothing: whoever comes with it is not held up by
        /// what others have guessed. Keep it for a year.
        browser: Token,
    },
    /// There is no such account, or it is suspended, or the password is another. Nobody is told which.
    Wrong,
    /// There were too many wrong passwords for this login; the next try must wait for so long.
    Wait(Duration),
}

/// Signs somebody in, in their own face.
///
/// Wrong passwords are counted for each login name that is typed, whether there is such an account or not, and never
/// for an address: a whole school may sit behind one. A browser that the account has signed in from before has a
/// count of its own, so that whoever locks a login for fun does not lock its owner out.
///
/// # Errors
/// If the database cannot be used, or the system gives no random bytes.
pub fn sign_in(
    conn: &mut Connection,
    key: &Key,
    lane: &HashLane,
    asked: &SignIn<'_>,
    now: Timestamp,
) -> Result<SignedIn, Problem> {
    let login = find_login(conn, asked.login)?;
    let mark = mark(conn, key, asked, login.as_ref())?;
    if let Some(wait) = begin_guess(conn, &mark, now)? {
        return Ok(SignedIn::Wait(wait));
    }
    let typed = Password::typed(asked.password);
    let is_right = is_right(key, lane, login.as_ref(), &typed);
    let (fresh, fresh_browser) = (Token::new()?, Token::new()?);
    let rehashed = match &login {
        Some(login) if is_right => rehashed(lane, &login.credential, &typed)?,
        _ => None,
    };

    let tx = store::begin(conn)?;
    // A hash takes a while: whoever was suspended or got another password meanwhile does not come in with the old, and
    // nobody comes in to an account that is gone.
    let is_right = is_right && find_login(&tx, asked.login)? == login;
    end_guess(&tx, &mark, is_right, now)?;
    session::sweep(&tx, Face::live_since(district::session_hours(&tx)?, now))?;
    let ended = match login.filter(|_| is_right) {
        None => SignedIn::Wrong,
        Some(login) => {
            let browser = match asked.browser {
                Some(browser) if browser::was_given(&tx, &browser.digest())? => browser.clone(),
                _ => fresh_browser,
            };
            browser::remember(&tx, &browser.digest(), login.id, now)?;
            if let Some(old) = asked.session {
                session::end(&tx, &old.digest())?;
            }
            if let Some(hash) = &rehashed {
                account::set_hash(&tx, login.id, &hash.0)?;
            }
            account::note_use(&tx, login.id, now)?;
            let was_chosen = matches!(login.credential, Credential::Hash(_));
            let new = NewSession {
                account: login.id,
                face: Face::Teacher,
                password_is_long: was_chosen && typed.expose().chars().count() >= SHORTEST_FOR_ADMINISTRATORS,
                signed_in_at: now,
            };
            session::insert(&tx, &fresh.digest(), &new, now)?;
            SignedIn::Welcome { account: login.id, session: fresh, browser }
        }
    };
    tx.commit()?;
    Ok(ended)
}

/// The same password hashed with today's parameters, if its hash has others.
fn rehashed(
    lane: &HashLane,
    credential: &Credential,
    typed: &Password,
) -> Result<Option<PasswordHash>, Problem> {
    match credential {
        Credential::Hash(hash) if lane.is_outdated(&PasswordHash(hash.clone())) => {
            Ok(Some(lane.hash(typed.clone())?))
        }
        _ => Ok(None),
    }
}

/// Under which mark this guess counts.
fn mark(conn: &Connection, key: &Key, asked: &SignIn<'_>, login: Option<&Login>) -> Result<Mark, Problem> {
    if let (Some(browser), Some(login)) = (asked.browser, login)
        && browser::is_known(conn, &browser.digest(), login.id)?
    {
        let whose = [browser.digest().as_slice(), &login.id.0.to_be_bytes()].concat();
        return Ok(key.mark("known browser", &whose));
    }
    Ok(name_mark(key, asked.login))
}
