//! What the executable does on a folder of so many people: its pages, asked for by one browser; starting, stopping,
//! checking and backing up.

use crate::serving::{Server, run};
use crate::visitor::Visitor;
use std::path::Path;
use std::time::{Duration, Instant};

/// What is asked for, and by what name it stands in the table.
pub(crate) const PAGES: [(&str, &str); 12] = [
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
const TIMES: usize = 1_000;
/// How often it is started; the middle one counts.
const STARTS: usize = 5;

/// What was measured of the executable.
pub(crate) struct Served {
    /// From its start to its first answer.
    pub(crate) ready: Duration,
    /// The same after a server that was killed, so that the log of what was not moved into the database is read.
    pub(crate) ready_after_kill: Duration,
    /// From the signal to its end.
    pub(crate) stop: Duration,
    /// `firstbell check` and `firstbell backup`, from start to end.
    pub(crate) check: Duration,
    pub(crate) backup: Duration,
    /// The most memory that the server took, in bytes; `None` where the system does not say.
    pub(crate) memory: Option<u64>,
    /// Each page: its median, and the time that 99 of 100 do not exceed.
    pub(crate) pages: Vec<(Duration, Duration)>,
}

pub(crate) fn measure(data: &Path) -> Served {
    // The first server takes a snapshot; after it everything is at rest.
    let server = Server::start(data);
    let mut ada = Visitor::administrator(server.address);
    server.wait_until_idle();
    let pages = PAGES.map(|(_, path)| {
        let mut times: Vec<Duration> = (0..TIMES).map(|_| time(|| drop(ada.get(path)))).collect();
        times.sort();
        (times[TIMES / 2], times[TIMES * 99 / 100])
    });
    let memory = server.most_memory();
    server.stop();
    let (mut starts, mut stops) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let server = Server::start(data);
        starts.push(server.ready);
        // Somebody signs in, so that there is something to put away.
        drop(Visitor::administrator(server.address));
        stops.push(server.stop());
    }
    starts.sort();
    stops.sort();
    let killed = Server::start(data);
    drop(Visitor::administrator(killed.address));
    drop(killed);
    let again = Server::start(data);
    let ready_after_kill = again.ready;
    again.stop();
    let copy = data.with_extension("copy.db");
    let backup = time(|| drop(run(data, &["backup", copy.to_str().unwrap()])));
    std::fs::remove_file(copy).unwrap();
    let check = time(|| drop(run(data, &["check"])));
    let (ready, stop) = (starts[STARTS / 2], stops[STARTS / 2]);
    Served { ready, ready_after_kill, stop, check, backup, memory, pages: pages.into() }
}

fn time(act: impl FnOnce()) -> Duration {
    let start = Instant::now();
    act();
    start.elapsed()
}
