//! HTTPS: which certificate is shown, and who looks after it while the server runs: the district's files are read anew
//! when they change, and the certificate that Firstbell makes is made anew before it ends. Called from the command line;
//! the pages say what stands here.

use super::door::Tls;
use crate::clock;
use crate::folder::Folder;
use crate::problem::Problem;
use crate::secrets::{Certificate, is_to_be_replaced};
use jiff::Timestamp;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// How often the files are looked at. What changes is taken up when it has not changed since the last look.
const LOOK: Duration = Duration::from_secs(1);

/// Where the certificate comes from.
pub enum Source {
    /// Firstbell makes it and keeps it in the data folder.
    Made {
        /// The data folder.
        folder: Folder,
        /// The names and numbers by which browsers may reach this machine.
        names: Vec<String>,
    },
    /// The district has one of its own, in PEM files.
    Given {
        /// The file of the certificate and those that vouch for it.
        certificate: PathBuf,
        /// The file of its key.
        key: PathBuf,
    },
}

/// What there is to say about the certificate that is shown.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Whether Firstbell made it: then nobody vouches for it.
    pub is_made: bool,
    /// Its SHA-256, as browsers show it.
    pub fingerprint: String,
    /// When it begins.
    pub from: Timestamp,
    /// When it ends.
    pub until: Timestamp,
    /// The names and numbers that it is for.
    pub names: Vec<String>,
}

/// HTTPS that is on. It is looked after until this is dropped.
pub struct Https {
    keeper: Arc<Keeper>,
    /// Whether browsers are told to come by HTTPS only, for a year.
    strict: bool,
    _stop: Sender<()>,
}

struct Keeper {
    source: Source,
    tls: Arc<Tls>,
    shown: Mutex<Shown>,
}

impl Https {
    /// Reads the certificate, or makes it, and looks after it from now on. `strict` says whether browsers are told to come
    /// by HTTPS only (RFC 6797).
    ///
    /// # Errors
    /// If the certificate and its key cannot be read, do not belong together, or cannot be made.
    pub fn start(source: Source, strict: bool) -> Result<Https, Problem> {
        let (certificate, tls) = match &source {
            Source::Given { .. } => {
                let certificate = source.read()?;
                let tls = Tls::new(&certificate).map_err(|why| source.misfit(why))?;
                (certificate, tls)
            }
            Source::Made { folder, names } => {
                let _door = folder.hold_door()?;
                let now = clock::now();
                let kept = source
                    .read()
                    .ok()
                    .filter(|kept| kept.is_for(names) && !is_to_be_replaced((kept.from, kept.until), now));
                match kept.and_then(|kept| Tls::new(&kept).ok().map(|tls| (kept, tls))) {
                    Some(kept) => kept,
                    None => {
                        let made = Certificate::make(folder, names, now)?;
                        let tls = Tls::new(&made).map_err(|why| source.misfit(why))?;
                        (made, tls)
                    }
                }
            }
        };
        let shown = Mutex::new(source.shown(&certificate));
        let mark = Ok(certificate.mark);
        let keeper = Arc::new(Keeper { source, tls: Arc::new(tls), shown });
        let (stop, stopped) = channel();
        let ours = Arc::clone(&keeper);
        thread::Builder::new()
            .name("firstbell-https".to_owned())
            .spawn(move || ours.keep(&stopped, mark))
            .map_err(|cause| Problem::File { doing: "Starting a thread".to_owned(), cause })?;
        Ok(Https { keeper, strict, _stop: stop })
    }

    /// What a door needs of it.
    #[must_use]
    pub fn tls(&self) -> Arc<Tls> {
        Arc::clone(&self.keeper.tls)
    }

    /// The certificate that is shown now.
    #[must_use]
    pub fn shown(&self) -> Shown {
        self.keeper.shown.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether browsers are told to come by HTTPS only.
    pub(super) fn is_strict(&self) -> bool {
        self.strict
    }
}

impl Source {
    fn files(&self) -> (PathBuf, PathBuf) {
        match self {
            Source::Made { folder, .. } => (folder.certificate(), folder.certificate_key()),
            Source::Given { certificate, key } => (certificate.clone(), key.clone()),
        }
    }

    fn read(&self) -> Result<Certificate, Problem> {
        let (certificate, key) = self.files();
        Certificate::read(&certificate, &key)
    }

    fn misfit(&self, why: &str) -> Problem {
        let (certificate, key) = self.files();
        Problem::refused(format!(
            "The certificate in {} and the key in {} {why}.",
            certificate.display(),
            key.display()
        ))
    }

    fn shown(&self, certificate: &Certificate) -> Shown {
        Shown {
            is_made: matches!(self, Source::Made { .. }),
            fingerprint: certificate.fingerprint.clone(),
            from: certificate.from,
            until: certificate.until,
            names: certificate.names.clone(),
        }
    }
}

/// What a look found: the files as they are, or why they cannot be used.
type Found = Result<[u8; 32], String>;

impl Keeper {
    /// Looks until it is told to stop. What was found once is not said twice.
    fn keep(&self, stop: &Receiver<()>, shown: Found) {
        let (mut before, mut settled) = (shown.clone(), shown);
        while stop.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
            let Some(looked) = self.look() else { continue };
            let found = match &looked {
                Ok(certificate) => Ok(certificate.mark),
                Err(problem) => Err(problem.to_string()),
            };
            // Two files are not changed at the same instant: between them they would not fit.
            if found == before && found != settled {
                settled = found.clone();
                match looked.and_then(|certificate| self.show(&certificate)) {
                    Ok(fingerprint) => {
                        say(&format!("There is a new certificate. Fingerprint (SHA-256): {fingerprint}"))
                    }
                    Err(problem) => say(&format!("The certificate stays as it was. {problem}")),
                }
            }
            before = found;
        }
    }

    /// What should be shown; `None` if nothing has to change.
    fn look(&self) -> Option<Result<Certificate, Problem>> {
        match &self.source {
            Source::Given { .. } => Some(self.source.read()),
            Source::Made { folder, names } => {
                let now = clock::now();
                let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner).clone();
                if !is_to_be_replaced((shown.from, shown.until), now) {
                    return None;
                }
                let kept = self.source.read().ok();
                let kept = kept.filter(|kept| !is_to_be_replaced((kept.from, kept.until), now));
                Some(kept.map_or_else(|| Certificate::make(folder, names, now), Ok))
            }
        }
    }

    fn show(&self, certificate: &Certificate) -> Result<String, Problem> {
        self.tls.show(certificate).map_err(|why| self.source.misfit(why))?;
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = self.source.shown(certificate);
        Ok(certificate.fingerprint.clone())
    }
}

/// Says a sentence on standard error. If nobody listens there, nothing is lost.
fn say(sentence: &str) {
    let _ = writeln!(io::stderr(), "{sentence}");
}
