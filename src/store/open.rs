//! The one door to the database: opening, closing, and snapshots that may be copied at any time.

use super::{health, migrations};
use crate::folder::{self, Folder};
use crate::problem::{Problem, while_doing};
use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a writer waits for another one. Transactions are short; who waits longer waits for something broken.
const PATIENCE: Duration = Duration::from_secs(30);

/// A database that was opened, and what was done to it for that.
pub struct Opened {
    /// The connection.
    pub conn: Connection,
    /// The snapshot that was taken before the database was brought to this version, if it was of an older one.
    pub snapshot: Option<PathBuf>,
}

/// Opens a folder's database and brings it to this version if it is older. `now` dates the snapshot that is taken before.
///
/// # Errors
/// A refusal, with the file untouched, if there is none or an empty one, if it is no database of Firstbell's, is
/// damaged, or is of a newer version.
pub fn open(folder: &Folder, now: Timestamp) -> Result<Opened, Problem> {
    open_or_make(folder, now, false)
}

/// The same, and makes the database if it is not there.
///
/// # Errors
/// The same, but for the one that is not there.
pub fn make(folder: &Folder, now: Timestamp) -> Result<Opened, Problem> {
    open_or_make(folder, now, true)
}

fn open_or_make(folder: &Folder, now: Timestamp, may_make: bool) -> Result<Opened, Problem> {
    let _door = folder.hold_door()?;
    let path = folder.database();
    if may_make && !path.exists() {
        folder::owner_only()
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(while_doing("Making", &path))?;
    }
    let mut conn = connect(&path)?;
    if !migrations::is_ours(&conn)? {
        return Err(Problem::refused(format!(
            "{} is a database of another program. Name another data folder with --data.",
            path.display()
        )));
    }
    let version = migrations::version(&conn)?;
    if version > migrations::VERSION {
        return Err(Problem::refused(format!(
            "The database is of a newer Firstbell (version {version} of its shape; this one knows {}). \
             Start the newer Firstbell; the database was not touched.",
            migrations::VERSION
        )));
    }
    if version == 0 && !may_make {
        return Err(Problem::refused(format!(
            "{} is empty: there is no district in it. Put a good copy in its place, or set up a district with `firstbell init`.",
            path.display()
        )));
    }
    conn.pragma_update(None, "journal_mode", "WAL")?;
    let snapshot = match version {
        0 => {
            migrations::create(&mut conn)?;
            None
        }
        migrations::VERSION => None,
        _ => {
            let backups = Folder::make(&folder.backups())?;
            let name = format!("before-version-{}-{}.db", migrations::VERSION, now.strftime("%Y%m%d-%H%M%S"));
            let to = backups.path().join(name);
            snapshot(&conn, &to)?;
            migrations::migrate(&mut conn, migrations::STEPS)?;
            Some(to)
        }
    };
    Ok(Opened { conn, snapshot })
}

/// Moves everything from the write-ahead log into the database's one file, so that a plain copy of it is good. Says
/// whether that was possible: not while others read or write.
///
/// # Errors
/// If the database cannot be written.
pub fn settle_down(conn: &Connection) -> rusqlite::Result<bool> {
    // Whoever reads just now holds part of it back. To wait for them would hold up every writer; it is tried again later.
    conn.busy_timeout(Duration::ZERO)?;
    let moved = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| Ok(row.get::<_, i64>(0)? == 0));
    conn.busy_timeout(PATIENCE)?;
    match moved {
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => Ok(false),
        moved => moved,
    }
}

/// Closes a database so that its one file is whole by itself, as far as no other process has it open.
pub fn close(conn: Connection) {
    // What cannot be moved now is moved by whoever opens it next.
    let _ = settle_down(&conn);
    let _ = conn.close();
}

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
    // SQLite writes into an empty file that is there; so its owner alone can read it from the first byte on.
    let partial = tempfile::Builder::new()
        .prefix(".firstbell-")
        .suffix(".partial")
        .tempfile_in(folder::parent(to))
        .map_err(while_doing("Making", to))?;
    let name = partial
        .path()
        .to_str()
        .ok_or_else(|| Problem::refused("The copy's name is not Unicode. Choose another."))?;
    conn.execute("VACUUM INTO ?1", [name])?;
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

#[allow(clippy::disallowed_methods, reason = "this is the one door to the database")]
fn connect(path: &Path) -> Result<Connection, Problem> {
    let conn = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    conn.busy_timeout(PATIENCE)?;
    conn.execute_batch(
        "PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA secure_delete = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA temp_store = MEMORY;",
    )?;
    conn.set_prepared_statement_cache_capacity(64);
    Ok(conn)
}
