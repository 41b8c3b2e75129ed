//! Bulk User Creation: the five steps, in the order in which they are taken, and Upload History below.

use super::form::{Form, summary, title};
use super::shell::{Place, Shell, page};
use super::uploads::{HistoryView, history};
use super::words::{duration, kinds_word, name, number, people};
use super::{Problems, SchoolChoice};
use crate::domain::roster::HEADER;
use crate::domain::{SchoolId, UploadId, UserType, WhoChooses};
use maud::{Markup, html};

/// What there is to choose, and what was chosen.
#[derive(Clone, Debug)]
pub struct NewUploadView {
    /// For which school.
    pub school: Schools,
    /// The most people in a file.
    pub rows_per_file: u32,
    /// The kind that was chosen, if the form comes back.
    pub kind: Option<UserType>,
    /// How long a file of that many people takes at most, in seconds, where that is worth saying.
    pub longest: Option<u64>,
    /// Who is to choose a password, if the form comes back; `None` for what is usual.
    pub who_chooses: Option<WhoChooses>,
    /// Whether students usually choose one in place of a generated one.
    pub students_choose: bool,
    /// What is wrong: fields `user_type`, `school_id`, `file`.
    pub problems: Problems,
    /// The files that were received just now.
    pub received: Vec<Received>,
    /// What was received before.
    pub history: HistoryView,
}

/// The schools that an administrator may upload for.
#[derive(Clone, Debug)]
pub enum Schools {
    /// A district administrator's: all of them, and the one that was chosen.
    Choose {
        /// All schools of the district.
        all: Vec<SchoolChoice>,
        /// The one that was chosen before, if any.
        chosen: Option<SchoolId>,
    },
    /// A school administrator's own.
    Own(String),
}

/// A file that was received just now.
#[derive(Clone, Debug)]
pub struct Received {
    /// Its Job ID.
    pub id: UploadId,
    /// The file's own name.
    pub file_name: String,
    /// How many people are in it.
    pub total: u32,
    /// What kind of people.
    pub kind: UserType,
    /// The school's name.
    pub school: String,
}

/// The page with the five steps.
#[must_use]
pub fn new_upload(shell: &Shell, view: &NewUploadView) -> Markup {
    let form = Form::new("upload", &view.problems);
    let body = html! {
        (received(&view.received))
        (summary(&[form]))
        h1 { "Bulk User Creation" }
        p.lead { "Accounts for all teachers, students or parents of a school, from one file." }
        section.sheet { (steps(shell, view, form)) }
        (history(&view.history, &html! { h2 { "Upload History" } }))
    };
    page(shell, Place::BulkUserCreation, &title("Bulk User Creation", &[form]), &body)
}

fn received(files: &[Received]) -> Markup {
    html! {
        @if !files.is_empty() {
            div.notice role="status" {
                @for file in files {
                    p {
                        strong { "We received " (name(&file.file_name)) "." }
                        " It is " a href={ "/admin/uploads/" (file.id.0) } { "job " (file.id.0) }
                        ": " (people(file.total.into(), file.kind)) " for " (name(&file.school)) "."
                    }
                }
                p { "The accounts are being made now. You may stay, or go on with something else: Upload History keeps the results." }
            }
        }
    }
}

fn steps(shell: &Shell, view: &NewUploadView, form: Form<'_>) -> Markup {
    html! {
        form id=(form.id) method="post" action="/admin/uploads" enctype="multipart/form-data" {
            (super::shell::token(shell))
            ol.steps role="list" {
                li { (step_sample()) }
                li { (step_fill_in(view.rows_per_file, view.longest)) }
                li { (step_type(view, form)) (who_chooses(view, form)) }
                li { (step_school(view, form)) }
                li { (step_file(form)) }
            }
        }
    }
}

fn step_sample() -> Markup {
    html! {
        h2 { "Download the sample" }
        p { a href="/admin/sample.csv" download { "sample.csv" } " opens in Excel, LibreOffice, Numbers or Google Sheets." }
    }
}

fn step_fill_in(rows_per_file: u32, longest: Option<u64>) -> Markup {
    html! {
        h2 { "Fill it in" }
        p { "Leave the first line as it is, and write one person a line, up to " (number(rows_per_file.into())) " in a file. Or take a file of your own with the same first line:" }
        p.header-row { code { @for (i, column) in HEADER.iter().enumerate() { @if i > 0 { "," wbr; } (column) } } }
        ul.notes {
            li { "Teachers and parents need an email. Students do not: the results give the username that they log in with." }
            li { "Everybody gets a username. It is made from the name, so the file has none." }
            li { "Where the password is empty, a good one is made." }
            @if let Some(seconds) = longest {
                li {
                    "With a password on every line, a file of " (number(rows_per_file.into())) " takes this server about "
                    (duration(seconds)) "; without any, under a minute. Both go on by themselves."
                }
            }
        }
    }
}

fn step_type(view: &NewUploadView, form: Form<'_>) -> Markup {
    let options = UserType::ALL.map(|kind| (kind.many(), kinds_word(kind), ""));
    form.radios("user_type", "Who is in the file?", &options, view.kind.map(UserType::many))
}

fn who_chooses(view: &NewUploadView, form: Form<'_>) -> Markup {
    let usual = if view.students_choose {
        "Whoever gets a generated password."
    } else {
        "Teachers and parents who get a generated password."
    };
    let options = [
        ("", "As usual", usual),
        ("yes", "Everybody", "With the password in the file, too."),
        ("no", "Nobody", "The passwords they are given stay good."),
    ];
    let chosen = view.who_chooses.and_then(WhoChooses::word).unwrap_or_default();
    form.radios(
        "choose_password",
        "Who chooses a password of their own at the first log-in?",
        &options,
        Some(chosen),
    )
}

fn step_school(view: &NewUploadView, form: Form<'_>) -> Markup {
    html! {
        @match &view.school {
            Schools::Own(school) => {
                h2 { "Your school" }
                p { "The accounts are made for " strong { (name(school)) } "." }
            }
            Schools::Choose { all, chosen } => {
                (form.select("school_id", "Which school?", "", &options(all), &chosen.map(|id| id.0.to_string()).unwrap_or_default()))
                p.soft { "Not in the list? " a href="/admin/schools" { "Add the school first" } "." }
            }
        }
    }
}

fn options(all: &[SchoolChoice]) -> Vec<(String, &str)> {
    let mut options = Vec::with_capacity(all.len() + 1);
    if all.len() > 1 {
        options.push((String::new(), "Choose a school"));
    }
    options.extend(all.iter().map(|school| (school.id.0.to_string(), school.name.as_str())));
    options
}

fn step_file(form: Form<'_>) -> Markup {
    html! {
        (form.files("file", "Choose the file", "A CSV or an Excel file. Several at once will do, if all are of this type and school."))
        div.actions {
            button type="submit" { "Submit" }
            button.button.quiet type="submit" name="then" value="check" { "Check the file" }
        }
        p.soft { "The check says what would become of every line, and makes nothing. " a href="/admin/checks" { "Files that were checked" } " wait for a day." }
    }
}
