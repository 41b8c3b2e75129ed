//! P5: five hundred people sign in at once, each as soon as they may, twice; in turn with hashing alone on the same cores.

use crate::figures::{ends, median, note, share};
use crate::hashing::{hash_alone, password};
use crate::serving::{LOGIN, PASSWORD, SCHOOL, Server, run, set_up, worked};
use crate::visitor::Visitor;
use crate::{millis, people};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const PEOPLE: usize = 500;
/// How often each signs in, with a browser that nobody knows.
const TIMES: usize = 2;
const ROUNDS: usize = 3;
/// How much memory a client's thread may take for its calls.
const STACK: usize = 128 * 1024;
/// What others look at meanwhile.
const PAGES: [&str; 2] = ["/healthz", "/home"];

/// What one round was like.
struct Round {
    took: Duration,
    /// How long each waited for their last sign-in, when all others waited, too.
    waits: Vec<f64>,
    /// How long each page took, in milliseconds.
    pages: [Vec<f64>; PAGES.len()],
    /// How long server and clients worked for each sign-in, in milliseconds of one core.
    work: [f64; 2],
}

pub(crate) fn measure() {
    let place = tempfile::tempdir().unwrap();
    let data = set_up(place.path());
    let usernames = import(&data);
    let server = Server::start(&data);
    let hashed = PEOPLE as f64;
    let mut hash_works = Vec::new();
    let mut hash_rate = || {
        let before = worked(std::process::id());
        let rate = hashed / hash_alone(PEOPLE).as_secs_f64();
        hash_works.push(since(before, std::process::id()) / hashed);
        rate
    };
    let mut hash_rates = vec![hash_rate()];
    let (mut rounds, mut ratios) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let round = crowd(&server, &usernames);
        hash_rates.push(hash_rate());
        let [.., before, after] = hash_rates.as_slice() else { unreachable!() };
        ratios.push(rate(&round) / ((before + after) / 2.0));
        rounds.push(round);
    }
    let shown = format!("{ratios:.3?}");
    let mut rates: Vec<f64> = rounds.iter().map(rate).collect();
    let mut waits: Vec<f64> = rounds.iter().flat_map(|round| &round.waits).copied().collect();
    println!(
        "{PEOPLE} people at once: {:.1} sign-ins/s, {:.1} hashes/s; sign-ins ÷ hashes {:.3}   (rounds: {shown})",
        median(&mut rates),
        median(&mut hash_rates),
        median(&mut ratios)
    );
    println!(
        "each waited {:.1} s, 98 of 100 between {:.1} and {:.1} s, the longest {:.1} s",
        median(&mut waits),
        share(&mut waits, 0.01),
        share(&mut waits, 0.99),
        share(&mut waits, 1.0)
    );
    let [of_server, of_clients] =
        [0, 1].map(|at| median(&mut rounds.iter().map(|round| round.work[at]).collect::<Vec<f64>>()));
    let of_hash = median(&mut hash_works);
    println!(
        "work for each, in ms of one core: a hash alone {of_hash:.1}, the server {of_server:.1}, its client {of_clients:.1}; \
         if nothing ever waited: sign-ins ÷ hashes {:.3}",
        of_hash / (of_server + of_clients)
    );
    note("P5.work", format!("{of_hash} {of_server} {of_clients}"));
    note("P5.people", PEOPLE);
    note("P5.ratio", median(&mut ratios));
    note("P5.rounds", ends(&mut ratios));
    note("P5.signins", median(&mut rates));
    note("P5.hashes", median(&mut hash_rates));
    for (name, part) in [("median", 0.5), ("low", 0.01), ("high", 0.99), ("longest", 1.0)] {
        note(&format!("P5.wait.{name}"), share(&mut waits, part));
    }
    for (at, page) in PAGES.iter().enumerate() {
        let mut times: Vec<f64> = rounds.iter().flat_map(|round| &round.pages[at]).copied().collect();
        let (middle, last) = (median(&mut times), share(&mut times, 0.99));
        println!("meanwhile {page}: {middle:.1} ms, 99 of 100 within {last:.1} ms");
        note(&format!("P5.page.{page}"), format!("{middle} {last}"));
    }
    if let Some(memory) = server.most_memory() {
        println!("most memory: {} MiB", memory >> 20);
        note("P5.memory", memory);
    }
}

fn rate(round: &Round) -> f64 {
    (PEOPLE * TIMES) as f64 / round.took.as_secs_f64()
}

/// How long a process has worked since then, in milliseconds.
fn since(then: Option<Duration>, process: u32) -> f64 {
    worked(process).zip(then).map_or(f64::NAN, |(now, then)| millis(now - then))
}

/// Gives the usernames.
fn import(data: &Path) -> Vec<String> {
    let file = data.with_file_name("people.csv");
    std::fs::write(&file, people::file_with(0, PEOPLE, password)).unwrap();
    let file = file.to_str().unwrap();
    let results = run(data, &["import", "--school", SCHOOL, "--type", "students", file]).stdout;
    let results = String::from_utf8(results).unwrap();
    let username = |line: &str| line.split(',').nth(4).unwrap().to_owned();
    results.lines().skip(1).map(username).collect()
}

fn crowd(server: &Server, usernames: &[String]) -> Round {
    let address = server.address;
    let mut ada = Visitor::to(address);
    let token = ada.token("/login");
    ada.sign_in(&token, LOGIN, PASSWORD);
    let (begin, is_over) = (Barrier::new(PEOPLE + 1), AtomicBool::new(false));
    thread::scope(|scope| {
        let clients: Vec<_> = usernames
            .iter()
            .enumerate()
            .map(|(n, username)| {
                let (begin, client) = (&begin, thread::Builder::new().stack_size(STACK));
                client.spawn_scoped(scope, move || come(address, begin, username, &password(n))).unwrap()
            })
            .collect();
        let processes = [server.process(), std::process::id()];
        let before = processes.map(worked);
        begin.wait();
        let start = Instant::now();
        let looker = scope.spawn(|| look(&mut ada, &is_over));
        let waits = clients.into_iter().map(|client| client.join().unwrap()).collect();
        let took = start.elapsed();
        let work = [0, 1].map(|at| since(before[at], processes[at]) / (PEOPLE * TIMES) as f64);
        is_over.store(true, Ordering::Relaxed);
        Round { took, waits, pages: looker.join().unwrap(), work }
    })
}

/// What one client does; gives how long it waited for its last sign-in, in seconds.
fn come(address: SocketAddr, begin: &Barrier, username: &str, password: &str) -> f64 {
    let mut browser = Visitor::to(address);
    let mut waited = Duration::ZERO;
    begin.wait();
    for _ in 0..TIMES {
        browser.forget();
        let token = browser.token("/login");
        let start = Instant::now();
        browser.sign_in(&token, username, password);
        waited = start.elapsed();
    }
    waited.as_secs_f64()
}

/// Looks at one page after another, fifty a second.
fn look(ada: &mut Visitor, is_over: &AtomicBool) -> [Vec<f64>; PAGES.len()] {
    let mut times = [const { Vec::new() }; PAGES.len()];
    while !is_over.load(Ordering::Relaxed) {
        for (times, page) in times.iter_mut().zip(PAGES) {
            let start = Instant::now();
            ada.get(page);
            times.push(millis(start.elapsed()));
            thread::sleep(Duration::from_millis(20));
        }
    }
    times
}
