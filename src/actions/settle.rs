//! What becomes of one line: judged by itself, then held against everybody in the district, and written down.
//!
//! The job and the check before it share this, so that what the check announces is what the job does.

use crate::clock;
use crate::domain::roster::{Column, Row};
use crate::domain::{
    BadPassword, Candidate, Keys, LineFault, Password, RecordStatus, SchoolId, Stem, UploadId, UserType,
    Username, WhoChooses, judge, message,
};
use crate::problem::Problem;
use crate::store::account::{self, Credential, Holder, NewAccount};
use crate::store::record::Outcome;
use crate::store::{Connection, Transaction, school};
use jiff::Timestamp;

/// The upload that a line is of, and where its people belong.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) upload: UploadId,
    pub(super) school: SchoolId,
    pub(super) kind: UserType,
    /// Who of them has to choose a password.
    pub(super) who_chooses: WhoChooses,
    /// The district's time zone, for dates in messages.
    pub(super) time_zone: String,
}

/// A line judged by itself.
pub(super) enum Verdict {
    /// No account can be made of it.
    Refused(Outcome),
    /// A person, with the password that was supplied, if one was.
    Fit { person: Candidate, password: Option<Password> },
}

/// A person who can have an account, with the password that was supplied, if one was; or everything that is wrong with
/// their line.
pub(super) type Person = Result<(Candidate, Option<Password>), Vec<LineFault>>;

/// The password on a line.
pub(super) enum Supplied {
    /// The cell is blank: one is to be made.
    Blank,
    /// One that is taken.
    Good(Password),
    /// One that is not, and why.
    Bad(String),
}

impl From<Result<Password, BadPassword>> for Supplied {
    fn from(parsed: Result<Password, BadPassword>) -> Supplied {
        match parsed {
            Ok(password) => Supplied::Good(password),
            Err(bad) => Supplied::Bad(bad.to_string()),
        }
    }
}

/// Judges a row by itself.
pub(super) fn judge_row(row: &Row<'_>, kind: UserType) -> Person {
    let supplied = match &row.password {
        None => Supplied::Blank,
        Some(text) => Password::supplied(text).into(),
    };
    judge_line([row.first_name, row.last_name, row.email], kind, supplied)
}

/// Judges a line by itself: names, email, password.
pub(super) fn judge_line(cells: [&str; 3], kind: UserType, supplied: Supplied) -> Person {
    let [first_name, last_name, email] = cells;
    let (password, fault) = match supplied {
        Supplied::Blank => (None, None),
        Supplied::Good(password) => (Some(password), None),
        Supplied::Bad(why) => (None, Some(LineFault { column: Column::Password, why })),
    };
    match (judge(first_name, last_name, email, kind), fault) {
        (Ok(person), None) => Ok((person, password)),
        (Ok(_), Some(fault)) => Err(vec![fault]),
        (Err(faults), fault) => Err(faults.into_iter().chain(fault).collect()),
    }
}

impl From<Person> for Verdict {
    fn from(judged: Person) -> Verdict {
        match judged {
            Ok((person, password)) => Verdict::Fit { person, password },
            Err(faults) => {
                Verdict::refused(faults.into_iter().map(|fault| fault.why).collect::<Vec<_>>().join(" "))
            }
        }
    }
}

impl Verdict {
    pub(super) fn refused(message: String) -> Verdict {
        Verdict::Refused(Outcome { status: RecordStatus::Failed, message, account: None })
    }
}

/// A person who can have an account, and what was said of their line before.
#[derive(Clone)]
pub(super) struct Fit {
    pub(super) person: Candidate,
    pub(super) keys: Keys,
    pub(super) called: Called,
    /// Whether the administrator chose to skip the line.
    pub(super) is_left_out: bool,
}

/// Where a username comes from.
#[derive(Clone)]
pub(super) enum Called {
    /// A check has announced it, and it is given already.
    Announced(Username),
    /// The next one on this stem.
    On(Stem),
}

/// Makes a person's account, unless their email is in use or their line is left out.
pub(super) fn settle(
    tx: &Transaction<'_>,
    place: &Place,
    line: u32,
    fit: &Fit,
    credential: &Credential,
    now: Timestamp,
) -> Result<Outcome, Problem> {
    let person = &fit.person;
    if let Some(skipped) = skip_if_email_is_used(tx, place, person)? {
        return Ok(skipped);
    }
    let twin = namesake_words(tx, place, &fit.keys.name_order, person.email.is_none())?;
    if fit.is_left_out {
        let message = message::left_out(twin);
        return Ok(Outcome { status: RecordStatus::Skipped, message, account: None });
    }
    let username = match &fit.called {
        Called::Announced(username) => username.clone(),
        Called::On(stem) => account::give_username(tx, stem)?,
    };
    let is_generated = matches!(credential, Credential::Generated(_));
    let new = NewAccount {
        person,
        keys: &fit.keys,
        school: place.school,
        kind: place.kind,
        credential,
        administers: None,
        origin: Some((place.upload, line)),
        chooses_password: place.who_chooses.includes(is_generated),
    };
    let account = account::insert(tx, &new, &username, now)?;
    let message = message::created(is_generated, twin);
    Ok(Outcome { status: RecordStatus::Created, message, account: Some((account, username)) })
}

/// What is said of somebody of the same name, at the same school, of the same kind; `None` if there is nobody.
pub(super) fn namesake_words(
    conn: &Connection,
    place: &Place,
    name_order: &str,
    has_no_email: bool,
) -> Result<Option<String>, Problem> {
    let found = account::namesake(conn, place.school, place.kind, name_order, has_no_email, place.upload)?;
    Ok(found.map(|twin| {
        if twin.is_of_this_file {
            return message::namesake_in_file();
        }
        let since = clock::written(twin.since, &place.time_zone, clock::DAY_IN_A_SENTENCE);
        message::namesake(place.kind, &twin.username, &since)
    }))
}

/// The outcome for a person whose email was in use a moment ago, though its holder may be gone by now: then nothing is said of them.
pub(super) fn skip(tx: &Transaction<'_>, place: &Place, person: &Candidate) -> Result<Outcome, Problem> {
    let gone = || Outcome { status: RecordStatus::Skipped, message: message::email_in_use(), account: None };
    Ok(skip_if_email_is_used(tx, place, person)?.unwrap_or_else(gone))
}

/// The outcome for a person whose email is in use; `None` if it is free, or there is none.
pub(super) fn skip_if_email_is_used(
    conn: &Connection,
    place: &Place,
    person: &Candidate,
) -> Result<Option<Outcome>, Problem> {
    let Some(email) = &person.email else { return Ok(None) };
    let Some(holder) = account::holder(conn, email)? else { return Ok(None) };
    let message = match &holder {
        Holder { origin: Some((upload, line)), .. } if *upload == place.upload => {
            message::email_earlier_in_file(*line)
        }
        Holder { school, .. } if *school == place.school => message::email_in_school(
            &holder.first_name,
            &holder.last_name,
            holder.kind,
            &school::name(conn, *school)?,
        ),
        _ => message::email_in_use(),
    };
    Ok(Some(Outcome { status: RecordStatus::Skipped, message, account: None }))
}
