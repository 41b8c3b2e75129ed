//! Accounts, and the usernames they are given.

use super::password_link;
use super::values::{Millis, millis};
use crate::domain::{
    AccountId, Administers, Candidate, Email, Keys, SchoolId, Stem, UploadId, UserType, Username,
};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

/// How the owner of an account proves to be it: what stands in the database of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// A password that somebody supplied or chose, hashed: a PHC string.
    Hash(String),
    /// The generated password of this generation; it is derived.
    Generated(i64),
}

/// An account to be made.
pub struct NewAccount<'a> {
    /// Who it is for.
    pub person: &'a Candidate,
    /// Their keys.
    pub keys: &'a Keys,
    /// At which school.
    pub school: SchoolId,
    /// What kind of person.
    pub kind: UserType,
    /// How they prove to be it.
    pub credential: &'a Credential,
    /// What they administer.
    pub administers: Option<Administers>,
    /// The upload and the line that they come from.
    pub origin: Option<(UploadId, u32)>,
    /// Whether they have to choose a password when they first sign in.
    pub chooses_password: bool,
}

/// What signing in needs to know of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The account.
    pub id: AccountId,
    /// How its owner proves to be it.
    pub credential: Credential,
    /// What it administers.
    pub administers: Option<Administers>,
    /// Whether it is suspended: then no password is right.
    pub is_suspended: bool,
    /// What kind of person its owner is.
    pub kind: UserType,
    /// What others know of its owner, and no password should be made of: names, username, email.
    pub personal: Vec<String>,
}

/// Whose an email is.
#[derive(Clone, Debug)]
pub struct Holder {
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// What kind of person.
    pub kind: UserType,
    /// At which school.
    pub school: SchoolId,
    /// The upload and the line that they come from.
    pub origin: Option<(UploadId, u32)>,
}

/// Somebody of the same name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namesake {
    /// Their username.
    pub username: String,
    /// Since when they have an account.
    pub since: Timestamp,
    /// Whether they came with the same upload.
    pub is_of_this_file: bool,
}

/// How many people of the same name are looked at for one to tell of.
const NAMESAKES_LOOKED_AT: u32 = 5;

/// Gives the next username on a stem. What was given once is never given again; it takes the same time for the first
/// and the hundred-thousandth.
///
/// # Errors
/// If the database cannot be written.
pub fn give_username(tx: &Transaction<'_>, stem: &Stem) -> rusqlite::Result<Username> {
    let mut given = given_on(tx, stem)?;
    let username = loop {
        given += 1;
        if let Some(username) = stem.nth(given) {
            break username;
        }
    };
    // To ask for the number with `RETURNING` would make a table for it, each time; to update it, look for the stem once more.
    tx.prepare_cached("REPLACE INTO username_stem (stem, given) VALUES (?1, ?2)")?
        .execute(params![stem.as_str(), given])?;
    Ok(username)
}

/// How many usernames were given on a stem so far.
///
/// # Errors
/// If the database cannot be read.
pub fn given_on(conn: &Connection, stem: &Stem) -> rusqlite::Result<i64> {
    conn.prepare_cached("SELECT given FROM username_stem WHERE stem = ?1")?
        .query_row([stem.as_str()], |row| row.get(0))
        .optional()
        .map(Option::unwrap_or_default)
}

/// Somebody of the same name, at the same school, of the same kind; of several, one that is not of this upload, if there is
/// one. `None` if there is nobody, or if both have an email, which tells them apart. `name_order` is of [`Keys`].
///
/// # Errors
/// If the database cannot be read.
pub fn namesake(
    conn: &Connection,
    school: SchoolId,
    kind: UserType,
    name_order: &str,
    has_no_email: bool,
    upload: UploadId,
) -> rusqlite::Result<Option<Namesake>> {
    let mut statement = conn.prepare_cached(
        "SELECT username, created_at, upload_id FROM
           (SELECT username, created_at, upload_id, email FROM account
            WHERE school_id = ?1 AND user_type = ?2 AND name_order = ?3 ORDER BY id LIMIT ?5)
         WHERE ?4 OR email IS NULL",
    )?;
    let mut rows = statement.query(params![school, kind, name_order, has_no_email, NAMESAKES_LOOKED_AT])?;
    let mut own = None;
    while let Some(row) = rows.next()? {
        let is_of_this_file = row.get::<_, Option<UploadId>>(2)? == Some(upload);
        let found = Namesake { username: row.get(0)?, since: row.get::<_, Millis>(1)?.0, is_of_this_file };
        if !is_of_this_file {
            return Ok(Some(found));
        }
        own.get_or_insert(found);
    }
    Ok(own)
}

/// Makes an account. Whoever does counts it with [`count_new`].
///
/// # Errors
/// If the database cannot be written, or the email is in use.
pub fn insert(
    tx: &Transaction<'_>,
    new: &NewAccount<'_>,
    username: &Username,
    now: Timestamp,
) -> rusqlite::Result<AccountId> {
    let (hash, generation) = split(new.credential);
    let email = new.person.email.as_ref().map(Email::as_str);
    let (first_name, last_name) = (new.person.first_name.as_str(), new.person.last_name.as_str());
    tx.prepare_cached(
        "INSERT INTO account (school_id, user_type, first_name, last_name, email, email_key, username, password_hash,
                              generation, administers, upload_id, line, created_at, search_key, chooses_password,
                              name_order)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
    )?
    .execute(params![
        new.school,
        new.kind,
        first_name,
        last_name,
        email,
        new.person.email.as_ref().map(Email::key),
        username.as_str(),
        hash,
        generation,
        new.administers,
        new.origin.map(|(upload, _)| upload),
        new.origin.map(|(_, line)| line),
        millis(now),
        new.keys.search_key(username.as_str()),
        new.chooses_password,
        new.keys.name_order,
    ])?;
    Ok(AccountId(tx.last_insert_rowid()))
}

/// Counts so many new accounts of a kind at a school.
///
/// # Errors
/// If the database cannot be written.
pub fn count_new(
    tx: &Transaction<'_>,
    school: SchoolId,
    kind: UserType,
    accounts: u32,
) -> rusqlite::Result<()> {
    tx.execute(
        "INSERT INTO headcount (school_id, user_type, people) VALUES (?1, ?2, ?3)
         ON CONFLICT (school_id, user_type) DO UPDATE SET people = people + excluded.people",
        params![school, kind, accounts],
    )?;
    Ok(())
}

/// Whose an email is; `None` if it is free.
///
/// # Errors
/// If the database cannot be read.
pub fn holder(conn: &Connection, email: &Email) -> rusqlite::Result<Option<Holder>> {
    conn.prepare_cached(
        "SELECT first_name, last_name, user_type, school_id, upload_id, line FROM account WHERE email_key = ?1",
    )?
    .query_row([email.key()], |row| {
        let origin: (Option<UploadId>, Option<u32>) = (row.get(4)?, row.get(5)?);
        Ok(Holder {
            first_name: row.get(0)?,
            last_name: row.get(1)?,
            kind: row.get(2)?,
            school: row.get(3)?,
            origin: origin.0.zip(origin.1),
        })
    })
    .optional()
}

/// The account that an email signs in to.
///
/// # Errors
/// If the database cannot be read.
pub fn login_by_email(conn: &Connection, email: &Email) -> rusqlite::Result<Option<Login>> {
    conn.prepare_cached(&format!("{LOGIN} WHERE email_key = ?1"))?.query_row([email.key()], login).optional()
}

/// The account that a username signs in to.
///
/// # Errors
/// If the database cannot be read.
pub fn login_by_username(conn: &Connection, username: &Username) -> rusqlite::Result<Option<Login>> {
    conn.prepare_cached(&format!("{LOGIN} WHERE username = ?1"))?
        .query_row([username.as_str()], login)
        .optional()
}

/// What signing in needs to know of an account; `None` if there is none of this number.
///
/// # Errors
/// If the database cannot be read.
pub fn login_of(conn: &Connection, id: AccountId) -> rusqlite::Result<Option<Login>> {
    conn.prepare_cached(&format!("{LOGIN} WHERE id = ?1"))?.query_row([id], login).optional()
}

/// Gives an account another password: a change of it. `must_choose` says whether its owner has to choose one of their
/// own in place of it. Links to a new password hold no longer.
///
/// # Errors
/// If the database cannot be written.
pub fn set_credential(
    tx: &Transaction<'_>,
    id: AccountId,
    credential: &Credential,
    must_choose: bool,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let (hash, generation) = split(credential);
    tx.execute(
        "UPDATE account SET password_hash = ?2, generation = ?3, chooses_password = ?4,
                changed_at = coalesce(changed_at, ?5) WHERE id = ?1",
        params![id, hash, generation, must_choose, millis(now)],
    )?;
    password_link::forget_all(tx, id)
}

/// Keeps another hash of the same password, which is no change of the account.
///
/// # Errors
/// If the database cannot be written.
pub fn set_hash(tx: &Transaction<'_>, id: AccountId, hash: &str) -> rusqlite::Result<()> {
    tx.execute(
        "UPDATE account SET password_hash = ?2 WHERE id = ?1 AND generation IS NULL",
        params![id, hash],
    )?;
    Ok(())
}

/// Notes that the owner of an account has signed in; the first time counts.
///
/// # Errors
/// If the database cannot be written.
pub fn note_use(tx: &Transaction<'_>, id: AccountId, now: Timestamp) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE account SET used_at = ?2 WHERE id = ?1 AND used_at IS NULL")?
        .execute(params![id, millis(now)])?;
    Ok(())
}

const LOGIN: &str =
    "SELECT id, password_hash, generation, administers, first_name, last_name, username, email,
       suspended_at IS NOT NULL, user_type FROM account";

fn login(row: &Row<'_>) -> rusqlite::Result<Login> {
    let credential = match row.get::<_, Option<String>>(1)? {
        Some(hash) => Credential::Hash(hash),
        None => Credential::Generated(row.get(2)?),
    };
    let mut personal = vec![row.get(4)?, row.get(5)?, row.get(6)?];
    personal.extend(row.get::<_, Option<String>>(7)?);
    Ok(Login {
        id: row.get(0)?,
        credential,
        administers: row.get(3)?,
        is_suspended: row.get(8)?,
        kind: row.get(9)?,
        personal,
    })
}

fn split(credential: &Credential) -> (Option<&str>, Option<i64>) {
    match credential {
        Credential::Hash(hash) => (Some(hash), None),
        Credential::Generated(generation) => (None, Some(*generation)),
    }
}
