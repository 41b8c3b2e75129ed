//! Names come out as they went in: of every script, in every encoding that can hold them, with every separator, and in
//! workbooks; through the executable to its results, to the pages, and from the results back again.

use crate::malformed::workbook::archive;
use crate::serving::{Server, until};
use crate::support::{Line, SCHOOL, Site, rounds};
use firstbell::domain::roster::{Encoding, Separator};
use std::collections::BTreeSet;

/// Somebody of each script, and names that software likes to spoil.
const PEOPLE: [[&str; 2]; 40] = [
    ["José", "Ibáñez"],
    ["Zoë", "Brontë"],
    ["Søren", "Ångström"],
    ["François", "Lefèvre"],
    ["João", "Gonçalves"],
    ["Grüße", "Weiß"],
    ["Łukasz", "Żółć"],
    ["Dvořák", "Šťastný"],
    ["Ő", "Űrhajós"],
    ["Ștefan", "Țîrlea"],
    ["İbrahim", "Şıklı"],
    ["Ņikita", "Ģērmanis"],
    ["Ġorġ", "Ħabib"],
    ["Ŵyn", "Ŷ Ddraig"],
    ["Þóra", "Æðey"],
    ["Иван", "Щербаков"],
    ["Ґанна", "Їжакевич"],
    ["Ђорђе", "Љубић"],
    ["Αθηνά", "Ωμέγα"],
    ["Ἀρετή", "Ὀδυσσεύς"],
    ["דוד", "כהן"],
    ["يوسف", "حداد"],
    ["پریا", "می‌خواهم"],
    ["अदिति", "शर्मा"],
    ["மீனா", "சுந்தரம்"],
    ["নূর", "হোসেন"],
    ["สมชาย", "แก้วใส"],
    ["Nguyễn", "Thị Hương"],
    ["伟", "王"],
    ["怡君", "陳"],
    ["さくら", "山田"],
    ["ミカ", "ﾔﾏﾀﾞ"],
    ["서연", "김"],
    ["გიორგი", "ბერიძე"],
    ["Արամ", "Խաչատրյան"],
    ["ትዕግስት", "በቀለ"],
    ["Adébáyọ̀", "O’Neill"],
    ["Jean-Luc", "d'Artagnan"],
    ["Ann \"Annie\"", "Lee, Jr."],
    ["𠮷", "𝒜li 🎓"],
];

fn known(label: &str) -> Option<&'static encoding_rs::Encoding> {
    encoding_rs::Encoding::for_label(label.as_bytes()).filter(|known| known.output_encoding() == *known)
}

/// A text in an encoding, if it has all its letters.
fn written(text: &str, encoding: Encoding) -> Option<Vec<u8>> {
    match encoding.label() {
        "utf-16le" => Some(text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        "utf-16be" => Some(text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        label => {
            let (bytes, _, is_spoilt) = known(label)?.encode(text);
            // Some have no narrow letters, and write the wide ones instead.
            let again = known(label)?.decode_without_bom_handling(&bytes).0;
            (!is_spoilt && again == text).then(|| bytes.into_owned())
        }
    }
}

/// Those who can be written so, and a file of them: every cell in quotation marks if a separator stands in one.
fn file_in(encoding: Encoding, separator: Separator) -> Option<(Vec<[&'static str; 2]>, Vec<u8>)> {
    let has_all = |person: &[&str; 2]| person.iter().all(|name| written(name, encoding).is_some());
    let people: Vec<_> = PEOPLE.into_iter().filter(has_all).collect();
    let sign = match separator {
        Separator::Comma => ",",
        Separator::Semicolon => ";",
        Separator::Tab => "\t",
        Separator::Bar => "|",
    };
    let cell = |text: &&str| {
        if text.contains(['"', ',']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            (*text).to_owned()
        }
    };
    let line = |cells: &[&str]| cells.iter().map(cell).collect::<Vec<_>>().join(sign) + "\r\n";
    let mut text = line(&["first_name", "last_name", "email", "password"]);
    text.extend(people.iter().map(|[first, last]| line(&[first, last, "", ""])));
    Some((people, written(&text, encoding)?))
}

fn assert_same(lines: &[Line], people: &[[&str; 2]], what: &str) {
    let names: Vec<[&str; 2]> = lines.iter().map(|line| [&*line.first_name, &*line.last_name]).collect();
    assert_eq!(names, people, "{what}");
    assert!(lines.iter().all(|line| line.status == "created"), "{what}");
    assert!(lines.iter().zip(2..).all(|(line, number)| line.line == number), "{what}");
}

/// Every encoding that another hand can write, and every separator; of all pairs so many.
#[test]
fn names_come_out_of_every_encoding_as_they_went_in() {
    let site = Site::set_up();
    let unicode = [Encoding::UTF_8, Encoding::UTF_16_LE, Encoding::UTF_16_BE];
    let encodings: Vec<Encoding> = unicode.into_iter().chain(Encoding::legacy()).collect();
    let (mut files, mut names, mut seen) = (0, 0, BTreeSet::new());
    for round in 0..rounds(40) as usize {
        let encoding = encodings[round % encodings.len()];
        let separator = Separator::ALL[(round + round / encodings.len()) % 4];
        let Some((people, bytes)) = file_in(encoding, separator) else { continue };
        let what = format!("{} with {}", encoding.label(), separator.many());
        assert!(!people.is_empty(), "{what} holds nobody");
        let file = site.file("people.csv", bytes);
        let ran = site
            .import_with("students", &["--check", "--encoding", encoding.label(), file.to_str().unwrap()]);
        assert_eq!(ran.status, Some(0), "{what}: {}", ran.err);
        assert_same(&ran.results(), &people, &what);
        (files, names) = (files + 1, names + people.len() * 2);
        seen.insert(encoding.label());
    }
    println!("{files} files in {} encodings, {names} names", seen.len());
    assert!(seen.len() >= 30, "{seen:?}");
    site.end();
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// A workbook of Excel with these rows, each text where it stands.
fn excel(rows: &[[&str; 3]]) -> Vec<u8> {
    let cell = |text: &&str| format!("<c t=\"inlineStr\"><is><t>{}</t></is></c>", escaped(text));
    let row = |cells: &[&str; 3]| format!("<row>{}</row>", cells.iter().map(cell).collect::<String>());
    let sheet =
        format!("<worksheet><sheetData>{}</sheetData></worksheet>", rows.iter().map(row).collect::<String>());
    let relation = |kind: &str, to: &str| {
        format!("<Relationships><Relationship Id=\"r\" Type=\"x/{kind}\" Target=\"{to}\"/></Relationships>")
    };
    archive(
        &[
            ("_rels/.rels", relation("officeDocument", "xl/workbook.xml").as_bytes()),
            ("xl/workbook.xml", b"<workbook><sheet name=\"A\" r:id=\"r\"/></workbook>"),
            ("xl/_rels/workbook.xml.rels", relation("worksheet", "sheet1.xml").as_bytes()),
            ("xl/sheet1.xml", sheet.as_bytes()),
        ],
        true,
    )
}

/// The same as a spreadsheet of LibreOffice.
fn open_document(rows: &[[&str; 3]]) -> Vec<u8> {
    let cell =
        |text: &&str| format!("<table:table-cell><text:p>{}</text:p></table:table-cell>", escaped(text));
    let row = |cells: &[&str; 3]| {
        format!("<table:table-row>{}</table:table-row>", cells.iter().map(cell).collect::<String>())
    };
    let content = format!(
        "<body><table:table table:name=\"A\">{}</table:table></body>",
        rows.iter().map(row).collect::<String>()
    );
    let kind = b"application/vnd.oasis.opendocument.spreadsheet";
    archive(&[("mimetype", kind), ("content.xml", content.as_bytes())], true)
}

#[test]
fn names_come_through_uploads_to_the_pages_and_the_results_and_back() {
    let server = Server::of_a_district();
    let mut ada = server.ada();
    let mut rows = vec![["first_name", "last_name", "email"]];
    rows.extend(PEOPLE.iter().map(|[first, last]| [first, last, ""]));
    let utf_16 = file_in(Encoding::UTF_16_LE, Separator::Tab).unwrap().1;
    let files = [
        ("utf-8.csv", file_in(Encoding::UTF_8, Separator::Comma).unwrap().1),
        ("utf-16.txt", [b"\xFF\xFE", &utf_16[..]].concat()),
        ("excel.xlsx", excel(&rows)),
        ("libreoffice.ods", open_document(&rows)),
    ];
    for (job, (name, bytes)) in (1..).zip(files) {
        let form = ada.get("/admin/uploads/new").form("/admin/uploads").with("user_type", "students");
        let sent = ada.send(form.choose("school_id", SCHOOL).file(name, bytes));
        assert_eq!(sent.status, 303, "{name}: {}", sent.text());
        until("the job", || (server.site.count("SELECT count(*) FROM job") == 0).then_some(()));
        let csv = ada.get(&format!("/admin/uploads/{job}/results.csv"));
        assert_same(&crate::support::read_results(csv.html()), &PEOPLE, name);
        let page = ada.get(&format!("/admin/uploads/{job}"));
        let names: Vec<String> = PEOPLE.iter().map(|[first, last]| format!("{first} {last}")).collect();
        page.assert_shows(&names.iter().map(String::as_str).collect::<Vec<_>>());
        // What was exported can be uploaded again, and is still the same.
        let again = server.site.file("results.csv", &csv.body);
        let ran = server.site.import_with("students", &["--check", again.to_str().unwrap()]);
        assert_same(&ran.results(), &PEOPLE, &format!("the results of {name}"));
    }
    let members =
        ["/admin/members", "/admin/members?page=2", "/admin/members?page=3", "/admin/members?page=4"];
    let shown: String = members.map(|page| ada.get(page).text()).concat();
    for [first, last] in PEOPLE {
        let times = shown.matches(&format!("{first} {last}")).count();
        assert!(times >= 4, "{first} {last} is there {times} times");
    }
    server.end();
}
