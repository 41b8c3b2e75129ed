//! A file that was handed in to be checked: what was understood of it, what is still asked, and what would become of
//! every line. Nothing is made before somebody says so here.

mod lines;
mod questions;

pub use lines::which;

use lines::{lines, namesakes};
use questions::ask;

use super::form::{Form, Problems, summary, title};
use super::shell::{Place, Shell, page, token};
use super::table::{Column as TableColumn, Holds, Pager, table};
use super::words::{kinds_word, login, name, number, people, several};
use crate::domain::roster::{Question, Understood};
use crate::domain::{DraftId, RecordStatus, UploadId, UserType};
use crate::store::draft::{PlanCounts, Planned};
use maud::{Markup, html};

/// A checked file.
#[derive(Debug)]
pub struct CheckView {
    /// Its number.
    pub id: DraftId,
    /// The file's own name.
    pub file_name: String,
    /// The school's name.
    pub school: String,
    /// What kind of people are in it.
    pub kind: UserType,
    /// The upload of this very file that was before, and when.
    pub before: Option<(UploadId, String)>,
    /// Which announcement this is: a form says which it was made by.
    pub revision: i64,
    /// What was understood; `None` if the file cannot be used.
    pub understood: Option<Understood>,
    /// Whether something was asked about it and answered.
    pub is_answered: bool,
    /// Whether cells that are missing at the end of a line are read as blank.
    pub short_rows_are_blank: bool,
    /// How far it got.
    pub stage: Stage,
    /// What is wrong with what was answered or asked for.
    pub problems: Problems,
}

/// How far a check got.
#[derive(Debug)]
pub enum Stage {
    /// The file cannot be used: a sentence.
    Unreadable(String),
    /// Something is asked first.
    Asked(Vec<Question>),
    /// Every line is foreseen.
    Foreseen(Box<Foreseen>),
}

/// What would become of every line.
#[derive(Debug, Default)]
pub struct Foreseen {
    /// How many would end how.
    pub counts: PlanCounts,
    /// What is different since it was last announced, and kept nothing from being made before.
    pub changed: Vec<(Planned, Planned)>,
    /// How many lines that are in all; [`Foreseen::changed`] has the first of them.
    pub changed_lines: usize,
    /// The lines where somebody of this name is there already: the first of them.
    pub namesakes: Vec<Planned>,
    /// The lines that are shown.
    pub rows: Vec<Planned>,
    /// Which lines those are.
    pub which: Option<RecordStatus>,
    /// The other pages.
    pub pager: Pager,
}

/// A file that waits.
#[derive(Clone, Debug)]
pub struct WaitingFile {
    /// Its number.
    pub id: DraftId,
    /// The file's own name.
    pub file_name: String,
    /// The school's name.
    pub school: String,
    /// What kind of people are in it.
    pub kind: UserType,
    /// When it was handed in.
    pub handed_in: String,
}

/// The files that wait for their administrator.
#[must_use]
pub fn checks(shell: &Shell, files: &[WaitingFile]) -> Markup {
    let columns = [
        TableColumn("File", Holds::Subject),
        TableColumn("Type", Holds::Text),
        TableColumn("School", Holds::Login),
        TableColumn("Handed in", Holds::Short),
    ];
    let cells = |file: &WaitingFile| {
        vec![
            html! { a href={ "/admin/checks/" (file.id.0) } { (name(&file.file_name)) } },
            html! { (kinds_word(file.kind)) },
            name(&file.school),
            html! { (file.handed_in) },
        ]
    };
    let body = html! {
        p.trail { a href="/admin/uploads/new" { "Bulk User Creation" } }
        h1 { "Files to check" }
        p.lead { "You handed them in to be checked. Nothing was made of them yet; after a day they are gone." }
        section.sheet {
            @if files.is_empty() {
                div.empty { h2 { "None" } p { "Choose “Check the file” in Bulk User Creation, and it waits here." } }
            } @else {
                (table("Files to check", &columns, &files.iter().map(cells).collect::<Vec<_>>()))
            }
        }
    };
    page(shell, Place::BulkUserCreation, "Files to check", &body)
}

/// One checked file.
#[must_use]
pub fn check(shell: &Shell, view: &CheckView) -> Markup {
    let form = Form::new("check", &view.problems);
    let heading = format!("Check of {}", view.file_name);
    let body = html! {
        (summary(&[form]))
        p.trail { a href="/admin/uploads/new" { "Bulk User Creation" } }
        h1 { "Check of " (name(&view.file_name)) }
        p.lead { (kinds_word(view.kind)) " for " (name(&view.school)) ". Nothing is made yet." }
        @if let Some((job, when)) = &view.before {
            (uploaded_before(*job, when, "Whoever has an email is skipped; whoever has none would get a second account."))
        }
        @match &view.stage {
            Stage::Unreadable(why) => {
                section.sheet { h2 { "This file cannot be used" } p { (why) } (discard(shell, view, "Take it away")) }
            }
            Stage::Asked(questions) => {
                section.sheet { (ask(shell, view, questions)) }
                (understood(shell, view))
            }
            Stage::Foreseen(foreseen) => {
                (outcome(shell, view, foreseen))
                (namesakes(shell, view, foreseen))
                (understood(shell, view))
                section.sheet #records { (lines(view, foreseen)) }
            }
        }
    };
    page(shell, Place::BulkUserCreation, &title(&heading, &[form]), &body)
}

/// Says that the very same file was uploaded before, and what that means.
pub(super) fn uploaded_before(job: UploadId, when: &str, then: &str) -> Markup {
    html! {
        div.notice {
            p {
                strong { "This very file was uploaded before: " }
                a href={ "/admin/uploads/" (job.0) } { "job " (job.0) } ", " (when) ". "
                (then)
            }
        }
    }
}

fn outcome(shell: &Shell, view: &CheckView, foreseen: &Foreseen) -> Markup {
    let PlanCounts { created, skipped, failed, .. } = foreseen.counts;
    let form = Form::new("check", &view.problems);
    html! {
        section.sheet #outcome {
            @if foreseen.changed.is_empty() { h2 { "What would happen" } }
            @else { (changed(&foreseen.changed, foreseen.changed_lines)) }
            dl.counts {
                div { dt { "Created" } dd { (number(created.into())) } }
                div { dt { "Skipped" } dd { (number(skipped.into())) } }
                div { dt { "Failed" } dd { (number(failed.into())) } }
            }
            p.next { (advice(foreseen.counts)) }
            (form.remarks("create", ""))
            div.actions {
                form method="post" action={ "/admin/checks/" (view.id.0) "/create" } {
                    (token(shell))
                    input type="hidden" name="revision" value=(view.revision);
                    button id=(form.field_id("create")) type="submit" aria-describedby=[form.described_by("create", false)] {
                        @if foreseen.changed.is_empty() { "Create these accounts" } @else { "Create them all the same" }
                    }
                }
                (discard(shell, view, "Make nothing"))
            }
        }
    }
}

fn changed(changed: &[(Planned, Planned)], lines: usize) -> Markup {
    html! {
        h2 { "The district has changed since the check" }
        p { "Nothing was made. " (several(lines as u64, "line")) " would end otherwise now:" }
        ul.notes.wide {
            @for (before, now) in changed {
                li {
                    "Line " (now.line) ", " (name(&full_name(now))) ": " (announced(before)) " before, now " (announced(now)) ". "
                    @if now.status != RecordStatus::Created { (now.message) }
                }
            }
        }
        @if lines > changed.len() { p { "And " (several((lines - changed.len()) as u64, "line")) " more." } }
    }
}

fn announced(planned: &Planned) -> Markup {
    html! {
        (planned.status.word())
        @if !planned.username.is_empty() { " as " (login(&planned.username)) }
    }
}

fn advice(counts: PlanCounts) -> String {
    let PlanCounts { created, failed, .. } = counts;
    match (created, failed) {
        (0, 0) => "Nobody new: every line would be skipped. The messages below say why.".to_owned(),
        (0, _) => "No account can be made of this file. The messages below say why.".to_owned(),
        (_, 0) => "Every line is good.".to_owned(),
        (_, 1) => "1 line cannot be used: its message below says why. Correct the file and hand it in again, or create the others now and mend this one afterwards."
            .to_owned(),
        (_, failed) => format!(
            "{} cannot be used: the messages below say why. Correct the file and hand it in again, or create the others now and mend these afterwards.",
            several(failed.into(), "line")
        ),
    }
}

fn discard(shell: &Shell, view: &CheckView, label: &str) -> Markup {
    html! {
        form method="post" action={ "/admin/checks/" (view.id.0) "/discard" } {
            (token(shell))
            button.button.quiet type="submit" { (label) }
        }
    }
}

fn understood(shell: &Shell, view: &CheckView) -> Markup {
    html! {
        @if let Some(understood) = &view.understood {
            section.sheet #understood {
                h2 { "What was understood" }
                p {
                    "The file is " (understood.format)
                    @if understood.people > 0 { ", with " (people(understood.people as u64, view.kind)) " in it" }
                    "."
                }
                @if !understood.columns.is_empty() && !matches!(view.stage, Stage::Asked(_)) {
                    ul.notes {
                        @for column in &understood.columns {
                            @if !column.text.is_empty() {
                                li {
                                    "Column “" (name(&column.text)) "”: "
                                    @match column.taken_for {
                                        Some(taken_for) => (taken_for.words()),
                                        None => span.soft { "left out" },
                                    }
                                }
                            }
                        }
                    }
                }
                @for remark in &understood.remarks { p { (remark) } }
                @if understood.blank_rows > 0 { p.soft { (several(understood.blank_rows as u64, "blank row")) " left out." } }
                (short_rows(shell, view, understood))
                @if view.is_answered {
                    form method="post" action={ "/admin/checks/" (view.id.0) "/answers" } {
                        (token(shell))
                        input type="hidden" name="again" value="yes";
                        div.actions { button.button.quiet type="submit" { "Ask me again" } }
                    }
                }
            }
        }
    }
}

fn short_rows(shell: &Shell, view: &CheckView, understood: &Understood) -> Markup {
    let n = understood.short_rows as u64;
    html! {
        @if n > 0 {
            form method="post" action={ "/admin/checks/" (view.id.0) "/answers" } {
                (token(shell))
                input type="hidden" name="short_rows" value=(if view.short_rows_are_blank { "refuse" } else { "blank" });
                p {
                    (several(n, "line")) @if n == 1 { " ends" } @else { " end" } " before the last column. "
                    @if view.short_rows_are_blank { "What is missing is read as blank." }
                    @else { "Excel writes lines so whose last cells are empty. If that is so here, what is missing can be read as blank." }
                }
                div.actions {
                    button.button.quiet type="submit" {
                        @if !view.short_rows_are_blank { "Read what is missing as blank" }
                        @else if n == 1 { "Refuse this line instead" }
                        @else { "Refuse these lines instead" }
                    }
                }
            }
        }
    }
}

fn full_name(line: &Planned) -> String {
    format!("{} {}", line.first_name, line.last_name).trim().to_owned()
}
