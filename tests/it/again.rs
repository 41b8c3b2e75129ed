//! The same file handed in again on the command line: nobody twice who was interrupted, and a word to whoever was not.

use crate::support::{SCHOOL, Site, read_results};
use std::process::Stdio;

/// Students without emails, whom nothing tells from namesakes.
const STUDENTS: i64 = 60;

fn students(site: &Site) -> std::path::PathBuf {
    let lines: String = (0..STUDENTS).map(|n| format!("Ann{n},Lee,,\n")).collect();
    site.roster("students.csv", &lines)
}

/// Hands a file in and kills the import before anything is made of it.
fn killed_import(site: &Site, file: &std::path::Path) {
    killed_import_with(site, &[file.to_str().unwrap()]);
}

fn killed_import_with(site: &Site, args: &[&str]) {
    let office = site.office();
    let held = office.folder.try_hold_loop().unwrap().unwrap();
    let before = site.count("SELECT count(*) FROM upload");
    let args = [&["import", "--school", SCHOOL, "--type", "students"], args].concat();
    let mut child = site.command(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while site.count("SELECT count(*) FROM upload") == before {
        assert!(child.try_wait().unwrap().is_none());
    }
    child.kill().unwrap();
    child.wait().unwrap();
    drop(held);
    office.close();
}

#[test]
fn an_import_that_was_killed_goes_on_with_the_same_command_and_makes_everybody_once() {
    let site = Site::set_up();
    let file = students(&site);
    killed_import(&site, &file);
    // Again, and again.
    killed_import_again(&site, &file);
    let checked = site.import_with("students", &["--check", file.to_str().unwrap()]);
    let said = "students.csv is job 1 already, whose import was interrupted: an import goes on with it.";
    assert!(checked.err.contains(said), "{}", checked.err);

    let ran = site.import("students", &file);
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    let said = "students.csv is job 1 already, whose import was interrupted: it goes on.\n\
                students.csv: job 1 succeeded: 60 created, 0 skipped, 0 failed.\n";
    assert!(ran.err.starts_with(said), "{}", ran.err);
    assert!(!ran.err.contains("uploaded before"), "{}", ran.err);
    assert_eq!(ran.results().len(), 60);
    assert_eq!(site.count("SELECT count(*) FROM upload"), 1);
    assert_eq!(site.count("SELECT count(*) FROM account WHERE user_type = 'student'"), STUDENTS);
    assert_eq!(site.count("SELECT count(*) FROM audit WHERE deed = 'uploaded'"), 1);

    // Now that its results were printed, the file is one like any other.
    let ran = site.import("students", &file);
    assert!(ran.err.starts_with("students.csv received: job 2, "), "{}", ran.err);
    site.end();
}

#[test]
fn an_import_whose_job_another_one_has_finished_meanwhile_prints_the_results_and_makes_nobody_twice() {
    let site = Site::set_up();
    let file = students(&site);
    killed_import(&site, &file);
    site.import("teachers", &site.roster("b.csv", "Ben,Lee,ben@x.example,\n"));
    assert_eq!(site.count("SELECT count(*) FROM account WHERE user_type = 'student'"), STUDENTS);
    let ran = site.import("students", &file);
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    let said = "students.csv is job 1 already, whose import was interrupted: it is finished now.\n";
    assert!(ran.err.starts_with(said), "{}", ran.err);
    assert_eq!(ran.results().len(), 60);
    assert_eq!(site.count("SELECT count(*) FROM account WHERE user_type = 'student'"), STUDENTS);
    site.end();
}

#[test]
fn a_file_that_is_read_otherwise_or_in_which_everybody_has_an_email_is_received_anew() {
    let site = Site::set_up();
    let file = site.path().join("names.csv");
    std::fs::write(&file, b"first_name,last_name,email,password\nJ\xFCrgen,Lee,,\n").unwrap();
    let read_as = |encoding| [["--encoding", encoding].as_slice(), &[file.to_str().unwrap()]].concat();
    killed_import_with(&site, &read_as("windows-1252"));
    let ran = site.import_with("students", &read_as("windows-1251"));
    assert!(ran.err.contains("names.csv received: job 2, "), "{}", ran.err);
    assert_eq!(ran.results()[0].first_name, "Jьrgen");

    let file = site.roster("emails.csv", "Ann,Lee,ann@x.example,\nBen,Lee,ben@x.example,\n");
    killed_import(&site, &file);
    let ran = site.import("students", &file);
    assert!(ran.err.starts_with("emails.csv received: job 4, "), "{}", ran.err);
    assert!(ran.results().iter().all(|row| row.status == "skipped"), "{}", ran.err);
    site.end();
}

/// The same where the file waits already.
fn killed_import_again(site: &Site, file: &std::path::Path) {
    let office = site.office();
    let held = office.folder.try_hold_loop().unwrap().unwrap();
    let mut child = site.start_import("students", file);
    let mut said = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    std::io::BufRead::read_line(&mut said, &mut line).unwrap();
    assert!(line.contains("is job 1 already"), "{line}");
    child.kill().unwrap();
    child.wait().unwrap();
    drop(held);
    office.close();
}

#[test]
fn the_same_file_for_others_is_a_file_of_its_own() {
    let site = Site::set_up();
    let file = site.roster("people.csv", "Ann,Lee,ann@x.example,\nBen,Lee,,\n");
    killed_import(&site, &file);
    let ran = site.import("teachers", &file);
    assert!(ran.err.starts_with("people.csv received: job 2, 2 teachers"), "{}", ran.err);
    site.end();
}

#[test]
fn a_file_that_another_import_hands_in_just_now_is_received_and_its_people_are_skipped() {
    let site = Site::set_up();
    let file = site.roster("a.csv", "Ann,Lee,ann@x.example,\n");
    let office = site.office();
    let held = office.folder.try_hold_loop().unwrap().unwrap();
    let both = [1, 2].map(|job| {
        let mut child = site.start_import("students", &file);
        let mut said = std::io::BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        std::io::BufRead::read_line(&mut said, &mut line).unwrap();
        assert!(line.starts_with(&format!("a.csv received: job {job}, ")), "{line}");
        (child, said)
    });
    drop(held);
    for ((child, mut said), created) in both.into_iter().zip([1, 0]) {
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut said, &mut rest).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{rest}");
        let results = read_results(&String::from_utf8(output.stdout).unwrap());
        assert_eq!(results.iter().filter(|row| row.status == "created").count(), created, "{rest}");
    }
    office.close();
    site.end();
}

#[test]
fn a_file_that_was_uploaded_before_is_received_and_it_is_said() {
    let site = Site::set_up();
    let file = site.roster("a.csv", "Ann,Lee,,\nBen,Lee,,\n");
    assert!(!site.import("students", &file).err.contains("before"));
    let checked = site.import_with("students", &["--check", file.to_str().unwrap()]);
    assert!(checked.err.contains("a.csv was uploaded before, as job 1 on "), "{}", checked.err);
    let ran = site.import("students", &file);
    assert_eq!(ran.status, Some(0));
    assert!(ran.err.contains("job 2 succeeded: 2 created"), "{}", ran.err);
    assert!(ran.err.contains("a.csv was uploaded before, as job 1 on "), "{}", ran.err);
    let words = ", and 2 of those created now have the name of somebody who was there already.";
    assert!(ran.err.contains(words), "{}", ran.err);
    // Whoever has an email is skipped, and nobody is created who was there.
    let file = site.roster("b.csv", "Carl,Lee,carl@x.example,\n");
    site.import("students", &file);
    let ran = site.import("students", &file);
    assert!(ran.err.contains("b.csv was uploaded before, as job 3 on "), "{}", ran.err);
    assert!(!ran.err.contains("of those created"), "{}", ran.err);
    site.end();
}

#[test]
fn what_another_import_has_left_is_completed_first_and_it_is_said() {
    let site = Site::set_up();
    killed_import(&site, &students(&site));
    // Nobody works before the second has been seen to wait for the first.
    let office = site.office();
    let held = office.folder.try_hold_loop().unwrap().unwrap();
    let mut child = site.start_import("teachers", &site.roster("b.csv", "Ben,Lee,ben@x.example,\n"));
    let mut said = std::io::BufReader::new(child.stderr.take().unwrap());
    let (mut received, mut first) = (String::new(), String::new());
    std::io::BufRead::read_line(&mut said, &mut received).unwrap();
    std::io::BufRead::read_line(&mut said, &mut first).unwrap();
    assert_eq!(first, "Job 1 (students.csv) is not finished yet, and is completed first.\n", "{received}");
    drop(held);
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut said, &mut rest).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{rest}");
    assert_eq!(read_results(&String::from_utf8(output.stdout).unwrap()).len(), 1);
    assert_eq!(site.count("SELECT count(*) FROM account WHERE user_type = 'student'"), STUDENTS);
    office.close();
    site.end();
}
