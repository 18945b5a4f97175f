//! The log of revocations: JSON lines that contain no secret.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Revocation;
use crate::model::{Fingerprint, Owner, RuleId, TokenDetails, TokenKind};

/// One line of the log: the credential, its owner, the time and the result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    /// When: RFC 3339, UTC.
    pub time: String,
    /// The URL of the instance.
    pub instance: String,
    /// The id of the secret, as in the JSON report.
    pub secret_id: String,
    /// The fingerprint of its first finding.
    pub fingerprint: Fingerprint,
    /// The rule that found it.
    pub rule_id: RuleId,
    /// Its kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<TokenKind>,
    /// The secret, redacted.
    pub secret: String,
    /// Its owner, if the token contains one.
    #[serde(default, skip_serializing_if = "Owner::is_empty")]
    pub owner: Owner,
    /// The verification result that the report contains.
    #[serde(default, skip_serializing_if = "TokenDetails::is_empty")]
    pub token: TokenDetails,
    /// The result.
    #[serde(flatten)]
    pub revocation: Revocation,
}

/// An open log.
#[derive(Debug)]
pub struct RevocationLog {
    file: File,
    /// Time of each logged revocation, by instance and secret.
    done: HashMap<(String, String), String>,
}

impl RevocationLog {
    /// Opens a log to append to; creates it so that only its owner can read it.
    ///
    /// # Errors
    /// If it cannot be opened, is a symbolic link, or contains a line that is not of this log.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;

            // A repository may have created a link at the path.
            let no_link = rustix::fs::OFlags::NOFOLLOW.bits();
            options.mode(0o600);
            options.custom_flags(i32::try_from(no_link).unwrap_or_default());
        }
        let mut file =
            options
                .open(path)
                .map_err(|error| match std::fs::symlink_metadata(path) {
                    Ok(found) if found.is_symlink() => {
                        io::Error::new(error.kind(), "it is a symbolic link")
                    }
                    _ => error,
                })?;
        let mut done = HashMap::new();
        let mut is_cut = false;
        for (index, line) in BufReader::new(&file).lines().enumerate() {
            let line = line?;
            is_cut = false;
            if line.trim().is_empty() {
                continue;
            }
            match serde_json::from_str::<LogEntry>(&line) {
                Ok(entry) if entry.revocation.is_done() => {
                    done.insert((entry.instance, entry.secret_id), entry.time);
                }
                Ok(_) => {}
                // A run that was killed may leave half a line at the end.
                Err(error) if error.is_eof() => is_cut = true,
                Err(_) => {
                    let message = format!("line {} is not an entry of a revocation log", index + 1);
                    return Err(io::Error::new(io::ErrorKind::InvalidData, message));
                }
            }
        }
        if is_cut {
            file.write_all(b"\n")?;
        }
        Ok(Self { file, done })
    }

    /// Returns the logged time at which a secret was revoked at an instance.
    pub fn done_at(&self, instance: &str, secret_id: &str) -> Option<&str> {
        let key = (instance.to_owned(), secret_id.to_owned());
        self.done.get(&key).map(String::as_str)
    }

    /// Appends a line and waits until it is on disk.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn append(&mut self, entry: &LogEntry) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        self.file.write_all(&line)?;
        self.file.sync_data()
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn does_not_append_through_a_link() {
        let temp = tempfile::tempdir().unwrap();
        let (log, target) = (temp.path().join("log"), temp.path().join("target"));
        std::fs::write(&target, "x").unwrap();
        std::os::unix::fs::symlink(&target, &log).unwrap();
        let error = RevocationLog::open(&log).unwrap_err();
        assert_eq!(error.to_string(), "it is a symbolic link");
        assert_eq!(std::fs::read(&target).unwrap(), b"x");
    }
}
