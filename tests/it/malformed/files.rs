//! Malformed files through the real executable: each is answered soon, whole or line by line, and what is said adds up.
//! `FIRSTBELL_ROUNDS` says how many.

use super::{Dice, awkward, spoil, words, workbook::archive};
use crate::serving::{Server, until};
use crate::support::{Line, Ran, SCHOOL, Site, read_results, rounds};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// The longest that anybody waits for an answer.
const PATIENCE: Duration = Duration::from_secs(5);
const KINDS: &[&str] = &["teachers", "students", "parents"];

/// How many of the files that are spoilt are rosters as they should be.
const ROSTERS: usize = 6;
/// What is said about a file besides where it is.
const ANSWERS: &[&[&str]] =
    &[&[], &["--encoding", "windows-1252"], &["--encoding", "utf-8", "--short-rows-are-blank"]];

/// The files that are spoilt: those that people have, and the samples, whole and cut short.
fn originals() -> Vec<(String, Vec<u8>)> {
    let mut files = awkward();
    let data = format!("{}/tests/data", env!("CARGO_MANIFEST_DIR"));
    for name in ["students-1000.csv", "parents-400.csv", "teachers-60.csv"] {
        let text = std::fs::read_to_string(format!("{data}/{name}")).unwrap();
        let start: String = text.lines().take(40).flat_map(|line| [line, "\r\n"]).collect();
        files
            .extend([(name.to_owned(), text.into_bytes()), (format!("start-of-{name}"), start.into_bytes())]);
    }
    files
}

/// A file, spoilt in one of the ways in which files are, or somebody wishes them to be.
fn spoilt(dice: &mut Dice, originals: &[(String, Vec<u8>)], words: &[Vec<u8>]) -> (String, Vec<u8>) {
    // The rosters come last, and every other time.
    let rosters = &originals[originals.len() - ROSTERS..];
    let chosen = if dice.below(2) == 0 { rosters } else { originals };
    let (name, mut bytes) = dice.one_of(chosen).clone();
    match dice.below(12) {
        0 => bytes.truncate(dice.below(bytes.len() + 1)),
        1 => {
            for _ in 0..=dice.below(40) {
                let at = dice.below(bytes.len());
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << dice.below(8);
                }
            }
        }
        2 => {
            // Lines change places, come twice, or run together.
            let mut lines: Vec<Vec<u8>> =
                bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
            for _ in 0..=dice.below(10) {
                let (one, two) = (dice.below(lines.len()), dice.below(lines.len()));
                if one < lines.len() && two < lines.len() {
                    let piece = lines[two].clone();
                    let cut = dice.below(3).min(lines[one].len());
                    lines[one].splice(0..cut, piece);
                    lines.swap(one, two);
                }
            }
            bytes = lines.concat();
        }
        // An encoding within another one, and one that is none.
        3 => bytes = bytes.iter().map(|byte| char::from(*byte)).collect::<String>().into_bytes(),
        4 => bytes = bytes.iter().flat_map(|byte| [*byte, 0]).skip(dice.below(3)).collect(),
        5 => put_everywhere(&mut bytes, dice, b"\""),
        6 => put_everywhere(&mut bytes, dice, b"\0"),
        7 => {
            let sign = *dice.one_of(b"x,\"\n\t;\xFF");
            let at = dice.below(bytes.len() + 1);
            bytes.splice(at..at, vec![sign; 1 << dice.below(20)]);
        }
        8 => bytes = bomb(dice),
        _ => spoil(&mut bytes, dice, words, originals),
    }
    (name, bytes)
}

fn put_everywhere(bytes: &mut Vec<u8>, dice: &mut Dice, sign: &[u8]) {
    for _ in 0..=dice.below(30) {
        let at = dice.below(bytes.len() + 1);
        bytes.splice(at..at, sign.iter().copied());
    }
}

/// A workbook that is small as long as nobody opens it.
fn bomb(dice: &mut Dice) -> Vec<u8> {
    let relation = |kind: &str, to: &str| {
        format!("<Relationships><Relationship Id=\"r\" Type=\"x/{kind}\" Target=\"{to}\"/></Relationships>")
    };
    let filling = dice.one_of(&["<row/>", " ", "<row><c t=\"str\"><v>x</v></c></row>", "<c>", "&#65;"]);
    let sheet = format!("<worksheet><sheetData>{}", filling.repeat(1 << dice.below(21)));
    let book = "<workbook><sheet name=\"A\" r:id=\"r\"/></workbook>";
    archive(
        &[
            ("_rels/.rels", relation("officeDocument", "xl/workbook.xml").as_bytes()),
            ("xl/workbook.xml", book.as_bytes()),
            ("xl/_rels/workbook.xml.rels", relation("worksheet", "sheet1.xml").as_bytes()),
            ("xl/sheet1.xml", sheet.as_bytes()),
        ],
        true,
    )
}

/// Asserts that results name each line once, and say of each that failed why.
fn assert_told(lines: &[Line]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::from([("created", 0), ("skipped", 0), ("failed", 0)]);
    assert!(lines.is_sorted_by(|one, next| one.line < next.line) && lines[0].line > 1);
    for line in lines {
        *counts.get_mut(line.status.as_str()).expect("a status that is an end") += 1;
        assert!(line.status == "created" || line.message.ends_with(['.', '?']), "{line:?}");
        for text in [&line.first_name, &line.last_name, &line.email] {
            assert!(line.status == "failed" || !text.contains(|c: char| c.is_control()), "{line:?}");
        }
    }
    counts
}

/// How a file was answered: refused whole, or line by line.
fn assert_answered(ran: &Ran, file: &str) -> &'static str {
    let said = &ran.err;
    assert!(
        !said.contains("panicked") && !said.contains("src/") && !said.contains("Incident"),
        "{file}: {said}"
    );
    if ran.status == Some(2) {
        ran.assert_refused(file);
        return "refused";
    }
    let results = ran.results();
    let counts = assert_told(&results);
    let [created, skipped, failed] = ["created", "skipped", "failed"].map(|status| counts[status]);
    let summary = said.lines().last().unwrap().replace(',', "");
    let sum = format!("would be: {created} created {skipped} skipped {failed} failed.");
    assert!(summary.contains(&sum), "{file}: {summary}, and not {sum}");
    assert_eq!(ran.status, Some(i32::from(failed > 0)), "{file}: {said}");
    if failed > 0 { "read, with failed lines" } else { "read" }
}

/// Says what came of them. How long the longest answer took is held against what it may take where there are many: a machine
/// that does something else besides tells nothing in a few.
fn assert_soon((slowest, name): &(Duration, String), endings: &BTreeMap<&str, u32>) {
    println!("{endings:?}; the slowest answer took {slowest:?}, to {name}");
    assert!(rounds(0) < 1_000 || *slowest < PATIENCE, "{name} took {slowest:?}");
}

#[test]
fn every_malformed_file_is_answered_soon_and_what_is_said_adds_up() {
    let site = Site::set_up();
    let (originals, words) = (originals(), words("intake"));
    let (mut slowest, mut endings) = ((Duration::ZERO, String::new()), BTreeMap::new());
    for round in 0..rounds(60) {
        let mut dice = Dice::of(u64::from(round) + 1);
        let (name, bytes) = spoilt(&mut dice, &originals, &words);
        let name = format!("{round}-{name}");
        let file = site.file(&name, &bytes);
        let begun = Instant::now();
        let more = [&["--check"], *dice.one_of(ANSWERS), &[file.to_str().unwrap()]].concat();
        let ran = site.import_with(dice.one_of::<&str>(KINDS), &more);
        let took = begun.elapsed();
        slowest = slowest.max((took, name.clone()));
        *endings.entry(assert_answered(&ran, &name)).or_insert(0) += 1;
        std::fs::remove_file(file).unwrap();
    }
    assert_soon(&slowest, &endings);
    assert!(endings.len() >= 3, "{endings:?}");
    site.end();
}

#[test]
fn every_malformed_file_that_is_uploaded_is_answered_and_what_is_made_of_it_adds_up() {
    let server = Server::of_a_district();
    let mut ada = server.ada();
    let mut originals = originals();
    // Passwords are hashed at the price of the real thing: a thousand for each file would take the day.
    originals.iter_mut().for_each(|(_, bytes)| bytes.truncate(4 * 1024));
    let words = words("intake");
    let (mut slowest, mut endings) = ((Duration::ZERO, String::new()), BTreeMap::new());
    for round in 0..rounds(300) / 20 {
        let mut dice = Dice::of(u64::from(round) + 1_000_003);
        let (name, bytes) = spoilt(&mut dice, &originals, &words);
        let form = ada.get("/admin/uploads/new").form("/admin/uploads");
        let form = form.with("user_type", dice.one_of::<&str>(KINDS)).choose("school_id", SCHOOL);
        let begun = Instant::now();
        let answer = ada.send(form.file(&format!("{round}-{name}"), bytes));
        slowest = slowest.max((begun.elapsed(), format!("{round}-{name}")));
        let ending = match answer.status {
            303 if answer.location().starts_with("/admin/checks/") => "asked about",
            303 => "received",
            status => {
                assert_eq!(status, 422, "{round}-{name}");
                assert!(answer.text().contains(&format!("{round}-{name}")), "{}", answer.text());
                "refused"
            }
        };
        ada.follow_if_sent(&answer);
        *endings.entry(ending).or_insert(0) += 1;
    }
    until("the jobs", || (server.site.count("SELECT count(*) FROM job") == 0).then_some(()));
    for job in 1..=server.site.count("SELECT count(*) FROM upload") {
        let csv = ada.get(&format!("/admin/uploads/{job}/results.csv"));
        let lines = read_results(csv.html());
        let counts = assert_told(&lines);
        for (status, count) in counts {
            let stands = server.site.count(&format!("SELECT {status} FROM upload WHERE id = {job}"));
            assert_eq!(usize::try_from(stands).unwrap(), count, "{status} of job {job}");
        }
    }
    assert_soon(&slowest, &endings);
    server.end();
}

#[test]
fn a_heading_that_would_break_a_line_or_steer_the_terminal_is_said_on_one_line() {
    let site = Site::set_up();
    let file = site.file("a.csv", "\"Vor\r\nname\",\"Nach\u{1b}[31mname\",first_name\r\nAnn,Lee,x\r\n");
    let ran = site.import_with("students", &["--check", file.to_str().unwrap()]);
    ran.assert_refused("a.csv was not accepted");
    assert!(!ran.err.trim_end().contains(|c: char| c.is_control()), "{:?}", ran.err);
    site.end();
}
