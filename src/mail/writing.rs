//! The letters, one function each: what is said when a file was received, when its job is done, and so on.

use super::words::{Block, ProblemLine, Words};
use crate::domain::{self, Administers, UserType};

/// The most lines with a problem that a report shows; the results have them all.
pub const PROBLEMS_SHOWN: u32 = 50;

/// In whose name letters are written, and to whom.
#[derive(Clone, Copy, Debug)]
pub struct House<'a> {
    /// The district's name.
    pub district: &'a str,
    /// Where browsers find Firstbell, if the district has said so: without it letters have no links.
    pub address: Option<&'a str>,
    /// The name of whoever gets the letter.
    pub to: &'a str,
}

/// A file that was received.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// Its Job ID.
    pub job: i64,
    /// Its name.
    pub name: &'a str,
    /// The school of its people.
    pub school: &'a str,
    /// What kind of people they are.
    pub kind: UserType,
    /// How many they are.
    pub total: u32,
    /// When it was received, as people write it.
    pub received: &'a str,
}

/// What became of a file's records.
#[derive(Clone, Copy, Debug)]
pub struct Counted<'a> {
    /// Accounts made.
    pub created: u32,
    /// Lines that were skipped: their people had one, or were left out by choice.
    pub skipped: u32,
    /// Lines to correct.
    pub failed: u32,
    /// Why the job itself could not be finished, if it could not.
    pub failure: Option<&'a str>,
    /// Where the results of every line are.
    pub results: Results,
}

/// Where the results of a job are when its letter is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Results {
    /// They go with the letter.
    Attached,
    /// They are too long for that.
    TooLong,
    /// The lines were kept for as long as the settings say, and are removed.
    Removed,
}

/// A file was received.
#[must_use]
pub fn received(house: &House<'_>, file: &File<'_>) -> Words {
    let people = people(file.total, file.kind);
    let text = format!(
        "We received {}: {people} of {}. Their accounts are made in the order in which files came in. When the last \
         line is done, a second letter tells you what became of each.",
        file.name, file.school
    );
    let mut blocks = vec![Block::Text(text), Block::Facts(facts(file))];
    blocks.extend(link(house, "See how far it is", &format!("/admin/uploads/{}", file.job)));
    letter(house, format!("Job {}: we received {}", file.job, file.name), blocks)
}

/// A file's job is done. `lines` are the first ones with a problem.
#[must_use]
pub fn report(house: &House<'_>, file: &File<'_>, counted: &Counted<'_>, lines: Vec<ProblemLine>) -> Words {
    let Counted { created, skipped, failed, failure, results } = *counted;
    let (subject, lead) = match (failure, failed, created) {
        (Some(_), ..) => ("could not be finished".to_owned(), "The job could not be finished.".to_owned()),
        (None, 1, _) => ("1 line to correct".to_owned(), "1 line needs correcting.".to_owned()),
        (None, 2.., _) => {
            let lines = format!("{} lines", number(failed));
            (format!("{lines} to correct"), format!("{lines} need correcting."))
        }
        (None, 0, 0) => ("nobody new".to_owned(), "No account was made: every line was skipped.".to_owned()),
        (None, 0, 1) => ("ready to use".to_owned(), "The account is ready to use.".to_owned()),
        (None, 0, _) => {
            ("ready to use".to_owned(), format!("All {} accounts are ready to use.", number(created)))
        }
    };
    let mut blocks = vec![Block::Lead(lead)];
    blocks.extend(failure.map(|why| Block::Text(why.to_owned())));
    if failed > 0 {
        let sentences = [ready(created), mend(failed, results)];
        let text = sentences.into_iter().flatten().collect::<Vec<_>>().join(" ");
        blocks.extend(Some(text).filter(|text| !text.is_empty()).map(Block::Text));
    }
    let mut figures = facts(file);
    figures.extend([("Created", number(created)), ("Skipped", number(skipped)), ("Failed", number(failed))]);
    blocks.push(Block::Facts(figures));
    let shown = u32::try_from(lines.len()).unwrap_or(u32::MAX);
    let more = (failed + skipped).saturating_sub(shown);
    if shown > 0 {
        blocks.push(Block::Lines(lines));
    }
    if more > 0 && results != Results::Removed {
        let lines = if more == 1 { "line" } else { "lines" };
        blocks.push(Block::Text(format!("The results have {} {lines} more like these.", number(more))));
    }
    blocks.extend(link(house, "See the results", &format!("/admin/uploads/{}", file.job)));
    blocks.push(Block::Text(match (results, house.address) {
        (Results::Attached, _) => {
            "The results of every line are attached. There is no password in them.".to_owned()
        }
        (Results::TooLong, Some(_)) => {
            "The results are too long to be attached: they wait behind the link.".to_owned()
        }
        (Results::TooLong, None) => format!(
            "The results are too long to be attached: they wait in Upload History, under job {}.",
            file.job
        ),
        (Results::Removed, _) => {
            "The results of every line are removed: they were kept for as long as the settings say."
                .to_owned()
        }
    }));
    letter(house, format!("Job {}: {}, {subject}", file.job, file.name), blocks)
}

/// What is said of the accounts of a job in which other lines failed.
fn ready(created: u32) -> Option<String> {
    match created {
        0 => None,
        1 => Some("The account that was made is ready to use.".to_owned()),
        _ => Some(format!("The {} accounts that were made are ready to use.", number(created))),
    }
}

/// What to do about lines that failed, while they are there.
fn mend(failed: u32, results: Results) -> Option<String> {
    let (lines, these) = if failed == 1 { ("line", "this line") } else { ("lines", "these lines") };
    (results != Results::Removed).then(|| {
        format!("Mend the {lines} below on the results page, or upload a file that has {these} only.")
    })
}

/// A new password was set.
#[must_use]
pub fn new_password(house: &House<'_>, username: &str) -> Words {
    let text =
        format!("A new password was set for your account {username}. The old one does not work any more.");
    let mut blocks = vec![Block::Text(text), Block::Text(not_you("you did not ask for it"))];
    blocks.extend(link(house, "Log in", "/login"));
    letter(house, "Your password was changed".to_owned(), blocks)
}

/// The email was changed: to the old one.
#[must_use]
pub fn email_changed(house: &House<'_>, username: &str) -> Words {
    let text = format!(
        "Your account {username} has another email now, or none. From now on letters do not come to this address any more, \
         and it does not log in."
    );
    let blocks = vec![Block::Text(text), Block::Text(not_you("you did not ask for it"))];
    letter(house, "Your email was changed".to_owned(), blocks)
}

/// Somebody was made an administrator.
#[must_use]
pub fn administrator(house: &House<'_>, username: &str, right: Administers, school: &str) -> Words {
    let what = match right {
        Administers::District => format!("a District Administrator of {}", house.district),
        Administers::School => format!("a School Administrator of {school}"),
    };
    let text = format!(
        "You are {what} now. Log in to your Teacher Account {username} and choose “Switch to Admin Account”. It asks \
         for a password of at least 15 characters."
    );
    let mut blocks = vec![Block::Text(text), Block::Text(not_you("this surprises you"))];
    blocks.extend(link(house, "Log in", "/login"));
    letter(house, "You are an administrator now".to_owned(), blocks)
}

/// A link to a new password. `path` is the link without the address; without an address there is no such letter.
#[must_use]
pub fn forgot_password(house: &House<'_>, path: &str) -> Words {
    let text = "Somebody, most likely you, has asked for a new password at the login page. This link leads to it, once, \
                for half an hour:";
    let mut blocks = vec![Block::Text(text.to_owned())];
    blocks.extend(link(house, "Choose a new password", path));
    blocks.push(Block::Text(
        "If it was not you, do nothing: your password stays as it is, and nobody else has this link."
            .to_owned(),
    ));
    letter(house, "A new password".to_owned(), blocks)
}

/// A try of the mail server's settings.
#[must_use]
pub fn test(house: &House<'_>) -> Words {
    let text = "This is the letter you asked for in Settings. That you read it means that letters arrive.";
    letter(house, "Letters arrive".to_owned(), vec![Block::Text(text.to_owned())])
}

fn letter(house: &House<'_>, subject: String, blocks: Vec<Block>) -> Words {
    let mut all = vec![Block::Text(format!("Dear {},", house.to))];
    all.extend(blocks);
    let closing =
        format!("Firstbell wrote this letter for {}. Nobody reads what is sent back to it.", house.district);
    Words { subject, blocks: all, closing }
}

fn facts(file: &File<'_>) -> Vec<(&'static str, String)> {
    vec![
        ("Job ID", file.job.to_string()),
        ("File", file.name.to_owned()),
        ("School", file.school.to_owned()),
        ("People", people(file.total, file.kind)),
        ("Received", file.received.to_owned()),
    ]
}

fn link(house: &House<'_>, label: &'static str, path: &str) -> Option<Block> {
    house.address.map(|address| Block::Link(label, format!("{address}{path}")))
}

fn not_you(surprise: &str) -> String {
    format!("If {surprise}, tell your administrator today.")
}

fn people(n: u32, kind: UserType) -> String {
    format!("{} {}", number(n), if n == 1 { kind.one() } else { kind.many() })
}

fn number(n: u32) -> String {
    domain::number(n.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::plain;

    fn report_of(failed: u32, skipped: u32, results: Results) -> String {
        let house = House { district: "Springfield", address: None, to: "Ada" };
        let kind = UserType::Student;
        let file =
            File { job: 7, name: "kids.csv", school: "Lincoln High", kind, total: 9, received: "today" };
        let counted = Counted { created: 0, skipped, failed, failure: None, results };
        plain(&report(&house, &file, &counted, vec![]))
    }

    #[test]
    fn a_report_calls_results_too_long_only_where_they_are_and_offers_no_mending_of_lines_that_are_removed() {
        let long = report_of(2, 0, Results::TooLong);
        assert!(long.contains("too long to be attached") && long.contains("Mend the lines below"), "{long}");
        let removed = report_of(2, 0, Results::Removed);
        for words in ["too long", "Mend the", "more like these"] {
            assert!(!removed.contains(words), "{removed}");
        }
        assert!(removed.contains("The results of every line are removed"), "{removed}");
    }

    #[test]
    fn a_report_speaks_of_one_line_as_of_one_and_says_of_skipped_lines_no_more_than_that() {
        let one = report_of(1, 0, Results::Attached);
        assert!(one.contains("Mend the line below") && one.contains("has this line only"), "{one}");
        let skipped = report_of(0, 2, Results::Attached);
        assert!(skipped.contains("every line was skipped") && !skipped.contains("Everybody"), "{skipped}");
    }
}
