//! Writing letters: each within the transaction of what it tells of, so that neither is without the other. Who has no
//! email gets none.

use crate::domain::{AccountId, Administers, Email, LetterKind, SchoolId, Scope, UploadId};
use crate::problem::Problem;
use crate::secrets::random_name;
use crate::store::letter::{self, NewLetter};
use crate::store::member::{self, Member};
use crate::store::{Connection, Transaction, upload};
use jiff::Timestamp;

/// Says that a file was received, to whoever sent it.
pub(in crate::actions) fn receipt(
    tx: &Transaction<'_>,
    upload: UploadId,
    now: Timestamp,
) -> Result<(), Problem> {
    about_upload(tx, LetterKind::Received, upload, now)
}

/// Says what became of a file, to whoever sent it.
pub(in crate::actions) fn report(
    tx: &Transaction<'_>,
    upload: UploadId,
    now: Timestamp,
) -> Result<(), Problem> {
    about_upload(tx, LetterKind::Report, upload, now)
}

/// Tells somebody that a new password was set for them.
pub(in crate::actions) fn about_password(
    tx: &Transaction<'_>,
    id: AccountId,
    now: Timestamp,
) -> Result<(), Problem> {
    let Some(member) = member::get(tx, Scope::District, id)? else { return Ok(()) };
    to(tx, LetterKind::NewPassword, &member, member.email.as_deref(), &[&member.username], now)
}

/// Tells somebody, at the email they had, that they have another one or none.
pub(in crate::actions) fn about_email(
    tx: &Transaction<'_>,
    id: AccountId,
    old: Option<&str>,
    now: Timestamp,
) -> Result<(), Problem> {
    let Some(member) = member::get(tx, Scope::District, id)? else { return Ok(()) };
    let parsed = |email: Option<&str>| email.and_then(|email| Email::parse(email).ok());
    let has_changed = parsed(member.email.as_deref()) != parsed(old);
    to(tx, LetterKind::EmailChanged, &member, old.filter(|_| has_changed), &[&member.username], now)
}

/// Tells somebody that they administer from now on.
pub(in crate::actions) fn about_rights(
    tx: &Transaction<'_>,
    id: AccountId,
    right: Administers,
    now: Timestamp,
) -> Result<(), Problem> {
    let Some(member) = member::get(tx, Scope::District, id)? else { return Ok(()) };
    let particulars = [member.username.as_str(), right.word(), &member.school_name];
    to(tx, LetterKind::Administrator, &member, member.email.as_deref(), &particulars, now)
}

/// Writes the letter with the link to a new password. `seal` seals the link for the letter of this message id.
pub(in crate::actions) fn forgotten(
    tx: &Transaction<'_>,
    whose: Option<AccountId>,
    (to_name, to_email): (&str, &str),
    seal: impl FnOnce(&str) -> Result<Vec<u8>, Problem>,
    now: Timestamp,
    first_try_at: Timestamp,
) -> Result<crate::domain::LetterId, Problem> {
    let message_id = random_name()?;
    let sealed_link = seal(&message_id)?;
    let new = NewLetter {
        kind: LetterKind::ForgotPassword,
        to_name,
        to_email,
        upload: None,
        account: whose,
        particulars: "",
        sealed_link: Some(&sealed_link),
        message_id: &message_id,
    };
    Ok(letter::insert(tx, &new, now, first_try_at)?)
}

/// Where the link to a new password leads, without the address of the site.
#[must_use]
pub(in crate::actions) fn password_link_path(secret: &str) -> String {
    format!("/new-password?link={secret}")
}

fn about_upload(tx: &Transaction<'_>, kind: LetterKind, id: UploadId, now: Timestamp) -> Result<(), Problem> {
    let Some(sender) = whose_upload(tx, id)? else { return Ok(()) };
    let Some(email) = &sender.email else { return Ok(()) };
    let new = NewLetter {
        kind,
        to_name: &full_name(&sender),
        to_email: email,
        upload: Some(id),
        account: Some(sender.id),
        particulars: "",
        sealed_link: None,
        message_id: &random_name()?,
    };
    letter::insert(tx, &new, now, now)?;
    Ok(())
}

/// Who sent a file, if they may still see what becomes of it.
pub(super) fn whose_upload(conn: &Connection, id: UploadId) -> Result<Option<Member>, Problem> {
    let upload = upload::get(conn, id)?;
    let Some(by) = upload.by else { return Ok(None) };
    let sender = member::get(conn, Scope::District, by)?;
    Ok(sender.filter(|sender| still_administers(sender, upload.school)))
}

/// Whether somebody may still see what becomes of the people of a school.
fn still_administers(member: &Member, school: SchoolId) -> bool {
    member.suspended_at.is_none()
        && match member.administers {
            Some(Administers::District) => true,
            Some(Administers::School) => member.school == school,
            None => false,
        }
}

fn to(
    tx: &Transaction<'_>,
    kind: LetterKind,
    member: &Member,
    email: Option<&str>,
    particulars: &[&str],
    now: Timestamp,
) -> Result<(), Problem> {
    let Some(email) = email else { return Ok(()) };
    let new = NewLetter {
        kind,
        to_name: &full_name(member),
        to_email: email,
        upload: None,
        account: Some(member.id),
        // A line each: no name has a line break in it.
        particulars: &particulars.join("\n"),
        sealed_link: None,
        message_id: &random_name()?,
    };
    letter::insert(tx, &new, now, now)?;
    Ok(())
}

fn full_name(member: &Member) -> String {
    format!("{} {}", member.first_name, member.last_name)
}
