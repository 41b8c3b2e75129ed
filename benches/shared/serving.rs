//! The executable as people run it: its commands, and its server on a data folder.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// The administrator of every district here, and what opens their account.
pub(crate) const LOGIN: &str = "ada@district.example";
pub(crate) const PASSWORD: &str = "violet kettle sings";
/// The first school of a district that [`set_up`] made.
pub(crate) const SCHOOL: &str = "Lincoln High";

/// What a server that has nothing to do works in two seconds at most.
const IDLE: Duration = Duration::from_millis(30);

/// The executable.
pub(crate) fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_firstbell"))
}

/// Runs one of its commands on a folder; it has to end well.
pub(crate) fn run(data: &Path, arguments: &[&str]) -> Output {
    let ran = program().env("FIRSTBELL_DATA", data).args(arguments).output().unwrap();
    assert!(ran.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
    ran
}

/// A district of nobody but its administrator, that lets a thousand connections in from one address.
pub(crate) fn set_up(place: &Path) -> PathBuf {
    let data = place.join("data");
    let mut init = program()
        .env("FIRSTBELL_DATA", &data)
        .args(["init", "--district", "District", "--school", SCHOOL])
        .args(["--first-name", "Ada", "--last-name", "Adminova", "--email", LOGIN])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    writeln!(init.stdin.take().unwrap(), "{PASSWORD}\n{PASSWORD}").unwrap();
    assert!(init.wait().unwrap().success());
    std::fs::write(data.join("firstbell.toml"), "connections_per_address = 1000\n").unwrap();
    data
}

/// A server, killed when it is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// From its start to the line that says that it is ready.
    pub(crate) ready: Duration,
}

impl Server {
    pub(crate) fn start(data: &Path) -> Server {
        let start = Instant::now();
        let mut child = program()
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready = start.elapsed();
        let address = line.trim_end().rsplit('/').next().unwrap().parse().unwrap();
        Server { child, address, ready }
    }

    /// Asks it to stop, and says how long that took.
    pub(crate) fn stop(mut self) -> Duration {
        let start = Instant::now();
        let process = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
        assert!(self.child.wait().unwrap().success());
        start.elapsed()
    }

    /// The most memory that it took so far, in bytes; `None` where the system does not say.
    pub(crate) fn most_memory(&self) -> Option<u64> {
        most_memory(self.child.id())
    }

    /// Waits until it has nothing more to do for itself: a snapshot, the index of the search.
    pub(crate) fn wait_until_idle(&self) {
        wait_until_idle(self.child.id());
    }

    /// The number of its process.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until the process of a server has nothing more to do for itself.
pub(crate) fn wait_until_idle(process: u32) {
    let mut before = worked(process);
    loop {
        std::thread::sleep(Duration::from_secs(2));
        let now = worked(process);
        if now.zip(before).is_none_or(|(now, before)| now - before < IDLE) {
            return;
        }
        before = now;
    }
}

/// The most memory that a process took so far, in bytes.
pub(crate) fn most_memory(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// How long a process has worked, on all cores together; `None` where the system does not say.
pub(crate) fn worked(process: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // User and system time are the 12th and the 13th after the name in brackets, in hundredths of a second (proc(5)).
    let after: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = after.get(11)?.parse::<u64>().ok()? + after.get(12)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}
