//! The address that browsers find Firstbell at: what links in letters and on sign-in cards begin with.

use super::name::is_space;

/// The longest address that is kept, in characters.
const LONGEST: usize = 200;

/// An address such as `https://accounts.springfield.example`, without a slash at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    /// Takes an address as typed; the space around it and a slash at its end go.
    ///
    /// # Errors
    /// A sentence that says how to write it, if it is none.
    pub fn parse(text: &str) -> Result<Address, String> {
        let text = text.trim_matches(is_space).trim_end_matches('/');
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        match host {
            Some(host) if is_host(host) && text.len() <= LONGEST => Ok(Address(text.to_owned())),
            _ => Err("Write the address as a browser shows it, from https:// to the name or the port: \
                      https://accounts.springfield.example or http://10.0.0.5:8080."
                .to_owned()),
        }
    }

    /// The address, without a slash at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name or the number in it, without scheme, port and brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        let host = self.0.split_once("://").map_or(self.0.as_str(), |(_, host)| host);
        match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((number, _)) => number,
            None => host.split(':').next().unwrap_or(host),
        }
    }
}

/// A name or a number, and perhaps a port.
fn is_host(text: &str) -> bool {
    let (name, port) = match text.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        _ => (text, None),
    };
    let is_number = name.starts_with('[')
        && name
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .is_some_and(|inside| inside.parse::<core::net::Ipv6Addr>().is_ok());
    let is_name = name.split('.').all(|label| {
        !label.is_empty() && label.chars().all(|c| c == '-' || c.is_alphanumeric()) && !label.starts_with('-')
    });
    (is_number || is_name) && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_scheme_and_a_host_and_nothing_else() {
        for (typed, taken) in [
            (" https://accounts.springfield.example/ ", "https://accounts.springfield.example"),
            ("http://10.0.0.5:8080", "http://10.0.0.5:8080"),
            ("http://server", "http://server"),
            ("https://[fd00::1]:8443", "https://[fd00::1]:8443"),
            ("https://schule-köln.example", "https://schule-köln.example"),
        ] {
            assert_eq!(Address::parse(typed).unwrap().as_str(), taken);
        }
        for (typed, host) in [("http://10.0.0.5:8080", "10.0.0.5"), ("https://[fd00::1]:8443", "fd00::1")] {
            assert_eq!(Address::parse(typed).unwrap().host(), host);
        }
        assert_eq!(Address::parse("http://server").unwrap().host(), "server");
        for typed in [
            "",
            "accounts.springfield.example",
            "ftp://x.example",
            "https://",
            "https://x.example/login",
            "https://x.example?x",
            "https://user@x.example",
            "https://x.example:0",
            "https://x.example:http",
            "https://x example",
            "https://x\r\nBcc: y",
            "javascript:alert(1)",
        ] {
            assert!(Address::parse(typed).is_err(), "{typed}");
        }
    }
}
