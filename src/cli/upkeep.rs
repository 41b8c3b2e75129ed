//! `firstbell backup` and `firstbell check`: looking after the database.

use super::{DataArgs, Ending, print, say};
use crate::actions;
use crate::clock;
use crate::folder::Folder;
use crate::problem::Problem;
use crate::secrets::Key;
use crate::store::health::{self, Counts};
use crate::store::{self, Connection, cure};
use indicatif::HumanCount;
use std::path::PathBuf;

#[derive(clap::Args)]
pub(super) struct Backup {
    #[command(flatten)]
    pub(super) data: DataArgs,
    /// The file to write, or a folder to write it into
    dest: PathBuf,
}

#[derive(clap::Args)]
pub(super) struct Check {
    #[command(flatten)]
    data: DataArgs,
}

pub(super) fn backup(args: &Backup) -> Result<Ending, Problem> {
    let office = args.data.open()?;
    let to = if args.dest.is_dir() {
        args.dest.join(format!("firstbell-{}.db", clock::now().strftime("%Y%m%d-%H%M%S")))
    } else {
        args.dest.clone()
    };
    store::snapshot(&office.conn, &to)?;
    say(&format!(
        "{} is a whole, verified copy. Keep {} too, in another place: without it the passwords that were generated are lost.",
        to.display(),
        office.folder.key().display()
    ));
    office.close();
    Ok(Ending::Done)
}

pub(super) fn check(args: &Check) -> Result<Ending, Problem> {
    let folder = Folder::existing(&args.data.data)?;
    let found = match args.data.told(examine(folder)) {
        Err(problem) if problem.is_damage() => {
            Err(Faults { damage: vec![problem.to_string()], ..Faults::default() })
        }
        examined => examined?,
    };
    match found {
        Ok(counts) => print(&counts_words(&counts)).map(|()| Ending::Done),
        Err(faults) => print(&faults_words(&faults)).map(|()| Ending::WithFailures),
    }
}

/// What is not as it should be.
#[derive(Default)]
struct Faults {
    /// What is damaged in the database, a line each.
    damage: Vec<String>,
    /// What its key is, and what to do about it.
    key: Option<KeyFault>,
}

/// What a key is, after "its key", and what to do about it.
type KeyFault = (&'static str, String);

fn faults_words(faults: &Faults) -> String {
    let mut words = String::new();
    if !faults.damage.is_empty() {
        words = format!("The database is damaged:\n{}\n", faults.damage.join("\n"));
    }
    if let Some((what, why)) = &faults.key {
        let start = if words.is_empty() { "The database is whole, but" } else { "And" };
        words.push_str(&format!("{start} its key {what}:\n{why}\n"));
    }
    words
}

/// What there is, or what is not as it should be.
fn examine(folder: Folder) -> Result<Result<Counts, Faults>, Problem> {
    let opened = store::open(&folder, clock::now())?;
    opened.notice().iter().for_each(|notice| say(notice));
    let conn = opened.conn;
    let mut faults = Faults { damage: health::damage(&conn)?, key: None };
    if faults.damage.is_empty() {
        faults = Faults { damage: health::contradictions(&conn)?, key: key_fault(&folder, &conn)? };
    } else {
        faults.damage.push(cure::words(&folder, clock::now()));
    }
    let is_well = faults.damage.is_empty() && faults.key.is_none();
    let found = if is_well { Ok(health::counts(&conn)?) } else { Err(faults) };
    store::close(conn);
    Ok(found)
}

/// What is wrong with the key beside the database.
fn key_fault(folder: &Folder, conn: &Connection) -> Result<Option<KeyFault>, Problem> {
    let Some(district) = store::district::get(conn)? else { return Ok(None) };
    if !folder.key().exists() {
        let key = folder.key();
        let why = format!("{} is gone. Put it back: without it generated passwords are lost.", key.display());
        return Ok(Some(("is not there", why)));
    }
    Ok(match Key::load(folder) {
        Ok(key) if key.fingerprint() == district.key_fingerprint => None,
        Ok(_) => Some(("is another database's", actions::other_key(folder).to_string())),
        Err(problem) => Some(("cannot be used", problem.to_string())),
    })
}

fn counts_words(counts: &Counts) -> String {
    let number = |count: i64| HumanCount(u64::try_from(count).unwrap_or_default());
    format!(
        "The database is whole.\n\
         schools   {}\nteachers  {}\nstudents  {}\nparents   {}\nuploads   {}, {} of them without their lines\n\
         records   {}, {} of them pending\nletters   {}\naudit log {}\n",
        number(counts.schools),
        number(counts.teachers),
        number(counts.students),
        number(counts.parents),
        number(counts.uploads),
        number(counts.without_lines),
        number(counts.records),
        number(counts.pending),
        number(counts.letters),
        number(counts.audit),
    )
}
