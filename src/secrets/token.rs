//! Tokens: what a browser holds to show that it is the one that signed in. 256 random bits, of which the database
//! keeps the SHA-256 only.

use super::key::{fill_randomly, from_hex};
use crate::problem::Problem;
use hkdf::Hkdf;
use sha2::{Digest, Sha256};
use std::fmt;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// The length of a token, in bytes.
const LENGTH: usize = 32;

/// A token. It is wiped from memory when it goes, and never shown but to the browser it is for.
#[derive(Clone)]
pub struct Token(Zeroizing<[u8; LENGTH]>);

impl Token {
    /// A new token.
    ///
    /// # Errors
    /// If the system gives no random bytes.
    pub fn new() -> Result<Token, Problem> {
        let mut bytes = Zeroizing::new([0u8; LENGTH]);
        fill_randomly(bytes.as_mut())?;
        Ok(Token(bytes))
    }

    /// The token that a browser sent; `None` for what never was one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Token> {
        from_hex(text).map(Token)
    }

    /// The token as a cookie carries it: 64 hexadecimal digits.
    #[must_use]
    pub fn expose(&self) -> Zeroizing<String> {
        Zeroizing::new(hex(self.0.as_ref()))
    }

    /// What the database keeps of it. A plain hash is enough: nobody guesses 256 bits.
    #[must_use]
    pub fn digest(&self) -> [u8; LENGTH] {
        Sha256::digest(self.0.as_ref()).into()
    }

    /// What the forms carry that are given to this token's browser. It says nothing about the token.
    #[must_use]
    pub fn csrf(&self) -> String {
        let mut csrf = [0u8; LENGTH];
        // HKDF-SHA-256 gives up to 8,160 bytes (RFC 5869, 2.3); 32 it always gives.
        let _ = Hkdf::<Sha256>::new(None, self.0.as_ref()).expand(b"firstbell: forms, 1", &mut csrf);
        hex(&csrf)
    }

    /// Whether a form was given to this token's browser. Takes the same time however much of it is right.
    #[must_use]
    pub fn csrf_is(&self, sent: &str) -> bool {
        self.csrf().as_bytes().ct_eq(sent.as_bytes()).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// A name that nobody else has, and nobody guesses: 128 random bits as 32 hexadecimal digits.
///
/// # Errors
/// If the system gives no random bytes.
pub fn random_name() -> Result<String, Problem> {
    let mut bytes = [0u8; 16];
    fill_randomly(&mut bytes)?;
    Ok(hex(&bytes))
}

/// A number by chance; always the same if the system gives none.
#[must_use]
pub fn chance() -> u8 {
    let mut byte = [0u8; 1];
    // What depends on it is a little longer or shorter, and no more.
    let _ = fill_randomly(&mut byte);
    u8::from_ne_bytes(byte)
}

/// In hexadecimal digits. The text has its room from the start, so that it leaves no pieces of a secret behind.
fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let mut text = String::with_capacity(2 * bytes.len());
    text.extend(digits.filter_map(|digit| char::from_digit(digit.into(), 16)));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_back_from_its_cookie_and_nothing_else_does() {
        let token = Token::new().unwrap();
        let again = Token::parse(&token.expose()).unwrap();
        assert_eq!(token.digest(), again.digest());
        assert_ne!(token.digest(), Token::new().unwrap().digest());
        for text in ["", "0123", &"g".repeat(64), &"0".repeat(65), &"é".repeat(32)] {
            assert!(Token::parse(text).is_none(), "{text}");
        }
        assert_eq!(format!("{token:?}"), "Token(…)");
    }

    #[test]
    fn a_form_belongs_to_one_token_and_does_not_tell_it() {
        let (mine, yours) = (Token::new().unwrap(), Token::new().unwrap());
        assert!(mine.csrf_is(&mine.csrf()));
        assert!(!mine.csrf_is(&yours.csrf()) && !mine.csrf_is("") && !mine.csrf_is(&mine.expose()));
    }
}
