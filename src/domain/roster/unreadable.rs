//! Why a file cannot be used: a sentence each, which says what to do.

use super::encoding::Encoding;
use super::{HEADER, MOST_ROWS_PER_FILE};
use std::fmt;

/// Why a file cannot be used. Displayed, it is a sentence that says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// Nothing in it.
    Empty,
    /// More bytes than are read.
    TooLarge {
        /// How many are read.
        most: usize,
    },
    /// A workbook of Excel before 2007, or another document of that kind.
    OldWorkbook,
    /// A workbook that asks for a password.
    LockedWorkbook,
    /// A workbook in Excel's binary format.
    BinaryWorkbook,
    /// An archive that is no workbook, a document of Apple's Numbers or of a word processor.
    NoWorkbook,
    /// A workbook that is damaged.
    SpoiltWorkbook,
    /// A workbook that holds far more than its size tells, or more sheets than any list of people.
    SwollenWorkbook,
    /// UTF-32, which hardly any program writes.
    Utf32,
    /// A web page or XML, as some programs write that call it a workbook.
    Markup,
    /// Not text at all: a picture, a PDF.
    NoText,
    /// A place that is not in the encoding that the rest is in.
    Undecodable {
        /// The line of the first such place.
        line: u32,
        /// The encoding.
        encoding: Encoding,
    },
    /// The header is not there, or lacks these columns.
    Header {
        /// What is missing.
        missing: Vec<&'static str>,
        /// A column that seems to hold whole names.
        whole_name: Option<String>,
    },
    /// The first line is somebody's, not a header.
    NoHeader,
    /// All columns are in the first one, one after another.
    OneColumn,
    /// The header names a column twice.
    ColumnTwice(&'static str),
    /// More columns than a roster can have.
    TooManyColumns {
        /// How many it has.
        columns: usize,
        /// How many it may have.
        most: usize,
    },
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

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unreadable::OldWorkbook
            | Unreadable::LockedWorkbook
            | Unreadable::BinaryWorkbook
            | Unreadable::NoWorkbook
            | Unreadable::SpoiltWorkbook
            | Unreadable::SwollenWorkbook => self.of_workbook(f),
            Unreadable::Header { .. }
            | Unreadable::NoHeader
            | Unreadable::OneColumn
            | Unreadable::ColumnTwice(_) => self.of_header(f),
            Unreadable::Empty => write!(
                f,
                "The file is empty. Fill in the sample file, and keep its first line: {}",
                HEADER.join(",")
            ),
            Unreadable::TooLarge { most } => write!(
                f,
                "The file is larger than {} MB. Split it, and keep the first line in each part.",
                most / (1024 * 1024)
            ),
            Unreadable::Utf32 => write!(
                f,
                "The file is text in UTF-32, which is not read here. Save it as “CSV UTF-8 (Comma delimited)”."
            ),
            Unreadable::Markup => write!(
                f,
                "The file is a web page, though its name may say that it is a workbook. Open it in Excel, choose File, Save As, “Excel Workbook (.xlsx)”, and upload that."
            ),
            Unreadable::NoText => write!(
                f,
                "The file is neither text nor a workbook. Upload a CSV file or a workbook (.xlsx or .ods)."
            ),
            Unreadable::Undecodable { line, encoding } => write!(
                f,
                "Line {line} has letters that are not in {encoding}, so names could come out wrong. In Excel choose File, Save As, “CSV UTF-8 (Comma delimited)”; in LibreOffice choose the character set UTF-8."
            ),
            Unreadable::TooManyColumns { columns, most } => write!(
                f,
                "The first line has {columns} columns; {most} is the most. Take out those that are not needed."
            ),
            Unreadable::NoRows => {
                write!(f, "The file has a first line and nobody below it. Fill in one person a line.")
            }
            Unreadable::TooMany { rows, limit } => {
                write!(f, "The file has {rows} people; {limit} is the most")?;
                if *limit < MOST_ROWS_PER_FILE {
                    f.write_str(" until a district administrator raises that in Settings")?;
                }
                f.write_str(". Split it, and keep the first line in each part.")
            }
            Unreadable::OpenQuote { line } => write!(
                f,
                "Line {line} opens a quotation mark that nothing closes, so that all below it reads as one cell. Close it or take it out."
            ),
        }
    }
}

impl Unreadable {
    fn of_workbook(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unreadable::OldWorkbook => {
                "The file is a document of an old kind, such as a workbook of Excel before 2007 (.xls). Open it, choose File, Save As, “Excel Workbook (.xlsx)” or “CSV UTF-8 (Comma delimited)”, and upload that."
            }
            Unreadable::LockedWorkbook => {
                "The workbook asks for a password before it opens. In Excel choose File, Info, Protect Workbook, “Encrypt with Password”, empty the password, save, and upload it again."
            }
            Unreadable::BinaryWorkbook => {
                "The file is a binary Excel workbook (.xlsb). In Excel choose File, Save As, “Excel Workbook (.xlsx)”, and upload that."
            }
            Unreadable::SpoiltWorkbook => {
                "The workbook is damaged. Open it in Excel, choose File, Save As, “Excel Workbook (.xlsx)”, and upload that."
            }
            Unreadable::SwollenWorkbook => {
                "The workbook holds far more than a list of people. Copy the list alone into a new workbook, and upload that."
            }
            _ => {
                "The file is an archive or a document, but no workbook (.xlsx or .ods). Save the list as an Excel workbook or as “CSV UTF-8 (Comma delimited)”, and upload that."
            }
        })
    }

    fn of_header(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = HEADER.join(",");
        match self {
            Unreadable::Header { whole_name: Some(heading), .. } => write!(
                f,
                "The first line has one column for the whole name, “{heading}”. Split it into two, first_name and last_name. The sample file's first line is {header}"
            ),
            Unreadable::Header { missing, .. } => {
                let columns = if missing.len() == 1 { "column" } else { "columns" };
                write!(
                    f,
                    "The first line does not name the {columns} {}. It has to be the sample file's, in any order: {header} (a password's cell may be empty, and a student's email's).",
                    missing.join(", ")
                )
            }
            Unreadable::OneColumn => f.write_str(
                "All columns are in the first one. In Excel select column A, choose Data, Text to Columns, Delimited, then the sign that stands between the names, and save.",
            ),
            Unreadable::ColumnTwice(name) => {
                write!(
                    f,
                    "The first line names the column {name} twice. Take one of the two out, with its cells."
                )
            }
            _ => write!(
                f,
                "The first line is somebody's, and names no columns. Put the sample file's first line above it: {header}"
            ),
        }
    }
}
