//! Who may do what: one table of every address, every kind of visitor, and things of their own school and of another.
//!
//! An address of `src/web/routes.rs` without a row here fails, and so does a row without an address.

use crate::serving::Server;
use crate::support::{PASSWORD, SCHOOL, Site};
use crate::visitor::{Answer, Form, Visitor};
use firstbell::actions::{self, Destination, Office};
use firstbell::domain::{AccountId, Admin, Administers, SchoolId, Scope, UserType};
use std::collections::{BTreeMap, BTreeSet};

const OTHER: &str = "Hilltop Primary";

/// The visitors, in the order of the table's columns: a name, the login, whether they have switched. All but the last
/// two are of Lincoln High.
const VISITORS: [(&str, Option<&str>, bool); 8] = [
    ("signed out", None, false),
    ("student", Some("ssmall"), false),
    ("parent", Some("ppapa"), false),
    ("teacher", Some("tteacher"), false),
    ("school administrator as a teacher", Some("ooffice"), false),
    ("school administrator", Some("ooffice"), true),
    ("other school's administrator", Some("hhill"), true),
    ("district administrator", Some("aadminova"), true),
];

/// A row: method, address, what is posted, and the answers: one letter for each visitor, in their order.
///
/// `L` to the log-in, `F` 403, `N` 404, `S` 200: shown, `D` 303: done, `R` 422: may be done, were it filled in right.
///
/// If there are two words, the thing in braces is Lincoln High's in the first and Hilltop Primary's in the second.
type Row = (&'static str, &'static str, &'static [(&'static str, &'static str)], &'static str);

const TABLE: &[Row] = &[
    ("GET", "/", &[], "LDDDDDDD"),
    ("GET", "/healthz", &[], "SSSSSSSS"),
    ("GET", "/static/{file}", &[], "SSSSSSSS"),
    ("GET", "/setup", &[], "NNNNNNNN"),
    ("POST", "/setup", &[("district", "Evil")], "NNNNNNNN"),
    ("GET", "/login", &[], "SDDDDDDD"),
    ("POST", "/login", &[("login", "nobody{n}"), ("password", "x")], "RRRRRRRR"),
    ("POST", "/logout", &[], "LLLLLLLL"),
    ("GET", "/forgot", &[], "SSSSSSSS"),
    ("POST", "/forgot", &[("login", "nobody{n}")], "DDDDDDDD"),
    ("GET", "/new-password", &[], "NNNNNNNN"),
    ("POST", "/new-password", &[("link", "0"), ("new_password", "x")], "NNNNNNNN"),
    ("GET", "/home", &[], "LSSSSSSS"),
    ("GET", "/account", &[], "LSSSSSSS"),
    ("POST", "/account/email", &[("email", "nowhere"), ("current_password", "{password}")], "LRRRRRRR"),
    ("POST", "/account/password", &[("new_password", "x"), ("current_password", "{password}")], "LRRRRRRR"),
    ("POST", "/switch", &[("to", "admin")], "LFFFDDDD"),
    ("POST", "/switch", &[("to", "teacher")], "LFFFDDDD"),
    ("GET", "/admin/members", &[], "LFFFFSSS"),
    ("GET", "/admin/members/{member}", &[], "LFFFFSNS LFFFFNSS"),
    ("GET", "/admin/members/{member}/password", &[], "LFFFFSNS LFFFFNSS"),
    (
        "POST",
        "/admin/members/{member}/name",
        &[("first_name", "Kit"), ("last_name", "Kid")],
        "LFFFFDND LFFFFNDD",
    ),
    ("POST", "/admin/members/{member}/email", &[("email", "nowhere")], "LFFFFRNR LFFFFNRR"),
    ("POST", "/admin/members/{member}/password", &[("password", "x")], "LFFFFRNR LFFFFNRR"),
    ("POST", "/admin/members/{member}/school", &[("school_id", "{school}")], "LFFFFFFR LFFFFFFR"),
    ("POST", "/admin/members/{member}/suspension", &[("suspended", "no")], "LFFFFDND LFFFFNDD"),
    ("POST", "/admin/members/{member}/administers", &[("administers", "school")], "LFFFFRNR LFFFFNRR"),
    ("GET", "/admin/members/{member}/remove", &[], "LFFFFSNS LFFFFNSS"),
    ("GET", "/admin/schools", &[], "LFFFFFFS"),
    ("POST", "/admin/backup", &[("current_password", "wrong")], "LFFFFFFR"),
    ("GET", "/admin/backup.db", &[], "LFFFFFFD"),
    ("POST", "/admin/schools", &[("name", "")], "LFFFFFFR"),
    ("POST", "/admin/schools/{school}", &[("name", "")], "LFFFFFFR LFFFFFFR"),
    ("GET", "/admin/sample.csv", &[], "LFFFFSSS"),
    ("GET", "/admin/uploads/new", &[], "LFFFFSSS"),
    ("GET", "/admin/uploads", &[], "LFFFFSSS"),
    ("POST", "/admin/uploads", &[("user_type", "students")], "LFFFFRRR"),
    ("GET", "/admin/uploads/{upload}", &[], "LFFFFSNS LFFFFNSS"),
    ("GET", "/admin/uploads/{upload}/results.csv", &[], "LFFFFSNS LFFFFNSS"),
    ("GET", "/admin/cards?upload={upload}", &[], "LFFFFSNS LFFFFNSS"),
    ("GET", "/admin/cards?school={school}", &[], "LFFFFSNS LFFFFNSS"),
    ("GET", "/admin/cards?member={member}", &[], "LFFFFSNS LFFFFNSS"),
    ("GET", "/admin/cards", &[], "LFFFFRRR"),
    ("GET", "/admin/cards.csv?upload={upload}", &[], "LFFFFSNS LFFFFNSS"),
    ("GET", "/admin/cards.csv?school={school}", &[], "LFFFFSNS LFFFFNSS"),
    ("GET", "/admin/cards.csv?member={member}", &[], "LFFFFSNS LFFFFNSS"),
    ("GET", "/admin/uploads/{upload}/failed.csv", &[], "LFFFFSNS LFFFFNSS"),
    ("GET", "/admin/uploads/{upload}/mend", &[], "LFFFFSNS LFFFFNSS"),
    (
        "POST",
        "/admin/uploads/{upload}/mend",
        &[("lines", "2"), ("first_name-2", "Evil")],
        "LFFFFRNR LFFFFNRR",
    ),
    ("GET", "/admin/uploads/{upload}/undo", &[], "LFFFFSNS LFFFFNSS"),
    ("GET", "/admin/mail", &[], "LFFFFFFS"),
    ("GET", "/admin/mail/{letter}", &[], "LFFFFFFS"),
    ("POST", "/admin/mail/{letter}/send", &[], "LFFFFFFD"),
    ("GET", "/admin/audit", &[], "LFFFFFFS"),
    ("GET", "/admin/settings", &[], "LFFFFFFS"),
    ("POST", "/admin/settings", &[("district", "")], "LFFFFFFR"),
    ("POST", "/admin/settings/kept", &[("letters_kept", "0")], "LFFFFFFR"),
    ("POST", "/admin/settings/mail", &[("host", "mail.x.example"), ("port", "x")], "LFFFFFFR"),
    ("POST", "/admin/settings/test-letter", &[], "LFFFFFFR"),
    ("GET", "/admin/checks", &[], "LFFFFSSS"),
    // A draft is its own administrator's, and nobody else's.
    ("GET", "/admin/checks/{draft}", &[], "LFFFFSNN LFFFFNSN"),
    ("POST", "/admin/checks/{draft}/answers", &[("short_rows", "blank")], "LFFFFDNN LFFFFNDN"),
    (
        "POST",
        "/admin/checks/{draft}/lines",
        &[("all", "leave_out"), ("revision", "{revision}")],
        "LFFFFDNN LFFFFNDN",
    ),
    ("POST", "/admin/checks/{stale}/create", &[("revision", "{revision}")], "LFFFFRNN LFFFFNRN"),
    ("POST", "/admin/checks/{draft}/discard", &[], "LFFFFDNN LFFFFNDN"),
    // It can be done once.
    ("POST", "/admin/uploads/{unused}/undo", &[], "LFFFFDNR LFFFFNDR"),
    // So can this; for whoever comes next there is nobody.
    ("POST", "/admin/members/{member}/remove", &[], "LFFFFDNN LFFFFNDN"),
];

fn password_of(username: &str) -> String {
    if username == "aadminova" { PASSWORD.to_owned() } else { format!("{username} and a lamp") }
}

/// Two schools, and in each a student `Kit Kid` with a generated password, on whom the table is tried.
struct District {
    server: Server,
    /// For each school, what stands for `{member}`, `{school}`, `{upload}`; `{unused}`: an upload whose people nobody has
    /// met; `{draft}` and `{stale}`: files that its administrator checked, the second before the district changed.
    things: [BTreeMap<&'static str, i64>; 2],
    visitors: BTreeMap<usize, Visitor>,
    asked: usize,
}

/// Has a school's administrator check two files, and changes what was announced for the second.
fn hand_in_drafts(office: &mut Office, school: i64, by: AccountId) -> [i64; 2] {
    let admin = Admin { account: by, scope: Scope::School(SchoolId(school)) };
    let to =
        Destination { school: SchoolId(school), kind: UserType::Student, by: Some(by), who_chooses: None };
    let file = || ("a.csv", b"first_name,last_name,email,password\nDina,Draft,,\n".to_vec().into());
    let ids = [(); 2].map(|()| {
        let now = firstbell::clock::now();
        actions::hand_in_draft(&mut office.conn, &office.key, &admin, &to, file(), now).unwrap().0
    });
    let stale = "UPDATE draft_record SET username = 'ddraft9' WHERE draft_id = ?1";
    assert_eq!(office.conn.execute(stale, [ids[1]]).unwrap(), 1);
    ids
}

impl District {
    fn open() -> District {
        let site = Site::set_up();
        site.add_school(OTHER);
        for (school, kind, lines) in [
            (SCHOOL, "students", "Kit,Kid,,\nSam,Small,,ssmall and a lamp\n"),
            (OTHER, "students", "Kit,Kid,,\n"),
            (SCHOOL, "parents", "Pia,Papa,pia@x.example,ppapa and a lamp\n"),
            (SCHOOL, "teachers", "Tess,Teacher,tess@x.example,tteacher and a lamp\n"),
            (SCHOOL, "teachers", "Olga,Office,olga@x.example,ooffice and a lamp\n"),
            (OTHER, "teachers", "Hugo,Hill,hugo@x.example,hhill and a lamp\n"),
            (SCHOOL, "students", "Uma,Unused,,\n"),
            (OTHER, "students", "Udo,Unused,,\n"),
        ] {
            let file = site.roster("people.csv", lines);
            let ran = site.run(&["import", "--school", school, "--type", kind, file.to_str().unwrap()], "");
            assert_eq!(ran.status, Some(0), "{}", ran.err);
        }
        let mut office = site.office();
        let id = |office: &Office, login| actions::find_login(&office.conn, login).unwrap().unwrap().id;
        let ada = Admin { account: id(&office, "aadminova"), scope: Scope::District };
        for login in ["ooffice", "hhill"] {
            let (teacher, right) = (id(&office, login), Some(Administers::School));
            let now = firstbell::clock::now();
            actions::set_administers(&mut office.conn, &ada, teacher, right, now).unwrap();
        }
        let own = [(1, "ooffice"), (2, "hhill")];
        let drafts = own.map(|(school, login)| {
            let by = id(&office, login);
            hand_in_drafts(&mut office, school, by)
        });
        office.close();
        let of = |query: &str, school: i64| site.count(&format!("{query} WHERE school_id = {school}"));
        let things = [(1, drafts[0]), (2, drafts[1])].map(|(school, [draft, stale])| {
            let member = of("SELECT min(id) FROM account", school).max(2);
            BTreeMap::from([
                ("{member}", member),
                ("{school}", school),
                ("{upload}", of("SELECT min(id) FROM upload", school)),
                ("{unused}", of("SELECT max(id) FROM upload", school)),
                ("{draft}", draft),
                ("{stale}", stale),
            ])
        });
        let names = "SELECT count(*) FROM account WHERE first_name = 'Kit' AND id IN";
        let kids = format!("{names} ({}, {})", things[0]["{member}"], things[1]["{member}"]);
        assert_eq!(site.count(&kids), 2);
        District { server: Server::open(site), things, visitors: BTreeMap::new(), asked: 0 }
    }

    /// The visitor of a column, signed in as they should be.
    fn visitor(&mut self, column: usize) -> &mut Visitor {
        let server = &self.server;
        self.visitors.entry(column).or_insert_with(|| match VISITORS[column] {
            (_, None, _) => server.visitor(),
            (_, Some(login), false) => server.signed_in(login, &password_of(login)),
            (_, Some(login), true) => server.admin(login, &password_of(login)),
        })
    }

    /// Does what a row says, as the visitor of a column, with a token of their own.
    fn ask(&mut self, row: &Row, column: usize, school: usize) -> Answer {
        let (method, path, fields, _) = row;
        self.asked += 1;
        let asked = self.asked.to_string();
        let things = self.things[school].clone();
        let draft = if path.contains("{stale}") { "{stale}" } else { "{draft}" };
        let revision = self.revision(things[draft]);
        let fill = |text: &str| {
            let password = VISITORS[column].1.map(password_of).unwrap_or_default();
            let text =
                text.replace("{password}", &password).replace("{n}", &asked).replace("{revision}", &revision);
            // Those that were made administrators were told so.
            let text = text.replace("{file}", "firstbell.css").replace("{letter}", "1");
            things.iter().fold(text, |text, (name, id)| text.replace(name, &id.to_string()))
        };
        let is_signed_out = VISITORS[column].1.is_none();
        let visitor = self.visitor(column);
        if *method == "GET" {
            return visitor.get(&fill(path));
        }
        let page = visitor.get(if is_signed_out { "/login" } else { "/home" });
        let own = page.form(if is_signed_out { "/login" } else { "/logout" });
        let fields: Vec<(String, String)> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), fill(value))).collect();
        let mut form = Form::of(&fill(path), &[("csrf", own.value("csrf"))]);
        form.fields.extend(fields);
        let session = visitor.cookies.get("firstbell_session").cloned();
        let answer = visitor.send(form);
        if visitor.cookies.get("firstbell_session") != session.as_ref() {
            // They are somebody else now, or have another face: the next row begins anew.
            self.visitors.remove(&column);
        }
        answer
    }

    /// Which announcement of a draft its page shows; that of none is 0.
    fn revision(&self, draft: i64) -> String {
        let conn = self.server.site.office().conn;
        conn.query_row("SELECT coalesce(max(revision), 0) FROM draft WHERE id = ?1", [draft], |row| {
            row.get::<_, i64>(0)
        })
        .unwrap()
        .to_string()
    }

    fn refusals(&self) -> i64 {
        self.server.site.count("SELECT count(*) FROM audit WHERE deed = 'was_refused'")
    }

    /// What there is, the audit log apart: what was refused is noted there.
    fn what_is(&self) -> String {
        self.server.snapshot().split("audit:").next().unwrap().to_owned()
    }
}

fn letter(answer: &Answer) -> char {
    match answer.status {
        200 => 'S',
        303 if answer.location() == "/login" => 'L',
        303 => 'D',
        403 => 'F',
        404 => 'N',
        422 => 'R',
        _ => '?',
    }
}

#[test]
fn everybody_reaches_what_is_theirs_and_nothing_else() {
    let mut district = District::open();
    let mut wrong = Vec::new();
    // The first sign-in of each is noted; it is none of the table's.
    for column in 0..VISITORS.len() {
        district.visitor(column);
    }
    for row in TABLE {
        let (method, path, _, answers) = row;
        for (school, expected) in answers.split(' ').enumerate() {
            assert_eq!(expected.len(), VISITORS.len(), "{method} {path}");
            let before = district.what_is();
            let refusals = district.refusals();
            let found: String =
                (0..VISITORS.len()).map(|column| letter(&district.ask(row, column, school))).collect();
            let row = format!("{method} {path} of {}", [SCHOOL, OTHER][school]);
            if found != expected {
                wrong.push(format!("{row}: {found}, not {expected}"));
            }
            if (*method == "GET" || !expected.contains('D')) && district.what_is() != before {
                wrong.push(format!("{row}: something was changed"));
            }
            let noted = district.refusals() - refusals;
            let not_found = if path.starts_with("/admin/") { 'N' } else { 'F' };
            if usize::try_from(noted).unwrap() != expected.matches(['F', not_found]).count() {
                wrong.push(format!("{row}: {noted} refusals are in the audit log"));
            }
        }
    }
    assert!(wrong.is_empty(), "visitors: {VISITORS:?}\n{}", wrong.join("\n"));
    let jobs = "SELECT count(*) FROM job";
    crate::serving::until("the jobs", || (district.server.site.count(jobs) == 0).then_some(()));
    district.server.end();
}

#[test]
fn every_address_has_a_row_and_every_row_an_address() {
    let source = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/web/routes.rs")).unwrap();
    let source = source.split("#[cfg(test)]").next().unwrap();
    let mut addresses = BTreeSet::new();
    for (word, method) in [("Get, [", "GET"), ("Post, [", "POST")] {
        for arm in source.split(word).skip(1) {
            let parts = arm.split(']').next().unwrap().split(", ").filter(|part| !part.is_empty());
            let part = |part: &str| match part.strip_prefix('"') {
                Some(literal) => format!("/{}", literal.trim_end_matches('"')),
                None => "/{}".to_owned(),
            };
            let path: String = parts.map(part).collect();
            addresses.insert(format!("{method} {}", if path.is_empty() { "/" } else { &path }));
        }
    }
    // No arm of the match is written in a way that is not read here.
    let (_, arms) = source.split_once("match (method, path) {").unwrap();
    let arms = arms.split_once("_ => return None").unwrap().0.matches("=>").count();
    let outside = ["GET /healthz", "GET /static/{}"];
    assert!(outside.iter().all(|address| addresses.contains(*address)), "{addresses:?}");
    assert_eq!(addresses.len(), arms + outside.len(), "{addresses:?}");
    let rows: BTreeSet<String> = TABLE
        .iter()
        .map(|(method, path, ..)| {
            let path = path.split('?').next().unwrap();
            let parts = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
            format!("{method} {}", parts.collect::<Vec<_>>().join("/"))
        })
        .collect();
    assert_eq!(rows, addresses);
}

#[test]
fn what_belongs_to_another_school_answers_like_what_is_not_there() {
    let mut district = District::open();
    let there = district.things[1].clone();
    let mut admin = district.server.admin("ooffice", &password_of("ooffice"));
    let bare = |answer: &Answer| answer.html().to_owned();
    for (kind, id) in
        [("members", there["{member}"]), ("uploads", there["{upload}"]), ("checks", there["{draft}"])]
    {
        let theirs = admin.get(&format!("/admin/{kind}/{id}"));
        assert_eq!(theirs.status, 404);
        for none in ["0", "-1", "01", "999999", "99999999999999999999", "x", "1%00", "1%2F..", "%E2%91%A0"] {
            let answer = admin.get(&format!("/admin/{kind}/{none}"));
            assert!([400, 404].contains(&answer.status), "{kind}/{none}: {}", answer.status);
            assert!(answer.status == 400 || bare(&answer) == bare(&theirs), "{kind}/{none}");
        }
    }
    // Nothing of the other school is on a page of theirs, whatever they ask for.
    for address in [
        "/admin/members",
        "/admin/members?q=hugo",
        "/admin/members?school=2",
        "/admin/members?q=hhill&type=teachers&school=2&page=1",
        "/admin/uploads",
        "/admin/uploads?page=1",
        "/admin/uploads/new",
        "/admin/uploads/new?received=1,2,3,4,5,6",
        "/admin/cards?school=1&as=list",
        "/admin/cards?member=1&member=2&member=3&member=4&member=5&member=6&member=7&member=8",
    ] {
        let page = admin.get(address);
        assert_eq!(page.status, 200, "{address}");
        let text = page.text();
        for word in ["Hugo", "hhill", OTHER] {
            assert!(!text.contains(word), "{address} shows {word}");
        }
        let id = |link: &String| link.rsplit('/').next().unwrap().parse::<i64>().ok();
        let theirs = page.links("/admin/uploads/").iter().filter_map(id).collect::<Vec<_>>();
        assert!(!theirs.contains(&there["{upload}"]), "{address}: {theirs:?}");
    }
    district.visitors.clear();
    district.server.end();
}

#[test]
fn a_school_administrators_upload_is_for_their_own_school_whatever_is_sent() {
    let district = District::open();
    let server = district.server;
    let mut admin = server.admin("ooffice", &password_of("ooffice"));
    let steps = admin.get("/admin/uploads/new");
    steps.assert_shows(&["The accounts are made for Lincoln High."]);
    let form = steps.form("/admin/uploads").with("user_type", "students");
    // The email is in use at the other school: more than that they do not learn.
    let mut form =
        form.file("a.csv", "first_name,last_name,email,password\nNew,Kid,,\nNo,Body,hugo@x.example,\n");
    form.fields.push(("school_id".to_owned(), "2".to_owned()));
    let sent = admin.send(form);
    assert_eq!(sent.status, 303);
    let done =
        "SELECT count(*) FROM upload WHERE file_name = 'a.csv' AND status = 'succeeded' AND school_id = 1";
    crate::serving::until("the job", || (server.site.count(done) == 1).then_some(()));
    let page = admin.get(sent.location());
    page.assert_shows(&["We received a.csv.", SCHOOL, "This email is in use already"]);
    assert!(!page.text().contains("Hugo") && !page.text().contains(OTHER), "{}", page.text());
    server.end();
}

#[test]
fn a_school_administrator_does_not_change_a_district_administrator_or_make_one() {
    let district = District::open();
    let (server, kid) = (district.server, district.things[0]["{member}"]);
    let mut admin = server.admin("ooffice", &password_of("ooffice"));
    let before = server.snapshot_besides_refusals();
    let csrf = admin.get("/home").form("/logout").value("csrf").to_owned();
    for (what, field, value) in [
        ("name", "first_name", "Evil"),
        ("email", "email", "evil@x.example"),
        ("password", "password", "an evil long password"),
        ("password", "password", ""),
        ("suspension", "suspended", "yes"),
        ("administers", "administers", "none"),
        ("administers", "administers", "district"),
    ] {
        let answer = admin.post(&format!("/admin/members/1/{what}"), &[("csrf", &csrf), (field, value)]);
        assert!([404, 422].contains(&answer.status), "{what} {value}: {}", answer.status);
    }
    assert!([404, 422].contains(&admin.get("/admin/members/1/password").status));
    for member in [kid, 4, 5, 6, 7] {
        let address = format!("/admin/members/{member}/administers");
        let answer = admin.post(&address, &[("csrf", &csrf), ("administers", "district")]);
        assert!([404, 422].contains(&answer.status), "{member}: {}", answer.status);
    }
    assert!(server.snapshot_besides_refusals() == before);
    assert!(server.snapshot().contains(&format!("{:?}", b"was_refused")), "refusals are in the log");
    for cards in ["/admin/cards?school=1", "/admin/cards?member=1", "/admin/cards.csv?school=1"] {
        assert!(!admin.get(cards).text().contains("aadminova"), "{cards}");
    }
    server.end();
}
