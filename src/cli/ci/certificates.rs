//! `ADDITIONAL_CA_CERT_BUNDLE` and `CI_SERVER_TLS_CA_FILE`: certificates to trust besides those of the
//! system.

use std::fs;
use std::io::{self, Write as _};

use super::variables::Variables;

const ADDITIONAL: &str = "ADDITIONAL_CA_CERT_BUNDLE";
const SERVER_CA: &str = "CI_SERVER_TLS_CA_FILE";

/// The largest bundle that is read, in bytes.
const MAX_BUNDLE: u64 = 16 << 20;

/// Where systems keep the certificates that they trust.
const SYSTEM: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
];

/// The texts of the certificates to trust besides the system's, each with the variable that names it.
///
/// # Errors
/// If a file that a variable names cannot be read.
pub(super) fn additional(variables: &Variables) -> io::Result<Vec<(&'static str, String)>> {
    let mut texts = Vec::new();
    if let Some(text) = own(variables)? {
        texts.push((ADDITIONAL, text));
    }
    if let Some(path) = variables.get(SERVER_CA) {
        // The runner names a file that it may not have written.
        texts.extend(read(path).ok().map(|text| (SERVER_CA, text)));
    }
    Ok(texts)
}

/// The certificates of `ADDITIONAL_CA_CERT_BUNDLE`: the text itself, or the file that it names.
fn own(variables: &Variables) -> io::Result<Option<String>> {
    Ok(match variables.get(ADDITIONAL) {
        Some(value) if value.contains("-----BEGIN") => Some(value.to_owned()),
        Some(value) => Some(read(value.trim())?),
        None => None,
    })
}

/// A file with the system's certificates and those of the variables; `None` if neither is set.
///
/// The first variable holds the certificates themselves, or the path of a file with them, as GitLab's own
/// scanners have it.
///
/// # Errors
/// If the file that it names cannot be read, or none can be written.
pub(super) fn bundle(variables: &Variables) -> io::Result<Option<tempfile::NamedTempFile>> {
    let own = match own(variables)? {
        Some(text) => text,
        // Runners put the certificate of their GitLab there, and into a configuration that is not read.
        None if variables.get(SERVER_CA).is_some() => String::new(),
        None => return Ok(None),
    };
    let named = ["GIT_SSL_CAINFO", "SSL_CERT_FILE", SERVER_CA];
    let named = named.iter().filter_map(|name| variables.get(name));
    let mut file = tempfile::NamedTempFile::new()?;
    // Git trusts the one file instead of the system's, so both go in.
    for path in named.chain(SYSTEM) {
        if let Ok(text) = read(path) {
            writeln!(file, "{text}")?;
        }
    }
    writeln!(file, "{own}")?;
    file.flush()?;
    Ok(Some(file))
}

fn read(path: &str) -> io::Result<String> {
    let about = |error: io::Error| {
        io::Error::new(
            error.kind(),
            "ADDITIONAL_CA_CERT_BUNDLE is neither a certificate nor a file with certificates",
        )
    };
    let length = fs::metadata(path).map_err(about)?.len();
    if length > MAX_BUNDLE {
        return Err(io::Error::other(
            "ADDITIONAL_CA_CERT_BUNDLE names a file that is too large",
        ));
    }
    fs::read_to_string(path).map_err(about)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(value: &str) -> Variables {
        Variables::new([("ADDITIONAL_CA_CERT_BUNDLE".to_owned(), value.to_owned())])
    }

    #[test]
    fn text_and_file_both_work() {
        let text = "-----BEGIN CERTIFICATE-----\nmade up\n-----END CERTIFICATE-----\n";
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        for value in [text, file.path().to_str().unwrap()] {
            let bundle = bundle(&variables(value)).unwrap().unwrap();
            assert!(
                fs::read_to_string(bundle.path())
                    .unwrap()
                    .contains(text.trim())
            );
        }
        assert!(bundle(&Variables::default()).unwrap().is_none());
        let error = bundle(&variables("/nonexistent")).unwrap_err().to_string();
        assert!(error.contains("ADDITIONAL_CA_CERT_BUNDLE"), "{error}");
    }
}
