//! Mending: the failed lines of a job as fields, each with the reason beside it.

use super::Problems;
use super::form::{Form, summary, title};
use super::shell::{Place, Shell, page};
use super::table::{Pager, pages};
use super::words::{name, several};
use crate::domain::{UploadId, UserType};
use maud::{Markup, html};

/// A page of the lines that can be mended.
#[derive(Clone, Debug)]
pub struct MendView {
    /// The job that they failed in.
    pub id: UploadId,
    /// The file's own name.
    pub file_name: String,
    /// What kind of people are in it.
    pub kind: UserType,
    /// How many lines can be mended, on all pages.
    pub total: u32,
    /// Those of this page.
    pub lines: Vec<MendLine>,
    /// The other pages.
    pub pager: Pager,
    /// Where this page's form goes: its own address, so that it comes back with the same lines if it is refused.
    pub address: String,
    /// What is wrong with the form as a whole: field `lines`.
    pub problems: Problems,
}

/// A line, as it came or as it was typed. There is never a password in it.
#[derive(Clone, Debug)]
pub struct MendLine {
    /// Its number in the file.
    pub line: u32,
    /// The first name.
    pub first_name: String,
    /// The last name.
    pub last_name: String,
    /// The email.
    pub email: String,
    /// Whether it is to be left out.
    pub is_left_out: bool,
    /// Why it failed.
    pub why: String,
}

/// The page on which failed lines are mended.
#[must_use]
pub fn mend(shell: &Shell, view: &MendView) -> Markup {
    let form = Form::new("mend", &view.problems);
    let results = format!("/admin/uploads/{}", view.id.0);
    let heading = format!("Mend job {}", view.id.0);
    let body = html! {
        (summary(&[form]))
        p.trail { a href="/admin/uploads/new" { "Bulk User Creation" } " / " a href=(results) { "Job " (view.id.0) } " / Mend" }
        h1 { (heading) }
        @if view.lines.is_empty() {
            p.lead { (name(&view.file_name)) }
            section.sheet {
                div.empty {
                    p { strong { "There is nothing to mend here." } }
                    p { "No line of this job failed, or the failed ones were taken up by other jobs." }
                    p { a.button.quiet href=(results) { "Back to the results" } }
                }
            }
        } @else {
            p.lead {
                (several(view.total.into(), "line")) " of " (name(&view.file_name))
                " got no account. "
                @if view.total == 1 { "Correct it here: it becomes a job of its own." }
                @else { "Correct them here: they become a job of their own." }
            }
            (lines(shell, view, form, &results))
        }
    };
    page(shell, Place::BulkUserCreation, &title(&heading, &[form]), &body)
}

fn lines(shell: &Shell, view: &MendView, form: Form<'_>, results: &str) -> Markup {
    let numbers: Vec<String> = view.lines.iter().map(|line| line.line.to_string()).collect();
    let email = if view.kind.needs_email() { "Email" } else { "Email (optional)" };
    let fields = html! {
        input type="hidden" name="lines" value=(numbers.join(","));
        p { "Passwords are kept nowhere, so none is shown: type one, of 8 characters at least, or leave the field empty and a good one is made." }
        @for line in &view.lines { (one_line(form, line, email)) }
        @if view.pager.previous.is_some() || view.pager.next.is_some() {
            p.soft { "Hand these lines in before you turn to another page: what is typed here does not go along." }
        }
        div.actions {
            (form.button("lines", "", if view.lines.len() == 1 { "Mend this line" } else { "Mend these lines" }))
            a href=(results) { "Back to the results" }
        }
    };
    html! {
        section.sheet {
            (form.post(shell, &view.address, &fields))
            (pages(&view.pager, "the lines to mend"))
        }
    }
}

fn one_line(form: Form<'_>, line: &MendLine, email_label: &str) -> Markup {
    let number = line.line;
    let why = format!("{}-why-{number}", form.id);
    let texts = [
        ("first_name", "First name", &line.first_name, Some("auto"), None),
        ("last_name", "Last name", &line.last_name, Some("auto"), None),
        ("email", email_label, &line.email, None, Some("email")),
    ];
    let id = |field: &str| format!("{}-{field}-{number}", form.id);
    let named = |field: &str| format!("{field}-{number}");
    html! {
        fieldset.mend aria-describedby=(why) {
            legend { "Line " (number) }
            p.problem id=(why) { (line.why) }
            @for (field, label, value, dir, mode) in texts {
                div.field {
                    label for=(id(field)) { (label) }
                    input id=(id(field)) name=(named(field)) type="text" value=(value) dir=[dir] inputmode=[mode]
                        autocomplete="off" autocapitalize=[mode.map(|_| "none")] spellcheck="false";
                }
            }
            div.field {
                label for=(id("password")) { "Password" }
                input id=(id("password")) name=(named("password")) type="password" autocomplete="new-password";
            }
            label.tick for=(id("leave_out")) {
                input id=(id("leave_out")) name=(named("leave_out")) type="checkbox" value="yes" checked[line.is_left_out];
                span { "Leave line " (number) " out" }
            }
        }
    }
}
