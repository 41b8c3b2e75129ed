//! P8: small pages against the same bytes from axum, which only has to hand them out. `wrk` asks both in turn.
//!
//! The rival is a crate of its own, `benches/rival`; `FIRSTBELL_RIVAL` names its executable.

use crate::figures::{median, note};
use crate::serving::{Server, set_up};
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
    for page in PAGES {
        for connections in CONNECTIONS {
            let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
            for _ in 0..ROUNDS {
                ours.push(requests(server.address, page, connections));
                theirs.push(requests(rival.address, page, connections));
                ratios.push(ours[ours.len() - 1] / theirs[theirs.len() - 1]);
            }
            let shown = format!("{ratios:.3?}");
            let (ours, theirs, ratio) = (median(&mut ours), median(&mut theirs), median(&mut ratios));
            println!(
                "{page}, {connections} connections: {ours:.0} requests/s, axum {theirs:.0}; ratio {ratio:.3}   (rounds: {shown})"
            );
            note(&format!("P8.{page}.{connections}"), format!("{ours} {theirs} {ratio}"));
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

/// Requests a second over connections that are kept, all of them answered well.
fn requests(address: SocketAddr, page: &str, connections: usize) -> f64 {
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
    said.lines().find_map(|line| line.strip_prefix("Requests/sec:")).unwrap().trim().parse().unwrap()
}
