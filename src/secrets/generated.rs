//! Passwords made for those who have none: three words fit for children and three digits, derived from the district's
//! key and stored nowhere, not even hashed.

use super::key::{Key, fill_randomly};
use crate::domain::{AccountId, Password};
use crate::problem::Problem;
use hkdf::Hkdf;
use sha2::Sha256;
use std::fmt;
use std::sync::LazyLock;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// 1,122 short words that a child can read, say and spell; three of them and three digits are 40.3 bits.
static WORDS: LazyLock<Vec<&str>> = LazyLock::new(|| include_str!("words.txt").lines().collect());
/// How many words stand in a password.
const WORDS_EACH: usize = 3;
/// How many numbers can follow them: 000 to 999.
const NUMBERS: u64 = 1_000;

/// The password that belongs to an account until its owner chooses one: `maple-otter-river-482`.
pub struct GeneratedPassword(Zeroizing<String>);

impl GeneratedPassword {
    /// A new generation for an account's password. It is drawn, not counted: a database that comes back from a copy
    /// gives the same account numbers again, and must not give the same passwords with them.
    ///
    /// # Errors
    /// If the system gives no random bytes.
    pub fn new_generation() -> Result<i64, Problem> {
        let mut bytes = [0u8; 8];
        fill_randomly(&mut bytes)?;
        Ok(i64::from_le_bytes(bytes))
    }

    /// Derives the password of an account and a generation: HKDF-SHA-256 under the district's key.
    #[must_use]
    pub fn derive(key: &Key, account: AccountId, generation: i64) -> GeneratedPassword {
        let mut digest = Zeroizing::new([0u8; 32]);
        let (account, generation) = (account.0.to_be_bytes(), generation.to_be_bytes());
        // HKDF-SHA-256 gives up to 8,160 bytes (RFC 5869, 2.3); 32 it always gives.
        let _ = Hkdf::<Sha256>::new(None, key.for_deriving())
            .expand_multi_info(&[&account, &generation], digest.as_mut());
        // Four draws of 64 bits each: what the remainder favours is beyond measure.
        let mut draws = digest
            .chunks_exact(8)
            .map(|draw| draw.iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte)));
        let mut password = Zeroizing::new(String::with_capacity(32));
        for draw in draws.by_ref().take(WORDS_EACH) {
            let at = usize::try_from(draw % WORDS.len() as u64).unwrap_or_default();
            password.push_str(WORDS.get(at).copied().unwrap_or_default());
            password.push('-');
        }
        password.push_str(&format!("{:03}", draws.next().unwrap_or_default() % NUMBERS));
        GeneratedPassword(password)
    }

    /// Whether this is what was typed. Case and hyphens do not count: there is no secret in them, and a child leaves
    /// them out. Takes the same time however much of it is right.
    #[must_use]
    pub fn is(&self, typed: &Password) -> bool {
        let bare = |text: &str| {
            let letters = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase);
            Zeroizing::new(letters.collect::<String>())
        };
        bare(&self.0).as_bytes().ct_eq(bare(typed.expose()).as_bytes()).into()
    }

    /// The password itself, for a sign-in card.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for GeneratedPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GeneratedPassword(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_password_has_forty_bits_and_every_word_is_its_own() {
        let words: HashSet<&str> = WORDS.iter().copied().collect();
        assert_eq!(words.len(), WORDS.len());
        assert!(
            words
                .iter()
                .all(|word| (3..=7).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase()))
        );
        let bits = 3.0 * (words.len() as f64).log2() + (NUMBERS as f64).log2();
        assert!(bits >= 40.0, "{bits}");
    }

    #[test]
    fn an_account_and_a_generation_give_one_password_under_one_key() {
        let key = Key::from_secret(&[1; 32]);
        let derive =
            |key: &Key, account, generation| GeneratedPassword::derive(key, AccountId(account), generation).0;
        assert_eq!(derive(&key, 1, 5), derive(&key, 1, 5));
        assert_ne!(derive(&key, 1, 5), derive(&key, 2, 5));
        assert_ne!(derive(&key, 1, 5), derive(&key, 1, 6));
        assert_ne!(derive(&key, 1, 5), derive(&Key::from_secret(&[2; 32]), 1, 5));
        let many: HashSet<String> = (0..10_000).map(|account| derive(&key, account, 0).to_string()).collect();
        assert_eq!(many.len(), 10_000);
    }

    #[test]
    fn a_child_may_type_it_without_hyphens_and_in_capitals() {
        let password = GeneratedPassword(Zeroizing::new("maple-otter-river-482".to_owned()));
        for typed in ["maple-otter-river-482", "Maple Otter River 482", " MAPLEOTTERRIVER482 "] {
            assert!(password.is(&Password::typed(typed)), "{typed}");
        }
        for typed in ["", "maple-otter-river-483", "maple-otter-river", "maple-otter-river-482x"] {
            assert!(!password.is(&Password::typed(typed)), "{typed}");
        }
    }
}
