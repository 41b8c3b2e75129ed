//! The same file at the same instant from everywhere (QUALITY R7): no email twice, no username twice.

use crate::checks::settled;
use crate::serving::Server;
use crate::support::{PASSWORD, rounds};
use std::sync::Barrier;
use std::thread;

/// How often the same file is sent at the same instant, unless more is asked for.
const TIMES: u32 = 5;
/// Who is in it.
const PEOPLE: i64 = 12;

#[test]
fn the_same_file_from_two_browsers_and_an_import_at_once_makes_everybody_once() {
    let server = Server::of_a_district();
    let mut browsers = [server.ada(), server.admin("aadminova", PASSWORD)];
    let times = rounds(TIMES);
    for time in 0..times {
        let lines: String = (0..PEOPLE).map(|n| format!("Ann,Lee,ann{time}.{n}@x.example,\n")).collect();
        let file = server.site.roster("a.csv", &lines);
        let content = std::fs::read(&file).unwrap();
        let start = Barrier::new(browsers.len());
        thread::scope(|scope| {
            for browser in &mut browsers {
                let (start, content) = (&start, &content);
                scope.spawn(move || {
                    let page = browser.get("/admin/uploads/new");
                    let form =
                        page.form("/admin/uploads").with("user_type", "parents").with("school_id", "1");
                    let form = form.file("a.csv", content);
                    start.wait();
                    assert_eq!(browser.send(form).status, 303);
                });
            }
            // A process takes a moment to begin, so it goes first.
            let ran = server.site.import("parents", &file);
            assert_eq!(ran.status, Some(0), "{}", ran.err);
        });
    }
    settled(&server);
    let site = &server.site;
    assert_eq!(site.count("SELECT count(*) FROM upload WHERE status <> 'succeeded'"), 0);
    let everybody = PEOPLE * i64::from(times);
    for query in [
        "SELECT count(*) FROM account WHERE user_type = 'parent'",
        "SELECT count(DISTINCT email_key) FROM account WHERE user_type = 'parent'",
        "SELECT count(DISTINCT username) FROM account WHERE user_type = 'parent'",
        "SELECT count(*) FROM record WHERE status = 'created'",
    ] {
        assert_eq!(site.count(query), everybody, "{query}");
    }
    assert_eq!(site.count("SELECT count(*) FROM record WHERE status = 'skipped'"), 2 * everybody);
    println!("{times} times three at once, {everybody} accounts, none of them twice");
    server.end();
}
