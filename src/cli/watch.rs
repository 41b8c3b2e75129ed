//! Waiting until uploads are done: how far they are, for whoever watches, and the signals that end the wait.

use super::say;
use crate::domain::UploadId;
use crate::jobs::JobLoop;
use crate::problem::Problem;
use crate::store::upload::{self, Upload};
use crate::store::{Connection, job};
use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// How often the import looks how far the work is.
const LOOK: Duration = Duration::from_millis(20);

/// Remembers which signal asked to stop; a second one ends the process at once.
pub(super) fn signals() -> Result<Arc<AtomicUsize>, Problem> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    let received = Arc::new(AtomicUsize::new(0));
    let second = Arc::new(AtomicBool::new(false));
    let failed = |cause| Problem::File { doing: "Listening for signals".to_owned(), cause };
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&second))
            .map_err(failed)?;
        signal_hook::flag::register(signal, Arc::clone(&second)).map_err(failed)?;
        let number = usize::try_from(signal).unwrap_or_default();
        signal_hook::flag::register_usize(signal, Arc::clone(&received), number).map_err(failed)?;
    }
    Ok(received)
}

/// Waits until the uploads are done, with a progress bar if somebody watches. Gives the signal that ended the wait, if one did.
pub(super) fn watch(
    conn: &Connection,
    work: &JobLoop,
    uploads: &[UploadId],
    signal: &AtomicUsize,
) -> Result<Option<u8>, Problem> {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {human_pos} of {human_len}  {rate}, {eta} left")
    {
        let rate = |state: &ProgressState, out: &mut dyn fmt::Write| {
            // A bar without its rate still shows how far it is.
            let _ = write!(out, "{:.0} a second", state.per_sec());
        };
        bar.set_style(style.with_key("rate", rate));
    }
    let mut said = None;
    let mut was_first = None;
    loop {
        let standing: Vec<Upload> =
            uploads.iter().map(|id| upload::get(conn, *id)).collect::<Result<_, _>>()?;
        // What was received before goes first, and is not left behind either.
        let oldest = standing.iter().filter(|upload| !upload.status.is_final()).map(|upload| upload.id).min();
        let first = job::upload_in_hand(conn)?.filter(|first| oldest.is_some_and(|oldest| *first < oldest));
        let first = first.map(|first| upload::get(conn, first)).transpose()?;
        let shown = first.as_ref().map_or(standing.as_slice(), std::slice::from_ref);
        bar.set_length(shown.iter().map(|upload| u64::from(upload.total)).sum());
        bar.set_position(shown.iter().map(|upload| u64::from(upload.counts.done())).sum());
        let now_first = first.map(|first| (first.id, first.file_name));
        if was_first.as_ref() != Some(&now_first) {
            // The rate is of what is done from here on.
            bar.tick();
            bar.reset_eta();
            if let Some((id, file_name)) = &now_first {
                let words =
                    format!("Job {} ({file_name}) is not finished yet, and is completed first.", id.0);
                bar.suspend(|| say(&words));
            }
            was_first = Some(now_first);
        }
        let newest = uploads.iter().max().copied().unwrap_or(UploadId(0));
        if standing.iter().all(|upload| upload.status.is_final()) && !job::any_up_to(conn, newest)? {
            bar.finish_and_clear();
            return Ok(None);
        }
        let trouble = work.trouble().map(|trouble| trouble.to_string());
        if trouble.is_some() && trouble != said {
            bar.suspend(|| {
                say(&format!("Waiting: {} Ctrl-C stops the wait.", trouble.as_deref().unwrap_or_default()))
            });
        }
        said = trouble;
        match signal.load(Ordering::Relaxed) {
            0 => thread::sleep(LOOK),
            number => {
                bar.finish_and_clear();
                return Ok(Some(u8::try_from(number).unwrap_or_default()));
            }
        }
    }
}
