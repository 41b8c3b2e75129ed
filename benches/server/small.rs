//! P8: small pages against the same pages by the way of axum, where the same handlers make them from a folder of the same
//! kind; and, for orientation, against the same bytes from memory, by axum and by `tiny_http`. `wrk` asks all in turn.
//!
//! The rivals are a crate of their own, `benches/rival`; `FIRSTBELL_RIVAL` names its executable.

use crate::figures::{median, note};
use crate::serving::{Server, set_up, wait_until_idle, worked};
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};

const PAGES: [&str; 2] = ["/healthz", "/login"];
const CONNECTIONS: [usize; 2] = [16, 64];
const ROUNDS: usize = 5;
/// How long each is asked in a round.
const SECONDS: usize = 2;

pub(crate) fn measure() {
    let (place, beside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = Server::start(&set_up(place.path()));
    let answers = PAGES.map(|page| {
        let file = place.path().join(page.trim_start_matches('/'));
        std::fs::write(&file, answer(server.address, page)).unwrap();
        file
    });
    let same_page = Rival::start("page", [set_up(beside.path())]);
    let from_memory = ["bytes", "tiny", "forwarded"].map(|way| Rival::start(way, &answers));
    for process in [server.process(), same_page.child.id()] {
        wait_until_idle(process);
    }
    let rivals: Vec<&Rival> = [&same_page].into_iter().chain(&from_memory).collect();
    for page in PAGES {
        for connections in CONNECTIONS {
            compare(&server, &rivals, page, connections);
        }
    }
}

/// Asks all in turn for a page, and says what each did beside the server.
fn compare(server: &Server, rivals: &[&Rival], page: &str, connections: usize) {
    let (mut ours, mut theirs) = (Vec::new(), vec![Vec::new(); rivals.len()]);
    for _ in 0..ROUNDS {
        ours.push(ask(server.address, server.process(), page, connections));
        for (rival, asked) in rivals.iter().zip(&mut theirs) {
            asked.push(ask(rival.address, rival.child.id(), page, connections));
        }
    }
    let middle =
        |asked: &[Asked], of: fn(&Asked) -> f64| median(&mut asked.iter().map(of).collect::<Vec<_>>());
    let (rate, work) = (middle(&ours, |asked| asked.rate), middle(&ours, |asked| asked.work));
    println!("{page}, {connections} connections: {rate:.0} requests/s of {work:.0} µs of work each");
    note(&format!("P8.{page}.{connections}"), format!("{rate} {work}"));
    for (rival, asked) in rivals.iter().zip(&theirs) {
        let (rate, work) = (middle(asked, |asked| asked.rate), middle(asked, |asked| asked.work));
        let mut ratios: Vec<f64> = ours.iter().zip(asked).map(|(we, they)| we.rate / they.rate).collect();
        let (shown, ratio) = (format!("{ratios:.3?}"), median(&mut ratios));
        println!("  {:9} {rate:.0} of {work:.0} µs; ratio {ratio:.3}   (rounds: {shown})", rival.way);
        note(&format!("P8.{page}.{connections}.{}", rival.way), format!("{rate} {work} {ratio}"));
    }
}

/// The bytes of an answer, as they come.
fn answer(address: SocketAddr, page: &str) -> Vec<u8> {
    let mut line = TcpStream::connect(address).unwrap();
    write!(line, "GET {page} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut came = Vec::new();
    line.read_to_end(&mut came).unwrap();
    came
}

struct Rival {
    way: &'static str,
    child: Child,
    address: SocketAddr,
}

impl Rival {
    /// Starts one that answers in this way from these files.
    fn start(way: &'static str, files: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Rival {
        let built = concat!(env!("CARGO_MANIFEST_DIR"), "/target/release/rival");
        let program = std::env::var("FIRSTBELL_RIVAL").unwrap_or_else(|_| built.to_owned());
        let mut child = Command::new(program)
            .arg(way)
            .args(files)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Rival { way, address: line.trim_end().parse().unwrap(), child }
    }
}

impl Drop for Rival {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What one round was like.
#[derive(Clone)]
struct Asked {
    /// Requests a second.
    rate: f64,
    /// How long the server's process worked for one, in microseconds.
    work: f64,
}

/// Asks a server's process over connections that are kept; all has to be answered well.
fn ask(address: SocketAddr, process: u32, page: &str, connections: usize) -> Asked {
    let before = worked(process);
    let ran = Command::new("wrk")
        .args([
            "-t2",
            &format!("-c{connections}"),
            &format!("-d{SECONDS}s"),
            &format!("http://{address}{page}"),
        ])
        .output()
        .unwrap();
    let said = String::from_utf8(ran.stdout).unwrap();
    assert!(ran.status.success() && !said.contains("Non-2xx") && !said.contains("Socket errors"), "{said}");
    let work = worked(process).zip(before).map_or(f64::NAN, |(after, before)| (after - before).as_secs_f64());
    let all = said.split(" requests in").next().unwrap().split_whitespace().last().unwrap();
    let rate = said.lines().find_map(|line| line.strip_prefix("Requests/sec:")).unwrap();
    Asked { rate: rate.trim().parse().unwrap(), work: work * 1e6 / all.parse::<f64>().unwrap() }
}
