//! What is printed of sign-in cards: sheets to be cut up, and the list for the teacher. How large they are is in
//! `static/cards.css`; what stands on them must fit, whatever it is.

use super::cards::{CardRow, CardsView};
use super::qr;
use super::shell::Shell;
use super::words::{login, name};
use crate::store::card::Whose;
use maud::{Markup, html};

/// The sheets, each with as many cards as it takes.
pub(super) fn leaves(shell: &Shell, view: &CardsView<'_>) -> Markup {
    let size = view.layout.size;
    html! {
        @if let Some(address) = &view.address { (qr::defined(address)) }
        @for cards in view.cards.chunks(size.on_a_sheet()) {
            ul class={ "leaf by-" (size.word()) } role="list" {
                @for row in cards { (card(shell, row, view.address.as_deref())) }
            }
        }
    }
}

fn card(shell: &Shell, row: &CardRow<'_>, address: Option<&str>) -> Markup {
    let whole_school = format!("{} · {}", row.school, shell.district);
    html! {
        li.card {
            div.card-who {
                p class={ "card-name " (length(&row.name)) } { (name(&row.name)) }
                p class={ "card-school " (length(row.school)) } {
                    (name(row.school))
                    @if row.school != shell.district && room(&whole_school) <= LINE { " · " (name(&shell.district)) }
                }
            }
            @if address.is_some() { (qr::shown()) }
            dl.card-login {
                div { dt { "Username" } dd { (login(row.username)) } }
                div {
                    dt { "Password" }
                    dd { @if let Some(password) = row.password { (login(password)) } @else { span.own { "the password you already have" } } }
                }
            }
            p class={ "card-foot " (length(address.unwrap_or_default())) } {
                @match address {
                    Some(address) => { "Go to " strong { bdi dir="ltr" { (address) } } ", type your username and password. " }
                    None => "Type your username and password to log in. ",
                }
                "Keep this card to yourself."
            }
        }
    }
}

/// The list for the teacher. Its heading is part of the table's, which is printed on every sheet.
pub(super) fn list(shell: &Shell, view: &CardsView<'_>) -> Markup {
    let shows_school =
        view.cards.windows(2).any(|pair| matches!(pair, [one, next] if one.school != next.school));
    let columns = if shows_school { 4 } else { 3 };
    html! {
        table.roll role="table" {
            caption { span.unseen { "Usernames and passwords" } }
            thead role="rowgroup" {
                tr role="row" {
                    th.roll-head role="columnheader" colspan=(columns) {
                        p.roll-of {
                            @if let (Whose::Upload(_) | Whose::These(_), false, Some(row)) = (&view.whose, shows_school, view.cards.first()) {
                                (name(row.school)) " · "
                            }
                            (name(&view.of)) " · " (name(&shell.district))
                        }
                        p {
                            (view.printed) ". Keep this list safe, and destroy it when everybody is in: whoever has it can log in as any of them."
                            @if let Some(address) = &view.address { " They log in at " bdi dir="ltr" { (address) } "." }
                        }
                    }
                }
                tr role="row" {
                    th role="columnheader" scope="col" { "Name" }
                    @if shows_school { th role="columnheader" scope="col" { "School" } }
                    th role="columnheader" scope="col" { "Username" }
                    th role="columnheader" scope="col" { "Password" }
                }
            }
            tbody role="rowgroup" {
                @for row in &view.cards {
                    tr role="row" {
                        th role="rowheader" scope="row" data-label="Name" { (name(&row.name)) }
                        @if shows_school { td role="cell" data-label="School" { (name(row.school)) } }
                        td role="cell" data-label="Username" { (login(row.username)) }
                        td role="cell" data-label="Password" {
                            @if let Some(password) = row.password { (login(password)) } @else { span.soft { "their own" } }
                        }
                    }
                }
            }
        }
    }
}

const SHORT: &str = "short-text";
/// What a line of small type on a card has room for.
const LINE: usize = 40;

/// How much room a text takes, for the styles to choose a size that it fits in.
fn length(text: &str) -> &'static str {
    match room(text) {
        0..=26 => SHORT,
        27..=52 => "longer-text",
        53..=104 => "long-text",
        105..=208 => "longest-text",
        _ => "endless-text",
    }
}

/// The signs of a text; one of a wide script counts twice.
fn room(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

/// Whether a sign is about as wide as it is high: those of Ethiopia, China, Japan and Korea.
fn is_wide(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{139F}' | '\u{2E80}'..='\u{A4CF}' | '\u{AC00}'..='\u{D7FF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF00}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_script_takes_twice_the_room() {
        assert_eq!(length("Héloïse Ibáñez"), SHORT);
        assert_eq!(length(&"a".repeat(26)), SHORT);
        assert_eq!(length(&"王".repeat(14)), "longer-text");
        assert_eq!(length(&"ế".repeat(14)), SHORT);
        assert_eq!(length(&"a".repeat(200)), "longest-text");
        assert_eq!(length(&"王".repeat(200)), "endless-text");
    }
}
