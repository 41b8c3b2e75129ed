//! Judging the records of an upload by themselves, on a thread of its own, ahead of the one that writes them.
//!
//! It takes nothing but the record and the key, and never asks the database: what becomes of a record that is fit is settled
//! where it is written. Called by the making of accounts.

use super::settle::{Called, Fit, Supplied, Verdict, judge_line};
use crate::domain::{Password, Stem, UploadId, UserType, Username, message};
use crate::problem::Problem;
use crate::secrets::{GeneratedPassword, Key, SealBroken, SealedFor};
use crate::store::account::Credential;
use crate::store::record::{Outcome, Pending};
use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::Scope;

/// A record that was judged by itself.
pub(super) struct Judged {
    pub(super) line: u32,
    pub(super) opinion: Opinion,
}

pub(super) enum Opinion {
    /// What becomes of it is known.
    Ended(Outcome),
    /// Its account can be made, with a generated password or none at all.
    Fit { fit: Fit, credential: Credential },
    /// Its account can be made once this password is hashed.
    ToHash { fit: Fit, password: Password },
}

/// The thread, and what is under way to it and back, in the order of the file.
pub(super) struct Judge {
    asked: Sender<Vec<Pending>>,
    answered: Receiver<Result<Vec<Judged>, Problem>>,
    judged: VecDeque<Judged>,
    /// How many records are on the way.
    under_way: usize,
}

impl Judge {
    /// Starts the thread, for records of this upload and people of this kind. It ends when the judge is dropped.
    pub(super) fn start<'scope>(
        scope: &'scope Scope<'scope, '_>,
        key: &'scope Key,
        upload: UploadId,
        kind: UserType,
    ) -> Judge {
        let (asked, records) = channel::<Vec<Pending>>();
        let (answers, answered) = channel();
        scope.spawn(move || {
            for records in records {
                let judged = records.into_iter().map(|record| judge(key, upload, kind, record)).collect();
                if answers.send(judged).is_err() {
                    return;
                }
            }
        });
        Judge { asked, answered, judged: VecDeque::new(), under_way: 0 }
    }

    /// How many records were handed in and not taken yet.
    pub(super) fn ahead(&self) -> usize {
        self.under_way + self.judged.len()
    }

    /// Hands in further records.
    pub(super) fn hand_in(&mut self, records: Vec<Pending>) {
        self.under_way += records.len();
        // If the thread has ended, its panic is that of the scope.
        let _ = self.asked.send(records);
    }

    /// The next record, as soon as it is judged; `None` if no more were handed in.
    ///
    /// # Errors
    /// If the system gives no random bytes.
    pub(super) fn next(&mut self) -> Result<Option<Judged>, Problem> {
        if self.judged.is_empty() && self.under_way > 0 {
            let Ok(judged) = self.answered.recv() else { return Err(stopped()) };
            self.judged = judged?.into();
            self.under_way -= self.judged.len();
        }
        Ok(self.judged.pop_front())
    }
}

/// What is said when the thread has ended before its work; its panic fails the job with words of its own.
fn stopped() -> Problem {
    Problem::System("The records could not be judged. Try again.".to_owned())
}

fn judge(key: &Key, upload: UploadId, kind: UserType, record: Pending) -> Result<Judged, Problem> {
    let Pending { line, is_left_out, .. } = record;
    let cells = [record.first_name.as_str(), &record.last_name, &record.email];
    let verdict = if record.refusal.is_empty() {
        match unseal(key, upload, &record, cells) {
            Ok(supplied) => judge_line(cells, kind, supplied).into(),
            Err(SealBroken) => Verdict::refused(message::seal_broken()),
        }
    } else {
        Verdict::refused(record.refusal.clone())
    };
    let opinion = match verdict {
        Verdict::Refused(outcome) => Opinion::Ended(outcome),
        Verdict::Fit { person, password } => {
            let called = match record.announced.as_str() {
                "" => Called::On(Stem::of(&person.first_name, &person.last_name)),
                announced => Called::Announced(Username::typed(announced)),
            };
            let fit = Fit { keys: person.keys(), person, called, is_left_out };
            // Nobody's password is hashed who gets no account.
            match password.filter(|_| !is_left_out) {
                Some(password) => Opinion::ToHash { fit, password },
                None => {
                    let credential = Credential::Generated(GeneratedPassword::new_generation()?);
                    Opinion::Fit { fit, credential }
                }
            }
        }
    };
    Ok(Judged { line, opinion })
}

fn unseal(key: &Key, upload: UploadId, record: &Pending, cells: [&str; 3]) -> Result<Supplied, SealBroken> {
    let Some(sealed) = &record.sealed_password else { return Ok(Supplied::Blank) };
    let about = SealedFor { upload, line: record.line, cells };
    Ok(key.open(sealed, about)?.into())
}
