//! What the process asks of the system before it does anything. What it does not get, it does without.
//!
//! One of two files that say `unsafe`: no safe call tells the C library how to keep memory.
#![allow(unsafe_code, reason = "one number is told to the C library")]

/// Nothing of the memory is written to disk when the process dies, nor read by others of the same user: there are
/// passwords in it while they are hashed. And as many descriptors as it may have: shells give few, and each browser
/// takes one.
#[cfg(unix)]
pub(super) fn prepare() {
    hand_memory_back();
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

/// Pieces of memory from here on, in bytes, are the system's again as soon as they are given back.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const HANDED_BACK: i32 = 1024 * 1024;

/// Left to itself, Linux's C library learns from each large piece that comes back to keep as much for the next one, for every
/// thread by itself (mallopt(3), `M_MMAP_THRESHOLD`): a hundred megabytes after a large file, three hundred after a crowd's hashes.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn hand_memory_back() {
    // SAFETY: it takes two numbers and keeps one. There is no other thread yet.
    unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, HANDED_BACK) };
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn hand_memory_back() {}
