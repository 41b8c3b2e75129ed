//! The demo: what a stranger sees first.

use crate::support::Site;

#[test]
fn the_demo_prints_the_results_of_three_files_and_leaves_nothing_behind() {
    let site = Site::empty();
    let output = site.command(&["demo", "--no-serve"]).env("TMPDIR", site.path()).output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    for words in [
        "teachers.csv: job 1, 10 teachers",
        "students.csv: job 2, 20 students",
        "parents.csv: job 3, 6 parents",
        "jsmith2",
        "hibanez",
        "ashcherbakov",
        "succeeded: 17 created, 0 skipped, 3 failed.",
        "the district's administrator",
    ] {
        assert!(out.contains(words), "{words:?} is not in\n{out}");
    }
    assert_eq!(std::fs::read_dir(site.path()).unwrap().count(), 0);
}
