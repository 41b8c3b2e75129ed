//! Looking at a password that somebody typed, no more often than may be.

use super::authenticate::{is_right, name_mark};
use super::form::NotDone;
use crate::domain::{AccountId, Guesses, Password, Scope};
use crate::problem::Problem;
use crate::secrets::{HashLane, Key, chance};
use crate::store::account::{self, Login};
use crate::store::throttle::{self, Mark};
use crate::store::{self, Connection, Transaction, member};
use jiff::Timestamp;
use std::time::Duration;

/// The most names whose guesses are remembered, some 60 MB of them: nobody fills a disk with names that they make up.
const MOST_NAMES: u32 = 500_000;

/// Counts a guess before it is looked at; or says how long it has to wait, and then it must not be looked at.
pub(super) fn begin_guess(
    conn: &mut Connection,
    mark: &Mark,
    now: Timestamp,
) -> Result<Option<Duration>, Problem> {
    let tx = store::begin(conn)?;
    let mut guesses = remembered(&tx, mark, now)?;
    let wait = guesses.wait(now);
    if wait.is_none() {
        guesses.begin(now);
        throttle::put(&tx, mark, &guesses)?;
        throttle::sweep(&tx, Guesses::remembered(now))?;
        // To count them takes a while when there are many, and some hundreds more do no harm.
        if chance() == 0 {
            throttle::keep_at_most(&tx, MOST_NAMES)?;
        }
        tx.commit()?;
    }
    Ok(wait)
}

/// Counts something that is done as often as wrong guesses may be made, and says whether it may be done.
pub(super) fn may_be_done(tx: &Transaction<'_>, mark: &Mark, now: Timestamp) -> Result<bool, Problem> {
    let mut done = remembered(tx, mark, now)?;
    let may_be = done.wait(now).is_none();
    if may_be {
        done.begin(now);
        done.was_wrong();
    }
    throttle::put(tx, mark, &done)?;
    Ok(may_be)
}

/// Notes how a guess that was begun has ended.
pub(super) fn end_guess(
    tx: &Transaction<'_>,
    mark: &Mark,
    was_right: bool,
    now: Timestamp,
) -> Result<(), Problem> {
    let mut guesses = remembered(tx, mark, now)?;
    if was_right {
        guesses.was_right()
    } else {
        guesses.was_wrong()
    }
    throttle::put(tx, mark, &guesses)?;
    Ok(())
}

/// Forgets the wrong guesses under both names of an account whose password is another one now: whoever comes with that is not
/// held up by what was guessed before.
pub(super) fn forget_guesses(
    tx: &Transaction<'_>,
    key: &Key,
    account: AccountId,
    now: Timestamp,
) -> Result<(), Problem> {
    let Some(member) = member::get(tx, Scope::District, account)? else { return Ok(()) };
    for name in [Some(member.username), member.email].into_iter().flatten() {
        throttle::put(tx, &name_mark(key, &name), &Guesses::none(now))?;
    }
    Ok(())
}

/// Has somebody who is signed in prove with the current password that it is they who sit there.
pub(super) fn prove(
    conn: &mut Connection,
    key: &Key,
    lane: &HashLane,
    account: AccountId,
    current_password: &str,
    now: Timestamp,
) -> Result<Login, NotDone> {
    let mark = key.mark("current password", &account.0.to_be_bytes());
    if let Some(wait) = begin_guess(conn, &mark, now)? {
        return Err(NotDone::Wait(wait));
    }
    let login = account::login_of(conn, account)?;
    let is_right = is_right(key, lane, login.as_ref(), &Password::typed(current_password));
    let tx = store::begin(conn)?;
    end_guess(&tx, &mark, is_right, now)?;
    tx.commit()?;
    login.filter(|_| is_right).ok_or_else(|| {
        NotDone::refused("current_password", "This is not your current password. Type it again.")
    })
}

fn remembered(tx: &Transaction<'_>, mark: &Mark, now: Timestamp) -> Result<Guesses, Problem> {
    Ok(throttle::get(tx, mark)?.map_or_else(|| Guesses::none(now), |guesses| guesses.at(now)))
}
