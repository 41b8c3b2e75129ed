//! Giving up a job that cannot be finished, so that what waits behind it has its turn.

use super::letters;
use crate::clock;
use crate::domain::message;
use crate::problem::Problem;
use crate::store::job::{self, Claimed, Job};
use crate::store::upload::{self, Counts};
use crate::store::{self, Connection, record};

/// Gives a job up. Of an upload, the accounts that were made stay, every record whose turn had not come fails with a
/// sentence, its seal is destroyed, and the upload says `why`.
///
/// # Errors
/// If the database cannot be written.
pub fn give_up(conn: &mut Connection, claimed: &Claimed, why: &str) -> Result<(), Problem> {
    let tx = store::begin(conn)?;
    if let Job::CreateAccounts(id) = claimed.job {
        let failed = record::fail_pending(&tx, id, &message::not_reached())?;
        let failed = u32::try_from(failed).unwrap_or(u32::MAX);
        upload::count(&tx, id, Counts { failed, ..Counts::default() })?;
        let now = clock::now();
        upload::finish(&tx, id, Some(why), now)?;
        letters::report(&tx, id, now)?;
        job::enqueue(&tx, Job::WriteResults(id))?;
    }
    job::remove(&tx, claimed.id)?;
    tx.commit()?;
    Ok(())
}
