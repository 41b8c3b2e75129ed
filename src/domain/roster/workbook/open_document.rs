//! Reading a spreadsheet of LibreOffice and others (.ods; OpenDocument 1.3, part 3): its tables, and their rows.

use super::super::rows::Made;
use super::super::unreadable::Unreadable;
use super::super::{Answers, Reading, largest_file};
use super::cells::{MOST_DIGITS, SHOWN_OTHERWISE, Styles, number};
use super::package::{Budget, Package};
use super::sheet::{COLUMNS, LAST_ROW, LONGEST, SheetRow, UNCALCULATED};
use super::xml::{Xml, add_text, attribute};
use super::{Damage, SHEET_SWELLS, SHEETS, Taking, ask_for_sheet};
use quick_xml::events::{BytesStart, Event};
use zeroize::Zeroizing;

/// What is not the text of a cell although it stands in it: notes, pictures, how a word is pronounced.
const BESIDE: [&str; 3] = ["annotation", "frame", "ruby-text"];

/// Whether the package says that it is a spreadsheet of this kind.
pub(super) fn is_spreadsheet(package: &Package<'_>) -> bool {
    use std::io::Read;
    let mut budget = Budget::new(1024);
    let mut said = String::new();
    let read = package.part("mimetype", &mut budget).map(|mut part| part.read_to_string(&mut said));
    matches!(read, Some(Ok(_))) && said.trim().starts_with("application/vnd.oasis.opendocument.spreadsheet")
}

/// Reads a spreadsheet of at most `limit` people.
pub(super) fn read(package: &Package<'_>, limit: u32, answers: &Answers) -> Result<Reading, Unreadable> {
    let mut budget = Budget::new(largest_file(limit).saturating_mul(SHEET_SWELLS));
    let mut tables = match filled_tables(package, &mut budget) {
        Ok(tables) => tables,
        Err(Damage) => return Err(budget.complaint()),
    };
    // Of several that are called so, the first.
    if let Some(answered) = tables.iter().position(|(_, name)| answers.sheet.as_ref() == Some(name)) {
        tables = vec![tables.swap_remove(answered)];
    }
    let (table, name) = match tables.len() {
        0 => return Err(Unreadable::Empty),
        1 => tables.swap_remove(0),
        _ => return Ok(ask_for_sheet(tables.into_iter().map(|(_, name)| name).collect())),
    };
    let mut budget = Budget::new(largest_file(limit).saturating_mul(SHEET_SWELLS));
    let mut taking = Taking::new(answers, limit);
    match take_table(package, table, &mut taking, &mut budget) {
        Ok(taken) => taken?,
        Err(Damage) => return Err(budget.complaint()),
    }
    taking.end(name)
}

/// The tables with anything in them: which of all tables each is, counted from 1, and its name.
fn filled_tables(package: &Package<'_>, budget: &mut Budget) -> Result<Vec<(usize, String)>, Damage> {
    let mut tables = Tables::open(package, budget)?;
    let mut row = SheetRow::default();
    let mut found: Vec<(String, bool)> = Vec::new();
    loop {
        match tables.next(&mut row)? {
            Step::Table(_) if found.len() == SHEETS => return Err(tables.xml.too_much()),
            Step::Table(name) => found.push((name, false)),
            Step::Row { .. } => {
                if let Some((_, is_filled)) = found.last_mut() {
                    *is_filled |= row.has_something();
                }
            }
            Step::End => break,
        }
    }
    tables.xml.finish()?;
    let filled = |(number, (name, is_filled))| if is_filled { Some((number, name)) } else { None };
    Ok((1..).zip(found).filter_map(filled).collect())
}

/// Takes all rows of a table, which is told by its number, or stops at one that should be the header and is none.
fn take_table(
    package: &Package<'_>,
    wanted: usize,
    taking: &mut Taking<'_>,
    budget: &mut Budget,
) -> Result<Result<(), Unreadable>, Damage> {
    let mut tables = Tables::open(package, budget)?;
    let mut row = SheetRow::default();
    let mut number = 0;
    loop {
        match tables.next(&mut row)? {
            Step::Table(_) => number += 1,
            Step::Row { times } if number == wanted && row.has_something() => {
                for _ in 0..times {
                    if let Err(why) = taking.take(&row) {
                        return Ok(Err(why));
                    }
                    row.number += 1;
                }
                row.number -= 1;
            }
            Step::Row { times } => row.number += times - 1,
            Step::End => return Ok(Ok(())),
        }
    }
}

/// What comes next in a document.
enum Step {
    /// A table of this name.
    Table(String),
    /// A row that stands there so many times, at least once.
    Row { times: u32 },
    /// Nothing more.
    End,
}

/// A document that is being read.
struct Tables<'a, 'b> {
    xml: Xml<'a, 'b>,
}

impl<'a, 'b> Tables<'a, 'b> {
    fn open(package: &Package<'a>, budget: &'b mut Budget) -> Result<Tables<'a, 'b>, Damage> {
        Ok(Tables { xml: Xml::new(package.part("content.xml", budget).ok_or(Damage)?) })
    }

    /// Reads up to the end of the next row, into `row`, which holds the last of those before it.
    fn next(&mut self, row: &mut SheetRow) -> Result<Step, Damage> {
        let mut times = 0;
        let mut column = 0;
        loop {
            match self.xml.next()? {
                Event::Eof => return Ok(Step::End),
                Event::Start(start) => match start.local_name().as_ref() {
                    "table" if times == 0 => {
                        row.begin(0);
                        return Ok(Step::Table(attribute(&start, "name").unwrap_or_default()));
                    }
                    "table-row" if times == 0 => {
                        times = repeated(&start, "number-rows-repeated")?;
                        let number = row.number.saturating_add(1);
                        if number.saturating_add(times) > LAST_ROW + 1 {
                            return Err(Damage);
                        }
                        row.begin(number);
                    }
                    "table-cell" | "covered-table-cell" if times > 0 => {
                        let repeated = repeated(&start, "number-columns-repeated")? as usize;
                        let kind = Kind::of(&start);
                        let name = start.local_name().as_ref().to_owned();
                        let (text, made) = self.cell(&name, &kind)?;
                        let last = column + repeated;
                        // What is repeated to the last column of the sheet says nothing, or too much.
                        let is_blank = text.is_empty() && made == Made::Text;
                        for column in (column..last.min(COLUMNS + 1)).take_while(|_| !is_blank) {
                            self.xml.spend(text.len())?;
                            row.put(column, text.to_string(), made);
                        }
                        column = last.min(COLUMNS + 1);
                    }
                    _ => {}
                },
                Event::End(end) if times > 0 && end.local_name().as_ref() == "table-row" => {
                    return Ok(Step::Row { times });
                }
                _ => {}
            }
        }
    }

    /// What a cell says, up to its end: its paragraphs, one a line.
    fn cell(&mut self, name: &str, kind: &Kind) -> Result<(Zeroizing<String>, Made), Damage> {
        let mut text = Zeroizing::new(String::new());
        let (mut paragraphs, mut is_text, mut beside) = (0, false, 0_usize);
        loop {
            if text.len() > LONGEST {
                return Err(Damage);
            }
            match self.xml.next()? {
                Event::Eof => return Err(Damage),
                Event::Start(start) => match start.local_name().as_ref() {
                    tag if BESIDE.contains(&tag) => beside += 1,
                    _ if beside > 0 => {}
                    "p" => {
                        if paragraphs > 0 {
                            text.push('\n');
                        }
                        (paragraphs, is_text) = (paragraphs + 1, true);
                    }
                    "s" => {
                        let spaces = attribute(&start, "c").and_then(|count| count.parse().ok()).unwrap_or(1);
                        let spaces = LONGEST.min(spaces);
                        // However short the file is, it may say very many, and nobody may keep them.
                        self.xml.spend(spaces)?;
                        text.extend(std::iter::repeat_n(' ', spaces));
                    }
                    "tab" => text.push('\t'),
                    "line-break" => text.push('\n'),
                    _ => {}
                },
                Event::End(end) => match end.local_name().as_ref() {
                    tag if BESIDE.contains(&tag) => beside = beside.saturating_sub(1),
                    "p" if beside == 0 => is_text = false,
                    tag if tag == name => break,
                    _ => {}
                },
                event if is_text && beside == 0 => add_text(&event, &mut text)?,
                _ => {}
            }
        }
        Ok(kind.says(text))
    }
}

/// How often something stands there: once, if it is not said.
fn repeated(element: &BytesStart<'_>, name: &str) -> Result<u32, Damage> {
    match attribute(element, name) {
        Some(said) => said.parse().ok().filter(|times| *times > 0).ok_or(Damage),
        None => Ok(1),
    }
}

/// What the start of a cell says about it.
struct Kind {
    is: Option<String>,
    value: Option<String>,
    is_formula: bool,
    is_error: bool,
}

impl Kind {
    fn of(start: &BytesStart<'_>) -> Kind {
        let mut attributes = start.attributes();
        let is_error = attributes.with_checks(false).flatten().any(|attribute| {
            attribute.key.local_name().as_ref() == "value-type" && attribute.value.as_ref() == "error"
        });
        let is_formula = attribute(start, "formula").is_some();
        Kind { is: attribute(start, "value-type"), value: attribute(start, "value"), is_formula, is_error }
    }

    /// What a cell of this kind says that shows this text.
    fn says(&self, shown: Zeroizing<String>) -> (Zeroizing<String>, Made) {
        let other = |what| (Zeroizing::default(), Made::Other(what));
        match self.is.as_deref() {
            _ if self.is_error => other("an error"),
            Some("float" | "percentage" | "currency") => {
                // LibreOffice keeps some truth values as numbers that are shown as words.
                if !shown.is_empty() && shown.chars().all(char::is_alphabetic) {
                    return other("TRUE or FALSE");
                }
                shown_number(self.value.as_deref().unwrap_or_default(), &shown)
            }
            Some("date" | "time") => other("a date or a time"),
            Some("boolean") => other("TRUE or FALSE"),
            None if self.is_formula && shown.is_empty() => other(UNCALCULATED),
            _ => (shown, Made::Text),
        }
    }
}

/// What the cell of a number says that shows this text. Its format is not read: what is shown tells whether it is that of
/// the number, but for zeros in front of it. A program that writes no text leaves it to others to show the number.
fn shown_number(value: &str, shown: &str) -> (Zeroizing<String>, Made) {
    let (text, made) = number(value, None, &Styles::default());
    let shown = shown.trim();
    if made != Made::Number || shown.is_empty() || shown == value {
        return (Zeroizing::new(text), made);
    }
    let is_whole = shown.len() <= MOST_DIGITS && shown.bytes().all(|digit| digit.is_ascii_digit());
    if is_whole && shown.parse::<f64>().ok() == value.parse().ok() {
        return (Zeroizing::new(shown.to_owned()), Made::Number);
    }
    (Zeroizing::default(), Made::Other(SHOWN_OTHERWISE))
}
