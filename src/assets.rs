//! The files in `static/`, carried inside the executable.

use rust_embed::RustEmbed;
use std::borrow::Cow;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Static;

/// The file of this name, with `/` between folders; `None` if there is none.
#[must_use]
pub fn file(name: &str) -> Option<Cow<'static, [u8]>> {
    Static::get(name).map(|file| file.data)
}
