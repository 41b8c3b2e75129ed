//! The part of Settings that has to do with backups.

use super::Problems;
use super::form::{Form, Input, Kind};
use super::shell::Shell;
use maud::{Markup, html};

/// What there is to say of backups.
#[derive(Clone, Debug, Default)]
pub struct BackupView {
    /// Whose password is asked for: browsers that keep passwords want to know.
    pub username: String,
    /// When the newest snapshot was written; `None` if there is none yet.
    pub newest: Option<String>,
    /// What is wrong with the field `current_password`.
    pub problems: Problems,
}

/// The panel.
pub(super) fn backup(shell: &Shell, form: Form<'_>, view: &BackupView) -> Markup {
    let fields = html! {
        input type="text" autocomplete="username" value=(view.username) readonly hidden;
        (form.input(&Input::new(Kind::Password, "current_password", "Your password", "").fill("current-password")
            .hint("Once more: the copy has everybody's names in it.")))
        div.actions { button type="submit" { "Download a backup" } }
    };
    html! {
        h2 { "Backup" }
        p.soft {
            "Firstbell writes a whole copy of the database into the folder " code { "backups" }
            " after every job and every night. "
            @match &view.newest {
                Some(time) => { "The newest is of " (time) "." }
                None => "There is none yet."
            }
        }
        p.soft {
            "The copy opens nothing by itself: the file " code { "firstbell.key" }
            ", which the generated passwords are made from, stays on the server. Keep a copy of it in another place than the backups."
        }
        (form.post(shell, "/admin/backup", &fields))
    }
}
