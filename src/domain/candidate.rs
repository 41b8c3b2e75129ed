//! Judging a line by itself: is this a person who can have an account of this kind?
//!
//! Whether the email is in use already only the district's accounts can tell; that is judged where they are.

use super::name::is_space;
use super::roster::Column;
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

/// Something that is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineFault {
    /// Where it stands.
    pub column: Column,
    /// What is wrong and what to do: a sentence.
    pub why: String,
}

/// Judges the names and the email of a line.
///
/// # Errors
/// Everything that is wrong with them, in the order of the columns.
pub fn judge(
    first_name: &str,
    last_name: &str,
    email: &str,
    kind: UserType,
) -> Result<Candidate, Vec<LineFault>> {
    let mut faults = Vec::new();
    let mut name = |column: Column, text: &str| match Name::parse(text) {
        Ok(name) => Some(name),
        Err(fault) => {
            faults.push(LineFault { column, why: format!("The {} {fault}", column.words()) });
            None
        }
    };
    let first_name = name(Column::FirstName, first_name);
    let last_name = name(Column::LastName, last_name);
    let mut no_email = |why| {
        faults.push(LineFault { column: Column::Email, why });
        None
    };
    let email = match optional_email(email) {
        Ok(None) if kind.needs_email() => {
            let many = capitalised(kind.many());
            no_email(format!("{many} need an email, and this line has none. Add one."))
        }
        Ok(email) => email,
        Err(fault) => no_email(fault.to_string()),
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
            assert_eq!((faults.len(), faults[0].column), (1, Column::Email));
            assert!(faults[0].why.contains("need an email"), "{faults:?}");
        }
        assert!(judge("Ann", "Lee", "a@b.example", UserType::Parent).is_ok());
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let faults = judge("", "L\u{0}", "nobody", UserType::Student).unwrap_err();
        let columns: Vec<Column> = faults.iter().map(|fault| fault.column).collect();
        assert_eq!(columns, [Column::FirstName, Column::LastName, Column::Email]);
        assert_eq!(faults[0].why, "The first name is missing.");
    }
}
