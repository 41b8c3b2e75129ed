//! Files as people really have them: each file of `tests/data/awkward` is read, and what comes out is what its table says.
//!
//! The table is for people too: the file, the kind of people, what was answered, what came of it, and everybody in it with
//! their line, or why not.

use firstbell::domain::roster::{Answers, Question, Reading, Refusal, Row, read};
use firstbell::domain::{Password, UserType, judge};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const LIMIT: u32 = 1_000;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/awkward")
}

fn table() -> Vec<[String; 5]> {
    let text = std::fs::read_to_string(folder().join("EXPECTED.tsv")).unwrap();
    let cells = |line: &str| {
        let cells: Vec<String> = line.split('\t').map(str::to_owned).collect();
        <[String; 5]>::try_from(cells).unwrap_or_else(|cells| panic!("{cells:?} are not five cells"))
    };
    text.lines().skip(1).map(cells).collect()
}

/// What came of a file, and who is in it.
fn outcome(file: &str, kind: UserType, answers: &str) -> (String, String) {
    let bytes = std::fs::read(folder().join(file)).unwrap();
    match read(&bytes, LIMIT, &Answers::from_text(answers).unwrap()) {
        Err(why) => (format!("refused: {why}"), String::new()),
        Ok(Reading::Unclear(unclear)) => {
            assert_eq!(unclear.questions.len(), 1);
            (asked(&unclear.questions[0]), String::new())
        }
        Ok(Reading::Clear(roster)) => {
            let people: Vec<String> = roster.rows.iter().map(|row| person(&row, kind)).collect();
            let understood = roster.understood;
            let mut what = format!("clear: {}", understood.format);
            let ignored: Vec<&str> = understood.ignored_columns().collect();
            if !ignored.is_empty() {
                what.push_str(&format!("; without {}", ignored.join(", ")));
            }
            for (count, name) in [
                (understood.blank_rows, "blank rows"),
                (understood.blank_columns, "blank columns"),
                (understood.short_rows, "lines end early"),
            ] {
                if count > 0 {
                    what.push_str(&format!("; {count} {name}"));
                }
            }
            for remark in &understood.remarks {
                what.push_str(&format!("; {remark}"));
            }
            (what, people.join(" | ").replace('\n', "⏎"))
        }
    }
}

fn asked(question: &Question) -> String {
    match question {
        Question::Encoding { options } => {
            let labels: Vec<&str> = options.iter().map(|option| option.encoding.label()).collect();
            format!("asks the encoding: {}: {}", labels.join(" "), options[0].samples.join(", "))
        }
        Question::Columns { headings, guess, samples } => {
            let pair = |(heading, column): (&String, &Option<_>)| match column {
                Some(column) => {
                    format!("{heading}={}", firstbell::domain::roster::Column::heading(*column))
                }
                None => heading.clone(),
            };
            let pairs: Vec<String> = headings.iter().zip(guess).map(pair).collect();
            let rows: Vec<String> = samples.iter().map(|row| row.join(", ")).collect();
            format!("asks the columns: {}: {}", pairs.join(", "), rows.join(" | "))
        }
        Question::Sheet { names } => format!("asks the sheet: {}", names.join(", ")),
    }
}

fn person(row: &Result<Row<'_>, Refusal<'_>>, kind: UserType) -> String {
    let row = match row {
        Ok(row) => row,
        Err(refusal) => {
            let said = format!("{} {} {}", refusal.line, refusal.first_name, refusal.last_name);
            return format!("{} refused: {}", said.trim_end(), refusal.why);
        }
    };
    let mut said = format!("{} {} {}", row.line, row.first_name, row.last_name);
    for more in [row.email, row.password.unwrap_or_default()] {
        if !more.is_empty() {
            said.push_str(&format!(" [{more}]"));
        }
    }
    if let Err(faults) = judge(row.first_name, row.last_name, row.email, kind) {
        let faults: Vec<String> = faults.into_iter().map(|fault| fault.why).collect();
        said.push_str(&format!(" failed: {}", faults.join(" ")));
    } else if let Some(Err(fault)) = row.password.map(Password::supplied) {
        said.push_str(&format!(" failed: {fault}"));
    }
    said
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Nothing that happens to a file on its way makes reading it panic or take long.
    #[test]
    fn a_spoilt_file_is_answered_too(
        which in any::<prop::sample::Index>(),
        spoils in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        cut in prop::option::of(any::<prop::sample::Index>()),
        answers in prop::sample::select(vec!["", "encoding=shift_jis", "encoding=windows-1258", "short_rows=blank"]),
    ) {
        let table = table();
        let mut bytes = std::fs::read(folder().join(&which.get(&table)[0])).unwrap();
        for (at, byte) in spoils {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len() + 1));
        }
        let begun = Instant::now();
        match read(&bytes, LIMIT, &Answers::from_text(answers).unwrap()) {
            Err(why) => prop_assert!(!why.to_string().is_empty()),
            Ok(Reading::Unclear(unclear)) => prop_assert!(!unclear.to_string().is_empty()),
            Ok(Reading::Clear(roster)) => prop_assert_eq!(roster.rows.len(), roster.understood.people),
        }
        // A machine that was busy with something else is asked again.
        let is_quick = |begun: Instant| begun.elapsed() < Duration::from_secs(5);
        let is_quick = is_quick(begun) || (0..2).any(|_| {
            let begun = Instant::now();
            drop(read(&bytes, LIMIT, &Answers::from_text(answers).unwrap()));
            is_quick(begun)
        });
        prop_assert!(is_quick, "it takes long");
    }
}

#[test]
fn every_awkward_file_comes_out_as_its_table_says() {
    let mut differences = Vec::new();
    for [file, kind, answers, what, people] in table() {
        let kind = UserType::ALL.into_iter().find(|known| known.many() == kind).unwrap();
        let (got, got_people) = outcome(&file, kind, &answers);
        if (&got, &got_people) != (&what, &people) {
            differences.push(format!(
                "want {what}\t{people}\n got {file}\t{}\t{answers}\t{got}\t{got_people}",
                kind.many()
            ));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn the_table_names_every_awkward_file_and_there_are_many() {
    let named: BTreeSet<String> = table().into_iter().map(|[file, ..]| file).collect();
    let there: BTreeSet<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "EXPECTED.tsv")
        .collect();
    assert_eq!(named, there);
    assert!(named.len() >= 60, "{}", named.len());
}

/// Whoever is asked is shown what the file is in, whatever it is in.
#[test]
fn the_right_encoding_is_always_among_those_that_are_offered() {
    let mut asked = 0;
    for [file, _, answers, ..] in table() {
        let Some(encoding) = Answers::from_text(&answers).unwrap().encoding else { continue };
        let bytes = std::fs::read(folder().join(&file)).unwrap();
        let Ok(Reading::Unclear(unclear)) = read(&bytes, LIMIT, &Answers::default()) else { continue };
        let Question::Encoding { options } = &unclear.questions[0] else { panic!("{file}: {unclear}") };
        let right = everybody(&bytes, encoding);
        if right.len() == 1 && right[0].starts_with("Line ") {
            continue;
        }
        let is_offered = options.iter().any(|option| everybody(&bytes, option.encoding) == right);
        assert!(is_offered, "{file}: {options:?}");
        asked += 1;
    }
    assert!(asked >= 25, "{asked}");
}

/// Everybody's names, as this encoding has them.
fn everybody(bytes: &[u8], encoding: firstbell::domain::roster::Encoding) -> Vec<String> {
    let answers = Answers { encoding: Some(encoding), ..Answers::default() };
    match read(bytes, LIMIT, &answers) {
        Ok(Reading::Clear(roster)) => roster.rows.iter().map(|row| person(&row, UserType::Student)).collect(),
        Ok(Reading::Unclear(unclear)) => vec![unclear.to_string()],
        Err(why) => vec![why.to_string()],
    }
}
