//! Reads JSON reports, which are untrusted.

use std::io::{self, Read};

use serde::Deserialize;
use serde_json::error::Category;

use super::{JsonDocument, SCHEMA_VERSION};

/// Maximum size of a report in bytes: enough for some hundred thousand findings.
pub const MAX_BYTES: u64 = 256 << 20;

/// Number of values that a report of any size may have.
const FREE_VALUES: u64 = 500_000;

/// Minimum number of bytes for each value in a larger report, so that its size limits the memory for
/// reading it. Real reports have over 20.
const BYTES_PER_VALUE: u64 = 12;

/// Counts the values of a JSON text; the result is at most one too low for each empty list or object.
fn count_values(bytes: &[u8]) -> u64 {
    let mut count = 0;
    let mut in_string = false;
    let mut is_escaped = false;
    for byte in bytes {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_string => is_escaped = true,
            b'"' => in_string = !in_string,
            b',' | b'[' | b'{' if !in_string => count += 1,
            _ => {}
        }
    }
    count
}

/// An error of reading a JSON report. Its text repeats nothing of the report, which is untrusted.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The report could not be read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Larger than [`MAX_BYTES`].
    #[error("it is larger than the {} MiB that are read", MAX_BYTES >> 20)]
    Size,
    /// Has more values than its size allows.
    #[error("it is not a report of tokensweep: almost all of its {0} values are empty")]
    Values(u64),
    /// Not JSON, or not a report.
    #[error("it is not a JSON report of tokensweep: line {line}, column {column}: {what}")]
    Form {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// The error.
        what: String,
    },
    /// A report with a later schema version.
    #[error("its schema version is {0}, and this program reads version {SCHEMA_VERSION}")]
    Version(u32),
}

impl From<serde_json::Error> for ReadError {
    fn from(error: serde_json::Error) -> Self {
        let text = error.to_string();
        let what = match error.classify() {
            Category::Io => return Self::Io(error.into()),
            Category::Eof => "it ends too early".to_owned(),
            Category::Syntax => "no JSON".to_owned(),
            Category::Data if text.starts_with("unknown variant") => {
                "a value of the wrong kind, or a \
                word that this version of the program does not know"
                    .to_owned()
            }
            // Other messages of this kind quote the report; these contain only Tokensweep's own keys.
            Category::Data => text
                .split(" at line ")
                .next()
                .filter(|text| {
                    ["missing field", "duplicate field"]
                        .iter()
                        .any(|start| text.starts_with(start))
                })
                .unwrap_or("a value of the wrong kind")
                .to_owned(),
        };
        Self::Form {
            line: error.line(),
            column: error.column(),
            what,
        }
    }
}

/// The keys that every version of the report has.
#[derive(Deserialize)]
struct SchemaVersion {
    schema_version: u32,
}

impl JsonDocument {
    /// Reads a whole report, at most [`MAX_BYTES`] of it.
    ///
    /// # Errors
    /// If it cannot be read or is not a report.
    pub fn read(input: impl Read) -> Result<Self, ReadError> {
        let mut bytes = Vec::new();
        input.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(ReadError::Size);
        }
        Self::from_bytes(&bytes)
    }

    /// Reads a whole report from memory.
    ///
    /// # Errors
    /// If it is not valid.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ReadError> {
        let values = count_values(bytes);
        if values > FREE_VALUES + bytes.len() as u64 / BYTES_PER_VALUE {
            return Err(ReadError::Values(values));
        }
        // Checked first, since a later schema may have other keys.
        let SchemaVersion { schema_version } = serde_json::from_slice(bytes)?;
        if schema_version != SCHEMA_VERSION {
            return Err(ReadError::Version(schema_version));
        }
        Ok(serde_json::from_slice(bytes)?)
    }
}
