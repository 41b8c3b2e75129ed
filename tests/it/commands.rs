//! Every command, its exit status, and what it says.

use crate::serving::Server;
use crate::support::{PASSWORD, SCHOOL, Site};
use std::path::Path;

fn shared(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

#[test]
fn a_district_is_set_up_once() {
    let site = Site::set_up();
    let before = std::fs::read(site.data().join("firstbell.db")).unwrap();
    site.init("another good password").assert_refused("set up here already");
    assert_eq!(std::fs::read(site.data().join("firstbell.db")).unwrap(), before);
    site.end();
}

#[test]
fn a_district_is_not_set_up_with_what_does_not_fit() {
    let site = Site::empty();
    site.init("fourteen chars").assert_refused("has 14 characters; it needs 15");
    site.init("passwordpassword").assert_refused("first that anybody would guess");
    site.init("").assert_refused("standard input");
    let bad_email =
        ["init", "--district", "D", "--school", "S", "--first-name", "A", "--last-name", "B", "--email", "x"];
    site.run(&bad_email, PASSWORD).assert_refused("it has no @");
    assert!(!site.data().exists(), "a refusal leaves nothing behind");
    let good = ["init", "--district", "D", "--school", "S", "--first-name", "A", "--last-name", "B"];
    let in_a_file = [&good[..], &["--email", "a@x.example", "--data", "/dev/null"]].concat();
    // Before a password is asked for.
    site.run(&in_a_file, "").assert_refused("/dev/null is no folder.");
}

#[test]
#[cfg(target_os = "linux")]
fn a_district_whose_username_cannot_be_printed_is_not_called_refused() {
    let site = Site::empty();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let ran = site.init_into(PASSWORD, full.into());
    assert_eq!(ran.status, Some(1), "{}", ran.err);
    assert!(
        ran.err.contains("The district is set up all the same; the username is aadminova."),
        "{}",
        ran.err
    );
    assert!(site.can_sign_in("aadminova", PASSWORD));
    site.end();
}

#[test]
fn a_variable_with_nothing_in_it_is_as_if_it_were_not_set() {
    let site = Site::set_up();
    std::fs::rename(site.data(), site.path().join("firstbell-data")).unwrap();
    let mut command = site.command(&["check"]);
    let output = command.env("FIRSTBELL_DATA", "").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let mut command = site.command(&["serve", "--help"]);
    let output = command.env("FIRSTBELL_LISTEN", "").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    site.run(&["check", "--data", ""], "").assert_refused("a value is required for '--data <DIR>'");
}

#[test]
fn every_command_says_what_to_do_where_nothing_is_set_up() {
    let site = Site::empty();
    let file = site.roster("a.csv", "A,B,,\n");
    site.import("students", &file).assert_refused("firstbell init");
    site.run(&["check"], "").assert_refused("firstbell init");
    site.run(&["backup", "copy.db"], "").assert_refused("firstbell init");
    site.run(&["reset-password", "ada"], PASSWORD).assert_refused("firstbell init");
    assert!(!site.data().exists());
}

#[test]
fn the_sample_rosters_are_imported_each_person_once() {
    let site = Site::set_up();
    for (kind, count) in [("students", 1_000_u32), ("teachers", 60), ("parents", 400)] {
        let ran = site.import(kind, &shared(&format!("{kind}-{count}.csv")));
        assert_eq!(ran.status, Some(0), "{}", ran.err);
        let results = ran.results();
        assert_eq!(results.iter().filter(|line| line.status == "created").count(), count as usize);
        assert_eq!(
            results.iter().map(|line| line.line).collect::<Vec<_>>(),
            (2..2 + count).collect::<Vec<_>>()
        );
        // Names come out as they went in.
        let text = std::fs::read_to_string(shared(&format!("{kind}-{count}.csv"))).unwrap();
        for (result, line) in results.iter().zip(text.lines().skip(1)) {
            let cells = format!("{},{},{},", result.first_name, result.last_name, result.email);
            assert!(line.starts_with(&cells), "{line} came out as {cells}");
        }
    }
    assert_eq!(site.count("SELECT count(*) FROM account"), 1_461);
    assert_eq!(site.count("SELECT count(DISTINCT username) FROM account"), 1_461);
    for (kind, count) in [("teachers", 60), ("parents", 400)] {
        let ran = site.import(kind, &shared(&format!("{kind}-{count}.csv")));
        let results = ran.results();
        assert_eq!(ran.status, Some(0), "a skipped line is no failure");
        assert_eq!(results.len(), count);
        assert!(results.iter().all(|line| line.status == "skipped" && line.username.is_empty()));
    }
    assert_eq!(site.count("SELECT count(*) FROM account"), 1_461);
    site.end();
}

#[test]
fn an_import_says_what_it_does_and_keeps_the_results() {
    let site = Site::set_up();
    let file = site.roster("class 4b.csv", "John,Smith,,\nJohn,Smith,,open the gate\n,Smith,,\n");
    let ran = site.import("students", &file);
    assert_eq!(ran.status, Some(1), "some records failed");
    assert_eq!(
        ran.err,
        "class 4b.csv received: job 1, 3 students for Lincoln High.\n\
         class 4b.csv: job 1 succeeded: 2 created, 0 skipped, 1 failed.\n\
         class 4b.csv: the generated passwords are on the sign-in cards, in the browser on the page of job 1.\n"
    );
    let with_password = site.roster("5a.csv", "Ann,Lee,,open the gate\n");
    assert!(!site.import("students", &with_password).err.contains("generated"));
    assert_eq!(
        ran.out,
        "\u{FEFF}line,first_name,last_name,email,username,status,message\r\n\
         2,John,Smith,,jsmith,created,\"Ready, with a generated password.\"\r\n\
         3,John,Smith,,jsmith2,created,\"Ready, with the password in the file. Another line of this file has the same name.\"\r\n\
         4,,Smith,,,failed,The first name is missing.\r\n"
    );
    assert_eq!(std::fs::read_to_string(site.data().join("exports/results-1.csv")).unwrap(), ran.out);
    site.end();
}

#[test]
fn one_unusable_file_refuses_them_all() {
    let site = Site::set_up();
    let good = site.roster("good.csv", "John,Smith,,\n");
    let good = good.to_str().unwrap();
    for (name, content, words) in [
        ("empty.csv", "".as_bytes().to_vec(), "empty.csv was not accepted. The file is empty"),
        ("other.csv", b"name;mail\nx;y\n".to_vec(), "one column for the whole name"),
        (
            "latin.csv",
            b"first_name,last_name,email,password\nJ\xfcrgen,B,,\n".to_vec(),
            "In Windows-1252 (Western European) it reads “Jürgen B” (windows-1252).",
        ),
        (
            "long.csv",
            format!("first_name,last_name,email,password\n{}", "A,B,,\n".repeat(1_001)).into_bytes(),
            "1001 people; 1000 is the most until a district administrator raises that in Settings. Split it",
        ),
        ("zeros.csv", vec![0; 4_000], "neither text nor a workbook"),
        ("huge.csv", vec![b'x'; 11 * 1024 * 1024], "larger than 10 MB"),
    ] {
        let bad = site.file(name, content);
        site.import_with("students", &[good, bad.to_str().unwrap()]).assert_refused(words);
    }
    site.import_with("students", &[good, "nowhere.csv"]).assert_refused("Give the path of a CSV file");
    site.import_with("students", &[good, "."]).assert_refused("cannot be read");
    #[cfg(unix)]
    site.import_with("students", &[good, "/dev/zero"]).assert_refused("larger than 10 MB");
    let ran = site.run(&["import", "--school", "Hogwarts", "--type", "students", good], "");
    ran.assert_refused("no school “Hogwarts” in the district. Its schools: Lincoln High");
    let unknown = site.run(&["import", "--school", SCHOOL, "--type", "wizards", good], "");
    assert_eq!((unknown.status, unknown.out.as_str()), (Some(2), ""));
    assert_eq!(site.count("SELECT count(*) FROM upload"), 0, "nothing was accepted");
    site.end();
}

#[test]
fn several_files_go_in_together_and_come_out_as_one_csv() {
    let site = Site::set_up();
    let first = site.roster("one.csv", "Ann,Lee,a@x.example,\n");
    let second = site.roster("two.csv", "\nBen,Lee,b@x.example,\nAnna,Lee,A@X.example,\n");
    let ran = site.import_with("students", &[first.to_str().unwrap(), second.to_str().unwrap()]);
    let results: Vec<_> =
        ran.results().into_iter().map(|line| (line.line, line.username, line.status)).collect();
    let expected = [(2, "alee", "created"), (3, "blee", "created"), (4, "", "skipped")];
    assert_eq!(results, expected.map(|(line, name, status)| (line, name.to_owned(), status.to_owned())));
    assert_eq!(site.count("SELECT count(*) FROM upload"), 2);
    site.end();
}

#[test]
fn a_thousand_lines_are_taken_and_the_district_may_take_more() {
    let site = Site::set_up();
    let thousand = site.roster("thousand.csv", &"Ann,Lee,,\n".repeat(1_000));
    assert_eq!(site.import("students", &thousand).status, Some(0));
    site.office().conn.execute("UPDATE district SET rows_per_file = 5000", []).unwrap();
    let more = site.roster("more.csv", &"Ann,Lee,,\n".repeat(4_000));
    assert_eq!(site.import("students", &more).status, Some(0));
    assert_eq!(site.count("SELECT count(DISTINCT username) FROM account WHERE last_name = 'Lee'"), 5_000);
    site.end();
}

#[test]
fn a_check_says_what_would_happen_and_makes_nothing() {
    let site = Site::set_up();
    let file = site.roster(
        "c.csv",
        "Ann,Lee,a@x.example,secret garden\nAnn,Lee,A@x.example,\nAnn,Lee,,short\nAnn,Lee,,\n",
    );
    let before = std::fs::read(site.data().join("firstbell.db")).unwrap();
    let checked = site.import_with("students", &["--check", file.to_str().unwrap()]);
    assert_eq!(checked.status, Some(1), "{}", checked.err);
    assert!(
        checked.err.contains("nothing was made. It would be: 2 created, 1 skipped, 1 failed."),
        "{}",
        checked.err
    );
    assert_eq!(std::fs::read(site.data().join("firstbell.db")).unwrap(), before);
    assert!(!site.data().join("exports").exists());
    let imported = site.import("students", &file);
    assert_eq!(imported.out, checked.out, "what is announced is what is done");
    assert_eq!(imported.results()[3].username, "alee2");
    site.end();
}

#[test]
fn a_backup_is_a_whole_database_and_never_overwrites() {
    let site = Site::set_up();
    let file = site.roster("a.csv", "Ann,Lee,,\n");
    site.import("students", &file);
    let copy = site.path().join("copy.db");
    let ran = site.run(&["backup", copy.to_str().unwrap()], "");
    assert_eq!((ran.status, ran.out.as_str()), (Some(0), ""), "{}", ran.err);
    site.run(&["backup", copy.to_str().unwrap()], "").assert_refused("is there already");
    site.run(&["backup", "no/such/folder/copy.db"], "").assert_refused("There is no folder no/such/folder.");
    let folder = site.path().join("copies");
    std::fs::create_dir(&folder).unwrap();
    assert_eq!(site.run(&["backup", folder.to_str().unwrap()], "").status, Some(0));
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);

    let other = Site::empty();
    std::fs::create_dir(other.data()).unwrap();
    std::fs::copy(&copy, other.data().join("firstbell.db")).unwrap();
    assert_eq!(other.count("SELECT count(*) FROM account"), 2);
    other.end();
    site.end();
}

#[test]
fn check_counts_what_is_there_and_finds_what_does_not_fit() {
    let site = Site::set_up();
    let file = site.roster("a.csv", "Ann,Lee,,\nBen,Lee,,\n");
    site.import("students", &file);
    let ran = site.run(&["check"], "");
    assert!(ran.out.contains("The database is whole.") && ran.out.contains("students  2\n"), "{}", ran.out);
    let key = site.data().join("firstbell.key");
    let own = std::fs::read(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    let ran = site.run(&["check"], "");
    assert_eq!(ran.status, Some(1));
    assert!(ran.out.starts_with("The database is whole, but its key is not there:\n"), "{}", ran.out);
    assert!(ran.out.contains("firstbell.key is gone. Put it back"), "{}", ran.out);
    let others = std::fs::read(Site::set_up().data().join("firstbell.key")).unwrap();
    std::fs::write(&key, &others).unwrap();
    let ran = site.run(&["check"], "");
    assert!(
        ran.out.starts_with("The database is whole, but its key is another database's:\n"),
        "{}",
        ran.out
    );
    std::fs::write(&key, own).unwrap();
    site.office().conn.execute("UPDATE upload SET created = 1", []).unwrap();
    let ran = site.run(&["check"], "");
    assert_eq!(ran.status, Some(1));
    let damaged = "The database is damaged:\n1 uploads whose counts differ from their records\n";
    assert_eq!(ran.out, damaged);
    std::fs::write(&key, others).unwrap();
    let ran = site.run(&["check"], "");
    let both = format!("{damaged}And its key is another database's:\n");
    assert!(ran.out.starts_with(&both), "{}", ran.out);
}

#[test]
fn check_finds_a_page_that_was_overwritten() {
    let site = Site::set_up();
    let file = site.roster("a.csv", &"Ann,Lee,,\n".repeat(900));
    site.import("students", &file);
    let path = site.data().join("firstbell.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0xA5);
    std::fs::write(&path, bytes).unwrap();
    let ran = site.run(&["check"], "");
    assert_eq!(ran.status, Some(1), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("damaged"), "{}", ran.out);
}

#[test]
fn a_lost_password_is_replaced() {
    let site = Site::set_up();
    let file = site.roster("a.csv", "Ann,Lee,ann@x.example,\n");
    site.import("teachers", &file);
    assert!(!site.can_sign_in("alee", "four purple kettles"));
    let ran = site.run(&["reset-password", "ANN@x.example"], "four purple kettles\n");
    assert_eq!((ran.status, ran.out.as_str()), (Some(0), ""), "{}", ran.err);
    assert!(site.can_sign_in("alee", "four purple kettles"));
    assert!(site.can_sign_in(" ALee ", "four purple kettles"));
    site.run(&["reset-password", "nobody"], "four purple kettles")
        .assert_refused("Nobody signs in with “nobody”");
    site.run(&["reset-password", "alee"], "short\n").assert_refused("has 5 characters");
    site.run(&["reset-password", "alee"], "password1\n").assert_refused("first that anybody would guess");
    site.run(&["reset-password", "aadminova"], "purple sofa 7\n").assert_refused("needs 15");
    assert!(site.can_sign_in("alee", "four purple kettles"));
    site.end();
}

#[test]
fn whoever_has_a_new_password_is_not_held_up_by_what_was_guessed_before() {
    let site = Site::set_up();
    let file = site.roster("a.csv", "Ann,Lee,ann@x.example,\n");
    site.import("teachers", &file);
    let server = Server::open(site);
    for login in ["alee", "ann@x.example"] {
        server.guess_too_often(login);
    }
    // So often that it would have to wait for longer than any test takes.
    server.site.office().conn.execute("UPDATE throttle SET failures = 20", []).unwrap();
    let ran = server.site.run(&["reset-password", "alee"], "four purple kettles\n");
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    for login in ["alee", "ann@x.example"] {
        assert_eq!(server.visitor().sign_in(login, "four purple kettles").location(), "/home", "{login}");
    }
    // Nobody can log in to an account that is suspended, and it is said.
    let mut ada = server.ada();
    let suspended = ada.get("/admin/members/2").form("/admin/members/2/suspension");
    assert_eq!(ada.send(suspended).status, 303);
    let ran = server.site.run(&["reset-password", "alee"], "five purple kettles\n");
    assert!(ran.err.contains("The account is suspended"), "{}", ran.err);
    server.end();
}

#[test]
fn a_port_that_another_program_has_is_refused_with_what_to_do() {
    let site = Site::set_up();
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = other.local_addr().unwrap().to_string();
    site.run(&["serve", "--listen", &taken], "").assert_refused("Another program listens on 127.0.0.1:");
    site.run(&["serve", "--listen", "192.0.2.1:8080", "--insecure-http"], "")
        .assert_refused("192.0.2.1:8080 is no address of this machine.");
    site.end();
}

#[test]
fn two_imports_at_the_same_instant_make_nobody_twice() {
    let site = Site::set_up();
    let lines: String = (0..200).map(|n| format!("Ann,Lee,ann{n}@x.example,\n")).collect();
    let file = site.roster("a.csv", &lines);
    let both = [site.start_import("teachers", &file), site.start_import("teachers", &file)];
    for child in both {
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(site.count("SELECT count(*) FROM account WHERE last_name = 'Lee'"), 200);
    assert_eq!(site.count("SELECT sum(skipped) FROM upload"), 200);
    site.end();
}

#[test]
fn an_import_works_through_the_loop_of_another_process_and_takes_over_when_that_ends() {
    let site = Site::set_up();
    let office = site.office();
    let held = office.folder.try_hold_loop().unwrap().unwrap();
    let file = site.roster("a.csv", "Ann,Lee,,\n");
    let mut child = site.start_import("students", &file);
    while site.count("SELECT count(*) FROM upload") == 0 {
        assert!(child.try_wait().unwrap().is_none());
    }
    assert_eq!(site.count("SELECT count(*) FROM record WHERE status = 'pending'"), 1);
    drop(held);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    office.close();
    site.end();
}

#[test]
fn whoever_reads_the_results_slowly_holds_nobody_up() {
    let site = Site::set_up();
    let file = site.roster("a.csv", &"Ann,Lee,,\n".repeat(1_000));
    let path = file.to_str().unwrap();
    // Nobody reads what these two print, and it is more than a pipe holds.
    let mut slow: Vec<_> = [&["--check", path][..], &[path]]
        .into_iter()
        .map(|more| {
            let args = [&["import", "--school", SCHOOL, "--type", "students"], more].concat();
            site.command(&args)
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    while site.count("SELECT count(*) FROM account") < 1_001 {
        assert!(slow[1].try_wait().unwrap().is_none());
    }
    let started = std::time::Instant::now();
    assert_eq!(site.import("students", &site.roster("b.csv", "Ben,Lee,,\n")).status, Some(0));
    // A writer that has to wait for them waits for half a minute.
    assert!(started.elapsed() < std::time::Duration::from_secs(29), "{:?}", started.elapsed());
    for child in slow {
        assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0));
    }
    site.end();
}

#[test]
fn a_results_file_that_cannot_be_written_holds_nobody_up() {
    let site = Site::set_up();
    std::fs::write(site.data().join("exports"), "in the way").unwrap();
    let ran = site.import("students", &site.roster("a.csv", "Ann,Lee,,\n"));
    assert_eq!((ran.status, ran.results().len()), (Some(0), 1), "{}", ran.err);
    site.end();
}

#[test]
#[cfg(target_os = "linux")]
fn what_was_received_is_never_called_refused() {
    let site = Site::set_up();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let file = site.roster("a.csv", "Ann,Lee,,\n");
    let mut command =
        site.command(&["import", "--school", SCHOOL, "--type", "students", file.to_str().unwrap()]);
    let output = command.stdout(full).output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.contains("do not upload them again"), "{err}");
    site.end();
}

#[test]
#[cfg(unix)]
fn everything_in_the_folder_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let site = Site::set_up();
    let file = site.roster("a.csv", "Ann,Lee,,\n");
    site.import("students", &file);
    site.run(&["backup", "copy.db"], "");
    let mut folders = vec![site.data()];
    let mut seen = vec![site.path().join("copy.db")];
    while let Some(folder) = folders.pop() {
        seen.push(folder.clone());
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { seen.push(path) }
        }
    }
    assert!(seen.len() >= 6, "{seen:?}");
    for path in seen {
        let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
    }
    site.end();
}

#[test]
fn help_and_version_are_there() {
    let site = Site::empty();
    let version = site.run(&["--version"], "");
    assert_eq!(
        (version.status, version.out.as_str()),
        (Some(0), concat!("firstbell ", env!("CARGO_PKG_VERSION"), "\n"))
    );
    assert!(site.run(&["--help"], "").out.contains("import"));
    assert!(site.run(&["import", "--help"], "").out.contains("--check"));
    for (arguments, why) in [
        (&["teleport"][..], "unrecognized subcommand 'teleport'; tip: a similar subcommand"),
        (&["import", "a.csv"], "were not provided: --school"),
        (&["import", "--school", "S", "--type", "dogs", "a.csv"], "teachers, students, parents"),
        (&["check", "--fast"], "unexpected argument '--fast' found"),
    ] {
        let ran = site.run(arguments, "");
        ran.assert_refused(why);
        assert!(ran.out.is_empty() && ran.err.trim_end().lines().count() == 1, "{}", ran.err);
        assert!(ran.err.contains("--help") && !ran.err.contains("For more"), "{}", ran.err);
    }
}

#[test]
fn the_service_starts_what_this_program_understands_with_nothing_but_its_folder() {
    let site = Site::empty();
    let ran = site.run(&["install-service", "--print"], "");
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    let line = |start: &str| {
        ran.out.lines().find_map(|line| line.strip_prefix(start)).unwrap_or_else(|| panic!("no {start}"))
    };
    let mut words = line("ExecStart=").split_whitespace();
    assert_eq!(words.next(), Some("/usr/local/bin/firstbell"));
    let mut arguments: Vec<&str> = words.collect();
    assert_eq!(arguments, ["serve", "--data", "/var/lib/firstbell"]);
    arguments.push("--help");
    assert_eq!(site.run(&arguments, "").status, Some(0));
    assert_eq!(line("User="), "firstbell");
    for shut in ["NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "LimitCORE=0"] {
        assert!(ran.out.contains(shut), "{shut}");
    }
}
