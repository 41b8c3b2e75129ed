//! Making the accounts of an upload: its pending records are read, judged, hashed on all cores, and written in
//! batches, each account together with its outcome.
//!
//! This thread keeps the one that judges and those that hash fed, and writes what they have finished while they go on. Only few
//! records are in memory at a time: where nothing is hashed, a batch is read and judged while it is written.
//! Whatever kills the process, every committed batch stays, and the next start goes on with what is still pending.

use super::judging::{Judge, Judged, Opinion};
use super::letters;
use super::settle::{Fit, Place, settle, skip, skip_if_email_is_used};
use crate::clock;
use crate::domain::{JobId, UploadId};
use crate::problem::Problem;
use crate::secrets::{HashLane, Hashed, Key, Urgency, not_hashed};
use crate::store::account::{self, Credential};
use crate::store::job::{self, Job};
use crate::store::record::{self, Outcome};
use crate::store::upload::{self, Counts};
use crate::store::{self, Connection, district};
use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// How long finished records may wait for their commit: what a power cut makes us hash again, and how often the
/// progress that people watch moves on.
const BATCH_TIME: Duration = Duration::from_millis(100);
/// How long the writing of a batch should take at most, as nobody else can write meanwhile. A large batch is quicker by the
/// row in a large district, where each row's pages lie all over: so batches grow and shrink to fit.
const WRITING_TIME: Duration = Duration::from_millis(250);
/// The fewest and the most records in a batch where nothing is hashed.
const BATCH_ROWS: RangeInclusive<usize> = 2_000..=10_000;
/// How many records are in hand at most, and as many ahead of them at the judge: a kilobyte each. More than one of the two
/// threads gets done while the other reads or commits.
const IN_HAND: usize = 1_000;
/// How many pending records are read at a time.
const READ_ROWS: u32 = 200;

/// Whether the work is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The job is done, and gone from the line.
    Finished,
    /// It was asked to stop, and did after the batch in hand. The job stays in line.
    Interrupted,
}

/// A record between its judgement and its commit.
struct InHand {
    line: u32,
    state: State,
}

enum State {
    /// What becomes of it is known.
    Ended(Outcome),
    /// Its email is somebody's; whose, and whether they are still there, is said when it is written.
    InUse { fit: Fit },
    /// Its account can be made.
    Ready { fit: Fit, credential: Credential },
    /// Its password is being hashed.
    Hashing { fit: Fit },
}

/// The work on one upload.
struct Work<'a> {
    place: Place,
    job: JobId,
    lane: &'a HashLane,
    judge: Judge,
    /// In the order of the file: who comes first gets the lower number, and the email.
    in_hand: VecDeque<InHand>,
    /// The last line that was read.
    line: u32,
    /// Whether all lines were read.
    exhausted: bool,
    hashing: usize,
    finished: (Sender<Hashed>, Receiver<Hashed>),
    /// The most records in a batch, as the last ones went.
    batch_rows: usize,
    /// Whether the last batch took too long.
    was_slow: bool,
    /// When the last batch was committed. The first is due as soon as one record is ready, so that even a process that
    /// lives for a moment only gets on.
    committed_at: Option<Instant>,
}

/// Makes the accounts of an upload, until none of its records is pending or `stop` is set. Says after every batch that it
/// got on.
///
/// # Errors
/// If the database cannot be read or written. What was committed stays; the job stays in line.
pub fn create_accounts(
    conn: &mut Connection,
    key: &Key,
    lane: &HashLane,
    job: JobId,
    upload: UploadId,
    stop: &AtomicBool,
    got_on: &dyn Fn(),
) -> Result<Progress, Problem> {
    let tx = store::begin(conn)?;
    upload::begin(&tx, upload, clock::now())?;
    tx.commit()?;
    let upload = upload::get(conn, upload)?;
    let place = Place {
        upload: upload.id,
        school: upload.school,
        kind: upload.kind,
        who_chooses: upload.who_chooses,
        time_zone: district::time_zone(conn)?,
    };
    let progress = std::thread::scope(|scope| {
        let judge = Judge::start(scope, key, upload.id, upload.kind);
        Work::on(place, job, lane, judge).go_on(conn, stop, got_on)
    })?;
    if progress == Progress::Finished {
        finish(conn, job, upload.id)?;
    }
    Ok(progress)
}

/// Says that the upload succeeded, and puts the writing of its results in line.
fn finish(conn: &mut Connection, job: JobId, upload: UploadId) -> Result<(), Problem> {
    let now = clock::now();
    let tx = store::begin(conn)?;
    upload::finish(&tx, upload, None, now)?;
    letters::report(&tx, upload, now)?;
    job::enqueue(&tx, Job::WriteResults(upload))?;
    job::remove(&tx, job)?;
    tx.commit()?;
    Ok(())
}

impl Work<'_> {
    fn on(place: Place, job: JobId, lane: &HashLane, judge: Judge) -> Work<'_> {
        Work {
            place,
            job,
            lane,
            judge,
            in_hand: VecDeque::new(),
            line: 0,
            exhausted: false,
            hashing: 0,
            finished: channel(),
            batch_rows: *BATCH_ROWS.start(),
            was_slow: false,
            committed_at: None,
        }
    }

    /// Goes on until no record is pending or `stop` is set.
    fn go_on(
        mut self,
        conn: &mut Connection,
        stop: &AtomicBool,
        got_on: &dyn Fn(),
    ) -> Result<Progress, Problem> {
        while !self.is_done() {
            if stop.load(Ordering::Relaxed) {
                self.commit(conn)?;
                return Ok(Progress::Interrupted);
            }
            self.take_up(conn)?;
            self.collect()?;
            if self.batch_is_due() {
                self.commit(conn)?;
                got_on();
            }
        }
        Ok(Progress::Finished)
    }

    fn is_done(&self) -> bool {
        self.is_all_taken() && self.in_hand.is_empty()
    }

    /// Whether no record is to be taken up any more.
    fn is_all_taken(&self) -> bool {
        self.exhausted && self.judge.ahead() == 0
    }

    /// Takes up further records, until the lane has work ahead or enough are in hand.
    fn take_up(&mut self, conn: &Connection) -> Result<(), Problem> {
        while self.hashing < 2 * self.lane.width() && self.in_hand.len() < IN_HAND {
            self.read_ahead(conn)?;
            let Some(Judged { line, opinion }) = self.judge.next()? else { break };
            let state = match opinion {
                Opinion::Ended(outcome) => State::Ended(outcome),
                Opinion::Fit { fit, credential } => State::Ready { fit, credential },
                // No password is hashed in vain; who takes the email meanwhile is seen at the commit.
                Opinion::ToHash { fit, password } => {
                    if skip_if_email_is_used(conn, &self.place, &fit.person)?.is_some() {
                        State::InUse { fit }
                    } else {
                        let ticket = line.into();
                        self.lane.ask(password, ticket, Urgency::Later, self.finished.0.clone());
                        self.hashing += 1;
                        State::Hashing { fit }
                    }
                }
            };
            self.in_hand.push_back(InHand { line, state });
        }
        Ok(())
    }

    /// Reads further records for the judge, so that they are judged while others are written; few where passwords are
    /// hashed, which takes longer than anything else.
    fn read_ahead(&mut self, conn: &Connection) -> Result<(), Problem> {
        let enough = if self.hashing > 0 { 1 } else { IN_HAND };
        while !self.exhausted && self.judge.ahead() < enough {
            let records = record::pending_after(conn, self.place.upload, self.line, READ_ROWS)?;
            match records.last() {
                None => self.exhausted = true,
                Some(last) => {
                    self.line = last.line;
                    self.judge.hand_in(records);
                }
            }
        }
        Ok(())
    }

    /// Waits for one hash, if any is under way, and takes what else has arrived.
    fn collect(&mut self) -> Result<(), Problem> {
        if self.hashing == 0 {
            return Ok(());
        }
        // The lane answers whatever happens, so while a hash is under way an answer comes.
        let first = self.finished.1.recv().ok();
        let others: Vec<Hashed> = self.finished.1.try_iter().collect();
        for Hashed { ticket, hash } in first.into_iter().chain(others) {
            self.hashing -= 1;
            let hash = hash.ok_or_else(not_hashed)?;
            let asked = self.in_hand.iter_mut().find(|record| u64::from(record.line) == ticket);
            if let Some(InHand { state, .. }) = asked
                && let State::Hashing { fit } = state
            {
                *state = State::Ready { fit: fit.clone(), credential: Credential::Hash(hash.0) };
            }
        }
        Ok(())
    }

    /// How many records, from the first on, can be committed.
    fn ready(&self) -> usize {
        self.in_hand.iter().take_while(|record| !matches!(record.state, State::Hashing { .. })).count()
    }

    fn batch_is_due(&self) -> bool {
        let ready = self.ready();
        let is_last = self.is_all_taken() && ready == self.in_hand.len();
        ready > 0
            && (is_last
                || ready >= IN_HAND
                || self.committed_at.is_none_or(|last| last.elapsed() >= BATCH_TIME))
    }

    /// Makes the next batches larger or smaller after one of so many records that took so long to write. Only the second in a
    /// row that took too long counts: with some commits the log is moved into the database, and nobody waits for that.
    fn fit_batch(&mut self, records: usize, took: Duration) {
        let is_slow = took > WRITING_TIME;
        let was_slow = std::mem::replace(&mut self.was_slow, is_slow);
        let fitting = if is_slow && was_slow {
            records / 2
        } else if records >= self.batch_rows && took < WRITING_TIME / 2 {
            records * 2
        } else {
            return;
        };
        self.batch_rows = fitting.clamp(*BATCH_ROWS.start(), *BATCH_ROWS.end());
    }

    /// Writes every record that is ready, and where nothing is hashed those that come next until the batch is full or
    /// somebody else wants to write: accounts and outcomes and counts, in one transaction.
    fn commit(&mut self, conn: &mut Connection) -> Result<(), Problem> {
        let mut ready = self.ready();
        if ready == 0 {
            return Ok(());
        }
        let now = clock::now();
        let tx = store::begin(conn)?;
        let begun = Instant::now();
        let (mut counts, mut records) = (Counts::default(), 0);
        while ready > 0 {
            for InHand { line, state } in self.in_hand.drain(..ready) {
                let outcome = match state {
                    State::Ended(outcome) => outcome,
                    State::InUse { fit } => skip(&tx, &self.place, &fit.person)?,
                    State::Ready { fit, credential } => {
                        settle(&tx, &self.place, line, &fit, &credential, now)?
                    }
                    // Not among those that are ready.
                    State::Hashing { .. } => continue,
                };
                record::end(&tx, self.place.upload, line, &outcome)?;
                counts.add(outcome.status);
            }
            records += ready;
            if records >= self.batch_rows || tx.others_wait() {
                break;
            }
            // Whoever waits for a hash keeps nobody else from writing meanwhile.
            if self.hashing == 0 {
                self.take_up(&tx)?;
            }
            ready = self.ready();
        }
        account::count_new(&tx, self.place.school, self.place.kind, counts.created)?;
        upload::count(&tx, self.place.upload, counts)?;
        job::got_on(&tx, self.job)?;
        tx.commit()?;
        self.committed_at = Some(Instant::now());
        self.fit_batch(records, begun.elapsed());
        Ok(())
    }
}
