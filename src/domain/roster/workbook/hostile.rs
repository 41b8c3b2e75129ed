//! Workbooks that nobody's program writes: spoilt, or made to be too much.

use super::super::{Answers, Reading, Unreadable, read};
use super::package::{Budget, Package};
use flate2::Crc;
use proptest::prelude::*;
use std::io::{Read, Write};

/// A first row.
const HEAD: &str = r#"<row r="1"><c r="A1" t="inlineStr"><is><t>first_name</t></is></c><c r="B1" t="inlineStr"><is><t>last_name</t></is></c><c r="C1" t="inlineStr"><is><t>email</t></is></c></row>"#;

const PARTS: [&str; 6] = [
    "_rels/.rels",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "xl/sharedStrings.xml",
    "xl/styles.xml",
    "xl/worksheets/sheet1.xml",
];

/// The parts of a real workbook.
fn parts() -> Vec<(&'static str, Vec<u8>)> {
    parts_of(include_bytes!("../../../../tests/data/awkward/78-libreoffice.xlsx"), &PARTS)
}

fn parts_of(file: &[u8], names: &[&'static str]) -> Vec<(&'static str, Vec<u8>)> {
    let package = Package::open(file).unwrap();
    let part = |name: &&'static str| {
        let (mut bytes, mut budget) = (Vec::new(), Budget::new(1 << 20));
        package.part(name, &mut budget).unwrap().read_to_end(&mut bytes).unwrap();
        (*name, bytes)
    };
    names.iter().map(part).collect()
}

/// An archive of these parts, packed or not.
fn archive(parts: &[(&str, Vec<u8>)], is_packed: bool) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in parts {
        let mut crc = Crc::new();
        crc.update(bytes);
        let packed = if is_packed {
            let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        } else {
            bytes.clone()
        };
        let number = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
        let short = |number: usize| u16::try_from(number).unwrap().to_le_bytes();
        let method = short(if is_packed { 8 } else { 0 });
        let sizes = [&crc.sum().to_le_bytes()[..], &number(packed.len()), &number(bytes.len())].concat();
        let offset = number(file.len());
        let names = [&short(name.len())[..], &short(0)].concat();
        file.extend(
            [&b"PK\x03\x04\x14\0\0\0"[..], &method, &[0; 4], &sizes, &names, name.as_bytes(), &packed]
                .concat(),
        );
        directory.extend(
            [
                &b"PK\x01\x02\x14\0\x14\0\0\0"[..],
                &method,
                &[0; 4],
                &sizes,
                &names,
                &[0; 10],
                &offset,
                name.as_bytes(),
            ]
            .concat(),
        );
    }
    let offset = u32::try_from(file.len()).unwrap().to_le_bytes();
    let count = u16::try_from(parts.len()).unwrap().to_le_bytes();
    let size = u32::try_from(directory.len()).unwrap().to_le_bytes();
    [&file[..], &directory, b"PK\x05\x06\0\0\0\0", &count, &count, &size, &offset, &[0; 2]].concat()
}

pub(super) fn read_parts(parts: &[(&str, Vec<u8>)]) -> Result<Reading, Unreadable> {
    read(&archive(parts, true), 1_000, &Answers::default())
}

/// The workbook with another sheet.
pub(super) fn with_sheet(rows: &str) -> Vec<(&'static str, Vec<u8>)> {
    let mut parts = parts();
    parts[5].1 = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>").into_bytes();
    parts
}

/// What comes of a spreadsheet of LibreOffice with these tables.
pub(super) fn document(tables: &str) -> Result<Reading, Unreadable> {
    answered_document(tables, &Answers::default())
}

pub(super) fn answered_document(tables: &str, answers: &Answers) -> Result<Reading, Unreadable> {
    let content =
        format!(r#"<office:body xmlns:office="o" xmlns:table="t" xmlns:text="x">{tables}</office:body>"#);
    let kind = b"application/vnd.oasis.opendocument.spreadsheet".to_vec();
    read(&archive(&[("mimetype", kind), ("content.xml", content.into_bytes())], true), 1_000, answers)
}

#[test]
fn what_is_put_together_again_is_read_again() {
    for is_packed in [false, true] {
        let read = read(&archive(&parts(), is_packed), 1_000, &Answers::default());
        assert!(matches!(read, Ok(Reading::Clear(roster)) if roster.rows.len() == 10));
    }
}

#[test]
fn what_would_be_too_much_is_refused() {
    let cell = r#"<c t="s"><v>0</v></c>"#;
    let same = format!("{HEAD}{}", format!("<row>{}</row>", cell.repeat(3)).repeat(900));
    let mut long_text = with_sheet(&same);
    long_text[3].1 = format!("<sst><si><t>{}</t></si></sst>", "x".repeat(100_000)).into_bytes();
    let mut one_text = parts();
    one_text[3].1 = format!("<sst><si><t>{}</t></si></sst>", "x".repeat(50 << 20)).into_bytes();
    for (parts, why) in [
        (with_sheet(&" ".repeat(5 << 20)), Unreadable::SwollenWorkbook),
        (with_sheet(&"<row></row>".repeat(10 << 20)), Unreadable::SpoiltWorkbook),
        (with_sheet(&format!("<!-- {} -->", "x".repeat(5 << 20))), Unreadable::SwollenWorkbook),
        (long_text, Unreadable::SwollenWorkbook),
        (one_text, Unreadable::SwollenWorkbook),
        (with_sheet(&format!(r#"{HEAD}<row r="9"/><row r="8"/>"#)), Unreadable::SpoiltWorkbook),
        (with_sheet(&format!(r#"{HEAD}<row r="4294967296"/>"#)), Unreadable::SpoiltWorkbook),
        (
            with_sheet(r#"<row r="1"><c r="XFD1" t="str"><v>x</v></c></row>"#),
            Unreadable::TooManyColumns { columns: 301, most: 256 },
        ),
        (with_sheet("<row>&boom;</row>"), Unreadable::Empty),
        (with_sheet(r#"<row><c t="str"><v>&boom;</v></c></row>"#), Unreadable::SpoiltWorkbook),
        (with_sheet(r#"<row><c t="s"><v>99999999</v></c></row>"#), Unreadable::SpoiltWorkbook),
    ] {
        assert_eq!(read_parts(&parts).unwrap_err(), why);
    }
}

#[test]
fn a_workbook_of_more_sheets_or_relations_than_any_has_is_too_much() {
    let relation = r#"<Relationship Id="a" Type="x/worksheet" Target="worksheets/sheet1.xml"/>"#;
    let of = |sheets: usize, relations: usize| {
        let mut parts = with_sheet(HEAD);
        let sheets = r#"<sheet name="A" id="a"/>"#.repeat(sheets);
        parts[1].1 = format!("<workbook><sheets>{sheets}</sheets></workbook>").into_bytes();
        parts[2].1 = format!("<Relationships>{}</Relationships>", relation.repeat(relations)).into_bytes();
        read_parts(&parts)
    };
    assert!(matches!(of(1_000, 1_000), Ok(Reading::Unclear(_))));
    assert_eq!(of(1_001, 1).unwrap_err(), Unreadable::SwollenWorkbook);
    assert_eq!(of(1, 1_001).unwrap_err(), Unreadable::SwollenWorkbook);
    let table = r#"<table:table table:name="A"><table:table-row/></table:table>"#;
    assert_eq!(document(&table.repeat(1_000)).unwrap_err(), Unreadable::Empty);
    assert_eq!(document(&table.repeat(1_001)).unwrap_err(), Unreadable::SwollenWorkbook);
}

#[test]
fn spaces_that_nothing_keeps_are_counted_all_the_same() {
    let spaces = r#"<text:p><text:s text:c="131072"/></text:p>"#;
    let date = format!(r#"<table:table-cell office:value-type="date">{spaces}</table:table-cell>"#);
    let beyond = format!("<table:table-cell>{spaces}</table:table-cell>");
    let right = r#"<table:table-cell table:number-columns-repeated="400"/>"#;
    for cells in [date.repeat(1_000), format!("{right}{}", beyond.repeat(1_000))] {
        let rows = format!("<table:table-row>{cells}</table:table-row>");
        let table = format!(r#"<table:table table:name="A">{rows}</table:table>"#);
        assert_eq!(document(&table).unwrap_err(), Unreadable::SwollenWorkbook);
    }
}

#[test]
fn a_part_whose_checksum_is_another_is_damage() {
    let mut file = archive(&parts(), false);
    let at = file.windows(5).position(|bytes| bytes == "Jürge".get(..5).unwrap().as_bytes()).unwrap();
    file[at] = b'H';
    assert_eq!(read(&file, 1_000, &Answers::default()).unwrap_err(), Unreadable::SpoiltWorkbook);
}

/// What may stand where something else should.
fn spoil() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "",
        "<",
        ">",
        "\"",
        "&#0;",
        "&x;",
        "</row>",
        "<row r=\"7\">",
        "<c t=\"s\">",
        "<v>-1</v>",
        "1E400",
        "99999999999999999999",
        "_xD800_",
        "<![CDATA[",
        "<!--",
        "\u{0}",
        "é",
        "<table:table-row>",
        "</table:table-cell>",
        "<text:s text:c=\"4294967295\"/>",
        "<table:table-cell table:number-columns-repeated=\"4294967295\"/>",
    ])
}

fn spoilt(bytes: &mut Vec<u8>, spoils: Vec<(prop::sample::Index, usize, &str)>) {
    for (at, cut, put) in spoils {
        let at = at.index(bytes.len() + 1);
        let end = bytes.len().min(at + cut);
        bytes.splice(at..end, put.bytes());
    }
}

fn answered(parts: &[(&str, Vec<u8>)]) -> Result<(), TestCaseError> {
    match read_parts(parts) {
        Ok(Reading::Clear(roster)) => prop_assert_eq!(roster.rows.len(), roster.understood.people),
        Ok(Reading::Unclear(unclear)) => prop_assert!(!unclear.to_string().is_empty()),
        Err(why) => prop_assert!(!why.to_string().is_empty()),
    }
    Ok(())
}

#[test]
fn a_table_that_repeats_itself_is_counted_and_not_kept() {
    let cell = |text: &str| format!("<table:table-cell><text:p>{text}</text:p></table:table-cell>");
    let cells = |texts: [&str; 3]| texts.map(cell).concat();
    let document = |rows: &str| document(&format!(r#"<table:table table:name="A">{rows}</table:table>"#));
    let head = format!("<table:table-row>{}</table:table-row>", cells(["first_name", "last_name", "email"]));
    let rows = |times: &str| {
        let ann = cells(["Ann", "Lee", ""]);
        format!(r#"{head}<table:table-row table:number-rows-repeated="{times}">{ann}</table:table-row>"#)
    };
    let Ok(Reading::Clear(roster)) = document(&rows("3")) else { panic!("not clear") };
    let lines: Vec<u32> = roster.rows.iter().map(|row| row.unwrap().line).collect();
    assert_eq!(lines, [2, 3, 4]);
    assert_eq!(
        document(&rows("1000000")).unwrap_err(),
        Unreadable::TooMany { rows: 1_000_000, limit: 1_000 }
    );
    for times in ["0", "-1", "4294967295", "x"] {
        assert_eq!(document(&rows(times)).unwrap_err(), Unreadable::SpoiltWorkbook, "{times}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_spoilt_part_makes_reading_panic(
        which in 0..PARTS.len(),
        spoils in prop::collection::vec((any::<prop::sample::Index>(), 0..6_usize, spoil()), 1..6),
    ) {
        let mut parts = parts();
        spoilt(&mut parts[which].1, spoils);
        answered(&parts)?;
    }

    #[test]
    fn no_spoilt_table_makes_reading_panic(
        spoils in prop::collection::vec((any::<prop::sample::Index>(), 0..6_usize, spoil()), 1..6),
    ) {
        let file = include_bytes!("../../../../tests/data/awkward/96-rich-text-and-formulas.ods");
        let mut parts = parts_of(file, &["mimetype", "content.xml"]);
        spoilt(&mut parts[1].1, spoils);
        answered(&parts)?;
    }

    #[test]
    fn no_bytes_after_an_archives_sign_make_reading_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let end = b"PK\x05\x06\0\0\0\0\x01\0\x01\0\x2E\0\0\0\0\0\0\0\0\0";
        let _ = read(&[b"PK\x03\x04", &bytes[..], end].concat(), 100, &Answers::default());
        let _ = read(&[b"PK\x01\x02", &bytes[..], end].concat(), 100, &Answers::default());
        let _ = super::read(&[b"PK\x01\x02", &bytes[..], end].concat(), 100, &Answers::default());
    }
}
