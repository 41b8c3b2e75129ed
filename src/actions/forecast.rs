//! Foreseeing what would become of a file, before anything is made. It only reads: what the lines above would have done
//! to emails, names and usernames is remembered here, so that nobody has to wait for it.

use super::receive_upload::{Destination, NamedRoster, Said};
use super::settle::{Place, Supplied, Verdict, judge_line, namesake_words, skip_if_email_is_used};
use crate::clock;
use crate::domain::roster::{Refusal, Row};
use crate::domain::{Candidate, Password, RecordStatus, Stem, UploadId, UserType, Username, message};
use crate::problem::Problem;
use crate::store::account;
use crate::store::record::Record;
use crate::store::{self, Connection, district, school};
use std::collections::HashMap;

/// What would become of every line of every file, one file after the other, with the usernames that would be given.
/// Nothing is made.
///
/// # Errors
/// If the database cannot be read.
pub fn check_upload(
    conn: &Connection,
    to: &Destination,
    files: &[NamedRoster],
) -> Result<Vec<Record>, Problem> {
    let moment = store::reading(conn)?;
    let mut forecast = Forecast::begin(&moment, to)?;
    let mut records = Vec::new();
    for file in files {
        for row in &file.roster.rows {
            let foreseen = forecast.row(row, &Said::default())?;
            let [first_name, last_name, email] = cells_of(row).map(str::to_owned);
            records.push(Record {
                line: foreseen.line,
                first_name,
                last_name,
                email,
                username: foreseen.username().to_owned(),
                status: foreseen.status,
                message: foreseen.message,
            });
        }
        forecast.next_file();
    }
    Ok(records)
}

/// What would become of a line.
pub(super) struct Foreseen {
    pub(super) line: u32,
    /// The username that would be given.
    pub(super) username: Option<Username>,
    pub(super) status: RecordStatus,
    pub(super) message: String,
    /// Whether somebody of this name is there already.
    pub(super) is_namesake: bool,
    /// Whether it would get an account, had the administrator not chosen to skip it.
    pub(super) is_left_out: bool,
}

impl Foreseen {
    pub(super) fn username(&self) -> &str {
        self.username.as_ref().map_or("", Username::as_str)
    }
}

/// The names and the email of a row, as they came.
pub(super) fn cells_of(row: &Result<Row, Refusal>) -> [&str; 3] {
    match row {
        Ok(row) => [&row.first_name, &row.last_name, &row.email],
        Err(refusal) => [&refusal.first_name, &refusal.last_name, ""],
    }
}

/// What would have become of the lines so far.
pub(super) struct Forecast<'a> {
    conn: &'a Connection,
    place: Place,
    file: usize,
    /// By the key of an email: the file and the line it is on, and whose it is there.
    emails: HashMap<String, (usize, u32, Candidate)>,
    /// By the key of a name: the file and the username of the first one who is called so, and whether anybody of them has no
    /// email.
    names: HashMap<String, (usize, Username, bool)>,
    /// By stem: how many usernames were given on it.
    stems: HashMap<String, i64>,
}

impl<'a> Forecast<'a> {
    pub(super) fn begin(conn: &'a Connection, to: &Destination) -> Result<Forecast<'a>, Problem> {
        let place = Place {
            // Number 0 is no upload's.
            upload: UploadId(0),
            school: to.school,
            kind: to.kind,
            who_chooses: super::receive_upload::who_chooses(conn, to)?,
            time_zone: district::time_zone(conn)?,
        };
        Ok(Forecast {
            conn,
            place,
            file: 0,
            emails: HashMap::new(),
            names: HashMap::new(),
            stems: HashMap::new(),
        })
    }

    /// Goes on with the next file: what stood in this one is somebody's by then.
    pub(super) fn next_file(&mut self) {
        self.file += 1;
    }

    /// What would become of the next row. `said` is what was said of it before: it saves the work of finding its stem again.
    pub(super) fn row(&mut self, row: &Result<Row, Refusal>, said: &Said) -> Result<Foreseen, Problem> {
        let (line, verdict) = judged(row, self.place.kind);
        let ended = |status, message| Foreseen {
            line,
            username: None,
            status,
            message,
            is_namesake: false,
            is_left_out: false,
        };
        let (person, password) = match verdict {
            Verdict::Refused(outcome) => return Ok(ended(RecordStatus::Failed, outcome.message)),
            Verdict::Fit { person, password } => (person, password),
        };
        if let Some(why) = self.email_is_used(&person)? {
            return Ok(ended(RecordStatus::Skipped, why));
        }
        let name_order = person.keys().name_order;
        let twin = self.namesake(&person, &name_order)?;
        let is_namesake = twin.is_some();
        if said.is_left_out {
            let skipped = ended(RecordStatus::Skipped, message::left_out(twin));
            return Ok(Foreseen { is_namesake, is_left_out: true, ..skipped });
        }
        let stem = match &said.announced {
            Some(announced) => announced.stem(),
            None => Stem::of(&person.first_name, &person.last_name),
        };
        let username = self.next_username(&stem)?;
        self.remember(line, person, name_order, &username);
        let created = ended(RecordStatus::Created, message::created(password.is_none(), twin));
        Ok(Foreseen { username: Some(username), is_namesake, ..created })
    }

    fn email_is_used(&self, person: &Candidate) -> Result<Option<String>, Problem> {
        let Some(email) = &person.email else { return Ok(None) };
        if let Some((file, line, holder)) = self.emails.get(email.key()) {
            return Ok(Some(if *file == self.file {
                message::email_earlier_in_file(*line)
            } else {
                let school = school::name(self.conn, self.place.school)?;
                let (first, last) = (holder.first_name.as_str(), holder.last_name.as_str());
                message::email_in_school(first, last, self.place.kind, &school)
            }));
        }
        Ok(skip_if_email_is_used(self.conn, &self.place, person)?.map(|outcome| outcome.message))
    }

    /// What is said of somebody of the same name, if there is one.
    fn namesake(&self, person: &Candidate, name_order: &str) -> Result<Option<String>, Problem> {
        let known = namesake_words(self.conn, &self.place, name_order, person.email.is_none())?;
        if known.is_some() {
            return Ok(known);
        }
        let twin =
            self.names.get(name_order).filter(|(.., any_without)| *any_without || person.email.is_none());
        Ok(twin.map(|(file, username, _)| {
            if *file == self.file {
                message::namesake_in_file()
            } else {
                let today = clock::written(clock::now(), &self.place.time_zone, clock::DAY_IN_A_SENTENCE);
                message::namesake(self.place.kind, username.as_str(), &today)
            }
        }))
    }

    fn next_username(&mut self, stem: &Stem) -> Result<Username, Problem> {
        let given = match self.stems.get_mut(stem.as_str()) {
            Some(given) => given,
            None => {
                let given = account::given_on(self.conn, stem)?;
                self.stems.entry(stem.as_str().to_owned()).or_insert(given)
            }
        };
        loop {
            *given += 1;
            if let Some(username) = stem.nth(*given) {
                return Ok(username);
            }
        }
    }

    fn remember(&mut self, line: u32, person: Candidate, name_order: String, username: &Username) {
        let has_no_email = person.email.is_none();
        let first = self.names.entry(name_order).or_insert_with(|| (self.file, username.clone(), false));
        first.2 |= has_no_email;
        if let Some(email) = &person.email {
            self.emails.insert(email.key().to_owned(), (self.file, line, person));
        }
    }
}

fn judged(row: &Result<Row, Refusal>, kind: UserType) -> (u32, Verdict) {
    match row {
        Ok(row) => {
            let supplied = match &row.password {
                None => Supplied::Blank,
                Some(text) => Password::supplied(text).into(),
            };
            (row.line, judge_line([&row.first_name, &row.last_name, &row.email], kind, supplied))
        }
        Err(refusal) => (refusal.line, Verdict::refused(refusal.why.clone())),
    }
}
