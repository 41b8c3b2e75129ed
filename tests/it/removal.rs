//! Removing a person: the account goes, and with it the name and the email from every byte of the folder but the
//! snapshots; everybody else keeps what is theirs.

use crate::post::upload;
use crate::serving::{Server, until};
use crate::support::{SCHOOL, Site, read_results};
use crate::visitor::{Answer, Visitor};
use std::fs;
use std::path::{Path, PathBuf};

/// A name and an email that stand nowhere else in the world. What begins the username is not the name itself.
const FIRST: &str = "Zaphodella";
const LAST: &str = "Öchslinger";
const EMAIL: &str = "canary.zaphodella@birds.example";

/// Every file under a folder, but the snapshots: they hold older states for a while, and say so.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match path.is_dir() {
            true if path.ends_with("backups") => {}
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found
}

/// The files in which one of these texts stands, in whatever case.
pub(crate) fn traces(folder: &Path, texts: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for path in files(folder) {
        let bytes = fs::read(&path).unwrap_or_default();
        let lower = String::from_utf8_lossy(&bytes).to_lowercase();
        for text in texts {
            let plain = bytes.windows(text.len()).any(|window| window == text.as_bytes());
            if plain || lower.contains(&text.to_lowercase()) {
                found.push(format!("{text} in {}", path.display()));
            }
        }
    }
    found
}

/// Waits until nothing is left to do, and all is in the database's one file.
pub(crate) fn settled(server: &Server) {
    let to_do =
        "SELECT (SELECT count(*) FROM job) + (SELECT count(*) FROM district WHERE scrub_from IS NOT NULL)";
    until("the end of all jobs", || {
        let is_done = server.site.count(to_do) == 0;
        let log = fs::metadata(server.site.data().join("firstbell.db-wal")).map_or(0, |log| log.len());
        (is_done && log == 0).then_some(())
    });
}

fn member(server: &Server, username: &str) -> i64 {
    server.site.count(&format!("SELECT id FROM account WHERE username = '{username}'"))
}

fn remove(admin: &mut Visitor, id: i64) -> Answer {
    let page = admin.get(&format!("/admin/members/{id}/remove"));
    let sent = admin.send(page.form(&format!("/admin/members/{id}/remove")));
    admin.follow(&sent)
}

fn results(admin: &mut Visitor, id: i64) -> Vec<crate::support::Line> {
    read_results(admin.get(&format!("/admin/uploads/{id}/results.csv")).html())
}

#[test]
fn after_a_removal_no_byte_of_name_or_email_is_left_but_in_snapshots() {
    let server = Server::of_a_district();
    let mut ada = server.ada();
    let line = format!("{FIRST},{LAST},{EMAIL},a lamp and a kettle\n");
    // Failed at first and mended, then in use, then the same file again, a namesake, and a check of it all.
    upload(
        &server,
        &mut ada,
        "teachers",
        "first.csv",
        &format!("Ann,Lee,ann@x.example,\n{FIRST},{LAST},{EMAIL},short\n"),
    );
    let page = ada.get("/admin/uploads/1/mend");
    let form = page.form("/admin/uploads/1/mend").with("password-3", "a lamp and a kettle");
    assert_eq!(ada.send(form).status, 303);
    settled(&server);
    upload(&server, &mut ada, "teachers", "again.csv", &line);
    upload(&server, &mut ada, "teachers", "twin.csv", &format!("{FIRST},{LAST},other@x.example,\n"));
    upload(&server, &mut ada, "students", "kids.csv", &format!("{FIRST},{LAST},,\n{FIRST},{LAST},,\n"));
    crate::checks::check(
        &mut ada,
        "teachers",
        "check.csv",
        format!("first_name,last_name,email,password\n{line}"),
    );
    let (id, csrf) =
        (member(&server, "zochslinger"), ada.get("/home").form("/logout").value("csrf").to_owned());
    let mut own = server.signed_in(EMAIL, "a lamp and a kettle");
    own.get("/home").assert_shows(&[FIRST]);
    // Spoken of in the audit log in every way: by the name, the emails, chosen for a card, and by what they did.
    for (what, field, value) in [
        ("administers", "administers", "district"),
        ("email", "email", "canary.second@birds.example"),
        ("email", "email", EMAIL),
        ("suspension", "suspended", "yes"),
        ("suspension", "suspended", "no"),
    ] {
        let sent = ada.post(&format!("/admin/members/{id}/{what}"), &[("csrf", &csrf), (field, value)]);
        assert_eq!(sent.status, 303, "{what}");
    }
    ada.get(&format!("/admin/cards?member=1&member={id}"));
    let mut own = server.admin(EMAIL, "a lamp and a kettle");
    crate::checks::check(&mut own, "students", "own.csv", "first_name,last_name,email,password\nBen,Own,,\n");
    upload(&server, &mut own, "students", "by-them.csv", "Cid,Own,,\n");
    server.visitor().get("/forgot");
    settled(&server);
    let texts = [FIRST, LAST, EMAIL, "canary.second@birds.example"];
    let before = traces(&server.site.data(), &texts);
    assert!(before.len() >= 5 && before.iter().any(|it| it.contains("results-1.csv")), "{before:?}");
    // Their namesakes are other people, who keep their name: they go first.
    for username in ["zochslinger2", "zochslinger3", "zochslinger4"] {
        remove(&mut ada, member(&server, username)).assert_shows(&["The account is removed."]);
    }
    let page = ada.get(&format!("/admin/members/{id}/remove"));
    page.assert_shows(&["What goes", "What stays", "for up to 13 weeks", "zochslinger"]);
    remove(&mut ada, id).assert_shows(&["The account is removed."]);
    settled(&server);
    let left = traces(&server.site.data(), &texts);
    assert!(left.is_empty(), "{left:?}");
    let said = server.said();
    assert!(texts.iter().all(|text| !said.contains(text)), "{said}");

    // Whoever was logged in is not, and the account is not there.
    assert_eq!(own.get("/home").location(), "/login");
    assert_eq!(ada.get(&format!("/admin/members/{id}")).status, 404);
    assert_eq!(ada.get(&format!("/admin/members/{id}/remove")).status, 404);
    // Every line is there, and says what happened.
    let first = results(&mut ada, 1);
    assert_eq!((first[0].first_name.as_str(), first[0].email.as_str()), ("Ann", "ann@x.example"));
    for line in [&first[1], &results(&mut ada, 2)[0], &results(&mut ada, 3)[0]] {
        assert!(line.message.starts_with("This account was removed on "), "{line:?}");
        assert_eq!((&*line.first_name, &*line.last_name, &*line.email, &*line.username), ("", "", "", ""));
    }
    let file = fs::read_to_string(server.site.data().join("exports/results-1.csv")).unwrap();
    assert_eq!(read_results(&file), first);
    ada.get("/admin/uploads/1").assert_shows(&["This account was removed on", "ann@x.example"]);
    ada.get("/admin/uploads").assert_shows(&["from a removed account", "1 removed again"]);
    let log = ada.get("/admin/audit");
    log.assert_shows(&[&format!("a removed account (no. {id})"), "removed (a teacher of Lincoln High)"]);
    assert!(!log.links("/admin/members/").contains(&format!("/admin/members/{id}")));
    ada.get("/admin/audit").assert_shows(&["on cards: aadminova, a removed account"]);
    // The email can be used again, the username cannot.
    upload(&server, &mut ada, "teachers", "back.csv", &line);
    assert_eq!(results(&mut ada, 7)[0].username, "zochslinger5");
    server.end();
}

#[test]
fn nobody_removes_themselves_the_last_administrator_or_whom_they_do_not_administer() {
    let site = Site::set_up();
    site.add_school("Hilltop Primary");
    for (school, lines) in [
        (SCHOOL, "Olga,Office,olga@x.example,ooffice and a lamp\nTess,Teacher,tess@x.example,\n"),
        ("Hilltop Primary", "Hugo,Hill,hugo@x.example,\n"),
    ] {
        let file = site.roster("people.csv", lines);
        let ran = site.run(&["import", "--school", school, "--type", "teachers", file.to_str().unwrap()], "");
        assert_eq!(ran.status, Some(0), "{}", ran.err);
    }
    let server = Server::open(site);
    let mut ada = server.ada();
    let (olga, hugo) = (member(&server, "ooffice"), member(&server, "hhill"));
    let csrf = ada.get("/home").form("/logout").value("csrf").to_owned();
    ada.post(&format!("/admin/members/{olga}/administers"), &[("csrf", &csrf), ("administers", "school")]);
    let mut office = server.admin("ooffice", "ooffice and a lamp");
    let office_csrf = office.get("/home").form("/logout").value("csrf").to_owned();
    let before = server.snapshot_besides_refusals();
    let try_it = |visitor: &mut Visitor, csrf: &str, id: i64, status: u16, words: &str| {
        let page = visitor.get(&format!("/admin/members/{id}/remove"));
        assert!(page.status == 404 || page.text().contains(words), "{}", page.text());
        assert!(!page.text().contains("for good"), "{}", page.text());
        let sent = visitor.post(&format!("/admin/members/{id}/remove"), &[("csrf", csrf)]);
        assert_eq!(sent.status, status, "{}", sent.text());
        assert!(sent.text().contains(words), "{}", sent.text());
    };
    try_it(&mut ada, &csrf, 1, 422, "Nobody can remove themselves.");
    try_it(&mut office, &office_csrf, olga, 422, "Nobody can remove themselves.");
    try_it(&mut office, &office_csrf, 1, 422, "only district administrators can change the account");
    try_it(&mut office, &office_csrf, hugo, 404, "");
    assert!(server.snapshot_besides_refusals() == before);
    // What is within reach goes, suspended or not.
    let tess = member(&server, "tteacher");
    office
        .post(&format!("/admin/members/{tess}/suspension"), &[("csrf", &office_csrf), ("suspended", "yes")]);
    remove(&mut office, tess).assert_shows(&["The account is removed."]);
    // Whoever made another administrator can be removed by that one.
    ada.post(&format!("/admin/members/{olga}/administers"), &[("csrf", &csrf), ("administers", "district")]);
    let mut olga = server.admin("ooffice", "ooffice and a lamp");
    remove(&mut olga, 1).assert_shows(&["The account is removed."]);
    assert_eq!(server.site.count("SELECT count(*) FROM account"), 2);
    server.end();
}

#[test]
fn a_removal_that_is_killed_has_happened_whole_or_not_at_all() {
    let seed = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    println!("seed {seed}");
    let mut random = crate::crash::Random(seed);
    let (mut gone, mut there) = (0, 0);
    for round in 0..crate::support::rounds(6) {
        let site = Site::set_up();
        let lines: String = (0..900).map(|n| format!("Ben,Lee,ben{n}@x.example,\n")).collect();
        let line = format!("{FIRST},{LAST},{EMAIL},\n");
        site.import("teachers", &site.roster("a.csv", &format!("{lines}{line}")));
        site.import("teachers", &site.roster("b.csv", &line));
        let server = Server::open(site);
        let mut ada = server.ada();
        let id = member(&server, "zochslinger");
        let page = ada.get(&format!("/admin/members/{id}/remove"));
        let form = page.form(&format!("/admin/members/{id}/remove"));
        let asking = std::thread::spawn(move || {
            // Nobody answers once the server is killed.
            let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| ada.send(form)));
        });
        // The first comes to its end, the others are killed wherever they are.
        match round {
            0 => until("the end of the removal", || asking.is_finished().then_some(())),
            _ => std::thread::sleep(std::time::Duration::from_micros(random.below(9_000))),
        }
        let site = server.kill();
        asking.join().unwrap();
        let is_there = site.count("SELECT count(*) FROM account WHERE username = 'zochslinger'");
        let told = site.count("SELECT count(*) FROM record WHERE gone_at IS NOT NULL");
        assert_eq!((is_there, told), if is_there == 1 { (1, 0) } else { (0, 2) });
        there += is_there;
        gone += 1 - is_there;
        // The results files are written anew by whoever comes next.
        let server = Server::open(site);
        settled(&server);
        let left = traces(&server.site.data(), &[FIRST, EMAIL]);
        assert_eq!(left.is_empty(), is_there == 0, "{left:?}");
        server.end();
    }
    println!("{gone} happened, {there} did not");
    assert!(gone > 0);
}
