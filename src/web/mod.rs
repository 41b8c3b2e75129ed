//! The web: what a browser sees, and what serves it.
//!
//! It reads through the store and changes things only through actions. Called from the command line.

pub mod pages;
