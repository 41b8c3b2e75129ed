//! Whether the database's file is the one that was closed here: a note beside it says what that looked like.
//!
//! Whoever puts another file in its place, or a copy of the whole folder somewhere else, makes another file of it, and
//! one that nobody here has closed. Such a file is examined before it is used, and any other is not.
//!
//! The file is looked at and, on Unix, never opened: by POSIX's rules (fcntl, *Advisory record locking*) closing it would take away the locks
//! that SQLite holds on it in this process, and then whoever else closes the database would take the log away under us.

use crate::folder;
use std::fs::{self, Metadata};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Notes what the file looks like now. What cannot be noted costs an examination, and nothing else.
pub(super) fn remember(database: &Path) {
    let _ = looks(database).and_then(|looks| {
        let mut note = folder::owner_only().create(true).truncate(true).open(note(database))?;
        note.write_all(looks.as_bytes())
    });
}

/// Whether the file looks as it was noted.
pub(super) fn is_as_noted(database: &Path) -> bool {
    match (looks(database), fs::read_to_string(note(database))) {
        (Ok(looks), Ok(noted)) => looks == noted,
        _ => false,
    }
}

fn note(database: &Path) -> PathBuf {
    database.with_extension("closed")
}

/// Size and times. The time of its making, and where there is one that of the last change to the file or its name, belong to
/// the file and not to what is in it: a copy has others, whatever it takes over.
fn looks(database: &Path) -> io::Result<String> {
    let about = fs::metadata(database)?;
    let nanos = |time: io::Result<std::time::SystemTime>| {
        time.ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map_or(0, |since| since.as_nanos())
    };
    let (modified, made) = (nanos(about.modified()), nanos(about.created()));
    Ok(format!("{} {modified} {made} {}\n", about.len(), identity(database, &about)?))
}

#[cfg(unix)]
fn identity(_database: &Path, about: &Metadata) -> io::Result<String> {
    use std::os::unix::fs::MetadataExt;
    Ok(format!("{} {}.{}", about.ino(), about.ctime(), about.ctime_nsec()))
}

/// Elsewhere a copy may take over every time. There locks belong to who has opened the file, and it can be looked into: SQLite counts in
/// four bytes of its header how often it was changed.
#[cfg(not(unix))]
fn identity(database: &Path, _about: &Metadata) -> io::Result<String> {
    use std::io::Read;
    let mut header = [0; 28];
    fs::File::open(database)?.read_exact(&mut header)?;
    Ok(header.iter().skip(24).map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_again_until_another_takes_its_place_or_its_content() {
        let place = tempfile::tempdir().unwrap();
        let database = place.path().join("firstbell.db");
        let content = [7u8; 4096];
        fs::write(&database, content).unwrap();
        assert!(!is_as_noted(&database), "nothing is noted yet");
        remember(&database);
        assert!(is_as_noted(&database));
        let modified = fs::metadata(&database).unwrap().modified().unwrap();
        let backdate = |path: &Path| {
            fs::File::options().write(true).open(path).unwrap().set_modified(modified).unwrap();
        };
        let copy = place.path().join("copy.db");
        fs::copy(&database, &copy).unwrap();
        backdate(&copy);
        fs::rename(&copy, &database).unwrap();
        assert!(!is_as_noted(&database), "the same content and times, and another file");
        remember(&database);
        fs::write(&database, &content[..100]).unwrap();
        backdate(&database);
        assert!(!is_as_noted(&database), "the same file, and another size");
    }
}
