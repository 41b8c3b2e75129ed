//! How long things are kept: what is past its time goes by itself, from every byte, and nothing else does; whatever is
//! killed, and whatever the clock says.

use crate::crash::Random;
use crate::post::upload;
use crate::removal::{settled, traces};
use crate::serving::{Server, until};
use crate::support::{SCHOOL, Site, read_roster, rounds};
use firstbell::actions::{self, Destination};
use firstbell::domain::{Name, UserType};
use firstbell::store::{self, school};
use jiff::{SignedDuration, Timestamp};
use std::fs;
use std::time::{Duration, Instant};

const DAY: i64 = 24 * 60 * 60 * 1_000;

impl Site {
    fn write(&self, query: &str) {
        let office = self.office();
        office.conn.execute_batch(query).unwrap();
        office.close();
    }

    /// Has everything that ended be so many days older, and the last look have been two days ago.
    fn age(&self, days: i64) {
        let (age, two) = (days * DAY, 2 * DAY);
        self.write(&format!(
            "UPDATE upload SET received_at = received_at - {age}, finished_at = finished_at - {age};
             UPDATE letter SET status = 'sent', ended_at = queued_at - {age} WHERE kind = 'received';
             UPDATE letter SET queued_at = queued_at - {age};
             UPDATE audit SET at = at - {age};
             UPDATE browser SET seen_at = seen_at - {age}"
        ));
        self.write(&format!(
            "UPDATE district SET looked_at = looked_at - {two}, looked_as_of = looked_as_of - {two}"
        ));
    }

    /// One upload of so many students, whatever the limit is.
    fn make_class(&self, how_many: usize) {
        let mut office = self.office();
        let content = format!("first_name,last_name,email,password\n{}", "Ann,Lee,,\n".repeat(how_many));
        let files = read_roster(&office, &content);
        let school = school::by_name(&office.conn, &Name::parse(SCHOOL).unwrap()).unwrap().unwrap();
        let to = Destination { school, kind: UserType::Student, by: None, who_chooses: None };
        actions::receive_upload(&mut office.conn, &office.key, &to, &files).unwrap();
        office.close();
        let ran = self.import("students", &self.roster("one.csv", "Some,Body,,\n"));
        assert_eq!(ran.status, Some(0), "{}", ran.err);
    }

    /// Does all that a look at this time does; gives in how many pieces.
    fn look(&self, now: Timestamp) -> u32 {
        let mut office = self.office();
        let mut pieces = 0;
        while actions::let_go(&mut office.conn, &office.folder, now).unwrap() {
            pieces += 1;
        }
        office.close();
        pieces
    }
}

/// Waits until today's look is done.
fn looked(server: &Server, since: i64) {
    let done = format!("SELECT looked_at > {since} FROM district");
    until("the look", || (server.site.count(&done) == 1).then_some(()));
    settled(server);
}

#[test]
fn what_is_past_its_time_goes_from_every_byte_and_nothing_else() {
    let server = Server::of_a_district();
    let mut ada = server.ada();
    // A line that failed is nowhere else; Ann has an account, which stays. The letters wait, but for one.
    let old = "Ann,Lee,,\nZaphodella,Quitelost,zaphodella@birds.example,short\n";
    upload(&server, &mut ada, "students", "old.csv", old);
    settled(&server);
    let site = server.stop();
    site.age(400);
    site.write(
        "UPDATE letter SET to_name = 'Ludmilla Postlost' WHERE status = 'sent';
         INSERT INTO audit (at, by_name, deed, about, details) VALUES (0, 'Archibald Longlost', 'uploaded', 'x', '')",
    );
    let (data, backups) = (site.data(), site.data().join("backups"));
    for name in ["firstbell-replaced-20200101-120000.db", "firstbell-replaced-20200101-120000.db-wal"] {
        fs::write(data.join(name), "an old district").unwrap();
    }
    fs::write(backups.join("before-version-4-20200101-120000.db"), "an old district").unwrap();
    let now = firstbell::clock::now();
    let young = data.join(format!("firstbell-replaced-{}.db", now.strftime("%Y%m%d-%H%M%S")));
    fs::write(&young, "a young district").unwrap();
    let texts =
        ["Zaphodella", "Quitelost", "zaphodella@birds.example", "Postlost", "Longlost", "an old district"];
    assert!(traces(&data, &texts).len() >= 7, "{:?}", traces(&data, &texts));
    assert!(data.join("exports/results-1.csv").exists());

    let server = Server::open(site);
    looked(&server, now.as_millisecond() - DAY);
    let left = traces(&data, &texts);
    assert!(left.is_empty(), "{left:?}");
    assert!(!data.join("exports/results-1.csv").exists() && young.exists());
    assert!(!backups.join("before-version-4-20200101-120000.db").exists());
    let count = |query: &str| server.site.count(query);
    assert_eq!(count("SELECT count(*) FROM record"), 0);
    assert_eq!(count("SELECT count(*) FROM letter WHERE status = 'queued'"), 1, "what waits stays");
    assert_eq!(count("SELECT count(*) FROM letter"), 1);
    assert_eq!(
        count("SELECT count(*) FROM audit WHERE deed = 'uploaded'"),
        1,
        "400 days are not three years"
    );
    assert_eq!(count("SELECT count(*) FROM browser"), 0);
    assert_eq!(count("SELECT count(*) FROM account WHERE username = 'alee'"), 1);

    // The job tells what it was, and offers nothing that cannot be done.
    let mut ada = server.ada();
    let page = ada.get("/admin/uploads/1");
    page.assert_shows(&["Its lines were removed on ", "Created 1", "Failed 1", "old.csv"]);
    for word in ["Undo this upload", "Mend", "Export Results", "Sign-in cards", "correcting"] {
        assert!(!page.text().contains(word), "{word}");
    }
    ada.get("/admin/uploads").assert_shows(&["Its lines were removed on ", "1 created"]);
    assert_eq!(ada.get("/admin/uploads/1/results.csv").status, 404);
    assert_eq!(ada.get("/admin/uploads/1/undo").location(), "/admin/uploads/1");
    let csrf = ada.get("/home").form("/logout").value("csrf").to_owned();
    let refused = ada.post("/admin/uploads/1/undo", &[("csrf", &csrf)]);
    assert!(refused.status == 422 && refused.text().contains("Its lines were removed"), "{}", refused.text());
    let cards = ada.get("/admin/cards?upload=1");
    assert!(
        cards.status == 422 && cards.text().contains("The lines of this job were removed"),
        "{}",
        cards.text()
    );
    assert_eq!(ada.get("/admin/uploads/1/mend").status, 200);
    let id = count("SELECT id FROM account WHERE username = 'alee'");
    ada.get(&format!("/admin/members/{id}")).assert_shows(&["Job 1, line 2 of old.csv"]);
    // The same file is still known.
    upload(&server, &mut ada, "students", "old.csv", old);
    settled(&server);
    ada.get("/admin/uploads/2").assert_shows(&["job 1"]);
    server.end();
}

#[test]
fn what_is_kept_is_set_by_the_district_and_noted() {
    let server = Server::of_a_district();
    let mut ada = server.ada();
    let settings = ada.get("/admin/settings");
    settings.assert_shows(&["How long things are kept", "within 13 weeks"]);
    let form = || settings.form("/admin/settings/kept");
    for (field, typed, words) in [
        ("letters_kept", "0", "Give a number of days from 1 to 3,650."),
        ("results_kept", "a year", "Give a number of days from 1 to 3,650."),
        ("audit_kept", "3651", "Give a number of days from 1 to 3,650."),
        ("session_hours", "13", "Give a number of hours from 1 to 12."),
    ] {
        let refused = ada.send(form().with(field, typed));
        refused.assert_refused(&[words]);
        assert_eq!(refused.form("/admin/settings/kept").value(field), typed);
    }
    let sent =
        ada.send(form().with("letters_kept", "30").with("audit_kept", "3,650").with("session_hours", "1"));
    ada.follow(&sent).assert_shows(&["How long things are kept is saved."]);
    ada.get("/admin/audit").assert_shows(&[
        "changed how long things are kept in (letters 30 days, results 365 days, audit log 3,650 days, log-ins 1 hours)",
    ]);
    // Everybody logs in anew after an hour.
    server.site.write("UPDATE session SET signed_in_at = signed_in_at - 3500000");
    assert_eq!(ada.get("/admin/settings").status, 200);
    server.site.write("UPDATE session SET signed_in_at = signed_in_at - 200000");
    assert_eq!(ada.get("/admin/settings").location(), "/login");
    server.end();
}

#[test]
fn a_clock_that_is_ten_years_ahead_for_a_day_takes_nothing_with_it() {
    let site = Site::set_up();
    site.import("students", &site.roster("a.csv", "Ann,Lee,,\nBen,Lee,,short\n"));
    let what_is = || site.count("SELECT (SELECT count(*) FROM record) + (SELECT count(*) FROM audit) * 100");
    let before = what_is();
    assert!(before > 100);
    let (now, day) = (firstbell::clock::now(), SignedDuration::from_hours(24));
    let ahead = SignedDuration::from_hours(10 * 365 * 24);
    assert_eq!(site.look(now), 0, "not yet a day since it was set up");
    assert!(site.look(now + day) > 0);
    // However often it is started while the clock is wrong, and when it is right again.
    for time in [ahead, ahead + day / 2, day * 2, day * 3, day * 4] {
        site.look(now + time);
        assert_eq!(what_is(), before, "{time}");
    }
    // A clock that goes on is believed: after a year the lines go, with the look after the one that saw it.
    for weeks in 1..=52 {
        site.look(now + day * (4 + 7 * weeks));
    }
    assert_eq!(what_is(), before);
    site.look(now + day * (4 + 7 * 53));
    assert_eq!(site.count("SELECT count(*) FROM record"), 0);
    assert_eq!(site.count("SELECT count(*) FROM upload WHERE lines_removed_at IS NOT NULL"), 1);
    site.end();
}

#[test]
fn the_lines_of_an_upload_go_after_those_that_they_mend() {
    let server = Server::of_a_district();
    let mut ada = server.ada();
    upload(&server, &mut ada, "students", "a.csv", "Ann,Lee,,short\n");
    let page = ada.get("/admin/uploads/1/mend");
    ada.send(page.form("/admin/uploads/1/mend").with("password-2", "a lamp and a kettle"));
    settled(&server);
    let site = server.stop();
    site.age(400);
    // The clock was ahead when the first was done: it seems to be young.
    site.write("UPDATE upload SET finished_at = finished_at + 34560000000 WHERE id = 1");
    site.look(firstbell::clock::now());
    assert_eq!(
        site.count("SELECT count(*) FROM record"),
        2,
        "its failed line would be offered to be mended again"
    );
    site.write("UPDATE upload SET finished_at = finished_at - 34560000000 WHERE id = 1");
    site.write(
        "UPDATE district SET looked_at = looked_at - 172800000, looked_as_of = looked_as_of - 172800000",
    );
    site.look(firstbell::clock::now());
    assert_eq!(site.count("SELECT count(*) FROM record"), 0);
    // What is mended is still there.
    assert_eq!(site.count("SELECT count(*) FROM account WHERE username = 'alee'"), 1);
    site.end();
}

#[test]
fn a_look_that_is_killed_again_and_again_goes_on_and_ends_once() {
    let seed = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    println!("seed {seed}");
    let mut random = Random(seed);
    let (mut kills, mut in_the_middle) = (0, 0);
    let goal = rounds(1);
    while in_the_middle < goal {
        assert!(kills < 300 * goal, "only {in_the_middle} of {kills} kills hit the work");
        let site = Site::set_up();
        let people = 12_000;
        site.make_class(people);
        site.age(400);
        let left = || site.count("SELECT count(*) FROM record WHERE upload_id = 1");
        while left() > 0 {
            let mut child = site
                .command(&["serve", "--listen", "127.0.0.1:0"])
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap();
            // Killed soon after the work has begun, on however slow a machine; or before, now and then.
            let begun = Instant::now();
            while left() == people as i64
                && begun.elapsed() < Duration::from_secs(20)
                && random.below(200) > 0
            {
                std::thread::sleep(Duration::from_millis(2));
            }
            std::thread::sleep(Duration::from_millis(random.below(10)));
            child.kill().unwrap();
            child.wait().unwrap();
            kills += 1;
            let left = left();
            let said =
                site.count("SELECT count(*) FROM upload WHERE id = 1 AND lines_removed_at IS NOT NULL");
            assert!(left == people as i64 || said == 1, "no line goes before it is said");
            assert!(said == 0 || !site.data().join("exports/results-1.csv").exists());
            in_the_middle += u32::from(left > 0 && left < people as i64);
        }
        site.look(firstbell::clock::now());
        assert_eq!(site.count("SELECT count(*) FROM account WHERE last_name = 'Lee'"), people as i64);
        site.end();
    }
    println!("{kills} kills, {in_the_middle} of them in the middle");
}

#[test]
fn an_upload_that_comes_while_things_go_does_not_wait_for_them() {
    let site = Site::set_up();
    site.make_class(3_000);
    site.age(400);
    let mut office = site.office();
    let now = firstbell::clock::now();
    // Nothing goes in one long transaction: between two pieces others have their turn.
    let (mut pieces, mut writer) = (0, site.office());
    while actions::let_go(&mut office.conn, &office.folder, now).unwrap() {
        let tx = store::begin(&mut writer.conn).unwrap();
        tx.commit().unwrap();
        pieces += 1;
    }
    assert!(pieces >= 4, "{pieces} pieces");
    office.close();
    writer.close();
    assert_eq!(site.count("SELECT count(*) FROM record"), 0);
    site.end();
}
