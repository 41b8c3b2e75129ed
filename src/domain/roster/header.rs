//! The header: which column is which. The sample file's own names are taken as they are; any other spelling is a guess
//! that is asked about.

use super::super::Email;
use super::super::name::is_space;
use super::spelling;
use super::unreadable::Unreadable;

/// A column that Firstbell knows, in the order of the sample file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// The first name.
    FirstName,
    /// The last name.
    LastName,
    /// The email.
    Email,
    /// The password.
    Password,
}

impl Column {
    /// Every column, in the order of the sample file.
    pub const ALL: [Column; 4] = [Column::FirstName, Column::LastName, Column::Email, Column::Password];

    /// How the sample file spells it: `first_name`.
    #[must_use]
    pub fn heading(self) -> &'static str {
        match self {
            Column::FirstName => "first_name",
            Column::LastName => "last_name",
            Column::Email => "email",
            Column::Password => "password",
        }
    }

    /// How it is called in a sentence: `first name`.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Column::FirstName => "first name",
            Column::LastName => "last name",
            Column::Email => "email",
            Column::Password => "password",
        }
    }

    /// The column that the sample file spells so, in any case and with space around it.
    #[must_use]
    pub fn from_heading(heading: &str) -> Option<Column> {
        let spelled = heading.trim_matches(is_space).to_lowercase();
        Column::ALL.into_iter().find(|column| column.heading() == spelled)
    }
}

/// The most columns that a file may have. No roster comes near.
const MOST_COLUMNS: usize = 256;

/// The heading of what is wrong with a line, in a file of lines to mend. It is nobody's data, and nothing is said of it.
const PROBLEM: &str = "problem";

/// A heading as spelled, and what its column was taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// As spelled, without the space around it.
    pub text: String,
    /// What it was taken for; `None` if it means nothing here.
    pub taken_for: Option<Column>,
}

impl Heading {
    /// Whether the column means nothing here and that is worth saying.
    pub(super) fn is_ignored(&self) -> bool {
        self.taken_for.is_none() && !self.text.is_empty() && self.text.to_lowercase() != PROBLEM
    }
}

/// What was made of a header.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Header {
    /// Each column is known.
    Clear(Vec<Heading>),
    /// What the columns may be.
    Guess(Vec<Heading>),
}

/// How much sense these cells make as a header: each of the sample file's names counts for more than all guesses.
/// More of them than a file may have columns are not looked at.
pub(super) fn sense<'a>(cells: impl Iterator<Item = &'a str>) -> usize {
    let cells: Vec<&str> = cells.take(MOST_COLUMNS).collect();
    let exact = cells.iter().filter(|cell| Column::from_heading(cell).is_some()).count();
    let is_one = |cell: &&&str| !cell.contains([',', ';', '\t', '|']);
    let guessed = cells.iter().filter(is_one).filter(|cell| spelling::guess(cell).is_some()).count();
    exact * 1_000 + guessed.min(999)
}

/// Says which column is which.
///
/// # Errors
/// If the cells are no header, or one that names a column twice, or too many.
pub(super) fn understand(cells: &[&str], answered: Option<&[Option<Column>]>) -> Result<Header, Unreadable> {
    let mut spelled: Vec<&str> = cells.iter().map(|cell| cell.trim_matches(is_space)).collect();
    // Columns that nothing stands above are none; one in the middle only has no name.
    while spelled.last().is_some_and(|cell| cell.is_empty()) {
        spelled.pop();
    }
    if spelled.len() > MOST_COLUMNS {
        return Err(Unreadable::TooManyColumns { columns: spelled.len(), most: MOST_COLUMNS });
    }
    if let Some(answered) = answered.filter(|answered| answers(answered, spelled.len())) {
        return Ok(Header::Clear(headings(&spelled, answered)));
    }
    let exact: Vec<Option<Column>> = spelled.iter().map(|cell| Column::from_heading(cell)).collect();
    if let Some(twice) = Column::ALL.into_iter().find(|column| count(&exact, *column) > 1) {
        return Err(Unreadable::ColumnTwice(twice.heading()));
    }
    let guess = guess(&spelled, &exact);
    let has = |column| count(&exact, column) == 1;
    let names_and_email = has(Column::FirstName) && has(Column::LastName) && has(Column::Email);
    if names_and_email && (has(Column::Password) || count(&guess, Column::Password) == 0) {
        return Ok(Header::Clear(headings(&spelled, &exact)));
    }
    if let [only] = spelled.as_slice()
        && [',', ';', '\t', '|'].iter().any(|sign| sense(only.split(*sign)) > 1)
    {
        return Err(Unreadable::OneColumn);
    }
    if spelled.iter().any(|cell| Email::parse(cell).is_ok()) {
        return Err(Unreadable::NoHeader);
    }
    // A single word that may be a heading may be somebody's name as well, and what is beside it a password.
    let is_header = guess.iter().flatten().count() > 1 || exact.iter().any(Option::is_some);
    if !is_header || count(&guess, Column::FirstName) + count(&guess, Column::LastName) == 0 {
        let whole_name = spelled.iter().find(|cell| spelling::is_name(cell)).map(|cell| (*cell).to_owned());
        let missing = Column::ALL.into_iter().filter(|column| !has(*column)).map(Column::heading);
        return Err(Unreadable::Header { missing: missing.collect(), whole_name });
    }
    Ok(Header::Guess(headings(&spelled, &guess)))
}

/// Whether these answers fit a header of so many columns: both names are there, and no column twice.
fn answers(columns: &[Option<Column>], width: usize) -> bool {
    let (first, last) = (count(columns, Column::FirstName), count(columns, Column::LastName));
    let (emails, passwords) = (count(columns, Column::Email), count(columns, Column::Password));
    columns.len() == width && first == 1 && last == 1 && emails <= 1 && passwords <= 1
}

fn count(columns: &[Option<Column>], column: Column) -> usize {
    columns.iter().filter(|taken| **taken == Some(column)).count()
}

/// The best guess: what is spelled as in the sample file, then what other spellings mean, then "Name" beside a first
/// name. No column is guessed twice.
fn guess(spelled: &[&str], exact: &[Option<Column>]) -> Vec<Option<Column>> {
    let mut guess = exact.to_vec();
    for (at, cell) in spelled.iter().enumerate() {
        let meant = spelling::guess(cell).filter(|column| count(&guess, *column) == 0);
        if let (Some(place @ None), Some(column)) = (guess.get_mut(at), meant) {
            *place = Some(column);
        }
    }
    if count(&guess, Column::FirstName) == 1 && count(&guess, Column::LastName) == 0 {
        let name = spelled.iter().position(|cell| spelling::is_name(cell));
        if let Some(place @ None) = name.and_then(|at| guess.get_mut(at)) {
            *place = Some(Column::LastName);
        }
    }
    guess
}

fn headings(spelled: &[&str], columns: &[Option<Column>]) -> Vec<Heading> {
    let pairs = spelled.iter().zip(columns);
    pairs.map(|(text, taken_for)| Heading { text: (*text).to_owned(), taken_for: *taken_for }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Column::{Email, FirstName, LastName, Password};

    fn taken(cells: &[&str]) -> (bool, Vec<Option<Column>>) {
        let columns =
            |headings: Vec<Heading>| headings.into_iter().map(|heading| heading.taken_for).collect();
        match understand(cells, None).unwrap() {
            Header::Clear(headings) => (true, columns(headings)),
            Header::Guess(headings) => (false, columns(headings)),
        }
    }

    #[test]
    fn the_sample_files_names_are_taken_and_others_asked_about() {
        for (cells, is_clear, columns) in [
            (
                ["PASSWORD ", "last_name", "First_Name", "email"],
                true,
                [Some(Password), Some(LastName), Some(FirstName), Some(Email)],
            ),
            (
                ["email", "class", "first_name", "last_name"],
                true,
                [Some(Email), None, Some(FirstName), Some(LastName)],
            ),
            (
                ["first_name", "last_name", "email", "pasword"],
                false,
                [Some(FirstName), Some(LastName), Some(Email), Some(Password)],
            ),
            (
                ["Name", "Vorname", "Klasse", "Kennwort"],
                false,
                [Some(LastName), Some(FirstName), None, Some(Password)],
            ),
            (
                ["first_name", "last_name", "class", "room"],
                false,
                [Some(FirstName), Some(LastName), None, None],
            ),
            (
                ["Nombre", "Apellidos", "Nombre", "e-mail"],
                false,
                [Some(FirstName), Some(LastName), None, Some(Email)],
            ),
            (
                ["first name", "first_name", "surname", ""],
                false,
                [None, Some(FirstName), Some(LastName), None],
            ),
        ] {
            let mut columns = columns.to_vec();
            columns.truncate(cells.iter().filter(|cell| !cell.is_empty()).count());
            assert_eq!(taken(&cells), (is_clear, columns), "{cells:?}");
        }
    }

    #[test]
    fn no_more_cells_are_looked_at_than_a_file_may_have_columns() {
        let mut looked_at = 0;
        let cells = std::iter::from_fn(|| {
            looked_at += 1;
            Some("email")
        });
        assert_eq!(sense(cells.take(1_000_000)), MOST_COLUMNS * 1_000 + MOST_COLUMNS);
        assert_eq!(looked_at, MOST_COLUMNS);
        let one_cell = "first_name;last_name;email".to_owned() + &";x".repeat(1_000);
        assert_eq!(understand(&[&one_cell], None), Err(Unreadable::OneColumn));
    }

    #[test]
    fn one_word_alone_makes_no_header() {
        for cells in [["Last", "Ann", "secret99"], ["Lee", "First", ""], ["Address", "Class", "Room"]] {
            assert!(matches!(understand(&cells, None), Err(Unreadable::Header { .. })), "{cells:?}");
        }
    }

    #[test]
    fn an_answer_counts_if_it_fits() {
        let cells = ["A", "B", "C", ""];
        let answer = [Some(LastName), None, Some(FirstName)];
        let Ok(Header::Clear(headings)) = understand(&cells, Some(&answer)) else { panic!("was not taken") };
        assert_eq!(headings.len(), 3);
        assert_eq!(headings[2].taken_for, Some(FirstName));
        for answer in [vec![Some(FirstName), None], vec![Some(FirstName), None, None], vec![Some(Email); 3]] {
            assert!(
                matches!(understand(&cells, Some(&answer)), Err(Unreadable::Header { .. })),
                "{answer:?}"
            );
        }
    }
}
