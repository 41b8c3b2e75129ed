//! The rows that a file becomes, and all of them in little room.

use super::super::texts::Texts;
use std::borrow::Cow;

/// A line as it came, its cells in the order that Firstbell uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// Where it starts in the file; the header is line 1 if nothing stands above it.
    pub line: u32,
    /// The first name as it came.
    pub first_name: &'a str,
    /// The last name as it came.
    pub last_name: &'a str,
    /// The email as it came.
    pub email: &'a str,
    /// The password, exact; `None` if the cell is blank and one is to be made.
    pub password: Option<&'a str>,
}

/// A line whose cells are not what their columns say. Nothing of it is kept that might be a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal<'a> {
    /// Where it starts in the file.
    pub line: u32,
    /// The first name as it came; empty if it is not sure to be one.
    pub first_name: &'a str,
    /// The last name as it came; empty if it is not sure to be one.
    pub last_name: &'a str,
    /// What is wrong and what to do: a sentence.
    pub why: Cow<'a, str>,
}

impl Refusal<'_> {
    /// A line of which nothing is kept.
    pub(super) fn of(line: u32, why: String) -> Refusal<'static> {
        Refusal { line, first_name: "", last_name: "", why: why.into() }
    }
}

/// Rows in the order of their file: 24 bytes each, and what stands in their cells.
#[derive(Debug, Default)]
pub struct Rows {
    /// Four for each: the names, the email and the password; or the names, nothing, and why the line is refused.
    cells: Texts,
    /// Where each starts, and what it is.
    lines: Vec<(u32, Kind)>,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    WithPassword,
    WithoutPassword,
    Refused,
}

impl Rows {
    /// Makes room for so many bytes of cells.
    pub(super) fn make_room(&mut self, bytes: usize) {
        self.cells.make_room(bytes);
    }

    /// Adds a row.
    pub(super) fn push(&mut self, row: &Result<Row<'_>, Refusal<'_>>) {
        let (line, kind, cells) = match row {
            Ok(row) => {
                let kind = if row.password.is_some() { Kind::WithPassword } else { Kind::WithoutPassword };
                let password = row.password.unwrap_or_default();
                (row.line, kind, [row.first_name, row.last_name, row.email, password])
            }
            Err(it) => (it.line, Kind::Refused, [it.first_name, it.last_name, "", &it.why]),
        };
        cells.iter().for_each(|cell| self.cells.push(cell));
        self.lines.push((line, kind));
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// One of them, counted from 0; `None` if there are not so many.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<Result<Row<'_>, Refusal<'_>>> {
        let (line, kind) = *self.lines.get(at)?;
        let cell = |column: usize| self.cells.get(4 * at + column).unwrap_or_default();
        let (first_name, last_name) = (cell(0), cell(1));
        let row = |password| Row { line, first_name, last_name, email: cell(2), password };
        Some(match kind {
            Kind::WithPassword => Ok(row(Some(cell(3)))),
            Kind::WithoutPassword => Ok(row(None)),
            Kind::Refused => Err(Refusal { line, first_name, last_name, why: cell(3).into() }),
        })
    }

    /// Where one of them starts in the file; `None` if there are not so many.
    #[must_use]
    pub fn line(&self, at: usize) -> Option<u32> {
        self.lines.get(at).map(|(line, _)| *line)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = Result<Row<'_>, Refusal<'_>>> {
        (0..self.len()).filter_map(|at| self.get(at))
    }

    /// How many bytes stand in their cells.
    pub(super) fn bytes(&self) -> usize {
        self.cells.bytes()
    }
}
