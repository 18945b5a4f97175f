//! Own words for the errors of the HTTP library, whose texts may contain URLs.

use std::time::Duration;

use super::RequestError;

/// The start of the standard library's message about a name without an address. The error has no kind of its own.
const LOOKUP_FAILED: &str = "failed to lookup address information";

/// The error of a request to `host`, for which `time` was the limit.
pub(super) fn request_error(host: &str, time: Duration, error: ureq::Error) -> RequestError {
    let host = host.to_owned();
    let unreachable = |reason: String| RequestError::Unreachable {
        host: host.clone(),
        reason,
    };
    match error {
        ureq::Error::Timeout(_) => RequestError::Timeout(time),
        ureq::Error::BodyExceedsLimit(limit) => RequestError::TooLarge(limit),
        ureq::Error::HostNotFound => unreachable("unknown host".to_owned()),
        ureq::Error::InvalidProxyUrl => {
            unreachable("the address of the proxy is not valid".to_owned())
        }
        ureq::Error::ConnectProxyFailed(_) => {
            unreachable("the proxy refuses the connection".to_owned())
        }
        ureq::Error::Tls(reason) => RequestError::Tls {
            host,
            reason: reason.to_owned(),
        },
        ureq::Error::Rustls(reason) => RequestError::Tls {
            host,
            reason: tls_reason(&reason),
        },
        ureq::Error::Io(error) => match error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<rustls::Error>())
        {
            Some(reason) => RequestError::Tls {
                host,
                reason: tls_reason(reason),
            },
            None if error.to_string().starts_with(LOOKUP_FAILED) => {
                unreachable("unknown host".to_owned())
            }
            None => unreachable(error.kind().to_string()),
        },
        _ => unreachable("the answer is not HTTP".to_owned()),
    }
}

fn tls_reason(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer) => {
            "its certificate is signed by an unknown authority; name the authority's certificate in \
             ADDITIONAL_CA_CERT_BUNDLE or SSL_CERT_FILE"
                .to_owned()
        }
        other => other.to_string(),
    }
}
