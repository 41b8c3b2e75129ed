//! P7: the most memory that each way of a large file takes, by the command line and by a form, in a fresh process each;
//! and how large the executable is.

use crate::figures::note;
use crate::people;
use crate::serving::{SCHOOL, Server, most_memory, program, set_up};
use crate::visitor::Visitor;
use firstbell::actions::Office;
use firstbell::folder::Folder;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;
use std::time::Duration;

pub(crate) const ROWS: usize = 200_000;
/// How often a process is looked at whose end shows how it went: its memory is gone then.
const LOOK: Duration = Duration::from_millis(5);

pub(crate) fn measure() {
    let executable = std::fs::metadata(program().get_program()).unwrap().len();
    println!("executable: {:.1} MiB", mebibytes(executable));
    note("P7.executable", executable);

    let file = people::file(0, ROWS);
    println!(
        "a file of {ROWS} rows, {:.1} MiB; the most memory that each way takes:",
        mebibytes(file.len() as u64)
    );
    note("P7.rows", ROWS);
    with_district(|data| say("serve.idle", "a server where one signed in", of_server(data, |_| {})));
    with_district(|data| {
        let path = data.with_file_name("people.csv");
        std::fs::write(&path, &file).unwrap();
        say("check.command", "import --check", of_command(data, &["--check"], &path));
        say("import.command", "import", of_command(data, &[], &path));
    });
    with_district(|data| {
        say(
            "upload.form",
            "an upload by the form",
            of_server(data, |ada| {
                let job = ada.hand_in(&file, &[]);
                wait_for_job(ada, &job);
            }),
        );
    });
    with_district(|data| {
        let mut check = String::new();
        say(
            "check.form",
            "a check by the form",
            of_server(data, |ada| {
                check = ada.hand_in(&file, &[("then", "check")]);
                ada.get(&check);
            }),
        );
        say(
            "create.check",
            "the accounts of a check",
            of_server(data, |ada| {
                let token = ada.token(&check);
                let sent = ada.post(&format!("{check}/create"), &[("csrf", &token)]);
                assert_eq!(sent.status, 303, "{}", sent.body);
                wait_for_job(ada, &sent.location);
            }),
        );
    });
}

fn say(name: &str, what: &str, bytes: Option<u64>) {
    let Some(bytes) = bytes else { return };
    println!("  {what}: {:.1} MiB", mebibytes(bytes));
    note(&format!("P7.memory.{name}"), bytes);
}

fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// A district of its own that lets files of so many rows in.
pub(crate) fn with_district(measure: impl FnOnce(&PathBuf)) {
    let place = tempfile::tempdir().unwrap();
    let data = set_up(place.path());
    let office = Office::open(Folder::existing(&data).unwrap()).unwrap();
    office.conn.execute("UPDATE district SET rows_per_file = ?1", [ROWS as i64]).unwrap();
    office.close();
    measure(&data);
}

/// Of a new server, after an administrator did something and all that follows from it is done.
fn of_server(data: &Path, act: impl FnOnce(&mut Visitor)) -> Option<u64> {
    let server = Server::start(data);
    act(&mut Visitor::administrator(server.address));
    server.wait_until_idle();
    server.most_memory()
}

fn wait_for_job(ada: &mut Visitor, job: &str) {
    while is_under_way(ada, job) {
        thread::sleep(Duration::from_millis(200));
    }
}

/// Whether a job's page says that it goes on by itself.
pub(crate) fn is_under_way(ada: &mut Visitor, job: &str) -> bool {
    ada.get(job.split('?').next().unwrap()).body.contains("<progress ")
}

fn of_command(data: &Path, more: &[&str], file: &Path) -> Option<u64> {
    let mut import = program()
        .env("FIRSTBELL_DATA", data)
        .args(["import", "--school", SCHOOL, "--type", "students"])
        .args(more)
        .arg(file)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut most = None;
    while import.try_wait().unwrap().is_none() {
        most = most_memory(import.id()).max(most);
        thread::sleep(LOOK);
    }
    assert!(import.wait().unwrap().success());
    most
}
