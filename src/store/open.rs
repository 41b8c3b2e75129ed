//! The one door to the database: opening and closing.

use super::restore::{LOG, beside};
use super::{DatabaseError, closed, cure, district, health, migrations, snapshots};
use crate::domain::all_parts;
use crate::folder::{self, Folder};
use crate::problem::{Problem, while_doing};
use jiff::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OpenFlags, ffi};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a writer waits for another one. Transactions are short; who waits longer waits for something broken.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// A database that was opened, and what was done to it for that.
pub struct Opened {
    /// The connection.
    pub conn: Connection,
    /// The snapshot that was taken before the database was brought to this version, if it was of an older one.
    pub snapshot: Option<PathBuf>,
}

impl Opened {
    /// What whoever opened it should know, if the database was of an older version.
    #[must_use]
    pub fn notice(&self) -> Option<String> {
        let snapshot = self.snapshot.as_ref()?.display();
        Some(format!(
            "The database was of an older Firstbell and is of this one now. As it was, it is in {snapshot}."
        ))
    }
}

/// Opens a folder's database and brings it to this version if it is older. `now` dates the snapshot that is taken before.
/// Until the folder is dropped, nobody restores anything into it.
///
/// # Errors
/// A refusal, with everything in the folder untouched, if there is none or an empty one, if it is no database of Firstbell's,
/// is damaged, or is of a newer version.
pub fn open(folder: &Folder, now: Timestamp) -> Result<Opened, Problem> {
    open_or_make(folder, now, false)
}

/// The same, and makes the database if it is not there, or is empty, and never was another.
///
/// # Errors
/// The same, but for the one that never was.
pub fn make(folder: &Folder, now: Timestamp) -> Result<Opened, Problem> {
    open_or_make(folder, now, true)
}

/// The name of the district in a folder; `None` if none is set up there. Nothing is changed: an older database stays one.
///
/// # Errors
/// The same as [`make`].
pub fn district_in(folder: &Folder, now: Timestamp) -> Result<Option<String>, Problem> {
    if !is_there(folder, true, now)? {
        return Ok(None);
    }
    let _door = folder.hold_door()?;
    let Admitted { conn, version, .. } = admit(folder, true, now)?;
    Ok(if version == 0 { None } else { district::name(&conn)? })
}

fn open_or_make(folder: &Folder, now: Timestamp, may_make: bool) -> Result<Opened, Problem> {
    is_there(folder, may_make, now)?;
    let _door = folder.hold_door()?;
    let path = folder.database();
    if may_make && !path.exists() {
        folder::owner_only()
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(while_doing("Making", &path))?;
    }
    let Admitted { mut conn, version, is_alone } = admit(folder, may_make, now)?;
    if (1..migrations::VERSION).contains(&version) && !is_alone {
        return Err(Problem::refused(
            "An older Firstbell is at work on this database. Stop it first, then start this one; nothing was changed.",
        ));
    }
    conn.pragma_update(None, "journal_mode", "WAL")?;
    let snapshot = match version {
        0 => {
            migrations::create(&mut conn)?;
            None
        }
        migrations::VERSION => None,
        _ => {
            let to = snapshots::before_version(folder, migrations::VERSION, now)?;
            snapshots::snapshot(&conn, &to)?;
            migrations::migrate(&mut conn, migrations::STEPS)?;
            Some(to)
        }
    };
    Ok(Opened { conn, snapshot })
}

/// Whether there is a database and something in it. Refuses the folder if there is none and none may be made, without so much as
/// a lock in it.
fn is_there(folder: &Folder, may_make: bool, now: Timestamp) -> Result<bool, Problem> {
    let has_content =
        || fs::metadata(folder.database()).is_ok_and(|about| about.is_file() && about.len() > 0);
    if has_content() {
        return Ok(true);
    }
    let nothing = cure::nothing_there(folder, may_make, now);
    // Somebody may have made it meanwhile, and the key after it.
    if has_content() { Ok(true) } else { nothing.map(|()| false) }
}

/// A database that may be used.
struct Admitted {
    conn: Connection,
    /// Its version; 0 if it is empty.
    version: i64,
    /// Whether nobody else was in its folder. Who finds somebody there finds a database that they have examined.
    is_alone: bool,
}

/// Enters a folder and connects to its database, and refuses one that may not be used. Whoever calls this holds the door.
fn admit(folder: &Folder, may_make: bool, now: Timestamp) -> Result<Admitted, Problem> {
    let path = folder.database();
    let is_alone = folder.enter()?;
    let is_to_be_examined = is_alone && !closed::is_as_noted(&path);
    let has_log = fs::metadata(beside(&path, LOG)).is_ok_and(|log| log.len() > 0);
    let admitted = connect_to(&path, has_log).and_then(|conn| {
        let version = usable_version(folder, &conn, may_make, is_to_be_examined, now)?;
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        Ok(Admitted { conn, version, is_alone })
    });
    admitted.map_err(|problem| cure::told(folder, problem, now))
}

/// Gives the version of a database that may be used, and refuses any other.
fn usable_version(
    folder: &Folder,
    conn: &Connection,
    may_make: bool,
    is_to_be_examined: bool,
    now: Timestamp,
) -> Result<i64, Problem> {
    if !migrations::is_ours(conn)? {
        return Err(Problem::refused(format!(
            "{} is a database of another program. {} Or name another data folder with --data.",
            folder.database().display(),
            cure::words(folder, now)
        )));
    }
    let version = migrations::version(conn)?;
    if version > migrations::VERSION {
        return Err(Problem::refused(format!(
            "The database is of a newer Firstbell (version {version} of its shape; this one knows {}). \
             Start the newer Firstbell; the database was not touched.",
            migrations::VERSION
        )));
    }
    if version == 0 {
        cure::nothing_there(folder, may_make, now)?;
    }
    if version > 0 && is_to_be_examined && !health::damage(conn)?.is_empty() {
        return Err(DatabaseError::SqliteFailure(ffi::Error::new(ffi::SQLITE_CORRUPT), None).into());
    }
    Ok(version)
}

/// A number that changes when another connection has changed the database since this one last looked.
///
/// # Errors
/// If the database cannot be read.
pub fn changes_by_others(conn: &Connection) -> rusqlite::Result<i64> {
    conn.pragma_query_value(None, "data_version", |row| row.get(0))
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
        Ok(true) => {
            if let Some(path) = conn.path() {
                closed::remember(Path::new(path));
            }
            Ok(true)
        }
        moved => moved,
    }
}

/// Gives a connection room for the pages that a district's accounts are all over, as many as it needs: an eighth of the
/// database, but not less than 20 MiB and not more than 40. SQLite's own 2 would have them read and written anew for every batch, and
/// where a batch finds no room, what it writes goes to the log twice. For the one that does the jobs; the others do without.
///
/// # Errors
/// If the database does not answer.
pub fn make_room(conn: &Connection) -> rusqlite::Result<()> {
    let size: i64 = conn.query_row(
        "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
        [],
        |row| row.get(0),
    )?;
    let eighth_in_kib = size / 8 / 1024;
    conn.pragma_update(None, "cache_size", -eighth_in_kib.clamp(20 * 1024, 40 * 1024))
}

/// Closes a database so that its one file is whole by itself, as far as no other process has it open.
pub fn close(conn: Connection) {
    // What cannot be moved now is moved by whoever opens it next.
    let _ = settle_down(&conn);
    let _ = conn.close();
}

pub(super) fn connect(path: &Path) -> Result<Connection, Problem> {
    connect_to(path, false)
}

/// Connects, and says whether closing leaves a write-ahead log where it is: otherwise it is moved into the database, be it its own
/// or not.
#[allow(clippy::disallowed_methods, reason = "this is the one door to the database")]
fn connect_to(path: &Path, leaves_log: bool) -> Result<Connection, Problem> {
    let conn = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    conn.busy_timeout(PATIENCE)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, leaves_log)?;
    // Otherwise a query whose values might matter to its plan is planned again each time it is asked: a third of an import.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.execute_batch(
        "PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA secure_delete = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA temp_store = MEMORY;
         PRAGMA wal_autocheckpoint = 20000;",
    )?;
    conn.create_scalar_function(
        "all_parts",
        1,
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS,
        |call| Ok(all_parts(call.get_raw(0).as_str()?)),
    )?;
    conn.set_prepared_statement_cache_capacity(64);
    Ok(conn)
}
