//! Checking files before anything is made: everything is done as the job would do it, in one transaction that is
//! then taken back.

use super::receive_upload::{self, Destination, NamedRoster};
use super::settle::{Place, Verdict, judge_line, settle};
use crate::clock;
use crate::domain::{Password, RecordStatus};
use crate::problem::Problem;
use crate::store::account::Credential;
use crate::store::record::{self, Outcome, Record};
use crate::store::{self, Connection};

/// Hands to `each` what would become of every line of every file, with the usernames that would be given. Nothing is
/// made, and nothing is left behind.
///
/// # Errors
/// If the database cannot be used, or `each` fails.
pub fn check_upload(
    conn: &mut Connection,
    to: &Destination,
    files: &[NamedRoster],
    mut each: impl FnMut(Record) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let now = clock::now();
    let tx = store::begin(conn)?;
    for file in files {
        let upload = receive_upload::insert(&tx, None, to, file, now)?;
        let place = Place { upload, school: to.school, kind: to.kind };
        for row in &file.roster.rows {
            let (line, verdict) = match row {
                Ok(row) => {
                    let supplied = row
                        .password
                        .as_ref()
                        .map(|text| Password::supplied(text).map_err(|bad| bad.to_string()));
                    (row.line, judge_line([&row.first_name, &row.last_name, &row.email], to.kind, supplied))
                }
                Err(refusal) => (refusal.line, Verdict::refused(refusal.why.clone())),
            };
            let outcome: Outcome = match verdict {
                Verdict::Refused(outcome) => outcome,
                Verdict::Fit { person, password } => {
                    // Stands in for the hash or the generation that the account would get.
                    let credential = match password {
                        Some(_) => Credential::Hash(String::new()),
                        None => Credential::Generated(0),
                    };
                    settle(&tx, &place, line, &person, &credential, now)?
                }
            };
            debug_assert_ne!(outcome.status, RecordStatus::Pending);
            record::end(&tx, upload, line, &outcome)?;
        }
        record::for_each(&tx, upload, &mut each)?;
    }
    tx.rollback()?;
    Ok(())
}
