//! The audit log: who did what to whom, and when.

use super::shell::{Place, Shell, page};
use super::table::{Column, Holds, Pager, pages, table};
use super::words::name;
use crate::domain::AccountId;
use maud::{Markup, html};

/// A page of the log.
#[derive(Clone, Debug, Default)]
pub struct AuditView {
    /// Its entries, the newest first.
    pub rows: Vec<AuditRow>,
    /// The other pages.
    pub pager: Pager,
}

/// An entry.
#[derive(Clone, Debug)]
pub struct AuditRow {
    /// When it happened.
    pub when: String,
    /// Who did it: a name, or "the command line".
    pub who: String,
    /// What was done: a phrase, "suspended an account".
    pub what: String,
    /// What it was done to, if to anything.
    pub whom: Option<Whom>,
}

/// What something was done to.
#[derive(Clone, Debug)]
pub enum Whom {
    /// A member who is still there to be looked at.
    Member(AccountId, String),
    /// Anything else, by its name.
    Named(String),
}

/// The audit log.
#[must_use]
pub fn audit(shell: &Shell, view: &AuditView) -> Markup {
    let columns = [
        Column("When", Holds::Short),
        Column("Who", Holds::Subject),
        Column("What", Holds::Prose),
        Column("To whom or what", Holds::Login),
    ];
    let rows: Vec<Vec<Markup>> = view.rows.iter().map(cells).collect();
    let body = html! {
        h1 { "Audit log" }
        p.lead { "Who did what, to whom and when. Nobody can change it; an entry goes when it is older than the settings say, and a name when its account is removed." }
        section.sheet {
            @if rows.is_empty() {
                div.empty { h2 { "Nothing yet" } p { "What administrators do from now on stands here, the newest first." } }
            } @else {
                (table("Entries of the audit log", &columns, &rows))
                (pages(&view.pager, "the audit log"))
            }
        }
    };
    page(shell, Place::Audit, "Audit log", &body)
}

fn cells(row: &AuditRow) -> Vec<Markup> {
    vec![
        html! { (row.when) },
        name(&row.who),
        html! { (row.what) },
        html! {
            @match &row.whom {
                None => {}
                Some(Whom::Member(id, who)) => a href={ "/admin/members/" (id.0) } { (name(who)) },
                Some(Whom::Named(what)) => (name(what)),
            }
        },
    ]
}
