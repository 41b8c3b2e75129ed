//! Settings: what a district decides for itself.

use super::Problems;
use super::backup::{BackupView, backup};
use super::form::{Form, Input, Kind, summary, title};
use super::https::{self, HttpsView};
use super::shell::{Place, Shell, page, token};
use crate::domain::SNAPSHOT_WEEKS;
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
    /// How long things are kept.
    pub kept: KeptView,
    /// The mail server.
    pub mail: MailServerView,
    /// Backups.
    pub backup: BackupView,
    /// How it stands with HTTPS.
    pub https: HttpsView,
    /// What is wrong, by field: `district`, `time_zone`, `rows_per_file`, `students_choose`, `address`.
    pub problems: Problems,
}

/// How long things are kept, as it is or as it was typed: whole numbers.
#[derive(Clone, Debug, Default)]
pub struct KeptView {
    /// Letters, in days.
    pub letters: String,
    /// The lines of uploads, in days.
    pub results: String,
    /// The audit log, in days.
    pub audit: String,
    /// A log-in, in hours.
    pub session_hours: String,
    /// What is wrong, by field: `letters_kept`, `results_kept`, `audit_kept`, `session_hours`.
    pub problems: Problems,
}

/// The mail server, as it is or as it was typed.
#[derive(Clone, Debug, Default)]
pub struct MailServerView {
    /// Its name or number.
    pub host: String,
    /// Its port, as typed.
    pub port: String,
    /// `starttls`, `tls` or `none`.
    pub security: String,
    /// The name that it knows us by.
    pub username: String,
    /// Whether it has a password already.
    pub has_password: bool,
    /// The address that letters come from.
    pub sender: String,
    /// Whether there is one: then a letter can be tried.
    pub is_set: bool,
    /// What is wrong, by field.
    pub problems: Problems,
}

/// The settings.
#[must_use]
pub fn settings(shell: &Shell, view: &SettingsView) -> Markup {
    let form = Form::new("settings", &view.problems);
    let kept = Form::new("keeping", &view.kept.problems);
    let mail = Form::new("mail", &view.mail.problems);
    let copy = Form::new("backup", &view.backup.problems);
    // One that cannot be chosen any more stands there all the same, so that saving something else does not change it unseen.
    let present = Some(&view.time_zone).filter(|zone| !view.time_zones.contains(zone));
    let zones: Vec<(String, &str)> =
        present.into_iter().chain(&view.time_zones).map(|zone| (zone.clone(), zone.as_str())).collect();
    let fields = html! {
        (form.input(&Input::new(Kind::Text, "district", "Name of the district", &view.district)
            .hint("It stands on top of every page.")))
        (form.select("time_zone", "Time zone", "Every date and time is shown in it.", &zones, &view.time_zone))
        (form.input(&Input::new(Kind::Number, "rows_per_file", "Most people in one file", &view.rows_per_file)
            .hint("1,000 at first. A higher number lets a large school come in one file.")))
        (form.input(&Input::new(Kind::Exact, "address", "Address of Firstbell", &view.address).optional()
            .hint("Where people's browsers find it, such as https://accounts.springfield.example. Links in letters and on sign-in cards begin with it.")))
        (form.checkbox("students_choose", "Students choose their own password at the first log-in",
            "Where a password is made for them from now on, and the upload says nothing else. Teachers and parents always do; leave it off for the youngest.", view.students_choose))
        div.actions { button type="submit" { "Save the settings" } }
    };
    let body = html! {
        (summary(&[form, kept, mail, copy]))
        h1 { "Settings" }
        p.lead { "They hold for the whole district, from the next page on." }
        section.sheet { h2 { "The district" } (form.post(shell, "/admin/settings", &fields)) }
        section.sheet #kept { (how_long(shell, kept, &view.kept)) }
        section.sheet #mail-server { (mail_server(shell, mail, &view.mail)) }
        section.sheet #https { (https::panel(&view.https)) }
        section.sheet #backups { (backup(shell, copy, &view.backup)) }
    };
    page(shell, Place::Settings, &title("Settings", &[form, kept, mail, copy]), &body)
}

fn how_long(shell: &Shell, form: Form<'_>, view: &KeptView) -> Markup {
    let days =
        |name, label, value, hint| form.input(&Input::new(Kind::Number, name, label, value).hint(hint));
    let fields = html! {
        (days("results_kept", "Results, in days", &view.results,
            "Since a job was done. Then the lines of its file go: names, emails, messages, and the results file. The job stays in Upload History with its figures, and every account stays; undoing it or mending its lines is over."))
        (days("letters_kept", "Letters, in days", &view.letters,
            "Since a letter was delivered or given up. One that waits stays."))
        (days("audit_kept", "Audit log, in days", &view.audit,
            "Since it was done."))
        (days("session_hours", "A log-in, in hours", &view.session_hours,
            "Up to 12. Then everybody logs in anew; an administrator also after half an hour of nothing."))
        div.actions { button type="submit" { "Save how long" } }
    };
    html! {
        h2 { "How long things are kept" }
        p.soft { "What is older goes by itself, a day or two later, and cannot be brought back. Files that wait to be checked go after a day. Accounts go when you undo their upload or remove them." }
        p.soft { "Snapshots in the folder " code { "backups" } " hold what was there when they were written. While Firstbell runs on school days, each of them goes within " (SNAPSHOT_WEEKS) " weeks, and with the last of them the last trace of what was deleted. Copies that you keep elsewhere are yours to delete." }
        (form.post(shell, "/admin/settings/kept", &fields))
    }
}

fn mail_server(shell: &Shell, form: Form<'_>, view: &MailServerView) -> Markup {
    let ways = [
        ("starttls", "STARTTLS", "Port 587 as a rule. Encrypted before anything is said."),
        ("tls", "TLS from the start", "Port 465 as a rule."),
        (
            "none",
            "None",
            "Names, letters and the password can be read on their way. Only for a server on this machine or behind the same wall.",
        ),
    ];
    let password_hint = if view.has_password {
        "Leave it empty to keep the one that was given."
    } else {
        "It is kept sealed."
    };
    let fields = html! {
        (form.input(&Input::new(Kind::Exact, "host", "Mail server", &view.host).optional()
            .hint("Its name, such as mail.springfield.example. Leave it empty for no mail: letters wait then.")))
        (form.input(&Input::new(Kind::Number, "port", "Port", if view.port.is_empty() { "587" } else { &view.port })))
        (form.radios("security", "Encryption", &ways, Some(if view.security.is_empty() { "starttls" } else { &view.security })))
        (form.input(&Input::new(Kind::Exact, "username", "Username at the mail server", &view.username).optional()
            .hint("Leave it empty if the server asks for none.")))
        (form.input(&Input::new(Kind::Password, "password", "Password at the mail server", "").optional().hint(password_hint)))
        (form.input(&Input::new(Kind::Email, "sender", "Letters come from", &view.sender)
            .hint("An address of the district's own, such as firstbell@springfield.example.")))
        div.actions { button type="submit" { "Save the mail server" } }
    };
    html! {
        h2 { "Mail" }
        p.soft { "Firstbell writes when a file is received, when its accounts are made, and when a password or an email was changed." }
        (form.post(shell, "/admin/settings/mail", &fields))
        @if view.is_set {
            form method="post" action="/admin/settings/test-letter" {
                (token(shell))
                p.soft { "A test letter goes to your own email, with the server as it was last saved." }
                div.actions { button.button.quiet type="submit" { "Send a test letter" } }
            }
        }
    }
}
