//! Asking for a new password: twice and unseen on a terminal, a line of standard input otherwise.

use super::say;
use crate::problem::Problem;
use std::io::{self, BufRead, ErrorKind, IsTerminal, Read};
use zeroize::Zeroizing;

/// The most bytes that are read for a password; longer ones are refused by their length all the same.
const MOST_BYTES: u64 = 64 * 1024;

/// How often two that are the same are asked for on a terminal.
const TRIES: usize = 3;

/// A new password of so many characters at least, as it was given, exact but for the line end.
pub(super) fn new_password(whose: &str, needs: usize) -> Result<Zeroizing<String>, Problem> {
    if io::stdin().is_terminal() {
        return twice_the_same(whose, needs, |prompt| rpassword::prompt_password(prompt));
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

/// A password that was typed twice the same. `typed` asks for a line with a prompt.
fn twice_the_same(
    whose: &str,
    needs: usize,
    mut typed: impl FnMut(&str) -> io::Result<String>,
) -> Result<Zeroizing<String>, Problem> {
    let mut ask = |prompt: &str| match typed(prompt) {
        Err(cause) if cause.kind() == ErrorKind::UnexpectedEof => {
            // The prompt's line is still open.
            say("");
            Err(Problem::refused("No password came, and nothing was changed."))
        }
        typed => typed.map(Zeroizing::new).map_err(unread),
    };
    for left in (0..TRIES).rev() {
        let first = ask(&format!("New password for {whose} ({needs} characters or more): "))?;
        if first == ask("The same again: ")? {
            return Ok(first);
        }
        if left > 0 {
            say("The two differ. Once more:");
        }
    }
    Err(Problem::refused("The two passwords differed each time. Nothing was changed; start again."))
}

fn unread(cause: io::Error) -> Problem {
    Problem::File { doing: "Reading the password".to_owned(), cause }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of these lines, and how often one was asked for.
    fn typing(lines: &[&str]) -> (Result<String, String>, usize) {
        let (mut lines, mut asked) = (lines.iter(), 0);
        let given = twice_the_same("Ada", 15, |prompt| {
            let what = if asked % 2 == 0 {
                "New password for Ada (15 characters or more): "
            } else {
                "The same again: "
            };
            assert_eq!(prompt, what);
            asked += 1;
            lines.next().map(|line| (*line).to_owned()).ok_or_else(|| ErrorKind::UnexpectedEof.into())
        });
        (given.map(|given| given.to_string()).map_err(|problem| problem.to_string()), asked)
    }

    #[test]
    fn two_entries_that_differ_are_asked_for_again_three_times_in_all() {
        assert_eq!(typing(&["a b", "a b"]), (Ok("a b".to_owned()), 2));
        assert_eq!(typing(&["a", "b", "c ", "c", "d", "d"]), (Ok("d".to_owned()), 6));
        let (given, asked) = typing(&["a", "b", "a", "b", "a", "b", "a", "a"]);
        assert!(given.is_err_and(|why| why.contains("Nothing was changed")) && asked == 6);
    }

    #[test]
    fn an_end_instead_of_a_password_changes_nothing() {
        for lines in [&[][..], &["a"], &["a", "b"]] {
            let (given, asked) = typing(lines);
            assert_eq!(given, Err("No password came, and nothing was changed.".to_owned()));
            assert_eq!(asked, lines.len() + 1);
        }
    }
}
