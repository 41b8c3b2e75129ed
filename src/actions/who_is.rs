//! Who it is that a browser's token stands for.

use crate::domain::Face;
use crate::problem::Problem;
use crate::secrets::Token;
use crate::store::session::{self, Person, Session, TokenHash};
use crate::store::{self, Connection};
use jiff::Timestamp;

/// How exactly it is written down when somebody was last seen, in milliseconds: not every page costs a write.
const TO_THE_MINUTE: i64 = 60_000;

/// The person who is signed in with a token; `None` if nobody is, or not any more. A session that has run out ends
/// here for good: a clock that is set back does not revive it.
///
/// # Errors
/// If the database cannot be used.
pub fn who_is(conn: &mut Connection, token: &Token, now: Timestamp) -> Result<Option<Person>, Problem> {
    let token = token.digest();
    let Some(found) = session::get(conn, &token)? else { return Ok(None) };
    if !is_live(&found, now) {
        let tx = store::begin(conn)?;
        session::end(&tx, &token)?;
        tx.commit()?;
        return Ok(None);
    }
    if (now.as_millisecond() - found.seen_at.as_millisecond()).abs() >= TO_THE_MINUTE {
        match touch(conn, &token, now) {
            // Without room on the disk pages can be read all the same, those that say so above all. Who is not written down as
            // seen is logged out sooner.
            Err(problem) if !problem.may_pass() => return Err(problem),
            _ => {}
        }
    }
    Ok(Some(found.person))
}

fn touch(conn: &mut Connection, token: &TokenHash, now: Timestamp) -> Result<(), Problem> {
    let tx = store::begin(conn)?;
    session::touch(&tx, token, now)?;
    tx.commit()?;
    Ok(())
}

/// Whether somebody is signed in with a token, in the Admin Account. Nothing is written down for that.
///
/// # Errors
/// If the database cannot be read.
pub fn is_admin(conn: &Connection, token: &Token, now: Timestamp) -> Result<bool, Problem> {
    let found = session::get(conn, &token.digest())?;
    Ok(found.is_some_and(|found| found.person.face == Face::Admin && is_live(&found, now)))
}

/// Whether a session has not run out, and its face is one that its owner has.
pub(super) fn is_live(session: &Session, now: Timestamp) -> bool {
    let Person { face, administers, .. } = session.person;
    (face == Face::Teacher || administers.is_some())
        && face.is_live(session.hours, session.signed_in_at, session.seen_at, now)
}
