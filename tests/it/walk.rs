//! The whole way through MISSION 1–17, as a person goes it with a browser that has no JavaScript.

use crate::serving::{Server, until};
use crate::support::{Line, PASSWORD, SCHOOL, Site, read_results};
use crate::visitor::{Answer, Visitor};
use firstbell::folder::Folder;
use std::collections::BTreeMap;

const OTHER: &str = "Hilltop Primary";

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Takes the five steps, and gives the page that follows.
fn upload(admin: &mut Visitor, school: Option<&str>, kind: &str, files: &[(&str, &[u8])]) -> Answer {
    let steps = admin.get("/admin/uploads/new");
    steps.assert_shows(&["Bulk User Creation", "Upload History", "first_name,last_name,email,password"]);
    let mut form = steps.form("/admin/uploads").with("user_type", kind);
    if let Some(school) = school {
        form = form.choose("school_id", school);
    }
    for (name, content) in files {
        form = form.file(name, content);
    }
    let sent = admin.send(form);
    admin.follow(&sent)
}

/// The Job ID that a page names first.
fn job_on(page: &Answer) -> u32 {
    let text = page.text().to_lowercase();
    let (_, after) = text.split_once("job ").expect("a Job ID");
    after.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()
}

/// Reloads the results until the job is done, and gives them as they are then.
fn done(admin: &mut Visitor, job: u32) -> Answer {
    until("the end of the job", || {
        let page = admin.get(&format!("/admin/uploads/{job}"));
        page.text().contains("Status: succeeded").then_some(page)
    })
}

fn results(admin: &mut Visitor, job: u32) -> Vec<Line> {
    let page = admin.get(&format!("/admin/uploads/{job}"));
    let [address] = &page.links(&format!("/admin/uploads/{job}/results"))[..] else { panic!("one export") };
    let csv = admin.get(address);
    assert!(csv.header("Content-Disposition").starts_with("attachment; filename="));
    assert!(csv.header("Content-Type").starts_with("text/csv"));
    read_results(std::str::from_utf8(&csv.body).unwrap())
}

#[test]
fn the_first_visitor_sets_the_district_up_with_the_code_and_nobody_does_it_again() {
    let server = Server::open(Site::empty());
    let code = server.setup_code();
    assert_eq!((code.len(), code.as_bytes()[4]), (14, 45), "{code}");
    let mut ada = server.visitor();
    for path in ["/", "/login", "/home", "/admin/members"] {
        assert_eq!(ada.get(path).location(), "/setup", "{path}");
    }
    let blank = ada.get("/setup").form("/setup");
    let form = blank
        .clone()
        .with("code", "AAAA-0000")
        .with("district", "Springfield")
        .with("school", "Łincoln <High>")
        .with("first_name", "Ada")
        .with("last_name", "Adminova")
        .with("email", "Ada@Springfield.example")
        .with("password", "short")
        .with("password_again", "shorter");
    let refused = ada.send(form.clone());
    refused.assert_refused(&["not the code", "The two passwords differ", "15"]);
    let again = refused.form("/setup");
    for (field, typed) in &form.fields {
        let is_secret = field.starts_with("password") || field == "csrf";
        assert!(is_secret || again.value(field) == typed, "{field} came back as {:?}", again.value(field));
    }
    assert!(!refused.html().contains("shorter"), "a password came back");
    assert_eq!(server.site.count("SELECT count(*) FROM district"), 0);

    let form =
        again.with("code", &code.to_lowercase()).with("password", PASSWORD).with("password_again", PASSWORD);
    let set_up = ada.send(form.clone());
    assert!(["/home", "/login"].contains(&set_up.location()));
    // Whoever comes now is told so, with the code and without.
    for mut visitor in [server.visitor(), ada] {
        assert_eq!(visitor.get("/setup").status, 404);
        let csrf = match visitor.get("/").location() {
            "/login" => visitor.get("/login").form("/login"),
            _ => visitor.get("/home").form("/logout"),
        };
        let mut late = form.clone();
        late.fields.retain(|(name, _)| name != "csrf");
        late.fields.push(("csrf".to_owned(), csrf.value("csrf").to_owned()));
        assert_eq!(visitor.send(late).status, 404);
    }
    assert_eq!(server.site.count("SELECT count(*) FROM account"), 1);
    server.admin("ada@springfield.example", PASSWORD).get("/admin/members").assert_shows(&["Ada Adminova"]);
    server.end();
}

#[test]
fn one_signs_in_with_username_or_email_in_any_case_and_out_again() {
    let server = Server::of_a_district();
    for login in
        ["aadminova", "AAdminova", " aadminova ", "ada@springfield.example", "ADA@Springfield.Example"]
    {
        server.signed_in(login, PASSWORD);
    }
    let mut ada = server.visitor();
    assert_eq!(ada.get("/").location(), "/login");
    assert_eq!(ada.get("/home").location(), "/login");
    let page = ada.get("/login");
    let before = ada.cookies.clone();
    let answer = ada.send(page.form("/login").with("login", "aadminova").with("password", PASSWORD));
    let home = ada.follow(&answer);
    home.assert_shows(&["Ada Adminova", "Teacher at Lincoln High", "aadminova", "ada@springfield.example"]);
    assert_eq!(ada.get("/").location(), "/home");
    let session = ada.cookies["firstbell_session"].clone();
    assert!(!before.values().any(|old| *old == session), "a new token at the sign-in");
    assert_eq!(ada.send(home.form("/logout")).location(), "/login");
    assert!(!ada.cookies.contains_key("firstbell_session"), "the cookie is gone");
    ada.cookies.insert("firstbell_session".to_owned(), session);
    assert_eq!(ada.get("/home").location(), "/login", "and the session with it");
    server.end();
}

#[test]
fn a_wrong_password_and_a_wrong_name_get_the_same_answer_and_too_many_have_to_wait() {
    let server = Server::of_a_district();
    let mut seen = Vec::new();
    for login in ["aadminova", "nobodyxyz", "ada@springfield.example", "bob@springfield.example"] {
        let mut visitor = server.visitor();
        let answer = visitor.sign_in(login, "not the password");
        answer.assert_refused(&["This name and this password do not open an account."]);
        let form = answer.form("/login");
        assert_eq!(form.value("login"), login);
        let same = answer.html().replace(login, "LOGIN").replace(form.value("csrf"), "CSRF");
        seen.push((answer.status, same, visitor.cookies.into_keys().collect::<Vec<_>>()));
    }
    assert!(seen.windows(2).all(|two| two[0] == two[1]), "{seen:?}");

    let answer = server.guess_too_often("aadminova");
    assert!(answer.header("Retry-After").parse::<u32>().unwrap() >= 1);
    assert!(answer.text().contains("Too many tries"), "{}", answer.text());
    server.end();
}

#[test]
fn a_form_that_has_to_wait_for_wrong_passwords_comes_back_with_what_was_typed() {
    let server = Server::of_a_district();
    let mut ada = server.ada();
    for (page, action, field, typed) in [
        ("/account", "/account/email", "email", "new@x.example"),
        ("/account", "/account/password", "new_password", "three green lamps"),
        ("/admin/settings", "/admin/backup", "current_password", "not the password"),
    ] {
        let form = ada.get(page).form(action).with(field, typed).with("current_password", "not the password");
        let answer = until("too many tries", || {
            let answer = ada.send(form.clone());
            (answer.status != 422).then_some(answer)
        });
        assert_eq!(answer.status, 429, "{action}");
        assert!(answer.header("Retry-After").parse::<u32>().unwrap() >= 1, "{action}");
        assert!(
            answer.text().contains("There were too many wrong passwords. Try again in"),
            "{}",
            answer.text()
        );
        let kept = if field == "email" { typed } else { "" };
        assert_eq!(answer.form(action).value(field), kept, "{action}");
        assert!(
            !answer.html().contains("green lamps") && !answer.html().contains("not the password"),
            "{action}"
        );
    }
    server.end();
}

#[test]
fn an_administrator_switches_to_the_admin_account_and_back() {
    let server = Server::of_a_district();
    let mut ada = server.signed_in("aadminova", PASSWORD);
    let home = ada.get("/home");
    home.assert_shows(&["You are a District Administrator", "Teacher Account"]);
    assert_eq!(ada.get("/admin/members").status, 403);
    let teacher = ada.cookies["firstbell_session"].clone();
    let switched = ada.send(home.form("/switch"));
    let members = ada.follow(&switched);
    members.assert_shows(&[
        "Management",
        "Members",
        "Bulk User Creation",
        "Schools",
        "Settings",
        "Audit log",
    ]);
    assert_eq!(members.links("/admin/uploads/new"), ["/admin/uploads/new"], "in the left side panel");
    let admin = ada.cookies["firstbell_session"].clone();
    assert_ne!(teacher, admin, "a new token at a change of right");
    let back = ada.send(members.form("/switch"));
    assert_eq!(ada.follow(&back).status, 200);
    assert_eq!(ada.get("/admin/members").status, 403);
    for dead in [teacher, admin] {
        ada.cookies.insert("firstbell_session".to_owned(), dead);
        assert_eq!(ada.get("/account").location(), "/login", "the old token is dead");
    }
    server.end();
}

#[test]
fn a_district_uploads_its_people_and_every_one_of_them_can_sign_in() {
    let site = Site::set_up();
    // Another process has the loop, and does nothing.
    let held = Folder::existing(&site.data()).unwrap().try_hold_loop().unwrap().unwrap();
    let server = Server::open(site);
    let mut ada = server.ada();
    let template = ada.get("/admin/sample.csv");
    assert!(template.body.starts_with(b"first_name,last_name,email,password\n"));
    assert!(template.header("Content-Disposition").contains("sample.csv"));
    // A school that is not in the list is added first.
    let schools = ada.get("/admin/schools");
    let added = ada.send(schools.form("/admin/schools").with("name", OTHER));
    ada.follow(&added).assert_shows(&[OTHER]);

    let students = sample("students-1000.csv");
    let received = upload(&mut ada, Some(OTHER), "students", &[("students-1000.csv", &students)]);
    received.assert_shows(&["We received students-1000.csv.", "1,000 students", OTHER]);
    let students_job = job_on(&received);
    let teachers = sample("teachers-60.csv");
    let received = upload(&mut ada, Some(SCHOOL), "teachers", &[("teachers-60.csv", &teachers)]);
    let teachers_job = job_on(&received);
    let history = ada.get("/admin/uploads");
    history.assert_shows(&["students-1000.csv", "scheduled", "teachers-60.csv", "Ada Adminova"]);
    drop(held);
    // While the first is worked on, a reload shows how far it is.
    until("progress", || {
        let history = ada.get("/admin/uploads");
        let page = ada.get(&format!("/admin/uploads/{students_job}"));
        (history.text().contains("in_progress") && page.text().contains(" of 1,000")).then_some(())
    });
    // Several files in one go.
    let parents = sample("parents-400.csv");
    let lines: Vec<&[u8]> = parents.split_inclusive(|byte| *byte == b'\n').take(41).collect();
    let (first, second) = (lines[..21].concat(), [&lines[..1], &lines[21..]].concat().concat());
    let files = [("parents-1.csv", &first[..]), ("parents-2.csv", &second[..])];
    let received = upload(&mut ada, Some(SCHOOL), "parents", &files);
    received.assert_shows(&["We received parents-1.csv.", "We received parents-2.csv.", "20 parents"]);

    for job in 1..=4 {
        done(&mut ada, job);
    }
    let history = ada.get("/admin/uploads");
    for job in 1..=4 {
        assert!(history.links("/admin/uploads/").contains(&format!("/admin/uploads/{job}")), "job {job}");
    }
    history.assert_shows(&["succeeded", "1,000 created", "60 created", "20 created"]);

    let page = ada.get(&format!("/admin/uploads/{students_job}"));
    page.assert_shows(&["All accounts are ready to use.", "Héloïse Ibáñez", "hibanez", "1 to 50 of 1"]);
    let next = &page.links(&format!("/admin/uploads/{students_job}?page="))[0];
    ada.get(next).assert_shows(&["51 to 100 of 1", "Previous", "Next"]);
    let lines = results(&mut ada, students_job);
    assert_eq!(lines.len(), 1_000);
    assert!(lines.iter().all(|line| line.status == "created" && !line.username.is_empty()));
    assert!(!results(&mut ada, teachers_job).iter().any(|line| line.email.is_empty()));
    // Whoever it is signs in with the username, or with the email where there is one.
    let passwords = |file: &[u8]| -> BTreeMap<u32, String> {
        let mut reader = csv::Reader::from_reader(file);
        let rows = reader.records().map(|row| row.unwrap());
        rows.map(|row| (u32::try_from(row.position().unwrap().line()).unwrap(), row[3].to_owned())).collect()
    };
    let theirs = passwords(&students);
    for line in lines.iter().step_by(250) {
        let mut student = server.signed_in(&line.username, &theirs[&line.line]);
        let home = student.get("/home");
        home.assert_shows(&["Student at Hilltop Primary", &line.first_name, &line.last_name, &line.username]);
    }
    let teacher = &results(&mut ada, teachers_job)[30];
    server.signed_in(&teacher.email.to_uppercase(), &passwords(&teachers)[&teacher.line]);
    server.end();
}

#[test]
fn who_is_there_already_is_skipped_and_the_report_says_who_failed_and_why() {
    let server = Server::of_a_district();
    let mut ada = server.ada();
    let people = "Tess,Teacher,tess@x.example,\nTim,Teacher,TESS@X.example ,\nNo,Email,,\nBad,Mail,nowhere,\n\
                  =cmd(),Formula,f@x.example,\nAda,Again,ada@springfield.example,\n";
    let file = format!("first_name,last_name,email,password\r\n{people}");
    // With one school there is nothing to choose; it is chosen.
    let received = upload(&mut ada, None, "teachers", &[("staff.csv", file.as_bytes())]);
    let job = job_on(&received);
    let page = done(&mut ada, job);
    page.assert_shows(&[
        "2 lines need correcting",
        "Created 2",
        "Skipped 2",
        "Failed 2",
        "tteacher",
        "skipped 2",
    ]);
    let only = ada.get(&format!("/admin/uploads/{job}?status=failed"));
    only.assert_shows(&["No Email", "Bad Mail"]);
    assert!(!only.text().contains("Tess Teacher"));
    let lines = results(&mut ada, job);
    let outcomes: Vec<(u32, &str, &str)> =
        lines.iter().map(|line| (line.line, line.status.as_str(), line.username.as_str())).collect();
    let expected = [
        (2, "created", "tteacher"),
        (3, "skipped", ""),
        (4, "failed", ""),
        (5, "failed", ""),
        (6, "created", "cformula"),
        (7, "skipped", ""),
    ];
    assert_eq!(outcomes, expected);
    assert!(lines[1].message.contains("line 2"), "{}", lines[1].message);
    assert!(lines[5].message.contains("Ada Adminova"), "{}", lines[5].message);
    assert!(!lines[4].first_name.starts_with('='), "a live formula");
    // The same file again makes nobody twice.
    let received = upload(&mut ada, Some(SCHOOL), "teachers", &[("staff.csv", file.as_bytes())]);
    let again = job_on(&received);
    done(&mut ada, again).assert_shows(&["Created 0", "Skipped 4", "Failed 2"]);
    assert_eq!(server.site.count("SELECT count(*) FROM account"), 3);
    server.end();
}

#[test]
fn a_file_that_cannot_be_used_is_refused_whole_with_what_was_chosen() {
    let server = Server::of_a_district();
    let mut ada = server.ada();
    let steps = ada.get("/admin/uploads/new");
    let form = steps.form("/admin/uploads");
    let refused = ada.send(form.clone().with("user_type", "parents").file("a.csv", "name,mail\nx,y\n"));
    refused.assert_refused(&["a.csv was not accepted."]);
    assert_eq!(refused.form("/admin/uploads").value("user_type"), "parents");
    ada.send(form.clone().with("user_type", "parents")).assert_refused(&["Choose the CSV file."]);
    ada.send(form.clone().file("a.csv", "x")).assert_refused(&["Say who is in the file"]);
    // One bad file of two: neither is taken.
    let good = "first_name,last_name,email,password\nA,B,,\n";
    let two = form.with("user_type", "students").file("good.csv", good).file("bad.csv", "");
    ada.send(two).assert_refused(&["bad.csv was not accepted.", "None of the 2 files was received."]);
    assert!(!refused.text().contains("None of the"), "{}", refused.text());
    assert_eq!(server.site.count("SELECT count(*) FROM upload"), 0);
    server.end();
}

#[test]
fn everybody_changes_their_own_email_and_password() {
    let site = Site::set_up();
    let (teacher, student) = ("Tess,Teacher,tess@x.example,ten tall camels\n", "Sam,Small,,six grey mice\n");
    for (kind, lines) in [("teachers", teacher), ("students", student)] {
        let file = site.roster("people.csv", lines);
        assert_eq!(site.import(kind, &file).status, Some(0));
    }
    let server = Server::open(site);
    let (mut tess, mut elsewhere) =
        (server.signed_in("tteacher", "ten tall camels"), server.signed_in("tteacher", "ten tall camels"));
    let account = tess.get("/account");
    account.assert_shows(&["Account Settings", "Tess Teacher", "tteacher"]);
    let email = account.form("/account/email");
    assert_eq!(email.value("email"), "tess@x.example");
    let mut change = |to: &str, password: &str| {
        tess.send(email.clone().with("email", to).with("current_password", password))
    };
    change("t@y.example", "wrong").assert_refused(&["This is not your current password."]);
    change("", "ten tall camels").assert_refused(&["A teacher needs an email."]);
    let taken = change("ADA@springfield.example", "ten tall camels");
    taken.assert_refused(&["This email is in use already."]);
    assert_eq!(taken.form("/account/email").value("email"), "ADA@springfield.example");
    let done = change("Tess@Y.example", "ten tall camels");
    tess.follow(&done).assert_shows(&["The email is changed."]);
    server.signed_in("tess@y.example", "ten tall camels");
    assert_eq!(server.visitor().sign_in("tess@x.example", "ten tall camels").status, 422);

    let form = tess.get("/account").form("/account/password");
    let short = form.clone().with("current_password", "ten tall camels").with("new_password", "abc");
    tess.send(short).assert_refused(&["it needs 8 at least"]);
    let new = form.with("current_password", "ten tall camels").with("new_password", "nine blue lamps");
    let done = tess.send(new);
    tess.follow(&done).assert_shows(&["The password is changed."]);
    assert_eq!(elsewhere.get("/home").location(), "/login", "it ends the other sessions");
    server.signed_in("tteacher", "nine blue lamps");
    // A student adds an email, signs in with it, and removes it.
    let mut sam = server.signed_in("ssmall", "six grey mice");
    for to in ["sam@x.example", ""] {
        let form = sam.get("/account").form("/account/email");
        let done = sam.send(form.with("email", to).with("current_password", "six grey mice"));
        sam.follow(&done).assert_shows(&["The email is changed."]);
        if !to.is_empty() {
            server.signed_in(to, "six grey mice");
        }
    }
    server.end();
}
