//! What was made of a file, to be shown to whoever uploaded it.

use super::encoding::Encoding;
use super::header::Heading;
use super::separator::Separator;
use std::fmt;

/// What was made of a file.
#[derive(Debug, PartialEq, Eq)]
pub struct Understood {
    /// What kind of file it is.
    pub format: Format,
    /// Each column's heading, from the left, and what it was taken for.
    pub columns: Vec<Heading>,
    /// How many people are in it, those on refused lines too; 0 while that is not known.
    pub people: usize,
    /// How many blank rows were left out.
    pub blank_rows: usize,
    /// How many columns without a heading were left out, the empty ones at the right end not counted.
    pub blank_columns: usize,
    /// How many lines end before the header does, and could be read if what is missing were blank.
    pub short_rows: usize,
    /// What else is worth saying: a sentence each.
    pub remarks: Vec<String>,
}

/// What kind of file it is. Displayed, it goes on after "The file is": *"text in UTF-8, its cells separated by commas"*.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// Text.
    Text {
        /// Its encoding, if that is known.
        encoding: Option<Encoding>,
        /// What separates its cells, if that is known.
        separator: Option<Separator>,
    },
    /// A workbook.
    Workbook {
        /// The sheet that was read, if that is known.
        sheet: Option<String>,
    },
}

impl Understood {
    pub(super) fn only(format: Format) -> Understood {
        Understood {
            format,
            columns: Vec::new(),
            people: 0,
            blank_rows: 0,
            blank_columns: 0,
            short_rows: 0,
            remarks: Vec::new(),
        }
    }

    /// The columns that mean nothing here, as the header spells them.
    pub fn ignored_columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().filter(|heading| heading.is_ignored()).map(|heading| heading.text.as_str())
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Format::Text { encoding, separator } => {
                f.write_str("text")?;
                if let Some(encoding) = encoding {
                    write!(f, " in {encoding}")?;
                }
                match separator {
                    Some(separator) => write!(f, ", its cells separated by {}", separator.many()),
                    None => Ok(()),
                }
            }
            Format::Workbook { sheet: Some(sheet) } => write!(f, "a workbook, read from its sheet “{sheet}”"),
            Format::Workbook { sheet: None } => f.write_str("a workbook"),
        }
    }
}

/// Names as a sentence lists them: “Ann”, “Ben” and “Carl”.
pub(super) fn listed(names: &[String]) -> String {
    let mut quoted: Vec<String> = names.iter().map(|name| format!("“{name}”")).collect();
    match quoted.pop() {
        Some(last) if quoted.is_empty() => last,
        Some(last) => format!("{} and {last}", quoted.join(", ")),
        None => "nothing that could be shown".to_owned(),
    }
}
