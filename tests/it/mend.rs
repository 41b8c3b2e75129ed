//! Mending failed lines: on their page and in a file, in jobs of their own, each line in one place only.

use crate::serving::{Server, until};
use crate::support::{Line, SCHOOL, Site, read_results};
use crate::visitor::{Answer, Form, Visitor};
use firstbell::actions::{self, MendedLine};
use firstbell::domain::{AccountId, Admin, Scope, UploadId};

/// A district in which job 1 has failed lines: 3, 4, 5 and 7 of students.
fn district() -> Server {
    let site = Site::set_up();
    let lines = "Ann,Lee,,\nBen,,ben@x.example,\nCid,Lee,cid@@x.example,a lamp lit\nDot,Lee,,short\n\
                 Eve,Lee,,\n=1+1,Lee\n";
    assert_eq!(site.import("students", &site.roster("kids.csv", lines)).status, Some(1));
    Server::open(site)
}

fn settled(server: &Server) {
    until("the jobs", || (server.site.count("SELECT count(*) FROM job") == 0).then_some(()));
}

/// The form on a job's page for mending.
fn form(admin: &mut Visitor, job: i64) -> Form {
    admin.get(&format!("/admin/uploads/{job}/mend")).form(&format!("/admin/uploads/{job}/mend"))
}

/// Hands lines in, and gives the number of the job that they became.
fn hand_in(server: &Server, admin: &mut Visitor, form: Form) -> i64 {
    let sent = admin.send(form);
    let job =
        sent.location().trim_start_matches("/admin/uploads/").split('?').next().unwrap().parse().unwrap();
    settled(server);
    job
}

fn results(admin: &mut Visitor, job: i64) -> Vec<Line> {
    read_results(admin.get(&format!("/admin/uploads/{job}/results.csv")).html())
}

fn lines_of(page: &Answer) -> Vec<u32> {
    let inputs = page.html().split("id=\"mend-first_name-").skip(1);
    inputs.map(|rest| rest.split('"').next().unwrap().parse().unwrap()).collect()
}

#[test]
fn failed_lines_are_mended_on_their_page_in_a_job_of_their_own_that_says_which_it_mends() {
    let server = district();
    let mut ada = server.ada();
    let page = ada.get("/admin/uploads/1");
    page.assert_shows(&["4 lines need correcting", "Mend the failed lines", "Download the failed lines"]);
    let page = ada.get("/admin/uploads/1/mend");
    page.assert_shows(&["4 lines of kids.csv got no account.", "Line 3", "The last name is missing."]);
    assert_eq!(lines_of(&page), [3, 4, 5, 7]);
    let mending = form(&mut ada, 1);
    assert_eq!((mending.value("first_name-3"), mending.value("email-4")), ("Ben", "cid@@x.example"));
    assert_eq!((mending.value("password-4"), mending.value("first_name-7")), ("", ""));
    // Line 5 is right but for its password, which is made now; lines 4 and 7 are left out, whatever stands in them.
    let mending = mending.with("last_name-3", "Lee").with("password-3", "seven wet camels");
    let mending = mending.with("leave_out-4", "yes").with("leave_out-7", "yes").with("first_name-7", "Flo");
    let job = hand_in(&server, &mut ada, mending);
    assert_eq!(job, 2);
    let mended = results(&mut ada, job);
    let outcomes: Vec<_> =
        mended.iter().map(|it| (it.line, it.status.as_str(), it.username.as_str())).collect();
    assert_eq!(outcomes, [(3, "created", "blee"), (5, "created", "dlee")]);
    server.signed_in("ben@x.example", "seven wet camels");
    server.signed_in("dlee", &server.site.generated_password("dlee"));
    let page = ada.get("/admin/uploads/2?received=yes");
    page.assert_shows(&["We received kids.csv.", "It mends job 1"]);
    assert!(page.links("/admin/uploads/").contains(&"/admin/uploads/1".to_owned()));
    let page = ada.get("/admin/uploads/1");
    page.assert_shows(&["2 of 4 failed lines were mended in job 2.", "2 lines need correcting"]);
    assert!(page.links("/admin/uploads/").contains(&"/admin/uploads/2".to_owned()));
    ada.get("/admin/uploads").assert_shows(&["mends job 1"]);
    ada.get("/admin/audit").assert_shows(&["Job 2, which mends job 1"]);
    ada.get("/admin/uploads/2/mend").assert_shows(&["There is nothing to mend here."]);
    let left = form(&mut ada, 1).with("email-4", "").with("leave_out-7", "yes");
    assert_eq!((left.value("first_name-3"), left.value("first_name-4")), ("", "Cid"));
    let job = hand_in(&server, &mut ada, left);
    assert_eq!(results(&mut ada, job)[0].username, "clee");
    let left = ada.get("/admin/uploads/1/mend");
    left.assert_shows(&["1 line of kids.csv got no account. Correct it here: it becomes a job of its own."]);
    assert_eq!(lines_of(&left), [7]);
    assert_eq!(server.site.count("SELECT count(*) FROM account"), 6);
    server.end();
}

/// What stands beside a field as its problems, and among them its hint.
fn remarks(page: &Answer, field: &str) -> String {
    let html = page.html();
    let input = html.split("<input ").find(|tag| tag.starts_with(&format!("id=\"mend-{field}\"")));
    let described = input.unwrap().split('>').next().unwrap().split("aria-describedby=\"").nth(1);
    let ids = described.map_or("", |rest| rest.split('"').next().unwrap());
    let texts = ids.split(' ').filter(|id| !id.is_empty()).map(|id| {
        let beside = html.split(&format!(" id=\"{id}\">")).nth(1).unwrap().split("<input").next().unwrap();
        beside.replace("<p>", "").split("</p>").next().unwrap().to_owned()
    });
    texts.collect::<Vec<_>>().join(" | ")
}

#[test]
fn lines_that_would_fail_are_refused_at_once_beside_their_fields_and_none_is_taken() {
    let server = district();
    let mut ada = server.ada();
    let mending = form(&mut ada, 1).with("first_name-3", " ").with("last_name-3", &"e".repeat(101));
    let mending = mending.with("email-4", "still bad").with("password-4", "seven wet camels");
    let mending = mending.with("first_name-5", "dot@x.example").with("password-5", "camels");
    let refused = ada.send(mending.with("first_name-7", "Flo").with("last_name-7", "Li\u{1}"));
    refused.assert_refused(&[
        "These need another look",
        "Line 3: The first name is missing.",
        "Line 3: The last name has 101 characters; 100 is the most. Shorten it.",
        "Line 4: “still bad” is not an email address: it has no @.",
        "Line 5: An email was typed where the first name belongs. Type the name.",
        "Line 5: The password has 6 characters; it needs 8 at least.",
        "Line 7: The last name has an invisible control character inside it.",
        "Nothing was handed in. Correct what is marked, or tick the box to leave a line out",
        "Passwords have to be typed again",
    ]);
    for (field, remark) in [
        ("first_name-3", "The first name is missing."),
        ("last_name-3", "The last name has 101 characters; 100 is the most. Shorten it."),
        ("email-3", ""),
        ("first_name-4", ""),
        ("email-4", "“still bad” is not an email address: it has no @."),
        ("password-4", "Type it again, or one is made."),
        ("first_name-5", "An email was typed where the first name belongs. Type the name."),
        ("password-5", "The password has 6 characters; it needs 8 at least."),
        ("password-7", ""),
    ] {
        assert_eq!(remarks(&refused, field), remark, "{field}");
        let is_wrong = !["", "Type it again, or one is made."].contains(&remark);
        assert_eq!(refused.html().contains(&format!("href=\"#mend-{field}\"")), is_wrong, "{field}");
    }
    // The reasons of the job before are those of other texts: they are gone, and what was typed is all there but the passwords.
    assert!(!refused.text().contains("The last name is missing."), "{}", refused.text());
    assert!(!refused.html().contains("camels"), "no password comes back");
    let again = refused.form("/admin/uploads/1/mend");
    assert_eq!((again.value("first_name-3"), again.value("last_name-3").len()), (" ", 101));
    assert_eq!((again.value("email-4"), again.value("first_name-5")), ("still bad", "dot@x.example"));
    assert_eq!((again.value("password-4"), again.value("password-5")), ("", ""));
    assert_eq!(server.site.count("SELECT count(*) FROM upload"), 1);
    assert_eq!(server.site.count("SELECT count(*) FROM letter"), 0);
    // One line that would fail is enough, until it is left out.
    let again = again.with("leave_out-3", "yes").with("email-4", "").with("password-4", "seven wet camels");
    let again = again.with("first_name-5", "Dot").with("leave_out-7", "yes");
    let refused = ada.send(again.clone().with("last_name-5", ""));
    refused.assert_refused(&["This needs another look", "Line 5: The last name is missing."]);
    // A line that is left out was not judged: it still says why it failed.
    refused.assert_refused(&["The last name is missing.", "Line 7 has"]);
    let job = hand_in(&server, &mut ada, again);
    let made: Vec<_> = results(&mut ada, job).into_iter().map(|it| (it.line, it.username)).collect();
    assert_eq!(made, [(4, "clee".to_owned()), (5, "dlee".to_owned())]);
    server.signed_in("clee", "seven wet camels");
    assert_eq!(lines_of(&ada.get("/admin/uploads/1/mend")), [3, 7]);
    server.end();
}

#[test]
fn an_email_that_is_needed_is_asked_for_and_one_that_is_in_use_is_an_outcome() {
    let site = Site::set_up();
    let lines = "Tom,Tan,tom@x.example,short\nUna,Ury,,\n";
    site.import("teachers", &site.roster("t.csv", lines));
    site.import("students", &site.roster("s.csv", "Kim,Kid,kim@x.example,\n"));
    let server = Server::open(site);
    let mut ada = server.ada();
    let mending = form(&mut ada, 1).with("email-2", "kim@x.example");
    let refused = ada.send(mending);
    refused.assert_refused(&["Line 3: Teachers need an email, and this line has none. Add one."]);
    assert_eq!(remarks(&refused, "email-3"), "Teachers need an email, and this line has none. Add one.");
    assert_eq!(remarks(&refused, "email-2"), "");
    let again = refused.form("/admin/uploads/1/mend").with("email-3", "una@x.example");
    let job = hand_in(&server, &mut ada, again);
    let mended: Vec<_> = results(&mut ada, job).into_iter().map(|it| it.status).collect();
    assert_eq!(mended, ["skipped", "created"]);
    server.end();
}

#[test]
fn a_refused_page_has_the_lines_that_it_was_sent_with_whatever_was_mended_meanwhile() {
    let site = Site::set_up();
    let lines: String = (0..70).map(|n| format!("Kid{n},,,\n")).collect();
    site.import("students", &site.roster("a.csv", &lines));
    let server = Server::open(site);
    let (mut ada, mut late) = (server.ada(), server.ada());
    let second = "/admin/uploads/1/mend?page=2";
    let page = late.get(second);
    let (sent, named) =
        (lines_of(&page), |form: Form, line: &u32| form.with(&format!("last_name-{line}"), "Lee"));
    assert_eq!((sent[0], sent.len()), (52, 20));
    let mending = sent.iter().skip(1).fold(page.form(second), named);
    // Five lines of the first page, so that five others come to the second.
    let five = (2..7).fold(form(&mut ada, 1), |form, line| named(form, &line));
    let five = (7..52).fold(five, |form, line| form.with(&format!("leave_out-{line}"), "yes"));
    hand_in(&server, &mut ada, five);
    assert_eq!(lines_of(&ada.get(second)).len(), 15);
    let refused = late.send(mending);
    refused.assert_refused(&["Line 52: The last name is missing.", "65 lines of a.csv got no account."]);
    assert_eq!(lines_of(&refused), sent);
    let again = refused.form(second);
    assert_eq!((again.value("last_name-52"), again.value("last_name-71")), ("", "Lee"));
    let job = hand_in(&server, &mut late, again.with("last_name-52", "Lee"));
    assert_eq!(results(&mut late, job).len(), 20);
    server.end();
}

/// Line 4 of job 1 failed again in job 2, which mended line 3: its password could not be opened, as the key file was lost.
fn failed_again() -> Server {
    let site = district().stop();
    let mut office = site.office();
    let admin = Admin { account: AccountId(1), scope: Scope::District };
    let line =
        |line, first_name, password| MendedLine { line, first_name, last_name: "Lee", email: "", password };
    let lines = [line(3, "Ben", ""), line(4, "Cid", "seven wet camels")];
    let now = firstbell::clock::now();
    actions::mend_upload(&mut office.conn, &office.key, &admin, UploadId(1), &lines, now).unwrap();
    office.close();
    std::fs::remove_file(site.data().join("firstbell.key")).unwrap();
    let server = Server::open(site);
    settled(&server);
    server
}

#[test]
fn what_fails_again_is_mended_where_it_failed_last_and_nowhere_else() {
    let server = failed_again();
    let mut ada = server.ada();
    ada.get("/admin/uploads/2").assert_shows(&["It mends job 1", "1 line needs correcting"]);
    assert_eq!(lines_of(&ada.get("/admin/uploads/1/mend")), [5, 7]);
    let page = ada.get("/admin/uploads/2/mend");
    page.assert_shows(&["The password of this line can no longer be opened"]);
    assert_eq!(lines_of(&page), [4]);
    let again = form(&mut ada, 2);
    let job = hand_in(&server, &mut ada, again);
    assert_eq!(results(&mut ada, job)[0].username, "clee");
    ada.get("/admin/uploads/2/mend").assert_shows(&["There is nothing to mend here."]);
    ada.get("/admin/uploads/2").assert_shows(&["1 of 1 failed line was mended in job 3."]);
    server.end();
}

#[test]
fn a_line_is_mended_once_whoever_sends_it_twice() {
    let server = district();
    let (mut ada, mut again) = (server.ada(), server.ada());
    let first = form(&mut ada, 1).with("last_name-3", "Lee").with("leave_out-4", "yes");
    let second = form(&mut again, 1).with("last_name-3", "Li").with("password-3", "seven wet camels");
    hand_in(&server, &mut ada, first);
    let refused = again.send(second);
    refused.assert_refused(&["Line 3 is not to be mended here any more: another job has taken it up."]);
    assert!(!refused.html().contains("camels"), "no password comes back");
    // Lines that did not fail, and such as are not there, are no more to be mended than others' are.
    for line in ["2", "6", "99"] {
        let name = format!("first_name-{line}");
        let csrf = again.get("/home").form("/logout").value("csrf").to_owned();
        let fields = [("csrf", csrf.as_str()), ("lines", line), (name.as_str(), "Evil")];
        again.post("/admin/uploads/1/mend", &fields).assert_refused(&["is not to be mended here"]);
    }
    assert_eq!(server.site.count("SELECT count(*) FROM upload"), 2);
    server.end();
}

#[test]
fn a_form_without_a_line_comes_back_with_what_was_typed_and_no_password() {
    let server = district();
    let mut ada = server.ada();
    let mut mending = form(&mut ada, 1).with("first_name-4", "Cidney").with("password-4", "seven wet camels");
    for line in [3, 4, 5, 7] {
        mending = mending.with(&format!("leave_out-{line}"), "yes");
    }
    let refused = ada.send(mending);
    refused.assert_refused(&["No line is left to mend"]);
    let form = refused.form("/admin/uploads/1/mend");
    assert_eq!((form.value("first_name-4"), form.value("leave_out-4")), ("Cidney", "yes"));
    assert!(!refused.html().contains("camels"));
    assert_eq!(server.site.count("SELECT count(*) FROM upload"), 1);
    server.end();
}

#[test]
fn a_cell_of_any_length_keeps_nobody_from_mending_the_others() {
    let site = Site::set_up();
    site.import("students", &site.roster("kids.csv", &format!("{},Lee,,\nBen,,,\n", "A".repeat(20_000))));
    let server = Server::open(site);
    let mut ada = server.ada();
    let job = form(&mut ada, 1).with("leave_out-2", "yes").with("last_name-3", "Lee");
    let job = hand_in(&server, &mut ada, job);
    assert_eq!(results(&mut ada, job)[0].username, "blee");
    assert_eq!(lines_of(&ada.get("/admin/uploads/1/mend")), [2]);
    server.end();
}

#[test]
fn a_password_that_is_typed_into_another_field_is_kept_nowhere() {
    let server = district();
    let mut ada = server.ada();
    let mending = form(&mut ada, 1).with("last_name-3", "Lee").with("email-3", "my secret phrase");
    let mending = mending.with("first_name-4", "cid@x.example").with("last_name-4", "my secret phrase");
    let refused = ada.send(mending);
    refused.assert_refused(&["it has no @", "An email was typed where the first name belongs"]);
    assert!(!server.snapshot().contains("secret phrase"));
    let site = server.stop();
    let database = std::fs::read(site.data().join("firstbell.db")).unwrap();
    assert!(!database.windows(13).any(|bytes| bytes == b"secret phrase"));
    site.end();
}

#[test]
fn the_failed_lines_download_in_the_uploads_format_and_can_be_corrected_and_uploaded() {
    let server = district();
    let mut ada = server.ada();
    let answer = ada.get("/admin/uploads/1/failed.csv");
    assert_eq!(answer.header("Content-Disposition"), "attachment; filename=\"failed-1.csv\"");
    assert_eq!(answer.header("Cache-Control"), "no-store");
    let expected = "\u{FEFF}first_name,last_name,email,password,problem\r\n\
        Ben,,ben@x.example,,The last name is missing.\r\n\
        Cid,Lee,cid@@x.example,,";
    assert!(answer.html().starts_with(expected), "{}", answer.html());
    assert!(!answer.html().contains("short") && !answer.html().contains("lamp"), "{}", answer.html());
    assert!(answer.html().ends_with("Empty cells need theirs too.\"\r\n"), "{}", answer.html());
    // Uploaded as it is, the same lines fail; corrected, they do not.
    let corrected = answer.html().replace("Ben,,", "Ben,Lee,").replace("cid@@", "cid@");
    let corrected = corrected.lines().take(4).map(|line| format!("{line}\r\n")).collect::<String>();
    let ran = server.site.import("students", &server.site.file("failed-1.csv", corrected));
    assert_eq!(ran.status, Some(0), "{}", ran.out);
    assert_eq!(ran.results().len(), 3);
    // What was mended is not in it any more.
    let mending = form(&mut ada, 1).with("leave_out-4", "yes").with("leave_out-5", "yes");
    let mending = mending.with("last_name-3", "Lee").with("first_name-7", "Flo").with("last_name-7", "=2+2");
    hand_in(&server, &mut ada, mending);
    assert_eq!(ada.get("/admin/uploads/1/failed.csv").html().lines().count(), 3);
    // A cell that a spreadsheet would take for a formula is made harmless, and is a name again when it comes back.
    let file = server.site.roster("f.csv", "=1+1,,,\n");
    server.site.import("students", &file);
    let id = server.site.count("SELECT max(id) FROM upload");
    let answer = ada.get(&format!("/admin/uploads/{id}/failed.csv"));
    assert!(answer.html().contains("\r\n'=1+1,,,,"), "{}", answer.html());
    let corrected = answer.html().replace("'=1+1,,", "'=1+1,'-,");
    let ran = server.site.import("students", &server.site.file("failed.csv", corrected));
    assert_eq!(
        (ran.results()[0].first_name.as_str(), ran.results()[0].status.as_str()),
        ("'=1+1", "created")
    );
    let name = "SELECT count(*) FROM account WHERE first_name = '=1+1' AND last_name = '-'";
    assert_eq!(server.site.count(name), 1);
    server.end();
}

#[test]
fn more_than_fifty_lines_come_on_several_pages_with_every_password_read() {
    let site = Site::set_up();
    let lines: String = (0..120).map(|n| format!("Kid{n},,,\n")).collect();
    site.import("students", &site.roster("a.csv", &lines));
    let server = Server::open(site);
    let mut ada = server.ada();
    let first = ada.get("/admin/uploads/1/mend");
    first.assert_shows(&["120 lines of a.csv got no account.", "1 to 50 of 120"]);
    let second = ada.get("/admin/uploads/1/mend?page=2");
    assert_eq!((lines_of(&second)[0], lines_of(&second).len()), (52, 50));
    // A page that is refused comes back as the page it was.
    let nothing = second.form("/admin/uploads/1/mend?page=2");
    let nothing = lines_of(&second)
        .iter()
        .fold(nothing, |form, line| form.with(&format!("leave_out-{line}"), "yes"))
        .with("last_name-60", "Lee");
    let refused = ada.send(nothing);
    refused.assert_refused(&["No line is left to mend"]);
    assert_eq!(lines_of(&refused), lines_of(&second));
    assert_eq!(refused.form("/admin/uploads/1/mend?page=2").value("last_name-60"), "Lee");
    let mut mending = first.form("/admin/uploads/1/mend");
    for line in lines_of(&first) {
        let password = format!("seven wet camels {line}");
        mending =
            mending.with(&format!("last_name-{line}"), "Lee").with(&format!("password-{line}"), &password);
        // A browser sends a box that is ticked, too: the most fields there can be.
        mending.fields.push((format!("leave_out-{line}"), "no".to_owned()));
    }
    let job = hand_in(&server, &mut ada, mending);
    let mended = results(&mut ada, job);
    assert_eq!(mended.len(), 50);
    assert!(mended.iter().all(|line| line.message == "Ready, with the password in the file."), "{mended:?}");
    server.signed_in(&mended[49].username, "seven wet camels 51");
    let rest = ada.get("/admin/uploads/1/mend");
    assert_eq!((lines_of(&rest)[0], lines_of(&rest).len()), (52, 50));
    rest.assert_shows(&["1 to 50 of 70"]);
    server.end();
}

#[test]
fn a_page_whose_lines_were_mended_leads_to_the_lines_that_are_left() {
    let site = Site::set_up();
    let lines: String = (0..60).map(|n| format!("Kid{n},,,\n")).collect();
    site.import("students", &site.roster("a.csv", &lines));
    let server = Server::open(site);
    let (mut ada, mut late) = (server.ada(), server.ada());
    let second = "/admin/uploads/1/mend?page=2";
    let filled = |page: &Answer| {
        let named = |form: Form, line: &u32| form.with(&format!("last_name-{line}"), "Lee");
        lines_of(page).iter().fold(page.form(second), named)
    };
    let (first, too_late) = (filled(&ada.get(second)), filled(&late.get(second)));
    hand_in(&server, &mut ada, first);
    let sent = ada.get(second);
    assert_eq!(sent.location(), "/admin/uploads/1/mend?page=1");
    let left = ada.follow(&sent);
    left.assert_shows(&["50 lines of a.csv got no account."]);
    assert_eq!(lines_of(&left).len(), 50);
    // Whoever hands the same lines in after that is told why not, above those that are left.
    let refused = late.send(too_late);
    refused.assert_refused(&["another job has taken it up", "50 lines of a.csv got no account."]);
    assert_eq!(lines_of(&refused), lines_of(&left));
    server.end();
}

#[test]
fn a_mending_that_is_undone_gives_its_lines_back_but_for_accounts_in_use() {
    let server = district();
    let mut ada = server.ada();
    let mending = form(&mut ada, 1).with("last_name-3", "Lee").with("password-3", "seven wet camels");
    let job = hand_in(&server, &mut ada, mending.with("leave_out-4", "yes").with("leave_out-7", "yes"));
    server.signed_in("blee", "seven wet camels");
    assert_eq!(lines_of(&ada.get("/admin/uploads/1/mend")), [4, 7]);
    let page = ada.get(&format!("/admin/uploads/{job}/undo"));
    page.assert_shows(&["1 account will be removed", "1 account stays"]);
    assert_eq!(ada.send(page.form(&format!("/admin/uploads/{job}/undo"))).status, 303);
    settled(&server);
    assert_eq!(lines_of(&ada.get("/admin/uploads/1/mend")), [4, 5, 7]);
    ada.get("/admin/uploads/1").assert_shows(&["What was mended in job 2 is undone."]);
    // And an upload that is undone has nothing to mend.
    let page = ada.get("/admin/uploads/1/undo");
    page.assert_shows(&["2 accounts will be removed", "Lines that were mended belong to jobs of their own"]);
    assert_eq!(ada.send(page.form("/admin/uploads/1/undo")).status, 303);
    settled(&server);
    assert!(lines_of(&ada.get("/admin/uploads/1/mend")).is_empty());
    ada.get("/admin/uploads/1").assert_shows(&["2 accounts were removed. None was in use."]);
    assert_eq!(server.site.count("SELECT count(*) FROM account"), 2);
    server.end();
}

#[test]
fn a_line_that_was_mended_further_is_not_given_back_by_the_mending_between() {
    let server = failed_again();
    let mut ada = server.ada();
    let between = 2;
    let further = form(&mut ada, between);
    let further = hand_in(&server, &mut ada, further);
    assert_eq!(results(&mut ada, further)[0].username, "clee");
    let page = ada.get(&format!("/admin/uploads/{between}/undo"));
    assert_eq!(ada.send(page.form(&format!("/admin/uploads/{between}/undo"))).status, 303);
    settled(&server);
    assert_eq!(lines_of(&ada.get("/admin/uploads/1/mend")), [3, 5, 7]);
    let page = ada.get(&format!("/admin/uploads/{further}/undo"));
    assert_eq!(ada.send(page.form(&format!("/admin/uploads/{further}/undo"))).status, 303);
    settled(&server);
    assert_eq!(lines_of(&ada.get("/admin/uploads/1/mend")), [3, 4, 5, 7]);
    server.end();
}

#[test]
fn nothing_of_a_mending_leaks_over_schools_and_it_is_for_the_same_school_and_kind() {
    let site = Site::set_up();
    site.add_school("Hilltop Primary");
    for (school, person) in [(SCHOOL, "Olga,Office,olga"), ("Hilltop Primary", "Hugo,Hill,hugo")] {
        let file = site.roster("t.csv", &format!("{person}@x.example,an office and a lamp\n"));
        site.run(&["import", "--school", school, "--type", "teachers", file.to_str().unwrap()], "");
    }
    site.office().conn.execute("UPDATE account SET administers = 'school' WHERE id > 1", []).unwrap();
    site.import("parents", &site.roster("p.csv", "Pia,Papa,,\n"));
    let server = Server::open(site);
    let mut olga = server.admin("ooffice", "an office and a lamp");
    let mut hugo = server.admin("hhill", "an office and a lamp");
    let mending = form(&mut olga, 3).with("email-2", "hugo@x.example");
    let mut foreign = mending.clone();
    for address in ["/admin/uploads/3/mend", "/admin/uploads/3/failed.csv", "/admin/uploads/3/undo"] {
        assert_eq!(hugo.get(address).status, 404, "{address}");
    }
    let csrf = hugo.get("/home").form("/logout").value("csrf").to_owned();
    foreign.fields.retain(|(name, _)| name != "csrf");
    foreign.fields.push(("csrf".to_owned(), csrf));
    assert_eq!(hugo.send(foreign).status, 404);
    let job = hand_in(&server, &mut olga, mending);
    let mended = results(&mut olga, job);
    // The email is in use at the other school: more than that she does not learn.
    assert_eq!((mended[0].status.as_str(), mended[0].email.as_str()), ("skipped", "hugo@x.example"));
    assert_eq!(mended[0].message, "This email is in use already; no second account was made.");
    assert_eq!(hugo.get(&format!("/admin/uploads/{job}")).status, 404);
    let same =
        "SELECT count(*) FROM upload WHERE id = 4 AND school_id = 1 AND user_type = 'parent' AND mends = 3";
    assert_eq!(server.site.count(same), 1);
    server.end();
}

#[test]
fn a_typed_password_stands_in_no_file_while_its_line_waits() {
    let site = Site::set_up();
    site.import("students", &site.roster("kids.csv", "Ann,,,\n"));
    let mut office = site.office();
    let admin = Admin { account: AccountId(1), scope: Scope::District };
    let password = "Kanarienvogel-0001-ſüß";
    let line = MendedLine { line: 2, first_name: "Ann", last_name: "Lee", email: "", password };
    let now = firstbell::clock::now();
    let upload =
        actions::mend_upload(&mut office.conn, &office.key, &admin, UploadId(1), &[line], now).unwrap();
    assert_eq!(upload, UploadId(2));
    let sealed = "SELECT count(*) FROM record WHERE sealed_password IS NOT NULL AND status = 'pending'";
    assert_eq!(site.count(sealed), 1);
    for file in std::fs::read_dir(site.data()).unwrap().map(|entry| entry.unwrap().path()) {
        let bytes = std::fs::read(&file).unwrap_or_default();
        assert!(!bytes.windows(13).any(|found| found == &password.as_bytes()[..13]), "{}", file.display());
    }
    office.close();
    site.import("students", &site.roster("one.csv", "Ben,Lee,,\n"));
    assert!(site.can_sign_in("alee", password));
    site.end();
}
