//! An email: kept as typed, matched without regard to case.

use super::name::is_space;
use std::fmt;

/// The longest address that mail can carry, in octets (RFC 5321, 4.5.3.1.3, less the angle brackets).
const LONGEST: usize = 254;
/// The longest part before the @, in octets (RFC 5321, 4.5.3.1.1).
const LONGEST_LOCAL: usize = 64;
/// The longest word between two dots of a domain, in octets (RFC 1035, 2.3.4).
const LONGEST_LABEL: usize = 63;

/// An email that mail could be sent to, by its form: valid because it exists.
#[derive(Clone, Debug)]
pub struct Email {
    typed: String,
    key: String,
}

/// Why a text is not an email. Displayed, it is a whole sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadEmail {
    /// What was typed, where it can be shown.
    typed: Option<String>,
    why: &'static str,
}

impl Email {
    /// Takes an email as typed; the space around it goes.
    ///
    /// # Errors
    /// A [`BadEmail`] that names the first thing wrong with it.
    pub fn parse(text: &str) -> Result<Email, BadEmail> {
        let text = text.trim_matches(is_space);
        if text.chars().any(char::is_control) {
            return Err(BadEmail {
                typed: None,
                why: "it has a line break or another control character in it",
            });
        }
        if text.len() > LONGEST {
            return Err(BadEmail { typed: None, why: "it is longer than mail allows (254 characters)" });
        }
        match fault(text) {
            Some(why) => Err(BadEmail { typed: Some(text.to_owned()), why }),
            None => Ok(Email { typed: text.to_owned(), key: super::search::key(text) }),
        }
    }

    /// The email as typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.typed
    }

    /// The form under which two emails are the same: Unicode NFC, lower case.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl PartialEq for Email {
    fn eq(&self, other: &Email) -> bool {
        self.key == other.key
    }
}

impl Eq for Email {}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.typed)
    }
}

impl fmt::Display for BadEmail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.typed {
            Some(typed) if typed.is_empty() => {
                f.write_str("The email is missing. Fill one in, such as name@springfield.example.")
            }
            Some(typed) => write!(f, "“{typed}” is not an email address: {}.", self.why),
            None => write!(f, "The email cannot be used: {}.", self.why),
        }
    }
}

/// Signs that come along when something is copied and that nobody sees (Unicode's marks of direction, soft hyphens, widths of nothing),
/// and the one that stands for what could not be read: with one of them an address is another one, and looks the same.
fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{AD}'
            | '\u{200B}'
            | '\u{200E}'
            | '\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}'
            | '\u{FFFD}'
    )
}

/// The first thing wrong with an address: the dot-atom form of RFC 5322 3.4.1, with the letters of RFC 6531, and a
/// domain of two words at least, because mail leaves the building.
fn fault(text: &str) -> Option<&'static str> {
    let Some((local, domain)) = text.split_once('@') else {
        return Some("it has no @");
    };
    if domain.contains('@') {
        return Some("it has two @");
    }
    if text.chars().any(is_space) {
        return Some("it has a space in it");
    }
    if text.chars().any(is_unseen) {
        return Some("it has a sign in it that cannot be seen or was lost on the way; type it anew");
    }
    if local.is_empty() {
        return Some("nothing stands before the @");
    }
    if local.len() > LONGEST_LOCAL {
        return Some("the part before the @ is longer than 64 characters");
    }
    if local
        .chars()
        .any(|c| c.is_ascii() && !c.is_ascii_alphanumeric() && !".!#$%&'*+/=?^_`{|}~-".contains(c))
    {
        return Some("a sign before the @ is none that addresses have");
    }
    if local.split('.').any(str::is_empty) {
        return Some("a dot before the @ stands at an end or beside another dot");
    }
    if domain.is_empty() {
        return Some("nothing stands after the @");
    }
    if !domain.contains('.') {
        return Some("the part after the @ has no dot");
    }
    let label_is_bad = |label: &str| {
        label.is_empty()
            || label.len() > LONGEST_LABEL
            || label.starts_with('-')
            || label.ends_with('-')
            || label.chars().any(|c| c.is_ascii() && !c.is_ascii_alphanumeric() && c != '-')
    };
    if domain.split('.').any(label_is_bad) {
        return Some("the part after the @ is not the name of a mail domain");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails_match_whatever_their_case_space_and_normal_form() {
        let email = |text: &str| Email::parse(text).unwrap();
        assert_eq!(email(" Ann.Lee@School.Example "), email("ann.lee@school.example"));
        assert_eq!(email("JOSÉ@école.example"), email("jose\u{301}@e\u{301}cole.example"));
        assert_eq!(email(" Ann.Lee@School.Example ").as_str(), "Ann.Lee@School.Example");
    }

    #[test]
    fn a_text_that_is_no_email_says_what_is_wrong_with_it() {
        let why = |text: &str| Email::parse(text).unwrap_err().to_string();
        assert_eq!(
            why("sam@@lincoln.example"),
            "“sam@@lincoln.example” is not an email address: it has two @."
        );
        for (text, word) in [
            ("sam", "no @"),
            ("@x.example", "before the @"),
            ("sam@", "after the @"),
            ("sam@x", "no dot"),
            ("s am@x.example", "space"),
            ("sam..lee@x.example", "dot before"),
            ("sam@x..example", "mail domain"),
            ("sam@-x.example", "mail domain"),
            ("\"sam\"@x.example", "sign before"),
            ("sam\r\nbcc@x.example", "control"),
            ("sa\u{AD}m@x.example", "cannot be seen"),
            ("\u{202A}sam@x.example\u{202C}", "cannot be seen"),
            ("sam@x.exam\u{FFFD}ple", "lost on the way"),
        ] {
            assert!(why(text).contains(word), "{text}: {}", why(text));
        }
        assert!(why(" ").starts_with("The email is missing. Fill one in"), "{}", why(" "));
        assert!(why(&format!("{}@x.example", "a".repeat(65))).contains("64"));
        assert!(why(&format!("a@{}.example", "b.".repeat(150))).contains("254"));
    }

    #[test]
    fn addresses_as_people_have_them_are_taken() {
        for text in ["o'neill@x.example", "a+b_c@x-y.example.org", "用户@例子.example", "1@2.example"] {
            assert!(Email::parse(text).is_ok(), "{text}");
        }
    }
}
