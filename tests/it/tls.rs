//! HTTPS as the server speaks it: the certificate that it makes and the district's own, sessions, cookies, reloading.

use crate::serving::{NEVER, Server, until};
use crate::support::{PASSWORD, Site};
use crate::visitor::Visitor;
use crate::webdriver::Browser;
use firstbell::clock;
use firstbell::folder::Folder;
use firstbell::secrets::Certificate;
use jiff::SignedDuration;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{
    ClientConfig, ClientConnection, HandshakeKind, RootCertStore, StreamOwned, SupportedProtocolVersion,
    version,
};
use sha2::{Digest, Sha256};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

const AUTO: [&str; 4] = ["--listen", "127.0.0.1:0", "--tls", "auto"];

/// A client that trusts the certificates in this PEM, and speaks these versions.
pub(crate) fn client(trusted: &[u8], versions: &[&'static SupportedProtocolVersion]) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(trusted) {
        roots.add(certificate.unwrap()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions).unwrap();
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Arc::new(config)
}

/// A connection on which the encryption is agreed.
pub(crate) fn connect(
    config: &Arc<ClientConfig>,
    address: &str,
) -> std::io::Result<StreamOwned<ClientConnection, TcpStream>> {
    let mut socket = TcpStream::connect(address)?;
    socket.set_read_timeout(Some(NEVER))?;
    let name = ServerName::try_from("localhost").unwrap();
    let mut connection = ClientConnection::new(Arc::clone(config), name).unwrap();
    while connection.is_handshaking() {
        connection.complete_io(&mut socket)?;
    }
    Ok(StreamOwned::new(connection, socket))
}

fn both() -> [&'static SupportedProtocolVersion; 2] {
    [&version::TLS13, &version::TLS12]
}

fn fingerprint(der: &[u8]) -> String {
    Sha256::digest(der).iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

fn address(server: &Server) -> String {
    server.url.strip_prefix("https://").unwrap_or_else(|| panic!("{}", server.url)).to_owned()
}

/// The certificate that a new connection gets.
fn served(server: &Server, trusted: &[u8]) -> String {
    let client = connect(&client(trusted, &both()), &address(server)).unwrap();
    fingerprint(client.conn.peer_certificates().unwrap().first().unwrap())
}

/// A visitor by name, who trusts this certificate and no other.
fn visitor(server: &Server, trusted: &[u8]) -> Visitor {
    let port = server.url.rsplit(':').next().unwrap();
    Visitor::trusting(&format!("https://localhost:{port}"), Some(trusted))
}

fn made(site: &Site) -> Vec<u8> {
    std::fs::read(site.data().join("firstbell-tls.crt")).unwrap()
}

/// The names that the certificate in the folder is for.
fn served_names(folder: &Folder) -> Vec<String> {
    Certificate::read(&folder.certificate(), &folder.certificate_key()).unwrap().names
}

/// A certificate for localhost and its key, as the district might bring them: PEM files, in the place of what is there.
fn bring(certificate: &Path, key: &Path) -> String {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    put(certificate, &made.cert.pem());
    put(key, &made.signing_key.serialize_pem());
    fingerprint(made.cert.der())
}

/// Puts a file in place at once: nobody ever sees it empty.
fn put(path: &Path, content: &str) {
    let beside = path.with_extension("new");
    std::fs::write(&beside, content).unwrap();
    std::fs::rename(&beside, path).unwrap();
}

#[test]
fn a_certificate_is_made_kept_and_shown_and_a_session_holds() {
    let server = Server::serve(Site::set_up(), &AUTO, &[]);
    let pem = made(&server.site);
    for file in ["firstbell-tls.crt", "firstbell-tls.key"] {
        let mode = std::fs::metadata(server.site.data().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let shown = served(&server, &pem);
    let said = format!("Its fingerprint (SHA-256): {shown}\n");
    until("the fingerprint", || server.said().contains(&said).then_some(()));

    // Visitor and server hold to `__Host-` and `Secure` with every answer.
    let mut ada = visitor(&server, &pem);
    let answer = ada.sign_in("aadminova", PASSWORD);
    assert!(answer.set_cookies().iter().any(|cookie| cookie.starts_with("__Host-firstbell_session=")));
    assert_eq!(answer.location(), "/home");
    let home = ada.get("/home");
    assert_eq!(home.header("Strict-Transport-Security"), "");
    ada.send(home.form("/switch"));
    let settings = ada.get("/admin/settings");
    settings.assert_shows(&["HTTPS", "a certificate that Firstbell made itself", &shown, "localhost"]);
    assert!(!ada.get("/login").text().contains("not encrypted"));

    // The next start shows the same one, and one that is to have another name another.
    let server = Server::serve(server.stop(), &AUTO, &[]);
    assert_eq!(served(&server, &pem), shown);
    let server = Server::serve(server.stop(), &["--listen", "127.0.0.9:0", "--tls", "auto"], &[]);
    let renewed = made(&server.site);
    assert!(renewed != pem && served(&server, &renewed) != shown);
    // What does not fit together is made anew.
    let site = server.stop();
    std::fs::write(site.data().join("firstbell-tls.crt"), &pem).unwrap();
    let server = Server::serve(site, &AUTO, &[]);
    assert_ne!(made(&server.site), pem);
    served(&server, &made(&server.site));
    // So is what ends within a month: its 820 days began on the day before 800 days ago.
    let site = server.stop();
    let folder = Folder::existing(&site.data()).unwrap();
    let names = served_names(&folder);
    let old =
        Certificate::make(&folder, &names, clock::now() - SignedDuration::from_hours(800 * 24)).unwrap();
    let server = Server::serve(site, &AUTO, &[]);
    let renewed = served(&server, &made(&server.site));
    assert_ne!(renewed, old.fingerprint);
    // And nothing is made where nothing has to be.
    let server = Server::serve(server.stop(), &AUTO, &[]);
    assert_eq!(served(&server, &made(&server.site)), renewed);
    server.end();
}

#[test]
fn tls_1_2_and_1_3_are_spoken_and_nothing_older() {
    let server = Server::serve(Site::set_up(), &AUTO, &[]);
    let pem = made(&server.site);
    for one in both() {
        let config = client(&pem, &[one]);
        for kind in [HandshakeKind::Full, HandshakeKind::Resumed] {
            let mut line = connect(&config, &address(&server)).unwrap();
            assert_eq!(line.conn.alpn_protocol(), Some(&b"http/1.1"[..]));
            line.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
            let mut answer = String::new();
            // Without the other side's farewell this is an error.
            line.read_to_string(&mut answer).unwrap();
            assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("ok"), "{answer}");
            assert_eq!(line.conn.protocol_version(), Some(one.version));
            assert_eq!(line.conn.handshake_kind(), Some(kind), "{one:?}");
        }
    }
    for (option, is_spoken) in [("-tls1", false), ("-tls1_1", false), ("-tls1_2", true), ("-tls1_3", true)] {
        let ran = Command::new("openssl")
            .args(["s_client", "-connect", &address(&server), option, "-cipher", "ALL:@SECLEVEL=0"])
            .stdin(Stdio::null())
            .output()
            .expect("openssl (tests/run installs it)");
        let said = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.success(), is_spoken, "{option}: {said}");
        assert!(is_spoken || said.contains("alert"), "{option}: {said}");
    }
    server.end();
}

#[test]
fn the_districts_certificate_is_taken_up_when_its_files_change_and_a_bad_pair_is_not() {
    let site = Site::set_up();
    let (certificate, key) = (site.path().join("bell.crt"), site.path().join("bell.key"));
    let first = bring(&certificate, &key);
    let server = {
        let files = [certificate.to_str().unwrap(), key.to_str().unwrap()];
        let args = ["--listen", "127.0.0.1:0", "--tls-cert", files[0], "--tls-key", files[1]];
        Server::serve(site, &args, &[])
    };
    let pem = std::fs::read(&certificate).unwrap();
    assert_eq!(served(&server, &pem), first);

    // Another's key, and then no key at all: the old one stays, and it is said once why.
    bring(&server.site.path().join("other.crt"), &key);
    until("the word on the pair", || server.said().contains("do not belong together.").then_some(()));
    assert_eq!(served(&server, &pem), first);
    put(&key, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n");
    until("the word on the key", || server.said().contains("There is no key in ").then_some(()));
    std::fs::remove_file(&key).unwrap();
    until("the word on the file", || server.said().contains("bell.key did not work").then_some(()));
    assert_eq!(served(&server, &pem), first);
    assert_eq!(server.said().matches("The certificate stays as it was.").count(), 3, "{}", server.said());

    let mut open = connect(&client(&pem, &both()), &address(&server)).unwrap();
    let second = bring(&certificate, &key);
    let said = format!("There is a new certificate. Fingerprint (SHA-256): {second}\n");
    until("the new certificate", || server.said().contains(&said).then_some(()));
    let renewed = std::fs::read(&certificate).unwrap();
    assert_eq!(served(&server, &renewed), second);
    // Who was connected stays connected.
    open.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    open.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with("ok"), "{answer}");
    let mut ada = visitor(&server, &renewed);
    let home = ada.sign_in("aadminova", PASSWORD);
    let home = ada.follow(&home);
    ada.send(home.form("/switch"));
    ada.get("/admin/settings").assert_shows(&["the district’s own certificate", &second]);
    server.end();
}

#[test]
fn a_start_with_files_that_cannot_be_used_is_refused() {
    let site = Site::empty();
    let file = |name: &str| site.path().join(name).to_str().unwrap().to_owned();
    let (certificate, key) = (file("bell.crt"), file("bell.key"));
    bring(certificate.as_ref(), key.as_ref());
    bring(file("other.crt").as_ref(), file("other.key").as_ref());
    site.file("empty.pem", "");
    let start = |certificate: &str, key: &str| {
        site.run(&["serve", "--listen", "127.0.0.1:0", "--tls-cert", certificate, "--tls-key", key], "")
    };
    start(&certificate, &file("other.key")).assert_refused("do not belong together.");
    start(&certificate, &certificate).assert_refused("There is no key in ");
    start(&key, &key).assert_refused("There is no certificate in ");
    start(&file("empty.pem"), &key).assert_refused("It has to be a PEM file");
    start(&file("none.pem"), &key).assert_refused("none.pem did not work");
}

#[test]
fn a_browser_goes_through_set_up_by_https() {
    let server = Server::serve(Site::empty(), &AUTO, &[]);
    let browser = Browser::start_with(&["--ignore-certificate-errors"]);
    browser.open(&server.url);
    browser.sees_heading("Set up your district");
    browser.sees("If your browser has warned you, that is because Firstbell made its certificate itself");
    browser.fits_a_phone();
    for (label, text) in [
        ("Set-up code", server.setup_code().as_str()),
        ("Name of the district", "Springfield"),
        ("Name of your school", "Lincoln High"),
        ("First name", "Ada"),
        ("Last name", "Adminova"),
        ("Email", "ada@springfield.example"),
        ("Password", PASSWORD),
        ("Password again", PASSWORD),
    ] {
        browser.fill(label, text);
    }
    browser.click_button("Set up the district");
    browser.click_button("Switch to Admin Account");
    browser.click_link("Settings");
    browser.sees_heading("Settings");
    let said = server.said();
    let printed = said.split("(SHA-256): ").nth(1).unwrap().lines().next().unwrap();
    browser.sees(printed);
    browser.fits_a_phone();
    assert_eq!(browser.complaints(), Vec::<String>::new());
    drop(browser);
    server.end();
}
