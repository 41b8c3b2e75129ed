//! What a district of a million costs, measured: `cargo bench --bench district`; `-- 100000` stops at that size.
//!
//! One district grows from nothing through the product's own intake and job; beside it, in turn, the bare SQLite inserts
//! that such an import cannot do without. At each size the real server is started on the folder and asked for every page.
//! The ratios hold on a busy machine; the times only on a quiet one.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::disallowed_methods,
    reason = "a benchmark prints, opens a database of its own, stops if it cannot go on, and takes what it needs of what all share"
)]

#[path = "../shared/figures.rs"]
mod figures;
mod pages;
#[path = "../shared/people.rs"]
mod people;
#[path = "../shared/serving.rs"]
mod serving;
#[path = "../shared/visitor.rs"]
mod visitor;

use figures::note;
use firstbell::actions::{self, Destination, NewDistrict, Office, ReadFiles};
use firstbell::clock;
use firstbell::domain::roster::Answers;
use firstbell::domain::{Candidate, Email, Name, Password, UserType};
use firstbell::folder::Folder;
use firstbell::secrets::{Cost, HashLane};
use firstbell::store::job::{self, Job};
use firstbell::store::{self, school};
use pages::Served;
use rusqlite::{Connection, params};
use serving::{LOGIN, PASSWORD};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// At these sizes everything is measured.
const SIZES: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];
/// So many uploads that are done, and whose lines are past their time.
const PAST_UPLOADS: &str = "
    INSERT INTO upload (school_id, user_type, file_name, status, total, received_at, finished_at, lines_removed_at)
    WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1)
    SELECT 1, 'student', 'class-' || n || '.csv', 'succeeded', 0, n, n, n FROM n";
/// How many people a school has, and so how many are in a file.
const A_SCHOOL: usize = 10_000;
/// How many of the last rows before a size its rate is of: one file of them, where there is room.
const MEASURED: usize = 100_000;

/// What was measured at one size.
struct Size {
    people: usize,
    /// Rows a second of an import, from the bytes of a file to its results on disk.
    import: f64,
    /// Rows a second of bare inserts.
    insert: f64,
    /// Rows a second of reading a file only.
    parse: f64,
    /// How long the index of the search took for those who came since the last size.
    indexed: Duration,
    /// How large the database is.
    bytes: u64,
    served: Served,
}

fn main() {
    let asked = std::env::args().skip(1).find_map(|arg| arg.parse().ok());
    let most = asked.unwrap_or(1_000_000);
    let place = tempfile::tempdir().unwrap();
    let mut office = district(place.path());
    let bare_place = tempfile::tempdir().unwrap();
    let mut bare = bare_database(&bare_place.path().join("bare.db"));
    let mut have = 0;
    for size in SIZES.into_iter().filter(|size| *size <= most) {
        let (mut imports, mut inserts, mut parses) = (Vec::new(), Vec::new(), Vec::new());
        while have < size {
            // The rate at a size is that of one large file, if there is room for one.
            let left = size - have;
            let rows = if left <= MEASURED { left } else { A_SCHOOL.min(left - MEASURED) };
            let content = people::file(have, rows);
            parses.push((rows, parse(&content)));
            imports.push((rows, import(&mut office, have, &content)));
            inserts.push((rows, insert(&mut bare, have, rows)));
            have += rows;
        }
        let start = Instant::now();
        while actions::make_findable(&mut office.conn).unwrap() {}
        let indexed = start.elapsed();
        // As many uploads as so many people have had in some years.
        office.conn.execute(PAST_UPLOADS, [size as i64 / 100]).unwrap();
        office.close();
        let served = pages::measure(place.path());
        office = Office::open(Folder::existing(place.path()).unwrap()).unwrap();
        let [import, insert, parse] = [&imports, &inserts, &parses].map(|parts| rate(parts));
        let bytes = std::fs::metadata(place.path().join("firstbell.db")).unwrap().len();
        report(&Size { people: size, import, insert, parse, indexed, bytes, served });
    }
}

fn report(size: &Size) {
    let Size { people, import, insert, parse, indexed, bytes, served } = size;
    let millis = |time: Duration| time.as_secs_f64() * 1e3;
    let slowest = served.pages.iter().map(|page| millis(page.1)).fold(0.0, f64::max);
    println!(
        "{people:>9} people: import {import:>6.0} rows/s, {:.2} of bare inserts ({insert:.0}); slowest page {slowest:.1} ms; ready in \
         {:.0} ms, stopped in {:.0} ms, checked in {:.2} s, backed up in {:.2} s",
        import / insert,
        millis(served.ready),
        millis(served.stop),
        served.check.as_secs_f64(),
        served.backup.as_secs_f64(),
    );
    let at = |name: &str, value: f64| note(&format!("{people}.{name}"), value);
    note("size", people);
    at("import", *import);
    at("insert", *insert);
    at("parse", *parse);
    at("indexed", indexed.as_secs_f64());
    at("bytes", *bytes as f64);
    at("ready", millis(served.ready));
    at("ready_after_kill", millis(served.ready_after_kill));
    at("stop", millis(served.stop));
    at("check", served.check.as_secs_f64());
    at("backup", served.backup.as_secs_f64());
    if let Some(memory) = served.memory {
        at("memory", memory as f64);
    }
    for ((name, _), (median, last)) in pages::PAGES.iter().zip(&served.pages) {
        note(&format!("{people}.page"), format!("{} {} {name}", millis(*median), millis(*last)));
    }
}

/// Rows a second, over the last of these files.
fn rate(parts: &[(usize, Duration)]) -> f64 {
    let (mut rows, mut took) = (0, Duration::ZERO);
    for (n, time) in parts.iter().rev() {
        if rows >= MEASURED {
            break;
        }
        rows += n;
        took += *time;
    }
    rows as f64 / took.as_secs_f64()
}

fn district(place: &Path) -> Office {
    let mut office = Office::make(Folder::make(place).unwrap()).unwrap();
    let name = |text: &str| Name::parse(text).unwrap();
    let email = Email::parse(LOGIN).ok();
    let administrator = Candidate { first_name: name("Ada"), last_name: name("Adminova"), email };
    let password = Password::supplied(PASSWORD).unwrap();
    let new = NewDistrict { name: name("District"), school: name("School"), administrator, password };
    let lane = HashLane::start(Cost::production());
    actions::set_up(&mut office.conn, &office.key, &lane, new).unwrap();
    office
}

/// From the bytes of a file to the end of its job, with a new school for its people.
fn import(office: &mut Office, begin: usize, content: &str) -> Duration {
    let tx = store::begin(&mut office.conn).unwrap();
    let name = Name::parse(&format!("School {begin}")).unwrap();
    let school = school::insert(&tx, &name, clock::now()).unwrap();
    tx.commit().unwrap();
    let to = Destination { school, kind: UserType::Student, by: None, who_chooses: None };
    let lane = HashLane::start(Cost::production());
    let mut conn = store::open(&office.folder, clock::now()).unwrap().conn;
    store::make_room(&conn).unwrap();
    let start = Instant::now();
    let files = [("a.csv".to_owned(), content.as_bytes())];
    let files = actions::read_files(&office.key, files, 1_000_000, &Answers::default());
    let files = files.and_then(ReadFiles::clear).unwrap();
    let id = actions::receive_upload(&mut office.conn, &office.key, &to, &files).unwrap()[0];
    // What the loop does with them, without the snapshot that it takes when it falls idle.
    while job::any_up_to(&conn, id).unwrap() {
        let tx = store::begin(&mut conn).unwrap();
        let claimed = job::claim(&tx).unwrap().unwrap();
        tx.commit().unwrap();
        let stop = AtomicBool::new(false);
        match claimed.job {
            Job::CreateAccounts(upload) => {
                actions::create_accounts(&mut conn, &office.key, &lane, claimed.id, upload, &stop, &|| ())
                    .unwrap();
            }
            Job::WriteResults(upload) => {
                actions::write_results(&mut conn, &office.folder, claimed.id, upload).unwrap();
            }
            Job::Undo(_) => {}
        }
    }
    start.elapsed()
}

/// What it takes to read such a file and do nothing with it.
fn parse(content: &str) -> Duration {
    let start = Instant::now();
    let rows = csv::Reader::from_reader(content.as_bytes()).into_records().filter(Result::is_ok).count();
    assert!(rows > 0);
    start.elapsed()
}

/// A database of the same shape and the same care, with one school, and with more room in memory than all that is written in it needs:
/// what the machine can do.
fn bare_database(path: &Path) -> Connection {
    let conn = Connection::open(path).unwrap();
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;
         PRAGMA cache_size = -524288; PRAGMA wal_autocheckpoint = 20000;",
    )
    .unwrap();
    conn.execute_batch(include_str!("../../schema.sql")).unwrap();
    conn.execute_batch("INSERT INTO school (name, name_key, added_at) VALUES ('School', 'school', 0)")
        .unwrap();
    conn
}

/// The least that an import writes: a record, and then an account and the record's end, each row once, nothing looked up.
fn insert(conn: &mut Connection, begin: usize, rows: usize) -> Duration {
    let people = people::rows(begin, rows);
    let start = Instant::now();
    let tx = conn.transaction().unwrap();
    tx.execute(
        "INSERT INTO upload (school_id, user_type, file_name, status, total, received_at)
         VALUES (1, 'student', 'a.csv', 'succeeded', ?1, 0)",
        [rows as i64],
    )
    .unwrap();
    let upload = tx.last_insert_rowid();
    for ([first, last, email], line) in people.iter().zip(2i64..) {
        tx.prepare_cached(
            "INSERT INTO record (upload_id, line, first_name, last_name, email, status, message)
             VALUES (?1, ?2, ?3, ?4, ?5, 'pending', '')",
        )
        .unwrap()
        .execute(params![upload, line, first, last, email])
        .unwrap();
    }
    tx.commit().unwrap();
    let tx = conn.transaction().unwrap();
    for ([first, last, email], line) in people.iter().zip(2i64..) {
        let n = begin as i64 + line;
        tx.prepare_cached(
            "INSERT INTO account (school_id, user_type, first_name, last_name, email, email_key, username, generation,
                                  upload_id, line, created_at, search_key, name_order)
             VALUES (1, 'student', ?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, 0, ?8, ?9)",
        )
        .unwrap()
        .execute(params![
            first,
            last,
            email,
            format!("{last}{n}"),
            n,
            upload,
            line,
            format!("  {first}  {last}  {last}{n}  {email}"),
            format!("{last}\t{first}")
        ])
        .unwrap();
        tx.prepare_cached(
            "UPDATE record SET status = 'created', message = 'Ready.', account_id = ?3 WHERE upload_id = ?1 AND line = ?2",
        )
        .unwrap()
        .execute(params![upload, line, tx.last_insert_rowid()])
        .unwrap();
    }
    tx.commit().unwrap();
    start.elapsed()
}
