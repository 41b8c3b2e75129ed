//! Members: everybody an administrator looks after, found by name, username or email.

use super::SchoolChoice;
use super::shell::{Place, Shell, page};
use super::table::{Column, Holds, Pager, pages, table};
use super::words::{account_status, email, kind_word, kinds_word, login, name, none, number, right_word};
use crate::domain::{AccountId, Administers, SchoolId, UserType};
use maud::{Markup, html};

/// The list, as far as it was asked for.
#[derive(Clone, Debug)]
pub struct MembersView {
    /// What was searched for.
    pub q: String,
    /// The kind that was asked for, if one was.
    pub kind: Option<UserType>,
    /// The school that was asked for, if one was.
    pub school: Option<SchoolId>,
    /// The schools to filter by; empty for a school administrator, who has one.
    pub schools: Vec<SchoolChoice>,
    /// Whose members these are: the school's name, or the district's.
    pub whose: String,
    /// How many members there are in all, asked for or not.
    pub total: u64,
    /// How many match what was asked for.
    pub found: u64,
    /// Whether even more match, and are not among them.
    pub is_cut: bool,
    /// This page of them.
    pub rows: Vec<MemberRow>,
    /// The other pages.
    pub pager: Pager,
    /// The address of the sign-in cards of everybody whom the filters let through, if they are a school's.
    pub cards: Option<String>,
}

/// A line of the list.
#[derive(Clone, Debug)]
pub struct MemberRow {
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
    /// Their school's name.
    pub school: String,
    /// What they administer, if anything.
    pub administers: Option<Administers>,
    /// Whether the account is suspended.
    pub is_suspended: bool,
}

/// The list of members.
#[must_use]
pub fn members(shell: &Shell, view: &MembersView) -> Markup {
    let is_filtered = !view.q.is_empty() || view.kind.is_some() || view.school.is_some();
    let body = html! {
        h1 { "Members" }
        @if view.total > 0 { p.lead { (how_many(view.total)) " in " (name(&view.whose)) "." } }
        @if view.total > 0 || is_filtered { (search(view, is_filtered)) }
        section.sheet {
            @if view.rows.is_empty() { (nobody(is_filtered)) } @else {
                h2 { (caption(view, is_filtered)) }
                @if view.is_cut { p.soft { "These are some of them. Type more of the name to find somebody who is not here." } }
                (table("Members", &columns(view), &rows(view)))
                (cards(view))
                (pages(&view.pager, "the list of members"))
            }
        }
    };
    page(shell, Place::Members, "Members", &body)
}

fn how_many(n: u64) -> String {
    if n == 1 { "1 member".to_owned() } else { format!("{} members", number(n)) }
}

fn caption(view: &MembersView, is_filtered: bool) -> String {
    let more_than = if view.is_cut { "More than " } else { "" };
    if is_filtered { format!("{more_than}{} found", number(view.found)) } else { "Everybody".to_owned() }
}

fn search(view: &MembersView, is_filtered: bool) -> Markup {
    html! {
        form.search role="search" method="get" action="/admin/members" {
            div.field.grow {
                label for="q" { "Name, username or email" }
                input id="q" name="q" type="search" value=(view.q) autocomplete="off" spellcheck="false" dir="auto";
            }
            div.field {
                label for="type" { "Type" }
                select id="type" name="type" {
                    option value="" { "All types" }
                    @for kind in UserType::ALL {
                        option value=(kind.many()) selected[view.kind == Some(kind)] { (kinds_word(kind)) }
                    }
                }
            }
            @if !view.schools.is_empty() {
                div.field {
                    label for="school" { "School" }
                    select id="school" name="school" {
                        option value="" { "All schools" }
                        @for school in &view.schools {
                            option value=(school.id.0) selected[view.school == Some(school.id)] { (school.name) }
                        }
                    }
                }
            }
            div.field.actions {
                button.quiet type="submit" { "Search" }
                @if is_filtered { a href="/admin/members" { "Show everybody" } }
            }
        }
    }
}

fn nobody(is_filtered: bool) -> Markup {
    html! {
        div.empty {
            @if is_filtered {
                h2 { "Nobody found" }
                p { "Try a part of the name only, or look through all types and schools." }
                a.button.quiet href="/admin/members" { "Show everybody" }
            } @else {
                h2 { "Nobody here yet" }
                p { "Make the accounts of all teachers, students or parents of a school from one file." }
                a.button href="/admin/uploads/new" { "Go to Bulk User Creation" }
            }
        }
    }
}

/// The form that the ticks of the table belong to.
fn cards(view: &MembersView) -> Markup {
    html! {
        form #cards method="get" action="/admin/cards" {
            div.actions {
                button.quiet type="submit" { "Sign-in cards of those ticked" }
                @if let Some(address) = &view.cards { a href=(address) { "Sign-in cards of all " (number(view.found)) } }
            }
        }
    }
}

fn columns(view: &MembersView) -> Vec<Column> {
    let mut columns = vec![
        Column("Name", Holds::Subject),
        Column("Username", Holds::Login),
        Column("Email", Holds::Login),
        Column("Type", Holds::Text),
    ];
    if !view.schools.is_empty() {
        columns.push(Column("School", Holds::Login));
    }
    columns.extend([Column("Account", Holds::Short), Column("Card", Holds::Short)]);
    columns
}

fn rows(view: &MembersView) -> Vec<Vec<Markup>> {
    view.rows.iter().map(|row| cells(row, !view.schools.is_empty())).collect()
}

fn cells(row: &MemberRow, shows_school: bool) -> Vec<Markup> {
    let mut cells = vec![
        html! { a href={ "/admin/members/" (row.id.0) } { (name(&row.name)) } },
        login(&row.username),
        row.email.as_deref().map_or_else(none, email),
        html! {
            (kind_word(row.kind))
            @if let Some(right) = row.administers { small.soft { (right_word(right)) } }
        },
    ];
    if shows_school {
        cells.push(name(&row.school));
    }
    cells.extend([account_status(row.is_suspended), pick(row)]);
    cells
}

/// The tick that asks for somebody's sign-in card; who is suspended gets none.
fn pick(row: &MemberRow) -> Markup {
    let id = format!("pick-{}", row.id.0);
    html! {
        @if !row.is_suspended {
            label.pick for=(id) {
                input id=(id) type="checkbox" name="member" value=(row.id.0) form="cards";
                span.unseen { "Sign-in card of " (row.name) }
            }
        }
    }
}
