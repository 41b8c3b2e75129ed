//! Settings: what a district decides for itself.

use super::Problems;
use super::form::{Form, Input, Kind, summary, title};
use super::shell::{Place, Shell, page};
use maud::{Markup, html};

/// The settings, as they are or as they were typed.
#[derive(Clone, Debug)]
pub struct SettingsView {
    /// The district's name.
    pub district: String,
    /// Its time zone, an IANA name.
    pub time_zone: String,
    /// The time zones to choose from.
    pub time_zones: Vec<String>,
    /// The most people in a file, as typed.
    pub rows_per_file: String,
    /// Whether students too are asked for a password of their own.
    pub students_choose: bool,
    /// Where browsers find Firstbell; empty if nobody has said so.
    pub address: String,
    /// What is wrong, by field: `district`, `time_zone`, `rows_per_file`, `students_choose`, `address`.
    pub problems: Problems,
}

/// The settings.
#[must_use]
pub fn settings(shell: &Shell, view: &SettingsView) -> Markup {
    let form = Form::new("settings", &view.problems);
    let zones: Vec<(String, &str)> =
        view.time_zones.iter().map(|zone| (zone.clone(), zone.as_str())).collect();
    let fields = html! {
        (form.input(&Input::new(Kind::Text, "district", "Name of the district", &view.district)
            .hint("It stands on top of every page.")))
        (form.select("time_zone", "Time zone", "Every date and time is shown in it.", &zones, &view.time_zone))
        (form.input(&Input::new(Kind::Number, "rows_per_file", "Most people in one file", &view.rows_per_file)
            .hint("1,000 at first. A higher number lets a whole district come in one file.")))
        (form.input(&Input::new(Kind::Exact, "address", "Address of Firstbell", &view.address).optional()
            .hint("Where people's browsers find it, such as https://accounts.springfield.example. Links in letters and on sign-in cards begin with it.")))
        (form.checkbox("students_choose", "Students choose their own password at the first log-in",
            "Where a password is made for them from now on, and the upload says nothing else. Teachers and parents always do; leave it off for the youngest.", view.students_choose))
        div.actions { button type="submit" { "Save the settings" } }
    };
    let body = html! {
        (summary(&[form]))
        h1 { "Settings" }
        p.lead { "They hold for the whole district, from the next page on." }
        section.sheet { (form.post(shell, "/admin/settings", &fields)) }
    };
    page(shell, Place::Settings, &title("Settings", &[form]), &body)
}
