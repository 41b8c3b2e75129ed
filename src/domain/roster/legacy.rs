//! Which legacy encodings a text may be in: those that make text of it, the likeliest first, each with a few names as they
//! would read. None is ever taken without asking.

use super::answers::Answers;
use super::encoding::Encoding;
use super::header::{self, Header};
use super::likeness::{mixes_scripts, strangeness};
use super::question::EncodingOption;
use super::rows::Columns;
use super::separator::{self, Parsers, Records, Separator};
use super::unreadable::Unreadable;
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use std::hash::{DefaultHasher, Hash, Hasher};
use zeroize::Zeroizing;

/// How many encodings are offered. Those behind them read worse.
const OPTIONS: usize = 8;
/// How many names are shown of each.
const SAMPLES: usize = 3;
/// How many lines are looked at, and how long each may be in bytes.
const LINES: usize = 200;
const LONGEST_LINE: usize = 1024;

/// The most letters outside ASCII that a file may have and be in UTF-8 by chance alone.
const BY_CHANCE: usize = 8;

/// Whether a file is ASCII in which Japanese is hidden, as in old emails (ISO-2022-JP).
pub(super) fn hides_japanese(file: &[u8]) -> bool {
    file.contains(&0x1B)
        && file.is_ascii()
        && [b"\x1B$@", b"\x1B$B"].iter().any(|sign| file.windows(3).any(|three| three == *sign))
}

/// Whether a text is likely to be UTF-8 by chance alone, as RÓŻYCKI in Windows-1250 is (“RӯYCKI”): its few letters outside
/// ASCII are of two bytes each and of several scripts in one word, while an encoding of Windows makes nothing but names of
/// them.
pub(super) fn is_utf8_by_chance(text: &str) -> bool {
    if text.is_ascii() {
        return false;
    }
    let letters = text.chars().filter(|c| !c.is_ascii()).take(BY_CHANCE + 1);
    let (letters, longest) =
        letters.fold((0, 0), |(count, longest), c| (count + 1, longest.max(c.len_utf8())));
    if letters > BY_CHANCE || longest > 2 {
        return false;
    }
    let lines = lines_in_question(text.as_bytes());
    let reads_well = |encoding: Encoding| {
        encoding.decode(&lines).map(Zeroizing::new).is_ok_and(|text| strangeness(&text) == 0)
    };
    std::str::from_utf8(&lines).is_ok_and(mixes_scripts) && Encoding::of_windows().any(reads_well)
}

/// The encodings that a file may be in.
///
/// # Errors
/// If none makes text of it, or none a header of its first line.
pub(super) fn options(file: &[u8], answers: &Answers) -> Result<Vec<EncodingOption>, Unreadable> {
    let start = file.get(..8 * 1024).unwrap_or(file);
    if start.iter().any(|byte| *byte < 32 && !b"\t\r\n\x0B\x0C\x1B".contains(byte)) {
        return Err(Unreadable::NoText);
    }
    if start.trim_ascii_start().starts_with(b"<") {
        return Err(Unreadable::Markup);
    }
    let lines = lines_in_question(file);
    let guess = guess(&lines);
    let mut parsers = Parsers::default();
    let by_chance = std::str::from_utf8(file).is_ok().then_some(Encoding::UTF_8);
    let mut attempts: Vec<Attempt> = Encoding::legacy()
        .chain(by_chance)
        .filter(|encoding| encoding.hides_in_ascii() == file.is_ascii())
        .filter_map(|encoding| Attempt::of(encoding, &lines, answers, &mut parsers))
        .collect();
    // What reads like names comes first, and of what reads as well what the world's web pages make likely. UTF-8, where it
    // may be that, is always offered.
    let best = attempts.iter().map(|attempt| attempt.strangeness).min().unwrap_or_default();
    attempts.sort_by_key(|attempt| {
        let is_guess = (Some(attempt.encoding) == guess && attempt.strangeness <= best * 2 + 7)
            || Some(attempt.encoding) == by_chance;
        (attempt.columns.is_err(), !is_guess, attempt.strangeness)
    });
    let Some(best) = attempts.first() else {
        return Err(Unreadable::NoText);
    };
    if let Err(why) = &best.columns {
        return Err(why.clone());
    }
    let kept = kept(file, attempts);
    if kept.is_empty() {
        return Err(Unreadable::NoText);
    }
    let names: Vec<Vec<Option<String>>> =
        kept.iter().map(|attempt| attempt.names(&kept, answers, &mut parsers)).collect();
    let shown = telling(&names);
    let option = |(attempt, names): (&Attempt, &Vec<Option<String>>)| EncodingOption {
        encoding: attempt.encoding,
        samples: shown.iter().filter_map(|at| names.get(*at).cloned().flatten()).collect(),
    };
    Ok(kept.iter().zip(&names).map(option).collect())
}

/// The header, and lines with letters in question.
fn lines_in_question(file: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut lines = file
        .split(|byte| matches!(byte, b'\r' | b'\n'))
        .filter(|line| line.iter().any(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii()));
    let mut found = Zeroizing::new(Vec::new());
    let header = lines.by_ref().take_while(|line| line.len() <= LONGEST_LINE * 4).find(|line| {
        found.extend_from_slice(line);
        found.push(b'\n');
        !separator::says_separator(line)
    });
    if header.is_some() {
        let in_question = |line: &&[u8]| !line.is_ascii() || line.contains(&0x1B);
        for line in lines.filter(in_question).filter(|line| line.len() <= LONGEST_LINE).take(LINES) {
            found.extend_from_slice(line);
            found.push(b'\n');
        }
    }
    found
}

/// What these lines are likely to be in, by the statistics of the world's web pages.
fn guess(lines: &[u8]) -> Option<Encoding> {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(lines, true);
    Encoding::from_standard(detector.guess(None, Utf8Detection::Deny))
}

/// The lines in question, read in one encoding.
struct Attempt {
    encoding: Encoding,
    text: Zeroizing<String>,
    separator: Separator,
    /// Where the columns are; `None` if the header leaves a name open.
    columns: Result<Option<Columns>, Unreadable>,
    strangeness: usize,
}

impl Attempt {
    fn of(encoding: Encoding, lines: &[u8], answers: &Answers, parsers: &mut Parsers) -> Option<Attempt> {
        let text = Zeroizing::new(encoding.decode(lines).ok()?);
        let separator = answers.separator.unwrap_or_else(|| separator::find(&text, parsers));
        let columns = match Records::new(&text, separator, parsers).next() {
            Ok(Some(record)) => match header::understand(&record.cells, answers.columns.as_deref()) {
                Ok(Header::Clear(headings) | Header::Guess(headings)) => {
                    Ok(Columns::of(&headings, Some(separator)))
                }
                Err(why) => Err(why),
            },
            Ok(None) => Err(Unreadable::NoText),
            Err(why) => Err(why),
        };
        let strangeness = strangeness(&text);
        Some(Attempt { encoding, text, separator, columns, strangeness })
    }

    /// The name on each line, where the line fits its header. An attempt that makes nothing of the header goes by that of
    /// the others.
    fn names(&self, all: &[Attempt], answers: &Answers, parsers: &mut Parsers) -> Vec<Option<String>> {
        let own = self.columns.as_ref().ok().and_then(Option::as_ref);
        let first = || all.iter().find_map(|attempt| attempt.columns.as_ref().ok()?.as_ref());
        let Some(columns) = own.or_else(first) else {
            return Vec::new();
        };
        let name = |line: &str| {
            let mut records = Records::new(line, self.separator, parsers);
            let record = records.next().ok()??;
            if columns.misfit(&record.cells, 0, answers.short_rows_are_blank).is_some() {
                return None;
            }
            let row = columns.row(&record.cells, 0).ok()?;
            let name = format!("{} {}", row.first_name, row.last_name).trim().to_owned();
            (!name.is_ascii()).then_some(name)
        };
        self.text.lines().map(name).collect()
    }
}

/// The likeliest attempts that make text of the whole file, each another text.
fn kept(file: &[u8], attempts: Vec<Attempt>) -> Vec<Attempt> {
    let mut used = [false; 256];
    for byte in file {
        if let Some(used) = used.get_mut(usize::from(*byte)) {
            *used = true;
        }
    }
    let used: Vec<u8> = (0..=255_u8).zip(used).filter(|(_, used)| *used).map(|(byte, _)| byte).collect();
    let mut seen = Vec::new();
    let is_new = |attempt: &Attempt| {
        // Where each byte is a letter, two texts are the same if the letters of all bytes in them are.
        let bytes = if attempt.encoding.is_single_byte() { &used } else { file };
        let Ok(text) = attempt.encoding.decode(bytes).map(Zeroizing::new) else {
            return false;
        };
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let hash = hasher.finish();
        let is_new = !seen.contains(&hash);
        seen.push(hash);
        is_new
    };
    attempts.into_iter().filter(is_new).take(OPTIONS).collect()
}

/// The lines whose names tell the encodings apart best, in their order. `names` holds, for each encoding, the names of
/// all lines.
fn telling(names: &[Vec<Option<String>>]) -> Vec<usize> {
    let Some(lines) = names.iter().map(Vec::len).min() else {
        return Vec::new();
    };
    let name = |encoding: usize, line: usize| names.get(encoding).and_then(|names| names.get(line));
    let is_shown = |line: &usize| names.iter().all(|names| names.get(*line).is_some_and(Option::is_some));
    let mut open: Vec<(usize, usize)> =
        (0..names.len()).flat_map(|one| (one + 1..names.len()).map(move |other| (one, other))).collect();
    let mut candidates: Vec<usize> = (0..lines).filter(is_shown).collect();
    let mut chosen = Vec::new();
    while chosen.len() < SAMPLES && !candidates.is_empty() {
        let told =
            |line: usize| open.iter().filter(|(one, other)| name(*one, line) != name(*other, line)).count();
        // The first of several that tell as much.
        let best = candidates.iter().rev().copied().max_by_key(|line| told(*line)).unwrap_or_default();
        open.retain(|(one, other)| name(*one, best) == name(*other, best));
        candidates.retain(|line| *line != best);
        chosen.push(best);
    }
    chosen.sort_unstable();
    chosen
}
