//! A copy is put in the database's place: brought in and verified first, and then put there by one rename.

use super::open::connect;
use super::snapshots::REPLACED;
use super::{closed, district, health, migrations};
use crate::folder::{self, Folder, Held};
use crate::problem::{Problem, while_doing};
use jiff::Timestamp;
use rusqlite::Connection;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// How the folder begins in which a copy is verified.
const BRINGING: &str = ".firstbell-restore-";
/// What SQLite has beside a database: the log of what is not in it yet, and how far that is read.
pub(super) const LOG: &str = "-wal";
const LOG_INDEX: &str = "-shm";

/// A copy that is whole and waits beside the database, in a folder that nobody else is in.
pub struct Replacement {
    folder: Folder,
    place: TempDir,
    /// The fingerprint of the key that belongs to it; `None` if no district is set up in it.
    pub key_fingerprint: Option<String>,
    /// Whether it is of an older version, which the next start brings to this one.
    pub is_older: bool,
    /// Whether there was a write-ahead log beside the file, and what was in it is in the copy.
    pub had_log: bool,
    _alone: Held,
    _door: Held,
}

impl Replacement {
    /// Copies `file` into the folder and verifies the copy: the file itself is only read. A write-ahead log beside it
    /// is copied too, and taken in as SQLite would: without it the file of a database that was not closed lacks its
    /// last changes. If the two do not belong together, the copy does not verify.
    ///
    /// # Errors
    /// A refusal, with everything as it was, if somebody is in the folder, or the file is not whole, not Firstbell's, or
    /// of a newer version.
    pub fn bring(folder: &Folder, file: &Path) -> Result<Replacement, Problem> {
        let door = folder.hold_door()?;
        let alone = folder.try_hold_alone()?.ok_or_else(|| {
            Problem::refused(format!(
                "Firstbell is at work in {}. Stop the server, let imports end, and restore then; nothing was changed.",
                folder.path().display()
            ))
        })?;
        let database = folder.database();
        if let (Ok(one), Ok(other)) = (file.canonicalize(), database.canonicalize())
            && one == other
        {
            return Err(Problem::refused(format!(
                "{} is the database itself. Name the copy to put in its place.",
                file.display()
            )));
        }
        sweep(folder.path());
        let place = tempfile::Builder::new()
            .prefix(BRINGING)
            .tempdir_in(folder.path())
            .map_err(while_doing("Making a folder in", folder.path()))?;
        let copy = copy_in(&place);
        copy_file(file, &copy)?;
        let log = beside(file, LOG);
        let had_log = fs::metadata(&log).is_ok_and(|log| log.len() > 0);
        if had_log {
            copy_file(&log, &beside(&copy, LOG))?;
        }
        let (version, key_fingerprint) = verify(&copy).map_err(|problem| refused(file, had_log, problem))?;
        let synced = File::options().write(true).open(&copy).and_then(|copy| copy.sync_all());
        synced.map_err(while_doing("Writing", &copy))?;
        folder::give_to_owner_of(folder.path(), &copy);
        Ok(Replacement {
            folder: folder.clone(),
            place,
            key_fingerprint,
            is_older: version < migrations::VERSION,
            had_log,
            _alone: alone,
            _door: door,
        })
    }

    /// Puts the copy in the database's place. Gives where the database that was there is kept, if there was one.
    /// Whenever the process ends, the one is there whole or the other.
    ///
    /// # Errors
    /// If the folder cannot be written; the database that was there is there then.
    pub fn put_in_place(self, now: Timestamp) -> Result<Option<PathBuf>, Problem> {
        let database = self.folder.database();
        let kept = keep(&self.folder, now)?;
        settle(&database)?;
        fs::rename(copy_in(&self.place), &database).map_err(while_doing("Replacing", &database))?;
        folder::sync_folder_of(&database)?;
        closed::remember(&database);
        Ok(kept)
    }
}

/// The file that SQLite has beside a database, under this ending.
pub(super) fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn copy_in(place: &TempDir) -> PathBuf {
    place.path().join("copy.db")
}

fn copy_file(from: &Path, to: &Path) -> Result<(), Problem> {
    let unread = |cause: io::Error| {
        Problem::refused(format!(
            "{} cannot be read ({cause}). Name the copy to restore; nothing was changed.",
            from.display()
        ))
    };
    if from.is_dir() {
        return Err(unread(io::ErrorKind::IsADirectory.into()));
    }
    let mut from = File::open(from).map_err(unread)?;
    let mut copy = folder::owner_only().create_new(true).open(to).map_err(while_doing("Making", to))?;
    io::copy(&mut from, &mut copy).map(|_| ()).map_err(while_doing("Writing", to))
}

/// Takes the log into the copy, and gives the copy's version and the fingerprint of its key if all of it is in order.
fn verify(copy: &Path) -> Result<(i64, Option<String>), Problem> {
    let conn = connect(copy)?;
    let version = migrations::version(&conn)?;
    if !migrations::is_ours(&conn)? {
        return Err(Problem::refused("it is a database of another program. Name a copy of Firstbell's"));
    }
    if version > migrations::VERSION {
        return Err(Problem::refused(format!(
            "it is of a newer Firstbell (version {version} of its shape; this one knows {}). Restore it with that one",
            migrations::VERSION
        )));
    }
    if version == 0 {
        return Err(Problem::refused("it is empty: there is no district in it. Name another copy"));
    }
    let faults = faults(&conn, version)?;
    if let Some(fault) = faults.first() {
        return Err(Problem::Damaged(fault.clone()));
    }
    let fingerprint = district::key_fingerprint(&conn)?;
    // Who was signed out or suspended since the copy was taken must not be in again, nor a link be good twice.
    for table in ["session", "password_link"] {
        if conn.table_exists(None, table)? {
            conn.execute_batch(&format!("DELETE FROM {table}"))?;
        }
    }
    // From here on it is one file.
    conn.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    conn.close().map_err(|(_, error)| error)?;
    Ok((version, fingerprint))
}

/// What is damaged, or does not fit together. Of an older version the rules are not asked: they speak of the present
/// shape.
fn faults(conn: &Connection, version: i64) -> rusqlite::Result<Vec<String>> {
    let mut faults = health::damage(conn)?;
    if faults.is_empty() {
        faults = match version {
            migrations::VERSION => health::contradictions(conn)?,
            _ => health::broken_references(conn)?,
        };
    }
    Ok(faults)
}

/// The refusal of a copy, in one sentence.
fn refused(file: &Path, had_log: bool, problem: Problem) -> Problem {
    let file = file.display();
    if !problem.is_damage() {
        return match problem {
            Problem::Refused(why) => {
                Problem::refused(format!("{file} cannot be restored: {why}; nothing was changed."))
            }
            other => other,
        };
    }
    let cure = if had_log {
        "if the file with -wal at its end is not its own, take that away, or name another copy"
    } else {
        "name another copy"
    };
    let why = match &problem {
        Problem::Damaged(fault) if !fault.is_empty() => format!(" ({})", fault.trim_end().replace('\n', " ")),
        _ => String::new(),
    };
    Problem::refused(format!(
        "{file} cannot be restored: it is damaged, is no database, or was copied in part{why}; {cure}. Nothing was changed."
    ))
}

/// Copies what is to be replaced, byte for byte, to a name that says when: whatever it is, it may be all there is.
fn keep(folder: &Folder, now: Timestamp) -> Result<Option<PathBuf>, Problem> {
    let database = folder.database();
    if !database.exists() {
        return Ok(None);
    }
    let time = now.strftime("%Y%m%d-%H%M%S");
    let name = |n: u32| match n {
        1 => folder.path().join(format!("{REPLACED}{time}.db")),
        n => folder.path().join(format!("{REPLACED}{time}-{n}.db")),
    };
    let kept = (1..).map(name).find(|name| !name.exists()).unwrap_or_else(|| name(1));
    // The log first, so that no copy is ever there without it.
    for ending in [LOG, ""] {
        let (from, to) = (beside(&database, ending), beside(&kept, ending));
        if fs::metadata(&from).is_ok_and(|from| from.len() > 0) {
            folder::publish(&to, |to| {
                let mut from = File::open(&from).map_err(while_doing("Reading", &from))?;
                io::copy(&mut from, to).map(|_| ()).map_err(while_doing("Writing", &kept))
            })?;
        }
    }
    Ok(kept.exists().then_some(kept))
}

/// Moves the log into the database that is about to be replaced, and takes it away: beside another database it would
/// be taken for that one's. If the process ends now, the database is still whole.
fn settle(database: &Path) -> Result<(), Problem> {
    if database.exists() && beside(database, LOG).exists() {
        let settled = connect(database)
            .and_then(|conn| super::settle_down(&conn).map_err(Problem::from).map(|settled| (conn, settled)));
        match settled {
            Ok((conn, true)) => drop(conn),
            Ok((_, false)) => {
                return Err(Problem::refused(
                    "Another program holds the database. End it, and restore then; nothing was changed.",
                ));
            }
            // Nothing can be lost of it that is not kept as it was.
            Err(problem) if problem.is_damage() => {}
            Err(problem) => return Err(problem),
        }
    }
    for ending in [LOG_INDEX, LOG] {
        let path = beside(database, ending);
        match fs::remove_file(&path) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                return Err(while_doing("Removing", &path)(cause));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Removes what a restoring that was killed has left. Nobody else is in the folder.
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(|name| name.starts_with(BRINGING)) {
            // What stays takes room, and harms nobody.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
