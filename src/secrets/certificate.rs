//! The certificate that browsers are shown for HTTPS, and its key: made here and kept in the data folder, or the
//! district's own, read from its files. What is said with them is the door's business.

use crate::folder::{self, Folder};
use crate::problem::{Problem, while_doing};
use core::net::IpAddr;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use rcgen::string::Ia5String;
use rcgen::{
    CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, SanType,
    date_time_ymd,
};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Write;
use std::path::Path;
use x509_cert::der::Decode;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use zeroize::Zeroizing;

/// How long a certificate of ours is valid, in days from the one before it is made, for clocks that are behind. Browsers
/// take none that is valid for more than 825.
const DAYS: i64 = 820;
/// How long before its end a certificate has to be replaced.
const SOON: SignedDuration = SignedDuration::from_hours(30 * 24);
/// The longest name that a certificate is issued to, in bytes (X.520's upper bound).
const LONGEST_NAME: usize = 64;

/// A certificate with its key.
pub struct Certificate {
    /// The certificates, the server's own first, then those that vouch for it.
    pub chain: Vec<CertificateDer<'static>>,
    /// The key of the first.
    pub key: PrivateKeyDer<'static>,
    /// SHA-256 of the first, as browsers show it: `3F:0A:…`, 32 bytes.
    pub fingerprint: String,
    /// When it begins.
    pub from: Timestamp,
    /// When it ends.
    pub until: Timestamp,
    /// The names and numbers of the machines that it is for.
    pub names: Vec<String>,
    /// Another one as soon as anything in the two files is.
    pub mark: [u8; 32],
}

impl Certificate {
    /// Reads a certificate, with those that vouch for it, and its key, from PEM files.
    ///
    /// # Errors
    /// If a file cannot be read, or has not in it what it should.
    pub fn read(certificate: &Path, key: &Path) -> Result<Certificate, Problem> {
        let pem = fs::read(certificate).map_err(while_doing("Reading", certificate))?;
        let secret = Zeroizing::new(fs::read(key).map_err(while_doing("Reading", key))?);
        let none = || {
            Problem::refused(format!(
                "There is no certificate in {} that can be read. It has to be a PEM file, which begins with \
                 -----BEGIN CERTIFICATE-----.",
                certificate.display()
            ))
        };
        let chain: Vec<_> =
            CertificateDer::pem_slice_iter(&pem).collect::<Result<_, _>>().map_err(|_| none())?;
        let own = chain.first().ok_or_else(none)?;
        let Facts { from, until, names } = facts(own).ok_or_else(none)?;
        let fingerprint = fingerprint(own);
        let key = PrivateKeyDer::from_pem_slice(&secret).map_err(|_| {
            Problem::refused(format!(
                "There is no key in {} that can be read. It has to be a PEM file with a private key that no passphrase \
                 protects.",
                key.display()
            ))
        })?;
        let mark = Sha256::new().chain_update(&pem).chain_update(&secret).finalize().into();
        Ok(Certificate { chain, key, fingerprint, from, until, names, mark })
    }

    /// Makes a certificate for these names and numbers, and keeps it and its key in the folder, in the place of those
    /// that are there. Nobody vouches for it.
    ///
    /// # Errors
    /// If there is no randomness to be had, or the folder cannot be written.
    pub fn make(folder: &Folder, names: &[String], now: Timestamp) -> Result<Certificate, Problem> {
        let (certificate, key) = made(names, now).map_err(|why| {
            Problem::System(format!("A certificate could not be made: {why}. Start Firstbell again."))
        })?;
        // If it ends between the two, they do not fit, and are made anew.
        for (path, pem) in [(folder.certificate_key(), key), (folder.certificate(), certificate)] {
            folder::publish(&path, |file| {
                file.write_all(pem.as_bytes()).map_err(while_doing("Writing", &path))
            })?;
        }
        Certificate::read(&folder.certificate(), &folder.certificate_key())
    }

    /// Whether it is for all of these.
    #[must_use]
    pub fn is_for(&self, names: &[String]) -> bool {
        names.iter().filter(|name| san(name).is_some()).all(|name| self.names.contains(name))
    }
}

/// Whether what holds from one time until another has to be replaced by now: it ends soon, or was made by a clock that was ahead.
#[must_use]
pub fn is_to_be_replaced((from, until): (Timestamp, Timestamp), now: Timestamp) -> bool {
    from > now || ends_soon(until, now)
}

/// Whether what ends then has to be replaced by now.
#[must_use]
pub fn ends_soon(until: Timestamp, now: Timestamp) -> bool {
    until.duration_since(now) < SOON
}

/// A new certificate and its key, as PEM.
fn made(names: &[String], now: Timestamp) -> Result<(Zeroizing<String>, Zeroizing<String>), rcgen::Error> {
    let key = KeyPair::generate()?;
    let mut wanted = CertificateParams::default();
    let today = now.to_zoned(TimeZone::UTC).date();
    let from = today.saturating_sub(1.day());
    let midnight = |date: Date| {
        date_time_ymd(date.year().into(), date.month().unsigned_abs(), date.day().unsigned_abs())
    };
    wanted.not_before = midnight(from);
    wanted.not_after = midnight(from.saturating_add(DAYS.days()));
    wanted.subject_alt_names = names.iter().filter_map(|name| san(name)).collect();
    let name = names.iter().find(|name| name.len() <= LONGEST_NAME).map_or("Firstbell", String::as_str);
    wanted.distinguished_name.push(DnType::CommonName, name);
    wanted.distinguished_name.push(DnType::OrganizationName, "Firstbell");
    wanted.is_ca = IsCa::ExplicitNoCa;
    wanted.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    wanted.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = wanted.self_signed(&key)?;
    Ok((Zeroizing::new(certificate.pem()), Zeroizing::new(key.serialize_pem())))
}

/// A name or a number as certificates have it; `None` for what cannot stand in one.
fn san(name: &str) -> Option<SanType> {
    match name.parse::<IpAddr>() {
        Ok(ip) => Some(SanType::IpAddress(ip)),
        Err(_) => Ia5String::try_from(name).ok().map(SanType::DnsName),
    }
}

/// When a certificate holds, and whom it is for.
struct Facts {
    from: Timestamp,
    until: Timestamp,
    names: Vec<String>,
}

fn facts(der: &CertificateDer<'_>) -> Option<Facts> {
    let certificate = x509_cert::Certificate::from_der(der).ok()?;
    let body = certificate.tbs_certificate();
    let at = |time: x509_cert::time::Time| {
        let seconds = time.to_unix_duration().as_secs();
        // A year that no calendar reaches never comes.
        i64::try_from(seconds).ok().and_then(|at| Timestamp::from_second(at).ok()).unwrap_or(Timestamp::MAX)
    };
    let names = match body.get_extension::<SubjectAltName>() {
        Ok(Some((_, names))) => names.0.iter().filter_map(written).collect(),
        _ => Vec::new(),
    };
    Some(Facts { from: at(body.validity().not_before), until: at(body.validity().not_after), names })
}

/// A name out of a certificate, as people write it.
fn written(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DnsName(name) => Some(name.as_str().to_owned()),
        GeneralName::IpAddress(number) => {
            let bytes = number.as_bytes();
            let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
            v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok().map(|ip| ip.to_string())
        }
        _ => None,
    }
}

fn fingerprint(der: &[u8]) -> String {
    let pairs: Vec<String> = Sha256::digest(der).iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        ["bell.springfield.example", "10.0.0.5", "fd00::5"].map(str::to_owned).into()
    }

    #[test]
    fn a_made_certificate_says_what_it_was_made_for() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::make(place.path()).unwrap();
        let now: Timestamp = "2026-11-22T22:00:00Z".parse().unwrap();
        let made = Certificate::make(&folder, &names(), now).unwrap();
        assert_eq!(made.names, names());
        assert_eq!(made.from, "2026-11-21T00:00:00Z".parse().unwrap());
        assert_eq!(made.until, "2029-02-18T00:00:00Z".parse().unwrap());
        assert!(made.is_for(&names()) && !made.is_for(&["other".to_owned()]));
        // What cannot stand in a certificate is not missed in it.
        assert!(made.is_for(&["schule-köln.example".to_owned()]));
        assert_eq!(made.fingerprint.len(), 32 * 3 - 1);
        let again = Certificate::read(&folder.certificate(), &folder.certificate_key()).unwrap();
        assert!(again.fingerprint == made.fingerprint && again.mark == made.mark);
        assert_ne!(Certificate::make(&folder, &names(), now).unwrap().fingerprint, made.fingerprint);
    }

    #[test]
    fn an_end_is_near_a_month_before_it() {
        let until: Timestamp = "2029-02-18T00:00:00Z".parse().unwrap();
        assert!(!ends_soon(until, "2029-01-18T23:59:59Z".parse().unwrap()));
        assert!(ends_soon(until, "2029-01-19T00:00:01Z".parse().unwrap()));
        assert!(ends_soon(until, "2031-01-01T00:00:00Z".parse().unwrap()));
        let from: Timestamp = "2026-11-21T00:00:00Z".parse().unwrap();
        assert!(!is_to_be_replaced((from, until), from));
        assert!(is_to_be_replaced((from, until), "2026-11-20T23:59:59Z".parse().unwrap()));
        assert!(is_to_be_replaced((from, until), until));
    }
}
