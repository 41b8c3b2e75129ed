//! Cells that a spreadsheet will open.

use std::borrow::Cow;

/// A text as a cell that no spreadsheet takes for a formula (OWASP, *CSV Injection*): wherever a cell could begin, at the
/// start or after what some spreadsheets take for a separator, a sign that begins a formula gets an apostrophe before
/// it. The full-width signs count too: Excel reads them in some locales.
#[must_use]
pub fn spreadsheet_safe(text: &str) -> Cow<'_, str> {
    let mut safe = String::new();
    let mut copied = 0;
    let mut at_start = true;
    for (at, c) in text.char_indices() {
        if at_start && begins_formula(c) {
            safe.push_str(text.get(copied..at).unwrap_or_default());
            safe.push('\'');
            copied = at;
        }
        at_start = begins_cell(c, at_start);
    }
    if copied == 0 && safe.is_empty() {
        return Cow::Borrowed(text);
    }
    safe.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(safe)
}

/// The text that [`spreadsheet_safe`] made harmless: a cell of ours that comes back in a file.
pub(super) fn as_before_it_was_safe(text: &str) -> String {
    let mut before = String::new();
    let mut at_start = true;
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        if at_start && c == '\'' && letters.peek().copied().is_some_and(begins_formula) {
            at_start = false;
            continue;
        }
        before.push(c);
        at_start = begins_cell(c, at_start);
    }
    before
}

fn begins_formula(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠')
}

/// Whether a cell could begin after this sign, or go on to begin. After a quotation mark one has begun that may be empty so far.
fn begins_cell(c: char, at_start: bool) -> bool {
    matches!(c, ';' | '|' | '\t' | '\r' | '\n') || (at_start && (c.is_whitespace() || c == '"'))
}

#[cfg(test)]
mod tests {
    use super::{as_before_it_was_safe, spreadsheet_safe};

    #[test]
    fn formulas_become_text_and_text_stays() {
        for (formula, text) in [
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "\t'=1"),
            (" =1", " '=1"),
            ("＝1", "'＝1"),
            ("a;=1;-2", "a;'=1;'-2"),
            ("a\r\n @x", "a\r\n '@x"),
            ("a;\"=1;b", "a;\"'=1;b"),
            ("\"\"=1", "\"\"'=1"),
        ] {
            assert_eq!(spreadsheet_safe(formula), text);
            assert_eq!(as_before_it_was_safe(text), formula);
        }
        for text in
            ["", "Ann", "O'Neill", "Jean-Luc", "a@b.example", "1=1", "Lee; Ann", "a - b", "\"Al\" Lee"]
        {
            assert_eq!(spreadsheet_safe(text), text);
            assert_eq!(as_before_it_was_safe(text), text);
        }
    }
}
