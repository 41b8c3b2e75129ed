//! *Forgot your password?*: asking for a link, and choosing a password by one.

use super::form::{Form, Input, Kind, summary, title};
use super::shell::{Place, Shell, page};
use super::{Notice, Problems};
use maud::{Markup, html};

/// The page that asks for a link.
#[derive(Clone, Debug, Default)]
pub struct ForgottenView {
    /// Whether letters can go out and links can be made: without that the page sends people to a person.
    pub can_be_sent: bool,
    /// Whether a link was asked for just now.
    pub was_asked: bool,
}

/// The page that a link leads to.
#[derive(Clone, Debug, Default)]
pub struct ByLinkView {
    /// The secret of the link, which the form sends back.
    pub link: String,
    /// The fewest characters that the password may have.
    pub shortest_password: usize,
    /// What is wrong, by field: `new_password`.
    pub problems: Problems,
}

/// Asking for a link.
#[must_use]
pub fn forgotten(shell: &Shell, view: &ForgottenView) -> Markup {
    let problems = Problems::default();
    let form = Form::new("forgotten", &problems);
    let notice = view.was_asked.then(|| Notice {
        what: "Look into your email.".to_owned(),
        then: "If there is an account with an email under this name, a letter with a link is on its way. It holds for half an hour."
            .to_owned(),
    });
    let shell = Shell { notice, ..shell.clone() };
    let fields = html! {
        (form.input(&Input::new(Kind::Exact, "login", "Username or email", "").fill("username")))
        div.actions { button.wide type="submit" { "Send me a link" } }
    };
    let body = html! {
        p.trail { a href="/login" { "Log in" } }
        h1 { "Forgot your password?" }
        @if view.can_be_sent {
            p.lead { "If your account has an email, we send a link to it by which you choose a new password." }
            section.sheet { (form.post(&shell, "/forgot", &fields)) }
            (ask_a_person("No email? "))
        } @else {
            (ask_a_person(""))
        }
    };
    page(&shell, Place::Door, "Forgot your password?", &body)
}

/// Whom to ask where no letter helps.
fn ask_a_person(first: &str) -> Markup {
    html! {
        p.soft {
            (first) "Students ask their teacher. Teachers and parents ask the administrator of their school, who can give \
            them a new password."
        }
    }
}

/// Choosing a password by a link.
#[must_use]
pub fn by_link(shell: &Shell, view: &ByLinkView) -> Markup {
    let form = Form::new("password", &view.problems);
    let length = format!("At least {} characters. Any will do, spaces too.", view.shortest_password);
    let fields = html! {
        input type="hidden" name="link" value=(view.link);
        (form.input(&Input::new(Kind::Password, "new_password", "New password", "").hint(&length)))
        div.actions { button.wide type="submit" { "Save the password" } }
    };
    let body = html! {
        (summary(&[form]))
        h1 { "Choose a new password" }
        p.lead { "It is the only one that works from then on, and you are logged out everywhere." }
        section.sheet { (form.post(shell, "/new-password", &fields)) }
    };
    page(shell, Place::Door, &title("Choose a new password", &[form]), &body)
}

/// What a link leads to that does not hold.
#[must_use]
pub fn link_gone(shell: &Shell) -> Markup {
    let body = html! {
        h1 { "This link does not work any more" }
        p.lead { "A link works once and for half an hour, and only the newest one does." }
        p { a.button href="/forgot" { "Ask for another link" } }
    };
    page(shell, Place::Door, "This link does not work any more", &body)
}
