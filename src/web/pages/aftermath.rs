//! What comes after a job, as its results show it: failed lines that are mended, in jobs of their own, and undoing.

use super::words::{name, number, several};
use crate::domain::{UploadId, UploadStatus};
use crate::store::mend::Mending;
use maud::{Markup, html};

/// What came after a job, and what can still be done.
#[derive(Clone, Debug, Default)]
pub struct Aftermath {
    /// The job whose failed lines these are, corrected.
    pub mends: Option<UploadId>,
    /// The jobs that mend failed lines of this one.
    pub mended_in: Vec<Mending>,
    /// How many failed lines can be mended now.
    pub to_mend: u32,
    /// How many of the accounts were removed.
    pub removed: u32,
    /// How it stands with undoing.
    pub undo: Undo,
}

/// How it stands with undoing an upload.
#[derive(Clone, Debug, Default)]
pub enum Undo {
    /// It cannot be undone: its job is not done, or it has made nothing.
    #[default]
    No,
    /// It can be undone.
    Possible,
    /// It is being undone.
    Running,
    /// It is undone.
    Done {
        /// When somebody asked for it.
        when: String,
        /// Who did.
        by: Option<String>,
    },
}

impl Undo {
    /// Whether the page changes by itself.
    pub(super) fn is_running(&self) -> bool {
        matches!(self, Undo::Running)
    }
}

/// Sentences about it, below the figures. `made` is how many accounts the job made, `failed` how many lines failed.
pub(super) fn story(id: UploadId, made: u32, failed: u32, after: &Aftermath) -> Markup {
    html! {
        @for mending in &after.mended_in { (mended(mending, failed)) }
        @match &after.undo {
            Undo::No | Undo::Possible => {}
            Undo::Running => p.next { "It is being undone: " (number(after.removed.into())) " of " (several(made.into(), "account")) " removed so far." }
            Undo::Done { when, by } => (undone(id, made, after.removed, when, by.as_deref())),
        }
    }
}

fn mended(mending: &Mending, failed: u32) -> Markup {
    let Mending { id, status, total, made } = *mending;
    let link = html! { a href={ "/admin/uploads/" (id.0) } { "job " (id.0) } };
    let of = format!("{} of {}", number(made.into()), several(failed.into(), "failed line"));
    html! {
        p {
            @match (status, made) {
                (UploadStatus::Scheduled | UploadStatus::InProgress, _) => {
                    (several(total.into(), "failed line")) @if total == 1 { " is" } @else { " are" } " being mended in " (link) "."
                }
                (UploadStatus::Undone, _) => { "What was mended in " (link) " is undone." }
                (_, 0) => { (several(total.into(), "failed line")) " went to " (link) ", and got no account there either." }
                (_, 1) => { (of) " was mended in " (link) "." }
                _ => { (of) " were mended in " (link) "." }
            }
        }
    }
}

fn undone(id: UploadId, made: u32, removed: u32, when: &str, by: Option<&str>) -> Markup {
    let kept = made.saturating_sub(removed);
    html! {
        p.next {
            @if let Some(by) = by { (name(by)) " undid it on " } @else { "It was undone on " } (when) ". "
            (several(removed.into(), "account")) @if removed == 1 { " was" } @else { " were" } " removed. "
            @if kept == 0 { "None was in use." }
            @else {
                (number(kept.into())) @if kept == 1 { " was" } @else { " were" }
                " in use or changed, and stayed: "
                a href={ "/admin/uploads/" (id.0) "?status=kept" } { @if kept == 1 { "see which" } @else { "see who they are" } } "."
            }
        }
    }
}

/// What can be done now, beside the export: buttons.
pub(super) fn buttons(id: UploadId, after: &Aftermath) -> Markup {
    let address = format!("/admin/uploads/{}", id.0);
    html! {
        @if after.to_mend > 0 {
            a.button.quiet href={ (address) "/failed.csv" } download { "Download the failed lines" }
        }
        @if matches!(after.undo, Undo::Possible) {
            a.button.quiet.danger href={ (address) "/undo" } { "Undo this upload" }
        }
    }
}
