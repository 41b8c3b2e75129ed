//! Workbooks as people have them: numbers that are shown otherwise than they are stored, formulas that nothing has calculated,
//! tables that are called alike.

use super::super::{Answers, Reading, Roster, Unreadable};
use super::hostile::{answered_document, document, read_parts, with_sheet};

/// What the workbook shows in a format of its own.
const OTHERWISE: &str = "a number shown in a format of its own";

fn clear(reading: Result<Reading, Unreadable>) -> Roster {
    match reading.unwrap() {
        Reading::Clear(roster) => roster,
        Reading::Unclear(unclear) => panic!("{unclear}"),
    }
}

/// The first person's password, or what the workbook has for it.
fn password(reading: Result<Reading, Unreadable>) -> String {
    let roster = clear(reading);
    match roster.rows.get(0).unwrap() {
        Ok(row) => row.password.unwrap_or_default().to_owned(),
        Err(refusal) => {
            let what = refusal.why.strip_prefix("The workbook has ").unwrap();
            what.split(" as the password").next().unwrap().to_owned()
        }
    }
}

fn inline(text: &str) -> String {
    format!(r#"<c t="inlineStr"><is><t>{text}</t></is></c>"#)
}

/// A workbook of Excel with one person, who has these cells for an email and a password, and with these formats.
fn of_excel(email: &str, password: &str, formats: &str) -> Result<Reading, Unreadable> {
    let head = ["first_name", "last_name", "email", "password"].map(inline).concat();
    let ann = [inline("Ann"), inline("Lee"), email.to_owned(), password.to_owned()].concat();
    let mut parts = with_sheet(&format!("<row>{head}</row><row>{ann}</row>"));
    parts[4].1 = format!("<styleSheet>{formats}<cellXfs><xf/><xf numFmtId=\"200\"/></cellXfs></styleSheet>")
        .into_bytes();
    read_parts(&parts)
}

/// The same of LibreOffice, with this cell for a password.
fn of_libre_office(password: &str) -> Result<Reading, Unreadable> {
    let cell = |text: &str| format!("<table:table-cell><text:p>{text}</text:p></table:table-cell>");
    let head = ["first_name", "last_name", "email", "password"].map(cell).concat();
    let ann = [cell("Ann"), cell("Lee"), cell(""), password.to_owned()].concat();
    let rows = [head, ann].map(|cells| format!("<table:table-row>{cells}</table:table-row>")).concat();
    document(&format!(r#"<table:table table:name="A">{rows}</table:table>"#))
}

#[test]
fn a_number_that_excel_shows_in_a_format_of_its_own_is_no_password() {
    let shown = |number: &str, code: &str| {
        let format = format!(r#"<numFmts><numFmt numFmtId="200" formatCode="{code}"/></numFmts>"#);
        password(of_excel("<c/>", &format!(r#"<c s="1"><v>{number}</v></c>"#), &format))
    };
    for code in
        ["General", "GENERAL", "@", "0", "#", "0_)", "0_ ", "0_);[Red]\\(0\\)", "0;[Red]0", "[Blue]0", ""]
    {
        assert_eq!(shown("12345678", code), "12345678", "{code}");
    }
    assert_eq!(shown("12345678", "0000000000"), "0012345678");
    for code in [
        "000-00-0000",
        "000\\-00\\-0000",
        "[&lt;=9999999]###\\-####;\\(###\\)\\ ###\\-####",
        "#,##0",
        "0.00",
        "0%",
        "0.00E+00",
        "&quot;ID &quot;0",
        "0 &quot;€&quot;",
        "0,",
        ";;;",
        "[DBNum1]General",
    ] {
        assert_eq!(shown("12345678", code), OTHERWISE, "{code}");
    }
    assert_eq!(shown("-12345678", "General"), "-12345678");
    assert_eq!(shown("-12345678", "0_);(0)"), OTHERWISE);
    assert_eq!(shown("1.5", "0.00"), "a fraction");
    assert_eq!(shown("45000", "dd/mm/yyyy"), "a date or a time");
}

#[test]
fn the_formats_that_need_no_code_are_numbers_dates_or_something_else() {
    for (id, said) in [
        (0, "12345678"),
        (1, "12345678"),
        (49, "12345678"),
        (3, OTHERWISE),
        (9, OTHERWISE),
        (14, "a date or a time"),
    ] {
        let format = format!(r#"<cellXfs><xf/><xf numFmtId="{id}"/></cellXfs>"#);
        assert_eq!(password(of_excel("<c/>", r#"<c s="1"><v>12345678</v></c>"#, &format)), said, "{id}");
    }
}

#[test]
fn a_number_that_libre_office_shows_in_a_format_of_its_own_is_no_password() {
    for (value, shown, said) in [
        ("12345678", "12345678", "12345678"),
        ("12345678", "0012345678", "0012345678"),
        ("12345678", "12345678 ", "12345678"),
        ("12345678", "", "12345678"),
        ("12345678.0", "12345678.0", "12345678"),
        ("-12345678", "-12345678", "-12345678"),
        ("12345678", "012-34-5678", OTHERWISE),
        ("12345678", "12,345,678", OTHERWISE),
        ("12345678", "12345678.00", OTHERWISE),
        ("12345678", "1.23E+07", OTHERWISE),
        ("12345678", "$12345678", OTHERWISE),
        ("12345678", "12345679", OTHERWISE),
        ("0.125", "12.5%", "a fraction"),
        ("0.333333333333333", "0", "a fraction"),
        ("1", "TRUE", "TRUE or FALSE"),
    ] {
        let cell = format!(
            r#"<table:table-cell office:value-type="float" office:value="{value}"><text:p>{shown}</text:p></table:table-cell>"#
        );
        assert_eq!(password(of_libre_office(&cell)), said, "{value} shown as {shown}");
    }
}

#[test]
fn a_formula_that_nothing_has_calculated_is_not_nothing() {
    let uncalculated = "a formula without a result";
    for cell in [
        "<c><f>A2&amp;B2</f><v/></c>",
        "<c><f>A2&amp;B2</f></c>",
        r#"<c t="n"><f t="shared" si="0"/><v></v></c>"#,
    ] {
        assert_eq!(password(of_excel("<c/>", cell, "")), uncalculated, "{cell}");
        let roster = clear(of_excel(cell, "<c/>", ""));
        let why = roster.rows.get(0).unwrap().unwrap_err().why;
        assert!(
            why.starts_with("The workbook has a formula without a result as the email on line 2."),
            "{why}"
        );
    }
    assert_eq!(password(of_excel("<c/>", r#"<c t="str"><f>A2&amp;""</f><v></v></c>"#, "")), "");
    assert_eq!(password(of_excel("<c/>", "<c><f>4*1000</f><v>4000</v></c>", "")), "4000");
    let of_formula = |more: &str| {
        password(of_libre_office(&format!(r#"<table:table-cell table:formula="of:=[.A2]" {more}/>"#)))
    };
    assert_eq!(of_formula(""), uncalculated);
    assert_eq!(of_formula(r#"office:value-type="string" office:string-value="""#), "");
}

#[test]
fn of_tables_of_one_name_the_first_with_anything_in_it_is_read() {
    let row = |texts: [&str; 3]| {
        let cells = texts.map(|text| format!("<table:table-cell><text:p>{text}</text:p></table:table-cell>"));
        format!("<table:table-row>{}</table:table-row>", cells.concat())
    };
    let table = |name: &str, first: &str| {
        let rows = [row(["first_name", "last_name", "email"]), row([first, "Lee", ""])].concat();
        format!(r#"<table:table table:name="{name}">{rows}</table:table>"#)
    };
    let answers = Answers { sheet: Some("A".to_owned()), ..Answers::default() };
    let blank = r#"<table:table table:name="A"><table:table-row/></table:table>"#;
    let (ann, ben, cy) = (table("A", "Ann"), table("B", "Ben"), table("A", "Cy"));
    for tables in [[ann.as_str(), &ben, &cy], [&ann, &cy, &ben], [blank, &ann, &ben], [blank, &ben, &ann]] {
        let roster = clear(answered_document(&tables.concat(), &answers));
        let people: Vec<(u32, &str)> =
            roster.rows.iter().map(|row| row.unwrap()).map(|row| (row.line, row.first_name)).collect();
        assert_eq!(people, [(2, "Ann")], "{tables:?}");
    }
}
