//! A line that somebody typed into a form, by the rules of a file's lines.

use super::name::is_space;
use super::roster::{Column, Row};
use super::{Email, LineFault};

/// The row that was typed for a line: the space around names and email goes, the password stays exact, a blank one is
/// none; `None` if nothing was typed at all.
#[must_use]
pub fn typed_row<'a>(line: u32, cells: [&'a str; 3], password: &'a str) -> Option<Row<'a>> {
    let [first_name, last_name, email] = cells.map(|cell| cell.trim_matches(is_space));
    let password = Some(password).filter(|password| !password.chars().all(is_space));
    let is_blank = password.is_none() && [first_name, last_name, email].iter().all(|cell| cell.is_empty());
    (!is_blank).then_some(Row { line, first_name, last_name, email, password })
}

/// What is wrong with a typed row that no file's row comes with: emails where names belong.
#[must_use]
pub fn emails_for_names(row: &Row<'_>) -> Vec<LineFault> {
    let names = [(Column::FirstName, row.first_name), (Column::LastName, row.last_name)];
    let why =
        |column: Column| format!("An email was typed where the {} belongs. Type the name.", column.words());
    let emails = names.into_iter().filter(|(_, name)| Email::parse(name).is_ok());
    emails.map(|(column, _)| LineFault { column, why: why(column) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_a_files_is() {
        let row = typed_row(14, [" Ann ", "Lee\u{a0}", " a@b.example "], " two  spaces ").unwrap();
        assert_eq!((row.line, row.first_name, row.last_name), (14, "Ann", "Lee"));
        assert_eq!((row.email, row.password.unwrap()), ("a@b.example", " two  spaces "));
        assert_eq!(typed_row(2, ["Ann", "Lee", ""], "  ").unwrap().password, None);
        assert!(typed_row(2, [" ", "", "\t"], " ").is_none());
        assert!(typed_row(2, ["", "", ""], "x").is_some());
    }

    #[test]
    fn an_email_is_no_name() {
        let columns = |first, last| -> Vec<Column> {
            let row = typed_row(3, [first, last, ""], "").unwrap();
            emails_for_names(&row).iter().map(|fault| fault.column).collect()
        };
        assert_eq!(columns("ann@b.example", "Lee"), [Column::FirstName]);
        assert_eq!(columns("Ann", "lee@b.example"), [Column::LastName]);
        assert_eq!(columns("Ann@", "@Lee"), []);
    }
}
