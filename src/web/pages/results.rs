//! The results of a job: where it stands, what it came to, and every record with its Status and Message.
//!
//! While the job runs, the script fetches this page again and again and puts what is marked `data-live` in the place
//! of what was there; without it, a reload does the same.

use super::aftermath::{self, Aftermath};
use super::check::uploaded_before;
use super::problem::Trouble;
use super::shell::{Place, Shell, page};
use super::table::{Column, Holds, Pager, pages, table};
use super::words::{
    duration, email, login, name, none, number, people, record_status, several, upload_status,
};
use crate::domain::{RecordStatus, UploadId, UploadStatus, UserType};
use crate::store::upload::Counts;
use maud::{Markup, html};

/// A job and a page of its records.
#[derive(Clone, Debug)]
pub struct ResultsView {
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
    /// The upload of this very file that was before, and when.
    pub before: Option<(UploadId, String)>,
    /// When it was received.
    pub received: String,
    /// When it was finished, if it is.
    pub finished: Option<String>,
    /// Where it stands.
    pub status: UploadStatus,
    /// Why it could not be finished, if it could not.
    pub failure: Option<String>,
    /// On which day its lines were removed, if they were.
    pub lines_removed: Option<String>,
    /// How many records it has.
    pub total: u32,
    /// What became of those that are done.
    pub counts: Counts,
    /// How fast it goes, while it does.
    pub pace: Option<Pace>,
    /// What holds all jobs up just now, if anything does.
    pub held_up: Option<Trouble>,
    /// What came after it.
    pub after: Aftermath,
    /// Which records were asked for.
    pub only: Only,
    /// This page of the records.
    pub rows: Vec<RecordRow>,
    /// The other pages.
    pub pager: Pager,
}

/// Which records are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Only {
    /// All of them.
    All,
    /// Those of one status.
    Status(RecordStatus),
    /// Those whose accounts were kept when the upload was undone.
    Kept,
}

/// The word in the address for accounts that were kept.
pub const KEPT: &str = "kept";

impl Only {
    /// The status that was asked for, if one was.
    #[must_use]
    pub fn status(self) -> Option<RecordStatus> {
        if let Only::Status(status) = self { Some(status) } else { None }
    }

    /// The word for it in the address; all records have none.
    #[must_use]
    pub fn word(self) -> Option<&'static str> {
        if self == Only::Kept { Some(KEPT) } else { self.status().map(RecordStatus::word) }
    }
}

/// How fast a job goes.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Records a second.
    pub per_second: u32,
    /// What is left, in seconds.
    pub seconds_left: u64,
}

/// A record: a line of the file and what became of it.
#[derive(Clone, Debug)]
pub struct RecordRow {
    /// Where it starts in the file.
    pub line: u32,
    /// First and last name, as they came.
    pub name: String,
    /// The email as it came; empty for none.
    pub email: String,
    /// The username of the account that was made.
    pub username: Option<String>,
    /// What became of it.
    pub status: RecordStatus,
    /// The sentence about it; empty while it waits.
    pub message: String,
}

/// The results of a job.
#[must_use]
pub fn results(shell: &Shell, view: &ResultsView) -> Markup {
    let heading = format!("Job {}", view.id.0);
    let body = html! {
        p.trail { a href="/admin/uploads/new" { "Bulk User Creation" } " / " (heading) }
        h1 { (name(&view.file_name)) }
        p.lead {
            (people(view.total.into(), view.kind)) " for " (name(&view.school))
            ", received " (view.received) " from "
            @if let Some(by) = &view.by { (name(by)) } @else { "the command line" } "."
            @if let Some(mended) = view.after.mends {
                " It mends " a href={ "/admin/uploads/" (mended.0) } { "job " (mended.0) } ": the lines have the numbers they have there."
            }
        }
        @if let Some((job, when)) = &view.before {
            (uploaded_before(*job, when, "Whoever has no email may have two accounts now."))
        }
        (progress(view))
        section.sheet #records data-live="at-end" {
            @match &view.lines_removed {
                Some(day) => (no_lines(day)),
                None => (records(view)),
            }
        }
        p.unseen #said role="status" {}
    };
    page(shell, Place::BulkUserCreation, &format!("{heading}: {}", view.file_name), &body)
}

fn progress(view: &ResultsView) -> Markup {
    let is_done = view.status.is_final() && !view.after.undo.is_running();
    let live = if is_done { "done" } else { "now" };
    let export = format!("/admin/uploads/{}/results.csv", view.id.0);
    html! {
        section.sheet #progress data-live=(live) aria-labelledby="progress-heading" {
            div.state {
                h2.state-word #progress-heading { span.unseen { "Status: " } (upload_status(view.status)) }
                p.soft { (how_far(view)) }
            }
            @if !view.status.is_final() {
                progress aria-label="Records done" max=(view.total.max(1)) value=(view.counts.done()) {}
            }
            @if let Some(failure) = &view.failure { p.problem { (failure) } }
            @if let (Some(trouble), false) = (&view.held_up, view.status.is_final()) { p.problem { (waits(trouble)) } }
            dl.counts {
                (count("Created", view.counts.created))
                (count("Skipped", view.counts.skipped))
                (count("Failed", view.counts.failed))
                @if view.after.removed > 0 { (count("Removed again", view.after.removed)) }
            }
            (next(view))
            (aftermath::story(view.id, view.counts.created, view.counts.failed, &view.after))
            div.actions {
                @if view.after.to_mend > 0 {
                    a.button href={ "/admin/uploads/" (view.id.0) "/mend" } { "Mend the failed lines" }
                }
                @if view.lines_removed.is_none() {
                    a class=(if is_done && view.after.to_mend == 0 { "button" } else { "button quiet" }) href=(export) download { "Export Results" }
                }
                @if is_done && view.lines_removed.is_none() && view.counts.created > view.after.removed {
                    a.button.quiet href={ "/admin/cards?upload=" (view.id.0) } { "Sign-in cards" }
                }
                (aftermath::buttons(view.id, &view.after))
                @if !is_done {
                    noscript { a.button.quiet href={ "/admin/uploads/" (view.id.0) } { "Reload to see more" } }
                }
            }
        }
    }
}

fn count(label: &str, n: u32) -> Markup {
    html! { div { dt { (label) } dd { (number(n.into())) } } }
}

fn how_far(view: &ResultsView) -> String {
    let done = format!("{} of {}", number(view.counts.done().into()), number(view.total.into()));
    match (view.status, view.pace, &view.finished) {
        (UploadStatus::Scheduled, ..) if view.held_up.is_some() => "It is received.".to_owned(),
        (UploadStatus::InProgress, ..) if view.held_up.is_some() => done,
        (UploadStatus::Scheduled, ..) => {
            "It is received, and begins when the jobs before it are done.".to_owned()
        }
        (UploadStatus::InProgress, Some(pace), _) => {
            let rate = several(pace.per_second.into(), "account");
            format!("{done}, {rate} a second, about {} left", duration(pace.seconds_left))
        }
        (UploadStatus::InProgress, None, _) => done,
        (_, _, Some(finished)) => format!("Finished {finished}"),
        (_, _, None) => done,
    }
}

/// Why a job does not go on, and what to do.
fn waits(trouble: &Trouble) -> &'static str {
    match trouble {
        Trouble::NoRoom => {
            "It waits, because the disk of the server is full. Nothing is lost, and it goes on by itself once there is room: \
             make room on the server's disk, or tell whoever runs it to."
        }
        Trouble::Unavailable(_) => {
            "It waits, because the server has too little memory or met a fault of its own. Nothing is lost, and it goes on by \
             itself once that is mended: tell whoever runs the server."
        }
        _ => {
            "It waits, because the database cannot be written. Nothing is lost, and it goes on by itself once that is mended: \
             look whether the server's disk has room and is sound, or tell whoever runs it to."
        }
    }
}

/// What the figures mean, and what to do next.
fn next(view: &ResultsView) -> Markup {
    let Counts { created, skipped, failed } = view.counts;
    let to_mend = view.after.to_mend;
    let said = match view.status {
        UploadStatus::Scheduled | UploadStatus::InProgress | UploadStatus::Undone => return html! {},
        _ if view.after.undo.is_running() => return html! {},
        UploadStatus::Failed => match created.saturating_sub(view.after.removed) {
            0 => "There is no account of it.".to_owned(),
            left => format!("{} can be used.", several(left.into(), "account")),
        },
        UploadStatus::Succeeded if to_mend == 1 => {
            "1 line needs correcting: its message below says why. Mend it here, or download it and upload it again."
                .to_owned()
        }
        UploadStatus::Succeeded if to_mend > 0 => format!(
            "{} need correcting: the messages below say why. Mend them here, or download them and upload them again.",
            several(to_mend.into(), "line")
        ),
        UploadStatus::Succeeded if failed > 0 || view.lines_removed.is_some() => return html! {},
        UploadStatus::Succeeded if created == 0 => {
            "Nobody new: every line was skipped. The messages below say why.".to_owned()
        }
        UploadStatus::Succeeded if skipped > 0 => {
            "The new accounts are ready. Why others were skipped is said below.".to_owned()
        }
        UploadStatus::Succeeded => "All accounts are ready to use.".to_owned(),
    };
    html! { p.next { (said) } }
}

/// What stands where the lines were.
fn no_lines(day: &str) -> Markup {
    html! {
        h2 { "Records" }
        div.empty {
            p { strong { "Its lines were removed on " (day) "." } }
            p { "They were kept for as long as the settings say. The figures above stay, and so does every account." }
        }
    }
}

fn records(view: &ResultsView) -> Markup {
    html! {
        h2 { "Records" }
        (filters(view))
        @if view.rows.is_empty() {
            div.empty { p { strong { "No such records." } } p { "Choose another status above." } }
        } @else {
            (table("Records", &COLUMNS, &view.rows.iter().map(cells).collect::<Vec<_>>()))
            (pages(&view.pager, "the records"))
        }
    }
}

const COLUMNS: [Column; 6] = [
    Column("Line", Holds::Number),
    Column("Name", Holds::Subject),
    Column("Email", Holds::Login),
    Column("Username", Holds::Login),
    Column("Status", Holds::Short),
    Column("Message", Holds::Prose),
];

fn cells(row: &RecordRow) -> Vec<Markup> {
    vec![
        html! { (row.line) },
        if row.name.is_empty() {
            html! { span.soft { "no name" } }
        } else {
            name(&row.name)
        },
        if row.email.is_empty() { none() } else { email(&row.email) },
        row.username.as_deref().map_or_else(none, login),
        record_status(row.status),
        html! { (row.message) },
    ]
}

fn filters(view: &ResultsView) -> Markup {
    let Counts { created, skipped, failed } = view.counts;
    let pending = view.total.saturating_sub(view.counts.done());
    let address = format!("/admin/uploads/{}", view.id.0);
    let choices = [
        (RecordStatus::Created, created),
        (RecordStatus::Skipped, skipped),
        (RecordStatus::Failed, failed),
        (RecordStatus::Pending, pending),
    ];
    html! {
        nav.filters aria-label="Show records" {
            a href=(address) aria-current=[(view.only == Only::All).then_some("true")] { "All " span.soft { (number(view.total.into())) } }
            @for (status, n) in choices {
                @let only = Only::Status(status);
                @if n > 0 || view.only == only { (filter(view, &address, only, status.word(), n)) }
            }
            @if matches!(view.status, UploadStatus::Undone) || view.only == Only::Kept {
                (filter(view, &address, Only::Kept, KEPT, created.saturating_sub(view.after.removed)))
            }
        }
    }
}

fn filter(view: &ResultsView, address: &str, only: Only, word: &str, n: u32) -> Markup {
    html! {
        a href={ (address) "?status=" (word) } aria-current=[(view.only == only).then_some("true")] {
            (word) " " span.soft { (number(n.into())) }
        }
    }
}
