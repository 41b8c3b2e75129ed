//! Changing how long things are kept.

use super::form::{Faults, NotDone};
use super::reach::district_only;
use crate::domain::kept::{MOST_DAYS, MOST_HOURS};
use crate::domain::{Admin, Deed, Kept, number};
use crate::store::audit::{self, About, NewEntry};
use crate::store::{self, Connection, district};
use jiff::Timestamp;

/// How long things are kept, as the form gives it: whole numbers.
#[derive(Clone, Copy, Debug)]
pub struct TypedKept<'a> {
    /// Letters, in days.
    pub letters: &'a str,
    /// The lines of uploads, in days.
    pub results: &'a str,
    /// The audit log, in days.
    pub audit: &'a str,
    /// A log-in, in hours.
    pub session_hours: &'a str,
}

/// Changes how long things are kept. What is past its time by that goes with the looks of the next days, so that a slip
/// of the hand can be mended until then.
///
/// # Errors
/// [`NotDone::Refused`] for `letters_kept`, `results_kept`, `audit_kept` or `session_hours`; [`NotDone::NotFound`] for
/// school administrators.
pub fn change_kept(
    conn: &mut Connection,
    admin: &Admin,
    typed: &TypedKept<'_>,
    now: Timestamp,
) -> Result<(), NotDone> {
    district_only(admin)?;
    let mut faults = Faults::default();
    let letters = faults.take("letters_kept", days(typed.letters));
    let results = faults.take("results_kept", days(typed.results));
    let audit = faults.take("audit_kept", days(typed.audit));
    let session_hours = faults.take("session_hours", hours(typed.session_hours));
    let (Some(letters), Some(results), Some(audit), Some(session_hours)) =
        (letters, results, audit, session_hours)
    else {
        return Err(faults.refusal());
    };
    let kept = Kept { letters, results, audit, session_hours };
    let tx = store::begin(conn)?;
    district::set_kept(&tx, admin.scope, &kept)?;
    let count = |days: u16| number(days.into());
    let details = format!(
        "letters {} days, results {} days, audit log {} days, log-ins {session_hours} hours",
        count(letters),
        count(results),
        count(audit),
    );
    let name = district::get(&tx)?.map(|district| district.name).unwrap_or_default();
    let about = About::Named(&name);
    let entry = NewEntry { by: Some(admin.account), deed: Deed::ChangedKept, about, details: &details };
    audit::insert(&tx, &entry, now)?;
    tx.commit()?;
    Ok(())
}

fn days(text: &str) -> Result<u16, String> {
    let days = text.trim().replace(',', "").parse().ok().filter(|days| (1..=MOST_DAYS).contains(days));
    days.ok_or_else(|| format!("Give a number of days from 1 to {}.", number(MOST_DAYS.into())))
}

fn hours(text: &str) -> Result<u8, String> {
    let hours = text.trim().parse().ok().filter(|hours| (1..=MOST_HOURS).contains(hours));
    hours.ok_or_else(|| format!("Give a number of hours from 1 to {MOST_HOURS}."))
}
