//! What a disk may hold after the power went.
//!
//! A disk that forgets whatever it may: what was synced is there; of what was written to a file since then, each piece
//! is there, is not, or is torn between two sectors; of the names that were made, moved or removed since their folder
//! was synced, the later ones are gone. Told from what the executable did (`faults.rs`), so that one run can be cut
//! off at any moment, and differently each time.

use crate::crash::Random;
use crate::support::Site;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What a disk writes whole or not at all, in bytes.
const SECTOR: usize = 512;
/// The numbers at the head of a line of the log.
const HEAD: usize = 40;

/// A disk and what is not safe on it yet.
#[derive(Clone, Default)]
pub(crate) struct Disk {
    files: Vec<Content>,
    /// Which file an inode is now.
    inodes: HashMap<u64, usize>,
    names: BTreeMap<PathBuf, Thing>,
    /// What was done to names since their folder was synced, with the moment.
    deeds: Vec<(usize, Deed)>,
}

#[derive(Clone, Default)]
struct Content {
    safe: Vec<u8>,
    /// What was written since the last sync, with the moment.
    changes: Vec<(usize, Change)>,
}

#[derive(Clone)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    CutOff(usize),
}

#[derive(Clone, Copy)]
enum Thing {
    Folder,
    File(usize),
}

#[derive(Clone)]
enum Deed {
    Make(PathBuf, Thing),
    Move(PathBuf, PathBuf),
    Remove(PathBuf),
}

/// What becomes of what is not safe.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fate {
    /// All of it is there: not the power went, but the process.
    Kept,
    /// None of it is there.
    Lost,
    /// Whatever the dice say.
    Mixed,
}

/// A line of the log: what was done, as `faults.c` has it.
struct Line<'a> {
    kind: u64,
    inode: u64,
    place: usize,
    name: &'a str,
    bytes: &'a [u8],
    end: usize,
}

impl Line<'_> {
    /// The line that begins here; `None` at the end.
    fn read(log: &[u8], at: usize) -> Option<Line<'_>> {
        let number =
            |n: usize| Some(u64::from_ne_bytes(log.get(at + 8 * n..at + 8 * n + 8)?.try_into().unwrap()));
        let length = |n: usize| number(n).map(|number| usize::try_from(number).unwrap());
        let name = at + HEAD..at + HEAD + length(3)?;
        let bytes = name.end..name.end + length(4)?;
        let end = bytes.end;
        let (bytes, name) = (log.get(bytes)?, std::str::from_utf8(log.get(name)?).unwrap());
        Some(Line { kind: number(0)?, inode: number(1)?, place: length(2)?, name, bytes, end })
    }
}

/// The moments between two things that a log says were done.
pub(crate) fn moments(log: &[u8]) -> Vec<usize> {
    let ends = std::iter::successors(Some(0), |at| Line::read(log, *at).map(|line| line.end));
    ends.collect()
}

impl Disk {
    /// The disk with what a site has now, all of it safe.
    pub(crate) fn of(site: &Site) -> Disk {
        let mut disk = Disk::default();
        let mut folders = vec![site.path().canonicalize().unwrap()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).unwrap() {
                let entry = entry.unwrap();
                let path = entry.path();
                if path.is_dir() {
                    disk.names.insert(path.clone(), Thing::Folder);
                    folders.push(path);
                } else {
                    let file = disk.file(entry.metadata().unwrap().ino());
                    disk.files[file].safe = fs::read(&path).unwrap();
                    disk.names.insert(path, Thing::File(file));
                }
            }
        }
        disk
    }

    fn file(&mut self, inode: u64) -> usize {
        self.files.push(Content::default());
        self.inodes.insert(inode, self.files.len() - 1);
        self.files.len() - 1
    }

    /// Does what a log says, up to a moment. Gives how many things that was.
    pub(crate) fn replay(&mut self, log: &[u8], until: usize) -> usize {
        let (mut at, mut count) = (0, 0);
        while let Some(line) = Line::read(&log[..until], at) {
            let path = PathBuf::from(line.name);
            let mut change = |change| self.files[self.inodes[&line.inode]].changes.push((at, change));
            match line.kind {
                1 => change(Change::Write { at: line.place, bytes: line.bytes.to_vec() }),
                2 => change(Change::CutOff(line.place)),
                3 if line.name.is_empty() => self.files[self.inodes[&line.inode]].sync(line.place),
                3 => self.sync_folder(&path, line.place),
                4 => {
                    let file = self.file(line.inode);
                    self.deeds.push((at, Deed::Make(path, Thing::File(file))));
                }
                5 => self.deeds.push((at, Deed::Make(path, Thing::Folder))),
                6 => {
                    let (from, to) = line.name.split_once('\0').unwrap();
                    self.deeds.push((at, Deed::Move(from.into(), to.into())));
                }
                7 => self.deeds.push((at, Deed::Remove(path))),
                kind => panic!("a log with {kind} in it"),
            }
            at = line.end;
            count += 1;
        }
        count
    }

    /// What was done in a folder before this moment is safe, and what that depends on.
    fn sync_folder(&mut self, folder: &Path, before: usize) {
        let mut folders = BTreeSet::from([folder.to_owned()]);
        let mut safe = vec![false; self.deeds.len()];
        for (n, (at, deed)) in self.deeds.iter().enumerate().rev() {
            if *at < before && deed.folders().iter().any(|folder| folders.contains(folder)) {
                safe[n] = true;
                folders.extend(deed.folders());
            }
        }
        let mut safe = safe.into_iter();
        let (done, left) = std::mem::take(&mut self.deeds).into_iter().partition(|_| safe.next().unwrap());
        self.deeds = left;
        done.into_iter().for_each(|(_, deed): (usize, Deed)| do_to(&mut self.names, deed));
    }

    /// Cuts the power, and gives what is found afterwards.
    pub(crate) fn cut(mut self, site: &Site, fate: Fate, random: &mut Random) -> Site {
        let mut lost_in = BTreeSet::new();
        for (_, deed) in std::mem::take(&mut self.deeds) {
            let is_kept = match fate {
                Fate::Kept => true,
                Fate::Lost => false,
                Fate::Mixed => random.below(8) > 0,
            };
            // What follows in the same folder is lost, too.
            if is_kept && !deed.folders().iter().any(|folder| lost_in.contains(folder)) {
                do_to(&mut self.names, deed);
            } else {
                lost_in.extend(deed.folders());
            }
        }
        let found = Site::empty();
        let root = site.path().canonicalize().unwrap();
        for (path, thing) in &self.names {
            let to = found.path().join(path.strip_prefix(&root).unwrap());
            if !to.parent().unwrap().is_dir() {
                continue;
            }
            match thing {
                Thing::Folder => fs::create_dir(&to).unwrap(),
                Thing::File(file) => fs::write(&to, self.files[*file].clone().left(fate, random)).unwrap(),
            }
        }
        found
    }
}

impl Deed {
    /// The folders that it changes.
    fn folders(&self) -> Vec<PathBuf> {
        let folder = |path: &PathBuf| path.parent().unwrap().to_owned();
        match self {
            Deed::Make(path, _) | Deed::Remove(path) => vec![folder(path)],
            Deed::Move(from, to) => vec![folder(from), folder(to)],
        }
    }
}

fn do_to(names: &mut BTreeMap<PathBuf, Thing>, deed: Deed) {
    match deed {
        Deed::Make(path, thing) => drop(names.insert(path, thing)),
        Deed::Move(from, to) => {
            let thing = names.remove(&from).expect("what was moved was there");
            names.insert(to, thing);
        }
        Deed::Remove(path) => drop(names.remove(&path)),
    }
}

impl Content {
    fn sync(&mut self, before: usize) {
        let (done, left) = std::mem::take(&mut self.changes).into_iter().partition(|(at, _)| *at < before);
        self.changes = left;
        done.into_iter().for_each(|(_, change): (usize, Change)| change.make(&mut self.safe));
    }

    /// What is left of it.
    fn left(mut self, fate: Fate, random: &mut Random) -> Vec<u8> {
        for (_, change) in self.changes {
            match fate {
                Fate::Kept => change.make(&mut self.safe),
                Fate::Lost => {}
                Fate::Mixed => match random.below(4) {
                    0 => {}
                    1 => change.make_in_part(&mut self.safe, random),
                    _ => change.make(&mut self.safe),
                },
            }
        }
        self.safe
    }
}

impl Change {
    fn make(&self, content: &mut Vec<u8>) {
        match self {
            Change::Write { at, bytes } => write(content, *at, bytes),
            Change::CutOff(length) => content.resize(*length, 0),
        }
    }

    /// Some sectors of a write are there, and others are not.
    fn make_in_part(&self, content: &mut Vec<u8>, random: &mut Random) {
        let Change::Write { at, bytes } = self else { return self.make(content) };
        let mut from = 0;
        while from < bytes.len() {
            let to = ((at + from) / SECTOR * SECTOR + SECTOR - at).min(bytes.len());
            if random.below(2) == 0 {
                write(content, at + from, &bytes[from..to]);
            }
            from = to;
        }
    }
}

fn write(content: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    if content.len() < at + bytes.len() {
        content.resize(at + bytes.len(), 0);
    }
    content[at..at + bytes.len()].copy_from_slice(bytes);
}
