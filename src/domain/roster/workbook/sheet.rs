//! The rows of a worksheet (ECMA-376, 18.3.1), one after another.

use super::super::super::texts::Texts;
use super::super::rows::Made;
use super::Damage;
use super::cells::{RichText, Styles, number, unescape};
use super::xml::{Xml, add_text, attribute};
use quick_xml::events::Event;
use zeroize::Zeroizing;

/// Cells further to the right are one column: no roster has as many.
pub(super) const COLUMNS: usize = 300;
/// The last row that a worksheet can have.
pub(super) const LAST_ROW: u32 = 1_048_576;

/// The longest text of a cell in bytes: more than the 32,767 characters that Excel allows.
pub(super) const LONGEST: usize = 128 * 1024;

/// What a workbook has where a program wrote a formula and left it to others to calculate it.
pub(super) const UNCALCULATED: &str = "a formula without a result";

/// A row: what its cells say, up to the last that says anything.
#[derive(Default)]
pub(super) struct SheetRow {
    pub(super) number: u32,
    pub(super) cells: Vec<Zeroizing<String>>,
    pub(super) made: Vec<Made>,
}

impl SheetRow {
    pub(super) fn begin(&mut self, number: u32) {
        self.number = number;
        self.cells.clear();
        self.made.clear();
    }

    /// Puts what a cell says into a column, counted from 0. A cell that says nothing is left out.
    pub(super) fn put(&mut self, column: usize, text: String, made: Made) {
        if text.is_empty() && made == Made::Text {
            return;
        }
        let column = column.min(COLUMNS);
        if self.cells.len() <= column {
            self.cells.resize_with(column + 1, Zeroizing::default);
            self.made.resize(column + 1, Made::Text);
        }
        if let (Some(cell), Some(was)) = (self.cells.get_mut(column), self.made.get_mut(column)) {
            *cell = Zeroizing::new(text);
            *was = made;
        }
    }

    /// Whether something is in it.
    pub(super) fn has_something(&self) -> bool {
        let is_blank = |cell: &Zeroizing<String>| cell.chars().all(super::super::super::name::is_space);
        !self.cells.iter().all(is_blank) || self.made.iter().any(|made| *made != Made::Text)
    }
}

/// A worksheet that is being read.
pub(super) struct Sheet<'a, 'b, 'c> {
    xml: Xml<'a, 'b>,
    texts: &'c Texts,
    styles: &'c Styles,
}

/// What the start of a cell says about it.
struct Kind {
    is: Option<String>,
    style: Option<usize>,
}

impl<'a, 'b, 'c> Sheet<'a, 'b, 'c> {
    pub(super) fn new(xml: Xml<'a, 'b>, texts: &'c Texts, styles: &'c Styles) -> Sheet<'a, 'b, 'c> {
        Sheet { xml, texts, styles }
    }

    /// Reads the next row into `row`, which holds the one before it; says whether there was one.
    pub(super) fn next(&mut self, row: &mut SheetRow) -> Result<bool, Damage> {
        let mut column = 0;
        let mut is_row = false;
        loop {
            match self.xml.next()? {
                Event::Start(start) => match start.local_name().as_ref() {
                    "row" => {
                        let number = match attribute(&start, "r") {
                            Some(said) => said.parse().map_err(|_| Damage)?,
                            None => row.number.saturating_add(1),
                        };
                        if is_row || number <= row.number || number > LAST_ROW {
                            return Err(Damage);
                        }
                        row.begin(number);
                        is_row = true;
                    }
                    "c" if is_row => {
                        if let Some(place) = attribute(&start, "r") {
                            column = column_of(&place).ok_or(Damage)?;
                        }
                        let style = attribute(&start, "s").and_then(|style| style.parse().ok());
                        let kind = Kind { is: attribute(&start, "t"), style };
                        let (text, made) = self.cell(&kind)?;
                        row.put(column, text, made);
                        column = column.saturating_add(1);
                    }
                    _ => {}
                },
                Event::End(end) => match end.local_name().as_ref() {
                    "row" if is_row => return Ok(true),
                    "sheetData" => return Ok(false),
                    _ => {}
                },
                Event::Eof => return Err(Damage),
                _ => {}
            }
        }
    }

    /// Reads what is left of the sheet, so that its checksum is proven.
    pub(super) fn finish(self) -> Result<(), Damage> {
        self.xml.finish()
    }

    /// What a cell says, up to its end.
    fn cell(&mut self, kind: &Kind) -> Result<(String, Made), Damage> {
        let mut value = Zeroizing::new(String::new());
        let mut rich_text = Zeroizing::new(String::new());
        let (mut is_value, mut is_formula, mut rich) = (false, false, RichText::default());
        loop {
            if value.len().max(rich_text.len()) > LONGEST {
                return Err(Damage);
            }
            let event = self.xml.next()?;
            match &event {
                Event::Start(start) if start.local_name().as_ref() == "v" => is_value = true,
                Event::Start(start) if start.local_name().as_ref() == "f" => is_formula = true,
                Event::End(end) => match end.local_name().as_ref() {
                    "v" => is_value = false,
                    "c" => break,
                    _ => rich.take(&event, &mut rich_text)?,
                },
                Event::Eof => return Err(Damage),
                event if is_value => add_text(event, &mut value)?,
                event => rich.take(event, &mut rich_text)?,
            }
        }
        let plain = |escaped: &str| {
            let mut text = String::with_capacity(escaped.len());
            unescape(escaped, &mut text);
            (text, Made::Text)
        };
        match kind.is.as_deref() {
            Some("inlineStr") => Ok(plain(&rich_text)),
            Some("str") => Ok(plain(&value)),
            _ if value.is_empty() && is_formula => Ok((String::new(), Made::Other(UNCALCULATED))),
            _ if value.is_empty() => Ok((String::new(), Made::Text)),
            Some("s") => {
                let text = value.trim().parse().ok().and_then(|at| self.texts.get(at)).ok_or(Damage)?;
                // However short the file is, all its cells may say the same long text.
                self.xml.spend(text.len())?;
                if text.len() > LONGEST { Err(Damage) } else { Ok((text.to_owned(), Made::Text)) }
            }
            Some("b") => Ok((String::new(), Made::Other("TRUE or FALSE"))),
            Some("e") => Ok((String::new(), Made::Other("an error"))),
            Some("d") => Ok((String::new(), Made::Other("a date or a time"))),
            Some("n") | None => Ok(number(&value, kind.style, self.styles)),
            Some(_) => Err(Damage),
        }
    }
}

/// The column of a place such as `B7`, counted from 0.
fn column_of(place: &str) -> Option<usize> {
    let letters = place.bytes().take_while(u8::is_ascii_alphabetic);
    let digit = |letter: u8| usize::from(letter.to_ascii_uppercase() - b'A') + 1;
    let column = letters.take(4).fold(0, |column, letter| column * 26 + digit(letter));
    column.checked_sub(1).filter(|column| *column < 16_384)
}

#[cfg(test)]
mod tests {
    use super::column_of;

    #[test]
    fn columns_are_counted_by_letters() {
        for (place, column) in [
            ("A1", Some(0)),
            ("z9", Some(25)),
            ("AA10", Some(26)),
            ("XFD1", Some(16_383)),
            ("XFE1", None),
            ("7", None),
            ("ZZZZZZ1", None),
        ] {
            assert_eq!(column_of(place), column, "{place}");
        }
    }
}
