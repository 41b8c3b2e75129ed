//! Names of people, schools, districts and files that want to be more than names.

use crate::post::{ADA, Post, upload};
use crate::visitor::Visitor;
use serde_json::json;

/// Names that people have, and names that somebody hopes will end a header.
fn names() -> Vec<String> {
    let mut names: Vec<String> = [
        "Lee\r\nBcc: x@y.example",
        "Lee\nBcc: x@y.example\n\nHello",
        "=?utf-8?q?Lee=0D=0ABcc=3A_x=40y.example?=",
        "\"Lee\" <x@y.example>, Ben",
        "Lee <script>alert(1)</script>",
        "Grüße 🎉👩‍🏫 mit ſ und Ω",
        "يوسف حداد",
        "\u{202E}gnirrats eel\u{202C}",
        "王芳",
        ".",
        "..Lee",
        "a\\b\"c;d:e",
    ]
    .map(str::to_owned)
    .to_vec();
    names.push("Überlang ".repeat(12).trim().to_owned());
    names.push("L".repeat(90));
    names
}

/// Changes the name of somebody and gives what it is then; `None` if it is refused.
fn rename(admin: &mut Visitor, member: i64, first: &str, last: &str) -> Option<String> {
    let address = format!("/admin/members/{member}");
    let form = admin.get(&address).form(&format!("{address}/name"));
    let answer = admin.send(form.with("first_name", first).with("last_name", last));
    assert!([303, 422].contains(&answer.status), "{first} {last}: {}", answer.status);
    (answer.status == 303).then(|| format!("{first} {last}"))
}

#[test]
fn no_name_becomes_a_header_or_a_second_recipient() {
    let mut post = Post::open();
    let mut taken = 0;
    for name in names() {
        let before = post.mailbox.letters().len();
        let form = post.ada.get("/admin/settings").form("/admin/settings").with("district", &name);
        let district = post.ada.send(form).status == 303;
        let form = post.ada.get("/admin/schools").form("/admin/schools/1").with("name", &name);
        let school = post.ada.send(form).status == 303;
        let person = rename(&mut post.ada, 1, &name, "Lee").is_some();
        taken += [district, school, person].iter().filter(|is| **is).count();
        // In the file, too: as the name of a pupil who gets no account, because of the email.
        let line = format!("\"{}\",Lee,no email,\n", name.replace('"', "\"\""));
        post.upload("students", &line);
        let letters = post.mailbox.wait_for(before + 2);
        for letter in &letters[before..] {
            letter.assert_intact(ADA);
            if district && !name.contains(['\r', '\n']) {
                assert_eq!(letter.seen("from")[0][0], json!(name), "{}", letter.header("From"));
            }
            if person && !name.contains(['\r', '\n']) {
                assert_eq!(
                    letter.seen("to")[0][0],
                    json!(format!("{name} Lee")),
                    "{}",
                    String::from_utf8_lossy(&letter.raw)
                );
            }
        }
        for page in ["/admin/mail", "/admin/mail/1"] {
            assert!(!post.ada.get(page).html().contains("<script>alert"), "{name}");
        }
    }
    assert!(taken > 20, "{taken} of the names were taken");
    post.end();
}

#[test]
fn no_name_of_a_file_becomes_a_header() {
    let mut post = Post::open();
    let long = "sehr-lang-🎉-".repeat(90) + ".csv";
    let files = [
        "a%0D%0ABcc: x@y.example.csv",
        "a\\\"; Bcc: x@y.example.csv",
        "=?utf-8?q?a=0D=0ABcc=3A_x=40y.example?=.csv",
        "Schüler 4b – 🎉.csv",
        "تلاميذ.csv",
        "<script>alert(1)</script>.csv",
        &long,
    ];
    for file in files {
        let before = post.mailbox.letters().len();
        upload(&post.server, &mut post.ada, "students", file, "Ann,Lee,,\n,Lee,,\n");
        let letters = post.mailbox.wait_for(before + 2);
        // What would be taken for an encoded word is written a little apart.
        let kept = post.server.site.office().conn.query_row(
            "SELECT file_name FROM upload ORDER BY id DESC LIMIT 1",
            [],
            |row| row.get::<_, String>(0),
        );
        let shown: String = kept.unwrap().replace("=?", "= ?").chars().take(120).collect();
        for letter in &letters[before..] {
            letter.assert_intact(ADA);
            assert!(letter.subject().contains(&shown), "{:?} has no {shown:?}", letter.subject());
        }
    }
    post.end();
}

#[test]
fn a_mail_server_that_takes_only_ascii_gets_every_name_all_the_same() {
    let mut post = Post::open();
    post.mailbox.behave(&json!({ "extensions": [] }));
    rename(&mut post.ada, 1, "Zoë 🎉", "حداد").expect("a name");
    post.upload("students", "王芳,Löwe,no email,\n");
    for letter in post.mailbox.wait_for(2) {
        letter.assert_intact(ADA);
        assert_eq!(letter.seen("to")[0][0], "Zoë 🎉 حداد");
        assert!(letter.raw.is_ascii());
    }
    let report = post.mailbox.letters().pop().unwrap();
    report.assert_says(&["王芳 Löwe"]);
    post.end();
}
