//! Malformed input of every kind: files, workbooks, forms, heads of requests, and names in files for spreadsheets. What
//! must hold of each stands in a file of its own, which `fuzz/` throws millions of inputs at; here it is some thousands,
//! changed at random from the same seeds.

pub(crate) mod csv_again;
mod export;
mod files;
mod form;
mod head;
mod intake;
pub(crate) mod workbook;

use crate::support::rounds;
use std::fs;
use std::path::{Path, PathBuf};

/// Changes that are drawn, and the same again from the same number.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn of(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below this one (xorshift64*).
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(drawn).unwrap() % end.max(1)
    }

    pub(crate) fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// The files of a folder, by their names.
pub(crate) fn files_in(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    let mut files: Vec<_> = entries.map(|path| (name(&path), fs::read(&path).unwrap())).collect();
    files.sort();
    files
}

/// The files that people really have.
fn awkward() -> Vec<(String, Vec<u8>)> {
    let mut files = files_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/awkward"));
    files.retain(|(name, _)| name != "EXPECTED.tsv");
    files
}

/// The words of a target's dictionary.
fn words(target: &str) -> Vec<Vec<u8>> {
    let text = fs::read_to_string(fuzz().join("words").join(target)).unwrap();
    let inside = |line: &str| line.strip_prefix('"').and_then(|line| line.strip_suffix('"')).map(plain);
    text.lines().filter_map(inside).collect()
}

/// A word of a dictionary as it is meant: `\x0d` is a byte, `\"` a quotation mark.
fn plain(word: &str) -> Vec<u8> {
    let (mut bytes, mut rest) = (vec![], word.as_bytes());
    while let [first, after @ ..] = rest {
        let (byte, left) = match (first, after) {
            (b'\\', [b'x', high, low, left @ ..]) => {
                let digit = |digit: u8| u8::try_from(char::from(digit).to_digit(16).unwrap()).unwrap();
                (digit(*high) << 4 | digit(*low), left)
            }
            (b'\\', [sign, left @ ..]) => (*sign, left),
            (byte, left) => (*byte, left),
        };
        bytes.push(byte);
        rest = left;
    }
    bytes
}

/// Changes a few places: a byte is another, a piece is cut out or comes twice, a word or another seed's piece comes in.
fn spoil(bytes: &mut Vec<u8>, dice: &mut Dice, words: &[Vec<u8>], others: &[(String, Vec<u8>)]) {
    for _ in 0..=dice.below(6) {
        let (at, length) = (dice.below(bytes.len() + 1), dice.below(12));
        let end = bytes.len().min(at + length);
        match dice.below(6) {
            0 if at < bytes.len() => bytes[at] = u8::try_from(dice.below(256)).unwrap(),
            1 => drop(bytes.drain(at..end)),
            2 => bytes.truncate(at),
            3 => drop(bytes.splice(at..at, bytes[at..end].to_vec())),
            4 => {
                let (_, other) = dice.one_of(others);
                let from = dice.below(other.len() + 1);
                let piece = other[from..other.len().min(from + 40)].to_vec();
                bytes.splice(at..end, piece);
            }
            _ => drop(bytes.splice(at..at, dice.one_of(words).clone())),
        }
    }
}

/// Says at the end of a test that fails what it failed for.
struct Shown<'a>(&'a [u8]);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("it was: {}", self.0.escape_ascii());
        }
    }
}

/// Holds each seed, and so many changed ones if nobody says how many, against what must hold.
fn hold(target: &str, seeds: &[(String, Vec<u8>)], otherwise: u32, check: fn(&[u8])) {
    let (words, mut dice) = (words(target), Dice::of(1));
    for (_, seed) in seeds {
        let _shown = Shown(seed);
        check(seed);
    }
    for _ in 0..rounds(otherwise) {
        let mut bytes = dice.one_of(seeds).1.clone();
        spoil(&mut bytes, &mut dice, &words, seeds);
        let _shown = Shown(&bytes);
        check(&bytes);
    }
}

fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    files_in(&fuzz().join("seeds").join(target))
}

#[test]
fn whatever_is_read_as_a_roster_is_answered_and_nobody_in_it_changes() {
    let mut files = awkward();
    files.iter_mut().for_each(|(_, bytes)| drop(bytes.splice(0..0, [0; 3])));
    files.extend(seeds("intake"));
    hold("intake", &files, 150, intake::check);
}

#[test]
fn whatever_is_in_a_workbook_is_answered() {
    hold("workbook", &seeds("workbook"), 1_500, workbook::check);
}

#[test]
fn whatever_comes_as_a_form_comes_out_as_it_went_in() {
    hold("form", &seeds("form"), 1_500, form::check_urlencoded);
    hold("multipart", &seeds("multipart"), 1_500, form::check_multipart);
}

#[test]
fn whatever_is_let_in_reaches_the_server_as_one_plain_request() {
    hold("head", &seeds("head"), 1_500, head::check);
}

#[test]
fn whatever_stands_in_a_file_for_a_spreadsheet_is_whole_and_lifeless() {
    hold("export", &seeds("export"), 1_500, export::check);
}
