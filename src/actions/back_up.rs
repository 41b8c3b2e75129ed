//! Taking a copy of the whole database down to one's own machine. Who has it has everybody's names: so the password is
//! asked for again, and the audit log says who it was.

use super::form::NotDone;
use super::guess::prove;
use super::reach::district_only;
use crate::domain::{Admin, Deed};
use crate::folder::{Folder, OpenFile};
use crate::problem::Problem;
use crate::secrets::{HashLane, Key, Token};
use crate::store::audit::{self, About, NewEntry};
use crate::store::{self, Connection, session, snapshots};
use jiff::{SignedDuration, Timestamp};

/// How long after the password was given a backup may be taken down.
const PROOF_HOLDS: SignedDuration = SignedDuration::from_mins(5);

/// Who wants a backup, and what they typed. It has no `Debug`: there is a password in it.
#[derive(Clone, Copy)]
pub struct WantsBackup<'a> {
    /// The administrator.
    pub admin: &'a Admin,
    /// Their session.
    pub session: &'a Token,
    /// Their password, once more.
    pub current_password: &'a str,
}

/// Writes a snapshot of the database as it is now, unless the newest one is of now, and lets this session take the
/// newest one down for the next five minutes.
///
/// # Errors
/// [`NotDone::Refused`] for `current_password`; [`NotDone::Wait`] after too many wrong ones; [`NotDone::NotFound`] for school
/// administrators; a problem if no snapshot can be written.
pub fn back_up(
    conn: &mut Connection,
    folder: &Folder,
    key: &Key,
    lane: &HashLane,
    wants: &WantsBackup<'_>,
    now: Timestamp,
) -> Result<(), NotDone> {
    district_only(wants.admin)?;
    prove(conn, key, lane, wants.admin.account, wants.current_password, now)?;
    {
        let _held = folder.hold_backups()?;
        snapshots::take(folder, conn, now)?;
    }
    let tx = store::begin(conn)?;
    session::note_proof(&tx, &wants.session.digest(), now)?;
    let by = Some(wants.admin.account);
    let entry = NewEntry { by, deed: Deed::TookBackup, about: About::Nothing, details: "" };
    audit::insert(&tx, &entry, now)?;
    tx.commit()?;
    Ok(())
}

/// The newest snapshot, open, and its name; `None` if this session has not just proven whose it is, or there is none.
///
/// # Errors
/// If the database or the folder of the snapshots cannot be read.
pub fn newest_backup(
    conn: &Connection,
    folder: &Folder,
    session: &Token,
    now: Timestamp,
) -> Result<Option<(String, OpenFile)>, Problem> {
    let proven = session::proven_at(conn, &session.digest())?;
    let holds =
        proven.is_some_and(|then| (SignedDuration::ZERO..PROOF_HOLDS).contains(&then.duration_until(now)));
    if holds { snapshots::open_newest(folder, now) } else { Ok(None) }
}
