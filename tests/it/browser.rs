//! The whole of what Firstbell promises its administrators, done in a real browser by the people it is for.

use crate::serving::NEVER;
use crate::support::{Line, PASSWORD, SCHOOL, Site, read_results};
use crate::webdriver::Browser;
use serde_json::json;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

const OTHER_SCHOOL: &str = "Washington Elementary";
const OWN_PASSWORD: &str = "nine green bottles left";

/// `firstbell serve` on a free port.
struct Server {
    process: Child,
    url: String,
    setup_code: String,
}

impl Server {
    /// Starts it on a folder without a district.
    fn start(site: &Site) -> Server {
        let mut process = site
            .command(&["serve", "--listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (found, setup_code) = mpsc::channel();
        let log = BufReader::new(process.stderr.take().unwrap());
        // Reads on to the end, so that the server never waits for somebody to read its log.
        std::thread::spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                if let Some((_, code)) = line.split_once("Setup code: ") {
                    let _ = found.send(code.trim().to_owned());
                }
            }
        });
        let mut ready = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        let url = ready.trim_end().strip_prefix("Firstbell is ready at ").expect(&ready).to_owned();
        let setup_code = setup_code.recv_timeout(NEVER).unwrap();
        Server { process, url, setup_code }
    }

    /// Asks it to stop, and asserts that it does.
    fn stop(mut self) {
        let pid = rustix::process::Pid::from_child(&self.process);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        let deadline = Instant::now() + NEVER;
        let status = loop {
            match self.process.try_wait().unwrap() {
                Some(status) => break status,
                None => assert!(Instant::now() < deadline, "the server does not stop"),
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        assert_eq!(status.code(), Some(0));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_district_comes_to_life_in_a_browser() {
    let site = Site::empty();
    let server = Server::start(&site);
    let browser = Browser::start();

    set_up(&browser, &server);
    go_to_bulk_user_creation(&browser);
    the_sample_is_a_template(&browser);
    let students = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/students-1000.csv");
    let results = upload_a_thousand_students(&browser, &students);
    a_school_is_added_first(&browser);
    let password = make_a_school_administrator(&browser, &site);
    browser.click_button("Log out");

    one_of_the_thousand_comes_in(&browser, &results, &students);
    the_school_administrator_chooses_a_password(&browser, &password);
    the_school_administrator_uploads(&browser, &site);
    a_parent_comes_in(&browser);

    let complaints = browser.complaints();
    assert!(complaints.is_empty(), "the browser complains: {complaints:#?}");
    drop(browser);
    server.stop();
    site.end();
}

fn set_up(browser: &Browser, server: &Server) {
    browser.open(&server.url);
    browser.sees_heading("Set up your district");
    browser.fits_a_phone();
    browser.fill("Set-up code", &server.setup_code);
    browser.fill("Name of the district", "Springfield");
    browser.fill("Name of your school", SCHOOL);
    browser.fill("First name", "Ada");
    browser.fill("Last name", "Adminova");
    browser.fill("Email", "ada@springfield.example");
    browser.fill("Password", PASSWORD);
    browser.fill("Password again", PASSWORD);
    browser.click_button("Set up the district");
    browser.sees_heading("Ada Adminova");
    browser.sees("Teacher at Lincoln High");
    browser.click_button("Log out");

    browser.sees_heading("Log in");
    browser.fits_a_phone();
    browser.fill("Username or email", "AAdminova");
    browser.fill("Password", PASSWORD);
    browser.click_button("Log in");
    browser.sees("Teacher Account");
    browser.fits_a_phone();
}

/// The way that an administrator takes from their own page.
fn go_to_bulk_user_creation(browser: &Browser) {
    switch_to_admin(browser);
    browser.click_link("Management");
    browser.sees_heading("Members");
    browser.fits_a_phone();
    browser.click_link("Bulk User Creation");
    browser.sees_heading("Bulk User Creation");
    browser.sees("Upload History");
    browser.fits_a_phone();
}

fn switch_to_admin(browser: &Browser) {
    browser.click_button("Switch to Admin Account");
    browser.sees("Admin Account");
    browser.sees_heading("Members");
}

fn the_sample_is_a_template(browser: &Browser) {
    let sample = browser.download("sample.csv");
    let header = sample.trim_start_matches('\u{FEFF}').lines().next().unwrap();
    assert_eq!(header, "first_name,last_name,email,password");
    browser.sees("first_name,last_name,email,password");
    browser.sees("up to 1,000 in a file");
}

/// Uploads in the browser, watches it go, and brings the results home.
fn upload_a_thousand_students(browser: &Browser, students: &Path) -> Vec<Line> {
    browser.choose("Students");
    browser.select("Which school?", SCHOOL);
    browser.attach("Choose the file", &[students]);
    browser.click_button("Submit");
    browser.sees("We received students-1000.csv.");
    browser.sees("It is job 1.");
    browser.sees_heading("students-1000.csv");
    browser.sees("1,000 students for Lincoln High, received");
    browser.run("window.isTheSamePage = true", json!([]));
    browser.fits_a_phone();

    let mut steps = vec![];
    let deadline = Instant::now() + Duration::from_secs(300);
    while steps.last().is_none_or(|(status, _)| status != "succeeded") {
        let step = progress(browser);
        if steps.last() != Some(&step) {
            steps.push(step);
        }
        assert!(Instant::now() < deadline, "{steps:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
    let seen_going = steps.iter().filter(|(status, _)| status == "in_progress").count();
    assert!(seen_going >= 3, "there is nothing to be seen of the work: {steps:?}");
    assert!(steps.is_sorted_by_key(|(_, created)| *created), "{steps:?}");
    assert_eq!(steps.last().unwrap().1, 1000);

    browser.sees("All accounts are ready to use.");
    browser.sees_that("the first fifty records, created", || {
        let rows = browser.rows();
        rows.len() == 50 && rows.iter().all(|row| row[4] == "created" && !row[3].is_empty())
    });
    let same = browser.run("return window.isTheSamePage === true", json!([]));
    assert_eq!(same, true, "the page was loaded again to show the progress");
    browser.fits_a_phone();
    browser.click_link("Next");
    browser.sees("51 to 100 of 1,000");

    let results = read_results(&browser.download("Export Results"));
    assert_eq!(results.len(), 1000);
    assert!(results.iter().all(|line| line.status == "created" && !line.username.is_empty()));

    browser.click_link("Bulk User Creation");
    browser.sees_heading("Bulk User Creation");
    assert_eq!(browser.rows()[0][..4], ["Job 1", "students-1000.csv", SCHOOL, "Students"]);
    assert_eq!(browser.rows()[0][5..], ["succeeded", "1,000 1,000 created"]);
    browser.click_link("Job 1");
    browser.sees_heading("students-1000.csv");
    results
}

/// The status and the count of created accounts that the page shows now.
fn progress(browser: &Browser) -> (String, u64) {
    let shown = browser.run(
        "return [document.querySelector('#progress h2').innerText, document.querySelector('.counts dd').innerText]",
        json!([]),
    );
    let status = shown[0].as_str().unwrap().split_whitespace().last().unwrap().to_owned();
    (status, shown[1].as_str().unwrap().replace(',', "").parse().unwrap())
}

fn a_school_is_added_first(browser: &Browser) {
    browser.click_link("Bulk User Creation");
    browser.click_link("Add the school first");
    browser.sees_heading("Schools");
    browser.fits_a_phone();
    browser.fill("Name of the school", "Washington");
    browser.click_button("Add the school");
    browser.sees("The school is added.");
    browser.unfold("Rename Washington");
    browser.fill("New name", OTHER_SCHOOL);
    browser.click_button("Save the name");
    browser.sees("The school is renamed.");
    assert_eq!(browser.rows().len(), 2);
}

/// Two teachers of the other school from a file; one of them is made its administrator, with a password to hand on.
fn make_a_school_administrator(browser: &Browser, site: &Site) -> String {
    let teachers = site.roster(
        "teachers.csv",
        "Tom,Táylor,tom@springfield.example,\nGrace,Hopper,grace@springfield.example,\nNo,Email,,\n",
    );
    browser.click_link("Bulk User Creation");
    browser.choose("Teachers");
    browser.select("Which school?", OTHER_SCHOOL);
    browser.attach("Choose the file", &[&teachers]);
    browser.click_button("Submit");
    browser.sees("It is job 2.");
    browser.sees_that("the end of the job", || progress(browser).0 == "succeeded");
    browser.sees("1 line needs correcting");
    browser.sees_that("what became of each teacher", || {
        let rows = browser.rows();
        rows.len() == 3
            && rows.iter().map(|row| row[4].as_str()).eq(["created", "created", "failed"])
            && rows[2][5].contains("email")
    });

    browser.click_link("Members");
    browser.fill("Name, username or email", "tom taylor");
    browser.click_button("Search");
    browser.sees("1 found");
    browser.click_link("Tom Táylor");
    browser.sees_heading("Tom Táylor");
    browser.fits_a_phone();
    browser.choose("Their school");
    browser.click_button("Save the right");
    browser.sees("The right is changed.");
    browser.click_button("Set a new password");
    browser.sees_heading("How Tom Táylor logs in");
    browser.fits_a_phone();
    let shown = browser
        .run("return [...document.querySelectorAll('.slip dd')].map((it) => it.innerText.trim())", json!([]));
    assert_eq!(shown[0], "ttaylor");
    browser.click_link("Back to the member");
    browser.sees_heading("Tom Táylor");
    shown[1].as_str().unwrap().to_owned()
}

/// By the username from the report and the password from the file; and later by an email of their own.
fn one_of_the_thousand_comes_in(browser: &Browser, results: &[Line], students: &Path) {
    let mut rows = csv::Reader::from_path(students).unwrap();
    let row = rows.records().nth(702).unwrap().unwrap();
    let line = &results[702];
    assert_eq!((&row[0], &row[1]), (line.first_name.as_str(), line.last_name.as_str()));
    let name = format!("{} {}", line.first_name, line.last_name);

    log_in(browser, &line.username, &row[3]);
    browser.sees_heading(&name);
    browser.sees("Student at Lincoln High");
    browser.sees(&line.username);
    browser.fits_a_phone();
    change_email(browser, "Email (optional)", "liam@home.example", &row[3]);
    browser.click_button("Log out");
    log_in(browser, "LIAM@home.example", &row[3]);
    browser.sees_heading(&name);
    browser.click_button("Log out");
}

fn log_in(browser: &Browser, login: &str, password: &str) {
    browser.sees_heading("Log in");
    browser.fill("Username or email", login);
    browser.fill("Password", password);
    browser.click_button("Log in");
}

fn change_email(browser: &Browser, label: &str, email: &str, password: &str) {
    browser.click_link("Account Settings");
    browser.sees_heading("Account Settings");
    browser.fits_a_phone();
    browser.fill(label, email);
    browser.fill("Your password, so that nobody else can do this", password);
    browser.click_button("Save the email");
    browser.sees("The email is changed.");
    assert_eq!(browser.value(label), email);
}

fn the_school_administrator_chooses_a_password(browser: &Browser, given: &str) {
    log_in(browser, "ttaylor", given);
    browser.sees_heading("Choose your own password");
    browser.fits_a_phone();
    browser.fill("The password that you were given", given);
    browser.fill("New password", OWN_PASSWORD);
    browser.click_button("Save the password and go on");
    browser.sees_heading("Tom Táylor");
    change_email(browser, "Email", "t.taylor@springfield.example", OWN_PASSWORD);
    browser.click_link("Home");
    browser.sees("You are a School Administrator");
}

/// Their own school is meant; who has an account is skipped, whatever school or kind; parents need an email.
fn the_school_administrator_uploads(browser: &Browser, site: &Site) {
    let first = site.roster(
        "parents.csv",
        "Pat,Parent,pat@home.example,correct horse stapler\n\
         Lee,Liams,Liam@Home.example,\n\
         Gus,Hopper,grace@springfield.example,\n\
         Pat,Again,PAT@home.example,\n\
         Nora,Nomail,,\n",
    );
    let second = site.roster("more-parents.csv", "Quinn,Quick,quinn@home.example,\n");
    switch_to_admin(browser);
    browser.sees("2 members in Washington Elementary.");
    browser.click_link("Bulk User Creation");
    browser.sees("The accounts are made for Washington Elementary.");
    assert!(!browser.has_field("Which school?"), "a school administrator has one school");
    browser.fits_a_phone();
    browser.choose("Parents");
    browser.attach("Choose the file", &[&first, &second]);
    browser.click_button("Submit");
    browser.sees("We received parents.csv.");
    browser.sees("We received more-parents.csv.");
    browser.fits_a_phone();

    browser.click_link("job 3");
    browser.sees_heading("parents.csv");
    browser.sees_that("the end of the job", || progress(browser).0 == "succeeded");
    browser.sees_that("what became of each parent", || {
        let rows = browser.rows();
        let message = |at: usize, words: &str| rows[at][5].contains(words);
        rows.len() == 5
            && rows.iter().map(|row| row[4].as_str()).eq(["created", "skipped", "skipped", "skipped", "failed"])
            && message(0, "Ready")
            // Somebody of another school: that there is an account is all that may be told.
            && rows[1][5] == "This email is in use already; no second account was made."
            && message(2, "Grace Hopper, teacher of Washington Elementary")
            && message(3, "line 2 of this file")
            && message(4, "email")
    });
    browser.click_link("skipped 3");
    browser.sees_that("the skipped ones alone", || browser.rows().len() == 3);
    browser.click_link("Bulk User Creation");
    browser.sees_that("both jobs done", || {
        // A reload, as somebody who waits does it.
        browser.run("location.reload()", json!([]));
        let rows = browser.rows();
        rows.len() == 3 && rows.iter().all(|row| row.contains(&"succeeded".to_owned()))
    });
    browser.click_button("Switch to Teacher Account");
    browser.sees_heading("Tom Táylor");
    browser.click_button("Log out");
}

fn a_parent_comes_in(browser: &Browser) {
    log_in(browser, "pat@home.example", "correct horse stapler");
    browser.sees_heading("Pat Parent");
    browser.sees("Parent at Washington Elementary");
    change_email(browser, "Email", "pat.parent@work.example", "correct horse stapler");
    browser.click_button("Log out");
    browser.sees_heading("Log in");
    assert_eq!(browser.path(), "/login");
}
