//! Setting the district up: the first page that anybody sees, and once only.

use super::form::{Form, Input, Kind, summary, title};
use super::https;
use super::shell::{Place, Shell, page};
use super::{Problems, words};
use crate::domain::SHORTEST_FOR_ADMINISTRATORS;
use maud::{Markup, html};

/// What was typed so far, and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub struct SetupView {
    /// The code that the server printed.
    pub code: String,
    /// The district's name.
    pub district: String,
    /// Its first school's name.
    pub school: String,
    /// The first administrator's first name.
    pub first_name: String,
    /// The first administrator's last name.
    pub last_name: String,
    /// The first administrator's email.
    pub email: String,
    /// The browser has warned of a certificate that Firstbell made itself.
    pub is_self_made: bool,
    /// What is wrong, by field.
    pub problems: Problems,
}

/// The form that sets the district up.
#[must_use]
pub fn setup(shell: &Shell, view: &SetupView) -> Markup {
    let form = Form::new("setup", &view.problems);
    let length =
        format!("At least {SHORTEST_FOR_ADMINISTRATORS} characters: three or four words that you remember.");
    let fields = html! {
            (form.input(&Input::new(Kind::Exact, "code", "Set-up code", &view.code)
                .hint("It stands in the window where Firstbell was started.")))
        fieldset.group {
            legend { "Your district" }
            (form.input(&Input::new(Kind::Text, "district", "Name of the district", &view.district).fill("organization")))
            (form.input(&Input::new(Kind::Text, "school", "Name of your school", &view.school)
                .hint("The first of its schools. You add the others when you are in.")))
        }
        fieldset.group {
            legend { "You" }
            p.hint { "You become its first District Administrator, with a teacher’s account at that school." }
            div.pair {
                (form.input(&Input::new(Kind::Text, "first_name", "First name", &view.first_name).fill("given-name")))
                (form.input(&Input::new(Kind::Text, "last_name", "Last name", &view.last_name).fill("family-name")))
            }
            (form.input(&Input::new(Kind::Email, "email", "Email", &view.email).fill("email")))
            (form.input(&Input::new(Kind::Password, "password", "Password", "").hint(&length)))
            (form.input(&Input::new(Kind::Password, "password_again", "Password again", "")))
        }
        div.actions { button type="submit" { "Set up the district" } }
    };
    let body = html! {
        (summary(&[form]))
        h1 { "Set up your district" }
        p.lead { "Two minutes, and you can make your first accounts." }
        @if view.is_self_made { section.sheet { h2 { "Is this your Firstbell?" } (https::self_made()) } }
        section.sheet { (form.post(shell, "/setup", &fields)) }
    };
    page(shell, Place::Door, &title("Set up your district", &[form]), &body)
}

/// What a visitor sees who comes to set up a district that is set up.
#[must_use]
pub fn already_set_up(shell: &Shell) -> Markup {
    let body = html! {
        h1 { "This district is set up already" }
        p.lead { (words::name(&shell.district)) " is at work; there is nothing left to do here." }
        div.actions { a.button href="/login" { "Go to the log-in page" } }
    };
    page(shell, Place::Door, "Set up already", &body)
}
