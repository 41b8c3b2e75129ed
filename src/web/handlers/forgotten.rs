//! *Forgot your password?*: asking for a link, and choosing a password by one.

use crate::actions::{self, NotDone};
use crate::domain::{SHORTEST, SHORTEST_FOR_ADMINISTRATORS};
use crate::secrets::Token;
use crate::store::{account, mail_server};
use crate::web::context::{Answer, Context, Stop, see_other};
use crate::web::cookies::Cookie;
use crate::web::handlers::problems;
use crate::web::pages::Problems;
use crate::web::pages::forgotten::{ByLinkView, ForgottenView, by_link, forgotten, link_gone};

pub(in crate::web) fn show(c: &mut Context<'_>) -> Answer {
    let view = ForgottenView { can_be_sent: can_be_sent(c)?, was_asked: c.parameter("done") == "sent" };
    Ok(c.page(200, forgotten(&c.shell(None), &view)))
}

pub(in crate::web) fn ask(c: &mut Context<'_>) -> Answer {
    if can_be_sent(c)? {
        let login = c.form.get("login").to_owned();
        actions::ask_for_link(&mut c.conn, c.site.key(), &login, c.now)?;
    }
    Ok(see_other("/forgot?done=sent"))
}

pub(in crate::web) fn by_link_show(c: &mut Context<'_>) -> Answer {
    let link = c.parameter("link");
    match view(c, &link, Problems::default())? {
        Some(view) => Ok(c.page(200, by_link(&c.shell(None), &view))),
        None => Ok(c.page(404, link_gone(&c.shell(None)))),
    }
}

pub(in crate::web) fn choose(c: &mut Context<'_>) -> Answer {
    let (link, new) = (c.form.get("link").to_owned(), c.form.get("new_password").to_owned());
    let Some(token) = Token::parse(&link) else {
        return Ok(c.page(404, link_gone(&c.shell(None))));
    };
    match actions::choose_by_link(&mut c.conn, c.site.lane(), &token, &new, c.now) {
        Ok(browser) => {
            c.site.wake();
            Ok(Cookie::Browser.set(see_other("/login?done=password"), &browser, c.request.tls))
        }
        Err(NotDone::Refused(faults)) => {
            let problems = problems(faults, |_| "new_password");
            match view(c, &link, problems)? {
                Some(view) => Ok(c.page(422, by_link(&c.shell(None), &view))),
                None => Ok(c.page(404, link_gone(&c.shell(None)))),
            }
        }
        Err(NotDone::NotFound) => Ok(c.page(404, link_gone(&c.shell(None)))),
        Err(other) => Err(other.into()),
    }
}

/// The page of a link that holds.
fn view(c: &Context<'_>, link: &str, problems: Problems) -> Result<Option<ByLinkView>, Stop> {
    let Some(token) = Token::parse(link) else { return Ok(None) };
    let Some(account) = actions::whose_link(&c.conn, &token, c.now)? else { return Ok(None) };
    let administers = account::login_of(&c.conn, account)?.is_some_and(|login| login.administers.is_some());
    let shortest_password = if administers { SHORTEST_FOR_ADMINISTRATORS } else { SHORTEST };
    Ok(Some(ByLinkView { link: link.to_owned(), shortest_password, problems }))
}

/// Whether a letter with a link in it could go out.
fn can_be_sent(c: &Context<'_>) -> Result<bool, Stop> {
    let has_address = c.district.as_ref().is_some_and(|district| district.address.is_some());
    Ok(has_address && mail_server::get(&c.conn)?.is_some())
}
