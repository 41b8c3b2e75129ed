//! The shell around every page: head, skip link, the bar with who is signed in, the side panel of *Management*, the
//! notice from the last action. Pages hand it their title, their place and their body.

use super::https;
use super::words::name;
use crate::domain::{Administers, UserType};
use maud::{DOCTYPE, Markup, html};

/// The address of the stylesheet.
pub const STYLES: &str = "/static/firstbell.css";
/// The address of the script.
pub const SCRIPT: &str = "/static/firstbell.js";
/// The address of the icon.
pub const ICON: &str = "/static/icon.svg";

/// What every page needs to know besides its own view.
#[derive(Clone, Debug)]
pub struct Shell {
    /// The district's name; empty before set-up, or when it cannot be read.
    pub district: String,
    /// Who is signed in; `None` at the door.
    pub person: Option<Person>,
    /// The token that every form of this page posts back.
    pub csrf: String,
    /// What the previous action did.
    pub notice: Option<Notice>,
    /// The page crosses a network without encryption.
    pub in_clear: bool,
}

/// Who is signed in.
#[derive(Clone, Debug)]
pub struct Person {
    /// First and last name.
    pub name: String,
    /// Which of their faces they show.
    pub face: Face,
    /// Whether they have another face to switch to.
    pub can_switch: bool,
}

/// The face that a person shows: their own, or the administrator's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// Their own account; a teacher's is called Teacher Account.
    Own(UserType),
    /// The Admin Account, for their school or for the district.
    Admin(Administers),
}

/// What the previous action did, said once on the page that follows.
#[derive(Clone, Debug)]
pub struct Notice {
    /// What happened: a sentence.
    pub what: String,
    /// What it means, or what to do next: a sentence, or empty.
    pub then: String,
}

/// Where a page stands in the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Before anybody is signed in: one narrow sheet.
    Door,
    /// The person's own page.
    Home,
    /// Account Settings.
    Account,
    /// Management: Members.
    Members,
    /// Management: Bulk User Creation, Upload History and results.
    BulkUserCreation,
    /// Management: Schools.
    Schools,
    /// Management: Mail.
    Mail,
    /// Management: Audit log.
    Audit,
    /// Management: Settings.
    Settings,
    /// Nowhere in particular: a problem.
    Elsewhere,
}

/// The side panel's lines: where, what it is called, its address, and whether it is for district administrators only.
const PANEL: [(Place, &str, &str, bool); 6] = [
    (Place::Members, "Members", "/admin/members", false),
    (Place::BulkUserCreation, "Bulk User Creation", "/admin/uploads/new", false),
    (Place::Schools, "Schools", "/admin/schools", true),
    (Place::Mail, "Mail", "/admin/mail", true),
    (Place::Audit, "Audit log", "/admin/audit", true),
    (Place::Settings, "Settings", "/admin/settings", true),
];

impl Place {
    fn is_in_management(self) -> bool {
        PANEL.iter().any(|(place, ..)| *place == self)
    }
}

/// A whole page. `title` goes to the browser's tab; `body` begins with the page's one `h1`.
pub(super) fn page(shell: &Shell, place: Place, title: &str, body: &Markup) -> Markup {
    let district = if shell.district.is_empty() { "Firstbell" } else { &shell.district };
    let panel = match &shell.person {
        Some(Person { face: Face::Admin(right), .. }) if place.is_in_management() => Some(*right),
        _ => None,
    };
    let frame = match (place, panel) {
        (Place::Door, _) => "frame narrow",
        (_, Some(_)) => "frame with-panel",
        _ => "frame",
    };
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · " (district) }
                link rel="stylesheet" href=(STYLES);
                link rel="icon" type="image/svg+xml" href=(ICON);
                script src=(SCRIPT) defer {}
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                header.bar {
                    div.bar-inner {
                        a.brand href="/" { (mark()) (name(district)) }
                        @if let Some(person) = &shell.person { (bar(shell, person, place)) }
                    }
                }
                div class=(frame) {
                    @if let Some(right) = panel { (side(place, right)) }
                    main #main tabindex="-1" {
                        @if shell.in_clear && place == Place::Door { (https::in_clear()) }
                        @if let Some(notice) = &shell.notice { (notice_box(notice)) }
                        (body)
                    }
                }
            }
        }
    }
}

fn bar(shell: &Shell, person: &Person, place: Place) -> Markup {
    let current = |is_here: bool| is_here.then_some("page");
    html! {
        nav.tabs aria-label="Main" {
            @match person.face {
                Face::Admin(_) => {
                    a href="/admin/members" aria-current=[place.is_in_management().then_some("true")] { "Management" }
                }
                Face::Own(_) => { a href="/home" aria-current=[current(place == Place::Home)] { "Home" } }
            }
            a href="/account" aria-current=[current(place == Place::Account)] { "Account Settings" }
        }
        div.who {
            p {
                span.unseen { "Signed in: " }
                strong { (name(&person.name)) }
                @if let Some(face) = face_word(person.face) { span.soft { (face) } }
            }
            @if person.can_switch { (switch(shell, person.face)) }
            form method="post" action="/logout" {
                (token(shell))
                button.plain type="submit" { "Log out" }
            }
        }
    }
}

fn face_word(face: Face) -> Option<&'static str> {
    match face {
        Face::Admin(_) => Some("Admin Account"),
        Face::Own(UserType::Teacher) => Some("Teacher Account"),
        Face::Own(_) => None,
    }
}

fn switch(shell: &Shell, face: Face) -> Markup {
    let (to, label) = match face {
        Face::Admin(_) => ("teacher", "Switch to Teacher Account"),
        Face::Own(_) => ("admin", "Switch to Admin Account"),
    };
    html! {
        form method="post" action="/switch" {
            (token(shell))
            input type="hidden" name="to" value=(to);
            button.plain type="submit" { (label) }
        }
    }
}

/// The hidden field that proves a form to be ours.
pub(super) fn token(shell: &Shell) -> Markup {
    html! { input type="hidden" name="csrf" value=(shell.csrf); }
}

fn side(here: Place, right: Administers) -> Markup {
    html! {
        nav.side aria-label="Management" {
            ul role="list" {
                @for (place, label, address, is_for_district) in PANEL {
                    @if !is_for_district || right == Administers::District {
                        li { a href=(address) aria-current=[(place == here).then_some("page")] { (label) } }
                    }
                }
            }
        }
    }
}

fn notice_box(notice: &Notice) -> Markup {
    html! {
        div.notice role="status" {
            p { strong { (notice.what) } @if !notice.then.is_empty() { " " (notice.then) } }
        }
    }
}

/// The bell, as the icon has it.
fn mark() -> Markup {
    html! {
        svg.mark viewBox="0 0 24 24" aria-hidden="true" focusable="false" {
            path fill="currentColor" d="M12 2a1.6 1.6 0 0 0-1.6 1.6v.5A6.4 6.4 0 0 0 5.6 10.3v4.2L4 17v1.5h16V17l-1.6-2.5v-4.2a6.4 6.4 0 0 0-4.8-6.2v-.5A1.6 1.6 0 0 0 12 2z" {}
            path fill="currentColor" d="M9.6 20a2.5 2.5 0 0 0 4.8 0z" {}
        }
    }
}
