//! Connections that are cut, silence, and `kill -9`: every letter arrives at least once and at most twice, and no upload
//! waits for any of it (QUALITY R10). `FIRSTBELL_ROUNDS` and `FIRSTBELL_SOAK_SECONDS` lengthen the killing.

use crate::mailbox::Mailbox;
use crate::post::{LATER, Post, Stand};
use crate::serving::{NEVER, Server, until};
use crate::support::{Site, rounds, soak_until};
use firstbell::actions::Office;
use firstbell::folder::Folder;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

#[test]
fn a_connection_that_is_cut_in_the_middle_of_a_letter_brings_it_once_in_the_end() {
    let mut post = Post::open();
    post.mailbox.trouble_for_ever("rcpt", LATER);
    // Long enough that only the beginning of the report has come when the connection is cut.
    let lines: String = (0..300).map(|n| format!("Someone{n},Withalongername,someone{n}@,\n")).collect();
    post.upload("students", &lines);
    let report = until("the report", || post.stands().into_iter().find(|stand| stand.kind == "report")).id;
    post.tried(report, 1);
    post.mailbox.trouble("body", "reset", 1);
    post.send_now(report);
    let stand = post.tried(report, 2);
    assert_eq!(stand.status, "queued", "{stand:?}");
    assert_eq!(post.mailbox.heard_times("(reset at body)"), 1);
    post.hurry();
    let letters = post.all_ended();
    assert_eq!(letters.len(), 2, "receipt and report, once each");
    assert!(post.stands().iter().all(|stand| stand.status == "sent"));
    post.end();
}

#[test]
fn a_letter_that_was_cut_off_twice_says_so_and_is_sent_by_the_button() {
    let mut post = Post::open();
    post.mailbox.trouble("body", "reset", 2);
    let id = post.letter();
    until("its end", || {
        post.hurry();
        (post.stand(id).status != "queued").then_some(())
    });
    assert!(post.mailbox.letters().is_empty());
    let stand = post.stand(id);
    assert_eq!((&*stand.status, stand.in_doubt), ("failed", 2), "nobody can know whether it arrived");
    post.ada.get(&format!("/admin/mail/{id}")).assert_shows(&[&stand.answer]);
    post.send_now(id);
    until("the button's work", || (post.stand(id).status == "sent").then_some(()));
    assert_eq!(post.mailbox.letters().len(), 1);
    post.end();
}

#[test]
fn a_connection_that_is_cut_once_at_the_end_of_a_letter_brings_it_once() {
    for end in ["reset", "close"] {
        let mut post = Post::open();
        post.mailbox.trouble("dot", end, 1);
        let id = post.letter();
        let stand = post.tried(id, 1);
        assert_eq!((&*stand.status, stand.in_doubt), ("queued", 1), "{end}: {stand:?}");
        post.hurry();
        let letters = post.all_ended();
        post.assert_taken_at_the_second_try(id, &letters);
        post.end();
    }
}

#[test]
fn a_letter_that_was_taken_without_an_answer_comes_at_most_twice_and_is_the_same() {
    for end in ["reset", "close"] {
        let mut post = Post::open();
        // Once, then answered; and never answered.
        for (times, status) in [(1, "sent"), (100, "failed")] {
            let before = post.mailbox.letters().len();
            post.mailbox.trouble("stored", end, times);
            let id = post.letter();
            until("its end", || {
                post.hurry();
                (post.stand(id).status != "queued").then_some(())
            });
            let letters = &post.mailbox.letters()[before..];
            assert_eq!(letters.len(), 2, "{end}, {times} times");
            for name in ["Message-ID", "Subject", "To", "From"] {
                assert_eq!(letters[0].header(name), letters[1].header(name));
            }
            assert_eq!(letters[0].plain(), letters[1].plain());
            let stand = post.stand(id);
            assert_eq!(stand.status, status, "{stand:?}");
            post.ada.get(&format!("/admin/mail/{id}")).assert_shows(&[]);
        }
        post.end();
    }
}

#[test]
fn no_upload_waits_for_a_mail_server_that_never_answers() {
    for stage in ["connect", "dot"] {
        let mut post = Post::open();
        post.mailbox.trouble_for_ever(stage, "hang");
        // One of three, as the machine may be busy with something else.
        let mut uploads = 0;
        let is_quick = (0..3).any(|_| {
            let began = Instant::now();
            uploads = post.upload("students", "Ann,Lee,,\nBen,Lee,,\n");
            began.elapsed().as_secs() < 10
        });
        assert!(is_quick, "{stage}");
        post.ada.get("/admin/mail").assert_shows(&["File received, job 1", "Report, job 1"]);
        until("the try", || (post.mailbox.heard_times("(hang at") > 0).then_some(()));
        let site = &post.server.site;
        assert_eq!(site.count("SELECT count(*) FROM letter WHERE status = 'queued'"), 2 * uploads);
        post.mailbox.recover();
        let id = post.stands()[0].id;
        until("the end of the silence", || (!post.stand(id).answer.is_empty()).then_some(()));
        post.hurry();
        let letters = post.all_ended();
        assert_eq!(letters.len() as i64, 2 * uploads, "{stage}");
        assert!(post.stands().iter().all(|stand| stand.status == "sent"));
        post.end();
    }
}

#[test]
fn a_mail_server_that_never_answers_is_given_up_until_the_next_try() {
    let mut post = Post::open();
    post.mailbox.trouble("connect", "hang", 1);
    let id = post.letter();
    // Nobody ends the silence but Firstbell itself.
    let stand = post.tried(id, 1);
    assert_eq!((&*stand.status, stand.in_doubt), ("queued", 0), "{stand:?}");
    post.ada.get("/admin/mail").assert_shows(&["No answer came within"]);
    post.hurry();
    let letters = post.all_ended();
    post.assert_taken_at_the_second_try(id, &letters);
    post.end();
}

#[test]
fn whoever_tries_a_mail_server_that_never_answers_is_told_so() {
    let mut post = Post::open();
    post.mailbox.trouble_for_ever("dot", "hang");
    let (_, page) = post.test_letter();
    page.assert_shows(&["No answer came within"]);
    post.end();
}

#[test]
fn letters_that_wait_when_the_server_stops_go_out_when_it_starts_again() {
    let mut post = Post::open();
    post.mailbox.behave(&json!({ "listening": false }));
    post.upload("students", "Ann,Lee,,\n");
    until("two letters", || (post.stands().len() == 2).then_some(()));
    let post = post.restarted(Mailbox::recover);
    post.hurry();
    assert_eq!(post.all_ended().len(), 2);
    post.end();
}

#[test]
fn a_server_that_is_told_to_stop_does_not_wait_for_a_mail_server_that_never_answers() {
    for stage in ["connect", "dot"] {
        let mut post = Post::open();
        post.mailbox.trouble_for_ever(stage, "hang");
        post.letter();
        until("the silence", || (post.mailbox.heard_times("(hang at") > 0).then_some(()));
        let data = post.server.site.data();
        let began = Instant::now();
        let post = post.restarted(|mailbox| {
            // Much less than a letter's last answer is waited for.
            assert!(began.elapsed() < Duration::from_secs(30), "{stage}: {:?}", began.elapsed());
            // Whoever had waited would have written down that no answer came.
            let office = Office::open(Folder::existing(&data).unwrap()).unwrap();
            let answer = "SELECT answer FROM letter";
            assert_eq!(
                office.conn.query_row(answer, [], |row| row.get::<_, String>(0)).unwrap(),
                "",
                "{stage}"
            );
            office.close();
            mailbox.recover();
        });
        assert_eq!(post.all_ended().len(), 1, "{stage}");
        post.end();
    }
}

/// How often each letter arrived, by its Message-ID.
fn copies(mailbox: &Mailbox) -> BTreeMap<String, usize> {
    let mut copies = BTreeMap::new();
    for letter in mailbox.letters() {
        *copies.entry(letter.header("Message-ID")).or_insert(0) += 1;
    }
    copies
}

/// Where the letters stand, one a line.
fn shown(stands: &[Stand]) -> String {
    stands.iter().map(|stand| format!("{stand:?}\n")).collect()
}

#[test]
fn a_server_that_is_killed_while_it_sends_brings_each_letter_once_or_twice() {
    let until_then = soak_until();
    let (mut round, mut post) = (0, Some(Post::on(Site::set_up())));
    while round < rounds(8) as usize || Instant::now() < until_then {
        let mut now = post.take().unwrap();
        let before = now.mailbox.heard().lines().count();
        let form = now.ada.get("/admin/uploads/new").form("/admin/uploads").with("user_type", "students");
        let roster = format!("first_name,last_name,email,password\nAnn{round},Lee,,\n");
        let sent = now.ada.send(form.with("school_id", "1").file("a.csv", roster));
        assert_eq!(sent.status, 303);
        // Killed after another line of the conversation each time.
        let lines = 1 + round * 5 % 24;
        let began = Instant::now();
        while now.mailbox.heard().lines().count() < before + lines {
            assert!(began.elapsed() < NEVER);
        }
        let Post { server, mailbox, .. } = now;
        let server = Server::open(server.kill());
        let ada = server.ada();
        let again = Post { server, mailbox, ada, changes: 0 };
        again.hurry();
        again.all_ended();
        round += 1;
        post = Some(again);
    }
    let post = post.unwrap();
    until("both letters of each upload", || (post.stands().len() == 2 * round).then_some(()));
    post.all_ended();
    let (stands, copies) = (post.stands(), copies(&post.mailbox));
    assert_eq!(copies.len(), stands.len(), "each letter arrives: {copies:?}\n{}", shown(&stands));
    assert!(copies.values().all(|count| (1..=2).contains(count)), "{copies:?}\n{}", shown(&stands));
    let twice = copies.values().filter(|count| **count == 2).count();
    println!("{round} rounds, {} letters, {twice} of them twice", stands.len());
    post.end();
}

#[test]
fn a_letter_that_was_cut_off_twice_by_a_power_cut_says_so_once() {
    let mut post = Post::open();
    post.mailbox.behave(&serde_json::json!({ "listening": false }));
    let id = post.letter();
    post.tried(id, 1);
    let office = post.server.site.office();
    office.conn.execute("UPDATE letter SET in_doubt = 2", []).unwrap();
    post.mailbox.recover();
    post.hurry();
    until("its end", || (post.stand(id).status == "failed").then_some(()));
    assert!(post.mailbox.letters().is_empty());
    let answer = post.stand(id).answer;
    assert_eq!(answer.matches("handed over twice").count(), 1, "{answer}");
    post.end();
}
