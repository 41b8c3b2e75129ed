//! Databases that are not what they should be: refused, untouched, with a sentence.

use crate::serving::{Server, until};
use crate::support::{PASSWORD, Ran, SCHOOL, Site};
use firstbell::folder::Folder;
use firstbell::store::Connection;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A district that an import has left a snapshot of, and the snapshot.
fn with_snapshot() -> (Site, PathBuf) {
    let site = Site::set_up();
    assert_eq!(site.import("students", &site.roster("a.csv", &"Ann,Lee,,\n".repeat(300))).status, Some(0));
    let snapshot = fs::read_dir(site.data().join("backups")).unwrap().next().unwrap().unwrap().path();
    (site, snapshot)
}

/// Everything in a folder, and when it was changed: files with what is in them, folders with nothing.
fn everything(place: &Path) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
    let changed = |path: &Path| fs::metadata(path).unwrap().modified().unwrap();
    let mut found = BTreeMap::from([(place.to_owned(), (Vec::new(), changed(place)))]);
    for entry in fs::read_dir(place).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(everything(&path));
        } else {
            found.insert(path.clone(), (fs::read(&path).unwrap(), changed(&path)));
        }
    }
    found
}

/// What every command says that opens a database and makes none.
fn opened(site: &Site) -> Vec<Ran> {
    let file = site.roster("b.csv", "Ben,Lee,,\n");
    let file = file.to_str().unwrap();
    vec![
        site.run(&["import", "--school", SCHOOL, "--type", "students", file], ""),
        site.run(&["import", "--school", SCHOOL, "--type", "students", "--check", file], ""),
        site.run(&["backup", site.path().join("copy.db").to_str().unwrap()], ""),
        site.run(&["reset-password", "aadminova"], "four purple kettles\n"),
    ]
}

/// What the commands say that make one where there is none.
fn made(site: &Site) -> Vec<Ran> {
    vec![site.run(&["serve", "--listen", "127.0.0.1:0"], ""), site.init("another good password")]
}

/// The words that name a snapshot, and how it is put in place.
fn cure(site: &Site, snapshot: &Path) -> String {
    let data = site.data();
    format!(
        "The newest whole snapshot is {0}: put it in its place with `firstbell restore --data {1} {0}`.",
        snapshot.display(),
        data.display()
    )
}

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
fn is_held(database: &Path) -> bool {
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
fn whatever_is_wrong_with_a_database_its_refusal_names_the_newest_snapshot() {
    let (site, snapshot) = with_snapshot();
    let database = site.data().join("firstbell.db");
    let good = fs::read(&database).unwrap();
    let with = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at..at + 4096].fill(byte);
        bytes
    };
    let middle = good.len() / 2 / 4096 * 4096;
    for (name, bytes) in [
        ("cut", good[..middle].to_vec()),
        ("cut within a page", good[..middle + 100].to_vec()),
        ("cut within its head", good[..50].to_vec()),
        ("its end only", good[middle..].to_vec()),
        ("nothing but zeroes", vec![0; good.len()]),
        ("zeroed at its head", with(0, 0)),
        ("zeroed", with(middle, 0)),
        ("overwritten", with(middle, 0xA5)),
        ("a letter", b"This is a letter, not a database.".repeat(200)),
    ] {
        println!("{name}");
        fs::write(&database, bytes).unwrap();
        let files =
            || everything(&site.data()).into_iter().filter(|(path, _)| path.is_file()).collect::<Vec<_>>();
        let before = files();
        let cure = cure(&site, &snapshot);
        opened(&site).iter().chain(&made(&site)).for_each(|ran| ran.assert_refused(&cure));
        let checked = site.run(&["check"], "");
        assert_eq!(checked.status, Some(1), "{}", checked.err);
        assert!(checked.out.contains(&cure), "{}", checked.out);
        assert!(files() == before, "{name}: it was touched");
    }
    assert_eq!(site.run(&["restore", snapshot.to_str().unwrap()], "").status, Some(0));
    site.end();
}

#[test]
fn a_log_beside_a_damaged_database_is_not_moved_into_it() {
    let (site, snapshot) = with_snapshot();
    let [database, log] = ["firstbell.db", "firstbell.db-wal"].map(|name| site.data().join(name));
    let good = fs::read(&database).unwrap();
    let office = site.office();
    office.conn.execute("UPDATE upload SET file_name = 'other.csv'", []).unwrap();
    let written = fs::read(&log).unwrap();
    assert!(!written.is_empty());
    office.close();
    let middle = good.len() / 2 / 4096 * 4096;
    let mut zeroed = good.clone();
    zeroed[middle..middle + 4096].fill(0);
    for bytes in [zeroed, good[middle..].to_vec()] {
        fs::write(&database, &bytes).unwrap();
        fs::write(&log, &written).unwrap();
        opened(&site).iter().chain(&made(&site)).for_each(|ran| ran.assert_refused(&cure(&site, &snapshot)));
        assert!(
            fs::read(&database).unwrap() == bytes && fs::read(&log).unwrap() == written,
            "it was touched"
        );
    }
}

#[test]
fn damage_that_is_found_later_names_the_newest_snapshot_too() {
    let (site, snapshot) = with_snapshot();
    let database = site.data().join("firstbell.db");
    let mut bytes = fs::read(&database).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0xA5);
    fs::write(&database, &bytes).unwrap();
    // Whoever finds somebody in the folder examines nothing.
    let at_work = Folder::existing(&site.data()).unwrap();
    assert!(at_work.enter().unwrap());
    site.run(&["backup", "copy.db"], "").assert_refused(&cure(&site, &snapshot));
    let checked = site.run(&["check"], "");
    assert_eq!(checked.status, Some(1), "{}", checked.err);
    assert!(checked.out.contains(&cure(&site, &snapshot)), "{}", checked.out);
}

#[test]
fn where_a_database_is_gone_or_empty_no_other_is_begun_in_its_place() {
    for (is_empty, has_key, has_snapshot) in [
        (false, true, true),
        (true, true, true),
        (false, true, false),
        (true, true, false),
        (false, false, true),
        (true, false, true),
    ] {
        let (site, snapshot) = with_snapshot();
        let [database, key] = ["firstbell.db", "firstbell.key"].map(|name| site.data().join(name));
        if is_empty {
            fs::write(&database, "").unwrap();
        } else {
            fs::remove_file(&database).unwrap();
        }
        let kept_key = site.path().join("kept.key");
        if !has_key {
            fs::rename(&key, &kept_key).unwrap();
        }
        let kept = site.path().join("kept.db");
        fs::copy(&snapshot, &kept).unwrap();
        if !has_snapshot {
            fs::remove_file(&snapshot).unwrap();
        }
        // As in a folder that was put together out of copies.
        for lock in ["door.lock", "in-use.lock"] {
            fs::remove_file(site.data().join(lock)).unwrap();
        }
        let before = everything(&site.data());
        let cure = match has_snapshot {
            true => cure(&site, &snapshot),
            false => format!("There is no whole snapshot in {}", site.data().join("backups").display()),
        };
        let what = if is_empty { "The database is empty" } else { "The database is gone" };
        let checked = site.run(&["check"], "");
        for ran in opened(&site).iter().chain(&made(&site)).chain([&checked]) {
            ran.assert_refused(what);
            ran.assert_refused(&cure);
            ran.assert_refused("To begin anew instead, name another folder with --data");
        }
        assert!(everything(&site.data()) == before, "it was touched");

        let ran = site.run(&["restore", kept.to_str().unwrap()], "");
        assert_eq!(ran.status, Some(0), "{}", ran.err);
        if !has_key {
            fs::rename(&kept_key, &key).unwrap();
        }
        assert_eq!(site.count("SELECT count(*) FROM account"), 301);
        site.end();
    }
}

#[test]
fn where_no_district_ever_was_only_what_makes_one_touches_anything() {
    // A first start may be killed when the file is there and nothing is in it.
    for is_there in [false, true] {
        let site = Site::empty();
        fs::create_dir(site.data()).unwrap();
        if is_there {
            fs::write(site.data().join("firstbell.db"), "").unwrap();
        }
        let before = everything(&site.data());
        let checked = site.run(&["check"], "");
        for ran in opened(&site).iter().chain([&checked]) {
            ran.assert_refused("There is no district in");
            ran.assert_refused("firstbell init");
        }
        site.init("short").assert_refused("Nothing was changed");
        assert!(everything(&site.data()) == before, "it was touched");
        // A server that is started and never set up is started again, and set up by either way.
        let site = Server::open(Server::open(site).kill()).stop();
        site.import("students", &site.roster("a.csv", "Ann,Lee,,\n")).assert_refused("firstbell init");
        assert_eq!(site.init(PASSWORD).status, Some(0));
        site.end();
    }
}

#[test]
fn a_server_makes_no_other_database_when_its_own_goes_under_it() {
    let server = Server::of_a_district();
    let database = server.site.data().join("firstbell.db");
    fs::remove_file(&database).unwrap();
    // More at a time than there are connections that wait for work.
    let visitors: Vec<_> = (0..24).map(|_| server.visitor()).collect();
    std::thread::scope(|scope| {
        for mut visitor in visitors {
            // Whose page takes a connection of its own is told that the data cannot be read, and nobody that a fault is ours.
            visitor.bears_trouble = true;
            scope.spawn(move || {
                let page = visitor.get("/login");
                assert!([200, 503].contains(&page.status), "{}: {}", page.status, page.text());
            });
        }
    });
    assert!(!database.exists(), "another one was made");
    drop(server.kill());
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
