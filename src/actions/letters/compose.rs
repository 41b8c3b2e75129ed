//! Putting a letter together from what it is about, when it is sent or read.

use super::password_link_path;
use crate::actions::write_results::results_csv;
use crate::clock;
use crate::domain::{Administers, LetterKind, Scope, UploadId};
use crate::mail::{self, Attachment, Counted, File, House, PROBLEMS_SHOWN, ProblemLine, Results, Words};
use crate::problem::Problem;
use crate::secrets::{Key, SealBroken, Secret};
use crate::store::letter::Letter;
use crate::store::upload::Listed;
use crate::store::{Connection, district, record, upload};

/// The largest results that go with a letter, in bytes: less than any mail server's limit once they are encoded.
const LARGEST_ATTACHMENT: usize = 5 * 1024 * 1024;
/// So many lines of results are never that small; they are not even written.
const MOST_LINES_ATTACHED: u32 = 100_000;

/// A letter put together.
pub(super) struct Composed {
    /// What it says.
    pub(super) words: Words,
    /// The district's name.
    pub(super) from: String,
    /// What goes with it.
    pub(super) attachment: Option<Attachment>,
}

/// What stands in a letter where only its reader may see the link.
const HIDDEN: &str = "…";

/// A letter as an administrator may read it: the secret of a link is not in it.
///
/// # Errors
/// If the database cannot be read.
pub fn read_letter(conn: &Connection, letter: &Letter) -> Result<Words, Problem> {
    Ok(compose(conn, letter, HIDDEN)?.words)
}

/// The secret of the link in a letter; empty if there is none in it.
pub(super) fn link_of(key: &Key, letter: &Letter) -> Result<String, SealBroken> {
    let Some(sealed) = &letter.sealed_link else { return Ok(String::new()) };
    let opened = key.open_secret(sealed, Secret::Link(&letter.message_id))?;
    std::str::from_utf8(&opened).map(str::to_owned).map_err(|_| SealBroken)
}

/// Puts a letter together; `link` is the secret of the link in it.
pub(super) fn compose(conn: &Connection, letter: &Letter, link: &str) -> Result<Composed, Problem> {
    let district = district::get(conn)?;
    let (name, address, zone) = match &district {
        Some(district) => (district.name.as_str(), district.address.as_deref(), district.time_zone.as_str()),
        None => ("Firstbell", None, "UTC"),
    };
    let house = House { district: name, address, to: &letter.to_name };
    let mut particulars = letter.particulars.lines();
    let mut next = || particulars.next().unwrap_or_default();
    let mut attachment = None;
    let words = match letter.kind {
        LetterKind::Received | LetterKind::Report => {
            let listed = match letter.upload {
                Some(id) => upload::visible_to(conn, Scope::District, id)?,
                None => None,
            };
            let Some(listed) = listed else {
                return Err(Problem::refused("The upload that this letter is about is gone."));
            };
            let received = clock::written(listed.upload.received_at, zone, clock::IN_A_SENTENCE);
            let file = file(&listed, &received);
            if letter.kind == LetterKind::Received {
                mail::received(&house, &file)
            } else {
                attachment = results(conn, &listed)?;
                let counted = counted(&listed, attachment.is_some());
                mail::report(&house, &file, &counted, problems(conn, listed.upload.id)?)
            }
        }
        LetterKind::NewPassword => mail::new_password(&house, next()),
        LetterKind::EmailChanged => mail::email_changed(&house, next()),
        LetterKind::Administrator => {
            let username = next();
            let right = Administers::from_word(next()).unwrap_or(Administers::School);
            mail::administrator(&house, username, right, next())
        }
        LetterKind::ForgotPassword => mail::forgot_password(&house, &password_link_path(link)),
        LetterKind::Test => mail::test(&house),
    };
    Ok(Composed { words, from: name.to_owned(), attachment })
}

fn file<'a>(listed: &'a Listed, received: &'a str) -> File<'a> {
    File {
        job: listed.upload.id.0,
        name: &listed.upload.file_name,
        school: &listed.school_name,
        kind: listed.upload.kind,
        total: listed.upload.total,
        received,
    }
}

fn counted(listed: &Listed, is_attached: bool) -> Counted<'_> {
    let counts = listed.upload.counts;
    let results = match (is_attached, listed.upload.lines_removed_at) {
        (true, _) => Results::Attached,
        (false, None) => Results::TooLong,
        (false, Some(_)) => Results::Removed,
    };
    Counted {
        created: counts.created,
        skipped: counts.skipped,
        failed: counts.failed,
        failure: listed.upload.failure.as_deref(),
        results,
    }
}

fn results(conn: &Connection, listed: &Listed) -> Result<Option<Attachment>, Problem> {
    if listed.upload.total > MOST_LINES_ATTACHED || listed.upload.lines_removed_at.is_some() {
        return Ok(None);
    }
    let id = listed.upload.id;
    let csv = results_csv(conn, id)?;
    Ok((csv.len() <= LARGEST_ATTACHMENT).then(|| Attachment { name: format!("results-{}.csv", id.0), csv }))
}

fn problems(conn: &Connection, id: UploadId) -> Result<Vec<ProblemLine>, Problem> {
    let records = record::problems(conn, id, PROBLEMS_SHOWN)?;
    let line = |record: record::Record| ProblemLine {
        line: record.line,
        name: format!("{} {}", record.first_name, record.last_name).trim().to_owned(),
        status: record.status,
        message: record.message,
    };
    Ok(records.into_iter().map(line).collect())
}
