//! The pages of files that are checked, in every state.

use super::{ARABIC, HOSTILE, LONG, admin, pager};
use firstbell::domain::roster::{
    Column, Encoding, EncodingOption, Format, Heading, Question, Separator, Understood,
};
use firstbell::domain::{Administers, DraftId, RecordStatus, UploadId, UserType};
use firstbell::store::draft::{PlanCounts, Planned};
use firstbell::web::pages::check::{CheckView, Foreseen, Stage, WaitingFile, check, checks};
use firstbell::web::pages::{Problems, Shell};

fn waiting(id: i64, file_name: &str, school: &str) -> WaitingFile {
    WaitingFile {
        id: DraftId(id),
        file_name: file_name.into(),
        school: school.into(),
        kind: UserType::Student,
        handed_in: "22 Nov 2026, 14:31".into(),
    }
}

fn heading(text: &str, taken_for: Option<Column>) -> Heading {
    Heading { text: text.into(), taken_for }
}

fn understood(encoding: Option<&str>) -> Understood {
    Understood {
        format: Format::Text {
            encoding: encoding.and_then(Encoding::from_label),
            separator: Separator::from_word("semicolon"),
        },
        columns: vec![
            heading("Nachname", Some(Column::LastName)),
            heading("Vorname", Some(Column::FirstName)),
            heading("Klasse", None),
            heading(HOSTILE, None),
            heading("E-Mail", Some(Column::Email)),
            heading("Passwort", Some(Column::Password)),
        ],
        people: 1_214,
        blank_rows: 3,
        blank_columns: 1,
        short_rows: 12,
        remarks: vec!["The first 2 lines are no part of the table, and were left out.".into()],
    }
}

fn view(stage: Stage) -> CheckView {
    CheckView {
        id: DraftId(7),
        file_name: "students-2026.csv".into(),
        school: "Lincoln High".into(),
        kind: UserType::Student,
        before: None,
        revision: 1,
        understood: Some(understood(Some("utf-8"))),
        is_answered: true,
        short_rows_are_blank: false,
        stage,
        problems: Problems::default(),
    }
}

fn planned(line: u32, name: [&str; 2], email: &str, status: RecordStatus, message: &str) -> Planned {
    Planned {
        line,
        first_name: name[0].into(),
        last_name: name[1].into(),
        email: email.into(),
        username: if status == RecordStatus::Created { format!("user{line}") } else { String::new() },
        status,
        message: message.into(),
        is_namesake: message.contains("name"),
        is_left_out: message.starts_with("Left out"),
    }
}

fn lines() -> Vec<Planned> {
    use RecordStatus::{Created, Failed, Skipped};
    let twin = "A student of this name is here already: alee2, since 3 September 2025.";
    vec![
        planned(2, ["Héloïse", "Ibáñez"], "", Created, "Ready, with a generated password."),
        planned(
            3,
            ["Łukasz", "Wójcik"],
            "l.wojcik@lincoln.example",
            Skipped,
            "This email has an account already: Łukasz Wójcik, student of Lincoln High. No second account was made.",
        ),
        planned(4, ["Ann", "Lee"], "", Created, &format!("Ready, with a generated password. {twin}")),
        planned(5, ["Ann", "Lee"], "", Skipped, &format!("Left out, as was chosen. {twin}")),
        planned(
            6,
            ["Sam", "O’Neill"],
            "sam@@lincoln.example",
            Failed,
            "“sam@@lincoln.example” is not an email address: it has two @.",
        ),
        planned(7, ["", ARABIC], "", Created, "Ready, with the password in the file."),
        planned(
            8,
            [LONG, LONG],
            &format!("{LONG}@x.example"),
            Created,
            "Ready, with a generated password. Another line of this file has the same name.",
        ),
        planned(9, [HOSTILE, HOSTILE], HOSTILE, Failed, HOSTILE),
    ]
}

fn foreseen() -> Foreseen {
    Foreseen {
        counts: PlanCounts { created: 1_190, skipped: 21, failed: 3, namesakes: 140 },
        changed: vec![],
        changed_lines: 0,
        namesakes: lines().into_iter().filter(|line| line.is_namesake).collect(),
        rows: lines(),
        which: None,
        pager: pager("51 to 100 of 1,214"),
    }
}

fn encodings() -> Question {
    let option = |label: &str, samples: [&str; 3]| {
        let samples = samples.map(str::to_owned).to_vec();
        Encoding::from_label(label).map(|encoding| EncodingOption { encoding, samples })
    };
    Question::Encoding {
        options: [
            option("windows-1252", ["Jürgen Müller", "Zoë Sørensen", "François Léveillé"]),
            option("windows-1250", ["Jürgen Müller", "Zoë Sřrensen", "François Léveillé"]),
            option("windows-1251", ["Jьrgen Mьller", "Zoл Sшrensen", "Franзois Lйveillй"]),
            option("macintosh", [HOSTILE, LONG, "FranÁois LÈveillÈ"]),
        ]
        .into_iter()
        .flatten()
        .collect(),
    }
}

fn columns(guess: [Option<Column>; 5]) -> Question {
    let row = |cells: [&str; 5]| cells.map(str::to_owned).to_vec();
    Question::Columns {
        headings: row(["Nachname", "Vorname", "", HOSTILE, "Kennwort"]),
        guess: guess.to_vec(),
        samples: vec![
            row(["Müller", "Jürgen", "••••••", "j.mueller@x.example", "••••••"]),
            row([LONG, ARABIC, "••••••", "", "••••••"]),
            row(["Lee", "Ann", "••••••", HOSTILE, "••••••"]),
        ],
    }
}

pub(super) fn pages() -> Vec<(&'static str, String)> {
    use Column::{Email, FirstName, LastName, Password};
    let district = admin(Administers::District);
    let page = |view: &CheckView| check(&district, view).into_string();
    let asked = |question| CheckView {
        understood: Some(understood(None)),
        is_answered: false,
        ..view(Stage::Asked(vec![question]))
    };
    let guess = [Some(LastName), Some(FirstName), None, Some(Email), Some(Password)];
    let wrong = [Some(LastName), None, None, Some(Email), Some(Password)];
    let before = Some((UploadId(42), "21 November 2026, 09:03".to_owned()));
    let created = lines().into_iter().filter(|line| line.status == RecordStatus::Created);
    let mut now: Vec<_> = created
        .map(|before| (before.clone(), Planned { username: format!("{}9", before.username), ..before }))
        .collect();
    now.push((planned(9, ["Ann", "Lee"], "", RecordStatus::Created, "Ready."), lines().remove(1)));
    let changed = Foreseen {
        changed: std::iter::repeat_with(|| now.clone()).flatten().take(20).collect(),
        changed_lines: 24,
        ..foreseen()
    };
    let well = Foreseen {
        counts: PlanCounts { created: 2, ..PlanCounts::default() },
        rows: lines().into_iter().filter(|line| line.line == 2).collect(),
        namesakes: vec![],
        pager: Default::default(),
        ..foreseen()
    };
    let well = CheckView {
        understood: Some(Understood {
            short_rows: 0,
            blank_rows: 0,
            remarks: vec![],
            ..understood(Some("utf-8"))
        }),
        ..view(Stage::Foreseen(Box::new(well)))
    };
    let none = Foreseen {
        which: Some(RecordStatus::Failed),
        rows: vec![],
        counts: PlanCounts { skipped: 9, ..PlanCounts::default() },
        namesakes: vec![],
        pager: Default::default(),
        ..foreseen()
    };
    let must_wait = CheckView {
        problems: Problems::of(
            "create",
            "Another file that is being worked on just now has emails of this one. Wait a moment, then press again: what is different then is said.",
        ),
        ..view(Stage::Foreseen(Box::new(foreseen())))
    };
    let unreadable = CheckView {
        understood: None,
        file_name: HOSTILE.into(),
        ..view(Stage::Unreadable("The file has 1,214 people, and a file may have 1,000 at most. Split it, or have the limit raised in Settings.".into()))
    };
    let sheets = Question::Sheet { names: vec!["Class 4b".into(), "Class 4c".into(), HOSTILE.into()] };
    let workbook =
        Understood { format: Format::Workbook { sheet: None }, columns: vec![], ..understood(None) };
    let asked_sheet = CheckView { understood: Some(workbook), ..asked(sheets) };
    let refused = CheckView {
        problems: Problems::of("columns", "Say which column has the first name.")
            .and("answers", "The file has no people in it: nothing stands below its first line."),
        ..asked(columns(wrong))
    };
    let listed = [
        waiting(9, "students-2026.csv", "Lincoln High"),
        waiting(8, HOSTILE, "مدرسة النور"),
        waiting(7, &format!("{LONG}-{LONG}.csv"), "Escuela Primaria Benito Juárez"),
    ];
    let list = |shell: &Shell, files: &[WaitingFile]| checks(shell, files).into_string();
    vec![
        ("check-asked-encoding", page(&asked(encodings()))),
        ("check-asked-columns", page(&asked(columns(guess)))),
        ("check-asked-columns-refused", page(&refused)),
        ("check-asked-sheet", page(&asked_sheet)),
        ("check-foreseen", page(&CheckView { before, ..view(Stage::Foreseen(Box::new(foreseen()))) })),
        ("check-all-well", page(&well)),
        ("check-nobody", page(&view(Stage::Foreseen(Box::new(none))))),
        ("check-changed", page(&view(Stage::Foreseen(Box::new(changed))))),
        ("check-must-wait", page(&must_wait)),
        ("check-unreadable", page(&unreadable)),
        ("checks", list(&district, &listed)),
        ("checks-none", list(&admin(Administers::School), &[])),
    ]
}
