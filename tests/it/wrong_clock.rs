//! A clock that is ten years ahead or behind, and is set right again (QUALITY R11).

use crate::faults::Faults;
use crate::mailbox::Mailbox;
use crate::post::Post;
use crate::serving::{Server, until};
use crate::support::{PASSWORD, Site};
use firstbell::folder::Folder;
use firstbell::store::snapshots;
use jiff::SignedDuration;
use std::fs;

/// In seconds.
const TEN_YEARS: i64 = 3_653 * 24 * 60 * 60;

#[test]
fn a_session_that_has_run_out_by_a_wrong_clock_does_not_come_back_when_it_is_set_right() {
    let site = Site::set_up();
    let faults = Faults::of(&site);
    let server = Server::open_with(site, &faults.environment());
    for jump in [TEN_YEARS, -TEN_YEARS] {
        faults.clock(0);
        let mut before = server.ada();
        faults.clock(jump);
        assert_eq!(before.get("/account").location(), "/login", "{jump}");
        let mut meanwhile = server.ada();
        faults.clock(0);
        for browser in [&mut before, &mut meanwhile] {
            assert_eq!(browser.get("/account").location(), "/login", "{jump}");
        }
        faults.clock(jump);
        for browser in [&mut before, &mut meanwhile] {
            assert_eq!(browser.get("/account").location(), "/login", "{jump}");
        }
    }
    server.end();
}

#[test]
fn nobody_is_locked_out_for_good_by_guesses_that_a_wrong_clock_has_dated() {
    let site = Site::set_up();
    let faults = Faults::of(&site);
    let server = Server::open_with(site, &faults.environment());
    for [guessed, right] in [[TEN_YEARS, 0], [0, TEN_YEARS], [-TEN_YEARS, 0], [0, -TEN_YEARS]] {
        faults.clock(guessed);
        server.guess_too_often("aadminova");
        faults.clock(right);
        assert_eq!(server.visitor().sign_in("aadminova", PASSWORD).location(), "/home", "{guessed}, {right}");
    }
    faults.clock(0);
    server.end();
}

#[test]
fn uploads_letters_drafts_and_snapshots_go_on_by_a_wrong_clock_and_after_it_is_set_right() {
    let site = Site::set_up();
    let backups = site.data().join("backups");
    fs::create_dir(&backups).unwrap();
    let of_days: Vec<_> =
        (10..20).map(|day| backups.join(format!("firstbell-202510{day}-120000.db"))).collect();
    of_days.iter().for_each(|path| fs::write(path, "of a day").unwrap());
    let faults = Faults::of(&site);
    let server = Server::open_with(site, &faults.environment());
    let ada = server.ada();
    let mut post = Post { server, mailbox: Mailbox::open(), ada, changes: 0 };
    post.connect("none", "", "");
    let count = || fs::read_dir(&backups).unwrap().count();
    let mut letters = 0;
    for jump in [TEN_YEARS, 0, -TEN_YEARS, 0, TEN_YEARS, -TEN_YEARS, 0] {
        // What waits for the mail server goes out after the jump.
        post.mailbox.behave(&serde_json::json!({ "listening": false }));
        post.upload("students", "Ann,Lee,,\n");
        letters += 2;
        until("the try of both letters", || {
            let tried = |stand: &crate::post::Stand| stand.tries > 0 || stand.status != "queued";
            (post.stands().len() == letters && post.stands().iter().all(tried)).then_some(())
        });
        let page = post.ada.get("/admin/uploads/new");
        let form = page.form("/admin/uploads").with("user_type", "students").with("school_id", "1");
        let roster = "first_name,last_name,email,password\nBen,Lee,,violet kettle\n";
        let checked = post.ada.send(form.press("Check the file").file("b.csv", roster));
        assert!(checked.location().contains("/admin/"), "{}", checked.location());
        faults.clock(jump);
        post.mailbox.recover();
        post.ada = post.server.ada();
        // By a clock that went back, too: the next try is not ten years away.
        assert_eq!(post.all_ended().len(), letters, "{jump}");
        until("the draft's end", || {
            (post.server.site.count("SELECT count(*) FROM draft") == 0).then_some(())
        });
        post.upload("students", "Cyd,Lee,,\n");
        letters += 2;
        until("two more letters", || (post.stands().len() == letters).then_some(()));
        assert_eq!(post.all_ended().len(), letters, "{jump}");
        assert!(of_days.iter().all(|path| path.exists()), "a wrong clock took snapshots away");
    }
    // Those that a wrong clock has dated ahead do not stand in the way of today's.
    let folder = Folder::existing(&post.server.site.data()).unwrap();
    until("a snapshot of today", || {
        let now = firstbell::clock::now();
        let newest = snapshots::newest(&folder, now).unwrap();
        newest.filter(|newest| newest.duration_until(now).abs() < SignedDuration::from_hours(1))
    });
    until("the newest snapshots", || (count() >= of_days.len() + 5).then_some(()));
    assert!(post.stands().iter().all(|stand| stand.status == "sent"));
    faults.clock(0);
    post.end();
}
