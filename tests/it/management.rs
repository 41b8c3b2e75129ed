//! *Management* as an administrator uses it: members and what can be done for each, schools, settings, the audit log.

use crate::checks::check_students;
use crate::post::upload;
use crate::serving::Server;
use crate::support::{PASSWORD, SCHOOL, Site};
use crate::visitor::{Answer, Visitor, encoded};

const OTHER: &str = "Hilltop Primary";
/// In every script, without passwords: they are made.
const TEACHERS: &str = "Tess,Teacher,tess@x.example,\nЮлия,Петрова,julia@x.example,\n芳,王,fang@x.example,\n\
                        يوسف,حداد,yusuf@x.example,\nÉlodie,O’Neill,elodie@x.example,\n";
const STUDENTS: &str = "Sam,Small,,six grey mice\n";

/// A district with two schools, and people at Lincoln High.
fn district() -> Server {
    let site = Site::set_up();
    site.add_school(OTHER);
    for (kind, lines) in [("teachers", TEACHERS), ("students", STUDENTS)] {
        let file = site.roster(&format!("{kind}.csv"), lines);
        assert_eq!(site.import(kind, &file).status, Some(0));
    }
    Server::open(site)
}

fn find(admin: &mut Visitor, query: &str) -> Answer {
    let found = admin.get(&format!("/admin/members?{query}"));
    assert_eq!(found.status, 200, "{query}");
    found
}

/// The address of the one member that a search finds.
fn member(admin: &mut Visitor, search: &str) -> String {
    let found = find(admin, &format!("q={}", encoded(search)));
    let [address] = &found.links("/admin/members/")[..] else { panic!("{search}: {}", found.text()) };
    address.clone()
}

/// Fills in one of a member's forms, and gives the answer.
fn change(admin: &mut Visitor, member: &str, what: &str, typed: &[(&str, &str)]) -> Answer {
    let mut form = admin.get(member).form(&format!("{member}/{what}"));
    for (name, value) in typed {
        form = form.with(name, value);
    }
    admin.send(form)
}

/// The same, done; gives the page that follows.
fn done(admin: &mut Visitor, member: &str, what: &str, typed: &[(&str, &str)]) -> Answer {
    let sent = change(admin, member, what, typed);
    let page = admin.follow(&sent);
    assert_eq!(page.status, 200, "{what}: {}", page.text());
    page
}

/// Somebody who got a password from somebody else signs in, and chooses their own before anything else.
fn choose(server: &Server, login: &str, given: &str, own: &str) -> Visitor {
    let mut visitor = server.signed_in(login, given);
    let home = visitor.get("/home");
    let choose = visitor.follow(&home);
    choose.assert_shows(&["Choose your own password"]);
    let form = choose.form("/account/password");
    let chosen = visitor.send(form.with("current_password", given).with("new_password", own));
    assert_eq!(visitor.follow(&chosen).status, 200);
    visitor
}

#[test]
fn members_are_found_by_any_part_of_name_username_or_email_in_any_script() {
    let server = district();
    let mut ada = server.ada();
    let found = find(&mut ada, "");
    found.assert_shows(&["7 members in Springfield", "王", "حداد", "Ada Adminova", "District Administrator"]);
    for (search, name) in [
        ("юлия", "Юлия Петрова"),
        ("王芳", "芳 王"),
        ("حداد", "يوسف حداد"),
        ("e\u{301}lod", "Élodie O’Neill"),
        ("elodie o'neill", "Élodie O’Neill"),
        ("FANG@X", "芳 王"),
        ("ssmall", "Sam Small"),
        ("small sa", "Sam Small"),
    ] {
        let found = find(&mut ada, &format!("q={}", encoded(search)));
        found.assert_shows(&["1 found", name]);
        assert_eq!(found.links("/admin/members/").len(), 1, "{search}");
    }
    find(&mut ada, "q=nobody").assert_shows(&["Nobody found", "Show everybody"]);
    find(&mut ada, "type=students").assert_shows(&["1 found", "Sam Small"]);
    let other = ada.get("/admin/schools").links("/admin/members?school=").pop().unwrap();
    let (lincoln, hilltop) = ("/admin/members?school=1", "/admin/members?school=2");
    assert!([lincoln, hilltop].contains(&other.as_str()), "{other}");
    ada.get(hilltop).assert_shows(&["Nobody found"]);
    ada.get(lincoln).assert_shows(&["7 found"]);
    find(&mut ada, "type=student").assert_shows(&["1 found", "Sam Small"]);
    for nowhere in ["school=99", "school=x"] {
        find(&mut ada, nowhere).assert_shows(&["Nobody found"]);
    }
    // What was searched for comes back as text, whatever it is.
    let hostile = find(&mut ada, &format!("q={}", encoded("\"><script>alert(1)</script>")));
    assert!(!hostile.html().contains("<script>alert"));
    server.end();
}

#[test]
fn an_administrator_renames_a_member_changes_the_email_and_moves_them() {
    let server = district();
    let mut ada = server.ada();
    let sam = member(&mut ada, "ssmall");
    ada.get(&sam).assert_shows(&["Sam Small", "Student", SCHOOL, "line 2 of students.csv", "active"]);
    done(&mut ada, &sam, "name", &[("first_name", "Samu"), ("last_name", "Small-Díaz")]).assert_shows(&[
        "The name is changed.",
        "Samu Small-Díaz",
        "ssmall",
    ]);
    let refused = change(&mut ada, &sam, "name", &[("first_name", ""), ("last_name", "Kept")]);
    refused.assert_refused(&["The first name"]);
    assert_eq!(refused.form(&format!("{sam}/name")).value("last_name"), "Kept");
    done(&mut ada, &sam, "email", &[("email", "Sam@X.example")]).assert_shows(&["Sam@X.example"]);
    server.signed_in("sam@x.example", "six grey mice");
    let refused = change(&mut ada, &sam, "email", &[("email", "TESS@x.example")]);
    refused.assert_refused(&["This email is in use already."]);
    assert_eq!(refused.form(&format!("{sam}/email")).value("email"), "TESS@x.example");
    let form = ada.get(&sam).form(&format!("{sam}/school")).choose("school_id", OTHER);
    let moved = ada.send(form.clone());
    ada.follow(&moved).assert_shows(&[OTHER, "They belong to another school now."]);
    let form = ada.get(&sam).form(&format!("{sam}/school"));
    ada.send(form).assert_refused(&["They are at this school already."]);
    server.end();
}

#[test]
fn an_administrator_gives_a_member_a_new_password_suspends_and_reinstates_them() {
    let server = district();
    let mut ada = server.ada();
    let tess = member(&mut ada, "tteacher");
    let made = done(&mut ada, &tess, "password", &[]);
    made.assert_shows(&["Tess Teacher", "tteacher", "At the first log-in"]);
    let text = made.text();
    let password = text.split("Password ").nth(1).unwrap().split(" At the first").next().unwrap();
    let mut visitor = choose(&server, "tteacher", password, "ten tall camels");
    visitor.get("/home").assert_shows(&["Teacher at Lincoln High"]);
    assert_eq!(ada.get(&format!("{tess}/password")).status, 404, "nobody sees a chosen password");

    change(&mut ada, &tess, "password", &[("password", "short")]).assert_refused(&["it needs 8 at least"]);
    done(&mut ada, &tess, "password", &[("password", "nine blue lamps")]);
    assert_eq!(visitor.get("/home").location(), "/login", "it ends the sessions");
    let mut visitor = server.signed_in("tteacher", "nine blue lamps");
    done(&mut ada, &tess, "suspension", &[]).assert_shows(&["suspended", "Reinstate the account"]);
    assert_eq!(visitor.get("/home").location(), "/login", "at once");
    visitor.sign_in("tteacher", "nine blue lamps").assert_refused(&["do not open an account"]);
    done(&mut ada, &tess, "suspension", &[]).assert_shows(&["active", "Suspend the account"]);
    server.signed_in("tteacher", "nine blue lamps");
    server.end();
}

#[test]
fn only_teachers_become_administrators_and_the_last_of_the_district_stays() {
    let server = district();
    let mut ada = server.ada();
    let (tess, own, sam) =
        (member(&mut ada, "tteacher"), member(&mut ada, "aadminova"), member(&mut ada, "ssmall"));
    done(&mut ada, &tess, "password", &[("password", "a long one for tess")]);
    done(&mut ada, &tess, "administers", &[("administers", "school")])
        .assert_shows(&["School Administrator"]);
    choose(&server, "tteacher", "a long one for tess", "a long one of tess's own");
    server
        .admin("tteacher", "a long one of tess's own")
        .get("/admin/members")
        .assert_shows(&["in Lincoln High"]);
    assert!(!ada.get(&sam).html().contains("/administers"), "no such form for a student");
    let last = "This is the last district administrator.";
    change(&mut ada, &own, "administers", &[("administers", "none")]).assert_refused(&[last]);
    change(&mut ada, &own, "suspension", &[]).assert_refused(&["Nobody can suspend themselves."]);
    done(&mut ada, &tess, "administers", &[("administers", "district")])
        .assert_shows(&["District Administrator"]);
    let signed_out = change(&mut ada, &own, "administers", &[("administers", "none")]);
    assert_eq!(ada.follow(&signed_out).location(), "/login", "a right that changes ends the sessions");
    assert_eq!(server.signed_in("aadminova", PASSWORD).get("/admin/members").status, 403);
    // Who has to choose a longer password before the Admin Account is asked for it.
    let mut tess_again = server.admin("tteacher", "a long one of tess's own");
    done(&mut tess_again, &own, "administers", &[("administers", "school")]);
    done(&mut tess_again, &own, "password", &[("password", "")]);
    let text = tess_again.get(&format!("{own}/password")).text();
    let made = text.split("Password ").nth(1).unwrap().split(" At the first").next().unwrap().to_owned();
    let mut ada = server.signed_in("aadminova", &made);
    assert_eq!(ada.get("/admin/members").location(), "/account");
    server.end();
}

#[test]
fn whom_a_school_administrator_cannot_change_is_shown_with_the_reason_and_without_forms() {
    let server = district();
    let mut ada = server.ada();
    let (tess, own) = (member(&mut ada, "tteacher"), member(&mut ada, "aadminova"));
    done(&mut ada, &tess, "password", &[("password", "a long one for tess")]);
    done(&mut ada, &tess, "administers", &[("administers", "school")]);
    choose(&server, "tteacher", "a long one for tess", "a long one of tess's own");
    let mut office = server.admin("tteacher", "a long one of tess's own");
    let offers =
        |page: &Answer| page.html().contains(&format!("{own}/")) || page.html().contains("/admin/cards");
    let why = "This is a district administrator: only district administrators can change the account.";
    let page = office.get(&own);
    page.assert_shows(&["Ada Adminova", "District Administrator", why]);
    assert!(!offers(&page), "{}", page.html());
    let csrf = page.form("/logout").value("csrf").to_owned();
    let typed = [("csrf", csrf.as_str()), ("first_name", "Eve"), ("last_name", "Evil")];
    let refused = office.post(&format!("{own}/name"), &typed);
    refused.assert_refused(&[why]);
    assert!(!offers(&refused), "{}", refused.html());
    let page = ada.get(&own);
    assert!(offers(&page) && !page.text().contains(why), "{}", page.text());
    server.end();
}

#[test]
fn a_right_that_is_taken_away_is_not_said_to_be_had_after_the_next_log_in() {
    let server = district();
    let mut ada = server.ada();
    let tess = member(&mut ada, "tteacher");
    let given = done(&mut ada, &tess, "administers", &[("administers", "school")]);
    given.assert_shows(&["The right is changed. They log in again, and have it."]);
    let taken = done(&mut ada, &tess, "administers", &[("administers", "none")]);
    taken.assert_shows(&["The right is taken away.", "administer nothing any more"]);
    server.end();
}

#[test]
fn a_page_past_the_end_of_a_list_leads_to_the_last_one_there_is() {
    let server = district();
    let mut ada = server.ada();
    let kids: String = (0..60).map(|n| format!("Kid{n},Lee,,\n")).collect();
    let job = upload(&server, &mut ada, "students", "kids.csv", &kids);
    let check = check_students(&mut ada, &kids);
    for (list, last, shown) in [
        ("/admin/members?type=students", 2, "51 to 61 of 61"),
        ("/admin/members?type=students&after=1", 2, "51 to 61 of 61"),
        ("/admin/members?q=kid", 2, "51 to 60 of 60"),
        ("/admin/uploads?", 1, "kids.csv"),
        (&format!("/admin/uploads/{job}?status=created"), 2, "51 to 60 of 60"),
        (&format!("/admin/checks/{check}?status=created"), 2, "51 to 60 of 60"),
        ("/admin/mail?", 1, "File received"),
        ("/admin/audit?", 1, "Ada Adminova"),
    ] {
        let sent = ada.get(&format!("{list}&page=9"));
        assert!(sent.location().ends_with(&format!("page={last}")), "{list}: {}", sent.location());
        ada.follow(&sent).assert_shows(&[shown]);
    }
    // Where there is nothing, nothing is denied.
    find(&mut ada, "q=nobody&page=9").assert_shows(&["Nobody found"]);
    server.end();
}

#[test]
fn schools_are_added_and_renamed_and_no_two_have_one_name() {
    let server = district();
    let mut ada = server.ada();
    let schools = ada.get("/admin/schools");
    schools.assert_shows(&["2 schools", SCHOOL, OTHER]);
    let add = |name: &str| schools.form("/admin/schools").with("name", name);
    let added = ada.send(add("École <Nº 3>"));
    ada.follow(&added).assert_shows(&["The school is added.", "École <Nº 3>", "3 schools"]);
    let refused = ada.send(add("hilltop PRIMARY"));
    refused.assert_refused(&["There is a school called Hilltop Primary already."]);
    assert_eq!(refused.form("/admin/schools").value("name"), "hilltop PRIMARY");
    ada.send(add(" ")).assert_refused(&["The school's name"]);

    let rename = |page: &Answer, from: &str| {
        let forms = page.html().split("action=\"/admin/schools/").skip(1);
        let actions = forms.map(|rest| format!("/admin/schools/{}", rest.split('"').next().unwrap()));
        actions.map_while(|action| Some(page.form(&action))).find(|form| form.value("name") == from).unwrap()
    };
    let form = rename(&ada.get("/admin/schools"), OTHER);
    let renamed = ada.send(form.clone().with("name", "Hilltop Academy"));
    ada.follow(&renamed).assert_shows(&["The school is renamed.", "Hilltop Academy"]);
    ada.send(form.with("name", SCHOOL)).assert_refused(&["There is a school called Lincoln High already."]);
    server.end();
}

#[test]
fn settings_hold_from_the_next_page_on_and_a_refused_one_comes_back() {
    let server = district();
    let mut ada = server.ada();
    let form = ada.get("/admin/settings").form("/admin/settings");
    assert_eq!((form.value("district"), form.value("rows_per_file")), ("Springfield", "1000"));
    let wrong =
        form.clone().with("district", "").with("rows_per_file", "many").with("students_choose", "yes");
    let refused = ada.send(wrong);
    refused.assert_refused(&["The district's name", "Give a number from 1 to 200,000."]);
    let again = refused.form("/admin/settings");
    assert_eq!((again.value("rows_per_file"), again.value("students_choose")), ("many", "yes"));
    let right = form
        .with("district", "Shelbyville")
        .with("rows_per_file", "2")
        .with("time_zone", "Asia/Kolkata")
        .with("students_choose", "yes");
    let saved = ada.send(right);
    ada.follow(&saved).assert_shows(&["The settings are saved."]);
    let page = ada.get("/admin/settings");
    let form = page.form("/admin/settings");
    assert_eq!((form.value("time_zone"), form.value("students_choose")), ("Asia/Kolkata", "yes"));
    for zone in ["Mars/Olympus", "Factory", "localtime"] {
        assert!(!page.html().contains(&format!("value=\"{zone}\"")), "{zone} is offered");
        let refused = ada.send(form.clone().with("time_zone", zone));
        refused.assert_refused(&["There is no such time zone."]);
        assert_eq!(refused.form("/admin/settings").value("time_zone"), "Asia/Kolkata", "{zone}");
    }
    ada.get("/admin/members").assert_shows(&["Shelbyville"]);
    let steps = ada.get("/admin/uploads/new");
    steps.assert_shows(&["up to 2 in a file"]);
    let three = "first_name,last_name,email,password\nA,A,,\nB,B,,\nC,C,,\n";
    let form = steps.form("/admin/uploads").choose("school_id", SCHOOL).with("user_type", "students");
    ada.send(form.file("three.csv", three)).assert_refused(&["three.csv was not accepted."]);
    server.end();
}

#[test]
fn a_form_without_its_fields_empties_nothing() {
    let server = district();
    let mut ada = server.ada();
    let sam = member(&mut ada, "ssmall");
    done(&mut ada, &sam, "email", &[("email", "sam@x.example")]);
    let form = ada.get("/admin/settings").form("/admin/settings");
    assert_eq!(ada.send(form.with("address", "https://accounts.springfield.example")).status, 303);
    let csrf = ada.get("/home").form("/logout").value("csrf").to_owned();
    let before = server.snapshot();
    let csrf = ("csrf", csrf.as_str());
    for (path, typed) in [
        (&format!("{sam}/email"), &[csrf][..]),
        (&format!("{sam}/password"), &[csrf]),
        (&"/account/email".to_owned(), &[csrf, ("current_password", PASSWORD)]),
        (
            &"/admin/settings".to_owned(),
            &[csrf, ("district", "Shelbyville"), ("time_zone", "UTC"), ("rows_per_file", "2")],
        ),
    ] {
        ada.post(path, typed).assert_refused(&["Nothing was changed."]);
        assert!(server.snapshot() == before, "{path}");
    }
    server.end();
}

#[test]
fn the_audit_log_says_who_did_what_to_whom_and_no_secrets() {
    let server = district();
    let mut ada = server.ada();
    let tess = member(&mut ada, "tteacher");
    done(&mut ada, &tess, "name", &[("first_name", "Theresa")]);
    done(&mut ada, &tess, "password", &[("password", "a long one for tess")]);
    let mut teacher = choose(&server, "tteacher", "a long one for tess", "a long one of tess's own");
    assert_eq!(teacher.get("/admin/settings?secret=1").status, 403);
    let log = ada.get("/admin/audit");
    log.assert_shows(&[
        "Ada Adminova (aadminova) switched to the Admin Account",
        "Ada Adminova (aadminova) changed the name of (to Theresa Teacher)",
        "set a new password for",
        "Theresa Teacher (tteacher) was refused",
        "/admin/settings",
    ]);
    assert!(!log.html().contains("a long one") && !log.html().contains("secret=1"));
    assert!(log.links("/admin/members/").contains(&tess));
    assert!(!server.said().contains("Theresa") && !server.said().contains("secret"), "{}", server.said());
    server.end();
}
