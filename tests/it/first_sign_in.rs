//! Who has to choose a password of their own at the first sign-in, and what counts as use or change of an account.

use crate::serving::{Server, until};
use crate::support::Site;
use crate::visitor::Visitor;

/// Uploads a file with the administrator's choice, and waits until its accounts are there.
fn upload(server: &Server, ada: &mut Visitor, kind: &str, choose: &str, lines: &str) {
    let before = server.site.count("SELECT count(*) FROM upload");
    let page = ada.get("/admin/uploads/new");
    let form = page.form("/admin/uploads").with("user_type", kind).with("school_id", "1");
    let form = form.with("choose_password", choose);
    let file = format!("first_name,last_name,email,password\n{lines}");
    assert_eq!(ada.send(form.file("a.csv", file)).status, 303);
    let done = "SELECT count(*) FROM upload WHERE status = 'succeeded'";
    until("the job", || (server.site.count(done) == before + 1).then_some(()));
}

/// Whether somebody who signs in is asked for a password of their own before anything else.
fn must_choose(server: &Server, login: &str, password: &str) -> bool {
    let mut visitor = server.signed_in(login, password);
    let home = visitor.get("/home");
    match home.status {
        200 => false,
        _ => {
            assert_eq!(home.location(), "/account");
            visitor.get("/account").assert_shows(&["Choose your own password"]);
            true
        }
    }
}

#[test]
fn the_administrator_chooses_for_each_upload_who_must_choose_a_password() {
    let server = Server::of_a_district();
    let mut ada = server.ada();
    ada.get("/admin/uploads/new").assert_shows(&["Teachers and parents who get a generated password."]);
    // As usual: whose password is generated, but for students.
    let mut expected = Vec::new();
    for (kind, choose, given, made) in [
        ("teachers", "", false, true),
        ("students", "", false, false),
        ("teachers", "yes", true, true),
        ("students", "yes", true, true),
        ("parents", "no", false, false),
    ] {
        let n = expected.len();
        let (own, none) = (format!("given{n}@x.example"), format!("made{n}@x.example"));
        upload(&server, &mut ada, kind, choose, &format!("Gil,Given,{own},a given lamp\nMia,Made,{none},\n"));
        expected.extend([(own, given), (none, made)]);
    }
    for (login, must) in &expected {
        let password = match login.starts_with("given") {
            true => "a given lamp".to_owned(),
            false => server.site.generated_password(login),
        };
        assert_eq!(must_choose(&server, login, &password), *must, "{login}");
    }
    // Whoever has chosen is not asked again.
    let mut gil = server.signed_in("given6@x.example", "a given lamp");
    let form = gil.get("/account").form("/account/password");
    let chosen = form.with("current_password", "a given lamp").with("new_password", "seven wet camels");
    assert_eq!(gil.send(chosen).location(), "/home?done=password");
    gil.get("/home").assert_shows(&["Gil Given"]);
    assert!(!must_choose(&server, "given6@x.example", "seven wet camels"));
    server.end();
}

#[test]
fn what_is_sent_without_the_field_is_as_usual_and_the_choice_comes_back_with_a_refused_form() {
    let server = Server::of_a_district();
    let mut ada = server.ada();
    let page = ada.get("/admin/uploads/new");
    let mut form = page.form("/admin/uploads").with("user_type", "teachers").with("school_id", "1");
    form.fields.retain(|(name, _)| name != "choose_password");
    let file =
        "first_name,last_name,email,password\nMia,Made,mia@x.example,\nGil,Given,gil@x.example,a lamp lit\n";
    assert_eq!(ada.send(form.file("a.csv", file)).status, 303);
    until("the job", || (server.site.count("SELECT count(*) FROM account") == 3).then_some(()));
    assert!(must_choose(&server, "mia@x.example", &server.site.generated_password("mmade")));
    assert!(!must_choose(&server, "gil@x.example", "a lamp lit"));
    let form = ada.get("/admin/uploads/new").form("/admin/uploads").with("school_id", "1");
    let refused = ada.send(form.with("choose_password", "no").file("a.csv", file));
    refused.assert_refused(&["Say who is in the file"]);
    assert_eq!(refused.form("/admin/uploads").value("choose_password"), "no");
    server.end();
}

#[test]
fn a_password_from_an_administrator_is_replaced_and_one_from_the_command_line_is_not() {
    let server = Server::of_a_district();
    let mut ada = server.ada();
    let lines = "Tess,Teacher,tess@x.example,a given lamp\n";
    upload(&server, &mut ada, "teachers", "no", lines);
    upload(&server, &mut ada, "students", "yes", "Sam,Small,,a given lamp\n");
    assert!(!must_choose(&server, "tteacher", "a given lamp"));
    for (member, asked) in [(2, true), (3, false)] {
        let page = ada.get(&format!("/admin/members/{member}"));
        let form = page.form(&format!("/admin/members/{member}/password")).with("password", "eleven camels");
        assert_eq!(ada.send(form).status, 303);
        let login = if member == 2 { "tteacher" } else { "ssmall" };
        assert_eq!(must_choose(&server, login, "eleven camels"), asked, "{login}");
    }
    let ran = server.site.run(&["reset-password", "tteacher"], "twelve camels sing\n");
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    assert!(!must_choose(&server, "tteacher", "twelve camels sing"));
    server.end();
}

#[test]
fn the_first_sign_in_and_the_first_change_are_noted_and_later_ones_are_not() {
    let site = Site::set_up();
    let lines: String = (1..=8).map(|n| format!("Kid,Number{n},,a lamp lit\n")).collect();
    site.import("students", &site.roster("a.csv", &lines));
    let server = Server::open(site);
    let noted = |column: &str, id: i64| -> Option<i64> {
        let query = format!("SELECT {column} FROM account WHERE id = {id}");
        server.site.office().conn.query_row(&query, [], |row| row.get(0)).unwrap()
    };
    for id in 2..10 {
        assert_eq!((noted("used_at", id), noted("changed_at", id)), (None, None));
    }
    let mut ada = server.ada();
    for (id, what, field, value) in [
        (2, "name", "first_name", "Kit"),
        (3, "email", "email", "kid@x.example"),
        (4, "password", "password", "eleven camels"),
        (5, "suspension", "suspended", "yes"),
    ] {
        let change = |ada: &mut Visitor| {
            let page = ada.get(&format!("/admin/members/{id}"));
            let form = page.form(&format!("/admin/members/{id}/{what}")).with(field, value);
            assert_eq!(ada.send(form).status, 303, "{what}");
        };
        change(&mut ada);
        let first = noted("changed_at", id);
        assert!(first.is_some() && noted("used_at", id).is_none(), "{what}");
        if what != "suspension" {
            change(&mut ada);
        }
        assert_eq!(noted("changed_at", id), first, "{what}");
    }
    server.site.run(&["reset-password", "knumber5"], "twelve camels sing\n");
    assert!(noted("changed_at", 6).is_some(), "from the command line");
    // To sign in is to use it, and to hash the same password anew is no change.
    assert!(server.visitor().sign_in("knumber6", "wrong").status == 422 && noted("used_at", 7).is_none());
    server.signed_in("knumber6", "a lamp lit");
    let first = noted("used_at", 7);
    assert!(first.is_some());
    let hash =
        "UPDATE account SET password_hash = (SELECT password_hash FROM account WHERE id = 8) WHERE id = 7";
    server.site.office().conn.execute(hash, []).unwrap();
    server.signed_in("knumber6", "a lamp lit");
    assert_eq!((noted("used_at", 7), noted("changed_at", 7)), (first, None));
    assert_eq!((noted("used_at", 8), noted("changed_at", 8)), (None, None));
    assert!(noted("used_at", 1).is_some(), "the administrator's own");
    server.end();
}

#[test]
fn before_a_password_is_chosen_nothing_else_is_done_and_that_is_said() {
    let server = Server::of_a_district();
    let mut ada = server.ada();
    upload(&server, &mut ada, "teachers", "yes", "Gil,Given,gil@x.example,a given lamp\n");
    let mut gil = server.signed_in("gil@x.example", "a given lamp");
    let token = gil.get("/account").form("/account/password");
    for address in ["/account/email", "/switch"] {
        let mut form = token.clone();
        form.action = address.to_owned();
        form.fields.retain(|(name, _)| name == "csrf");
        let fields = [("email", "other@x.example"), ("current_password", "a given lamp"), ("to", "admin")];
        form.fields.extend(fields.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let refused = gil.send(form);
        assert_eq!(refused.status, 403, "{address}");
        assert!(refused.text().contains("Choose a password first"), "{}", refused.text());
    }
    assert_eq!(server.site.count("SELECT count(*) FROM account WHERE email = 'other@x.example'"), 0);
    server.end();
}
