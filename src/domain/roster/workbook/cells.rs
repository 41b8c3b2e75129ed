//! What stands in the cells of a workbook: its shared texts, which of its number formats are dates, and what each cell says.

use super::super::super::texts::Texts;
use super::super::rows::Made;
use super::Damage;
use super::package::starts_with;
use super::xml::{Xml, add_text, attribute};
use quick_xml::events::Event;
use std::collections::HashMap;
use zeroize::Zeroizing;

/// The longest format code that is looked at, in letters: Excel allows none that is longer.
const LONGEST_CODE: usize = 255;
/// The most digits of a number that Excel keeps.
pub(super) const MOST_DIGITS: usize = 15;
/// The colours that a format may have (ECMA-376, 18.8.31).
const COLOURS: [&str; 8] =
    ["[black]", "[blue]", "[cyan]", "[green]", "[magenta]", "[red]", "[white]", "[yellow]"];

/// What a workbook has where a number is shown with signs that are not in it: 012-34-5678, 50%.
pub(super) const SHOWN_OTHERWISE: &str = "a number shown in a format of its own";

/// Reads `sharedStrings.xml`: the texts that cells refer to by number.
pub(super) fn shared_texts(mut xml: Xml<'_, '_>) -> Result<Texts, Damage> {
    let mut texts = Texts::default();
    let (mut text, mut plain) = (Zeroizing::new(String::new()), Zeroizing::new(String::new()));
    let mut rich = RichText::default();
    loop {
        let event = xml.next()?;
        match &event {
            Event::Eof => break,
            Event::End(end) if end.local_name().as_ref() == "si" => {
                unescape(&text, &mut plain);
                texts.push(&plain);
                text.clear();
                plain.clear();
            }
            event => rich.take(event, &mut text)?,
        }
    }
    Ok(texts)
}

/// Gathers the text inside `<t>`, which may come in several runs, and leaves out how it is pronounced.
#[derive(Default)]
pub(super) struct RichText {
    is_text: bool,
    is_phonetic: bool,
}

impl RichText {
    pub(super) fn take(&mut self, event: &Event<'_>, text: &mut String) -> Result<(), Damage> {
        match event {
            Event::Start(start) => match start.local_name().as_ref() {
                "t" => self.is_text = true,
                "rPh" => self.is_phonetic = true,
                _ => {}
            },
            Event::End(end) => match end.local_name().as_ref() {
                "t" => self.is_text = false,
                "rPh" => self.is_phonetic = false,
                _ => {}
            },
            event if self.is_text && !self.is_phonetic => add_text(event, text)?,
            _ => {}
        }
        Ok(())
    }
}

/// Adds a text in which `_x000D_` stands for a sign that XML does not have (ECMA-376, 22.9.2.19).
pub(super) fn unescape(text: &str, into: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        let (before, escape) = rest.split_at(at);
        into.push_str(before);
        let unit = escape.get(2..6).filter(|_| escape.get(6..7) == Some("_"));
        let letter = unit.and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
        match letter {
            Some(letter) => {
                into.push(letter);
                rest = escape.get(7..).unwrap_or_default();
            }
            None => {
                into.push_str("_x");
                rest = escape.get(2..).unwrap_or_default();
            }
        }
    }
    into.push_str(rest);
}

/// How the numbers of a workbook's cells are shown, by the number of their style.
#[derive(Default)]
pub(super) struct Styles(Vec<Shown>);

/// How a number is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    /// As it was typed.
    Number,
    /// With so many digits at least, unless it is below zero.
    Digits(usize),
    /// As a date or a time.
    Date,
    /// With other signs than its digits, or not at all.
    Otherwise,
}

impl Styles {
    /// Reads `styles.xml`.
    pub(super) fn read(mut xml: Xml<'_, '_>) -> Result<Styles, Damage> {
        let mut formats = HashMap::new();
        let mut styles = Styles::default();
        let mut is_cells = false;
        loop {
            match xml.next()? {
                Event::Eof => break,
                Event::Start(start) => match start.local_name().as_ref() {
                    "numFmt" => {
                        let code = attribute(&start, "formatCode").unwrap_or_default();
                        formats.insert(attribute(&start, "numFmtId").unwrap_or_default(), shown_by(&code));
                    }
                    "cellXfs" => is_cells = true,
                    "xf" if is_cells => {
                        let id = attribute(&start, "numFmtId").unwrap_or_default();
                        let shown = formats.get(&id).copied().unwrap_or_else(|| built_in(&id));
                        styles.0.push(shown);
                    }
                    _ => {}
                },
                Event::End(end) if end.local_name().as_ref() == "cellXfs" => is_cells = false,
                _ => {}
            }
        }
        Ok(styles)
    }

    fn get(&self, style: Option<usize>) -> Shown {
        style.and_then(|style| self.0.get(style)).copied().unwrap_or(Shown::Number)
    }
}

/// The formats that need no code (ECMA-376, 18.8.30): 27 to 36 and 50 to 58 are the dates of East Asia. Those from 164 on
/// need one; a number is taken as it is where it is missing.
fn built_in(id: &str) -> Shown {
    match id.parse().unwrap_or(0) {
        0 | 49 | 164.. => Shown::Number,
        1 => Shown::Digits(1),
        14..=22 | 27..=36 | 45..=47 | 50..=58 => Shown::Date,
        _ => Shown::Otherwise,
    }
}

/// What a format code shows (ECMA-376, 18.8.31). Its first section is looked at: where there are more, that is the one of
/// numbers above zero.
fn shown_by(code: &str) -> Shown {
    if code.chars().nth(LONGEST_CODE).is_some() {
        return Shown::Otherwise;
    }
    let first = code.split(';').next().unwrap_or_default();
    if is_date(first) {
        return Shown::Date;
    }
    let signs = without_looks(first);
    let is_general = signs == "@" || signs.eq_ignore_ascii_case("General");
    let zeros = signs.trim_start_matches('#');
    if code.is_empty() || is_general && first == code {
        Shown::Number
    } else if is_general {
        Shown::Digits(1)
    } else if !signs.is_empty() && zeros.len() <= MOST_DIGITS && zeros.bytes().all(|digit| digit == b'0') {
        Shown::Digits(zeros.len())
    } else {
        Shown::Otherwise
    }
}

/// A section of a format code without its colour, and without the room at its end that is as wide as the sign behind `_`.
fn without_looks(section: &str) -> &str {
    let coloured = COLOURS.iter().find(|colour| starts_with(section.as_bytes(), colour));
    let section = coloured.and_then(|colour| section.get(colour.len()..)).unwrap_or(section);
    let mut signs = section.chars();
    signs.next_back();
    signs.as_str().strip_suffix('_').unwrap_or(section)
}

/// Whether a section of a format code shows a date: it has letters for days and hours in it, outside of quotes and brackets.
fn is_date(section: &str) -> bool {
    let (mut is_quoted, mut is_bracketed) = (false, false);
    let mut letters = section.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' | '_' | '*' => drop(letters.next()),
            '"' => is_quoted = !is_quoted,
            '[' if !is_quoted => {
                is_bracketed = true;
                // Elapsed time is shown by hours, minutes or seconds in brackets: [h]:mm.
                let rest = letters.as_str().as_bytes();
                if ["h]", "hh]", "m]", "mm]", "s]", "ss]"].iter().any(|unit| starts_with(rest, unit)) {
                    return true;
                }
            }
            ']' => is_bracketed = false,
            'd' | 'D' | 'm' | 'M' | 'y' | 'Y' | 'h' | 'H' | 's' | 'S' if !is_quoted && !is_bracketed => {
                return true;
            }
            _ => {}
        }
    }
    false
}

/// What the cell of a number says: its text as the workbook shows it, if that is sure to be what was typed.
pub(super) fn number(text: &str, style: Option<usize>, styles: &Styles) -> (String, Made) {
    let Ok(number) = text.trim().parse::<f64>() else {
        return (String::new(), Made::Other("something unreadable"));
    };
    match styles.get(style) {
        Shown::Date => (String::new(), Made::Other("a date or a time")),
        _ if number.fract() != 0.0 => (String::new(), Made::Other("a fraction")),
        // From here on Excel shows an exponent, and has lost all digits behind the fifteenth.
        _ if number.abs() >= 1e15 || !number.is_finite() => {
            (String::new(), Made::Other("a number too long for it"))
        }
        Shown::Digits(digits) if number >= 0.0 => (format!("{number:0digits$.0}"), Made::Number),
        Shown::Number => (format!("{number:.0}"), Made::Number),
        Shown::Digits(_) | Shown::Otherwise => (String::new(), Made::Other(SHOWN_OTHERWISE)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_what_was_typed_or_said_to_be_something_else() {
        let styles = Styles(vec![Shown::Number, Shown::Date, Shown::Digits(5), Shown::Otherwise]);
        for (text, style, shown) in [
            ("2024", 0, "2024"),
            ("4711.0", 0, "4711"),
            ("1.234E5", 0, "123400"),
            ("123", 2, "00123"),
            ("-5", 0, "-5"),
            ("-5", 2, SHOWN_OTHERWISE),
            ("123", 3, SHOWN_OTHERWISE),
            ("45000", 1, "a date or a time"),
            ("1.5", 0, "a fraction"),
            ("1E+15", 0, "a number too long for it"),
            ("999999999999999", 0, "999999999999999"),
            ("NaN", 0, "a fraction"),
            ("x", 0, "something unreadable"),
        ] {
            let (said, made) = number(text, Some(style), &styles);
            match made {
                Made::Other(what) => assert_eq!((said.as_str(), what), ("", shown), "{text}"),
                _ => assert_eq!(said, shown, "{text}"),
            }
        }
    }

    #[test]
    fn dates_are_known_by_their_format() {
        for code in ["dd/mm/yyyy", "[h]:mm", "m/d/yy h:mm;@", "[$-409]d-mmm-yy"] {
            assert_eq!(shown_by(code), Shown::Date, "{code}");
        }
        for code in ["General", "0.00", "#,##0 \"days\"", "[Red]0", "[Magenta]0", "0\\d", "@", "[$-409]0"] {
            assert_ne!(shown_by(code), Shown::Date, "{code}");
        }
        let longest = format!("{}dd", "0".repeat(253));
        assert_eq!(shown_by(&longest), Shown::Date);
        assert_ne!(shown_by(&format!("0{longest}")), Shown::Date, "Excel knows no code as long");
        assert_eq!(shown_by("General"), Shown::Number);
        assert_eq!(shown_by("00000"), Shown::Digits(5));
    }

    #[test]
    fn signs_that_xml_does_not_have_are_put_back() {
        for (text, plain) in [
            ("a_x000D_b", "a\rb"),
            ("_x005F_x000D_", "_x000D_"),
            ("_x_xé_x12", "_x_xé_x12"),
            ("_xD800_", "_xD800_"),
        ] {
            let mut said = String::new();
            unescape(text, &mut said);
            assert_eq!(said, plain);
        }
    }
}
