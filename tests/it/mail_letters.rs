//! What stands in letters, who gets them, and who does not.

use crate::mailbox::Letter;
use crate::post::{LAMP, Post, upload};
use crate::serving::until;
use crate::support::{PASSWORD, Site};
use serde_json::json;

const OTHER: &str = "Hilltop Primary";

#[test]
fn a_school_administrator_reads_of_nobody_from_another_school() {
    let site = Site::set_up();
    site.add_school(OTHER);
    let elsewhere = site.roster("elsewhere.csv", "Zoltan,Zwicky,zz@x.example,\n");
    let ran = site.run(&["import", "--school", OTHER, "--type", "students", elsewhere.to_str().unwrap()], "");
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    let mut post = Post::on(site);
    let mut olga = post.school_administrator(1, "Olga,Office,olga@x.example");
    post.upload("students", "Ina,Inside,ina@x.example,\n");
    let before = post.all_ended().len();
    let lines = "Ann,Lee,zz@x.example,\nBen,Lee,ina@x.example,\n";
    let job = upload(&post.server, &mut olga, "students", "people.csv", lines);
    let letters = post.mailbox.wait_for(before + 2);
    let report = letters.last().unwrap();
    report.assert_intact("olga@x.example");
    for words in ["Zoltan", "Zwicky", OTHER] {
        assert!(!report.holds(words), "{words} in the report of another school");
    }
    report.assert_says(&["Ina Inside", "This email is in use already"]);
    let results = olga.get(&format!("/admin/uploads/{job}/results.csv"));
    assert_eq!(report.attachment().1, results.body);
    // The district's administrator may see them.
    post.upload("students", "Ann,Lee,ZZ@x.example,\n");
    post.mailbox.wait_for(before + 4);
    post.end();
}

/// The letters of a kind, so far, as they stand in the database: whom they are for.
fn of_kind(post: &Post, kind: &str) -> Vec<String> {
    post.stands().into_iter().filter(|stand| stand.kind == kind).map(|stand| stand.to).collect()
}

#[test]
fn whose_password_was_set_anew_hears_of_it_and_not_what_it_is() {
    let mut post = Post::open();
    post.upload("students", &format!("Ann,Lee,ann@x.example,{LAMP}\nSam,Small,,{LAMP}\n"));
    // By an administrator: those who have an email.
    for (id, heard) in [(2, 1), (3, 1)] {
        let member = format!("/admin/members/{id}");
        let form = post.ada.get(&member).form(&format!("{member}/password"));
        let answer = post.ada.send(form.with("password", "Kanarienvogel sings"));
        assert_eq!(answer.status, 303, "{}", answer.text());
        assert_eq!(of_kind(&post, "new_password").len(), heard);
    }
    // By the command line.
    let ran = post.server.site.run(&["reset-password", "alee"], "Kanarienvogel flies\n");
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    // By themselves.
    let mut ann = post.server.signed_in("alee", "Kanarienvogel flies");
    let form = ann.get("/account").form("/account/password");
    let form = form.with("current_password", "Kanarienvogel flies");
    assert_eq!(ann.send(form.with("new_password", "Kanarienvogel sleeps")).status, 303);
    assert_eq!(of_kind(&post, "new_password"), ["ann@x.example"; 3]);
    let letters = post.all_ended();
    let told: Vec<&Letter> =
        letters.iter().filter(|letter| letter.seen("recipients") == &json!(["ann@x.example"])).collect();
    assert_eq!(told.len(), 3);
    for letter in letters.iter() {
        assert!(!letter.holds("Kanarien") && !letter.holds(LAMP), "a password");
    }
    for letter in told {
        letter.assert_intact("ann@x.example");
        assert_eq!(letter.header("Auto-Submitted"), "auto-generated");
        letter.assert_says(&["password"]);
    }
    post.end();
}

#[test]
fn a_changed_email_is_told_to_the_old_address() {
    let mut post = Post::open();
    post.upload("students", &format!("Ann,Lee,ann@x.example,{LAMP}\nSam,Small,,{LAMP}\n"));
    // By themselves, then by an administrator.
    let mut ann = post.server.signed_in("alee", LAMP);
    let form = ann.get("/account").form("/account/email").with("email", "second@x.example");
    assert_eq!(ann.send(form.with("current_password", LAMP)).status, 303);
    let change = |post: &mut Post, id: i64, email: &str| {
        let member = format!("/admin/members/{id}");
        let form = post.ada.get(&member).form(&format!("{member}/email")).with("email", email);
        assert_eq!(post.ada.send(form).status, 303, "{email}");
    };
    change(&mut post, 2, "third@x.example");
    // Who had none has nobody to be told, and what stays as it is is no change.
    change(&mut post, 3, "sam@x.example");
    change(&mut post, 2, "third@x.example");
    assert_eq!(of_kind(&post, "email_changed"), ["ann@x.example", "second@x.example"]);
    let letters = post.all_ended();
    let to = |email: &str| {
        let is_to = |letter: &&Letter| letter.seen("recipients") == &json!([email]);
        letters.iter().filter(is_to).count()
    };
    assert_eq!(
        [to("ann@x.example"), to("second@x.example"), to("third@x.example"), to("sam@x.example")],
        [1, 1, 0, 0]
    );
    post.end();
}

#[test]
fn who_is_made_an_administrator_is_told_so() {
    let mut post = Post::open();
    post.school_administrator(1, "Olga,Office,olga@x.example");
    assert_eq!(of_kind(&post, "administrator"), ["olga@x.example"]);
    let letters = post.all_ended();
    let told = letters.iter().find(|letter| letter.seen("recipients") == &json!(["olga@x.example"])).unwrap();
    told.assert_intact("olga@x.example");
    told.assert_says(&["administrator", "Springfield"]);
    assert!(!told.holds(LAMP));
    // Those whose accounts were made get no letters: their passwords come another way.
    assert_eq!(letters.len(), 3, "receipt, report, and this");
    post.end();
}

#[test]
fn an_import_at_the_command_line_has_nobody_to_write_to() {
    let post = Post::open();
    let file = post.server.site.roster("a.csv", "Ann,Lee,ann@x.example,\n,Lee,,\n");
    assert_eq!(post.server.site.import("students", &file).status, Some(1));
    until("its end", || {
        let site = &post.server.site;
        (site.count("SELECT count(*) FROM upload WHERE status = 'succeeded'") == 1).then_some(())
    });
    assert!(post.stands().is_empty());
    post.end();
}

#[test]
fn the_mail_page_shows_what_failed_first_and_each_letter_as_text() {
    let mut post = Post::open();
    let sent = post.letter();
    post.all_ended();
    post.mailbox.trouble("rcpt", "550 5.1.1 Gone for good", 1);
    let failed = post.letter();
    post.tried(failed, 1);
    post.mailbox.trouble_for_ever("rcpt", "452 4.2.2 Full just now");
    let queued = post.letter();
    post.tried(queued, 1);
    let page = post.ada.get("/admin/mail");
    page.assert_shows(&["550 5.1.1 Gone for good", "452 4.2.2 Full just now", "nora2@x.example"]);
    let at = |id: i64| page.html().find(&format!("\"/admin/mail/{id}\"")).expect("a link to the letter");
    assert!(at(failed) < at(queued) && at(queued) < at(sent));
    for id in [sent, failed, queued] {
        post.ada.get(&format!("/admin/mail/{id}")).assert_shows(&["@x.example", "Springfield"]);
    }
    assert_eq!(post.ada.get("/admin/mail/4711").status, 404);
    post.mailbox.recover();
    post.send_now(queued);
    until("its end", || (post.stand(queued).status == "sent").then_some(()));
    post.end();
}

#[test]
fn only_the_districts_administrators_have_to_do_with_its_mail() {
    let mut post = Post::open();
    let mut olga = post.school_administrator(1, "Olga,Office,olga@x.example");
    post.mailbox.trouble_for_ever("rcpt", "452 4.2.2 Full just now");
    let id = post.letter();
    let before = post.tried(id, 1);
    let mut teacher = post.server.signed_in("olga@x.example", LAMP);
    let mut stranger = post.server.visitor();
    for path in ["/admin/mail", &format!("/admin/mail/{id}"), "/admin/mail/4711", "/admin/settings"] {
        assert_eq!(olga.get(path).status, 403, "{path}");
        assert_eq!(teacher.get(path).status, 403, "{path}");
        assert_eq!(stranger.get(path).location(), "/login", "{path}");
    }
    let csrf = olga.get("/home").form("/logout").value("csrf").to_owned();
    let settings = [
        ("csrf", csrf.as_str()),
        ("host", "evil.example"),
        ("port", "25"),
        ("security", "none"),
        ("username", "firstbell"),
        ("password", ""),
        ("sender", "a@evil.example"),
    ];
    assert_eq!(olga.post("/admin/settings/mail", &settings).status, 403);
    assert_eq!(olga.post("/admin/settings/test-letter", &settings[..1]).status, 403);
    assert_eq!(olga.post(&format!("/admin/mail/{id}/send"), &settings[..1]).status, 403);
    // Nor is a letter sent by looking at it, or by a form that comes from elsewhere.
    assert_eq!(post.ada.get(&format!("/admin/mail/{id}/send")).status, 405);
    assert_eq!(post.ada.post(&format!("/admin/mail/{id}/send"), &[]).status, 403);
    assert_eq!(post.ada.post("/admin/settings/mail", &settings[1..]).status, 403);
    assert_eq!(post.server.site.count("SELECT count(*) FROM mail_server WHERE host = '127.0.0.1'"), 1);
    assert_eq!(post.stand(id).tries, before.tries);
    let mut ada = post.server.signed_in("aadminova", PASSWORD);
    assert_eq!(ada.get("/admin/mail").status, 403, "not as a teacher");
    post.mailbox.recover();
    post.end();
}
