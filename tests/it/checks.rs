//! Checking a file before anything is made of it: what is announced is what happens, and whatever is in the way of that is
//! said.

use crate::serving::{Server, until};
use crate::support::{Line, PASSWORD, SCHOOL, Site, read_results};
use crate::visitor::{Answer, Form, Visitor};
use firstbell::domain::DraftId;
use firstbell::store::draft;
use std::path::Path;
use std::thread;

const OTHER: &str = "Hilltop Primary";
const HEADER: &str = "first_name,last_name,email,password\n";

/// The form of the five steps with files in it, to be checked.
pub(crate) fn to_check(admin: &mut Visitor, kind: &str, files: &[(&str, &[u8])]) -> Form {
    let steps = admin.get("/admin/uploads/new");
    let form = steps.form("/admin/uploads").with("user_type", kind).choose("school_id", SCHOOL);
    let form = form.press("Check the file");
    files.iter().fold(form, |form, (name, content)| form.file(name, content))
}

/// Hands a file in to be checked, and gives its number.
pub(crate) fn check(admin: &mut Visitor, kind: &str, name: &str, content: impl AsRef<[u8]>) -> i64 {
    let form = to_check(admin, kind, &[(name, content.as_ref())]);
    let sent = admin.send(form);
    sent.location().trim_start_matches("/admin/checks/").parse().unwrap()
}

/// Checks students with the usual header.
fn check_students(admin: &mut Visitor, lines: &str) -> i64 {
    check(admin, "students", "kids.csv", format!("{HEADER}{lines}"))
}

pub(crate) fn page(admin: &mut Visitor, id: i64) -> Answer {
    admin.get(&format!("/admin/checks/{id}"))
}

pub(crate) fn press_create(admin: &mut Visitor, id: i64) -> Answer {
    let page = page(admin, id);
    admin.send(page.form(&format!("/admin/checks/{id}/create")))
}

/// Presses Create, waits for the job, and gives its results.
pub(crate) fn create(server: &Server, admin: &mut Visitor, id: i64) -> Vec<Line> {
    let sent = press_create(admin, id);
    results_of(server, admin, &sent)
}

/// The results of the job that an answer leads to, when it is done.
fn results_of(server: &Server, admin: &mut Visitor, sent: &Answer) -> Vec<Line> {
    let address = sent.location().split('?').next().unwrap().to_owned();
    settled(server);
    read_results(admin.get(&format!("{address}/results.csv")).html())
}

fn settled(server: &Server) {
    until("the jobs", || (server.site.count("SELECT count(*) FROM job") == 0).then_some(()));
}

/// What was announced for a draft: line, status, username, message.
fn announced(site: &Site, id: i64) -> Vec<(u32, String, String, String)> {
    let plan = draft::plan(&site.office().conn, DraftId(id)).unwrap();
    let said = |line: draft::Planned| (line.line, line.status.word().to_owned(), line.username, line.message);
    plan.into_iter().map(said).collect()
}

/// What became of lines: line, status, username, message.
fn became(lines: Vec<Line>) -> Vec<(u32, String, String, String)> {
    lines.into_iter().map(|line| (line.line, line.status, line.username, line.message)).collect()
}

fn usernames(lines: &[Line]) -> Vec<&str> {
    lines.iter().map(|line| line.username.as_str()).collect()
}

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// A district that has people already: namesakes, and emails here and at another school.
fn district() -> Site {
    let site = Site::set_up();
    site.add_school(OTHER);
    for (school, kind, lines) in [
        (SCHOOL, "students", "Ann,Lee,,\nAnn,Lee,ann@x.example,\nAl,Lee,al@x.example,\n"),
        (OTHER, "students", "Eve,Elsewhere,eve@x.example,\nAnn,Lee,,\n"),
        (SCHOOL, "teachers", "Tom,Teacher,tom@x.example,\nBen,Lee,benlee@x.example,\n"),
    ] {
        let file = site.roster("before.csv", lines);
        let ran = site.run(&["import", "--school", school, "--type", kind, file.to_str().unwrap()], "");
        assert_eq!(ran.status, Some(0), "{}", ran.err);
    }
    site
}

/// A thousand lines with everything in them that makes a line hard.
fn hard_lines() -> String {
    let long = "Ä".repeat(100);
    let hard = [
        "Ann,Lee,,",
        "ANN,LEE,,",
        "Ann,Lee,new.ann@x.example,",
        "Al,Lee,AL@X.example,",
        "Eve,Elsewhere,EVE@x.example,",
        "Tom,Teacher, tom@x.example ,",
        "Ben,Lee,,",
        "Zoë,Müller,zoë@x.example,",
        "Zoe,Mueller,zoe\u{308}@X.EXAMPLE,",
        "Sam,Hit,,",
        "Fanny,Uck,,",
        "A,Dmin,,",
        "Ro,Ot,,",
        "🎈,🎈,,",
        "王,芳,,",
        "=1+1,@SUM(A1),,",
        ",Lee,,",
        "Ann,,,",
        "Dot,Lee,dot@@x.example,",
        "Dot,Lee,,short",
        "Dot,Lee,,a lamp lit",
        "Dot,Lee,,a lamp lit,x",
        "Dot,Lee,,",
        "",
        "\"O'Neill, Sr.\",\"Say \"\"hi\"\"\",,",
        "<script>alert(1)</script>,&amp;,,",
    ];
    let mut lines = hard.map(|line| format!("{line}\n")).concat();
    lines += &format!("{long},{long},,\n{long}Ä,Lee,,\n");
    for n in lines.lines().filter(|line| !line.is_empty()).count()..1_000 {
        let email = if n % 7 == 0 { format!("kid{}@x.example", n / 14) } else { String::new() };
        lines += &format!("Kid{},Smith,{email},\n", n % 300);
    }
    lines
}

#[test]
fn what_a_check_announces_is_what_is_made_also_after_a_restart() {
    let mut server = Server::open(district());
    for (kind, name, content, counts) in [
        ("teachers", "teachers-60.csv", sample("teachers-60.csv"), [60, 0, 0]),
        ("students", "hard.csv", format!("{HEADER}{}", hard_lines()).into_bytes(), [0; 3]),
        ("parents", "parents-400.csv", sample("parents-400.csv"), [0; 3]),
        ("students", "students-1000.csv", sample("students-1000.csv"), [0; 3]),
    ] {
        let mut ada = server.ada();
        let before = server.snapshot();
        let id = check(&mut ada, kind, name, &content);
        let plan = announced(&server.site, id);
        let mut found = [0; 3];
        for (_, status, ..) in &plan {
            found[["created", "skipped", "failed"].iter().position(|is| is == status).unwrap()] += 1;
        }
        assert!(counts == [0; 3] || counts == found, "{name}: {found:?}");
        let shown = page(&mut ada, id);
        let words = ["Created", "Skipped", "Failed"].iter().zip(found);
        let words: Vec<String> = words
            .map(|(word, n)| {
                if n < 1_000 {
                    format!("{word} {n}")
                } else {
                    format!("{word} {},{:03}", n / 1_000, n % 1_000)
                }
            })
            .collect();
        shown.assert_shows(&words.iter().map(String::as_str).collect::<Vec<_>>());
        shown.assert_shows(&[
            "Nothing is made yet.",
            "text in UTF-8",
            "separated by commas",
            "Create these accounts",
        ]);
        assert_eq!(server.snapshot(), before, "a check makes nothing");

        server = Server::open(server.stop());
        let mut ada = server.ada();
        let made = create(&server, &mut ada, id);
        assert_eq!(became(made), plan, "{name}");
        assert_eq!(page(&mut ada, id).status, 404, "it is an upload now");
    }
    server.end();
}

#[test]
fn a_check_shows_every_line_with_what_would_become_of_it() {
    let server = Server::open(district());
    let mut ada = server.ada();
    let lines =
        "Ann,Lee,,\nKit,Kid,,\nAl,Lee,al@x.example,\nEve,Else,eve@x.example,\nBo,,,\nBo,Short,,short\n";
    let id = check_students(&mut ada, lines);
    let shown = page(&mut ada, id);
    shown.assert_shows(&[
        "Check of kids.csv",
        "Students for Lincoln High",
        "Created 2 Skipped 2 Failed 2",
        "alee5",
        "A student of this name is here already: alee, since",
        "kkid",
        "This email has an account already: Al Lee, student of Lincoln High.",
        "This email is in use already",
        "The last name is missing",
        "Is it the same child twice?",
    ]);
    // Each status by itself.
    let failed = ada.get(&format!("/admin/checks/{id}?status=failed"));
    failed.assert_shows(&["Bo Short"]);
    assert!(!failed.text().contains("Kit Kid"));
    let nobody = ada.get(&format!("/admin/checks/{id}?status=pending"));
    nobody.assert_shows(&["No such lines."]);
    ada.get("/admin/checks").assert_shows(&["kids.csv", "Students", SCHOOL]);
    server.end();
}

#[test]
fn what_has_changed_since_the_check_is_said_before_anything_is_made() {
    let server = Server::open(district());
    let mut ada = server.ada();
    let lines = "Kit,Kid,,\nCid,Kid,cid@x.example,\nKit,Kidd,,\n";
    let id = check_students(&mut ada, lines);
    let plan = announced(&server.site, id);
    assert_eq!(plan.iter().map(|line| line.2.as_str()).collect::<Vec<_>>(), ["kkid", "ckid", "kkidd"]);
    // Somebody else takes a username and an email.
    let other = server.site.roster("other.csv", "Karl,Kid,cid@x.example,\n");
    assert_eq!(server.site.import("students", &other).status, Some(0));
    let uploads = server.site.count("SELECT count(*) FROM upload");
    let refused = press_create(&mut ada, id);
    refused.assert_refused(&[
        "The district has changed since the check",
        "Nothing was made.",
        "Line 2, Kit Kid: created as kkid before, now created as kkid2.",
        "Line 3, Cid Kid: created as ckid before, now skipped.",
        "Karl Kid, student of Lincoln High",
        "Create them all the same",
    ]);
    assert!(!refused.text().contains("Kit Kidd: created"), "{}", refused.text());
    assert_eq!(server.site.count("SELECT count(*) FROM upload"), uploads);
    let now = announced(&server.site, id);
    assert_ne!(now, plan);
    let sent = ada.send(refused.form(&format!("/admin/checks/{id}/create")));
    let made = results_of(&server, &mut ada, &sent);
    assert_eq!(usernames(&made), ["kkid2", "", "kkidd"]);
    assert_eq!(became(made), now);
    server.end();
}

#[test]
fn a_line_that_is_left_out_gets_no_account_and_the_usernames_move_up() {
    let server = Server::open(district());
    let mut ada = server.ada();
    let id = check_students(&mut ada, "Ann,Lee,,\nArt,Lee,,\nAnn,Lee,,\nAbe,Lee,,\n");
    let names =
        |plan: Vec<(u32, String, String, String)>| plan.into_iter().map(|line| line.2).collect::<Vec<_>>();
    assert_eq!(names(announced(&server.site, id)), ["alee5", "alee6", "alee7", "alee8"]);
    let lines = |admin: &mut Visitor| page(admin, id).form(&format!("/admin/checks/{id}/lines"));

    // All at once, one way and the other.
    let form = lines(&mut ada).press("Leave all of them out");
    ada.send(form).location();
    assert_eq!(names(announced(&server.site, id)), ["", "alee5", "", "alee6"]);
    let form = lines(&mut ada);
    assert_eq!(form.fields.iter().filter(|(name, _)| name == "left_out").count(), 2);
    ada.send(form.press("Create all of them")).location();
    assert_eq!(names(announced(&server.site, id)), ["alee5", "alee6", "alee7", "alee8"]);

    // Line by line.
    let form = lines(&mut ada).tick("left_out", "2").tick("left_out", "4");
    ada.send(form).location();
    let form = lines(&mut ada).untick("left_out", "4");
    ada.send(form).location();
    let plan = announced(&server.site, id);
    assert_eq!(names(plan.clone()), ["", "alee5", "alee6", "alee7"]);
    page(&mut ada, id)
        .assert_shows(&["Left out, as was chosen. A student of this name is here already: alee, since"]);
    let made = create(&server, &mut ada, id);
    assert_eq!(made[0].status, "skipped");
    assert_eq!(became(made), plan);
    assert_eq!(server.site.count("SELECT count(*) FROM account WHERE first_name = 'Ann'"), 4);
    server.end();
}

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
            visitor.send(form.clone()).status
        };
        let mut answers = thread::scope(|scope| {
            let both = [scope.spawn(press), scope.spawn(press)];
            both.map(|one| one.join().unwrap())
        });
        answers.sort_unstable();
        assert_eq!(answers, [303, 404]);
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
fn what_the_command_line_announces_is_what_it_makes_also_of_several_files() {
    let site = district();
    let hard = site.roster("hard.csv", &hard_lines());
    // The second has namesakes and emails of the first, and of itself.
    let lines = "Ann,Lee,,\nKid1,Smith,,\nZoë,Müller,ZOË@x.example,\nNew,Kid,,\nNew,Kid,,\nKid299,Smith,kid@x.example,\n";
    let second = site.roster("second.csv", lines);
    let files = [hard.to_str().unwrap(), second.to_str().unwrap()];
    let checked = site.import_with("students", &[&["--check"][..], &files[..]].concat());
    assert_eq!(checked.status, Some(1), "{}", checked.err);
    assert!(checked.err.contains("Checked, and nothing was made. It would be: "), "{}", checked.err);
    let made = site.import_with("students", &files);
    assert_eq!(made.status, Some(1), "{}", made.err);
    for (announced, made) in checked.results().iter().zip(made.results()) {
        assert_eq!(*announced, made);
    }
    assert_eq!(checked.out, made.out);
    site.end();
}
