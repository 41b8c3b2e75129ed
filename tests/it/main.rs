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
mod checks;
mod checks_drafts;
mod checks_unclear;
mod commands;
mod crash;
mod databases;
mod demo;
mod door;
mod first_sign_in;
mod foreign_forms;
mod forgotten;
mod guard;
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
mod pages;
mod people;
mod permissions;
mod post;
mod restoring;
mod rooms;
mod samples;
mod secrecy;
mod serving;
mod support;
mod undo;
mod unknown_names;
mod usernames;
mod visitor;
mod walk;
mod webdriver;
