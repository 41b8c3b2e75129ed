//! Mending: the failed lines of a job as fields, each with the reason beside it.

use super::Problems;
use super::form::{Form, field_on_line, summary, title};
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
    /// What is wrong with fields of lines, or with the form as a whole: field `lines`.
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
    /// Whether a password was typed that has to be typed again.
    pub had_password: bool,
    /// Whether it is to be left out.
    pub is_left_out: bool,
    /// Why it failed; empty if it was judged anew since.
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
        @if form.problems.is_about_lines() {
            p { strong { "Nothing was handed in." } " Correct what is marked, or tick the box to leave a line out, and send the form again." }
        } @else {
            p { "Correct each line, or tick the box to leave it out: it stays here for later." }
        }
        @if view.lines.iter().any(|line| line.had_password) {
            p { strong { "Passwords have to be typed again:" } " they are kept nowhere. Where the field stays empty, one is made." }
        } @else {
            p { "Passwords are kept nowhere, so none is shown: type one, of 8 characters at least, or leave the field empty and a good one is made." }
        }
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
    let named = |field: &str| field_on_line(field, number);
    let why = form.field_id(&named("why"));
    let is_to_be_retyped = line.had_password && form.invalid(&named("password")).is_none();
    let again = if is_to_be_retyped { "Type it again, or one is made." } else { "" };
    let fields = [
        ("first_name", "First name", Some(&line.first_name), Some("auto"), None),
        ("last_name", "Last name", Some(&line.last_name), Some("auto"), None),
        ("email", email_label, Some(&line.email), None, Some("email")),
        ("password", "Password", None, None, None),
    ];
    let leave_out = named("leave_out");
    html! {
        fieldset.mend aria-describedby=[(!line.why.is_empty()).then_some(&why)] {
            legend { "Line " (number) }
            @if !line.why.is_empty() { p.problem id=(why) { (line.why) } }
            @for (field, label, value, dir, mode) in fields {
                @let name = named(field);
                @let hint = if value.is_none() { again } else { "" };
                div.field {
                    label for=(form.field_id(&name)) { (label) }
                    (form.remarks(&name, hint))
                    input id=(form.field_id(&name)) name=(name) type=(if value.is_some() { "text" } else { "password" })
                        value=[value] dir=[dir] inputmode=[mode]
                        autocomplete=(if value.is_some() { "off" } else { "new-password" })
                        autocapitalize=[mode.map(|_| "none")] spellcheck=[value.map(|_| "false")]
                        aria-describedby=[form.described_by(&name, !hint.is_empty())] aria-invalid=[form.invalid(&name)];
                }
            }
            label.tick for=(form.field_id(&leave_out)) {
                input id=(form.field_id(&leave_out)) name=(leave_out) type="checkbox" value="yes" checked[line.is_left_out];
                span { "Leave line " (number) " out" }
            }
        }
    }
}
