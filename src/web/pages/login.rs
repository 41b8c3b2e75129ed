//! The door for everybody: username or email, and the password.

use super::Problems;
use super::form::{Form, Input, Kind, summary, title};
use super::shell::{Place, Shell, page};
use super::words::duration;
use maud::{Markup, html};

/// What was typed, and why it was refused.
#[derive(Clone, Debug, Default)]
pub struct LoginView {
    /// The username or email that was typed.
    pub login: String,
    /// Why nobody was let in; `None` on the first visit.
    pub refusal: Option<LoginRefusal>,
}

/// Why nobody was let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginRefusal {
    /// Name or password is wrong, or the account is suspended: the same words for all three.
    Wrong,
    /// Too many wrong passwords for this name.
    TooManyTries {
        /// How long to wait.
        seconds: u64,
    },
}

/// The log-in page.
#[must_use]
pub fn login(shell: &Shell, view: &LoginView) -> Markup {
    let problems = match view.refusal {
        None => Problems::default(),
        Some(LoginRefusal::Wrong) => Problems::of(
            "login",
            "This name and this password do not open an account. Check both, and try again.",
        ),
        Some(LoginRefusal::TooManyTries { seconds }) => Problems::of(
            "login",
            format!("Too many tries with this name. Wait {}, then try again.", duration(seconds)),
        ),
    };
    let form = Form::new("enter", &problems);
    let fields = html! {
        (form.input(&Input::new(Kind::Exact, "login", "Username or email", &view.login).fill("username")))
        (form.input(&Input::new(Kind::Password, "password", "Password", "").fill("current-password")))
        div.actions { button.wide type="submit" { "Log in" } }
    };
    let body = html! {
        (summary(&[form]))
        h1 { "Log in" }
        section.sheet { (form.post(shell, "/login", &fields)) }
        p.soft {
            a href="/forgot" { "Forgot your password?" } " Students can ask their teacher, too; teachers and parents the \
            administrator of their school."
        }
    };
    page(shell, Place::Door, &title("Log in", &[form]), &body)
}
