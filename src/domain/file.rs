//! The bytes of a file that somebody hands in: many, and among them perhaps passwords.

use std::fmt;
use std::io;
use std::ops::Deref;
use zeroize::Zeroize;

/// The bytes of a file, as they come. They are wiped when they go, and when they move to where there is more room.
#[derive(Default)]
pub struct FileBytes(Vec<u8>);

impl FileBytes {
    /// Adds bytes to the end.
    pub fn add(&mut self, bytes: &[u8]) {
        let whole = self.0.len().saturating_add(bytes.len());
        if whole > self.0.capacity() {
            let room = whole.max(self.0.capacity().saturating_mul(2));
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
        let bytes: Vec<u8> = (0..=250).cycle().take(3 << 20).collect();
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
}
