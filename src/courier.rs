//! The courier: one thread that carries letters to the mail server, each when its turn has come.
//!
//! It is not the job loop's thread, so that no account waits for a mail server that is slow or hangs, and no letter for a
//! long upload. Any number of processes may run it on a folder; one of them carries. Called from the web.

use crate::actions;
use crate::clock;
use crate::folder::Folder;
use crate::problem::Problem;
use crate::secrets::Key;
use crate::store::{self, Connection};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How often it looks whether a letter's turn has come.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// How long it waits when the database cannot be used.
const RECOVER: Duration = Duration::from_secs(1);

/// How long a process that ends waits for the letter in hand.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// The courier's thread. It ends after the letter in hand when this is dropped, and is not waited for longer than a moment,
/// because a mail server may take a minute. A process that ends before that leaves a letter that is carried again.
pub struct Courier {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

/// What the thread works with.
struct Walk {
    folder: Folder,
    key: Arc<Key>,
    stop: Arc<AtomicBool>,
}

impl Courier {
    /// Sends the courier out for a folder's letters.
    #[must_use]
    pub fn start(folder: Folder, key: Arc<Key>) -> Courier {
        let stop = Arc::new(AtomicBool::new(false));
        let walk = Walk { folder, key, stop: Arc::clone(&stop) };
        Courier { stop, thread: thread::spawn(move || walk.run()) }
    }

    /// Tells the courier that there is a letter, so that it looks at once.
    pub fn wake(&self) {
        self.thread.thread().unpark();
    }
}

impl Drop for Courier {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.wake();
        let patience = Instant::now() + LAST_WORDS;
        while !self.thread.is_finished() && Instant::now() < patience {
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Walk {
    fn run(&self) {
        while !self.is_stopping() {
            if let Ok(Some(_held)) = self.folder.try_hold_mail() {
                // What goes wrong passes, or is said by whoever else meets it: the job loop, the pages.
                let _ = self.carry_all();
            }
            self.wait(RECOVER);
        }
    }

    /// Carries letters until it is stopped, or the database cannot be used.
    fn carry_all(&self) -> Result<(), Problem> {
        let mut conn = store::open(&self.folder, clock::now())?.conn;
        while !self.is_stopping() {
            let carry = || actions::carry_next(&mut conn, &self.key, clock::now());
            match catch_unwind(AssertUnwindSafe(carry)) {
                Ok(Ok(Some(carried))) => self.note(&mut conn, &carried),
                Ok(Ok(None)) => self.wait(LOOK_AGAIN),
                Ok(Err(problem)) => return Err(problem),
                Err(_panic) => {
                    let why = "The letter could not be sent: a fault in Firstbell itself. Report it.";
                    actions::skip_next(&mut conn, why, clock::now())?;
                }
            }
        }
        store::close(conn);
        Ok(())
    }

    /// Writes down what came of a letter. Nothing else is carried before that is done.
    fn note(&self, conn: &mut Connection, carried: &actions::Carried) {
        while actions::note_carried(conn, carried, clock::now()).is_err() && !self.is_stopping() {
            self.wait(RECOVER);
        }
    }

    fn is_stopping(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn wait(&self, pause: Duration) {
        if !self.is_stopping() {
            thread::park_timeout(pause);
        }
    }
}
