//! What a file leaves open, asked with some of its own names.

use super::{CheckView, discard};
use crate::domain::roster::{Column, EncodingOption, Question};
use crate::web::pages::form::Form;
use crate::web::pages::shell::Shell;
use crate::web::pages::words::name;
use maud::{Markup, html};

pub(super) fn ask(shell: &Shell, view: &CheckView, questions: &[Question]) -> Markup {
    let form = Form::new("check", &view.problems);
    let fields = html! {
        @for question in questions {
            @match question {
                Question::Encoding { options } => (encoding(form, options)),
                Question::Columns { headings, guess, samples } => (columns(form, headings, guess, samples)),
                Question::Sheet { names } => (sheet(form, names)),
            }
        }
        div.actions { (form.button("answers", "", "Go on")) }
    };
    html! {
        h2 { "Before anything is made" }
        p { "The file leaves something open. Nothing is guessed: please say." }
        (form.post(shell, &format!("/admin/checks/{}/answers", view.id.0), &fields))
        (discard(shell, view, "Make nothing"))
    }
}

fn encoding(form: Form<'_>, options: &[EncodingOption]) -> Markup {
    html! {
        fieldset.field {
            legend { "How do these names read right?" }
            p.hint { "If they read right in none of these ways, save the file as “CSV UTF-8 (Comma delimited)” and hand it in again." }
            div.choices.tall {
                @for (at, option) in options.iter().enumerate() {
                    @let id = if at == 0 { form.field_id("encoding") } else { form.field_id(&format!("encoding-{at}")) };
                    label.choice for=(id) {
                        input id=(id) type="radio" name="encoding" value=(option.encoding.label()) required checked[at == 0];
                        span {
                            @for (i, sample) in option.samples.iter().enumerate() { @if i > 0 { ", " } (name(sample)) }
                            small.soft { (option.encoding) }
                        }
                    }
                }
            }
        }
    }
}

fn columns(form: Form<'_>, headings: &[String], guess: &[Option<Column>], samples: &[Vec<String>]) -> Markup {
    html! {
        fieldset.field {
            legend { "Which column is which?" }
            p.hint { "Below each stands what is in the first lines; what may be a password is hidden." }
            (form.remarks("columns", ""))
            @for (at, heading) in headings.iter().enumerate() {
                @let chosen = guess.get(at).copied().flatten();
                @let id = if at == 0 { form.field_id("columns") } else { form.field_id(&format!("column-{at}")) };
                div.field {
                    label for=(id) { @if heading.is_empty() { "Column " (at + 1) } @else { "“" (name(heading)) "”" } }
                    p.hint {
                        @for (i, sample) in samples.iter().filter_map(|row| row.get(at)).filter(|cell| !cell.is_empty()).enumerate() {
                            @if i > 0 { ", " }
                            (name(sample))
                        }
                    }
                    select id=(id) name={ "column-" (at) } {
                        option value="-" selected[chosen.is_none()] { "means nothing here" }
                        @for column in Column::ALL {
                            option value=(column.heading()) selected[chosen == Some(column)] { (column.words()) }
                        }
                    }
                }
            }
        }
    }
}

fn sheet(form: Form<'_>, names: &[String]) -> Markup {
    let options: Vec<(&str, &str, &str)> =
        names.iter().map(|name| (name.as_str(), name.as_str(), "")).collect();
    form.radios("sheet", "Which sheet has the people?", &options, None)
}
