//! The job loop: one thread that takes the oldest job, does it, and takes the next.
//!
//! Any number of processes may run it on a folder; one of them works, the others wait to take over. It decides
//! nothing about accounts: that is for actions, which it calls. Called from the command line and the web.

use crate::actions::{self, Progress};
use crate::clock;
use crate::copyist::Copyist;
use crate::folder::Folder;
use crate::problem::Problem;
use crate::secrets::{HashLane, Key};
use crate::store::job::{self, Claimed, Job};
use crate::store::{self, Connection};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How often an idle loop looks for work of other processes, and a waiting one for its turn.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// How long the loop waits when the disk is full or the like.
const RECOVER: Duration = Duration::from_secs(1);
/// How often the process may end in the middle of a job that got nowhere yet. High, because a process is killed through
/// no fault of the job; finite, because a job that itself kills the process would do so for ever. It holds nobody up
/// meanwhile: such a job steps behind the others.
const MOST_ATTEMPTS: u32 = 200;

/// The loop's thread. It stops, after the batch in hand, when this is dropped; then the copyist writes the last snapshot.
pub struct JobLoop {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    _copyist: Arc<Copyist>,
}

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    trouble: Mutex<Option<Arc<Problem>>>,
}

/// What the thread works with.
struct Worker {
    folder: Folder,
    key: Arc<Key>,
    lane: Arc<HashLane>,
    shared: Arc<Shared>,
    copyist: Arc<Copyist>,
}

impl JobLoop {
    /// Starts the loop on a folder.
    #[must_use]
    pub fn start(folder: Folder, key: Arc<Key>, lane: Arc<HashLane>) -> JobLoop {
        let shared = Arc::new(Shared::default());
        let copyist = Arc::new(Copyist::start(folder.clone()));
        let worker = Worker { folder, key, lane, shared: Arc::clone(&shared), copyist: Arc::clone(&copyist) };
        JobLoop { shared, thread: Some(thread::spawn(move || worker.run())), _copyist: copyist }
    }

    /// Tells the loop that there is work, so that it looks at once.
    pub fn wake(&self) {
        if let Some(thread) = &self.thread {
            thread.thread().unpark();
        }
    }

    /// What keeps the loop from getting on just now; `None` while it does.
    #[must_use]
    pub fn trouble(&self) -> Option<Arc<Problem>> {
        self.shared.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for JobLoop {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // It catches its own panics; there is nothing left to hear from it.
            let _ = thread.join();
        }
    }
}

impl Worker {
    fn run(&self) {
        while !self.is_stopping() {
            match self.folder.try_hold_loop() {
                Ok(Some(_held)) => {
                    let worked = catch_unwind(AssertUnwindSafe(|| self.work()));
                    self.note(worked.unwrap_or_else(|_panic| Err(fault())).err(), RECOVER);
                }
                Ok(None) => self.note(None, LOOK_AGAIN),
                Err(problem) => self.note(Some(problem), RECOVER),
            }
        }
    }

    fn is_stopping(&self) -> bool {
        self.shared.stop.load(Ordering::Relaxed)
    }

    /// Says what the trouble is, if any, and waits, or until the loop is stopped.
    fn note(&self, trouble: Option<Problem>, wait: Duration) {
        self.say(trouble);
        if !self.is_stopping() {
            thread::park_timeout(wait);
        }
    }

    fn say(&self, trouble: Option<Problem>) {
        *self.shared.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble.map(Arc::new);
    }

    /// Works until it is stopped. Only one process does at a time.
    fn work(&self) -> Result<(), Problem> {
        let mut conn = store::open(&self.folder, clock::now())?.conn;
        // Whether all that was done is in the database's one file.
        let mut is_settled = false;
        let mut seen = store::changes_by_others(&conn)?;
        // Whether something may have been done of which there is no snapshot yet.
        let mut is_news = true;
        while !self.is_stopping() {
            match self.step(&mut conn) {
                Ok(true) => {
                    self.say(None);
                    (is_settled, is_news) = (false, true);
                }
                Ok(false) => {
                    let now = store::changes_by_others(&conn)?;
                    // Whoever writes just now is not held up: it is settled when they are done.
                    let is_quiet = std::mem::replace(&mut seen, now) == now;
                    let settled =
                        if is_quiet && !is_settled { store::settle_down(&conn) } else { Ok(is_quiet) };
                    // A database that cannot be settled has no snapshot either; the copyist says so.
                    self.tell_copyist(&mut is_news);
                    is_settled = settled?;
                    self.note(None, LOOK_AGAIN);
                }
                Err(problem) => self.note(Some(problem), RECOVER),
            }
        }
        store::close(conn);
        self.tell_copyist(&mut is_news);
        Ok(())
    }

    fn tell_copyist(&self, is_news: &mut bool) {
        if std::mem::take(is_news) {
            self.copyist.ask();
        }
    }

    /// Does the oldest job, or as much of it as can be done now; if there is none, takes away what is too old to be kept, and
    /// readies the search.
    /// Says whether there was anything to do.
    fn step(&self, conn: &mut Connection) -> Result<bool, Problem> {
        store::make_room(conn)?;
        if job::waiting(conn)? == 0 {
            let now = clock::now();
            return Ok(actions::sweep_drafts(conn, now)?
                || actions::make_findable(conn)?
                || actions::let_go(conn, &self.folder, now)?);
        }
        let tx = store::begin(conn)?;
        let claimed = job::claim(&tx)?;
        tx.commit()?;
        let Some(claimed) = claimed else { return Ok(false) };
        if claimed.attempts > MOST_ATTEMPTS {
            let why = format!("The job was begun {MOST_ATTEMPTS} times and never got anywhere.");
            actions::give_up(conn, &claimed, &why)?;
            return Ok(true);
        }
        let performed = catch_unwind(AssertUnwindSafe(|| self.perform(conn, &claimed)));
        match performed {
            Ok(Ok(Progress::Finished)) => Ok(true),
            Ok(Ok(Progress::Interrupted)) => forgive(conn, &claimed).map(|()| true),
            Ok(Err(problem)) if problem.may_pass() => {
                // If even this cannot be written, the attempt counts; there are more.
                let _ = forgive(conn, &claimed);
                Err(problem)
            }
            Ok(Err(problem)) => {
                actions::give_up(conn, &claimed, &format!("The job could not be finished. {problem}"))?;
                Err(problem)
            }
            Err(_panic) => {
                let why = "The job could not be finished: a fault in Firstbell itself. Report it.";
                actions::give_up(conn, &claimed, why).map(|()| true)
            }
        }
    }

    fn perform(&self, conn: &mut Connection, claimed: &Claimed) -> Result<Progress, Problem> {
        let stop = &self.shared.stop;
        // A job that gets on again is no longer held up, however long it takes.
        let got_on = || self.say(None);
        match claimed.job {
            Job::CreateAccounts(upload) => {
                actions::create_accounts(conn, &self.key, &self.lane, claimed.id, upload, stop, &got_on)
            }
            Job::WriteResults(upload) => {
                actions::write_results(conn, &self.folder, claimed.id, upload).map(|()| Progress::Finished)
            }
            Job::Undo(upload) => actions::undo_upload(conn, claimed.id, upload, stop, &got_on),
        }
    }
}

/// What `/healthz` tells of after a panic outside of any job; the loop begins anew.
fn fault() -> Problem {
    Problem::System("There was a fault in Firstbell itself. Report it.".to_owned())
}

fn forgive(conn: &mut Connection, claimed: &Claimed) -> Result<(), Problem> {
    let tx = store::begin(conn)?;
    job::forgive(&tx, claimed.id)?;
    tx.commit()?;
    Ok(())
}
