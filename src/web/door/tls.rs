//! Encryption: TLS 1.2 and 1.3, with the certificate that is shown at the moment. The one file that names `rustls`,
//! besides the line that carries what it makes.

use crate::secrets::Certificate;
use rustls::crypto::ring::{Ticketer, default_provider};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys, ServerConfig, ServerConnection};
use std::sync::{Arc, PoisonError, RwLock};

/// What a door needs to encrypt.
pub struct Tls {
    config: Arc<ServerConfig>,
    shown: Arc<Shown>,
}

/// The certificate that new connections get. Those that are open keep theirs.
#[derive(Debug)]
struct Shown(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl Tls {
    /// Encryption with this certificate.
    ///
    /// # Errors
    /// The end of a sentence that says what is wrong with "the certificate and the key": see [`Tls::show`].
    pub fn new(certificate: &Certificate) -> Result<Tls, &'static str> {
        let shown = Arc::new(Shown(RwLock::new(signing(certificate)?)));
        let unusable = |_| "cannot be used: there is no encryption to be had";
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(unusable)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&shown) as Arc<dyn ResolvesServerCert>);
        // Who comes again does not begin anew; the keys of the tickets change every six hours.
        config.ticketer = Ticketer::new().map_err(unusable)?;
        // What is strongest is ours to say.
        config.ignore_client_order = true;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Tls { config: Arc::new(config), shown })
    }

    /// Shows this certificate from the next connection on.
    ///
    /// # Errors
    /// The end of a sentence that says what is wrong with "the certificate and the key": they do not fit, or are of a kind
    /// that cannot be used. Then the one before stays.
    pub fn show(&self, certificate: &Certificate) -> Result<(), &'static str> {
        *self.shown.0.write().unwrap_or_else(PoisonError::into_inner) = signing(certificate)?;
        Ok(())
    }

    /// Our side of a new connection.
    pub(super) fn connection(&self) -> Option<ServerConnection> {
        ServerConnection::new(Arc::clone(&self.config)).ok()
    }
}

fn signing(certificate: &Certificate) -> Result<Arc<CertifiedKey>, &'static str> {
    let Certificate { chain, key, .. } = certificate;
    CertifiedKey::from_der(chain.clone(), key.clone_key(), &default_provider()).map(Arc::new).map_err(
        |error| match error {
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => "do not belong together",
            _ => "cannot be used: the key has to be RSA, ECDSA (P-256 or P-384) or Ed25519",
        },
    )
}
