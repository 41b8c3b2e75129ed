//! Before anybody is signed in: the set-up, the sign-in, the sign-out.

use super::{notice, retry_after};
use crate::actions::{self, NewDistrict, SignIn, SignedIn};
use crate::domain::{Candidate, Email, Name, Password, SHORTEST_FOR_ADMINISTRATORS};
use crate::web::context::{Answer, Context, Stop, see_other};
use crate::web::cookies::Cookie;
use crate::web::pages::login::{LoginRefusal, LoginView, login as login_page};
use crate::web::pages::setup::{SetupView, already_set_up, setup as setup_page};
use crate::web::pages::{Problems, problem::Trouble};
use subtle::ConstantTimeEq;

pub(in crate::web) fn root(c: &mut Context<'_>) -> Answer {
    Ok(see_other(if c.session().is_some() { "/home" } else { "/login" }))
}

pub(in crate::web) fn setup(c: &mut Context<'_>) -> Answer {
    if c.district.is_some() {
        return Ok(c.page(404, already_set_up(&c.shell(None))));
    }
    let view = SetupView { is_self_made: is_self_made(c), ..SetupView::default() };
    Ok(c.page(200, setup_page(&c.shell(None), &view)))
}

/// Whether the browser was shown a certificate that nobody vouches for.
fn is_self_made(c: &Context<'_>) -> bool {
    c.site.https().is_some_and(|https| https.shown().is_made)
}

pub(in crate::web) fn set_up(c: &mut Context<'_>) -> Answer {
    if c.district.is_some() {
        return Err(Stop::Trouble(Trouble::NotFound));
    }
    let new = match new_district(c) {
        Ok(new) => new,
        Err(problems) => {
            let view = SetupView {
                code: c.form.get("code").to_owned(),
                district: c.form.get("district").to_owned(),
                school: c.form.get("school").to_owned(),
                first_name: c.form.get("first_name").to_owned(),
                last_name: c.form.get("last_name").to_owned(),
                email: c.form.get("email").to_owned(),
                is_self_made: is_self_made(c),
                problems,
            };
            return Ok(c.page(422, setup_page(&c.shell(None), &view)));
        }
    };
    let password = new.password.clone();
    let username = actions::set_up(&mut c.conn, c.site.key(), c.site.lane(), new)?;
    let asked =
        SignIn { login: username.as_str(), password: password.expose(), session: None, browser: None };
    match actions::sign_in(&mut c.conn, c.site.key(), c.site.lane(), &asked, c.now)? {
        SignedIn::Welcome { session, browser, .. } => {
            let answer = Cookie::Session.set(see_other("/home"), &session, c.request.tls);
            Ok(Cookie::Browser.set(answer, &browser, c.request.tls))
        }
        SignedIn::Wrong | SignedIn::Wait(_) => Ok(see_other("/login")),
    }
}

/// The district that the form describes, or what is wrong with it.
fn new_district(c: &Context<'_>) -> Result<NewDistrict, Problems> {
    let mut problems = Problems::default();
    // Dashes and case do not count: it is read off a terminal and typed.
    let bare =
        |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_uppercase();
    let code_is_right: bool =
        bare(c.form.get("code")).as_bytes().ct_eq(bare(c.site.setup_code()).as_bytes()).into();
    if !code_is_right {
        problems.add("code", "This is not the code. It stands in the window where Firstbell was started.");
    }
    let mut name = |field: &'static str, words: &str| match Name::parse(c.form.get(field)) {
        Ok(name) => Some(name),
        Err(bad) => {
            problems.add(field, format!("The {words} {bad}"));
            None
        }
    };
    let district = name("district", "district's name");
    let school = name("school", "school's name");
    let first_name = name("first_name", "first name");
    let last_name = name("last_name", "last name");
    let email = Email::parse(c.form.get("email")).map_err(|bad| problems.add("email", bad.to_string())).ok();
    let personal = ["district", "school", "first_name", "last_name", "email"].map(|field| c.form.get(field));
    let password = Password::chosen(c.form.get("password"), SHORTEST_FOR_ADMINISTRATORS, &personal)
        .map_err(|bad| problems.add("password", bad.to_string()))
        .ok();
    if c.form.get("password") != c.form.get("password_again") {
        problems.add("password_again", "The two passwords differ. Type the same one twice.");
    }
    match (district, school, first_name, last_name, email, password) {
        (Some(name), Some(school), Some(first_name), Some(last_name), Some(email), Some(password))
            if problems.is_empty() =>
        {
            let administrator = Candidate { first_name, last_name, email: Some(email) };
            Ok(NewDistrict { name, school, administrator, password })
        }
        _ => Err(problems),
    }
}

pub(in crate::web) fn login(c: &mut Context<'_>) -> Answer {
    if c.session().is_some() {
        return Ok(see_other("/home"));
    }
    let notice = notice(&c.parameter("done"));
    Ok(c.page(200, login_page(&c.shell(notice), &LoginView::default())))
}

pub(in crate::web) fn sign_in(c: &mut Context<'_>) -> Answer {
    if c.district.is_none() {
        return Ok(see_other("/setup"));
    }
    let session = c.session().cloned();
    let browser = c.browser();
    let (login, password) = (c.form.get("login").to_owned(), c.form.get("password"));
    let asked = SignIn { login: &login, password, session: session.as_ref(), browser: browser.as_ref() };
    let signed_in = actions::sign_in(&mut c.conn, c.site.key(), c.site.lane(), &asked, c.now)?;
    let refused = |c: &Context<'_>, status, refusal| {
        let view = LoginView { login: login.clone(), refusal: Some(refusal) };
        c.page(status, login_page(&c.shell(None), &view))
    };
    match signed_in {
        SignedIn::Welcome { session, browser, .. } => {
            let tls = c.request.tls;
            let answer = Cookie::Session.set(see_other("/home"), &session, tls);
            let answer = Cookie::Browser.set(answer, &browser, tls);
            Ok(Cookie::Visit.clear(answer, tls))
        }
        SignedIn::Wrong => Ok(refused(c, 422, LoginRefusal::Wrong)),
        SignedIn::Wait(wait) => {
            let seconds = wait.as_secs().max(1);
            Ok(retry_after(refused(c, 429, LoginRefusal::TooManyTries { seconds }), wait))
        }
    }
}

pub(in crate::web) fn sign_out(c: &mut Context<'_>) -> Answer {
    let (_, token) = c.signed_in()?;
    actions::sign_out(&mut c.conn, &token)?;
    Ok(Cookie::Session.clear(see_other("/login"), c.request.tls))
}
