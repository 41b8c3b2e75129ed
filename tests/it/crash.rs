//! `kill -9` at random moments: nothing lost, nothing twice, and it goes on by itself.
//!
//! More kills than fifty are asked for with `FIRSTBELL_ROUNDS`, or `FIRSTBELL_SOAK_SECONDS` (QUALITY R1).

use crate::serving::{Server, until};
use crate::support::{Site, rounds, soak_until};
use std::time::{Duration, Instant};

/// How often the process is killed, unless more is asked for.
const KILLS: u32 = 50;
/// How often in one round.
const KILLS_A_ROUND: u32 = 10;
/// How soon the job goes on after a restart, at the latest.
const SOON: Duration = Duration::from_secs(10);

/// A small generator of evenly spread numbers (SplitMix64), so that a run can be told from its seed.
#[derive(Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }

    /// One of these.
    pub(crate) fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[usize::try_from(self.below(all.len() as u64)).unwrap()]
    }
}

#[test]
fn an_import_that_is_killed_again_and_again_ends_every_record_once() {
    let until = soak_until();
    let seed = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    println!("seed {seed}");
    let mut random = Random(seed);
    let (mut round, mut in_the_middle, mut longest) = (0, 0, Duration::ZERO);
    while round * KILLS_A_ROUND < rounds(KILLS) || Instant::now() < until {
        let (hits, pause) = one_round(&mut random, round);
        round += 1;
        in_the_middle += hits;
        longest = longest.max(pause);
    }
    let kills = round * KILLS_A_ROUND;
    println!(
        "{kills} kills, {in_the_middle} of them with records pending; the longest time from a start until the job went \
         on: {longest:?}"
    );
    assert!(in_the_middle >= kills / 4, "only {in_the_middle} of {kills} kills hit work");
}

/// Sends a roster, kills whoever works on it at random moments, and at last lets it end. Gives how often it was killed
/// with records pending, and the longest time from a start until a job that was begun went on.
fn one_round(random: &mut Random, round: u32) -> (u32, Duration) {
    let site = Site::set_up();
    let people = 60 + random.below(60);
    // Some with a password of their own, some without, some twice, some that fail.
    let lines: String = (0..people)
        .map(|n| match n % 6 {
            0 => format!("Ann,Lee,ann{round}.{n}@x.example,password {n}\n"),
            1 => format!("Ann,Lee,ANN{round}.{}@x.example,password {n}\n", n - 1),
            2 => format!("王,芳,wang{round}.{n}@x.example,\n"),
            3 => format!(",Lee,nobody{n}@x.example,password {n}\n"),
            _ => format!("Ben,Lee,ben{round}.{n}@x.example,password {n}\n"),
        })
        .collect();
    let file = site.roster("a.csv", &lines);
    let (mut in_the_middle, mut uploads, mut left, mut longest) = (0, 0, 0, Duration::ZERO);
    let oldest = "SELECT count(*) FROM record WHERE status = 'pending' AND upload_id = (SELECT min(id) FROM upload \
                  WHERE status <> 'succeeded')";
    for kill in 0..KILLS_A_ROUND {
        let is_timed = left > 0 && kill % 3 == 0;
        // What a check takes on this machine just now, a slow one is allowed besides.
        let before = Instant::now();
        assert!(!is_timed || site.run(&["check"], "").status == Some(0));
        let began = Instant::now();
        let mut child = site.start_import("teachers", &file);
        if is_timed {
            until("the job to go on", || (site.count(oldest) != left).then_some(()));
            let pause = began.elapsed();
            assert!(pause < SOON + (began - before), "{pause:?}, and a check {:?}", began - before);
            longest = longest.max(pause);
        }
        // Killed soon after it has taken the file in, on however slow a machine; or at any moment, now and then.
        if random.below(4) > 0 {
            let all = || site.count("SELECT count(*) FROM upload");
            until("its upload", || (all() > uploads).then_some(()));
        }
        std::thread::sleep(Duration::from_millis(random.below(300)));
        child.kill().unwrap();
        child.wait().unwrap();
        let pending = site.count("SELECT count(*) FROM record WHERE status = 'pending'");
        left = site.count(oldest);
        let before = uploads;
        uploads = site.count("SELECT count(*) FROM upload");
        assert!(uploads == before || uploads == before + 1, "an upload is accepted whole or not at all");
        assert_eq!(site.count("SELECT count(*) FROM record"), uploads * people as i64);
        // The same file again: what was received goes on first, then everybody is there already.
        in_the_middle += u32::from(pending > 0);
    }
    let last = site.import("teachers", &file);
    assert!(matches!(last.status, Some(1)), "{}", last.err);
    let created = (0..people).filter(|n| !matches!(n % 6, 1 | 3)).count() as i64;
    assert_eq!(site.count("SELECT count(*) FROM account WHERE upload_id IS NOT NULL"), created);
    assert_eq!(site.count("SELECT count(*) FROM record WHERE status = 'created'"), created);
    assert_eq!(site.count("SELECT count(DISTINCT username) FROM account"), created + 1);
    assert_eq!(site.count("SELECT count(*) FROM record"), (uploads + 1) * people as i64);
    assert_eq!(site.count("SELECT count(*) FROM upload WHERE status <> 'succeeded'"), 0);
    assert!(site.can_sign_in(&format!("ann{round}.0@x.example"), "password 0"));
    site.end();
    (in_the_middle, longest)
}

#[test]
#[cfg(unix)]
fn a_polite_signal_ends_the_import_after_the_batch_in_hand() {
    let site = Site::set_up();
    let lines: String = (0..1_000).map(|n| format!("Ann,Lee,,password {n}\n")).collect();
    let mut child = site.start_import("students", &site.roster("a.csv", &lines));
    while !site.data().join("firstbell.db").exists()
        || site.count("SELECT count(*) FROM account WHERE line IS NOT NULL") == 0
    {
        assert!(child.try_wait().unwrap().is_none());
    }
    let kill = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(128 + 15), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stderr).contains("Nothing is lost"));
    let created = site.count("SELECT created FROM upload WHERE id = 1");
    assert!((1..1_000).contains(&created), "{created}");
    assert_eq!(site.count("SELECT count(*) FROM record WHERE status = 'pending'"), 1_000 - created);
    assert_eq!(site.import("students", &site.roster("b.csv", "Ben,Lee,,\n")).status, Some(0));
    assert_eq!(site.count("SELECT created FROM upload WHERE id = 1"), 1_000);
    site.end();
}

#[test]
fn a_server_that_is_killed_or_stopped_in_the_middle_of_a_job_goes_on_when_it_starts_again() {
    let lines: String = (0..1_000).map(|n| format!("Ann,Lee,,password {n}\n")).collect();
    let mut server = Server::of_a_district();
    let mut ada = server.ada();
    let page = ada.get("/admin/uploads/new");
    let form = page.form("/admin/uploads").with("user_type", "students").with("school_id", "1");
    let roster = format!("first_name,last_name,email,password\n{lines}");
    assert_eq!(ada.send(form.file("a.csv", roster.as_bytes())).status, 303);
    let created = |server: &Server| server.site.count("SELECT created FROM upload WHERE id = 1");
    for goal in [20, 60] {
        until("some accounts", || (created(&server) >= goal).then_some(()));
        server = Server::open(server.kill());
    }
    until("more accounts", || (created(&server) >= 100).then_some(()));
    let site = server.stop();
    assert!(
        site.count("SELECT count(*) FROM record WHERE status = 'pending'") > 0,
        "it stopped in the middle"
    );
    let server = Server::open(site);
    until("all accounts", || (created(&server) == 1_000).then_some(()));
    until("the results", || server.site.data().join("exports/results-1.csv").exists().then_some(()));
    assert_eq!(
        server.site.count("SELECT count(DISTINCT username) FROM account WHERE last_name = 'Lee'"),
        1_000
    );
    server.end();
}
