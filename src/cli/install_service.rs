//! `firstbell install-service`: Firstbell as a service of the system, with a user of its own, shut off from the rest of the
//! machine. Only where systemd is.

use super::{Ending, print, say};
use crate::problem::{Problem, while_doing};
use std::fs;
use std::path::Path;
use std::process::Command;

/// The program, where the service finds it.
const PROGRAM: &str = "/usr/local/bin/firstbell";
/// The service. Its `StateDirectory` is the data folder; systemd gives it to the service's user at each start.
const UNIT: &str = include_str!("firstbell.service");
const UNIT_FILE: &str = "/etc/systemd/system/firstbell.service";
/// The user: no shell, no home but the data folder.
const USER: &str = "u firstbell - \"Firstbell\" /var/lib/firstbell\n";
const USER_FILE: &str = "/etc/sysusers.d/firstbell.conf";
const DATA: &str = "/var/lib/firstbell";
/// The settings that a new folder begins with: everybody in the network reaches it, by HTTPS only.
const SETTINGS: &str = "# What serve reads when it starts; the README says what else can stand here.\n\
                        listen = \"0.0.0.0:443\"\ntls = \"auto\"\n";
const SETTINGS_FILE: &str = "/var/lib/firstbell/firstbell.toml";

#[derive(clap::Args)]
pub(super) struct InstallService {
    /// Only print the service's file, and change nothing
    #[arg(long)]
    print: bool,
}

pub(super) fn run(args: &InstallService) -> Result<Ending, Problem> {
    if args.print {
        return print(UNIT).map(|()| Ending::Done);
    }
    check_that_it_can_be_done()?;
    put_program()?;
    write(USER_FILE, USER)?;
    call("systemd-sysusers", &[USER_FILE])?;
    fs::create_dir_all(DATA).map_err(while_doing("Making the folder", Path::new(DATA)))?;
    if !Path::new(SETTINGS_FILE).exists() {
        write(SETTINGS_FILE, SETTINGS)?;
    }
    // Whoever has put a database here before did it as root; the service would not be let in.
    call("chown", &["-R", "firstbell:firstbell", DATA])?;
    call("chmod", &["700", DATA])?;
    call("chmod", &["600", SETTINGS_FILE])?;
    write(UNIT_FILE, UNIT)?;
    call("systemctl", &["daemon-reload"])?;
    call("systemctl", &["enable", "firstbell"])?;
    // Another version of the program is there now, and perhaps another service.
    call("systemctl", &["restart", "firstbell"])?;
    if !stays_up() {
        return Err(Problem::refused(
            "The service is installed, but ended as soon as it had begun. Why stands in its journal: journalctl -u firstbell",
        ));
    }
    say(
        "Firstbell runs, and will after every start of this machine. What it says, the setup code and the certificate's \
         fingerprint among it, is in its journal: journalctl -u firstbell",
    );
    say(&format!("Its other commands run as its user: sudo -u firstbell {PROGRAM} check --data {DATA}"));
    say("Settings such as the port: /var/lib/firstbell/firstbell.toml, then: systemctl restart firstbell");
    Ok(Ending::Done)
}

/// Whether the service is there a moment after it was started. What it cannot do, such as listen where another program does, it
/// finds out at once, and is begun anew two seconds later.
fn stays_up() -> bool {
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    Command::new("systemctl")
        .args(["is-active", "--quiet", "firstbell"])
        .status()
        .is_ok_and(|status| status.success())
}

/// Before anything is written.
fn check_that_it_can_be_done() -> Result<(), Problem> {
    if !Path::new("/run/systemd/system").is_dir() {
        return Err(Problem::refused(
            "This machine is not run by systemd. Have its own way of starting programs run: firstbell serve --data DIR, as a user of its own.",
        ));
    }
    if !is_root() {
        return Err(Problem::refused(
            "A service is installed by root. Run it as: sudo firstbell install-service",
        ));
    }
    Ok(())
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

/// Puts this program where the service finds it: under another name first, because the one that is there may be running.
fn put_program() -> Result<(), Problem> {
    let to = Path::new(PROGRAM);
    let this = std::env::current_exe().map_err(while_doing("Finding", Path::new("this program")))?;
    if this == to {
        return Ok(());
    }
    let new = to.with_extension("new");
    fs::copy(&this, &new).map_err(while_doing("Copying this program to", &new))?;
    call("chmod", &["755", &new.to_string_lossy()])?;
    fs::rename(&new, to).map_err(while_doing("Replacing", to))?;
    say(&format!("{PROGRAM} is this program."));
    Ok(())
}

fn write(path: &str, content: &str) -> Result<(), Problem> {
    let path = Path::new(path);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(while_doing("Making the folder", folder))?;
    }
    fs::write(path, content).map_err(while_doing("Writing", path))?;
    say(&format!("{} is written.", path.display()));
    Ok(())
}

fn call(program: &str, arguments: &[&str]) -> Result<(), Problem> {
    let asked = format!("{program} {}", arguments.join(" "));
    match Command::new(program).args(arguments).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Problem::refused(format!(
            "“{asked}” did not work ({status}). Look at what it says above; then try again."
        ))),
        Err(cause) => Err(Problem::File { doing: format!("Running “{asked}”"), cause }),
    }
}
