//! A line that somebody typed into a form, by the rules of a file's lines.

use super::Email;
use super::name::is_space;
use super::roster::{Refusal, Row};

/// The row that was typed for a line: the space around names and email goes, the password stays exact, a blank one is
/// none; `None` if nothing was typed at all. It is refused if something stands in another's field, and then nothing is
/// kept of what might be a password.
#[must_use]
pub fn typed_row<'a>(
    line: u32,
    cells: [&'a str; 3],
    password: &'a str,
) -> Option<Result<Row<'a>, Refusal<'a>>> {
    let [first_name, last_name, email] = cells.map(|cell| cell.trim_matches(is_space));
    let is_blank = password.chars().all(is_space);
    if is_blank && [first_name, last_name, email].iter().all(|cell| cell.is_empty()) {
        return None;
    }
    if Email::parse(first_name).is_ok() || Email::parse(last_name).is_ok() {
        let why = "An email was typed where a name belongs.".into();
        return Some(Err(Refusal { line, first_name: "", last_name: "", why }));
    }
    if !email.is_empty() && !email.contains('@') {
        let why = "The email has no @, so it is none. It is not shown here: it might be a password.".into();
        return Some(Err(Refusal { line, first_name, last_name, why }));
    }
    let password = (!is_blank).then_some(password);
    Some(Ok(Row { line, first_name, last_name, email, password }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_a_files_is() {
        let row = typed_row(14, [" Ann ", "Lee\u{a0}", " a@b.example "], " two  spaces ").unwrap().unwrap();
        assert_eq!((row.line, row.first_name, row.last_name), (14, "Ann", "Lee"));
        assert_eq!((row.email, row.password.unwrap()), ("a@b.example", " two  spaces "));
        assert_eq!(typed_row(2, ["Ann", "Lee", ""], "  ").unwrap().unwrap().password, None);
        assert!(typed_row(2, [" ", "", "\t"], " ").is_none());
        assert!(typed_row(2, ["", "", ""], "x").is_some());
    }

    #[test]
    fn nothing_is_kept_that_might_be_a_password() {
        let refusal = typed_row(3, ["Ann", "Lee", "my secret"], "").unwrap().unwrap_err();
        assert!(!format!("{refusal:?}").contains("secret"));
        assert_eq!(refusal.first_name, "Ann");
        let refusal = typed_row(3, ["ann@b.example", "my secret", ""], "").unwrap().unwrap_err();
        assert!(!format!("{refusal:?}").contains("secret"), "{refusal:?}");
    }
}
