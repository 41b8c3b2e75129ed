//! A member: an account as administrators see and change it, within their scope. What is outside it is neither seen nor
//! changed.

use super::password_link;
use super::values::{Millis, millis};
use crate::domain::{AccountId, Administers, Email, Keys, Name, SchoolId, Scope, UploadId, UserType};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, Transaction, params};

/// An account as administrators see it.
#[derive(Clone, Debug)]
pub struct Member {
    /// The account.
    pub id: AccountId,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Email, as typed.
    pub email: Option<String>,
    /// Username.
    pub username: String,
    /// What kind of person.
    pub kind: UserType,
    /// Their school.
    pub school: SchoolId,
    /// Its name.
    pub school_name: String,
    /// What they administer.
    pub administers: Option<Administers>,
    /// Whether their password is still the generated one.
    pub has_generated_password: bool,
    /// Whether they must choose a password before anything else.
    pub chooses_password: bool,
    /// Since when they are suspended, if they are.
    pub suspended_at: Option<Timestamp>,
    /// When the account was made.
    pub created_at: Timestamp,
    /// The upload and the line that they came from, if they came from one.
    pub origin: Option<(UploadId, u32)>,
}

pub(super) const MEMBER: &str =
    "SELECT a.id, a.first_name, a.last_name, a.email, a.username, a.user_type, a.school_id, c.name,
       a.administers, a.generation IS NOT NULL, a.suspended_at, a.created_at, a.upload_id, a.line, a.chooses_password
     FROM account a JOIN school c ON c.id = a.school_id";

/// A district's administrator is no school administrator's to change, though they teach at the same school.
const WITHIN_REACH: &str = "(:scope IS NULL OR (school_id = :scope AND administers IS NOT 'district'))";

/// One member; `None` if there is none of this number in the scope.
///
/// # Errors
/// If the database cannot be read.
pub fn get(conn: &Connection, scope: Scope, id: AccountId) -> rusqlite::Result<Option<Member>> {
    conn.prepare_cached(&format!("{MEMBER} WHERE a.id = ?1 AND (?2 IS NULL OR a.school_id = ?2)"))?
        .query_row(params![id, scope.school()], member)
        .optional()
}

/// Whether somebody else than this account administers the district and can sign in.
///
/// # Errors
/// If the database cannot be read.
pub fn district_has_another_administrator(conn: &Connection, than: AccountId) -> rusqlite::Result<bool> {
    conn.query_row(
        "SELECT EXISTS (SELECT 1 FROM account WHERE administers = 'district' AND suspended_at IS NULL AND id <> ?1)",
        [than],
        |row| row.get(0),
    )
}

/// Changes a member's name. Says whether there was one within reach; so do all that follow.
///
/// # Errors
/// If the database cannot be written.
pub fn rename(
    tx: &Transaction<'_>,
    scope: Scope,
    id: AccountId,
    first_name: &Name,
    last_name: &Name,
    now: Timestamp,
) -> rusqlite::Result<bool> {
    let changes = "first_name = :first, last_name = :last";
    let values: [(&str, &dyn ToSql); 2] = [(":first", &first_name.as_str()), (":last", &last_name.as_str())];
    Ok(change(tx, scope, id, changes, &values, now)? && refresh_keys(tx, id)?)
}

/// Changes or removes a member's email. Links that went to the old one hold no longer.
///
/// # Errors
/// If the database cannot be written, or the email is in use.
pub fn set_email(
    tx: &Transaction<'_>,
    scope: Scope,
    id: AccountId,
    email: Option<&Email>,
    now: Timestamp,
) -> rusqlite::Result<bool> {
    let (typed, key) = (email.map(Email::as_str), email.map(Email::key));
    let values: [(&str, &dyn ToSql); 2] = [(":email", &typed), (":key", &key)];
    let is_changed = change(tx, scope, id, "email = :email, email_key = :key", &values, now)?;
    if is_changed {
        password_link::forget_all(tx, id)?;
        refresh_keys(tx, id)?;
    }
    Ok(is_changed)
}

/// Moves a member to another school.
///
/// # Errors
/// If the database cannot be written, or there is no such school.
pub fn set_school(
    tx: &Transaction<'_>,
    scope: Scope,
    id: AccountId,
    to: SchoolId,
    now: Timestamp,
) -> rusqlite::Result<bool> {
    change(tx, scope, id, "school_id = :school", &[(":school", &to)], now)
}

/// Changes what a member administers.
///
/// # Errors
/// If the database cannot be written, or the member is no teacher.
pub fn set_administers(
    tx: &Transaction<'_>,
    scope: Scope,
    id: AccountId,
    right: Option<Administers>,
    now: Timestamp,
) -> rusqlite::Result<bool> {
    change(tx, scope, id, "administers = :right", &[(":right", &right)], now)
}

/// Suspends a member from now on, or reinstates them.
///
/// # Errors
/// If the database cannot be written.
pub fn set_suspended(
    tx: &Transaction<'_>,
    scope: Scope,
    id: AccountId,
    is_suspended: bool,
    now: Timestamp,
) -> rusqlite::Result<bool> {
    change(tx, scope, id, "suspended_at = :since", &[(":since", &is_suspended.then(|| millis(now)))], now)
}

/// Makes the keys of all accounts anew.
pub(super) fn fill_keys(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    refresh_all_keys(tx, "SELECT id FROM account")
}

/// Makes the keys of all accounts anew that have letters outside ASCII in them.
pub(super) fn fill_accented_keys(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    refresh_all_keys(tx, "SELECT id FROM account WHERE length(search_key) <> octet_length(search_key)")
}

fn refresh_all_keys(tx: &Transaction<'_>, whose: &str) -> rusqlite::Result<()> {
    let ids: Vec<AccountId> = {
        let mut statement = tx.prepare(whose)?;
        let rows = statement.query_map([], |row| row.get(0))?;
        rows.collect::<rusqlite::Result<_>>()?
    };
    for id in ids {
        refresh_keys(tx, id)?;
    }
    Ok(())
}

fn refresh_keys(tx: &Transaction<'_>, id: AccountId) -> rusqlite::Result<bool> {
    let (keys, username) = tx
        .prepare_cached("SELECT first_name, last_name, username, email FROM account WHERE id = ?1")?
        .query_row([id], |row| {
            let [first_name, last_name, username]: [String; 3] = [row.get(0)?, row.get(1)?, row.get(2)?];
            let email: Option<String> = row.get(3)?;
            Ok((Keys::of(&first_name, &last_name, email.as_deref()), username))
        })?;
    tx.prepare_cached("UPDATE account SET search_key = ?2, name_order = ?3 WHERE id = ?1")?
        .execute(params![id, keys.search_key(&username), keys.name_order])?;
    Ok(true)
}

/// The one way to change a member, and so the place where the first change is noted.
fn change(
    tx: &Transaction<'_>,
    scope: Scope,
    id: AccountId,
    changes: &str,
    values: &[(&str, &dyn ToSql)],
    now: Timestamp,
) -> rusqlite::Result<bool> {
    let (school, now) = (scope.school(), millis(now));
    let mut values = values.to_vec();
    values.extend([(":id", &id as &dyn ToSql), (":scope", &school), (":now", &now)]);
    let query = format!(
        "UPDATE account SET {changes}, changed_at = coalesce(changed_at, :now) WHERE id = :id AND {WITHIN_REACH}"
    );
    Ok(tx.execute(&query, values.as_slice())? == 1)
}

pub(super) fn member(row: &Row<'_>) -> rusqlite::Result<Member> {
    Ok(Member {
        id: row.get(0)?,
        first_name: row.get(1)?,
        last_name: row.get(2)?,
        email: row.get(3)?,
        username: row.get(4)?,
        kind: row.get(5)?,
        school: row.get(6)?,
        school_name: row.get(7)?,
        administers: row.get(8)?,
        has_generated_password: row.get(9)?,
        chooses_password: row.get(14)?,
        suspended_at: row.get::<_, Option<Millis>>(10)?.map(|at| at.0),
        created_at: row.get::<_, Millis>(11)?.0,
        origin: row.get::<_, Option<UploadId>>(12)?.zip(row.get(13)?),
    })
}
