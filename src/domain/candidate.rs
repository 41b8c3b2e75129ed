//! Judging a line by itself: is this a person who can have an account of this kind?
//!
//! Whether the email is in use already only the district's accounts can tell; that is judged where they are.

use super::name::is_space;
use super::{BadEmail, Email, Keys, Name, UserType};

/// A person who can have an account, if their email is free.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The first name.
    pub first_name: Name,
    /// The last name.
    pub last_name: Name,
    /// The email; only a student has none.
    pub email: Option<Email>,
}

impl Candidate {
    /// What they are found by, and after what lists go.
    #[must_use]
    pub fn keys(&self) -> Keys {
        Keys::of(self.first_name.as_str(), self.last_name.as_str(), self.email.as_ref().map(Email::as_str))
    }
}

/// Judges the names and the email of a line.
///
/// # Errors
/// Everything that is wrong with them, a sentence each.
pub fn judge(
    first_name: &str,
    last_name: &str,
    email: &str,
    kind: UserType,
) -> Result<Candidate, Vec<String>> {
    let mut faults = Vec::new();
    let mut name = |field: &str, text: &str| match Name::parse(text) {
        Ok(name) => Some(name),
        Err(fault) => {
            faults.push(format!("The {field} {fault}"));
            None
        }
    };
    let first_name = name("first name", first_name);
    let last_name = name("last name", last_name);
    let email = match optional_email(email) {
        Ok(None) if kind.needs_email() => {
            let many = capitalised(kind.many());
            faults.push(format!("{many} need an email, and this line has none. Add one."));
            None
        }
        Ok(email) => email,
        Err(fault) => {
            faults.push(fault.to_string());
            None
        }
    };
    match (first_name, last_name) {
        (Some(first_name), Some(last_name)) if faults.is_empty() => {
            Ok(Candidate { first_name, last_name, email })
        }
        _ => Err(faults),
    }
}

fn optional_email(text: &str) -> Result<Option<Email>, BadEmail> {
    if text.chars().all(is_space) { Ok(None) } else { Email::parse(text).map(Some) }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn students_need_no_email_and_the_others_do() {
        assert_eq!(judge("Ann", "Lee", " ", UserType::Student).unwrap().email, None);
        for kind in [UserType::Teacher, UserType::Parent] {
            let faults = judge("Ann", "Lee", "", kind).unwrap_err();
            assert!(faults.join(" ").contains("need an email"), "{faults:?}");
        }
        assert!(judge("Ann", "Lee", "a@b.example", UserType::Parent).is_ok());
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let faults = judge("", "L\u{0}", "nobody", UserType::Student).unwrap_err();
        assert_eq!(faults.len(), 3, "{faults:?}");
        assert_eq!(faults[0], "The first name is missing.");
    }
}
