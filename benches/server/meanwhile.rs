//! P5, the other half: what an import costs those who sign in meanwhile, in hashes; and one that hashes nothing, in time.

use crate::figures::{median, note, share};
use crate::hashing::{hash_alone, password, while_others_hash};
use crate::memory::{self, is_under_way, with_district};
use crate::serving::{LOGIN, PASSWORD, Server, set_up};
use crate::visitor::Visitor;
use crate::{millis, people};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// As many people as a file may have at first: their passwords keep all cores busy for longer than it is watched.
const ROWS: usize = 1_000;
/// How many sign in one after another without an import, and for how long they do so during one.
const ALONE: usize = 100;
const WATCHED: Duration = Duration::from_secs(8);
/// So many files without passwords are imported.
const FILES: usize = 3;

pub(crate) fn measure() {
    with_passwords();
    without_passwords();
}

fn with_passwords() {
    let place = tempfile::tempdir().unwrap();
    let server = Server::start(&set_up(place.path()));
    let mut ada = Visitor::administrator(server.address);
    let cores = std::thread::available_parallelism().unwrap().get();
    let hash = millis(hash_alone(100)) * cores as f64 / 100.0;
    let several = || (0..ALONE).map(|_| sign_in(server.address)).collect::<Vec<f64>>();
    let (mut alone, mut beside) = (several(), while_others_hash(several));
    let (alone, base) = (median(&mut alone), median(&mut beside));

    let job = ada.hand_in(&people::file_with(0, ROWS, password), &[]);
    let (start, mut during) = (Instant::now(), Vec::new());
    while start.elapsed() < WATCHED {
        during.push(sign_in(server.address));
    }
    assert!(is_under_way(&mut ada, &job), "the import ended too soon: nothing was measured");
    let waited = |times: &[f64]| times.iter().map(|took| (took - base) / hash).collect::<Vec<f64>>();
    let (mut noise, mut waits) = (waited(&beside), waited(&during));
    let (middle, most, longest) = (median(&mut waits), share(&mut waits, 0.99), share(&mut waits, 1.0));
    println!(
        "one hash with all cores busy {hash:.1} ms; a sign-in alone {alone:.1} ms, while others hash {base:.1} ms, during an import \
         {:.1} ms: it waits for {middle:.2} hashes, 99 of 100 for at most {most:.2}, the longest for {longest:.2}   ({} sign-ins; \
         without an import 99 of 100 {:.2})",
        median(&mut during),
        during.len(),
        share(&mut noise, 0.99)
    );
    note("P5.import.hash", hash);
    note("P5.import.alone", alone);
    note("P5.import.beside", base);
    note("P5.import.during", median(&mut during));
    note("P5.import.hashes", format!("{middle} {most} {longest} {}", share(&mut noise, 0.99)));
}

/// Such an import is soon over, and leaves no pause between its batches: so there are several.
fn without_passwords() {
    with_district(|data| {
        let server = Server::start(data);
        let (mut ada, mut during) = (Visitor::administrator(server.address), Vec::new());
        for begin in (0..FILES).map(|number| number * memory::ROWS) {
            let job = ada.hand_in(&people::file(begin, memory::ROWS), &[]);
            while is_under_way(&mut ada, &job) {
                during.push(sign_in(server.address));
            }
        }
        let (middle, most, longest) =
            (median(&mut during), share(&mut during, 0.99), share(&mut during, 1.0));
        println!(
            "during imports without passwords a sign-in takes {middle:.0} ms, 99 of 100 at most {most:.0} ms, the longest {longest:.0} ms \
             ({} sign-ins, {} rows)",
            during.len(),
            FILES * memory::ROWS
        );
        note("P5.import.generated", format!("{middle} {most} {longest}"));
    });
}

/// How long the posting of one sign-in takes, in milliseconds.
fn sign_in(address: SocketAddr) -> f64 {
    let mut browser = Visitor::to(address);
    let token = browser.token("/login");
    let start = Instant::now();
    browser.sign_in(&token, LOGIN, PASSWORD);
    millis(start.elapsed())
}
