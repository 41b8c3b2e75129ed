//! *Forgot your password?*: a link of one use, sent to the email of an account. Whoever asks is answered the same, after
//! the same work, whether there is such an account or not.

use super::authenticate::{find_login, login_key};
use super::change_own_password::chosen_for;
use super::form::NotDone;
use super::guess::{begin_guess, end_guess, may_be_done};
use super::letters;
use super::reach::login_of;
use crate::domain::{AccountId, Deed, Scope};
use crate::problem::Problem;
use crate::secrets::{HashLane, Key, Secret, Token, chance};
use crate::store::account::{self, Credential};
use crate::store::audit::{self, About, NewEntry};
use crate::store::{self, Connection, browser, letter, member, password_link, session};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// For how long a link holds.
const HOLDS: SignedDuration = SignedDuration::from_mins(30);
/// How soon a letter with a link goes out.
const LEAVES_WITHIN: Duration = Duration::from_secs(2);
/// How far a clock may be set back while a link holds.
const SLACK: SignedDuration = SignedDuration::from_mins(1);

/// Sends a link to the email of the account of this username or email, if there is one with an email. Only the newest link
/// holds.
///
/// # Errors
/// [`NotDone::Wait`] if it was asked for too often under this name.
pub fn ask_for_link(conn: &mut Connection, key: &Key, typed: &str, now: Timestamp) -> Result<(), NotDone> {
    let account = find_login(conn, typed)?.filter(|login| !login.is_suspended).map(|login| login.id);
    // By what was typed, as at the login: if a username had to wait because of an email, both would be somebody's.
    let mark = key.mark("forgotten password", login_key(typed).as_bytes());
    if let Some(wait) = begin_guess(conn, &mark, now)? {
        return Err(NotDone::Wait(wait));
    }
    // Number 0 is nobody's.
    let id = account.unwrap_or(AccountId(0));
    let member = member::get(conn, Scope::District, id)?;
    let link = Token::new()?;
    let addressee = member.as_ref().and_then(|member| Some((member, member.email.as_deref()?)));
    let (name, email) = match addressee {
        Some((member, email)) => (format!("{} {}", member.first_name, member.last_name), email),
        None => ("Nobody".to_owned(), "nobody@example.invalid"),
    };
    let tx = store::begin(conn)?;
    let seal = |message_id: &str| key.seal_secret(link.expose().as_bytes(), Secret::Link(message_id));
    // Each letter counts as a wrong guess does: nobody is buried in them.
    end_guess(&tx, &mark, false, now)?;
    // The letter goes out a moment later, so that nobody feels by the next answer that there is one on its way.
    let first_try_at = now + LEAVES_WITHIN * u32::from(chance()) / 255;
    let written = letters::forgotten(&tx, account, (&name, email), seal, now, first_try_at)?;
    password_link::sweep(&tx, oldest_link(now))?;
    // Whoever asks for the same account under its other name, or for somebody else's again and again, is told the same; the
    // letter that was sent before, and its link, stay the last ones.
    let account_mark = key.mark("forgotten password, account", &id.0.to_be_bytes());
    if may_be_done(&tx, &account_mark, now)? && addressee.is_some() {
        password_link::replace(&tx, id, &link.digest(), now)?;
    } else {
        letter::take_back(&tx, written)?;
    }
    tx.commit()?;
    Ok(())
}

/// When the oldest link was made that may still hold.
pub(super) fn oldest_link(now: Timestamp) -> Timestamp {
    now - HOLDS - SLACK
}

/// Whose link this is; `None` if it holds no longer or never did.
///
/// # Errors
/// If the database cannot be read.
pub fn whose_link(conn: &Connection, link: &Token, now: Timestamp) -> Result<Option<AccountId>, Problem> {
    let found = password_link::get(conn, &link.digest())?;
    let holds = |made: Timestamp| (-SLACK..HOLDS).contains(&now.duration_since(made));
    Ok(found.filter(|(_, made)| holds(*made)).map(|(account, _)| account))
}

/// Sets the password that somebody chose by a link, and ends their sessions; the link is used up. Gives what the
/// browser is known by from now on, so that nobody's wrong guesses hold its owner up.
///
/// # Errors
/// [`NotDone::NotFound`] if the link does not hold; [`NotDone::Refused`] for `new_password`.
pub fn choose_by_link(
    conn: &mut Connection,
    lane: &HashLane,
    link: &Token,
    new_password: &str,
    now: Timestamp,
) -> Result<Token, NotDone> {
    let account = whose_link(conn, link, now)?.ok_or(NotDone::NotFound)?;
    let login = login_of(conn, account)?;
    let password = chosen_for(&login, new_password).map_err(|why| NotDone::refused("new_password", why))?;
    let credential = Credential::Hash(lane.hash(password)?.0);
    let fresh = Token::new()?;

    let tx = store::begin(conn)?;
    // It may have been used meanwhile, in another window.
    if whose_link(&tx, link, now)? != Some(account) {
        return Err(NotDone::NotFound);
    }
    account::set_credential(&tx, account, &credential, false, now)?;
    session::end_all(&tx, account)?;
    browser::forget_all(&tx, account)?;
    browser::remember(&tx, &fresh.digest(), account, now)?;
    letters::about_password(&tx, account, now)?;
    let entry = NewEntry {
        by: Some(account),
        deed: Deed::ChangedOwnPassword,
        about: About::Nothing,
        details: "by a link that was sent by email",
    };
    audit::insert(&tx, &entry, now)?;
    tx.commit()?;
    Ok(fresh)
}
