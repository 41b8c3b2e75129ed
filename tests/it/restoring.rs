//! A copy is put in the database's place whole, or refused with everything as it was.

use crate::crash::Random;
use crate::serving::{Server, until};
use crate::support::{Site, soak_until};
use firstbell::folder::Folder;
use firstbell::store::Connection;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How often restoring is killed at least.
const KILLS: u64 = 30;
const ACCOUNTS: &str = "SELECT count(*) FROM account";

/// A district with so many students, made by so many uploads.
fn district(uploads: u32, people: usize) -> Site {
    let site = Site::set_up();
    for n in 0..uploads {
        let file = site.roster(&format!("{n}.csv"), &"Ann,Lee,,\n".repeat(people));
        assert_eq!(site.import("students", &file).status, Some(0));
    }
    site
}

fn backup(site: &Site, name: &str) -> PathBuf {
    let copy = site.path().join(name);
    let ran = site.run(&["backup", copy.to_str().unwrap()], "");
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    copy
}

fn restore(site: &Site, copy: &Path) -> crate::support::Ran {
    site.run(&["restore", copy.to_str().unwrap()], "")
}

/// Everything in the data folder, but for the locks.
fn content(site: &Site) -> BTreeMap<PathBuf, Vec<u8>> {
    let paths = fs::read_dir(site.data()).unwrap().map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.is_file() && path.extension().is_none_or(|ending| ending != "lock"))
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect()
}

/// The databases that restoring kept.
fn kept(site: &Site) -> Vec<PathBuf> {
    let mut kept: Vec<PathBuf> = content(site).into_keys().collect();
    kept.retain(|path| path.file_name().unwrap().to_str().unwrap().starts_with("firstbell-replaced-"));
    kept
}

#[allow(clippy::disallowed_methods, reason = "a copy that is made to be refused")]
fn change(copy: &Path, sql: &str) {
    Connection::open(copy).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn a_copy_is_put_in_place_and_the_database_that_was_there_is_kept() {
    let site = district(1, 3);
    let copy = backup(&site, "copy.db");
    site.import("students", &site.roster("b.csv", "Ben,Lee,,\n"));
    assert_eq!(site.count(ACCOUNTS), 5);
    let ran = restore(&site, &copy);
    assert_eq!((ran.status, ran.out.as_str()), (Some(0), ""), "{}", ran.err);
    assert!(ran.err.contains("is whole and in place"), "{}", ran.err);
    assert_eq!(site.count(ACCOUNTS), 4);
    let [was_there] = &kept(&site)[..] else { panic!("{:?}", kept(&site)) };
    assert!(ran.err.contains(was_there.to_str().unwrap()), "{}", ran.err);
    assert_eq!(restore(&site, was_there).status, Some(0));
    assert_eq!(site.count(ACCOUNTS), 5);
    assert_eq!(kept(&site).len(), 2, "nothing that is kept is written over");
    site.end();
}

#[test]
fn what_is_no_whole_copy_is_refused_and_nothing_is_changed() {
    let site = district(1, 900);
    let old = fs::read(backup(&site, "old.db")).unwrap();
    site.import("students", &site.roster("b.csv", &"Ben,Lee,,\n".repeat(900)));
    let good = backup(&site, "good.db");
    let bytes = fs::read(&good).unwrap();
    let page = |n: usize| n * 4096;
    let middle = bytes.len() / 2 / 4096;
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = bytes.clone();
        change(&mut bytes);
        bytes
    };
    let broken: [(&str, Vec<u8>); 7] = [
        ("a letter", b"This is a letter, not a database.".repeat(200)),
        ("cut", bytes[..page(middle)].to_vec()),
        ("cut within a page", bytes[..bytes.len() - 100].to_vec()),
        ("zeroed", with(&|bytes| bytes[page(middle)..page(middle + 1)].fill(0))),
        ("overwritten", with(&|bytes| bytes[page(middle)..page(middle + 3)].fill(0xA5))),
        ("new, then old", [&bytes[..old.len() / 2], &old[old.len() / 2..]].concat()),
        ("old, then new", [&old[..old.len() / 2], &bytes[old.len() / 2..]].concat()),
    ];
    let before = content(&site);
    for (name, bytes) in broken {
        println!("{name}");
        let ran = restore(&site, &site.file("broken.db", bytes));
        ran.assert_refused("is damaged, is no database, or was copied in part");
        assert_eq!(content(&site), before, "{name}");
    }
    for (sql, words) in [
        ("PRAGMA application_id = 7", "a database of another program"),
        ("PRAGMA user_version = 4711", "a newer Firstbell (version 4711"),
        ("UPDATE upload SET created = 1 WHERE id = 1", "1 uploads whose counts differ"),
        ("PRAGMA foreign_keys = OFF; DELETE FROM school", "references to rows that are not there"),
    ] {
        let copy = site.path().join("changed.db");
        fs::copy(&good, &copy).unwrap();
        change(&copy, sql);
        restore(&site, &copy).assert_refused(words);
        assert_eq!(content(&site), before, "{sql}");
    }
    restore(&site, &site.file("empty.db", "")).assert_refused("it is empty");
    restore(&site, Path::new("nowhere.db")).assert_refused("cannot be read");
    restore(&site, site.path()).assert_refused("cannot be read");
    restore(&site, &site.data().join("firstbell.db")).assert_refused("is the database itself");
    assert_eq!(content(&site), before);
    site.end();
}

#[test]
fn a_copy_and_its_key_make_the_district_anew_on_another_machine() {
    let site = district(1, 3);
    let copy = backup(&site, "copy.db");
    let key = fs::read(site.data().join("firstbell.key")).unwrap();

    let other = Site::empty();
    restore(&other, &other.file("letter.db", "This is a letter.")).assert_refused("is no database");
    assert!(!other.data().exists(), "a refusal leaves nothing behind");
    let ran = restore(&other, &copy);
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    assert!(ran.err.contains("Its key is not here"), "{}", ran.err);
    fs::write(other.data().join("firstbell.key"), "1f".repeat(32)).unwrap();
    let before = content(&other);
    restore(&other, &copy).assert_refused("is not the key of this database");
    assert_eq!(content(&other), before);
    fs::write(other.data().join("firstbell.key"), key).unwrap();
    assert_eq!(restore(&other, &copy).status, Some(0));
    assert_eq!(other.count(ACCOUNTS), 4);
    assert!(other.can_sign_in("aadminova", crate::support::PASSWORD));
    other.end();
}

#[test]
fn a_copy_of_an_older_firstbell_is_put_in_place_and_brought_to_this_one() {
    let site = Site::empty();
    let copy = site.path().join("older.db");
    change(&copy, include_str!("../data/schema-3.sql"));
    change(&copy, "PRAGMA application_id = 0x4642656C; PRAGMA user_version = 3");
    // Whoever was signed in then may have been signed out since.
    change(
        &copy,
        "INSERT INTO school (id, name, name_key, added_at) VALUES (1, 'Lincoln High', 'lincoln high', 0);
         INSERT INTO account (id, school_id, user_type, first_name, last_name, username, generation, created_at)
             VALUES (1, 1, 'student', 'Ann', 'Lee', 'alee', 1, 0);
         INSERT INTO username_stem VALUES ('alee', 1);
         INSERT INTO session VALUES (zeroblob(32), 1, 'teacher', 0, 0, 0);
         INSERT INTO password_link VALUES (zeroblob(32), 1, 0)",
    );
    let ran = restore(&site, &copy);
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    assert!(ran.err.contains("It is of an older Firstbell"), "{}", ran.err);
    let left = "SELECT (SELECT count(*) FROM account) * 100 + (SELECT count(*) FROM session) * 10
                       + (SELECT count(*) FROM password_link)";
    assert_eq!(site.count(left), 100);
    assert_eq!(site.run(&["check"], "").status, Some(0));
    assert_eq!(fs::read_dir(site.data().join("backups")).unwrap().count(), 1);
}

#[test]
fn nothing_is_restored_while_a_server_runs_and_afterwards_everybody_signs_in_again() {
    let server = Server::of_a_district();
    drop(server.ada());
    let copy = backup(&server.site, "copy.db");
    restore(&server.site, &copy).assert_refused("Firstbell is at work in");
    let site = server.stop();
    assert!(site.count("SELECT count(*) FROM session") > 0);
    assert_eq!(restore(&site, &copy).status, Some(0));
    assert_eq!(site.count("SELECT count(*) FROM session"), 0);
    site.end();
}

#[test]
fn nothing_is_restored_while_an_import_runs() {
    let site = Site::set_up();
    let copy = backup(&site, "copy.db");
    // Another process has the loop, and does nothing, so it does not end by itself.
    let held = Folder::existing(&site.data()).unwrap().try_hold_loop().unwrap().unwrap();
    let lines: String = (0..90).map(|n| format!("Ann,Lee,,password {n}\n")).collect();
    let mut child = site.start_import("students", &site.roster("a.csv", &lines));
    until("the upload", || (site.count("SELECT count(*) FROM upload") == 1).then_some(()));
    let ran = restore(&site, &copy);
    assert!(child.try_wait().unwrap().is_none(), "the import ended too early");
    ran.assert_refused("Firstbell is at work in");
    child.kill().unwrap();
    child.wait().unwrap();
    drop(held);
    assert_eq!(restore(&site, &copy).status, Some(0), "who was killed is not there any more");
    assert_eq!(site.count("SELECT count(*) FROM upload"), 0);
    // What is kept is all that was there, the log too.
    let kept = kept(&site);
    let database = kept.iter().find(|path| path.extension().is_some_and(|ending| ending == "db")).unwrap();
    assert_eq!(restore(&site, database).status, Some(0));
    assert_eq!(site.count("SELECT count(*) FROM upload"), 1);
    assert_eq!(site.import("students", &site.roster("b.csv", "Ben,Lee,,\n")).status, Some(0));
    assert_eq!(site.count(ACCOUNTS), 92);
    site.end();
}

#[test]
fn restoring_that_is_killed_leaves_the_old_database_or_the_new_one() {
    let until = soak_until();
    let seed = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    println!("seed {seed}");
    let mut random = Random(seed);
    let site = district(1, 900);
    let few = backup(&site, "few.db");
    site.import("students", &site.roster("b.csv", &"Ben,Lee,,\n".repeat(900)));
    let many = backup(&site, "many.db");
    let (mut now, mut rounds, mut replaced) = (1_801, 0, 0);
    while rounds < KILLS || Instant::now() < until {
        let (copy, new) = if now == 1_801 { (&few, 901) } else { (&many, 1_801) };
        let mut child = site
            .command(&["restore", copy.to_str().unwrap()])
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(random.below(45)));
        child.kill().unwrap();
        child.wait().unwrap();
        let found = site.count(ACCOUNTS);
        assert!(found == now || found == new, "{found} accounts");
        let checked = site.run(&["check"], "");
        assert_eq!(checked.status, Some(0), "{}{}", checked.out, checked.err);
        replaced += u32::from(found == new);
        now = found;
        rounds += 1;
    }
    println!("{rounds} rounds, {replaced} of them after the database was replaced");
    assert_eq!(restore(&site, &few).status, Some(0));
    assert_eq!(site.count(ACCOUNTS), 901);
    let left = fs::read_dir(site.data()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(left.filter(|name| name.to_str().unwrap().starts_with(".firstbell")).count(), 0);
    site.end();
}
