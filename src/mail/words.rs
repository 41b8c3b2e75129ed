//! What a letter says, before it is plain text or HTML.

use crate::domain::RecordStatus;

/// A letter's subject, and what stands below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// The subject: one line.
    pub subject: String,
    /// What stands below it, from top to bottom.
    pub blocks: Vec<Block>,
    /// Why it was written, and by what.
    pub closing: String,
}

/// A part of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A paragraph.
    Text(String),
    /// A paragraph that says how it ended: the first thing that is read.
    Lead(String),
    /// Pairs of a word and what it stands for here.
    Facts(Vec<(&'static str, String)>),
    /// Lines of a file that need somebody to look at them.
    Lines(Vec<ProblemLine>),
    /// Something to do: what it is called, and its address.
    Link(&'static str, String),
}

/// A line of a file that needs somebody to look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProblemLine {
    /// Where it starts in the file.
    pub line: u32,
    /// The name as it came; may be empty.
    pub name: String,
    /// What became of it.
    pub status: RecordStatus,
    /// Why.
    pub message: String,
}
