//! What is foreseen for the lines of a file, in little room: it is kept until it can be written or printed.

use super::forecast::{Foreseen, cells_of};
use crate::domain::roster::Rows;
use crate::domain::{RecordStatus, Texts};
use crate::store::draft::NewLine;
use crate::store::record::Record;

/// What would become of the lines of a file, in their order.
#[derive(Default)]
pub struct Plan {
    lines: Vec<Line>,
    usernames: Texts,
    /// A message that several lines have, one after another, stands here once.
    messages: Texts,
}

struct Line {
    /// The message's number.
    message: u32,
    status: RecordStatus,
    is_namesake: bool,
    is_left_out: bool,
}

impl Plan {
    pub(super) fn push(&mut self, foreseen: &Foreseen) {
        let last = self.messages.len().checked_sub(1).and_then(|last| self.messages.get(last));
        if last != Some(&foreseen.message) {
            self.messages.push(&foreseen.message);
        }
        let message = u32::try_from(self.messages.len().saturating_sub(1)).unwrap_or(u32::MAX);
        let Foreseen { status, is_namesake, is_left_out, .. } = *foreseen;
        self.usernames.push(foreseen.username());
        self.lines.push(Line { message, status, is_namesake, is_left_out });
    }

    /// The username that would be given to a row, counted from 0; empty if none would.
    pub(super) fn username(&self, at: usize) -> &str {
        self.usernames.get(at).unwrap_or_default()
    }

    /// What is to be announced, with the rows of which it was foreseen.
    pub(super) fn with<'a>(&'a self, rows: &'a Rows) -> impl Iterator<Item = NewLine<'a>> {
        rows.iter().zip(&self.lines).enumerate().map(|(at, (row, line))| NewLine {
            line: row.as_ref().map_or_else(|refusal| refusal.line, |row| row.line),
            cells: cells_of(&row),
            username: self.username(at),
            status: line.status,
            message: self.messages.get(line.message as usize).unwrap_or_default(),
            is_namesake: line.is_namesake,
            is_left_out: line.is_left_out,
        })
    }

    /// The same as results show it.
    pub fn records<'a>(&'a self, rows: &'a Rows) -> impl Iterator<Item = Record> {
        self.with(rows).map(|line| {
            let [first_name, last_name, email] = line.cells.map(str::to_owned);
            let (username, message) = (line.username.to_owned(), line.message.to_owned());
            Record { line: line.line, first_name, last_name, email, username, status: line.status, message }
        })
    }
}
