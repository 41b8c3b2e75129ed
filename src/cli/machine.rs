//! By which names and numbers browsers may reach this machine: what a certificate for it is made for.

use crate::domain::Address;
use crate::store::district::District;
use std::net::{IpAddr, SocketAddr, UdpSocket};

/// Numbers that are in no network (RFC 5737, RFC 3849): the way to them shows which number this machine goes out with.
const NOWHERE: [(&str, &str); 2] = [("0.0.0.0:0", "192.0.2.1:9"), ("[::]:0", "[2001:db8::1]:9")];

/// The names and numbers, the most telling first, each once: the district's address, the machine's name, the host that it
/// was told to listen on, its numbers in the networks that it listens in, and those of the machine itself.
pub(super) fn names(host: &str, listen: SocketAddr, district: Option<&District>) -> Vec<String> {
    let address = district.and_then(|district| Address::parse(district.address.as_deref()?).ok());
    let address = address.map(|address| address.host().to_owned());
    let own = hostname::get().ok().and_then(|name| name.into_string().ok());
    let said = host.parse::<IpAddr>().is_err().then(|| host.to_owned());
    let numbers: Vec<IpAddr> = match listen.ip().to_canonical() {
        // Who listens there listens to IPv4 alone. The number by IPv6 may be another one every day.
        IpAddr::V4(ip) if ip.is_unspecified() => Vec::from_iter(way_out(NOWHERE[0])),
        ip if ip.is_unspecified() => NOWHERE.into_iter().filter_map(way_out).collect(),
        ip => vec![ip],
    };
    let numbers = numbers.iter().map(ToString::to_string);
    let always = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let mut names: Vec<String> = Vec::new();
    for name in [address, own, said].into_iter().flatten().chain(numbers).chain(always) {
        let name = name.to_lowercase();
        if is_a_name(&name) && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The number with which this machine would go there. Nothing is sent.
fn way_out((from, to): (&str, &str)) -> Option<IpAddr> {
    let socket = UdpSocket::bind(from).ok()?;
    socket.connect(to).ok()?;
    socket.local_addr().ok().map(|own| own.ip()).filter(|ip| !ip.is_unspecified())
}

/// Whether it can stand in a certificate: a number, or a name of ASCII letters, digits, dots and hyphens.
fn is_a_name(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    text.parse::<IpAddr>().is_ok() || (!text.is_empty() && text.bytes().all(is_plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_has_its_names_once_and_the_said_one_among_them() {
        let names = names("Bell.example", "10.0.0.5:443".parse().unwrap(), None);
        for name in ["bell.example", "10.0.0.5", "localhost", "127.0.0.1", "::1"] {
            assert_eq!(names.iter().filter(|is| *is == name).count(), 1, "{name} in {names:?}");
        }
        assert!(!is_a_name("schule-köln.example") && !is_a_name("") && !is_a_name("a b"));
    }
}
