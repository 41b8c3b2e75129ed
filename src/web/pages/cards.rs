//! Sign-in cards: on the screen only, how many there are, how to have them otherwise and how to print them; and below,
//! as they are printed, the sheets to be cut up or the list for the teacher.

use super::sheets::{leaves, list};
use super::shell::{Place, Shell, page};
use super::table::{Pager, pages};
use super::words::{kinds_word, name, number, several};
use crate::domain::UserType;
use crate::store::card::{Deal, Whose};
use maud::{Markup, html};

/// The address of the styles that only this page has.
pub const CARD_STYLES: &str = "/static/cards.css";

/// The cards of a part, and how they are laid out. It has no `Debug`: it must not be logged.
pub struct CardsView<'a> {
    /// Whose cards they are, for the form that asks for them in another way.
    pub whose: Whose,
    /// What they are of: the file's name, the school's, or how many people were chosen.
    pub of: String,
    /// How many cards there are in all parts, and who gets none.
    pub deal: Deal,
    /// How they are laid out.
    pub layout: Layout,
    /// Where browsers find Firstbell, if somebody has said so.
    pub address: Option<String>,
    /// Whether this administrator can say so.
    pub can_set_address: bool,
    /// When they are printed.
    pub printed: String,
    /// This part of the cards.
    pub cards: Vec<CardRow<'a>>,
    /// The other parts.
    pub pager: Pager,
    /// The address of the same people's CSV.
    pub csv: String,
}

/// A card. It has no `Debug`: it must not be logged.
pub struct CardRow<'a> {
    /// First and last name.
    pub name: String,
    /// The school's name.
    pub school: &'a str,
    /// The username.
    pub username: &'a str,
    /// The password, as long as it is the generated one.
    pub password: Option<&'a str>,
}

/// How cards are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// How large a card is.
    pub size: Size,
    /// The paper.
    pub paper: Paper,
    /// Whether it is a list for the teacher instead.
    pub is_list: bool,
}

/// How large a card is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// Eight on a sheet.
    Eight,
    /// Ten on a sheet.
    Ten,
    /// Three on a sheet, in large type for the youngest.
    Large,
}

/// The paper that cards are printed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paper {
    /// 210 by 297 millimetres.
    A4,
    /// 8½ by 11 inches.
    Letter,
}

impl Size {
    /// Every size.
    pub const ALL: [Size; 3] = [Size::Eight, Size::Ten, Size::Large];

    /// How addresses spell it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Size::Eight => "8",
            Size::Ten => "10",
            Size::Large => "large",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Size::Eight => "8 on a sheet",
            Size::Ten => "10 on a sheet",
            Size::Large => "Large type, 3 on a sheet",
        }
    }

    pub(super) fn on_a_sheet(self) -> usize {
        match self {
            Size::Eight => 8,
            Size::Ten => 10,
            Size::Large => 3,
        }
    }
}

impl Paper {
    /// Every paper.
    pub const ALL: [Paper; 2] = [Paper::A4, Paper::Letter];

    /// How addresses spell it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Paper::A4 => "a4",
            Paper::Letter => "letter",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Paper::A4 => "A4",
            Paper::Letter => "US Letter",
        }
    }
}

/// The page to print.
#[must_use]
pub fn cards(shell: &Shell, view: &CardsView<'_>) -> Markup {
    let place = if matches!(view.whose, Whose::Upload(_)) { Place::BulkUserCreation } else { Place::Members };
    let body = html! {
        link rel="stylesheet" href=(CARD_STYLES);
        p.trail {
            @match view.whose {
                Whose::Upload(id) => a href={ "/admin/uploads/" (id.0) } { "Job " (id.0) },
                Whose::School(id, _) => a href={ "/admin/members?school=" (id.0) } { "Members" },
                Whose::These(_) => a href="/admin/members" { "Members" },
            }
        }
        h1 { "Sign-in cards" }
        p.lead { (several(view.deal.cards.into(), "card")) " for " (name(&view.of)) "." }
        (press(view))
        @if !view.cards.is_empty() {
            div class={ "paper " (view.layout.paper.word()) } {
                @if view.layout.is_list { (list(shell, view)) } @else { (leaves(shell, view)) }
            }
        }
    };
    page(shell, place, "Sign-in cards", &body)
}

/// What stands above the sheets, on the screen only: who gets no card, how to have them otherwise, how to print them.
fn press(view: &CardsView<'_>) -> Markup {
    html! {
        section.sheet.press aria-label="How to print them" {
            @for sentence in left_out(view.deal) { p { (sentence) } }
            @if view.deal.cards == 0 { p { strong { "There is nobody to print a card for." } } }
            @if view.deal.cards > 0 || matches!(view.whose, Whose::School(..)) { (choices(view)) }
            @if view.address.is_none() {
                p.soft {
                    "No address and no QR code is printed, because Firstbell does not know the address that browsers find it at. "
                    @if view.can_set_address { a href="/admin/settings" { "Set it in Settings" } "." }
                    @else { "A District Administrator can set it in Settings." }
                }
            }
            @if !view.cards.is_empty() {
                p.soft { "Print at 100 %, without headers and footers. Only passwords that were made here are printed, and only until their owners choose their own." }
                noscript { p.soft { "To print, choose Print in the menu of your browser." } }
                div.actions {
                    button type="button" data-print hidden { "Print" }
                    a.button.quiet href=(view.csv) download { "Download as CSV" }
                }
            }
            (pages(&view.pager, "cards"))
        }
    }
}

fn left_out(deal: Deal) -> Vec<String> {
    let people = |n: u32, one: &str, many: &str| match n {
        0 => None,
        1 => Some(one.to_owned()),
        n => Some(format!("{} {many}", number(n.into()))),
    };
    let suspended = people(
        deal.suspended,
        "One person is suspended and gets no card.",
        "people are suspended and get no card.",
    );
    let out_of_reach = people(
        deal.out_of_reach,
        "One is a District Administrator, whose card only District Administrators can print.",
        "are District Administrators, whose cards only District Administrators can print.",
    );
    suspended.into_iter().chain(out_of_reach).collect()
}

/// The form that asks for the same people's cards in another way.
fn choices(view: &CardsView<'_>) -> Markup {
    let Layout { size, paper, is_list } = view.layout;
    html! {
        form.search method="get" action="/admin/cards" {
            @match &view.whose {
                Whose::Upload(id) => input type="hidden" name="upload" value=(id.0);,
                Whose::School(id, _) => input type="hidden" name="school" value=(id.0);,
                Whose::These(ids) => @for id in ids { input type="hidden" name="member" value=(id.0); },
            }
            @if let Whose::School(_, kind) = view.whose {
                (choice("type", "For", [("", "Everybody", kind.is_none())].into_iter().chain(
                    UserType::ALL.map(|each| (each.many(), kinds_word(each), kind == Some(each))))))
            }
            (choice("as", "Print as", [("cards", "Cards", !is_list), ("list", "List for the teacher", is_list)].into_iter()))
            (choice("size", "Cards", Size::ALL.map(|each| (each.word(), each.label(), each == size)).into_iter()))
            (choice("paper", "Paper", Paper::ALL.map(|each| (each.word(), each.label(), each == paper)).into_iter()))
            div.field.actions { button.quiet type="submit" { "Show" } }
        }
    }
}

/// A list to choose one from: value, label, and whether it is chosen.
fn choice<'a>(field: &str, label: &str, options: impl Iterator<Item = (&'a str, &'a str, bool)>) -> Markup {
    html! {
        div.field {
            label for={ "print-" (field) } { (label) }
            select id={ "print-" (field) } name=(field) {
                @for (value, label, is_chosen) in options { option value=(value) selected[is_chosen] { (label) } }
            }
        }
    }
}
