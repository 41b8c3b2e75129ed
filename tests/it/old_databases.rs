//! Databases of other versions (QUALITY R6): a newer one is not touched, and one of an older version is of that one or
//! of this one, and nothing between, whenever the process is killed or the power goes.

use crate::crash::Random;
use crate::disk::{Disk, Fate};
use crate::faults::Faults;
use crate::support::{PASSWORD, Site, rounds};
use firstbell::domain::all_parts;
use firstbell::folder::Folder;
use firstbell::store::Connection;
use rusqlite::functions::FunctionFlags;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How often the step to the present version is broken off, of each version and in each way, unless more is asked for.
const TIMES: u32 = 4;
/// How many students there are, so that the steps take a moment.
const STUDENTS: i64 = 4_000;
/// The shapes of the past.
const PAST: [&str; 6] = [
    include_str!("../data/schema-1.sql"),
    include_str!("../data/schema-2.sql"),
    include_str!("../data/schema-3.sql"),
    include_str!("../data/schema-4.sql"),
    include_str!("../data/schema-5.sql"),
    include_str!("../data/schema-6.sql"),
];
const PRESENT: &str = include_str!("../../schema.sql");

/// A database as it is, opened by nobody of Firstbell's; with the function that triggers of the sixth version on ask.
#[allow(clippy::disallowed_methods, reason = "it must not be brought to this version")]
fn raw(path: &Path) -> Connection {
    let conn = Connection::open(path).unwrap();
    conn.create_scalar_function("all_parts", 1, FunctionFlags::SQLITE_DETERMINISTIC, |call| {
        Ok(all_parts(call.get_raw(0).as_str()?))
    })
    .unwrap();
    conn
}

/// A district of this version, with its key.
fn district_of(version: usize) -> Site {
    let site = Site::set_up();
    let one = |query: &str| -> String { site.office().conn.query_row(query, [], |row| row.get(0)).unwrap() };
    let (key, hash) = (one("SELECT key_fingerprint FROM district"), one("SELECT password_hash FROM account"));
    let path = site.data().join("firstbell.db");
    fs::remove_file(&path).unwrap();
    let conn = raw(&path);
    conn.execute_batch(PAST[version - 1]).unwrap();
    conn.execute_batch(&format!(
        "BEGIN;
         PRAGMA application_id = {};
         PRAGMA user_version = {version};
         INSERT INTO district (id, name, time_zone, rows_per_file, key_fingerprint, set_up_at)
             VALUES (1, 'Springfield', 'UTC', 1000, '{key}', 0);
         INSERT INTO school (id, name, name_key, added_at) VALUES (1, 'Lincoln High', 'lincoln high', 0);
         INSERT INTO account (id, school_id, user_type, first_name, last_name, email, email_key, username, password_hash,
                              administers, created_at)
             VALUES (1, 1, 'teacher', 'Ada', 'Adminova', 'ada@springfield.example', 'ada@springfield.example',
                     'aadminova', '{hash}', 'district', 0);
         INSERT INTO account (school_id, user_type, first_name, last_name, username, generation, created_at)
             WITH RECURSIVE n (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n < {STUDENTS} + 1)
             SELECT 1, 'student', 'Ann', 'Lee', 'alee' || n, n, 0 FROM n;
         INSERT INTO username_stem VALUES ('aadminova', 1), ('alee', {STUDENTS} + 1);
         {}
         {}
         {}
         COMMIT",
        i64::from(u32::from_be_bytes(*b"FBel")),
        if version > 1 {
            "UPDATE account SET search_key = lower(first_name || ' ' || last_name || ' ' || username);"
        } else {
            ""
        },
        if version > 4 {
            "UPDATE account SET name_order = lower(last_name || char(9) || first_name);"
        } else {
            ""
        },
        if version > 3 {
            "INSERT INTO headcount SELECT school_id, user_type, count(*) FROM account GROUP BY school_id, user_type;"
        } else {
            ""
        }
    ))
    .unwrap();
    conn.close().unwrap();
    site
}

/// What a database is made of, without comments, spacing and quotation marks.
fn shape(conn: &Connection) -> BTreeMap<String, String> {
    let mut query = conn.prepare("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL").unwrap();
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?))).unwrap();
    rows.map(|row| {
        let (name, sql) = row.unwrap();
        let bare: String = sql.lines().map(|line| line.split("--").next().unwrap()).collect();
        (name, bare.chars().filter(|c| !c.is_whitespace() && *c != '"').collect())
    })
    .collect()
}

fn shape_of(schema: &str) -> BTreeMap<String, String> {
    let place = tempfile::tempdir().unwrap();
    let conn = raw(&place.path().join("shape.db"));
    conn.execute_batch(schema).unwrap();
    shape(&conn)
}

/// Asserts that a database is of the version before or of the present one, whole. Says whether it is of the present.
fn assert_old_or_new(site: &Site, version: usize, what: &str) -> bool {
    let conn = raw(&site.data().join("firstbell.db"));
    let now: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    let now = usize::try_from(now).unwrap();
    let is_new = now == PAST.len() + 1;
    assert!(is_new || now == version, "{what}: it is of version {now}");
    let expected = if is_new { shape_of(PRESENT) } else { shape_of(PAST[version - 1]) };
    assert_eq!(shape(&conn), expected, "{what}");
    let people: i64 = conn.query_row("SELECT count(*) FROM account", [], |row| row.get(0)).unwrap();
    assert_eq!(people, STUDENTS + 1, "{what}");
    drop(conn);
    let ran = site.run(&["check"], "");
    assert_eq!(ran.status, Some(0), "{what}: {}{}", ran.out, ran.err);
    let backups = fs::read_dir(site.data().join("backups")).into_iter().flatten();
    assert!(backups.count() > 0, "{what}: there is no copy from before");
    assert!(site.can_sign_in("aadminova", PASSWORD), "{what}");
    is_new
}

#[test]
fn a_database_that_is_brought_to_this_version_is_of_the_old_one_or_the_new_wherever_it_is_broken_off() {
    let (mut old, mut new) = (0, 0);
    for version in 1..=PAST.len() {
        let site = district_of(version);
        let (before, faults) = (Disk::of(&site), Faults::recording(&site));
        assert!(faults.on(site.command(&["check"])).output().unwrap().status.success());
        let log = faults.log();
        let times = rounds(TIMES);
        for time in 0..times {
            let mut random = Random(time.into());
            let mut disk = before.clone();
            let moment = log.len() * (time as usize + 1) / times as usize;
            let done = disk.replay(&log, moment);
            let fate = [Fate::Kept, Fate::Mixed][time as usize % 2];
            let what = format!("from version {version}, {done} writes ({fate:?})");
            let is_new = assert_old_or_new(&disk.cut(&site, fate, &mut random), version, &what);
            if is_new { new += 1 } else { old += 1 }
        }
    }
    println!("power cut or break: {old} times it was the old one, {new} times the new one");
    assert!(old > 0 && new > 0);
}

#[test]
fn a_process_that_is_killed_while_it_brings_a_database_to_this_version_leaves_the_old_one_or_the_new() {
    let (mut old, mut new) = (0, 0);
    let mut random = Random(6);
    for version in 1..=PAST.len() {
        let site = district_of(version);
        let began = Instant::now();
        let other = again(&site);
        assert_eq!(other.run(&["check"], "").status, Some(0));
        let took = u64::try_from(began.elapsed().as_micros()).unwrap();
        for _ in 0..rounds(TIMES).div_ceil(3) {
            let other = again(&site);
            let mut child = other.command(&["check"]).stdout(std::process::Stdio::null()).spawn().unwrap();
            std::thread::sleep(Duration::from_micros(random.below(took)));
            child.kill().unwrap();
            child.wait().unwrap();
            if assert_old_or_new(&other, version, "killed") { new += 1 } else { old += 1 }
        }
    }
    println!("killed: {old} times it was the old one, {new} times the new one");
}

/// A site with the same data.
fn again(site: &Site) -> Site {
    let other = Site::empty();
    fs::create_dir(other.data()).unwrap();
    for (path, content) in files(&site.data()) {
        fs::write(other.data().join(path.file_name().unwrap()), content).unwrap();
    }
    other
}

/// All files of a folder that have something in them, with it. The index of SQLite's log is nothing that is kept.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = paths.filter(|path| path.is_file() && !path.to_str().unwrap().ends_with("-shm"));
    files
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .filter(|(_, content)| !content.is_empty())
        .collect()
}

#[test]
fn a_database_is_not_brought_to_this_version_while_somebody_of_the_old_one_is_at_work_in_it() {
    let site = district_of(5);
    let before = fs::read(site.data().join("firstbell.db")).unwrap();
    let at_work = Folder::existing(&site.data()).unwrap();
    assert!(at_work.enter().unwrap());
    // A server that was not refused would stay: it comes last.
    for command in [&["check"][..], &["backup", "b.db"], &["serve", "--listen", "127.0.0.1:0"]] {
        site.run(command, "").assert_refused("An older Firstbell is at work on this database");
    }
    assert_eq!(fs::read(site.data().join("firstbell.db")).unwrap(), before);
    drop(at_work);
    assert_eq!(site.run(&["check"], "").status, Some(0));
}

#[test]
fn whatever_is_asked_of_a_newer_database_no_byte_of_the_folder_changes() {
    let site = Site::set_up();
    let conn = raw(&site.data().join("firstbell.db"));
    conn.pragma_update(None, "user_version", 4_711).unwrap();
    conn.close().unwrap();
    let roster = site.roster("a.csv", "Ann,Lee,,\n");
    let before = files(&site.data());
    let import = ["import", "--school", "Lincoln High", "--type", "students", roster.to_str().unwrap()];
    for command in [
        &["serve", "--listen", "127.0.0.1:0"][..],
        &import,
        &["check"],
        &["backup", "b.db"],
        &["reset-password", "x"],
    ] {
        site.run(command, "some password or other").assert_refused("newer Firstbell (version 4711");
        assert!(files(&site.data()) == before, "{command:?}");
    }
    site.init(PASSWORD).assert_refused("newer Firstbell (version 4711");
    assert!(files(&site.data()) == before);
}
