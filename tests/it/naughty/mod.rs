//! Names that want to be more than names, on every page in a real browser and in every file: nothing runs, nothing is
//! asked of anybody, nothing breaks the page, and all of it is there to be read.

mod strings;

use crate::malformed::csv_again::cells;
use crate::post::{Post, upload};
use crate::serving::until;
use crate::support::{PASSWORD, SCHOOL, rounds};
use crate::visitor::Visitor;
use crate::webdriver::Browser;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use strings::{FORMULAS, naughty};

/// What may stand in a page of ours, and what a page tells of itself.
const LOOK: &str = r"
    const all = [...document.querySelectorAll('*')];
    const handlers = all.flatMap((it) => it.getAttributeNames().filter((name) => /^on|^style$|srcdoc|formaction/.test(name)));
    const own = (address) => new URL(address, location.href).origin === location.origin;
    const addresses = all.flatMap((it) => ['href', 'src', 'action', 'data', 'xlink:href']
        .map((name) => it.getAttribute(name)).filter((value) => value !== null));
    return {
        title: document.title,
        canary: window.canary ?? null,
        tags: [...new Set(all.map((it) => it.localName))],
        handlers,
        scripts: [...document.scripts].map((it) => it.getAttribute('src') ?? it.textContent),
        foreign: addresses.filter((address) => !own(address) || /^\s*(javascript|data|vbscript)/i.test(address)),
        loaded: performance.getEntriesByType('resource').map((it) => new URL(it.name).pathname),
        mains: document.querySelectorAll('body > main, body > div > main, main').length,
        links: [...document.querySelectorAll('a[href]')].map((it) => it.pathname + it.search),
        width: [document.documentElement.scrollWidth, innerWidth],
    };
";
/// Elements that no page of ours has.
const NEVER: [&str; 23] = [
    "iframe",
    "object",
    "embed",
    "img",
    "base",
    "style",
    "template",
    "math",
    "audio",
    "video",
    "source",
    "marquee",
    "plaintext",
    "xmp",
    "dialog",
    "textarea",
    "frame",
    "frameset",
    "applet",
    "animate",
    "mtext",
    "b",
    "portal",
];

/// A text as a cell of a CSV.
fn cell(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// A district in which everything that can have a name has a naughty one.
fn district(texts: &[String]) -> Post {
    let mut post = Post::open();
    let nice = |text: &&String| !text.contains(|c: char| c.is_control());
    for text in texts.iter().filter(nice).step_by(23) {
        let form = post.ada.get("/admin/schools").form("/admin/schools").with("name", text);
        assert!([303, 422].contains(&post.ada.send(form).status), "{text}");
    }
    let script = &texts[0];
    let form = post.ada.get("/admin/settings").form("/admin/settings").with("district", script);
    assert_eq!(post.ada.send(form).status, 303);
    let form = post.ada.get("/admin/members/1").form("/admin/members/1/name").with("first_name", script);
    assert_eq!(post.ada.send(form).status, 303);
    // As names, as emails that are none, and under a file's name that is naughty itself.
    let named = |(at, text): (usize, &String)| format!("{},Nr{at},,\nNr{at},{},,\n", cell(text), cell(text));
    let lines: String = texts.iter().filter(nice).enumerate().map(named).collect();
    upload(&post.server, &mut post.ada, "students", "<img src=x onerror=alert(1)>.csv", &lines);
    let emails: String = texts
        .iter()
        .filter(nice)
        .map(|text| format!("Ann,Lee,{},\n", cell(&format!("{text}@x.example"))))
        .collect();
    upload(&post.server, &mut post.ada, "students", "' onclick='alert(1)", &emails);
    until("the letters", || (post.server.site.count("SELECT count(*) FROM letter") >= 4).then_some(()));
    post
}

/// Headings, separators and sheets are shown, too, while it is asked what they mean.
fn hand_in_what_is_unclear(post: &mut Post) {
    let head =
        "Vorname,Nachname,<img src=x onerror=alert('canary')>,\"</th><script>window.canary=1</script>\"\r\n";
    for name in ["<svg onload=alert(1)>.csv", "b.csv"] {
        let form = post.ada.get("/admin/uploads/new").form("/admin/uploads").with("user_type", "students");
        let form = form.choose("school_id", SCHOOL).press("Check the file");
        let sent = post.ada.send(form.file(name, format!("{head}<b>Ann,Lee,<i>,<u>\r\n")));
        assert!(sent.location().starts_with("/admin/checks/"), "{}", sent.location());
    }
}

/// Signs in in a browser, and is an administrator there.
fn signed_in(post: &Post) -> Browser {
    let browser = Browser::start();
    browser.open(&format!("{}/login", post.ada.url));
    browser.fill("Username or email", "aadminova");
    browser.fill("Password", PASSWORD);
    browser.click_button("Log in");
    browser.click_button("Switch to Admin Account");
    browser.sees_heading("Members");
    browser
}

/// Looks at the page that is there; gives where its links lead.
fn assert_lifeless(browser: &Browser, address: &str) -> Vec<String> {
    let page = browser.run(LOOK, json!([]));
    let texts = |name: &str| -> Vec<String> { serde_json::from_value(page[name].clone()).unwrap() };
    assert!(page["canary"].is_null() && page["title"] != "canary", "something ran on {address}: {page}");
    assert!(
        page["title"].as_str().is_some_and(|title| title.contains("Firstbell") || !title.is_empty()),
        "{address}"
    );
    assert!(texts("handlers").is_empty() && texts("foreign").is_empty(), "{address}: {page}");
    assert!(texts("tags").iter().all(|tag| !NEVER.contains(&tag.as_str())), "{address}: {:?}", texts("tags"));
    assert!(texts("scripts").iter().all(|script| script.starts_with("/static/")), "{address}: {page}");
    assert!(texts("loaded").iter().all(|path| !path.contains("canary")), "{address}: {:?}", texts("loaded"));
    assert_eq!(page["mains"], 1, "{address} is broken");
    assert!(
        page["width"][0].as_u64() <= page["width"][1].as_u64(),
        "{address} is wider than the window: {page}"
    );
    let complaints = browser.complaints();
    // What Chromium would have done otherwise is no complaint; nor is a picture of the site that there is none of.
    let of_ours = |complaint: &&String| {
        !complaint.contains(" - [DOM] ") && !complaint.contains("the server responded with a status of")
    };
    assert_eq!(complaints.iter().find(of_ours), None, "{address}");
    texts("links")
}

/// An address without its numbers, so that as many of a kind are looked at as is asked for.
fn kind_of(address: &str) -> String {
    address.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect::<String>().replace("00", "0")
}

#[test]
fn nothing_that_anybody_is_called_runs_on_any_page() {
    let texts = naughty();
    let mut post = district(&texts);
    hand_in_what_is_unclear(&mut post);
    let browser = signed_in(&post);
    let base = post.ada.url.clone();
    let mut ways: VecDeque<String> =
        ["/home", "/account", "/admin/members", "/admin/uploads/new", "/admin/checks"]
            .into_iter()
            .chain([
                "/admin/mail",
                "/admin/audit",
                "/admin/settings",
                "/admin/schools",
                "/admin/cards?upload=1",
            ])
            .map(str::to_owned)
            .collect();
    // What is typed into an address stands on the page, too.
    for text in texts.iter().step_by(usize::try_from(2_000 / rounds(50)).unwrap().max(1)) {
        ways.push_back(format!("/admin/members?q={}", crate::visitor::encoded(text)));
    }
    let most = rounds(3);
    let (mut seen, mut kinds) = (BTreeSet::new(), BTreeMap::new());
    while let Some(address) = ways.pop_front() {
        let is_page = !address.contains(".csv") && !address.starts_with("/static/");
        let kind = kinds.entry(kind_of(&address)).or_insert(0);
        if !is_page || *kind >= most || !seen.insert(address.clone()) {
            continue;
        }
        *kind += 1;
        browser.open(&format!("{base}{address}"));
        let links = assert_lifeless(&browser, &address);
        if seen.len() % 4 == 0 {
            browser.fits_a_phone();
        }
        ways.extend(links.into_iter().filter(|link| !seen.contains(link)));
    }
    println!("{} pages of {} kinds with {} texts", seen.len(), kinds.len(), texts.len());
    assert!(kinds.len() >= 20, "{:?}", kinds.keys());
    what_is_typed_into_forms(&browser, &base, &texts);
    what_lives_would_be_seen(&browser);
    drop(browser);
    everybody_is_there(&mut post.ada, &texts);
    post.end();
}

/// A form that comes back keeps what was typed, as text.
fn what_is_typed_into_forms(browser: &Browser, base: &str, texts: &[String]) {
    browser.open(&format!("{base}/admin/schools"));
    let typed: Vec<&String> =
        texts.iter().filter(|text| text.starts_with('"')).take(rounds(3) as usize).collect();
    for text in typed {
        browser.fill("Name of the school", &format!("{text}{}", "x".repeat(100)));
        browser.click_button("Add the school");
        browser.sees("100 is the most");
        assert_lifeless(browser, "/admin/schools");
        assert!(browser.value("Name of the school").starts_with(text.as_str()), "{text}");
    }
}

/// If one of these stood in a page, the look at it would find it.
fn what_lives_would_be_seen(browser: &Browser) {
    for markup in
        ["<img src=x>", "<p onclick=x>", "<a href='javascript:x'>x</a>", "<form action=//x.example>"]
    {
        browser.run("document.body.insertAdjacentHTML('beforeend', arguments[0])", json!([markup]));
        let look = std::panic::AssertUnwindSafe(|| assert_lifeless(browser, markup));
        assert!(std::panic::catch_unwind(look).is_err(), "{markup} is not seen");
        browser.run("document.body.lastElementChild.remove()", json!([]));
        browser.complaints();
    }
    assert_lifeless(browser, "the page as it was");
}

/// Every name stands in the results, letter for letter, whatever became of it.
fn everybody_is_there(ada: &mut Visitor, texts: &[String]) {
    let lines = cells(&ada.get("/admin/uploads/1/results.csv").body);
    let said: BTreeSet<String> = lines.iter().flatten().map(|cell| cell.replace('\'', "")).collect();
    let nice = texts.iter().filter(|text| !text.contains(|c: char| c.is_control()));
    for text in nice {
        let text = text.trim_matches(|c: char| c.is_whitespace() || "\u{feff}\u{200b}\u{2060}".contains(c));
        assert!(said.contains(&text.replace('\'', "")), "{text:?} is not in the results");
    }
}

/// Everything that can be downloaded, with formulas for names. `FIRSTBELL_EXPORTS` names a folder where they are kept for
/// a spreadsheet to open.
#[test]
fn no_file_that_can_be_downloaded_has_a_formula_in_it() {
    let mut post = Post::open();
    for formula in FORMULAS {
        let form = post.ada.get("/admin/schools").form("/admin/schools").with("name", formula);
        assert!([303, 422].contains(&post.ada.send(form).status), "{formula:?}");
    }
    let lines: String = FORMULAS
        .map(|text| format!("{},{},,\nAnn,Lee,{},\n", cell(text), cell(text), cell(&format!("{text}@"))))
        .concat();
    upload(&post.server, &mut post.ada, "students", "=1+1.csv", &lines);
    let schools = post.server.site.count("SELECT count(*) FROM school");
    assert!(schools > 15, "{schools}");
    let mut files = vec!["/admin/uploads/1/results.csv".to_owned(), "/admin/uploads/1/failed.csv".to_owned()];
    files.push("/admin/cards.csv?upload=1".to_owned());
    files.push("/admin/sample.csv".to_owned());
    let kept = std::env::var_os("FIRSTBELL_EXPORTS").map(std::path::PathBuf::from);
    for file in files {
        let answer = post.ada.get(&file);
        assert_eq!(answer.status, 200, "{file}");
        let disposition = answer.header("Content-Disposition");
        let name =
            disposition.strip_prefix("attachment; filename=\"").and_then(|name| name.strip_suffix('"'));
        let name = name.unwrap_or_else(|| panic!("{file}: {disposition}"));
        assert!(
            name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b)),
            "{file}: {disposition}"
        );
        if name != "sample.csv" {
            for cell in cells(&answer.body).iter().flatten() {
                let first = |piece: &str| piece.trim_start().chars().next();
                let is_live = |piece: &str| first(piece).is_some_and(|sign| "=+-@＝＋－＠".contains(sign));
                assert!(!cell.split([';', '|', '\t', '\r', '\n']).any(is_live), "{file}: {cell:?}");
            }
        }
        if let Some(folder) = &kept {
            std::fs::write(folder.join(name), &answer.body).unwrap();
        }
    }
    post.end();
}
