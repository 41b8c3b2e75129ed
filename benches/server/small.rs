//! P8: small pages against the same bytes from axum, which only has to hand them out. `wrk` asks both in turn.
//!
//! The rival is a crate of its own, `benches/rival`; `FIRSTBELL_RIVAL` names its executable.

use crate::figures::{median, note};
use crate::serving::{Server, set_up, worked};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

const PAGES: [&str; 2] = ["/healthz", "/login"];
const CONNECTIONS: [usize; 2] = [16, 64];
const ROUNDS: usize = 5;
/// How long each is asked in a round.
const SECONDS: usize = 2;

pub(crate) fn measure() {
    let place = tempfile::tempdir().unwrap();
    let server = Server::start(&set_up(place.path()));
    server.wait_until_idle();
    for page in PAGES {
        std::fs::write(place.path().join(page.trim_start_matches('/')), answer(server.address, page))
            .unwrap();
    }
    let rival = Rival::start(place.path());
    let (our, their) = ((server.address, server.process()), (rival.address, rival.child.id()));
    for page in PAGES {
        for connections in CONNECTIONS {
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            for _ in 0..ROUNDS {
                ours.push(ask(our, page, connections));
                theirs.push(ask(their, page, connections));
            }
            let mut ratios: Vec<f64> =
                ours.iter().zip(&theirs).map(|(we, they)| we.rate / they.rate).collect();
            let shown = format!("{ratios:.3?}");
            let middle = |asked: &[Asked], of: fn(&Asked) -> f64| {
                median(&mut asked.iter().map(of).collect::<Vec<_>>())
            };
            let [rate, their_rate] = [&ours, &theirs].map(|asked| middle(asked, |asked| asked.rate));
            let [work, their_work] = [&ours, &theirs].map(|asked| middle(asked, |asked| asked.work));
            println!(
                "{page}, {connections} connections: {rate:.0} requests/s of {work:.0} µs of work each, axum {their_rate:.0} of \
                 {their_work:.0} µs; ratio {:.3}   (rounds: {shown})",
                median(&mut ratios)
            );
            let figures = format!("{rate} {their_rate} {} {work} {their_work}", median(&mut ratios));
            note(&format!("P8.{page}.{connections}"), figures);
        }
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
    child: Child,
    address: SocketAddr,
}

impl Rival {
    /// Starts it on the answers in a folder.
    fn start(answers: &Path) -> Rival {
        let built = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/rival/target/release/rival");
        let program = std::env::var("FIRSTBELL_RIVAL").unwrap_or_else(|_| built.to_owned());
        let files = PAGES.map(|page| answers.join(page.trim_start_matches('/')));
        let mut child = Command::new(program).args(files).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Rival { address: line.trim_end().parse().unwrap(), child }
    }
}

impl Drop for Rival {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What one round was like.
struct Asked {
    /// Requests a second.
    rate: f64,
    /// How long the server's process worked for one, in microseconds.
    work: f64,
}

/// Asks a server's process over connections that are kept; all has to be answered well.
fn ask((address, process): (SocketAddr, u32), page: &str, connections: usize) -> Asked {
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
