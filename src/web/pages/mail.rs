//! Mail: every letter and where it stands, and one letter as it reads.
//!
//! While a letter's turn has come, the script fetches its page again, as it does for a running job.

use super::shell::{Place, Shell, page, token};
use super::table::{Column, Holds, Pager, pages, table};
use super::words::{email, letter_status, name, number, several};
use crate::domain::{LetterId, LetterKind, LetterStatus};
use maud::{Markup, html};

/// A page of the letters.
#[derive(Clone, Debug, Default)]
pub struct MailView {
    /// The letters: those that failed, those that wait, those that were taken.
    pub rows: Vec<LetterRow>,
    /// The other pages.
    pub pager: Pager,
    /// Whether there is a mail server: without one they wait.
    pub has_server: bool,
    /// How many wait.
    pub queued: u32,
    /// How many were given up.
    pub failed: u32,
}

/// A letter in the list.
#[derive(Clone, Debug)]
pub struct LetterRow {
    /// Its number.
    pub id: LetterId,
    /// What it is for.
    pub kind: LetterKind,
    /// The name of whoever gets it.
    pub to_name: String,
    /// The email it goes to.
    pub to_email: String,
    /// The Job ID that it is about, if it is about one.
    pub job: Option<i64>,
    /// Where it stands.
    pub status: LetterStatus,
    /// When it was written.
    pub written: String,
    /// How often it was tried.
    pub tries: u32,
    /// The mail server's last words, or why there were none.
    pub answer: String,
    /// When it is tried next; empty if it is not, or there is no mail server.
    pub next_try: String,
    /// When it was taken or given up; empty if it waits.
    pub ended: String,
    /// Whether it can be tried now.
    pub can_be_sent: bool,
}

/// One letter.
#[derive(Clone, Debug)]
pub struct LetterView {
    /// Where it stands.
    pub row: LetterRow,
    /// Its subject.
    pub subject: String,
    /// What it says, as plain text; a sentence why, if it cannot be read.
    pub text: Result<String, String>,
    /// Whether its turn has come, so that the page is worth looking at again.
    pub is_under_way: bool,
    /// Whether there is a mail server.
    pub has_server: bool,
}

/// The letters.
#[must_use]
pub fn mail(shell: &Shell, view: &MailView) -> Markup {
    let columns = [
        Column("To", Holds::Login),
        Column("Letter", Holds::Subject),
        Column("Status", Holds::Short),
        Column("Tries", Holds::Number),
        Column("Last answer", Holds::Prose),
        Column("Try again", Holds::Short),
    ];
    let rows: Vec<Vec<Markup>> = view.rows.iter().map(|row| cells(shell, row)).collect();
    let body = html! {
        h1 { "Mail" }
        p.lead { "Every letter that Firstbell writes, and whether it arrived." }
        @if !view.has_server { (no_server(view.queued)) }
        @else if view.failed > 0 {
            p.problem { (several(view.failed.into(), "letter")) " could not be delivered. The last answer says why." }
        }
        section.sheet {
            @if rows.is_empty() {
                div.empty { h2 { "No letter yet" } p { "The first one is written when a file is uploaded." } }
            } @else {
                (table("Letters", &columns, &rows))
                (pages(&view.pager, "the letters"))
            }
        }
    };
    page(shell, Place::Mail, "Mail", &body)
}

/// One letter.
#[must_use]
pub fn letter(shell: &Shell, view: &LetterView) -> Markup {
    let row = &view.row;
    let live = if view.is_under_way { "now" } else { "done" };
    let body = html! {
        p.trail { a href="/admin/mail" { "Mail" } }
        h1 { (name(&view.subject)) }
        p.lead { "To " (name(&row.to_name)) ", " (email(&row.to_email)) ", written " (row.written) "." }
        @if !view.has_server && row.status == LetterStatus::Queued { (no_server(1)) }
        section.sheet #progress data-live=(live) aria-labelledby="progress-heading" {
            div.state {
                h2.state-word #progress-heading { span.unseen { "Status: " } (letter_status(row.status)) }
                p.soft { (how_it_stands(view)) }
            }
            @if !row.answer.is_empty() {
                p { @if is_from_server(&row.answer) { strong { "The mail server: " } } bdi { (row.answer) } }
            }
            @if row.can_be_sent { div.actions { (send_now(shell, row.id)) } }
        }
        section.sheet #records {
            h2 { "What it says" }
            @match &view.text {
                Ok(text) => pre.letter dir="auto" { (text) },
                Err(why) => p { (why) },
            }
        }
        p.unseen #said role="status" {}
    };
    page(shell, Place::Mail, &view.subject, &body)
}

fn no_server(waiting: u32) -> Markup {
    html! {
        div.notice {
            p {
                strong { "There is no mail server yet" }
                @if waiting == 1 { ", so the letter waits. " }
                @else if waiting > 1 { ", so " (number(waiting.into())) " letters wait. " }
                @else { ". Letters will wait here until there is one. " }
                a href="/admin/settings#mail-server" { "Name one in Settings" }
                ": they go out then."
            }
        }
    }
}

fn how_it_stands(view: &LetterView) -> String {
    let row = &view.row;
    let tries = match row.tries {
        0 => String::new(),
        1 => ", at the first try".to_owned(),
        more => format!(", after {more} tries"),
    };
    match row.status {
        LetterStatus::Sent => format!("The mail server took it {}{tries}.", row.ended),
        LetterStatus::Failed => format!("It was given up {}{tries}.", row.ended),
        LetterStatus::Queued if view.is_under_way => "It is being sent.".to_owned(),
        LetterStatus::Queued if row.next_try.is_empty() => "It waits.".to_owned(),
        LetterStatus::Queued => {
            format!("It was not taken{tries}. The next try is {}.", row.next_try)
        }
    }
}

/// Whether these are the mail server's own words: they begin with its code (RFC 5321, 4.2). All others are Firstbell's.
fn is_from_server(answer: &str) -> bool {
    let code = answer.split(' ').next().unwrap_or_default();
    code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit())
}

fn cells(shell: &Shell, row: &LetterRow) -> Vec<Markup> {
    vec![
        html! { (name(&row.to_name)) small.soft { (email(&row.to_email)) } },
        html! {
            a href={ "/admin/mail/" (row.id.0) } { (kind_words(row.kind)) @if let Some(job) = row.job { ", job " (job) } }
            small.soft { (row.written) }
        },
        letter_status(row.status),
        html! { (row.tries) },
        html! {
            @if !row.answer.is_empty() { bdi { (row.answer) } }
            @if !row.next_try.is_empty() { small.soft { "Next try " (row.next_try) } }
            @if row.answer.is_empty() && row.next_try.is_empty() { span.soft { "not tried yet" } }
        },
        html! { @if row.can_be_sent { (send_now(shell, row.id)) } },
    ]
}

fn send_now(shell: &Shell, id: LetterId) -> Markup {
    html! {
        form method="post" action={ "/admin/mail/" (id.0) "/send" } {
            (token(shell))
            button.button.quiet type="submit" { "Send now" }
        }
    }
}

fn kind_words(kind: LetterKind) -> &'static str {
    match kind {
        LetterKind::Received => "File received",
        LetterKind::Report => "Report",
        LetterKind::NewPassword => "New password",
        LetterKind::EmailChanged => "Email changed",
        LetterKind::Administrator => "Made an administrator",
        LetterKind::ForgotPassword => "Forgotten password",
        LetterKind::Test => "Test letter",
    }
}
