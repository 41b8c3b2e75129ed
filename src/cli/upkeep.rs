//! `firstbell backup` and `firstbell check`: looking after the database.

use super::{DataArgs, Ending, print, say};
use crate::actions::Office;
use crate::clock;
use crate::folder::Folder;
use crate::problem::Problem;
use crate::store;
use crate::store::health::{self, Counts};
use indicatif::HumanCount;
use std::path::PathBuf;

#[derive(clap::Args)]
pub(super) struct Backup {
    #[command(flatten)]
    data: DataArgs,
    /// The file to write, or a folder to write it into
    dest: PathBuf,
}

#[derive(clap::Args)]
pub(super) struct Check {
    #[command(flatten)]
    data: DataArgs,
}

pub(super) fn backup(args: &Backup) -> Result<Ending, Problem> {
    let office = Office::open(Folder::existing(&args.data.data)?)?;
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
    let found = match examine(folder) {
        Err(problem) if problem.is_damage() => Err(vec![problem.to_string()]),
        examined => examined?,
    };
    match found {
        Ok(counts) => print(&counts_words(&counts)).map(|()| Ending::Done),
        Err(damage) => print(&format!("The database is damaged:\n{}\n", damage.join("\n")))
            .map(|()| Ending::WithFailures),
    }
}

/// What there is, or what is damaged, a line each.
fn examine(folder: Folder) -> Result<Result<Counts, Vec<String>>, Problem> {
    let office = Office::open(folder)?;
    let mut damage = health::damage(&office.conn)?;
    if damage.is_empty() {
        damage = health::contradictions(&office.conn)?;
    }
    let found = if damage.is_empty() { Ok(health::counts(&office.conn)?) } else { Err(damage) };
    office.close();
    Ok(found)
}

fn counts_words(counts: &Counts) -> String {
    let number = |count: i64| HumanCount(u64::try_from(count).unwrap_or_default());
    format!(
        "The database is whole.\n\
         schools   {}\nteachers  {}\nstudents  {}\nparents   {}\nuploads   {}\nrecords   {}, {} of them pending\n",
        number(counts.schools),
        number(counts.teachers),
        number(counts.students),
        number(counts.parents),
        number(counts.uploads),
        number(counts.records),
        number(counts.pending),
    )
}
