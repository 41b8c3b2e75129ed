//! The disk is full, at any point (QUALITY R3): it is said, nothing is lost, and once there is room it goes on by itself.

use crate::faults::Faults;
use crate::serving::{NEVER, Server, until};
use crate::support::{SCHOOL, Site, rounds};
use crate::visitor::Visitor;
use firstbell::actions::{self, Progress};
use firstbell::domain::UploadId;
use firstbell::secrets::{Cost, HashLane};
use std::collections::BTreeSet;
use std::io::Read;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

/// At how many points the disk is full, unless more are asked for.
const POINTS: u32 = 8;
/// How many people are in a file here.
pub(crate) const PEOPLE: i64 = 300;
/// What tells an administrator that the disk may be full.
const WORDS: [&str; 3] = ["disk is full", "No space left", "has room"];

pub(crate) fn roster() -> String {
    "first_name,last_name,email,password\n".to_owned()
        + &(0..PEOPLE)
            .map(|n| if n % 100 == 0 { "Ann,Lee,,violet kettle\n" } else { "Ann,Lee,,\n" })
            .collect::<String>()
}

/// An import under way, and what it has said.
pub(crate) struct Import {
    pub(crate) child: Child,
    said: Arc<Mutex<String>>,
    printed: Arc<Mutex<String>>,
}

impl Import {
    pub(crate) fn begin(site: &Site, faults: &Faults) -> Import {
        let file = site.file("a.csv", roster());
        let args = ["import", "--school", SCHOOL, "--type", "students", file.to_str().unwrap()];
        let mut command = faults.on(site.command(&args));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (said, printed) = (hear(child.stderr.take().unwrap()), hear(child.stdout.take().unwrap()));
        Import { child, said, printed }
    }

    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// The results that it has printed.
    pub(crate) fn printed(&self) -> String {
        self.printed.lock().unwrap().clone()
    }

    /// How it ended, and then all that it said is heard.
    pub(crate) fn status(&mut self) -> Option<i32> {
        let status = until("the end of the import", || self.child.try_wait().unwrap());
        until("its last words", || {
            (Arc::strong_count(&self.said) + Arc::strong_count(&self.printed) == 2).then_some(())
        });
        status.code()
    }
}

/// Reads for as long as there is something.
fn hear(mut from: impl Read + Send + 'static) -> Arc<Mutex<String>> {
    let heard = Arc::new(Mutex::new(String::new()));
    let to = Arc::clone(&heard);
    thread::spawn(move || {
        let mut some = [0; 4096];
        while let Ok(n @ 1..) = from.read(&mut some) {
            to.lock().unwrap().push_str(&String::from_utf8_lossy(&some[..n]));
        }
    });
    heard
}

/// Asserts that no part of a file is left that could not be written.
fn assert_no_parts(site: &Site) {
    for folder in ["", "backups", "exports"] {
        for entry in std::fs::read_dir(site.data().join(folder)).into_iter().flatten() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(!name.contains(".partial"), "{name} was left");
        }
    }
}

fn says_so(words: &str) -> bool {
    WORDS.iter().any(|word| words.contains(word))
}

#[test]
fn an_import_on_a_full_disk_says_so_and_goes_on_when_there_is_room() {
    let points = rounds(POINTS).into();
    let whole = {
        let site = Site::set_up();
        let faults = Faults::of(&site);
        assert_eq!(Import::begin(&site, &faults).status(), Some(0));
        faults.taken()
    };
    let (mut hit, mut refused, mut waited, mut without_snapshot) = (0, 0, 0, 0);
    for point in 0..points {
        let site = Site::set_up();
        let faults = Faults::of(&site);
        let room = whole * point / points;
        faults.room(room);
        let mut import = Import::begin(&site, &faults);
        until("a word or the end", || {
            (says_so(&import.said()) || import.child.try_wait().unwrap().is_some()).then_some(())
        });
        faults.make_room();
        let status = import.status();
        let said = import.said();
        // What it takes differs a little from time to time.
        let is_hit = faults.done() > 0;
        assert!(
            !is_hit || says_so(&said),
            "with room for {room} of {whole} bytes, status {status:?}: {said:?}"
        );
        hit += u32::from(is_hit);
        let uploads = site.count("SELECT count(*) FROM upload");
        match status {
            Some(2) => {
                assert_eq!((said.trim_end().lines().count(), uploads), (1, 0), "{said}");
                refused += 1;
                assert_eq!(Import::begin(&site, &faults).status(), Some(0));
            }
            Some(0) => {
                assert_eq!(uploads, 1);
                let is_waiting = said.contains("Waiting: ");
                waited += u32::from(is_waiting);
                without_snapshot += u32::from(said.contains("No snapshot was written"));
            }
            status => panic!("with room for {room} of {whole} bytes, status {status:?}: {said}"),
        }
        assert_eq!(site.count("SELECT count(DISTINCT username) FROM account"), PEOPLE + 1);
        assert_no_parts(&site);
        site.end();
    }
    println!(
        "{points} points, full at {hit}: {refused} imports refused, {waited} waited and went on, {without_snapshot} without a snapshot"
    );
}

/// Waits until the last results are written, too.
pub(crate) fn no_job_is_left(server: &Server) {
    until("the end of every job", || (server.site.count("SELECT count(*) FROM job") == 0).then_some(()));
}

/// Sends a file while something is wrong. Says whether it was received, in the end; gives the page's words if it was not.
pub(crate) fn send_in_trouble(ada: &mut Visitor, form: crate::visitor::Form) -> Result<i64, String> {
    let sent = ada.send(form.with("user_type", "students").with("school_id", "1").file("a.csv", roster()));
    match sent.status {
        303 => {
            let job = sent.location().rsplit('/').next().unwrap().split('?').next().unwrap();
            // Whoever cannot be told who they are now has to log in again later.
            job.parse().map_err(|_| format!("sent to {}", sent.location()))
        }
        503 | 507 => Err(sent.text()),
        status => panic!("{status}: {}", sent.text()),
    }
}

#[test]
fn a_server_on_a_full_disk_says_so_and_goes_on_when_there_is_room() {
    let points = rounds(POINTS).into();
    let site = Site::set_up();
    let faults = Faults::of(&site);
    let server = Server::open_with(site, &faults.environment());
    let mut ada = server.ada();
    ada.bears_trouble = true;
    let done = |ada: &mut Visitor, job: i64| {
        until("the end of the job", || {
            ada.get(&format!("/admin/uploads/{job}")).text().contains("succeeded").then_some(())
        });
    };
    let form = ada.get("/admin/uploads/new").form("/admin/uploads");
    let first = send_in_trouble(&mut ada, form).unwrap();
    done(&mut ada, first);
    let whole = faults.taken() + 100_000;
    let (mut refused, mut troubled, mut received) = (0, 0, 1);
    for point in 0..points {
        let form = ada.get("/admin/uploads/new").form("/admin/uploads");
        faults.room(whole * point / points);
        let sent = send_in_trouble(&mut ada, form.clone());
        let began = Instant::now();
        let job = match sent {
            Ok(job) => {
                // It stays so until there is room, or this much was enough.
                let page = format!("/admin/uploads/{job}");
                while !ada.get(&page).text().contains("succeeded") {
                    if ada.get("/healthz").status == 503 {
                        troubled += 1;
                        break;
                    }
                    assert!(began.elapsed() < NEVER, "neither done nor in trouble");
                }
                faults.make_room();
                job
            }
            Err(words) => {
                assert!(says_so(&words), "{words}");
                refused += 1;
                faults.make_room();
                send_in_trouble(&mut ada, form).unwrap()
            }
        };
        received += 1;
        done(&mut ada, job);
        until("health", || (ada.get("/healthz").status == 200).then_some(()));
    }
    no_job_is_left(&server);
    let site = server.stop();
    assert_eq!(site.count("SELECT count(*) FROM upload"), received, "what was refused is not there");
    assert_eq!(site.count("SELECT count(DISTINCT username) FROM account"), received * PEOPLE + 1);
    assert_no_parts(&site);
    site.end();
    println!(
        "{points} points: {refused} uploads refused with a page, {troubled} received and finished later"
    );
}

#[test]
fn an_idle_server_whose_disk_takes_nothing_is_not_well_until_it_does() {
    let site = Site::set_up();
    let faults = Faults::of(&site);
    let server = Server::open_with(site, &faults.environment());
    let mut ada = server.ada();
    ada.bears_trouble = true;
    let health = |ada: &mut Visitor| {
        let answer = ada.get("/healthz");
        (answer.status, answer.html().trim().to_owned())
    };
    let (well, ill) = ((200, "ok".to_owned()), (503, "database".to_owned()));
    let full: fn(&Faults) = |faults| faults.room(0);
    let nearly_full: fn(&Faults) = |faults| faults.room(20_000);
    let broken: fn(&Faults) = |faults| faults.strike(1_000_000, 0);
    for (name, fault, status) in
        [("Full High", full, 507), ("Nearly High", nearly_full, 507), ("Broken High", broken, 503)]
    {
        let form = ada.get("/admin/schools").form("/admin/schools").with("name", name);
        // Once everything is in the one file, the loop has nothing to do.
        let log = server.site.data().join("firstbell.db-wal");
        until("rest", || (std::fs::metadata(&log).unwrap().len() == 0).then_some(()));
        let before = server.snapshot();
        fault(&faults);
        assert_eq!(health(&mut ada), well, "nobody has met it: {name}");
        assert_eq!(ada.send(form.clone()).status, status, "{name}");
        for _ in 0..3 {
            assert_eq!(health(&mut ada), ill, "{name}");
        }
        faults.make_room();
        faults.strike(0, 0);
        until("health", || (health(&mut ada) == well).then_some(()));
        assert_eq!(server.snapshot(), before, "to ask changes nothing: {name}");
        assert_eq!(ada.send(form).status, 303, "{name}");
    }
    server.end();
}

#[test]
fn a_job_that_the_full_disk_holds_up_says_on_its_page_that_it_waits_and_what_to_do() {
    const WITH_PASSWORDS: usize = 300;
    const WAITS: [&str; 4] = [
        "It waits, because the disk of the server is full.",
        "Nothing is lost",
        "goes on by itself once there is room",
        "make room on the server's disk",
    ];
    let site = Site::set_up();
    let faults = Faults::of(&site);
    // Until then the server's own loop has to wait.
    let mut work = site.office();
    let turn = work.folder.try_hold_loop().unwrap().unwrap();
    let server = Server::open_with(site, &faults.environment());
    let mut ada = server.ada();
    ada.bears_trouble = true;
    let file = "first_name,last_name,email,password\n".to_owned()
        + &"Ann,Lee,,violet kettle\n".repeat(WITH_PASSWORDS);
    let form = ada.get("/admin/uploads/new").form("/admin/uploads");
    let form = form.with("user_type", "students").with("school_id", "1");
    assert_eq!(ada.send(form.file("a.csv", file).file("b.csv", roster())).status, 303);
    let (claimed, stop) = (server.site.claim(), AtomicBool::new(false));
    let lane = HashLane::start(Cost::for_tests());
    let one_batch = || stop.store(true, Ordering::Relaxed);
    let upload = UploadId(1);
    let progress =
        actions::create_accounts(&mut work.conn, &work.key, &lane, claimed.id, upload, &stop, &one_batch);
    assert_eq!(progress.unwrap(), Progress::Interrupted);
    // What the script puts in the place of what was there.
    let live = |ada: &mut Visitor, job: i64| {
        let page = ada.get(&format!("/admin/uploads/{job}"));
        assert_eq!(page.status, 200, "{}", page.text());
        let part = page.html().split_once("id=\"progress\" data-live=\"now\"");
        part.map(|(_, after)| crate::visitor::read(after.split_once("</section>").unwrap().0))
    };
    let done = |part: &str| -> u32 {
        let before = part.split(&format!(" of {WITH_PASSWORDS}")).next().unwrap();
        before.rsplit(' ').next().unwrap().parse().unwrap()
    };
    let going = live(&mut ada, 1).unwrap();
    assert!(going.contains("in_progress") && going.contains("a second"), "{going}");
    faults.room(0);
    drop(turn);
    work.close();
    let held = until("the wait", || live(&mut ada, 1).filter(|part| part.contains(WAITS[0])));
    let next = live(&mut ada, 2).unwrap();
    for part in [&held, &next] {
        assert!(WAITS.iter().all(|words| part.contains(words)), "{part}");
        let promises = ["a second", " left", "begins when"];
        assert!(!promises.iter().any(|words| part.contains(words)), "{part}");
    }
    assert!(held.contains("in_progress") && next.contains("scheduled"), "{held} {next}");
    let health = ada.get("/healthz");
    assert_eq!((health.status, health.html().trim()), (503, "jobs"));
    // Nobody can be written down as seen now. The page says what it says all the same.
    faults.clock(120);
    assert_eq!(live(&mut ada, 1), Some(held.clone()));
    faults.make_room();
    let mut while_waiting = BTreeSet::from([done(&held)]);
    until("the end of the job", || {
        let Some(part) = live(&mut ada, 1) else { return Some(()) };
        if part.contains(WAITS[0]) {
            while_waiting.insert(done(&part));
        }
        None
    });
    // The first batch may be there just before it is said that the job gets on.
    assert!(while_waiting.len() <= 2, "it said that it waits while it got on: {while_waiting:?}");
    no_job_is_left(&server);
    server.end();
}

#[test]
fn a_snapshot_on_a_full_disk_takes_the_room_of_one_whose_time_is_up() {
    let snapshots = |site: &Site| -> Vec<std::path::PathBuf> {
        let entries = std::fs::read_dir(site.data().join("backups")).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    };
    let site = Site::set_up();
    let faults = Faults::of(&site);
    assert_eq!(Import::begin(&site, &faults).status(), Some(0));
    let [snapshot] = &snapshots(&site)[..] else { panic!("one snapshot") };
    let half = i64::try_from(std::fs::metadata(snapshot).unwrap().len()).unwrap() / 2;
    let room = faults.taken() - half;
    let site = Site::set_up();
    let backups = site.data().join("backups");
    std::fs::create_dir(&backups).unwrap();
    for hour in 10..16 {
        std::fs::write(backups.join(format!("firstbell-20250101-{hour}0000.db")), vec![7; 1_000_000])
            .unwrap();
    }
    let faults = Faults::of(&site);
    faults.give_back();
    faults.room(room);
    let mut import = Import::begin(&site, &faults);
    assert_eq!(import.status(), Some(0), "{}", import.said());
    assert!(faults.done() > 0, "the disk was never full");
    assert!(!import.said().contains("No snapshot was written"), "{}", import.said());
    assert_eq!(snapshots(&site).len(), 6, "the first of the day is gone, and the new one is there");
    assert!(!backups.join("firstbell-20250101-100000.db").exists());
    assert_no_parts(&site);
    site.end();
}
