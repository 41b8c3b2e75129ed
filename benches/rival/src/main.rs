//! What small pages are measured against. It prints the address where it listens.
//!
//! - `rival page DATA`: the same page, made anew for each request by Firstbell's own handlers; only the way there is
//!   axum's.
//! - `rival bytes ANSWER…`: the same bytes from memory, by axum. Each is a file with a whole HTTP answer, under its name.
//! - `rival tiny ANSWER…`: the same bytes, by `tiny_http` with as many threads as Firstbell has.
//! - `rival forwarded ANSWER…`: the same, behind the least that a door can be.

mod bytes;
mod page;
mod tiny;

use axum::Router;
use axum::serve::ListenerExt;
use std::path::{Path, PathBuf};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let way = arguments.next().unwrap();
    let files: Vec<PathBuf> = arguments.map(PathBuf::from).collect();
    let answers = || files.iter().map(|file| Answer::read(file)).collect();
    match way.as_str() {
        "page" => page::serve(&files[0]),
        "bytes" => bytes::serve(answers()),
        "tiny" => tiny::serve(answers()),
        "forwarded" => tiny::serve_forwarded(answers()),
        _ => panic!("no such way"),
    }
}

/// Serves with axum on tokio's usual runtime.
fn serve(site: Router) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{}", listener.local_addr().unwrap());
        let listener = listener.tap_io(|line| line.set_nodelay(true).unwrap());
        axum::serve(listener, site).await.unwrap();
    });
}

/// An answer that is handed out as it is.
struct Answer {
    path: String,
    /// All but what belongs to the connection, the date and the length: servers say these by themselves.
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    /// Takes the HTTP answer in a file apart.
    fn read(file: &Path) -> Answer {
        let bytes = std::fs::read(file).unwrap();
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = std::str::from_utf8(&bytes[..end]).unwrap();
        let is_kept = |name: &str| {
            !["connection", "date", "content-length"].contains(&name.to_ascii_lowercase().as_str())
        };
        let headers =
            head.split("\r\n").filter_map(|line| line.split_once(": ")).filter(|(name, _)| is_kept(name));
        Answer {
            path: format!("/{}", file.file_name().unwrap().to_str().unwrap()),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            body: bytes[end + 4..].to_vec(),
        }
    }
}
