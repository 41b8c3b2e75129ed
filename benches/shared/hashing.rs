//! The measure of everything that hashes: passwords hashed alone, on all cores, at production parameters, with memory that
//! is used again. Nothing that hashes as many can be faster.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use firstbell::domain::Password;
use firstbell::secrets::{Cost, HashLane, Urgency};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

/// A password like those that people bring along.
pub(crate) fn password(n: usize) -> String {
    format!("Wanderfalke {n}")
}

/// How long it takes to hash so many passwords and do nothing else.
pub(crate) fn hash_alone(passwords: usize) -> Duration {
    let lane = HashLane::start(Cost::production());
    let (reply, answers) = channel();
    let start = Instant::now();
    for n in 0..passwords {
        lane.ask(Password::typed(&password(n)), n as u64, Urgency::Later, reply.clone());
    }
    drop(reply);
    assert_eq!(answers.iter().filter(|hashed| hashed.hash.is_some()).count(), passwords);
    start.elapsed()
}

/// Does something while all cores but one hash.
pub(crate) fn while_others_hash<T>(act: impl FnOnce() -> T) -> T {
    let (others, is_over) = (thread::available_parallelism().unwrap().get() - 1, AtomicBool::new(false));
    thread::scope(|scope| {
        for _ in 0..others {
            scope.spawn(|| {
                let mut memory = vec![Block::default(); Params::DEFAULT.block_count()];
                let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT);
                while !is_over.load(Ordering::Relaxed) {
                    let mut hash = [0; 32];
                    argon2
                        .hash_password_into_with_memory(b"Wanderfalke", &[0; 16], &mut hash, &mut memory)
                        .unwrap();
                }
            });
        }
        let done = act();
        is_over.store(true, Ordering::Relaxed);
        done
    })
}
