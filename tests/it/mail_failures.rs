//! Mail servers that are down, slow, full or unwilling: what is put off is brought again, what nobody takes is said.

use crate::post::{LATER, Post, with_login};
use crate::serving::until;
use serde_json::json;

const SECOND: i64 = 1_000;
const DAY: i64 = 24 * 60 * 60 * SECOND;

#[test]
fn a_letter_that_is_put_off_is_brought_again_and_taken_once() {
    let mut post = Post::open();
    for stage in ["connect", "ehlo", "mail", "rcpt", "data", "dot"] {
        let before = post.mailbox.letters().len();
        post.mailbox.trouble(stage, LATER, 1);
        let id = post.letter();
        let stand = post.tried(id, 1);
        assert_eq!((&*stand.status, stand.in_doubt), ("queued", 0), "{stage}: {stand:?}");
        assert!(stand.answer.contains(LATER), "{stage}: {stand:?}");
        post.ada.get("/admin/mail").assert_shows(&[LATER]);
        post.hurry();
        let letters = post.all_ended();
        post.assert_taken_at_the_second_try(id, &letters[before..]);
    }
    post.end();
}

#[test]
fn a_slow_mail_server_is_waited_for() {
    let mut post = Post::open();
    for stage in ["connect", "rcpt", "dot"] {
        post.mailbox.trouble_for_ever(stage, "slow");
        let id = post.letter();
        post.all_ended();
        assert_eq!((post.stand(id).status, post.stand(id).tries), ("sent".to_owned(), 1), "{stage}");
    }
    post.end();
}

#[test]
fn the_pause_after_each_try_grows_from_seconds_to_an_hour() {
    let mut post = Post::open();
    post.mailbox.behave(&json!({ "listening": false }));
    let now = || firstbell::clock::now().as_millisecond();
    let mut before = now();
    let id = post.letter();
    let mut shortest = 10 * SECOND;
    for tries in 1..=10 {
        let stand = post.tried(id, tries);
        assert_eq!((&*stand.status, stand.tries), ("queued", tries), "{stand:?}");
        // The try was between the two, and the pause is up to a quarter longer.
        let (after, next) = (now(), stand.next_try_at);
        let is_kept = next >= before + shortest && next <= after + shortest * 5 / 4;
        assert!(is_kept, "{} to {} after {tries} tries, not {shortest}", next - after, next - before);
        shortest = (2 * shortest).min(2_880 * SECOND);
        before = now();
        post.hurry();
    }
    post.mailbox.recover();
    post.hurry();
    assert_eq!(post.all_ended().len(), 1);
    post.end();
}

#[test]
fn a_letter_that_is_put_off_for_three_days_is_given_up_with_the_mail_servers_words() {
    let mut post = Post::open();
    post.mailbox.trouble_for_ever("rcpt", LATER);
    let id = post.letter();
    for (age, status) in [(3 * DAY - 3_600 * SECOND, "queued"), (3 * DAY + 60 * SECOND, "failed")] {
        let tries = post.tried(id, 1).tries;
        let first = firstbell::clock::now().as_millisecond() - age;
        let office = post.server.site.office();
        let change =
            "UPDATE letter SET first_tried_at = ?1, queued_at = ?1, next_try_at = 0, tries = tries + 80";
        office.conn.execute(change, [first]).unwrap();
        let stand = post.tried(id, tries + 81);
        assert_eq!(stand.status, status, "{stand:?}");
        assert!(stand.answer.contains(LATER), "{stand:?}");
    }
    post.ada.get("/admin/mail").assert_shows(&[LATER]);
    assert!(post.mailbox.letters().is_empty());
    // Whoever knows better presses the button.
    post.mailbox.recover();
    post.send_now(id);
    until("its end", || (post.stand(id).status == "sent").then_some(()));
    assert_eq!(post.mailbox.letters().len(), 1);
    post.end();
}

#[test]
fn a_letter_that_was_first_tried_by_a_clock_ahead_has_its_three_days_from_the_right_time_on() {
    let mut post = Post::open();
    post.mailbox.trouble_for_ever("rcpt", LATER);
    let id = post.letter();
    let began = firstbell::clock::now().as_millisecond();
    // What the clock was ahead by, and whether that is a clock that was wrong.
    for (ahead, is_wrong) in [(3_653 * DAY, true), (30 * SECOND, false)] {
        let tries = post.tried(id, 1).tries;
        let first = firstbell::clock::now().as_millisecond() + ahead;
        let office = post.server.site.office();
        office.conn.execute("UPDATE letter SET first_tried_at = ?1, next_try_at = 0", [first]).unwrap();
        let stand = post.tried(id, tries + 1);
        assert_eq!(stand.status, "queued", "{stand:?}");
        let now = firstbell::clock::now().as_millisecond();
        let found = post.server.site.count("SELECT first_tried_at FROM letter");
        assert_eq!((began..=now).contains(&found), is_wrong, "{found} at {now}");
        assert_eq!(found == first, !is_wrong, "{found} after {first}");
    }
    post.mailbox.recover();
    post.hurry();
    assert_eq!(post.all_ended().len(), 1);
    post.end();
}

#[test]
fn the_page_of_a_letter_calls_only_its_own_words_the_mail_servers() {
    let mut post = Post::open();
    post.mailbox.behave(&json!({ "listening": false }));
    let id = post.letter();
    let stand = post.tried(id, 1);
    let page = post.ada.get(&format!("/admin/mail/{id}"));
    page.assert_shows(&[&stand.answer]);
    assert!(!page.text().contains("The mail server:"), "nobody answered: {}", page.text());
    post.mailbox.recover();
    post.mailbox.trouble("rcpt", "550 5.1.1 Gone for good", 1);
    post.hurry();
    post.tried(id, stand.tries + 1);
    post.ada.get(&format!("/admin/mail/{id}")).assert_shows(&["The mail server: 550", "Gone for good"]);
    post.end();
}

#[test]
fn a_letter_is_not_given_up_because_the_machine_was_off_for_days() {
    let mut post = Post::open();
    post.mailbox.trouble("connect", "421 4.3.2 Starting", 1);
    let id = post.letter();
    post.tried(id, 1);
    post.mailbox.trouble("connect", "421 4.3.2 Starting", 1);
    let friday = firstbell::clock::now().as_millisecond() - 4 * DAY;
    let office = post.server.site.office();
    let change = "UPDATE letter SET first_tried_at = ?1, queued_at = ?1, next_try_at = ?1";
    office.conn.execute(change, [friday]).unwrap();
    let stand = post.tried(id, 2);
    assert_eq!(stand.status, "queued", "{stand:?}");
    post.hurry();
    assert_eq!(post.all_ended().len(), 1);
    post.end();
}

#[test]
fn a_letter_that_nobody_takes_fails_at_once_and_holds_no_other_up() {
    let mut post = Post::open();
    for stage in ["mail", "rcpt", "dot"] {
        let words = "550 5.7.1 We do not take this";
        post.mailbox.trouble(stage, words, 1);
        let id = post.letter();
        let stand = post.tried(id, 1);
        post.ada.get("/admin/mail").assert_shows(&[words]);
        assert_eq!((&*stand.status, stand.tries), ("failed", 1), "{stage}: {stand:?}");
        let next = post.letter();
        post.all_ended();
        assert_eq!((&*post.stand(next).status, &*post.stand(id).status), ("sent", "failed"), "{stage}");
    }
    assert_eq!(post.mailbox.letters().len(), 3);
    post.end();
}

#[test]
fn a_mail_server_that_refuses_the_connection_keeps_the_letter_waiting() {
    let mut post = Post::open();
    for (stage, words) in [("connect", "554 5.3.2 No mail server here"), ("ehlo", "550 5.7.0 Who are you?")] {
        post.mailbox.trouble(stage, words, 2);
        let id = post.letter();
        let stand = post.tried(id, 1);
        assert_eq!(stand.status, "queued", "{stage}: {stand:?}");
        assert!(stand.answer.contains(words), "{stand:?}");
        post.mailbox.recover();
        post.send_now(id);
        post.all_ended();
        assert_eq!(post.stand(id).status, "sent");
    }
    assert_eq!(post.mailbox.letters().len(), 2);
    post.end();
}

#[test]
fn a_mail_server_that_wants_a_password_first_keeps_the_letter_waiting_for_one() {
    let mut post = Post::open();
    post.mailbox.behave(&with_login("none", "PLAIN"));
    let id = post.letter();
    let stand = post.tried(id, 1);
    assert_eq!(stand.status, "queued", "{stand:?}");
    assert!(stand.answer.contains("530 5.7.0 Authentication required"), "{stand:?}");
    post.connect("none", "firstbell", "signs in and out");
    assert_eq!(post.all_ended().len(), 1);
    post.end();
}

#[test]
fn letters_wait_for_a_mail_server_that_is_down() {
    let mut post = Post::open();
    post.mailbox.behave(&json!({ "listening": false }));
    post.upload("students", "Ann,Lee,,\n");
    let stands = until("two tries", || {
        let stands = post.stands();
        (stands.len() == 2 && stands.iter().all(|stand| !stand.answer.is_empty())).then_some(stands)
    });
    assert!(stands.iter().all(|stand| stand.status == "queued" && stand.in_doubt == 0), "{stands:?}");
    assert!(post.mailbox.letters().is_empty());
    post.mailbox.recover();
    post.hurry();
    assert_eq!(post.all_ended().len(), 2);
    assert!(post.stands().iter().all(|stand| stand.status == "sent"));
    post.end();
}

#[test]
fn the_button_for_a_letter_that_was_taken_meanwhile_leads_to_its_page_and_sends_nothing() {
    let mut post = Post::open();
    post.mailbox.trouble("rcpt", LATER, 1);
    let id = post.letter();
    post.tried(id, 1);
    let button = post.ada.get("/admin/mail").form(&format!("/admin/mail/{id}/send"));
    post.hurry();
    post.all_ended();
    let sent = post.ada.send(button.clone());
    assert_eq!(sent.location(), format!("/admin/mail/{id}"));
    post.ada.follow(&sent).assert_shows(&["2.0.0 Kept"]);
    assert_eq!(post.stand(id).status, "sent");
    assert_eq!(post.mailbox.letters().len(), 1);
    let mut nowhere = button;
    nowhere.action = "/admin/mail/4711/send".to_owned();
    assert_eq!(post.ada.send(nowhere).status, 404);
    post.end();
}
