//! The server that the tests visit: the real executable, `firstbell serve`, on a folder of its own.

use crate::support::{PASSWORD, Site};
use crate::visitor::{Answer, Visitor};
use rustix::process::{Pid, Signal, kill_process};
use std::fmt::Write;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Longer than anything here takes on the slowest machine; a test that waits for it has failed.
pub(crate) const NEVER: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(20);

/// `firstbell serve` on a folder.
pub(crate) struct Server {
    pub(crate) site: Site,
    pub(crate) url: String,
    process: Process,
    said: Arc<Mutex<String>>,
}

/// A process that goes with the test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Server {
    /// Starts it on a port of its own, and waits until it is ready.
    pub(crate) fn open(site: Site) -> Server {
        Server::open_with(site, &[])
    }

    /// The same with more in its environment.
    pub(crate) fn open_with(site: Site, environment: &[(&str, &Path)]) -> Server {
        let server = Server::serve(site, &["--listen", "127.0.0.1:0"], environment);
        assert!(server.url.starts_with("http://127.0.0.1:"), "{}", server.url);
        server
    }

    /// The same with these arguments and no others.
    pub(crate) fn serve(site: Site, args: &[&str], environment: &[(&str, &Path)]) -> Server {
        let mut command = site.command(&[&["serve"], args].concat());
        command.envs(environment.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = Process(command.spawn().unwrap());
        let (out, mut err) = (process.0.stdout.take().unwrap(), process.0.stderr.take().unwrap());
        let said = Arc::new(Mutex::new(String::new()));
        let log = Arc::clone(&said);
        thread::spawn(move || {
            let mut some = [0; 4096];
            while let Ok(n @ 1..) = err.read(&mut some) {
                log.lock().unwrap().push_str(&String::from_utf8_lossy(&some[..n]));
            }
        });
        let (tell, told) = channel();
        thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                let _ = tell.send(line);
            }
        });
        let line = told.recv_timeout(NEVER).unwrap_or_else(|_| panic!("not ready: {}", said.lock().unwrap()));
        let url = line.strip_prefix("Firstbell is ready at ").expect("the line that it is ready").to_owned();
        Server { site, url: url.trim_end_matches('/').to_owned(), process, said }
    }

    /// A district with its administrator, and the server on it.
    pub(crate) fn of_a_district() -> Server {
        Server::open(Site::set_up())
    }

    /// Somebody with a browser of their own.
    pub(crate) fn visitor(&self) -> Visitor {
        Visitor::to(&self.url)
    }

    /// Somebody who has signed in.
    pub(crate) fn signed_in(&self, login: &str, password: &str) -> Visitor {
        let mut visitor = self.visitor();
        let answer = visitor.sign_in(login, password);
        assert_eq!(answer.location(), "/home", "{login}");
        visitor
    }

    /// Somebody who has signed in and switched to the Admin Account.
    pub(crate) fn admin(&self, login: &str, password: &str) -> Visitor {
        let mut visitor = self.signed_in(login, password);
        let home = visitor.get("/home");
        let switched = visitor.send(home.form("/switch"));
        assert!(switched.location().starts_with("/admin/"), "{login}: {}", switched.text());
        visitor
    }

    /// The administrator whom `Site::set_up` made, in the Admin Account.
    pub(crate) fn ada(&self) -> Visitor {
        self.admin("aadminova", PASSWORD)
    }

    /// Guesses at somebody's password until that has to wait, and gives the answer that says so.
    pub(crate) fn guess_too_often(&self, login: &str) -> Answer {
        let answer = until("too many tries", || {
            let answer = self.visitor().sign_in(login, "not this one");
            (answer.status != 422).then_some(answer)
        });
        assert_eq!(answer.status, 429, "{login}");
        answer
    }

    /// The number of its process.
    pub(crate) fn process(&self) -> u32 {
        self.process.0.id()
    }

    /// What it has logged so far.
    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// The code for setting up.
    pub(crate) fn setup_code(&self) -> String {
        until("the setup code", || {
            let said = self.said();
            let (_, rest) = said.split_once("Setup code: ")?;
            rest.split_once('\n').map(|(code, _)| code.trim().to_owned())
        })
    }

    /// The same without what the audit log says of refusals.
    pub(crate) fn snapshot_besides_refusals(&self) -> String {
        let refused = format!("{:?}", b"was_refused");
        let lines = self.snapshot();
        lines.lines().filter(|line| !line.contains(&refused)).map(|line| format!("{line}\n")).collect()
    }

    /// What the district has: every table but those that say who is signed in from where, and who guessed what.
    pub(crate) fn snapshot(&self) -> String {
        let office = self.site.office();
        let mut text = String::new();
        for table in ["district", "school", "account", "username_stem", "upload", "record", "job", "audit"] {
            let mut query = office.conn.prepare(&format!("SELECT * FROM {table}")).unwrap();
            let columns = query.column_count();
            let mut rows = query.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                let cells: Vec<String> =
                    (0..columns).map(|at| format!("{:?}", row.get_ref(at).unwrap())).collect();
                writeln!(text, "{table}: {}", cells.join(" ")).unwrap();
            }
        }
        text
    }

    /// Stops it as a supervisor would: it exits with 0, and has met no fault. Gives back the folder.
    pub(crate) fn stop(self) -> Site {
        let Server { site, mut process, said, .. } = self;
        kill_process(Pid::from_child(&process.0), Signal::TERM).unwrap();
        let status = until("the end of the server", || process.0.try_wait().unwrap());
        let said = said.lock().unwrap().clone();
        assert_eq!(status.code(), Some(0), "{said}");
        assert!(!said.contains("Incident") && !said.contains("panicked"), "{said}");
        site
    }

    /// Kills it where it stands, and gives back the folder.
    pub(crate) fn kill(self) -> Site {
        let Server { site, process, .. } = self;
        drop(process);
        site
    }

    /// Stops it and ends the test: all is in order.
    pub(crate) fn end(self) {
        self.stop().end();
    }
}

/// Waits until there is something.
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(started.elapsed() < NEVER, "waited in vain for {what}");
        thread::sleep(LOOK);
    }
}
