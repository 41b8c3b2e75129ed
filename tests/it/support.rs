//! What every test needs: a folder of its own, the executable, and ways to look at what it did.

use firstbell::actions::{self, NamedRoster, Office, ReadFiles};
use firstbell::domain::roster::Answers;
use firstbell::folder::Folder;
use firstbell::store;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub(crate) const SCHOOL: &str = "Lincoln High";
pub(crate) const PASSWORD: &str = "violet kettle sings";

/// A folder that goes with the test, and the data folder in it.
pub(crate) struct Site {
    place: TempDir,
}

/// What a command printed, and how it ended.
pub(crate) struct Ran {
    pub(crate) status: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A line of the results CSV.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) line: u32,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) email: String,
    pub(crate) username: String,
    pub(crate) status: String,
    pub(crate) message: String,
}

impl Site {
    /// An empty place.
    pub(crate) fn empty() -> Site {
        Site { place: tempfile::tempdir().unwrap() }
    }

    /// A district with one school, one administrator (`aadminova`), and nobody else.
    pub(crate) fn set_up() -> Site {
        let site = Site::empty();
        let ran = site.init(PASSWORD);
        assert_eq!((ran.status, ran.out.as_str()), (Some(0), "aadminova\n"), "{}", ran.err);
        site
    }

    pub(crate) fn path(&self) -> &Path {
        self.place.path()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    /// A file with this content.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// A roster with the usual header.
    pub(crate) fn roster(&self, name: &str, lines: &str) -> PathBuf {
        self.file(name, format!("first_name,last_name,email,password\n{lines}"))
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_firstbell"));
        command.args(args).current_dir(self.path()).env("FIRSTBELL_DATA", self.data());
        command
    }

    /// Runs a command with `input` on its standard input.
    pub(crate) fn run(&self, args: &[&str], input: &str) -> Ran {
        self.run_into(args, input, Stdio::piped())
    }

    fn run_into(&self, args: &[&str], input: &str, out: Stdio) -> Ran {
        let mut child =
            self.command(args).stdin(Stdio::piped()).stdout(out).stderr(Stdio::piped()).spawn().unwrap();
        // A command that refuses early does not read its input.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Ran::from(child.wait_with_output().unwrap())
    }

    pub(crate) fn init(&self, password: &str) -> Ran {
        self.init_into(password, Stdio::piped())
    }

    /// The same with this standard output.
    pub(crate) fn init_into(&self, password: &str, out: Stdio) -> Ran {
        let args = ["init", "--district", "Springfield", "--school", SCHOOL];
        let person = ["--first-name", "Ada", "--last-name", "Adminova", "--email", "ada@springfield.example"];
        self.run_into(&[&args[..], &person[..]].concat(), &format!("{password}\n"), out)
    }

    pub(crate) fn import(&self, kind: &str, file: &Path) -> Ran {
        self.import_with(kind, &[file.to_str().unwrap()])
    }

    pub(crate) fn import_with(&self, kind: &str, more: &[&str]) -> Ran {
        self.run(&[&["import", "--school", SCHOOL, "--type", kind], more].concat(), "")
    }

    /// Starts an import and does not wait for it.
    pub(crate) fn start_import(&self, kind: &str, file: &Path) -> Child {
        self.command(&["import", "--school", SCHOOL, "--type", kind, file.to_str().unwrap()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    pub(crate) fn office(&self) -> Office {
        Office::open(Folder::existing(&self.data()).unwrap()).unwrap()
    }

    /// One number out of the database.
    pub(crate) fn count(&self, query: &str) -> i64 {
        self.office().conn.query_row(query, [], |row| row.get(0)).unwrap()
    }

    /// Ends a test: the database is whole, all fits together, and no job is left behind.
    pub(crate) fn end(self) {
        let ran = self.run(&["check"], "");
        assert_eq!(ran.status, Some(0), "{}{}", ran.out, ran.err);
        assert_eq!(store::job::waiting(&self.office().conn).unwrap(), 0, "a job was left behind");
        assert_eq!(self.count("SELECT count(*) FROM record WHERE status = 'pending'"), 0);
        assert_eq!(self.count("SELECT count(*) FROM record WHERE sealed_password IS NOT NULL"), 0);
    }
}

/// A file that is clear, read as an upload's.
pub(crate) fn read_roster(office: &Office, content: &str) -> Vec<NamedRoster> {
    let file = [("a.csv".to_owned(), content.as_bytes())];
    let read = actions::read_files(&office.key, file, 100_000, &Answers::default());
    read.and_then(ReadFiles::clear).unwrap()
}

/// When a test that can go on for long may end: `FIRSTBELL_SOAK_SECONDS` from now, or at once.
pub(crate) fn soak_until() -> Instant {
    let seconds =
        std::env::var("FIRSTBELL_SOAK_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    Instant::now() + Duration::from_secs(seconds)
}

/// How many rounds a test makes that could make more: `FIRSTBELL_ROUNDS` (`tests/prove` sets it), or so many.
pub(crate) fn rounds(otherwise: u32) -> u32 {
    std::env::var("FIRSTBELL_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

impl From<Output> for Ran {
    fn from(output: Output) -> Ran {
        Ran {
            status: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ran {
    /// The results CSV on standard output.
    pub(crate) fn results(&self) -> Vec<Line> {
        read_results(&self.out)
    }

    /// Asserts a refusal: status 2, nothing on standard output, one sentence that has these words.
    pub(crate) fn assert_refused(&self, words: &str) {
        assert_eq!((self.status, self.out.as_str()), (Some(2), ""), "{}", self.err);
        assert!(self.err.contains(words), "{:?} does not say {words:?}", self.err);
        assert_eq!(self.err.trim_end().lines().count(), 1, "{:?}", self.err);
        assert!(!self.err.contains("panicked") && !self.err.contains("src/"), "{:?}", self.err);
    }
}

pub(crate) fn read_results(text: &str) -> Vec<Line> {
    let text = text.strip_prefix('\u{FEFF}').expect("a byte order mark");
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    assert_eq!(
        reader.headers().unwrap(),
        "line,first_name,last_name,email,username,status,message".split(',').collect::<Vec<_>>()
    );
    reader
        .records()
        .map(|record| {
            let cells: Vec<String> = record.unwrap().iter().map(str::to_owned).collect();
            let [line, first_name, last_name, email, username, status, message] = cells.try_into().unwrap();
            Line { line: line.parse().unwrap(), first_name, last_name, email, username, status, message }
        })
        .collect()
}
