//! A disk on which writes and syncs fail, some or many (QUALITY R4): never a wrong `succeeded`, never a panic or a hang.

use crate::crash::Random;
use crate::disk_full::{Import, PEOPLE, no_job_is_left, send_in_trouble};
use crate::faults::Faults;
use crate::serving::{Server, until};
use crate::support::{Site, read_results, rounds};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How many rounds there are, unless more are asked for.
const ROUNDS: u32 = 12;
/// How long an import may try before it is ended, in milliseconds at most.
const PATIENCE: u64 = 4_000;
/// How many imports are tried at once, each on a folder of its own.
const AT_ONCE: u32 = 4;

/// From 0.1 % to 50 %, small shares as often as large ones, of a million.
fn share(random: &mut Random) -> u32 {
    u32::try_from((1_000 + random.below(1_000)) << random.below(9)).unwrap()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// How imports on such a disk ended.
#[derive(Debug, Default)]
struct Ends {
    faults: i64,
    done: u32,
    refused: u32,
    broken_off: u32,
    ended_from_outside: u32,
}

#[test]
fn an_import_on_a_disk_that_fails_says_nothing_that_is_not_so() {
    let seed = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    println!("seed {seed}");
    let district = Site::set_up();
    let (ends, next, most) = (Mutex::new(Ends::default()), AtomicU32::new(0), rounds(ROUNDS));
    // Most of the time they wait for the disk to become better.
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let round = next.fetch_add(1, Ordering::Relaxed);
                    if round >= most {
                        return;
                    }
                    one_import(&district, Random(seed.wrapping_mul(1_000).wrapping_add(round.into())), &ends);
                }
            });
        }
    });
    println!("{most} imports: {:?}", ends.into_inner().unwrap());
}

/// An import that meets faults from its beginning or later, and is ended if it does not end by itself. What it has said
/// is held against the files as they are then.
fn one_import(district: &Site, mut random: Random, ends: &Mutex<Ends>) {
    let what = format!("{random:?}");
    let site = Site::empty();
    copy(&district.data(), &site.data());
    let faults = Faults::of(&site);
    let (share, dice, is_later) = (share(&mut random), random.below(u64::MAX), random.below(3) > 0);
    if !is_later {
        faults.strike(share, dice);
    }
    let mut import = Import::begin(&site, &faults);
    if is_later {
        until("the file to be received", || import.said().contains("received").then_some(()));
        faults.strike(share, dice);
    }
    let (began, patience) = (Instant::now(), Duration::from_millis(random.below(PATIENCE)));
    while import.child.try_wait().unwrap().is_none() && began.elapsed() < patience {
        thread::sleep(Duration::from_millis(5));
    }
    let is_ended = import.child.try_wait().unwrap().is_none();
    if is_ended {
        // Asked to end, it does, however the disk fails; killed, it has no choice.
        let signal = if random.below(2) == 0 { Signal::TERM } else { Signal::KILL };
        kill_process(Pid::from_child(&import.child), signal).unwrap();
    }
    let status = import.status();
    let (said, printed) = (import.said(), import.printed());
    let what = format!("{what}, {share} of a million, status {status:?}: {said}");
    assert!(!said.contains("fault in Firstbell") && !said.contains("panicked"), "{what}");
    // As the files are now.
    let checked = site.run(&["check"], "");
    assert_eq!(checked.status, Some(0), "{what}{}{}", checked.out, checked.err);
    let uploads = site.count("SELECT count(*) FROM upload");
    let made = site.count(
        "SELECT count(*) FROM record r JOIN account a ON a.id = r.account_id AND a.username = r.username",
    );
    let succeeded = site.count("SELECT count(*) FROM upload WHERE status = 'succeeded'");
    assert!(succeeded == 0 || made == PEOPLE, "{what}");
    assert!(uploads == 1 || !said.contains("received: job 1"), "{what}");
    match status {
        Some(0) => {
            assert!(succeeded == 1 && said.contains("succeeded"), "{what}");
            assert_eq!(read_results(&printed).len() as i64, PEOPLE, "{what}");
        }
        Some(1) => assert!(said.contains("do not upload them again"), "{what}"),
        Some(2) => assert_eq!(said.trim_end().lines().count(), 1, "{what}"),
        Some(143) | None => {}
        _ => panic!("{what}"),
    }
    let last = site.import("students", &site.roster("last.csv", "Cyd,Lee,,\n"));
    assert_eq!(last.status, Some(0), "{what}{}", last.err);
    assert_eq!(site.count("SELECT count(*) FROM account"), uploads * PEOPLE + 2, "{what}");
    site.end();
    let mut ends = ends.lock().unwrap();
    ends.faults += faults.done();
    ends.done += u32::from(status == Some(0));
    ends.broken_off += u32::from(status == Some(1));
    ends.refused += u32::from(status == Some(2));
    ends.ended_from_outside += u32::from(is_ended);
}

#[test]
fn a_server_on_a_disk_that_fails_says_nothing_that_is_not_so_and_healthz_tells() {
    let seed = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    println!("seed {seed}");
    let mut random = Random(seed);
    let site = Site::set_up();
    let faults = Faults::of(&site);
    let mut server = Server::open_with(site, &faults.environment());
    let (mut received, mut refused) = (0, 0);
    for round in 0..rounds(ROUNDS).div_ceil(3) {
        let mut ada = server.ada();
        ada.bears_trouble = true;
        let form = ada.get("/admin/uploads/new").form("/admin/uploads");
        faults.strike(share(&mut random), random.below(u64::MAX));
        let mut jobs = Vec::new();
        for _ in 0..3 {
            match send_in_trouble(&mut ada, form.clone()) {
                Ok(job) => jobs.push(job),
                Err(_) => refused += 1,
            }
        }
        if round % 4 == 0 && !jobs.is_empty() {
            faults.strike(1_000_000, 0);
            send_in_trouble(&mut ada, form).unwrap_err();
            // No page says it: a session that is a minute old would have to be written to be shown one.
            if server.site.count("SELECT count(*) FROM upload WHERE status <> 'succeeded'") > 0 {
                until("illness", || (ada.get("/healthz").status == 503).then_some(()));
            }
        }
        if round % 2 == 0 {
            let site = server.kill();
            faults.strike(0, 0);
            server = Server::open_with(site, &faults.environment());
            ada = server.ada();
        }
        faults.strike(0, 0);
        for job in &jobs {
            until("the end of the job", || {
                ada.get(&format!("/admin/uploads/{job}")).text().contains("succeeded").then_some(())
            });
        }
        received += jobs.len();
        until("health", || (ada.get("/healthz").status == 200).then_some(()));
        assert!(!server.said().contains("the fault is in"), "{}", server.said());
    }
    println!("{} faults: {received} uploads received and finished, {refused} refused", faults.done());
    no_job_is_left(&server);
    let site = server.stop();
    let uploads = site.count("SELECT count(*) FROM upload");
    // A file whose answer was a fault may be there all the same; none is there in part.
    assert!(uploads >= received as i64);
    assert_eq!(site.count("SELECT count(*) FROM account"), uploads * PEOPLE + 1);
    assert_eq!(site.count("SELECT count(DISTINCT username) FROM account"), uploads * PEOPLE + 1);
    site.end();
}
