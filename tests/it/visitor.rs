//! A browser without JavaScript.
//!
//! It fills in forms as they stand on the page it was shown, so that what no person could send is not sent by
//! accident. Every answer that passes here is held to what must hold of each: strict headers, cookies that no script
//! reads, no fault of the server's.

use crate::serving::NEVER;
use std::collections::BTreeMap;
use std::sync::Arc;
use ureq::http;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// Text as it stands in an address.
pub(crate) fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Somebody with a browser: no JavaScript, but cookies.
pub(crate) struct Visitor {
    agent: ureq::Agent,
    pub(crate) url: String,
    pub(crate) cookies: BTreeMap<String, String>,
    /// Whether the server may say that it cannot answer just now (503, 507): something was broken for it.
    pub(crate) bears_trouble: bool,
}

impl Visitor {
    /// A browser that is about to visit this site.
    pub(crate) fn to(url: &str) -> Visitor {
        Visitor::trusting(url, None)
    }

    /// The same with a browser that trusts one certificate (PEM) and no other.
    pub(crate) fn trusting(url: &str, certificate: Option<&[u8]>) -> Visitor {
        let trusted = certificate.map(|pem| Certificate::from_pem(pem).unwrap());
        let trusted: Vec<_> = trusted.into_iter().collect();
        let tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .root_certs(RootCerts::new_with_certs(&trusted));
        let config = ureq::Agent::config_builder()
            .tls_config(tls.build())
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .allow_non_standard_methods(true)
            .proxy(None)
            .timeout_global(Some(NEVER));
        Visitor {
            agent: config.build().into(),
            url: url.to_owned(),
            cookies: BTreeMap::new(),
            bears_trouble: false,
        }
    }

    /// Asks for a page.
    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, &[], None)
    }

    /// Sends a form as a browser does.
    pub(crate) fn send(&mut self, form: Form) -> Answer {
        let (content_type, body) = form.encode();
        let origin = self.url.clone();
        let headers =
            [("Content-Type", content_type), ("Origin", origin.as_str()), ("Sec-Fetch-Site", "same-origin")];
        self.ask("POST", &form.action, &headers, Some(body))
    }

    /// Posts these fields and no others.
    pub(crate) fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(Form::of(path, fields))
    }

    /// Goes where an answer sends.
    pub(crate) fn follow(&mut self, answer: &Answer) -> Answer {
        self.get(answer.location())
    }

    /// Goes where an answer sends, if it sends anywhere; whatever stands there is held to what must hold.
    pub(crate) fn follow_if_sent(&mut self, answer: &Answer) {
        if answer.status == 303 {
            assert_eq!(self.follow(answer).status, 200);
        }
    }

    pub(crate) fn sign_in(&mut self, login: &str, password: &str) -> Answer {
        let page = self.get("/login");
        self.send(page.form("/login").with("login", login).with("password", password))
    }

    /// Any request.
    pub(crate) fn ask(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Answer {
        let mut request = http::Request::builder().method(method).uri(format!("{}{path}", self.url));
        if !self.cookies.is_empty() {
            let cookies: Vec<String> = self.cookies.iter().map(|(name, is)| format!("{name}={is}")).collect();
            request = request.header("Cookie", cookies.join("; "));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = match body {
            Some(body) => self.agent.run(request.body(body).unwrap()),
            None => self.agent.run(request.body(()).unwrap()),
        };
        let mut response = response.unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        let headers = response.headers().iter();
        let headers = headers.map(|(name, is)| (name.to_string(), is.to_str().unwrap().to_owned())).collect();
        let status = response.status().as_u16();
        let body = response.body_mut().read_to_vec().unwrap();
        let answer = Answer { asked: format!("{method} {path}"), status, headers, body };
        answer.hold(self.url.starts_with("https://"), self.bears_trouble);
        self.keep_cookies(&answer);
        answer
    }

    fn keep_cookies(&mut self, answer: &Answer) {
        for cookie in answer.set_cookies() {
            let (name, rest) = cookie.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if value.is_empty() || rest.to_lowercase().contains("max-age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    asked: String,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// Elements that stand in a line of text.
const INLINE: [&str; 6] = ["a", "bdi", "code", "span", "strong", "wbr"];

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(is, _)| is.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
    }

    pub(crate) fn set_cookies(&self) -> Vec<&str> {
        let is_cookie = |(name, _): &&(String, String)| name.eq_ignore_ascii_case("set-cookie");
        self.headers.iter().filter(is_cookie).map(|(_, value)| value.as_str()).collect()
    }

    /// Where it sends the browser.
    pub(crate) fn location(&self) -> &str {
        assert_eq!(self.status, 303, "{}: {}", self.asked, self.text());
        self.header("Location")
    }

    pub(crate) fn html(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// What a person reads on the page.
    pub(crate) fn text(&self) -> String {
        read(self.html())
    }

    /// Asserts that a page was shown, and that one can read all this on it.
    pub(crate) fn assert_shows(&self, words: &[&str]) {
        assert_eq!(self.status, 200, "{}: {}", self.asked, self.text());
        self.assert_says(words);
    }

    /// Asserts that a form came back, and that one can read all this on it.
    pub(crate) fn assert_refused(&self, words: &[&str]) {
        assert_eq!(self.status, 422, "{}: {}", self.asked, self.text());
        self.assert_says(words);
    }

    fn assert_says(&self, words: &[&str]) {
        let text = self.text();
        for word in words {
            assert!(text.contains(word), "{} does not say {word:?}: {text}", self.asked);
        }
    }

    /// The form on the page that posts to this address, as it stands.
    pub(crate) fn form(&self, action: &str) -> Form {
        self.form_that(action, |_| true)
    }

    /// The form for this address that has such a field.
    pub(crate) fn form_with(&self, action: &str, field: &str) -> Form {
        self.form_that(action, |form| form.fields.iter().any(|(name, _)| name == field))
    }

    fn form_that(&self, action: &str, is_meant: impl Fn(&Form) -> bool) -> Form {
        let forms = self.html().split("<form").skip(1).map(|form| form.split("</form>").next().unwrap());
        forms
            .map(Form::read)
            .find(|form| form.action == action && is_meant(form))
            .unwrap_or_else(|| panic!("{} has no form for {action}: {}", self.asked, self.text()))
    }

    /// The addresses of the page's links that begin so.
    pub(crate) fn links(&self, start: &str) -> Vec<String> {
        let links = self.html().split("<a ").skip(1).filter_map(|tag| attribute(tag, "href"));
        links.filter(|address| address.starts_with(start)).collect()
    }

    /// What must hold of every answer.
    fn hold(&self, by_https: bool, bears_trouble: bool) {
        let Answer { asked, status, .. } = self;
        let is_health = asked == "GET /healthz" || bears_trouble && matches!(status, 503 | 507);
        assert!(*status < 500 || is_health, "{asked}: {status} {}", String::from_utf8_lossy(&self.body));
        let policy = self.header("Content-Security-Policy");
        assert!(policy.starts_with("default-src 'none'"), "{asked}, {status}: {policy:?}");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{asked}: {policy}");
        assert_eq!(self.header("X-Content-Type-Options"), "nosniff", "{asked}");
        let referrer = self.header("Referrer-Policy");
        assert!(["no-referrer", "same-origin"].contains(&referrer), "{asked}: {referrer:?}");
        let is_about_people = self.header("Content-Type").starts_with("text/html")
            || asked.contains("/results.csv")
            || !self.set_cookies().is_empty();
        if is_about_people {
            assert!(self.header("Cache-Control").contains("no-store"), "{asked} may be kept");
        }
        for cookie in self.set_cookies() {
            let prefix = if by_https { "__Host-firstbell_" } else { "firstbell_" };
            assert!(cookie.starts_with(prefix), "{asked}: {cookie}");
            let parts: Vec<&str> = cookie.split(';').map(str::trim).collect();
            assert_eq!(parts.contains(&"Secure"), by_https, "{asked}: {cookie}");
            assert!(parts.contains(&"HttpOnly") && parts.contains(&"Path=/"), "{asked}: {cookie}");
            assert!(parts.iter().any(|part| ["SameSite=Lax", "SameSite=Strict"].contains(part)), "{cookie}");
        }
    }
}

/// A form of a page: where it goes, and what is in it.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub(crate) action: String,
    is_multipart: bool,
    /// What is sent.
    pub(crate) fields: Vec<(String, String)>,
    files: Vec<(String, String, Vec<u8>)>,
    /// What can be filled in.
    names: Vec<String>,
    /// The choices: the field, the value, what one reads.
    options: Vec<(String, String, String)>,
    /// The boxes to tick: the field and the value.
    boxes: Vec<(String, String)>,
    /// The buttons that say more than "send": the field, the value, what one reads.
    buttons: Vec<(String, String, String)>,
}

const BOUNDARY: &str = "----a-boundary-that-no-file-has";

impl Form {
    fn read(html: &str) -> Form {
        let (head, inside) = html.split_once('>').unwrap();
        let mut form = Form::of(&attribute(head, "action").unwrap_or_default(), &[]);
        form.is_multipart = attribute(head, "enctype").is_some();
        let mut list = String::new();
        for (tag, text) in inside.split('<').filter_map(|piece| piece.split_once('>')) {
            let name = attribute(tag, "name");
            let value = attribute(tag, "value").unwrap_or_default();
            match (tag.split(' ').next().unwrap(), name) {
                ("input", Some(name)) => {
                    let kind = attribute(tag, "type").unwrap_or_default();
                    let is_sent = match kind.as_str() {
                        "radio" | "checkbox" => has(tag, "checked"),
                        kind => kind != "file",
                    };
                    if kind == "checkbox" {
                        form.boxes.push((name.clone(), value.clone()));
                    }
                    if is_sent {
                        form.fields.push((name.clone(), value));
                    }
                    form.names.push(name);
                }
                ("button", Some(name)) => form.buttons.push((name, value, unescaped(text))),
                ("select", Some(name)) => {
                    form.names.push(name.clone());
                    list = name;
                }
                ("option", _) => {
                    let is_first = !form.options.iter().any(|(name, ..)| *name == list);
                    if is_first || has(tag, "selected") {
                        form.set(&list, &value);
                    }
                    form.options.push((list.clone(), value, unescaped(text)));
                }
                _ => {}
            }
        }
        form
    }

    /// A form that stands on no page.
    pub(crate) fn of(action: &str, fields: &[(&str, &str)]) -> Form {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let action = action.to_owned();
        Form {
            action,
            is_multipart: false,
            fields,
            files: vec![],
            names: vec![],
            options: vec![],
            boxes: vec![],
            buttons: vec![],
        }
    }

    /// Whether there is such a field to fill in.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.names.iter().any(|is| is == name)
    }

    fn set(&mut self, name: &str, value: &str) {
        self.fields.retain(|(is, _)| is != name);
        self.fields.push((name.to_owned(), value.to_owned()));
    }

    /// The same with a field filled in, or a choice made.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Form {
        assert!(self.has(name), "no field {name} in {:?}", self.names);
        self.set(name, value);
        self
    }

    /// The same with the choice that reads so.
    pub(crate) fn choose(mut self, name: &str, label: &str) -> Form {
        let choice = self.options.iter().find(|(is, _, reads)| is == name && reads == label);
        let (_, value, _) = choice.unwrap_or_else(|| panic!("no {label} in {:?}", self.options)).clone();
        self.set(name, &value);
        self
    }

    /// The same with a box ticked, where several boxes have one name.
    pub(crate) fn tick(mut self, name: &str, value: &str) -> Form {
        let ticked = (name.to_owned(), value.to_owned());
        assert!(self.boxes.contains(&ticked), "no box {ticked:?} in {:?}", self.boxes);
        self.fields.retain(|field| *field != ticked);
        self.fields.push(ticked);
        self
    }

    /// The same with a box not ticked.
    pub(crate) fn untick(mut self, name: &str, value: &str) -> Form {
        let ticked = (name.to_owned(), value.to_owned());
        assert!(self.fields.contains(&ticked), "{ticked:?} is not ticked in {:?}", self.fields);
        self.fields.retain(|field| *field != ticked);
        self
    }

    /// The same sent with the button that reads so.
    pub(crate) fn press(mut self, label: &str) -> Form {
        let button = self.buttons.iter().find(|(.., reads)| reads == label);
        let (name, value, _) = button.unwrap_or_else(|| panic!("no {label} in {:?}", self.buttons)).clone();
        self.set(&name, &value);
        self
    }

    /// The same with one more file.
    pub(crate) fn file(mut self, file_name: &str, content: impl AsRef<[u8]>) -> Form {
        assert!(self.has("file"), "no file in {:?}", self.names);
        self.files.push(("file".to_owned(), file_name.to_owned(), content.as_ref().to_vec()));
        self
    }

    /// What the field holds as it stands; empty if it is not sent.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.fields.iter().find(|(is, _)| is == name).map_or("", |(_, value)| value)
    }

    fn encode(&self) -> (&'static str, Vec<u8>) {
        if !self.is_multipart {
            let mut fields = form_urlencoded::Serializer::new(String::new());
            fields.extend_pairs(&self.fields);
            return ("application/x-www-form-urlencoded", fields.finish().into_bytes());
        }
        let mut body = Vec::new();
        let start = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=");
        for (name, value) in &self.fields {
            body.extend(format!("{start}\"{name}\"\r\n\r\n{value}\r\n").bytes());
        }
        for (name, file_name, content) in &self.files {
            let head =
                format!("{start}\"{name}\"; filename=\"{file_name}\"\r\nContent-Type: text/csv\r\n\r\n");
            body.extend(head.bytes().chain(content.iter().copied()).chain(*b"\r\n"));
        }
        body.extend(format!("--{BOUNDARY}--\r\n").bytes());
        ("multipart/form-data; boundary=----a-boundary-that-no-file-has", body)
    }
}

/// What a person reads of HTML.
pub(crate) fn read(html: &str) -> String {
    let mut text = String::new();
    for (at, piece) in html.split('<').enumerate() {
        let (tag, rest) = if at == 0 { ("", piece) } else { piece.split_once('>').unwrap_or(("", "")) };
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
        if !INLINE.contains(&name) {
            text.push(' ');
        }
        text.push_str(rest);
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    unescaped(&text)
}

/// The value of an attribute of a tag.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let tag = format!(" {}", tag.split('>').next().unwrap());
    let value = tag.split(&format!(" {name}=\"")).nth(1)?.split('"').next().unwrap();
    Some(unescaped(value))
}

/// Whether a tag has an attribute without a value.
fn has(tag: &str, name: &str) -> bool {
    tag.split('"').step_by(2).any(|part| part.split(' ').any(|word| word == name))
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}
