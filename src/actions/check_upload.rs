//! Checking files before anything is made: everything is done as the job would do it, in one transaction that is
//! then taken back.

use super::receive_upload::{self, Destination, NamedRoster};
use super::settle::{Place, Supplied, Verdict, judge_line, settle};
use crate::clock;
use crate::domain::roster::{Refusal, Row};
use crate::domain::{Password, UserType};
use crate::problem::Problem;
use crate::store::account::Credential;
use crate::store::record::{self, Record};
use crate::store::{self, Connection, upload};

/// What would become of every line of every file, with the usernames that would be given. Nothing is made, and nothing
/// is left behind.
///
/// # Errors
/// If the database cannot be used.
pub fn check_upload(
    conn: &mut Connection,
    to: &Destination,
    files: &[NamedRoster],
) -> Result<Vec<Record>, Problem> {
    let now = clock::now();
    let mut records = Vec::new();
    let tx = store::begin(conn)?;
    for file in files {
        let upload = receive_upload::insert(&tx, None, to, file, now)?;
        let who_chooses = upload::get(&tx, upload)?.who_chooses;
        let place = Place { upload, school: to.school, kind: to.kind, who_chooses };
        for row in &file.roster.rows {
            let (line, verdict) = judged(row, to.kind);
            let outcome = match verdict {
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
            record::end(&tx, upload, line, &outcome)?;
        }
        record::for_each(&tx, upload, |record| -> Result<(), Problem> {
            records.push(record);
            Ok(())
        })?;
    }
    tx.rollback()?;
    Ok(records)
}

fn judged(row: &Result<Row, Refusal>, kind: UserType) -> (u32, Verdict) {
    match row {
        Ok(row) => {
            let supplied = match &row.password {
                None => Supplied::Blank,
                Some(text) => Password::supplied(text).into(),
            };
            (row.line, judge_line([&row.first_name, &row.last_name, &row.email], kind, supplied))
        }
        Err(refusal) => (refusal.line, Verdict::refused(refusal.why.clone())),
    }
}
