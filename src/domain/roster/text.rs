//! Reading a text file: CSV, with whatever separator and in whatever encoding.

use super::super::name::is_space;
use super::decode::{Decoded, decode};
use super::intake::Intake;
use super::question::{Question, Unclear};
use super::separator::{self, Parsers, Records};
use super::understood::{Format, Understood};
use super::unreadable::Unreadable;
use super::{Answers, Reading};

/// Reads a text file of at most `limit` people.
pub(super) fn read(file: &[u8], limit: u32, answers: &Answers) -> Result<Reading, Unreadable> {
    let (text, encoding) = match decode(file, answers)? {
        Decoded::Text(text, encoding) => (text, encoding),
        Decoded::Unsure(options) => {
            let understood = Understood::only(Format::Text { encoding: None, separator: None });
            let questions = vec![Question::Encoding { options }];
            return Ok(Reading::Unclear(Unclear { understood, questions }));
        }
    };
    if text.trim_start_matches(is_space).starts_with('<') {
        return Err(Unreadable::Markup);
    }
    let mut parsers = Parsers::default();
    let separator = answers.separator.unwrap_or_else(|| separator::find(&text, &mut parsers));
    let mut records = Records::new(&text, separator, &mut parsers);
    let mut intake = Intake::new(answers, limit, Some(separator));
    intake.make_room(text.len());
    while let Some(record) = records.next()? {
        intake.take_text(&record)?;
    }
    let format = Format::Text { encoding: Some(encoding), separator: Some(separator) };
    intake.end(format, records.blank, Vec::new())
}
