//! The pages of the real server on a folder, asked for by one browser.

use crate::{LOGIN, PASSWORD};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What is asked for, and by what name it stands in the table.
const PAGES: [(&str, &str); 12] = [
    ("Members", "/admin/members"),
    ("Members, from the middle", "/admin/members?page=9&after=500"),
    ("Members of a school", "/admin/members?school=2"),
    ("Members of a type", "/admin/members?type=students"),
    ("Search: a last name", "/admin/members?q=kalmanen"),
    ("Search: everybody", "/admin/members?q=district.example"),
    ("Search: one letter, 芳", "/admin/members?q=%E8%8A%B3"),
    ("Schools", "/admin/schools"),
    ("Upload History", "/admin/uploads"),
    ("Results", "/admin/uploads/1"),
    ("Mail", "/admin/mail"),
    ("Audit log", "/admin/audit"),
];
const TIMES: usize = 200;

/// What was measured of a server.
pub(crate) struct Served {
    /// From its start to its first answer.
    pub(crate) ready: Duration,
    /// The most memory that it took, in bytes; `None` where the system does not say.
    pub(crate) memory: Option<u64>,
    /// Each page, with its median and the time that 99 of 100 do not exceed.
    pub(crate) pages: Vec<(&'static str, Duration, Duration)>,
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) fn measure(data: &Path) -> Served {
    let start = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_firstbell"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let ready = start.elapsed();
    let server = Server(child);
    let url = line.split_whitespace().last().unwrap().trim_end_matches('/').to_owned();
    let mut browser = Browser::new(url);
    browser.sign_in();
    wait_until_idle(server.0.id());
    let pages = PAGES.map(|(name, path)| {
        let mut times: Vec<Duration> = (0..TIMES).map(|_| browser.time(path)).collect();
        times.sort();
        (name, times[TIMES / 2], times[TIMES * 99 / 100])
    });
    Served { ready, memory: peak(server.0.id()), pages: pages.into() }
}

/// Waits until a server has taken the snapshot that it takes when it begins.
fn wait_until_idle(process: u32) {
    let worked = || -> Option<u64> {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        // User and system time, in ticks, are the 12th and the 13th after the name in brackets (proc(5)).
        let after: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        Some(after.get(11)?.parse::<u64>().ok()? + after.get(12)?.parse::<u64>().ok()?)
    };
    let mut before = worked();
    loop {
        std::thread::sleep(Duration::from_secs(2));
        let now = worked();
        if now.zip(before).is_none_or(|(now, before)| now - before < 3) {
            return;
        }
        before = now;
    }
}

/// The most memory that a process took so far, in bytes.
fn peak(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

struct Browser {
    agent: ureq::Agent,
    url: String,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    fn new(url: String) -> Browser {
        let config =
            ureq::Agent::config_builder().max_redirects(0).max_redirects_will_error(false).proxy(None);
        Browser { agent: config.build().into(), url, cookies: BTreeMap::new() }
    }

    fn sign_in(&mut self) {
        let page = self.ask("/login", None);
        let fields = |page: &str, more: &[(&str, &str)]| {
            let token = page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap();
            form_urlencoded::Serializer::new(String::new())
                .append_pair("csrf", token)
                .extend_pairs(more)
                .finish()
        };
        let form = fields(&page, &[("login", LOGIN), ("password", PASSWORD)]);
        self.ask("/login", Some(form));
        let page = self.ask("/home", None);
        self.ask("/switch", Some(fields(&page, &[("to", "admin")])));
    }

    fn time(&mut self, path: &str) -> Duration {
        let start = Instant::now();
        self.ask(path, None);
        start.elapsed()
    }

    fn ask(&mut self, path: &str, form: Option<String>) -> String {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, is)| format!("{name}={is}")).collect();
        let (address, cookies) = (format!("{}{path}", self.url), cookies.join("; "));
        let answer = match form {
            None => self.agent.get(&address).header("Cookie", &cookies).call(),
            Some(form) => self
                .agent
                .post(&address)
                .header("Cookie", &cookies)
                .header("Origin", &self.url)
                .content_type("application/x-www-form-urlencoded")
                .send(form),
        };
        let mut answer = answer.unwrap();
        for cookie in answer.headers().get_all("set-cookie") {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), rest.split(';').next().unwrap().to_owned());
        }
        let status = answer.status().as_u16();
        assert!(status == 200 || (status == 303 && !path.starts_with("/admin")), "{path}: {status}");
        answer.body_mut().read_to_string().unwrap()
    }
}
