//! A database that is damaged, empty or gone: what to put in its place, in the words of whoever finds it so.

use super::snapshots;
use crate::folder::Folder;
use crate::problem::Problem;
use jiff::Timestamp;
use std::path::absolute;

/// What to put in the place of a folder's database, and how: the newest snapshot that is whole, if there is one. The paths are
/// whole, for whoever reads it somewhere else.
#[must_use]
pub fn words(folder: &Folder, now: Timestamp) -> String {
    let folder = absolute(folder.path()).map_or_else(|_| folder.clone(), |path| Folder::at(&path));
    let data = folder.path().display();
    match snapshots::newest_whole(&folder, now) {
        Some(snapshot) => format!(
            "The newest whole snapshot is {0}: put it in its place with `firstbell restore --data {data} {0}`.",
            snapshot.display()
        ),
        None => format!(
            "There is no whole snapshot in {}. Put a good copy in its place with `firstbell restore --data {data} COPY`.",
            folder.backups().display()
        ),
    }
}

/// Has a problem say what to put in the database's place, if it is that the folder's database is damaged, or is none.
#[must_use]
pub fn told(folder: &Folder, problem: Problem, now: Timestamp) -> Problem {
    match problem {
        Problem::Database(_) if problem.is_damage() => Problem::Damaged(format!(
            "The database is damaged or only part of it was copied: {} does not hold together. {}",
            folder.database().display(),
            words(folder, now)
        )),
        other => other,
    }
}

/// Refuses a database that is not there, or has nothing in it, unless one may be made, and none was there before.
pub(super) fn nothing_there(folder: &Folder, may_make: bool, now: Timestamp) -> Result<(), Problem> {
    let database = folder.database();
    // The key is made when the database has its shape and not before, and of nothing else are there snapshots.
    if folder.key().exists() || !snapshots::all(folder)?.is_empty() {
        let (what, how) =
            if database.exists() { ("empty", "has nothing in it") } else { ("gone", "is not there") };
        return Err(Problem::Gone(format!(
            "The database is {what}: {} {how}, but its key or its snapshots are beside it. {} To begin anew instead, name \
             another folder with --data, or move this one away.",
            database.display(),
            words(folder, now)
        )));
    }
    if may_make { Ok(()) } else { Err(folder.has_no_district()) }
}
