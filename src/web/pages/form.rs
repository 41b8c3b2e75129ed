//! Forms: labelled fields that come back with what was typed and what is wrong with it, and the summary on top.
//!
//! The id of a field is its form's id, a hyphen and its name, so that two forms of a page may have a field of the same
//! name. Passwords never come back: there is no way to hand one in.

use super::shell::{Shell, token};
use maud::{Markup, html};
use std::borrow::Cow;

/// What is wrong with a form that was sent: for each field, a sentence that says what to do.
#[derive(Clone, Debug, Default)]
pub struct Problems(Vec<Fault>);

/// One thing that is wrong.
#[derive(Clone, Debug)]
struct Fault {
    field: Cow<'static, str>,
    /// The line that the field belongs to, which the summary names.
    line: Option<u32>,
    sentence: String,
}

impl Problems {
    /// A form with one problem.
    pub fn of(field: &'static str, sentence: impl Into<String>) -> Problems {
        Problems::default().and(field, sentence)
    }

    /// The same form with one more problem.
    #[must_use]
    pub fn and(mut self, field: &'static str, sentence: impl Into<String>) -> Problems {
        self.add(field, sentence);
        self
    }

    /// Notes one more problem.
    pub fn add(&mut self, field: &'static str, sentence: impl Into<String>) {
        self.0.push(Fault { field: field.into(), line: None, sentence: sentence.into() });
    }

    /// Notes one more problem, with a field of a line.
    pub fn add_on_line(&mut self, line: u32, field: &str, sentence: impl Into<String>) {
        let field = field_on_line(field, line).into();
        self.0.push(Fault { field, line: Some(line), sentence: sentence.into() });
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn about(&self, field: &str) -> Vec<&str> {
        self.0.iter().filter(|fault| fault.field == field).map(|fault| fault.sentence.as_str()).collect()
    }

    /// Whether something is wrong with a field of a line.
    pub(super) fn is_about_lines(&self) -> bool {
        self.0.iter().any(|fault| fault.line.is_some())
    }
}

/// The name of a field that a form has for each of several lines.
#[must_use]
pub fn field_on_line(field: &str, line: u32) -> String {
    format!("{field}-{line}")
}

/// A form of the page: the prefix of its fields' ids, and what is wrong with it.
#[derive(Clone, Copy)]
pub(super) struct Form<'a> {
    /// The form's id, unique on its page.
    pub(super) id: &'a str,
    /// What is wrong with it.
    pub(super) problems: &'a Problems,
}

impl<'a> Form<'a> {
    pub(super) fn new(id: &'a str, problems: &'a Problems) -> Form<'a> {
        Form { id, problems }
    }

    /// The form itself, which posts to `action`.
    pub(super) fn post(self, shell: &Shell, action: &str, fields: &Markup) -> Markup {
        html! {
            form id=(self.id) method="post" action=(action) { (token(shell)) (fields) }
        }
    }

    pub(super) fn field_id(self, name: &str) -> String {
        format!("{}-{name}", self.id)
    }

    /// The ids that describe a field: its hint's, its problem's.
    pub(super) fn described_by(self, name: &str, has_hint: bool) -> Option<String> {
        let id = self.field_id(name);
        let has_problem = !self.problems.about(name).is_empty();
        match (has_hint, has_problem) {
            (true, true) => Some(format!("{id}-hint {id}-problem")),
            (true, false) => Some(format!("{id}-hint")),
            (false, true) => Some(format!("{id}-problem")),
            (false, false) => None,
        }
    }

    pub(super) fn invalid(self, name: &str) -> Option<&'static str> {
        (!self.problems.about(name).is_empty()).then_some("true")
    }

    /// The hint and the problem that belong to a field.
    pub(super) fn remarks(self, name: &str, hint: &str) -> Markup {
        let id = self.field_id(name);
        let problems = self.problems.about(name);
        html! {
            @if !hint.is_empty() { p.hint id={ (id) "-hint" } { (hint) } }
            @if !problems.is_empty() {
                div.problem id={ (id) "-problem" } { @for problem in problems { p { (problem) } } }
            }
        }
    }

    /// One line to type into.
    pub(super) fn input(self, input: &Input<'_>) -> Markup {
        let Input { name, label, hint, kind, value, autocomplete, is_optional } = *input;
        let id = self.field_id(name);
        let (typed, mode) = match kind {
            Kind::Text | Kind::Exact => ("text", None),
            // Not type="email": browsers refuse addresses there that are perfectly good.
            Kind::Email => ("text", Some("email")),
            Kind::Number => ("text", Some("numeric")),
            Kind::Password => ("password", None),
        };
        let is_prose = kind == Kind::Text;
        html! {
            div.field {
                label for=(id) { (label) @if is_optional { span.soft { " (optional)" } } }
                (self.remarks(name, hint))
                input id=(id) name=(name) type=(typed) value=[(kind != Kind::Password).then_some(value)]
                    inputmode=[mode] autocomplete=(autocomplete) required[!is_optional]
                    dir=[is_prose.then_some("auto")]
                    autocapitalize=[(!is_prose).then_some("none")] spellcheck="false"
                    aria-describedby=[self.described_by(name, !hint.is_empty())] aria-invalid=[self.invalid(name)];
            }
        }
    }

    /// A list to choose one from: pairs of value and label, and the value that is chosen.
    pub(super) fn select(
        self,
        name: &str,
        label: &str,
        hint: &str,
        options: &[(String, &str)],
        chosen: &str,
    ) -> Markup {
        let id = self.field_id(name);
        html! {
            div.field {
                label for=(id) { (label) }
                (self.remarks(name, hint))
                select id=(id) name=(name) required aria-describedby=[self.described_by(name, !hint.is_empty())]
                    aria-invalid=[self.invalid(name)] {
                    @for (value, label) in options { option value=(value) selected[value == chosen] { (label) } }
                }
            }
        }
    }

    /// A few choices side by side: triples of value, label and remark, and the value that is chosen.
    pub(super) fn radios(
        self,
        name: &str,
        legend: &str,
        options: &[(&str, &str, &str)],
        chosen: Option<&str>,
    ) -> Markup {
        let id = self.field_id(name);
        html! {
            fieldset.field aria-describedby=[self.described_by(name, false)] {
                legend { (legend) }
                (self.remarks(name, ""))
                div.choices {
                    @for (i, (value, label, remark)) in options.iter().enumerate() {
                        @let choice = if i == 0 { id.clone() } else { format!("{id}-{value}") };
                        label.choice for=(choice) {
                            input id=(choice) type="radio" name=(name) value=(value) required
                                checked[chosen == Some(*value)] aria-invalid=[self.invalid(name)];
                            span { (label) @if !remark.is_empty() { small.soft { (remark) } } }
                        }
                    }
                }
            }
        }
    }

    /// A box to tick.
    pub(super) fn checkbox(self, name: &str, label: &str, hint: &str, is_ticked: bool) -> Markup {
        let id = self.field_id(name);
        html! {
            div.field {
                label.tick for=(id) {
                    input id=(id) type="checkbox" name=(name) value="yes" checked[is_ticked]
                        aria-describedby=[self.described_by(name, !hint.is_empty())] aria-invalid=[self.invalid(name)];
                    span { (label) }
                }
                (self.remarks(name, hint))
            }
        }
    }

    /// The button of a form that has no other field: a problem about `name` stands beside it.
    pub(super) fn button(self, name: &str, class: &str, label: &str) -> Markup {
        html! {
            (self.remarks(name, ""))
            button id=(self.field_id(name)) class=(class) type="submit"
                aria-describedby=[self.described_by(name, false)] { (label) }
        }
    }

    /// Files to send: one or several.
    pub(super) fn files(self, name: &str, label: &str, hint: &str) -> Markup {
        let id = self.field_id(name);
        html! {
            div.field {
                label for=(id) { (label) }
                (self.remarks(name, hint))
                input id=(id) type="file" name=(name) multiple required accept=".csv,.tsv,.txt,.xlsx,.ods,text/csv"
                    aria-describedby=[self.described_by(name, !hint.is_empty())] aria-invalid=[self.invalid(name)];
            }
        }
    }
}

/// One line to type into.
pub(super) struct Input<'a> {
    /// The field's name, as the contract has it.
    pub(super) name: &'a str,
    /// What the person reads above it.
    pub(super) label: &'a str,
    /// A sentence that helps; empty for none.
    pub(super) hint: &'a str,
    /// What is typed.
    pub(super) kind: Kind,
    /// What was typed before; ignored for passwords.
    pub(super) value: &'a str,
    /// What a browser may fill in (HTML's `autocomplete`).
    pub(super) autocomplete: &'a str,
    /// Whether it may stay empty.
    pub(super) is_optional: bool,
}

impl<'a> Input<'a> {
    /// A field that has to be filled in, without a hint.
    pub(super) fn new(kind: Kind, name: &'a str, label: &'a str, value: &'a str) -> Input<'a> {
        let autocomplete = match kind {
            Kind::Password => "new-password",
            _ => "off",
        };
        Input { name, label, hint: "", kind, value, autocomplete, is_optional: false }
    }

    /// The same field with a sentence that helps.
    pub(super) fn hint(self, hint: &'a str) -> Input<'a> {
        Input { hint, ..self }
    }

    /// The same field, which a browser may fill in with this.
    pub(super) fn fill(self, autocomplete: &'a str) -> Input<'a> {
        Input { autocomplete, ..self }
    }

    /// The same field, which may stay empty.
    pub(super) fn optional(self) -> Input<'a> {
        Input { is_optional: true, ..self }
    }
}

/// What is typed into a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Words of a person's own, in any script.
    Text,
    /// A code, a username: characters, not words.
    Exact,
    /// An email address.
    Email,
    /// A whole number.
    Number,
    /// A password.
    Password,
}

/// The box on top of a page whose form was refused: every problem, each a link to its field. Empty if nothing is wrong.
pub(super) fn summary(forms: &[Form<'_>]) -> Markup {
    let problems: Vec<(String, &Fault)> = forms
        .iter()
        .flat_map(|form| form.problems.0.iter().map(|fault| (form.field_id(&fault.field), fault)))
        .collect();
    html! {
        @if !problems.is_empty() {
            div.summary role="alert" tabindex="-1" autofocus {
                h2 { @if problems.len() == 1 { "This needs another look" } @else { "These need another look" } }
                ul {
                    @for (id, fault) in problems {
                        li {
                            a href={ "#" (id) } {
                                @if let Some(line) = fault.line { "Line " (line) ": " }
                                (fault.sentence)
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The title of a page in the browser's tab: it begins with the problem, if there is one.
pub(super) fn title(plain: &str, forms: &[Form<'_>]) -> String {
    if forms.iter().all(|form| form.problems.is_empty()) {
        plain.to_owned()
    } else {
        format!("Problem: {plain}")
    }
}
