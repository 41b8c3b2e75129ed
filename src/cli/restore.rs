//! `firstbell restore`: a copy of the database put in its place, if it is whole and nobody is at work on the folder.

use super::{DataArgs, Ending, say};
use crate::actions;
use crate::clock;
use crate::folder::Folder;
use crate::problem::Problem;
use crate::secrets::Key;
use crate::store::restore::Replacement;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(super) struct Restore {
    #[command(flatten)]
    data: DataArgs,
    /// The copy: a snapshot out of backups, a file of `firstbell backup`, or a copy of firstbell.db
    file: PathBuf,
}

pub(super) fn run(args: &Restore) -> Result<Ending, Problem> {
    let was_there = args.data.data.is_dir();
    let folder = Folder::make(&args.data.data)?;
    let restored = restore(&folder, &args.file);
    if restored.is_err() && !was_there {
        folder.unmake();
    }
    restored.map(|()| Ending::Done)
}

fn restore(folder: &Folder, file: &Path) -> Result<(), Problem> {
    let replacement = Replacement::bring(folder, file)?;
    let warning = key_warning(folder, replacement.key_fingerprint.as_deref())?;
    let (is_older, had_log) = (replacement.is_older, replacement.had_log);
    let kept = replacement.put_in_place(clock::now())?;
    say(&format!("{} is whole and in place: {}.", file.display(), folder.database().display()));
    if had_log {
        say("The changes in the file beside it with -wal at its end are in it.");
    }
    if let Some(kept) = kept {
        say(&format!("The database that was there is kept as {}.", kept.display()));
    }
    if is_older {
        say("It is of an older Firstbell; the next start brings it to this one.");
    }
    if let Some(warning) = warning {
        say(&warning);
    }
    Ok(())
}

/// Refuses a database that the folder's key does not belong to. If there is no key yet, gives what to do about it.
fn key_warning(folder: &Folder, fingerprint: Option<&str>) -> Result<Option<String>, Problem> {
    let Some(fingerprint) = fingerprint else { return Ok(None) };
    if !folder.key().exists() {
        return Ok(Some(format!(
            "Its key is not here. Put your copy of it at {} before Firstbell starts: otherwise a new one is made, and all \
             generated passwords are others.",
            folder.key().display()
        )));
    }
    if Key::load(folder)?.fingerprint() == fingerprint { Ok(None) } else { Err(actions::other_key(folder)) }
}
