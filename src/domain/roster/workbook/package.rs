//! The parts of a workbook's file, which is a ZIP archive (APPNOTE.TXT of PKWARE, 4.3). The file is anybody's: nothing that it
//! says about itself is believed, and no more is inflated than was allowed.

use flate2::{Crc, bufread::DeflateDecoder};
use std::io::{self, Read};

/// The most entries that are looked through.
const ENTRIES: usize = 10_000;

/// The most that is read before something is made of it, in bytes: no tag and no text of a workbook comes near.
const AT_ONCE: usize = 4 * 1024 * 1024;

/// An archive.
pub(super) struct Package<'a> {
    file: &'a [u8],
    /// Where its directory begins.
    directory: usize,
}

/// What the directory says about an entry.
struct Entry<'a> {
    name: &'a [u8],
    method: u16,
    crc: u32,
    packed: usize,
    offset: usize,
}

impl<'a> Package<'a> {
    /// Opens an archive; `None` if it has no directory.
    pub(super) fn open(file: &'a [u8]) -> Option<Package<'a>> {
        // The end record is 22 bytes, and a comment of at most 65,535 may follow it.
        let from = file.len().saturating_sub(22 + 65_535);
        let tail = file.get(from..)?;
        let end = tail.windows(4).rposition(|sign| sign == b"PK\x05\x06")? + from;
        let directory = number(file, end + 16, 4)?;
        Some(Package { file, directory })
    }

    /// Whether there is a part whose name begins so.
    pub(super) fn has(&self, beginning: &str) -> bool {
        self.entries().any(|entry| starts_with(entry.name, beginning))
    }

    /// A part, which may be read until `budget` is used up. Names are the same whatever their case.
    pub(super) fn part<'b>(&self, name: &str, budget: &'b mut Budget) -> Option<Part<'a, 'b>> {
        let name = name.trim_start_matches('/');
        let found = |entry: &Entry<'_>| entry.name.len() == name.len() && starts_with(entry.name, name);
        let entry = self.entries().find(found)?;
        // In the local header only the lengths of the name and of the extra field matter.
        let header = entry.offset;
        if self.file.get(header..header.checked_add(4)?)? != b"PK\x03\x04" {
            return None;
        }
        let name_length = number(self.file, header.checked_add(26)?, 2)?;
        let extra_length = number(self.file, header.checked_add(28)?, 2)?;
        let data = self.file.get(header.checked_add(30 + name_length + extra_length)?..)?;
        let inside = match entry.method {
            0 => Inside::Stored(data.get(..entry.packed)?),
            8 => Inside::Deflated(DeflateDecoder::new(data)),
            _ => return None,
        };
        Some(Part { inside, budget, expected: entry.crc, crc: Crc::new(), at_once: 0 })
    }

    fn entries(&self) -> impl Iterator<Item = Entry<'a>> {
        let file = self.file;
        let mut at = self.directory;
        let next = move || {
            if file.get(at..at.checked_add(4)?)? != b"PK\x01\x02" {
                return None;
            }
            let field = |offset: usize, length: usize| number(file, at.checked_add(offset)?, length);
            let (name, extra, comment) = (field(28, 2)?, field(30, 2)?, field(32, 2)?);
            let begin = at.checked_add(46)?;
            let entry = Entry {
                name: file.get(begin..begin.checked_add(name)?)?,
                method: u16::try_from(field(10, 2)?).ok()?,
                crc: u32::try_from(field(16, 4)?).ok()?,
                packed: field(20, 4)?,
                offset: field(42, 4)?,
            };
            at = begin.checked_add(name + extra + comment)?;
            Some(entry)
        };
        std::iter::from_fn(next).take(ENTRIES)
    }
}

/// Whether a name begins so, whatever its case.
pub(super) fn starts_with(name: &[u8], beginning: &str) -> bool {
    name.get(..beginning.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(beginning.as_bytes()))
}

/// A number of a few bytes, the least significant first.
fn number(file: &[u8], at: usize, length: usize) -> Option<usize> {
    let bytes = file.get(at..at.checked_add(length)?)?;
    Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte)))
}

/// How many more bytes may be inflated.
pub(super) struct Budget {
    left: usize,
    /// Whether more was asked for than was left, or there is more of something than is read.
    pub(super) is_exceeded: bool,
}

impl Budget {
    pub(super) fn new(bytes: usize) -> Budget {
        Budget { left: bytes, is_exceeded: false }
    }

    fn spend(&mut self, bytes: usize) -> bool {
        match self.left.checked_sub(bytes) {
            Some(left) => self.left = left,
            None => self.is_exceeded = true,
        }
        !self.is_exceeded
    }
}

/// A part that is being read. At its end its checksum is proven.
pub(super) struct Part<'a, 'b> {
    inside: Inside<'a>,
    budget: &'b mut Budget,
    expected: u32,
    crc: Crc,
    /// How much was read since whoever reads last had made something of it.
    at_once: usize,
}

enum Inside<'a> {
    Stored(&'a [u8]),
    Deflated(DeflateDecoder<&'a [u8]>),
}

impl Read for Part<'_, '_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.inside {
            Inside::Stored(data) => data.read(into)?,
            Inside::Deflated(data) => data.read(into)?,
        };
        if read == 0 && !into.is_empty() && self.crc.sum() != self.expected {
            return Err(io::Error::other("its checksum is another"));
        }
        self.crc.update(into.get(..read).unwrap_or_default());
        self.at_once += read;
        if !self.budget.spend(read) || self.at_once > AT_ONCE {
            self.budget.is_exceeded = true;
            return Err(io::Error::other("it is too large"));
        }
        Ok(read)
    }
}

impl Part<'_, '_> {
    /// Something was made of what was read so far.
    pub(super) fn rest(&mut self) {
        self.at_once = 0;
    }

    /// There is more in this part than is read.
    pub(super) fn exceed(&mut self) {
        self.budget.is_exceeded = true;
    }

    /// Whether so much more may be taken in, as if it stood in this part.
    pub(super) fn spend(&mut self, bytes: usize) -> bool {
        self.budget.spend(bytes)
    }
}
