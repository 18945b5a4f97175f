//! Certificates to trust besides those of the system.

use std::fs;
use std::io::{self, Write as _};

use super::system::{CiCertificates, CiSetting};

/// The largest bundle that is read, in bytes.
const MAX_BUNDLE: u64 = 16 << 20;

/// Locations of the trusted certificates of common systems.
const SYSTEM: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
];

/// Reads the certificates of the operator and of the CI system, each with the name of the setting.
///
/// # Errors
/// If the operator's certificates cannot be read.
pub(super) fn additional(certificates: &CiCertificates) -> io::Result<Vec<(&'static str, String)>> {
    let mut texts = Vec::new();
    if let Some(setting) = &certificates.bundle {
        texts.push((setting.name, text(setting)?));
    }
    if let Some(setting) = &certificates.own_file {
        // The file need not be one that the CI system has written.
        let text = read(&setting.value, setting.name).ok();
        texts.extend(text.map(|text| (setting.name, text)));
    }
    Ok(texts)
}

/// Returns the certificates in a setting, or in the file that it names.
fn text(setting: &CiSetting) -> io::Result<String> {
    match setting.value.contains("-----BEGIN") {
        true => Ok(setting.value.clone()),
        false => read(setting.value.trim(), setting.name),
    }
}

/// Writes a file with the certificates of the system, of the CI system and of the operator; `None` if there are
/// only those of the system.
///
/// # Errors
/// If the operator's certificates cannot be read, or the file cannot be written.
pub(super) fn write_bundle(
    certificates: &CiCertificates,
) -> io::Result<Option<tempfile::NamedTempFile>> {
    let own = match &certificates.bundle {
        Some(setting) => text(setting)?,
        None if certificates.own_file.is_some() => String::new(),
        None => return Ok(None),
    };
    let mut file = tempfile::NamedTempFile::new()?;
    // Git trusts this file instead of the system's, so both are written.
    let files = certificates.files.iter().map(String::as_str);
    for path in files.chain(SYSTEM) {
        if let Ok(text) = read(path, path) {
            writeln!(file, "{text}")?;
        }
    }
    writeln!(file, "{own}")?;
    file.flush()?;
    Ok(Some(file))
}

fn read(path: &str, setting: &str) -> io::Result<String> {
    let invalid = |error: io::Error| {
        let message = format!("{setting} is neither a certificate nor a file with certificates");
        io::Error::new(error.kind(), message)
    };
    if fs::metadata(path).map_err(invalid)?.len() > MAX_BUNDLE {
        return Err(io::Error::other(format!(
            "{setting} names a file that is too large"
        )));
    }
    fs::read_to_string(path).map_err(invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificates(value: &str) -> CiCertificates {
        let setting = CiSetting {
            name: "BUNDLE",
            value: value.to_owned(),
        };
        CiCertificates {
            bundle: Some(setting),
            ..CiCertificates::default()
        }
    }

    #[test]
    fn accepts_text_and_files() {
        let text = "-----BEGIN CERTIFICATE-----\nmade up\n-----END CERTIFICATE-----\n";
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        for value in [text, file.path().to_str().unwrap()] {
            let bundle = write_bundle(&certificates(value)).unwrap().unwrap();
            let written = fs::read_to_string(bundle.path()).unwrap();
            assert!(written.contains(text.trim()));
        }
        let none = write_bundle(&CiCertificates::default()).unwrap();
        assert!(none.is_none());
        let error = write_bundle(&certificates("/nonexistent")).unwrap_err();
        assert!(error.to_string().contains("BUNDLE"), "{error}");
    }
}
