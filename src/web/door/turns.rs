//! Whose turn it is to ask the server: first come, first served, and never all turns for those who change something.
//!
//! On the first morning of school hundreds sign in at once, and each waits for a hash. They wait in this line, which
//! costs a parked thread of the door each, and leave some of the server's threads to those who only look.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
use std::time::Instant;

/// What somebody wants of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// To be shown something: it takes a moment.
    Look,
    /// To change something: it may take a hash, or a file of 200,000 lines.
    Change,
}

/// The turns that there are.
pub(super) struct Turns {
    most: usize,
    most_changing: usize,
    line: Mutex<Line>,
}

#[derive(Default)]
struct Line {
    looking: usize,
    changing: usize,
    lookers: VecDeque<Arc<Waiter>>,
    changers: VecDeque<Arc<Waiter>>,
}

/// A thread that waits for its turn.
struct Waiter {
    thread: Thread,
    has_turn: AtomicBool,
}

/// The right to ask the server, until it is dropped.
pub(super) struct Turn<'a> {
    turns: &'a Turns,
    wish: Wish,
}

impl Turns {
    /// So many turns at a time; a quarter of them is kept for those who look.
    pub(super) fn new(most: usize) -> Turns {
        Turns { most, most_changing: most - most / 4, line: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Line> {
        // Nothing that is done under this lock can leave it half done.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a turn; `None` if there was none in time.
    pub(super) fn take(&self, wish: Wish, deadline: Instant) -> Option<Turn<'_>> {
        let mut line = self.lock();
        if self.is_free(&line, wish) {
            // Then nobody waits whose turn it would be: a turn that is given back is given on.
            line.count(wish);
            return Some(Turn { turns: self, wish });
        }
        let waiter = Arc::new(Waiter { thread: thread::current(), has_turn: AtomicBool::new(false) });
        line.waiting(wish).push_back(Arc::clone(&waiter));
        drop(line);
        while !waiter.has_turn.load(Ordering::Acquire) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return self.give_up(wish, &waiter);
            }
            thread::park_timeout(left);
        }
        Some(Turn { turns: self, wish })
    }

    /// Leaves the line, unless the turn came just now.
    fn give_up(&self, wish: Wish, waiter: &Arc<Waiter>) -> Option<Turn<'_>> {
        let mut line = self.lock();
        line.waiting(wish).retain(|other| !Arc::ptr_eq(other, waiter));
        // A turn that was only thought of would be given back.
        waiter.has_turn.load(Ordering::Acquire).then(|| Turn { turns: self, wish })
    }

    fn is_free(&self, line: &Line, wish: Wish) -> bool {
        line.looking + line.changing < self.most && (wish == Wish::Look || line.changing < self.most_changing)
    }

    /// Gives what turns there are to those who have waited longest; who only looks goes first.
    fn give(&self, line: &mut Line) {
        for wish in [Wish::Look, Wish::Change] {
            while self.is_free(line, wish)
                && let Some(next) = line.waiting(wish).pop_front()
            {
                line.count(wish);
                next.has_turn.store(true, Ordering::Release);
                next.thread.unpark();
            }
        }
    }
}

impl Line {
    fn count(&mut self, wish: Wish) {
        match wish {
            Wish::Look => self.looking += 1,
            Wish::Change => self.changing += 1,
        }
    }

    fn waiting(&mut self, wish: Wish) -> &mut VecDeque<Arc<Waiter>> {
        match wish {
            Wish::Look => &mut self.lookers,
            Wish::Change => &mut self.changers,
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut line = self.turns.lock();
        match self.wish {
            Wish::Look => line.looking -= 1,
            Wish::Change => line.changing -= 1,
        }
        self.turns.give(&mut line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn now() -> Instant {
        Instant::now()
    }

    fn soon() -> Instant {
        now() + Duration::from_secs(120)
    }

    #[test]
    fn those_who_change_something_never_have_all_turns() {
        let turns = Turns::new(4);
        let changing: Vec<_> = (0..3).map(|_| turns.take(Wish::Change, now()).unwrap()).collect();
        assert!(turns.take(Wish::Change, now()).is_none());
        let looking = turns.take(Wish::Look, now()).unwrap();
        assert!(turns.take(Wish::Look, now()).is_none());
        drop(changing);
        drop(looking);
        let all: Vec<_> = (0..4).map(|_| turns.take(Wish::Look, now()).unwrap()).collect();
        assert!(turns.take(Wish::Look, now()).is_none() && all.len() == 4);
    }

    #[test]
    fn a_single_turn_is_everybodys() {
        let turns = Turns::new(1);
        drop(turns.take(Wish::Look, now()).unwrap());
        drop(turns.take(Wish::Change, now()).unwrap());
        assert!(turns.take(Wish::Look, now()).is_some());
    }

    #[test]
    fn turns_come_in_the_order_in_which_they_were_asked_for() {
        let turns = Turns::new(1);
        let order = Mutex::new(Vec::new());
        let held = turns.take(Wish::Change, now()).unwrap();
        thread::scope(|scope| {
            for number in 0..20 {
                let (turns, order) = (&turns, &order);
                scope.spawn(move || {
                    let _turn = turns.take(Wish::Change, soon()).unwrap();
                    order.lock().unwrap().push(number);
                });
                while turns.lock().changers.len() <= number {
                    thread::yield_now();
                }
            }
            drop(held);
        });
        assert_eq!(order.into_inner().unwrap(), (0..20).collect::<Vec<_>>());
    }

    #[test]
    fn whoever_gives_up_takes_nobodys_turn() {
        let turns = Turns::new(1);
        let held = turns.take(Wish::Change, now()).unwrap();
        assert!(turns.take(Wish::Change, now()).is_none());
        drop(held);
        assert!(turns.take(Wish::Change, now()).is_some());
        let line = turns.lock();
        assert_eq!((line.looking, line.changing, line.changers.len()), (0, 0, 0));
    }
}
