//! Which passwords are taken (NIST SP 800-63B-4, 3.1.1): long enough, any characters, exact and uncut; the commonest
//! are refused when a person chooses one. No composition rules, no forced change.

use std::fmt;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// The fewest characters of a password.
pub const SHORTEST: usize = 8;
/// The fewest characters of an administrator's password: it opens everybody's account.
pub const SHORTEST_FOR_ADMINISTRATORS: usize = 15;
/// The most characters of a password; NIST asks for 64 at least.
const LONGEST: usize = 256;
/// A chosen password that a guesser finds within this many tries (as a power of ten) is among the commonest.
/// Online, at QUALITY's hundred guesses a day and name, that is three hundred years; offline it is nothing.
const FEWEST_GUESSES_LOG10: f64 = 6.0;
/// The estimate is made from this many characters at most: its time grows with the square of the length.
const ESTIMATED: usize = 64;

/// A password, in Unicode NFC, so that it is the same from every keyboard (RFC 8265, 4.2). It is wiped from memory when it goes, and
/// never shown: it has neither `Display` nor a telling `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Zeroizing<String>);

/// Why a text is not taken as a password. Displayed, it is a whole sentence, and it never repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadPassword {
    /// It has fewer characters than this.
    TooShort {
        /// How many it has.
        has: usize,
        /// How many it needs.
        needs: usize,
    },
    /// It has more characters than are taken.
    TooLong,
    /// It has a line break, a tab or another control character, which nobody can type into a sign-in form.
    Control,
    /// It is among the first that anybody would guess.
    Common,
}

impl Password {
    /// Takes a password from a roster, for somebody else: exact, and long enough.
    ///
    /// # Errors
    /// A [`BadPassword`] if it is too short or too long, or could not be typed.
    pub fn supplied(text: &str) -> Result<Password, BadPassword> {
        Password::of_length(text, SHORTEST)
    }

    /// Takes a password that a person chose for an account. `personal` is what others know of that person
    /// (names, username, email): it makes a poor password.
    ///
    /// # Errors
    /// A [`BadPassword`] if it is shorter than `needs`, too long, could not be typed, or is easily guessed.
    pub fn chosen(text: &str, needs: usize, personal: &[&str]) -> Result<Password, BadPassword> {
        let password = Password::of_length(text, needs)?;
        let start: Zeroizing<String> = Zeroizing::new(password.0.chars().take(ESTIMATED).collect());
        if zxcvbn::zxcvbn(&start, personal).guesses_log10() < FEWEST_GUESSES_LOG10 {
            return Err(BadPassword::Common);
        }
        Ok(password)
    }

    /// Takes what was typed to sign in, whatever it is. What is longer than any password is cut: it is wrong anyway.
    #[must_use]
    pub fn typed(text: &str) -> Password {
        Password(Zeroizing::new(text.nfc().take(LONGEST + 1).collect()))
    }

    /// The password itself. Whoever asks for it hashes, seals or compares it, and keeps nothing.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    fn of_length(text: &str, needs: usize) -> Result<Password, BadPassword> {
        let password = Zeroizing::new(text.nfc().collect::<String>());
        if password.chars().any(char::is_control) {
            return Err(BadPassword::Control);
        }
        match password.chars().count() {
            has if has < needs => Err(BadPassword::TooShort { has, needs }),
            has if has > LONGEST => Err(BadPassword::TooLong),
            _ => Ok(Password(password)),
        }
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

impl fmt::Display for BadPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadPassword::TooShort { has: 1, needs } => {
                write!(f, "The password has 1 character; it needs {needs} at least.")
            }
            BadPassword::TooShort { has, needs } => {
                write!(f, "The password has {has} characters; it needs {needs} at least.")
            }
            BadPassword::TooLong => write!(f, "The password has more than {LONGEST} characters; shorten it."),
            BadPassword::Control => {
                write!(
                    f,
                    "The password has a line break or another control character in it, which nobody can type."
                )
            }
            BadPassword::Common => {
                write!(
                    f,
                    "This password is among the first that anybody would guess. Choose another: three or four unrelated words make a good one."
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_supplied_password_is_exact_and_long_enough() {
        assert_eq!(Password::supplied(" päss wörd ").unwrap().expose(), " päss wörd ");
        assert_eq!(Password::supplied("1234567"), Err(BadPassword::TooShort { has: 7, needs: 8 }));
        assert!(Password::supplied("12345678").is_ok(), "whoever supplies it answers for it");
        assert!(Password::supplied(&"x".repeat(256)).is_ok());
        assert_eq!(Password::supplied(&"x".repeat(257)), Err(BadPassword::TooLong));
        assert_eq!(Password::supplied("abcd\nefgh"), Err(BadPassword::Control));
        assert!(Password::supplied("🔒🔑🔒🔑🔒🔑🔒🔑").is_ok(), "characters are counted, not bytes");
    }

    #[test]
    fn the_same_password_from_two_keyboards_is_one() {
        assert_eq!(Password::typed("crème brûlée"), Password::typed("cre\u{300}me bru\u{302}le\u{301}e"));
    }

    #[test]
    fn the_commonest_and_the_persons_own_are_refused_when_chosen() {
        for text in ["password", "Password1", "12345678", "aaaaaaaa", "qwertyuiop", "letmein123", "iloveyou"]
        {
            assert_eq!(Password::chosen(text, SHORTEST, &[]), Err(BadPassword::Common), "{text}");
        }
        for text in ["passwordpassword", "123456789012345", "qwertyuiopasdfghjkl", "aaaaaaaaaaaaaaa"] {
            assert_eq!(
                Password::chosen(text, SHORTEST_FOR_ADMINISTRATORS, &[]),
                Err(BadPassword::Common),
                "{text}"
            );
        }
        assert_eq!(Password::chosen("springfield", SHORTEST, &["Springfield"]), Err(BadPassword::Common));
        assert!(Password::chosen("violet kettle sings", SHORTEST_FOR_ADMINISTRATORS, &[]).is_ok());
    }

    #[test]
    fn a_password_is_never_shown() {
        assert_eq!(format!("{:?}", Password::typed("tell nobody")), "Password(…)");
    }
}
