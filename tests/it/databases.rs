//! Databases that are not what they should be: refused, untouched, with a sentence.

use crate::serving::{Server, until};
use crate::support::{PASSWORD, Site};
use firstbell::store::Connection;
use std::fs;

#[test]
fn a_newer_database_is_refused_and_not_touched() {
    let site = Site::set_up();
    let office = site.office();
    office.conn.pragma_update(None, "user_version", 4_711).unwrap();
    office.close();
    let before = fs::read(site.data().join("firstbell.db")).unwrap();
    for command in [&["check"][..], &["backup", "b.db"], &["reset-password", "x"]] {
        site.run(command, "some password or other").assert_refused("newer Firstbell (version 4711");
    }
    assert_eq!(fs::read(site.data().join("firstbell.db")).unwrap(), before);
}

#[test]
fn what_is_no_database_of_firstbells_is_refused_and_not_touched() {
    let site = Site::empty();
    fs::create_dir(site.data()).unwrap();
    for content in [
        b"This is a letter, not a database.".repeat(200),
        b"SQLite format 3\0 and nothing after it".repeat(200),
    ] {
        fs::write(site.data().join("firstbell.db"), &content).unwrap();
        site.run(&["backup", "copy.db"], "").assert_refused("The database is damaged");
        let checked = site.run(&["check"], "");
        assert_eq!(checked.status, Some(1), "{}", checked.err);
        assert!(checked.out.contains("damaged"), "{}", checked.out);
        assert_eq!(fs::read(site.data().join("firstbell.db")).unwrap(), content);
    }
}

#[test]
fn a_database_of_another_program_is_refused() {
    let site = Site::set_up();
    let office = site.office();
    office.conn.pragma_update(None, "application_id", 7).unwrap();
    office.close();
    site.run(&["check"], "").assert_refused("another program");
}

#[test]
fn a_copy_of_the_idle_database_alone_is_whole() {
    let site = Site::set_up();
    let file = site.roster("a.csv", &"Ann,Lee,,\n".repeat(300));
    site.import("students", &file);
    let other = Site::empty();
    fs::create_dir(other.data()).unwrap();
    fs::copy(site.data().join("firstbell.db"), other.data().join("firstbell.db")).unwrap();
    assert_eq!(other.count("SELECT count(*) FROM account"), 301);
    other.end();
    site.end();
}

#[test]
fn what_was_done_in_the_browser_alone_is_in_the_one_file_a_moment_later() {
    let server = Server::of_a_district();
    let mut ada = server.ada();
    let form = ada.get("/admin/schools").form("/admin/schools").with("name", "Hilltop Primary");
    assert_eq!(ada.send(form).status, 303);
    let log = server.site.data().join("firstbell.db-wal");
    until("the log to be moved", || fs::metadata(&log).is_ok_and(|log| log.len() == 0).then_some(()));
    let other = Site::empty();
    fs::create_dir(other.data()).unwrap();
    fs::copy(server.site.data().join("firstbell.db"), other.data().join("firstbell.db")).unwrap();
    assert_eq!(other.count("SELECT count(*) FROM school"), 2);
    server.end();
}

/// Whether some other process holds SQLite's shared lock on a database (sqlite.org, *File Locking*: 510 bytes from 0x40000002 on).
#[cfg(unix)]
fn is_held(database: &std::path::Path) -> bool {
    use rustix::process::{Flock, FlockType, fcntl_getlk};
    let mine = Flock { start: 0x4000_0002, length: 510, ..Flock::from(FlockType::WriteLock) };
    fcntl_getlk(fs::File::open(database).unwrap(), &mine).unwrap().is_some()
}

#[cfg(unix)]
#[test]
fn an_idle_server_holds_its_database_so_that_nobody_takes_the_log_away_under_it() {
    let server = Server::of_a_district();
    let mut ada = server.ada();
    let [database, log, note] =
        ["firstbell.db", "firstbell.db-wal", "firstbell.closed"].map(|name| server.site.data().join(name));
    let noted = || fs::metadata(&note).and_then(|note| note.modified()).ok();
    for round in 0..3 {
        let before = noted();
        let form = ada.get("/admin/schools").form("/admin/schools").with("name", &format!("Hilltop {round}"));
        assert_eq!(ada.send(form).status, 303);
        let is_empty = || fs::metadata(&log).is_ok_and(|log| log.len() == 0);
        until("an idle server", || (is_empty() && noted() != before).then_some(()));
        assert!(is_held(&database), "it has let go of its database");
        // Neither does a command that comes and goes.
        assert_eq!(server.site.run(&["check"], "").status, Some(0));
        assert!(is_held(&database));
    }
    let site = server.stop();
    assert!(!is_held(&database));
    site.end();
}

#[test]
fn an_empty_database_is_no_district() {
    let site = Site::set_up();
    fs::write(site.data().join("firstbell.db"), "").unwrap();
    for command in [&["check"][..], &["backup", "copy.db"], &["reset-password", "aadminova"]] {
        site.run(command, "some password or other").assert_refused("there is no district in it");
    }
    assert_eq!(fs::read(site.data().join("firstbell.db")).unwrap(), b"");
}

#[test]
fn a_key_file_that_was_damaged_or_is_anothers_is_refused_and_not_replaced() {
    let site = Site::set_up();
    for (key, words) in [
        ("not a key".to_owned(), "does not hold a key"),
        ("1f".repeat(32), "is not the key of this database"),
    ] {
        fs::write(site.data().join("firstbell.key"), &key).unwrap();
        site.run(&["backup", "copy.db"], "").assert_refused(words);
        let checked = site.run(&["check"], "");
        assert_eq!(checked.status, Some(1));
        assert!(checked.out.contains(words), "{}", checked.out);
        assert_eq!(fs::read_to_string(site.data().join("firstbell.key")).unwrap(), key);
    }
}

#[test]
#[allow(clippy::disallowed_methods, reason = "a database that is none of this version")]
fn a_district_that_is_set_up_already_gets_no_other_key_and_no_other_version_by_that() {
    let site = Site::set_up();
    let (key, kept) = (site.data().join("firstbell.key"), site.path().join("kept.key"));
    fs::rename(&key, &kept).unwrap();
    site.init("another good password").assert_refused("Springfield");
    assert!(!key.exists());
    fs::rename(&kept, &key).unwrap();
    site.end();
    let site = Site::empty();
    fs::create_dir(site.data()).unwrap();
    let older = Connection::open(site.data().join("firstbell.db")).unwrap();
    older.execute_batch(include_str!("../data/schema-2.sql")).unwrap();
    older
        .execute_batch(
            "PRAGMA application_id = 0x4642656C; PRAGMA user_version = 2;
             INSERT INTO district (id, name, time_zone, rows_per_file, key_fingerprint, set_up_at)
                 VALUES (1, 'Shelbyville', 'UTC', 1000, '', 0)",
        )
        .unwrap();
    older.close().unwrap();
    let before = fs::read(site.data().join("firstbell.db")).unwrap();
    site.init(PASSWORD).assert_refused("Shelbyville");
    assert_eq!(fs::read(site.data().join("firstbell.db")).unwrap(), before);
}

#[test]
fn a_key_that_is_gone_is_missed_by_check_and_made_anew_aloud_by_what_needs_one() {
    let site = Site::set_up();
    fs::remove_file(site.data().join("firstbell.key")).unwrap();
    let checked = site.run(&["check"], "");
    assert_eq!(checked.status, Some(1));
    assert!(checked.out.contains("is gone. Put it back"), "{}", checked.out);
    assert!(!site.data().join("firstbell.key").exists());
    let ran = site.import("students", &site.roster("a.csv", "Ann,Lee,,\n"));
    assert_eq!(ran.status, Some(0));
    assert!(ran.err.contains("The key file was gone"), "{}", ran.err);
    site.end();
}
