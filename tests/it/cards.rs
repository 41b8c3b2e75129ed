//! Sign-in cards: who gets one and what stands on it, on the page, in the list, in the CSV and on paper.

use crate::samples::CLASS;
use crate::serving::Server;
use crate::support::{PASSWORD, SCHOOL, Site, read_results};
use crate::visitor::{Answer, Visitor};
use crate::webdriver::Browser;
use std::collections::BTreeSet;

const OTHER: &str = "Hilltop Primary";
const ADDRESS: &str = "https://accounts.springfield.example";
/// Ann and Bo get passwords; Cy brings one.
const STUDENTS: &str = "Cy,Zed,,seven tall cranes\nBo,Younger,,\n=Ann,Álvarez,,\n";

/// A district with two schools; students at both, and a teacher at Lincoln High who administers it.
fn district() -> Server {
    let site = Site::set_up();
    site.add_school(OTHER);
    for (school, kind, lines) in [
        (SCHOOL, "students", STUDENTS),
        (SCHOOL, "teachers", "Olga,Office,olga@x.example,olga and a lamp\n"),
        (OTHER, "students", "Kim,Kid,,\n"),
    ] {
        let file = site.roster(&format!("{kind}.csv"), lines);
        let ran = site.run(&["import", "--school", school, "--type", kind, file.to_str().unwrap()], "");
        assert_eq!(ran.status, Some(0), "{}", ran.err);
    }
    Server::open(site)
}

/// Makes the teacher a school administrator, and gives her in the Admin Account.
fn olga(server: &Server, ada: &mut Visitor) -> Visitor {
    let olga = id(server, "ooffice");
    let form = ada.get(&format!("/admin/members/{olga}"));
    let form = form.form(&format!("/admin/members/{olga}/administers")).with("administers", "school");
    assert_eq!(ada.send(form).status, 303);
    server.admin("ooffice", "olga and a lamp")
}

fn id(server: &Server, username: &str) -> i64 {
    server.site.count(&format!("SELECT id FROM account WHERE username = '{username}'"))
}

fn set_address(ada: &mut Visitor) {
    let form = ada.get("/admin/settings").form("/admin/settings").with("address", ADDRESS);
    assert_eq!(ada.send(form).status, 303);
}

/// What stands on each card: every cell of it that is a username or a password.
fn logins(page: &Answer) -> Vec<Vec<String>> {
    let cards = page.html().split("<li class=\"card\">").skip(1);
    let logins = |card: &str| {
        let cells = card.split("<bdi class=\"login\" dir=\"ltr\">").skip(1);
        cells.map(|cell| cell.split('<').next().unwrap().to_owned()).collect()
    };
    cards.map(logins).collect()
}

/// The lines of a CSV, without its header.
fn lines(answer: &Answer) -> Vec<Vec<String>> {
    assert_eq!(answer.status, 200);
    assert!(answer.header("Content-Type").starts_with("text/csv"));
    assert!(answer.header("Content-Disposition").starts_with("attachment; filename=\"sign-in-cards"));
    let text =
        std::str::from_utf8(&answer.body).unwrap().strip_prefix('\u{FEFF}').expect("a byte order mark");
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    let mut csv = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    let header: Vec<_> = csv.headers().unwrap().iter().collect();
    assert_eq!(header.join(","), "school,first_name,last_name,username,password,address,user_type");
    csv.records().map(|line| line.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[test]
fn the_cards_of_an_upload_show_every_created_student_and_what_is_on_them_signs_in() {
    let server = district();
    let mut ada = server.ada();
    let page = ada.get("/admin/uploads/1");
    let [address] = &page.links("/admin/cards?upload=1")[..] else { panic!("one link to the cards") };
    let page = ada.get(address);
    // In the order of the file's lines.
    page.assert_shows(&["3 cards for students.csv.", "Cy Zed", "Bo Younger", "=Ann Álvarez", SCHOOL]);
    let cards = logins(&page);
    assert_eq!(
        cards.iter().map(|card| card[0].as_str()).collect::<Vec<_>>(),
        ["czed", "byounger", "aalvarez"]
    );
    assert_eq!(cards[0].len(), 1, "a password that somebody brought is nowhere");
    assert!(
        page.text().contains("the password you already have") && !page.text().contains("seven tall cranes")
    );
    for card in &cards[1..] {
        server.signed_in(&card[0], &card[1]);
        server.signed_in(&card[0], &card[1].replace('-', " ").to_uppercase());
    }
    // Without an address there is none on the cards, and no code; with one there are both.
    page.assert_shows(&["No address and no QR code is printed", "Set it in Settings"]);
    assert!(!page.html().contains("id=\"qr\""));
    set_address(&mut ada);
    let page = ada.get(address);
    page.assert_shows(&["Go to https://accounts.springfield.example, type your username and password."]);
    assert_eq!(
        (page.html().matches("id=\"qr\"").count(), page.html().matches("href=\"#qr\"").count()),
        (1, 3)
    );
    server.end();
}

#[test]
fn a_password_that_somebody_chose_is_on_no_card() {
    let server = district();
    let mut ada = server.ada();
    let [_, bo, _] = &logins(&ada.get("/admin/cards?upload=1"))[..] else { panic!("three cards") };
    let mut student = server.signed_in("byounger", &bo[1]);
    let form = student.get("/account").form("/account/password");
    let form = form.with("current_password", &bo[1]).with("new_password", "seven brown otters");
    assert_eq!(student.send(form).status, 303);
    for address in ["/admin/cards?upload=1", "/admin/cards?upload=1&as=list", "/admin/cards.csv?upload=1"] {
        let answer = ada.get(address);
        let text = String::from_utf8_lossy(&answer.body);
        assert!(
            text.contains("byounger") && !text.contains(&bo[1]) && !text.contains("brown otters"),
            "{address}"
        );
    }
    let csv = lines(&ada.get("/admin/cards.csv?upload=1"));
    assert_eq!((csv[1][3].as_str(), csv[1][4].as_str()), ("byounger", ""));
    server.end();
}

#[test]
fn cards_are_those_of_a_school_a_kind_or_a_choice_and_by_name() {
    let server = district();
    let mut ada = server.ada();
    let usernames = |page: &Answer| logins(page).iter().map(|card| card[0].clone()).collect::<Vec<_>>();
    let students = ada.get("/admin/cards?school=1&type=students&size=10&paper=letter");
    assert_eq!(usernames(&students), ["aalvarez", "byounger", "czed"]);
    assert!(students.html().contains("<div class=\"paper letter\"><ul class=\"leaf by-10\""));
    let everybody = ada.get("/admin/cards?school=1");
    everybody.assert_shows(&["5 cards for Lincoln High."]);
    assert_eq!(usernames(&everybody), ["aadminova", "aalvarez", "ooffice", "byounger", "czed"]);
    let asked = everybody.form("/admin/cards").choose("type", "Teachers").choose("paper", "US Letter");
    let query: Vec<String> = asked.fields.iter().map(|(name, is)| format!("{name}={is}")).collect();
    let teachers = ada.get(&format!("/admin/cards?{}", query.join("&")));
    assert_eq!(usernames(&teachers), ["aadminova", "ooffice"]);
    assert!(teachers.html().contains("class=\"paper letter\""));

    // Ticked in the list of members.
    let form = ada.get("/admin/members?q=kid").form("/admin/cards");
    assert!(form.fields.is_empty(), "nobody is ticked before somebody ticks them: {:?}", form.fields);
    let members = ada.get("/admin/members");
    let (bo, kim) = (id(&server, "byounger"), id(&server, "kkid"));
    assert!(members.html().contains(&format!("name=\"member\" value=\"{bo}\" form=\"cards\"")));
    let chosen = ada.get(&format!("/admin/cards?member={kim}&member={bo}&member={bo}&member=999"));
    chosen.assert_shows(&["2 cards for 2 members.", OTHER, SCHOOL]);
    assert_eq!(usernames(&chosen), ["kkid", "byounger"]);
    let list = ada.get(&format!("/admin/cards?member={kim}&member={bo}&as=list"));
    list.assert_shows(&["Keep this list safe", "Kim Kid", OTHER]);
    assert!(list.html().contains("<table") && !list.html().contains("class=\"card\""));

    for (address, status) in [
        ("/admin/cards", 422),
        ("/admin/cards?school=", 422),
        ("/admin/cards?member=999", 404),
        ("/admin/cards?member=x", 404),
        ("/admin/cards?upload=0", 404),
        ("/admin/cards?upload=99&school=1", 404),
        ("/admin/cards?school=99999999999999999999", 404),
    ] {
        assert_eq!(ada.get(address).status, status, "{address}");
    }
    let many: String = (1..=201).map(|id| format!("&member={id}")).collect();
    ada.get(&format!("/admin/cards?{many}")).assert_refused(&["Choose up to 200 people at a time"]);
    ada.get("/admin/cards?school=2&type=parents").assert_shows(&["There is nobody to print a card for."]);
    server.end();
}

#[test]
fn every_print_is_one_entry_of_the_audit_log() {
    let server = district();
    let mut ada = server.ada();
    let printed = || server.site.count("SELECT count(*) FROM audit WHERE deed = 'printed_cards'");
    let (bo, kim) = (id(&server, "byounger"), id(&server, "kkid"));
    for (at, (address, says)) in [
        ("/admin/cards?upload=1", "printed sign-in cards for (3 on cards, job 1) students.csv"),
        ("/admin/cards?school=1&type=students&as=list", "(3 in a list, students) Lincoln High"),
        ("/admin/cards.csv?school=1", "(5 in a CSV) Lincoln High"),
        (&format!("/admin/cards?member={bo}&member={kim}"), "(2 on cards: kkid, byounger) 2 members"),
        (&format!("/admin/cards?member={bo}"), "(1 on cards) Bo Younger (byounger)"),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(ada.get(address).status, 200);
        assert_eq!(printed(), i64::try_from(at).unwrap() + 1, "{address}");
        ada.get("/admin/audit").assert_shows(&[says]);
    }
    // What shows nobody is no print.
    for nobody in
        ["/admin/cards?upload=1&part=2", "/admin/cards?school=2&type=parents", "/admin/cards?member=9"]
    {
        ada.get(nobody);
    }
    let log = ada.get("/admin/audit").text();
    assert_eq!(printed(), 5);
    let passwords = logins(&ada.get("/admin/cards?upload=1"));
    assert!(passwords.iter().flat_map(|card| card.get(1)).all(|password| !log.contains(password.as_str())));
    assert!(!server.said().contains("member="), "{}", server.said());
    server.end();
}

#[test]
fn who_is_suspended_gets_no_card_and_a_school_administrator_none_of_a_district_administrator() {
    let server = district();
    let mut ada = server.ada();
    let mut olga = olga(&server, &mut ada);
    let bo = id(&server, "byounger");
    let form = ada.get(&format!("/admin/members/{bo}")).form(&format!("/admin/members/{bo}/suspension"));
    assert_eq!(ada.send(form).status, 303);
    let page = olga.get("/admin/cards?school=1");
    page.assert_shows(&[
        "3 cards",
        "One person is suspended",
        "One is a District Administrator",
        "A District Administrator can",
    ]);
    assert!(!page.text().contains("byounger") && !page.text().contains("aadminova"));
    let csv = lines(&olga.get("/admin/cards.csv?school=1"));
    assert_eq!(csv.len(), 3);
    olga.get(&format!("/admin/cards?member={bo}")).assert_shows(&["0 cards for one member.", "suspended"]);
    let members = olga.get("/admin/members");
    assert_eq!(members.links("/admin/cards?school=1&type="), ["/admin/cards?school=1&type="]);
    assert!(!members.html().contains(&format!("name=\"member\" value=\"{bo}\"")));
    // Even where her own password is a generated one.
    let ada_id = id(&server, "aadminova");
    let office = server.site.office();
    let generated = format!("UPDATE account SET password_hash = NULL, generation = 7 WHERE id = {ada_id}");
    office.conn.execute(&generated, []).unwrap();
    office.close();
    olga.get("/admin/cards?school=1").assert_shows(&["3 cards"]);
    olga.get(&format!("/admin/cards?member={ada_id}"))
        .assert_shows(&["0 cards", "One is a District Administrator"]);
    assert!(lines(&olga.get("/admin/cards.csv?school=1")).iter().all(|line| line[3] != "aadminova"));
    server.end();
}

#[test]
fn another_schools_people_are_on_no_card_whatever_is_asked() {
    let server = district();
    let mut ada = server.ada();
    let mut olga = olga(&server, &mut ada);
    let (kim, bo) = (id(&server, "kkid"), id(&server, "byounger"));
    for address in ["upload=3", "school=2", &format!("member={kim}"), "school=2&type=students"] {
        assert_eq!(ada.get(&format!("/admin/cards?{address}")).status, 200, "{address}");
        for path in ["/admin/cards", "/admin/cards.csv"] {
            assert_eq!(olga.get(&format!("{path}?{address}")).status, 404, "{path}?{address}");
        }
    }
    // Among her own, whoever is not hers is not there; nor is who has left her school since the upload.
    let page = olga.get(&format!("/admin/cards?member={kim}&member={bo}"));
    assert!(
        page.text().contains("byounger") && !page.text().contains("kkid") && !page.text().contains("Kim")
    );
    let form = ada.get(&format!("/admin/members/{bo}")).form(&format!("/admin/members/{bo}/school"));
    assert_eq!(ada.send(form.choose("school_id", OTHER)).status, 303);
    let page = olga.get("/admin/cards?upload=1");
    page.assert_shows(&["2 cards"]);
    assert!(!page.text().contains("byounger"));
    server.end();
}

#[test]
fn the_csv_is_for_a_mail_merge_and_safe_in_a_spreadsheet() {
    let server = district();
    let mut ada = server.ada();
    set_address(&mut ada);
    let page = ada.get("/admin/cards?upload=1");
    let [address] = &page.links("/admin/cards.csv")[..] else { panic!("one CSV") };
    let csv = lines(&ada.get(address));
    assert_eq!(csv[0], [SCHOOL, "Cy", "Zed", "czed", "", ADDRESS, "student"]);
    assert_eq!(csv[2][..4], [SCHOOL, "'=Ann", "Álvarez", "aalvarez"]);
    let on_cards = logins(&page);
    assert_eq!((&csv[1][4], &csv[2][4]), (&on_cards[1][1], &on_cards[2][1]));
    server.end();
}

#[test]
fn more_than_two_thousand_cards_come_in_parts_and_in_one_csv() {
    let site = Site::set_up();
    let students: String = (0..2_003).map(|n| format!("Ann,Lee{n:04},,\n")).collect();
    let file = site.roster("many.csv", &students);
    let set = site.office();
    set.conn.execute("UPDATE district SET rows_per_file = 5000", []).unwrap();
    set.close();
    let ran = site.import("students", &file);
    assert_eq!((ran.status, read_results(&ran.out).len()), (Some(0), 2_003));
    let server = Server::open(site);
    let mut ada = server.ada();
    let first = ada.get("/admin/cards?school=1&type=students&size=10");
    first.assert_shows(&["2,003 cards for Lincoln High.", "cards 1 to 2,000 of 2,003"]);
    let [next] = &first.links("/admin/cards?school=1")[..] else { panic!("the next part, and no other") };
    let second = ada.get(next);
    second.assert_shows(&["cards 2,001 to 2,003 of 2,003"]);
    assert!(second.html().contains("by-10"));
    let (mut cards, rest) = (logins(&first), logins(&second));
    assert_eq!((cards.len(), rest.len()), (2_000, 3));
    cards.extend(rest);
    let csv = lines(&ada.get("/admin/cards.csv?school=1&type=students"));
    assert!(csv.iter().map(|line| vec![line[3].clone(), line[4].clone()]).eq(cards.iter().cloned()));
    let names: BTreeSet<&String> = csv.iter().map(|line| &line[2]).collect();
    assert_eq!(names.len(), 2_003);
    ada.get("/admin/cards?school=1&part=3").assert_shows(&["nothing here; there are 2,004"]);
    ada.get("/admin/audit").assert_shows(&["(3 on cards, part 2, students)"]);
    server.end();
}

/// In the real browser, as paper: a class in ten scripts and more, on both papers and in every size.
#[test]
fn a_class_in_ten_scripts_prints_on_as_many_sheets_as_it_takes() {
    let site = Site::set_up();
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let line = |(name, _): &(&str, &str)| {
        let (first, last) = name.split_once(' ').unwrap();
        format!("{},{},,\n", quoted(first), quoted(last))
    };
    let file = site.roster("class.csv", &CLASS.iter().map(line).collect::<String>());
    assert_eq!(site.import("students", &file).status, Some(0));
    let server = Server::open(site);
    set_address(&mut server.ada());
    let browser = Browser::start();
    browser.open(&server.visitor().url);
    browser.fill("Username or email", "aadminova");
    browser.fill("Password", PASSWORD);
    browser.click_button("Log in");
    browser.click_button("Switch to Admin Account");
    browser.sees_heading("Members");
    browser.open(&format!("{}/admin/uploads/1", server.visitor().url));
    browser.click_link("Sign-in cards");
    browser.sees_heading("Sign-in cards");
    browser.sees("30 cards for class.csv.");
    browser.fits_a_phone();
    for (paper, in_points) in [("A4", "595 by 842"), ("US Letter", "612 by 792")] {
        browser.select("Paper", paper);
        for (cards, sheets) in [("8 on a sheet", 4), ("10 on a sheet", 3), ("Large type, 3 on a sheet", 10)] {
            browser.select("Cards", cards);
            browser.click_button("Show");
            browser.sees("30 cards for class.csv.");
            nothing_leaves_its_card(&browser);
            let pdf = browser.print();
            assert_eq!((pages_of(&pdf), size_of(&pdf).as_str()), (sheets, in_points), "{cards}, {paper}");
        }
    }
    browser.select("Print as", "List for the teacher");
    browser.click_button("Show");
    browser.sees("Keep this list safe");
    browser.fits_a_phone();
    assert_eq!(pages_of(&browser.print()), 2);
    browser.click_link("Members");
    browser.sees_heading("Members");
    browser.choose("Sign-in card of Ng Ng");
    browser.choose("Sign-in card of يوسف حداد");
    browser.click_button("Sign-in cards of those ticked");
    browser.sees("2 cards for 2 members.");
    assert_eq!(pages_of(&browser.print()), 1);
    let complaints = browser.complaints();
    assert!(complaints.is_empty(), "the browser complains: {complaints:#?}");
    drop(browser);
    server.end();
}

/// Asserts that whatever stands on a card stands inside of it, and that the name does not run into the rest.
fn nothing_leaves_its_card(browser: &Browser) {
    let script = "
        const box = (node) => node.getBoundingClientRect();
        const wrong = [];
        for (const card of document.querySelectorAll('.card')) {
            const edge = box(card), rest = box(card.querySelector('.card-login')).top;
            for (const part of card.querySelectorAll('bdi, .qr, .card-foot')) {
                const it = box(part);
                if (it.left < edge.left || it.right > edge.right || it.top < edge.top || it.bottom > edge.bottom)
                    wrong.push(part.outerHTML);
            }
            for (const part of card.querySelectorAll('.card-who bdi, .qr'))
                if (box(part).bottom > rest + 1) wrong.push('runs into the username: ' + part.outerHTML);
        }
        return wrong";
    let wrong = browser.run(script, serde_json::json!([]));
    assert_eq!(wrong, serde_json::json!([]));
}

fn pages_of(pdf: &str) -> usize {
    pdf.matches("/Type /Page\n").count()
}

/// The width and the height of the first page, in whole points.
fn size_of(pdf: &str) -> String {
    let (_, size) = pdf.split_once("/MediaBox [0 0 ").unwrap();
    let (size, _) = size.split_once(']').unwrap();
    let (width, height) = size.split_once(' ').unwrap();
    let [width, height]: [f64; 2] = [width, height].map(|number| number.trim().parse().unwrap());
    format!("{width:.0} by {height:.0}")
}
