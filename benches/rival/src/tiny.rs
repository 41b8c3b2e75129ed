//! Answers from memory, by `tiny_http`: alone on the network, and behind a thread for each client that reads once, asks
//! once, reads once and writes once. What is like Firstbell's door and server can be no faster than the second.

use super::Answer;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::{Arc, Mutex};
use std::thread;
use tiny_http::{Header, Listener, Response, Server, StatusCode};

/// How many threads answer: as many as Firstbell has.
const WORKERS: usize = 36;
/// How many are asked for something at the same time, at most.
const CLIENTS: usize = 64;
/// More than anybody asks or answers here.
const MESSAGE: usize = 16 * 1024;

pub(crate) fn serve(answers: Vec<Answer>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("{}", listener.local_addr().unwrap());
    start(listener, answers);
    loop {
        thread::park();
    }
}

pub(crate) fn serve_forwarded(answers: Vec<Answer>) {
    let place = std::env::temp_dir().join(format!("rival-{}", std::process::id()));
    let greeting = format!("GET {} HTTP/1.1\r\n\r\n", answers[0].path);
    start(UnixListener::bind(&place).unwrap(), answers);
    // One after the other, and each is answered before the next: of those that come at once some wait for ever.
    let ways = (0..CLIENTS).map(|_| {
        let mut way = UnixStream::connect(&place).unwrap();
        way.write_all(greeting.as_bytes()).unwrap();
        assert!(way.read(&mut [0; MESSAGE]).unwrap() > 0);
        way
    });
    let ways = Arc::new(Mutex::new(ways.collect()));
    // Nobody else is let in, and nothing is left behind.
    std::fs::remove_file(&place).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("{}", listener.local_addr().unwrap());
    for client in listener.incoming() {
        let (client, ways) = (client.unwrap(), Arc::clone(&ways));
        client.set_nodelay(true).unwrap();
        thread::spawn(move || forward(client, &ways));
    }
}

/// Starts a server that answers on its own threads.
fn start(listener: impl Into<Listener>, answers: Vec<Answer>) {
    let server = Arc::new(Server::from_listener(listener, None).unwrap());
    let answers = Arc::new(answers);
    for _ in 0..WORKERS {
        let (server, answers) = (Arc::clone(&server), Arc::clone(&answers));
        thread::spawn(move || {
            loop {
                answer(server.recv().unwrap(), &answers);
            }
        });
    }
}

/// Answers in one piece: each piece wakes whoever reads.
fn answer(asked: tiny_http::Request, answers: &[Answer]) {
    let answer = answers.iter().find(|answer| answer.path == asked.url()).unwrap();
    let header =
        |(name, value): &(String, String)| Header::from_bytes(name.as_bytes(), value.as_bytes()).unwrap();
    let headers = answer.headers.iter().map(header).collect();
    let response = Response::new(StatusCode(200), headers, &*answer.body, Some(answer.body.len()), None);
    let mut whole = Vec::with_capacity(MESSAGE);
    response.raw_print(&mut whole, asked.http_version().clone(), asked.headers(), false, None).unwrap();
    let mut writer = asked.into_writer();
    // Who asked may have gone.
    let _ = writer.write_all(&whole).and_then(|()| writer.flush());
}

/// Carries what a client asks to the server, and back what that answers, until the client is gone.
fn forward(mut client: TcpStream, ways: &Mutex<Vec<UnixStream>>) {
    let mut message = vec![0; MESSAGE];
    while let Ok(asked @ 1..) = client.read(&mut message) {
        let mut way = ways.lock().unwrap().pop().unwrap();
        way.write_all(&message[..asked]).unwrap();
        let answered = way.read(&mut message).unwrap();
        ways.lock().unwrap().push(way);
        if client.write_all(&message[..answered]).is_err() {
            return;
        }
    }
}
