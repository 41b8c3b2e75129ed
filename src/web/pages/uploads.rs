//! Upload History: every file that was received, and where its job stands. Here alone; on *Bulk User Creation*, below
//! the five steps.

use super::shell::{Place, Shell, page};
use super::table::{Column, Holds, Pager, pages, table};
use super::words::{kinds_word, name, number, upload_status};
use crate::domain::{UploadId, UploadStatus, UserType};
use crate::store::upload::Counts;
use maud::{Markup, html};

/// A page of the history.
#[derive(Clone, Debug, Default)]
pub struct HistoryView {
    /// Its uploads, the newest first.
    pub rows: Vec<UploadRow>,
    /// The other pages.
    pub pager: Pager,
    /// Whether to show the schools: a school administrator has one only.
    pub shows_school: bool,
}

/// A line of the history.
#[derive(Clone, Debug)]
pub struct UploadRow {
    /// Its Job ID.
    pub id: UploadId,
    /// The file's own name.
    pub file_name: String,
    /// The school's name.
    pub school: String,
    /// What kind of people are in it.
    pub kind: UserType,
    /// Who sent it; `None` for the server's command line.
    pub by: Option<String>,
    /// When it was received.
    pub received: String,
    /// Where it stands.
    pub status: UploadStatus,
    /// How many records it has.
    pub total: u32,
    /// What became of those that are done.
    pub counts: Counts,
    /// How many of the accounts were removed again.
    pub removed: u32,
    /// The job whose failed lines these are, corrected.
    pub mends: Option<UploadId>,
    /// On which day its lines were removed, if they were.
    pub lines_removed: Option<String>,
}

/// The history alone.
#[must_use]
pub fn uploads(shell: &Shell, view: &HistoryView) -> Markup {
    let body = html! {
        p.trail { a href="/admin/uploads/new" { "Bulk User Creation" } }
        h1 { "Upload History" }
        p.lead { "Every file that was received, and what became of it." }
        (history(view, &html! {}))
    };
    page(shell, Place::BulkUserCreation, "Upload History", &body)
}

/// The sheet with the history's table, under this heading.
pub(super) fn history(view: &HistoryView, heading: &Markup) -> Markup {
    html! {
        section.sheet #history {
            (heading)
            @if view.rows.is_empty() {
                div.empty {
                    p { "No file was uploaded yet. Here you will see what becomes of each." }
                }
            } @else {
                (table("Upload History", &columns(view), &rows(view)))
                (pages(&view.pager, "Upload History"))
            }
        }
    }
}

fn columns(view: &HistoryView) -> Vec<Column> {
    let mut columns = vec![Column("Job ID", Holds::Short), Column("File", Holds::Subject)];
    if view.shows_school {
        columns.push(Column("School", Holds::Login));
    }
    columns.extend([
        Column("Type", Holds::Text),
        Column("Received", Holds::Text),
        Column("Status", Holds::Short),
        Column("Records", Holds::Text),
    ]);
    columns
}

fn rows(view: &HistoryView) -> Vec<Vec<Markup>> {
    view.rows.iter().map(|row| cells(row, view.shows_school)).collect()
}

fn cells(row: &UploadRow, shows_school: bool) -> Vec<Markup> {
    let mut cells = vec![
        html! { a.job href={ "/admin/uploads/" (row.id.0) } { span.unseen { "Job " } (row.id.0) } },
        html! { (name(&row.file_name)) @if let Some(id) = row.mends { small.soft { "mends job " (id.0) } } },
    ];
    if shows_school {
        cells.push(name(&row.school));
    }
    cells.extend([
        html! { (kinds_word(row.kind)) },
        html! {
            span.when { (row.received) }
            small.soft { "from " @if let Some(by) = &row.by { (name(by)) } @else { "the command line" } }
        },
        upload_status(row.status),
        records(row),
    ]);
    cells
}

/// How many records there are, and what became of them, zeros left out: `990 created, 7 skipped, 3 failed`.
fn records(row: &UploadRow) -> Markup {
    let Counts { created, skipped, failed } = row.counts;
    let counts =
        [(created, "created"), (skipped, "skipped"), (failed, "failed"), (row.removed, "removed again")];
    let counts = counts.iter().filter(|(n, _)| *n > 0);
    html! {
        (number(row.total.into()))
        small.soft {
            @for (i, (n, word)) in counts.enumerate() {
                @if i > 0 { ", " }
                span.whole { (number(u64::from(*n))) " " (word) }
            }
        }
        @if let Some(day) = &row.lines_removed { small.soft { "Its lines were removed on " (day) "." } }
    }
}
