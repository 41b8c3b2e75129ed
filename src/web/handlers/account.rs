//! One's own page, Account Settings, and the switch between the two faces.

use super::{notice, problems, refused};
use crate::actions::{self, Switched};
use crate::domain::{Face, SHORTEST, SHORTEST_FOR_ADMINISTRATORS, UserType};
use crate::store::session::Person;
use crate::web::context::{Answer, Context, Stop, see_other};
use crate::web::cookies::Cookie;
use crate::web::pages::account::{AccountView, WhyChoose, account as account_page, choose_password};
use crate::web::pages::home::{HomeView, home as home_page};
use crate::web::pages::{Problems, problem::Trouble};
use crate::web::routes::is_admin_page;

pub(in crate::web) fn home(c: &mut Context<'_>) -> Answer {
    let (person, _) = c.person()?;
    let view = HomeView {
        name: full_name(&person),
        kind: person.kind,
        school: person.school_name.clone(),
        username: person.username.clone(),
        email: person.email.clone(),
        administers: person.administers,
        wanted: c.wanted().filter(|_| person.administers.is_some()),
        password_was_given: person.has_generated_password,
    };
    let notice = notice(&c.parameter("done"));
    Ok(c.page(200, home_page(&c.shell(notice), &view)))
}

pub(in crate::web) fn show(c: &mut Context<'_>) -> Answer {
    let (person, _) = c.signed_in()?;
    let page = page(c, &view(&person), &person);
    Ok(c.page(200, page))
}

pub(in crate::web) fn change_email(c: &mut Context<'_>) -> Answer {
    let (person, _) = c.person()?;
    let (email, current) = (c.typed("email")?.to_owned(), c.form.get("current_password").to_owned());
    let changed = actions::change_own_email(
        &mut c.conn,
        c.site.key(),
        c.site.lane(),
        person.account,
        &email,
        &current,
        c.now,
    );
    match changed {
        Ok(_) => Ok(see_other("/account?done=email")),
        Err(not_done) => refused(not_done, |status, faults| {
            let problems = problems(faults, |field| if field.is_empty() { "email" } else { field });
            let view = AccountView { email, email_problems: problems, ..view(&person) };
            Ok(c.page(status, page(c, &view, &person)))
        }),
    }
}

pub(in crate::web) fn change_password(c: &mut Context<'_>) -> Answer {
    let (person, token) = c.signed_in()?;
    let (new, current) = (c.form.get("new_password").to_owned(), c.form.get("current_password").to_owned());
    let changed =
        actions::change_own_password(&mut c.conn, c.site.key(), c.site.lane(), &token, &current, &new, c.now);
    match changed {
        Ok(token) => {
            let next =
                if person.must_choose_password { "/home?done=password" } else { "/account?done=password" };
            Ok(Cookie::Session.set(see_other(next), &token, c.request.tls))
        }
        Err(not_done) => refused(not_done, |status, faults| {
            let problems = problems(faults, |field| if field.is_empty() { "new_password" } else { field });
            let view = AccountView { password_problems: problems, ..view(&person) };
            Ok(c.page(status, page(c, &view, &person)))
        }),
    }
}

pub(in crate::web) fn switch(c: &mut Context<'_>) -> Answer {
    let (person, token) = c.person()?;
    let face = Face::from_word(c.form.get("to")).ok_or(Stop::Trouble(Trouble::NotUnderstood))?;
    match actions::switch_face(&mut c.conn, &token, face, c.now)? {
        Switched::To(token) => {
            let wanted = c.form.get("next");
            let next = match face {
                Face::Admin if is_admin_page(wanted) => wanted,
                Face::Admin => "/admin/members",
                Face::Teacher => "/home",
            };
            let answer = Cookie::Session.set(see_other(next), &token, c.request.tls);
            Ok(if c.wanted().is_some() { Cookie::Wanted.clear(answer, c.request.tls) } else { answer })
        }
        Switched::NoRight => Err(Stop::Trouble(Trouble::NotYours)),
        Switched::SignedOut => Err(Stop::SignIn),
        Switched::NeedsLongerPassword => {
            let shell = c.shell(None);
            Ok(c.page(422, choose_password(&shell, &view(&person), WhyChoose::TooShortForAdmin)))
        }
    }
}

/// Account Settings, or, before anything else, the choice of a password of one's own.
fn page(c: &Context<'_>, view: &AccountView, person: &Person) -> maud::Markup {
    if person.must_choose_password {
        return choose_password(&c.shell(None), view, WhyChoose::WasGiven);
    }
    account_page(&c.shell(notice(&c.parameter("done"))), view)
}

fn view(person: &Person) -> AccountView {
    AccountView {
        name: full_name(person),
        username: person.username.clone(),
        email: person.email.clone().unwrap_or_default(),
        email_is_optional: person.kind == UserType::Student,
        shortest_password: if person.administers.is_some() { SHORTEST_FOR_ADMINISTRATORS } else { SHORTEST },
        email_problems: Problems::default(),
        password_problems: Problems::default(),
    }
}

fn full_name(person: &Person) -> String {
    format!("{} {}", person.first_name, person.last_name)
}
