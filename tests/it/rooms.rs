//! The architecture: which room may call which. A line in the wrong room fails here.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Each room, and the rooms that it may call.
const ROOMS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("assets", &[]),
    ("clock", &[]),
    ("problem", &[]),
    ("folder", &["problem"]),
    ("secrets", &["domain", "folder", "problem"]),
    ("store", &["domain", "folder", "problem"]),
    ("mail", &["domain"]),
    ("actions", &["clock", "domain", "folder", "mail", "problem", "secrets", "store"]),
    ("copyist", &["clock", "folder", "problem", "store"]),
    ("courier", &["actions", "clock", "folder", "problem", "secrets", "store"]),
    ("jobs", &["actions", "clock", "copyist", "folder", "problem", "secrets", "store"]),
    (
        "web",
        &[
            "actions", "assets", "clock", "courier", "domain", "folder", "jobs", "mail", "problem",
            "secrets", "store",
        ],
    ),
    (
        "cli",
        &["actions", "assets", "clock", "domain", "folder", "jobs", "problem", "secrets", "store", "web"],
    ),
    ("main", &["cli"]),
];

/// Words that belong to one room: outside these folders nobody says them.
const DOORS: &[(&str, &[&str])] = &[
    ("rusqlite", &["store", "problem"]),
    ("SELECT ", &["store"]),
    ("INSERT ", &["store"]),
    ("UPDATE ", &["store"]),
    ("DELETE ", &["store"]),
    ("std::fs", &["folder", "store", "secrets", "cli"]),
    ("rust_embed", &["assets"]),
    ("argon2", &["secrets"]),
    ("chacha20poly1305", &["secrets"]),
    ("catch_unwind", &["courier", "jobs", "secrets", "web"]),
    ("fast_qr", &["web"]),
    ("tiny_http", &["web"]),
    ("rustls::", &["web"]),
    ("rcgen", &["secrets"]),
    ("x509_cert", &["secrets"]),
    ("toml::", &["cli"]),
    ("lettre", &["mail"]),
    ("std::net", &["web", "cli"]),
];

fn sources() -> Vec<(String, PathBuf, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut found) = (vec![src.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let inside = path.strip_prefix(&src).unwrap();
                let first = inside.components().next().unwrap().as_os_str().to_str().unwrap();
                let code = code_of(&std::fs::read_to_string(&path).unwrap());
                found.push((first.trim_end_matches(".rs").to_owned(), path, code));
            }
        }
    }
    found
}

/// A file without its comments and its unit tests.
fn code_of(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    code.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n")
}

/// The rooms that a file names: after `crate::` or, in `main`, after `firstbell::`.
fn called(code: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for after in code.split("crate::").skip(1).chain(code.split("firstbell::").skip(1)) {
        match after.strip_prefix('{') {
            Some(group) => {
                let group = group.split(';').next().unwrap();
                let mut depth = 0;
                let top: String = group
                    .chars()
                    .filter(|c| {
                        depth += i32::from(*c == '{') - i32::from(*c == '}');
                        depth == 0
                    })
                    .collect();
                rooms.extend(top.split(',').map(|name| name.trim().split("::").next().unwrap().to_owned()));
            }
            None => {
                rooms.extend(
                    after.split(|c: char| !c.is_alphanumeric() && c != '_').next().map(str::to_owned),
                );
            }
        }
    }
    rooms.retain(|room| !room.is_empty());
    rooms
}

#[test]
fn every_room_calls_only_those_it_may() {
    for (room, path, code) in sources() {
        if room == "lib" {
            continue;
        }
        let (_, may) =
            ROOMS.iter().find(|(name, _)| *name == room).unwrap_or_else(|| panic!("{room} has no row here"));
        for other in called(&code) {
            let known = ROOMS.iter().any(|(name, _)| *name == other);
            assert!(known, "{} names {other}, which is no room", path.display());
            assert!(
                other == room || may.contains(&other.as_str()),
                "{} must not call {other}",
                path.display()
            );
        }
    }
}

#[test]
fn what_belongs_to_one_room_is_said_nowhere_else() {
    for (room, path, code) in sources() {
        for (word, rooms) in DOORS {
            assert!(rooms.contains(&room.as_str()) || !code.contains(word), "{} says {word}", path.display());
        }
    }
}

#[test]
fn two_files_alone_are_unsafe_and_say_why() {
    let unsafe_files = ["cli/process.rs", "secrets/workplace.rs"];
    for (_, path, code) in sources() {
        let is_one = unsafe_files.iter().any(|file| path.ends_with(file));
        assert_eq!(is_one, code.contains("unsafe"), "{}", path.display());
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.matches("unsafe {").count(), text.matches("SAFETY:").count(), "{}", path.display());
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for (_, path, _) in sources() {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! "), "{} does not say what it is for", path.display());
    }
}
