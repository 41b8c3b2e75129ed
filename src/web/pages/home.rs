//! A person's own page: who they are here, how they sign in, and what to do next.

use super::shell::{Face, Place, Shell, page, token};
use super::words::{email, kind_word, login, name, right_word};
use crate::domain::{Administers, UserType};
use maud::{Markup, html};

/// Who somebody is.
#[derive(Clone, Debug)]
pub struct HomeView {
    /// First and last name.
    pub name: String,
    /// What kind of person they are.
    pub kind: UserType,
    /// Their school's name.
    pub school: String,
    /// Their username.
    pub username: String,
    /// Their email, if they have one.
    pub email: Option<String>,
    /// What they administer besides, if anything.
    pub administers: Option<Administers>,
    /// The page of the Admin Account to which a link led before they logged in.
    pub wanted: Option<String>,
    /// Whether their password is still the one they were given.
    pub password_was_given: bool,
}

/// The page of a teacher, a student or a parent.
#[must_use]
pub fn home(shell: &Shell, view: &HomeView) -> Markup {
    let is_admin = shell.person.as_ref().is_some_and(|person| matches!(person.face, Face::Admin(_)));
    let body = html! {
        h1 { (name(&view.name)) }
        p.lead { (kind_word(view.kind)) " at " (name(&view.school)) }
        @if let (Some(right), false) = (view.administers, is_admin) { (office(shell, view, right)) }
        div.forms {
        section.sheet {
            h2 { @if view.kind == UserType::Student { "Your username" } @else { "How you log in" } }
            p.big-login { (login(&view.username)) }
            p { (how(view)) }
            @if let Some(address) = &view.email { p { "Your email: " (email(address)) } }
        }
        section.sheet {
            h2 { "What you can do here" }
            ul.todo {
                @if view.password_was_given {
                    li { a href="/account#password" { "Choose a password of your own" } span.soft { "Yours is still the one that you were given." } }
                } @else {
                    li { a href="/account#password" { "Change your password" } }
                }
                @if view.email.is_some() {
                    li { a href="/account#email" { "Change your email" } }
                } @else {
                    li { a href="/account#email" { "Add an email" } span.soft { "You do not need one. With it, you can log in by email too." } }
                }
            }
        }
        }
    };
    page(shell, Place::Home, &view.name, &body)
}

fn how(view: &HomeView) -> &'static str {
    match (view.kind, view.email.is_some()) {
        (UserType::Student, false) => "You need it, and your password, each time you log in.",
        (UserType::Student, true) => "You need it, or your email, and your password each time you log in.",
        (_, true) => "This is your username. With it, or with your email, and your password you log in.",
        (_, false) => "This is your username. With it and your password you log in.",
    }
}

fn office(shell: &Shell, view: &HomeView, right: Administers) -> Markup {
    html! {
        section.sheet.office {
            div {
                h2 { "You are a " (right_word(right)) }
                p {
                    "In the Admin Account you make and look after the accounts of "
                    @match right {
                        Administers::School => (name(&view.school)),
                        Administers::District => "every school of the district",
                    }
                    "."
                    @if view.wanted.is_some() { " The page that you opened is there: it comes when you switch." }
                }
            }
            form method="post" action="/switch" {
                (token(shell))
                input type="hidden" name="to" value="admin";
                @if let Some(next) = &view.wanted { input type="hidden" name="next" value=(next); }
                button type="submit" { "Switch to Admin Account" }
            }
        }
    }
}
