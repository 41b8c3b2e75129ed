//! Printing sign-in cards: on sheets, as a list, or as a CSV for a mail merge. Whoever has not chosen a password yet
//! finds the generated one there. Each print stands in the audit log before anything is shown.

use super::form::NotDone;
use crate::domain::{Admin, Deed, spreadsheet_safe};
use crate::problem::Problem;
use crate::secrets::{GeneratedPassword, Key};
use crate::store::audit::{self, About, NewEntry};
use crate::store::card::{self, Card, Deal, Whose};
use crate::store::{self, Connection, Transaction, school, upload};
use jiff::Timestamp;
use std::io::{self, Write};

/// The most cards of a page; where there are more, each page is a part.
pub const CARDS_A_PART: u32 = 2_000;
/// The most people whose cards are printed by choosing them one by one: all of them are named in the audit log.
const MOST_CHOSEN: usize = 200;
/// The first line of the CSV.
const HEADER: [&str; 7] =
    ["school", "first_name", "last_name", "username", "password", "address", "user_type"];
/// Tells Excel that what follows is UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// What cards are printed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    /// Sheets to be cut up; this part of them, from 0.
    Cards(u32),
    /// A list for the teacher; this part of it, from 0.
    List(u32),
    /// A CSV for a mail merge, with everybody in it.
    Csv,
}

/// What is to be printed.
#[derive(Clone, Debug)]
pub struct PrintOrder {
    /// Whose cards.
    pub whose: Whose,
    /// On what.
    pub medium: Medium,
}

/// A print: what it is of, and how much of it there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Print {
    /// What the cards are of: the file's name, the school's, or how many people were chosen.
    pub of: String,
    /// How many cards there are in all parts, and who was left out.
    pub deal: Deal,
}

/// A card as it is printed. It has no `Debug`: it must not be logged.
pub struct PrintedCard {
    /// What stands on it.
    pub card: Card,
    /// The password, as long as it is the generated one.
    pub password: Option<GeneratedPassword>,
}

/// Prints cards: hands each to `each`, in the order of the upload's lines or of the names.
///
/// # Errors
/// [`NotDone::NotFound`] for an upload, a school or people that the administrator does not see; [`NotDone::Refused`] if
/// nobody was chosen, or too many one by one.
pub fn print_cards(
    conn: &mut Connection,
    key: &Key,
    admin: &Admin,
    order: &PrintOrder,
    now: Timestamp,
    mut each: impl FnMut(PrintedCard) -> Result<(), Problem>,
) -> Result<Print, NotDone> {
    let PrintOrder { whose, medium } = order;
    refuse_bad_choice(whose)?;
    let tx = store::begin(conn)?;
    let deal = card::deal(&tx, admin.scope, whose)?;
    let of = of(&tx, admin, whose, deal)?;
    let (skip, at_most) = medium.part();
    let count = deal.cards.saturating_sub(skip).min(at_most);
    if count > 0 {
        note(&tx, admin, order, &of, count, now)?;
        tx.commit()?;
        card::for_each(conn, admin.scope, whose, skip, at_most, |card| {
            let password =
                card.generation.map(|generation| GeneratedPassword::derive(key, card.id, generation));
            each(PrintedCard { card, password })
        })?;
    }
    Ok(Print { of, deal })
}

impl Medium {
    /// How many cards come before it, and how many there are on it at most.
    fn part(self) -> (u32, u32) {
        match self {
            Medium::Cards(part) | Medium::List(part) => (part.saturating_mul(CARDS_A_PART), CARDS_A_PART),
            Medium::Csv => (0, u32::MAX),
        }
    }
}

fn refuse_bad_choice(whose: &Whose) -> Result<(), NotDone> {
    let why = match whose {
        Whose::These(ids) if ids.is_empty() => {
            "Nobody was chosen. Tick people in the list of members, or print the cards of a school or a job."
        }
        Whose::These(ids) if ids.len() > MOST_CHOSEN => {
            "Choose up to 200 people at a time, or print the cards of a school or a job."
        }
        _ => return Ok(()),
    };
    Err(NotDone::refused("member", why))
}

/// What the cards are of; not found if the administrator does not see it.
fn of(tx: &Transaction<'_>, admin: &Admin, whose: &Whose, deal: Deal) -> Result<String, NotDone> {
    match whose {
        Whose::Upload(id) => {
            let listed = upload::visible_to(tx, admin.scope, *id)?.ok_or(NotDone::NotFound)?;
            if listed.upload.lines_removed_at.is_some() {
                let why = "The lines of this job were removed, so its people are not known any more. Print the cards of the \
                           school, or tick people in the list of members.";
                return Err(NotDone::refused("member", why));
            }
            Ok(listed.upload.file_name)
        }
        Whose::School(id, _) => Ok(school::get(tx, admin.scope, *id)?.ok_or(NotDone::NotFound)?.name),
        Whose::These(_) => match deal.cards + deal.suspended + deal.out_of_reach {
            0 => Err(NotDone::NotFound),
            1 => Ok("one member".to_owned()),
            several => Ok(format!("{several} members")),
        },
    }
}

/// Writes down who printed how many cards of what. Of people who were chosen one by one, every username is there.
fn note(
    tx: &Transaction<'_>,
    admin: &Admin,
    order: &PrintOrder,
    of: &str,
    count: u32,
    now: Timestamp,
) -> Result<(), NotDone> {
    let mut details = match order.medium {
        Medium::Cards(0) => format!("{count} on cards"),
        Medium::List(0) => format!("{count} in a list"),
        Medium::Cards(part) => format!("{count} on cards, part {}", part + 1),
        Medium::List(part) => format!("{count} in a list, part {}", part + 1),
        Medium::Csv => format!("{count} in a CSV"),
    };
    let mut about = About::Named(of);
    match &order.whose {
        Whose::Upload(id) => details += &format!(", job {}", id.0),
        Whose::School(_, Some(kind)) => details += &format!(", {}", kind.many()),
        Whose::School(_, None) => {}
        Whose::These(ids) => match ids.as_slice() {
            [id] => about = About::Account(*id),
            _ => details += &usernames(tx, admin, &order.whose)?,
        },
    }
    let entry = NewEntry { by: Some(admin.account), deed: Deed::PrintedCards, about, details: &details };
    Ok(audit::insert(tx, &entry, now)?)
}

fn usernames(tx: &Transaction<'_>, admin: &Admin, whose: &Whose) -> Result<String, NotDone> {
    let mut usernames = String::new();
    card::for_each(tx, admin.scope, whose, 0, u32::MAX, |card| {
        usernames.push_str(if usernames.is_empty() { ": " } else { ", " });
        usernames.push_str(&card.username);
        Ok::<_, NotDone>(())
    })?;
    Ok(usernames)
}

/// Writes cards as CSV for a mail merge: UTF-8 with a byte order mark, CRLF line ends, a header, then a line for each
/// person.
pub struct CardsCsv<'a, W: Write> {
    csv: csv::Writer<W>,
    address: &'a str,
}

impl<'a, W: Write> CardsCsv<'a, W> {
    /// Begins with the byte order mark and the header. `address` is where browsers find Firstbell; empty if nobody has
    /// said so.
    ///
    /// # Errors
    /// If `out` does not take them.
    pub fn begin(mut out: W, address: &'a str) -> io::Result<CardsCsv<'a, W>> {
        out.write_all(BYTE_ORDER_MARK)?;
        let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
        csv.write_record(HEADER)?;
        Ok(CardsCsv { csv, address })
    }

    /// Adds a person. The password's cell is empty once they have chosen their own.
    ///
    /// # Errors
    /// If the output does not take it.
    pub fn add(&mut self, PrintedCard { card, password }: &PrintedCard) -> io::Result<()> {
        let cells = [
            card.school_name.as_str(),
            &card.first_name,
            &card.last_name,
            &card.username,
            password.as_ref().map_or("", GeneratedPassword::expose),
            self.address,
            card.kind.one(),
        ];
        Ok(self.csv.write_record(cells.map(spreadsheet_safe).map(|cell| cell.into_owned()))?)
    }

    /// Hands everything on to the output.
    ///
    /// # Errors
    /// If the output does not take it.
    pub fn end(mut self) -> io::Result<()> {
        self.csv.flush()
    }
}
