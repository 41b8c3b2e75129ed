//! The pages: each a function from a small view to HTML.
//!
//! A page never sees a connection, a clock or a request: dates come already written, permissions already judged, and
//! what a person may not do is simply not in the view. Every form carries the session's `csrf`; a refused form comes back
//! with what was typed and its [`Problems`]. Nothing is inline and nothing comes from another host, so that the strictest
//! content policy holds. Called from the handlers; `cargo run --example gallery` shows every page.

pub mod account;
pub mod aftermath;
pub mod audit;
pub mod backup;
pub mod cards;
pub mod check;
pub mod forgotten;
mod form;
pub mod home;
pub mod https;
pub mod login;
pub mod mail;
pub mod member;
pub mod members;
pub mod mend;
pub mod new_upload;
pub mod problem;
mod qr;
pub mod removal;
pub mod results;
pub mod schools;
pub mod settings;
pub mod setup;
mod sheets;
mod shell;
mod table;
pub mod undo;
pub mod uploads;
mod words;

pub use form::{Problems, field_on_line};
pub use shell::{Face, ICON, Notice, Person, SCRIPT, STYLES, Shell};
pub use table::Pager;
pub(in crate::web) use words::number;

use crate::domain::SchoolId;

/// A school to choose from.
#[derive(Clone, Debug)]
pub struct SchoolChoice {
    /// Its number: the value that the form posts.
    pub id: SchoolId,
    /// Its name.
    pub name: String,
}
