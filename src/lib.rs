//! Firstbell.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests"))]
pub mod clock;
pub mod domain;
pub mod folder;
pub mod problem;
pub mod secrets;
pub mod store;
