//! How files are read, from their bytes to their rows.

use super::super::name::is_space;
use super::*;
use proptest::prelude::*;

const HEAD: &str = "first_name,last_name,email,password\n";

/// What came of a file that is clear.
fn clear(file: &[u8]) -> Roster {
    clear_with(file, &Answers::default())
}

fn clear_with(file: &[u8], answers: &Answers) -> Roster {
    match read(file, 100, answers).unwrap() {
        Reading::Clear(roster) => roster,
        Reading::Unclear(unclear) => panic!("{unclear}"),
    }
}

fn question(file: &[u8], answers: &Answers) -> (Understood, Question) {
    match read(file, 100, answers).unwrap() {
        Reading::Clear(roster) => panic!("nothing was asked: {roster:?}"),
        Reading::Unclear(mut unclear) => (unclear.understood, unclear.questions.remove(0)),
    }
}

fn row(roster: &Roster, at: usize) -> Result<Row<'_>, Refusal<'_>> {
    roster.rows.get(at).unwrap()
}

fn lines_of(file: &str) -> Vec<(u32, String)> {
    let roster = clear(file.as_bytes());
    roster.rows.iter().map(|row| row.unwrap()).map(|row| (row.line, row.last_name.to_owned())).collect()
}

fn refusal(file: &str) -> String {
    read(file.as_bytes(), 3, &Answers::default()).unwrap_err().to_string()
}

#[test]
fn every_row_knows_the_line_it_starts_on_whatever_ends_the_lines() {
    for end in ["\n", "\r\n", "\r"] {
        let file = "\u{FEFF}\nFirst_Name,LAST_NAME, email ,password\n\n\nA,One,,\nB,Two,,\n,,,\n \nC,\"\nThree\n\",\"x@y.example\",\"p\"\n\nD,Four,,";
        let expected = [(5, "One"), (6, "Two"), (9, "Three"), (13, "Four")].map(|(l, n)| (l, n.to_owned()));
        assert_eq!(lines_of(&file.replace('\n', end)), expected, "{end:?}");
    }
}

#[test]
fn columns_are_found_by_name_and_the_others_said() {
    let file =
        "Password,Class,email,last_name,First_Name,\nsecret-1,4b,a@b.example,\"Lee, \"\"Jr\"\"\",Ann,\n";
    let roster = clear(file.as_bytes());
    assert_eq!(roster.understood.ignored_columns().collect::<Vec<_>>(), ["Class"]);
    let row = row(&roster, 0).unwrap();
    assert_eq!((row.first_name, row.last_name), ("Ann", "Lee, \"Jr\""));
    assert_eq!((row.email, row.password), ("a@b.example", Some("secret-1")));
}

#[test]
fn a_password_stays_exact_and_a_blank_one_is_none() {
    let file = format!("{HEAD}A,B,,  two  spaces \nA,B,,\u{A0} \nA,B,,");
    let roster = clear(file.as_bytes());
    let passwords: Vec<_> = roster.rows.iter().map(|row| row.unwrap().password).collect();
    assert_eq!(passwords, [Some("  two  spaces "), None, None]);
}

#[test]
fn a_line_whose_cells_do_not_fit_is_refused_by_itself_and_keeps_no_password() {
    for (lines, why) in [
        ("A,B,,secret99,q", "Line 2 has 5 columns, not 4: is a comma missing its quotes?"),
        ("A,B,secret99", "Line 2 has 3 columns, not 4: is a comma missing? Empty cells need theirs too."),
        ("A,\"B,,secret99\nC,D\",,secret99", "Lines 2 to 3 read as one: is there a quotation mark too many?"),
        ("A,\"B,b@x.example,secret99\r\nC,\"D\",d@x.example,secret99", "Lines 2 to 3 read as one"),
        ("A,B,,\"secret99\n\nC,D,,x\"", "Lines 2 to 4 read as one"),
        ("A,\"B\"x,,secret99", "Line 2 has something after a closing quotation mark"),
        ("A, \"B\",,secret99", "Line 2 has a space before a quotation mark"),
        ("A,B,secret99,b@x.example", "The email is in the password's column"),
        ("A,B,secret99,", "The email has no @"),
        ("A B,b@x.example,secret99,", "Line 2 has an email where a name belongs"),
    ] {
        let roster = clear(format!("{HEAD}{lines}\nE,F,,,\n").as_bytes());
        let refusal = row(&roster, 0).unwrap_err();
        assert!(refusal.why.contains(why), "{lines:?}: {refusal:?}");
        assert!(!format!("{refusal:?}").contains("secret99"), "{refusal:?}");
        assert_eq!(roster.rows.len(), 2, "{lines:?}");
        assert!(row(&roster, 1).is_ok(), "empty cells too many do no harm");
    }
}

#[test]
fn a_cell_that_means_nothing_here_may_have_several_lines() {
    let head = "first_name,last_name,email,password,address\n";
    let file = format!(
        "{head}A,B,,,\"1 Main St\r\nTown, Land\"\nC,D,,,\"5\nE,F,,,6\"\nG,\"H\nI\",,,\nJ,K,,,\"x\" y\n"
    );
    let roster = clear(file.as_bytes());
    let lines: Vec<_> =
        roster.rows.iter().map(|row| row.map(|row| row.line).map_err(|it| it.why.into_owned())).collect();
    assert_eq!(lines[0], Ok(2));
    assert!(lines[1].as_ref().is_err_and(|why| why.starts_with("Lines 4 to 5 read as one")), "{lines:?}");
    assert!(lines[2].as_ref().is_err_and(|why| why.starts_with("Lines 6 to 7 read as one")), "{lines:?}");
    assert_eq!(lines[3], Ok(8));
    // Where lines may end early, fewer cells make one.
    let answers = Answers { short_rows_are_blank: true, ..Answers::default() };
    let roster = clear_with(format!("{head}A,B,,,\"nice\nC,D\nE,F\"\n").as_bytes(), &answers);
    assert!(row(&roster, 0).is_err_and(|refusal| refusal.why.starts_with("Lines 2 to 4 read as one")));
}

#[test]
fn a_file_that_cannot_be_used_is_refused_with_what_to_do() {
    for (file, words) in [
        ("", "empty"),
        ("\n \n,,\n", "empty"),
        (HEAD, "nobody below"),
        ("name,email,password\n", "one column for the whole name, “name”"),
        ("given to,email,password\n", "columns first_name, last_name."),
        ("Ann,Lee,a@b.example,pw\n", "first line is somebody's"),
        ("first_name,last_name,email,EMAIL\n", "email twice"),
        ("first_name,last_name,email,password\na,b,,\na,b,,\na,b,,\na,b,,", "has 4 people; 3 is the most"),
        ("first_name,last_name,email,password\n\na,b,,\na,\"b,,\na,b,,", "Line 4 opens a quotation mark"),
        ("f\0\0\0i\0\0\0", "UTF-32"),
        ("first_name,last_name,email\nAnn,\u{1B}$BLee,\n", "neither text"),
    ] {
        assert!(refusal(file).contains(words), "{file:?}: {}", refusal(file));
    }
    let most = largest_file(9);
    let large = vec![b' '; most + 1];
    assert_eq!(read(&large, 9, &Answers::default()).unwrap_err(), Unreadable::TooLarge { most });
    assert!(largest_file(200_000) > 3 * most);
}

#[test]
fn a_legacy_encoding_is_asked_with_names_and_read_as_answered() {
    let file = b"first_name;last_name;email;password\r\nAnn;Lee;;\r\nJ\xFCrgen;M\xFCller;;geheim-\xE9\r\nZo\xEB;S\xF8rensen;;\r\n";
    let (_, Question::Encoding { options }) = question(file, &Answers::default()) else {
        panic!("no encodings")
    };
    assert_eq!(options[0].encoding.label(), "windows-1252");
    assert_eq!(options[0].samples, ["Jürgen Müller", "Zoë Sørensen"]);
    assert!(options.len() > 2, "{options:?}");
    assert!(!format!("{options:?}").contains("geheim"), "{options:?}");
    let answers = Answers { encoding: Some(options[0].encoding), ..Answers::default() };
    let roster = clear_with(file, &answers);
    assert_eq!(row(&roster, 1).unwrap().password, Some("geheim-é"));
    assert_eq!(
        roster.understood.format.to_string(),
        "text in Windows-1252 (Western European), its cells separated by semicolons"
    );
}

#[test]
fn headings_spelled_otherwise_are_asked_and_no_password_is_shown() {
    let file = "Nom\tPrénom\tClasse\tCourriel\tMot de passe\nLee\tAnn\t4b\ta@x.example\tsecret99\nLi\tBen\tsecret99\n";
    let (understood, Question::Columns { headings, guess, samples }) =
        question(file.as_bytes(), &Answers::default())
    else {
        panic!("no columns")
    };
    assert_eq!((understood.people, headings.len()), (2, 5));
    use Column::{Email, FirstName, LastName, Password};
    assert_eq!(guess, [Some(LastName), Some(FirstName), None, Some(Email), Some(Password)]);
    assert_eq!(samples, [["Lee", "Ann", "••••••", "a@x.example", "••••••"]]);
    let roster = clear_with(file.as_bytes(), &Answers { columns: Some(guess), ..Answers::default() });
    assert_eq!(row(&roster, 0).unwrap().first_name, "Ann");
    assert_eq!(roster.understood.ignored_columns().collect::<Vec<_>>(), ["Classe"]);
    assert!(row(&roster, 1).is_err());
}

#[test]
fn lines_that_end_early_are_blank_at_the_end_if_that_is_answered() {
    let file = format!("{HEAD}A,B\nC,D,c@x.example\nE\nF,G,secret99\nH,I,,,\n");
    let refused = clear(file.as_bytes());
    assert_eq!(refused.understood.short_rows, 3);
    assert_eq!(refused.rows.iter().filter(|row| row.is_err()).count(), 4);
    let answers = Answers { short_rows_are_blank: true, ..Answers::default() };
    let read = clear_with(file.as_bytes(), &answers);
    let is_ok: Vec<bool> = read.rows.iter().map(|row| row.is_ok()).collect();
    assert_eq!(is_ok, [true, true, false, false, true]);
    assert_eq!(row(&read, 1).unwrap().email, "c@x.example");
}

#[test]
fn what_is_left_out_is_said_once_and_a_column_of_problems_not_at_all() {
    let said = |file: &str| {
        let understood = clear(file.as_bytes()).understood;
        (understood.ignored_columns().map(str::to_owned).collect::<Vec<_>>(), understood.remarks)
    };
    let none: Vec<String> = Vec::new();
    assert_eq!(
        said("first_name,last_name,email,password,Problem\nA,B,,,The email has no @.\n"),
        (none.clone(), none.clone())
    );
    let (ignored, remarks) = said("first_name,last_name,,email,Class,,\nA,B,x,,4b\n");
    assert_eq!(ignored, ["Class"]);
    assert_eq!(
        remarks,
        [
            "There is no column for passwords, so one is made for everybody.",
            "What stands under no heading was left out (line 2)."
        ]
    );
}

#[test]
fn names_that_were_garbled_before_are_said() {
    let file = format!("{HEAD}JÃ¼rgen,Lee,,\nJürgen,Lee,,\nAnn,NÃºÃ±ez,,\n");
    let roster = clear(file.as_bytes());
    assert_eq!(roster.understood.remarks.len(), 1);
    assert!(roster.understood.remarks[0].contains("(lines 2, 4)"), "{:?}", roster.understood.remarks);
    assert_eq!(row(&roster, 0).unwrap().first_name, "JÃ¼rgen");
}

#[test]
fn a_legacy_file_may_begin_with_blank_rows_and_end_with_the_sign_of_dos() {
    let file = b";;;\r\n\r\nfirst_name;last_name;email;password\r\nJ\xFCrgen;Lee;;\r\nA;B\r\n\x1A";
    let (_, Question::Encoding { options }) = question(file, &Answers::default()) else {
        panic!("no encodings")
    };
    assert_eq!(options[0].samples, ["Jürgen Lee"]);
    let answers = Answers { encoding: Some(options[0].encoding), ..Answers::default() };
    let roster = clear_with(file, &answers);
    assert_eq!(row(&roster, 0).unwrap().line, 4);
    assert!(
        row(&roster, 1).unwrap_err().why.ends_with("is a semicolon missing? Empty cells need theirs too.")
    );
}

#[test]
fn the_sign_of_dos_after_the_last_line_is_nobody_in_a_file_with_a_mark_either() {
    for mark in ["", "\u{FEFF}"] {
        let file = format!("{mark}{HEAD}Ann,Lee,,\r\n\u{1A}");
        assert_eq!(lines_of(&file), [(2, "Lee".to_owned())], "{mark:?}");
    }
}

#[test]
fn a_legacy_file_may_say_its_separator_in_quotes() {
    for first in ["sep=;", "\"sep=;\"", "\"SEP=;\""] {
        let head = format!("{first}\r\nfirst_name;last_name;email;password\r\n");
        let file = [head.as_bytes(), b"J\xFCrgen;Lee;;\r\n"].concat();
        let (_, Question::Encoding { options }) = question(&file, &Answers::default()) else {
            panic!("no encodings")
        };
        assert_eq!(options[0].samples, ["Jürgen Lee"], "{first}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_reading_panic(file in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&file, 100, &Answers::default());
        let _ = read(&[HEAD.as_bytes(), &file].concat(), 100, &Answers::default());
    }

    #[test]
    fn no_text_that_looks_like_a_roster_makes_reading_panic(file in "[\",;\r\nab@. \u{FEFF}é]{0,200}") {
        let _ = read(format!("{HEAD}{file}").as_bytes(), 100, &Answers::default());
    }

    #[test]
    fn every_row_written_comes_out_once_with_its_line_and_its_cells(
        rows in proptest::collection::vec(("[^\\s@]{1,8}", "[a-z\",\r\n ]{0,8}[a-z]", 0..3usize), 1..30),
        end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
    ) {
        let mut file = format!("first_name,last_name,email,password{end}").into_bytes();
        let mut line = 2;
        let mut expected = Vec::new();
        for (first, last, blanks) in &rows {
            for _ in 0..*blanks {
                file.extend_from_slice(end.as_bytes());
                line += 1;
            }
            let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
            let written = format!("{},{},,", quoted(first), quoted(last));
            let trimmed = |text: &str| text.trim_matches(is_space).to_owned();
            expected.push((line, trimmed(first), trimmed(last)));
            line += u32::try_from(written.replace("\r\n", "\n").matches(['\r', '\n']).count()).unwrap() + 1;
            file.extend_from_slice(format!("{written}{end}").as_bytes());
        }
        // Letters of any scripts side by side may be those of another encoding.
        let answers = Answers { encoding: Some(Encoding::UTF_8), ..Answers::default() };
        let roster = clear_with(&file, &answers);
        prop_assert_eq!(roster.rows.len(), expected.len());
        for (row, (line, first, last)) in roster.rows.iter().zip(expected) {
            match row {
                Ok(row) => prop_assert_eq!((row.line, row.first_name, row.last_name), (line, &*first, &*last)),
                Err(refusal) => {
                    prop_assert_eq!(refusal.line, line);
                    prop_assert!(last.contains(['\r', '\n']), "{:?} was refused: {}", last, refusal.why);
                }
            }
        }
    }
}
