//! Whether this process could write a database when it last had to.
//!
//! While nobody writes, a disk that is full shows nowhere. So a write that failed is remembered here, by the one place where
//! transactions begin and end, until one has succeeded; whoever asks meanwhile has it tried anew.

use super::open::PATIENCE;
use super::{Connection, begin_within, migrations};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often it is tried anew at most, however many ask.
const TRY_AGAIN: Duration = Duration::from_secs(1);
/// How long a try waits for its turn, and as long for other processes.
const TRY_FOR: Duration = Duration::from_secs(1);

/// The databases whose last write failed, by their paths, and when that was tried anew.
static FAILED: Mutex<Failed> = Mutex::new(Failed(BTreeMap::new()));

struct Failed(BTreeMap<String, Option<Instant>>);

/// What is known of a database.
#[derive(Debug, PartialEq, Eq)]
enum Standing {
    /// The last write succeeded, or there was none.
    Well,
    /// It failed, and has to be tried anew, now and by whoever asked.
    ToTry,
    /// It failed, and so it stands for now.
    Failed,
}

impl Failed {
    fn note(&mut self, path: &str) {
        self.0.entry(path.to_owned()).or_default();
    }

    fn forget(&mut self, path: &str) {
        self.0.remove(path);
    }

    fn standing(&mut self, path: &str, now: Instant) -> Standing {
        match self.0.get_mut(path) {
            None => Standing::Well,
            Some(Some(tried)) if now.saturating_duration_since(*tried) < TRY_AGAIN => Standing::Failed,
            Some(tried) => {
                *tried = Some(now);
                Standing::ToTry
            }
        }
    }
}

/// Nothing panics while it is held.
fn lock() -> MutexGuard<'static, Failed> {
    FAILED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A write of the database at this path failed, whatever for.
pub(super) fn failed(path: &str) {
    lock().note(path);
}

/// A write of the database at this path succeeded.
pub(super) fn succeeded(path: &str) {
    lock().forget(path);
}

/// Whether the database could be written when this process last had to. If it could not, that is tried anew: once a second
/// and for two seconds at most, and nothing is changed by it.
pub fn can_write(conn: &mut Connection) -> bool {
    // By itself, so that nobody waits for the lock while it is tried.
    let standing = lock().standing(conn.path().unwrap_or_default(), Instant::now());
    match standing {
        Standing::Well => true,
        Standing::Failed => false,
        Standing::ToTry => {
            let tried = conn.busy_timeout(TRY_FOR).and_then(|()| try_to_write(conn));
            conn.busy_timeout(PATIENCE).and(tried).is_ok()
        }
    }
}

/// Writes as much as a small form does, takes it back, and commits a page that is as it was.
fn try_to_write(conn: &mut Connection) -> rusqlite::Result<()> {
    let tx = begin_within(conn, TRY_FOR)?;
    tx.execute_batch(
        "SAVEPOINT trial;
         CREATE TABLE trial (bytes BLOB NOT NULL) STRICT;
         INSERT INTO trial VALUES (zeroblob(65536));",
    )?;
    // To the disk, so that it takes room there: nothing would be written of what is taken back.
    tx.cache_flush()?;
    tx.execute_batch("ROLLBACK TO trial")?;
    tx.pragma_update(None, "user_version", migrations::version(&tx)?)?;
    tx.commit()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::Folder;
    use crate::store;
    use rusqlite::ErrorCode::{DatabaseBusy, DiskFull};

    fn database() -> (tempfile::TempDir, Folder, Connection) {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::make(place.path()).unwrap();
        let conn = store::make(&folder, crate::clock::now()).unwrap().conn;
        (place, folder, conn)
    }

    fn has_failed(conn: &Connection) -> bool {
        lock().0.contains_key(conn.path().unwrap())
    }

    #[test]
    fn it_is_tried_anew_once_a_second() {
        let (now, mut failed) = (Instant::now(), Failed(BTreeMap::new()));
        assert_eq!(failed.standing("a", now), Standing::Well);
        failed.note("a");
        assert_eq!(failed.standing("b", now), Standing::Well);
        assert_eq!(failed.standing("a", now), Standing::ToTry);
        failed.note("a");
        assert_eq!(failed.standing("a", now + TRY_AGAIN / 2), Standing::Failed);
        assert_eq!(failed.standing("a", now + TRY_AGAIN), Standing::ToTry);
        failed.forget("a");
        assert_eq!(failed.standing("a", now + TRY_AGAIN), Standing::Well);
    }

    #[test]
    fn a_database_without_room_cannot_be_written_until_there_is_some() {
        let (_place, _folder, mut conn) = database();
        conn.execute_batch("CREATE TABLE more (bytes BLOB NOT NULL) STRICT").unwrap();
        let pages: i64 = conn.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        let most = |conn: &Connection, pages: i64| {
            conn.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(())).unwrap();
        };
        most(&conn, pages);
        assert!(can_write(&mut conn), "nothing was written since");
        let tx = store::begin(&mut conn).unwrap();
        let full = tx.execute_batch("INSERT INTO more VALUES (zeroblob(8192))").unwrap_err();
        assert_eq!(full.sqlite_error_code(), Some(DiskFull));
        drop(tx);
        assert!(has_failed(&conn) && !can_write(&mut conn));
        // What writes nothing shows nothing.
        store::begin(&mut conn).unwrap().commit().unwrap();
        assert!(has_failed(&conn));
        most(&conn, pages + 100);
        try_to_write(&mut conn).unwrap();
        assert!(!has_failed(&conn) && can_write(&mut conn));
        let left: i64 = conn.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        assert_eq!((left, migrations::version(&conn).unwrap()), (pages, migrations::VERSION));
    }

    #[test]
    fn a_turn_that_does_not_come_counts_and_a_refusal_does_not() {
        let (_place, folder, mut conn) = database();
        let mut other = store::open(&folder, crate::clock::now()).unwrap().conn;
        drop(store::begin(&mut conn).unwrap());
        assert!(!has_failed(&conn));
        let tx = store::begin(&mut conn).unwrap();
        let busy = begin_within(&mut other, Duration::ZERO).err().unwrap();
        assert_eq!(busy.sqlite_error_code(), Some(DatabaseBusy));
        drop(tx);
        assert!(has_failed(&conn) && can_write(&mut conn) && !has_failed(&conn));
    }
}
