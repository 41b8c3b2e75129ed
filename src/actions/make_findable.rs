//! Making people findable at once: those who came last are put into the index of the search when nothing else is to be done.
//! Until then they are looked through, so nobody is missed.

use crate::problem::Problem;
use crate::store::{self, Connection, listing};

/// How many people are put in at a time: some hundredths of a second, in which nobody else can write.
const AT_A_TIME: u32 = 1_000;

/// Puts further people into the index of the search. Says whether there were any.
///
/// # Errors
/// If the database cannot be written.
pub fn make_findable(conn: &mut Connection) -> Result<bool, Problem> {
    if !listing::any_to_index(conn)? {
        return Ok(false);
    }
    let tx = store::begin(conn)?;
    let any = listing::index_further(&tx, AT_A_TIME)?;
    tx.commit()?;
    Ok(any)
}
