//! Foreseeing what would become of a file, before anything is made. It only reads: what the lines above would have done
//! to emails, names and usernames is remembered here, so that nobody has to wait for it.

use super::receive_upload::{Destination, NamedRoster};
use super::settle::{Place, Supplied, Verdict, judge_line, namesake_words, skip_if_email_is_used};
use crate::clock;
use crate::domain::roster::{Refusal, Row};
use crate::domain::{
    Candidate, Password, RecordStatus, Stem, UploadId, UserType, Username, message, name_key,
};
use crate::problem::Problem;
use crate::store::account;
use crate::store::draft::Planned;
use crate::store::record::Record;
use crate::store::{Connection, district, school};
use std::collections::{HashMap, HashSet};

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
    let mut forecast = Forecast::begin(conn, to)?;
    let mut records = Vec::new();
    for file in files {
        let planned = forecast.file(&file.roster.rows, &HashSet::new())?;
        records.extend(planned.into_iter().map(|planned| Record {
            line: planned.line,
            first_name: planned.first_name,
            last_name: planned.last_name,
            email: planned.email,
            username: planned.username,
            status: planned.status,
            message: planned.message,
        }));
    }
    Ok(records)
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

    /// What would become of the rows of the next file. `left_out` are the lines that the administrator chose to skip.
    pub(super) fn file(
        &mut self,
        rows: &[Result<Row, Refusal>],
        left_out: &HashSet<u32>,
    ) -> Result<Vec<Planned>, Problem> {
        self.file += 1;
        rows.iter().map(|row| self.row(row, left_out)).collect()
    }

    fn row(&mut self, row: &Result<Row, Refusal>, left_out: &HashSet<u32>) -> Result<Planned, Problem> {
        let (line, cells, verdict) = judged(row, self.place.kind);
        let mut planned = Planned {
            line,
            first_name: cells[0].to_owned(),
            last_name: cells[1].to_owned(),
            email: cells[2].to_owned(),
            username: String::new(),
            status: RecordStatus::Failed,
            message: String::new(),
            is_namesake: false,
            is_left_out: left_out.contains(&line),
        };
        let (person, password) = match verdict {
            Verdict::Refused(outcome) => {
                planned.message = outcome.message;
                planned.is_left_out = false;
                return Ok(planned);
            }
            Verdict::Fit { person, password } => (person, password),
        };
        if let Some(why) = self.email_is_used(&person)? {
            planned.is_left_out = false;
            return Ok(Planned { status: RecordStatus::Skipped, message: why, ..planned });
        }
        let twin = self.namesake(&person)?;
        planned.is_namesake = twin.is_some();
        if planned.is_left_out {
            let message = message::left_out(twin);
            return Ok(Planned { status: RecordStatus::Skipped, message, ..planned });
        }
        let username = self.next_username(&person)?;
        planned.username = username.as_str().to_owned();
        planned.status = RecordStatus::Created;
        planned.message = message::created(password.is_none(), twin);
        self.remember(line, person, username);
        Ok(planned)
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
    fn namesake(&self, person: &Candidate) -> Result<Option<String>, Problem> {
        let known = namesake_words(self.conn, &self.place, person)?;
        if known.is_some() {
            return Ok(known);
        }
        let key = name_key(person.first_name.as_str(), person.last_name.as_str());
        let twin = self.names.get(&key).filter(|(.., any_without)| *any_without || person.email.is_none());
        Ok(twin.map(|(file, username, _)| {
            if *file == self.file {
                message::namesake_in_file()
            } else {
                let today = clock::written(clock::now(), &self.place.time_zone, clock::DAY_IN_A_SENTENCE);
                message::namesake(self.place.kind, username.as_str(), &today)
            }
        }))
    }

    fn next_username(&mut self, person: &Candidate) -> Result<Username, Problem> {
        let stem = Stem::of(&person.first_name, &person.last_name);
        let given = match self.stems.get_mut(stem.as_str()) {
            Some(given) => given,
            None => {
                let given = account::given_on(self.conn, &stem)?;
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

    fn remember(&mut self, line: u32, person: Candidate, username: Username) {
        let key = name_key(person.first_name.as_str(), person.last_name.as_str());
        let has_no_email = person.email.is_none();
        let first = self.names.entry(key).or_insert((self.file, username, false));
        first.2 |= has_no_email;
        if let Some(email) = &person.email {
            self.emails.insert(email.key().to_owned(), (self.file, line, person));
        }
    }
}

fn judged(row: &Result<Row, Refusal>, kind: UserType) -> (u32, [&str; 3], Verdict) {
    match row {
        Ok(row) => {
            let cells = [row.first_name.as_str(), &row.last_name, &row.email];
            let supplied = match &row.password {
                None => Supplied::Blank,
                Some(text) => Password::supplied(text).into(),
            };
            (row.line, cells, judge_line(cells, kind, supplied))
        }
        Err(refusal) => {
            let cells = [refusal.first_name.as_str(), &refusal.last_name, ""];
            (refusal.line, cells, Verdict::refused(refusal.why.clone()))
        }
    }
}
