//! Every page with something on it: many scripts, long names, hostile names, nothing at all, and things gone wrong. For the
//! tests of the pages, and for the gallery in which people look at them.

#[path = "samples_checks.rs"]
mod checks;

use firstbell::domain::{
    AccountId, Administers, LetterId, LetterKind, LetterStatus, RecordStatus, SchoolId, UploadId,
    UploadStatus, UserType,
};
use firstbell::store::card::{Deal, Whose};
use firstbell::store::mend::Mending;
use firstbell::store::undo::Fates;
use firstbell::store::upload::Counts;
use firstbell::web::pages::{
    Face, Notice, Pager, Person, Problems, SchoolChoice, Shell, account, aftermath, audit, backup, cards,
    forgotten, home, https, login, mail, member, members, mend, new_upload, problem, removal, results,
    schools, settings, setup, undo, uploads,
};

/// A name that is markup, if anybody lets it.
pub(crate) const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>";
const LONG: &str = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaftschaferswessenschafe";
const ARABIC: &str = "عبد الرحمن بن محمد الأنصاري";

/// Every page: the name of its picture, and its HTML.
pub(crate) fn all() -> Vec<(&'static str, String)> {
    let mut pages = doors();
    pages.extend(own_pages());
    pages.extend(member_pages());
    pages.extend(upload_pages());
    pages.extend(checks::pages());
    pages.extend(card_pages());
    pages.extend(district_pages());
    pages.extend(mail_pages());
    pages.extend(problem_pages());
    pages
}

fn shell(person: Option<Person>) -> Shell {
    Shell {
        district: "Springfield District".into(),
        person,
        csrf: "a-token".into(),
        notice: None,
        in_clear: false,
    }
}

fn admin(right: Administers) -> Shell {
    shell(Some(Person { name: "Ada Lovelace".into(), face: Face::Admin(right), can_switch: true }))
}

fn own(name: &str, kind: UserType, can_switch: bool) -> Shell {
    shell(Some(Person { name: name.into(), face: Face::Own(kind), can_switch }))
}

fn noticed(mut shell: Shell, what: &str, then: &str) -> Shell {
    shell.notice = Some(Notice { what: what.into(), then: then.into() });
    shell
}

fn school(id: i64, name: &str) -> SchoolChoice {
    SchoolChoice { id: SchoolId(id), name: name.into() }
}

fn all_schools() -> Vec<SchoolChoice> {
    vec![
        school(1, "Lincoln High"),
        school(2, "Escuela Primaria Benito Juárez"),
        school(3, "مدرسة النور"),
        school(4, HOSTILE),
    ]
}

fn pager(position: &str) -> Pager {
    Pager { previous: Some("?page=1".into()), next: Some("?page=3".into()), position: position.into() }
}

fn doors() -> Vec<(&'static str, String)> {
    let nobody = Shell { district: String::new(), ..shell(None) };
    let refused = setup::SetupView {
        code: "bell-1234".into(),
        district: "Springfield District".into(),
        school: String::new(),
        first_name: HOSTILE.into(),
        last_name: ARABIC.into(),
        is_self_made: false,
        email: "ada@@district".into(),
        problems: Problems::of("code", "This is not the code that Firstbell printed. Copy it exactly.")
            .and("school", "Give your first school a name.")
            .and("email", "“ada@@district” is not an email address: it has two @.")
            .and("password", "This password has 7 characters; it needs at least 15.")
            .and("password_again", "The two passwords are not the same."),
    };
    let self_made = setup::SetupView { is_self_made: true, ..setup::SetupView::default() };
    let in_clear = Shell { in_clear: true, ..shell(None) };
    let login_of = |refusal| {
        login::login(&shell(None), &login::LoginView { login: "ada.lovelace".into(), refusal }).into_string()
    };
    vec![
        ("setup", setup::setup(&nobody, &setup::SetupView::default()).into_string()),
        ("setup-self-made", setup::setup(&nobody, &self_made).into_string()),
        ("setup-refused", setup::setup(&nobody, &refused).into_string()),
        ("setup-done", setup::already_set_up(&shell(None)).into_string()),
        ("login", login::login(&shell(None), &login::LoginView::default()).into_string()),
        ("login-in-clear", login::login(&in_clear, &login::LoginView::default()).into_string()),
        ("login-refused", login_of(Some(login::LoginRefusal::Wrong))),
        ("login-too-many", login_of(Some(login::LoginRefusal::TooManyTries { seconds: 240 }))),
    ]
}

fn own_pages() -> Vec<(&'static str, String)> {
    let view = |name: &str, kind, email: Option<&str>, administers| home::HomeView {
        name: name.into(),
        kind,
        school: "Lincoln High".into(),
        username: "alovelace".into(),
        email: email.map(Into::into),
        administers,
        wanted: administers.map(|_| "/admin/uploads/27".to_owned()),
        password_was_given: kind == UserType::Student,
    };
    let account = |email: &str, email_problems, password_problems| account::AccountView {
        name: "Ada Lovelace".into(),
        username: "alovelace".into(),
        email: email.into(),
        email_is_optional: false,
        shortest_password: 8,
        email_problems,
        password_problems,
    };
    let plain = account("ada@lincoln.example", Problems::default(), Problems::default());
    let refused = account(
        "ada@lincoln,example",
        Problems::of("email", "“ada@lincoln,example” is not an email address: it has a comma.")
            .and("current_password", "This is not your password."),
        Problems::of(
            "new_password",
            "This password is among the first that anybody would guess. Choose another.",
        ),
    );
    let teacher = own("Ada Lovelace", UserType::Teacher, true);
    let student = own(ARABIC, UserType::Student, false);
    let parent = own(HOSTILE, UserType::Parent, false);
    let ada =
        view("Ada Lovelace", UserType::Teacher, Some("ada@lincoln.example"), Some(Administers::District));
    let too_short = Problems::of("new_password", "This password has 7 characters; it needs at least 8.");
    vec![
        ("home-teacher-administrator", home::home(&teacher, &ada).into_string()),
        ("home-student", home::home(&student, &view(ARABIC, UserType::Student, None, None)).into_string()),
        (
            "home-parent",
            home::home(&parent, &view(HOSTILE, UserType::Parent, Some("p@home.example"), None)).into_string(),
        ),
        (
            "account",
            account::account(
                &noticed(teacher.clone(), "Your email is saved.", "You can log in with it from now on."),
                &plain,
            )
            .into_string(),
        ),
        ("account-refused", account::account(&teacher, &refused).into_string()),
        (
            "account-choose",
            account::choose_password(&teacher, &plain, account::WhyChoose::WasGiven).into_string(),
        ),
        (
            "account-longer",
            account::choose_password(
                &teacher,
                &account::AccountView { password_problems: too_short, shortest_password: 15, ..plain },
                account::WhyChoose::TooShortForAdmin,
            )
            .into_string(),
        ),
    ]
}

fn member_row(
    id: i64,
    name: &str,
    username: &str,
    email: Option<&str>,
    kind: UserType,
) -> members::MemberRow {
    members::MemberRow {
        id: AccountId(id),
        name: name.into(),
        username: username.into(),
        email: email.map(Into::into),
        kind,
        school: "Lincoln High".into(),
        administers: (id == 1).then_some(Administers::District),
        is_suspended: id == 4,
    }
}

fn member_pages() -> Vec<(&'static str, String)> {
    let rows = vec![
        member_row(1, "Ada Lovelace", "alovelace", Some("ada.lovelace@lincoln.example"), UserType::Teacher),
        member_row(2, "Héloïse Ibáñez", "hibanez", None, UserType::Student),
        member_row(3, ARABIC, "abdalansari", None, UserType::Student),
        member_row(4, "王 芳", "fwang", Some("fang.wang@home.example"), UserType::Parent),
        member_row(
            5,
            &format!("{LONG} {LONG}"),
            "wwolfeschlegelsteinhausen12",
            Some(&format!("{LONG}@lincoln.example")),
            UserType::Student,
        ),
        member_row(6, HOSTILE, "salert", Some("o'neill+tag@lincoln.example"), UserType::Parent),
    ];
    let list = members::MembersView {
        q: String::new(),
        kind: None,
        school: None,
        schools: all_schools(),
        whose: "Springfield District".into(),
        total: 12_046,
        found: 12_046,
        is_cut: false,
        rows,
        pager: pager("51 to 100 of 12,046"),
        cards: None,
    };
    let of_school = members::MembersView {
        schools: vec![],
        whose: "Lincoln High".into(),
        cards: Some("/admin/cards?school=1&type=".into()),
        total: 6,
        pager: Pager::default(),
        ..list.clone()
    };
    let nothing_found = members::MembersView {
        q: HOSTILE.into(),
        kind: Some(UserType::Parent),
        found: 0,
        is_cut: false,
        rows: vec![],
        pager: Pager::default(),
        ..list.clone()
    };
    let empty = members::MembersView { q: String::new(), kind: None, total: 0, ..nothing_found.clone() };
    let district = admin(Administers::District);
    let one = one_member();
    let leaving = leaving_member();
    let last = removal::RemovalView {
        refusal: Some("This is the last district administrator. Make another one first.".into()),
        name: "Ada Lovelace".into(),
        kind: UserType::Teacher,
        ..leaving.clone()
    };
    vec![
        ("members", members::members(&district, &list).into_string()),
        ("members-of-school", members::members(&admin(Administers::School), &of_school).into_string()),
        ("members-none-found", members::members(&district, &nothing_found).into_string()),
        ("members-empty", members::members(&admin(Administers::School), &empty).into_string()),
        ("member", member::member(&district, &one).into_string()),
        ("member-refused", member::member(&district, &refused_member(&one)).into_string()),
        (
            "member-out-of-reach",
            member::member(
                &admin(Administers::School),
                &member::MemberView {
                    administers: Some(Administers::District),
                    out_of_reach: Some(
                        "This is a district administrator: only district administrators can change the account.",
                    ),
                    ..one.clone()
                },
            )
            .into_string(),
        ),
        ("member-student", member::member(&admin(Administers::School), &student(&one)).into_string()),
        ("member-removal", removal::removal(&district, &leaving).into_string()),
        ("member-removal-refused", removal::removal(&district, &last).into_string()),
        (
            "member-new-password",
            member::password_made(
                &district,
                &member::NewPasswordView {
                    id: AccountId(2),
                    name: "Héloïse Ibáñez".into(),
                    username: "hibanez".into(),
                    password: "otter-lantern-maple-27",
                    must_choose: true,
                },
            )
            .into_string(),
        ),
    ]
}

fn leaving_member() -> removal::RemovalView {
    removal::RemovalView {
        id: AccountId(2),
        name: format!("{LONG} {HOSTILE}"),
        username: "wwolfeschlegelsteinhausen12".into(),
        kind: UserType::Student,
        school: "Escuela Primaria Benito Juárez".into(),
        results_kept: 365,
        refusal: None,
    }
}

fn one_member() -> member::MemberView {
    member::MemberView {
        id: AccountId(7),
        name: "Grace Hopper".into(),
        username: "ghopper".into(),
        email: Some("grace.hopper@lincoln.example".into()),
        kind: UserType::Teacher,
        school: school(1, "Lincoln High"),
        made: "22 November 2026, 14:31".into(),
        origin: member::Origin::Upload { id: UploadId(42), file_name: "teachers-2026.csv".into(), line: 14 },
        has_generated_password: true,
        is_suspended: false,
        administers: Some(Administers::School),
        schools: all_schools(),
        rights: vec![Administers::School, Administers::District],
        out_of_reach: None,
        forms: member::MemberForms {
            first_name: "Grace".into(),
            last_name: "Hopper".into(),
            email: "grace.hopper@lincoln.example".into(),
            school_id: None,
            administers: Some(Administers::School),
            ..member::MemberForms::default()
        },
    }
}

fn refused_member(one: &member::MemberView) -> member::MemberView {
    let mut view = one.clone();
    view.forms.first_name = HOSTILE.into();
    view.forms.name_problems = Problems::of("first_name", "This name is longer than 100 characters.");
    view.forms.email_problems = Problems::of("email", "This email is in use already.");
    view.forms.password_problems =
        Problems::of("password", "This password has 7 characters; it needs at least 8.");
    view.forms.school_problems = Problems::of("school_id", "There is no such school.");
    view.forms.administers_problems = Problems::of(
        "administers",
        "Grace Hopper is the last District Administrator. Make somebody else one first.",
    );
    view.forms.suspension_problems =
        Problems::of("suspended", "This is the last District Administrator, who cannot be suspended.");
    view
}

fn student(one: &member::MemberView) -> member::MemberView {
    member::MemberView {
        name: format!("{ARABIC} {LONG}"),
        email: None,
        kind: UserType::Student,
        administers: None,
        is_suspended: true,
        schools: vec![],
        rights: vec![],
        origin: member::Origin::SetUp,
        forms: member::MemberForms {
            first_name: ARABIC.into(),
            last_name: LONG.into(),
            ..member::MemberForms::default()
        },
        ..one.clone()
    }
}

fn upload_row(id: i64, file_name: &str, status: UploadStatus, counts: Counts) -> uploads::UploadRow {
    uploads::UploadRow {
        id: UploadId(id),
        file_name: file_name.into(),
        school: "Lincoln High".into(),
        kind: UserType::Student,
        by: (id != 39).then(|| "Ada Lovelace".into()),
        received: "22 November 2026, 14:31".into(),
        status,
        total: 1_000,
        counts,
        removed: if status == UploadStatus::Undone { 980 } else { 0 },
        mends: (id == 43).then_some(UploadId(41)),
        lines_removed: (id == 37).then(|| "22 November 2026".into()),
    }
}

fn history() -> uploads::HistoryView {
    let counts = |created, skipped, failed| Counts { created, skipped, failed };
    uploads::HistoryView {
        rows: vec![
            upload_row(43, "parents-2026.csv", UploadStatus::Scheduled, Counts::default()),
            upload_row(42, "students-2026.csv", UploadStatus::InProgress, counts(405, 4, 3)),
            upload_row(41, &format!("{LONG}.csv"), UploadStatus::Succeeded, counts(990, 7, 3)),
            upload_row(40, HOSTILE, UploadStatus::Failed, counts(12, 0, 988)),
            upload_row(39, "قائمة الطلاب.csv", UploadStatus::Succeeded, counts(1_000, 0, 0)),
            upload_row(38, "teachers-2025.csv", UploadStatus::Undone, counts(1_000, 0, 0)),
            uploads::UploadRow {
                by: Some("a removed account".into()),
                ..upload_row(37, "students-2025.csv", UploadStatus::Succeeded, counts(990, 7, 3))
            },
        ],
        pager: pager("1 to 20 of 43"),
        shows_school: true,
    }
}

fn upload_pages() -> Vec<(&'static str, String)> {
    let fresh = new_upload::NewUploadView {
        school: new_upload::Schools::Choose { all: all_schools(), chosen: None },
        rows_per_file: 1_000,
        longest: None,
        kind: None,
        who_chooses: None,
        students_choose: false,
        problems: Problems::default(),
        received: vec![],
        history: history(),
    };
    let received = |id, file_name: &str| new_upload::Received {
        id: UploadId(id),
        file_name: file_name.into(),
        total: 1_000,
        kind: UserType::Student,
        school: "Lincoln High".into(),
    };
    let just_received =
        new_upload::NewUploadView { received: vec![received(42, "students-2026.csv")], ..fresh.clone() };
    let several = new_upload::NewUploadView {
        received: vec![received(42, "students-2026.csv"), received(43, HOSTILE)],
        kind: Some(UserType::Student),
        ..fresh.clone()
    };
    let refused = new_upload::NewUploadView {
        kind: Some(UserType::Teacher),
        problems: Problems::of("school_id", "Choose the school that these accounts are for.").and(
            "file",
            "“students.xlsx” is an Excel workbook. In Excel choose Save As, then “CSV UTF-8”, and upload that file.",
        ),
        ..fresh.clone()
    };
    let first = new_upload::NewUploadView {
        school: new_upload::Schools::Own("Escuela Primaria Benito Juárez".into()),
        history: uploads::HistoryView::default(),
        ..fresh.clone()
    };
    let district = admin(Administers::District);
    let mut pages = vec![
        ("upload-new", new_upload::new_upload(&district, &fresh).into_string()),
        ("upload-received", new_upload::new_upload(&district, &just_received).into_string()),
        ("upload-received-several", new_upload::new_upload(&district, &several).into_string()),
        ("upload-refused", new_upload::new_upload(&district, &refused).into_string()),
        ("upload-first", new_upload::new_upload(&admin(Administers::School), &first).into_string()),
        ("uploads", uploads::uploads(&district, &history()).into_string()),
    ];
    pages.extend(result_pages());
    pages
}

fn record(line: u32, name: &str, email: &str, status: RecordStatus, message: &str) -> results::RecordRow {
    results::RecordRow {
        line,
        name: name.into(),
        email: email.into(),
        username: (status == RecordStatus::Created).then(|| format!("user{line}")),
        status,
        message: message.into(),
    }
}

fn result_pages() -> Vec<(&'static str, String)> {
    use RecordStatus::{Created, Failed, Pending, Skipped};
    let running = results::ResultsView {
        id: UploadId(42),
        file_name: "students-2026.csv".into(),
        school: "Lincoln High".into(),
        kind: UserType::Student,
        by: Some("Ada Lovelace".into()),
        before: None,
        received: "22 November 2026, 14:31".into(),
        finished: None,
        status: UploadStatus::InProgress,
        failure: None,
        lines_removed: None,
        total: 1_000,
        counts: Counts { created: 405, skipped: 4, failed: 3 },
        pace: Some(results::Pace { per_second: 63, seconds_left: 9 }),
        held_up: None,
        after: aftermath::Aftermath::default(),
        only: results::Only::All,
        rows: vec![
            record(2, "Héloïse Ibáñez", "", Created, "Ready, with a generated password."),
            record(
                3,
                "Wójcik Łukasz",
                "l.wojcik@lincoln.example",
                Skipped,
                "This email has an account already: Łukasz Wójcik, student of Lincoln High. No second account was made.",
            ),
            record(4, "王 芳", "", Created, "Ready, with the password in the file."),
            results::RecordRow {
                username: None,
                ..record(9, "", "", Created, "This account was removed on 22 November 2026.")
            },
            record(
                5,
                "Sam O’Neill",
                "sam@@lincoln.example",
                Failed,
                "“sam@@lincoln.example” is not an email address: it has two @.",
            ),
            record(6, ARABIC, "", Created, "Ready, with a generated password."),
            record(7, &format!("{LONG} {LONG}"), &format!("{LONG}@x.example"), Pending, ""),
            record(8, HOSTILE, HOSTILE, Failed, HOSTILE),
        ],
        pager: pager("51 to 100 of 1,000"),
    };
    let district = admin(Administers::District);
    let page = |view: &results::ResultsView| results::results(&district, view).into_string();
    let finished = Some("22 November 2026, 14:32".to_owned());
    let done = results::ResultsView {
        status: UploadStatus::Succeeded,
        counts: Counts { created: 990, skipped: 7, failed: 3 },
        pace: None,
        finished: finished.clone(),
        ..running.clone()
    };
    let all_well = results::ResultsView {
        counts: Counts { created: 1_000, skipped: 0, failed: 0 },
        rows: running.rows.iter().filter(|row| row.status == Created).cloned().collect(),
        pager: Pager::default(),
        ..done.clone()
    };
    let only_failed = results::ResultsView {
        only: results::Only::Status(Failed),
        rows: running.rows.iter().filter(|row| row.status == Failed).cloned().collect(),
        pager: Pager::default(),
        ..done.clone()
    };
    let again = results::ResultsView {
        before: Some((UploadId(41), "21 November 2026, 09:03".into())),
        ..all_well.clone()
    };
    let given_up = results::ResultsView {
        status: UploadStatus::Failed,
        failure: Some("The job was begun 20 times and never got anywhere.".into()),
        counts: Counts { created: 12, skipped: 0, failed: 988 },
        ..done.clone()
    };
    let waiting = results::ResultsView {
        status: UploadStatus::Scheduled,
        counts: Counts::default(),
        pace: None,
        rows: vec![record(2, "Ada Lovelace", "", Pending, "")],
        ..running.clone()
    };
    let held_up = |trouble| results::ResultsView { held_up: Some(trouble), ..running.clone() };
    let old = results::ResultsView {
        lines_removed: Some("22 November 2027".into()),
        by: Some("a removed account".into()),
        rows: Vec::new(),
        ..done.clone()
    };
    vec![
        ("results-running", page(&running)),
        ("results-done", page(&done)),
        ("results-all-well", page(&all_well)),
        ("results-again", page(&again)),
        ("results-failed-only", page(&only_failed)),
        ("results-given-up", page(&given_up)),
        ("results-waiting", page(&waiting)),
        ("results-disk-full", page(&held_up(problem::Trouble::NoRoom))),
        ("results-unwritable", page(&held_up(problem::Trouble::Unwritable))),
        ("results-fault", page(&held_up(problem::Trouble::Unavailable("No memory.".into())))),
        ("results-lines-removed", page(&old)),
    ]
    .into_iter()
    .chain(aftermath_pages(&done))
    .collect()
}

/// What comes after a job that is done.
fn aftermath_pages(done: &results::ResultsView) -> Vec<(&'static str, String)> {
    use aftermath::{Aftermath, Undo};
    let district = admin(Administers::District);
    let page = |view: &results::ResultsView| results::results(&district, view).into_string();
    let mending = |id, status, total, made| Mending { id: UploadId(id), status, total, made };
    let to_mend = results::ResultsView {
        after: Aftermath { to_mend: 3, undo: Undo::Possible, ..Aftermath::default() },
        ..done.clone()
    };
    let mended = results::ResultsView {
        after: Aftermath {
            mended_in: vec![
                mending(44, UploadStatus::Succeeded, 2, 1),
                mending(45, UploadStatus::Succeeded, 1, 0),
                mending(46, UploadStatus::InProgress, 1, 0),
            ],
            undo: Undo::Possible,
            ..Aftermath::default()
        },
        ..done.clone()
    };
    let mends = results::ResultsView {
        after: Aftermath { mends: Some(UploadId(41)), undo: Undo::Possible, ..Aftermath::default() },
        ..done.clone()
    };
    let undoing = results::ResultsView {
        after: Aftermath { removed: 312, undo: Undo::Running, ..Aftermath::default() },
        ..done.clone()
    };
    let kept = record(
        2,
        "Héloïse Ibáñez",
        "",
        RecordStatus::Created,
        "Kept: it has been in use since 3 September 2026.",
    );
    let gone = record(4, "王 芳", "", RecordStatus::Created, "Undone: this account was removed.");
    let undone = results::ResultsView {
        status: UploadStatus::Undone,
        rows: vec![kept.clone(), gone],
        after: Aftermath {
            removed: 970,
            undo: Undo::Done { when: "22 November 2026, 15:02".into(), by: Some(HOSTILE.into()) },
            ..Aftermath::default()
        },
        ..done.clone()
    };
    let kept = results::ResultsView {
        only: results::Only::Kept,
        rows: vec![kept],
        pager: Pager::default(),
        ..undone.clone()
    };
    let mut pages = vec![
        ("results-to-mend", page(&to_mend)),
        ("results-mended", page(&mended)),
        ("results-mends", page(&mends)),
        ("results-undoing", page(&undoing)),
        ("results-undone", page(&undone)),
        ("results-kept", page(&kept)),
    ];
    pages.extend(undo_and_mend_pages(&district));
    pages
}

fn undo_and_mend_pages(district: &Shell) -> Vec<(&'static str, String)> {
    let ask = undo::UndoView {
        id: UploadId(42),
        file_name: "students-2026.csv".into(),
        school: "Lincoln High".into(),
        received: "22 November 2026, 14:31".into(),
        fates: Fates { untouched: 980, used: 18, changed: 2 },
        mended_in: vec![UploadId(43), UploadId(44)],
    };
    let nothing = undo::UndoView {
        file_name: HOSTILE.into(),
        fates: Fates { untouched: 0, used: 1, changed: 0 },
        mended_in: vec![],
        ..ask.clone()
    };
    let line = |line, first_name: &str, last_name: &str, email: &str, why: &str| mend::MendLine {
        line,
        first_name: first_name.into(),
        last_name: last_name.into(),
        email: email.into(),
        had_password: false,
        is_left_out: line == 7,
        why: why.into(),
    };
    let lines = mend::MendView {
        id: UploadId(42),
        file_name: "students-2026.csv".into(),
        kind: UserType::Parent,
        total: 53,
        lines: vec![
            line(
                5,
                "Sam",
                "O’Neill",
                "sam@@x.example",
                "“sam@@x.example” is not an email address: it has two @.",
            ),
            line(
                7,
                "",
                "",
                "",
                "Line 7 has 3 columns, not 4: is a comma missing? Empty cells need theirs too.",
            ),
            line(8, ARABIC, "", "a@x.example", "The last name is missing."),
            line(9, HOSTILE, LONG, HOSTILE, HOSTILE),
        ],
        pager: pager("51 to 53 of 53"),
        address: "/admin/uploads/42/mend?page=2".into(),
        problems: Problems::default(),
    };
    let refused = mend::MendView {
        kind: UserType::Student,
        problems: Problems::of(
            "lines",
            "Line 5 is not to be mended here any more: another job has taken it up.",
        ),
        ..lines.clone()
    };
    let mut judged = mend::MendView { total: 4, pager: Pager::default(), ..lines.clone() };
    for (line, had_password) in judged.lines.iter_mut().zip([true, false, true, false]) {
        (line.had_password, line.why) =
            (had_password, if line.is_left_out { line.why.clone() } else { String::new() });
    }
    for (line, field, why) in [
        (5, "email", "“sam@@x.example” is not an email address: it has two @."),
        (8, "last_name", "The last name is missing."),
        (8, "password", "The password has 6 characters; it needs 8 at least."),
        (9, "last_name", "The last name has 117 characters; 100 is the most. Shorten it."),
        (9, "email", &format!("“{}@@x.example” is not an email address: it has two @.", "w".repeat(200))),
    ] {
        judged.problems.add_on_line(line, field, why);
    }
    let empty = mend::MendView { total: 0, lines: vec![], pager: Pager::default(), ..lines.clone() };
    vec![
        ("undo", undo::undo(district, &ask).into_string()),
        ("undo-nothing", undo::undo(district, &nothing).into_string()),
        ("mend", mend::mend(district, &lines).into_string()),
        ("mend-refused", mend::mend(district, &refused).into_string()),
        ("mend-judged", mend::mend(district, &judged).into_string()),
        ("mend-nothing", mend::mend(district, &empty).into_string()),
    ]
}

/// A class in ten scripts, with names that are hard to print; some have chosen a password.
pub(crate) const CLASS: [(&str, &str); 30] = [
    ("Héloïse Ibáñez", "hibanez"),
    ("王 芳", "fwang"),
    ("يوسف حداد", "yhaddad"),
    ("Юлия Петрова", "ypetrova"),
    ("Ελένη Παπαδοπούλου", "epapadopoulou"),
    ("נועה כהן", "nkohen"),
    ("अनन्या शर्मा", "asharma"),
    ("สมชาย ใจดี", "schaidi"),
    ("አበበ በቀለ", "abekele"),
    ("김 서연", "skim"),
    ("さくら 田中", "stanaka"),
    (ARABIC, "aalansari"),
    ("Nguyễn Thị Minh Khai", "tnguyen"),
    ("Sam O’Neill", "soneill"),
    ("Łukasz Wójcik", "lwojcik"),
    ("אברהם בן־דוד", "abendavid"),
    ("தமிழ் செல்வன்", "tselvan"),
    ("ანა ბერიძე", "aberidze"),
    ("Անի Պետրոսյան", "apetrosyan"),
    ("ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ", "gsingh"),
    ("Jean-Luc de la Fontaine-Montmorency", "jfontainemontmor"),
    ("María José Fernández de la Cueva y Gutiérrez de los Ríos", "mfernandezdelacu"),
    (LONG_NAME, "wwolfeschlegelst12"),
    (HOSTILE, "salert"),
    ("欧阳 修远", "xouyang"),
    ("ငြိမ်း ချမ်း", "nchan"),
    ("Ng Ng", "nng"),
    ("محمد علی", "mali"),
    ("Ada Lovelace", "alovelace"),
    ("王 芳", "fwang2"),
];
/// A hundred letters for the first name and a hundred for the last.
const LONG_NAME: &str = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaftschaferswessenschafewarenwohlgepf Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaftschaferswessenschafewarenwohlgepf";

/// The cards of the class.
fn class() -> cards::CardsView<'static> {
    let card = |(at, (name, username)): (usize, &(&str, &'static str))| cards::CardRow {
        name: (*name).into(),
        school: "Lincoln High",
        username,
        password: match at % 5 {
            4 => None,
            3 => Some("morning-lantern-sparrow-027"),
            _ => Some("maple-otter-river-482"),
        },
    };
    cards::CardsView {
        whose: Whose::Upload(UploadId(42)),
        of: "students-2026.csv".into(),
        deal: Deal { cards: 30, suspended: 2, out_of_reach: 0 },
        layout: cards::Layout { size: cards::Size::Eight, paper: cards::Paper::A4, is_list: false },
        address: Some("https://accounts.springfield.example".into()),
        can_set_address: true,
        printed: "22 November 2026, 14:31".into(),
        cards: CLASS.iter().enumerate().map(card).collect(),
        pager: Pager::default(),
        csv: "/admin/cards.csv?upload=42".into(),
    }
}

fn card_pages() -> Vec<(&'static str, String)> {
    use cards::{CardRow, CardsView, Layout, Paper, Size};
    let district = admin(Administers::District);
    let laid_out = |size, paper, is_list| {
        let view = CardsView { layout: Layout { size, paper, is_list }, ..class() };
        cards::cards(&district, &view).into_string()
    };
    // No address is known, everything is as long as it may be, and there are more parts.
    let long_school = format!("{LONG} {HOSTILE}").chars().take(100).collect::<String>();
    let endless = "王".repeat(100);
    let row = |name: String| CardRow {
        name,
        school: &long_school,
        username: "wolfeschlegelste123456",
        password: Some("balloon-whisper-seventh-000"),
    };
    let rows = || vec![row(format!("{endless} {endless}")), row(LONG_NAME.into()), row(HOSTILE.into())];
    let hard = CardsView {
        whose: Whose::School(SchoolId(2), Some(UserType::Student)),
        of: long_school.clone(),
        deal: Deal { cards: 12_480, suspended: 1, out_of_reach: 1 },
        layout: Layout { size: Size::Ten, paper: Paper::Letter, is_list: false },
        address: Some(format!("https://{}example", "accounts-of-springfield.".repeat(7))),
        pager: pager("cards 2,001 to 4,000 of 12,480"),
        cards: rows(),
        ..class()
    };
    let bare = CardsView {
        whose: Whose::These(vec![AccountId(2), AccountId(3)]),
        of: "3 members".into(),
        deal: Deal { cards: 3, ..Deal::default() },
        address: None,
        cards: rows(),
        ..class()
    };
    let none = CardsView { deal: Deal::default(), cards: vec![], ..class() };
    let page = |view: &CardsView<'_>| cards::cards(&district, view).into_string();
    vec![
        ("cards-a4-8", laid_out(Size::Eight, Paper::A4, false)),
        ("cards-a4-10", laid_out(Size::Ten, Paper::A4, false)),
        ("cards-a4-large", laid_out(Size::Large, Paper::A4, false)),
        ("cards-letter-8", laid_out(Size::Eight, Paper::Letter, false)),
        ("cards-letter-10", laid_out(Size::Ten, Paper::Letter, false)),
        ("cards-letter-large", laid_out(Size::Large, Paper::Letter, false)),
        ("cards-list", laid_out(Size::Eight, Paper::A4, true)),
        ("cards-hard", page(&hard)),
        ("cards-without-address", page(&bare)),
        ("cards-nobody", page(&none)),
    ]
}

fn district_pages() -> Vec<(&'static str, String)> {
    let district = admin(Administers::District);
    let row = |id, name: &str, students| schools::SchoolRow {
        id: SchoolId(id),
        name: name.into(),
        teachers: 41,
        students,
        parents: 0,
    };
    let rows = vec![
        row(2, "Escuela Primaria Benito Juárez", 12_480),
        row(1, "Lincoln High", 1_000),
        row(3, "مدرسة النور", 0),
        row(4, HOSTILE, 7),
    ];
    let list = schools::SchoolsView { rows: rows.clone(), ..schools::SchoolsView::default() };
    let refused = schools::SchoolsView {
        name: "Lincoln High".into(),
        problems: Problems::of("name", "There is a school of this name already."),
        refused: Some(schools::RefusedRename {
            id: SchoolId(1),
            name: String::new(),
            problems: Problems::of("name", "A school needs a name."),
        }),
        rows,
    };
    let entry = |what: &str, whom| audit::AuditRow {
        when: "22 November 2026, 14:31".into(),
        who: "Ada Lovelace".into(),
        what: what.into(),
        whom,
    };
    let log = audit::AuditView {
        rows: vec![
            entry("suspended an account", Some(audit::Whom::Member(AccountId(3), ARABIC.into()))),
            entry("renamed a school", Some(audit::Whom::Named(HOSTILE.into()))),
            entry("was refused a page of another school", None),
            audit::AuditRow {
                who: "a removed account (no. 8)".into(),
                ..entry(
                    "removed (a student of Lincoln High)",
                    Some(audit::Whom::Named("a removed account (no. 17)".into())),
                )
            },
            entry("uploaded a file", Some(audit::Whom::Named(format!("{LONG}.csv")))),
        ],
        pager: pager("51 to 100 of 3,204"),
    };
    let plain = settings::SettingsView {
        address: "https://accounts.springfield.example".to_owned(),
        district: "Springfield District".into(),
        time_zone: "America/Chicago".into(),
        time_zones: ["America/Chicago", "America/New_York", "Europe/Berlin", "UTC"].map(Into::into).into(),
        rows_per_file: "1000".into(),
        students_choose: false,
        mail: settings::MailServerView {
            host: "mail.springfield.example".into(),
            port: "587".into(),
            security: "starttls".into(),
            username: "firstbell".into(),
            has_password: true,
            sender: "firstbell@springfield.example".into(),
            is_set: true,
            problems: Problems::default(),
        },
        backup: backup::BackupView {
            username: "alovelace".to_owned(),
            newest: Some("22 November 2026, 14:31".to_owned()),
            problems: Problems::default(),
        },
        https: https::HttpsView::Off,
        kept: settings::KeptView {
            letters: "90".into(),
            results: "365".into(),
            audit: "1095".into(),
            session_hours: "12".into(),
            problems: Problems::default(),
        },
        problems: Problems::default(),
    };
    let certificate = |is_made, ends_soon| settings::SettingsView {
        https: https::HttpsView::On {
            is_made,
            ends_soon,
            fingerprint: "3F:0A:91:5C:".repeat(8).trim_end_matches(':').into(),
            until: "20 February 2029".into(),
            names: ["accounts.springfield.example", "localhost", "10.0.0.5", "fd00:0:1::5"]
                .map(Into::into)
                .into(),
        },
        ..plain.clone()
    };
    let wrong = settings::SettingsView {
        rows_per_file: "lots".into(),
        kept: settings::KeptView {
            letters: "for ever".into(),
            problems: Problems::of("letters_kept", "Give a number of days from 1 to 3,650."),
            ..plain.kept.clone()
        },
        problems: Problems::of("rows_per_file", "Give a whole number from 1 to 200,000."),
        ..plain.clone()
    };
    let added = noticed(district.clone(), "مدرسة النور is added.", "You can make accounts for it now.");
    vec![
        ("schools", schools::schools(&added, &list).into_string()),
        ("schools-refused", schools::schools(&district, &refused).into_string()),
        ("audit", audit::audit(&district, &log).into_string()),
        ("audit-empty", audit::audit(&district, &audit::AuditView::default()).into_string()),
        ("settings", settings::settings(&district, &plain).into_string()),
        ("settings-https-made", settings::settings(&district, &certificate(true, false)).into_string()),
        ("settings-https-own", settings::settings(&district, &certificate(false, true)).into_string()),
        ("settings-refused", settings::settings(&district, &wrong).into_string()),
    ]
}

fn problem_pages() -> Vec<(&'static str, String)> {
    use problem::Trouble;
    let teacher = own("Ada Lovelace", UserType::Teacher, true);
    let page = |trouble: &Trouble| problem::problem(&teacher, trouble).into_string();
    let nobody = Shell { district: String::new(), ..shell(None) };
    vec![
        ("problem-400", page(&Trouble::NotUnderstood)),
        ("problem-403", page(&Trouble::NotYours)),
        ("problem-403-switch", page(&Trouble::InAdminAccount { next: "/admin/uploads/27".into() })),
        ("problem-403-password", page(&Trouble::PasswordFirst)),
        ("problem-403-form", page(&Trouble::FormTooOld)),
        ("problem-404", page(&Trouble::NotFound)),
        ("problem-405", page(&Trouble::WrongMethod)),
        ("problem-413", page(&Trouble::TooLarge("Send five hundred files at most at once."))),
        (
            "problem-413-door",
            problem::not_let_in(413, "This is larger than 10 MB, the most that is taken at once.")
                .into_string(),
        ),
        ("problem-422", page(&Trouble::Refused("Somebody else changed this just now. Look again.".into()))),
        ("problem-429", page(&Trouble::TooMany { seconds: 40 })),
        ("problem-500", page(&Trouble::Broken { incident: "K7Q-2M4".into() })),
        (
            "problem-503",
            problem::problem(
                &nobody,
                &Trouble::Unavailable(
                    "The disk is full. Make room; nothing that was received is lost.".into(),
                ),
            )
            .into_string(),
        ),
    ]
}

fn letter_row(id: i64, kind: LetterKind, status: LetterStatus, answer: &str) -> mail::LetterRow {
    mail::LetterRow {
        id: LetterId(id),
        kind,
        to_name: if id % 2 == 0 { ARABIC.into() } else { "Ada Lovelace".into() },
        to_email: "ada.lovelace@springfield.example".into(),
        job: matches!(kind, LetterKind::Received | LetterKind::Report).then_some(12),
        status,
        written: "22 Nov 2026, 14:31".into(),
        tries: if answer.is_empty() { 0 } else { 3 },
        answer: answer.into(),
        next_try: if status == LetterStatus::Queued && !answer.is_empty() {
            "22 Nov 2026, 14:52".into()
        } else {
            String::new()
        },
        ended: if status == LetterStatus::Queued { String::new() } else { "22 November 2026, 14:32".into() },
        can_be_sent: status != LetterStatus::Sent,
    }
}

fn mail_pages() -> Vec<(&'static str, String)> {
    let district = admin(Administers::District);
    let rows = vec![
        letter_row(9, LetterKind::NewPassword, LetterStatus::Failed, "550 5.1.1 No such user here"),
        letter_row(8, LetterKind::Report, LetterStatus::Queued, "451 4.7.1 Greylisted, come back later"),
        letter_row(7, LetterKind::Received, LetterStatus::Queued, ""),
        letter_row(6, LetterKind::Report, LetterStatus::Sent, "250 2.0.0 Ok: queued as 4F7A1C"),
        letter_row(5, LetterKind::Administrator, LetterStatus::Sent, HOSTILE),
    ];
    let list =
        mail::MailView { rows, has_server: true, queued: 2, failed: 1, pager: pager("1 to 50 of 1,214") };
    let waiting = mail::MailView {
        rows: vec![letter_row(7, LetterKind::Received, LetterStatus::Queued, "")],
        queued: 1,
        ..mail::MailView::default()
    };
    let one = mail::LetterView {
        row: letter_row(8, LetterKind::Report, LetterStatus::Queued, "451 4.7.1 Greylisted, come back later"),
        subject: format!("Job 12: {HOSTILE}, 3 lines to correct"),
        text: Ok(format!("Dear {ARABIC},\n\n3 lines need correcting.\n\n  Job ID: 12\n  File: {HOSTILE}\n")),
        is_under_way: false,
        has_server: true,
    };
    let gone =
        mail::LetterView { text: Err("The upload that this letter is about is gone.".into()), ..one.clone() };
    let door = shell(None);
    let link =
        forgotten::ByLinkView { link: "0123".into(), shortest_password: 8, problems: Problems::default() };
    let refused = forgotten::ByLinkView {
        problems: Problems::of(
            "new_password",
            "This is one of the passwords that everybody tries first. Choose another.",
        ),
        ..link.clone()
    };
    let can = forgotten::ForgottenView { can_be_sent: true, was_asked: false };
    vec![
        ("mail", mail::mail(&district, &list).into_string()),
        ("mail-without-a-server", mail::mail(&district, &waiting).into_string()),
        (
            "mail-empty",
            mail::mail(&district, &mail::MailView { has_server: true, ..Default::default() }).into_string(),
        ),
        ("letter", mail::letter(&district, &one).into_string()),
        ("letter-gone", mail::letter(&district, &gone).into_string()),
        ("forgotten", forgotten::forgotten(&door, &can).into_string()),
        (
            "forgotten-asked",
            forgotten::forgotten(&door, &forgotten::ForgottenView { was_asked: true, ..can }).into_string(),
        ),
        (
            "forgotten-without-mail",
            forgotten::forgotten(&door, &forgotten::ForgottenView::default()).into_string(),
        ),
        ("password-by-link", forgotten::by_link(&door, &link).into_string()),
        ("password-by-link-refused", forgotten::by_link(&door, &refused).into_string()),
        ("password-link-gone", forgotten::link_gone(&door).into_string()),
    ]
}
