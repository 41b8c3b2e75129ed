//! What must hold of whatever names are written into a file that a spreadsheet will open: nothing is lost on the way, and
//! nothing comes to life.

use super::csv_again::{assert_harmless, cells};
use firstbell::actions::{CardsCsv, PrintedCard, ResultsCsv, write_failed_lines};
use firstbell::domain::{AccountId, RecordStatus, UserType};
use firstbell::store::card::Card;
use firstbell::store::record::Record;

/// Texts, with a sign between them that no keyboard has.
pub(crate) fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let texts: Vec<&str> = text.split('\u{1}').collect();
    check_texts(&texts);
}

/// Writes texts as names, emails, usernames and messages, five to a person, into each file that can be downloaded.
pub(crate) fn check_texts(texts: &[&str]) {
    let people: Vec<[&str; 5]> = texts
        .chunks(5)
        .map(|five| std::array::from_fn(|at| five.get(at).copied().unwrap_or_default()))
        .collect();
    let records: Vec<Record> = people.iter().zip(2..).map(|(person, line)| record(person, line)).collect();

    let mut csv = vec![];
    let mut results = ResultsCsv::begin(&mut csv).unwrap();
    records.iter().for_each(|record| results.add(record).unwrap());
    results.end().unwrap();
    let said = people.iter().zip(2..).map(|([first, last, email, username, message], line)| {
        [&line.to_string(), *first, *last, *email, *username, "failed", *message].map(str::to_owned)
    });
    assert_says(&csv, said);

    let mut csv = vec![];
    write_failed_lines(&mut csv, &records).unwrap();
    assert_says(
        &csv,
        people
            .iter()
            .map(|[first, last, email, _, why]| [*first, *last, *email, "", *why].map(str::to_owned)),
    );

    let mut csv = vec![];
    let mut cards = CardsCsv::begin(&mut csv, texts[0]).unwrap();
    people.iter().for_each(|person| cards.add(&card(person)).unwrap());
    cards.end().unwrap();
    assert_says(
        &csv,
        people.iter().map(|[first, last, school, username, _]| {
            [*school, *first, *last, *username, "", texts[0], "student"].map(str::to_owned)
        }),
    );
}

fn record(&[first_name, last_name, email, username, message]: &[&str; 5], line: u32) -> Record {
    Record {
        line,
        first_name: first_name.to_owned(),
        last_name: last_name.to_owned(),
        email: email.to_owned(),
        username: username.to_owned(),
        status: RecordStatus::Failed,
        message: message.to_owned(),
    }
}

fn card(&[first_name, last_name, school_name, username, _]: &[&str; 5]) -> PrintedCard {
    let card = Card {
        id: AccountId(1),
        first_name: first_name.to_owned(),
        last_name: last_name.to_owned(),
        username: username.to_owned(),
        kind: UserType::Student,
        school_name: school_name.to_owned(),
        generation: None,
    };
    PrintedCard { card, password: None }
}

fn assert_says<const WIDTH: usize>(csv: &[u8], said: impl Iterator<Item = [String; WIDTH]>) {
    let (lines, said) = (cells(csv), said.collect::<Vec<_>>());
    assert_eq!(lines.len(), said.len() + 1, "a line for each, and the header");
    for (line, said) in lines[1..].iter().zip(said) {
        assert_eq!(line.len(), WIDTH, "{line:?}");
        line.iter().zip(&said).for_each(|(cell, said)| assert_harmless(cell, said));
    }
}
