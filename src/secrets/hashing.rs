//! Hashing passwords: Argon2id on all cores, each with memory that is used again and again, sign-ins before imports.
//!
//! One thread a core waits for work and holds 19 MiB only while there is some, and a moment longer. What is urgent goes first,
//! so a sign-in never waits for more than the hashes that have begun.

use super::key::fill_randomly;
use super::workplace::Workplace;
use crate::domain::Password;
use crate::problem::Problem;
use argon2::password_hash::phc::{Output, ParamsString, PasswordHash as Phc, Salt};
use argon2::{Algorithm, Argon2, Params, Version};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use subtle::ConstantTimeEq;

/// The length of a salt, in bytes (RFC 9106, 3.1).
const SALT: usize = 16;
/// The length of a hash, in bytes (RFC 9106, 4).
const OUTPUT: usize = 32;
/// How long a thread keeps its memory when it has nothing to do. In a crowd at the sign-in form the next comes within
/// milliseconds, and to have the memory anew takes as long as half a hash.
const KEPT: Duration = Duration::from_millis(100);

/// What one hash costs.
#[derive(Clone, Debug)]
pub struct Cost(Params);

/// A password's hash with its parameters and salt, as a PHC string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordHash(pub String);

/// How soon a hash is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// Somebody waits at a sign-in form.
    Now,
    /// An import has many of them.
    Later,
}

/// A finished hash and the ticket it was asked for with.
#[derive(Debug)]
pub struct Hashed {
    /// The ticket.
    pub ticket: u64,
    /// The hash; `None` only if the system gave no memory or no random bytes.
    pub hash: Option<PasswordHash>,
}

/// The threads that hash. They end when the lane is dropped.
pub struct HashLane {
    queue: Arc<Queue>,
    cost: Cost,
    width: usize,
}

enum Work {
    Hash { password: Password, ticket: u64, reply: Sender<Hashed> },
    Verify { password: Password, hash: Box<Phc>, reply: Sender<bool> },
}

#[derive(Default)]
struct Waiting {
    urgent: VecDeque<Work>,
    patient: VecDeque<Work>,
    closed: bool,
}

#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
    /// How long the last piece of work took, in microseconds.
    took: AtomicU64,
}

impl Cost {
    /// What passwords cost in a district: OWASP's minimum for Argon2id, 19 MiB, two passes, one lane (OWASP *Password
    /// Storage Cheat Sheet*). There is no switch for it.
    #[must_use]
    pub fn production() -> Cost {
        Cost(Params::DEFAULT)
    }

    /// A cost for tests, which need many hashes and protect nobody.
    #[must_use]
    pub fn for_tests() -> Cost {
        Cost(Params::new(64, 1, 1, None).unwrap_or(Params::DEFAULT))
    }
}

impl HashLane {
    /// Starts one thread a core.
    #[must_use]
    pub fn start(cost: Cost) -> HashLane {
        let width = thread::available_parallelism().map_or(1, usize::from);
        let queue = Arc::new(Queue::default());
        for _ in 0..width {
            let (queue, params) = (Arc::clone(&queue), cost.0.clone());
            thread::spawn(move || queue.work_off(&params));
        }
        HashLane { queue, cost, width }
    }

    /// How many hashes are worked on at a time.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// How long so many hashes take on this machine, as far as the last one tells; `None` before there was one.
    #[must_use]
    pub fn time_for(&self, hashes: u32) -> Option<Duration> {
        let took = self.queue.took.load(Ordering::Relaxed);
        let all = took.saturating_mul(hashes.into()) / self.width as u64;
        (took > 0).then(|| Duration::from_micros(all))
    }

    /// Asks for the hash of a password; it arrives at `reply` with its `ticket`.
    pub fn ask(&self, password: Password, ticket: u64, urgency: Urgency, reply: Sender<Hashed>) {
        self.queue.put(Work::Hash { password, ticket, reply }, urgency);
    }

    /// Hashes one password for somebody who waits.
    ///
    /// # Errors
    /// If the system gave no memory or no random bytes.
    pub fn hash(&self, password: Password) -> Result<PasswordHash, Problem> {
        let (reply, answer) = channel();
        self.ask(password, 0, Urgency::Now, reply);
        answer.recv().ok().and_then(|hashed| hashed.hash).ok_or_else(not_hashed)
    }

    /// Whether a hash has other parameters than this lane would give it: then it is to be made anew when there is a
    /// chance.
    #[must_use]
    pub fn is_outdated(&self, hash: &PasswordHash) -> bool {
        let parameters = |hash: &Phc| hash.params.clone();
        let ours = phc(&self.cost.0, &[0; SALT], &[0; OUTPUT]);
        Phc::new(&hash.0).ok().as_ref().map(parameters) != ours.as_ref().map(parameters)
    }

    /// Whether a password is the one that was hashed. Without a hash the answer is no, after the time that a hash
    /// takes: nobody can tell from outside whether there was one.
    #[must_use]
    pub fn verify(&self, password: Password, hash: Option<&PasswordHash>) -> bool {
        let known = hash.and_then(|hash| Phc::new(&hash.0).ok());
        let is_known = known.is_some();
        let hash = known.or_else(|| phc(&self.cost.0, &[0; SALT], &[0; OUTPUT]));
        let Some(hash) = hash.map(Box::new) else { return false };
        let (reply, answer): (_, Receiver<bool>) = channel();
        self.queue.put(Work::Verify { password, hash, reply }, Urgency::Now);
        answer.recv().unwrap_or(false) && is_known
    }
}

impl Drop for HashLane {
    fn drop(&mut self) {
        let mut waiting = self.queue.lock();
        waiting.closed = true;
        waiting.patient.clear();
        self.queue.arrived.notify_all();
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing that is done under this lock can leave it half done.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, work: Work, urgency: Urgency) {
        let mut waiting = self.lock();
        match urgency {
            Urgency::Now => waiting.urgent.push_back(work),
            Urgency::Later => waiting.patient.push_back(work),
        }
        self.arrived.notify_one();
    }

    /// What one thread does all its life.
    fn work_off(&self, params: &Params) {
        let mut memory = Workplace::default();
        loop {
            let work = {
                let mut waiting = self.lock();
                loop {
                    let next = waiting.urgent.pop_front().or_else(|| waiting.patient.pop_front());
                    if let Some(work) = next {
                        break work;
                    }
                    if waiting.closed {
                        return;
                    }
                    waiting = self.wait(waiting, &mut memory);
                }
            };
            let began = Instant::now();
            perform(work, params, &mut memory);
            let took = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.took.store(took, Ordering::Relaxed);
        }
    }

    /// Waits for work; lets go of the memory if there is none for a while.
    fn wait<'a>(&self, waiting: MutexGuard<'a, Waiting>, memory: &mut Workplace) -> MutexGuard<'a, Waiting> {
        if memory.is_empty() {
            return self.arrived.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        let (waiting, waited) =
            self.arrived.wait_timeout(waiting, KEPT).unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            *memory = Workplace::default();
        }
        waiting
    }
}

/// Does one piece of work, and answers whatever happens. Whoever asked may have gone; then nobody misses the answer.
fn perform(work: Work, params: &Params, memory: &mut Workplace) {
    match work {
        Work::Hash { password, ticket, reply } => {
            let hash = catch_unwind(AssertUnwindSafe(|| new_hash(&password, params, memory))).ok().flatten();
            let _ = reply.send(Hashed { ticket, hash: hash.map(|hash| PasswordHash(hash.to_string())) });
        }
        Work::Verify { password, hash, reply } => {
            let is_it =
                catch_unwind(AssertUnwindSafe(|| is_hash_of(&hash, &password, memory))).ok().flatten();
            let _ = reply.send(is_it.unwrap_or(false));
        }
    }
}

/// What is said when a password could not be hashed.
pub fn not_hashed() -> Problem {
    Problem::System(
        "A password could not be hashed: the system gave no memory or no random bytes. Try again.".to_owned(),
    )
}

fn new_hash(password: &Password, params: &Params, memory: &mut Workplace) -> Option<Phc> {
    let mut salt = [0u8; SALT];
    fill_randomly(&mut salt).ok()?;
    let output = raw_hash(password, &salt, params, memory)?;
    phc(params, &salt, &output)
}

/// Verifies with the parameters that stand in the hash.
fn is_hash_of(hash: &Phc, password: &Password, memory: &mut Workplace) -> Option<bool> {
    let params = Params::try_from(hash).ok()?;
    let output = raw_hash(password, hash.salt.as_ref()?, &params, memory)?;
    Some(output.ct_eq(hash.hash.as_ref()?.as_bytes()).into())
}

fn raw_hash(
    password: &Password,
    salt: &[u8],
    params: &Params,
    memory: &mut Workplace,
) -> Option<[u8; OUTPUT]> {
    let mut output = [0u8; OUTPUT];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
        .hash_password_into_with_memory(
            password.expose().as_bytes(),
            salt,
            &mut output,
            memory.blocks(params.block_count())?,
        )
        .ok()?;
    Some(output)
}

fn phc(params: &Params, salt: &[u8], output: &[u8]) -> Option<Phc> {
    Some(Phc {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params).ok()?,
        salt: Some(Salt::new(salt).ok()?),
        hash: Some(Output::new(output).ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::PasswordVerifier;

    #[test]
    fn a_hash_is_the_crates_own_and_says_its_parameters() {
        let lane = HashLane::start(Cost::production());
        let hash = lane.hash(Password::typed("violet kettle")).unwrap();
        assert!(hash.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash:?}");
        assert!(Argon2::default().verify_password(b"violet kettle", hash.0.as_str()).is_ok());
        assert!(lane.verify(Password::typed("violet kettle"), Some(&hash)));
        assert!(!lane.verify(Password::typed("violet kettl"), Some(&hash)));
        assert!(!lane.verify(Password::typed("violet kettle"), None));
    }

    #[test]
    fn memory_that_was_used_before_gives_the_same_hashes() {
        let lane = HashLane::start(Cost::for_tests());
        let (reply, answers) = channel();
        for ticket in 0..100u8 {
            let password = Password::typed(&format!("password {ticket}"));
            lane.ask(password, ticket.into(), Urgency::Later, reply.clone());
        }
        drop(reply);
        let hashes: Vec<Hashed> = answers.iter().collect();
        assert_eq!(hashes.len(), 100);
        for Hashed { ticket, hash } in hashes {
            assert!(
                Argon2::default()
                    .verify_password(format!("password {ticket}").as_bytes(), hash.unwrap().0.as_str())
                    .is_ok()
            );
        }
    }

    #[test]
    fn what_is_urgent_overtakes_what_is_not() {
        let lane = HashLane::start(Cost::production());
        let (reply, answers) = channel();
        let imports = 1_000 * lane.width();
        for _ in 0..imports {
            lane.ask(Password::typed("import"), 0, Urgency::Later, reply.clone());
        }
        lane.ask(Password::typed("sign-in"), 1, Urgency::Now, reply);
        // It waits for those in hand only; the others go on beside it, as quickly as the machine has time for them.
        let finished_before = answers.iter().take_while(|hashed| hashed.ticket == 0).count();
        assert!(finished_before < imports / 2, "{finished_before} of {imports} imports went first");
    }
}
