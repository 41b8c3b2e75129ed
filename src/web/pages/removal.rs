//! Before an account is removed: what goes, what stays, and the one button that does it.

use super::Problems;
use super::form::{Form, summary, title};
use super::shell::{Place, Shell, page};
use super::words::{kind_word, login, name, several};
use crate::domain::{AccountId, SNAPSHOT_WEEKS, UserType};
use maud::{Markup, html};

/// A member whom somebody thinks of removing.
#[derive(Clone, Debug)]
pub struct RemovalView {
    /// Whose account it is.
    pub id: AccountId,
    /// First and last name.
    pub name: String,
    /// The username.
    pub username: String,
    /// What kind of person they are.
    pub kind: UserType,
    /// The name of their school.
    pub school: String,
    /// For how many days the lines of uploads are kept.
    pub results_kept: u16,
    /// Why it cannot be done; `None` if it can.
    pub refusal: Option<String>,
}

/// The page that asks whether a member is to be removed.
#[must_use]
pub fn removal(shell: &Shell, view: &RemovalView) -> Markup {
    let back = format!("/admin/members/{}", view.id.0);
    let mut problems = Problems::default();
    if let Some(why) = &view.refusal {
        problems.add("remove", why.as_str());
    }
    let form = Form::new("removal", &problems);
    let body = html! {
        (summary(&[form]))
        p.trail { a href="/admin/members" { "Members" } " / " a href=(back) { (name(&view.name)) } " / Remove" }
        h1 { "Remove " (name(&view.name)) }
        p.lead { (kind_word(view.kind)) " of " (name(&view.school)) ", username " (login(&view.username)) "." }
        section.sheet {
            @if view.refusal.is_none() { (goes(view)) (stays(view)) }
            (ask(shell, view, form, &back))
        }
    };
    page(shell, Place::Members, &title("Remove an account", &[form]), &body)
}

fn goes(view: &RemovalView) -> Markup {
    html! {
        h2 { "What goes" }
        ul.notes {
            li { "The account: name, email, password. They are logged out at once, and nobody can log in to it again." }
            li { "Letters to them, also those that wait to be sent, and files of theirs that wait to be checked." }
            li { "Their name and email in the results of every upload: the line stays, and says that the account was removed." }
            li { "Their name in the audit log: what was done stays, with the number of the account." }
        }
        p { "Nobody can bring it back. To keep somebody out and everything as it is, " a href={ "/admin/members/" (view.id.0) } { "suspend the account" } " instead." }
    }
}

fn stays(view: &RemovalView) -> Markup {
    html! {
        h2 { "What stays" }
        ul.notes {
            li { "The accounts that they made, and their uploads, with the number of the account in place of the name." }
            li { "The letters of the username, without a number, so that it is never given to somebody else. The email can be used again." }
            li {
                "A line of a file that made no account and has another email or none: it cannot be told from somebody else’s of the same name. It goes with the results of its upload, after "
                (several(view.results_kept.into(), "day")) "."
            }
            li { "Snapshots that were written before, for up to " (SNAPSHOT_WEEKS) " weeks. If one of them is restored, the account is back, and has to be removed again." }
        }
    }
}

fn ask(shell: &Shell, view: &RemovalView, form: Form<'_>, back: &str) -> Markup {
    if view.refusal.is_some() {
        return html! {
            (form.remarks("remove", ""))
            div.actions { a.button #(form.field_id("remove")) href=(back) { "Back to the member" } }
        };
    }
    let fields = html! {
        div.actions {
            (form.button("remove", "quiet danger", "Remove this account for good"))
            a href=(back) { "Leave everything as it is" }
        }
    };
    form.post(shell, &format!("{back}/remove"), &fields)
}
