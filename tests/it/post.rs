//! A district with a mail server, and an administrator in front of it.

use crate::checks::settled;
use crate::mailbox::{Letter, Mailbox};
use crate::serving::{Server, until};
use crate::support::Site;
use crate::visitor::{Answer, Visitor};
use serde_json::{Value, json};

pub(crate) const SENDER: &str = "accounts@springfield.example";
pub(crate) const ADDRESS: &str = "https://accounts.springfield.example";
pub(crate) const ADA: &str = "ada@springfield.example";
/// What a mail server says that wants to see who comes again.
pub(crate) const LATER: &str = "451 4.7.1 Greylisted, come again later";
/// The password of those who have one.
pub(crate) const LAMP: &str = "a lamp in the office";
const HEADER: &str = "first_name,last_name,email,password\n";

/// A district that sends its letters to a mailbox.
pub(crate) struct Post {
    pub(crate) server: Server,
    pub(crate) mailbox: Mailbox,
    /// The district's administrator, in the Admin Account.
    pub(crate) ada: Visitor,
    /// How often Nora's email was changed.
    pub(crate) changes: u32,
}

/// Where a letter stands, in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stand {
    pub(crate) id: i64,
    pub(crate) kind: String,
    pub(crate) to: String,
    pub(crate) status: String,
    pub(crate) tries: i64,
    pub(crate) in_doubt: i64,
    pub(crate) answer: String,
    /// In milliseconds since 1970.
    pub(crate) next_try_at: i64,
}

impl Post {
    /// A district whose letters go to a mailbox that behaves well.
    pub(crate) fn open() -> Post {
        Post::on(Site::set_up())
    }

    /// The same on this folder.
    pub(crate) fn on(site: Site) -> Post {
        let mut post = Post::unconnected(site);
        post.connect("none", "", "");
        post
    }

    /// A mailbox, and a district that does not know of it yet.
    pub(crate) fn unconnected(site: Site) -> Post {
        let mailbox = Mailbox::open();
        let server = Server::open_with(site, &[("SSL_CERT_FILE", &mailbox.authority())]);
        let ada = server.ada();
        Post { server, mailbox, ada, changes: 0 }
    }

    /// Fills in the mail server's settings.
    pub(crate) fn connect(&mut self, security: &str, username: &str, password: &str) {
        let port = self.mailbox.port.to_string();
        let form = self.ada.get("/admin/settings").form("/admin/settings/mail");
        let form = form.with("host", "127.0.0.1").with("port", &port).with("security", security);
        let form = form.with("username", username).with("password", password).with("sender", SENDER);
        let saved = self.ada.send(form);
        assert!(saved.location().starts_with("/admin/settings?done=mail"), "{}", saved.location());
    }

    /// Stops Firstbell, and starts it again after something has changed at the mailbox.
    pub(crate) fn restarted(self, change: impl FnOnce(&mut Mailbox)) -> Post {
        let Post { server, mut mailbox, changes, .. } = self;
        let site = server.stop();
        change(&mut mailbox);
        let server = Server::open(site);
        let ada = server.ada();
        Post { server, mailbox, ada, changes }
    }

    /// Says where browsers find Firstbell.
    pub(crate) fn give_address(&mut self) {
        let form = self.ada.get("/admin/settings").form("/admin/settings").with("address", ADDRESS);
        let saved = self.ada.send(form);
        assert_eq!(saved.status, 303, "{}", saved.text());
    }

    /// Uploads a roster as the district's administrator, for Lincoln High, and waits for the end of the job.
    pub(crate) fn upload(&mut self, kind: &str, lines: &str) -> i64 {
        upload(&self.server, &mut self.ada, kind, "people.csv", lines)
    }

    /// Uploads a teacher of a school and makes them its administrator. Gives them, signed in, in the Admin Account.
    pub(crate) fn school_administrator(&mut self, school: i64, line: &str) -> Visitor {
        let form = self.ada.get("/admin/uploads/new").form("/admin/uploads").with("user_type", "teachers");
        let form = form.with("school_id", &school.to_string());
        let sent = self.ada.send(form.file("teacher.csv", format!("{HEADER}{line},{LAMP}\n")));
        assert_eq!(sent.status, 303, "{}", sent.text());
        finish(&self.server);
        let id = self.server.site.count("SELECT max(id) FROM account");
        let member = format!("/admin/members/{id}");
        let form = self.ada.get(&member).form(&format!("{member}/administers"));
        assert_eq!(self.ada.send(form.with("administers", "school")).status, 303);
        self.server.admin(line.rsplit(',').next().unwrap(), LAMP)
    }

    /// A letter to try things with: Nora's email is changed, and her old address hears of it. Gives its number.
    pub(crate) fn letter(&mut self) -> i64 {
        let site = &self.server.site;
        if self.changes == 0 {
            let file = site.roster("nora.csv", "Nora,Newmail,nora0@x.example,\n");
            assert_eq!(site.import("students", &file).status, Some(0));
        }
        self.changes += 1;
        let id = site.count("SELECT id FROM account WHERE username = 'nnewmail'");
        let member = format!("/admin/members/{id}");
        let form = self.ada.get(&member).form(&format!("{member}/email"));
        let changed = self.ada.send(form.with("email", &format!("nora{}@x.example", self.changes)));
        assert_eq!(changed.status, 303, "{}", changed.text());
        self.server.site.count("SELECT max(id) FROM letter")
    }

    /// Has the test letter sent, which is tried once. Gives its number, and the page that follows.
    pub(crate) fn test_letter(&mut self) -> (i64, Answer) {
        let form = self.ada.get("/admin/settings").form("/admin/settings/test-letter");
        let sent = self.ada.send(form);
        let id = sent.location().strip_prefix("/admin/mail/").expect("the letter's page").parse().unwrap();
        (id, self.ada.follow(&sent))
    }

    /// Where the letters stand, in the order they were written.
    pub(crate) fn stands(&self) -> Vec<Stand> {
        let office = self.server.site.office();
        let mut query = office
            .conn
            .prepare(
                "SELECT id, kind, to_email, status, tries, in_doubt, answer, next_try_at FROM letter ORDER BY id",
            )
            .unwrap();
        let rows = query.query_map([], |row| {
            Ok(Stand {
                id: row.get(0)?,
                kind: row.get(1)?,
                to: row.get(2)?,
                status: row.get(3)?,
                tries: row.get(4)?,
                in_doubt: row.get(5)?,
                answer: row.get(6)?,
                next_try_at: row.get(7)?,
            })
        });
        rows.unwrap().map(Result::unwrap).collect()
    }

    /// Where one letter stands.
    pub(crate) fn stand(&self, id: i64) -> Stand {
        self.stands().into_iter().find(|stand| stand.id == id).expect("the letter")
    }

    /// Waits until what came of a letter's try is written down, and gives where it stands. No letter is tried again by itself
    /// after that: it is hurried, or the button is pressed.
    pub(crate) fn tried(&self, id: i64, tries: i64) -> Stand {
        until(&format!("try {tries} of letter {id}"), || {
            let stand = self.stand(id);
            let is_put_off = stand.next_try_at > firstbell::clock::now().as_millisecond();
            let is_noted = stand.tries >= tries && (is_put_off || stand.status != "queued");
            (is_noted && self.hold_back() && self.stand(id).tries == stand.tries).then_some(stand)
        })
    }

    /// Has the letters that were put off wait for longer than any test takes. Says whether none is due before that.
    fn hold_back(&self) -> bool {
        let office = self.server.site.office();
        let now = firstbell::clock::now().as_millisecond();
        // What is due so soon may be on its way.
        let (soon, later) = (now + 3_000, now + 50 * 60 * 1_000);
        let change = "UPDATE letter SET next_try_at = ?2 WHERE status = 'queued' AND next_try_at > ?1";
        office.conn.execute(change, [soon, later]).unwrap();
        let due = "SELECT count(*) FROM letter WHERE status = 'queued' AND next_try_at <= ?1";
        office.conn.query_row(due, [soon], |row| row.get::<_, i64>(0)).unwrap() == 0
    }

    /// Waits until no letter is queued, and gives those that the mailbox took.
    pub(crate) fn all_ended(&self) -> Vec<Letter> {
        until("the end of every letter", || {
            self.stands().iter().all(|stand| stand.status != "queued").then_some(())
        });
        self.mailbox.letters()
    }

    /// The next try of every letter is due, as if the pause were over.
    pub(crate) fn hurry(&self) {
        let office = self.server.site.office();
        office.conn.execute("UPDATE letter SET next_try_at = 0 WHERE status = 'queued'", []).unwrap();
    }

    /// Asserts that a letter arrived once, and that its try before failed.
    pub(crate) fn assert_taken_at_the_second_try(&self, id: i64, letters: &[Letter]) {
        assert_eq!(letters.len(), 1);
        let stand = self.stand(id);
        assert_eq!((&*stand.status, stand.tries), ("sent", 2), "{stand:?}");
    }

    /// Presses *Send now* on the page of all letters.
    pub(crate) fn send_now(&mut self, id: i64) -> Answer {
        let form = self.ada.get("/admin/mail").form(&format!("/admin/mail/{id}/send"));
        let sent = self.ada.send(form);
        assert_eq!(sent.status, 303, "{}", sent.text());
        self.ada.follow(&sent)
    }

    /// Ends the test: the mailbox has met no fault, and all is in order.
    pub(crate) fn end(self) {
        self.mailbox.assert_well_spoken();
        self.server.end();
    }
}

/// Uploads a roster, for Lincoln High if there is a choice, and waits for the end of the job.
pub(crate) fn upload(server: &Server, admin: &mut Visitor, kind: &str, file_name: &str, lines: &str) -> i64 {
    let mut form = admin.get("/admin/uploads/new").form("/admin/uploads").with("user_type", kind);
    if form.has("school_id") {
        form = form.with("school_id", "1");
    }
    let sent = admin.send(form.file(file_name, format!("{HEADER}{lines}")));
    assert_eq!(sent.status, 303, "{}", sent.text());
    finish(server)
}

/// Waits until every job is done. Gives the Job ID of the last upload.
fn finish(server: &Server) -> i64 {
    settled(server);
    assert_eq!(server.site.count("SELECT count(*) FROM upload WHERE status <> 'succeeded'"), 0);
    server.site.count("SELECT max(id) FROM upload")
}

/// A mail server that asks for a password, `signs in and out`, after this kind of encryption.
pub(crate) fn with_login(security: &str, mechanism: &str) -> Value {
    json!({ "security": security, "login": ["firstbell", "signs in and out"], "mechanisms": [mechanism] })
}
