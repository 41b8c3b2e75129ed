//! Overwriting what SQLite leaves behind of rows that it has moved.
//!
//! `secure_delete` overwrites a row where it is when it is deleted. But when a page is full, rows are moved to another,
//! and what they were stays in the room between the page's cells until new rows need it: of people deleted at random,
//! about one in two hundred is still to be read there. That room is overwritten here. Nothing else in a page is touched,
//! and nothing of SQLite's reads that room.

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use std::ops::Range;

/// A page begins with its kind, and below this many pages nothing else begins with such a byte: every other page begins
/// with the number of a page, whose first byte is 0.
const MOST_PAGES: u32 = 1 << 24;
/// Where the header of page 1 stands: after the file's own.
const AFTER_FILE_HEADER: usize = 100;

/// Asks for the whole file to be gone through, from its first page on.
///
/// # Errors
/// If the database cannot be written.
pub fn ask(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    tx.execute("UPDATE district SET scrub_from = 1", [])?;
    Ok(())
}

/// The page to go on with; `None` if there is nothing to go through.
///
/// # Errors
/// If the database cannot be read.
pub fn next(conn: &Connection) -> rusqlite::Result<Option<u32>> {
    let next = conn.prepare_cached("SELECT scrub_from FROM district")?.query_row([], |row| row.get(0));
    Ok(next.optional()?.flatten())
}

/// Goes through the pages from this one on, while `go_on` says so, and notes how far that was.
///
/// # Errors
/// If the database cannot be written.
pub fn scrub(tx: &Transaction<'_>, from: u32, go_on: impl Fn() -> bool) -> rusqlite::Result<()> {
    let pages: u32 = tx.pragma_query_value(None, "page_count", |row| row.get(0))?;
    // A SQLite that was compiled without it cannot be asked.
    let has_pages: bool = tx.query_row(
        "SELECT EXISTS (SELECT 1 FROM pragma_module_list WHERE name = 'sqlite_dbpage')",
        [],
        |row| row.get(0),
    )?;
    let mut page = if has_pages && pages < MOST_PAGES { from } else { pages + 1 };
    while page <= pages && go_on() {
        overwrite(tx, page)?;
        page += 1;
    }
    tx.execute("UPDATE district SET scrub_from = ?1", [Some(page).filter(|page| *page <= pages)])?;
    Ok(())
}

fn overwrite(tx: &Transaction<'_>, page: u32) -> rusqlite::Result<()> {
    let data: Option<Vec<u8>> = tx
        .prepare_cached("SELECT data FROM sqlite_dbpage WHERE pgno = ?1")?
        .query_row([page], |row| row.get(0))
        .optional()?;
    let Some(mut data) = data else { return Ok(()) };
    let Some(room) = room(&data, if page == 1 { AFTER_FILE_HEADER } else { 0 }) else { return Ok(()) };
    let Some(between) = data.get_mut(room).filter(|between| between.iter().any(|byte| *byte != 0)) else {
        return Ok(());
    };
    between.fill(0);
    tx.prepare_cached("UPDATE sqlite_dbpage SET data = ?2 WHERE pgno = ?1")?.execute(params![page, data])?;
    Ok(())
}

/// The room between the list of a page's cells and the first of them (SQLite's file format, 1.6); `None` if the page holds
/// no cells.
fn room(data: &[u8], header: usize) -> Option<Range<usize>> {
    let two = |at: usize| Some(usize::from(u16::from_be_bytes([*data.get(at)?, *data.get(at + 1)?])));
    let header_size = match data.get(header)? {
        2 | 5 => 12,
        10 | 13 => 8,
        _ => return None,
    };
    let list_ends = header + header_size + 2 * two(header + 3)?;
    let cells_begin = match two(header + 5)? {
        0 => 65_536,
        at => at,
    };
    (list_ends <= cells_begin && cells_begin <= data.len()).then_some(list_ends..cells_begin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::Folder;
    use crate::store;

    /// Texts that stand in the file, of those that must not.
    fn left(folder: &Folder, gone: &[String]) -> usize {
        let bytes = std::fs::read(folder.database()).unwrap();
        let mut found = 0;
        for start in memchr_all(&bytes, b"canary") {
            let text = String::from_utf8_lossy(&bytes[start..(start + 16).min(bytes.len())]).into_owned();
            found += usize::from(gone.contains(&text));
        }
        found
    }

    fn memchr_all<'a>(bytes: &'a [u8], word: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
        bytes.windows(word.len()).enumerate().filter(move |(_, it)| *it == word).map(|(at, _)| at)
    }

    #[test]
    fn what_was_moved_before_it_was_deleted_is_overwritten_too() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::make(&place.path().join("data")).unwrap();
        let mut conn = store::make(&folder, "2026-11-22T08:00:00Z".parse().unwrap()).unwrap().conn;
        conn.execute_batch(
            "INSERT INTO district (id, name, time_zone, rows_per_file, key_fingerprint, set_up_at)
                 VALUES (1, 'S', 'UTC', 1000, '', 0);
             INSERT INTO school VALUES (1, 'L', 'l', 0);",
        )
        .unwrap();
        // Numbers in no order, so that rows come between others and pages are parted.
        let name = |n: u64| format!("canary{:010}", n.wrapping_mul(0x9E37_79B9_7F4A_7C15) % 10_000_000_000);
        let people = 12_000;
        let tx = store::begin(&mut conn).unwrap();
        for n in 0..people {
            tx.prepare_cached(
                "INSERT INTO account (school_id, user_type, first_name, last_name, username, generation, created_at, search_key)
                 VALUES (1, 'student', ?1, 'Lee', ?1, 1, 0, ?1 || ' lee ' || ?1)",
            )
            .unwrap()
            .execute([name(n)])
            .unwrap();
        }
        tx.commit().unwrap();
        let gone: Vec<String> = (0..people).filter(|n| n % 3 == 0).map(name).collect();
        conn.execute("DELETE FROM account WHERE (id - 1) % 3 = 0", []).unwrap();
        assert!(store::settle_down(&conn).unwrap());
        let before = left(&folder, &gone);

        let tx = store::begin(&mut conn).unwrap();
        ask(&tx).unwrap();
        tx.commit().unwrap();
        let mut pieces = 0;
        while let Some(from) = next(&conn).unwrap() {
            let tx = store::begin(&mut conn).unwrap();
            let count = std::cell::Cell::new(0);
            scrub(&tx, from, || count.replace(count.get() + 1) < 100).unwrap();
            tx.commit().unwrap();
            pieces += 1;
        }
        assert!(pieces > 5, "{pieces}");
        assert!(store::settle_down(&conn).unwrap());
        assert_eq!(left(&folder, &gone), 0, "{before} before");
        assert!(before > 0, "SQLite leaves nothing behind any more: this is not needed");
        assert!(store::health::damage(&conn).unwrap().is_empty());
        let there: i64 = conn.query_row("SELECT count(*) FROM account", [], |row| row.get(0)).unwrap();
        assert_eq!(there, i64::try_from(people * 2 / 3).unwrap());
        // It can go on being written.
        conn.execute("UPDATE account SET search_key = search_key || 'x'", []).unwrap();
        assert!(store::health::damage(&conn).unwrap().is_empty());
    }

    #[test]
    fn a_page_that_is_none_has_no_room() {
        let mut leaf = vec![0; 512];
        (leaf[0], leaf[4]) = (13, 3);
        (leaf[5], leaf[6]) = (1, 0);
        assert_eq!(room(&leaf, 0), Some(14..256));
        leaf[4] = 200;
        assert_eq!(room(&leaf, 0), None, "more cells than there is room for");
        for other in [&[][..], &[13], &[0; 512], &[13; 7]] {
            assert_eq!(room(other, 0), None);
        }
    }
}
