//! `firstbell serve`: the district in the browser.

use super::settings::{Encryption, ListenArgs, Settings};
use super::{DataArgs, Ending, machine, print, say};
use crate::actions::Office;
use crate::clock;
use crate::folder::Folder;
use crate::problem::Problem;
use crate::secrets::{Cost, HashLane, Token, ends_soon};
use crate::store::{self, district::District};
use crate::web::{Door, Https, Limits, Server, Shown, Site, Source, answer};
use std::net::SocketAddr;
use std::sync::Arc;

/// How many requests are answered at a time, large answers aside. Most wait for the disk or for a hash, not for a core.
const WORKERS: usize = 32;

#[derive(clap::Args)]
pub(super) struct Serve {
    #[command(flatten)]
    pub(super) data: DataArgs,
    #[command(flatten)]
    listen: ListenArgs,
}

pub(super) fn run(args: &Serve) -> Result<Ending, Problem> {
    let settings = Settings::of(&args.listen, Some(&args.data.data))?;
    let office = Office::make(Folder::make(&args.data.data)?)?;
    office.notices.iter().for_each(|notice| say(notice));
    serve(office, Arc::new(HashLane::start(Cost::production())), &settings)
}

/// Serves a district until a signal asks to stop; then finishes the requests and the batch in hand.
pub(super) fn serve(office: Office, lane: Arc<HashLane>, settings: &Settings) -> Result<Ending, Problem> {
    let stop = stop_signals()?;
    let setup_code = setup_code()?;
    let district = store::district::get(&office.conn)?;
    let https = https(settings, &office.folder, district.as_ref())?;
    let tls = https.as_ref().map(Https::tls);
    let site = Arc::new(Site::new(office, lane, setup_code.clone(), https));
    let usual = Limits::production();
    let per_address = settings.connections_per_address.unwrap_or(usual.per_address);
    let limits = Limits { body_bytes: site.largest_body(), per_address, ..usual };
    let server = {
        let site = Arc::clone(&site);
        Server::start(WORKERS + limits.large_at_once, Arc::new(move |request| answer(&site, request)))?
    };
    let hands_files_in = {
        // When it closes, nobody but the server may hold the site.
        let site = Arc::downgrade(&site);
        Arc::new(move |cookies: &str, is_encrypted| {
            site.upgrade().is_some_and(|site| site.hands_files_in(cookies, is_encrypted))
        })
    };
    let door = Door::open(settings.listen, &server, limits, tls, hands_files_in)?;
    let scheme = if site.https().is_some() { "https" } else { "http" };
    let url = format!("{scheme}://{}", door.address());
    match site.https() {
        Some(https) => say_certificate(&https.shown()),
        None if !door.address().ip().to_canonical().is_loopback() => {
            say("Passwords cross the network in clear, as --insecure-http allows.");
        }
        None => {}
    }
    if district.is_none() {
        let url = browsed(scheme, &settings.host, door.address());
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

/// The address that a browser can open: whoever listens everywhere is reached by the machine's name.
fn browsed(scheme: &str, host: &str, listen: SocketAddr) -> String {
    let name = machine::names(host, listen, None).into_iter().next();
    match name.filter(|_| listen.ip().is_unspecified()) {
        Some(name) => format!("{scheme}://{name}:{}", listen.port()),
        None => format!("{scheme}://{listen}"),
    }
}

/// HTTPS as the settings want it.
fn https(
    settings: &Settings,
    folder: &Folder,
    district: Option<&District>,
) -> Result<Option<Https>, Problem> {
    let source = match &settings.encryption {
        Encryption::Off => return Ok(None),
        Encryption::Auto => Source::Made {
            folder: folder.clone(),
            names: machine::names(&settings.host, settings.listen, district),
        },
        Encryption::Own { certificate, key } => {
            Source::Given { certificate: certificate.clone(), key: key.clone() }
        }
    };
    Https::start(source, settings.hsts).map(Some)
}

fn say_certificate(shown: &Shown) {
    let whose =
        if shown.is_made { "a certificate of Firstbell's own making" } else { "the district's certificate" };
    let until = clock::written(shown.until, "UTC", clock::DAY_IN_A_SENTENCE);
    say(&format!("HTTPS with {whose}, for {}, valid until {until}.", shown.names.join(", ")));
    say(&format!("Its fingerprint (SHA-256): {}", shown.fingerprint));
    if ends_soon(shown.until, clock::now()) {
        say("It ends soon, or has ended: put another in its place; it is taken up without a new start.");
    }
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
