//! The rules for people: who is signed in and for how long, how often one may guess, what an administrator sees and
//! may change, and what is written down of it.

use crate::support::{PASSWORD, SCHOOL, Site};
use firstbell::actions::{self, NewPassword, NotDone, Office, SignIn, SignedIn, Switched, TypedSettings};
use firstbell::domain::{
    AccountId, Admin, Administers, Deed, Email, Face, Name, RecordStatus, SchoolId, Scope, Spot, UploadId,
    UserType, search_words,
};
use firstbell::secrets::{Cost, HashLane, Token};
use firstbell::store::listing::{self, Filter};
use firstbell::store::member::Member;
use firstbell::store::session::Person;
use firstbell::store::{self, account, audit, member, record, school, upload};
use jiff::{SignedDuration, Timestamp};

const OTHER: &str = "Hilltop Primary";

/// Two schools with people in each, a lane, and a clock that the test sets.
struct District {
    site: Site,
    office: Office,
    lane: HashLane,
    now: Timestamp,
}

impl District {
    /// At Lincoln High: `aadminova` (district administrator), `tteacher` (tess@x.example), `ssmall` (a student without
    /// an email), `ppapa` (a parent). At Hilltop Primary: `hhill` (a teacher), `kkid` (a student). All but the
    /// administrator sign in with `{username} and a lamp`.
    fn new() -> District {
        let site = Site::set_up();
        site.add_school(OTHER);
        for (school, kind, line) in [
            (SCHOOL, "teachers", "Tess,Teacher,tess@x.example,tteacher and a lamp"),
            (SCHOOL, "students", "Sam,Small,,ssmall and a lamp"),
            (SCHOOL, "parents", "Pia,Papa,pia@x.example,ppapa and a lamp"),
            (OTHER, "teachers", "Hugo,Hill,hugo@x.example,hhill and a lamp"),
            (OTHER, "students", "Kim,Kid,,kkid and a lamp"),
        ] {
            let file = site.roster(&format!("{kind}.csv"), &format!("{line}\n"));
            let ran = site.run(&["import", "--school", school, "--type", kind, file.to_str().unwrap()], "");
            assert_eq!(ran.status, Some(0), "{}", ran.err);
        }
        let office = site.office();
        District { site, office, lane: HashLane::start(Cost::for_tests()), now: firstbell::clock::now() }
    }

    fn end(self) {
        self.office.close();
        self.site.end();
    }

    fn pass(&mut self, time: SignedDuration) {
        self.now = self.now.checked_add(time).unwrap();
    }

    fn id(&self, login: &str) -> AccountId {
        actions::find_login(&self.office.conn, login).unwrap().unwrap().id
    }

    fn school(&self, name: &str) -> SchoolId {
        school::by_name(&self.office.conn, &Name::parse(name).unwrap()).unwrap().unwrap()
    }

    fn district_admin(&self) -> Admin {
        Admin { account: self.id("aadminova"), scope: Scope::District }
    }

    /// Makes a teacher the administrator of their school.
    fn school_admin(&mut self, username: &str) -> Admin {
        let (id, ada, now) = (self.id(username), self.district_admin(), self.now);
        let right = Some(Administers::School);
        actions::set_administers(&mut self.office.conn, &ada, id, right, now).unwrap();
        Admin { account: id, scope: Scope::School(self.member(username).school) }
    }

    fn member(&self, username: &str) -> Member {
        member::get(&self.office.conn, Scope::District, self.id(username)).unwrap().unwrap()
    }

    fn try_from(
        &mut self,
        login: &str,
        password: &str,
        session: Option<&Token>,
        browser: Option<&Token>,
    ) -> SignedIn {
        let asked = SignIn { login, password, session, browser };
        actions::sign_in(&mut self.office.conn, &self.office.key, &self.lane, &asked, self.now).unwrap()
    }

    fn try_sign_in(&mut self, login: &str, password: &str) -> SignedIn {
        self.try_from(login, password, None, None)
    }

    fn sign_in_with(&mut self, login: &str, password: &str) -> Token {
        match self.try_sign_in(login, password) {
            SignedIn::Welcome { session, .. } => session,
            other => panic!("{login}: {other:?}"),
        }
    }

    fn sign_in(&mut self, username: &str) -> Token {
        let password = password_of(username);
        self.sign_in_with(username, &password)
    }

    fn who_is(&mut self, token: &Token) -> Option<Person> {
        actions::who_is(&mut self.office.conn, token, self.now).unwrap()
    }

    fn switch(&mut self, token: &Token, to: Face) -> Switched {
        actions::switch_face(&mut self.office.conn, token, to, self.now).unwrap()
    }

    fn change_password(&mut self, token: &Token, current: &str, new: &str) -> Result<Token, NotDone> {
        let Office { conn, key, .. } = &mut self.office;
        actions::change_own_password(conn, key, &self.lane, token, current, new, self.now)
    }

    fn change_email(&mut self, username: &str, email: &str) -> Result<(), NotDone> {
        let (id, password) = (self.id(username), password_of(username));
        let Office { conn, key, .. } = &mut self.office;
        actions::change_own_email(conn, key, &self.lane, id, email, &password, self.now)
    }

    fn set_password(
        &mut self,
        admin: &Admin,
        id: AccountId,
        new: NewPassword<'_>,
    ) -> Result<Option<String>, NotDone> {
        let Office { conn, key, .. } = &mut self.office;
        let made = actions::set_member_password(conn, key, &self.lane, admin, id, new, self.now)?;
        Ok(made.map(|made| made.expose().to_owned()))
    }

    fn found(&self, scope: Scope, search: &str) -> Vec<String> {
        let (conn, filter) = (&self.office.conn, Filter { words: search_words(search), ..Filter::default() });
        let list = if filter.words.is_empty() {
            let list = listing::list(conn, scope, &filter, Spot::Skip(0), 100).unwrap();
            assert_eq!(usize::try_from(listing::count(conn, scope, &filter).unwrap()).unwrap(), list.len());
            list
        } else {
            let found = listing::search(conn, scope, &filter).unwrap();
            assert!(!found.is_cut);
            listing::members(conn, &found.members).unwrap()
        };
        list.into_iter().map(|member| member.username).collect()
    }

    fn log(&self) -> Vec<audit::Entry> {
        audit::list(&self.office.conn, Scope::District, 0, 1_000).unwrap()
    }
}

fn password_of(username: &str) -> String {
    if username == "aadminova" { PASSWORD.to_owned() } else { format!("{username} and a lamp") }
}

/// The fields that a refusal is for.
fn fields<T: std::fmt::Debug>(result: Result<T, NotDone>) -> Vec<&'static str> {
    match result {
        Err(NotDone::Refused(faults)) => faults.iter().map(|fault| fault.field).collect(),
        other => panic!("{other:?} is no refusal"),
    }
}

fn is_not_found<T>(result: Result<T, NotDone>) -> bool {
    matches!(result, Err(NotDone::NotFound))
}

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

#[test]
fn whoever_signs_in_is_known_by_the_token_until_they_sign_out() {
    let mut district = District::new();
    let token = district.sign_in_with(" TESS@x.Example ", "tteacher and a lamp");
    let tess = district.who_is(&token).unwrap();
    assert_eq!(
        (tess.username.as_str(), tess.face, tess.kind),
        ("tteacher", Face::Teacher, UserType::Teacher)
    );
    assert_eq!((tess.school_name.as_str(), tess.admin(), tess.must_choose_password), (SCHOOL, None, false));
    assert!(district.who_is(&Token::new().unwrap()).is_none());
    // Another sign-in from the same browser ends the session it had.
    let again = district.try_from("ssmall", "ssmall and a lamp", Some(&token), None);
    let SignedIn::Welcome { session, .. } = again else { panic!("{again:?}") };
    assert!(district.who_is(&token).is_none());
    actions::sign_out(&mut district.office.conn, &session).unwrap();
    assert!(district.who_is(&session).is_none());
    district.end();
}

#[test]
fn a_session_ends_after_twelve_hours_and_an_administrators_after_half_an_hour_of_nothing() {
    let mut district = District::new();
    let (teacher, ada) = (district.sign_in("tteacher"), district.sign_in("aadminova"));
    let Switched::To(admin) = district.switch(&ada, Face::Admin) else { panic!() };
    for _ in 0..23 {
        district.pass(29 * MINUTE);
        assert!(district.who_is(&admin).is_some());
    }
    district.pass(30 * MINUTE);
    assert!(district.who_is(&admin).is_none(), "idle");
    assert!(district.who_is(&teacher).is_some());
    district.pass(23 * MINUTE);
    assert!(district.who_is(&teacher).is_none(), "twelve hours");
    // Renewing the token does not lengthen the twelve hours.
    let ada = district.sign_in("aadminova");
    district.pass(11 * HOUR);
    let Switched::To(ada) = district.switch(&ada, Face::Admin) else { panic!() };
    district.pass(20 * MINUTE);
    let Switched::To(ada) = district.switch(&ada, Face::Teacher) else { panic!() };
    assert!(district.who_is(&ada).is_some());
    district.pass(40 * MINUTE);
    assert!(district.who_is(&ada).is_none());
    district.end();
}

#[test]
fn no_clock_revives_a_session_that_has_run_out() {
    let mut district = District::new();
    let token = district.sign_in("tteacher");
    let ten_years = 24 * 3_650 * HOUR;
    district.pass(ten_years);
    assert!(district.who_is(&token).is_none());
    district.pass(-ten_years);
    assert!(district.who_is(&token).is_none());
    let token = district.sign_in("tteacher");
    district.pass(-ten_years);
    assert!(district.who_is(&token).is_none());
    assert!(matches!(district.try_sign_in("tteacher", "tteacher and a lamp"), SignedIn::Welcome { .. }));
    district.end();
}

#[test]
fn no_token_and_no_login_that_was_typed_stands_in_the_database() {
    let mut district = District::new();
    let first = district.try_sign_in("tteacher", "tteacher and a lamp");
    let SignedIn::Welcome { session, browser, .. } = first else { panic!("{first:?}") };
    district.try_sign_in("my secret passphrase", "x");
    assert_eq!(district.site.count("SELECT count(*) FROM session"), 1);
    assert_eq!(district.site.count("SELECT count(*) FROM throttle"), 1);
    store::settle_down(&district.office.conn).unwrap();
    let bytes = std::fs::read(district.site.data().join("firstbell.db")).unwrap();
    let is_there = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    for token in [&session, &browser] {
        let hex = token.expose();
        let raw: Vec<u8> =
            (0..32).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect();
        assert!(is_there(&token.digest()) && !is_there(&raw) && !is_there(hex.as_bytes()));
    }
    assert!(!is_there(b"my secret passphrase"));
    district.end();
}

#[test]
fn names_that_somebody_makes_up_fill_no_disk_and_have_nobody_forgotten_who_is_guessed_at() {
    let mut district = District::new();
    for _ in 0..5 {
        assert!(matches!(district.try_sign_in("tteacher", "not this one"), SignedIn::Wrong));
    }
    assert!(matches!(district.try_sign_in("tteacher", "not this one"), SignedIn::Wait(_)));
    // Half a million others, each guessed at once or twice and later than that.
    let later = district.now.as_millisecond() + 1_000;
    district
        .office
        .conn
        .execute(
            "INSERT INTO throttle (mark, today, day_began_at, failures, last_at)
             WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 500_000)
             SELECT CAST(printf('%032d', n) AS BLOB), 1, ?1, 1 + n % 2, ?1 FROM n",
            [later],
        )
        .unwrap();
    // It is looked at one time of 256.
    let count = |district: &District| district.site.count("SELECT count(*) FROM throttle");
    for guess in 0.. {
        assert!(guess < 10_000, "nobody looks");
        let Office { conn, key, .. } = &mut district.office;
        actions::ask_for_link(conn, key, &format!("made up {guess}"), district.now).unwrap();
        if count(&district) < 460_000 {
            break;
        }
    }
    assert!(matches!(district.try_sign_in("tteacher", "not this one"), SignedIn::Wait(_)));
    district.end();
}

#[test]
fn after_five_failures_every_guess_waits_longer_whether_there_is_such_a_person_or_not() {
    let mut district = District::new();
    for login in ["tteacher", "nobody.at.all", "nobody@x.example"] {
        for _ in 0..5 {
            assert!(matches!(district.try_sign_in(login, "wrong"), SignedIn::Wrong), "{login}");
        }
        for seconds in [1, 2, 4, 8] {
            for _ in 0..3 {
                let SignedIn::Wait(wait) = district.try_sign_in(login, "wrong") else { panic!("{login}") };
                assert_eq!(wait.as_secs(), seconds, "{login}");
            }
            district.pass(SignedDuration::from_secs(i64::try_from(seconds).unwrap()));
            assert!(matches!(district.try_sign_in(login, "wrong"), SignedIn::Wrong), "{login}");
        }
    }
    // The right password waits as well; then it clears the count.
    district.try_sign_in("tteacher", "wrong");
    assert!(matches!(district.try_sign_in("tteacher", "tteacher and a lamp"), SignedIn::Wait(_)));
    district.pass(16 * MINUTE);
    district.sign_in("tteacher");
    for _ in 0..5 {
        assert!(matches!(district.try_sign_in("tteacher", "wrong"), SignedIn::Wrong));
    }
    district.end();
}

#[test]
fn nobody_has_more_than_a_hundred_guesses_a_day_for_a_name_and_a_wrong_clock_locks_nobody_out() {
    let mut district = District::new();
    let mut guesses = 0;
    let started = district.now;
    while district.now.duration_since(started) < 24 * HOUR {
        match district.try_sign_in("ssmall", "wrong") {
            SignedIn::Wrong => guesses += 1,
            SignedIn::Wait(wait) => district.pass(SignedDuration::try_from(wait).unwrap()),
            SignedIn::Welcome { .. } => panic!(),
        }
    }
    assert!((90..=100).contains(&guesses), "{guesses}");
    for years in [-10, 10] {
        for _ in 0..20 {
            district.try_sign_in("ssmall", "wrong");
        }
        assert!(matches!(district.try_sign_in("ssmall", "wrong"), SignedIn::Wait(_)));
        district.pass(years * 24 * 365 * HOUR);
        district.sign_in("ssmall");
    }
    district.end();
}

#[test]
fn whoever_locks_a_teacher_out_for_fun_does_not_lock_out_the_browser_that_the_teacher_uses() {
    let mut district = District::new();
    let first = district.try_sign_in("tteacher", "tteacher and a lamp");
    let SignedIn::Welcome { browser, .. } = first else { panic!("{first:?}") };
    for _ in 0..100 {
        district.try_sign_in("tteacher", "wrong");
    }
    assert!(matches!(district.try_sign_in("tteacher", "tteacher and a lamp"), SignedIn::Wait(_)));
    let stranger = Token::new().unwrap();
    let known = |district: &mut District, browser: &Token, login: &str, password: &str| {
        district.try_from(login, password, None, Some(browser))
    };
    let tess = "tteacher and a lamp";
    assert!(matches!(known(&mut district, &stranger, "tteacher", tess), SignedIn::Wait(_)));
    let again = known(&mut district, &browser, "tteacher", tess);
    let SignedIn::Welcome { browser: kept, .. } = again else { panic!("{again:?}") };
    assert_eq!(kept.digest(), browser.digest());
    // A browser is known for whoever has signed in from it, and has its own count of wrong guesses.
    let sam = known(&mut district, &browser, "ssmall", "ssmall and a lamp");
    assert!(matches!(&sam, SignedIn::Welcome { browser: kept, .. } if kept.digest() == browser.digest()));
    for _ in 0..5 {
        assert!(matches!(known(&mut district, &browser, "tteacher", "wrong"), SignedIn::Wrong));
    }
    assert!(matches!(known(&mut district, &browser, "tteacher", tess), SignedIn::Wait(_)));
    assert!(matches!(
        known(&mut district, &browser, "ssmall", "ssmall and a lamp"),
        SignedIn::Welcome { .. }
    ));
    district.end();
}

#[test]
fn a_password_is_hashed_anew_when_what_it_costs_has_changed() {
    let mut district = District::new();
    let hash = |district: &District| match actions::find_login(&district.office.conn, "ssmall")
        .unwrap()
        .unwrap()
        .credential
    {
        account::Credential::Hash(hash) => hash,
        other => panic!("{other:?}"),
    };
    assert!(hash(&district).contains("m=19456,t=2,p=1"));
    district.sign_in("ssmall");
    let cheap = hash(&district);
    assert!(!cheap.contains("m=19456"), "the lane of the tests is cheaper");
    district.sign_in("ssmall");
    assert_eq!(hash(&district), cheap, "and it is left alone when nothing has changed");
    district.end();
}

#[test]
fn a_whole_school_signs_in_behind_one_address() {
    let mut district = District::new();
    for guess in 0..60 {
        district.try_sign_in(&format!("nobody{}", guess % 20), "wrong");
    }
    for username in ["tteacher", "ssmall", "ppapa", "hhill", "kkid", "aadminova"] {
        district.sign_in(username);
    }
    district.end();
}

#[test]
fn only_who_administers_switches_and_gets_a_new_token_each_time() {
    let mut district = District::new();
    let teacher = district.sign_in("tteacher");
    assert!(matches!(district.switch(&teacher, Face::Admin), Switched::NoRight));
    assert!(district.who_is(&teacher).is_some());
    let ada = district.sign_in("aadminova");
    let Switched::To(admin) = district.switch(&ada, Face::Admin) else { panic!() };
    assert!(district.who_is(&ada).is_none(), "the old token is dead");
    let person = district.who_is(&admin).unwrap();
    assert_eq!(person.admin(), Some(district.district_admin()));
    let Switched::To(back) = district.switch(&admin, Face::Teacher) else { panic!() };
    assert_eq!(district.who_is(&back).unwrap().admin(), None);
    assert!(matches!(district.switch(&admin, Face::Teacher), Switched::SignedOut));
    assert_eq!(district.log().iter().filter(|entry| entry.deed == Deed::SwitchedToAdmin).count(), 1);
    district.end();
}

#[test]
fn an_administrator_with_a_short_password_chooses_a_longer_one_first() {
    let mut district = District::new();
    let (ada, tess) = (district.district_admin(), district.id("tteacher"));
    district.set_password(&ada, tess, NewPassword::Typed("ten camels")).unwrap();
    district.school_admin("tteacher");
    let token = district.sign_in_with("tteacher", "ten camels");
    assert!(matches!(district.switch(&token, Face::Admin), Switched::NeedsLongerPassword));
    let short = district.change_password(&token, "ten camels", "six camels");
    assert_eq!(fields(short), ["new_password"]);
    let token = district.change_password(&token, "ten camels", "ten camels in a teapot").unwrap();
    let Switched::To(token) = district.switch(&token, Face::Admin) else { panic!() };
    let scope = Scope::School(district.school(SCHOOL));
    assert_eq!(district.who_is(&token).unwrap().admin(), Some(Admin { account: tess, scope }));
    // A generated password is no administrator's, however long it is.
    let made = district.set_password(&ada, tess, NewPassword::Generated).unwrap().unwrap();
    assert!(made.len() >= 15);
    let token = district.sign_in_with("tteacher", &made);
    assert!(matches!(district.switch(&token, Face::Admin), Switched::NeedsLongerPassword));
    district.end();
}

#[test]
fn a_generated_password_is_changed_at_once_by_teachers_and_parents_and_by_students_if_the_district_says_so() {
    let mut district = District::new();
    let ada = district.district_admin();
    let mut made = Vec::new();
    for username in ["tteacher", "ppapa", "ssmall"] {
        let id = district.id(username);
        made.push(district.set_password(&ada, id, NewPassword::Generated).unwrap().unwrap());
    }
    let tokens: Vec<Token> = ["tteacher", "ppapa", "ssmall"]
        .iter()
        .zip(&made)
        .map(|(username, password)| district.sign_in_with(username, password))
        .collect();
    let must = |district: &mut District| -> Vec<bool> {
        tokens.iter().map(|token| district.who_is(token).unwrap().must_choose_password).collect()
    };
    assert_eq!(must(&mut district), [true, true, false]);
    let settings = TypedSettings {
        name: "Springfield",
        time_zone: "America/Chicago",
        rows_per_file: "1000",
        students_choose_password: true,
        address: "",
    };
    actions::change_settings(&mut district.office.conn, &ada, &settings, district.now).unwrap();
    assert_eq!(must(&mut district), [true, true, false], "what was given before stays as it was given");
    let (sam, new) = (district.id("ssmall"), NewPassword::Generated);
    let made_for_sam = district.set_password(&ada, sam, new).unwrap().unwrap();
    let sam = district.sign_in_with("ssmall", &made_for_sam);
    assert!(district.who_is(&sam).unwrap().must_choose_password);
    let same = made[0].to_uppercase();
    let refused = district.change_password(&tokens[0], &made[0], &same);
    assert_eq!(fields(refused), ["new_password"], "the same password again is no new one");
    let token = district.change_password(&tokens[0], &made[0], "a lamp on a hill").unwrap();
    assert!(!district.who_is(&token).unwrap().must_choose_password);
    district.end();
}

#[test]
fn a_changed_password_ends_the_other_sessions_and_takes_the_current_one() {
    let mut district = District::new();
    let (here, there) = (district.sign_in("tteacher"), district.sign_in("tteacher"));
    let wrong = district.change_password(&here, "not it", "seven wet camels");
    assert_eq!(fields(wrong), ["current_password"]);
    let poor = district.change_password(&here, "tteacher and a lamp", "password");
    assert_eq!(fields(poor), ["new_password"]);
    assert!(district.who_is(&there).is_some(), "nothing has changed");
    let fresh = district.change_password(&here, "tteacher and a lamp", "seven wet camels").unwrap();
    assert!(district.who_is(&here).is_none() && district.who_is(&there).is_none());
    assert_eq!(district.who_is(&fresh).unwrap().username, "tteacher");
    assert!(matches!(district.try_sign_in("tteacher", "tteacher and a lamp"), SignedIn::Wrong));
    district.sign_in_with("tteacher", "seven wet camels");
    // The current password cannot be guessed either from a browser that was left signed in.
    for _ in 0..5 {
        let wrong = district.change_password(&fresh, "not it", "seven wet camels");
        assert_eq!(fields(wrong), ["current_password"]);
    }
    let waits = district.change_password(&fresh, "seven wet camels", "eight wet camels");
    assert!(matches!(waits, Err(NotDone::Wait(wait)) if wait.as_secs() == 1), "{waits:?}");
    district.end();
}

#[test]
fn everyone_changes_their_own_email_and_only_a_student_removes_it() {
    let mut district = District::new();
    district.change_email("tteacher", "T.Teacher@X.example").unwrap();
    let told = |district: &District| {
        district
            .site
            .count("SELECT count(*) FROM letter WHERE kind = 'email_changed' AND to_email = 'tess@x.example'")
    };
    assert_eq!(told(&district), 1, "the old one is told");
    district.sign_in_with("t.teacher@x.example", "tteacher and a lamp");
    assert!(!district.site.can_sign_in("tess@x.example", "tteacher and a lamp"));
    assert_eq!(district.found(Scope::District, "t.teacher@"), ["tteacher"]);
    assert!(district.found(Scope::District, "tess@").is_empty());
    for username in ["tteacher", "ppapa"] {
        assert_eq!(fields(district.change_email(username, " ")), ["email"], "{username}");
    }
    district.change_email("ssmall", "sam@x.example").unwrap();
    district.change_email("ssmall", "").unwrap();
    assert_eq!(fields(district.change_email("ssmall", "no email")), ["email"]);
    match district.change_email("ssmall", "HUGO@x.example") {
        Err(NotDone::Refused(faults)) => {
            assert_eq!(faults[0].why, "This email is in use already. Give another one.");
        }
        other => panic!("{other:?}"),
    }
    // One's own in another case is one's own.
    district.change_email("ppapa", "PIA@x.example").unwrap();
    let letters = "SELECT count(*) FROM letter WHERE kind = 'email_changed'";
    assert_eq!(district.site.count(letters), 2, "Tess and Sam were told, and nobody else");
    let wrong = {
        let (id, Office { conn, key, .. }) = (district.id("ppapa"), &mut district.office);
        actions::change_own_email(conn, key, &district.lane, id, "p@x.example", "not it", district.now)
    };
    assert_eq!(fields(wrong), ["current_password"]);
    district.end();
}

#[test]
fn a_search_finds_any_part_of_name_username_and_email_in_any_script() {
    let mut district = District::new();
    let lines = "芳,王,,\nÉlodie,O’Neill,Elo@École.example,\nИван,Щербаков,,\n";
    let file = district.site.roster("more.csv", lines);
    assert_eq!(district.site.import("students", &file).status, Some(0));
    for (search, expected) in [
        ("王", vec!["fwang"]),
        ("王芳", vec!["fwang"]),
        ("e\u{301}LODIE", vec!["eoneill"]),
        ("ÉCOLE", vec!["eoneill"]),
        ("щерб иван", vec!["ishcherbakov"]),
        ("hcherb", vec!["ishcherbakov"]),
        ("x.example hugo", vec!["hhill"]),
        ("100%", vec![]),
    ] {
        assert_eq!(district.found(Scope::District, search), expected, "{search}");
    }
    assert_eq!(district.found(Scope::District, "").len(), 9);
    let hilltop =
        Filter { kind: Some(UserType::Teacher), school: Some(district.school(OTHER)), ..Filter::default() };
    let conn = &district.office.conn;
    let teachers = listing::list(conn, Scope::District, &hilltop, Spot::Skip(0), 10).unwrap();
    assert_eq!(teachers.iter().map(|m| m.username.as_str()).collect::<Vec<_>>(), ["hhill"]);
    let everybody = district.found(Scope::District, "");
    let page = |spot, at_most| -> Vec<(AccountId, String)> {
        let page = listing::list(conn, Scope::District, &Filter::default(), spot, at_most).unwrap();
        page.into_iter().map(|member| (member.id, member.username)).collect()
    };
    let names = |page: &[(AccountId, String)]| page.iter().map(|one| one.1.clone()).collect::<Vec<_>>();
    assert_eq!(names(&page(Spot::Skip(3), 4)), everybody[3..7]);
    let second = page(Spot::After(page(Spot::Skip(0), 4)[3].0), 4);
    assert_eq!(names(&second), everybody[4..8]);
    assert_eq!(names(&page(Spot::After(second[3].0), 4)), everybody[8..]);
    assert_eq!(names(&page(Spot::Before(second[0].0), 3)), everybody[1..4]);
    assert_eq!(names(&page(Spot::After(AccountId(9_999)), 2)), everybody[..2], "who is gone begins the list");
    // So does somebody of another school: where they would stand among one's own is nobody's business.
    let own = Scope::School(district.school(SCHOOL));
    let of_own = |spot| -> Vec<String> {
        let page = listing::list(conn, own, &Filter::default(), spot, 2).unwrap();
        page.into_iter().map(|member| member.username).collect()
    };
    let elsewhere = district.id("hhill");
    assert_eq!(of_own(Spot::After(elsewhere)), of_own(Spot::Skip(0)));
    assert_eq!(of_own(Spot::Before(elsewhere)), of_own(Spot::Skip(0)));
    let (ada, id, now) = (district.district_admin(), district.id("fwang"), district.now);
    actions::rename_member(&mut district.office.conn, &ada, id, "方", "李", now).unwrap();
    assert!(district.found(Scope::District, "王").is_empty());
    assert_eq!(district.found(Scope::District, "李方"), ["fwang"]);
    district.end();
}

#[test]
fn a_search_finds_the_same_people_in_its_index_and_beside_it() {
    let mut district = District::new();
    let searches = ["x.example", "王", "щерб", "sma", "lamp", "o'", "\"quoted\" -not* AND"];
    let indexed = |district: &District, search: &str| {
        let filter = Filter { words: search_words(search), ..Filter::default() };
        listing::search_index(&district.office.conn, Scope::District, &filter).unwrap().members
    };
    let found = |district: &District| searches.map(|search| indexed(district, search));
    // The import's own loop may have put some of them in before it ended.
    let before = found(&district);
    while actions::make_findable(&mut district.office.conn).unwrap() {}
    assert!(!listing::any_to_index(&district.office.conn).unwrap());
    assert_eq!(found(&district), before);
    for search in searches {
        assert_eq!(
            indexed(&district, search).len(),
            district.found(Scope::District, search).len(),
            "{search}"
        );
    }
    assert_eq!(district.found(Scope::District, "ill"), ["hhill"]);
    assert_eq!(indexed(&district, "ill"), [district.id("hhill")]);
    // Where few are looked through, two letters are found anywhere; in the index, where words begin.
    assert_eq!(district.found(Scope::District, "il"), ["hhill"]);
    assert!(indexed(&district, "il").is_empty());
    let (ada, id, now) = (district.district_admin(), district.id("ssmall"), district.now);
    actions::rename_member(&mut district.office.conn, &ada, id, "Zebulon", "O'Quux", now).unwrap();
    assert_eq!(district.found(Scope::District, "zebulon o'quux"), ["ssmall"]);
    assert_eq!(indexed(&district, "zebulon o'quux"), [id]);
    actions::rename_member(&mut district.office.conn, &ada, id, "小芳", "王", now).unwrap();
    for search in ["王", "芳", "小芳", "王小芳"] {
        assert_eq!(
            (indexed(&district, search), district.found(Scope::District, search)),
            (vec![id], vec!["ssmall".to_owned()])
        );
    }
    for gone in ["quux", "o'quux", "zebulon"] {
        assert!(indexed(&district, gone).is_empty(), "{gone}");
    }
    let kid = district.id("kkid");
    let tx = store::begin(&mut district.office.conn).unwrap();
    let (upload, line) = member::get(&tx, Scope::District, kid).unwrap().unwrap().origin.unwrap();
    assert_eq!(store::undo::remove(&tx, upload, line, kid).unwrap(), None);
    let gone = Filter { words: search_words("kkid"), ..Filter::default() };
    assert!(listing::search(&tx, Scope::District, &gone).unwrap().members.is_empty());
    assert!(listing::search_index(&tx, Scope::District, &gone).unwrap().members.is_empty());
    assert_eq!(listing::count(&tx, Scope::District, &Filter::default()).unwrap(), 5);
    drop(tx);
    district.end();
}

#[test]
fn who_is_found_by_two_letters_is_of_the_school_and_the_kind_that_were_asked_for() {
    let district = District::new();
    let found = |scope, kind, school| {
        let filter = Filter { words: search_words("il"), kind, school };
        listing::search(&district.office.conn, scope, &filter).unwrap().members
    };
    let (hugo, here, there) = (district.id("hhill"), district.school(SCHOOL), district.school(OTHER));
    let (all, teacher) = (Scope::District, Some(UserType::Teacher));
    for (kind, school) in [(None, None), (teacher, None), (None, Some(there)), (teacher, Some(there))] {
        assert_eq!(found(all, kind, school), [hugo]);
    }
    assert_eq!(found(Scope::School(there), None, None), [hugo]);
    assert!(found(all, Some(UserType::Student), None).is_empty());
    assert!(found(all, None, Some(here)).is_empty());
    assert!(found(Scope::School(here), None, None).is_empty());
    assert!(found(Scope::School(here), None, Some(there)).is_empty());
    district.end();
}

#[test]
fn a_school_administrator_sees_nothing_of_another_school() {
    let mut district = District::new();
    let tess = district.school_admin("tteacher");
    let (other, conn) = (district.school(OTHER), &district.office.conn);
    assert_eq!(district.found(tess.scope, ""), ["aadminova", "ppapa", "ssmall", "tteacher"]);
    assert!(district.found(tess.scope, "hugo").is_empty());
    let theirs = Filter { school: Some(other), ..Filter::default() };
    assert_eq!(listing::count(conn, tess.scope, &theirs).unwrap(), 0);
    assert!(listing::list(conn, tess.scope, &theirs, Spot::Skip(0), 9).unwrap().is_empty());
    let hugo = Filter { words: search_words("hugo"), ..theirs };
    assert!(listing::search(conn, tess.scope, &hugo).unwrap().members.is_empty());
    for username in ["hhill", "kkid"] {
        assert!(member::get(conn, tess.scope, district.id(username)).unwrap().is_none());
    }
    let schools = school::list(conn, tess.scope).unwrap();
    assert_eq!(schools.iter().map(|school| school.name.as_str()).collect::<Vec<_>>(), [SCHOOL]);
    assert_eq!((schools[0].teachers, schools[0].students, schools[0].parents), (2, 1, 1));
    assert!(school::get(conn, tess.scope, other).unwrap().is_none());
    assert_eq!(school::list(conn, Scope::District).unwrap().len(), 2);
    let ids = |scope| -> Vec<i64> {
        upload::history(conn, scope, 0, 10).unwrap().iter().map(|listed| listed.upload.id.0).collect()
    };
    assert_eq!((ids(tess.scope), ids(Scope::District)), (vec![3, 2, 1], vec![5, 4, 3, 2, 1]));
    assert_eq!(upload::how_many(conn, tess.scope).unwrap(), 3);
    for (number, is_theirs) in [(3, true), (4, false), (5, false), (99, false)] {
        let id = UploadId(number);
        assert_eq!(upload::visible_to(conn, tess.scope, id).unwrap().is_some(), is_theirs);
        let records = record::page(conn, tess.scope, id, None, Spot::Skip(0), 9).unwrap();
        assert_eq!(!records.is_empty(), is_theirs);
        assert_eq!(record::count(conn, tess.scope, id, None).unwrap() > 0, is_theirs);
    }
    assert!(audit::list(conn, tess.scope, 0, 9).unwrap().is_empty());
    assert_eq!(audit::count(conn, tess.scope).unwrap(), 0);
    district.end();
}

#[test]
fn a_school_administrator_changes_nothing_of_another_school_or_of_the_district() {
    let mut district = District::new();
    let tess = district.school_admin("tteacher");
    let before = district.log().len();
    let (other, now, own) = (district.school(OTHER), district.now, district.id("ssmall"));
    let settings = TypedSettings {
        name: "Tessland",
        time_zone: "UTC",
        rows_per_file: "9",
        students_choose_password: true,
        address: "",
    };
    for username in ["hhill", "kkid"] {
        let id = district.id(username);
        assert!(is_not_found(district.set_password(&tess, id, NewPassword::Generated)));
        assert!(is_not_found(district.set_password(&tess, id, NewPassword::Typed("eleven camels"))));
        let conn = &mut district.office.conn;
        assert!(is_not_found(actions::rename_member(conn, &tess, id, "A", "B", now)));
        assert!(is_not_found(actions::set_member_email(conn, &tess, id, "a@x.example", now)));
        assert!(is_not_found(actions::suspend(conn, &tess, id, now)));
        assert!(is_not_found(actions::reinstate(conn, &tess, id, now)));
        assert!(is_not_found(actions::set_administers(conn, &tess, id, None, now)));
    }
    let conn = &mut district.office.conn;
    assert!(is_not_found(actions::move_member(conn, &tess, own, other, now)));
    assert!(is_not_found(actions::add_school(conn, &tess, "Tess High", now)));
    assert!(is_not_found(actions::rename_school(conn, &tess, other, "Tess Low", now)));
    assert!(is_not_found(actions::change_settings(conn, &tess, &settings, now)));
    // The store keeps it too, whoever forgets to ask.
    let kid = actions::find_login(conn, "kkid").unwrap().unwrap().id;
    let ada = actions::find_login(conn, "aadminova").unwrap().unwrap().id;
    let name = Name::parse("Nobody").unwrap();
    let email = Email::parse("nobody@x.example").unwrap();
    let tx = store::begin(conn).unwrap();
    for id in [kid, ada] {
        assert!(!member::rename(&tx, tess.scope, id, &name, &name, now).unwrap());
        assert!(!member::set_email(&tx, tess.scope, id, Some(&email), now).unwrap());
        assert!(!member::set_suspended(&tx, tess.scope, id, true, now).unwrap());
        assert!(!member::set_administers(&tx, tess.scope, id, None, now).unwrap());
        assert!(!member::set_school(&tx, tess.scope, id, other, now).unwrap());
    }
    assert!(!school::rename(&tx, tess.scope, other, &name).unwrap());
    drop(tx);
    assert_eq!(district.log().len(), before);
    district.end();
}

#[test]
fn a_school_administrator_cannot_become_the_district_administrator_who_teaches_there() {
    let mut district = District::new();
    let tess = district.school_admin("tteacher");
    let (ada, now) = (district.id("aadminova"), district.now);
    assert_eq!(fields(district.set_password(&tess, ada, NewPassword::Generated)), [""]);
    let conn = &mut district.office.conn;
    assert_eq!(fields(actions::set_member_email(conn, &tess, ada, "tess2@x.example", now)), [""]);
    assert_eq!(fields(actions::suspend(conn, &tess, ada, now)), [""]);
    assert_eq!(fields(actions::set_administers(conn, &tess, ada, None, now)), [""]);
    let to_district = Some(Administers::District);
    let itself = actions::set_administers(conn, &tess, tess.account, to_district, now);
    assert_eq!(fields(itself), ["administers"]);
    district.end();
}

#[test]
fn administrators_are_teachers_and_a_school_makes_its_own() {
    let mut district = District::new();
    let (ada, now) = (district.district_admin(), district.now);
    let hugo = district.school_admin("hhill");
    for username in ["ssmall", "ppapa"] {
        let id = district.id(username);
        for right in [Administers::School, Administers::District] {
            let made = actions::set_administers(&mut district.office.conn, &ada, id, Some(right), now);
            assert_eq!(fields(made), ["administers"], "{username}");
        }
    }
    let file = district.site.roster("c.csv", "Carla,Coy,carla@x.example,ccoy and a lamp\n");
    let file = file.to_str().unwrap().to_owned();
    district.site.run(&["import", "--school", OTHER, "--type", "teachers", &file], "");
    let (carla, token) = (district.id("ccoy"), district.sign_in("ccoy"));
    let conn = &mut district.office.conn;
    actions::set_administers(conn, &hugo, carla, Some(Administers::School), now).unwrap();
    assert!(district.who_is(&token).is_none(), "a change of right ends what was begun without it");
    let token = district.sign_in("ccoy");
    let Switched::To(token) = district.switch(&token, Face::Admin) else { panic!() };
    actions::set_administers(&mut district.office.conn, &hugo, carla, None, now).unwrap();
    assert!(district.who_is(&token).is_none());
    assert_eq!(district.member("ccoy").administers, None);
    district.end();
}

#[test]
fn the_last_district_administrator_stays_one() {
    let mut district = District::new();
    let (ada, tess, now) = (district.district_admin(), district.id("tteacher"), district.now);
    for right in [None, Some(Administers::School)] {
        let lost = actions::set_administers(&mut district.office.conn, &ada, ada.account, right, now);
        assert_eq!(fields(lost), ["administers"]);
    }
    let conn = &mut district.office.conn;
    let to_district = Some(Administers::District);
    actions::set_administers(conn, &ada, tess, to_district, now).unwrap();
    assert_eq!(
        fields(actions::suspend(conn, &ada, ada.account, now)),
        ["suspended"],
        "nobody suspends themselves"
    );
    // A suspended one is not another one.
    actions::suspend(conn, &ada, tess, now).unwrap();
    let lost = actions::set_administers(conn, &ada, ada.account, None, now);
    assert_eq!(fields(lost), ["administers"]);
    actions::reinstate(conn, &ada, tess, now).unwrap();
    let second = Admin { account: tess, scope: Scope::District };
    actions::set_administers(conn, &second, ada.account, None, now).unwrap();
    let first = Admin { account: ada.account, scope: Scope::District };
    assert_eq!(fields(actions::suspend(conn, &first, tess, now)), ["suspended"]);
    district.end();
}

#[test]
fn who_is_suspended_is_signed_out_and_cannot_sign_in_until_reinstated() {
    let mut district = District::new();
    let token = district.sign_in("ssmall");
    let (ada, sam, now) = (district.district_admin(), district.id("ssmall"), district.now);
    actions::suspend(&mut district.office.conn, &ada, sam, now).unwrap();
    actions::suspend(&mut district.office.conn, &ada, sam, now).unwrap();
    assert!(district.who_is(&token).is_none());
    assert!(matches!(district.try_sign_in("ssmall", "ssmall and a lamp"), SignedIn::Wrong));
    assert!(!district.site.can_sign_in("ssmall", "ssmall and a lamp"));
    let member = member::get(&district.office.conn, Scope::District, sam).unwrap().unwrap();
    assert_eq!(member.suspended_at, Some(now));
    actions::reinstate(&mut district.office.conn, &ada, sam, now).unwrap();
    assert!(district.who_is(&token).is_none(), "an old session stays dead");
    district.sign_in("ssmall");
    let deeds = district.log().into_iter().filter(|entry| entry.deed == Deed::Suspended).count();
    assert_eq!(deeds, 1);
    // A generated password opens a suspended account no more than another.
    actions::suspend(&mut district.office.conn, &ada, sam, now).unwrap();
    let made = district.set_password(&ada, sam, NewPassword::Generated).unwrap().unwrap();
    assert!(matches!(district.try_sign_in("ssmall", &made), SignedIn::Wrong));
    district.end();
}

#[test]
fn a_new_password_from_an_administrator_ends_the_members_sessions() {
    let mut district = District::new();
    let token = district.sign_in("tteacher");
    let (ada, tess) = (district.district_admin(), district.id("tteacher"));
    let refused = district.set_password(&ada, tess, NewPassword::Typed("short"));
    assert_eq!(fields(refused), ["new_password"]);
    assert!(district.who_is(&token).is_some());
    assert_eq!(district.set_password(&ada, tess, NewPassword::Typed("eleven camels")).unwrap(), None);
    assert!(district.who_is(&token).is_none());
    district.sign_in_with("tteacher", "eleven camels");
    let own = district.set_password(&ada, ada.account, NewPassword::Generated);
    assert_eq!(fields(own), ["new_password"], "one's own takes the current one");
    // From the command line too.
    let token = district.sign_in_with("tteacher", "eleven camels");
    let ran = district.site.run(&["reset-password", "tteacher"], "twelve camels sing\n");
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    assert!(district.who_is(&token).is_none());
    assert_eq!(district.log()[0].by, "the command line");
    district.end();
}

#[test]
fn whoever_moves_takes_no_right_of_the_old_school_along() {
    let mut district = District::new();
    let tess = district.school_admin("tteacher");
    let token = district.sign_in("tteacher");
    let Switched::To(token) = district.switch(&token, Face::Admin) else { panic!() };
    let (ada, other, now) = (district.district_admin(), district.school(OTHER), district.now);
    let conn = &mut district.office.conn;
    let nowhere = actions::move_member(conn, &ada, tess.account, SchoolId(99), now);
    assert_eq!(fields(nowhere), ["school"]);
    actions::move_member(conn, &ada, tess.account, other, now).unwrap();
    assert!(district.who_is(&token).is_none());
    let moved = district.member("tteacher");
    assert_eq!((moved.school, moved.school_name.as_str(), moved.administers), (other, OTHER, None));
    let log = district.log();
    assert_eq!(
        (log[0].deed, log[0].details.as_str()),
        (Deed::MovedMember, "from Lincoln High to Hilltop Primary")
    );
    district.end();
}

#[test]
fn schools_have_names_of_their_own() {
    let mut district = District::new();
    let (ada, other, now) = (district.district_admin(), district.school(OTHER), district.now);
    let conn = &mut district.office.conn;
    let added = actions::add_school(conn, &ada, " École  Sainte ", now).unwrap();
    for name in ["lincoln  high", "e\u{301}cole sainte", "", "a\nb"] {
        assert_eq!(fields(actions::add_school(conn, &ada, name, now)), ["name"], "{name}");
        assert_eq!(fields(actions::rename_school(conn, &ada, other, name, now)), ["name"], "{name}");
    }
    actions::rename_school(conn, &ada, added, "ÉCOLE SAINTE", now).unwrap();
    assert!(is_not_found(actions::rename_school(conn, &ada, SchoolId(99), "X", now)));
    let names: Vec<String> =
        school::list(conn, Scope::District).unwrap().into_iter().map(|school| school.name).collect();
    assert_eq!(names, [OTHER, SCHOOL, "ÉCOLE SAINTE"]);
    district.end();
}

#[test]
fn settings_are_taken_when_every_field_is_right() {
    let mut district = District::new();
    let (ada, now, conn) = (district.district_admin(), district.now, &mut district.office.conn);
    let good = TypedSettings {
        name: "Shelbyville",
        time_zone: "europe/berlin",
        rows_per_file: " 5000 ",
        students_choose_password: true,
        address: "",
    };
    let bad = TypedSettings { name: "", time_zone: "Mars/Olympus", rows_per_file: "0", ..good };
    let refused = actions::change_settings(conn, &ada, &bad, now);
    assert_eq!(fields(refused), ["name", "time_zone", "rows_per_file"]);
    actions::change_settings(conn, &ada, &good, now).unwrap();
    let kept = store::district::get(conn).unwrap().unwrap();
    assert_eq!((kept.name.as_str(), kept.rows_per_file), ("Shelbyville", 5_000));
    assert_eq!((kept.time_zone.as_str(), kept.students_choose_password), ("Europe/Berlin", true));
    district.end();
}

#[test]
fn the_log_says_who_did_what_to_whom_and_when_and_no_secret() {
    let mut district = District::new();
    let before = district.log().len();
    let (ada, sam, now) = (district.district_admin(), district.id("ssmall"), district.now);
    let made = district.set_password(&ada, sam, NewPassword::Generated).unwrap().unwrap();
    district.set_password(&ada, sam, NewPassword::Typed("eleven camels")).unwrap();
    let conn = &mut district.office.conn;
    actions::set_member_email(conn, &ada, sam, "sam@x.example", now).unwrap();
    actions::rename_member(conn, &ada, sam, "Samuel", "Small", now).unwrap();
    actions::note_refusal(conn, sam, "GET /admin/settings", now).unwrap();
    let log = district.log();
    let said: Vec<String> = log[..log.len() - before]
        .iter()
        .rev()
        .map(|entry| {
            assert_eq!(entry.at, now);
            format!("{} {} {} {}", entry.by, entry.deed.says(), entry.about, entry.details)
        })
        .collect();
    assert_eq!(
        said,
        [
            "Ada Adminova (aadminova) set a new password for Sam Small (ssmall) a generated one",
            "Ada Adminova (aadminova) set a new password for Sam Small (ssmall) one that was typed",
            "Ada Adminova (aadminova) changed the email of Sam Small (ssmall) from none to sam@x.example",
            "Ada Adminova (aadminova) changed the name of Sam Small (ssmall) to Samuel Small",
            "Samuel Small (ssmall) was refused GET /admin/settings ",
        ]
    );
    assert!(!said.concat().contains(&made) && !said.concat().contains("camels"));
    // Nobody fills the log with what they are refused.
    for at in 0..250 {
        actions::note_refusal(&mut district.office.conn, sam, &format!("GET /admin/{at}"), now).unwrap();
    }
    assert_eq!(district.log().len(), log.len() + 199);
    district.end();
}

#[test]
fn a_page_of_results_can_be_of_one_status() {
    let district = District::new();
    let file = district.site.roster("m.csv", "A,B,,\nC,,,\nE,F,,\nG,H,tess@x.example,\n,,,x\n");
    assert_eq!(district.site.import("students", &file).status, Some(1));
    let (conn, id, scope) = (&district.office.conn, UploadId(6), Scope::District);
    let beside = |status, spot, at_most| -> Vec<u32> {
        let page = record::page(conn, scope, id, status, spot, at_most).unwrap();
        page.iter().map(|record| record.line).collect()
    };
    let lines = |status, skip, at_most| beside(status, Spot::Skip(skip), at_most);
    assert_eq!(beside(None, Spot::After(3), 2), [4, 5]);
    assert_eq!(beside(None, Spot::Before(5), 2), [3, 4]);
    assert_eq!(beside(Some(RecordStatus::Failed), Spot::Before(6), 9), [3]);
    assert_eq!(lines(None, 0, 9), [2, 3, 4, 5, 6]);
    assert_eq!(lines(None, 3, 1), [5]);
    assert_eq!(lines(Some(RecordStatus::Failed), 0, 9), [3, 6]);
    assert_eq!(lines(Some(RecordStatus::Created), 1, 9), [4]);
    for (status, count) in [(None, 5), (Some(RecordStatus::Skipped), 1), (Some(RecordStatus::Pending), 0)] {
        assert_eq!(record::count(conn, scope, id, status).unwrap(), count);
    }
    let listed = upload::visible_to(conn, scope, id).unwrap().unwrap();
    assert_eq!((listed.school_name.as_str(), listed.by_name), (SCHOOL, None));
    assert!(listed.started_at.is_some() && listed.finished_at >= listed.started_at);
    assert!(account::login_of(conn, AccountId(99)).unwrap().is_none());
    district.end();
}
