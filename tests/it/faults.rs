//! Faults for the real executable: a disk that is full, that fails, that is written down; a clock that jumps.
//!
//! `tests/faults/faults.c` stands between the executable and its files. Linux only, like the library.

use crate::support::Site;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use tempfile::TempDir;

/// More room than any test takes.
const PLENTY: i64 = 1 << 60;

/// What goes wrong for the processes that were started with it. The test can change it while they run.
pub(crate) struct Faults {
    place: TempDir,
    orders: File,
    environment: Vec<(&'static str, PathBuf)>,
}

/// Where each number stands in the orders.
#[derive(Clone, Copy)]
enum Order {
    Room,
    Share,
    Dice,
    Done,
    Clock,
    Gives,
}

impl Faults {
    /// None so far. What concerns this site's files can fail, and is not written down.
    pub(crate) fn of(site: &Site) -> Faults {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("orders");
        let orders = File::options().read(true).write(true).create_new(true).open(&path).unwrap();
        orders.set_len(48).unwrap();
        let environment = vec![
            ("LD_PRELOAD", library().to_owned()),
            ("FAULTS_FOLDER", site.path().canonicalize().unwrap()),
            ("FAULTS_ORDERS", path),
        ];
        let faults = Faults { place, orders, environment };
        faults.room(PLENTY);
        faults
    }

    /// The same, and what is done to the files is written down.
    pub(crate) fn recording(site: &Site) -> Faults {
        let mut faults = Faults::of(site);
        File::create(faults.log_path()).unwrap();
        faults.environment.push(("FAULTS_LOG", faults.log_path()));
        faults
    }

    /// What a process has to have in its environment.
    pub(crate) fn environment(&self) -> Vec<(&str, &Path)> {
        self.environment.iter().map(|(name, is)| (*name, is.as_path())).collect()
    }

    /// A command that meets the faults.
    pub(crate) fn on(&self, mut command: Command) -> Command {
        command.envs(self.environment());
        command
    }

    /// By so many bytes may files still grow.
    pub(crate) fn room(&self, bytes: i64) {
        self.set(Order::Room, bytes);
    }

    /// There is room again.
    pub(crate) fn make_room(&self) {
        self.room(PLENTY);
    }

    /// What is removed makes room from now on. Else somebody else fills it at once.
    pub(crate) fn give_back(&self) {
        self.set(Order::Gives, 1);
    }

    /// How many bytes were taken since there was plenty of room.
    pub(crate) fn taken(&self) -> i64 {
        PLENTY - self.get(Order::Room)
    }

    /// So many of a million writes and syncs fail from now on, or do half of what they should.
    pub(crate) fn strike(&self, share: u32, seed: u64) {
        self.set(Order::Dice, seed.cast_signed());
        self.set(Order::Share, share.into());
    }

    /// How many faults there were.
    pub(crate) fn done(&self) -> i64 {
        self.get(Order::Done)
    }

    /// The clock is so many seconds ahead from now on.
    pub(crate) fn clock(&self, seconds: i64) {
        self.set(Order::Clock, seconds);
    }

    /// What was written down so far.
    pub(crate) fn log(&self) -> Vec<u8> {
        fs::read(self.log_path()).unwrap()
    }

    /// How much that is, in bytes: the moment by which something had happened.
    pub(crate) fn moment(&self) -> usize {
        usize::try_from(fs::metadata(self.log_path()).unwrap().len()).unwrap()
    }

    fn log_path(&self) -> PathBuf {
        self.place.path().join("log")
    }

    fn set(&self, order: Order, value: i64) {
        self.orders.write_all_at(&value.to_ne_bytes(), order as u64 * 8).unwrap();
    }

    fn get(&self, order: Order) -> i64 {
        let mut bytes = [0; 8];
        self.orders.read_exact_at(&mut bytes, order as u64 * 8).unwrap();
        i64::from_ne_bytes(bytes)
    }
}

/// The library, compiled once.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let to = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let (made, library) = (to.join(format!("faults-{}.so", std::process::id())), to.join("faults.so"));
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/faults.c");
        let flags =
            ["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-ftls-model=initial-exec", "-o"];
        let compiled = Command::new("cc").args(flags).arg(&made).arg(source).status();
        assert!(compiled.expect("a C compiler: tests/run installs it").success());
        // Another run may do the same just now.
        fs::rename(made, &library).unwrap();
        library
    })
}
