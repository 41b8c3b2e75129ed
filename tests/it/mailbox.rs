//! A real mail server: `tests/smtp/server.py`, which keeps what it is sent, and misbehaves when it is told to.

use crate::serving::until;
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use tempfile::TempDir;

/// A mail server that goes with the test, and the folder with the letters that it took.
pub(crate) struct Mailbox {
    place: TempDir,
    process: Child,
    tell: ChildStdin,
    told: BufReader<ChildStdout>,
    pub(crate) port: u16,
}

/// A letter as it came.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) raw: Vec<u8>,
    /// What the mail server made of it.
    seen: Value,
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Mailbox {
    /// Starts one that behaves well: no encryption, no password.
    pub(crate) fn open() -> Mailbox {
        let place = tempfile::tempdir().unwrap();
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/smtp/server.py");
        let mut command = Command::new("python3");
        command.arg("-B").arg(program).arg(place.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("python3");
        let (tell, told) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        let mut mailbox = Mailbox { place, process, tell, told: BufReader::new(told), port: 0 };
        mailbox.port = mailbox.line().parse().expect("a port");
        mailbox
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.told.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// How it behaves from now on; the words stand at the head of `server.py`. What hangs is ended.
    pub(crate) fn behave(&mut self, manners: &Value) {
        writeln!(self.tell, "{manners}").unwrap();
        assert_eq!(self.line(), "ok", "{manners}");
    }

    /// It makes this trouble at that stage, so often.
    pub(crate) fn trouble(&mut self, at: &str, what: &str, times: u32) {
        self.behave(&json!({ "trouble": [{ "at": at, "do": what, "times": times }] }));
    }

    /// It makes this trouble at that stage until it is told otherwise.
    pub(crate) fn trouble_for_ever(&mut self, at: &str, what: &str) {
        self.behave(&json!({ "trouble": [{ "at": at, "do": what }] }));
    }

    /// It behaves well again.
    pub(crate) fn recover(&mut self) {
        self.behave(&json!({}));
    }

    /// Who signs its certificates.
    pub(crate) fn authority(&self) -> PathBuf {
        self.place.path().join("tls/ca.pem")
    }

    /// The letters it has taken so far.
    pub(crate) fn letters(&self) -> Vec<Letter> {
        let described = |n: &u32| self.place.path().join(format!("{n:04}.json"));
        let numbers = (1..).take_while(|n| described(n).exists());
        numbers
            .map(|n| {
                let seen = serde_json::from_slice(&fs::read(described(&n)).unwrap()).unwrap();
                let raw = fs::read(described(&n).with_extension("eml")).unwrap();
                Letter { raw, seen }
            })
            .collect()
    }

    /// Waits until it has taken so many letters, and gives them.
    pub(crate) fn wait_for(&self, count: usize) -> Vec<Letter> {
        until(&format!("{count} letters"), || {
            let letters = self.letters();
            (letters.len() >= count).then_some(letters)
        })
    }

    /// Every line of every connection.
    pub(crate) fn heard(&self) -> String {
        fs::read_to_string(self.place.path().join("sessions.log")).unwrap()
    }

    /// How many lines it heard or noted that hold these words.
    pub(crate) fn heard_times(&self, words: &str) -> usize {
        self.heard().lines().filter(|line| line.contains(words)).count()
    }

    /// Asserts that whoever sent the letters kept to what mail servers expect.
    pub(crate) fn assert_well_spoken(&self) {
        let heard = self.heard();
        let faults: Vec<&str> = heard.lines().filter(|line| line.contains(" ! ")).collect();
        assert!(faults.is_empty(), "{faults:?} in\n{heard}");
        for letter in self.letters() {
            assert_eq!(letter.seen["faults"], json!([]), "{}", String::from_utf8_lossy(&letter.raw));
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl Letter {
    /// What the mail server made of something: `sender`, `recipients`, `secure`, `user`, `shape`, `from`, `to`.
    pub(crate) fn seen(&self, what: &str) -> &Value {
        assert!(!self.seen[what].is_null() || what == "user", "no {what}");
        &self.seen[what]
    }

    /// A header, unfolded and decoded; empty if there is none.
    pub(crate) fn header(&self, name: &str) -> String {
        let headers = self.seen["headers"].as_array().unwrap();
        let mut of_the_name = headers.iter().filter(|header| text(&header[0]).eq_ignore_ascii_case(name));
        let value = of_the_name.next().map(|header| text(&header[1])).unwrap_or_default();
        assert_eq!(of_the_name.next(), None, "{name} stands there twice");
        value
    }

    /// The names of its headers, in small letters.
    pub(crate) fn header_names(&self) -> Vec<String> {
        let headers = self.seen["headers"].as_array().unwrap();
        headers.iter().map(|header| text(&header[0]).to_lowercase()).collect()
    }

    pub(crate) fn subject(&self) -> String {
        self.header("Subject")
    }

    fn part(&self, kind: &str) -> &Value {
        let parts = self.seen["parts"].as_array().unwrap();
        parts.iter().find(|part| part["type"] == kind).unwrap_or_else(|| panic!("no {kind}: {parts:?}"))
    }

    /// The part in plain text.
    pub(crate) fn plain(&self) -> String {
        text(&self.part("text/plain")["text"])
    }

    /// What one reads of the part in HTML.
    pub(crate) fn html(&self) -> String {
        text(&self.part("text/html")["text"])
    }

    /// The attachment: its name, and what is in it.
    pub(crate) fn attachment(&self) -> (String, Vec<u8>) {
        let part = self.part("text/csv");
        assert_eq!(part["disposition"], "attachment");
        (text(&part["file_name"]), decoded(&text(&part["base64"])))
    }

    /// Asserts that both parts say this.
    pub(crate) fn assert_says(&self, words: &[&str]) {
        let read = crate::visitor::read(&self.html());
        for word in words {
            let plain = self.plain().split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(plain.contains(word), "the text does not say {word:?}: {plain}");
            assert!(read.contains(word), "the HTML does not say {word:?}: {read}");
        }
    }

    /// Asserts that it goes to one person and that no name became a header.
    pub(crate) fn assert_intact(&self, recipient: &str) {
        assert_eq!(self.seen("recipients"), &json!([recipient]));
        assert_eq!(self.seen("to")[0][1], recipient);
        assert_eq!(self.seen("to").as_array().unwrap().len(), 1, "{:?}", self.seen("to"));
        assert_eq!(self.seen("from").as_array().unwrap().len(), 1);
        let known = [
            "from",
            "to",
            "subject",
            "date",
            "message-id",
            "in-reply-to",
            "references",
            "mime-version",
            "content-type",
            "content-transfer-encoding",
            "auto-submitted",
            "reply-to",
            "x-auto-response-suppress",
        ];
        for name in self.header_names() {
            assert!(known.contains(&name.as_str()), "{name} in {}", String::from_utf8_lossy(&self.raw));
        }
        assert!(!self.html().contains("<script"), "{}", self.html());
    }

    /// Whether these words are anywhere in it: as it came, or in any part as it is read.
    pub(crate) fn holds(&self, words: &str) -> bool {
        let parts = self.seen["parts"].as_array().unwrap();
        let mut all = vec![self.raw.clone(), self.seen["headers"].to_string().into_bytes()];
        all.extend(parts.iter().map(|part| decoded(&text(&part["base64"]))));
        all.iter().any(|bytes| String::from_utf8_lossy(bytes).contains(words))
    }
}

/// What stands in base64.
fn decoded(text: &str) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0, 0);
    for digit in text.bytes().filter_map(|byte| DIGITS.iter().position(|digit| *digit == byte)) {
        bits = (bits << 6 | digit) & 0xFFFF;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xFF).unwrap());
        }
    }
    bytes
}

#[test]
fn base64_is_read_as_it_was_written() {
    for (written, is) in [("", ""), ("QQ==", "A"), ("QUI=", "AB"), ("QUJD", "ABC"), ("w7zwn46J", "ü🎉")] {
        assert_eq!(decoded(written), is.as_bytes());
    }
}
