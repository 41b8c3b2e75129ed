//! The command line: what an administrator's scripts and terminals see. It reads arguments, calls actions, prints, and
//! gives an exit status; it decides nothing else.

mod ask;
mod demo;
mod import;
mod init;
mod install_service;
mod machine;
mod process;
mod reset_password;
mod restore;
mod serve;
mod settings;
mod upkeep;
mod watch;

use crate::actions::Office;
use crate::clock;
use crate::folder::Folder;
use crate::problem::Problem;
use crate::store;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::env;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Every account ready before the first bell: accounts for a school district's teachers, students and parents, from
/// CSV files.
#[derive(Parser)]
#[command(
    name = "firstbell",
    version,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: serve::Serve,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the district to browsers; this is what happens without a command
    Serve(serve::Serve),
    /// Show what Firstbell does: a throw-away district, and sample files put through it
    Demo(demo::Demo),
    /// Set up a district: its name, its first school, its first administrator (the password comes from standard input)
    Init(init::Init),
    /// Make accounts from CSV files; the results go to standard output
    Import(import::Import),
    /// Write a consistent copy of the database, also while Firstbell runs
    Backup(upkeep::Backup),
    /// Put a copy of the database in its place, while nothing runs; the one that was there is kept
    Restore(restore::Restore),
    /// Verify the database and say what is in it
    Check(upkeep::Check),
    /// Run as a service of this machine, with a user of its own (where systemd is; as root)
    InstallService(install_service::InstallService),
    /// Set a new password for one account (it comes from standard input)
    ResetPassword(reset_password::ResetPassword),
}

/// Where the district's data is.
#[derive(Args)]
struct DataArgs {
    /// The folder of the district's data
    #[arg(long, value_name = "DIR", env = if_not_empty("FIRSTBELL_DATA"), default_value = "./firstbell-data")]
    data: PathBuf,
}

impl DataArgs {
    /// Opens the district in the folder, and says what there is to know.
    fn open(&self) -> Result<Office, Problem> {
        let office = Office::open(Folder::existing(&self.data)?)?;
        office.notices.iter().for_each(|notice| say(notice));
        Ok(office)
    }

    /// Has a problem with the database in the folder say what to put in its place, whenever it was found.
    fn told<T>(&self, done: Result<T, Problem>) -> Result<T, Problem> {
        done.map_err(|problem| store::cure::told(&Folder::at(&self.data), problem, clock::now()))
    }
}

/// The name of a variable of the environment, unless nothing is in it: that is as if it were not set.
fn if_not_empty(name: &'static str) -> Option<&'static str> {
    env::var_os(name).is_none_or(|value| !value.is_empty()).then_some(name)
}

/// What kind of people a file is of, as the command line spells it.
#[derive(Clone, Copy, ValueEnum)]
enum TypeArg {
    Teachers,
    Students,
    Parents,
}

/// How a command ended.
enum Ending {
    /// Done.
    Done,
    /// Done, but some records failed, or damage was found.
    WithFailures,
    /// Stopped by a signal of this number; what is left goes on later.
    Stopped(u8),
}

/// Runs the command that the arguments name, and says how it ended: 0 done; 1 done, but some records failed; 2
/// refused, and nothing changed; 128 and the signal's number if a signal stopped it.
#[must_use]
pub fn run() -> ExitCode {
    process::prepare();
    std::panic::set_hook(Box::new(say_fault));
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(refusal) => return answer(&refusal),
    };
    let ended = match cli.command.unwrap_or(Command::Serve(cli.serve)) {
        Command::Serve(args) => args.data.told(serve::run(&args)),
        Command::Demo(args) => demo::run(&args),
        Command::Init(args) => args.data.told(init::run(&args)),
        Command::Import(args) => args.data.told(import::run(&args)),
        Command::Backup(args) => args.data.told(upkeep::backup(&args)),
        Command::Restore(args) => restore::run(&args),
        Command::Check(args) => upkeep::check(&args),
        Command::InstallService(args) => install_service::run(&args),
        Command::ResetPassword(args) => args.data.told(reset_password::run(&args)),
    };
    match ended {
        Ok(Ending::Done) => ExitCode::SUCCESS,
        Ok(Ending::WithFailures) => ExitCode::from(1),
        Ok(Ending::Stopped(signal)) => ExitCode::from(128 + signal),
        Err(problem) => {
            say(&format!("firstbell: {problem}"));
            ExitCode::from(2)
        }
    }
}

/// What clap has to say instead of arguments: the help or the version that was asked for, or why they cannot be. Of that the
/// reason is said in one line, as every refusal is.
fn answer(refusal: &clap::Error) -> ExitCode {
    if !refusal.use_stderr() {
        // Whoever closed standard output has seen enough.
        let _ = refusal.print();
        return ExitCode::SUCCESS;
    }
    let text = refusal.to_string();
    let ends = ["\n\nUsage:", "\n\nFor more information"].iter().filter_map(|end| text.find(end));
    let reason = text.get(..ends.min().unwrap_or(text.len())).unwrap_or_default();
    let reason = reason.trim_start_matches("error: ").replace("\n\n", "; ");
    let words: Vec<&str> = reason.split_whitespace().collect();
    say(&format!("firstbell: {}. See `firstbell --help`, or --help after the command.", words.join(" ")));
    ExitCode::from(2)
}

/// Says a sentence on standard error. If nobody listens there, nothing is lost.
fn say(sentence: &str) {
    let _ = writeln!(io::stderr(), "{}", one_line(sentence));
}

/// A sentence without what would break its line or steer the terminal: headings and the names of sheets and files are what
/// somebody else made them.
fn one_line(sentence: &str) -> String {
    sentence.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Prints lines on standard output. Whoever closed it has seen enough.
fn print(lines: &str) -> Result<(), Problem> {
    let mut out = io::stdout().lock();
    heard(out.write_all(lines.as_bytes()).and_then(|()| out.flush()))
}

/// Takes a closed standard output for somebody who has seen enough.
fn heard(written: io::Result<()>) -> Result<(), Problem> {
    match written {
        Err(cause) if cause.kind() != io::ErrorKind::BrokenPipe => {
            Err(Problem::File { doing: "Writing to standard output".to_owned(), cause })
        }
        _ => Ok(()),
    }
}

/// A fault of Firstbell's own is a sentence, with the place in the program and nothing of anybody's data.
fn say_fault(fault: &std::panic::PanicHookInfo<'_>) {
    let place = fault.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    say(&format!(
        "firstbell: a fault in Firstbell itself, at {place}. Nothing that was received is lost. Please report it."
    ));
}

impl From<TypeArg> for crate::domain::UserType {
    fn from(word: TypeArg) -> Self {
        match word {
            TypeArg::Teachers => Self::Teacher,
            TypeArg::Students => Self::Student,
            TypeArg::Parents => Self::Parent,
        }
    }
}
