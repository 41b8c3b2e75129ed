//! Setting a new password for somebody who has lost theirs, from the server's own command line.

use crate::domain::{AccountId, Password};
use crate::problem::Problem;
use crate::secrets::HashLane;
use crate::store::account::{self, Credential};
use crate::store::{self, Connection};

/// Replaces the password of an account with one that was chosen for it. A generated password ends with it.
///
/// # Errors
/// If the database cannot be written. Then the old password holds.
pub fn reset_password(
    conn: &mut Connection,
    lane: &HashLane,
    account: AccountId,
    password: Password,
) -> Result<(), Problem> {
    let credential = Credential::Hash(lane.hash(password)?.0);
    let tx = store::begin(conn)?;
    account::set_credential(&tx, account, &credential)?;
    tx.commit()?;
    Ok(())
}
