//! Cells that a spreadsheet will open.

use std::borrow::Cow;

/// A text as a cell that no spreadsheet takes for a formula: one that begins like a formula, after any space, gets an
/// apostrophe before it (OWASP, *CSV Injection*). The full-width signs count too: Excel reads them in some locales.
#[must_use]
pub fn spreadsheet_safe(text: &str) -> Cow<'_, str> {
    let begins_like_a_formula = |c: char| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    if text.starts_with(['\t', '\r', '\n']) || text.trim_start().starts_with(begins_like_a_formula) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::spreadsheet_safe;

    #[test]
    fn formulas_become_text_and_text_stays() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1", "\r1"] {
            assert_eq!(spreadsheet_safe(formula), format!("'{formula}"));
        }
        for text in ["", "Ann", "O'Neill", "Jean-Luc", "a@b.example", "1=1"] {
            assert_eq!(spreadsheet_safe(text), text);
        }
    }
}
