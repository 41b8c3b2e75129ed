//! Writes every page, with samples on it, into a folder, to be opened in a browser and looked at:
//! `cargo run --example gallery -- FOLDER`.

#[path = "../tests/it/samples.rs"]
mod samples;

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = PathBuf::from(env::args().nth(1).unwrap_or_else(|| "target/gallery".to_owned()));
    fs::create_dir_all(&folder)?;
    for name in ["firstbell.css", "cards.css", "firstbell.js", "icon.svg"] {
        let Some(file) = firstbell::assets::file(name) else { return Err(io::ErrorKind::NotFound.into()) };
        fs::write(folder.join(name), file)?;
    }
    let mut index =
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Pages</title><ul>".to_owned();
    for (name, page) in samples::all() {
        // Opened from the disk: the addresses of the files become relative.
        fs::write(folder.join(format!("{name}.html")), page.replace("=\"/static/", "=\""))?;
        index.push_str(&format!("<li><a href=\"{name}.html\">{name}</a>"));
    }
    fs::write(folder.join("index.html"), index)
}
