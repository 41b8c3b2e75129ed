//! The copyist: one thread that writes snapshots of the database, after every job and every night.
//!
//! It is not the job loop's thread, because a large database takes long to copy and an upload must not wait for it. Any
//! number of processes may have one; a lock lets one of them write at a time. Called from the job loop.

use crate::clock;
use crate::folder::Folder;
use crate::problem::Problem;
use crate::store::{self, district, job, snapshots};
use jiff::{SignedDuration, Timestamp};
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How often it looks whether the night has come.
const LOOK_AGAIN: Duration = Duration::from_secs(60);
/// How long it waits before it tries again what did not work.
const RECOVER: Duration = Duration::from_secs(600);
/// When in the night it comes: at three, in the district's time zone.
const NIGHT: SignedDuration = SignedDuration::from_hours(3);

/// The copyist's thread. When this is dropped, it writes the snapshot that it was asked for, and ends.
pub struct Copyist {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    asked: AtomicBool,
}

/// What the thread works with.
struct Desk {
    folder: Folder,
    shared: Arc<Shared>,
}

impl Copyist {
    /// Seats a copyist at a folder.
    #[must_use]
    pub fn start(folder: Folder) -> Copyist {
        let shared = Arc::new(Shared::default());
        let desk = Desk { folder, shared: Arc::clone(&shared) };
        Copyist { shared, thread: Some(thread::spawn(move || desk.run())) }
    }

    /// Asks for a snapshot: something was done, and nothing is left to do.
    pub fn ask(&self) {
        self.shared.asked.store(true, Ordering::Release);
        self.wake();
    }

    fn wake(&self) {
        if let Some(thread) = &self.thread {
            thread.thread().unpark();
        }
    }
}

impl Drop for Copyist {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        self.wake();
        if let Some(thread) = self.thread.take() {
            // It has said what there was to say.
            let _ = thread.join();
        }
    }
}

impl Desk {
    fn run(&self) {
        let mut pause = LOOK_AGAIN;
        let mut last = clock::now();
        loop {
            let is_stopping = self.shared.stop.load(Ordering::Acquire);
            let is_asked = self.shared.asked.swap(false, Ordering::Acquire);
            if is_asked || !is_stopping {
                pause = match self.copy(is_asked || pause == RECOVER, &mut last) {
                    Ok(()) => LOOK_AGAIN,
                    Err(problem) => {
                        complain(&problem);
                        RECOVER
                    }
                };
            }
            if is_stopping {
                return;
            }
            thread::park_timeout(pause);
        }
    }

    /// Writes a snapshot if it is time for one, and no upload waits. `last` is when the last was written here, or when
    /// this began.
    fn copy(&self, is_asked: bool, last: &mut Timestamp) -> Result<(), Problem> {
        let conn = store::open(&self.folder, clock::now())?.conn;
        if district::get(&conn)?.is_none() || job::waiting(&conn)? > 0 {
            return Ok(());
        }
        let now = clock::now();
        *last = now.min(*last);
        let newest = snapshots::newest(&self.folder, now)?.map(|newest| since(newest, *last, now));
        if is_asked || night_came(newest, now, &district::time_zone(&conn)?) {
            let _held = self.folder.hold_backups()?;
            snapshots::take(&self.folder, &conn, now)?;
            *last = now;
        }
        Ok(())
    }
}

/// Since when a night may have begun: since the newest snapshot. One that lies ahead was dated by a wrong clock; then it is
/// since the last was taken here, or else there would be one every minute for as long as it lies ahead.
fn since(newest: Timestamp, last: Timestamp, now: Timestamp) -> Timestamp {
    if newest > now { last } else { newest }
}

/// Whether a night has begun since the newest snapshot was taken. Without any, one has.
fn night_came(newest: Option<Timestamp>, now: Timestamp, time_zone: &str) -> bool {
    let night =
        |time: Timestamp| clock::written(time.checked_sub(NIGHT).unwrap_or(time), time_zone, "%Y-%m-%d");
    newest.is_none_or(|newest| night(newest) != night(now))
}

/// Says on standard error that there is no snapshot. If nobody listens there, nothing else is lost.
fn complain(problem: &Problem) {
    let _ = writeln!(
        io::stderr(),
        "No snapshot was written into backups. {problem} It is tried again after the next job; a server tries again in ten minutes."
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_comes_at_three_in_the_districts_own_time() {
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        let came = |newest, now, zone| night_came(Some(time(newest)), time(now), zone);
        assert!(!came("2026-11-22T03:00:00Z", "2026-11-23T02:59:59Z", "UTC"));
        assert!(came("2026-11-22T03:00:00Z", "2026-11-23T03:00:00Z", "UTC"));
        assert!(!came("2026-11-22T09:00:00Z", "2026-11-23T08:59:59Z", "America/Chicago"));
        assert!(came("2026-11-22T09:00:00Z", "2026-11-23T09:00:00Z", "America/Chicago"));
        assert!(came("2026-11-23T08:59:00Z", "2026-11-23T09:00:00Z", "America/Chicago"));
        assert!(night_came(None, time("2026-11-22T12:00:00Z"), "UTC"));
    }

    #[test]
    fn a_snapshot_that_lies_ahead_does_not_make_every_minute_a_night() {
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        let (ahead, noon) = (time("2036-11-22T12:00:00Z"), time("2026-11-22T12:00:00Z"));
        let came = |newest, last, now| night_came(Some(since(newest, last, now)), now, "UTC");
        assert!(!came(ahead, noon, time("2026-11-22T12:01:00Z")));
        assert!(came(ahead, noon, time("2026-11-23T03:01:00Z")));
        assert!(came(noon, noon, ahead));
    }
}
