//! Undoing an upload: who goes, who stays, and that nothing of it is half done, whatever happens meanwhile.

use crate::crash::Random;
use crate::serving::{Server, until};
use crate::support::{SCHOOL, Site, read_results, read_roster, soak_until};
use crate::visitor::Visitor;
use firstbell::actions::{self, Destination, NotDone, SignIn, SignedIn};
use firstbell::domain::{AccountId, Admin, Name, Scope, UploadId, UserType};
use firstbell::secrets::{Cost, GeneratedPassword, HashLane};
use firstbell::store::account::Credential;
use firstbell::store::{self, job, school, upload};
use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

const ADA: Admin = Admin { account: AccountId(1), scope: Scope::District };

impl Site {
    /// Makes so many students without passwords, as one upload, whatever the limit is.
    fn make_students(&self, how_many: usize) -> UploadId {
        let mut office = self.office();
        let content = format!("first_name,last_name,email,password\n{}", "Ann,Lee,,\n".repeat(how_many));
        let files = read_roster(&office, &content);
        let school = school::by_name(&office.conn, &Name::parse(SCHOOL).unwrap()).unwrap().unwrap();
        let to = Destination { school, kind: UserType::Student, by: None, who_chooses: None };
        let id = actions::receive_upload(&mut office.conn, &office.key, &to, &files).unwrap()[0];
        office.close();
        // Any import runs the loop, and the loop does what waits.
        self.run_loop();
        id
    }

    fn run_loop(&self) {
        let ran = self.import("students", &self.roster("one.csv", "Somebody,Else,,\n"));
        assert_eq!(ran.status, Some(0), "{}", ran.err);
    }

    fn ask_to_undo(&self, id: UploadId) -> Result<(), NotDone> {
        let mut office = self.office();
        let asked = actions::ask_to_undo(&mut office.conn, &ADA, id, firstbell::clock::now());
        office.close();
        asked
    }
}

/// Asks for an upload to be undone on its pages, and waits until it is.
fn undo(server: &Server, admin: &mut Visitor, id: i64) {
    let page = admin.get(&format!("/admin/uploads/{id}/undo"));
    let sent = admin.send(page.form(&format!("/admin/uploads/{id}/undo")));
    assert_eq!(sent.location(), format!("/admin/uploads/{id}"));
    until("the end of undoing", || {
        let done = format!("SELECT count(*) FROM upload WHERE id = {id} AND status = 'undone'");
        (server.site.count(&done) == 1 && server.site.count("SELECT count(*) FROM job") == 0).then_some(())
    });
}

fn results(admin: &mut Visitor, id: i64) -> Vec<crate::support::Line> {
    read_results(admin.get(&format!("/admin/uploads/{id}/results.csv")).html())
}

#[test]
fn undo_after_20_of_1000_signed_in_removes_980_and_names_the_20() {
    let site = Site::set_up();
    let lines: String = (1..=1_000).map(|n| format!("Kid{n:04},Lee,kid{n}@x.example,\n")).collect();
    assert_eq!(site.import("students", &site.roster("kids.csv", &lines)).status, Some(0));
    let server = Server::open(site);
    let mut ada = server.ada();
    let made = results(&mut ada, 1);
    // Every fiftieth, one of them by the email.
    let used: Vec<_> = made.iter().step_by(50).cloned().collect();
    let passwords: Vec<String> =
        used.iter().map(|line| server.site.generated_password(&line.username)).collect();
    for (at, (line, password)) in used.iter().zip(&passwords).enumerate() {
        let login = if at == 7 { &line.email } else { &line.username };
        server.signed_in(login, password);
    }
    let unused = made.iter().find(|line| !used.contains(line)).unwrap();
    let its_password = server.site.generated_password(&unused.username);

    let page = ada.get("/admin/uploads/1");
    page.assert_shows(&["All accounts are ready to use.", "Undo this upload"]);
    ada.get("/admin/uploads/1/undo").assert_shows(&[
        "980 accounts will be removed",
        "20 accounts stay",
        "20 are in use",
        "kids.csv for Lincoln High",
    ]);
    undo(&server, &mut ada, 1);

    assert_eq!(server.site.count("SELECT count(*) FROM account"), 21);
    assert_eq!(server.site.count("SELECT removed FROM upload WHERE id = 1"), 980);
    ada.get("/admin/uploads/1").assert_shows(&[
        "Status: undone",
        "Ada Adminova undid it on",
        "980 accounts were removed.",
        "20 were in use or changed, and stayed: see who they are",
        "kept 20",
    ]);
    let kept = ada.get("/admin/uploads/1?status=kept");
    let usernames: BTreeSet<String> = used.iter().map(|line| line.username.clone()).collect();
    for line in &used {
        kept.assert_shows(&[
            &format!("{} Lee", line.first_name),
            &line.username,
            "Kept: it has been in use since",
        ]);
    }
    assert!(!kept.text().contains("Undone: this account was removed."));
    // Every line still says which username it was, and what became of it; the file in the folder does, too.
    let after = results(&mut ada, 1);
    let file = std::fs::read_to_string(server.site.data().join("exports/results-1.csv")).unwrap();
    assert_eq!(read_results(&file), after);
    for (before, after) in made.iter().zip(&after) {
        assert_eq!((&before.username, "created"), (&after.username, after.status.as_str()));
        let is_kept = usernames.contains(&after.username);
        assert_eq!(after.message == "Undone: this account was removed.", !is_kept, "{after:?}");
    }
    // Who was kept still comes in; who was not does not.
    server.signed_in(&used[3].username, &passwords[3]);
    for login in [&unused.username, &unused.email] {
        assert_eq!(server.visitor().sign_in(login, &its_password).status, 422);
    }
    ada.get("/admin/uploads").assert_shows(&["undone", "1,000 created, 980 removed again"]);
    ada.get("/admin/audit").assert_shows(&["asked to undo the upload of", "Job 1: 980 removed, 20 kept"]);
    assert_eq!(ada.get("/admin/uploads/1/undo").location(), "/admin/uploads/1");
    server.end();
}

#[test]
fn usernames_and_generated_passwords_of_removed_accounts_never_come_back_and_emails_do() {
    let site = Site::set_up();
    let roster = "Ann,Lee,ann@x.example,\nBen,Lee,ben@x.example,a lamp lit\nCid,Lee,,\n";
    site.import("students", &site.roster("a.csv", roster));
    let server = Server::open(site);
    let mut ada = server.ada();
    let before = results(&mut ada, 1);
    let password = server.site.generated_password("alee");
    undo(&server, &mut ada, 1);
    assert_eq!(server.site.count("SELECT count(*) FROM account"), 1);
    assert_eq!(server.site.import("students", &server.site.roster("a.csv", roster)).status, Some(0));
    let after = results(&mut ada, 2);
    for (before, after) in before.iter().zip(&after) {
        assert_eq!((after.status.as_str(), &before.email), ("created", &after.email));
        assert_ne!(before.username, after.username);
        assert_eq!(server.visitor().sign_in(&before.username, "a lamp lit").status, 422);
    }
    assert_ne!(server.site.generated_password("ann@x.example"), password);
    assert_eq!(server.visitor().sign_in("ann@x.example", &password).status, 422);
    server.signed_in("ben@x.example", "a lamp lit");
    assert_eq!(server.site.count("SELECT min(id) FROM account WHERE id > 1"), 5, "numbers neither");
    server.end();
}

#[test]
fn whatever_somebody_has_changed_is_kept_and_said() {
    let site = Site::set_up();
    site.add_school("Hilltop Primary");
    let lines: String = (1..=6).map(|n| format!("Tess,Number{n},t{n}@x.example,a lamp lit\n")).collect();
    site.import("teachers", &site.roster("a.csv", &lines));
    let server = Server::open(site);
    let mut ada = server.ada();
    for (id, what, field, value) in [
        (2, "name", "last_name", "Other"),
        (3, "suspension", "suspended", "yes"),
        (4, "administers", "administers", "school"),
        (5, "school", "school_id", "2"),
    ] {
        let page = ada.get(&format!("/admin/members/{id}"));
        let form = page.form(&format!("/admin/members/{id}/{what}")).with(field, value);
        assert_eq!(ada.send(form).status, 303, "{what}");
    }
    server.signed_in("tnumber5", "a lamp lit");
    ada.get("/admin/uploads/1/undo").assert_shows(&[
        "1 account will be removed",
        "5 accounts stay",
        "1 is in use, and 4 were changed since",
        "Remove 1 account",
    ]);
    undo(&server, &mut ada, 1);
    let messages: Vec<String> = results(&mut ada, 1).into_iter().map(|line| line.message).collect();
    assert!(messages[..4].iter().all(|it| it.starts_with("Kept: it was changed on ")), "{messages:?}");
    assert!(messages[4].starts_with("Kept: it has been in use since "), "{messages:?}");
    assert_eq!(messages[5], "Undone: this account was removed.");
    server.end();
}

#[test]
fn an_upload_is_undone_once_when_its_job_is_done_and_if_there_is_something_to_remove() {
    let site = Site::set_up();
    site.import("students", &site.roster("a.csv", "Ann,Lee,,\nBen,Lee,,a lamp lit\n"));
    site.import("students", &site.roster("b.csv", "Cid,Lee,,a lamp lit\n"));
    site.import("students", &site.roster("c.csv", ",Lee,,\n"));
    let refused = |id: i64, words: &str| match site.ask_to_undo(UploadId(id)) {
        Err(NotDone::Refused(faults)) => assert!(faults[0].why.contains(words), "{}", faults[0].why),
        other => panic!("{other:?}"),
    };
    let mut office = site.office();
    let held = office.folder.try_hold_loop().unwrap().unwrap();
    let to = Destination {
        school: upload::get(&office.conn, UploadId(1)).unwrap().school,
        kind: UserType::Student,
        by: None,
        who_chooses: None,
    };
    let file = read_roster(
        &office,
        "first_name,last_name,email,password
A,B,,
",
    );
    actions::receive_upload(&mut office.conn, &office.key, &to, &file).unwrap();
    refused(4, "The job still runs");
    drop(held);
    site.run_loop();
    assert!(matches!(site.ask_to_undo(UploadId(99)), Err(NotDone::NotFound)));
    refused(3, "There is no account to remove");
    let lane = HashLane::start(Cost::for_tests());
    let cid = SignIn { login: "clee", password: "a lamp lit", session: None, browser: None };
    let now = firstbell::clock::now();
    actions::sign_in(&mut office.conn, &office.key, &lane, &cid, now).unwrap();
    refused(2, "There is no account to remove");
    site.ask_to_undo(UploadId(1)).unwrap();
    refused(1, "asked to undo this upload already");
    site.run_loop();
    refused(1, "asked to undo this upload already");
    office.close();
    site.end();
}

#[test]
fn whoever_signs_in_while_it_is_being_undone_keeps_the_account_and_whoever_comes_later_has_none() {
    let site = Site::set_up();
    let id = site.make_students(2_000);
    site.ask_to_undo(id).unwrap();
    let usernames: Vec<String> = {
        let office = site.office();
        let mut query = office.conn.prepare("SELECT username FROM record WHERE upload_id = 1").unwrap();
        query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let (mut work, mut door) = (site.office(), site.office());
    let tx = store::begin(&mut work.conn).unwrap();
    let claimed = job::claim(&tx).unwrap().unwrap();
    tx.commit().unwrap();
    let lane = HashLane::start(Cost::for_tests());
    let mut comes_in = |username: &str| -> Option<bool> {
        let login = actions::find_login(&door.conn, username).unwrap()?;
        let Credential::Generated(generation) = login.credential else { panic!("{login:?}") };
        let password = GeneratedPassword::derive(&door.key, login.id, generation).expose().to_owned();
        let asked = SignIn { login: username, password: &password, session: None, browser: None };
        let now = firstbell::clock::now();
        match actions::sign_in(&mut door.conn, &door.key, &lane, &asked, now).unwrap() {
            SignedIn::Welcome { .. } => Some(true),
            SignedIn::Wrong => Some(false),
            SignedIn::Wait(_) => panic!(),
        }
    };
    // The first three come in before the work has begun; the others from the end, so that the two meet.
    let mut kept: BTreeSet<&String> =
        usernames[..3].iter().filter(|username| comes_in(username) == Some(true)).collect();
    assert_eq!(kept.len(), 3);
    let mut came_late = 0;
    std::thread::scope(|scope| {
        scope.spawn(move || {
            actions::undo_upload(&mut work.conn, claimed.id, id, &AtomicBool::new(false), &|| ()).unwrap();
            work.close();
        });
        for username in usernames[3..].iter().rev() {
            match comes_in(username) {
                Some(true) => drop(kept.insert(username)),
                Some(false) => came_late += 1,
                None => break,
            }
        }
    });
    door.close();
    println!("{} signed in, {came_late} were too late", kept.len());
    let here = site.count("SELECT count(*) FROM account WHERE upload_id = 1");
    assert_eq!(here, kept.len() as i64);
    assert_eq!(site.count("SELECT count(*) FROM session"), here);
    assert_eq!(site.count("SELECT removed FROM upload WHERE id = 1"), 2_000 - here);
    site.run_loop();
    site.end();
}

#[test]
fn undoing_that_is_killed_again_and_again_goes_on_and_ends_once() {
    let until = soak_until();
    let seed = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    println!("seed {seed}");
    let mut random = Random(seed);
    let (mut kills, mut in_the_middle) = (0, 0);
    while in_the_middle < 3 || Instant::now() < until {
        assert!(kills < 300, "only {in_the_middle} of {kills} kills hit the work");
        let site = Site::set_up();
        let people = 1_500 + i64::try_from(random.below(1_500)).unwrap();
        let id = site.make_students(usize::try_from(people).unwrap());
        // Some are in use, here and there.
        site.office().conn.execute("UPDATE account SET used_at = 1 WHERE line % 7 = 0", []).unwrap();
        let used = site.count("SELECT count(*) FROM account WHERE used_at IS NOT NULL AND upload_id = 1");
        site.ask_to_undo(id).unwrap();
        let status = "SELECT count(*) FROM upload WHERE id = 1 AND status = 'undone'";
        while site.count(status) == 0 {
            let mut child = site
                .command(&["serve", "--listen", "127.0.0.1:0"])
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap();
            // Killed soon after the work goes on, on however slow a machine; or before, now and then.
            let so_far = || site.count("SELECT removed FROM upload WHERE id = 1");
            let (before, begun) = (so_far(), Instant::now());
            while so_far() == before && begun.elapsed() < Duration::from_secs(20) && random.below(200) > 0 {
                std::thread::sleep(Duration::from_millis(2));
            }
            std::thread::sleep(Duration::from_millis(random.below(10)));
            child.kill().unwrap();
            child.wait().unwrap();
            kills += 1;
            let removed = so_far();
            let gone = site.count("SELECT count(*) FROM record WHERE upload_id = 1 AND account_id IS NULL");
            assert_eq!(removed, gone, "what is removed is counted with it");
            assert_eq!(site.count("SELECT count(*) FROM account WHERE upload_id = 1"), people - removed);
            in_the_middle += i32::from(removed > 0 && site.count(status) == 0);
        }
        site.run_loop();
        assert_eq!(site.count("SELECT count(*) FROM account WHERE upload_id = 1"), used);
        assert_eq!(site.count("SELECT removed FROM upload WHERE id = 1"), people - used);
        assert_eq!(site.count("SELECT count(*) FROM audit WHERE deed = 'undid_upload'"), 1);
        site.end();
    }
    println!("{kills} kills, {in_the_middle} of them in the middle");
}

#[test]
fn undoing_that_cannot_be_finished_says_so_and_can_be_asked_for_again() {
    let site = Site::set_up();
    let id = site.make_students(30);
    site.ask_to_undo(id).unwrap();
    site.office().conn.execute("UPDATE job SET attempts = 200 WHERE kind = 'undo'", []).unwrap();
    site.run_loop();
    let server = Server::open(site);
    let mut ada = server.ada();
    ada.get("/admin/uploads/1").assert_shows(&[
        "Status: failed",
        "It was not undone to the end. The job was begun 200 times and never got anywhere.",
        "30 accounts can be used.",
        "Undo this upload",
    ]);
    undo(&server, &mut ada, 1);
    ada.get("/admin/uploads/1")
        .assert_shows(&["Status: undone", "30 accounts were removed. None was in use."]);
    assert_eq!(server.site.count("SELECT count(*) FROM upload WHERE failure IS NOT NULL"), 0);
    server.end();
}
