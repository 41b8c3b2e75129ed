//! Removing somebody for good: the account, and every place that names them.
//!
//! Where they are spoken of is looked up before the transaction, because there may be a million lines to look through,
//! and within it once more for the lines that may have changed meanwhile. Everything goes in the one transaction.

use super::form::NotDone;
use super::reach::{reach, refuse_last};
use crate::clock;
use crate::domain::{AccountId, Admin, Deed, Email, UploadId, message};
use crate::problem::Problem;
use crate::store::audit::{self, About, NewEntry};
use crate::store::job::{self, Job};
use crate::store::member::Member;
use crate::store::removal::{self, Told};
use crate::store::{self, Connection, Transaction, account, district, scrub, undo, upload};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// The member whom an administrator thinks of removing.
///
/// # Errors
/// [`NotDone::Refused`] for `remove`: nobody removes themselves or the last district administrator.
/// [`NotDone::NotFound`] for whom the administrator does not see.
pub fn may_be_removed(conn: &Connection, admin: &Admin, id: AccountId) -> Result<Member, NotDone> {
    let member = reach(conn, admin, id)?;
    if admin.account == id {
        return Err(NotDone::refused("remove", "Nobody can remove themselves. Ask another administrator."));
    }
    refuse_last(conn, &member, "remove")?;
    Ok(member)
}

/// Removes a member: the account with its log-ins, letters and checks, and their name and email wherever they stand: in
/// the lines of uploads, in announced checks, in the audit log. The number and the username are never given again.
///
/// # Errors
/// The same as [`may_be_removed`].
pub fn remove_member(
    conn: &mut Connection,
    admin: &Admin,
    id: AccountId,
    now: Timestamp,
) -> Result<(), NotDone> {
    let before = Person::of(conn, may_be_removed(conn, admin, id)?)?;
    let unfinished = removal::first_unfinished(conn)?;
    let mut traces = Traces::default();
    traces.look(conn, &before, UploadId(0))?;

    let tx = store::begin(conn)?;
    let person = Person::of(&tx, may_be_removed(&tx, admin, id)?)?;
    // Who was given another email meanwhile is looked for again.
    let from = if person.emails == before.emails { unfinished } else { UploadId(0) };
    traces.look(&tx, &person, from)?;
    let zone = district::time_zone(&tx)?;
    let gone = message::account_removed(&clock::written(now, &zone, clock::DAY_IN_A_SENTENCE));
    traces.clear(&tx, &person, &gone, now)?;
    removal::empty_plans(&tx, |email, message| match person.is_at(email) {
        true => Some(gone.clone()),
        false => person.unmentioned_in(message),
    })?;
    if !removal::take_away(&tx, admin.scope, id)? {
        return Err(NotDone::NotFound);
    }
    let Member { first_name, last_name, username, kind, school_name, .. } = &person.member;
    removal::unname(&tx, id, &format!("{first_name} {last_name}"), username)?;
    let details = format!("a {} of {school_name}", kind.one());
    let about = About::Account(id);
    let entry = NewEntry { by: Some(admin.account), deed: Deed::RemovedAccount, about, details: &details };
    audit::insert(&tx, &entry, now)?;
    scrub::ask(&tx)?;
    tx.commit()?;
    Ok(())
}

/// Who is removed, and by what lines are known to tell of them.
struct Person {
    member: Member,
    /// The lines that their account was made of.
    own: Vec<Told>,
    /// The keys of the emails that they have and had, but for those that somebody else has now.
    emails: BTreeSet<String>,
}

impl Person {
    fn of(conn: &Connection, member: Member) -> Result<Person, Problem> {
        let own = removal::own_lines(conn, member.id)?;
        let changes = removal::changes_of_email(conn, member.id)?;
        let changed = changes.iter().flat_map(|details| details.split_whitespace());
        let typed = member.email.as_deref().into_iter().chain(own.iter().map(|told| told.email.as_str()));
        let mut emails = BTreeSet::new();
        for email in typed.chain(changed).filter_map(|text| Email::parse(text).ok()) {
            let holder = account::login_by_email(conn, &email)?;
            if holder.is_none_or(|holder| holder.id == member.id) {
                emails.insert(email.key().to_owned());
            }
        }
        Ok(Person { member, own, emails })
    }

    /// Whether an email, as it came, is one of theirs.
    fn is_at(&self, email: &str) -> bool {
        !email.is_empty()
            && !self.emails.is_empty()
            && Email::parse(email).is_ok_and(|email| self.emails.contains(email.key()))
    }

    /// What a message that mentions them as somebody's namesake is to say instead; `None` if it does not.
    fn unmentioned_in(&self, message: &str) -> Option<String> {
        message::without_namesake(message, &self.member.username)
    }
}

/// The lines that tell of somebody.
#[derive(Default)]
struct Traces {
    /// Those that are about them: their cells are to be emptied.
    about: BTreeSet<(UploadId, u32)>,
    /// Those that mention them as somebody's namesake: their message is to be another.
    mentions: BTreeSet<(UploadId, u32)>,
}

impl Traces {
    /// Looks through the lines of the uploads from this one on.
    fn look(&mut self, conn: &Connection, person: &Person, from: UploadId) -> Result<(), Problem> {
        self.about.extend(person.own.iter().map(|told| (told.upload, told.line)));
        let emails = person.emails.iter().cloned();
        removal::for_each_told(conn, from, &person.member.username, emails, |told| {
            let is_own = told.account.is_none_or(|account| account == person.member.id);
            if is_own && person.is_at(&told.email) {
                self.about.insert((told.upload, told.line));
            } else if person.unmentioned_in(&told.message).is_some() {
                self.mentions.insert((told.upload, told.line));
            }
            Ok(())
        })
    }

    /// Clears them, and has the results files that they stand in written anew.
    fn clear(
        &self,
        tx: &Transaction<'_>,
        person: &Person,
        gone: &str,
        now: Timestamp,
    ) -> Result<(), Problem> {
        for (upload, line) in &self.about {
            removal::empty_line(tx, *upload, *line, gone, now)?;
        }
        for (upload, line) in self.mentions.difference(&self.about) {
            // Undoing may have said something else of it meanwhile, or it is past its time and gone.
            let message = removal::message(tx, *upload, *line)?;
            if let Some(message) = message.and_then(|message| person.unmentioned_in(&message)) {
                undo::say(tx, *upload, *line, &message)?;
            }
        }
        let told = self.about.union(&self.mentions);
        for id in told.map(|(upload, _)| *upload).collect::<BTreeSet<_>>() {
            // Of a job that still runs they are written when it is done.
            if upload::get(tx, id)?.status.is_final() {
                job::enqueue(tx, Job::WriteResults(id))?;
            }
        }
        Ok(())
    }
}
