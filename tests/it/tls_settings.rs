//! Where `serve` listens and how: what the command line, the environment and `firstbell.toml` say of it, and that
//! passwords cross no network in clear unless the district insists.

use crate::serving::{Server, until};
use crate::support::Site;
use crate::visitor::{Visitor, read};
use firstbell::actions::Office;
use firstbell::folder::Folder;
use firstbell::secrets::{Cost, HashLane};
use firstbell::web::{self, Headers, Method, Request};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

/// Where a network would listen in.
const OUTSIDE: [&str; 2] = ["--listen", "0.0.0.0:0"];

fn with_settings(text: &str) -> Site {
    let site = Site::set_up();
    std::fs::write(site.data().join("firstbell.toml"), text).unwrap();
    site
}

#[test]
fn passwords_cross_no_network_in_clear_unless_somebody_says_so() {
    let site = Site::empty();
    for command in ["serve", "demo"] {
        for address in ["0.0.0.0:0", "[::]:0", "192.0.2.7:0"] {
            let ran = site.run(&[command, "--listen", address], "");
            ran.assert_refused(
                "start Firstbell with --tls auto, with a certificate (--tls-cert and --tls-key), or",
            );
        }
    }
    assert!(!site.data().exists(), "a refused start has left a folder");
    let insists = Site::set_up();
    let server = Server::serve(insists, &[&OUTSIDE[..], &["--insecure-http"]].concat(), &[]);
    assert!(server.url.starts_with("http://0.0.0.0:"), "{}", server.url);
    until("the warning", || server.said().contains("Passwords cross the network in clear").then_some(()));
    server.end();
    // The file may insist as well; and where there is HTTPS nobody has to.
    let server = Server::serve(with_settings("insecure_http = true\n"), &OUTSIDE, &[]);
    assert!(server.url.starts_with("http://0.0.0.0:"), "{}", server.url);
    let server = Server::serve(server.stop(), &[&OUTSIDE[..], &["--tls", "auto"]].concat(), &[]);
    assert!(server.url.starts_with("https://0.0.0.0:"), "{}", server.url);
    server.end();
}

#[test]
fn pages_that_ask_for_a_password_warn_of_a_network_without_encryption() {
    let site = Site::set_up();
    let office = Office::open(Folder::existing(&site.data()).unwrap()).unwrap();
    let lane = Arc::new(HashLane::start(Cost::production()));
    let inside = web::Site::new(office, lane, "a code".to_owned(), None);
    let page = |path: &str, client: &str, tls| {
        let request = Request {
            method: Method::Get,
            path: path.to_owned(),
            segments: vec![path.trim_start_matches('/').to_owned()],
            query: String::new(),
            headers: Headers::default(),
            body: Vec::new(),
            client: client.parse().unwrap(),
            tls,
        };
        read(std::str::from_utf8(web::answer(&inside, request).body()).unwrap())
    };
    for path in ["/login", "/setup", "/forgot"] {
        for (client, tls, warns) in [
            ("10.0.0.7", false, true),
            ("10.0.0.7", true, false),
            ("127.0.0.1", false, false),
            ("::1", false, false),
        ] {
            assert_eq!(
                page(path, client, tls).contains("This page is not encrypted."),
                warns,
                "{path} {client}"
            );
        }
    }
    inside.close();
    site.end();
}

#[test]
fn the_command_line_comes_before_the_environment_and_both_before_the_file() {
    let site = with_settings("listen = \"127.0.0.2:0\"\ntls = \"auto\"\n");
    let server = Server::serve(site, &[], &[]);
    assert!(server.url.starts_with("https://127.0.0.2:"), "{}", server.url);
    let server = Server::serve(server.stop(), &[], &[("FIRSTBELL_LISTEN", "127.0.0.3:0".as_ref())]);
    assert!(server.url.starts_with("https://127.0.0.3:"), "{}", server.url);
    let both = ["--listen", "127.0.0.4:0", "--tls", "off"];
    let server = Server::serve(server.stop(), &both, &[("FIRSTBELL_LISTEN", "127.0.0.3:0".as_ref())]);
    assert!(server.url.starts_with("http://127.0.0.4:"), "{}", server.url);
    server.end();
    // A file of the district's, beside the settings file.
    let site = with_settings("listen = \"127.0.0.1:0\"\ntls_cert = \"own.crt\"\ntls_key = \"own.key\"\n");
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(site.data().join("own.crt"), made.cert.pem()).unwrap();
    std::fs::write(site.data().join("own.key"), made.signing_key.serialize_pem()).unwrap();
    let server = Server::serve(site, &[], &[]);
    assert!(server.url.starts_with("https://127.0.0.1:"), "{}", server.url);
    server.end();
}

#[test]
fn a_settings_file_that_cannot_be_so_is_refused_with_its_line_and_key() {
    for (text, words) in [
        (
            "# Ours\nlisten = \"127.0.0.1:0\"\nlisen = \"x\"\n",
            "firstbell.toml, line 3: “lisen” is no setting.",
        ),
        ("\ntls = \"always\"\n", "firstbell.toml, line 2: “tls” has to be \"auto\" or \"off\"."),
        (
            "connections_per_address = \"many\"\n",
            "firstbell.toml, line 1: “connections_per_address” has to be",
        ),
    ] {
        let site = with_settings(text);
        site.run(&["serve", "--listen", "127.0.0.1:0"], "").assert_refused(words);
    }
    let site = Site::empty();
    site.run(&["serve", "--listen", "nowhere"], "").assert_refused("is no address to listen on");
}

#[test]
fn browsers_are_held_to_https_only_where_the_file_asks_for_it() {
    let server =
        Server::serve(with_settings("hsts = true\n"), &["--listen", "127.0.0.1:0", "--tls", "auto"], &[]);
    let pem = std::fs::read(server.site.data().join("firstbell-tls.crt")).unwrap();
    let mut visitor = Visitor::trusting(&server.url, Some(&pem));
    assert_eq!(visitor.get("/login").header("Strict-Transport-Security"), "max-age=31536000");
    let server = Server::serve(server.stop(), &["--listen", "127.0.0.1:0"], &[]);
    assert_eq!(server.visitor().get("/login").header("Strict-Transport-Security"), "");
    server.end();
}

#[test]
fn the_file_says_how_many_may_come_from_one_address() {
    let server = Server::open(with_settings("connections_per_address = 3\n"));
    let address = server.url.strip_prefix("http://").unwrap();
    let inside: Vec<TcpStream> = (0..3).map(|_| TcpStream::connect(address).unwrap()).collect();
    // Who has begun to ask is not let go for others.
    inside.iter().for_each(|mut socket| socket.write_all(b"GET / HT").unwrap());
    let mut told = String::new();
    TcpStream::connect(address).unwrap().read_to_string(&mut told).unwrap();
    assert!(told.starts_with("HTTP/1.1 503 "), "{told}");
    drop(inside);
    server.end();
}
