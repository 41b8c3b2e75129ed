//! Reading an uploaded file: from bytes to one row a person, each with the line it starts on.
//!
//! A file that cannot be used at all is refused whole, with a sentence; a line that cannot be used is refused by
//! itself, and reading goes on.

use super::Email;
use super::lines::Lines;
use super::name::is_space;
use std::fmt;
use zeroize::Zeroizing;

/// The most people in a file, until a district decides otherwise.
pub const ROWS_PER_FILE: u32 = 1_000;
/// The largest file that is read, in bytes.
pub const LARGEST_FILE: usize = 10 * 1024 * 1024;
/// The first line of the sample file, and of every upload.
pub const HEADER: [&str; 4] = ["first_name", "last_name", "email", "password"];

/// A file that was read.
#[derive(Debug)]
pub struct Roster {
    /// One for each person, in the order of the file; blank lines are not among them.
    pub rows: Vec<Result<Row, Refusal>>,
    /// Columns that mean nothing here, as the header spells them.
    pub ignored_columns: Vec<String>,
}

/// A line as it came, its cells in the order that Firstbell uses.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    /// Where it starts in the file; the header is line 1 if nothing stands above it.
    pub line: u32,
    /// The first name as it came.
    pub first_name: String,
    /// The last name as it came.
    pub last_name: String,
    /// The email as it came.
    pub email: String,
    /// The password, exact; `None` if the cell is blank and one is to be made.
    pub password: Option<Zeroizing<String>>,
}

/// A line whose cells are not what their columns say. Nothing of it is kept that might be a password.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Where it starts in the file.
    pub line: u32,
    /// The first name as it came; empty if it is not sure to be one.
    pub first_name: String,
    /// The last name as it came; empty if it is not sure to be one.
    pub last_name: String,
    /// What is wrong and what to do: a sentence.
    pub why: String,
}

/// Why a file cannot be used. Displayed, it is a sentence that says what to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// Nothing in it.
    Empty,
    /// More bytes than are read.
    TooLarge,
    /// An Excel workbook, or another ZIP archive.
    Workbook,
    /// UTF-16, as Excel's "Unicode Text" is.
    Utf16,
    /// Not text in UTF-8; the first place that is not is on this line.
    NotUtf8 {
        /// The line.
        line: u32,
    },
    /// The header is not there, or lacks these columns.
    Header {
        /// What is missing.
        missing: Vec<&'static str>,
        /// What separates the cells of the first line, if it is not a comma.
        separator: Option<&'static str>,
    },
    /// The header names a column twice.
    ColumnTwice(&'static str),
    /// A header, and no line below it.
    NoRows,
    /// More people than a file may have.
    TooMany {
        /// How many it has.
        rows: usize,
        /// How many it may have.
        limit: u32,
    },
    /// A quotation mark opens a cell and none closes it, so that the rest of the file is one cell.
    OpenQuote {
        /// Where the line starts that has it.
        line: u32,
    },
}

/// Reads a file of at most `limit` people.
///
/// # Errors
/// An [`Unreadable`] if nothing in it can be used.
pub fn read(file: &[u8], limit: u32) -> Result<Roster, Unreadable> {
    let text = decode(file)?;
    let mut lines = Lines::new(text);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(64 * 1024)
        .from_reader(text);
    let mut record = csv::ByteRecord::new();

    let mut columns: Option<Columns> = None;
    let mut rows = Vec::new();
    loop {
        let place = offset(&reader);
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            // Reading bytes from memory has no other end, and a flexible reader no other error.
            Ok(false) | Err(_) => break,
        }
        let (start, line) = lines.skip_blank(place);
        if offset(&reader) >= text.len() && ends_in_quotes(text.get(start..).unwrap_or_default()) {
            return Err(Unreadable::OpenQuote { line });
        }
        let cells: Vec<&str> =
            record.iter().map(|cell| std::str::from_utf8(cell).unwrap_or_default()).collect();
        if cells.iter().all(|cell| cell.chars().all(is_space)) {
            continue;
        }
        match &columns {
            None => columns = Some(Columns::find(&cells)?),
            Some(columns) => rows.push(columns.row(&cells, line)),
        }
    }
    let Some(columns) = columns else {
        return Err(Unreadable::Empty);
    };
    match rows.len() {
        0 => Err(Unreadable::NoRows),
        many if many > limit as usize => Err(Unreadable::TooMany { rows: many, limit }),
        _ => Ok(Roster { rows, ignored_columns: columns.ignored }),
    }
}

/// The text of a file without its byte order mark, once it is sure that it is UTF-8.
fn decode(file: &[u8]) -> Result<&[u8], Unreadable> {
    if file.len() > LARGEST_FILE {
        return Err(Unreadable::TooLarge);
    }
    if file.starts_with(b"PK\x03\x04") || file.starts_with(b"\xD0\xCF\x11\xE0") {
        return Err(Unreadable::Workbook);
    }
    if file.starts_with(b"\xFF\xFE") || file.starts_with(b"\xFE\xFF") || is_half_zeros(file) {
        return Err(Unreadable::Utf16);
    }
    let text = file.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(file);
    match std::str::from_utf8(text) {
        Ok(_) => Ok(text),
        Err(error) => Err(Unreadable::NotUtf8 { line: Lines::new(text).skip_blank(error.valid_up_to()).1 }),
    }
}

/// Whether a file begins as Latin letters in UTF-16 do, where every other byte is zero.
fn is_half_zeros(file: &[u8]) -> bool {
    let start = file.get(..64).unwrap_or(file);
    start.iter().filter(|byte| **byte == 0).count() * 3 > start.len()
}

fn offset(reader: &csv::Reader<&[u8]>) -> usize {
    usize::try_from(reader.position().byte()).unwrap_or(usize::MAX)
}

/// Whether the last record of a file ends inside a quoted cell. `record` is that record and all that follows it. The
/// rules are those of the `csv` crate: a cell is quoted if it begins with a quotation mark, and two of them stand for one.
fn ends_in_quotes(record: &[u8]) -> bool {
    let (mut at_start, mut quoted) = (true, false);
    let mut bytes = record.iter().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' if quoted => quoted = bytes.next_if_eq(&&b'"').is_some(),
            b'"' if at_start => quoted = true,
            _ => {}
        }
        at_start = !quoted && matches!(byte, b',' | b'\r' | b'\n');
    }
    quoted
}

/// Where each column stands in a file.
struct Columns {
    width: usize,
    first_name: usize,
    last_name: usize,
    email: usize,
    password: usize,
    ignored: Vec<String>,
}

impl Columns {
    /// Finds the columns by their names, in any order and any case.
    fn find(header: &[&str]) -> Result<Columns, Unreadable> {
        let spelled: Vec<String> =
            header.iter().map(|cell| cell.trim_matches(is_space).to_lowercase()).collect();
        let mut places = [None; 4];
        for (place, name) in places.iter_mut().zip(HEADER) {
            let mut found = spelled.iter().enumerate().filter(|(_, cell)| *cell == name).map(|(at, _)| at);
            *place = found.next();
            if found.next().is_some() {
                return Err(Unreadable::ColumnTwice(name));
            }
        }
        let [Some(first_name), Some(last_name), Some(email), Some(password)] = places else {
            let missing = HEADER.into_iter().zip(places).filter(|(_, at)| at.is_none());
            let separator = [(';', "semicolons"), ('\t', "tabs"), ('|', "vertical bars")]
                .into_iter()
                .find(|(sign, _)| header.first().is_some_and(|cell| cell.contains(*sign)))
                .map(|(_, name)| name);
            return Err(Unreadable::Header { missing: missing.map(|(name, _)| name).collect(), separator });
        };
        let names = header.iter().map(|cell| cell.trim_matches(is_space)).zip(&spelled);
        let ignored = names
            .filter(|(name, spelled)| !name.is_empty() && !HEADER.contains(&spelled.as_str()))
            .map(|(name, _)| name.to_owned())
            .collect();
        Ok(Columns { width: header.len(), first_name, last_name, email, password, ignored })
    }

    /// Puts the cells of a record under their columns.
    fn row(&self, cells: &[&str], line: u32) -> Result<Row, Refusal> {
        let refusal =
            |why: String| Refusal { line, first_name: String::new(), last_name: String::new(), why };
        // A quotation mark too many makes one cell of several lines, and what is in it may be anybody's.
        let breaks: usize = cells.iter().map(|cell| line_breaks(cell.trim_matches(is_space))).sum();
        if breaks > 0 {
            let last = line.saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX));
            let why = format!("Lines {line} to {last} read as one: is there a quotation mark too many?");
            return Err(refusal(why));
        }
        let surplus = cells.get(self.width..).unwrap_or_default();
        if cells.len() < self.width || surplus.iter().any(|cell| !cell.chars().all(is_space)) {
            let (has, needs) = (cells.len(), self.width);
            let columns = if has == 1 { "column" } else { "columns" };
            let advice = if has > needs {
                "is a comma missing its quotes?"
            } else {
                "is a comma missing? Empty cells need theirs too."
            };
            return Err(refusal(format!("Line {line} has {has} {columns}, not {needs}: {advice}")));
        }
        let cell = |at: usize| cells.get(at).copied().unwrap_or_default();
        let trimmed = |at: usize| cell(at).trim_matches(is_space).to_owned();
        let (first_name, last_name, email) =
            (trimmed(self.first_name), trimmed(self.last_name), trimmed(self.email));
        if Email::parse(&first_name).is_ok() || Email::parse(&last_name).is_ok() {
            return Err(refusal(format!(
                "Line {line} has an email where a name belongs: is a comma missing?"
            )));
        }
        let password = cell(self.password);
        if !email.is_empty() && !email.contains('@') {
            let why = if Email::parse(password).is_ok() {
                "The email is in the password's column: have the two changed places?".to_owned()
            } else {
                "The email has no @, so it is none. It is not shown here: it might be a password.".to_owned()
            };
            return Err(Refusal { line, first_name, last_name, why });
        }
        let is_blank = password.chars().all(is_space);
        let password = (!is_blank).then(|| Zeroizing::new(password.to_owned()));
        Ok(Row { line, first_name, last_name, email, password })
    }
}

/// How many line ends stand in a cell: CRLF, CR and LF each are one.
fn line_breaks(cell: &str) -> usize {
    cell.matches(['\r', '\n']).count() - cell.matches("\r\n").count()
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = HEADER.join(",");
        match self {
            Unreadable::Empty => {
                write!(f, "The file is empty. Fill in the sample file, and keep its first line: {header}")
            }
            Unreadable::TooLarge => write!(
                f,
                "The file is larger than {} MB. Split it, and keep the first line in each part.",
                LARGEST_FILE / (1024 * 1024)
            ),
            Unreadable::Workbook => write!(
                f,
                "The file is an Excel workbook, not a CSV. In Excel choose File, Save As, “CSV UTF-8 (Comma delimited)”, and upload that."
            ),
            Unreadable::Utf16 => write!(
                f,
                "The file is not text in UTF-8, but looks like UTF-16 (“Unicode Text”). Save it as “CSV UTF-8 (Comma delimited)”."
            ),
            Unreadable::NotUtf8 { line } => write!(
                f,
                "Line {line} has letters that are not in UTF-8, so names could come out wrong. In Excel choose File, Save As, “CSV UTF-8 (Comma delimited)”; in LibreOffice choose the character set UTF-8."
            ),
            Unreadable::Header { separator: Some(separator), .. } => write!(
                f,
                "The first line has {separator} between its names where commas belong. Save the file with commas; its first line is {header}"
            ),
            Unreadable::Header { missing, .. } => {
                let columns = if missing.len() == 1 { "column" } else { "columns" };
                write!(
                    f,
                    "The first line does not name the {columns} {}. It has to be the sample file's, in any order: {header} (a password's cell may be empty, and a student's email's).",
                    missing.join(", ")
                )
            }
            Unreadable::ColumnTwice(name) => {
                write!(
                    f,
                    "The first line names the column {name} twice. Take one of the two out, with its cells."
                )
            }
            Unreadable::NoRows => {
                write!(f, "The file has a first line and nobody below it. Fill in one person a line.")
            }
            Unreadable::TooMany { rows, limit } => write!(
                f,
                "The file has {rows} people; {limit} is the most. Split it, and keep the first line in each part."
            ),
            Unreadable::OpenQuote { line } => write!(
                f,
                "Line {line} opens a quotation mark that nothing closes, so that all below it reads as one cell. Close it or take it out."
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEAD: &str = "first_name,last_name,email,password\n";

    fn lines_of(file: &str) -> Vec<(u32, String)> {
        let roster = read(file.as_bytes(), 100).unwrap();
        roster.rows.into_iter().map(|row| row.unwrap()).map(|row| (row.line, row.last_name)).collect()
    }

    fn refusal(file: &str) -> String {
        read(file.as_bytes(), 3).unwrap_err().to_string()
    }

    #[test]
    fn every_row_knows_the_line_it_starts_on_whatever_ends_the_lines() {
        for end in ["\n", "\r\n", "\r"] {
            let file = "\u{FEFF}\nFirst_Name,LAST_NAME, email ,password\n\n\nA,One,,\nB,Two,,\n,,,\n \nC,\"\nThree\n\",\"x@y.example\",\"p\"\n\nD,Four,,";
            let expected =
                [(5, "One"), (6, "Two"), (9, "Three"), (13, "Four")].map(|(l, n)| (l, n.to_owned()));
            assert_eq!(lines_of(&file.replace('\n', end)), expected, "{end:?}");
        }
    }

    #[test]
    fn columns_are_found_by_name_and_the_others_said() {
        let file =
            "Password,Class,email,last_name,First_Name,\nsecret-1,4b,a@b.example,\"Lee, \"\"Jr\"\"\",Ann,\n";
        let roster = read(file.as_bytes(), 100).unwrap();
        assert_eq!(roster.ignored_columns, ["Class"]);
        let row = roster.rows[0].as_ref().unwrap();
        assert_eq!((row.first_name.as_str(), row.last_name.as_str()), ("Ann", "Lee, \"Jr\""));
        assert_eq!(
            (row.email.as_str(), row.password.as_ref().unwrap().as_str()),
            ("a@b.example", "secret-1")
        );
    }

    #[test]
    fn a_password_stays_exact_and_a_blank_one_is_none() {
        let file = format!("{HEAD}A,B,,  two  spaces \nA,B,,\u{A0} \nA,B,,");
        let roster = read(file.as_bytes(), 100).unwrap();
        let passwords: Vec<_> =
            roster.rows.iter().map(|row| row.as_ref().unwrap().password.clone()).collect();
        assert_eq!(passwords, [Some(Zeroizing::new("  two  spaces ".to_owned())), None, None]);
    }

    #[test]
    fn a_line_whose_cells_do_not_fit_is_refused_by_itself_and_keeps_no_password() {
        for (lines, why) in [
            ("A,B,,secret99,q", "Line 2 has 5 columns, not 4: is a comma missing its quotes?"),
            ("A,B,secret99", "Line 2 has 3 columns, not 4: is a comma missing? Empty cells need theirs too."),
            (
                "A,\"B,,secret99\nC,D\",,secret99",
                "Lines 2 to 3 read as one: is there a quotation mark too many?",
            ),
            ("A,\"B,b@x.example,secret99\r\nC,\"D\",d@x.example,secret99", "Lines 2 to 3 read as one"),
            ("A,B,,\"secret99\n\nC,D,,x\"", "Lines 2 to 4 read as one"),
            ("A,B,secret99,b@x.example", "The email is in the password's column"),
            ("A,B,secret99,", "The email has no @"),
            ("A B,b@x.example,secret99,", "Line 2 has an email where a name belongs"),
        ] {
            let roster = read(format!("{HEAD}{lines}\nE,F,,,\n").as_bytes(), 100).unwrap();
            let refusal = roster.rows[0].as_ref().unwrap_err();
            assert!(refusal.why.contains(why), "{lines:?}: {refusal:?}");
            assert!(!format!("{refusal:?}").contains("secret99"), "{refusal:?}");
            assert_eq!(roster.rows.len(), 2, "{lines:?}");
            assert!(roster.rows[1].is_ok(), "empty cells too many do no harm");
        }
    }

    #[test]
    fn a_file_that_cannot_be_used_is_refused_with_what_to_do() {
        for (file, words) in [
            ("", "empty"),
            ("\n \n,,\n", "empty"),
            (HEAD, "nobody below"),
            ("first_name;last_name;email;password\n", "semicolons"),
            ("first_name\tlast_name\temail\tpassword\n", "tabs"),
            ("name,email,password\n", "columns first_name, last_name."),
            ("first_name,last_name,email,pasword\n", "column password."),
            ("Ann,Lee,a@b.example,pw\n", "sample file's"),
            ("first_name,last_name,email,EMAIL\n", "email twice"),
            (
                "first_name,last_name,email,password\na,b,,\na,b,,\na,b,,\na,b,,",
                "has 4 people; 3 is the most",
            ),
            ("first_name,last_name,email,password\n\na,b,,\na,\"b,,\na,b,,", "Line 4 opens a quotation mark"),
            ("PK\u{3}\u{4}...", "Excel workbook"),
            ("f\0i\0", "UTF-16"),
        ] {
            assert!(refusal(file).contains(words), "{file:?}: {}", refusal(file));
        }
        let latin = read(b"first_name,last_name,email,password\r\nA,B,,\r\nJ\xfcrgen,B,,", 9).unwrap_err();
        assert!(latin.to_string().starts_with("Line 3 has letters"), "{latin}");
        assert!(matches!(read(&vec![b' '; LARGEST_FILE + 1], 9), Err(Unreadable::TooLarge)));
    }

    #[test]
    fn a_quoted_cell_at_the_very_end_is_closed() {
        for last in ["A,\"B\"", "A,\"B \"\"\"", "A,B\"\"\"", "A,\"\"", "A,\"x\"\n\n"] {
            assert!(!ends_in_quotes(last.as_bytes()), "{last}");
        }
        for last in ["A,\"B", "A,\"B\"\"", "\"", "A,\"B\",\""] {
            assert!(ends_in_quotes(last.as_bytes()), "{last}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_reading_panic(file in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = read(&file, 100);
            let _ = read(&[HEAD.as_bytes(), &file].concat(), 100);
        }

        #[test]
        fn no_text_that_looks_like_a_roster_makes_reading_panic(file in "[\",;\r\nab@. \u{FEFF}é]{0,200}") {
            let _ = read(format!("{HEAD}{file}").as_bytes(), 100);
        }

        #[test]
        fn every_row_written_comes_out_once_with_its_line_and_its_cells(
            rows in proptest::collection::vec(("[^\\s@]{1,8}", "[a-z\",\r\n ]{0,8}[a-z]", 0..3usize), 1..30),
            end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
        ) {
            let mut file = format!("first_name,last_name,email,password{end}").into_bytes();
            let mut line = 2;
            let mut expected = Vec::new();
            for (first, last, blanks) in &rows {
                for _ in 0..*blanks {
                    file.extend_from_slice(end.as_bytes());
                    line += 1;
                }
                let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
                let written = format!("{},{},,", quoted(first), quoted(last));
                let trimmed = |text: &str| text.trim_matches(is_space).to_owned();
                expected.push((line, trimmed(first), trimmed(last)));
                line += u32::try_from(written.replace("\r\n", "\n").matches(['\r', '\n']).count()).unwrap() + 1;
                file.extend_from_slice(format!("{written}{end}").as_bytes());
            }
            let roster = read(&file, 100).unwrap();
            prop_assert_eq!(roster.rows.len(), expected.len());
            for (row, (line, first, last)) in roster.rows.into_iter().zip(expected) {
                match row {
                    Ok(row) => prop_assert_eq!((row.line, row.first_name, row.last_name), (line, first, last)),
                    Err(refusal) => {
                        prop_assert_eq!(refusal.line, line);
                        prop_assert!(last.contains(['\r', '\n']), "{:?} was refused: {}", last, refusal.why);
                    }
                }
            }
        }
    }
}
