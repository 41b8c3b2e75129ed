//! One member: who they are, where the account came from, and one form for each thing that can be changed.

use super::form::{Form, Input, Kind, summary, title};
use super::shell::{Place, Shell, page};
use super::words::{account_status, email, kind_word, login, name, none, right_word};
use super::{Problems, SchoolChoice};
use crate::domain::{AccountId, Administers, SchoolId, UploadId, UserType};
use maud::{Markup, html};

/// A member, and the forms as they stand.
#[derive(Clone, Debug)]
pub struct MemberView {
    /// Whose account it is.
    pub id: AccountId,
    /// First and last name.
    pub name: String,
    /// The username.
    pub username: String,
    /// The email, if there is one.
    pub email: Option<String>,
    /// What kind of person they are.
    pub kind: UserType,
    /// Their school.
    pub school: SchoolChoice,
    /// When the account was made.
    pub made: String,
    /// How it came to be.
    pub origin: Origin,
    /// Whether their password is still the one that was made for them.
    pub has_generated_password: bool,
    /// Whether the account is suspended.
    pub is_suspended: bool,
    /// What they administer, if anything.
    pub administers: Option<Administers>,
    /// The schools they can be moved to; empty for a school administrator, who has one.
    pub schools: Vec<SchoolChoice>,
    /// The rights that may be given here, `none` apart; empty where the right is not to be changed.
    pub rights: Vec<Administers>,
    /// Why nothing of them is to be changed here: a sentence in place of the forms.
    pub out_of_reach: Option<&'static str>,
    /// What was typed into the forms, and what is wrong with it.
    pub forms: MemberForms,
}

/// How an account came to be.
#[derive(Clone, Debug)]
pub enum Origin {
    /// From a line of an upload.
    Upload {
        /// Its Job ID.
        id: UploadId,
        /// The file's name.
        file_name: String,
        /// The line.
        line: u32,
    },
    /// From an upload for another school, before they came to this one.
    Elsewhere,
    /// With the district itself.
    SetUp,
}

/// What the forms show: what is, or what was typed into the one that was refused.
#[derive(Clone, Debug, Default)]
pub struct MemberForms {
    /// The first name.
    pub first_name: String,
    /// The last name.
    pub last_name: String,
    /// The email; empty for none.
    pub email: String,
    /// The chosen school.
    pub school_id: Option<SchoolId>,
    /// The chosen right.
    pub administers: Option<Administers>,
    /// What is wrong with the form for the name.
    pub name_problems: Problems,
    /// What is wrong with the form for the email.
    pub email_problems: Problems,
    /// What is wrong with the form for the password.
    pub password_problems: Problems,
    /// What is wrong with the form for the school.
    pub school_problems: Problems,
    /// What is wrong with the form for the right to administer.
    pub administers_problems: Problems,
    /// What is wrong with the form that suspends.
    pub suspension_problems: Problems,
}

/// The page of one member.
#[must_use]
pub fn member(shell: &Shell, view: &MemberView) -> Markup {
    let it = &view.forms;
    let forms = [
        Form::new("name", &it.name_problems),
        Form::new("email", &it.email_problems),
        Form::new("password", &it.password_problems),
        Form::new("school", &it.school_problems),
        Form::new("administers", &it.administers_problems),
        Form::new("suspension", &it.suspension_problems),
    ];
    let [of_name, of_email, of_password, of_school, of_right, of_suspension] = forms;
    let body = html! {
        @if view.out_of_reach.is_none() { (summary(&forms)) }
        p.trail { a href="/admin/members" { "Members" } }
        h1 { (name(&view.name)) }
        (facts(view))
        @if let Some(why) = view.out_of_reach { p { (why) } } @else {
            div.forms {
                (rename(shell, view, of_name))
                (change_email(shell, view, of_email))
                (new_password(shell, view, of_password))
                @if view.schools.len() > 1 { (move_school(shell, view, of_school)) }
                @if !view.rights.is_empty() { (administer(shell, view, of_right)) }
                (suspend(shell, view, of_suspension))
                (remove(view))
            }
        }
    };
    page(shell, Place::Members, &title(&view.name, &forms), &body)
}

fn facts(view: &MemberView) -> Markup {
    html! {
        section.sheet aria-label="About this member" {
            dl.facts {
                div { dt { "Type" } dd { (kind_word(view.kind)) @if let Some(right) = view.administers { ", " (right_word(right)) } } }
                div { dt { "School" } dd { (name(&view.school.name)) } }
                div { dt { "Username" } dd { (login(&view.username)) } }
                div { dt { "Email" } dd { @if let Some(address) = &view.email { (email(address)) } @else { (none()) } } }
                div { dt { "Account" } dd { (account_status(view.is_suspended)) } }
                div { dt { "Made" } dd { (view.made) } }
                div { dt { "From" } dd { (origin(&view.origin)) } }
            }
            @if !view.is_suspended && view.out_of_reach.is_none() {
                div.actions { a href={ "/admin/cards?member=" (view.id.0) } { "Sign-in card" } }
            }
        }
    }
}

fn origin(origin: &Origin) -> Markup {
    html! {
        @match origin {
            Origin::Upload { id, file_name, line } => {
                a href={ "/admin/uploads/" (id.0) } { "Job " (id.0) } ", line " (line) " of " (name(file_name))
            }
            Origin::Elsewhere => "Another school's upload",
            Origin::SetUp => "Setting up the district",
        }
    }
}

/// A sheet with one form: its heading, a sentence, what is in it and its button.
fn sheet(
    shell: &Shell,
    view: &MemberView,
    form: Form<'_>,
    heading: &str,
    about: &str,
    fields: &Markup,
) -> Markup {
    let action = format!("/admin/members/{}/{}", view.id.0, form.id);
    html! {
        section.sheet {
            h2 { (heading) }
            @if !about.is_empty() { p.soft { (about) } }
            (form.post(shell, &action, fields))
        }
    }
}

fn rename(shell: &Shell, view: &MemberView, form: Form<'_>) -> Markup {
    let fields = html! {
        div.pair {
            (form.input(&Input::new(Kind::Text, "first_name", "First name", &view.forms.first_name)))
            (form.input(&Input::new(Kind::Text, "last_name", "Last name", &view.forms.last_name)))
        }
        div.actions { button.quiet type="submit" { "Save the name" } }
    };
    sheet(shell, view, form, "Name", "The username stays as it is.", &fields)
}

fn change_email(shell: &Shell, view: &MemberView, form: Form<'_>) -> Markup {
    let input = Input::new(Kind::Email, "email", "Email", &view.forms.email);
    let (input, about) = if view.kind.needs_email() {
        (input, "They can log in with it instead of the username.")
    } else {
        (input.optional(), "They can log in with it instead of the username. A student needs none.")
    };
    let fields = html! {
        (form.input(&input))
        div.actions { button.quiet type="submit" { "Save the email" } }
    };
    sheet(shell, view, form, "Email", about, &fields)
}

fn new_password(shell: &Shell, view: &MemberView, form: Form<'_>) -> Markup {
    let input = Input::new(Kind::Password, "password", "New password", "")
        .optional()
        .hint("Leave it empty, and a good one is made and shown to you.");
    let fields = html! {
        // For password managers, which else would take the administrator's own name for this password's.
        input type="text" autocomplete="username" value=(view.username) readonly hidden;
        @if view.has_generated_password {
            p { "Theirs is still the one that was made for them. " a href={ "/admin/members/" (view.id.0) "/password" } { "Show it" } }
        }
        (form.input(&input))
        div.actions { button.quiet type="submit" { "Set a new password" } }
    };
    sheet(shell, view, form, "Password", "A new one logs them out everywhere.", &fields)
}

fn move_school(shell: &Shell, view: &MemberView, form: Form<'_>) -> Markup {
    let options: Vec<(String, &str)> =
        view.schools.iter().map(|school| (school.id.0.to_string(), school.name.as_str())).collect();
    let chosen = view.forms.school_id.unwrap_or(view.school.id).0.to_string();
    let fields = html! {
        (form.select("school_id", "School", "", &options, &chosen))
        div.actions { button.quiet type="submit" { "Move to this school" } }
    };
    let about = match view.administers {
        Some(Administers::School) => "A School Administrator who moves is one no more.",
        _ => "The account stays as it is, at the other school.",
    };
    sheet(shell, view, form, "School", about, &fields)
}

fn administer(shell: &Shell, view: &MemberView, form: Form<'_>) -> Markup {
    let mut options = vec![("none", "Nothing", "A teacher like any other.")];
    for right in &view.rights {
        options.push(match right {
            Administers::School => ("school", "Their school", "School Administrator."),
            Administers::District => ("district", "The whole district", "District Administrator."),
        });
    }
    let chosen = view.forms.administers.map_or("none", Administers::word);
    let fields = html! {
        (form.radios("administers", "What they look after", &options, Some(chosen)))
        div.actions { button.quiet type="submit" { "Save the right" } }
    };
    sheet(shell, view, form, "Administrator", "", &fields)
}

fn suspend(shell: &Shell, view: &MemberView, form: Form<'_>) -> Markup {
    let (heading, about, value, label) = if view.is_suspended {
        (
            "Reinstate",
            "They can log in again, with the same username and password.",
            "no",
            "Reinstate the account",
        )
    } else {
        (
            "Suspend",
            "They are logged out at once and cannot log in until you reinstate them. Nothing is lost.",
            "yes",
            "Suspend the account",
        )
    };
    let fields = html! {
        input type="hidden" name="suspended" value=(value);
        div.actions {
            (form.button("suspended", if view.is_suspended { "quiet" } else { "quiet danger" }, label))
        }
    };
    sheet(shell, view, form, heading, about, &fields)
}

fn remove(view: &MemberView) -> Markup {
    html! {
        section.sheet {
            h2 { "Remove" }
            p.soft { "Takes the account away for good, and the name and email wherever they stand. Whoever only leaves for a while is better suspended." }
            div.actions { a.button.quiet.danger href={ "/admin/members/" (view.id.0) "/remove" } { "Remove this account" } }
        }
    }
}

/// A new password that was made for a member, and is shown this once. It has no `Debug`: it must not be logged.
pub struct NewPasswordView<'a> {
    /// Whose it is.
    pub id: AccountId,
    /// First and last name.
    pub name: String,
    /// The username that goes with it.
    pub username: String,
    /// The password.
    pub password: &'a str,
    /// Whether they are asked for one of their own when they log in with it.
    pub must_choose: bool,
}

/// The page that shows a password that was just made, once.
#[must_use]
pub fn password_made(shell: &Shell, view: &NewPasswordView<'_>) -> Markup {
    let body = html! {
        p.trail { a href="/admin/members" { "Members" } }
        h1 { "How " (name(&view.name)) " logs in" }
        p.lead { "Print this page or write it down, and hand it on. It holds until they choose a password of their own." }
        section.sheet.slip aria-label="How to log in" {
            dl.facts {
                div { dt { "Username" } dd.big-login { (login(&view.username)) } }
                div { dt { "Password" } dd.big-login { (login(view.password)) } }
            }
            @if view.must_choose { p.soft { "At the first log-in with it, they are asked to choose their own." } }
        }
        div.actions { a.button href={ "/admin/members/" (view.id.0) } { "Back to the member" } }
    };
    page(shell, Place::Members, "A generated password", &body)
}
