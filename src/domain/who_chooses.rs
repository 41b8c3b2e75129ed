//! Who of an upload has to choose a password of their own when they first sign in.

use super::UserType;

/// Who of an upload has to choose a password of their own when they first sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhoChooses {
    /// Nobody: the passwords that they are given stay good.
    Nobody,
    /// Everybody, with a supplied password too.
    Everybody,
    /// Those whose password is generated.
    WhoseIsGenerated,
}

impl WhoChooses {
    /// What holds where nobody has said anything else: teachers and parents choose in place of a generated password,
    /// students if their district says so.
    #[must_use]
    pub fn usual(kind: UserType, students_choose: bool) -> WhoChooses {
        if kind != UserType::Student || students_choose {
            WhoChooses::WhoseIsGenerated
        } else {
            WhoChooses::Nobody
        }
    }

    /// Whether somebody has to choose, with a password that was generated or not.
    #[must_use]
    pub fn includes(self, password_is_generated: bool) -> bool {
        match self {
            WhoChooses::Nobody => false,
            WhoChooses::Everybody => true,
            WhoChooses::WhoseIsGenerated => password_is_generated,
        }
    }

    /// The word for it on a form. [`WhoChooses::WhoseIsGenerated`] has none: it is never asked for by name.
    #[must_use]
    pub fn word(self) -> Option<&'static str> {
        match self {
            WhoChooses::Nobody => Some("no"),
            WhoChooses::Everybody => Some("yes"),
            WhoChooses::WhoseIsGenerated => None,
        }
    }

    /// What this word asks for; `None` for any other word: then it is as usual.
    #[must_use]
    pub fn from_word(word: &str) -> Option<WhoChooses> {
        [WhoChooses::Nobody, WhoChooses::Everybody].into_iter().find(|who| who.word() == Some(word))
    }

    /// How the database has it.
    #[must_use]
    pub fn number(self) -> i64 {
        match self {
            WhoChooses::Nobody => 0,
            WhoChooses::Everybody => 1,
            WhoChooses::WhoseIsGenerated => 2,
        }
    }

    /// Who this number stands for; `None` for any other number.
    #[must_use]
    pub fn from_number(number: i64) -> Option<WhoChooses> {
        [WhoChooses::Nobody, WhoChooses::Everybody, WhoChooses::WhoseIsGenerated]
            .into_iter()
            .find(|who| who.number() == number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usually_only_generated_passwords_are_changed_and_students_if_the_district_says_so() {
        for kind in UserType::ALL {
            for students_choose in [false, true] {
                let who = WhoChooses::usual(kind, students_choose);
                assert!(!who.includes(false));
                assert_eq!(who.includes(true), kind != UserType::Student || students_choose, "{kind:?}");
            }
        }
    }

    #[test]
    fn what_is_kept_is_read_again() {
        for number in 0..3 {
            assert_eq!(WhoChooses::from_number(number).unwrap().number(), number);
        }
        assert_eq!(WhoChooses::from_number(3), None);
        assert_eq!(WhoChooses::from_word("yes"), Some(WhoChooses::Everybody));
        assert_eq!(WhoChooses::from_word("no"), Some(WhoChooses::Nobody));
        assert_eq!(WhoChooses::from_word(""), None);
    }
}
