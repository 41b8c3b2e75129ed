//! Files that leave something open: what is asked, with names to tell it by, and that they are read as was answered.

use crate::checks::{check, create, page, to_check};
use crate::serving::Server;
use crate::support::{Line, SCHOOL, Site};
use crate::visitor::{Answer, Form};

/// A file as an old Excel writes it in Germany: its letters in Windows-1252, semicolons, and nothing that says so.
const LEGACY: &[u8] = b"first_name;last_name;email;password\r\nJ\xFCrgen;M\xFCller;;geheim-\xE9\xE9\r\n\
                        Zo\xEB;S\xF8rensen;;\r\nAnn;Lee;;\r\nFran\xE7ois;L\xE9veill\xE9;;\r\n";
/// Headings in French, and a column that means nothing here.
const FOREIGN: &str = "Nom;Prénom;Classe;Courriel;Mot de passe\nLéveillé;Zoë;4b;zoe@x.example;Kanarienvogel-1\n\
                       Li;Ben;4c;;\n";

fn answering(page: &Answer, id: i64) -> Form {
    page.form(&format!("/admin/checks/{id}/answers"))
}

fn names(lines: &[Line]) -> Vec<String> {
    lines.iter().map(|line| format!("{} {}", line.first_name, line.last_name)).collect()
}

#[test]
fn the_encoding_is_asked_with_names_that_tell_and_the_names_come_out_right() {
    let server = Server::of_a_district();
    let mut ada = server.ada();
    let id = check(&mut ada, "students", "alt.csv", LEGACY);
    let asked = page(&mut ada, id);
    asked.assert_shows(&[
        "Before anything is made",
        "How do these names read right?",
        "Jürgen Müller, Zoë Sørensen, François Léveillé",
        "Windows-1252 (Western European)",
        "save the file as “CSV UTF-8 (Comma delimited)” and hand it in again",
        "The file is text.",
    ]);
    assert!(!asked.text().contains("students in it"), "nobody knows how many: {}", asked.text());
    assert!(!asked.text().contains("geheim") && !asked.text().contains("Create these accounts"));
    // Nothing is made while something is open.
    let csrf = asked.form("/logout").value("csrf").to_owned();
    for part in ["create", "lines"] {
        let pressed = ada.post(&format!("/admin/checks/{id}/{part}"), &[("csrf", &csrf)]);
        assert!([404, 422].contains(&pressed.status), "{part}: {}", pressed.status);
    }
    assert_eq!(server.site.count("SELECT count(*) FROM upload"), 0);
    let sent = ada.send(answering(&asked, id).with("encoding", "windows-1252"));
    ada.follow(&sent).assert_shows(&[
        "Created 4",
        "text in Windows-1252",
        "separated by semicolons, with 4 students in it.",
        "jmuller",
    ]);
    let made = create(&server, &mut ada, id);
    assert_eq!(names(&made), ["Jürgen Müller", "Zoë Sørensen", "Ann Lee", "François Léveillé"]);
    assert!(server.visitor().sign_in(&made[0].username, "geheim-éé").location().starts_with('/'));
    server.end();
}

#[test]
fn another_encoding_is_taken_if_it_is_chosen() {
    let server = Server::of_a_district();
    let mut ada = server.ada();
    let (shift_jis, ..) =
        encoding_rs::SHIFT_JIS.encode("first_name,last_name,email,password\n花子,山田,,\n太郎,鈴木,,\n");
    let id = check(&mut ada, "students", "名簿.csv", &shift_jis);
    let asked = page(&mut ada, id);
    asked.assert_shows(&["花子 山田, 太郎 鈴木"]);
    let sent = ada.send(answering(&asked, id).with("encoding", "shift_jis"));
    ada.follow(&sent).assert_shows(&["Created 2", "花子 山田"]);
    assert_eq!(names(&create(&server, &mut ada, id)), ["花子 山田", "太郎 鈴木"]);
    server.end();
}

#[test]
fn headings_in_other_words_are_asked_with_samples_and_no_password_is_shown() {
    let server = Server::of_a_district();
    let mut ada = server.ada();
    let id = check(&mut ada, "students", "élèves.csv", FOREIGN);
    let asked = page(&mut ada, id);
    asked.assert_shows(&["Which column is which?", "“Prénom”", "Zoë, Ben", "zoe@x.example", "••••••"]);
    assert!(!asked.html().contains("Kanarien"));
    // What is likely is chosen already.
    let form = answering(&asked, id);
    let chosen: Vec<&str> = (0..5).map(|at| form.value(&format!("column-{at}"))).collect::<Vec<_>>();
    assert_eq!(chosen, ["last_name", "first_name", "-", "email", "password"]);

    // What cannot be is refused, with the reason, and stays chosen.
    for (at, taken_for, words) in [
        ("column-2", "email", "Two columns cannot both be the email."),
        ("column-1", "-", "Say which column has the first name."),
    ] {
        let refused = ada.send(form.clone().with(at, taken_for));
        refused.assert_refused(&[words, "Which column is which?"]);
        assert_eq!(answering(&refused, id).value(at), taken_for);
        assert!(!refused.html().contains("Kanarien"));
    }

    let sent = ada.send(form);
    let foreseen = ada.follow(&sent);
    foreseen.assert_shows(&[
        "Created 2",
        "Column “Nom”: last name",
        "Column “Classe”: left out",
        "zleveille",
    ]);
    assert!(!foreseen.html().contains("Kanarien"));
    let made = create(&server, &mut ada, id);
    assert_eq!(names(&made), ["Zoë Léveillé", "Ben Li"]);
    assert_eq!(made[0].email, "zoe@x.example");
    server.signed_in("zleveille", "Kanarienvogel-1");
    server.end();
}

#[test]
fn an_encoding_and_then_the_headings_are_asked_one_after_the_other() {
    let server = Server::of_a_district();
    let mut ada = server.ada();
    let (bytes, ..) = encoding_rs::WINDOWS_1252.encode(FOREIGN);
    let id = check(&mut ada, "students", "élèves.csv", &bytes);
    let asked = page(&mut ada, id);
    asked.assert_shows(&["How do these names read right?"]);
    let sent = ada.send(answering(&asked, id).with("encoding", "windows-1252"));
    let asked = ada.follow(&sent);
    asked.assert_shows(&["Which column is which?", "“Prénom”", "Zoë, Ben"]);
    let sent = ada.send(answering(&asked, id));
    ada.follow(&sent).assert_shows(&["Created 2", "Zoë Léveillé"]);
    assert_eq!(names(&create(&server, &mut ada, id)), ["Zoë Léveillé", "Ben Li"]);
    server.end();
}

#[test]
fn lines_that_end_early_are_refused_until_they_are_said_to_be_blank_there() {
    let server = Server::of_a_district();
    let mut ada = server.ada();
    let content = "first_name,last_name,email,password\nAnn,Lee\nBen,Lee,,\nCid,Lee,cid@x.example\n";
    let id = check(&mut ada, "students", "kids.csv", content);
    let shown = page(&mut ada, id);
    shown.assert_shows(&[
        "Created 1",
        "Failed 2",
        "2 lines end before the last column.",
        "Read what is missing as blank",
    ]);
    let sent = ada.send(answering(&shown, id));
    let shown = ada.follow(&sent);
    shown.assert_shows(&[
        "Created 3",
        "Failed 0",
        "What is missing is read as blank.",
        "Refuse these lines instead",
    ]);
    let sent = ada.send(answering(&shown, id));
    let shown = ada.follow(&sent);
    shown.assert_shows(&["Created 1", "Failed 2"]);
    ada.send(answering(&shown, id)).location();
    let made = create(&server, &mut ada, id);
    assert_eq!(names(&made), ["Ann Lee", "Ben Lee", "Cid Lee"]);
    assert!(made.iter().all(|line| line.status == "created"), "{made:?}");
    server.end();
}

#[test]
fn a_file_that_is_unclear_is_asked_about_although_it_was_submitted() {
    let server = Server::of_a_district();
    let mut ada = server.ada();
    let submit = |admin: &mut crate::visitor::Visitor, files: &[(&str, &[u8])]| {
        let steps = admin.get("/admin/uploads/new");
        let form = steps.form("/admin/uploads").with("user_type", "students").choose("school_id", SCHOOL);
        let form = files.iter().fold(form, |form, (name, content)| form.file(name, content));
        admin.send(form)
    };
    let asked = submit(&mut ada, &[("alt.csv", LEGACY)]);
    asked.assert_refused(&["Check of alt.csv", "How do these names read right?", "Jürgen Müller"]);
    assert_eq!(server.site.count("SELECT count(*) FROM upload"), 0);
    ada.send(answering(&asked, 1).with("encoding", "windows-1252")).location();
    assert_eq!(create(&server, &mut ada, 1).len(), 4);

    // With others, none is made: each waits to be looked at, and the page says why.
    let clear = b"first_name,last_name,email,password\nKit,Kid,,\n".as_slice();
    let asked = submit(&mut ada, &[("alt.csv", LEGACY), ("kids.csv", clear)]);
    asked.assert_refused(&["alt.csv", "kids.csv", "Nothing was made yet.", "leaves something open"]);
    assert_eq!(server.site.count("SELECT count(*) FROM upload"), 1);
    assert_eq!(create(&server, &mut ada, 3).len(), 1);
    server.end();
}

#[test]
fn the_command_line_names_what_is_unclear_and_takes_the_answers() {
    let site = Site::set_up();
    let legacy = site.file("alt.csv", LEGACY);
    let foreign = site.file("élèves.csv", FOREIGN);
    let (legacy, foreign) = (legacy.to_str().unwrap(), foreign.to_str().unwrap());
    for check in [&[][..], &["--check"]] {
        let import = |more: &[&str]| site.import_with("students", &[check, more].concat());
        let refused = import(&[legacy]);
        refused.assert_refused("In Windows-1252 (Western European) it reads");
        refused.assert_refused("(windows-1252)");
        refused
            .assert_refused("Answer with --encoding and the short name of the right one, such as --encoding");
        // Every short name that it shows is an answer.
        let (_, more) = refused.err.split_once("Possible, too, are ").unwrap();
        for label in more.split_once('.').unwrap().0.split(", ") {
            import(&["--check", "--encoding", label, legacy]);
        }
        assert!(refused.err.contains("Jürgen Müller") && !refused.err.contains("geheim"), "{}", refused.err);
        let refused = import(&[foreign]);
        refused.assert_refused("“Prénom” may be the first name.");
        assert!(refused.err.contains("such as --columns last_name,first_name,"), "{}", refused.err);
        assert!(!refused.err.contains("--encoding") && !refused.err.contains("--sheet"), "{}", refused.err);
        assert!(!refused.err.contains("Kanarien"), "{}", refused.err);
        import(&["--encoding", "klingon", legacy]).assert_refused("“klingon” is no encoding.");
        import(&["--columns", "name", foreign]).assert_refused("“name” is no column.");
        import(&["--columns", "first_name,first_name,-,-,-", foreign]).assert_refused("");
    }
    let both = |more: &[&str]| {
        let checked = site.import_with("students", &[&["--check"], more].concat());
        assert_eq!(checked.status, Some(0), "{}", checked.err);
        let made = site.import_with("students", more);
        assert_eq!((made.status, &made.out), (Some(0), &checked.out), "{}", made.err);
        names(&made.results())
    };
    let made = both(&["--encoding", "Windows-1252 (Western European)", legacy]);
    assert_eq!(made, ["Jürgen Müller", "Zoë Sørensen", "Ann Lee", "François Léveillé"]);
    let made = both(&["--columns", "last_name,first_name,-,email,password", foreign]);
    assert_eq!(made, ["Zoë Léveillé", "Ben Li"]);
    let short = site.file("short.csv", "first_name,last_name,email,password\nShort,Line\n");
    let short = short.to_str().unwrap();
    assert_eq!(site.import_with("students", &["--check", short]).status, Some(1));
    assert_eq!(both(&["--short-rows-are-blank", short]), ["Short Line"]);
    site.end();
}

/// A package (ZIP) of files, none of them compressed.
fn package(files: &[(&str, String)]) -> Vec<u8> {
    let (mut body, mut directory) = (Vec::new(), Vec::new());
    let small = |n: usize| u16::try_from(n).unwrap().to_le_bytes();
    let large = |n: usize| u32::try_from(n).unwrap().to_le_bytes();
    for (name, text) in files {
        let mut sum = flate2::Crc::new();
        sum.update(text.as_bytes());
        let mut head = [&small(20)[..], &[0; 8], &sum.sum().to_le_bytes()].concat();
        head.extend([large(text.len()), large(text.len())].concat());
        head.extend([small(name.len()), small(0)].concat());
        directory
            .extend([b"PK\x01\x02".as_slice(), &small(20), &head, &[0; 10], &large(body.len())].concat());
        directory.extend(name.bytes());
        body.extend([b"PK\x03\x04".as_slice(), &head, name.as_bytes(), text.as_bytes()].concat());
    }
    let (count, start) = (small(files.len()), large(body.len()));
    let end = [b"PK\x05\x06".as_slice(), &[0; 4], &count, &count, &large(directory.len()), &start, &[0; 2]];
    [body, directory, end.concat()].concat()
}

/// A workbook with two sheets, each with one person.
fn workbook() -> Vec<u8> {
    let row = |cells: &[&str]| {
        let cells = cells.iter().map(|cell| format!("<c t=\"inlineStr\"><is><t>{cell}</t></is></c>"));
        format!("<row>{}</row>", cells.collect::<String>())
    };
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let header = row(&["first_name", "last_name", "email", "password"]);
    let sheet = |person: &[&str]| {
        format!("<worksheet xmlns=\"{main}\"><sheetData>{header}{}</sheetData></worksheet>", row(person))
    };
    let link = |id: &str, kind: &str, target: &str| {
        format!("<Relationship Id=\"{id}\" Type=\"{relations}/{kind}\" Target=\"{target}\"/>")
    };
    let links = |links: &[String]| {
        let all = links.concat();
        format!(
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{all}</Relationships>"
        )
    };
    let sheets = "<sheet name=\"Class 4b\" sheetId=\"1\" r:id=\"a\"/><sheet name=\"Class 4c\" sheetId=\"2\" r:id=\"b\"/>";
    package(&[
        ("_rels/.rels", links(&[link("w", "officeDocument", "xl/workbook.xml")])),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{main}\" xmlns:r=\"{relations}\"><sheets>{sheets}</sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            links(&[
                link("a", "worksheet", "worksheets/sheet1.xml"),
                link("b", "worksheet", "worksheets/sheet2.xml"),
            ]),
        ),
        ("xl/worksheets/sheet1.xml", sheet(&["Ann", "Lee", "", ""])),
        ("xl/worksheets/sheet2.xml", sheet(&["Ben", "Lee", "", ""])),
    ])
}

#[test]
fn the_sheet_of_a_workbook_is_asked_and_read() {
    let server = Server::of_a_district();
    let mut ada = server.ada();
    let bytes = workbook();
    let form = to_check(&mut ada, "students", &[("people.xlsx", &bytes)]);
    let sent = ada.send(form);
    let asked = ada.follow(&sent);
    asked.assert_shows(&["Which sheet has the people?", "Class 4b", "Class 4c", "The file is a workbook."]);
    let sent = ada.send(answering(&asked, 1).with("sheet", "Class 4c"));
    ada.follow(&sent).assert_shows(&["Created 1", "Ben Lee"]);
    assert_eq!(names(&create(&server, &mut ada, 1)), ["Ben Lee"]);
    server.end();
}
