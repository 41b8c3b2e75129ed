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
        Err(problem) if problem.is_damage() => Err(vec![problem.to_string()]),
        examined => examined?,
    };
    match found {
        Ok(counts) => print(&counts_words(&counts)).map(|()| Ending::Done),
        Err(damage) => {
            print(&format!("The database is damaged, or its key is not there:\n{}\n", damage.join("\n")))
                .map(|()| Ending::WithFailures)
        }
    }
}

/// What there is, or what is damaged, a line each.
fn examine(folder: Folder) -> Result<Result<Counts, Vec<String>>, Problem> {
    let opened = store::open(&folder, clock::now())?;
    opened.notice().iter().for_each(|notice| say(notice));
    let conn = opened.conn;
    let mut damage = health::damage(&conn)?;
    if damage.is_empty() {
        damage = health::contradictions(&conn)?;
        damage.extend(key_fault(&folder, &conn)?);
    } else {
        damage.push(cure::words(&folder, clock::now()));
    }
    let found = if damage.is_empty() { Ok(health::counts(&conn)?) } else { Err(damage) };
    store::close(conn);
    Ok(found)
}

/// What is wrong with the key beside the database.
fn key_fault(folder: &Folder, conn: &Connection) -> Result<Option<String>, Problem> {
    let Some(district) = store::district::get(conn)? else { return Ok(None) };
    if !folder.key().exists() {
        let key = folder.key();
        return Ok(Some(format!(
            "{} is gone. Put it back: without it generated passwords are lost.",
            key.display()
        )));
    }
    Ok(match Key::load(folder) {
        Ok(key) if key.fingerprint() == district.key_fingerprint => None,
        Ok(_) => Some(actions::other_key(folder).to_string()),
        Err(problem) => Some(problem.to_string()),
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
