//! Cells that a spreadsheet will open.

use std::borrow::Cow;

/// A text as a cell that no spreadsheet takes for a formula (OWASP, *CSV Injection*): wherever a cell could begin, at the
/// start or after what some spreadsheets take for a separator, a sign that begins a formula gets an apostrophe before
/// it. The full-width signs count too: Excel reads them in some locales.
#[must_use]
pub fn spreadsheet_safe(text: &str) -> Cow<'_, str> {
    let begins_formula = |c: char| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    let separates = |c: char| matches!(c, ';' | '|' | '\t' | '\r' | '\n');
    let mut safe = String::new();
    let mut copied = 0;
    let mut at_start = true;
    for (at, c) in text.char_indices() {
        if at_start && begins_formula(c) {
            safe.push_str(text.get(copied..at).unwrap_or_default());
            safe.push('\'');
            copied = at;
        }
        // After a quotation mark a cell has begun that may be empty so far.
        at_start = separates(c) || (at_start && (c.is_whitespace() || c == '"'));
    }
    if copied == 0 && safe.is_empty() {
        return Cow::Borrowed(text);
    }
    safe.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(safe)
}

#[cfg(test)]
mod tests {
    use super::spreadsheet_safe;

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
        }
        for text in
            ["", "Ann", "O'Neill", "Jean-Luc", "a@b.example", "1=1", "Lee; Ann", "a - b", "\"Al\" Lee"]
        {
            assert_eq!(spreadsheet_safe(text), text);
        }
    }
}
