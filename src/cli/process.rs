//! What the process asks of the system before it does anything. What it does not get, it does without.

/// Nothing of the memory is written to disk when the process dies, nor read by others of the same user: there are
/// passwords in it while they are hashed. And as many descriptors as it may have: shells give few, and each browser
/// takes one.
#[cfg(unix)]
pub(super) fn prepare() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    let descriptors = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: descriptors.maximum, ..descriptors });
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// Elsewhere there is nothing to ask for.
#[cfg(not(unix))]
pub(super) fn prepare() {}
