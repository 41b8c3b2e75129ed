//! The district's key: 32 random bytes in a file of its own beside the database, for its owner alone.

use crate::domain::{BadPassword, Password, UploadId};
use crate::folder::{self, Folder};
use crate::problem::{Problem, while_doing};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use sha2::Sha256;
use std::fs;
use std::io::Write;
use zeroize::Zeroizing;

/// The length of the key, in bytes.
const LENGTH: usize = 32;
/// The length of a nonce of XChaCha20-Poly1305, in bytes.
const NONCE: usize = 24;

/// The district's key. From it come a key for sealing, one for deriving passwords and one for marks, so that no use
/// says anything about the others.
pub struct Key {
    sealing: Zeroizing<[u8; LENGTH]>,
    deriving: Zeroizing<[u8; LENGTH]>,
    marking: Zeroizing<[u8; LENGTH]>,
    fingerprint: String,
}

/// The record that a password is sealed for. What is sealed for one does not open for another.
#[derive(Clone, Copy, Debug)]
pub struct SealedFor<'a> {
    /// The upload it is of.
    pub upload: UploadId,
    /// The line it starts on.
    pub line: u32,
    /// The first name, the last name and the email as they came.
    pub cells: [&'a str; 3],
}

/// What else is sealed: never a record's password. What is sealed for one does not open for another.
#[derive(Clone, Copy, Debug)]
pub enum Secret<'a> {
    /// The password for the mail server.
    MailPassword,
    /// The secret of the link in the letter of this message id.
    Link(&'a str),
    /// A file of this name that was handed in to be checked.
    Draft(&'a str),
}

/// Something sealed that does not open: it was sealed with another key, for something else, or was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealBroken;

impl Key {
    /// Reads the folder's key; makes one if there is none. Says whether it was made.
    ///
    /// # Errors
    /// If the file cannot be read or written, or does not hold a key.
    pub fn load_or_make(folder: &Folder) -> Result<(Key, bool), Problem> {
        let _door = folder.hold_door()?;
        let path = folder.key();
        let is_missing = !path.exists();
        if is_missing {
            let mut secret = Zeroizing::new([0u8; LENGTH]);
            fill_randomly(secret.as_mut())?;
            let text =
                Zeroizing::new(secret.iter().map(|byte| format!("{byte:02x}")).collect::<String>() + "\n");
            folder::publish(&path, |file| {
                file.write_all(text.as_bytes()).map_err(while_doing("Writing", &path))
            })?;
        }
        Ok((Key::load(folder)?, is_missing))
    }

    /// Reads the folder's key.
    ///
    /// # Errors
    /// If the file is not there, cannot be read, or does not hold a key.
    pub fn load(folder: &Folder) -> Result<Key, Problem> {
        let path = folder.key();
        let text = Zeroizing::new(fs::read_to_string(&path).map_err(while_doing("Reading", &path))?);
        let secret = from_hex(text.trim()).ok_or_else(|| {
            Problem::refused(format!(
                "{} does not hold a key (64 hexadecimal digits). Put the right key file back.",
                path.display()
            ))
        })?;
        Ok(Key::from_secret(&secret))
    }

    /// The key that comes from this secret.
    #[must_use]
    pub fn from_secret(secret: &[u8; LENGTH]) -> Key {
        let derive = |purpose: &[u8]| {
            let mut key = Zeroizing::new([0u8; LENGTH]);
            // HKDF-SHA-256 gives up to 8,160 bytes (RFC 5869, 2.3); 32 it always gives.
            let _ = Hkdf::<Sha256>::new(None, secret).expand(purpose, key.as_mut());
            key
        };
        let fingerprint =
            derive(b"firstbell: fingerprint, 1").iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Key {
            sealing: derive(b"firstbell: sealed passwords, 1"),
            deriving: derive(b"firstbell: generated passwords, 1"),
            marking: derive(b"firstbell: marks, 1"),
            fingerprint,
        }
    }

    /// What tells this key from another, and nothing else about it.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Seals a password for a record: nonce, then ciphertext and tag.
    ///
    /// # Errors
    /// If the system gives no random bytes.
    pub fn seal(&self, password: &str, about: SealedFor<'_>) -> Result<Vec<u8>, Problem> {
        self.seal_bytes(password.as_bytes(), &about.bytes())
    }

    /// Opens what [`Key::seal`] sealed for the same record.
    ///
    /// # Errors
    /// [`SealBroken`] if it does not open; in the inner result, if the password is none that is taken.
    pub fn open(
        &self,
        sealed: &[u8],
        about: SealedFor<'_>,
    ) -> Result<Result<Password, BadPassword>, SealBroken> {
        let opened = self.open_bytes(sealed, &about.bytes())?;
        Ok(Password::supplied(std::str::from_utf8(&opened).map_err(|_| SealBroken)?))
    }

    /// Seals any other secret: nonce, then ciphertext and tag.
    ///
    /// # Errors
    /// If the system gives no random bytes.
    pub fn seal_secret(&self, secret: &[u8], what: Secret<'_>) -> Result<Vec<u8>, Problem> {
        self.seal_bytes(secret, &what.bytes())
    }

    /// Opens what [`Key::seal_secret`] sealed as the same.
    ///
    /// # Errors
    /// [`SealBroken`] if it does not open.
    pub fn open_secret(&self, sealed: &[u8], what: Secret<'_>) -> Result<Zeroizing<Vec<u8>>, SealBroken> {
        self.open_bytes(sealed, &what.bytes())
    }

    fn seal_bytes(&self, secret: &[u8], about: &[u8]) -> Result<Vec<u8>, Problem> {
        let mut nonce = [0u8; NONCE];
        fill_randomly(&mut nonce)?;
        let sealed = XChaCha20Poly1305::new((&*self.sealing).into())
            .encrypt(&XNonce::from(nonce), Payload { msg: secret, aad: about })
            .map_err(|_| Problem::refused("This was too long to be sealed. Shorten it."))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    fn open_bytes(&self, sealed: &[u8], about: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealBroken> {
        let (nonce, message) = sealed.split_first_chunk::<NONCE>().ok_or(SealBroken)?;
        XChaCha20Poly1305::new((&*self.sealing).into())
            .decrypt(&XNonce::from(*nonce), Payload { msg: message, aad: about })
            .map(Zeroizing::new)
            .map_err(|_| SealBroken)
    }

    /// A mark for a text, by which it is known again and cannot be read. What is marked for one purpose has another
    /// mark for every other.
    #[must_use]
    pub fn mark(&self, purpose: &str, text: &[u8]) -> [u8; LENGTH] {
        let mut mark = [0u8; LENGTH];
        // HKDF-SHA-256 gives up to 8,160 bytes (RFC 5869, 2.3); 32 it always gives.
        let _ = Hkdf::<Sha256>::new(None, self.marking.as_ref())
            .expand_multi_info(&[purpose.as_bytes(), &[0], text], &mut mark);
        mark
    }

    /// What generated passwords are derived with.
    pub(super) fn for_deriving(&self) -> &[u8; LENGTH] {
        &self.deriving
    }
}

impl Secret<'_> {
    /// A word, and the name. A record's bytes begin with a number that is never so large as to begin with a letter.
    fn bytes(self) -> Vec<u8> {
        let (word, name) = match self {
            Secret::MailPassword => ("mail password", ""),
            Secret::Link(name) => ("link", name),
            Secret::Draft(name) => ("draft", name),
        };
        [word.as_bytes(), &[0], name.as_bytes()].concat()
    }
}

impl SealedFor<'_> {
    /// Number, line and cells, each cell with its length before it, so that no two records give the same bytes.
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend_from_slice(&self.upload.0.to_be_bytes());
        bytes.extend_from_slice(&self.line.to_be_bytes());
        for cell in self.cells {
            bytes.extend_from_slice(&(cell.len() as u64).to_be_bytes());
            bytes.extend_from_slice(cell.as_bytes());
        }
        bytes
    }
}

/// Fills a buffer from the system's source of randomness.
pub(super) fn fill_randomly(buffer: &mut [u8]) -> Result<(), Problem> {
    getrandom::fill(buffer)
        .map_err(|error| Problem::System(format!("The system gives no random bytes ({error}). Try again.")))
}

/// 32 bytes out of 64 hexadecimal digits; `None` for anything else.
pub(super) fn from_hex(text: &str) -> Option<Zeroizing<[u8; LENGTH]>> {
    let mut secret = Zeroizing::new([0u8; LENGTH]);
    let digits: Vec<u8> =
        text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect::<Option<_>>()?;
    let digits = Zeroizing::new(digits);
    if digits.len() != 2 * LENGTH {
        return None;
    }
    for (byte, pair) in secret.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = pair.iter().fold(0, |byte, digit| byte << 4 | digit);
    }
    Some(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_opens_with_the_same_key_for_the_same_record_only() {
        let key = Key::from_secret(&[7; LENGTH]);
        let about = |line, cells| SealedFor { upload: UploadId(1), line, cells };
        let ann = about(2, ["Ann", "Lee", ""]);
        let sealed = key.seal("open sesame", ann).unwrap();
        assert_eq!(key.open(&sealed, ann).unwrap().unwrap().expose(), "open sesame");
        for other in
            [about(3, ann.cells), about(2, ["An", "nLee", ""]), about(2, ["Ann", "Lee", "a@b.example"])]
        {
            assert_eq!(key.open(&sealed, other).unwrap_err(), SealBroken);
        }
        assert_eq!(Key::from_secret(&[8; LENGTH]).open(&sealed, ann).unwrap_err(), SealBroken);
        assert_eq!(key.open(&sealed[..20], ann).unwrap_err(), SealBroken);
        assert_ne!(key.seal("open sesame", ann).unwrap(), key.seal("open sesame", ann).unwrap());
        assert!(key.open(&key.seal("short", ann).unwrap(), ann).unwrap().is_err());
    }

    #[test]
    fn a_secret_opens_as_what_it_was_sealed_as_only() {
        let key = Key::from_secret(&[7; LENGTH]);
        let sealed = key.seal_secret(b"swordfish", Secret::Link("a")).unwrap();
        assert_eq!(key.open_secret(&sealed, Secret::Link("a")).unwrap().as_slice(), b"swordfish");
        for other in [Secret::Link("b"), Secret::Draft("a"), Secret::MailPassword] {
            assert!(key.open_secret(&sealed, other).is_err(), "{other:?}");
        }
    }

    #[test]
    fn the_key_file_is_made_once_for_its_owner_alone_and_refused_when_it_is_not_whole() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::make(&place.path().join("data")).unwrap();
        let (first, was_made) = Key::load_or_make(&folder).unwrap();
        let (again, was_made_again) = Key::load_or_make(&folder).unwrap();
        assert_eq!((first.sealing, was_made), (again.sealing, true));
        assert!(!was_made_again && first.fingerprint == again.fingerprint);
        assert_ne!(first.fingerprint, Key::from_secret(&[1; LENGTH]).fingerprint);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&folder.key()), mode(folder.path())), (0o600, 0o700));
        }
        fs::write(folder.key(), "0123").unwrap();
        assert!(matches!(Key::load_or_make(&folder), Err(Problem::Refused(_))));
    }
}
