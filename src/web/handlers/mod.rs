//! What answers each address: reads what the page shows, calls the action that does what was asked, and gives the page.
//!
//! A handler decides nothing about rights beyond who may come in: what an administrator can see and change is in the
//! scope that every query takes.

pub(super) mod account;
pub(super) mod backup;
pub(super) mod cards;
pub(super) mod checks;
pub(super) mod district;
pub(super) mod entrance;
pub(super) mod forgotten;
pub(super) mod mail;
pub(super) mod members;
pub(super) mod mend;
pub(super) mod schools;
pub(super) mod undo;
pub(super) mod uploads;

use super::pages::{Notice, Pager, Problems, number};
use crate::actions::{FieldFault, NotDone, wait_words};
use crate::domain::Spot;
use crate::web::context::{Answer, Context, Stop, with_header};
use crate::web::http::{Method, Response};
use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

/// How many rows stand on a page of a list.
const ROWS: u32 = 50;

/// The page of a list that was asked for, from 0, out of its number in the address, from 1.
fn page_of(parameter: &str) -> u32 {
    parameter.parse::<u32>().unwrap_or(1).clamp(1, 1_000_000) - 1
}

/// The page of a list of `total` rows that is shown, from 0: the one that was asked for. What stood on it may be mended or
/// removed since; then whoever looks is sent to the last page there is, and a form that is refused comes back on that one.
fn page_within(c: &Context<'_>, address: &str, total: u32) -> Result<u32, Stop> {
    let (asked, last) = (page_of(&c.parameter("page")), total.saturating_sub(1) / ROWS);
    if asked > last && total > 0 && c.request.method != Method::Post {
        return Err(Stop::PastTheEnd(address_of(address, last)));
    }
    Ok(asked.min(last))
}

/// The address of a page of a list; `address` is the list's own, up to the page's number.
fn address_of(address: &str, page: u32) -> String {
    let joint = if address.contains('?') { '&' } else { '?' };
    format!("{address}{joint}page={}", page + 1)
}

/// The way through a list of `total` rows, at page `page`, which is one of its pages; `address` is the list's own, up to
/// the page's number.
fn pager(address: &str, page: u32, total: u32) -> Pager {
    let first = page.saturating_mul(ROWS);
    let last = first.saturating_add(ROWS).min(total);
    if total <= ROWS {
        return Pager::default();
    }
    let count = |n: u32| number(n.into());
    Pager {
        previous: (page > 0).then(|| address_of(address, page - 1)),
        next: (last < total).then(|| address_of(address, page + 1)),
        position: format!("{} to {} of {}", count(first + 1), count(last), count(total)),
    }
}

/// Where the page of a list begins: beside the row that the link to it names, or after all rows of the pages before.
fn spot_of<K: FromStr>(c: &Context<'_>, page: u32) -> Spot<K> {
    let row = |name: &str| c.parameter(name).parse().ok();
    match (row("after"), row("before")) {
        _ if page == 0 => Spot::Skip(0),
        (Some(row), _) => Spot::After(row),
        (None, Some(row)) => Spot::Before(row),
        (None, None) => Spot::Skip(page.saturating_mul(ROWS)),
    }
}

/// The same way through a list, its links naming the first and the last row of this page: see [`Spot`].
fn beside<K: Display>(pager: Pager, rows: impl DoubleEndedIterator<Item = K> + Clone) -> Pager {
    let (first, last) = (rows.clone().next(), rows.clone().next_back());
    let link = |address: Option<String>, word: &str, row: Option<K>| match (address, row) {
        (Some(address), Some(row)) => Some(format!("{address}&{word}={row}")),
        (address, _) => address,
    };
    Pager {
        previous: link(pager.previous, "before", first),
        next: link(pager.next, "after", last),
        position: pager.position,
    }
}

/// What is wrong with a form, each fault beside the field that `rename` gives it.
fn problems(faults: Vec<FieldFault>, rename: impl Fn(&'static str) -> &'static str) -> Problems {
    let mut problems = Problems::default();
    for fault in faults {
        let field = rename(fault.field);
        match fault.line {
            Some(line) => problems.add_on_line(line, field, fault.why),
            None => problems.add(field, fault.why),
        }
    }
    problems
}

/// The answer to a form that takes the current password and was not done: its page, with this status and what is wrong. A
/// guess too many is wrong with that field, for a while.
fn refused(not_done: NotDone, page: impl FnOnce(u16, Vec<FieldFault>) -> Answer) -> Answer {
    match not_done {
        NotDone::Refused(faults) => page(422, faults),
        NotDone::Wait(wait) => {
            let fault = FieldFault { field: "current_password", line: None, why: wait_words(wait) };
            Ok(retry_after(page(429, vec![fault])?, wait))
        }
        other => Err(other.into()),
    }
}

/// The answer, with how long to wait before the next try.
fn retry_after(answer: Response, wait: Duration) -> Response {
    with_header(answer, "Retry-After", &wait.as_secs().max(1).to_string())
}

/// What the last action did, out of the word for it in the address.
fn notice(done: &str) -> Option<Notice> {
    let (what, then) = match done {
        "email" => ("The email is changed.", ""),
        "password" => ("The password is changed.", "It is the only one that works from now on."),
        "name" => ("The name is changed.", ""),
        "school" => ("They belong to another school now.", ""),
        "suspended" => ("The account is suspended.", "Its owner is logged out, and cannot log in."),
        "reinstated" => ("The account is reinstated.", "Its owner can log in again."),
        "administers" => ("The right is changed.", "They log in again, and have it."),
        "administers-nothing" => {
            ("The right is taken away.", "They are logged out, and administer nothing any more.")
        }
        "added" => ("The school is added.", "Accounts can be made for it now."),
        "renamed" => ("The school is renamed.", ""),
        "kept" => ("How long things are kept is saved.", "What is past its time now goes within two days."),
        "removed" => ("The account is removed.", "Nobody can log in to it, and it cannot be brought back."),
        "mail" => ("The mail server is saved.", "Send a test letter to see whether it takes one."),
        "mail-off" => ("There is no mail server now.", "Letters wait until there is one."),
        "discarded" => ("The file is taken away.", "Nothing was made of it."),
        "settings" => ("The settings are saved.", ""),
        _ => return None,
    };
    Some(Notice { what: what.to_owned(), then: then.to_owned() })
}
