//! The same file handed in again on the command line: nobody twice who was interrupted, and a word to whoever was not.

use crate::support::{Site, read_results};

/// Students without emails, whom nothing tells from namesakes.
const STUDENTS: i64 = 60;

fn students(site: &Site) -> std::path::PathBuf {
    let lines: String = (0..STUDENTS).map(|n| format!("Ann{n},Lee,,\n")).collect();
    site.roster("students.csv", &lines)
}

/// Hands a file in and kills the import before anything is made of it.
fn killed_import(site: &Site, file: &std::path::Path) {
    let office = site.office();
    let held = office.folder.try_hold_loop().unwrap().unwrap();
    let before = site.count("SELECT count(*) FROM upload");
    let mut child = site.start_import("students", file);
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
    assert!(checked.err.contains("students.csv is job 1 already, received on "), "{}", checked.err);
    assert!(checked.err.contains("which is not finished yet: an import goes on with it."), "{}", checked.err);

    let ran = site.import("students", &file);
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    let said = "students.csv is job 1 already, which is not finished yet: it goes on.\n\
                students.csv: job 1 succeeded: 60 created, 0 skipped, 0 failed.\n";
    assert!(ran.err.starts_with(said), "{}", ran.err);
    assert!(!ran.err.contains("uploaded before"), "{}", ran.err);
    assert_eq!(ran.results().len(), 60);
    assert_eq!(site.count("SELECT count(*) FROM upload"), 1);
    assert_eq!(site.count("SELECT count(*) FROM account WHERE user_type = 'student'"), STUDENTS);
    assert_eq!(site.count("SELECT count(*) FROM audit WHERE deed = 'uploaded'"), 1);
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
fn the_same_file_for_others_or_from_elsewhere_is_a_file_of_its_own() {
    let site = Site::set_up();
    let file = site.roster("people.csv", "Ann,Lee,ann@x.example,\n");
    killed_import(&site, &file);
    let ran = site.import("teachers", &file);
    assert!(ran.err.starts_with("people.csv received: job 2, 1 teacher"), "{}", ran.err);
    // What a browser has handed in is not the command line's.
    let office = site.office();
    let held = office.folder.try_hold_loop().unwrap().unwrap();
    let waiting = "UPDATE upload SET status = 'scheduled', finished_at = NULL, uploaded_by = 1 WHERE id = 1";
    office.conn.execute(waiting, []).unwrap();
    drop(held);
    let checked = site.import_with("students", &["--check", file.to_str().unwrap()]);
    assert!(checked.err.contains("people.csv was uploaded before, as job 2 on "), "{}", checked.err);
    office
        .conn
        .execute("UPDATE upload SET status = 'succeeded', uploaded_by = NULL WHERE id = 1", [])
        .unwrap();
    office.close();
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
