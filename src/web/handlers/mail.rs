//! Mail: the letters, and the settings by which they go out.

use super::{ROWS, notice, page_within, pager, problems};
use crate::actions::{self, NotDone, TypedMailServer};
use crate::domain::{LetterId, LetterKind, LetterStatus};
use crate::mail::plain;
use crate::problem::Problem;
use crate::store::letter::{self, Letter};
use crate::store::mail_server;
use crate::web::context::{Answer, Context, Stop, see_other};
use crate::web::handlers::district::settings_view;
use crate::web::pages::mail::{LetterRow, LetterView, MailView, letter as letter_page, mail as mail_page};
use crate::web::pages::settings::{MailServerView, settings as settings_page};
use crate::web::pages::{Problems, problem::Trouble};

pub(in crate::web) fn index(c: &mut Context<'_>) -> Answer {
    c.district_admin()?;
    let counts = letter::counts(&c.conn)?;
    let total = counts.queued + counts.sent + counts.failed;
    let page = page_within(c, "/admin/mail", total)?;
    let has_server = mail_server::get(&c.conn)?.is_some();
    let letters = letter::list(&c.conn, page.saturating_mul(ROWS), ROWS)?;
    let view = MailView {
        rows: letters.iter().map(|letter| row(c, letter, has_server)).collect(),
        pager: pager("/admin/mail", page, total),
        has_server,
        queued: counts.queued,
        failed: counts.failed,
    };
    Ok(c.page(200, mail_page(&c.shell(notice(&c.parameter("done"))), &view)))
}

pub(in crate::web) fn show(c: &mut Context<'_>, id: LetterId) -> Answer {
    c.district_admin()?;
    let letter = letter::get(&c.conn, id)?.ok_or(Stop::Trouble(Trouble::NotFound))?;
    let has_server = mail_server::get(&c.conn)?.is_some();
    let (subject, text) = match actions::read_letter(&c.conn, &letter) {
        Ok(words) => (words.subject.clone(), Ok(plain(&words))),
        Err(Problem::Refused(why)) => ("A letter".to_owned(), Err(why)),
        Err(other) => return Err(other.into()),
    };
    let view = LetterView {
        row: row(c, &letter, has_server),
        subject,
        text,
        is_under_way: has_server && letter.status == LetterStatus::Queued && letter.next_try_at <= c.now,
        has_server,
    };
    Ok(c.page(200, letter_page(&c.shell(notice(&c.parameter("done"))), &view)))
}

pub(in crate::web) fn send_now(c: &mut Context<'_>, id: LetterId) -> Answer {
    let (_, admin) = c.district_admin()?;
    actions::send_letter_now(&mut c.conn, &admin, id, c.now)?;
    c.site.wake();
    Ok(see_other(&format!("/admin/mail/{}", id.0)))
}

pub(in crate::web) fn change_server(c: &mut Context<'_>) -> Answer {
    let (_, admin) = c.district_admin()?;
    let form = &c.form;
    // A field that is not there is not an empty one: nobody has taken the server away.
    if !["host", "port", "security", "username", "password", "sender"].iter().all(|name| form.has(name)) {
        let why =
            "The form came without some of its fields, and nothing was changed. Fill it in here and save it.";
        return refused(c, MailServerView::default(), Problems::of("host", why));
    }
    let typed = MailServerView {
        host: form.get("host").to_owned(),
        port: form.get("port").to_owned(),
        security: form.get("security").to_owned(),
        username: form.get("username").to_owned(),
        sender: form.get("sender").to_owned(),
        ..MailServerView::default()
    };
    let password = form.get("password").to_owned();
    let server = TypedMailServer {
        host: &typed.host,
        port: &typed.port,
        security: &typed.security,
        username: &typed.username,
        password: &password,
        sender: &typed.sender,
    };
    match actions::change_mail_server(&mut c.conn, c.site.key(), &admin, &server, c.now) {
        Ok(()) => {
            c.site.wake();
            let word = if typed.host.trim().is_empty() { "mail-off" } else { "mail" };
            Ok(see_other(&format!("/admin/settings?done={word}#mail-server")))
        }
        Err(NotDone::Refused(faults)) => refused(c, typed, problems(faults, |field| field)),
        Err(other) => Err(other.into()),
    }
}

pub(in crate::web) fn send_test(c: &mut Context<'_>) -> Answer {
    let (_, admin) = c.district_admin()?;
    let site = c.site;
    let Some(_held) = site.test_mail() else {
        let why = "Another test letter is on its way. Wait until it has arrived, or the server has answered.";
        return refused(c, MailServerView::default(), Problems::of("host", why));
    };
    match actions::send_test_letter(&mut c.conn, c.site.key(), &admin, c.now) {
        Ok(id) => Ok(see_other(&format!("/admin/mail/{}", id.0))),
        Err(NotDone::Refused(faults)) => {
            let typed = MailServerView::default();
            refused(c, typed, problems(faults, |field| field))
        }
        Err(other) => Err(other.into()),
    }
}

/// The settings again, with what was typed for the mail server and what is wrong with it.
fn refused(c: &Context<'_>, typed: MailServerView, problems: Problems) -> Answer {
    let mut view = settings_view(c)?;
    // A test letter types nothing: what was saved stands there.
    let typed = if typed.port.is_empty() && typed.host.is_empty() { view.mail.clone() } else { typed };
    view.mail =
        MailServerView { problems, is_set: view.mail.is_set, has_password: view.mail.has_password, ..typed };
    Ok(c.page(422, settings_page(&c.shell(None), &view)))
}

fn row(c: &Context<'_>, letter: &Letter, has_server: bool) -> LetterRow {
    let waits = letter.status == LetterStatus::Queued;
    LetterRow {
        id: letter.id,
        kind: letter.kind,
        to_name: letter.to_name.clone(),
        to_email: letter.to_email.clone(),
        job: letter.upload.map(|id| id.0),
        status: letter.status,
        written: c.short_time(letter.queued_at),
        tries: letter.tries,
        answer: letter.answer.clone(),
        next_try: if waits && has_server && letter.tries > 0 {
            c.short_time(letter.next_try_at)
        } else {
            String::new()
        },
        ended: letter.ended_at.map(|ended| c.time(ended)).unwrap_or_default(),
        can_be_sent: has_server
            && (waits || letter.status == LetterStatus::Failed && letter.kind != LetterKind::ForgotPassword),
    }
}
