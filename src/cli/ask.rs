//! Asking for a new password: twice and unseen on a terminal, a line of standard input otherwise.

use crate::problem::Problem;
use std::io::{self, BufRead, IsTerminal, Read};
use zeroize::Zeroizing;

/// The most bytes that are read for a password; longer ones are refused by their length all the same.
const MOST_BYTES: u64 = 64 * 1024;

/// A new password as it was given, exact but for the line end.
pub(super) fn new_password(whose: &str) -> Result<Zeroizing<String>, Problem> {
    let unread = |cause| Problem::File { doing: "Reading the password".to_owned(), cause };
    if io::stdin().is_terminal() {
        let first = Zeroizing::new(
            rpassword::prompt_password(format!("New password for {whose}: ")).map_err(unread)?,
        );
        let again = Zeroizing::new(rpassword::prompt_password("The same again: ").map_err(unread)?);
        if first != again {
            return Err(Problem::refused("The two passwords differ. Nothing was changed; start again."));
        }
        return Ok(first);
    }
    let mut given = Zeroizing::new(Vec::new());
    io::stdin().lock().take(MOST_BYTES).read_until(b'\n', &mut given).map_err(unread)?;
    let line = given.strip_suffix(b"\n").unwrap_or(&given);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.is_empty() {
        return Err(Problem::refused(format!(
            "No password for {whose} came from standard input. Give it one line there."
        )));
    }
    match std::str::from_utf8(line) {
        Ok(password) => Ok(Zeroizing::new(password.to_owned())),
        Err(_) => {
            Err(Problem::refused("The password on standard input is not in UTF-8. Nothing was changed."))
        }
    }
}
