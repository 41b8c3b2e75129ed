//! What nobody gets past: forms that come from elsewhere, methods that are not ours, bodies that are too large. And
//! what every answer carries; `visitor.rs` holds the headers on each of them, here and in all the other tests.

use crate::serving::{Server, until};
use crate::support::{PASSWORD, Site};
use crate::visitor::{Answer, Form, Visitor};

/// The refusal of a form that is not ours.
fn assert_not_ours(answer: &Answer, why: &str) {
    assert_eq!(answer.status, 403, "{why}: {}", answer.text());
    assert!(answer.text().contains("That form was too old"), "{why}: {}", answer.text());
}

/// A form without its token.
fn bare(mut form: Form) -> Form {
    form.fields.retain(|(name, _)| name != "csrf");
    form
}

fn with_token(form: &Form, token: &str) -> Form {
    let mut form = bare(form.clone());
    form.fields.push(("csrf".to_owned(), token.to_owned()));
    form
}

/// Sends a form as a page of another site would have it sent.
fn send_from(visitor: &mut Visitor, form: &Form, headers: &[(&str, &str)]) -> Answer {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&form.fields).finish();
    let kind = [("Content-Type", "application/x-www-form-urlencoded")];
    visitor.ask("POST", &form.action, &[&kind[..], headers].concat(), Some(body.into_bytes()))
}

#[test]
fn a_form_without_its_token_or_with_another_ones_changes_nothing() {
    let server = Server::of_a_district();
    let (mut ada, mut stranger) = (server.ada(), server.visitor());
    let school = ada.get("/admin/schools").form("/admin/schools").with("name", "Evil High");
    let upload = ada.get("/admin/uploads/new").form("/admin/uploads").with("user_type", "students");
    let upload = upload.file("a.csv", "first_name,last_name,email,password\nA,B,,\n");
    let settings = ada.get("/admin/settings").form("/admin/settings").with("district", "Evil");
    let member = ada.get("/admin/members/1").form("/admin/members/1/name").with("first_name", "Evil");
    let switch = ada.get("/home").form("/switch");
    let logout = ada.get("/home").form("/logout");
    let other_session = server.ada().get("/admin/schools").form("/admin/schools").value("csrf").to_owned();
    let visit = stranger.get("/login").form("/login").value("csrf").to_owned();
    let own = school.value("csrf").to_owned();
    let own_cookie = ada.cookies["firstbell_session"].clone();
    let before = server.snapshot();
    for form in [&school, &upload, &settings, &member, &switch, &logout] {
        assert_not_ours(&ada.send(bare(form.clone())), &format!("{} without a token", form.action));
        for token in ["", "x", &own[1..], &other_session, &visit, &own_cookie, &own.to_uppercase()] {
            let answer = ada.send(with_token(form, token));
            assert_not_ours(&answer, &format!("{} with {token}", form.action));
        }
    }
    assert_eq!(server.snapshot(), before);
    assert_eq!(ada.get("/admin/schools").status, 200, "still signed in, in the same face");
    // The token in its own form goes through.
    assert_eq!(ada.send(school).status, 303);
    server.end();
}

#[test]
fn what_is_no_form_has_no_token_either() {
    let server = Server::of_a_district();
    let mut ada = server.ada();
    let before = server.snapshot();
    for (kind, body) in [
        ("application/json", "{\"name\": \"Evil High\"}"),
        ("text/plain", "name=Evil+High"),
        (
            "multipart/form-data; boundary=a",
            "--a\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nEvil",
        ),
    ] {
        let answer = ada.ask("POST", "/admin/schools", &[("Content-Type", kind)], Some(body.into()));
        assert_not_ours(&answer, kind);
    }
    assert_eq!(server.snapshot(), before);
    server.end();
}

#[test]
fn much_is_taken_from_an_administrator_only_and_nothing_typed_is_much() {
    let server = Server::of_a_district();
    let (mut ada, mut stranger) = (server.ada(), server.visitor());
    let login = stranger.get("/login").form("/login").with("password", PASSWORD);
    let answer = stranger.send(login.clone().with("login", &"\"".repeat(20_000)));
    assert_eq!(answer.status, 413, "{}", answer.text());
    assert!(answer.text().contains("Nothing was kept. Shorten what was typed"), "{}", answer.text());
    let much = "\n".repeat(9 * 1024 * 1024);
    let kind = [("Content-Type", "application/x-www-form-urlencoded")];
    let answer = stranger.ask("POST", "/login", &kind, Some(much.clone().into_bytes()));
    assert_eq!((answer.status, answer.html().contains("Log in")), (403, true), "{}", answer.text());
    let mut form = ada.get("/admin/uploads/new").form("/admin/uploads").with("user_type", "students");
    form = form
        .with("school_id", "1")
        .file("much.csv", format!("first_name,last_name,email,password\nAnn,Lee,,{much}"));
    let answer = ada.send(form);
    assert_eq!(answer.location(), "/admin/uploads/1?received=yes", "{}", answer.text());
    until("the job", || (server.site.count("SELECT count(*) FROM job") == 0).then_some(()));
    server.end();
}

#[test]
fn signing_in_and_setting_up_take_a_token_too() {
    let server = Server::open(Site::empty());
    let mut visitor = server.visitor();
    let setup = visitor.get("/setup").form("/setup").with("code", &server.setup_code());
    assert_not_ours(&visitor.send(bare(setup.clone())), "setup");
    let mut other = server.visitor();
    assert_not_ours(&other.send(setup.clone()), "another visitor's setup");
    assert_eq!(visitor.send(setup).status, 422);
    server.stop();

    let server = Server::of_a_district();
    let mut visitor = server.visitor();
    let login = visitor.get("/login").form("/login").with("login", "aadminova").with("password", PASSWORD);
    assert_not_ours(&visitor.send(bare(login.clone())), "login");
    assert_not_ours(&server.visitor().send(login.clone()), "another visitor's login");
    assert_eq!(visitor.send(login).location(), "/home");
    server.end();
}

#[test]
fn a_form_that_another_site_sends_changes_nothing() {
    let server = Server::of_a_district();
    let mut ada = server.ada();
    let form = ada.get("/admin/schools").form("/admin/schools").with("name", "Evil High");
    let own = ada.url.clone();
    for headers in [
        &[("Origin", "https://evil.example")][..],
        &[("Origin", "null")],
        &[("Origin", own.trim_end_matches(|c: char| c.is_ascii_digit()))],
        &[("Origin", "http://127.0.0.1.evil.example")],
        &[("Sec-Fetch-Site", "cross-site")],
        &[("Sec-Fetch-Site", "same-site")],
        &[("Origin", own.as_str()), ("Sec-Fetch-Site", "cross-site")],
    ] {
        assert_not_ours(&send_from(&mut ada, &form, headers), &format!("{headers:?}"));
    }
    assert_eq!(server.site.count("SELECT count(*) FROM school"), 1);
    // A browser that says nothing of where a form comes from has the token to show.
    assert_eq!(send_from(&mut ada, &form, &[]).status, 303);
    server.end();
}

#[test]
fn looking_changes_nothing() {
    let server = Server::of_a_district();
    let mut ada = server.ada();
    let before = server.snapshot();
    let mut addresses = vec!["/".to_owned(), "/admin/sample.csv".to_owned(), "/healthz".to_owned()];
    for start in ["/home", "/account", "/admin/members", "/admin/uploads", "/admin/settings", "/admin/audit"]
    {
        addresses.push(start.to_owned());
    }
    let mut seen = Vec::new();
    while let Some(address) = addresses.pop() {
        let (page, query) = address.split_once('?').unwrap_or((&address, ""));
        let answer = ada.get(&address);
        assert!(answer.status < 400, "{address}: {}", answer.status);
        if answer.header("Content-Type").starts_with("text/html") {
            // What a form posts, asked for instead: nothing is done.
            let forms = answer.html().split("method=\"post\" action=\"").skip(1);
            for action in forms.map(|form| form.split('"').next().unwrap().to_owned()) {
                let fields = "to=teacher&suspended=yes&name=Evil&district=Evil&email=e@x.example";
                let answer = ada.get(&format!("{action}?{fields}"));
                assert!([200, 303, 404, 405].contains(&answer.status), "{action}: {}", answer.status);
            }
            let links = answer.links("/");
            addresses.extend(links.into_iter().filter(|link| !seen.contains(link)));
        }
        seen.push(format!("{page}{}{query}", if query.is_empty() { "" } else { "?" }));
        seen.dedup();
    }
    assert!(seen.iter().any(|address| address == "/admin/members/1"), "{seen:?}");
    // That somebody printed sign-in cards is written down, and that they asked for what is not there; nothing else is.
    let after = server.snapshot();
    let noted = [format!("{:?}", b"printed_cards"), format!("{:?}", b"was_refused")];
    let (looks, rest): (Vec<_>, Vec<_>) = after
        .lines()
        .partition(|line| line.starts_with("audit:") && noted.iter().any(|deed| line.contains(deed)));
    assert!(!looks.is_empty());
    assert_eq!(rest, before.lines().collect::<Vec<_>>());
    server.end();
}

#[test]
fn what_is_not_get_or_post_is_no_method_here_and_what_is_too_large_is_not_taken() {
    let server = Server::of_a_district();
    let mut ada = server.ada();
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"] {
        for path in ["/", "/login", "/admin/schools", "/admin/members/1", "/healthz"] {
            let body = ["PUT", "PATCH"].contains(&method).then(Vec::new);
            let answer = ada.ask(method, path, &[], body);
            assert_eq!(answer.status, 405, "{method} {path}");
            assert!(answer.header("allow").contains("GET"), "{method} {path}");
        }
    }
    assert_eq!(ada.get("/logout").header("allow"), "POST");
    assert_eq!(ada.ask("PUT", "/login", &[], Some(Vec::new())).header("allow"), "GET, HEAD, POST");
    assert_eq!(ada.get("/logout").status, 405);
    assert_eq!(ada.get("/admin/members/1/name").status, 405);
    assert_eq!(ada.ask("HEAD", "/admin/members", &[], None).status, 200);
    assert_eq!(ada.get("/no/such/page").status, 404);

    let form = ada.get("/admin/uploads/new").form("/admin/uploads").with("user_type", "students");
    let answer = ada.send(form.file("large.csv", vec![b'x'; 11 * 1024 * 1024]));
    assert_eq!(answer.status, 413);
    assert_eq!(server.site.count("SELECT count(*) FROM upload"), 0);
    server.end();
}

#[test]
fn health_is_a_word_for_machines_and_the_static_files_may_be_kept() {
    let server = Server::of_a_district();
    let mut nobody = server.visitor();
    let health = nobody.get("/healthz");
    assert_eq!((health.status, health.html().trim()), (200, "ok"));
    assert!(health.set_cookies().is_empty());
    let login = nobody.get("/login");
    for (name, kind) in
        [("firstbell.css", "text/css"), ("firstbell.js", "text/javascript"), ("icon.svg", "image/svg+xml")]
    {
        let address = format!("/static/{name}");
        assert!(login.html().contains(&address), "{address}");
        let file = nobody.get(&address);
        assert_eq!(file.status, 200, "{address}");
        assert!(file.header("Content-Type").starts_with(kind) && !file.body.is_empty(), "{address}");
        assert!(file.header("Cache-Control").contains("max-age") && file.set_cookies().is_empty());
    }
    for path in [
        "/static/../Cargo.toml",
        "/static/%2e%2e%2fCargo.toml",
        "/static/none.css",
        "/static/samples/students.csv",
    ] {
        assert_eq!(nobody.get(path).status, 404, "{path}");
    }
    server.end();
}

#[test]
fn the_log_says_what_was_asked_for_and_nothing_that_anybody_typed() {
    let server = Server::of_a_district();
    let (mut ada, mut nobody) = (server.ada(), server.visitor());
    for path in ["/zelda", "/admin/members/zelda", "/admin/members?q=zelda", "/static/zelda", "/login?zelda"]
    {
        for visitor in [&mut ada, &mut nobody] {
            visitor.get(path);
            visitor.ask("DELETE", path, &[], None);
            visitor.post(path, &[("name", "zelda")]);
        }
    }
    nobody.sign_in("zelda", "zelda");
    ada.get("/admin/members/1");
    let said =
        until("the last line", || Some(server.said()).filter(|said| said.contains("/admin/members/1 200")));
    assert!(said.contains("POST /login 422") && !said.contains("zelda"), "{said}");
    server.end();
}

#[test]
fn a_session_cookie_is_random_and_nothing_but_the_cookie_opens_a_page() {
    let server = Server::of_a_district();
    let (one, two) = (server.signed_in("aadminova", PASSWORD), server.signed_in("aadminova", PASSWORD));
    let (one, two) = (one.cookies["firstbell_session"].clone(), two.cookies["firstbell_session"].clone());
    assert!(one.len() >= 43 && one != two, "256 bits: {}", one.len());
    let mut visitor = server.visitor();
    for forged in [one[1..].to_owned(), "0".repeat(64), "' OR 1=1 --".to_owned()] {
        visitor.cookies.insert("firstbell_session".to_owned(), forged.clone());
        assert_eq!(visitor.get("/home").location(), "/login", "{forged}");
    }
    server.end();
}

#[test]
fn a_link_in_a_letter_leads_through_the_log_in_and_the_switch_to_its_page() {
    let server = Server::of_a_district();
    let mut ada = server.ada();
    let form = ada.get("/admin/uploads/new").form("/admin/uploads").with("user_type", "students");
    let sent = ada.send(form.file("kids.csv", "first_name,last_name,email,password\nKit,Kid,,a lamp lit\n"));
    let page = sent.location().split('?').next().unwrap().to_owned();
    let created = "SELECT count(*) FROM account WHERE username = 'kkid'";
    until("the account", || (server.site.count(created) == 1).then_some(()));

    let mut visitor = server.visitor();
    assert_eq!(visitor.get(&page).location(), "/login");
    assert_eq!(visitor.sign_in("aadminova", PASSWORD).location(), "/home");
    let home = visitor.get("/home");
    home.assert_shows(&["The page that you opened is there"]);
    let on = visitor.send(home.form_with("/switch", "next"));
    assert_eq!(on.location(), page);
    assert_eq!(visitor.get(&page).status, 200);
    assert!(!visitor.cookies.contains_key("firstbell_wanted"), "it is wanted once");

    // Or from the page itself, once they have logged in.
    let mut visitor = server.signed_in("aadminova", PASSWORD);
    let there = visitor.get(&page);
    assert_eq!(there.status, 403);
    assert!(there.text().contains("This page is in your Admin Account"), "{}", there.text());
    let on = visitor.send(there.form_with("/switch", "next"));
    assert_eq!(on.location(), page);
    assert_eq!(visitor.get(&page).status, 200);

    // Whoever has no such account is led to their own page, and nobody anywhere else.
    let mut kit = server.visitor();
    kit.get(&page);
    assert_eq!(kit.sign_in("kkid", "a lamp lit").location(), "/home");
    assert!(kit.get(&page).text().contains("not for your account"));
    for elsewhere in
        ["//evil.example/1", "https://evil.example/1", "/admin/../logout", "/logout", "/admin/no/1"]
    {
        let mut visitor = server.visitor();
        visitor.get("/login");
        visitor.cookies.insert("firstbell_wanted".to_owned(), elsewhere.to_owned());
        assert_eq!(visitor.sign_in("aadminova", PASSWORD).location(), "/home", "{elsewhere}");
        assert!(!visitor.get("/home").html().contains("name=\"next\""), "{elsewhere}");
        let mut form = visitor.get(&page).form_with("/switch", "next");
        form.fields.retain(|(name, _)| name != "next");
        form.fields.push(("next".to_owned(), elsewhere.to_owned()));
        assert_eq!(visitor.send(form).location(), "/admin/members", "{elsewhere}");
    }
    server.end();
}

#[test]
fn a_server_that_is_told_to_stop_finishes_what_is_in_hand() {
    let site = Site::set_up();
    let server = Server::open(site);
    let mut ada = server.ada();
    let lines = (0..40).map(|n| format!("Kid,Number{n},,password {n} x\n")).collect::<String>();
    let form = ada.get("/admin/uploads/new").form("/admin/uploads").with("user_type", "students");
    let sent = ada.send(form.file("kids.csv", format!("first_name,last_name,email,password\n{lines}")));
    assert_eq!(sent.status, 303);
    let site = server.stop();
    // The next start goes on where this one ended.
    let server = Server::open(site);
    let created = "SELECT count(*) FROM record WHERE status = 'created'";
    let waiting = "SELECT count(*) FROM job";
    until("the rest", || (server.site.count(created) == 40 && server.site.count(waiting) == 0).then_some(()));
    server.end();
}
