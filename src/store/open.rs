//! The one door to the database: opening, closing, and snapshots that may be copied at any time.

use super::{health, migrations};
use crate::folder::{self, Folder};
use crate::problem::{Problem, while_doing};
use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};
use std::fs::{self, File};
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

/// Opens a folder's database, makes it if it is not there, and brings it to this version if it is older. `now` dates the snapshot that is taken before.
///
/// # Errors
/// A refusal, with the file untouched, if it is no database of Firstbell's, is damaged, or is of a newer version.
pub fn open(folder: &Folder, now: Timestamp) -> Result<Opened, Problem> {
    let _door = folder.hold_door()?;
    let path = folder.database();
    if !path.exists() {
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

/// Moves everything from the write-ahead log into the database's one file, so that a plain copy of it is good.
///
/// # Errors
/// If the database cannot be written.
pub fn settle_down(conn: &Connection) -> rusqlite::Result<()> {
    // The answer says how much could be moved; what a reader holds back stays in the log and is read from there.
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}

/// Closes a database so that its one file is whole by itself, as far as no other process has it open.
pub fn close(conn: Connection) {
    // What cannot be moved now is moved by whoever opens it next.
    let _ = settle_down(&conn);
    let _ = conn.close();
}

/// Writes a consistent copy of the database to `to`, which must not be there yet: under a partial name, verified,
/// synced, and only then renamed. Other processes go on reading and writing meanwhile.
///
/// # Errors
/// If the file is there, cannot be written, or does not verify.
pub fn snapshot(conn: &Connection, to: &Path) -> Result<(), Problem> {
    if to.exists() {
        return Err(Problem::refused(format!("{} is there already. Choose another name.", to.display())));
    }
    let partial = folder::partial_name(to);
    let written = (|| {
        // SQLite writes into an empty file that is there; so its owner alone can read it from the first byte on.
        folder::owner_only()
            .create(true)
            .truncate(true)
            .open(&partial)
            .map_err(while_doing("Making", &partial))?;
        let name = partial
            .to_str()
            .ok_or_else(|| Problem::refused("The copy's name is not Unicode. Choose another."))?;
        conn.execute("VACUUM INTO ?1", [name])?;
        let copy = connect(&partial)?;
        if let Some(damage) = health::damage(&copy)?.first() {
            return Err(Problem::refused(format!(
                "The copy did not verify ({damage}). Try again; look at the disk."
            )));
        }
        copy.close().map_err(|(_, error)| error)?;
        File::open(&partial).and_then(|file| file.sync_all()).map_err(while_doing("Writing", &partial))?;
        folder::rename_synced(&partial, to)
    })();
    written.inspect_err(|_| {
        // The partial file says nothing that the problem does not say.
        let _ = fs::remove_file(&partial);
    })
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
