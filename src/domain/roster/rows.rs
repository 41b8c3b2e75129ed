//! One person's line: its cells under their columns, or why they are not.

use super::super::Email;
use super::super::name::is_space;
use super::header::{Column, Heading};
use super::separator::Separator;
use super::{Refusal, Row};

/// What stands for a text that is not shown because it may be a password.
const HIDDEN: &str = "••••••";

/// What a workbook made of what was typed into a cell. The cells of text files are as they were typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Made {
    /// Nothing: it is text.
    Text,
    /// A whole number that is shown as typed, but for zeros in front of it.
    Number,
    /// Something from which what was typed cannot be told: "a date".
    Other(&'static str),
}

/// Where each column stands in a file.
#[derive(Debug)]
pub(super) struct Columns {
    /// What separates the cells; `None` where nothing does, in a workbook.
    separator: Option<Separator>,
    width: usize,
    first_name: usize,
    last_name: usize,
    email: Option<usize>,
    password: Option<usize>,
}

impl Columns {
    /// Where these headings put the columns; `None` if one of the names has none.
    pub(super) fn of(headings: &[Heading], separator: Option<Separator>) -> Option<Columns> {
        let place = |column| headings.iter().position(|heading| heading.taken_for == Some(column));
        Some(Columns {
            separator,
            width: headings.len(),
            first_name: place(Column::FirstName)?,
            last_name: place(Column::LastName)?,
            email: place(Column::Email),
            password: place(Column::Password),
        })
    }

    /// Whether a line that ends early reaches far enough to be somebody's.
    pub(super) fn could_end_early(&self, cells: &[&str]) -> bool {
        self.separator.is_some()
            && cells.len() < self.width
            && cells.len() > self.first_name.max(self.last_name)
    }

    /// Says why the cells of a line are not those of its columns, if a separator too few or too many may have shifted
    /// them. `may_end_early` if those that are missing at its end are blank.
    pub(super) fn misfit(&self, cells: &[&str], line: u32, may_end_early: bool) -> Option<String> {
        let separator = self.separator?.one();
        // A quotation mark too many makes one cell of several lines, and what is in it may be anybody's.
        let breaks: usize = cells.iter().map(|cell| line_breaks(cell.trim_matches(is_space))).sum();
        if breaks > 0
            && !cells.iter().enumerate().all(|(at, cell)| self.may_have_lines(at, cell, may_end_early))
        {
            let last = line.saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX));
            return Some(format!("Lines {line} to {last} read as one: is there a quotation mark too many?"));
        }
        let surplus = cells.get(self.width..).unwrap_or_default();
        let is_short = cells.len() < self.width && !(may_end_early && self.could_end_early(cells));
        if !is_short && surplus.iter().all(|cell| cell.chars().all(is_space)) {
            return None;
        }
        let (has, needs) = (cells.len(), self.width);
        let columns = if has == 1 { "column" } else { "columns" };
        let advice = if has > needs {
            format!("is a {separator} missing its quotes?")
        } else {
            format!("is a {separator} missing? Empty cells need theirs too.")
        };
        Some(format!("Line {line} has {has} {columns}, not {needs}: {advice}"))
    }

    /// Whether a column means something here.
    pub(super) fn is_needed(&self, at: usize) -> bool {
        [Some(self.first_name), Some(self.last_name), self.email, self.password].contains(&Some(at))
    }

    /// Whether a cell may have several lines, such as an address: it is one that means nothing here, and none of its lines reads like
    /// a row.
    fn may_have_lines(&self, at: usize, cell: &str, may_end_early: bool) -> bool {
        let cell = cell.trim_matches(is_space);
        let separates = |byte: &u8| self.separator.is_some_and(|separator| separator.byte() == *byte);
        let shortest = if may_end_early { self.first_name.max(self.last_name) + 1 } else { self.width };
        let reads_like_row = |line: &str| line.bytes().filter(|byte| separates(byte)).count() + 1 >= shortest;
        line_breaks(cell) == 0
            || (!self.is_needed(at)
                && at < self.width
                && !cell.split(['\r', '\n']).skip(1).any(reads_like_row))
    }

    /// Puts the cells of a line under their columns.
    pub(super) fn row<'a>(&self, cells: &[&'a str], line: u32) -> Result<Row<'a>, Refusal<'a>> {
        let cell = |at: Option<usize>| at.and_then(|at| cells.get(at)).copied().unwrap_or_default();
        let trimmed = |at: Option<usize>| cell(at).trim_matches(is_space);
        let (first_name, last_name, email) =
            (trimmed(Some(self.first_name)), trimmed(Some(self.last_name)), trimmed(self.email));
        if Email::parse(first_name).is_ok() || Email::parse(last_name).is_ok() {
            let advice = match self.separator {
                Some(separator) => format!("is a {} missing?", separator.one()),
                None => "have two cells changed places?".to_owned(),
            };
            let why = format!("Line {line} has an email where a name belongs: {advice}");
            return Err(Refusal::of(line, why));
        }
        let password = cell(self.password);
        if !email.is_empty() && !email.contains('@') {
            let why = if Email::parse(password).is_ok() {
                "The email is in the password's column: have the two changed places?".to_owned()
            } else {
                "The email has no @, so it is none. It is not shown here: it might be a password.".to_owned()
            };
            return Err(Refusal { line, first_name, last_name, why: why.into() });
        }
        let is_blank = password.chars().all(is_space);
        let password = (!is_blank).then_some(password);
        Ok(Row { line, first_name, last_name, email, password })
    }

    /// The same, unless a workbook made something else of a cell that is needed.
    pub(super) fn unspoilt_row<'a>(
        &self,
        cells: &[&'a str],
        made: &[Made],
        line: u32,
    ) -> Result<Row<'a>, Refusal<'a>> {
        let row = self.row(cells, line)?;
        match self.spoilt(made, line) {
            Some(why) => {
                let Row { first_name, last_name, .. } = row;
                Err(Refusal { line, first_name, last_name, why: why.into() })
            }
            None => Ok(row),
        }
    }

    /// Says what a workbook made of a cell that is needed and what to do, if it made something else of it.
    fn spoilt(&self, made: &[Made], line: u32) -> Option<String> {
        let places = [Some(self.first_name), Some(self.last_name), self.email, self.password];
        Column::ALL.into_iter().zip(places).find_map(|(column, at)| match made.get(at?)? {
            Made::Other(what) => Some(format!(
                "The workbook has {what} as the {} on line {line}. Format the column as Text, and type it anew.",
                column.words()
            )),
            Made::Text | Made::Number => None,
        })
    }

    /// Whether the workbook has a number for a password.
    pub(super) fn has_number_for_password(&self, made: &[Made]) -> bool {
        self.password.and_then(|at| made.get(at)) == Some(&Made::Number)
    }
}

/// A line to be shown while it is asked which column is which: names and emails, and nothing that may be a password.
/// `None` if the line does not fit its header.
pub(super) fn sample(cells: &[&str], headings: &[Heading]) -> Option<Vec<String>> {
    let surplus = cells.get(headings.len()..)?;
    if surplus.iter().chain(cells).any(|cell| line_breaks(cell.trim_matches(is_space)) > 0)
        || !surplus.iter().all(|cell| cell.chars().all(is_space))
    {
        return None;
    }
    let shown = |(cell, heading): (&&str, &Heading)| {
        let cell = cell.trim_matches(is_space);
        match heading.taken_for {
            _ if cell.is_empty() => Some(String::new()),
            Some(Column::FirstName | Column::LastName) => Some(cell.to_owned()),
            Some(Column::Email) => cell.contains('@').then(|| cell.to_owned()),
            Some(Column::Password) | None => Some(HIDDEN.to_owned()),
        }
    };
    cells.iter().zip(headings).map(shown).collect()
}

/// How many line ends stand in a cell: CRLF, CR and LF each are one.
fn line_breaks(cell: &str) -> usize {
    cell.matches(['\r', '\n']).count() - cell.matches("\r\n").count()
}
