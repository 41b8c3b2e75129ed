//! What must hold of whatever bytes are read as a roster: they are answered soon, with a sentence or with people; whoever
//! comes out was in it, letter for letter; and the results say everything once.

use super::csv_again::{assert_harmless, cells};
use firstbell::actions::ResultsCsv;
use firstbell::domain::roster::{
    Answers, Column, Encoding, Format, Reading, Refusal, Roster, Row, Rows, Separator, read,
};
use firstbell::domain::{Password, RecordStatus, Stem, UserType, judge};
use firstbell::store::record::Record;
use std::cell::LazyCell;
use std::time::{Duration, Instant};
use unicode_normalization::UnicodeNormalization;

/// The longest that anybody waits for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Three bytes say what is answered and how many people are let in; the rest is the file.
pub(crate) fn check(data: &[u8]) {
    let Some((&[encoding, columns, more], file)) = data.split_first_chunk::<3>() else { return };
    let encodings: Vec<Encoding> =
        Encoding::legacy().chain([Encoding::UTF_8, Encoding::UTF_16_LE, Encoding::UTF_16_BE]).collect();
    let answers = Answers {
        encoding: encodings.get(chosen(encoding % 40)).copied(),
        separator: Separator::ALL.get(chosen(more >> 4)).copied(),
        columns: (columns > 0).then(|| columns_of(columns)),
        sheet: (more & 1 > 0).then(|| "A".to_owned()),
        short_rows_are_blank: more & 2 > 0,
    };
    let limit = if more & 4 > 0 { 2 } else { 1_000 };
    check_file(file, limit, &answers);
}

/// 0 answers nothing.
fn chosen(number: u8) -> usize {
    usize::from(number).checked_sub(1).unwrap_or(usize::MAX)
}

/// Two bits a column, and as many columns as there are until nothing is left.
fn columns_of(mut bits: u8) -> Vec<Option<Column>> {
    let mut columns = vec![];
    while bits > 0 {
        columns.push(
            [None, Some(Column::FirstName), Some(Column::LastName), Some(Column::Email)]
                [usize::from(bits & 3)],
        );
        bits >>= 2;
    }
    columns
}

/// Reads a file, judges it for everybody that it could be of, and holds what came of it against the file.
pub(crate) fn check_file(file: &[u8], limit: u32, answers: &Answers) {
    let begun = Instant::now();
    match read(file, limit, answers) {
        Err(why) => assert_sentence(&why.to_string()),
        Ok(Reading::Unclear(unclear)) => {
            assert!(!unclear.questions.is_empty(), "it is unclear what is unclear");
            assert_sentence(&unclear.to_string());
        }
        Ok(Reading::Clear(roster)) => {
            assert_counted(&roster, limit);
            assert_was_there(&roster, file);
            assert_judged(&roster.rows);
        }
    }
    let took = begun.elapsed();
    // A machine that was busy with something else is asked again.
    let is_quick = took < PATIENCE
        || (0..2).any(|_| {
            let begun = Instant::now();
            drop(read(file, limit, answers));
            begun.elapsed() < PATIENCE
        });
    assert!(is_quick, "it took {took:?}");
}

fn assert_sentence(words: &str) {
    assert!(words.ends_with(['.', '?']) || words.contains("first_name"), "{words:?} is no sentence");
}

fn assert_counted(roster: &Roster, limit: u32) {
    let lines: Vec<u32> = roster.rows.iter().map(|row| line(&row)).collect();
    assert_eq!(lines.len(), roster.understood.people);
    assert!((1..=limit as usize).contains(&lines.len()), "{} people", lines.len());
    assert!(lines.is_sorted_by(|one, next| one < next) && lines[0] > 1, "the lines are {lines:?}");
    for refusal in roster.rows.iter().filter_map(Result::err) {
        assert_sentence(&refusal.why);
    }
}

fn line(row: &Result<Row<'_>, Refusal<'_>>) -> u32 {
    match row {
        Ok(row) => row.line,
        Err(refusal) => refusal.line,
    }
}

/// Each name, email and password stands in the file, with all its letters.
fn assert_was_there(roster: &Roster, file: &[u8]) {
    let Format::Text { encoding: Some(encoding), .. } = roster.understood.format else { return };
    let Some(text) = text_of(file, encoding) else { return };
    let composed = LazyCell::new(|| text.nfc().collect::<String>());
    let is_there = |cell: &str| {
        let as_written = cell.replace('"', "\"\"");
        let as_written = [cell, &as_written];
        as_written.iter().any(|cell| text.contains(cell))
            || as_written.iter().any(|cell| composed.contains(cell))
            // Quotation marks in odd places may have been taken out of it.
            || [&text, &*composed].iter().any(|text| text.replace('"', "").contains(&cell.replace('"', "")))
    };
    for row in roster.rows.iter() {
        let cells = match row {
            Ok(row) => [row.first_name, row.last_name, row.email, row.password.unwrap_or_default()],
            Err(refusal) => [refusal.first_name, refusal.last_name, "", ""],
        };
        for cell in cells {
            assert!(is_there(cell), "{cell:?} is not in the file");
        }
    }
}

/// The text of a file, decoded by another hand; `None` where that does not know the encoding.
fn text_of(file: &[u8], encoding: Encoding) -> Option<String> {
    let known = encoding_rs::Encoding::for_label(encoding.label().as_bytes())?;
    let without_end = file.strip_suffix(b"\x1A").unwrap_or(file);
    let (text, _, is_spoilt) = known.decode(if known == encoding_rs::UTF_8 { without_end } else { file });
    let (text, is_spoilt) = if is_spoilt {
        let (text, _, is_spoilt) = known.decode(without_end);
        (text, is_spoilt)
    } else {
        (text, is_spoilt)
    };
    assert!(!is_spoilt, "something in {} was let pass", encoding.label());
    Some(text.into_owned())
}

/// Judges every row as the job does, for everybody that it could be, writes the results, and reads them back by another
/// hand.
fn assert_judged(rows: &Rows) {
    let records: Vec<Record> =
        UserType::ALL.into_iter().flat_map(|kind| rows.iter().map(move |row| record(&row, kind))).collect();
    let mut csv = vec![];
    let mut results = ResultsCsv::begin(&mut csv).unwrap();
    records.iter().for_each(|record| results.add(record).unwrap());
    results.end().unwrap();
    let lines = cells(&csv);
    assert_eq!(lines[0], ["line", "first_name", "last_name", "email", "username", "status", "message"]);
    assert_eq!(lines.len(), records.len() + 1);
    for (line, record) in lines[1..].iter().zip(&records) {
        let number = record.line.to_string();
        let said = [&number, &record.first_name, &record.last_name, &record.email, &record.username];
        assert_eq!(line.len(), 7);
        line.iter().zip(said).for_each(|(cell, said)| assert_harmless(cell, said));
        assert_eq!(line[5], record.status.word());
        assert_harmless(&line[6], &record.message);
    }
}

fn record(row: &Result<Row<'_>, Refusal<'_>>, kind: UserType) -> Record {
    let blank = Record {
        line: line(row),
        first_name: String::new(),
        last_name: String::new(),
        email: String::new(),
        username: String::new(),
        status: RecordStatus::Failed,
        message: String::new(),
    };
    let row = match row {
        Ok(row) => row,
        Err(Refusal { first_name, last_name, why, .. }) => {
            let [first_name, last_name, message] = [*first_name, *last_name, &**why].map(str::to_owned);
            return Record { first_name, last_name, message, ..blank };
        }
    };
    let named = Record {
        first_name: row.first_name.to_owned(),
        last_name: row.last_name.to_owned(),
        email: row.email.to_owned(),
        ..blank
    };
    let candidate = match judge(row.first_name, row.last_name, row.email, kind) {
        Ok(candidate) => candidate,
        Err(faults) => {
            assert!(!faults.is_empty());
            let faults: Vec<String> = faults.into_iter().map(|fault| fault.why).collect();
            faults.iter().for_each(|fault| assert_sentence(fault));
            return Record { message: faults.join(" "), ..named };
        }
    };
    if let Some(Err(fault)) = row.password.map(Password::supplied) {
        assert_sentence(&fault.to_string());
        return Record { message: fault.to_string(), ..named };
    }
    assert_eq!(
        (candidate.first_name.as_str(), candidate.last_name.as_str()),
        (row.first_name, row.last_name)
    );
    let username = Stem::of(&candidate.first_name, &candidate.last_name).as_str().to_owned();
    assert!(
        (2..=16).contains(&username.len()) && username.bytes().all(|b| b.is_ascii_lowercase()),
        "{username}"
    );
    Record { username, status: RecordStatus::Created, message: "Ready.".to_owned(), ..named }
}
