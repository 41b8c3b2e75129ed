//! A real Chromium and a person in front of it: they find things by the words that they see, click, type and wait.
//!
//! Speaks the W3C's WebDriver protocol, JSON over HTTP, to a `chromedriver` of its own. Both end with the test.

use crate::serving::NEVER;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long anything may take to appear, on a slow machine under load.
const PATIENCE: Duration = NEVER;
/// How long to wait before looking again.
const BLINK: Duration = Duration::from_millis(40);
/// Chromium's arguments, besides the one for its profile.
const ARGS: [&str; 8] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];
/// What the protocol calls a reference to an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// Finds what a person would: shown, with these words, and nothing else that is shown around them.
const FIND: &str = r"
    const [kind, words] = arguments;
    const bare = (text) => text.replace(/\s+/g, ' ').trim();
    const has = (node) => node.checkVisibility()
        && [node.innerText, node.innerText.split('\n')[0]].some((text) => bare(text) === words);
    const all = (selector) => [...document.querySelectorAll(selector)].filter(has);
    if (kind !== 'field') return all(kind);
    return all('label').map((label) => label.control).filter((field) => field.checkVisibility());
";

/// A browser with one window, and a profile and a folder for downloads that go with it.
pub(crate) struct Browser {
    driver: Child,
    /// The address of the session at the driver.
    session: String,
    /// The process of the browser itself.
    process: Option<u64>,
    place: TempDir,
}

/// An element of the page, as the driver refers to it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Element(String);

/// The driver's refusal: what the protocol calls it, and the driver's words.
#[derive(Debug)]
struct Refusal {
    error: String,
    message: String,
}

impl Browser {
    /// Starts one.
    pub(crate) fn start() -> Browser {
        Browser::start_with(&[])
    }

    /// Starts one with more arguments.
    pub(crate) fn start_with(more: &[&str]) -> Browser {
        let place = tempfile::tempdir().unwrap();
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .env("TMPDIR", place.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver (tests/run installs it)");
        let address = format!("http://127.0.0.1:{}", port_of(&mut driver));
        // From here on, whatever fails, the driver ends.
        let mut browser = Browser { driver, session: address, process: None, place };
        let started = browser.ask("POST", "/session", &browser.wishes(more));
        let started = started.unwrap_or_else(|why| panic!("Chromium does not start: {}", why.message));
        browser.process = started["capabilities"]["goog:processID"].as_u64();
        write!(browser.session, "/session/{}", started["sessionId"].as_str().unwrap()).unwrap();
        browser
    }

    fn wishes(&self, more: &[&str]) -> Value {
        let profile = format!("--user-data-dir={}", self.place.path().join("profile").display());
        let args = ARGS.into_iter().chain([profile.as_str(), "--window-size=1280,900"]);
        let args: Vec<&str> = args.chain(more.iter().copied()).collect();
        json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": {
                "args": args,
                "prefs": {
                    "download.default_directory": self.downloads(),
                    "download.prompt_for_download": false,
                    "credentials_enable_service": false,
                    "profile.password_manager_leak_detection": false,
                },
            },
            "goog:loggingPrefs": { "browser": "ALL" },
        } } })
    }

    fn downloads(&self) -> PathBuf {
        self.place.path().join("downloads")
    }

    // What a person does

    /// Goes to an address.
    pub(crate) fn open(&self, address: &str) {
        self.must("POST", "/url", &json!({ "url": address }));
    }

    /// Clicks on the link with these words.
    pub(crate) fn click_link(&self, words: &str) {
        self.click("a", words);
    }

    /// Clicks on the button with these words.
    pub(crate) fn click_button(&self, words: &str) {
        self.click("button", words);
    }

    /// Unfolds what is behind these words.
    pub(crate) fn unfold(&self, words: &str) {
        self.click("summary", words);
    }

    /// Chooses the radio button with this label.
    pub(crate) fn choose(&self, label: &str) {
        self.click("label", label);
    }

    /// Writes into the field with this label, over what stands there.
    pub(crate) fn fill(&self, label: &str, text: &str) {
        self.with("field", label, |field| {
            self.ask("POST", &format!("/element/{}/clear", field.0), &json!({}))?;
            self.type_into(field, text)
        });
    }

    /// Chooses an entry of the list with this label.
    pub(crate) fn select(&self, label: &str, entry: &str) {
        self.with("field", label, |list| self.type_into(list, entry));
        self.until(&format!("{entry:?} chosen in {label:?}"), || {
            let shown = self.field(label, "it.selectedOptions[0].textContent");
            (shown == entry).then_some(())
        });
    }

    /// Hands files to the field with this label.
    pub(crate) fn attach(&self, label: &str, files: &[&Path]) {
        let paths: Vec<&str> = files.iter().map(|file| file.to_str().unwrap()).collect();
        self.with("field", label, |field| self.type_into(field, &paths.join("\n")));
    }

    /// Clicks on the link with these words, and gives what it downloads.
    pub(crate) fn download(&self, words: &str) -> String {
        let _ = std::fs::remove_dir_all(self.downloads());
        self.click_link(words);
        // Chromium writes under another name, and gives the file its own when it is whole.
        let file = self.until(&format!("the download of {words:?}"), || {
            let folder = std::fs::read_dir(self.downloads()).ok()?;
            let mut files = folder.map(|entry| entry.unwrap().path());
            files.find(|file| file.extension().is_some_and(|extension| extension == "csv"))
        });
        std::fs::read_to_string(file).unwrap()
    }

    // What a person sees

    /// Waits until the page's heading is this one.
    pub(crate) fn sees_heading(&self, words: &str) {
        self.sees_that(&format!("the heading {words:?}"), || {
            self.run("return document.querySelector('h1')?.innerText", json!([])).as_str() == Some(words)
        });
    }

    /// Waits until these words stand on the page.
    pub(crate) fn sees(&self, words: &str) {
        self.sees_that(&format!("{words:?}"), || self.text().contains(words));
    }

    /// Waits until something is so.
    pub(crate) fn sees_that(&self, what: &str, is_so: impl Fn() -> bool) {
        self.until(what, || is_so().then_some(()));
    }

    /// All words that are to be seen, each run of space a single one.
    pub(crate) fn text(&self) -> String {
        let text = self.run("return document.body?.innerText ?? ''", json!([]));
        text.as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The rows of the page's only table, cell by cell.
    pub(crate) fn rows(&self) -> Vec<Vec<String>> {
        let rows = self.run(
            "return [...document.querySelectorAll('tbody tr')]
                .map((row) => [...row.cells].map((cell) => cell.innerText.replace(/\\s+/g, ' ').trim()))",
            json!([]),
        );
        serde_json::from_value(rows).unwrap()
    }

    /// Whether a field with this label is there.
    pub(crate) fn has_field(&self, label: &str) -> bool {
        !self.find("field", label).is_empty()
    }

    /// What stands in the field with this label.
    pub(crate) fn value(&self, label: &str) -> String {
        self.field(label, "it.value")
    }

    /// The path of the page.
    pub(crate) fn path(&self) -> String {
        self.run("return location.pathname", json!([])).as_str().unwrap_or_default().to_owned()
    }

    /// Asserts that nothing of the page lies beyond the edge of a narrow phone.
    pub(crate) fn fits_a_phone(&self) {
        let phone = json!({ "width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": false });
        self.chromium("Emulation.setDeviceMetricsOverride", &phone);
        let width = "return [document.documentElement.scrollWidth, innerWidth, location.pathname]";
        let measured = self.run(width, json!([]));
        assert_eq!(measured[1], 360, "{measured}");
        assert!(measured[0].as_u64().unwrap() <= 360, "the page is wider than a phone: {measured}");
        self.chromium("Emulation.clearDeviceMetricsOverride", &json!({}));
    }

    /// Prints the page on the paper that it asks for, and gives the PDF; what in it is no text reads as something else.
    pub(crate) fn print(&self) -> String {
        let wish = json!({ "preferCSSPageSize": true, "printBackground": false });
        let printed =
            self.must("POST", "/goog/cdp/execute", &json!({ "cmd": "Page.printToPDF", "params": wish }));
        String::from_utf8_lossy(&from_base64(printed["data"].as_str().unwrap())).into_owned()
    }

    /// What the browser complained about since it was asked last: errors of scripts, refused styles and scripts, files
    /// that are not there.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let log = self.must("POST", "/se/log", &json!({ "type": "browser" }));
        let entries = log.as_array().unwrap().iter();
        entries.map(|entry| entry["message"].as_str().unwrap().to_owned()).collect()
    }

    /// Runs a script in the page.
    pub(crate) fn run(&self, script: &str, arguments: Value) -> Value {
        self.must("POST", "/execute/sync", &json!({ "script": script, "args": arguments }))
    }

    // The protocol

    fn chromium(&self, command: &str, parameters: &Value) {
        self.must("POST", "/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }));
    }

    fn find(&self, kind: &str, words: &str) -> Vec<Element> {
        let found = self.run(FIND, json!([kind, words]));
        let found = found.as_array().unwrap().iter();
        found.map(|element| Element(element[ELEMENT].as_str().unwrap().to_owned())).collect()
    }

    fn field(&self, label: &str, expression: &str) -> String {
        self.until(&format!("the field {label:?}"), || {
            let field = self.find("field", label).into_iter().next()?;
            let script = format!("const it = arguments[0]; return {expression}");
            self.run(&script, json!([{ ELEMENT: field.0 }])).as_str().map(str::to_owned)
        })
    }

    fn click(&self, kind: &str, words: &str) {
        self.with(kind, words, |element| self.click_on(element));
    }

    fn click_on(&self, element: &Element) -> Result<(), Refusal> {
        self.ask("POST", &format!("/element/{}/click", element.0), &json!({})).map(drop)
    }

    fn type_into(&self, field: &Element, text: &str) -> Result<(), Refusal> {
        self.ask("POST", &format!("/element/{}/value", field.0), &json!({ "text": text })).map(drop)
    }

    /// Does something with the first thing of this kind with these words, as soon as it is there and lets it be done.
    fn with(&self, kind: &str, words: &str, act: impl Fn(&Element) -> Result<(), Refusal>) {
        self.until(&format!("the {kind} {words:?}"), || {
            let element = self.find(kind, words).into_iter().next()?;
            match act(&element) {
                Ok(()) => Some(()),
                // The page was renewed in between, or is still moving.
                Err(why) if why.is_of_the_moment() => None,
                Err(why) => panic!("{kind} {words:?}: {}", why.message),
            }
        });
    }

    fn until<T>(&self, what: &str, look: impl Fn() -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(seen) = look() {
                return seen;
            }
            assert!(
                Instant::now() < deadline,
                "{what} is not to be seen on {}:\n{}\n{:?}",
                self.path(),
                self.text(),
                self.complaints()
            );
            std::thread::sleep(BLINK);
        }
    }

    fn must(&self, method: &str, path: &str, body: &Value) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.ask(method, path, body) {
                Ok(value) => return value,
                Err(why) if why.is_of_the_moment() && Instant::now() < deadline => std::thread::sleep(BLINK),
                Err(why) => panic!("{method} {path}: {}: {}", why.error, why.message),
            }
        }
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Result<Value, Refusal> {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(NEVER))
            .build()
            .new_agent();
        let address = format!("{}{path}", self.session);
        let answer = match method {
            "DELETE" => agent.delete(&address).call(),
            _ => agent.post(&address).send_json(body),
        };
        let answer: Result<Value, ureq::Error> =
            answer.and_then(|mut answer| answer.body_mut().with_config().limit(64 << 20).read_json());
        let mut answer =
            answer.map_err(|why| Refusal { error: "driver".into(), message: why.to_string() })?;
        let value = answer["value"].take();
        match value["error"].as_str() {
            Some(error) => Err(Refusal {
                error: error.to_owned(),
                message: value["message"].as_str().unwrap_or_default().to_owned(),
            }),
            None => Ok(value),
        }
    }
}

impl Refusal {
    /// Whether the same will work when the page has settled.
    fn is_of_the_moment(&self) -> bool {
        let moments = [
            "stale element reference",
            "element click intercepted",
            "element not interactable",
            "no such execution context",
            "detached shadow root",
        ];
        moments.contains(&self.error.as_str())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver closes the browser; if it cannot, both are ended from here.
        let closed = self.process.is_some() && self.ask("DELETE", "", &Value::Null).is_ok();
        if !closed && let Some(pid) = self.process {
            let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
            let _ = pid.map(|pid| rustix::process::kill_process(pid, rustix::process::Signal::KILL));
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// The free port that the driver took.
fn port_of(driver: &mut Child) -> u16 {
    let mut output = BufReader::new(driver.stdout.take().unwrap());
    let mut line = String::new();
    let port = loop {
        line.clear();
        assert_ne!(output.read_line(&mut line).unwrap(), 0, "chromedriver ended at once");
        let port = line.trim_end().trim_end_matches('.').rsplit_once("started successfully on port ");
        if let Some((_, port)) = port {
            break port.parse().unwrap();
        }
    };
    // Whatever it says later must not block it.
    std::thread::spawn(move || output.read_to_end(&mut Vec::new()));
    port
}

fn from_base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |digit: u8| u32::try_from(DIGITS.iter().position(|known| *known == digit).unwrap()).unwrap();
    let fours = text.trim_end_matches('=').as_bytes().chunks(4);
    let bytes = fours.flat_map(|four| {
        let bits = four.iter().fold(0, |bits, next| bits << 6 | digit(*next)) << (6 * (4 - four.len()));
        let [_, bytes @ ..] = bits.to_be_bytes();
        bytes.into_iter().take(four.len() - 1)
    });
    bytes.collect()
}
