//! What is the district's alone: the audit log, the settings.

use super::{ROWS, notice, page_within, pager, problems};
use crate::actions::{self, NotDone, TypedKept, TypedSettings};
use crate::clock;
use crate::domain::Kept;
use crate::secrets::ends_soon;
use crate::store::district::{self, District};
use crate::store::mail_server::{self, MailServer};
use crate::store::{audit, snapshots};
use crate::web::context::{Answer, Context, Stop, see_other};
use crate::web::pages::Problems;
use crate::web::pages::audit::{AuditRow, AuditView, Whom, audit as audit_page};
use crate::web::pages::backup::BackupView;
use crate::web::pages::https::HttpsView;
use crate::web::pages::settings::{KeptView, MailServerView, SettingsView, settings as settings_page};

pub(in crate::web) fn audit(c: &mut Context<'_>) -> Answer {
    let (_, admin) = c.district_admin()?;
    let total = audit::count(&c.conn, admin.scope)?;
    let page = page_within(c, "/admin/audit", total)?;
    let entries = audit::list(&c.conn, admin.scope, page.saturating_mul(ROWS), ROWS)?;
    let row = |entry: audit::Entry| AuditRow {
        when: c.short_time(entry.at),
        who: entry.by,
        what: match entry.details.is_empty() {
            true => entry.deed.says().to_owned(),
            false => format!("{} ({})", entry.deed.says(), entry.details),
        },
        whom: match (entry.about_account, entry.about.is_empty()) {
            (_, true) => None,
            (Some(id), _) => Some(Whom::Member(id, entry.about)),
            (None, _) => Some(Whom::Named(entry.about)),
        },
    };
    let view =
        AuditView { rows: entries.into_iter().map(row).collect(), pager: pager("/admin/audit", page, total) };
    Ok(c.page(200, audit_page(&c.shell(None), &view)))
}

pub(in crate::web) fn settings(c: &mut Context<'_>) -> Answer {
    c.district_admin()?;
    let view = settings_view(c)?;
    let notice = notice(&c.parameter("done"));
    Ok(c.page(200, settings_page(&c.shell(notice), &view)))
}

/// The settings as they are.
pub(super) fn settings_view(c: &Context<'_>) -> Result<SettingsView, Stop> {
    let district = c.district.as_ref();
    let of = |read: fn(&District) -> String| district.map(read).unwrap_or_default();
    Ok(SettingsView {
        district: of(|district| district.name.clone()),
        time_zone: of(|district| district.time_zone.clone()),
        time_zones: clock::time_zones(),
        rows_per_file: of(|district| district.rows_per_file.to_string()),
        address: of(|district| district.address.clone().unwrap_or_default()),
        students_choose: district.is_some_and(|district| district.students_choose_password),
        mail: mail_server::get(&c.conn)?.map(mail_server_view).unwrap_or_default(),
        backup: BackupView {
            username: c.person()?.0.username,
            newest: snapshots::newest(c.site.folder(), c.now)?.map(|time| c.time(time)),
            problems: Problems::default(),
        },
        https: https_view(c),
        kept: district.map(|district| kept_view(district.kept)).unwrap_or_default(),
        problems: Problems::default(),
    })
}

fn https_view(c: &Context<'_>) -> HttpsView {
    let Some(https) = c.site.https() else { return HttpsView::Off };
    let shown = https.shown();
    HttpsView::On {
        is_made: shown.is_made,
        until: c.day(shown.until),
        ends_soon: ends_soon(shown.until, c.now),
        fingerprint: shown.fingerprint,
        names: shown.names,
    }
}

fn kept_view(kept: Kept) -> KeptView {
    KeptView {
        letters: kept.letters.to_string(),
        results: kept.results.to_string(),
        audit: kept.audit.to_string(),
        session_hours: kept.session_hours.to_string(),
        problems: Problems::default(),
    }
}

fn mail_server_view(server: MailServer) -> MailServerView {
    MailServerView {
        host: server.host,
        port: server.port.to_string(),
        security: server.security.word().to_owned(),
        username: server.username,
        has_password: server.sealed_password.is_some(),
        sender: server.sender,
        is_set: true,
        problems: Problems::default(),
    }
}

pub(in crate::web) fn change_settings(c: &mut Context<'_>) -> Answer {
    let (_, admin) = c.district_admin()?;
    let field = |name: &str| c.form.get(name).to_owned();
    let (name, time_zone, rows_per_file) = (field("district"), field("time_zone"), field("rows_per_file"));
    let address = c.typed("address")?.to_owned();
    let students_choose_password = c.form.get("students_choose") == "yes";
    let typed = TypedSettings {
        name: &name,
        time_zone: &time_zone,
        rows_per_file: &rows_per_file,
        students_choose_password,
        address: &address,
    };
    match actions::change_settings(&mut c.conn, &admin, &typed, c.now) {
        Ok(()) => {
            c.site.resize(district::get(&c.conn)?.as_ref());
            Ok(see_other("/admin/settings?done=settings"))
        }
        Err(NotDone::Refused(faults)) => {
            let now = settings_view(c)?;
            // One that there is not cannot stand in the list: the present one does.
            let time_zone = clock::time_zone_named(&time_zone).unwrap_or_else(|| now.time_zone.clone());
            let view = SettingsView {
                problems: problems(faults, |field| if field == "name" { "district" } else { field }),
                district: name,
                time_zone,
                rows_per_file,
                address,
                students_choose: students_choose_password,
                ..now
            };
            Ok(c.page(422, settings_page(&c.shell(None), &view)))
        }
        Err(other) => Err(other.into()),
    }
}

pub(in crate::web) fn change_kept(c: &mut Context<'_>) -> Answer {
    let (_, admin) = c.district_admin()?;
    let field = |name: &str| c.form.get(name).to_owned();
    let typed = KeptView {
        letters: field("letters_kept"),
        results: field("results_kept"),
        audit: field("audit_kept"),
        session_hours: field("session_hours"),
        problems: Problems::default(),
    };
    let kept = TypedKept {
        letters: &typed.letters,
        results: &typed.results,
        audit: &typed.audit,
        session_hours: &typed.session_hours,
    };
    match actions::change_kept(&mut c.conn, &admin, &kept, c.now) {
        Ok(()) => Ok(see_other("/admin/settings?done=kept#kept")),
        Err(NotDone::Refused(faults)) => {
            let kept = KeptView { problems: problems(faults, |field| field), ..typed };
            let view = SettingsView { kept, ..settings_view(c)? };
            Ok(c.page(422, settings_page(&c.shell(None), &view)))
        }
        Err(other) => Err(other.into()),
    }
}
