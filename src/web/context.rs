//! What one request knows: what was asked, by whom, and how an answer is made of it. A posted form's token is proven here,
//! before anything is read from it.

use super::cookies::Cookie;
use super::form::{BadForm, Form};
use super::http::{Method, Request, Response};
use super::pages::problem::Trouble;
use super::pages::{self, Notice, Shell};
use super::routes::is_admin_page;
use super::site::{Borrowed, Site};
use crate::actions::{self, NotDone};
use crate::clock;
use crate::domain::{Admin, Administers, Face, Scope};
use crate::problem::Problem;
use crate::secrets::Token;
use crate::store;
use crate::store::district::District;
use crate::store::session::Person;
use jiff::Timestamp;
use std::io::{self, Write};

/// A request being answered: what was asked, by whom, and what it takes to answer.
pub(super) struct Context<'a> {
    pub(super) site: &'a Site,
    pub(super) request: &'a Request,
    pub(super) conn: Borrowed<'a>,
    /// The one time of this request.
    pub(super) now: Timestamp,
    /// The district; `None` before it is set up.
    pub(super) district: Option<District>,
    /// Who is signed in, and the token that shows it.
    person: Option<(Person, Token)>,
    /// The token of a browser that nobody is signed in with.
    visit: Token,
    /// What was posted.
    pub(super) form: Form,
}

/// Why a request is not answered with what it asked for.
pub(super) enum Stop {
    /// Somebody has to sign in first.
    SignIn,
    /// They have to choose a password of their own first.
    ChoosePassword,
    /// The page of a list that they asked for is past its end: the last one stands at this address.
    PastTheEnd(String),
    /// The answer is a page that says what is wrong.
    Trouble(Trouble),
}

/// What a handler gives.
pub(super) type Answer = Result<Response, Stop>;

impl<'a> Context<'a> {
    /// Finds out who asks. A form is read out of the body and its token proven before anything else is done with it.
    pub(super) fn open(site: &'a Site, request: &'a Request, body: Vec<u8>) -> Result<Context<'a>, Stop> {
        let now = clock::now();
        let mut conn = site.borrow()?;
        let district = store::district::get(&conn).map_err(Problem::from)?;
        let cookie = |cookie: Cookie| cookie.token(request.headers.cookie.as_deref(), request.tls);
        let session = cookie(Cookie::Session);
        let person = match &session {
            Some(token) => actions::who_is(&mut conn, token, now)?.zip(session.clone()),
            None => None,
        };
        let visit = match cookie(Cookie::Visit) {
            Some(visit) => visit,
            None => Token::new()?,
        };
        let mut context =
            Context { site, request, conn, now, district, person, visit, form: Form::default() };
        if request.method == Method::Post {
            context.take_form(body)?;
        }
        Ok(context)
    }

    fn take_form(&mut self, body: Vec<u8>) -> Result<(), Stop> {
        let kind = self.request.headers.content_type.as_deref().unwrap_or_default();
        let form = Form::read(kind, body).map_err(|bad| {
            Stop::Trouble(match bad {
                // What is no form has no token either.
                BadForm::NoForm => Trouble::FormTooOld,
                BadForm::TooManyParts => Trouble::TooLarge("Send five hundred files at most at once."),
                BadForm::FieldTooLong => {
                    Trouble::TooLarge("Shorten what was typed, and send the form again.")
                }
            })
        })?;
        if !self.is_from_here() || !self.token().csrf_is(form.get("csrf")) {
            return Err(Stop::Trouble(Trouble::FormTooOld));
        }
        self.form = form;
        Ok(())
    }

    /// Whether a form comes from a page of this site, as far as the browser says where it comes from.
    fn is_from_here(&self) -> bool {
        let headers = &self.request.headers;
        let is_same_site =
            headers.sec_fetch_site.as_deref().is_none_or(|site| matches!(site, "same-origin" | "none"));
        let is_same_origin = match (&headers.origin, &headers.host) {
            (Some(origin), Some(host)) => {
                origin.split_once("://").is_some_and(|(_, from)| from.eq_ignore_ascii_case(host))
            }
            (Some(_), None) => false,
            (None, _) => true,
        };
        is_same_site && is_same_origin
    }

    /// The token that forms are tied to: the session's, or the visit's before there is one.
    fn token(&self) -> &Token {
        self.person.as_ref().map_or(&self.visit, |(_, token)| token)
    }

    /// What this browser was given when somebody signed in with it before.
    pub(super) fn browser(&self) -> Option<Token> {
        Cookie::Browser.token(self.request.headers.cookie.as_deref(), self.request.tls)
    }

    /// The session's token, if somebody is signed in.
    pub(super) fn session(&self) -> Option<&Token> {
        self.person.as_ref().map(|(_, token)| token)
    }

    /// Whoever is signed in, whatever they have still to do.
    pub(super) fn signed_in(&self) -> Result<(Person, Token), Stop> {
        self.person.clone().ok_or(Stop::SignIn)
    }

    /// Whoever is signed in, with a password of their own.
    pub(super) fn person(&self) -> Result<(Person, Token), Stop> {
        let (person, token) = self.signed_in()?;
        if person.must_choose_password { Err(Stop::ChoosePassword) } else { Ok((person, token)) }
    }

    /// An administrator in the Admin Account.
    pub(super) fn admin(&self) -> Result<(Person, Admin), Stop> {
        let (person, _) = self.person()?;
        match person.admin() {
            Some(admin) => Ok((person, admin)),
            None => Err(Stop::Trouble(self.not_switched(&person))),
        }
    }

    /// A district administrator in the Admin Account.
    pub(super) fn district_admin(&self) -> Result<(Person, Admin), Stop> {
        let (person, _) = self.person()?;
        if person.administers == Some(Administers::District) {
            self.admin()
        } else {
            Err(Stop::Trouble(Trouble::NotYours))
        }
    }

    /// The shell of the page that answers, with what the last action did.
    pub(super) fn shell(&self, notice: Option<Notice>) -> Shell {
        let person = self.person.as_ref().map(|(person, _)| pages::Person {
            name: format!("{} {}", person.first_name, person.last_name),
            face: match (person.face, person.administers) {
                (Face::Admin, Some(right)) => pages::Face::Admin(right),
                _ => pages::Face::Own(person.kind),
            },
            can_switch: person.administers.is_some(),
        });
        let district = self.district.as_ref().map(|district| district.name.clone()).unwrap_or_default();
        let in_clear = !self.request.tls && !self.request.client.is_loopback();
        Shell { district, person, csrf: self.token().csrf(), notice, in_clear }
    }

    /// A page as an answer. Before the sign-in the browser gets the cookie that its forms are tied to.
    pub(super) fn page(&self, status: u16, page: maud::Markup) -> Response {
        let answer = Response::html(status, page.into_string());
        if self.person.is_some() { answer } else { Cookie::Visit.set(answer, &self.visit, self.request.tls) }
    }

    /// What was typed into a field that means something when it is empty: so the form has to have it.
    pub(super) fn typed(&self, name: &str) -> Result<&str, Stop> {
        if self.form.has(name) { Ok(self.form.get(name)) } else { Err(Stop::Trouble(Trouble::NotUnderstood)) }
    }

    /// The parameter of this name in the address; empty if there is none.
    pub(super) fn parameter(&self, name: &str) -> String {
        let mut pairs = form_urlencoded::parse(self.request.query.as_bytes());
        pairs.find(|(found, _)| found == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
    }

    /// A time as sentences say it: "22 November 2026, 14:31", in the district's time zone.
    pub(super) fn time(&self, time: Timestamp) -> String {
        self.written(time, clock::IN_A_SENTENCE)
    }

    /// A day as sentences say it: "22 November 2026", in the district's time zone.
    pub(super) fn day(&self, time: Timestamp) -> String {
        self.written(time, clock::DAY_IN_A_SENTENCE)
    }

    /// A time as tables have it: "22 Nov 2026, 14:31".
    pub(super) fn short_time(&self, time: Timestamp) -> String {
        self.written(time, "%-d %b %Y, %H:%M")
    }

    fn written(&self, time: Timestamp, format: &str) -> String {
        let zone = self.district.as_ref().map_or("UTC", |district| &district.time_zone);
        clock::written(time, zone, format)
    }

    /// The page for a request that is not answered, and a line in the audit log if a right was missing.
    pub(super) fn stopped(&mut self, stop: Stop) -> Response {
        let trouble = match stop {
            Stop::SignIn => return self.to_login(),
            Stop::ChoosePassword if self.request.method == Method::Post => Trouble::PasswordFirst,
            Stop::ChoosePassword => return see_other("/account"),
            Stop::PastTheEnd(last) => return see_other(&last),
            Stop::Trouble(trouble) => trouble,
        };
        let is_refusal = match trouble {
            Trouble::NotYours | Trouble::InAdminAccount { .. } => true,
            // Whether there is no such thing, or it is not theirs, they are not told; readers of the log may find out.
            Trouble::NotFound => self.request.path.starts_with("/admin/"),
            _ => false,
        };
        if let (true, Some((person, _))) = (is_refusal, &self.person) {
            let method = if self.request.method == Method::Post { "POST" } else { "GET" };
            let asked = format!("{method} {}", self.request.path);
            // The refusal stands, whether it could be noted or not.
            let _ = actions::note_refusal(&mut self.conn, person.account, &asked, self.now);
        }
        self.trouble(&trouble)
    }

    /// The way to the log-in, and from there to the page that was asked for, if it is one of those that letters lead to.
    fn to_login(&self) -> Response {
        let answer = see_other("/login");
        match self.admin_page().filter(|page| page.ends_with(|end: char| end.is_ascii_digit())) {
            Some(page) => Cookie::Wanted.set_text(answer, &page, self.request.tls),
            None => answer,
        }
    }

    /// What is in the way of somebody who is not in the Admin Account: perhaps only that they have not switched.
    fn not_switched(&self, person: &Person) -> Trouble {
        match self.admin_page() {
            Some(next) if person.administers.is_some() => Trouble::InAdminAccount { next },
            _ => Trouble::NotYours,
        }
    }

    /// The address that was asked for, if it is a page of the Admin Account.
    fn admin_page(&self) -> Option<String> {
        let page = format!("/{}", self.request.segments.join("/"));
        (self.request.method != Method::Post && is_admin_page(&page)).then_some(page)
    }

    /// The page to which a link led before somebody signed in, if it is one of ours.
    pub(super) fn wanted(&self) -> Option<String> {
        let page = Cookie::Wanted.text(self.request.headers.cookie.as_deref(), self.request.tls)?;
        is_admin_page(page).then(|| page.to_owned())
    }

    /// The page for a trouble.
    pub(super) fn trouble(&self, trouble: &Trouble) -> Response {
        let answer = self.page(trouble.status(), pages::problem::problem(&self.shell(None), trouble));
        match trouble {
            Trouble::TooMany { seconds } => with_header(answer, "Retry-After", &seconds.to_string()),
            _ => answer,
        }
    }
}

/// What a right is called for the pages that offer rights: those that this administrator may give.
pub(super) fn rights_to_give(admin: &Admin) -> Vec<Administers> {
    match admin.scope {
        Scope::District => vec![Administers::School, Administers::District],
        Scope::School(_) => vec![Administers::School],
    }
}

/// Sends the browser on. The addresses are our own, so there is nothing in them to refuse.
pub(super) fn see_other(address: &str) -> Response {
    Response::see_other(address).unwrap_or_else(|_| Response::empty(500))
}

/// The answer with a header whose value is our own.
pub(super) fn with_header(mut answer: Response, name: &str, value: &str) -> Response {
    // So there is nothing to refuse.
    let _ = answer.set_header(name, value);
    answer
}

/// What people are told of a problem that passes when somebody has seen to it.
pub(super) fn trouble_of(passing: &Problem) -> Trouble {
    match passing {
        Problem::System(why) => Trouble::Unavailable(why.clone()),
        full if full.is_full_disk() => Trouble::NoRoom,
        _ => Trouble::Unwritable,
    }
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Stop {
        match problem {
            Problem::Refused(why) => Stop::Trouble(Trouble::Refused(why)),
            passing if passing.may_pass() => {
                // Whoever runs Firstbell reads the cause here; without standard error there is nobody to tell.
                let _ = writeln!(io::stderr(), "A request could not be answered. {passing}");
                Stop::Trouble(trouble_of(&passing))
            }
            other => {
                let incident = super::incident::number();
                // What the system says of its own names no person; without standard error there is nobody to tell.
                let _ = writeln!(io::stderr(), "Incident {incident}: {other}");
                Stop::Trouble(Trouble::Broken { incident })
            }
        }
    }
}

impl From<store::DatabaseError> for Stop {
    fn from(error: store::DatabaseError) -> Stop {
        Problem::from(error).into()
    }
}

impl From<NotDone> for Stop {
    fn from(not_done: NotDone) -> Stop {
        match not_done {
            NotDone::NotFound => Stop::Trouble(Trouble::NotFound),
            NotDone::Wait(wait) => Stop::Trouble(Trouble::TooMany { seconds: wait.as_secs().max(1) }),
            NotDone::Problem(problem) => problem.into(),
            refused @ NotDone::Refused(_) => Stop::Trouble(Trouble::Refused(refused.to_string())),
        }
    }
}
