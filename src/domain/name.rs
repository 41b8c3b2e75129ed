//! The name of a person, a school or a district: people's own, in any script, never "corrected".

use std::fmt;

/// The most characters a name may have (Unicode scalar values, after the space around it is gone).
const LONGEST: usize = 100;

/// A first name, a last name, or the name of a school or district: 1 to 100 characters of any script, kept exactly
/// as typed but for the space around it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name(String);

/// Why a text is not a name. Displayed, it goes on after the name of the field: "The last name *is missing.*"
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadName {
    /// Nothing but space.
    Missing,
    /// More than 100 characters; it has this many.
    TooLong(usize),
    /// It has a line break inside.
    LineBreak,
    /// It has another control character, or one that turns the direction of the text around it.
    Control,
    /// It has U+FFFD, what software leaves in place of a letter that it lost.
    LostLetter,
}

impl Name {
    /// Takes a name as typed.
    ///
    /// # Errors
    /// A [`BadName`] if it is empty, too long, or holds what no name holds.
    pub fn parse(text: &str) -> Result<Name, BadName> {
        let text = text.trim_matches(is_space);
        if text.is_empty() {
            return Err(BadName::Missing);
        }
        if text.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']) {
            return Err(BadName::LineBreak);
        }
        if text.chars().any(|c| c.is_control() || turns_direction(c)) {
            return Err(BadName::Control);
        }
        if text.contains('\u{FFFD}') {
            return Err(BadName::LostLetter);
        }
        match text.chars().count() {
            length if length > LONGEST => Err(BadName::TooLong(length)),
            _ => Ok(Name(text.to_owned())),
        }
    }

    /// The name as typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form under which two names count as the same: NFC, lower case, runs of space as one. For schools,
    /// which are looked up by name.
    #[must_use]
    pub fn key(&self) -> String {
        let words: Vec<&str> = self.0.split_whitespace().collect();
        super::search::key(&words.join(" "))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for BadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadName::Missing => write!(f, "is missing."),
            BadName::TooLong(length) => {
                write!(f, "has {length} characters; {LONGEST} is the most. Shorten it.")
            }
            BadName::LineBreak => {
                write!(f, "has a line break inside it. Take it out, or look for a quotation mark too many.")
            }
            BadName::Control => write!(f, "has an invisible control character inside it. Type it anew."),
            BadName::LostLetter => write!(
                f,
                "has a � in it: a letter was lost when the file was saved. Type it anew and save as CSV UTF-8."
            ),
        }
    }
}

/// What surrounds a cell without being part of it: white space of any kind, a byte order mark, a zero-width space.
pub(crate) fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{FEFF}' | '\u{200B}' | '\u{2060}')
}

/// Embeddings, overrides and isolates (Unicode UAX #9): in a name they can only make the text beside it read wrong.
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_script_are_kept_as_typed() {
        for name in
            ["Héloïse", "王 芳", "Mac Giolla Phádraig", "ʻIolani", "O’Neill", "Adébáyọ̀", "يوسف", "می‌خواهم"]
        {
            assert_eq!(Name::parse(&format!(" \u{A0}{name}\t")).unwrap().as_str(), name);
        }
    }

    #[test]
    fn what_is_no_name_is_refused_with_its_reason() {
        assert_eq!(Name::parse(" \u{3000} "), Err(BadName::Missing));
        assert_eq!(Name::parse("Ann\r\nLee"), Err(BadName::LineBreak));
        assert_eq!(Name::parse("Ann\0"), Err(BadName::Control));
        assert_eq!(Name::parse("\u{202E}eeL"), Err(BadName::Control));
        assert_eq!(Name::parse("H\u{FFFD}lo"), Err(BadName::LostLetter));
        assert_eq!(Name::parse(&"é".repeat(101)), Err(BadName::TooLong(101)));
        assert!(Name::parse(&"é".repeat(100)).is_ok());
    }

    #[test]
    fn schools_are_the_same_whatever_their_case_spacing_and_normal_form() {
        let key = |text: &str| Name::parse(text).unwrap().key();
        assert_eq!(key("École  Saint-Rémy"), key("e\u{301}cole saint-re\u{301}my"));
        assert_ne!(key("Lincoln High"), key("Lincoln Height"));
    }
}
