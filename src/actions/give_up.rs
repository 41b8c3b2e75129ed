//! Giving up a job that cannot be finished, so that what waits behind it has its turn.

use super::letters;
use crate::clock;
use crate::domain::message;
use crate::problem::Problem;
use crate::store::job::{self, Claimed, Job};
use crate::store::upload::{self, Counts};
use crate::store::{self, Connection, record, undo};

/// Gives a job up, and lets the upload say `why` and what to do. The accounts that were made stay, every record whose
/// turn had not come fails with a sentence, and its seal is destroyed. What undoing has removed stays removed.
///
/// # Errors
/// If the database cannot be written.
pub fn give_up(conn: &mut Connection, claimed: &Claimed, why: &str) -> Result<(), Problem> {
    let tx = store::begin(conn)?;
    match claimed.job {
        Job::CreateAccounts(id) => {
            let failed = record::fail_pending(&tx, id, &message::not_reached())?;
            let failed = u32::try_from(failed).unwrap_or(u32::MAX);
            upload::count(&tx, id, Counts { failed, ..Counts::default() })?;
            let why = format!(
                "{why} The accounts that were made stay; mend the failed lines, or upload them again."
            );
            let now = clock::now();
            upload::finish(&tx, id, Some(&why), now)?;
            letters::report(&tx, id, now)?;
            job::enqueue(&tx, Job::WriteResults(id))?;
        }
        Job::Undo(id) => {
            let why = format!(
                "It was not undone to the end. {why} What is removed stays removed, and the other accounts can be \
                 used: the messages below say which. Undo it again to remove the rest."
            );
            undo::give_up(&tx, id, &why)?;
            job::enqueue(&tx, Job::WriteResults(id))?;
        }
        Job::WriteResults(_) => {}
    }
    job::remove(&tx, claimed.id)?;
    tx.commit()?;
    Ok(())
}
