//! *Forgot your password?*: the way back in by email, and nothing that anybody else could make of it.

use crate::mailbox::Letter;
use crate::post::{ADA, ADDRESS, Post};
use crate::serving::until;
use crate::support::PASSWORD;
use crate::visitor::{Answer, Visitor, encoded};

const NEW: &str = "copper owls at dusk";
const MINUTE: i64 = 60 * 1_000;

/// A district with a mailbox that says where browsers find it.
fn district() -> Post {
    let mut post = Post::open();
    post.give_address();
    post
}

/// Asks for a link, as whoever has forgotten their password does.
fn forget(visitor: &mut Visitor, login: &str) -> Answer {
    let form = visitor.get("/forgot").form("/forgot").with("login", login);
    visitor.send(form)
}

/// Asks for a link and gives the letter.
fn letter_for(post: &Post, login: &str) -> Letter {
    let before = post.mailbox.letters().len();
    let answer = forget(&mut post.server.visitor(), login);
    assert_eq!(answer.location(), "/forgot?done=sent");
    post.mailbox.wait_for(before + 1).pop().unwrap()
}

/// The path of the link in a letter, the same in both parts.
fn link_in(letter: &Letter) -> String {
    let plain = letter.plain();
    let link = plain.split_whitespace().find(|word| word.contains("/new-password?link=")).expect("a link");
    let link = link.trim_matches(['<', '>', '.']);
    assert!(letter.html().contains(&format!("href=\"{link}\"")), "{link} in {}", letter.html());
    link.strip_prefix(ADDRESS).expect("the district's own address").to_owned()
}

fn token_of(link: &str) -> &str {
    link.strip_prefix("/new-password?link=").unwrap()
}

/// Opens a link and gives the new password.
fn use_link(visitor: &mut Visitor, link: &str, new_password: &str) -> Answer {
    let page = visitor.get(link);
    page.assert_shows(&[]);
    let form = page.form("/new-password").with("new_password", new_password);
    assert_eq!(form.value("link"), token_of(link));
    visitor.send(form)
}

/// Asserts that a link opens nothing: not its page, nor what its form would do.
fn assert_dead(post: &Post, link: &str, why: &str) {
    let mut visitor = post.server.visitor();
    let page = visitor.get(link);
    assert!(!page.html().contains("name=\"new_password\""), "{why}: {}", page.text());
    let csrf = visitor.get("/login").form("/login").value("csrf").to_owned();
    let fields = [("csrf", &*csrf), ("link", token_of(link)), ("new_password", "some other words here")];
    let answer = visitor.post("/new-password", &fields);
    assert_ne!(answer.status, 303, "{why}");
    assert_ne!(post.server.visitor().sign_in("aadminova", "some other words here").status, 303, "{why}");
}

/// Every table of the database, and its write-ahead log, as bytes.
fn database(post: &Post) -> Vec<u8> {
    let files = ["firstbell.db", "firstbell.db-wal"];
    files
        .iter()
        .flat_map(|name| std::fs::read(post.server.site.data().join(name)).unwrap_or_default())
        .collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn whoever_has_forgotten_their_password_chooses_a_new_one_by_a_link_and_the_old_ends() {
    let mut post = district();
    let mut elsewhere = post.server.signed_in("aadminova", PASSWORD);
    let letter = letter_for(&post, "AAdminova");
    assert_eq!(letter.seen("recipients"), &serde_json::json!([ADA]));
    assert_eq!(letter.header("Auto-Submitted"), "auto-generated");
    let link = link_in(&letter);
    assert!(token_of(&link).len() >= 32, "{link}");
    let mut visitor = post.server.visitor();
    // A look at the page uses nothing up, nor does a password that is too weak.
    visitor.get(&link).assert_shows(&[]);
    let refused = use_link(&mut visitor, &link, "abc");
    refused.assert_refused(&[]);
    assert_eq!(refused.form("/new-password").value("link"), token_of(&link));
    let answer = use_link(&mut visitor, &link, NEW);
    assert!(answer.location().starts_with("/login?done="), "{}", answer.location());
    visitor.follow(&answer).assert_shows(&[]);
    assert_eq!(visitor.sign_in("aadminova", PASSWORD).status, 422);
    assert_eq!(visitor.sign_in(ADA, NEW).location(), "/home");
    assert_eq!(elsewhere.get("/home").location(), "/login");
    assert_eq!(post.ada.get("/admin/members").location(), "/login");
    assert_dead(&post, &link, "it was used");
    // Their mailbox hears of it.
    let told = post.mailbox.wait_for(2).pop().unwrap();
    assert!(!told.holds(NEW) && !told.holds("/new-password?link="));
    assert_eq!(post.stands().last().unwrap().kind, "new_password");
    post.all_ended();
    post.end();
}

#[test]
fn only_the_newest_link_holds_and_only_for_half_an_hour() {
    let post = district();
    let links: Vec<String> = (0..2).map(|_| link_in(&letter_for(&post, ADA))).collect();
    assert_ne!(links[0], links[1]);
    assert_dead(&post, &links[0], "there is a newer one");
    post.server.visitor().get(&links[1]).form("/new-password");
    let age = |minutes: i64| {
        let office = post.server.site.office();
        let now = firstbell::clock::now().as_millisecond();
        let changed =
            office.conn.execute("UPDATE password_link SET made_at = ?1", [now - minutes * MINUTE]).unwrap();
        assert!(changed > 0);
    };
    age(29);
    post.server.visitor().get(&links[1]).form("/new-password");
    age(31);
    assert_dead(&post, &links[1], "it is half an hour old");
    // A link from the future was made before the clock was set back.
    age(-31);
    assert_dead(&post, &links[1], "it lies ahead");
    post.end();
}

#[test]
fn a_link_that_was_never_given_opens_nothing() {
    let post = district();
    let link = link_in(&letter_for(&post, ADA));
    let token = token_of(&link).to_owned();
    for wrong in ["", "x", &token[1..], &format!("{token}A"), "%00", "'%20OR%201=1--"] {
        assert_dead(&post, &format!("/new-password?link={wrong}"), wrong);
    }
    let page = post.server.visitor().get("/new-password");
    assert!([200, 303, 404, 422].contains(&page.status) && !page.html().contains("name=\"new_password\""));
    post.end();
}

/// What can be told from an answer: all but when it was given and the tokens that are drawn anew each time.
fn told(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let headers = answer
        .headers
        .iter()
        .filter(|(name, _)| !["date", "set-cookie"].contains(&name.to_lowercase().as_str()));
    let body = answer.html().split("value=\"").map(|piece| {
        let (value, rest) = piece.split_once('"').unwrap_or(("", piece));
        if value.len() > 30 { rest } else { piece }
    });
    (answer.status, headers.cloned().collect(), body.collect())
}

#[test]
fn nobody_learns_whether_there_is_such_an_account() {
    let mut post = district();
    post.upload("students", "Sam,Small,,\n");
    post.all_ended();
    let before = post.mailbox.letters().len();
    let mut visitor = post.server.visitor();
    let known = forget(&mut visitor, ADA);
    let known_page = visitor.follow(&known);
    // Nobody; nobody with an email; an account that has none; and what is no login at all.
    for login in ["nobody", "nobody@x.example", "ssmall", "", "a\r\nBcc: x@y.example", &"x".repeat(5_000)] {
        let mut visitor = post.server.visitor();
        let answer = forget(&mut visitor, login);
        assert_eq!(told(&answer), told(&known), "{login:?}");
        assert_eq!(told(&visitor.follow(&answer)), told(&known_page), "{login:?}");
    }
    post.mailbox.wait_for(before + 1);
    let letters = post.all_ended();
    assert_eq!(letters.len(), before + 1, "one letter, to the one that there is");
    post.end();
}

#[test]
fn who_is_suspended_gets_no_link_that_lets_them_in() {
    let mut post = district();
    post.upload("teachers", "Tess,Teacher,tess@x.example,a lamp and a lamp\n");
    post.all_ended();
    let id = post.server.site.count("SELECT id FROM account WHERE username = 'tteacher'");
    let member = format!("/admin/members/{id}");
    let link = link_in(&letter_for(&post, "tteacher"));
    let form = post.ada.get(&member).form(&format!("{member}/suspension"));
    assert_eq!(post.ada.send(form).status, 303);
    let mut visitor = post.server.visitor();
    let page = visitor.get(&link);
    if page.html().contains("name=\"new_password\"") {
        visitor.send(page.form("/new-password").with("new_password", NEW));
    }
    assert_ne!(visitor.sign_in("tteacher", NEW).status, 303);
    let letters = post.all_ended().len();
    assert_eq!(forget(&mut post.server.visitor(), "tteacher").location(), "/forgot?done=sent");
    post.all_ended();
    let more = post.mailbox.letters().split_off(letters);
    assert!(more.iter().all(|letter| !letter.holds("/new-password?link=")));
    post.end();
}

#[test]
fn a_link_never_comes_from_what_the_browser_says_the_server_is_called() {
    let mut post = district();
    let mut visitor = post.server.visitor();
    let form = visitor.get("/forgot").form("/forgot").with("login", ADA);
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&form.fields).finish();
    let headers = [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Host", "evil.example"),
        ("X-Forwarded-Host", "evil.example"),
        ("Forwarded", "host=evil.example"),
    ];
    let answer = visitor.ask("POST", "/forgot", &headers, Some(body.into_bytes()));
    let letters = post.all_ended();
    assert_eq!(letters.len(), usize::from(answer.status == 303), "{}", answer.status);
    for letter in letters {
        assert!(!letter.holds("evil.example"));
        link_in(&letter);
    }
    // Without an address of its own there is nothing a link could begin with.
    let form = post.ada.get("/admin/settings").form("/admin/settings").with("address", "");
    assert_eq!(post.ada.send(form).status, 303);
    let before = post.stands().len();
    let mut visitor = post.server.visitor();
    assert!(!visitor.get("/forgot").html().contains("name=\"login\""), "there is nothing to fill in");
    let csrf = visitor.get("/login").form("/login").value("csrf").to_owned();
    let answer = visitor.post("/forgot", &[("csrf", &csrf), ("login", ADA)]);
    assert_eq!(answer.location(), "/forgot?done=sent");
    assert_eq!(post.stands().len(), before);
    post.end();
}

/// Asks again and again until that is refused; gives how often it was not.
fn asks_until_refused(visitor: &mut Visitor, login: &str) -> usize {
    for asked in 0..30 {
        let answer = forget(visitor, login);
        if answer.status == 429 {
            assert!(answer.header("Retry-After").parse::<u32>().unwrap() > 0);
            return asked;
        }
        assert_eq!(answer.location(), "/forgot?done=sent");
    }
    panic!("{login} may ask as often as it likes");
}

#[test]
fn nobody_is_buried_in_letters_and_whoever_asks_too_often_has_to_wait() {
    let post = district();
    let mut visitor = post.server.visitor();
    let letters = asks_until_refused(&mut visitor, ADA);
    assert!((2..12).contains(&letters), "{letters}");
    assert!(asks_until_refused(&mut visitor, &format!(" {} ", ADA.to_uppercase())) < letters);
    // The username does not tell that it belongs to the email: it is as a name that nobody has.
    assert!(asks_until_refused(&mut visitor, "aadminova") >= 2);
    assert!(asks_until_refused(&mut post.server.visitor(), "nobody@x.example") >= 2);
    assert!(post.all_ended().len() < 30);
    // Whoever knows their password still gets in.
    post.server.signed_in("aadminova", PASSWORD);
    post.end();
}

#[test]
fn the_secret_of_a_link_stands_in_no_database_and_on_no_page() {
    let mut post = district();
    post.mailbox.behave(&serde_json::json!({ "listening": false }));
    assert_eq!(forget(&mut post.server.visitor(), ADA).location(), "/forgot?done=sent");
    until("the letter", || (!post.stands().is_empty()).then_some(()));
    let id = post.stands()[0].id;
    let mut pages = vec![post.ada.get("/admin/mail"), post.ada.get(&format!("/admin/mail/{id}"))];
    let before = database(&post);
    post.mailbox.recover();
    post.hurry();
    let letter = post.mailbox.wait_for(1).pop().unwrap();
    let token = token_of(&link_in(&letter)).to_owned();
    post.all_ended();
    pages.extend([post.ada.get("/admin/mail"), post.ada.get(&format!("/admin/mail/{id}"))]);
    for page in &pages {
        page.assert_shows(&[ADA]);
        assert!(!page.html().contains(&token) && !page.html().contains(&encoded(&token)));
    }
    assert!(!holds(&before, &token) && !holds(&database(&post), &token));
    assert!(holds(&database(&post), ADA), "the search finds what is there");
    let site = &post.server.site;
    assert_eq!(site.count("SELECT count(*) FROM letter WHERE sealed_link IS NOT NULL"), 0);
    assert!(!post.server.said().contains(&token));
    post.end();
}
