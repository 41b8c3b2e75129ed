//! What is claimed about the speed of an import, measured: `cargo bench --bench import`; with `-- import`, `memory`, `rows`
//! or `usernames` that part only.
//!
//! Everything that is compared runs in turn in this one process, at production parameters. Hashing a thousand
//! passwords alone, on the same threads, is the measure: nothing that hashes them can be faster. The figures are
//! medians; a ratio holds on a noisy machine, a time does not.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a benchmark prints, stops if it cannot go on, and takes what it needs of what all share"
)]

#[path = "shared/figures.rs"]
mod figures;
#[path = "shared/hashing.rs"]
mod hashing;

use argon2::{Algorithm, Argon2, Params, Version};
use figures::{ends, leave, median, note};
use firstbell::actions::{self, Destination, NewDistrict, Office, ReadFiles};
use firstbell::domain::roster::Answers;
use firstbell::domain::{Candidate, Email, Name, Password, Stem, UserType};
use firstbell::folder::Folder;
use firstbell::jobs::JobLoop;
use firstbell::secrets::{Cost, HashLane};
use firstbell::store::{self, account, job, school};
use hashing::{hash_alone, password};
use std::sync::Arc;
use std::time::{Duration, Instant};

const PASSWORDS: usize = 1_000;
const ROUNDS: usize = 5;

fn main() {
    println!("cores: {}", std::thread::available_parallelism().unwrap());
    let asked: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let all: [(&str, fn()); 4] = [
        ("import", import_against_hashing),
        ("memory", memory_reused_against_not),
        ("rows", rows_without_hashing),
        ("usernames", usernames),
    ];
    for (name, measure) in all {
        if asked.is_empty() || asked.iter().any(|word| word == name) {
            measure();
        }
    }
}

/// P1: an import of 1,000 rows with passwords against hashing those passwords alone; and one without any, which is all that
/// is not hashing.
fn import_against_hashing() {
    let hash = || hash_alone(PASSWORDS).as_secs_f64();
    let (mut alone, mut imports, mut rests, mut ratios) = (vec![hash()], Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let import_took = import(&roster(PASSWORDS, true)).as_secs_f64();
        alone.push(hash());
        // A machine is quicker now and slower then: what is between two measures is held against both.
        ratios.push(import_took * 2.0 / (alone[round] + alone[round + 1]));
        imports.push(import_took);
        rests.push(import(&roster(PASSWORDS, false)).as_secs_f64() * 1e3);
    }
    let shown = format!("{ratios:.3?}");
    let (ratio, rest) = (median(&mut ratios), median(&mut rests));
    println!("hashing {PASSWORDS} passwords alone   {:>9.3} s", median(&mut alone));
    println!("importing {PASSWORDS} rows with them  {:>9.3} s", median(&mut imports));
    println!("import ÷ hashing              {ratio:>9.3}   (rounds: {shown})");
    println!("importing without passwords   {rest:>9.1} ms");
    note("P1.ratio", ratio);
    note("P1.rounds", ends(&mut ratios));
    note("P1.rest", rest);
    note("P1.hashing", median(&mut alone));
}

/// P2: the lane, which uses its memory again, against the crate used the plain way on as many threads.
fn memory_reused_against_not() {
    let lane = || hash_alone(PASSWORDS / 2).as_secs_f64();
    let mut before = lane();
    let ratio = |_| {
        let plainly = hash_plainly().as_secs_f64();
        let after = lane();
        plainly * 2.0 / (std::mem::replace(&mut before, after) + after)
    };
    let mut ratios: Vec<f64> = (0..ROUNDS).map(ratio).collect();
    let shown = format!("{ratios:.3?}");
    println!("plain hashing ÷ lane          {:>9.3}   (rounds: {shown})", median(&mut ratios));
    note("P2.ratio", median(&mut ratios));
    note("P2.rounds", ends(&mut ratios));
}

/// P3 once more, by the job loop as it is: an import of generated passwords into an empty district.
fn rows_without_hashing() {
    let rows = 100_000;
    let content = roster(rows, false);
    leave("people.csv", &content);
    leave("passwords.csv", &roster(PASSWORDS, true).replace("person.", "somebody."));
    let mut rates: Vec<f64> = (0..3).map(|_| rows as f64 / import(&content).as_secs_f64()).collect();
    let shown = format!("{rates:.0?}");
    println!("rows/s without passwords      {:>9.0}   ({rows} rows; rounds: {shown})", median(&mut rates));
    note("P3.empty", median(&mut rates));
}

/// P4: the first John Smith against the hundred-thousandth.
fn usernames() {
    let place = tempfile::tempdir().unwrap();
    let mut office = district(&place);
    let stem = Stem::of(&Name::parse("John").unwrap(), &Name::parse("Smith").unwrap());
    let tx = store::begin(&mut office.conn).unwrap();
    let give = |count: u32| {
        let start = Instant::now();
        for _ in 0..count {
            account::give_username(&tx, &stem).unwrap();
        }
        start.elapsed() / count
    };
    give(1_000);
    let first = give(1_000);
    give(98_000);
    let last = give(1_000);
    println!(
        "a username, first thousand    {first:>9.2?}   and after 100,000: {last:.2?}, ratio {:.2}",
        last.as_secs_f64() / first.as_secs_f64()
    );
    note("P4.first", first.as_secs_f64() * 1e6);
    note("P4.last", last.as_secs_f64() * 1e6);
}

/// From the bytes of a file to the end of its jobs: read, received, judged, hashed, written, results on disk.
fn import(content: &str) -> Duration {
    let place = tempfile::tempdir().unwrap();
    let mut office = district(&place);
    let lane = Arc::new(HashLane::start(Cost::production()));
    let school = school::by_name(&office.conn, &Name::parse("School").unwrap()).unwrap().unwrap();
    let to = Destination { school, kind: UserType::Student, by: None, who_chooses: None };
    let start = Instant::now();
    let files = actions::read_files(
        &office.key,
        [("a.csv".to_owned(), content.as_bytes())],
        200_000,
        &Answers::default(),
    );
    let files = files.and_then(ReadFiles::clear).unwrap();
    let id = actions::receive_upload(&mut office.conn, &office.key, &to, &files).unwrap()[0];
    let work = JobLoop::start(office.folder.clone(), Arc::clone(&office.key), lane);
    while job::any_up_to(&office.conn, id).unwrap() {
        std::thread::sleep(Duration::from_millis(1));
    }
    let took = start.elapsed();
    drop(work);
    took
}

fn district(place: &tempfile::TempDir) -> Office {
    let mut office = Office::make(Folder::make(place.path()).unwrap()).unwrap();
    let name = |text: &str| Name::parse(text).unwrap();
    let administrator =
        Candidate { first_name: name("Ada"), last_name: name("A"), email: Email::parse("a@b.example").ok() };
    let password = Password::supplied("violet kettle sings").unwrap();
    let new = NewDistrict { name: name("District"), school: name("School"), administrator, password };
    actions::set_up(&mut office.conn, &office.key, &HashLane::start(Cost::production()), new).unwrap();
    office
}

fn roster(rows: usize, with_passwords: bool) -> String {
    let names =
        ["Héloïse,Ibáñez", "John,Smith", "芳,王", "Александр,Щербаков", "يوسف,حداد", "Priya,Subramaniam"];
    let mut content = String::from("first_name,last_name,email,password\n");
    for (n, name) in (0..rows).zip(names.iter().cycle()) {
        let password = if with_passwords { password(n) } else { String::new() };
        content.push_str(&format!("{name},person.{n}@school.example,{password}\n"));
    }
    content
}

fn hash_plainly() -> Duration {
    let threads = std::thread::available_parallelism().unwrap().get();
    let start = Instant::now();
    std::thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || {
                let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT);
                for n in (thread..PASSWORDS / 2).step_by(threads) {
                    let mut output = [0; 32];
                    argon2
                        .hash_password_into(password(n).as_bytes(), &n.to_le_bytes().repeat(2), &mut output)
                        .unwrap();
                }
            });
        }
    });
    start.elapsed()
}
