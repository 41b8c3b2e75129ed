//! The mail server as Settings name it: certificates, passwords, the test letter, and no server at all.

use crate::post::{ADA, Post, SENDER, with_login};
use crate::serving::until;
use crate::support::Site;
use serde_json::json;

#[test]
fn a_mail_server_with_the_right_certificate_is_talked_to_in_secret() {
    for security in ["starttls", "tls"] {
        let mut post = Post::unconnected(Site::set_up());
        post.mailbox.behave(&with_login(security, "PLAIN"));
        post.connect(security, "firstbell", "signs in and out");
        let id = post.letter();
        let letter = post.mailbox.wait_for(1).pop().unwrap();
        assert_eq!((letter.seen("secure"), letter.seen("user")), (&json!(true), &json!("firstbell")));
        until("its end", || (post.stand(id).status == "sent").then_some(()));
        post.end();
    }
}

#[test]
fn a_mail_server_with_a_wrong_certificate_learns_no_password_and_gets_no_letter() {
    for security in ["starttls", "tls"] {
        for certificate in ["other_name", "other_authority"] {
            let mut post = Post::unconnected(Site::set_up());
            let mut manners = with_login(security, "PLAIN");
            manners["certificate"] = json!(certificate);
            post.mailbox.behave(&manners);
            post.connect(security, "firstbell", "signs in and out");
            let id = post.letter();
            let stand = post.tried(id, 1);
            assert_eq!(stand.status, "queued", "{stand:?}");
            assert!(stand.answer.to_lowercase().contains("certificate"), "{stand:?}");
            let page = post.ada.get(&format!("/admin/mail/{id}"));
            page.assert_shows(&[&stand.answer]);
            assert_eq!((post.mailbox.heard_times("> AUTH"), post.mailbox.heard_times("MAIL FROM")), (0, 0));
            assert!(post.mailbox.letters().is_empty());
            // With the right one it goes out.
            post.mailbox.behave(&with_login(security, "PLAIN"));
            post.send_now(id);
            post.mailbox.wait_for(1);
            post.all_ended();
            post.end();
        }
    }
}

#[test]
fn a_mail_server_that_offers_no_encryption_where_it_should_learns_nothing() {
    let mut post = Post::unconnected(Site::set_up());
    post.mailbox.behave(&with_login("none", "PLAIN"));
    post.connect("starttls", "firstbell", "signs in and out");
    let id = post.letter();
    let stand = post.tried(id, 1);
    assert_eq!(stand.status, "queued");
    assert_eq!((post.mailbox.heard_times("> AUTH"), post.mailbox.heard_times("MAIL FROM")), (0, 0));
    post.ada.get("/admin/mail").assert_shows(&[&stand.answer]);
    post.end();
}

#[test]
fn a_wrong_password_keeps_the_letter_until_the_right_one_is_there() {
    for mechanism in ["PLAIN", "LOGIN"] {
        let mut post = Post::unconnected(Site::set_up());
        post.mailbox.behave(&with_login("starttls", mechanism));
        post.connect("starttls", "firstbell", "a wrong one");
        let id = post.letter();
        let stand = post.tried(id, 1);
        assert_eq!(stand.status, "queued", "{stand:?}");
        let words = "535 5.7.8 Username and password not accepted";
        assert!(stand.answer.contains(words), "{stand:?}");
        post.ada.get("/admin/mail").assert_shows(&[words]);
        assert_eq!(post.mailbox.heard_times("MAIL FROM"), 0);
        post.connect("starttls", "firstbell", "signs in and out");
        // It goes out by itself, now that there is something new to try.
        assert_eq!(post.mailbox.wait_for(1)[0].seen("user"), "firstbell");
        post.all_ended();
        post.end();
    }
}

#[test]
fn the_test_letter_goes_out_at_once_and_its_page_has_the_mail_servers_words() {
    let mut post = Post::open();
    let (id, page) = post.test_letter();
    page.assert_shows(&[ADA, "2.0.0 Kept"]);
    let letter = post.mailbox.wait_for(1).pop().unwrap();
    assert_eq!(letter.seen("recipients"), &json!([ADA]));
    assert_eq!(post.stand(id).kind, "test");
    post.mailbox.trouble("rcpt", "550 5.1.1 Nobody here of that name", 1);
    let (id, page) = post.test_letter();
    page.assert_shows(&["550 5.1.1 Nobody here of that name"]);
    assert_eq!(post.stand(id).status, "failed");
    post.end();
}

#[test]
fn without_a_mail_server_letters_wait_untried_and_go_out_once_there_is_one() {
    let mut post = Post::unconnected(Site::set_up());
    post.upload("students", "Ann,Lee,,\n");
    until("both letters", || (post.stands().len() == 2).then_some(()));
    let page = post.ada.get("/admin/mail");
    page.assert_shows(&[ADA, "mail server"]);
    assert!(post.stands().iter().all(|stand| (stand.tries, &*stand.status) == (0, "queued")));
    let text = post.ada.get(&format!("/admin/mail/{}", post.stands()[0].id));
    text.assert_shows(&["people.csv"]);
    post.connect("none", "", "");
    assert_eq!(post.mailbox.wait_for(2).len(), 2);
    post.all_ended();
    post.end();
}

#[test]
fn the_password_is_not_handed_to_another_server_or_in_another_way_than_it_was_given_for() {
    let mut post = Post::unconnected(Site::set_up());
    post.mailbox.behave(&with_login("starttls", "PLAIN"));
    post.connect("starttls", "firstbell", "signs in and out");
    for (field, value) in
        [("host", "localhost"), ("port", "2525"), ("security", "none"), ("username", "somebody")]
    {
        let form = post.ada.get("/admin/settings").form("/admin/settings/mail").with(field, value);
        let refused = post.ada.send(form);
        assert_eq!(refused.status, 422, "{field}");
        assert!(refused.text().contains("Type the password"), "{field}");
    }
    // As it is, it can be saved again, and the password holds.
    let form = post
        .ada
        .get("/admin/settings")
        .form("/admin/settings/mail")
        .with("sender", "other@springfield.example");
    assert_eq!(post.ada.send(form).status, 303);
    let (_, page) = post.test_letter();
    page.assert_shows(&["2.0.0 Kept"]);
    post.end();
}

#[test]
fn an_answer_that_somebody_put_in_before_the_encryption_is_never_taken_for_a_delivery() {
    let mut post = Post::unconnected(Site::set_up());
    // The true server refuses the letter; what was put in shifts every answer by one.
    let refusal = json!({ "at": "stored", "do": "554 5.7.1 Not this one" });
    let injection = json!({ "at": "starttls", "do": "inject" });
    post.mailbox.behave(&json!({ "security": "starttls", "trouble": [injection, refusal] }));
    post.connect("starttls", "", "");
    let id = post.letter();
    post.tried(id, 1);
    let stand = post.stand(id);
    assert_ne!(stand.status, "sent", "{stand:?}");
    assert!(!stand.answer.contains("INJECTED"), "{stand:?}");
    post.mailbox.behave(&json!({ "security": "starttls" }));
    post.hurry();
    post.all_ended();
    post.end();
}

#[test]
fn a_refused_mail_server_is_said_beside_its_field_and_what_was_typed_stays_but_the_password() {
    let mut post = Post::open();
    let good = [
        ("host", "mail.x.example"),
        ("port", "587"),
        ("security", "starttls"),
        ("username", "somebody"),
        ("password", "Kanarienvogel"),
        ("sender", SENDER),
    ];
    for (field, value) in [
        ("host", "two words"),
        ("host", "mail\r\nRCPT TO:<x@y.example>"),
        ("host", "https://mail.x.example/"),
        ("port", "0"),
        ("port", "65536"),
        ("port", "smtp"),
        ("sender", "nobody"),
        ("sender", ""),
        ("sender", "a@x.example\r\nBcc: b@x.example"),
        ("security", "perhaps"),
    ] {
        let mut form = post.ada.get("/admin/settings").form("/admin/settings/mail");
        for (name, is) in good {
            form.fields.retain(|(field, _)| field != name);
            form.fields.push((name.to_owned(), if name == field { value } else { is }.to_owned()));
        }
        let answer = post.ada.send(form);
        answer.assert_refused(&[]);
        assert!(!answer.html().contains("Kanarienvogel"), "{field}");
        let again = answer.form("/admin/settings/mail");
        assert_eq!(again.value("username"), "somebody", "{field} {value:?}");
        assert!(answer.html().contains(&format!("{field}-error")) || answer.html().contains("aria-invalid"));
    }
    assert_eq!(post.server.site.count("SELECT count(*) FROM mail_server WHERE host = '127.0.0.1'"), 1);
    post.end();
}

#[test]
fn an_empty_sender_is_asked_for_and_a_form_without_its_fields_takes_no_mail_server_away() {
    let mut post = Post::open();
    let form = post.ada.get("/admin/settings").form("/admin/settings/mail");
    let refused = post.ada.send(form.clone().with("sender", " "));
    refused.assert_refused(&["Fill in the address that letters come from"]);
    assert!(!refused.text().contains("“”"), "{}", refused.text());
    let csrf = ("csrf", form.value("csrf"));
    for typed in [&[csrf][..], &[csrf, ("host", "mail.x.example"), ("port", "25"), ("sender", SENDER)]] {
        let refused = post.ada.post("/admin/settings/mail", typed);
        refused.assert_refused(&["The form came without some of its fields, and nothing was changed."]);
        assert_eq!(refused.form("/admin/settings/mail").fields, form.fields, "what was saved stands there");
    }
    assert_eq!(post.server.site.count("SELECT count(*) FROM mail_server WHERE host = '127.0.0.1'"), 1);
    post.end();
}

#[test]
fn a_mail_server_can_be_taken_away_and_letters_wait() {
    let mut post = Post::open();
    let form = post.ada.get("/admin/settings").form("/admin/settings/mail").with("host", "");
    let saved = post.ada.send(form);
    let page = post.ada.follow(&saved);
    page.assert_shows(&["There is no mail server now. Letters wait until there is one."]);
    assert!(!page.text().contains("Send a test letter"), "there is no such button: {}", page.text());
    let id = post.letter();
    post.ada.get("/admin/mail").assert_shows(&["nora0@x.example", "mail server"]);
    let test = post.ada.get("/admin/settings").html().contains("action=\"/admin/settings/test-letter\"");
    assert!(!test, "there is nothing to try");
    post.connect("none", "", "");
    assert_eq!(post.mailbox.wait_for(1).len(), 1);
    post.all_ended();
    assert_eq!(post.stand(id).tries, 1);
    post.end();
}

#[test]
fn an_empty_password_keeps_the_old_one_for_the_same_username_only() {
    let mut post = Post::unconnected(Site::set_up());
    post.mailbox.behave(&with_login("tls", "PLAIN"));
    post.connect("tls", "firstbell", "signs in and out");
    let page = post.ada.get("/admin/settings");
    assert!(!page.html().contains("signs in and out"));
    assert_eq!(page.form("/admin/settings/mail").value("username"), "firstbell");
    post.connect("tls", "firstbell", "");
    post.letter();
    assert_eq!(post.mailbox.wait_for(1)[0].seen("user"), "firstbell");
    // Somebody else's name does not get the password that is there.
    let form = post.ada.get("/admin/settings").form("/admin/settings/mail");
    let form = form.with("username", "somebody").with("password", "");
    if post.ada.send(form).status == 303 {
        let id = post.letter();
        post.tried(id, 1);
    }
    assert_eq!(post.mailbox.heard_times("tried: firstbell signs in and out"), 1);
    assert_eq!(post.mailbox.heard_times("tried: somebody signs in and out"), 0);
    post.end();
}
