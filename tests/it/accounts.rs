//! The rules for who gets an account, and for what happens to a job that goes wrong.

use crate::support::{Line, PASSWORD, SCHOOL, Site, read_roster};
use firstbell::actions::{self, Destination, Progress};
use firstbell::domain::{Name, Password, UploadId, UploadStatus, UserType};
use firstbell::secrets::{Cost, GeneratedPassword, HashLane};
use firstbell::store::account::{Credential, Login};
use firstbell::store::job::{self, Claimed};
use firstbell::store::{self, school, upload};
use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;
use std::thread;

impl Site {
    pub(crate) fn can_sign_in(&self, login: &str, password: &str) -> bool {
        let (office, lane) = (self.office(), HashLane::start(Cost::for_tests()));
        actions::authenticate(&office.conn, &office.key, &lane, login, password).unwrap().is_some()
    }

    pub(crate) fn generated_password(&self, username: &str) -> String {
        let office = self.office();
        match actions::find_login(&office.conn, username).unwrap() {
            Some(Login { id, credential: Credential::Generated(generation), .. }) => {
                GeneratedPassword::derive(&office.key, id, generation).expose().to_owned()
            }
            other => panic!("{username} has no generated password: {other:?}"),
        }
    }

    pub(crate) fn add_school(&self, name: &str) {
        let mut office = self.office();
        let tx = store::begin(&mut office.conn).unwrap();
        school::insert(&tx, &Name::parse(name).unwrap(), firstbell::clock::now()).unwrap();
        tx.commit().unwrap();
    }

    /// Accepts a file as the web would, without doing the work.
    fn receive(&self, lines: &str) -> UploadId {
        let mut office = self.office();
        let content = format!("first_name,last_name,email,password\n{lines}");
        let files = read_roster(&office, &content);
        let school = school::by_name(&office.conn, &Name::parse(SCHOOL).unwrap()).unwrap().unwrap();
        let to = Destination { school, kind: UserType::Student, by: None, who_chooses: None };
        actions::receive_upload(&mut office.conn, &office.key, &to, &files).unwrap()[0]
    }

    pub(crate) fn claim(&self) -> Claimed {
        let mut office = self.office();
        let tx = store::begin(&mut office.conn).unwrap();
        let claimed = job::claim(&tx).unwrap().unwrap();
        tx.commit().unwrap();
        claimed
    }
}

fn status_and_message(line: &Line) -> (&str, &str) {
    (&line.status, &line.message)
}

#[test]
fn teachers_and_parents_need_an_email_and_students_do_not() {
    let site = Site::set_up();
    let file = site.roster("a.csv", "Ann,Lee,,\n");
    for kind in ["teachers", "parents"] {
        let ran = site.import(kind, &file);
        assert_eq!(ran.status, Some(1));
        assert_eq!(ran.results()[0].status, "failed");
        assert!(ran.results()[0].message.contains("need an email"), "{}", ran.results()[0].message);
    }
    let results = site.import("students", &file).results();
    assert_eq!((results[0].status.as_str(), results[0].username.as_str()), ("created", "alee"));
    site.end();
}

#[test]
fn an_email_makes_one_account_in_the_district_whatever_its_case_school_and_type() {
    let site = Site::set_up();
    site.add_school("Hilltop Primary");
    let first = site
        .roster("a.csv", "Zoë,Lee,zoe@x.example,\nZoe,Li,ZOE@X.EXAMPLE,\nAda,A,Ada@Springfield.Example,\n");
    let results = site.import("students", &first).results();
    let expected = [
        ("created", "Ready, with a generated password."),
        ("skipped", "This email is on line 2 of this file already; no second account was made."),
        (
            "skipped",
            "This email has an account already: Ada Adminova, teacher of Lincoln High. No second account was made.",
        ),
    ];
    assert_eq!(results.iter().map(status_and_message).collect::<Vec<_>>(), expected);

    let file = site.roster("b.csv", "Zoë,Lee, Zoe@x.example ,\n");
    let ran = site
        .run(&["import", "--school", "hilltop  primary", "--type", "parents", file.to_str().unwrap()], "");
    // Of a person of another school, nothing but that the email is in use.
    let expected = ("skipped", "This email is in use already; no second account was made.");
    assert_eq!(status_and_message(&ran.results()[0]), expected);
    assert_eq!(site.count("SELECT count(*) FROM account"), 2);
    site.end();
}

#[test]
fn a_first_line_that_fails_does_not_take_the_email() {
    let site = Site::set_up();
    let file = site.roster("a.csv", "Ann,Lee,ann@x.example,short\nAnn,Lee,ann@x.example,long enough\n");
    let results = site.import("students", &file).results();
    assert_eq!([results[0].status.as_str(), &results[1].status], ["failed", "created"]);
    assert!(site.can_sign_in("ann@x.example", "long enough"));
    site.end();
}

#[test]
fn one_signs_in_with_the_supplied_password_or_the_generated_one() {
    let site = Site::set_up();
    let file = site.roster("a.csv", "Ann,Lee,Ann@X.example,  two  spaces \nBen,Lee,,\n");
    site.import("students", &file);
    assert!(
        site.can_sign_in("alee", "  two  spaces ") && site.can_sign_in("ANN@x.EXAMPLE", "  two  spaces ")
    );
    assert!(!site.can_sign_in("alee", "two  spaces") && !site.can_sign_in("nobody", "two  spaces"));
    let generated = site.generated_password("blee");
    assert!(site.can_sign_in("blee", &generated) && site.can_sign_in("BLee", &generated.to_uppercase()));
    assert!(!site.can_sign_in("alee", &generated) && !site.can_sign_in("blee", ""));
    assert!(site.can_sign_in("aadminova", PASSWORD));
    site.end();
}

#[test]
fn an_interrupted_job_goes_on_where_it_stopped() {
    let site = Site::set_up();
    let upload = site.receive(&"Ann,Lee,,\n".repeat(50));
    let (mut office, lane, claimed) = (site.office(), HashLane::start(Cost::for_tests()), site.claim());
    let stop = AtomicBool::new(true);
    let progress =
        actions::create_accounts(&mut office.conn, &office.key, &lane, claimed.id, upload, &stop, &|| ())
            .unwrap();
    assert_eq!(progress, Progress::Interrupted);
    assert_eq!(upload::get(&office.conn, upload).unwrap().status, UploadStatus::InProgress);
    office.close();
    // Any import runs the loop, and the loop does what waits.
    let ran = site.import("students", &site.roster("b.csv", "Ben,Lee,,\n"));
    assert_eq!(ran.status, Some(0));
    assert_eq!(site.count("SELECT created FROM upload WHERE id = 1"), 50);
    site.end();
}

/// Without a line they would miss every gap between an import's batches, and in a large batch they would wait long.
#[test]
fn whoever_wants_to_write_during_an_import_has_their_turn_between_parts_of_a_batch() {
    const PEOPLE: u32 = 20_000;
    let site = Site::set_up();
    site.office().conn.execute("UPDATE district SET rows_per_file = ?1", [PEOPLE]).unwrap();
    let upload = site.receive(&"Ann,Lee,,\n".repeat(PEOPLE as usize));
    let (mut office, mut other, claimed) = (site.office(), site.office(), site.claim());
    let (lane, stop) = (HashLane::start(Cost::for_tests()), AtomicBool::new(false));
    let mut seen = BTreeSet::new();
    thread::scope(|scope| {
        let (conn, key, lane, stop) = (&mut office.conn, &office.key, &lane, &stop);
        scope.spawn(move || {
            actions::create_accounts(conn, key, lane, claimed.id, upload, stop, &|| ()).unwrap()
        });
        while !seen.contains(&PEOPLE) {
            let tx = store::begin(&mut other.conn).unwrap();
            seen.insert(upload::get(&tx, upload).unwrap().counts.created);
        }
    });
    // One batch is of two thousand at least, so without turns there are eleven counts at most, and with every turn twenty-one.
    assert!(seen.len() > 11, "{seen:?}");
    office.close();
    other.close();
    // The loop does what waits.
    site.import("students", &site.roster("b.csv", "Ben,Lee,,\n"));
    site.end();
}

#[test]
fn without_the_right_key_sealed_passwords_fail_with_what_to_do_and_the_rest_is_made() {
    let site = Site::set_up();
    site.receive("Ann,Lee,,long enough\nBen,Lee,,\n");
    std::fs::remove_file(site.data().join("firstbell.key")).unwrap();
    site.import("students", &site.roster("b.csv", "Carl,Lee,,\n"));
    let results = crate::support::read_results(
        &std::fs::read_to_string(site.data().join("exports/results-1.csv")).unwrap(),
    );
    assert_eq!([results[0].status.as_str(), &results[1].status], ["failed", "created"]);
    assert!(results[0].message.contains("Upload the line again"), "{}", results[0].message);
    site.end();
}

#[test]
fn a_job_that_never_gets_anywhere_is_given_up_and_holds_nobody_up() {
    let site = Site::set_up();
    let poisoned = site.receive("Ann,Lee,,long enough\n");
    site.office().conn.execute("UPDATE job SET attempts = 200", []).unwrap();
    let ran = site.import("students", &site.roster("b.csv", "Ben,Lee,,\n"));
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    let upload = upload::get(&site.office().conn, poisoned).unwrap();
    assert_eq!((upload.status, upload.counts.failed), (UploadStatus::Failed, 1));
    assert!(upload.failure.unwrap().contains("never got anywhere"));
    site.end();
}

#[test]
fn a_password_is_never_made_or_kept_in_a_form_that_can_be_read() {
    let site = Site::set_up();
    site.import("students", &site.roster("a.csv", "Ann,Lee,,long enough\nBen,Lee,,\n"));
    let hashes = "SELECT count(*) FROM account WHERE password_hash LIKE '$argon2id$v=19$m=19456,t=2,p=1$%'";
    assert_eq!(site.count(hashes), 2, "Ann's and the administrator's, at the production cost");
    assert_eq!(
        site.count("SELECT count(*) FROM account WHERE generation IS NOT NULL AND password_hash IS NULL"),
        1
    );
    assert!(Password::supplied(&site.generated_password("blee")).is_ok());
    site.end();
}
