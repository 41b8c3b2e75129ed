//! What whoever uploads a file has answered about it.

use super::encoding::Encoding;
use super::header::Column;
use super::separator::Separator;

/// What was answered about a file; by default nothing. An answer comes before what the file seems to say; only the mark at
/// the beginning of a file in Unicode comes before it. One that does not fit the file is as if it were not there, and
/// what it was about is asked again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// What its text is in.
    pub encoding: Option<Encoding>,
    /// What separates its cells.
    pub separator: Option<Separator>,
    /// What each of its columns is, from the left; `None` for one that means nothing here.
    pub columns: Option<Vec<Option<Column>>>,
    /// Which of a workbook's sheets has the people.
    pub sheet: Option<String>,
    /// Whether cells that are missing at the end of a line are blank.
    pub short_rows_are_blank: bool,
}

impl Answers {
    /// A short text from which [`Answers::from_text`] makes the same answers again; empty if there are none.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut answers = Vec::new();
        if let Some(encoding) = self.encoding {
            answers.push(format!("encoding={}", encoding.label()));
        }
        if let Some(separator) = self.separator {
            answers.push(format!("separator={}", separator.one()));
        }
        if let Some(columns) = &self.columns {
            let words = columns.iter().map(|column| column.map_or("-", Column::heading));
            answers.push(format!("columns={}", words.collect::<Vec<_>>().join(",")));
        }
        if let Some(sheet) = &self.sheet {
            answers.push(format!("sheet={}", sheet.replace('%', "%25").replace(';', "%3B")));
        }
        if self.short_rows_are_blank {
            answers.push("short_rows=blank".to_owned());
        }
        answers.join(";")
    }

    /// What is wrong with the columns that were answered, in a sentence; `None` if they can be so.
    #[must_use]
    pub fn columns_fault(&self) -> Option<String> {
        let columns = self.columns.as_ref()?;
        let count = |column: &Column| columns.iter().filter(|taken| **taken == Some(*column)).count();
        if let Some(twice) = Column::ALL.iter().find(|column| count(column) > 1) {
            return Some(format!("Two columns cannot both be the {}. Say which one is.", twice.words()));
        }
        let missing = [Column::FirstName, Column::LastName].into_iter().find(|column| count(column) == 0)?;
        Some(format!("Say which column has the {}.", missing.words()))
    }

    /// The answers that such a text holds; `None` if it holds anything else.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Answers> {
        let mut answers = Answers::default();
        for answer in text.split(';').filter(|answer| !answer.is_empty()) {
            match answer.split_once('=')? {
                ("encoding", label) => answers.encoding = Some(Encoding::from_label(label)?),
                ("separator", word) => answers.separator = Some(Separator::from_word(word)?),
                ("columns", words) => {
                    let column = |word: &str| match word {
                        "-" => Some(None),
                        word => Column::from_heading(word).map(Some),
                    };
                    answers.columns = Some(words.split(',').map(column).collect::<Option<Vec<_>>>()?);
                }
                ("sheet", name) => answers.sheet = Some(name.replace("%3B", ";").replace("%25", "%")),
                ("short_rows", "blank") => answers.short_rows_are_blank = true,
                _ => return None,
            }
        }
        Some(answers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_back_from_their_text() {
        let all = Answers {
            encoding: Encoding::from_label("windows-1252"),
            separator: Some(Separator::Bar),
            columns: Some(vec![Some(Column::LastName), None, Some(Column::FirstName)]),
            sheet: Some("4b; 100 %3B=x".to_owned()),
            short_rows_are_blank: true,
        };
        assert_eq!(
            all.to_text(),
            "encoding=windows-1252;separator=vertical bar;columns=last_name,-,first_name;sheet=4b%3B 100 %253B=x;short_rows=blank"
        );
        assert_eq!(Answers::from_text(&all.to_text()), Some(all));
        assert_eq!(Answers::from_text(""), Some(Answers::default()));
        for text in ["encoding=klingon", "columns=name", "separator=,;", "nonsense", "short_rows=", "sheet"] {
            let is_sign = text == "separator=,;";
            assert_eq!(Answers::from_text(text).is_some(), is_sign, "{text}");
        }
    }
}
