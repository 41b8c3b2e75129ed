//! Firstbell: every account ready before the first bell.
//!
//! A school district uploads CSV files of teachers, students and parents; Firstbell makes their accounts and says what
//! became of every line. The rooms, in reading order; each may call those above it, and a test holds that:
//!
//! - [`domain`]: the words and their rules
//! - [`clock`], [`problem`], [`folder`], [`assets`]: the time, what can go wrong, the data folder, the embedded files
//! - [`secrets`]: the key, sealed and generated passwords, hashing
//! - [`store`]: all SQL
//! - [`mail`]: what letters say, and how they are handed over
//! - [`actions`]: what people or the clock make happen
//! - [`jobs`], [`courier`], [`copyist`]: the loop that does what was received, who carries the letters, who writes the
//!   snapshots
//! - [`web`]: the door to the network, the server behind it, and the pages
//! - [`cli`]: the command line
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "tests may"
    )
)]

pub mod domain;

pub mod assets;
pub mod clock;
pub mod folder;
pub mod problem;

pub mod mail;
pub mod secrets;
pub mod store;

pub mod actions;
pub mod copyist;
pub mod courier;
pub mod jobs;

pub mod web;

pub mod cli;
