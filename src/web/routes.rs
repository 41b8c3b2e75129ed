//! Every address of the site, on one screen, and what is true of every answer.

use super::context::{Answer, Context, Stop, see_other, with_header};
use super::handlers::{
    account, backup, cards, checks, district, entrance, forgotten, mail, members, mend, schools, undo,
    uploads,
};
use super::http::{Method, POLICY, Request, Response};
use super::https::Https;
use super::pages::problem::Trouble;
use super::site::Site;
use crate::assets;
use crate::domain::{AccountId, DraftId, LetterId, SchoolId, UploadId};
use std::io::{self, Write};
use std::mem;
use std::time::Instant;

/// What answers an address.
type Handler = Box<dyn FnOnce(&mut Context<'_>) -> Answer>;

/// Pages about people are kept nowhere; styles and pictures for a while.
const KEEP_NOTHING: &str = "no-store";
const KEEP_A_WHILE: &str = "public, max-age=300";
/// Where the district asks for it, browsers come by HTTPS only, for a year, whatever address is typed.
const HTTPS_ONLY: &str = "max-age=31536000";

/// The handler of an address; `None` if there is no such address, or not for this method.
fn route(method: Method, path: &[&str]) -> Option<Handler> {
    use Method::{Get, Post};
    Some(match (method, path) {
        (Get, []) => to(entrance::root),
        (Get, ["setup"]) => to(entrance::setup),
        (Post, ["setup"]) => to(entrance::set_up),
        (Get, ["login"]) => to(entrance::login),
        (Post, ["login"]) => to(entrance::sign_in),
        (Get, ["forgot"]) => to(forgotten::show),
        (Post, ["forgot"]) => to(forgotten::ask),
        (Get, ["new-password"]) => to(forgotten::by_link_show),
        (Post, ["new-password"]) => to(forgotten::choose),
        (Post, ["logout"]) => to(entrance::sign_out),
        (Get, ["home"]) => to(account::home),
        (Get, ["account"]) => to(account::show),
        (Post, ["account", "email"]) => to(account::change_email),
        (Post, ["account", "password"]) => to(account::change_password),
        (Post, ["switch"]) => to(account::switch),
        (Get, ["admin", "members"]) => to(members::index),
        (Get, ["admin", "members", id]) => of(id, AccountId, members::show),
        (Get, ["admin", "members", id, "password"]) => of(id, AccountId, members::show_password),
        (Post, ["admin", "members", id, "name"]) => of(id, AccountId, members::rename),
        (Post, ["admin", "members", id, "email"]) => of(id, AccountId, members::set_email),
        (Post, ["admin", "members", id, "password"]) => of(id, AccountId, members::set_password),
        (Post, ["admin", "members", id, "school"]) => of(id, AccountId, members::set_school),
        (Post, ["admin", "members", id, "suspension"]) => of(id, AccountId, members::set_suspension),
        (Get, ["admin", "members", id, "remove"]) => of(id, AccountId, members::show_remove),
        (Post, ["admin", "members", id, "remove"]) => of(id, AccountId, members::remove),
        (Post, ["admin", "members", id, "administers"]) => of(id, AccountId, members::set_administers),
        (Get, ["admin", "schools"]) => to(schools::index),
        (Post, ["admin", "schools"]) => to(schools::create),
        (Post, ["admin", "schools", id]) => of(id, SchoolId, schools::rename),
        (Get, ["admin", "sample.csv"]) => to(uploads::sample),
        (Get, ["admin", "uploads", "new"]) => to(uploads::new),
        (Get, ["admin", "checks"]) => to(checks::index),
        (Get, ["admin", "checks", id]) => of(id, DraftId, checks::show),
        (Post, ["admin", "checks", id, "answers"]) => of(id, DraftId, checks::answer),
        (Post, ["admin", "checks", id, "lines"]) => of(id, DraftId, checks::choose),
        (Post, ["admin", "checks", id, "create"]) => of(id, DraftId, checks::create),
        (Post, ["admin", "checks", id, "discard"]) => of(id, DraftId, checks::discard),
        (Get, ["admin", "uploads"]) => to(uploads::index),
        (Post, ["admin", "uploads"]) => to(uploads::create),
        (Get, ["admin", "uploads", id]) => of(id, UploadId, uploads::show),
        (Get, ["admin", "uploads", id, "results.csv"]) => of(id, UploadId, uploads::results),
        (Get, ["admin", "cards"]) => to(cards::show),
        (Get, ["admin", "cards.csv"]) => to(cards::csv),
        (Get, ["admin", "uploads", id, "failed.csv"]) => of(id, UploadId, mend::file),
        (Get, ["admin", "uploads", id, "mend"]) => of(id, UploadId, mend::show),
        (Post, ["admin", "uploads", id, "mend"]) => of(id, UploadId, mend::hand_in),
        (Get, ["admin", "uploads", id, "undo"]) => of(id, UploadId, undo::show),
        (Post, ["admin", "uploads", id, "undo"]) => of(id, UploadId, undo::ask),
        (Get, ["admin", "mail"]) => to(mail::index),
        (Get, ["admin", "mail", id]) => of(id, LetterId, mail::show),
        (Post, ["admin", "mail", id, "send"]) => of(id, LetterId, mail::send_now),
        (Get, ["admin", "audit"]) => to(district::audit),
        (Post, ["admin", "backup"]) => to(backup::write),
        (Get, ["admin", "backup.db"]) => to(backup::download),
        (Get, ["admin", "settings"]) => to(district::settings),
        (Post, ["admin", "settings"]) => to(district::change_settings),
        (Post, ["admin", "settings", "kept"]) => to(district::change_kept),
        (Post, ["admin", "settings", "mail"]) => to(mail::change_server),
        (Post, ["admin", "settings", "test-letter"]) => to(mail::send_test),
        _ => return None,
    })
}

/// Answers a request: the one way in.
pub fn answer(site: &Site, mut request: Request) -> Response {
    let began = Instant::now();
    let body = mem::take(&mut request.body);
    let request = &request;
    let path: Vec<&str> = request.segments.iter().map(String::as_str).collect();
    let method = if request.method == Method::Head { Method::Get } else { request.method };
    let (answer, keep) = match (method, path.as_slice()) {
        (Method::Get, ["healthz"]) => (health(site), KEEP_NOTHING),
        (Method::Get, ["static", name]) => (asset(name), KEEP_A_WHILE),
        (_, ["healthz"] | ["static", _]) => (only_to_look_at(), KEEP_NOTHING),
        _ => (dispatch(site, request, body, method, &path), KEEP_NOTHING),
    };
    log(request, &path, answer.status(), began);
    let is_strict = request.tls && site.https().is_some_and(Https::is_strict);
    let answer = match is_strict {
        true => with_header(answer, "Strict-Transport-Security", HTTPS_ONLY),
        false => answer,
    };
    [
        ("Content-Security-Policy", POLICY),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cache-Control", keep),
    ]
    .into_iter()
    .fold(answer, |answer, (name, value)| with_header(answer, name, value))
}

fn dispatch(site: &Site, request: &Request, body: Vec<u8>, method: Method, path: &[&str]) -> Response {
    let mut context = match Context::open(site, request, body) {
        Ok(context) => context,
        Err(stop) => return unopened(site, request, stop),
    };
    // Before there is a district there is nothing but the way to it.
    if context.district.is_none() && method == Method::Get && !matches!(path, ["setup"]) {
        return see_other("/setup");
    }
    let Some(handler) = route(method, path) else {
        return match allowed(path) {
            Some(methods) => with_header(context.trouble(&Trouble::WrongMethod), "Allow", methods),
            None if method == Method::Other => context.trouble(&Trouble::WrongMethod),
            None => context.trouble(&Trouble::NotFound),
        };
    };
    handler(&mut context).unwrap_or_else(|stop| context.stopped(stop))
}

/// Whether this is the address of a page of the Admin Account, and nothing else.
pub(super) fn is_admin_page(address: &str) -> bool {
    let segments: Vec<&str> = address.split('/').skip(1).collect();
    let is_plain =
        |segment: &&str| segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
    address.starts_with("/admin/") && segments.iter().all(is_plain) && route(Method::Get, &segments).is_some()
}

/// What can be done with an address; `None` if there is no such address.
fn allowed(path: &[&str]) -> Option<&'static str> {
    match [Method::Get, Method::Post].map(|method| route(method, path).is_some()) {
        [true, true] => Some("GET, HEAD, POST"),
        [true, false] => Some("GET, HEAD"),
        [false, true] => Some("POST"),
        [false, false] => None,
    }
}

/// The answer when not even the asker could be made out, or a form was not ours: nothing was done.
fn unopened(site: &Site, request: &Request, stop: Stop) -> Response {
    let bare = Request { method: Method::Get, ..request.clone() };
    match (Context::open(site, &bare, Vec::new()), stop) {
        (Ok(mut context), stop) => context.stopped(stop),
        (Err(_), Stop::Trouble(trouble)) => {
            Response::text(trouble.status(), format!("{}\n", trouble.sentence()))
        }
        (Err(_), _) => Response::text(503, "Not just now. Try again in a minute.\n"),
    }
}

fn to(handler: fn(&mut Context<'_>) -> Answer) -> Handler {
    Box::new(handler)
}

/// An address with a number in it. What is no number, or not written as one is, is no thing of ours.
fn of<Id: 'static>(text: &str, id: fn(i64) -> Id, handler: fn(&mut Context<'_>, Id) -> Answer) -> Handler {
    let number = text.parse::<i64>().ok().filter(|number| *number >= 0 && number.to_string() == text);
    // Number 0 is nobody's: whoever may ask is told so by the handler, and nobody else learns of it.
    let id = id(number.unwrap_or(0));
    Box::new(move |context| handler(context, id))
}

fn health(site: &Site) -> Response {
    match site.illness() {
        None => Response::text(200, "ok"),
        Some(word) => Response::text(503, word),
    }
}

fn only_to_look_at() -> Response {
    with_header(Response::text(405, "This can be looked at, and nothing else.\n"), "Allow", "GET, HEAD")
}

fn asset(name: &str) -> Response {
    let kind = match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => return Response::text(404, "There is no such file.\n"),
    };
    match assets::file(name) {
        Some(file) => Response::new(200, kind, file),
        None => Response::text(404, "There is no such file.\n"),
    }
}

/// A line of the log: method, address, status, time. Numbers stand for themselves; what anybody may have typed, after
/// the question mark or in an address that is none of ours, is not written down.
fn log(request: &Request, path: &[&str], status: u16, began: Instant) {
    let is_route = allowed(path).is_some();
    let is_ours = match path {
        ["healthz"] => true,
        ["static", _] => status == 200,
        [_, _, id, ..] => is_route && (*id == "new" || id.bytes().all(|byte| byte.is_ascii_digit())),
        _ => is_route,
    };
    let address = if is_ours && status != 404 { format!("/{}", path.join("/")) } else { "/…".to_owned() };
    let method = format!("{:?}", request.method).to_uppercase();
    // In one piece: standard error keeps nothing back, and every piece would be a call of its own. Without it there is
    // nobody to tell.
    let line = format!("{method} {address} {status} {} ms\n", began.elapsed().as_millis());
    let _ = io::stderr().write_all(line.as_bytes());
}
