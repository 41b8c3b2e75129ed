//! The bytes of a file that somebody hands in: many, and among them perhaps passwords.

use std::fmt;
use std::io;
use std::ops::Deref;
use zeroize::Zeroize;

/// From here on bytes are many.
const MANY: usize = 1024 * 1024;
/// Room that is the system's again as soon as it is given back. Of smaller pieces, up to 32 MiB, Linux's C library learns:
/// when one comes back, it keeps what is as large from then on, in a store for every thread.
const HANDED_BACK: usize = 33 * 1024 * 1024;

/// How much room to ask for, for so many bytes. What is not written to takes no memory.
#[must_use]
pub fn room_for(bytes: usize) -> usize {
    if bytes < MANY { bytes } else { bytes.max(HANDED_BACK) }
}

/// The bytes of a file, as they come. They are wiped when they go, and when they move to where there is more room.
#[derive(Default)]
pub struct FileBytes(Vec<u8>);

impl FileBytes {
    /// Adds bytes to the end.
    pub fn add(&mut self, bytes: &[u8]) {
        let whole = self.0.len().saturating_add(bytes.len());
        if whole > self.0.capacity() {
            let room = room_for(whole.max(self.0.capacity().saturating_mul(2)));
            let before = FileBytes(std::mem::replace(&mut self.0, Vec::with_capacity(room)));
            self.0.extend_from_slice(&before);
        }
        self.0.extend_from_slice(bytes);
    }
}

impl From<Vec<u8>> for FileBytes {
    fn from(bytes: Vec<u8>) -> FileBytes {
        FileBytes(bytes)
    }
}

impl Deref for FileBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl io::Write for FileBytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.add(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for FileBytes {
    fn drop(&mut self) {
        // As far as they were written; to wipe the room behind them would make memory of it.
        self.0.as_mut_slice().zeroize();
    }
}

impl fmt::Debug for FileBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_kept_in_their_order_however_they_come() {
        let mut file = FileBytes::default();
        let bytes: Vec<u8> = (0..=250).cycle().take(3 * MANY).collect();
        let mut left = bytes.as_slice();
        for length in (1..).map(|n| 7 * n * n) {
            let (piece, rest) = left.split_at(length.min(left.len()));
            file.add(piece);
            left = rest;
            if rest.is_empty() {
                break;
            }
        }
        assert!(*file == *bytes);
        assert_eq!(format!("{file:?}"), "3145728 bytes");
    }

    #[test]
    fn only_many_bytes_have_room_of_their_own() {
        assert_eq!([0, 1, MANY - 1].map(room_for), [0, 1, MANY - 1]);
        assert_eq!(
            [MANY, HANDED_BACK, 2 * HANDED_BACK].map(room_for),
            [HANDED_BACK, HANDED_BACK, 2 * HANDED_BACK]
        );
    }
}
