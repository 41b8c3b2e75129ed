//! What is unclear about a file, and is asked before anything is made of it.

use super::encoding::Encoding;
use super::header::Column;
use super::understood::{Understood, listed};
use std::fmt;

/// With how many encodings a sentence shows the names.
const OPTIONS_NAMED: usize = 3;

/// A file that can be read once a question is answered.
#[derive(Debug)]
pub struct Unclear {
    /// What was made of it so far.
    pub understood: Understood,
    /// What is unclear. There may be more to ask when this is answered.
    pub questions: Vec<Question>,
}

/// Something that the file does not say.
#[derive(Debug, PartialEq, Eq)]
pub enum Question {
    /// Which encoding its text is in.
    Encoding {
        /// The encodings that it may be in, the likeliest first.
        options: Vec<EncodingOption>,
    },
    /// Which column is which.
    Columns {
        /// The headings as spelled.
        headings: Vec<String>,
        /// What each is likely to mean.
        guess: Vec<Option<Column>>,
        /// The first rows, at most three: names and emails as they are, and what may be a password hidden.
        samples: Vec<Vec<String>>,
    },
    /// Which sheet of a workbook has the people.
    Sheet {
        /// The sheets with anything in them.
        names: Vec<String>,
    },
}

/// An encoding that a file may be in.
#[derive(Debug, PartialEq, Eq)]
pub struct EncodingOption {
    /// The encoding.
    pub encoding: Encoding,
    /// At most three names as they would read, chosen because the encodings differ in them. The same people for each option.
    pub samples: Vec<String>,
}

/// What is unclear and what to do, for whoever cannot be shown a page.
impl fmt::Display for Unclear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, question) in self.questions.iter().enumerate() {
            if at > 0 {
                f.write_str(" ")?;
            }
            question.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Question::Encoding { options } => {
                f.write_str("The file does not say in which encoding its letters are.")?;
                for EncodingOption { encoding, samples } in options.iter().take(OPTIONS_NAMED) {
                    write!(f, " In {encoding} it reads {} ({}).", listed(samples), encoding.label())?;
                }
                let more: Vec<&str> =
                    options.iter().skip(OPTIONS_NAMED).map(|option| option.encoding.label()).collect();
                match more.as_slice() {
                    [] => {}
                    [one] => write!(f, " Possible, too, is {one}.")?,
                    several => write!(f, " Possible, too, are {}.", several.join(", "))?,
                }
                f.write_str(" Say which is right, or save the file as “CSV UTF-8 (Comma delimited)”.")
            }
            Question::Columns { headings, guess, .. } => {
                let missing = Column::ALL.into_iter().filter(|column| !guess.contains(&Some(*column)));
                let missing: Vec<&str> = missing.map(Column::heading).collect();
                match missing.as_slice() {
                    [] => f.write_str("The first line has other names than the sample file's.")?,
                    [one] => write!(f, "The first line has no column {one}.")?,
                    several => write!(f, "The first line has no columns {}.", several.join(", "))?,
                }
                let spelled_otherwise =
                    |(heading, column): (&String, &Option<Column>)| Some((heading.clone(), (*column)?));
                let guesses: Vec<(String, Column)> = headings
                    .iter()
                    .zip(guess)
                    .filter_map(spelled_otherwise)
                    .filter(|(heading, column)| Column::from_heading(heading) != Some(*column))
                    .collect();
                for (heading, column) in &guesses {
                    write!(f, " “{heading}” may be the {}.", column.words())?;
                }
                if guesses.is_empty() {
                    f.write_str(" Add what is missing to the first line, with a cell in every line below")?;
                    let is_open = guess.iter().any(Option::is_none);
                    return f.write_str(if is_open { ", or say which column is which." } else { "." });
                }
                f.write_str(" Say which is which, or name the columns first_name,last_name,email,password.")
            }
            Question::Sheet { names } => write!(
                f,
                "The workbook has several sheets: {}. Say which one has the people, or save that one by itself.",
                listed(names)
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_that_is_missing_is_named_and_one_that_is_there_is_not_doubted() {
        let said = |headings: &[&str], guess: &[Option<Column>]| {
            let headings = headings.iter().map(|heading| (*heading).to_owned()).collect();
            Question::Columns { headings, guess: guess.to_vec(), samples: Vec::new() }.to_string()
        };
        use Column::{Email, FirstName, LastName, Password};
        assert_eq!(
            said(&["First_Name", "email", "password"], &[Some(FirstName), Some(Email), Some(Password)]),
            "The first line has no column last_name. Add what is missing to the first line, with a cell in every line below."
        );
        let ends = said(&["first_name", "email", "x"], &[Some(FirstName), Some(Email), None]);
        assert!(ends.ends_with(" below, or say which column is which."), "{ends}");
        assert_eq!(
            said(&["Vorname", "last_name", "Klasse"], &[Some(FirstName), Some(LastName), None]),
            "The first line has no columns email, password. “Vorname” may be the first name. Say which is which, or name the \
             columns first_name,last_name,email,password."
        );
    }
}
