//! What the report says of each record, in sentences for the administrator who made the file.

use super::UserType;

/// What the message of everybody says whose password was generated.
pub const GENERATED: &str = "a generated password";
/// What the message of everybody says who has a namesake of another file, or of none.
pub const NAMESAKE: &str = " of this name is here already: ";

/// The account was made, and its password is known to whoever has to hand it on. `twin` is what is said of somebody of the
/// same name.
#[must_use]
pub fn created(password_was_generated: bool, twin: Option<String>) -> String {
    let password = if password_was_generated { GENERATED } else { "the password in the file" };
    let twin = twin.map(|twin| format!(" {twin}")).unwrap_or_default();
    format!("Ready, with {password}.{twin}")
}

/// Somebody of the same name, at the same school, of the same kind, has an account.
#[must_use]
pub fn namesake(kind: UserType, username: &str, since: &str) -> String {
    format!("A {}{NAMESAKE}{username}, since {since}.", kind.one())
}

/// Another line of the same file has the same name.
#[must_use]
pub fn namesake_in_file() -> String {
    "Another line of this file has the same name.".to_owned()
}

/// The administrator chose to skip the line. `twin` is what is said of somebody of the same name.
#[must_use]
pub fn left_out(twin: Option<String>) -> String {
    let twin = twin.map(|twin| format!(" {twin}")).unwrap_or_default();
    format!("Left out, as was chosen.{twin}")
}

/// The email stands on an earlier line of the same file.
#[must_use]
pub fn email_earlier_in_file(line: u32) -> String {
    format!("This email is on line {line} of this file already; no second account was made.")
}

/// The email belongs to somebody of the school that the file is for.
#[must_use]
pub fn email_in_school(first_name: &str, last_name: &str, kind: UserType, school: &str) -> String {
    format!(
        "This email has an account already: {first_name} {last_name}, {} of {school}. No second account was made.",
        kind.one()
    )
}

/// The email belongs to somebody else in the district: more a school's administrator must not learn.
#[must_use]
pub fn email_in_use() -> String {
    "This email is in use already; no second account was made.".to_owned()
}

/// The sealed password cannot be opened: the database came back from a copy without its key file.
#[must_use]
pub fn seal_broken() -> String {
    "The password of this line can no longer be opened, because the key file beside the database is another one. \
     Upload the line again."
        .to_owned()
}

/// The upload was undone, and nobody had used or changed the account.
#[must_use]
pub fn removed() -> String {
    "Undone: this account was removed.".to_owned()
}

/// The upload was undone; the account stays, because its owner had signed in, first on this day.
#[must_use]
pub fn kept_in_use(since: &str) -> String {
    format!("Kept: it has been in use since {since}.")
}

/// The upload was undone; the account stays, because somebody had changed it, first on this day.
#[must_use]
pub fn kept_changed(since: &str) -> String {
    format!("Kept: it was changed on {since}, after it was made.")
}

/// Somebody removed the account of whom the line told, on this day.
#[must_use]
pub fn account_removed(day: &str) -> String {
    format!("This account was removed on {day}.")
}

/// The same message when the account of a namesake is removed; `None` if it does not speak of that one.
#[must_use]
pub fn without_namesake(message: &str, username: &str) -> Option<String> {
    let (before, after) = message.split_once(&format!(" is here already: {username}, since "))?;
    let (_, rest) = after.split_once('.')?;
    Some(format!("{before} was here; that account was removed.{rest}"))
}

/// The job was given up before this record's turn came.
#[must_use]
pub fn not_reached() -> String {
    "Not processed: the job could not be finished. Upload the line again.".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_forgets_a_namesake_and_says_the_rest() {
        let twin = namesake(UserType::Student, "jsmith2", "3 May 2026");
        let message = created(true, Some(twin));
        assert_eq!(
            without_namesake(&message, "jsmith2").unwrap(),
            "Ready, with a generated password. A student of this name was here; that account was removed."
        );
        for other in ["jsmith", "jsmith22", "smith2"] {
            assert_eq!(without_namesake(&message, other), None);
        }
        assert_eq!(without_namesake(&created(false, None), "jsmith2"), None);
    }
}
