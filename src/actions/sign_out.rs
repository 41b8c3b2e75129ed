//! Signing out.

use crate::problem::Problem;
use crate::secrets::Token;
use crate::store::{self, Connection, session};

/// Ends a session. The browser stays known.
///
/// # Errors
/// If the database cannot be written.
pub fn sign_out(conn: &mut Connection, token: &Token) -> Result<(), Problem> {
    let tx = store::begin(conn)?;
    session::end(&tx, &token.digest())?;
    tx.commit()?;
    Ok(())
}
