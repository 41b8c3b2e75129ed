//! What `serve` goes by: the command line before the environment, and both before `firstbell.toml` in the data folder.

use super::if_not_empty;
use crate::folder::Folder;
use crate::problem::{Problem, while_doing};
use clap::ValueEnum;
use serde::Deserialize;
use std::fs;
use std::io::ErrorKind;
use std::net::{SocketAddr, ToSocketAddrs};
use std::num::NonZeroU16;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;

/// Where to listen if nobody says it: where nobody else reaches it.
const HERE: &str = "127.0.0.1:8080";
/// What can be set in the file, and what each has to be.
const KEYS: [(&str, &str); 7] = [
    ("listen", "an address in quotes, such as \"127.0.0.1:8080\""),
    ("tls", "\"auto\" or \"off\""),
    ("tls_cert", "the path of a file, in quotes"),
    ("tls_key", "the path of a file, in quotes"),
    ("insecure_http", "true or false"),
    ("hsts", "true or false"),
    ("connections_per_address", "a whole number from 1 to 65535"),
];

#[derive(clap::Args)]
pub(super) struct ListenArgs {
    /// Where to listen; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "HOST:PORT", env = if_not_empty("FIRSTBELL_LISTEN"))]
    listen: Option<String>,
    /// HTTPS, with a certificate that Firstbell makes and keeps in the data folder; or none
    #[arg(long, value_name = "WAY")]
    tls: Option<Way>,
    /// HTTPS, with a certificate of the district's own: a PEM file, those that vouch for it after it
    #[arg(long, value_name = "FILE", requires = "tls_key", conflicts_with = "tls")]
    tls_cert: Option<PathBuf>,
    /// The key of that certificate: a PEM file without a passphrase
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Speak HTTP without encryption even where a network can listen in
    #[arg(long)]
    insecure_http: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
enum Way {
    Auto,
    Off,
}

/// The settings file. All in it is optional, and nothing else may be in it.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingsFile {
    listen: Option<Spanned<String>>,
    tls: Option<Way>,
    tls_cert: Option<Spanned<PathBuf>>,
    tls_key: Option<Spanned<PathBuf>>,
    #[serde(default)]
    insecure_http: bool,
    #[serde(default)]
    hsts: bool,
    connections_per_address: Option<NonZeroU16>,
}

/// What `serve` does about encryption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Encryption {
    Off,
    Auto,
    Own { certificate: PathBuf, key: PathBuf },
}

/// What `serve` goes by.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) listen: SocketAddr,
    /// The name or number in it, as it was said.
    pub(super) host: String,
    pub(super) encryption: Encryption,
    /// Browsers are told to come by HTTPS only.
    pub(super) hsts: bool,
    /// `None` leaves it at the door's own number.
    pub(super) connections_per_address: Option<usize>,
}

impl Settings {
    /// What was said on the command line and in the environment, and in the settings file of this data folder.
    ///
    /// # Errors
    /// A sentence that says what is wrong: in the file, with line and key; or that passwords would cross a network in
    /// clear and nobody has said that they may.
    pub(super) fn of(args: &ListenArgs, data: Option<&Path>) -> Result<Settings, Problem> {
        let path = data.map(Folder::settings_in);
        let file = match &path {
            Some(path) => SettingsFile::read(path)?,
            None => SettingsFile::default(),
        };
        let said = args.listen.as_deref().or(file.listen.as_ref().map(|listen| listen.get_ref().as_str()));
        let said = said.unwrap_or(HERE);
        let listen = address(said).ok_or_else(|| {
            Problem::refused(format!("“{said}” is no address to listen on. Give one like {HERE}."))
        })?;
        let own = |certificate: &Path, key: &Path| Encryption::Own {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
        };
        // A path in the file begins at the file.
        let beside = |said: &Path| data.map_or_else(|| said.to_owned(), |data| data.join(said));
        let encryption = match (args.tls, args.tls_cert.as_deref().zip(args.tls_key.as_deref())) {
            (Some(Way::Auto), _) => Encryption::Auto,
            (Some(Way::Off), _) => Encryption::Off,
            (None, Some((certificate, key))) => own(certificate, key),
            (None, None) => match (file.tls, file.tls_cert.zip(file.tls_key)) {
                (Some(Way::Auto), _) => Encryption::Auto,
                (_, Some((certificate, key))) => own(&beside(certificate.get_ref()), &beside(key.get_ref())),
                (_, None) => Encryption::Off,
            },
        };
        let is_here = listen.ip().to_canonical().is_loopback();
        if encryption == Encryption::Off && !is_here && !(args.insecure_http || file.insecure_http) {
            return Err(Problem::refused(format!(
                "On {listen} passwords would cross the network in clear: start Firstbell with --tls auto, with a \
                 certificate (--tls-cert and --tls-key), or, if they may, with --insecure-http."
            )));
        }
        Ok(Settings {
            listen,
            host: said.rsplit_once(':').map_or(said, |(host, _)| host).trim_matches(['[', ']']).to_owned(),
            encryption,
            hsts: file.hsts,
            connections_per_address: file.connections_per_address.map(|most| usize::from(most.get())),
        })
    }
}

impl SettingsFile {
    /// Reads the file; there is nothing in one that is not there.
    fn read(path: &Path) -> Result<SettingsFile, Problem> {
        match fs::read_to_string(path) {
            Ok(text) => SettingsFile::parse(&text)
                .map_err(|(line, why)| Problem::refused(format!("{}, line {line}: {why}", path.display()))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(SettingsFile::default()),
            Err(cause) => Err(while_doing("Reading", path)(cause)),
        }
    }

    /// What stands in the text, or the line that is wrong and why.
    fn parse(text: &str) -> Result<SettingsFile, (usize, String)> {
        // A byte order mark is what some editors put before everything.
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let file: SettingsFile = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            (line_at(text, at), why_not(line_of(text, at), error.message()))
        })?;
        let wrong = |span: Range<usize>, why: &str| Err((line_at(text, span.start), why.to_owned()));
        match (&file.listen, &file.tls, &file.tls_cert, &file.tls_key) {
            (Some(listen), ..) if address(listen.get_ref()).is_none() => {
                wrong(listen.span(), &why_not("listen", ""))
            }
            (_, Some(_), Some(certificate), _) => {
                wrong(certificate.span(), "“tls” and “tls_cert” say two things: leave one of them out.")
            }
            (_, _, Some(certificate), None) => {
                wrong(certificate.span(), "“tls_cert” needs “tls_key”, the file of its key.")
            }
            (_, _, None, Some(key)) => {
                wrong(key.span(), "“tls_key” needs “tls_cert”, the file of its certificate.")
            }
            _ => Ok(file),
        }
    }
}

/// Why a line cannot be used, in a sentence; `message` is the parser's.
fn why_not(line: &str, message: &str) -> String {
    let key = line.split('=').next().unwrap_or_default().trim().trim_matches(['[', ']', '"', '\'', ' ']);
    match KEYS.iter().find(|(known, _)| *known == key) {
        Some(_) if message.contains("duplicate") => {
            format!("“{key}” stands there twice: leave one of them out.")
        }
        Some((key, value)) => has_to_be(key, value),
        None => {
            let known: Vec<&str> = KEYS.iter().map(|(key, _)| *key).collect();
            format!("“{key}” is no setting. There are {}, each with = and its value.", known.join(", "))
        }
    }
}

fn has_to_be(key: &str, value: &str) -> String {
    format!("“{key}” has to be {value}.")
}

/// The number of the line that this byte is in, the first being 1.
fn line_at(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|&byte| byte == b'\n').count()
}

fn line_of(text: &str, at: usize) -> &str {
    text.lines().nth(line_at(text, at) - 1).unwrap_or_default()
}

fn address(text: &str) -> Option<SocketAddr> {
    text.to_socket_addrs().ok().and_then(|mut addresses| addresses.next())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(text: &str) -> (usize, String) {
        SettingsFile::parse(text).err().unwrap_or_else(|| panic!("{text} was taken"))
    }

    #[test]
    fn a_file_is_read_as_it_is_meant() {
        let file = SettingsFile::parse(
            "# For the server in the cellar\nlisten = \"0.0.0.0:443\"\ntls_cert = 'bell.crt'\ntls_key = \"/etc/bell.key\"\n\
             hsts = true\nconnections_per_address = 500\n",
        )
        .unwrap();
        assert_eq!(file.listen.unwrap().get_ref(), "0.0.0.0:443");
        assert_eq!(file.tls_cert.unwrap().get_ref(), Path::new("bell.crt"));
        assert!(file.hsts && !file.insecure_http && file.tls.is_none());
        assert_eq!(file.connections_per_address.map(NonZeroU16::get), Some(500));
        assert_eq!(SettingsFile::parse("\u{FEFF}tls = \"auto\"\r\n").unwrap().tls, Some(Way::Auto));
        assert!(SettingsFile::parse("").unwrap().listen.is_none());
    }

    #[test]
    fn what_is_wrong_is_said_with_line_and_key() {
        for (text, line, words) in [
            ("\nlisen = \"127.0.0.1:1\"", 2, "“lisen” is no setting. There are listen, tls, tls_cert,"),
            ("[tls]\nauto = true", 2, "“auto” is no setting."),
            ("[server]\nlisten = 1", 1, "“server” is no setting."),
            ("# a\ntls = \"yes\"", 2, "“tls” has to be \"auto\" or \"off\"."),
            ("tls = true", 1, "“tls” has to be \"auto\" or \"off\"."),
            ("hsts = \"yes\"", 1, "“hsts” has to be true or false."),
            ("hsts = yes", 1, "“hsts” has to be true or false."),
            ("hsts = true\nhsts = true", 2, "“hsts” stands there twice"),
            ("insecure_http = 1", 1, "“insecure_http” has to be true or false."),
            ("listen = 127.0.0.1:8080", 1, "“listen” has to be an address in quotes"),
            ("listen = \"127.0.0.1\"", 1, "“listen” has to be an address in quotes"),
            ("hsts = true\nlisten = 8080", 2, "“listen” has to be an address in quotes"),
            ("connections_per_address = 0", 1, "has to be a whole number from 1"),
            ("connections_per_address = -1", 1, "has to be a whole number from 1"),
            ("connections_per_address = 1e9", 1, "has to be a whole number from 1"),
            ("tls_cert = \"a\"", 1, "“tls_cert” needs “tls_key”"),
            ("\ntls_key = \"a\"", 2, "“tls_key” needs “tls_cert”"),
            ("tls = \"auto\"\ntls_cert = \"a\"\ntls_key = \"b\"", 2, "“tls” and “tls_cert” say two things"),
            ("tls_cert = \"C:\\certs\\bell.crt\"", 1, "“tls_cert” has to be the path of a file, in quotes."),
            ("listen", 1, "“listen” has to be"),
            ("=", 1, "is no setting"),
            ("\u{0}", 1, "is no setting"),
        ] {
            let (at, why) = why(text);
            assert!(at == line && why.contains(words), "{text:?}: line {at}: {why}");
        }
    }
}
