//! The data folder: what lies in it, who may read it, and which process is at work on it; and a place of our own among the
//! system's temporary files.

use crate::problem::{Problem, while_doing};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use tempfile::TempDir;

/// A file that is open, for those who only pass it on.
pub use std::fs::File as OpenFile;

/// Held while the database is opened or replaced.
const DOOR: &str = "door.lock";
/// Held by everybody who is in the folder, together; alone by whoever replaces what is in it.
const IN_USE: &str = "in-use.lock";

/// One district's data folder. All that Firstbell keeps is in it, for its owner alone.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
    /// Held, together with other processes, while this folder or a clone of it is in use.
    entered: Arc<OnceLock<Held>>,
}

/// A folder among the system's temporary files, for its owner alone. It is gone when this is dropped.
#[derive(Debug)]
pub struct Shelter {
    place: TempDir,
    /// What tidies up temporary files leaves a folder alone that somebody has locked (systemd's `tmpfiles.d`, *Age*). There may be
    /// nothing new in it for weeks.
    #[cfg(unix)]
    _held: File,
}

/// Held for as long as this process does what only one may do at a time; the system lets go of it when the process
/// ends, however it ends.
#[derive(Debug)]
pub struct Held {
    file: File,
}

impl Drop for Held {
    fn drop(&mut self) {
        // Closing it would do, but a process that another thread is about to start has the file open for a moment, too. What cannot be
        // unlocked is closed now.
        let _ = self.file.unlock();
    }
}

impl Folder {
    /// The folder at `path`, made for its owner alone if it is not there.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn make(path: &Path) -> Result<Folder, Problem> {
        Folder::refuse_what_is_none(path)?;
        if !path.is_dir() {
            let made: Vec<&Path> = path.ancestors().take_while(|folder| !folder.is_dir()).collect();
            let mut builder = fs::DirBuilder::new();
            builder.recursive(true);
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(path).map_err(while_doing("Making the folder", path))?;
            made.into_iter().filter(|folder| folder.is_dir()).try_for_each(sync_folder_of)?;
        }
        Ok(Folder::at(path))
    }

    /// Says no where something else than a folder is.
    ///
    /// # Errors
    /// If there is.
    pub fn refuse_what_is_none(path: &Path) -> Result<(), Problem> {
        if path.is_dir() || fs::symlink_metadata(path).is_err() {
            return Ok(());
        }
        Err(Problem::refused(format!(
            "{} is no folder. Name one, or one that is to be made.",
            path.display()
        )))
    }

    /// The folder at `path`, be it there or not.
    #[must_use]
    pub fn at(path: &Path) -> Folder {
        Folder { path: path.to_owned(), entered: Arc::default() }
    }

    /// The folder at `path`, which is there. Whether a database is in it finds out who opens that.
    ///
    /// # Errors
    /// If it is not, or this user may not look into it.
    pub fn existing(path: &Path) -> Result<Folder, Problem> {
        let folder = Folder::at(path);
        match fs::metadata(folder.database()) {
            Err(cause) if cause.kind() == io::ErrorKind::PermissionDenied => Err(Problem::refused(format!(
                "This user may not look into {}. Run the command as the one whose folder it is: sudo -u USER firstbell …",
                path.display()
            ))),
            _ if path.is_dir() => Ok(folder),
            _ => Err(folder.has_no_district()),
        }
    }

    /// The refusal of a folder in which no district was set up.
    #[must_use]
    pub fn has_no_district(&self) -> Problem {
        Problem::refused(format!(
            "There is no district in {}. Set one up with `firstbell init`, or name another folder with --data.",
            self.path.display()
        ))
    }

    /// Where the folder is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.path.join("firstbell.db")
    }

    /// The key: without it, sealed and generated passwords are lost.
    #[must_use]
    pub fn key(&self) -> PathBuf {
        self.path.join("firstbell.key")
    }

    /// The settings file of the folder at `path`, which need not be there.
    #[must_use]
    pub fn settings_in(path: &Path) -> PathBuf {
        path.join("firstbell.toml")
    }

    /// The certificate that was made here for HTTPS. Unlike its key it may be given to anybody.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.path.join("firstbell-tls.crt")
    }

    /// The key of that certificate.
    #[must_use]
    pub fn certificate_key(&self) -> PathBuf {
        self.path.join("firstbell-tls.key")
    }

    /// The folder of the results files.
    #[must_use]
    pub fn exports(&self) -> PathBuf {
        self.path.join("exports")
    }

    /// The folder of the snapshots.
    #[must_use]
    pub fn backups(&self) -> PathBuf {
        self.path.join("backups")
    }

    /// Waits until no other process opens or changes the shape of this folder, and keeps others from it.
    ///
    /// # Errors
    /// If the lock file cannot be made.
    pub fn hold_door(&self) -> Result<Held, Problem> {
        let file = self.lock_file(DOOR)?;
        file.lock().map_err(while_doing("Locking the folder", &self.path))?;
        Ok(Held { file })
    }

    /// Enters the folder, for as long as this `Folder` or a clone of it is there. Says whether nobody was in it.
    /// Whoever calls this holds the door.
    ///
    /// # Errors
    /// If the lock file cannot be made or locked.
    pub fn enter(&self) -> Result<bool, Problem> {
        if self.entered.get().is_some() {
            return Ok(false);
        }
        let alone = self.try_hold(IN_USE)?;
        let was_empty = alone.is_some();
        drop(alone);
        let file = self.lock_file(IN_USE)?;
        file.lock_shared().map_err(while_doing("Locking the folder", &self.path))?;
        // Another thread may have entered through a clone meanwhile; once is enough.
        let _ = self.entered.set(Held { file });
        Ok(was_empty)
    }

    /// Keeps everybody from entering the folder; `None` if somebody is in it: a server, an import. Whoever calls this
    /// holds the door.
    ///
    /// # Errors
    /// If the lock file cannot be made or locked.
    pub fn try_hold_alone(&self) -> Result<Option<Held>, Problem> {
        self.try_hold(IN_USE)
    }

    /// Waits until no other process writes a snapshot, and keeps others from it.
    ///
    /// # Errors
    /// If the lock file cannot be made or locked.
    pub fn hold_backups(&self) -> Result<Held, Problem> {
        let file = self.lock_file("backup.lock")?;
        file.lock().map_err(while_doing("Locking the folder", &self.path))?;
        Ok(Held { file })
    }

    /// Takes away a folder that was made a moment ago and in which nothing is but locks.
    pub fn unmake(self) {
        for lock in [DOOR, IN_USE] {
            // What cannot be removed keeps the folder, and harms nobody.
            let _ = fs::remove_file(self.path.join(lock));
        }
        let _ = fs::remove_dir(&self.path);
    }

    /// Becomes the one process whose job loop works on this folder; `None` if another one is.
    ///
    /// # Errors
    /// If the lock file cannot be made or locked.
    pub fn try_hold_loop(&self) -> Result<Option<Held>, Problem> {
        self.try_hold("loop.lock")
    }

    /// Becomes the one process that carries this folder's letters; `None` if another one is.
    ///
    /// # Errors
    /// If the lock file cannot be made or locked.
    pub fn try_hold_mail(&self) -> Result<Option<Held>, Problem> {
        self.try_hold("mail.lock")
    }

    /// Becomes one of the imports that hand a file in here which is known by this mark, until what is given is dropped. If no other
    /// process is one, `if_alone` is asked first, before any other can be. A few files that have the first byte of their mark in
    /// common count as one.
    ///
    /// # Errors
    /// If the lock file cannot be made or locked, or `if_alone` fails.
    pub fn join_imports<T>(
        &self,
        mark: &[u8; 32],
        if_alone: impl FnOnce() -> Result<T, Problem>,
    ) -> Result<(Held, Option<T>), Problem> {
        let [first, ..] = mark;
        let name = format!("import-{first:02x}.lock");
        let alone = self.try_hold(&name)?;
        let found = alone.as_ref().map(|_| if_alone()).transpose()?;
        drop(alone);
        let file = self.lock_file(&name)?;
        file.lock_shared().map_err(while_doing("Locking the folder", &self.path))?;
        Ok((Held { file }, found))
    }

    fn try_hold(&self, name: &str) -> Result<Option<Held>, Problem> {
        let file = self.lock_file(name)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Held { file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(cause)) => Err(while_doing("Locking the folder", &self.path)(cause)),
        }
    }

    fn lock_file(&self, name: &str) -> Result<File, Problem> {
        let path = self.path.join(name);
        let mut options = owner_only();
        options.create(true).truncate(false);
        options.open(&path).map_err(while_doing("Opening", &path))
    }
}

impl Shelter {
    /// A new one.
    ///
    /// # Errors
    /// If the system has no place for it.
    pub fn new() -> io::Result<Shelter> {
        let place = passing("firstbell-")?;
        #[cfg(unix)]
        let held = File::open(place.path())?;
        #[cfg(unix)]
        held.lock_shared()?;
        Ok(Shelter {
            place,
            #[cfg(unix)]
            _held: held,
        })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.place.path()
    }
}

/// A new folder among the system's temporary ones, for its owner alone, that goes when it is dropped.
///
/// # Errors
/// If the system has no place for it.
pub fn passing(prefix: &str) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    // Left alone, it is as open as the umask says.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir()
}

/// Options that open a file for writing, and make it, where they make it, for its owner alone.
#[must_use]
pub fn owner_only() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Writes a file so that it is there whole or not at all, whatever happens: under a partial name, synced, renamed.
/// A file that is there already is replaced.
///
/// # Errors
/// If the folder cannot be written, or `write` fails.
pub fn publish(path: &Path, write: impl FnOnce(&mut File) -> Result<(), Problem>) -> Result<(), Problem> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let written = (|| {
        let mut file = owner_only()
            .create(true)
            .truncate(true)
            .open(&partial)
            .map_err(while_doing("Making", &partial))?;
        write(&mut file)?;
        give_to_owner_of(parent(path), &partial);
        file.sync_all().map_err(while_doing("Writing", &partial))
    })();
    let named = written.and_then(|()| fs::rename(&partial, path).map_err(while_doing("Renaming", &partial)));
    if named.is_err() {
        // The partial file says nothing that the problem does not say.
        let _ = fs::remove_file(&partial);
    }
    named.and_then(|()| sync_folder_of(path))
}

/// Gives a file to whoever a folder belongs to, if root has made it there: otherwise the service that works in the folder could
/// not open it. Nobody but root can, or has to.
pub fn give_to_owner_of(folder: &Path, file: &Path) {
    #[cfg(unix)]
    if let Ok(owner) = fs::metadata(folder) {
        use std::os::unix::fs::{MetadataExt, chown};
        let _ = chown(file, Some(owner.uid()), Some(owner.gid()));
    }
    #[cfg(not(unix))]
    let _ = (folder, file);
}

/// Removes a file, and makes sure that it is gone after a power cut too. One that is not there is none to remove.
///
/// # Errors
/// If it cannot be removed.
pub fn remove(path: &Path) -> Result<(), Problem> {
    match fs::remove_file(path) {
        Ok(()) => sync_folder_of(path),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(cause) => Err(while_doing("Removing", path)(cause)),
    }
}

/// Makes sure that a new name in a folder outlives a power cut. Where folders cannot be synced (Windows) the rename
/// itself does that.
///
/// # Errors
/// If the system refuses.
pub fn sync_folder_of(path: &Path) -> Result<(), Problem> {
    let folder = parent(path);
    if cfg!(unix) {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(while_doing("Syncing", folder))?;
    }
    Ok(())
}

/// The folder that a path is in.
#[must_use]
pub fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_passing_folder_is_its_owners_alone_as_the_others_are() {
        use std::os::unix::fs::PermissionsExt;
        let place = passing("firstbell-").unwrap();
        assert_eq!(fs::metadata(place.path()).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn what_was_held_is_free_at_once_whoever_else_has_the_file_open() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::make(place.path()).unwrap();
        let held = folder.try_hold_loop().unwrap().unwrap();
        // So has a process that is about to be started.
        let _copy = held.file.try_clone().unwrap();
        assert!(folder.try_hold_loop().unwrap().is_none());
        drop(held);
        assert!(folder.try_hold_loop().unwrap().is_some());
    }
}
