//! `firstbell serve`: the district in the browser.

use super::{DataArgs, Ending, print, say};
use crate::actions::Office;
use crate::folder::Folder;
use crate::problem::Problem;
use crate::secrets::{Cost, HashLane, Token};
use crate::store;
use crate::web::{Door, Limits, Server, Site, answer};
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;

/// How many requests are answered at a time, large answers aside. Most wait for the disk or for a hash, not for a core.
const WORKERS: usize = 32;

#[derive(clap::Args)]
pub(super) struct ListenArgs {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT", env = "FIRSTBELL_LISTEN", default_value = "127.0.0.1:8080")]
    pub(super) listen: String,
}

#[derive(clap::Args)]
pub(super) struct Serve {
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    listen: ListenArgs,
}

pub(super) fn run(args: &Serve) -> Result<Ending, Problem> {
    let office = Office::make(Folder::make(&args.data.data)?)?;
    office.notices.iter().for_each(|notice| say(notice));
    serve(office, Arc::new(HashLane::start(Cost::production())), &args.listen)
}

/// Serves a district until a signal asks to stop; then finishes the requests and the batch in hand.
pub(super) fn serve(office: Office, lane: Arc<HashLane>, args: &ListenArgs) -> Result<Ending, Problem> {
    let listen = address(&args.listen)?;
    let stop = stop_signals()?;
    let setup_code = setup_code()?;
    let is_set_up = store::district::get(&office.conn)?.is_some();
    let site = Arc::new(Site::new(office, lane, setup_code.clone()));
    let limits = Limits { body_bytes: site.largest_body(), ..Limits::production() };
    let server = {
        let site = Arc::clone(&site);
        Server::start(WORKERS + limits.large_at_once, Arc::new(move |request| answer(&site, &request)))?
    };
    let door = Door::open(listen, &server, limits)?;
    let url = format!("http://{}", door.address());
    if !door.address().ip().is_loopback() {
        say(
            "Passwords cross the network in clear: put a proxy with HTTPS before Firstbell, or listen on 127.0.0.1 only.",
        );
    }
    if !is_set_up {
        say(&format!(
            "No district is set up yet. Open {url}/setup and give this code. Setup code: {setup_code}"
        ));
    }
    print(&format!("Firstbell is ready at {url}\n"))?;

    wait_for(stop);
    door.close();
    drop(server);
    match Arc::try_unwrap(site) {
        Ok(site) => site.close(),
        // A request that outlived the door's patience still holds it; the process ends under it, and nothing is lost.
        Err(still_held) => still_held.settle(),
    }
    Ok(Ending::Done)
}

fn address(text: &str) -> Result<SocketAddr, Problem> {
    let found = text.to_socket_addrs().ok().and_then(|mut addresses| addresses.next());
    found.ok_or_else(|| {
        Problem::refused(format!("“{text}” is no address to listen on. Give one like 127.0.0.1:8080."))
    })
}

/// Twelve letters and digits in three groups: read off a terminal, typed once, and not to be guessed (48 bits).
fn setup_code() -> Result<String, Problem> {
    let digits = Token::new()?.expose().to_uppercase();
    let group = |at: usize| digits.get(at..at + 4).unwrap_or_default();
    Ok([group(0), group(4), group(8)].join("-"))
}

/// Begins to listen for the signals that ask to stop; a second one ends the process at once.
fn stop_signals() -> Result<signal_hook::iterator::Signals, Problem> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    let failed = |cause| Problem::File { doing: "Listening for signals".to_owned(), cause };
    signal_hook::iterator::Signals::new([SIGINT, SIGTERM]).map_err(failed)
}

fn wait_for(mut signals: signal_hook::iterator::Signals) {
    if signals.forever().next().is_some() {
        say("Stopping after what is in hand. A second signal stops at once.");
        std::thread::spawn(move || {
            if let Some(signal) = signals.forever().next() {
                std::process::exit(128 + signal);
            }
        });
    }
}
