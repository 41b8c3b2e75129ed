//! Tables and the way through their pages. On a narrow screen a row becomes a block, each cell under its column's
//! label; the explicit roles keep it a table for whoever hears it.

use maud::{Markup, html};

/// The way through a long list: the addresses of the pages before and after, and where one stands.
#[derive(Clone, Debug, Default)]
pub struct Pager {
    /// The page before, if there is one.
    pub previous: Option<String>,
    /// The page after, if there is one.
    pub next: Option<String>,
    /// Where one stands: "51 to 100 of 1,214".
    pub position: String,
}

/// A column: its label, and what is in it.
pub(super) struct Column(pub(super) &'static str, pub(super) Holds);

/// What is in a column.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// What the row is about: its header.
    Subject,
    /// Text.
    Text,
    /// Text that is better kept on one line: a date, a status.
    Short,
    /// A username, an email, a name: it may be broken anywhere.
    Login,
    /// A sentence or two, which need room.
    Prose,
    /// A number, to the right.
    Number,
}

impl Holds {
    fn class(self) -> Option<&'static str> {
        match self {
            Holds::Subject => Some("subject"),
            Holds::Text => None,
            Holds::Short => Some("short"),
            Holds::Login => Some("exact"),
            Holds::Prose => Some("prose"),
            Holds::Number => Some("number"),
        }
    }
}

/// A table with its caption, which is for whoever hears the page: a heading above says it to the eye. Each row has as many cells as there are columns.
pub(super) fn table(caption: &str, columns: &[Column], rows: &[Vec<Markup>]) -> Markup {
    html! {
        table role="table" {
            caption { span.unseen { (caption) } }
            thead role="rowgroup" {
                tr role="row" {
                    @for Column(label, holds) in columns {
                        th role="columnheader" scope="col" class=[holds.class()] { (label) }
                    }
                }
            }
            tbody role="rowgroup" {
                @for row in rows {
                    tr role="row" {
                        @for (Column(label, holds), cell) in columns.iter().zip(row) {
                            @if *holds == Holds::Subject {
                                th role="rowheader" scope="row" class="subject" data-label=(label) { (cell) }
                            } @else {
                                td role="cell" class=[holds.class()] data-label=(label) { (cell) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The way through the pages of a list; nothing if there is one page only.
pub(super) fn pages(pager: &Pager, of: &str) -> Markup {
    html! {
        @if pager.previous.is_some() || pager.next.is_some() {
            nav.pager aria-label={ "Pages of " (of) } {
                @if let Some(address) = &pager.previous { a.button.quiet href=(address) rel="prev" { "Previous" } }
                p.soft { (pager.position) }
                @if let Some(address) = &pager.next { a.button.quiet href=(address) rel="next" { "Next" } }
            }
        }
    }
}
