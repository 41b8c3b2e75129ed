//! What the records of a file become, whatever kind of file it is: first the header, then a row a person, or a question.

use super::super::cell::as_before_it_was_safe;
use super::super::name::is_space;
use super::header::{self, Column, Header, Heading};
use super::question::{Question, Unclear};
use super::rows::{Columns, Made, sample};
use super::separator::{Record, Separator};
use super::understood::{Format, Understood};
use super::unreadable::Unreadable;
use super::{Answers, HEADER, PROBLEM, Reading, Refusal, Roster, Row, Rows};
use std::borrow::Cow;

/// How many rows are shown with a question.
const SAMPLES: usize = 3;
/// How many lines a remark names.
const LINES_NAMED: usize = 5;

/// Takes records one after another.
pub(super) struct Intake<'a> {
    answers: &'a Answers,
    limit: u32,
    separator: Option<Separator>,
    headings: Vec<Heading>,
    /// Whether these are failed lines that were handed out to be corrected.
    is_of_failed_lines: bool,
    stage: Stage,
    rows: Rows,
    people: usize,
    short_rows: usize,
    /// Lines with something under no heading.
    stray: LinesSeen,
    /// Lines with names that were garbled before.
    garbled: LinesSeen,
    /// Lines whose password a workbook has as a number.
    numbers: LinesSeen,
}

enum Stage {
    Header,
    Rows(Columns),
    Asking(Vec<Vec<String>>),
}

/// How many lines there are of a kind, and the first of them.
#[derive(Default)]
struct LinesSeen {
    count: usize,
    first: Vec<u32>,
}

impl<'a> Intake<'a> {
    /// For a file of at most `limit` people. `separator` is what separates its cells, if it is text.
    pub(super) fn new(answers: &'a Answers, limit: u32, separator: Option<Separator>) -> Intake<'a> {
        Intake {
            answers,
            limit,
            separator,
            headings: Vec::new(),
            is_of_failed_lines: false,
            stage: Stage::Header,
            rows: Rows::default(),
            people: 0,
            short_rows: 0,
            stray: LinesSeen::default(),
            garbled: LinesSeen::default(),
            numbers: LinesSeen::default(),
        }
    }

    /// Makes room for what stands in a file of so many bytes, so that no piece of it stays behind where less room was.
    pub(super) fn make_room(&mut self, bytes: usize) {
        self.rows.make_room(bytes);
    }

    /// Takes a record of a text that is not blank.
    ///
    /// # Errors
    /// If it should be the header, and is none.
    pub(super) fn take_text(&mut self, record: &Record<'_>) -> Result<(), Unreadable> {
        self.take_either(record.line, &record.cells, &[], record.misquoted)
    }

    /// Takes a row of a workbook that is not blank. `made` says of each cell what the workbook made of it.
    ///
    /// # Errors
    /// If it should be the header, and is none.
    pub(super) fn take(&mut self, line: u32, cells: &[&str], made: &[Made]) -> Result<(), Unreadable> {
        self.take_either(line, cells, made, None)
    }

    fn take_either(
        &mut self,
        line: u32,
        cells: &[&str],
        made: &[Made],
        misquoted: Option<(usize, &str)>,
    ) -> Result<(), Unreadable> {
        if matches!(self.stage, Stage::Header) {
            return self.take_header(cells);
        }
        self.people += 1;
        if self.people > self.limit as usize {
            return Ok(());
        }
        match &mut self.stage {
            Stage::Header => {}
            Stage::Rows(columns) => {
                let before = self.is_of_failed_lines.then(|| as_before_they_were_safe(cells));
                let before: Option<Vec<&str>> =
                    before.as_ref().map(|before| before.iter().map(|cell| &**cell).collect());
                let cells = before.as_deref().unwrap_or(cells);
                self.short_rows += usize::from(columns.could_end_early(cells));
                let may_end_early = self.answers.short_rows_are_blank;
                let misfit = columns.misfit(cells, line, may_end_early);
                // What means nothing here may be quoted as it likes.
                let misquoted = misquoted.filter(|(at, _)| columns.is_needed(*at));
                let row = match misfit.or_else(|| Some(format!("Line {line} {}", misquoted?.1))) {
                    Some(why) => Err(Refusal::of(line, why)),
                    None => columns.unspoilt_row(cells, made, line),
                };
                if row.is_ok() && columns.has_number_for_password(made) {
                    self.numbers.see(line);
                }
                self.look_at(&row, cells, line);
                self.rows.push(&row);
            }
            Stage::Asking(samples) => {
                if samples.len() < SAMPLES {
                    samples.extend(sample(cells, &self.headings));
                }
            }
        }
        Ok(())
    }

    /// How many bytes are kept of what was taken.
    pub(super) fn bytes(&self) -> usize {
        self.rows.bytes()
    }

    /// Notes what is worth a remark.
    fn look_at(&mut self, row: &Result<Row<'_>, Refusal<'_>>, cells: &[&str], line: u32) {
        let Ok(row) = row else {
            return;
        };
        let is_stray = |(at, cell): (usize, &&str)| {
            self.headings.get(at).is_none_or(|heading| heading.text.is_empty()) && !cell.chars().all(is_space)
        };
        if cells.iter().enumerate().any(is_stray) {
            self.stray.see(line);
        }
        if is_garbled(row.first_name) || is_garbled(row.last_name) {
            self.garbled.see(line);
        }
    }

    fn take_header(&mut self, cells: &[&str]) -> Result<(), Unreadable> {
        let (headings, is_clear) = match header::understand(cells, self.answers.columns.as_deref())? {
            Header::Clear(headings) => (headings, true),
            Header::Guess(headings) => (headings, false),
        };
        self.stage = match Columns::of(&headings, self.separator) {
            Some(columns) if is_clear => Stage::Rows(columns),
            _ => Stage::Asking(Vec::new()),
        };
        let ours = HEADER.iter().chain([&PROBLEM]);
        self.is_of_failed_lines = headings.iter().map(|heading| heading.text.as_str()).eq(ours.copied());
        self.headings = headings;
        Ok(())
    }

    /// What became of it all. `remarks` are added to those that are made here.
    ///
    /// # Errors
    /// If nobody was in it, or too many.
    pub(super) fn end(
        self,
        format: Format,
        blank_rows: usize,
        remarks: Vec<String>,
    ) -> Result<Reading, Unreadable> {
        if matches!(self.stage, Stage::Header) {
            return Err(Unreadable::Empty);
        }
        match self.people {
            0 => return Err(Unreadable::NoRows),
            rows if rows > self.limit as usize => {
                return Err(Unreadable::TooMany { rows, limit: self.limit });
            }
            _ => {}
        }
        let understood = Understood {
            format,
            people: self.people,
            blank_rows,
            blank_columns: self.headings.iter().filter(|heading| heading.text.is_empty()).count(),
            short_rows: self.short_rows,
            remarks: self.remarks().into_iter().chain(remarks).collect(),
            columns: self.headings,
        };
        Ok(match self.stage {
            Stage::Asking(samples) => {
                let headings = understood.columns.iter().map(|heading| heading.text.clone()).collect();
                let guess = understood.columns.iter().map(|heading| heading.taken_for).collect();
                let questions = vec![Question::Columns { headings, guess, samples }];
                Reading::Unclear(Unclear { understood, questions })
            }
            Stage::Header | Stage::Rows(_) => Reading::Clear(Roster { rows: self.rows, understood }),
        })
    }

    fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if matches!(self.stage, Stage::Rows(_)) {
            let has = |column| self.headings.iter().any(|heading| heading.taken_for == Some(column));
            if !has(Column::Email) {
                remarks.push("There is no column for emails, so nobody gets one.".to_owned());
            }
            if !has(Column::Password) {
                remarks.push("There is no column for passwords, so one is made for everybody.".to_owned());
            }
        }
        if let Some(lines) = self.stray.words() {
            remarks.push(format!("What stands under no heading was left out ({lines})."));
        }
        if let Some(lines) = self.garbled.words() {
            remarks.push(format!(
                "Some names look as if they were garbled before they came into this file, like Ã¼ for ü ({lines}). Compare them."
            ));
        }
        if let Some(lines) = self.numbers.words() {
            remarks.push(format!(
                "Passwords that are numbers in the workbook have lost the zeros in front, if they had any ({lines}). To keep them, format the column as Text and type them anew."
            ));
        }
        remarks
    }
}

/// The cells of a failed line as they were before it was handed out: what was made harmless for a spreadsheet is a name again. A
/// password was typed since.
fn as_before_they_were_safe<'a>(cells: &[&'a str]) -> Vec<Cow<'a, str>> {
    let is_password = |at: usize| HEADER.get(at) == Some(&Column::Password.heading());
    let cells = cells.iter().enumerate();
    cells
        .map(|(at, cell)| match is_password(at) {
            true => Cow::Borrowed(*cell),
            false => Cow::Owned(as_before_it_was_safe(cell)),
        })
        .collect()
}

/// Whether a name is what becomes of UTF-8 that was taken for Windows-1252.
fn is_garbled(name: &str) -> bool {
    if name.is_ascii() {
        return false;
    }
    let (bytes, _, is_spoilt) = encoding_rs::WINDOWS_1252.encode(name);
    !is_spoilt && std::str::from_utf8(&bytes).is_ok()
}

impl LinesSeen {
    fn see(&mut self, line: u32) {
        self.count += 1;
        if self.first.len() < LINES_NAMED {
            self.first.push(line);
        }
    }

    /// `line 4`, `lines 4, 5`, `lines 4, 5, 6, 7, 8 and 12 more`; `None` if there are none.
    fn words(&self) -> Option<String> {
        let lines: Vec<String> = self.first.iter().map(ToString::to_string).collect();
        let word = if self.count == 1 { "line" } else { "lines" };
        let more = match self.count.saturating_sub(self.first.len()) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        (self.count > 0).then(|| format!("{word} {}{more}", lines.join(", ")))
    }
}
