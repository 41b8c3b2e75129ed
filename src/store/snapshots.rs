//! Snapshots: whole copies of the database that may be copied at any time, and how long they stay.

use super::open::connect;
use super::restore::beside;
use super::{health, migrations, settle_down};
use crate::domain::{lies_ahead, outlived};
use crate::folder::{self, Folder};
use crate::problem::{Problem, while_doing};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, civil::DateTime};
use rusqlite::Connection;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// How the names of those that are taken regularly begin; then comes the time, in UTC. Only files of such names are
/// ever removed.
const PREFIX: &str = "firstbell-";
const TIME: &str = "%Y%m%d-%H%M%S";
const SUFFIX: &str = ".db";
/// How the names of databases begin that `restore` replaced, and of those from before a version; then comes the time.
pub(super) const REPLACED: &str = "firstbell-replaced-";
const BEFORE_VERSION: &str = "before-version-";
/// How the names of those begin and end that are being written.
const PARTIAL: (&str, &str) = (".firstbell-", ".partial");
/// After this time nobody writes one any more: whoever began it was killed.
const ABANDONED: SignedDuration = SignedDuration::from_hours(24);

/// Writes a consistent copy of the database to `to`, which must not be there yet: under another name, verified, synced,
/// and only then renamed. Other processes go on reading and writing meanwhile.
///
/// # Errors
/// If the file is there, cannot be written, or does not verify.
pub fn snapshot(conn: &Connection, to: &Path) -> Result<(), Problem> {
    let taken = || Problem::refused(format!("{} is there already. Choose another name.", to.display()));
    if to.exists() {
        return Err(taken());
    }
    let place = folder::parent(to);
    if !place.is_dir() {
        return Err(Problem::refused(format!(
            "There is no folder {}. Make it first, or name another.",
            place.display()
        )));
    }
    // SQLite writes into an empty file that is there; so its owner alone can read it from the first byte on.
    let partial = tempfile::Builder::new()
        .prefix(PARTIAL.0)
        .suffix(PARTIAL.1)
        .tempfile_in(place)
        // The cause alone, without the name that it has meanwhile.
        .map_err(|error| while_doing("Making", to)(error.kind().into()))?;
    let name = partial
        .path()
        .to_str()
        .ok_or_else(|| Problem::refused("The copy's name is not Unicode. Choose another."))?;
    let written = conn.execute("VACUUM INTO ?1", [name]);
    // SQLite may leave its journal when the disk is full. If that cannot be removed, it is swept away later.
    let _ = fs::remove_file(beside(partial.path(), "-journal"));
    written?;
    let copy = connect(partial.path())?;
    if let Some(damage) = health::damage(&copy)?.first() {
        return Err(Problem::refused(format!(
            "The copy did not verify ({damage}). Try again; look at the disk."
        )));
    }
    copy.close().map_err(|(_, error)| error)?;
    partial.as_file().sync_all().map_err(while_doing("Writing", to))?;
    partial.persist_noclobber(to).map_err(|error| match error.error.kind() {
        std::io::ErrorKind::AlreadyExists => taken(),
        _ => while_doing("Naming", to)(error.error),
    })?;
    folder::sync_folder_of(to)
}

/// The name of the snapshot that is taken before the database is brought to a version: the first that is free, for
/// whoever was killed after taking one may be started again within the second.
pub(super) fn before_version(folder: &Folder, version: i64, now: Timestamp) -> Result<PathBuf, Problem> {
    let backups = Folder::make(&folder.backups())?;
    let name = |seconds| {
        let time = now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(now);
        backups.path().join(format!("{BEFORE_VERSION}{version}-{}{SUFFIX}", time.strftime(TIME)))
    };
    Ok((0..).map(name).find(|name| !name.exists()).unwrap_or_else(|| name(0)))
}

/// Takes a snapshot into the folder of the snapshots, under a name that says when, and lets those go that have had
/// their time. Takes none, and says so with `None`, if nothing has changed since the last one. Whoever calls this
/// holds [`Folder::hold_backups`].
///
/// # Errors
/// If it cannot be written, or does not verify.
pub fn take(folder: &Folder, conn: &Connection, now: Timestamp) -> Result<Option<PathBuf>, Problem> {
    let backups = Folder::make(&folder.backups())?;
    let state = if settle_down(conn)? { state(folder) } else { None };
    let last = newest(folder, now)?;
    if let (Some(state), Some(last)) = (state, last)
        && fs::metadata(path(folder, last)).and_then(|about| about.modified()).is_ok_and(|was| was == state)
    {
        return Ok(None);
    }
    sweep(backups.path(), now);
    // Names never collide, and the newest has the last of them, though the clock was set back.
    let second = SignedDuration::from_secs(1);
    let time = last.map_or(now, |last| now.max(last.checked_add(second).unwrap_or(last)));
    let to = path(folder, time);
    match snapshot(conn, &to) {
        // Those that would go when it is there make room for it.
        Err(problem) if problem.is_full_disk() && remove_outlived(folder, Some(time), now)? > 0 => {
            snapshot(conn, &to)?
        }
        taken => taken?,
    }
    if let Some(state) = state {
        // If it cannot say which state of the database it is of, the next one is one too many.
        let _ = fs::File::options().write(true).open(&to).and_then(|file| file.set_modified(state));
    }
    remove_outlived(folder, None, now)?;
    Ok(Some(to))
}

/// Removes databases that were replaced, and those that were kept before they were brought to a version, if that was
/// before a time: no snapshot of their age is there any more, and they hold what was deleted since.
///
/// # Errors
/// If the folder cannot be read, or one of them not removed.
pub fn let_go_of_replaced(folder: &Folder, before: Timestamp) -> Result<(), Problem> {
    for place in [folder.path(), &folder.backups()] {
        for entry in fs::read_dir(place).into_iter().flatten().flatten() {
            let replaced = entry.file_name().to_str().and_then(time_of_replaced);
            if replaced.is_some_and(|replaced| replaced < before) {
                folder::remove(&entry.path())?;
            }
        }
    }
    Ok(())
}

/// Removes the snapshots that have had their time, or have when the one that comes next is there. Gives how many.
fn remove_outlived(folder: &Folder, next: Option<Timestamp>, now: Timestamp) -> Result<usize, Problem> {
    let taken: Vec<Timestamp> = all(folder)?.into_iter().chain(next).collect();
    let gone: Vec<PathBuf> = outlived(&taken, now).into_iter().map(|time| path(folder, time)).collect();
    for gone in &gone {
        fs::remove_file(gone).map_err(while_doing("Removing", gone))?;
    }
    Ok(gone.len())
}

/// When the newest snapshot was taken; `None` if there is none. Those that lie ahead are none.
///
/// # Errors
/// If the folder of the snapshots cannot be read.
pub fn newest(folder: &Folder, now: Timestamp) -> Result<Option<Timestamp>, Problem> {
    Ok(all(folder)?.into_iter().filter(|taken| !lies_ahead(*taken, now)).max())
}

/// The newest snapshot, open for reading, and its name; `None` if there is none.
///
/// # Errors
/// If it cannot be opened.
pub fn open_newest(folder: &Folder, now: Timestamp) -> Result<Option<(String, fs::File)>, Problem> {
    let Some(newest) = newest(folder, now)? else { return Ok(None) };
    let path = path(folder, newest);
    Ok(Some((name_of(newest), fs::File::open(&path).map_err(while_doing("Opening", &path))?)))
}

/// The newest snapshot that is whole, if there is one; one that lies ahead only if there is no other.
#[must_use]
pub fn newest_whole(folder: &Folder, now: Timestamp) -> Option<PathBuf> {
    let mut taken = all(folder).unwrap_or_default();
    taken.sort_unstable_by_key(|taken| (!lies_ahead(*taken, now), *taken));
    taken.into_iter().rev().map(|time| path(folder, time)).find(|path| is_whole(path).unwrap_or(false))
}

fn is_whole(path: &Path) -> Result<bool, Problem> {
    let conn = connect(path)?;
    let version = migrations::version(&conn)?;
    Ok(migrations::is_ours(&conn)?
        && (1..=migrations::VERSION).contains(&version)
        && health::damage(&conn)?.is_empty())
}

/// When the database was last written; `None` while the write-ahead log has more.
fn state(folder: &Folder) -> Option<SystemTime> {
    let log = beside(&folder.database(), "-wal");
    let is_settled = fs::metadata(log).map_or(true, |log| log.len() == 0);
    fs::metadata(folder.database()).and_then(|about| about.modified()).ok().filter(|_| is_settled)
}

/// The times of all snapshots that were taken regularly.
pub(super) fn all(folder: &Folder) -> Result<Vec<Timestamp>, Problem> {
    let backups = folder.backups();
    if !backups.exists() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(&backups).map_err(while_doing("Reading", &backups))?;
    Ok(entries.filter_map(|entry| time_of(entry.ok()?.file_name().to_str()?)).collect())
}

/// When a snapshot of this name was taken; `None` if it is not the name of one.
fn time_of(name: &str) -> Option<Timestamp> {
    let time = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?;
    let time = DateTime::strptime(TIME, time).ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp();
    // Only the one way to write it: what else reads as a time is no name of ours.
    (name_of(time) == name).then_some(time)
}

/// When a database of this name was replaced, or brought to a version; `None` if it is not the name of one.
fn time_of_replaced(name: &str) -> Option<Timestamp> {
    let time = match name.strip_prefix(REPLACED) {
        Some(time) => time,
        None => name.strip_prefix(BEFORE_VERSION)?.split_once('-')?.1,
    };
    // What follows the time tells two of one second apart, or a log from its database.
    let (time, rest) = time.split_at_checked("20261122-204713".len())?;
    let is_ours = rest.strip_suffix("-wal").unwrap_or(rest).ends_with(SUFFIX);
    let time = DateTime::strptime(TIME, time).ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp();
    is_ours.then_some(time)
}

fn name_of(time: Timestamp) -> String {
    format!("{PREFIX}{}{SUFFIX}", time.strftime(TIME))
}

fn path(folder: &Folder, time: Timestamp) -> PathBuf {
    folder.backups().join(name_of(time))
}

/// Removes what a process that was killed has left of a snapshot.
fn sweep(backups: &Path, now: Timestamp) {
    for entry in fs::read_dir(backups).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_partial =
            name.to_str().is_some_and(|name| name.starts_with(PARTIAL.0) && name.contains(PARTIAL.1));
        let written = entry.metadata().and_then(|about| about.modified()).ok();
        let written = written.and_then(|written| Timestamp::try_from(written).ok());
        if is_partial && written.is_some_and(|written| written.duration_until(now) > ABANDONED) {
            // What stays takes room, and is tried again with the next one.
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_names_of_snapshots_are_read_as_times() {
        let time = "2026-11-22T20:47:13Z".parse().unwrap();
        assert_eq!(name_of(time), "firstbell-20261122-204713.db");
        assert_eq!(time_of("firstbell-20261122-204713.db"), Some(time));
        for other in [
            "firstbell-20261122-204713.db-wal",
            "firstbell-20261322-204713.db",
            "firstbell-2026112-204713.db",
            "firstbell-replaced-20261122-204713.db",
            "before-version-3-20261122-204713.db",
            "my firstbell-20261122-204713.db",
            "firstbell-.db",
        ] {
            assert_eq!(time_of(other), None, "{other}");
        }
    }

    #[test]
    fn what_was_replaced_is_known_by_its_name_and_nothing_else_is() {
        let time = Some("2026-11-22T20:47:13Z".parse().unwrap());
        for replaced in [
            "firstbell-replaced-20261122-204713.db",
            "firstbell-replaced-20261122-204713.db-wal",
            "firstbell-replaced-20261122-204713-2.db",
            "firstbell-replaced-20261122-204713-2.db-wal",
            "before-version-4-20261122-204713.db",
            "before-version-12-20261122-204713.db",
        ] {
            assert_eq!(time_of_replaced(replaced), time, "{replaced}");
        }
        for other in [
            "firstbell-20261122-204713.db",
            "firstbell.db",
            "firstbell.key",
            "firstbell-replaced-20261122-204713.txt",
            "firstbell-replaced-2026.db",
            "my-firstbell-replaced-20261122-204713.db",
            "before-version-.db",
        ] {
            assert_eq!(time_of_replaced(other), None, "{other}");
        }
    }
}
