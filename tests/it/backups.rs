//! Backups and snapshots: whole whenever they are taken; and copies that are not are known when they are opened.

use crate::serving::{Server, until};
use crate::support::{PASSWORD, Site, rounds, soak_until};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

/// How many copies are taken of a busy database, unless more are asked for.
const COPIES: u32 = 20;

/// An import that goes on for as long as it is asked for.
struct Busy<'a> {
    site: &'a Site,
    roster: PathBuf,
    child: Option<Child>,
}

impl Busy<'_> {
    fn on(site: &Site) -> Busy<'_> {
        let lines: String =
            (0..900).map(|n| format!("Ann,Lee,,{}\n", if n % 9 == 0 { "violet" } else { "" })).collect();
        let roster = site.roster("busy.csv", &lines.replace("violet", "violet kettle"));
        Busy { site, roster, child: None }
    }

    /// Begins another import if the last one has ended.
    fn go_on(&mut self) {
        let is_over = self.child.as_mut().is_none_or(|child| child.try_wait().unwrap().is_some());
        if is_over {
            let mut command = self.site.command(&["import", "--school", crate::support::SCHOOL]);
            command.args(["--type", "students", self.roster.to_str().unwrap()]);
            let nowhere = std::process::Stdio::null;
            self.child = Some(command.stdout(nowhere()).stderr(nowhere()).spawn().unwrap());
        }
    }

    fn end(mut self) {
        assert_eq!(self.child.take().unwrap().wait().unwrap().code(), Some(0));
    }
}

/// A copy and the key, in a folder of their own.
fn elsewhere(site: &Site, copy: &Path) -> Site {
    let other = Site::empty();
    fs::create_dir(other.data()).unwrap();
    fs::copy(copy, other.data().join("firstbell.db")).unwrap();
    fs::copy(site.data().join("firstbell.key"), other.data().join("firstbell.key")).unwrap();
    other
}

/// A copy of the database's file as it is made over a network: page by page, while others write.
fn slow_copy(site: &Site, busy: &mut Busy<'_>) -> PathBuf {
    let mut from = fs::File::open(site.data().join("firstbell.db")).unwrap();
    let mut bytes = Vec::new();
    let mut pages = vec![0; 16 * 4096];
    loop {
        busy.go_on();
        match from.read(&mut pages).unwrap() {
            0 => return site.file("slow.db", bytes),
            n => bytes.extend_from_slice(&pages[..n]),
        }
        thread::sleep(Duration::from_millis(20));
    }
}

fn snapshots(site: &Site) -> Vec<PathBuf> {
    let entries = fs::read_dir(site.data().join("backups")).into_iter().flatten();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

#[test]
fn every_backup_of_a_busy_database_restores_whole() {
    let until = soak_until();
    let site = Site::set_up();
    let mut busy = Busy::on(&site);
    let (mut taken, mut with_pending) = (0, 0);
    while taken < rounds(COPIES) || Instant::now() < until {
        busy.go_on();
        let copy = site.path().join(format!("copy-{taken}.db"));
        let ran = site.run(&["backup", copy.to_str().unwrap()], "");
        assert_eq!(ran.status, Some(0), "{}", ran.err);
        let other = Site::empty();
        fs::create_dir(other.data()).unwrap();
        fs::copy(site.data().join("firstbell.key"), other.data().join("firstbell.key")).unwrap();
        let ran = other.run(&["restore", copy.to_str().unwrap()], "");
        assert_eq!(ran.status, Some(0), "{}", ran.err);
        let checked = other.run(&["check"], "");
        assert_eq!(checked.status, Some(0), "{}{}", checked.out, checked.err);
        with_pending += usize::from(!checked.out.contains(" 0 of them pending"));
        fs::remove_file(copy).unwrap();
        taken += 1;
    }
    println!("{taken} backups, {with_pending} of them in the middle of an upload");
    busy.end();
    site.end();
}

#[test]
fn a_plain_copy_of_a_busy_database_is_whole_or_known_not_to_be() {
    let until = soak_until();
    let site = Site::set_up();
    let mut busy = Busy::on(&site);
    let (mut taken, mut torn) = (0, 0);
    while taken < rounds(COPIES) || Instant::now() < until {
        busy.go_on();
        let other = elsewhere(&site, &slow_copy(&site, &mut busy));
        let ran = other.import("students", &other.roster("a.csv", "Cyd,Lee,,\n"));
        if ran.status == Some(2) {
            ran.assert_refused("The database is damaged");
            torn += 1;
        } else {
            assert_eq!(ran.status, Some(0), "{}", ran.err);
            let checked = other.run(&["check"], "");
            assert_eq!(checked.status, Some(0), "{}{}", checked.out, checked.err);
        }
        taken += 1;
    }
    println!("{taken} copies, {torn} of them torn");
    busy.end();
    site.end();
}

#[test]
fn a_copy_that_is_partly_of_before_and_partly_of_after_is_known_wherever_it_was_torn() {
    let site = Site::set_up();
    let state = |name: &str| {
        assert_eq!(site.import("students", &site.roster(name, &"Ann,Lee,,\n".repeat(300))).status, Some(0));
        fs::read(site.data().join("firstbell.db")).unwrap()
    };
    let (old, new) = (state("a.csv"), state("b.csv"));
    let (mut refused, mut whole) = (0, 0);
    for page in (1..old.len() / 4096).step_by(3) {
        let at = page * 4096;
        for torn in [[&old[..at], &new[at..]].concat(), [&new[..at], &old[at..]].concat()] {
            let other = elsewhere(&site, &site.file("torn.db", torn));
            let ran = other.run(&["backup", "copy.db"], "");
            if ran.status == Some(2) {
                ran.assert_refused("There is no whole snapshot in");
                refused += 1;
            } else {
                let checked = other.run(&["check"], "");
                assert_eq!(checked.status, Some(0), "torn at page {page}: {}", checked.out);
                whole += 1;
            }
        }
    }
    println!("{refused} refused, {whole} as whole as if they were not torn");
    assert!(refused > whole, "{refused} refused, {whole} whole");
    site.end();
}

#[test]
fn after_each_job_there_is_a_snapshot_and_none_when_nothing_has_changed() {
    let site = Site::set_up();
    assert_eq!(snapshots(&site).len(), 0);
    for n in 1..=3 {
        assert_eq!(site.import("students", &site.roster("a.csv", "Ann,Lee,,\n")).status, Some(0));
        assert_eq!(snapshots(&site).len(), n, "{:?}", snapshots(&site));
    }
    let newest = snapshots(&site).pop().unwrap();
    let name = newest.file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with("firstbell-2") && name.len() == "firstbell-20261122-204713.db".len(), "{name}");
    site.run(&["backup", "copy.db"], "");
    // What the last import has left for later goes into one more, and so does the note that its results are out, if the snapshot was
    // the quicker one: it has the time of the database's state that is in it.
    let left = "SELECT (SELECT count(*) FROM account WHERE id > (SELECT up_to FROM searched))
                       + (SELECT count(*) FROM district WHERE scrub_from IS NOT NULL)";
    let modified = |path: &Path| fs::metadata(path).unwrap().modified().unwrap();
    let is_news = modified(&site.data().join("firstbell.db")) != modified(&newest);
    let many = if is_news || site.count(left) > 0 { 4 } else { 3 };
    let server = Server::open(site);
    until("what was left", || (server.site.count(left) == 0).then_some(()));
    let site = server.stop();
    assert_eq!(snapshots(&site).len(), many, "{is_news}");
    let site = Server::open(site).stop();
    assert_eq!(snapshots(&site).len(), many);
    assert_eq!(site.run(&["restore", newest.to_str().unwrap()], "").status, Some(0));
    assert_eq!(site.count("SELECT count(*) FROM account"), 4);
    site.end();
}

#[test]
fn the_newest_five_snapshots_stay_and_what_is_not_ours_is_not_touched() {
    let site = Site::set_up();
    let backups = site.data().join("backups");
    fs::create_dir(&backups).unwrap();
    let others =
        ["before-version-3-20250101-000000.db", "firstbell-of-mine.db", "firstbell-20250101-000000.db-old"];
    for name in others {
        fs::write(backups.join(name), "mine").unwrap();
    }
    for hour in 10..20 {
        fs::write(backups.join(format!("firstbell-20250101-{hour}0000.db")), "an old one").unwrap();
    }
    assert_eq!(site.import("students", &site.roster("a.csv", "Ann,Lee,,\n")).status, Some(0));
    let names: Vec<String> = snapshots(&site)
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .filter(|name| !others.contains(&name.as_str()))
        .collect();
    let old: Vec<&str> = names.iter().filter_map(|name| name.strip_prefix("firstbell-20250101-")).collect();
    assert_eq!(old, ["150000.db", "160000.db", "170000.db", "180000.db", "190000.db"]);
    assert_eq!(names.len(), 6, "and the new one: {names:?}");
    assert!(others.iter().all(|name| backups.join(name).exists()));
    site.end();
}

#[test]
fn a_torn_database_is_refused_with_the_newest_whole_snapshot_and_left_as_it_is() {
    let site = Site::set_up();
    for _ in 0..2 {
        site.import("students", &site.roster("a.csv", &"Ann,Lee,,\n".repeat(300)));
    }
    let [older, newer] = &snapshots(&site)[..] else { panic!("{:?}", snapshots(&site)) };
    let path = site.data().join("firstbell.db");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0);
    fs::write(&path, &bytes).unwrap();
    for snapshot in [newer, older] {
        let cure = format!("firstbell restore --data {} {}", site.data().display(), snapshot.display());
        site.run(&["serve", "--listen", "127.0.0.1:0"], "").assert_refused(&cure);
        site.run(&["backup", "copy.db"], "").assert_refused(&cure);
        assert!(fs::read(&path).unwrap() == bytes, "it was touched");
        // The next best, when the best is damaged too.
        fs::write(snapshot, &bytes).unwrap();
    }
    site.run(&["backup", "copy.db"], "").assert_refused("Put a good copy in its place");
}

#[test]
fn a_snapshot_that_cannot_be_written_is_missed_aloud_and_holds_nobody_up() {
    let site = Site::set_up();
    fs::write(site.data().join("backups"), "in the way").unwrap();
    let ran = site.import("students", &site.roster("a.csv", "Ann,Lee,,\n"));
    assert_eq!((ran.status, ran.results().len()), (Some(0), 1), "{}", ran.err);
    assert!(ran.err.contains("No snapshot was written into backups."), "{}", ran.err);
    site.end();
}

#[test]
#[cfg(target_os = "linux")]
fn a_backup_may_go_to_another_file_system() {
    use std::os::unix::fs::MetadataExt;
    let site = Site::set_up();
    let place = tempfile::tempdir_in("/dev/shm").unwrap();
    let device = |path: &Path| fs::metadata(path).unwrap().dev();
    assert_ne!(device(place.path()), device(site.path()), "this machine has one file system only");
    assert_eq!(site.run(&["backup", place.path().to_str().unwrap()], "").status, Some(0));
    let copy = fs::read_dir(place.path()).unwrap().next().unwrap().unwrap().path();
    assert_eq!(site.run(&["restore", copy.to_str().unwrap()], "").status, Some(0));
    site.end();
}

#[test]
fn a_backup_is_downloaded_by_who_gives_the_password_again_and_is_whole() {
    let site = Site::set_up();
    let lines: String = (0..900).map(|n| format!("Ann{n},Lee,,\n")).collect();
    assert_eq!(site.import("students", &site.roster("a.csv", &lines)).status, Some(0));
    let server = Server::open(site);
    let mut ada = server.ada();
    assert_eq!(ada.get("/admin/backup.db").location(), "/admin/settings#backups");
    let form = ada.get("/admin/settings").form("/admin/backup");
    ada.send(form.clone().with("current_password", "not hers"))
        .assert_refused(&["not your current password"]);
    assert_eq!(ada.get("/admin/backup.db").location(), "/admin/settings#backups");

    assert_eq!(ada.send(form.with("current_password", PASSWORD)).location(), "/admin/backup.db");
    let answer = ada.get("/admin/backup.db");
    assert_eq!((answer.status, answer.header("Cache-Control")), (200, "no-store"));
    assert!(answer.header("Content-Disposition").starts_with("attachment; filename=\"firstbell-20"));
    assert!(answer.body.len() > 256 * 1024, "so that it goes through the lane for large answers");
    ada.get("/admin/audit").assert_shows(&["downloaded a backup"]);
    // Another session of the same person has proven nothing.
    assert_eq!(server.ada().get("/admin/backup.db").location(), "/admin/settings#backups");

    let other = Site::empty();
    let copy = other.file("copy.db", &answer.body);
    assert_eq!(other.run(&["restore", copy.to_str().unwrap()], "").status, Some(0));
    let key = server.site.data().join("firstbell.key");
    fs::copy(key, other.data().join("firstbell.key")).unwrap();
    let checked = other.run(&["check"], "");
    assert!(
        checked.status == Some(0) && checked.out.contains("students  900"),
        "{}{}",
        checked.out,
        checked.err
    );
    server.end();
}
