//! Checking a file before anything is made of it: what is announced is what happens, and whatever is in the way of that is
//! said.

use crate::serving::{Server, until};
use crate::support::{Line, SCHOOL, Site, read_results};
use crate::visitor::{Answer, Form, Visitor};
use firstbell::domain::DraftId;
use firstbell::store::draft;

pub(crate) const OTHER: &str = "Hilltop Primary";
pub(crate) const HEADER: &str = "first_name,last_name,email,password\n";

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
pub(crate) fn check_students(admin: &mut Visitor, lines: &str) -> i64 {
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

pub(crate) fn settled(server: &Server) {
    until("the jobs", || (server.site.count("SELECT count(*) FROM job") == 0).then_some(()));
}

/// What was announced for a draft: line, status, username, message.
pub(crate) fn announced(site: &Site, id: i64) -> Vec<(u32, String, String, String)> {
    let (office, mut plan) = (site.office(), Vec::new());
    let add = |line: draft::Planned| -> rusqlite::Result<()> {
        plan.push((line.line, line.status.word().to_owned(), line.username, line.message));
        Ok(())
    };
    draft::for_each(&office.conn, DraftId(id), add).unwrap();
    plan
}

/// What became of lines: line, status, username, message.
pub(crate) fn became(lines: Vec<Line>) -> Vec<(u32, String, String, String)> {
    lines.into_iter().map(|line| (line.line, line.status, line.username, line.message)).collect()
}

pub(crate) fn usernames(lines: &[Line]) -> Vec<&str> {
    lines.iter().map(|line| line.username.as_str()).collect()
}

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// A district that has people already: namesakes, and emails here and at another school.
pub(crate) fn district() -> Site {
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
