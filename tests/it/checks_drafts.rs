//! Files that wait to be made: whose they are, how long they wait, and what is said of a file that was there before.

use crate::checks::{
    HEADER, OTHER, announced, became, check, check_students, create, district, page, press_create, settled,
    to_check, usernames,
};
use crate::serving::{Server, until};
use crate::support::{PASSWORD, SCHOOL};
use crate::visitor::Visitor;
use std::path::Path;
use std::thread;

#[test]
fn this_very_file_was_uploaded_before_say_the_check_and_the_results() {
    let server = Server::open(district());
    let mut ada = server.ada();
    let content = format!("{HEADER}Kit,Kid,,\n");
    let first = check(&mut ada, "students", "kids.csv", &content);
    let said = "This very file was uploaded before: job";
    assert!(!page(&mut ada, first).text().contains(said));
    let sent = press_create(&mut ada, first);
    let job = sent.location().split(['/', '?']).nth(3).unwrap().to_owned();
    settled(&server);
    assert!(!ada.get(&format!("/admin/uploads/{job}")).text().contains(said));
    // Under another name it is the same file; with one line more it is another.
    let again = check(&mut ada, "students", "kids (1).csv", &content);
    page(&mut ada, again)
        .assert_shows(&[&format!("{said} {job}, "), "A student of this name is here already: kkid"]);
    let more = check(&mut ada, "students", "kids.csv", format!("{content}Kim,Kid,,\n"));
    assert!(!page(&mut ada, more).text().contains(said));
    let sent = press_create(&mut ada, again);
    settled(&server);
    let results = ada.get(sent.location());
    results.assert_shows(&[&format!("{said} {job}, ")]);
    let address = format!("/admin/uploads/{job}");
    assert!(results.links(&address).contains(&address));
    assert!(!ada.get(&address).text().contains(said), "the first one was the first");
    server.end();
}

#[test]
fn a_file_is_said_to_have_been_uploaded_before_only_where_that_may_be_seen() {
    let site = district();
    let content = format!("{HEADER}Olga,Office,olga@x.example,{PASSWORD}\n");
    let file = site.file("staff.csv", &content);
    assert_eq!(site.import("teachers", &file).status, Some(0));
    let ran = site.run(&["import", "--school", OTHER, "--type", "students", file.to_str().unwrap()], "");
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    let kids = site.file("kids.csv", format!("{HEADER}Kit,Kid,,\n"));
    let ran = site.run(&["import", "--school", OTHER, "--type", "students", kids.to_str().unwrap()], "");
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    let server = Server::open(site);
    let mut ada = server.ada();
    let olga = server.site.count("SELECT id FROM account WHERE username = 'ooffice'");
    let member = ada.get(&format!("/admin/members/{olga}"));
    let form = member.form(&format!("/admin/members/{olga}/administers")).with("administers", "school");
    ada.send(form).location();
    let mut olga = server.admin("ooffice", PASSWORD);
    let hand_in = |admin: &mut Visitor, name: &str, content: &str| {
        let steps = admin.get("/admin/uploads/new");
        let form = steps.form("/admin/uploads").with("user_type", "students").press("Check the file");
        let sent = admin.send(form.file(name, content));
        admin.follow(&sent)
    };
    let same = hand_in(&mut olga, "kids.csv", &format!("{HEADER}Kit,Kid,,\n"));
    same.assert_shows(&["Created 1"]);
    assert!(
        !same.text().contains("uploaded before") && !same.text().contains("of this name"),
        "{}",
        same.text()
    );
    let same = hand_in(&mut olga, "staff.csv", &content);
    same.assert_shows(&["This very file was uploaded before: job 4, "]);
    server.end();
}

#[test]
fn several_files_are_checked_each_by_itself_and_wait_in_a_list() {
    let server = Server::open(district());
    let mut ada = server.ada();
    let a = format!("{HEADER}Kit,Kid,,\n");
    let b = format!("{HEADER}Kim,Kid,,\n");
    let form = to_check(&mut ada, "students", &[("a.csv", a.as_bytes()), ("b.csv", b.as_bytes())]);
    let sent = ada.send(form);
    assert_eq!(sent.location(), "/admin/checks");
    let list = ada.follow(&sent);
    list.assert_shows(&["a.csv", "b.csv"]);
    let links = list.links("/admin/checks/");
    assert_eq!(links.len(), 2, "{links:?}");
    // What the first takes, the second cannot have: it says so.
    assert_eq!(usernames(&create(&server, &mut ada, 1)), ["kkid"]);
    press_create(&mut ada, 2).assert_refused(&["created as kkid before, now created as kkid2."]);
    assert_eq!(usernames(&create(&server, &mut ada, 2)), ["kkid2"]);
    ada.get("/admin/checks").assert_shows(&["None"]);
    server.end();
}

#[test]
fn what_another_window_has_answered_is_shown_before_anything_is_made_of_it() {
    let server = Server::open(district());
    let mut ada = server.ada();
    let id = check_students(&mut ada, "Kit,Kid,,\nKim,Kid\n");
    let answers = format!("/admin/checks/{id}/answers");
    let before = page(&mut ada, id);
    let uploads = server.site.count("SELECT count(*) FROM upload");
    assert_eq!(ada.send(before.form(&answers).with("short_rows", "blank")).status, 303);
    let refused = ada.send(before.form(&format!("/admin/checks/{id}/create")));
    refused.assert_refused(&["What was said about this file was changed in another window"]);
    assert_eq!(server.site.count("SELECT count(*) FROM upload"), uploads);
    let made = ada.send(refused.form(&format!("/admin/checks/{id}/create")));
    assert!(made.location().ends_with("?received=yes"), "{}", made.location());
    settled(&server);
    assert_eq!(server.site.count("SELECT created FROM upload ORDER BY id DESC LIMIT 1"), 2);
    server.end();
}

#[test]
fn what_another_window_has_left_out_is_shown_before_anything_is_made_of_it() {
    let server = Server::open(district());
    let mut ada = server.ada();
    let id = check_students(&mut ada, "Tri,Ple,,\nTri,Ple,,\nTri,Ple,,\n");
    let create = format!("/admin/checks/{id}/create");
    let before = page(&mut ada, id);
    let uploads = server.site.count("SELECT count(*) FROM upload");
    assert_eq!(
        ada.send(before.form(&format!("/admin/checks/{id}/lines")).press("Leave all of them out")).status,
        303
    );
    let refused = ada.send(before.form(&create));
    refused.assert_refused(&["What was said about this file was changed in another window"]);
    assert_eq!(server.site.count("SELECT count(*) FROM upload"), uploads);
    assert!(ada.send(refused.form(&create)).location().ends_with("?received=yes"));
    settled(&server);
    assert_eq!(server.site.count("SELECT created FROM upload ORDER BY id DESC LIMIT 1"), 1);
    server.end();
}

#[test]
fn two_presses_at_once_make_one_upload() {
    let server = Server::of_a_district();
    let mut ada = server.ada();
    for round in 0..5 {
        let id = check_students(&mut ada, &format!("Kit,Kid{round},,\n"));
        let form = page(&mut ada, id).form(&format!("/admin/checks/{id}/create"));
        let cookies = ada.cookies.clone();
        let press = || {
            let mut visitor = server.visitor();
            visitor.cookies = cookies.clone();
            let answer = visitor.send(form.clone());
            (answer.status, answer.location().split('?').next().unwrap().to_owned())
        };
        let answers = thread::scope(|scope| {
            let both = [scope.spawn(press), scope.spawn(press)];
            both.map(|one| one.join().unwrap())
        });
        assert_eq!(answers[0].0, 303);
        assert_eq!(answers[0], answers[1], "both are led to the one job");
        assert_eq!(press(), answers[0], "and whoever presses later");
        settled(&server);
        assert_eq!(server.site.count("SELECT count(*) FROM upload"), round + 1);
    }
    server.end();
}

/// How often a name stands in the files of the database.
fn in_the_files(data: &Path, name: &str) -> usize {
    let files =
        ["firstbell.db", "firstbell.db-wal"].map(|file| std::fs::read(data.join(file)).unwrap_or_default());
    let found = |bytes: &Vec<u8>| bytes.windows(name.len()).filter(|is| *is == name.as_bytes()).count();
    files.iter().map(found).sum()
}

#[test]
fn a_draft_that_is_discarded_or_a_day_old_is_gone_with_all_its_bytes() {
    let server = Server::of_a_district();
    let mut ada = server.ada();
    let kept = "SELECT (SELECT count(*) FROM draft) + (SELECT count(*) FROM draft_record)";
    let id = check_students(&mut ada, "Xanthippe,Kid,,\n");
    let shown = page(&mut ada, id);
    let csrf = shown.form(&format!("/admin/checks/{id}/create")).value("csrf").to_owned();
    let sent = ada.send(shown.form(&format!("/admin/checks/{id}/discard")));
    ada.follow(&sent).assert_shows(&["The file is taken away. Nothing was made of it."]);
    assert_eq!(page(&mut ada, id).status, 404);
    for part in ["create", "lines", "answers", "discard"] {
        let answer = ada.post(&format!("/admin/checks/{id}/{part}"), &[("csrf", &csrf)]);
        assert_eq!(answer.status, 404, "{part}");
    }
    assert_eq!(server.site.count(kept), 0);

    let id = check_students(&mut ada, "Xanthippe,Kid,,\n");
    let fresh = check_students(&mut ada, "Yolande,Kid,,\n");
    let office = server.site.office();
    let older = "UPDATE draft SET handed_in_at = handed_in_at - 25 * 3600 * 1000 WHERE id = ?1";
    office.conn.execute(older, [id]).unwrap();
    office.close();
    // Nobody has to come by: the loop takes it away.
    until("what is a day old to be gone", || (page(&mut ada, id).status == 404).then_some(()));
    assert_eq!(page(&mut ada, fresh).status, 200);
    ada.get("/admin/checks").assert_shows(&["kids.csv"]);
    assert_eq!(server.site.count(kept), 2);
    let site = server.stop();
    assert!(in_the_files(&site.data(), "Yolande") > 0, "the search would find it");
    assert_eq!(in_the_files(&site.data(), "Xanthippe"), 0);
    site.end();
}

#[test]
fn a_file_that_cannot_be_used_is_refused_at_once_and_nothing_of_it_is_kept() {
    let server = Server::of_a_district();
    let mut ada = server.ada();
    let many = format!("{HEADER}{}", "Ann,Lee,,\n".repeat(1_001));
    for (content, words) in [
        ("", "bad.csv was not accepted. The file is empty."),
        ("name,class\nAnn Lee,4b\n", "bad.csv was not accepted."),
        ("Ann,Lee,a@x.example,\n", "names no columns"),
        (&many, "1,000"),
    ] {
        let good = format!("{HEADER}Kit,Kid,,\n");
        let files = [("good.csv", good.as_bytes()), ("bad.csv", content.as_bytes())];
        let form = to_check(&mut ada, "students", &files);
        ada.send(form).assert_refused(&[words]);
    }
    assert_eq!(server.site.count("SELECT count(*) FROM draft"), 0);
    // Without a type nothing is checked either.
    let steps = ada.get("/admin/uploads/new");
    let form = steps.form("/admin/uploads").choose("school_id", SCHOOL).press("Check the file");
    ada.send(form.file("a.csv", format!("{HEADER}Kit,Kid,,\n"))).assert_refused(&["Say who is in the file"]);
    assert_eq!(server.site.count("SELECT count(*) FROM draft"), 0);
    server.end();
}

#[test]
fn what_a_district_allows_meanwhile_is_announced_before_it_is_made() {
    let server = Server::of_a_district();
    let mut ada = server.ada();
    let limit = |rows: u32| {
        let office = server.site.office();
        office.conn.execute("UPDATE district SET rows_per_file = ?1", [rows]).unwrap();
        office.close();
    };
    limit(2);
    let id = check_students(&mut ada, "Kit,Kid,,\nKim,Kid,,\n");
    limit(1);
    page(&mut ada, id).assert_shows(&["This file cannot be used"]);
    let csrf = ada.get("/home").form("/logout").value("csrf").to_owned();
    let pressed = ada.post(&format!("/admin/checks/{id}/create"), &[("csrf", &csrf)]);
    assert!([404, 422].contains(&pressed.status), "{}", pressed.status);
    assert_eq!(server.site.count("SELECT count(*) FROM upload"), 0);
    limit(2);
    assert_eq!(usernames(&create(&server, &mut ada, id)), ["kkid", "kkid2"]);
    server.end();
}

#[test]
fn hostile_names_are_text_on_the_page_of_a_check() {
    let server = Server::of_a_district();
    let mut ada = server.ada();
    let hostile = "<script>alert(1)</script>";
    let lines =
        format!("{hostile},{hostile},{hostile}@x.example,\n{hostile},{hostile},,\n{hostile},{hostile},,\n");
    let name = "<script>alert(2).csv";
    let id = check(&mut ada, "students", name, format!("{HEADER}{lines}"));
    let (shown, list) = (page(&mut ada, id), ada.get("/admin/checks"));
    shown.assert_shows(&[hostile, name]);
    list.assert_shows(&[name]);
    assert!(!shown.html().contains("<script>alert") && !list.html().contains("<script>alert"));
    let plan = announced(&server.site, id);
    assert_eq!(became(create(&server, &mut ada, id)), plan);
    server.end();
}

#[test]
fn emails_that_another_file_in_line_has_are_waited_for() {
    let site = district();
    let office = site.office();
    let held = office.folder.try_hold_loop().unwrap().unwrap();
    let server = Server::open(site);
    let mut ada = server.ada();
    let steps = ada.get("/admin/uploads/new");
    let form = steps.form("/admin/uploads").with("user_type", "students").choose("school_id", SCHOOL);
    ada.send(form.file("first.csv", format!("{HEADER}Una,Kid,UNA@x.example,\n"))).location();
    let id = check_students(&mut ada, "Una,Kidd,una@x.example,\nKit,Kid,,\n");
    let uploads = server.site.count("SELECT count(*) FROM upload");
    let refused = press_create(&mut ada, id);
    refused.assert_refused(&["Another file that is being worked on just now has emails of this one."]);
    assert_eq!(server.site.count("SELECT count(*) FROM upload"), uploads);
    // Without such an email nobody has to wait.
    let other = check_students(&mut ada, "Kim,Kidd,kim@x.example,\n");
    assert!(press_create(&mut ada, other).location().starts_with("/admin/uploads/"));
    drop(held);
    office.close();
    settled(&server);
    press_create(&mut ada, id).assert_refused(&["Line 2, Una Kidd: created as ukidd before, now skipped."]);
    let made = create(&server, &mut ada, id);
    assert_eq!(usernames(&made), ["", "kkid"]);
    server.end();
}
