//! The certificates that are trusted: those of the system (or of `SSL_CERT_FILE`), and the operator's own.

use ureq::tls::{Certificate, PemItem, RootCerts, parse_pem};

/// A text that contains no certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("contains no certificate in PEM format")]
pub struct CertificateError;

/// The certificates of a text in PEM format, as DER.
///
/// # Errors
/// If it contains none, or a damaged one.
pub fn parse_certificates(pem: &[u8]) -> Result<Vec<Vec<u8>>, CertificateError> {
    let mut found = Vec::new();
    for item in parse_pem(pem) {
        if let PemItem::Certificate(certificate) = item.map_err(|_| CertificateError)? {
            found.push(certificate.der().to_vec());
        }
    }
    if found.is_empty() {
        Err(CertificateError)
    } else {
        Ok(found)
    }
}

/// The system's certificates and `additional` ones.
pub(super) fn root_certificates(additional: &[Vec<u8>]) -> RootCerts {
    // Unreadable certificates are skipped: without a matching one the connection fails.
    let system = rustls_native_certs::load_native_certs().certs;
    let all: Vec<Certificate<'static>> = system
        .iter()
        .map(|certificate| certificate.as_ref())
        .chain(additional.iter().map(Vec::as_slice))
        .map(|der| Certificate::from_der(der).to_owned())
        .collect();
    RootCerts::new_with_certs(&all)
}
