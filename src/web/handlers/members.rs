//! Members: the list with its search, one member, and the forms that change one thing each.

use super::{ROWS, beside, notice, page_within, pager, problems, spot_of};
use crate::actions::{self, FieldFault, NewPassword, NotDone};
use crate::domain::{AccountId, Admin, Administers, SchoolId, Scope, UserType, search_words};
use crate::store;
use crate::store::listing::{self, Filter};
use crate::store::member::{self, Member};
use crate::store::{school, upload};
use crate::web::context::{Answer, Context, Stop, rights_to_give, see_other};
use crate::web::pages::member::{
    MemberForms, MemberView, NewPasswordView, Origin, member as member_page, password_made,
};
use crate::web::pages::members::{MemberRow, MembersView, members as members_page};
use crate::web::pages::removal::{RemovalView, removal as removal_page};
use crate::web::pages::{Problems, SchoolChoice, problem::Trouble};

pub(in crate::web) fn index(c: &mut Context<'_>) -> Answer {
    let (_, admin) = c.admin()?;
    let _moment = store::reading(&c.conn)?;
    let q = c.parameter("q");
    let kind = c.parameter("type");
    let kind = UserType::ALL.into_iter().find(|it| [it.one(), it.many()].contains(&kind.as_str()));
    let schools = schools(c, &admin)?;
    // A school that there is not has nobody; number 0 is none's.
    let chosen = Some(c.parameter("school")).filter(|chosen| !chosen.is_empty());
    let known = |id: &SchoolId| schools.iter().any(|school| school.id == *id);
    let school = chosen.map(|chosen| chosen.parse().map(SchoolId).ok().filter(known).unwrap_or(SchoolId(0)));
    let filter = Filter { words: search_words(&q), kind, school };
    let whose = match admin.scope {
        Scope::District => c.district.as_ref().map(|district| district.name.clone()).unwrap_or_default(),
        Scope::School(id) => school::name(&c.conn, id)?,
    };
    let address = form_urlencoded::Serializer::new("/admin/members?".to_owned())
        .append_pair("q", &q)
        .append_pair("type", kind.map_or("", UserType::many))
        .append_pair("school", &school.map(|id| id.0.to_string()).unwrap_or_default())
        .finish();
    let (found, is_cut, rows, pager) = if filter.words.is_empty() {
        let found = listing::count(&c.conn, admin.scope, &filter)?;
        let page = page_within(c, &address, found)?;
        let spot = spot_of(c, page).map(AccountId);
        let rows = listing::list(&c.conn, admin.scope, &filter, spot, ROWS)?;
        let pager = beside(pager(&address, page, found), rows.iter().map(|member| member.id.0));
        (found, false, rows, pager)
    } else {
        let hits = listing::search(&c.conn, admin.scope, &filter)?;
        let found = u32::try_from(hits.members.len()).unwrap_or(u32::MAX);
        let page = page_within(c, &address, found)?;
        let on_page = hits.members.chunks(ROWS as usize).nth(page as usize).unwrap_or_default();
        let rows = listing::members(&c.conn, on_page)?;
        (found, hits.is_cut, rows, pager(&address, page, found))
    };
    // The cards of a school can be asked for, and those of one kind of its people; what is searched for cannot.
    let cards = school.or(admin.scope.school()).filter(|_| filter.words.is_empty() && found > 0);
    let cards =
        cards.map(|id| format!("/admin/cards?school={}&type={}", id.0, kind.map_or("", UserType::many)));
    let view = MembersView {
        q,
        kind,
        school,
        schools: if admin.scope == Scope::District { schools } else { Vec::new() },
        whose,
        total: listing::count(&c.conn, admin.scope, &Filter::default())?.into(),
        found: found.into(),
        is_cut,
        rows: rows.into_iter().map(row).collect(),
        pager,
        cards,
    };
    let notice = notice(&c.parameter("done"));
    Ok(c.page(200, members_page(&c.shell(notice), &view)))
}

pub(in crate::web) fn show(c: &mut Context<'_>, id: AccountId) -> Answer {
    let (_, admin) = c.admin()?;
    let member = find(c, &admin, id)?;
    let notice = notice(&c.parameter("done"));
    let view = view(c, &admin, &member, forms(&member))?;
    Ok(c.page(200, member_page(&c.shell(notice), &view)))
}

/// The password that was made, as long as it holds.
pub(in crate::web) fn show_password(c: &mut Context<'_>, id: AccountId) -> Answer {
    let (_, admin) = c.admin()?;
    let (member, password) = actions::show_password(&mut c.conn, c.site.key(), &admin, id, c.now)?;
    let view = NewPasswordView {
        id,
        name: full_name(&member),
        username: member.username,
        password: password.expose(),
        must_choose: member.chooses_password,
    };
    Ok(c.page(200, password_made(&c.shell(None), &view)))
}

pub(in crate::web) fn rename(c: &mut Context<'_>, id: AccountId) -> Answer {
    let (_, admin) = c.admin()?;
    let (first, last) = (c.form.get("first_name").to_owned(), c.form.get("last_name").to_owned());
    let done = actions::rename_member(&mut c.conn, &admin, id, &first, &last, c.now).map(|_| ());
    finish(c, &admin, id, done, "name", |forms, faults| {
        let name_problems = problems(faults, |field| if field.is_empty() { "first_name" } else { field });
        MemberForms { first_name: first, last_name: last, name_problems, ..forms }
    })
}

pub(in crate::web) fn set_email(c: &mut Context<'_>, id: AccountId) -> Answer {
    let (_, admin) = c.admin()?;
    find(c, &admin, id)?;
    let email = c.typed("email")?.to_owned();
    let done = actions::set_member_email(&mut c.conn, &admin, id, &email, c.now).map(|_| ());
    finish(c, &admin, id, done, "email", |forms, faults| MemberForms {
        email,
        email_problems: problems(faults, |_| "email"),
        ..forms
    })
}

pub(in crate::web) fn set_password(c: &mut Context<'_>, id: AccountId) -> Answer {
    let (_, admin) = c.admin()?;
    find(c, &admin, id)?;
    let typed = c.typed("password")?.to_owned();
    let new = if typed.is_empty() { NewPassword::Generated } else { NewPassword::Typed(&typed) };
    let done = actions::set_member_password(&mut c.conn, c.site.key(), c.site.lane(), &admin, id, new, c.now);
    if let Ok(Some(_)) = done {
        return Ok(see_other(&format!("/admin/members/{}/password", id.0)));
    }
    finish(c, &admin, id, done.map(|_| ()), "password", |forms, faults| MemberForms {
        password_problems: problems(faults, |_| "password"),
        ..forms
    })
}

pub(in crate::web) fn set_school(c: &mut Context<'_>, id: AccountId) -> Answer {
    let (_, admin) = c.district_admin()?;
    let to = c.form.get("school_id").parse().map(SchoolId).unwrap_or(SchoolId(0));
    let done = actions::move_member(&mut c.conn, &admin, id, to, c.now);
    finish(c, &admin, id, done, "school", |forms, faults| MemberForms {
        school_id: Some(to),
        school_problems: problems(faults, |_| "school_id"),
        ..forms
    })
}

pub(in crate::web) fn set_suspension(c: &mut Context<'_>, id: AccountId) -> Answer {
    let (_, admin) = c.admin()?;
    let (done, word) = match c.form.get("suspended") {
        "yes" => (actions::suspend(&mut c.conn, &admin, id, c.now), "suspended"),
        "no" => (actions::reinstate(&mut c.conn, &admin, id, c.now), "reinstated"),
        _ => return Err(Stop::Trouble(Trouble::NotUnderstood)),
    };
    finish(c, &admin, id, done, word, |forms, faults| MemberForms {
        suspension_problems: problems(faults, |_| "suspended"),
        ..forms
    })
}

pub(in crate::web) fn set_administers(c: &mut Context<'_>, id: AccountId) -> Answer {
    let (_, admin) = c.admin()?;
    let right = match c.form.get("administers") {
        "none" => None,
        word => Some(Administers::from_word(word).ok_or(Stop::Trouble(Trouble::NotUnderstood))?),
    };
    let done = actions::set_administers(&mut c.conn, &admin, id, right, c.now);
    let word = if right.is_some() { "administers" } else { "administers-nothing" };
    finish(c, &admin, id, done, word, |forms, faults| MemberForms {
        administers: right,
        administers_problems: problems(faults, |_| "administers"),
        ..forms
    })
}

pub(in crate::web) fn show_remove(c: &mut Context<'_>, id: AccountId) -> Answer {
    let (_, admin) = c.admin()?;
    let refusal = match actions::may_be_removed(&c.conn, &admin, id) {
        Ok(_) => Vec::new(),
        Err(NotDone::Refused(faults)) => faults,
        Err(other) => return Err(other.into()),
    };
    removal(c, &admin, id, 200, refusal)
}

pub(in crate::web) fn remove(c: &mut Context<'_>, id: AccountId) -> Answer {
    let (_, admin) = c.admin()?;
    match actions::remove_member(&mut c.conn, &admin, id, c.now) {
        Ok(()) => {
            // What names them in results files is written anew at once.
            c.site.wake();
            Ok(see_other("/admin/members?done=removed"))
        }
        Err(NotDone::Refused(faults)) => removal(c, &admin, id, 422, faults),
        Err(other) => Err(other.into()),
    }
}

/// The page that asks whether a member is to be removed, or says why not.
fn removal(c: &Context<'_>, admin: &Admin, id: AccountId, status: u16, faults: Vec<FieldFault>) -> Answer {
    let member = find(c, admin, id)?;
    let view = RemovalView {
        id,
        name: full_name(&member),
        username: member.username,
        kind: member.kind,
        school: member.school_name,
        results_kept: c.district.as_ref().map_or(0, |district| district.kept.results),
        refusal: faults.into_iter().next().map(|fault| fault.why),
    };
    Ok(c.page(status, removal_page(&c.shell(None), &view)))
}

/// Back to the member when it is done; the member's page with what was typed when the form is refused.
fn finish(
    c: &mut Context<'_>,
    admin: &Admin,
    id: AccountId,
    done: Result<(), NotDone>,
    word: &str,
    refused: impl FnOnce(MemberForms, Vec<FieldFault>) -> MemberForms,
) -> Answer {
    match done {
        Ok(()) => Ok(see_other(&format!("/admin/members/{}?done={word}", id.0))),
        Err(NotDone::Refused(faults)) => {
            let member = find(c, admin, id)?;
            let forms = refused(forms(&member), faults);
            let view = view(c, admin, &member, forms)?;
            Ok(c.page(422, member_page(&c.shell(None), &view)))
        }
        Err(other) => Err(other.into()),
    }
}

fn find(c: &Context<'_>, admin: &Admin, id: AccountId) -> Result<Member, Stop> {
    member::get(&c.conn, admin.scope, id)?.ok_or(Stop::Trouble(Trouble::NotFound))
}

fn schools(c: &Context<'_>, admin: &Admin) -> Result<Vec<SchoolChoice>, Stop> {
    let schools = school::choices(&c.conn, admin.scope)?;
    Ok(schools.into_iter().map(|(id, name)| SchoolChoice { id, name }).collect())
}

fn forms(member: &Member) -> MemberForms {
    MemberForms {
        first_name: member.first_name.clone(),
        last_name: member.last_name.clone(),
        email: member.email.clone().unwrap_or_default(),
        school_id: Some(member.school),
        administers: member.administers,
        name_problems: Problems::default(),
        ..MemberForms::default()
    }
}

fn view(c: &Context<'_>, admin: &Admin, member: &Member, forms: MemberForms) -> Result<MemberView, Stop> {
    let upload = match member.origin {
        Some((id, _)) => upload::visible_to(&c.conn, admin.scope, id)?,
        None => None,
    };
    Ok(MemberView {
        id: member.id,
        name: full_name(member),
        username: member.username.clone(),
        email: member.email.clone(),
        kind: member.kind,
        school: SchoolChoice { id: member.school, name: member.school_name.clone() },
        made: c.time(member.created_at),
        origin: match (member.origin, upload) {
            (Some((id, line)), Some(listed)) => {
                Origin::Upload { id, file_name: listed.upload.file_name, line }
            }
            (Some(_), None) => Origin::Elsewhere,
            (None, _) => Origin::SetUp,
        },
        has_generated_password: member.has_generated_password,
        is_suspended: member.suspended_at.is_some(),
        administers: member.administers,
        schools: if admin.scope == Scope::District { schools(c, admin)? } else { Vec::new() },
        out_of_reach: actions::out_of_reach(admin, member),
        rights: if member.kind == UserType::Teacher { rights_to_give(admin) } else { Vec::new() },
        forms,
    })
}

fn row(member: Member) -> MemberRow {
    MemberRow {
        id: member.id,
        name: full_name(&member),
        username: member.username,
        email: member.email,
        kind: member.kind,
        school: member.school_name,
        administers: member.administers,
        is_suspended: member.suspended_at.is_some(),
    }
}

fn full_name(member: &Member) -> String {
    format!("{} {}", member.first_name, member.last_name)
}
