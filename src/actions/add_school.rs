//! Adding a school to the district, and renaming one.

use super::form::NotDone;
use super::reach::{district_only, name};
use crate::domain::{Admin, Deed, Name, SchoolId};
use crate::store::audit::{self, About, NewEntry};
use crate::store::{self, Connection, Transaction, school};
use jiff::Timestamp;

/// Adds a school.
///
/// # Errors
/// [`NotDone::Refused`] for `name`, also if there is a school of this name; [`NotDone::NotFound`] for school
/// administrators.
pub fn add_school(
    conn: &mut Connection,
    admin: &Admin,
    text: &str,
    now: Timestamp,
) -> Result<SchoolId, NotDone> {
    district_only(admin)?;
    let new = school_name(text)?;
    let tx = store::begin(conn)?;
    refuse_taken(&tx, &new, None)?;
    let id = school::insert(&tx, &new, now)?;
    let about = About::Named(new.as_str());
    let entry = NewEntry { by: Some(admin.account), deed: Deed::AddedSchool, about, details: "" };
    audit::insert(&tx, &entry, now)?;
    tx.commit()?;
    Ok(id)
}

/// Renames a school.
///
/// # Errors
/// [`NotDone::Refused`] for `name`, also if another school has this name; [`NotDone::NotFound`] for school
/// administrators, and for a school that nobody knows.
pub fn rename_school(
    conn: &mut Connection,
    admin: &Admin,
    id: SchoolId,
    text: &str,
    now: Timestamp,
) -> Result<(), NotDone> {
    district_only(admin)?;
    let tx = store::begin(conn)?;
    let old = school::get(&tx, admin.scope, id)?.ok_or(NotDone::NotFound)?;
    let new = school_name(text)?;
    refuse_taken(&tx, &new, Some(id))?;
    school::rename(&tx, admin.scope, id, &new)?;
    let (about, details) = (About::Named(&old.name), format!("to {new}"));
    let entry = NewEntry { by: Some(admin.account), deed: Deed::RenamedSchool, about, details: &details };
    audit::insert(&tx, &entry, now)?;
    tx.commit()?;
    Ok(())
}

fn school_name(text: &str) -> Result<Name, NotDone> {
    name("school's name", text).map_err(|why| NotDone::refused("name", why))
}

fn refuse_taken(tx: &Transaction<'_>, name: &Name, except: Option<SchoolId>) -> Result<(), NotDone> {
    match school::by_name(tx, name)? {
        Some(id) if Some(id) != except => {
            let name = school::name(tx, id)?;
            let why = format!("There is a school called {name} already. Give another name.");
            Err(NotDone::refused("name", why))
        }
        _ => Ok(()),
    }
}
