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
mod awkward;
mod backups;
mod browser;
mod cards;
mod commands;
mod crash;
mod databases;
mod demo;
mod door;
mod first_sign_in;
mod guard;
mod management;
mod mend;
mod pages;
mod people;
mod permissions;
mod restoring;
mod rooms;
mod samples;
mod secrecy;
mod serving;
mod support;
mod undo;
mod usernames;
mod visitor;
mod walk;
mod webdriver;
