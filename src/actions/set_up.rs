//! Setting up a district: its name, its first school, its first administrator. It happens once.

use crate::clock;
use crate::domain::roster::ROWS_PER_FILE;
use crate::domain::{Administers, Candidate, Kept, Name, Password, Stem, UserType, Username};
use crate::problem::Problem;
use crate::secrets::{HashLane, Key};
use crate::store::account::{Credential, NewAccount};
use crate::store::district::District;
use crate::store::{self, Connection};

/// A district to be set up.
pub struct NewDistrict {
    /// Its name.
    pub name: Name,
    /// Its first school.
    pub school: Name,
    /// Its first administrator: a teacher of that school, with an email.
    pub administrator: Candidate,
    /// The administrator's password, as chosen.
    pub password: Password,
}

/// Sets the district up, and gives its administrator a username.
///
/// # Errors
/// If there is a district already, or the database cannot be written. Then nothing has changed.
pub fn set_up(
    conn: &mut Connection,
    key: &Key,
    lane: &HashLane,
    new: NewDistrict,
) -> Result<Username, Problem> {
    let credential = Credential::Hash(lane.hash(new.password)?.0);
    let now = clock::now();
    let tx = store::begin(conn)?;
    if let Some(district) = store::district::get(&tx)? {
        return Err(set_up_already(&district.name));
    }
    let district = District {
        name: new.name.to_string(),
        time_zone: clock::time_zone(),
        rows_per_file: ROWS_PER_FILE,
        key_fingerprint: key.fingerprint().to_owned(),
        students_choose_password: false,
        address: None,
        kept: Kept::AT_FIRST,
    };
    store::district::insert(&tx, &district, now)?;
    let school = store::school::insert(&tx, &new.school, now)?;
    let stem = Stem::of(&new.administrator.first_name, &new.administrator.last_name);
    let username = store::account::give_username(&tx, &stem)?;
    let account = NewAccount {
        person: &new.administrator,
        keys: &new.administrator.keys(),
        school,
        kind: UserType::Teacher,
        credential: &credential,
        administers: Some(Administers::District),
        origin: None,
        chooses_password: false,
    };
    store::account::insert(&tx, &account, &username, now)?;
    store::account::count_new(&tx, school, UserType::Teacher, 1)?;
    tx.commit()?;
    Ok(username)
}

/// The refusal for a folder that has a district.
#[must_use]
pub fn set_up_already(district: &str) -> Problem {
    Problem::refused(format!(
        "{district} is set up here already; nothing was changed. For another district name another folder with --data."
    ))
}
