//! Hands out answers that it was given, from memory, with axum on tokio's usual runtime: `rival ANSWER…`, each a file
//! with a whole HTTP answer, under the file's name. Prints the address where it listens.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response};
use axum::routing::get;
use axum::serve::ListenerExt;
use std::path::Path;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut site = Router::new();
        for file in std::env::args().skip(1) {
            let path = format!("/{}", Path::new(&file).file_name().unwrap().to_str().unwrap());
            let (headers, body) = taken_apart(&std::fs::read(&file).unwrap());
            let answer = move || {
                let mut answer = Response::new(Body::from(body.clone()));
                *answer.headers_mut() = headers.clone();
                async move { answer }
            };
            site = site.route(&path, get(answer));
        }
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{}", listener.local_addr().unwrap());
        let listener = listener.tap_io(|line| line.set_nodelay(true).unwrap());
        axum::serve(listener, site).await.unwrap();
    });
}

/// Headers and body of an answer. What belongs to the connection, and the date, axum says by itself.
fn taken_apart(answer: &[u8]) -> (HeaderMap, Bytes) {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = std::str::from_utf8(&answer[..end]).unwrap();
    let mut headers = HeaderMap::new();
    for (name, value) in head.split("\r\n").filter_map(|line| line.split_once(": ")) {
        if !["connection", "date", "content-length"].contains(&name.to_ascii_lowercase().as_str()) {
            headers.append(HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value).unwrap());
        }
    }
    (headers, Bytes::copy_from_slice(&answer[end + 4..]))
}
