//! Before an upload is undone: what will happen, in figures, and the one button that does it.

use super::Problems;
use super::form::Form;
use super::shell::{Place, Shell, page};
use super::words::{name, number, several};
use crate::domain::UploadId;
use crate::store::undo::Fates;
use maud::{Markup, html};

/// An upload that somebody thinks of undoing.
#[derive(Clone, Debug)]
pub struct UndoView {
    /// Its Job ID.
    pub id: UploadId,
    /// The file's own name.
    pub file_name: String,
    /// The school's name.
    pub school: String,
    /// When it was received.
    pub received: String,
    /// What would happen to its accounts.
    pub fates: Fates,
    /// The jobs that mend lines of it.
    pub mended_in: Vec<UploadId>,
}

/// The page that asks whether an upload is to be undone.
#[must_use]
pub fn undo(shell: &Shell, view: &UndoView) -> Markup {
    let heading = format!("Undo job {}", view.id.0);
    let back = format!("/admin/uploads/{}", view.id.0);
    let body = html! {
        p.trail { a href="/admin/uploads/new" { "Bulk User Creation" } " / " a href=(back) { "Job " (view.id.0) } " / Undo" }
        h1 { (heading) }
        p.lead { (name(&view.file_name)) " for " (name(&view.school)) ", received " (view.received) "." }
        section.sheet {
            (removed(view))
            (kept(view.fates))
            (mended(view))
            @if view.fates.untouched == 0 {
                div.actions { a.button href=(back) { "Back to the results" } }
            } @else {
                (ask(shell, view, &back))
            }
        }
    };
    page(shell, Place::BulkUserCreation, &heading, &body)
}

fn removed(view: &UndoView) -> Markup {
    let n = view.fates.untouched;
    html! {
        @if n == 0 {
            h2 { "No account would be removed" }
            p { "Each account that this upload made is in use or was changed. To keep somebody out, suspend the account on the member’s page." }
        } @else {
            h2 { (several(n.into(), "account")) " will be removed" }
            p {
                "Nobody has logged in to " (them(n)) ", and nobody has changed " (them(n)) ". What was handed out for "
                (them(n)) " opens nothing any more. "
                @if n == 1 { "The username is never given again; the email can be used again." }
                @else { "The usernames are never given again; the emails can be used again." }
            }
        }
    }
}

fn them(n: u32) -> &'static str {
    if n == 1 { "it" } else { "them" }
}

fn kept(Fates { used, changed, .. }: Fates) -> Markup {
    let kept = used + changed;
    html! {
        @if kept > 0 {
            h2 { (several(kept.into(), "account")) @if kept == 1 { " stays" } @else { " stay" } }
            p {
                @if used > 0 { (number(used.into())) @if used == 1 { " is" } @else { " are" } " in use" }
                @if used > 0 && changed > 0 { ", and " }
                @if changed > 0 { (number(changed.into())) @if changed == 1 { " was" } @else { " were" } " changed since" }
                ". The results will name " (them(kept)) "."
            }
        }
    }
}

fn mended(view: &UndoView) -> Markup {
    html! {
        @if !view.mended_in.is_empty() {
            p {
                "Lines that were mended belong to jobs of their own, which stay: "
                @for (i, id) in view.mended_in.iter().enumerate() {
                    @if i > 0 { ", " }
                    a href={ "/admin/uploads/" (id.0) } { "job " (id.0) }
                }
                "."
            }
        }
    }
}

fn ask(shell: &Shell, view: &UndoView, back: &str) -> Markup {
    let problems = Problems::default();
    let form = Form::new("undo", &problems);
    let label = format!("Remove {}", several(view.fates.untouched.into(), "account"));
    form.post(
        shell,
        &format!("{back}/undo"),
        &html! {
            p.soft { "Whoever logs in before it is done keeps the account." }
            div.actions {
                (form.button("undo", "quiet danger", &label))
                a href=(back) { "Leave everything as it is" }
            }
        },
    )
}
