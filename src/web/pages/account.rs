//! Account Settings: one's own email and password; and the page that asks for a password of one's own.

use super::Problems;
use super::form::{Form, Input, Kind, summary, title};
use super::shell::{Place, Shell, page};
use super::words::{login, name};
use maud::{Markup, html};

/// One's own account, and what was typed into its forms.
#[derive(Clone, Debug)]
pub struct AccountView {
    /// First and last name.
    pub name: String,
    /// The username, which stays.
    pub username: String,
    /// The email as it stands, or as it was typed into a refused form.
    pub email: String,
    /// Whether the account may be without an email: a student's may.
    pub email_is_optional: bool,
    /// The fewest characters of a new password.
    pub shortest_password: usize,
    /// What is wrong with the form for the email.
    pub email_problems: Problems,
    /// What is wrong with the form for the password.
    pub password_problems: Problems,
}

/// Account Settings.
#[must_use]
pub fn account(shell: &Shell, view: &AccountView) -> Markup {
    let email = Form::new("email", &view.email_problems);
    let password = Form::new("password", &view.password_problems);
    let forms = [email, password];
    let body = html! {
        (summary(&forms))
        h1 { "Account Settings" }
        p.lead { (name(&view.name)) ", username " (login(&view.username)) ". The username stays the same for good." }
        div.forms {
            section.sheet {
                h2 { "Email" }
                p.soft {
                    @if view.email_is_optional { "You can log in with it instead of the username. You may leave it empty." }
                    @else { "You can log in with it instead of the username." }
                }
                (email.post(shell, "/account/email", &html! {
                    (email.input(&email_input(view)))
                    (email.input(&current("Your password, so that nobody else can do this")))
                    div.actions { button type="submit" { "Save the email" } }
                }))
            }
            section.sheet {
                h2 { "Password" }
                p.soft { "A new password logs you out everywhere else." }
                (password_form(shell, password, view, "Your password until now", "Save the password"))
            }
        }
    };
    page(shell, Place::Account, &title("Account Settings", &forms), &body)
}

/// Why somebody has to choose a password before they go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyChoose {
    /// Theirs was given to them, and others may have seen it.
    WasGiven,
    /// It is too short for one who opens everybody's account.
    TooShortForAdmin,
}

/// The page that asks for a password of one's own before anything else.
#[must_use]
pub fn choose_password(shell: &Shell, view: &AccountView, why: WhyChoose) -> Markup {
    let form = Form::new("password", &view.password_problems);
    let (heading, reason, current) = match why {
        WhyChoose::WasGiven => (
            "Choose your own password",
            "The one you were given was only to get you in; others may have seen it. Choose one that only you know.",
            "The password that you were given",
        ),
        WhyChoose::TooShortForAdmin => (
            "Choose a longer password",
            "The Admin Account opens everybody's account, so it needs a longer password than yours is now.",
            "Your password until now",
        ),
    };
    let body = html! {
        (summary(&[form]))
        h1 { (heading) }
        p.lead { (reason) }
        section.sheet { (password_form(shell, form, view, current, "Save the password and go on")) }
    };
    page(shell, Place::Door, &title(heading, &[form]), &body)
}

fn email_input(view: &AccountView) -> Input<'_> {
    let input = Input::new(Kind::Email, "email", "Email", &view.email).fill("email");
    if view.email_is_optional { input.optional() } else { input }
}

fn current(label: &str) -> Input<'_> {
    Input::new(Kind::Password, "current_password", label, "").fill("current-password")
}

fn password_form(shell: &Shell, form: Form<'_>, view: &AccountView, old: &str, submit: &str) -> Markup {
    let length = format!("At least {} characters. Any will do, spaces too.", view.shortest_password);
    form.post(
        shell,
        "/account/password",
        &html! {
            // For password managers, which else would not know whose password this is.
            input type="text" autocomplete="username" value=(view.username) readonly hidden;
            (form.input(&current(old)))
            (form.input(&Input::new(Kind::Password, "new_password", "New password", "").hint(&length)))
            div.actions { button type="submit" { (submit) } }
        },
    )
}
