//! The power goes, at any moment, and the disk forgets what it may (QUALITY R2): whatever was acknowledged is there.
//!
//! Each run of the executable is written down, and cut off at many moments, each time with another loss.

use crate::crash::Random;
use crate::disk::{Disk, Fate, moments};
use crate::faults::Faults;
use crate::serving::{Server, until};
use crate::support::{PASSWORD, SCHOOL, Site, read_results, rounds};
use firstbell::folder::Folder;
use firstbell::store::snapshots;
use std::fs;
use std::io::{BufRead, BufReader};

/// How many power cuts there are, unless more are asked for.
const CUTS: u32 = 16;
/// How many moments one run is cut off at.
const CUTS_A_RUN: u32 = 50;

const HEADER: &str = "first_name,last_name,email,password\n";

/// What somebody was told has happened.
#[derive(Clone, Debug)]
enum Promise {
    /// A file of so many people was received, under this Job ID.
    Received { job: i64, people: i64 },
    /// A school of this name was added.
    School(String),
    /// The district is set up.
    SetUp,
}

/// What was promised, and the moment by which it was.
type Promises = Vec<(usize, Promise)>;

impl Promise {
    fn assert_kept(&self, site: &Site, was_set_up: bool, cut: &str) {
        let count = |query: &str| site.count(query);
        let kept = match self {
            Promise::Received { job, people } => {
                count(&format!("SELECT count(*) FROM upload WHERE id = {job} AND status = 'succeeded'")) == 1
                    && count(&format!(
                        "SELECT count(*) FROM record WHERE upload_id = {job} AND status IN ('created', 'skipped', 'failed')"
                    )) == *people
            }
            Promise::School(name) => {
                count(&format!("SELECT count(*) FROM school WHERE name = '{name}'")) == 1
            }
            Promise::SetUp => was_set_up && site.can_sign_in("aadminova", PASSWORD),
        };
        assert!(kept, "{self:?} was promised and is not there after {cut}");
    }
}

/// So many people, of whom a few bring a password.
fn people(run: u64, upload: u64, count: u64) -> String {
    let line = |n| match n % 20 {
        0 => format!("Ann,Lee,ann{run}.{upload}.{n}@x.example,violet kettle {n}\n"),
        1 => format!("Ann,Lee,ann{run}.{upload}.0@x.example,\n"),
        2 => ",Lee,,\n".to_owned(),
        _ => "Ben,Lee,,\n".to_owned(),
    };
    HEADER.to_owned() + &(0..count).map(line).collect::<String>()
}

/// Cuts a run off at several moments. After each, the folder is what it was, and goes on.
fn cut_off(site: &Site, before: &Disk, faults: &Faults, promises: &Promises, seed: u64, cuts: u32) {
    let log = faults.log();
    let moments = moments(&log);
    for cut in 0..cuts {
        let mut random = Random(seed.wrapping_mul(1_000).wrapping_add(cut.into()));
        // Spread over what was done, and not over how much was written; and just when something was promised.
        let until = if cut % 3 == 0 { random.one_of(promises).0 } else { *random.one_of(&moments) };
        let fate = [Fate::Mixed, Fate::Mixed, Fate::Lost, Fate::Kept][cut as usize % 4];
        let mut disk = before.clone();
        let done = disk.replay(&log, until);
        let what = format!("cut {cut} of run {seed}, after {done} writes ({fate:?})");
        let found = disk.cut(site, fate, &mut random);
        let was_set_up = goes_on(&found, &what);
        promises
            .iter()
            .filter(|(by, _)| *by <= until)
            .for_each(|(_, promise)| promise.assert_kept(&found, was_set_up, &what));
        found.end();
    }
}

/// A folder after a power cut: it can be started, whether there is a district in it or not yet; what is left to do is
/// done by the next import; what lies there as whole is whole. Says whether there was a district.
fn goes_on(site: &Site, cut: &str) -> bool {
    let folder = || Folder::make(&site.data()).unwrap();
    let now = firstbell::clock::now();
    if let Some(newest) = snapshots::newest(&folder(), now).unwrap() {
        let whole = snapshots::newest_whole(&folder(), now).expect("a whole snapshot");
        let name = newest.strftime("firstbell-%Y%m%d-%H%M%S.db").to_string();
        assert_eq!(whole.file_name().unwrap().to_str(), Some(name.as_str()), "{cut}");
    }
    let ran = site.init(PASSWORD);
    assert!(ran.status == Some(0) || ran.err.contains("is set up here already"), "{cut}: {}", ran.err);
    let checked = site.run(&["check"], "");
    assert_eq!(checked.status, Some(0), "{cut}: {}{}", checked.out, checked.err);
    let last = site.import("students", &site.roster("last.csv", "Cyd,Lee,,\n"));
    assert_eq!(last.status, Some(0), "{cut}: {}", last.err);
    assert!(!last.err.contains("The key file was gone"), "{cut}: {}", last.err);
    for entry in fs::read_dir(site.data().join("exports")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|is| is == "csv") {
            assert!(!read_results(&fs::read_to_string(path).unwrap()).is_empty(), "{cut}");
        }
    }
    ran.status != Some(0)
}

/// Makes runs until there are enough cuts.
fn runs(mut run: impl FnMut(u64, u32)) {
    let cuts = rounds(CUTS);
    let seed = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    println!("seed {seed}");
    let mut left = cuts;
    while left > 0 {
        let now = left.min(CUTS_A_RUN);
        run(seed + u64::from(left), now);
        left -= now;
    }
    println!("{cuts} power cuts, everything that was acknowledged was there");
}

#[test]
fn what_the_server_acknowledged_is_there_after_a_power_cut() {
    runs(|run, cuts| {
        let site = Site::set_up();
        let (before, faults) = (Disk::of(&site), Faults::recording(&site));
        let server = Server::open_with(site, &faults.environment());
        let mut ada = server.ada();
        let mut promises = Promises::new();
        for upload in 0..4 {
            let count = 20 + (run + upload) % 3 * 100;
            let page = ada.get("/admin/uploads/new");
            let form = page.form("/admin/uploads").with("user_type", "students").with("school_id", "1");
            let sent = ada.send(form.file("a.csv", people(run, upload, count)));
            let job = sent.location().rsplit('/').next().unwrap().split('?').next().unwrap().parse().unwrap();
            promises.push((faults.moment(), Promise::Received { job, people: count as i64 }));
            let school = format!("School {upload}");
            let form = ada.get("/admin/schools").form("/admin/schools").with("name", &school);
            assert_eq!(ada.send(form).status, 303);
            promises.push((faults.moment(), Promise::School(school)));
            if upload % 2 == 1 {
                until("the end of the job", || {
                    ada.get(&format!("/admin/uploads/{job}")).text().contains("succeeded").then_some(())
                });
            }
        }
        let site = server.stop();
        cut_off(&site, &before, &faults, &promises, run, cuts);
    });
}

#[test]
fn what_an_import_acknowledged_is_there_after_a_power_cut() {
    runs(|run, cuts| {
        let site = Site::set_up();
        let count = 60 + run % 5 * 100;
        let file = site.file("a.csv", people(run, 0, count));
        let (before, faults) = (Disk::of(&site), Faults::recording(&site));
        let command =
            site.command(&["import", "--school", SCHOOL, "--type", "students", file.to_str().unwrap()]);
        let mut command = faults.on(command);
        let nowhere = std::process::Stdio::null;
        let mut child =
            command.stdin(nowhere()).stdout(nowhere()).stderr(std::process::Stdio::piped()).spawn().unwrap();
        let mut promises = Promises::new();
        for line in BufReader::new(child.stderr.take().unwrap()).lines() {
            let line = line.unwrap();
            if line.contains("received: job 1,") {
                promises.push((faults.moment(), Promise::Received { job: 1, people: count as i64 }));
            }
        }
        assert_eq!(child.wait().unwrap().code(), Some(1));
        assert_eq!(promises.len(), 1);
        cut_off(&site, &before, &faults, &promises, run, cuts);
    });
}

#[test]
fn a_power_cut_during_the_first_start_leaves_a_folder_that_can_be_started() {
    runs(|run, cuts| {
        let site = Site::empty();
        let (before, faults) = (Disk::of(&site), Faults::recording(&site));
        let mut promises = Promises::new();
        let site = if run % 2 == 0 {
            let args = ["init", "--district", "Springfield", "--school", SCHOOL, "--first-name", "Ada"];
            let more = ["--last-name", "Adminova", "--email", "ada@springfield.example"];
            let mut command = faults.on(site.command(&[&args[..], &more[..]].concat()));
            let input = fs::File::open(site.file("password", format!("{PASSWORD}\n"))).unwrap();
            assert!(command.stdin(input).output().unwrap().status.success());
            promises.push((faults.moment(), Promise::SetUp));
            site
        } else {
            let server = Server::open_with(site, &faults.environment());
            let mut visitor = server.visitor();
            let form = visitor.get("/setup").form("/setup").with("code", &server.setup_code());
            let form = form.with("district", "Springfield").with("school", SCHOOL);
            let form = form.with("first_name", "Ada").with("last_name", "Adminova");
            let form = form.with("email", "ada@springfield.example");
            let sent = visitor.send(form.with("password", PASSWORD).with("password_again", PASSWORD));
            assert_eq!(sent.status, 303, "{}", sent.text());
            promises.push((faults.moment(), Promise::SetUp));
            server.stop()
        };
        cut_off(&site, &before, &faults, &promises, run, cuts);
    });
}

#[test]
fn a_power_cut_while_a_copy_is_restored_leaves_the_one_database_or_the_other() {
    runs(|run, cuts| {
        let site = Site::set_up();
        let copy = site.path().join("copy.db");
        assert_eq!(site.run(&["backup", copy.to_str().unwrap()], "").status, Some(0));
        site.add_school("Hilltop Primary");
        assert_eq!(site.import("students", &site.file("a.csv", people(run, 0, 200))).status, Some(1));
        let (before, faults) = (Disk::of(&site), Faults::recording(&site));
        let ran = faults.on(site.command(&["restore", copy.to_str().unwrap()])).output().unwrap();
        assert!(ran.status.success());
        let log = faults.log();
        let moments = moments(&log);
        for cut in 0..cuts {
            let mut random = Random(run.wrapping_mul(1_000).wrapping_add(cut.into()));
            let until = if cut % 4 == 0 { log.len() } else { *random.one_of(&moments) };
            let mut disk = before.clone();
            let done = disk.replay(&log, until);
            let what = format!("cut {cut} of run {run}, after {done} writes");
            let found = disk.cut(&site, [Fate::Mixed, Fate::Lost, Fate::Kept][cut as usize % 3], &mut random);
            assert!(goes_on(&found, &what), "{what}");
            let (schools, uploads) =
                (found.count("SELECT count(*) FROM school"), found.count("SELECT count(*) FROM upload"));
            assert!(
                [(1, 1), (2, 2)].contains(&(schools, uploads)),
                "{what}: {schools} schools, {uploads} uploads"
            );
            assert!(until < log.len() || schools == 1, "{what}: the copy was in place");
            found.end();
        }
    });
}
