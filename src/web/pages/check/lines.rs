//! What would become of every line, and which lines may be left out.

use super::{CheckView, Foreseen, full_name};
use crate::domain::{RecordStatus, UserType};
use crate::store::draft::{PlanCounts, Planned, Which};
use crate::web::pages::shell::{Shell, token};
use crate::web::pages::table::{Column as TableColumn, Holds, pages, table};
use crate::web::pages::words::{email, login, name, none, number, record_status, several};
use maud::{Markup, html};

pub(super) fn lines(view: &CheckView, foreseen: &Foreseen) -> Markup {
    let columns = [
        TableColumn("Line", Holds::Number),
        TableColumn("Name", Holds::Subject),
        TableColumn("Email", Holds::Login),
        TableColumn("Username", Holds::Login),
        TableColumn("Would be", Holds::Short),
        TableColumn("Message", Holds::Prose),
    ];
    let cells = |line: &Planned| {
        vec![
            html! { (line.line) },
            name(&full_name(line)),
            if line.email.is_empty() { none() } else { email(&line.email) },
            if line.username.is_empty() { none() } else { login(&line.username) },
            record_status(line.status),
            html! { (line.message) },
        ]
    };
    html! {
        h2 { "Line by line" }
        (filters(view, foreseen))
        @if foreseen.rows.is_empty() {
            div.empty { p { strong { "No such lines." } } p { "Choose another status above." } }
        } @else {
            (table("Lines", &columns, &foreseen.rows.iter().map(cells).collect::<Vec<_>>()))
            (pages(&foreseen.pager, "the lines"))
        }
    }
}

fn filters(view: &CheckView, foreseen: &Foreseen) -> Markup {
    let PlanCounts { created, skipped, failed, .. } = foreseen.counts;
    let address = format!("/admin/checks/{}", view.id.0);
    let choices =
        [(RecordStatus::Created, created), (RecordStatus::Skipped, skipped), (RecordStatus::Failed, failed)];
    html! {
        nav.filters aria-label="Show lines" {
            a href={ (address) "#records" } aria-current=[foreseen.which.is_none().then_some("true")] {
                "All " span.soft { (number((created + skipped + failed).into())) }
            }
            @for (status, n) in choices {
                @if n > 0 || foreseen.which == Some(status) {
                    a href={ (address) "?status=" (status.word()) "#records" } aria-current=[(foreseen.which == Some(status)).then_some("true")] {
                        (status.word()) " " span.soft { (number(n.into())) }
                    }
                }
            }
        }
    }
}

pub(super) fn namesakes(shell: &Shell, view: &CheckView, foreseen: &Foreseen) -> Markup {
    let action = format!("/admin/checks/{}/lines", view.id.0);
    let shown = foreseen.namesakes.len() as u64;
    let all = u64::from(foreseen.counts.namesakes);
    html! {
        @if all > 0 {
            section.sheet #namesakes {
                h2 { "Is it the same " (if view.kind == UserType::Student { "child" } else { "person" }) " twice?" }
                p {
                    "On " (several(all, "line")) " somebody has the name of another of the same school and type. Without an email \
                    nothing tells whether it is the same one. Tick whoever has an account already: they are left out."
                }
                form method="post" action=(action) {
                    (token(shell))
                    input type="hidden" name="revision" value=(view.revision);
                    ul.ticks role="list" {
                        @for line in &foreseen.namesakes {
                            li {
                                input type="hidden" name="shown" value=(line.line);
                                @let id = format!("left-out-{}", line.line);
                                label.tick for=(id) {
                                    input id=(id) type="checkbox" name="left_out" value=(line.line) checked[line.is_left_out];
                                    span {
                                        "Line " (line.line) ": " (name(&full_name(line)))
                                        small.soft { (line.message) }
                                    }
                                }
                            }
                        }
                    }
                    @if all > shown { p.soft { "These are the first " (number(shown)) " of " (number(all)) "; the buttons for all take in the others." } }
                    div.actions {
                        button type="submit" { "Leave out the ticked ones" }
                        button.button.quiet type="submit" name="all" value="leave_out" { "Leave all of them out" }
                        button.button.quiet type="submit" name="all" value="create" { "Create all of them" }
                    }
                }
            }
        }
    }
}

/// Which lines a page of a check shows.
#[must_use]
pub fn which(status: Option<RecordStatus>) -> Which {
    status.map_or(Which::All, Which::Status)
}
