//! Schools: those of the district, who is in each, a form to add one and one to rename each.

use super::Problems;
use super::form::{Form, Input, Kind, summary, title};
use super::shell::{Place, Shell, page};
use super::table::{Column, Holds, table};
use super::words::{name, number, several};
use crate::domain::SchoolId;
use maud::{Markup, html};

/// The schools of the district.
#[derive(Clone, Debug, Default)]
pub struct SchoolsView {
    /// All of them, in the order of their names.
    pub rows: Vec<SchoolRow>,
    /// The name that was typed for a new one.
    pub name: String,
    /// What is wrong with the form that adds one.
    pub problems: Problems,
    /// The school whose new name was refused.
    pub refused: Option<RefusedRename>,
}

/// A school and who is in it.
#[derive(Clone, Debug)]
pub struct SchoolRow {
    /// Its number.
    pub id: SchoolId,
    /// Its name.
    pub name: String,
    /// How many teachers it has.
    pub teachers: u64,
    /// How many students.
    pub students: u64,
    /// How many parents.
    pub parents: u64,
}

/// A new name for a school that was not taken.
#[derive(Clone, Debug)]
pub struct RefusedRename {
    /// Which school.
    pub id: SchoolId,
    /// What was typed.
    pub name: String,
    /// What is wrong with it: field `name`.
    pub problems: Problems,
}

/// The page of the schools.
#[must_use]
pub fn schools(shell: &Shell, view: &SchoolsView) -> Markup {
    let add = Form::new("add", &view.problems);
    let refused_id = view.refused.as_ref().map(|refused| rename_id(refused.id)).unwrap_or_default();
    let mut forms = vec![add];
    forms.extend(view.refused.as_ref().map(|refused| Form::new(&refused_id, &refused.problems)));
    let body = html! {
        (summary(&forms))
        h1 { "Schools" }
        p.lead { "Every account belongs to one of them." }
        section.sheet {
            h2 { "Add a school" }
            (add.post(shell, "/admin/schools", &html! {
                div.line {
                    (add.input(&Input::new(Kind::Text, "name", "Name of the school", &view.name)))
                    div.actions { button type="submit" { "Add the school" } }
                }
            }))
        }
        section.sheet { (list(shell, view)) }
    };
    page(shell, Place::Schools, &title("Schools", &forms), &body)
}

fn rename_id(id: SchoolId) -> String {
    format!("school-{}", id.0)
}

fn list(shell: &Shell, view: &SchoolsView) -> Markup {
    let columns = [
        Column("School", Holds::Subject),
        Column("Teachers", Holds::Number),
        Column("Students", Holds::Number),
        Column("Parents", Holds::Number),
        Column("Sign-in cards", Holds::Text),
        Column("Change", Holds::Text),
    ];
    let rows: Vec<Vec<Markup>> = view
        .rows
        .iter()
        .map(|row| {
            vec![
                html! { a href={ "/admin/members?school=" (row.id.0) } { (name(&row.name)) } },
                html! { (number(row.teachers)) },
                html! { (number(row.students)) },
                html! { (number(row.parents)) },
                cards(row),
                rename(shell, row, view.refused.as_ref().filter(|refused| refused.id == row.id)),
            ]
        })
        .collect();
    let total = view.rows.len().try_into().unwrap_or(u64::MAX);
    html! {
        h2 { (several(total, "school")) }
        (table("Schools", &columns, &rows))
    }
}

/// The way to the sign-in cards: a student's are the ones that are handed out; else everybody's.
fn cards(row: &SchoolRow) -> Markup {
    let (whose, kind) = match (row.students, row.teachers + row.parents) {
        (0, 0) => return html! {},
        (0, _) => ("Everybody", ""),
        _ => ("Students", "students"),
    };
    html! {
        a href={ "/admin/cards?school=" (row.id.0) "&type=" (kind) } {
            (whose) span.unseen { " of " (row.name) }
        }
    }
}

fn rename(shell: &Shell, row: &SchoolRow, refused: Option<&RefusedRename>) -> Markup {
    let nothing = Problems::default();
    let (typed, problems) =
        refused.map_or((&row.name, &nothing), |refused| (&refused.name, &refused.problems));
    let id = rename_id(row.id);
    let form = Form::new(&id, problems);
    let action = format!("/admin/schools/{}", row.id.0);
    html! {
        details open[refused.is_some()] {
            summary { "Rename" span.unseen { " " (row.name) } }
            (form.post(shell, &action, &html! {
                (form.input(&Input::new(Kind::Text, "name", "New name", typed)))
                div.actions { button.quiet type="submit" { "Save the name" } }
            }))
        }
    }
}
