//! Behaviours, over the real thing: the real executable, real files, a real database. One test binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on should stop"
)]

mod accounts;
mod again;
mod awkward;
mod backups;
#[cfg(target_os = "linux")]
mod bad_disk;
mod browser;
mod cards;
mod checks;
mod checks_drafts;
mod checks_unclear;
mod commands;
mod crash;
mod databases;
mod demo;
#[cfg(target_os = "linux")]
mod disk;
#[cfg(target_os = "linux")]
mod disk_full;
mod door;
#[cfg(target_os = "linux")]
mod faults;
mod first_sign_in;
mod foreign_forms;
mod forgotten;
mod guard;
mod keeping;
mod load;
mod mail_cuts;
mod mail_delivery;
mod mail_failures;
mod mail_letters;
mod mail_names;
mod mail_settings;
mod mailbox;
mod malformed;
mod management;
mod mend;
mod names;
mod naughty;
#[cfg(target_os = "linux")]
mod old_databases;
mod pages;
mod people;
mod permissions;
mod post;
#[cfg(target_os = "linux")]
mod power_cuts;
mod removal;
mod restoring;
mod rooms;
mod samples;
mod secrecy;
mod serving;
mod support;
mod tls;
mod tls_door;
mod tls_settings;
mod twice;
mod undo;
mod unknown_names;
mod usernames;
mod visitor;
mod walk;
mod webdriver;
#[cfg(target_os = "linux")]
mod wrong_clock;
