//! Foreseeing what would become of a file, before anything is made. It only reads: what the lines above would have done
//! to emails, names and usernames is remembered here, so that nobody has to wait for it.

use super::plan::Plan;
use super::receive_upload::{Destination, NamedRoster, Said};
use super::settle::{Place, Supplied, Verdict, judge_line, namesake_words, skip_if_email_is_used};
use crate::clock;
use crate::domain::roster::{Refusal, Row, Rows};
use crate::domain::{Candidate, Password, RecordStatus, Stem, UploadId, UserType, Username, message};
use crate::problem::Problem;
use crate::store::account;
use crate::store::{self, Connection, district, school};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, RandomState};

/// What would become of every line of every file, one file after the other, with the usernames that would be given.
/// Nothing is made.
///
/// # Errors
/// If the database cannot be read.
pub fn check_upload(
    conn: &Connection,
    to: &Destination,
    files: &[NamedRoster],
) -> Result<Vec<Plan>, Problem> {
    let moment = store::reading(conn)?;
    let lines = files.iter().map(|file| file.roster.rows.len()).sum();
    let mut forecast = Forecast::begin(&moment, to, lines)?;
    for file in files {
        let rows = &file.roster.rows;
        let mut plan = Plan::default();
        for row in rows.iter() {
            plan.push(&forecast.row(&row, &Said::default())?);
        }
        forecast.next_file(rows, plan);
    }
    Ok(forecast.files.into_iter().map(|(_, plan)| plan).collect())
}

/// What would become of a line.
pub(super) struct Foreseen {
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
pub(super) fn cells_of<'a>(row: &Result<Row<'a>, Refusal<'a>>) -> [&'a str; 3] {
    match row {
        Ok(row) => [row.first_name, row.last_name, row.email],
        Err(refusal) => [refusal.first_name, refusal.last_name, ""],
    }
}

/// What would have become of the lines so far. Of their texts only marks are kept, however long the file is.
pub(super) struct Forecast<'a> {
    conn: &'a Connection,
    place: Place,
    marks: Marks,
    /// The files before this one.
    files: Vec<(&'a Rows, Plan)>,
    /// How many lines of this one there were.
    lines: usize,
    /// By the mark of an email: where it stands.
    emails: HashMap<Mark, Seen>,
    /// By the mark of a name: where the first one stands who is called so, and whether anybody of them has no email.
    names: HashMap<Mark, (Seen, bool)>,
    /// By the mark of a stem: how many usernames were given on it.
    stems: HashMap<Mark, i64>,
}

/// Where somebody stands: in which file, as which of its rows, and on which line.
struct Seen {
    file: u32,
    at: u32,
    line: u32,
}

/// What a text is known by while a forecast lasts.
pub(super) type Mark = [u8; 16];

/// Makes marks, with two keys of their own: nobody can choose texts that are taken for one.
pub(super) struct Marks(RandomState, RandomState);

impl Marks {
    pub(super) fn new() -> Marks {
        Marks(RandomState::new(), RandomState::new())
    }

    pub(super) fn of(&self, text: &str) -> Mark {
        let halves = (u128::from(self.0.hash_one(text)) << 64) | u128::from(self.1.hash_one(text));
        halves.to_ne_bytes()
    }
}

impl<'a> Forecast<'a> {
    /// For so many lines.
    pub(super) fn begin(
        conn: &'a Connection,
        to: &Destination,
        lines: usize,
    ) -> Result<Forecast<'a>, Problem> {
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
            marks: Marks::new(),
            files: Vec::new(),
            lines: 0,
            emails: HashMap::with_capacity(lines),
            names: HashMap::new(),
            stems: HashMap::new(),
        })
    }

    /// Goes on with the next file: what stood in this one, and was planned for it, is somebody's by then.
    fn next_file(&mut self, rows: &'a Rows, plan: Plan) {
        self.files.push((rows, plan));
        self.lines = 0;
    }

    /// What would become of the next row. `said` is what was said of it before: it saves the work of finding its stem again.
    pub(super) fn row(
        &mut self,
        row: &Result<Row<'_>, Refusal<'_>>,
        said: &Said,
    ) -> Result<Foreseen, Problem> {
        self.lines += 1;
        let (line, verdict) = judged(row, self.place.kind);
        let ended = |status, message| Foreseen {
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
        self.remember(line, &person, &name_order);
        let created = ended(RecordStatus::Created, message::created(password.is_none(), twin));
        Ok(Foreseen { username: Some(username), is_namesake, ..created })
    }

    fn email_is_used(&self, person: &Candidate) -> Result<Option<String>, Problem> {
        let Some(email) = &person.email else { return Ok(None) };
        if let Some(seen) = self.emails.get(&self.marks.of(email.key())) {
            return Ok(Some(match self.earlier(seen) {
                None => message::email_earlier_in_file(seen.line),
                Some(([first, last, _], _)) => {
                    let school = school::name(self.conn, self.place.school)?;
                    message::email_in_school(first, last, self.place.kind, &school)
                }
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
        let twin = self.names.get(&self.marks.of(name_order));
        let twin = twin.filter(|(_, any_without)| *any_without || person.email.is_none());
        Ok(twin.map(|(seen, _)| match self.earlier(seen) {
            None => message::namesake_in_file(),
            Some((_, username)) => {
                let today = clock::written(clock::now(), &self.place.time_zone, clock::DAY_IN_A_SENTENCE);
                message::namesake(self.place.kind, username, &today)
            }
        }))
    }

    /// The cells and the username of somebody in an earlier file; `None` for whoever is in this one.
    fn earlier(&self, seen: &Seen) -> Option<([&str; 3], &str)> {
        let (rows, plan) = self.files.get(seen.file as usize)?;
        let row = rows.get(seen.at as usize)?;
        Some((cells_of(&row), plan.username(seen.at as usize)))
    }

    fn next_username(&mut self, stem: &Stem) -> Result<Username, Problem> {
        let given = match self.stems.entry(self.marks.of(stem.as_str())) {
            Entry::Occupied(given) => given.into_mut(),
            Entry::Vacant(none) => none.insert(account::given_on(self.conn, stem)?),
        };
        loop {
            *given += 1;
            if let Some(username) = stem.nth(*given) {
                return Ok(username);
            }
        }
    }

    fn remember(&mut self, line: u32, person: &Candidate, name_order: &str) {
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let (file, at) = (number(self.files.len()), number(self.lines.saturating_sub(1)));
        let seen = || Seen { file, at, line };
        let first = self.names.entry(self.marks.of(name_order)).or_insert_with(|| (seen(), false));
        first.1 |= person.email.is_none();
        if let Some(email) = &person.email {
            self.emails.insert(self.marks.of(email.key()), seen());
        }
    }
}

/// A row judged by itself, and the line that it is on.
pub(super) fn judged(row: &Result<Row<'_>, Refusal<'_>>, kind: UserType) -> (u32, Verdict) {
    match row {
        Ok(row) => {
            let supplied = match &row.password {
                None => Supplied::Blank,
                Some(text) => Password::supplied(text).into(),
            };
            (row.line, judge_line([row.first_name, row.last_name, row.email], kind, supplied))
        }
        Err(refusal) => (refusal.line, Verdict::refused(refusal.why.to_string())),
    }
}
