//! Who writes next: within a process, whoever came first.
//!
//! SQLite lets one write at a time and has the others look again from time to time, up to a tenth of a second later; whoever looks
//! in the right moment is next. Somebody who signs in could miss every gap between an import's batches. Here they stand in line, and an
//! import that has written a batch goes to its end. Between processes it is SQLite's way still.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The lines of the databases that this process writes, by their paths.
static LINES: Lines = Lines { waiting: Mutex::new(Waiting::new()), moved: Condvar::new() };

struct Lines {
    waiting: Mutex<Waiting>,
    /// Somebody has left a line.
    moved: Condvar,
}

struct Waiting {
    came: u64,
    /// By number, as they came; the first one of each writes.
    lines: BTreeMap<String, VecDeque<u64>>,
}

/// The right to write a database, until it is dropped.
pub(super) struct Turn {
    path: String,
    number: u64,
}

impl Turn {
    /// Waits for the right to write the database at this path. `None` if it does not come in this time.
    pub(super) fn wait(path: &str, patience: Duration) -> Option<Turn> {
        let until = Instant::now() + patience;
        let mut waiting = LINES.lock();
        let turn = Turn { path: path.to_owned(), number: waiting.join(path) };
        while !waiting.is_first(&turn) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                drop(waiting);
                return None;
            }
            (waiting, _) = LINES.moved.wait_timeout(waiting, left).unwrap_or_else(PoisonError::into_inner);
        }
        drop(waiting);
        Some(turn)
    }

    /// The path of the database.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Whether somebody stands in line behind this one.
    pub(super) fn others_wait(&self) -> bool {
        LINES.lock().lines.get(&self.path).is_some_and(|line| line.len() > 1)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        LINES.lock().leave(self);
        LINES.moved.notify_all();
    }
}

impl Lines {
    /// Nothing panics while it is held, and a line is right after every step.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    const fn new() -> Waiting {
        Waiting { came: 0, lines: BTreeMap::new() }
    }

    fn join(&mut self, path: &str) -> u64 {
        self.came += 1;
        self.lines.entry(path.to_owned()).or_default().push_back(self.came);
        self.came
    }

    fn is_first(&self, turn: &Turn) -> bool {
        self.lines.get(&turn.path).and_then(VecDeque::front) == Some(&turn.number)
    }

    fn leave(&mut self, turn: &Turn) {
        if let Some(line) = self.lines.get_mut(&turn.path) {
            line.retain(|number| *number != turn.number);
            if line.is_empty() {
                self.lines.remove(&turn.path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    const LONG: Duration = Duration::from_secs(120);

    fn waiting_at(path: &str) -> usize {
        LINES.lock().lines.get(path).map_or(0, VecDeque::len)
    }

    #[test]
    fn whoever_came_first_is_first() {
        let order = Mutex::new(Vec::new());
        let first = Turn::wait("in order", LONG).unwrap();
        thread::scope(|scope| {
            for number in 0..20 {
                let order = &order;
                scope.spawn(move || {
                    let _turn = Turn::wait("in order", LONG).unwrap();
                    order.lock().unwrap().push(number);
                });
                while waiting_at("in order") < number + 2 {
                    thread::yield_now();
                }
            }
            assert!(order.lock().unwrap().is_empty());
            drop(first);
        });
        assert_eq!(order.into_inner().unwrap(), (0..20).collect::<Vec<_>>());
        assert_eq!(waiting_at("in order"), 0);
    }

    #[test]
    fn whoever_gives_up_holds_nobody_up() {
        let first = Turn::wait("given up", LONG).unwrap();
        assert!(Turn::wait("given up", Duration::from_millis(10)).is_none());
        assert_eq!(waiting_at("given up"), 1);
        drop(first);
        assert!(Turn::wait("given up", Duration::ZERO).is_some());
    }

    #[test]
    fn whoever_writes_knows_whether_others_wait() {
        let first = Turn::wait("waited for", LONG).unwrap();
        assert!(!first.others_wait());
        thread::scope(|scope| {
            scope.spawn(|| Turn::wait("waited for", LONG).unwrap().others_wait());
            while waiting_at("waited for") < 2 {
                thread::yield_now();
            }
            assert!(first.others_wait());
            drop(first);
        });
    }

    #[test]
    fn one_database_does_not_wait_for_another() {
        let _one = Turn::wait("one", LONG).unwrap();
        assert!(Turn::wait("another", Duration::ZERO).is_some());
    }
}
