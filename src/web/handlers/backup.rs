//! Taking a backup down.

use super::district::settings_view;
use super::{problems, refused};
use crate::actions::{self, WantsBackup};
use crate::problem::Problem;
use crate::web::context::{Answer, Context, see_other, with_header};
use crate::web::http::Response;
use crate::web::pages::backup::BackupView;
use crate::web::pages::settings::{SettingsView, settings};

pub(in crate::web) fn write(c: &mut Context<'_>) -> Answer {
    let (_, admin) = c.district_admin()?;
    let (_, session) = c.person()?;
    let current_password = c.form.get("current_password").to_owned();
    let wants = WantsBackup { admin: &admin, session: &session, current_password: &current_password };
    let site = c.site;
    match actions::back_up(&mut c.conn, site.folder(), site.key(), site.lane(), &wants, c.now) {
        Ok(()) => Ok(see_other("/admin/backup.db")),
        Err(not_done) => refused(not_done, |status, faults| {
            let view = settings_view(c)?;
            let backup = BackupView { problems: problems(faults, |field| field), ..view.backup };
            Ok(c.page(status, settings(&c.shell(None), &SettingsView { backup, ..view })))
        }),
    }
}

pub(in crate::web) fn download(c: &mut Context<'_>) -> Answer {
    c.district_admin()?;
    let (_, session) = c.person()?;
    let Some((name, file)) = actions::newest_backup(&c.conn, c.site.folder(), &session, c.now)? else {
        return Ok(see_other("/admin/settings#backups"));
    };
    let answer = Response::file("application/vnd.sqlite3", file).map_err(while_reading)?;
    Ok(with_header(answer, "Content-Disposition", &format!("attachment; filename=\"{name}\"")))
}

fn while_reading(cause: std::io::Error) -> Problem {
    Problem::File { doing: "Reading the newest backup".to_owned(), cause }
}
