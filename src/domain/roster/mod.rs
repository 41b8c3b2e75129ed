//! Reading an uploaded file: from bytes to one row a person, each with the line it starts on.
//!
//! A file that cannot be used at all is refused whole, with a sentence; a line that cannot be used is refused by
//! itself, and reading goes on. What the file does not say, but whoever uploads it can, is asked: nothing is guessed in
//! silence.

mod answers;
mod decode;
mod encoding;
mod header;
mod intake;
mod legacy;
mod likeness;
mod question;
#[cfg(test)]
mod round_trips;
mod row;
mod rows;
mod separator;
mod spelling;
#[cfg(test)]
mod tests;
mod text;
mod understood;
mod unreadable;
mod workbook;

pub use answers::Answers;
pub use encoding::Encoding;
pub use header::{Column, Heading};
pub use question::{EncodingOption, Question, Unclear};
pub use row::{Refusal, Row, Rows};
pub use separator::Separator;
pub use understood::{Format, Understood};
pub use unreadable::Unreadable;

/// The most people in a file, until a district decides otherwise.
pub const ROWS_PER_FILE: u32 = 1_000;
/// The most that a district may decide on: what was measured to fit into memory (QUALITY P7).
pub const MOST_ROWS_PER_FILE: u32 = 200_000;
/// The largest file that is read where few people are allowed in it, in bytes.
const LARGEST_SMALL_FILE: usize = 10 * 1024 * 1024;
/// What a person takes in a large file, in bytes: names and an email of everyday lengths, and a few other columns.
const BYTES_A_PERSON: usize = 200;
/// The first line of the sample file, and of every upload.
pub const HEADER: [&str; 4] = ["first_name", "last_name", "email", "password"];

/// What the fifth column of the failed lines is called that are handed out to be corrected.
pub const PROBLEM: &str = "problem";

/// What came of reading a file.
#[derive(Debug)]
pub enum Reading {
    /// Everything is clear.
    Clear(Roster),
    /// Something has to be asked first.
    Unclear(Unclear),
}

/// A file that was read.
#[derive(Debug)]
pub struct Roster {
    /// One for each person, in the order of the file; blank lines are not among them.
    pub rows: Rows,
    /// What was made of the file.
    pub understood: Understood,
}

/// The largest file of at most `limit` people that is read, in bytes: 10 MB, and more where many people are allowed.
#[must_use]
pub fn largest_file(limit: u32) -> usize {
    LARGEST_SMALL_FILE.max((limit as usize).saturating_mul(BYTES_A_PERSON))
}

/// Reads a file of at most `limit` people, with what was answered about it so far.
///
/// # Errors
/// An [`Unreadable`] if nothing in it can be used.
pub fn read(file: &[u8], limit: u32, answers: &Answers) -> Result<Reading, Unreadable> {
    let most = largest_file(limit);
    if file.len() > most {
        return Err(Unreadable::TooLarge { most });
    }
    if !file.is_empty() && file.iter().all(|byte| *byte == 0) {
        return Err(Unreadable::NoText);
    }
    if file.starts_with(b"PK\x03\x04") || file.starts_with(b"PK\x05\x06") {
        workbook::read(file, limit, answers)
    } else if file.starts_with(b"\xD0\xCF\x11\xE0") {
        // An encrypted workbook is inside such a document, in a part of this name.
        let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let is_locked = file.windows(name.len()).any(|bytes| bytes == name);
        Err(if is_locked { Unreadable::LockedWorkbook } else { Unreadable::OldWorkbook })
    } else {
        text::read(file, limit, answers)
    }
}
