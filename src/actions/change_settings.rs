//! Changing the district's settings.

use super::form::{Faults, NotDone};
use super::reach::{district_only, name};
use crate::clock;
use crate::domain::roster::MOST_ROWS_PER_FILE;
use crate::domain::{Address, Admin, Deed};
use crate::store::audit::{self, About, NewEntry};
use crate::store::district::{self, Settings};
use crate::store::{self, Connection};
use jiff::Timestamp;

/// The settings as the form gives them.
#[derive(Clone, Copy, Debug)]
pub struct TypedSettings<'a> {
    /// The district's name.
    pub name: &'a str,
    /// The IANA name of a time zone.
    pub time_zone: &'a str,
    /// The most people in an upload.
    pub rows_per_file: &'a str,
    /// Whether a student with a generated password must choose one at the first sign-in.
    pub students_choose_password: bool,
    /// Where browsers find Firstbell; empty if nobody wants to say.
    pub address: &'a str,
}

/// Changes the settings.
///
/// # Errors
/// [`NotDone::Refused`] for `name`, `time_zone`, `rows_per_file` or `address`; [`NotDone::NotFound`] for school administrators.
pub fn change_settings(
    conn: &mut Connection,
    admin: &Admin,
    typed: &TypedSettings<'_>,
    now: Timestamp,
) -> Result<(), NotDone> {
    district_only(admin)?;
    let mut faults = Faults::default();
    let name = faults.take("name", name("district's name", typed.name));
    let time_zone = faults.take("time_zone", time_zone(typed.time_zone));
    let rows_per_file = faults.take("rows_per_file", rows_per_file(typed.rows_per_file));
    let address = faults.take("address", address(typed.address));
    let (Some(name), Some(time_zone), Some(rows_per_file), Some(address)) =
        (name, time_zone, rows_per_file, address)
    else {
        return Err(faults.refusal());
    };
    let students_choose_password = typed.students_choose_password;
    let new = Settings { name, time_zone, rows_per_file, students_choose_password, address };
    let tx = store::begin(conn)?;
    district::update(&tx, admin.scope, &new)?;
    let details = format!(
        "time zone {}, {} people a file, students {} choose a password, address {}",
        new.time_zone,
        new.rows_per_file,
        if students_choose_password { "must" } else { "need not" },
        new.address.as_ref().map_or("none", Address::as_str)
    );
    let about = About::Named(new.name.as_str());
    let entry = NewEntry { by: Some(admin.account), deed: Deed::ChangedSettings, about, details: &details };
    audit::insert(&tx, &entry, now)?;
    tx.commit()?;
    Ok(())
}

fn time_zone(text: &str) -> Result<String, String> {
    clock::time_zone_named(text)
        .ok_or_else(|| "There is no such time zone. Write it as Europe/Berlin or America/Chicago.".to_owned())
}

fn address(text: &str) -> Result<Option<Address>, String> {
    if text.trim().is_empty() { Ok(None) } else { Address::parse(text).map(Some) }
}

fn rows_per_file(text: &str) -> Result<u32, String> {
    let rows = text.trim().parse().ok().filter(|rows| (1..=MOST_ROWS_PER_FILE).contains(rows));
    rows.ok_or_else(|| "Give a number from 1 to 200,000.".to_owned())
}
