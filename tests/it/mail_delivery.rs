//! Receipt and report, on their way to a mail server that does what it should.

use crate::checks::settled;
use crate::mailbox::Letter;
use crate::post::{ADA, ADDRESS, LAMP, Post, SENDER, upload};
use crate::serving::until;
use crate::support::{SCHOOL, Site};
use firstbell::folder::Folder;
use serde_json::json;

const PUPILS: &str = "Ann,Lee,ann@x.example,Kanarienvogel-1\nBen,Lee,,Kanarienvogel-2\n\
                      Cal,Lee,ANN@x.example,Kanarienvogel-3\n,Nobody,,Kanarienvogel-4\nDora,Lee,not an email,\n";

/// A receipt and its report, out of all letters.
fn pair(letters: &[Letter], job: i64) -> (&Letter, &Letter) {
    let about = |letter: &&Letter| letter.plain().contains(&format!("{job}"));
    let [receipt, report] = letters.iter().filter(about).collect::<Vec<_>>()[..] else {
        panic!("{:?}", letters.iter().map(Letter::subject).collect::<Vec<_>>())
    };
    (receipt, report)
}

#[test]
fn an_upload_is_acknowledged_and_its_results_are_reported_by_letter() {
    let mut post = Post::open();
    post.give_address();
    let job = post.upload("students", PUPILS);
    let letters = post.mailbox.wait_for(2);
    let (receipt, report) = pair(&letters, job);
    for letter in [receipt, report] {
        assert_eq!((letter.seen("sender"), letter.seen("recipients")), (&json!(SENDER), &json!([ADA])));
        assert_eq!(letter.seen("from"), &json!([["Springfield", SENDER]]));
        assert_eq!(letter.seen("to"), &json!([["Ada Adminova", ADA]]));
        assert_eq!(letter.header("Auto-Submitted"), "auto-generated");
        assert!(!letter.holds("Kanarienvogel"), "a password");
        for text in ["text/plain", "text/html"] {
            assert!(letter.seen("shape").as_str().unwrap().contains(text));
        }
    }
    assert_eq!(receipt.seen("shape"), "multipart/alternative(text/plain, text/html)");
    let job_id = job.to_string();
    receipt.assert_says(&[&job_id, "people.csv", SCHOOL, "students", "5"]);
    assert_eq!(
        report.seen("shape"),
        "multipart/mixed(multipart/alternative(text/plain, text/html), text/csv)"
    );
    report.assert_says(&[&job_id, "people.csv", SCHOOL, "lines", "Nobody"]);
    for (word, count) in [("Created", 2), ("Skipped", 1), ("Failed", 2)] {
        assert!(report.plain().contains(&format!("{word}: {count}\r\n")), "{}", report.plain());
        assert!(crate::visitor::read(&report.html()).contains(&format!("{word} {count} ")));
    }
    assert!(report.subject().contains("2 lines to correct"), "{}", report.subject());
    let results = post.ada.get(&format!("/admin/uploads/{job}/results.csv"));
    let (name, csv) = report.attachment();
    assert_eq!((name, csv), (format!("results-{job}.csv"), results.body));
    let link = format!("{ADDRESS}/admin/uploads/{job}");
    assert!(report.plain().contains(&link) && report.html().contains(&format!("href=\"{link}\"")));
    // Every line with a problem, with what the results say of it.
    for line in crate::support::read_results(std::str::from_utf8(&report.attachment().1).unwrap()) {
        if line.status != "created" {
            report.assert_says(&[&line.message, &line.line.to_string()]);
        }
    }
    post.all_ended();
    assert!(post.stands().iter().all(|stand| stand.status == "sent" && stand.tries == 1));
    post.end();
}

#[test]
fn a_report_answers_its_own_receipt() {
    let mut post = Post::open();
    let jobs = [post.upload("students", "Ann,Lee,,\n"), post.upload("students", "Ben,Lee,,\n")];
    let letters = post.mailbox.wait_for(4);
    let mut ids: Vec<String> = letters.iter().map(|letter| letter.header("Message-ID")).collect();
    for stand in post.stands().chunks(2) {
        assert_eq!([&*stand[0].kind, &stand[1].kind], ["received", "report"]);
    }
    let reports: Vec<&Letter> =
        letters.iter().filter(|letter| !letter.header("In-Reply-To").is_empty()).collect();
    assert_eq!(reports.len(), 2);
    for (job, report) in jobs.iter().zip(reports) {
        let id = report.header("In-Reply-To");
        assert_eq!(report.header("References"), id);
        let receipt = letters.iter().find(|letter| letter.header("Message-ID") == id).expect("its receipt");
        assert!(receipt.header("In-Reply-To").is_empty() && receipt.header("References").is_empty());
        assert!(receipt.plain().contains(&job.to_string()) && report.plain().contains(&job.to_string()));
        assert_ne!(report.header("Message-ID"), id);
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 4, "{ids:?}");
    post.end();
}

#[test]
fn a_report_lists_fifty_problems_and_leaves_the_others_to_the_attachment() {
    let mut post = Post::open();
    let lines: String = (0..60).map(|n| format!("First{n:02},,,\n")).collect();
    post.upload("students", &lines);
    let report = post.mailbox.wait_for(2).pop().unwrap();
    let (_, csv) = report.attachment();
    let csv = String::from_utf8(csv).unwrap();
    for n in 0..60 {
        let (name, is_listed) = (format!("First{n:02}"), n < 50);
        assert_eq!((report.plain().contains(&name), report.html().contains(&name)), (is_listed, is_listed));
        assert!(csv.contains(&name));
    }
    assert!(report.subject().contains("60 lines to correct"), "{}", report.subject());
    report.assert_says(&["60 lines", "10 lines more"]);
    post.end();
}

#[test]
fn a_report_without_problems_says_that_all_is_ready() {
    let mut post = Post::open();
    post.upload("students", "Ann,Lee,,\nBen,Lee,,\n");
    let report = post.mailbox.wait_for(2).pop().unwrap();
    report.assert_says(&["ready to use", "2"]);
    assert!(!report.holds("to correct"));
    assert!(!report.holds("http://") && !report.holds("https://"), "nobody said where Firstbell is found");
    post.end();
}

#[test]
fn a_school_administrators_report_goes_to_them() {
    let mut post = Post::open();
    let mut olga = post.school_administrator(1, "Olga,Office,olga@x.example");
    let before = post.all_ended().len();
    upload(&post.server, &mut olga, "students", "people.csv", "Ann,Lee,,\n");
    let letters = post.mailbox.wait_for(before + 2);
    for letter in &letters[before..] {
        assert_eq!(letter.seen("recipients"), &json!(["olga@x.example"]));
        assert_eq!(letter.seen("to"), &json!([["Olga Office", "olga@x.example"]]));
    }
    post.end();
}

#[test]
fn a_file_is_acknowledged_before_the_work_on_it_begins() {
    let site = Site::set_up();
    // Another process has the loop, and does nothing.
    let office = site.office();
    let held = office.folder.try_hold_loop().unwrap().unwrap();
    let mut post = Post::on(site);
    let form = post.ada.get("/admin/uploads/new").form("/admin/uploads").with("user_type", "students");
    let roster = "first_name,last_name,email,password\nAnn,Lee,,\n";
    assert_eq!(post.ada.send(form.with("school_id", "1").file("a.csv", roster)).status, 303);
    let receipt = post.mailbox.wait_for(1).pop().unwrap();
    receipt.assert_says(&["a.csv"]);
    assert_eq!(post.server.site.count("SELECT count(*) FROM record WHERE status = 'pending'"), 1);
    drop(held);
    office.close();
    let report = post.mailbox.wait_for(2).pop().unwrap();
    assert_eq!(report.header("In-Reply-To"), receipt.header("Message-ID"));
    post.end();
}

#[test]
fn who_administers_no_more_gets_no_report() {
    let site = Site::set_up();
    let mut post = Post::on(site);
    post.school_administrator(1, "Olga,Office,olga@x.example");
    let before = post.all_ended().len();
    // Another process has the loop, and does nothing: meanwhile she is an administrator no longer.
    let (folder, mut held) = (Folder::existing(&post.server.site.data()).unwrap(), None);
    let mut post = post.restarted(|_| held = folder.try_hold_loop().unwrap());
    let held = held.expect("the loop");
    let mut olga = post.server.admin("olga@x.example", LAMP);
    post.mailbox.trouble_for_ever("rcpt", "452 4.2.2 Full just now");
    for (visitor, school, lines) in
        [(&mut post.ada, Some("1"), "Ann,Lee,,\n"), (&mut olga, None, "Ben,Lee,,\n")]
    {
        let form = visitor.get("/admin/uploads/new").form("/admin/uploads").with("user_type", "students");
        let form = school.map_or(form.clone(), |school| form.with("school_id", school));
        let file = format!("first_name,last_name,email,password\n{lines}");
        assert_eq!(visitor.send(form.file("a.csv", file)).status, 303);
    }
    let id = post.server.site.count("SELECT id FROM account WHERE first_name = 'Olga'");
    let member = format!("/admin/members/{id}");
    let form = post.ada.get(&member).form(&format!("{member}/administers")).with("administers", "none");
    assert_eq!(post.ada.send(form).status, 303);
    assert_eq!(post.server.site.count("SELECT count(*) FROM upload WHERE status <> 'succeeded'"), 2);
    drop(held);
    post.mailbox.recover();
    settled(&post.server);
    post.hurry();
    let letters = post.all_ended();
    let hers =
        letters[before..].iter().filter(|letter| letter.seen("recipients") == &json!(["olga@x.example"]));
    let subjects: Vec<String> = hers.map(Letter::subject).collect();
    assert!(subjects.iter().all(|subject| subject.contains("we received")), "{subjects:?}");
    assert_eq!(subjects.len(), 1);
    post.end();
}

#[test]
fn a_report_that_has_waited_does_not_go_to_whoever_administers_no_more() {
    let mut post = Post::open();
    let mut olga = post.school_administrator(1, "Olga,Office,olga@x.example");
    let before = post.all_ended().len();
    post.mailbox.behave(&json!({ "listening": false }));
    let form = olga.get("/admin/uploads/new").form("/admin/uploads").with("user_type", "students");
    let form = form.file("a.csv", "first_name,last_name,email,password\nBen,Lee,,\n");
    assert_eq!(olga.send(form).status, 303);
    until("the report", || {
        (post.server.site.count("SELECT count(*) FROM letter WHERE kind = 'report' AND status = 'queued'")
            == 1)
            .then_some(())
    });
    let id = post.server.site.count("SELECT id FROM account WHERE first_name = 'Olga'");
    let member = format!("/admin/members/{id}");
    let form = post.ada.get(&member).form(&format!("{member}/administers")).with("administers", "none");
    assert_eq!(post.ada.send(form).status, 303);
    post.mailbox.recover();
    post.hurry();
    until("the end of both", || {
        (post.server.site.count("SELECT count(*) FROM letter WHERE status = 'queued'") == 0).then_some(())
    });
    let letters = post.mailbox.letters();
    assert!(letters[before..].iter().all(|letter| letter.subject().contains("we received")), "{letters:?}");
    post.ada.get("/admin/mail").assert_shows(&["does not administer this school any more"]);
    post.end();
}
