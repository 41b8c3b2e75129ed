//! Foreseeing what would become of a file, before anything is made. It only reads: what the lines above would have done
//! to emails, names and usernames is remembered here, so that nobody has to wait for it.

use super::plan::Plan;
use super::receive_upload::{Destination, NamedRoster, Said};
use super::settle::{Place, Verdict, judge_row, namesake_words, skip_if_email_is_used};
use crate::clock;
use crate::domain::roster::{Refusal, Row, Rows};
use crate::domain::{Candidate, RecordStatus, Stem, UploadId, UserType, Username, message};
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
        forecast.begin_file(rows);
        for row in rows.iter() {
            plan.push(&forecast.row(&row, &Said::default())?);
        }
        forecast.end_file(plan);
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
    /// This one.
    rows: Option<&'a Rows>,
    /// How many rows there were, of all files.
    seen: u32,
    /// By the mark of an email: the row that it stands in.
    emails: HashMap<Mark, u32>,
    /// By the mark of a name: the row of the first one who is called so, and whether anybody of them has no email.
    names: HashMap<Mark, (u32, bool)>,
    /// By the mark of a stem: how many usernames were given on it.
    stems: HashMap<Mark, i64>,
}

/// Somebody above.
enum Above<'a> {
    /// In this file, on this line.
    Here(u32),
    /// In an earlier one, with these cells and this username.
    Earlier([&'a str; 3], &'a str),
}

/// What a text is known by while a forecast lasts. Among a million texts, two have the same with a chance of one in 10^17.
pub(super) type Mark = [u8; 12];

/// Makes marks, with two keys of their own: nobody can choose texts that are taken for one.
pub(super) struct Marks(RandomState, RandomState);

impl Marks {
    pub(super) fn new() -> Marks {
        Marks(RandomState::new(), RandomState::new())
    }

    pub(super) fn of(&self, text: &str) -> Mark {
        let bytes = [self.0.hash_one(text), self.1.hash_one(text)].map(u64::to_ne_bytes);
        let mut mark = Mark::default();
        mark.iter_mut().zip(bytes.as_flattened()).for_each(|(byte, hashed)| *byte = *hashed);
        mark
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
            rows: None,
            seen: 0,
            emails: HashMap::with_capacity(lines),
            names: HashMap::new(),
            stems: HashMap::new(),
        })
    }

    /// Goes on with a file, of which each row is to be foreseen.
    pub(super) fn begin_file(&mut self, rows: &'a Rows) {
        self.rows = Some(rows);
    }

    /// Ends a file: what stood in it, and was planned for it, is somebody's from now on.
    fn end_file(&mut self, plan: Plan) {
        self.files.extend(self.rows.take().zip(Some(plan)));
    }

    /// What would become of the next row. `said` is what was said of it before: it saves the work of finding its stem again.
    pub(super) fn row(
        &mut self,
        row: &Result<Row<'_>, Refusal<'_>>,
        said: &Said,
    ) -> Result<Foreseen, Problem> {
        self.seen += 1;
        let ended = |status, message| Foreseen {
            username: None,
            status,
            message,
            is_namesake: false,
            is_left_out: false,
        };
        let (person, password) = match judged(row, self.place.kind) {
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
        self.remember(&person, &name_order);
        let created = ended(RecordStatus::Created, message::created(password.is_none(), twin));
        Ok(Foreseen { username: Some(username), is_namesake, ..created })
    }

    fn email_is_used(&self, person: &Candidate) -> Result<Option<String>, Problem> {
        let Some(email) = &person.email else { return Ok(None) };
        if let Some(seen) = self.emails.get(&self.marks.of(email.key())) {
            return Ok(Some(match self.above(*seen) {
                Above::Here(line) => message::email_earlier_in_file(line),
                Above::Earlier([first, last, _], _) => {
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
        Ok(twin.map(|(seen, _)| match self.above(*seen) {
            Above::Here(_) => message::namesake_in_file(),
            Above::Earlier(_, username) => {
                let today = clock::written(clock::now(), &self.place.time_zone, clock::DAY_IN_A_SENTENCE);
                message::namesake(self.place.kind, username, &today)
            }
        }))
    }

    /// Whoever stands in a row of this file or one before it, by its number among all of them.
    fn above(&self, seen: u32) -> Above<'_> {
        let mut at = seen as usize;
        for (rows, plan) in &self.files {
            match rows.get(at) {
                Some(row) => return Above::Earlier(cells_of(&row), plan.username(at)),
                None => at = at.saturating_sub(rows.len()),
            }
        }
        Above::Here(self.rows.and_then(|rows| rows.line(at)).unwrap_or_default())
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

    fn remember(&mut self, person: &Candidate, name_order: &str) {
        let this = self.seen.saturating_sub(1);
        let first = self.names.entry(self.marks.of(name_order)).or_insert((this, false));
        first.1 |= person.email.is_none();
        if let Some(email) = &person.email {
            self.emails.insert(self.marks.of(email.key()), this);
        }
    }
}

/// A row judged by itself.
pub(super) fn judged(row: &Result<Row<'_>, Refusal<'_>>, kind: UserType) -> Verdict {
    match row {
        Ok(row) => judge_row(row, kind).into(),
        Err(refusal) => Verdict::refused(refusal.why.to_string()),
    }
}
