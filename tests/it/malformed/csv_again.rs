//! A CSV as we write it, read by another hand: by the letter of RFC 4180, and nothing else is let pass.

/// The lines of a CSV in UTF-8 with a byte order mark and CRLF line ends, cell by cell.
pub(crate) fn cells(bytes: &[u8]) -> Vec<Vec<String>> {
    let text = std::str::from_utf8(bytes).expect("UTF-8").strip_prefix('\u{FEFF}').expect("a mark");
    let (mut lines, mut line, mut rest) = (vec![], vec![], text);
    while !rest.is_empty() {
        let (cell, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_cell(quoted),
            None => {
                let end = rest.find([',', '\r', '\n', '"']).expect("a line end");
                (rest[..end].to_owned(), &rest[end..])
            }
        };
        line.push(cell);
        rest = after.strip_prefix(',').unwrap_or_else(|| {
            lines.push(std::mem::take(&mut line));
            after.strip_prefix("\r\n").unwrap_or_else(|| panic!("{after:?} follows a cell"))
        });
    }
    assert!(line.is_empty(), "the last line has no end");
    lines
}

/// The text up to the quotation mark that ends it, and what follows that.
fn quoted_cell(text: &str) -> (String, &str) {
    let (mut cell, mut rest) = (String::new(), text);
    loop {
        let (before, after) = rest.split_once('"').expect("a quotation mark that closes");
        cell.push_str(before);
        match after.strip_prefix('"') {
            Some(more) => {
                cell.push('"');
                rest = more;
            }
            None => return (cell, after),
        }
    }
}

/// Asserts that a cell is what was to be said, and that no spreadsheet takes it, or a piece of it, for a formula.
pub(crate) fn assert_harmless(cell: &str, said: &str) {
    let without = |text: &str| text.replace('\'', "");
    assert_eq!(without(cell), without(said), "a cell says something else");
    assert!(cell == said || cell.len() > said.len(), "an apostrophe of {said:?} is lost: {cell:?}");
    for piece in cell.split([';', '|', '\t', '\r', '\n']) {
        let first = piece.trim_start().chars().next();
        assert!(!first.is_some_and(|sign| "=+-@＝＋－＠".contains(sign)), "{cell:?} has a formula");
    }
}
