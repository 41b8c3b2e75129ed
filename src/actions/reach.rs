//! What the actions on members share: who can be reached, and which email can be given.

use super::form::NotDone;
use crate::domain::{AccountId, Admin, Administers, Email, Scope, UserType};
use crate::problem::Problem;
use crate::store::account::{self, Login};
use crate::store::member::{self, Member};
use crate::store::{Connection, Transaction};

/// Why an administrator who sees a member cannot change anything of them, in a sentence; `None` if they can.
///
/// A district administrator who teaches at a school is seen there, but is not the school administrator's to change:
/// whoever could set their password would be the district's administrator.
#[must_use]
pub fn out_of_reach(admin: &Admin, member: &Member) -> Option<&'static str> {
    let is_out = admin.scope != Scope::District && member.administers == Some(Administers::District);
    is_out.then_some("This is a district administrator: only district administrators can change the account.")
}

/// The member that an administrator is about to change.
pub(super) fn reach(conn: &Connection, admin: &Admin, id: AccountId) -> Result<Member, NotDone> {
    let member = member::get(conn, admin.scope, id)?.ok_or(NotDone::NotFound)?;
    match out_of_reach(admin, &member) {
        Some(why) => Err(NotDone::refused("", why)),
        None => Ok(member),
    }
}

/// Refuses what people do in their own Account Settings, where it takes the current password.
pub(super) fn refuse_oneself(admin: &Admin, id: AccountId, field: &'static str) -> Result<(), NotDone> {
    if admin.account == id {
        let why = "This is your own account: change it in Account Settings, with your current password.";
        return Err(NotDone::refused(field, why));
    }
    Ok(())
}

/// Refuses to leave the district without an administrator who can sign in.
pub(super) fn refuse_last(conn: &Connection, member: &Member, field: &'static str) -> Result<(), NotDone> {
    if member.administers == Some(Administers::District)
        && !member::district_has_another_administrator(conn, member.id)?
    {
        let why = "This is the last district administrator. Make another one first.";
        return Err(NotDone::refused(field, why));
    }
    Ok(())
}

/// An email as a form gives it: none if it is empty, which only a student's may be.
pub(super) fn optional_email(text: &str, kind: UserType) -> Result<Option<Email>, NotDone> {
    if !text.trim().is_empty() {
        return Email::parse(text).map(Some).map_err(|bad| NotDone::refused("email", bad.to_string()));
    }
    if kind.needs_email() {
        let why = format!("A {} needs an email. Give another one instead.", kind.one());
        return Err(NotDone::refused("email", why));
    }
    Ok(None)
}

/// Refuses an email that somebody else has, and does not say who.
pub(super) fn free_email(tx: &Transaction<'_>, email: &Email, whose: AccountId) -> Result<(), NotDone> {
    match account::login_by_email(tx, email)? {
        Some(holder) if holder.id != whose => {
            Err(NotDone::refused("email", "This email is in use already. Give another one."))
        }
        _ => Ok(()),
    }
}

/// How an email changed, for the audit log.
pub(super) fn change_words(old: Option<&str>, new: Option<&Email>) -> String {
    format!("from {} to {}", old.unwrap_or("none"), new.map_or("none", Email::as_str))
}

/// What signing in needs to know of a member.
pub(super) fn login_of(conn: &Connection, id: AccountId) -> Result<Login, NotDone> {
    account::login_of(conn, id).map_err(Problem::from)?.ok_or(NotDone::NotFound)
}

/// Refuses what only the district's administrators can do: for others it does not exist.
pub(super) fn district_only(admin: &Admin) -> Result<(), NotDone> {
    if admin.scope == Scope::District { Ok(()) } else { Err(NotDone::NotFound) }
}

/// The name of a person, a school or a district, as a form gives it.
pub(super) fn name(what: &str, text: &str) -> Result<crate::domain::Name, String> {
    crate::domain::Name::parse(text).map_err(|bad| format!("The {what} {bad}"))
}
