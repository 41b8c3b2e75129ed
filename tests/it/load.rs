//! The short forms of what `tests/load/` does for hours: a school that comes at once, and mixed load. The scripts say what they
//! counted, and end with an error if somebody did not get in or an answer was wrong.

use std::process::Command;

fn run(script: &str, arguments: &[&str]) -> String {
    let script = format!("{}/tests/load/{script}", env!("CARGO_MANIFEST_DIR"));
    let ran = Command::new("python3")
        .arg("-B")
        .arg(script)
        .arg(env!("CARGO_BIN_EXE_firstbell"))
        .args(arguments)
        .output()
        .unwrap();
    let said = [ran.stdout, ran.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
    assert!(ran.status.success(), "{said}");
    said
}

#[test]
fn a_school_behind_one_address_gets_in_and_pages_are_answered_meanwhile() {
    let said = run("school.py", &["60", "20", "4"]);
    assert!(
        said.contains("60 got in (100.00%)") && said.contains("60 sign-ins at once: 60 got in"),
        "{said}"
    );
}

#[test]
fn under_mixed_load_every_answer_is_right_and_no_descriptor_is_lost() {
    let said = run("mixed.py", &["0.2", "1000"]);
    assert!(said.contains("requests"), "{said}");
}
