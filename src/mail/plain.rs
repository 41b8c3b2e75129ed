//! The plain part of a letter: what a reader without HTML sees, and the page of the letter.

use super::words::{Block, ProblemLine, Words};
use std::fmt::Write;

/// A letter as plain text; its lines end with LF.
#[must_use]
pub fn plain(words: &Words) -> String {
    let mut text = String::new();
    for block in &words.blocks {
        // Writing into a String does not fail.
        let _ = match block {
            Block::Text(paragraph) | Block::Lead(paragraph) => writeln!(text, "{}\n", one_line(paragraph)),
            Block::Facts(facts) => facts
                .iter()
                .try_for_each(|(word, what)| writeln!(text, "  {word}: {}", one_line(what)))
                .and_then(|()| writeln!(text)),
            Block::Lines(lines) => {
                lines.iter().try_for_each(|line| text.write_str(&problem(line))).and_then(|()| writeln!(text))
            }
            Block::Link(label, address) => writeln!(text, "{label}:\n{address}\n"),
        };
    }
    let _ = writeln!(text, "-- \n{}", one_line(&words.closing));
    text
}

fn problem(line: &ProblemLine) -> String {
    let name = one_line(&line.name);
    let name = if name.is_empty() { String::new() } else { format!(", {name}") };
    format!("  Line {}{name} ({}): {}\n", line.line, line.status.word(), one_line(&line.message))
}

/// A text without line breaks and other control characters, each a space instead.
pub(super) fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .collect()
}
