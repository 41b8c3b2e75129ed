//! What the real server does for many at once, and what it takes: `cargo bench --bench server`; with `-- crowd`,
//! `meanwhile`, `memory` or `small` that part only.
//!
//! Clients and server share the cores, so the clients are as cheap as they can be, and what is compared runs in turn. A
//! ratio holds on a noisy machine, a time does not.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a benchmark prints, stops if it cannot go on, and takes what it needs of what all share"
)]

mod crowd;
#[path = "../shared/figures.rs"]
mod figures;
#[path = "../shared/hashing.rs"]
mod hashing;
mod meanwhile;
mod memory;
#[path = "../shared/people.rs"]
mod people;
#[path = "../shared/serving.rs"]
mod serving;
mod small;
#[path = "../shared/visitor.rs"]
mod visitor;

use std::time::Duration;

fn main() {
    allow_descriptors();
    let asked: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let all: [(&str, fn()); 4] = [
        ("crowd", crowd::measure),
        ("meanwhile", meanwhile::measure),
        ("memory", memory::measure),
        ("small", small::measure),
    ];
    for (name, measure) in all {
        if asked.is_empty() || asked.iter().any(|word| word == name) {
            measure();
        }
    }
}

/// A crowd needs a descriptor each, here and in the servers that are started, more than a shell usually allows.
fn allow_descriptors() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
