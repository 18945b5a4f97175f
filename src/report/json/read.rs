//! Reads JSON reports, which are untrusted.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read, Seek as _, Write as _};

use serde::Deserialize;
use serde_json::error::Category;

use super::{JsonDocument, SCHEMA_VERSION};

/// Maximum size of a report in bytes: enough for 100,000 findings of rules with long remediations.
pub const MAX_BYTES: u64 = 512 << 20;

/// Size of the buffer for reading a file in bytes.
const BUFFER: usize = 64 << 10;

/// Size in bytes up to which a report is read from memory; the memory for a larger one does not grow with its size,
/// but with the number of its findings.
const IN_MEMORY: u64 = 32 << 20;

/// Number of values that a report of any size may have.
const FREE_VALUES: u64 = 500_000;

/// Minimum number of bytes for each value in a larger report, so that its size limits the memory for
/// reading it. Real reports have over 20.
const BYTES_PER_VALUE: u64 = 12;

/// Minimum number of bytes for each value behind the first 256 MiB.
const BYTES_PER_VALUE_OF_LARGE: u64 = 32;
const LARGE: u64 = 256 << 20;

/// Counts the values of a JSON text; the result is at most one too low for each empty list or object.
#[derive(Default)]
struct ValueCounter {
    bytes: u64,
    values: u64,
    in_string: bool,
    is_escaped: bool,
}

impl ValueCounter {
    fn add(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        for byte in bytes {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' if self.in_string => self.is_escaped = true,
                b'"' => self.in_string = !self.in_string,
                b',' | b'[' | b'{' if !self.in_string => self.values += 1,
                _ => {}
            }
        }
    }

    fn check(&self) -> Result<(), ReadError> {
        let more = self.bytes.saturating_sub(LARGE);
        let limit =
            FREE_VALUES + (self.bytes - more) / BYTES_PER_VALUE + more / BYTES_PER_VALUE_OF_LARGE;
        if self.values > limit {
            return Err(ReadError::Values(self.values));
        }
        Ok(())
    }
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

impl SchemaVersion {
    fn check(self) -> Result<(), ReadError> {
        match self.schema_version {
            SCHEMA_VERSION => Ok(()),
            other => Err(ReadError::Version(other)),
        }
    }
}

impl JsonDocument {
    /// Reads a whole report, at most [`MAX_BYTES`] of it.
    ///
    /// # Errors
    /// If it cannot be read or is not a report.
    pub fn read(mut input: impl Read) -> Result<Self, ReadError> {
        let mut bytes = Vec::new();
        input.by_ref().take(IN_MEMORY).read_to_end(&mut bytes)?;
        if (bytes.len() as u64) < IN_MEMORY {
            return Self::from_bytes(&bytes);
        }
        let mut file = tempfile::tempfile()?;
        file.write_all(&bytes)?;
        drop(bytes);
        let copied = io::copy(&mut input.take(MAX_BYTES + 1 - IN_MEMORY), &mut file)?;
        if IN_MEMORY + copied > MAX_BYTES {
            return Err(ReadError::Size);
        }
        Self::from_file(&file)
    }

    /// Reads a whole report from memory.
    ///
    /// # Errors
    /// If it is not valid.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ReadError> {
        let mut counter = ValueCounter::default();
        counter.add(bytes);
        counter.check()?;
        // Checked first, since a later schema may have other keys.
        serde_json::from_slice::<SchemaVersion>(bytes)?.check()?;
        Ok(serde_json::from_slice(bytes)?)
    }

    fn from_file(mut file: &File) -> Result<Self, ReadError> {
        let mut start = || -> io::Result<BufReader<&File>> {
            file.rewind()?;
            Ok(BufReader::with_capacity(BUFFER, file))
        };
        let mut counter = ValueCounter::default();
        let mut reader = start()?;
        loop {
            let bytes = reader.fill_buf()?;
            if bytes.is_empty() {
                break;
            }
            counter.add(bytes);
            let length = bytes.len();
            reader.consume(length);
        }
        counter.check()?;
        serde_json::from_reader::<_, SchemaVersion>(start()?)?.check()?;
        Ok(serde_json::from_reader(start()?)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(findings: &str) -> String {
        format!(
            r#"{{"schema_version":1,"tool":{{"name":"tokensweep","version":"0.1.0"}},"scan":{{"complete":true,"rules":[]}},
            "findings":[{findings}],"suppressed":[],"skipped":[],"errors":[],"notes":[],"rules":[],
            "summary":{{"files":1,"bytes":1,"repositories":1,"findings":0,"secrets":0,"by_severity":{{"critical":0,"high":0,
            "medium":0,"low":0,"info":0}},
            "below_threshold":0,"suppressed":{{}},"left_out":{{}},"errors":0}}}}"#
        )
    }

    fn from_file(text: &str) -> Result<JsonDocument, ReadError> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        JsonDocument::from_file(&file)
    }

    #[test]
    fn reads_the_same_from_a_file_and_from_memory() {
        let finding = r#"{"rule_id":"a-b","title":"t","severity":"high","confidence":"high","message":"m",
            "fingerprint":"1:0000000000000000000000000000000000000000000000000000000000000000",
            "remedies":[{"action":"a"}],"secret":"[4 redacted]","secret_id":"1",
            "location":{"path":"p","start_line":1,"start_column":1,"end_line":1,"end_column":2},
            "excerpt":{"before":"\\u00e9","after":""}}"#;
        let versions = r#"{"schema_version":99}"#;
        for text in [
            &report(finding),
            &report(&[finding; 3].join(",")),
            "",
            "[",
            versions,
            "{}",
        ] {
            let texts = [
                format!("{:?}", from_file(text)),
                format!("{:?}", JsonDocument::from_bytes(text.as_bytes())),
            ];
            assert_eq!(texts[0], texts[1]);
        }
        assert_eq!(from_file(&report(finding)).unwrap().findings.len(), 1);
    }

    #[test]
    fn limits_the_number_of_values_by_the_size() {
        let of = |bytes, values| {
            ValueCounter {
                bytes,
                values,
                ..ValueCounter::default()
            }
            .check()
        };
        assert!(of(100, FREE_VALUES).is_ok());
        assert!(of(LARGE, LARGE / 10).is_err());
        assert!(of(MAX_BYTES, MAX_BYTES / 20).is_ok());
        assert!(of(MAX_BYTES, MAX_BYTES / 14).is_err());
    }
}
