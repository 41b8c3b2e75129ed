//! What separates the cells of a text file, and its lines taken apart.

use super::super::lines::Lines;
use super::super::name::is_space;
use super::header;
use super::unreadable::Unreadable;
use zeroize::Zeroizing;

/// The most cells of a line that are looked at: far more than a roster has, and few enough for memory.
const CELLS: usize = 16_384;

/// What stands between two cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separator {
    /// `,`
    Comma,
    /// `;`, as in the Excel of countries that have decimal commas.
    Semicolon,
    /// A tab, as in Excel's "Unicode Text".
    Tab,
    /// `|`
    Bar,
}

impl Separator {
    /// Every separator, the more common first.
    pub const ALL: [Separator; 4] = [Separator::Comma, Separator::Semicolon, Separator::Tab, Separator::Bar];

    /// How people call several of them: `commas`.
    #[must_use]
    pub fn many(self) -> &'static str {
        match self {
            Separator::Comma => "commas",
            Separator::Semicolon => "semicolons",
            Separator::Tab => "tabs",
            Separator::Bar => "vertical bars",
        }
    }

    /// How people call one: `comma`.
    #[must_use]
    pub fn one(self) -> &'static str {
        match self {
            Separator::Comma => "comma",
            Separator::Semicolon => "semicolon",
            Separator::Tab => "tab",
            Separator::Bar => "vertical bar",
        }
    }

    /// The separator that this word or sign names; `None` for any other.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Separator> {
        let sign = |separator: &Separator| word.as_bytes() == [separator.byte()];
        Separator::ALL.into_iter().find(|separator| separator.one() == word || sign(separator))
    }

    pub(super) fn byte(self) -> u8 {
        match self {
            Separator::Comma => b',',
            Separator::Semicolon => b';',
            Separator::Tab => b'\t',
            Separator::Bar => b'|',
        }
    }
}

/// What separates the cells of a text: what its first line says (Excel's `sep=;`), or what makes most sense of its
/// header.
pub(super) fn find(text: &str, parsers: &mut Parsers) -> Separator {
    said_by(first_line(text)).unwrap_or_else(|| {
        let sense = |separator: &Separator| match Records::new(text, *separator, parsers).next() {
            Ok(Some(header)) => (header::sense(header.cells.iter().copied()), header.cells.len()),
            Ok(None) | Err(_) => (0, 0),
        };
        // `max_by_key` gives the last of several that are as good.
        Separator::ALL.into_iter().rev().max_by_key(sense).unwrap_or(Separator::Comma)
    })
}

fn first_line(text: &str) -> &str {
    text.trim_start_matches(is_space).split(['\r', '\n']).next().unwrap_or_default()
}

/// Whether a line only says the separator.
pub(super) fn says_separator(line: &[u8]) -> bool {
    std::str::from_utf8(line).is_ok_and(|line| said_by(first_line(line)).is_some())
}

fn said_by(line: &str) -> Option<Separator> {
    let line = line.trim_matches('"');
    let word = line.get(..4)?;
    Separator::from_word(line.get(4..)?).filter(|_| word.eq_ignore_ascii_case("sep="))
}

/// The parsers of the separators that have been tried. A parser's table takes longer to make than a header to parse, and a
/// text may be tried in many ways, so each is made once, and begins anew with every text.
#[derive(Default)]
pub(super) struct Parsers {
    commas: Option<csv_core::Reader>,
    semicolons: Option<csv_core::Reader>,
    tabs: Option<csv_core::Reader>,
    bars: Option<csv_core::Reader>,
}

impl Parsers {
    fn anew(&mut self, separator: Separator) -> &mut csv_core::Reader {
        let parser = match separator {
            Separator::Comma => &mut self.commas,
            Separator::Semicolon => &mut self.semicolons,
            Separator::Tab => &mut self.tabs,
            Separator::Bar => &mut self.bars,
        };
        let parser =
            parser.get_or_insert_with(|| csv_core::ReaderBuilder::new().delimiter(separator.byte()).build());
        parser.reset();
        parser
    }
}

/// The records of a text, one after another. Blank ones and a first line that only says the separator are not among
/// them.
pub(super) struct Records<'a> {
    text: &'a str,
    lines: Lines<'a>,
    parser: &'a mut csv_core::Reader,
    separator: Separator,
    /// How far the parser has come, in bytes.
    at: usize,
    /// The cells of the record, one after another, and where each ends.
    cells: Zeroizing<Vec<u8>>,
    ends: Vec<usize>,
    /// Whether the next record is the line that says the separator.
    says_separator: bool,
    /// How many blank records there were.
    pub(super) blank: usize,
}

/// The cells of a record and the line it starts on.
pub(super) struct Record<'a> {
    pub(super) line: u32,
    pub(super) cells: Vec<&'a str>,
    /// Which cell has a quotation mark where it does not belong, what is wrong with it, and what to do.
    pub(super) misquoted: Option<(usize, &'static str)>,
}

impl<'a> Records<'a> {
    pub(super) fn new(text: &'a str, separator: Separator, parsers: &'a mut Parsers) -> Records<'a> {
        Records {
            text,
            lines: Lines::new(text.as_bytes()),
            parser: parsers.anew(separator),
            separator,
            at: 0,
            cells: Zeroizing::new(vec![0; 1024]),
            ends: vec![0; 64],
            says_separator: said_by(first_line(text)).is_some(),
            blank: 0,
        }
    }

    /// The next record.
    ///
    /// # Errors
    /// [`Unreadable::OpenQuote`] if a quotation mark opens its last cell and none closes it.
    pub(super) fn next(&mut self) -> Result<Option<Record<'_>>, Unreadable> {
        loop {
            let place = self.at;
            let Some(count) = self.parse() else {
                return Ok(None);
            };
            let (start, line) = self.lines.skip_blank(place);
            let rest = || self.text.as_bytes().get(start..).unwrap_or_default();
            if self.at >= self.text.len() && ends_in_quotes(rest(), self.separator) {
                return Err(Unreadable::OpenQuote { line });
            }
            let says_separator = std::mem::take(&mut self.says_separator);
            let is_blank = self.cells_of(count).all(|cell| cell.chars().all(is_space));
            self.blank += usize::from(is_blank && !says_separator);
            if !is_blank && !says_separator {
                let record = self.text.as_bytes().get(start..self.at).unwrap_or_default();
                let misquoted = misquoted(record, self.separator);
                return Ok(Some(Record { line, cells: self.cells_of(count).collect(), misquoted }));
            }
        }
    }

    /// Parses one record and gives how many cells it has, or as many as are looked at.
    fn parse(&mut self) -> Option<usize> {
        use csv_core::ReadRecordResult;
        let (mut written, mut ended) = (0, 0);
        loop {
            let input = self.text.as_bytes().get(self.at..).unwrap_or_default();
            let cells = self.cells.get_mut(written..).unwrap_or_default();
            let ends = self.ends.get_mut(ended..).unwrap_or_default();
            let (result, read, wrote, found) = self.parser.read_record(input, cells, ends);
            self.at += read;
            (written, ended) = (written + wrote, ended + found);
            match result {
                ReadRecordResult::Record => return Some(ended),
                ReadRecordResult::End => return None,
                // There is no more input, which is told by none at all.
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.cells.resize(written.max(512) * 2, 0),
                ReadRecordResult::OutputEndsFull if ended < CELLS => self.ends.resize(ended * 2, 0),
                // The cells from here on are parsed into the place of the last.
                ReadRecordResult::OutputEndsFull => ended -= 1,
            }
        }
    }

    fn cells_of(&self, count: usize) -> impl Iterator<Item = &str> {
        let ends = self.ends.get(..count).unwrap_or_default();
        let begins = std::iter::once(0).chain(ends.iter().copied());
        begins.zip(ends).map(|(begin, end)| text_of(self.cells.get(begin..*end).unwrap_or_default()))
    }
}

/// The text of a cell: the file is text, and what it is split at is ASCII.
fn text_of(cell: &[u8]) -> &str {
    std::str::from_utf8(cell).unwrap_or_default()
}

/// Whether the last record of a file ends inside a quoted cell. `record` is that record and all that follows it. The
/// rules are those of `csv_core`: a cell is quoted if it begins with a quotation mark, and two of them stand for one.
fn ends_in_quotes(record: &[u8], separator: Separator) -> bool {
    let (mut at_start, mut quoted) = (true, false);
    let mut bytes = record.iter().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' if quoted => quoted = bytes.next_if_eq(&&b'"').is_some(),
            b'"' if at_start => quoted = true,
            _ => {}
        }
        at_start = !quoted && (matches!(byte, b'\r' | b'\n') || *byte == separator.byte());
    }
    quoted
}

/// The first cell of a record that the parser takes otherwise than it stands in the file, because of its quotation marks, and what is
/// wrong with it.
fn misquoted(record: &[u8], separator: Separator) -> Option<(usize, &'static str)> {
    if !record.contains(&b'"') {
        return None;
    }
    let mut rest = record;
    for at in 0.. {
        let is_quoted = rest.starts_with(b"\"");
        let end = if is_quoted { end_of_quoted(rest) } else { 0 };
        let after = rest.get(end..).unwrap_or_default();
        let ends = |byte: &u8| *byte == separator.byte() || matches!(byte, b'\r' | b'\n');
        let length = after.iter().position(ends).unwrap_or(after.len());
        let cell = text_of(after.get(..length).unwrap_or_default());
        let bare = cell.trim_matches(is_space);
        if is_quoted && !bare.is_empty() {
            return Some((
                at,
                "has something after a closing quotation mark: put the marks around the whole cell, or take them out.",
            ));
        }
        let is_in_marks = bare.len() > 1 && bare.starts_with('"') && bare.ends_with('"');
        if !is_quoted && bare.len() < cell.len() && is_in_marks {
            return Some((at, "has a space before a quotation mark: take out the space, or the marks."));
        }
        rest = after.get(length + 1..)?;
    }
    None
}

/// How long the quoted part is with which a cell begins, both its marks counted. Two marks within it stand for one.
fn end_of_quoted(cell: &[u8]) -> usize {
    let mut at = 1;
    loop {
        match (cell.get(at), cell.get(at + 1)) {
            (Some(b'"'), Some(b'"')) => at += 2,
            (Some(b'"'), _) => return at + 1,
            (Some(_), _) => at += 1,
            (None, _) => return at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_that_the_parser_would_take_otherwise_than_they_stand_are_seen() {
        for (record, is_sound) in [
            ("\"Ann\",Lee,,", true),
            ("\"Ann\" ,\"Lee\"\r\n", true),
            ("\"Ann\"\u{A0},\"Lee\"\u{200B}", true),
            ("\"Ann \"\"Annie\"\"\",Lee", true),
            ("Ann \"Annie\",Lee", true),
            ("Ann,\"1 Main St\nTown\"", true),
            ("Ann,pass\"word", true),
            ("Ann, \"", true),
            ("\"\",\"\"", true),
            ("\"Ann\"x,Lee", false),
            ("Lee,\"Ann\"\"\" x", false),
            ("Ann, \"Lee\",", false),
            ("Ann,\t\"Lee\"", false),
        ] {
            assert_eq!(misquoted(record.as_bytes(), Separator::Comma).is_none(), is_sound, "{record}");
        }
        assert!(misquoted(b"Ann\t\"Lee\"", Separator::Tab).is_none());
        assert_eq!(misquoted(b"Ann,\"Lee\",\"x\"y", Separator::Comma).unwrap().0, 2);
    }

    #[test]
    fn a_quoted_cell_at_the_very_end_is_closed() {
        for last in ["A,\"B\"", "A,\"B \"\"\"", "A,B\"\"\"", "A,\"\"", "A,\"x\"\n\n", "A;\"B"] {
            assert!(!ends_in_quotes(last.as_bytes(), Separator::Comma), "{last}");
        }
        for last in ["A,\"B", "A,\"B\"\"", "\"", "A,\"B\",\""] {
            assert!(ends_in_quotes(last.as_bytes(), Separator::Comma), "{last}");
        }
        assert!(ends_in_quotes(b"A;\"B", Separator::Semicolon));
    }

    #[test]
    fn a_line_of_far_too_many_cells_is_one_line() {
        let text = format!("a,b\n{}\nc,d\n", "x,".repeat(3 * CELLS));
        let mut parsers = Parsers::default();
        let mut records = Records::new(&text, Separator::Comma, &mut parsers);
        let mut found = Vec::new();
        while let Some(record) = records.next().unwrap() {
            found.push((record.line, record.cells.len()));
        }
        assert_eq!(found, [(1, 2), (2, CELLS), (3, 2)]);
    }

    #[test]
    fn the_separator_is_the_one_that_makes_sense_of_the_header() {
        for (text, separator) in [
            ("first_name,last_name,email,password\n", Separator::Comma),
            ("\u{FEFF}First_name;LAST_NAME;email;password\n", Separator::Semicolon),
            ("\n\nfirst_name\tlast_name\temail\tpassword", Separator::Tab),
            ("first_name|last_name|\"email\"|password", Separator::Bar),
            ("Vorname;Name;Klasse, Jahrgang, Stufe, Zug, Raum\n", Separator::Semicolon),
            ("sep=;\r\na,b;c\r\n", Separator::Semicolon),
            ("\u{FEFF}\"SEP=|\"\na,b\n", Separator::Bar),
            ("a,b,c;d\n", Separator::Comma),
            ("", Separator::Comma),
        ] {
            assert_eq!(find(text, &mut Parsers::default()), separator, "{text:?}");
        }
    }
    #[test]
    fn a_text_is_taken_apart_as_if_no_other_had_been_before_it() {
        let mut parsers = Parsers::default();
        for before in ["a,\"b", "a,\"b\"\"\n", "a,b\r", "a,b\nc,", "\u{FEFF}a"] {
            // As far as its first record, which leaves the parser where it ends.
            let _ = Records::new(before, Separator::Comma, &mut parsers).next();
            let mut records = Records::new("\u{FEFF}A,B\nC,D\n", Separator::Comma, &mut parsers);
            let found: Vec<String> =
                std::iter::from_fn(|| records.next().unwrap().map(|record| record.cells.join("|"))).collect();
            assert_eq!(found, ["A|B", "C|D"], "after {before:?}");
        }
    }
}
