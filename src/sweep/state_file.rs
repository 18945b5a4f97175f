//! The file of a state, which is replaced atomically.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::state::{SweepState, VERSION};

/// Minimum time between two writes, unless the sweep ends.
const MIN_INTERVAL: Duration = Duration::from_millis(500);

/// Minimum interval between two writes, as a multiple of the duration of a write.
const SHARE_OF_TIME: u32 = 20;

/// An error of using a state. The messages contain the remedy.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The state cannot be read or written.
    #[error("cannot use the state '{state}': {reason}")]
    Io {
        /// Path or address of the state.
        state: String,
        /// The reason.
        reason: String,
    },
    /// The state is not one, or incomplete.
    #[error(
        "the state '{state}' is damaged ({reason}); restore it from a copy, or delete it to sweep everything again"
    )]
    Damaged {
        /// Path or address of the state.
        state: String,
        /// The error.
        reason: String,
    },
    /// A later version has written the state.
    #[error(
        "the state '{state}' has version {version}, and this program reads version {VERSION}; use a newer tokensweep, or another state"
    )]
    Version {
        /// Path or address of the state.
        state: String,
        /// Its version.
        version: u32,
    },
    /// The state belongs to another instance.
    #[error("the state '{state}' belongs to {instance}; use a state for each instance")]
    OtherInstance {
        /// Path or address of the state.
        state: String,
        /// Its instance.
        instance: String,
    },
}

/// A state in a file.
#[derive(Debug)]
pub struct StateFile {
    path: PathBuf,
    written: Option<Instant>,
    /// Duration of the last write.
    cost: Duration,
}

impl StateFile {
    /// Reads the state of an instance; a new one if the file does not exist.
    ///
    /// # Errors
    /// If the file cannot be read or is damaged, or its folder cannot be written.
    pub fn open(path: &Path, instance: &str) -> Result<(Self, SweepState), StateError> {
        let name = path.display().to_string();
        let io_error = |error: io::Error| StateError::Io {
            state: name.clone(),
            reason: error.to_string(),
        };
        let file = Self {
            path: path.to_owned(),
            written: None,
            cost: Duration::ZERO,
        };
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // Before the sweep: a sweep would be wasted if the path cannot be written.
                tempfile::NamedTempFile::new_in(file.folder()).map_err(io_error)?;
                return Ok((file, SweepState::new(instance)));
            }
            Err(error) => return Err(io_error(error)),
        };
        let state = parse(&bytes, &name, instance)?;
        Ok((file, state))
    }

    fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        }
    }

    /// Returns true if a write is due.
    pub(super) fn is_due(&self) -> bool {
        let interval = MIN_INTERVAL.max(self.cost * SHARE_OF_TIME);
        self.written
            .is_none_or(|written| written.elapsed() >= interval)
    }

    /// Writes the state.
    ///
    /// # Errors
    /// If the file cannot be replaced.
    pub fn write(&mut self, state: &SweepState) -> Result<(), StateError> {
        let started = Instant::now();
        let written = || -> io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(self.folder())?;
            {
                let mut out = io::BufWriter::new(file.as_file_mut());
                serde_json::to_writer(&mut out, state)?;
                out.write_all(b"\n")?;
                out.flush()?;
            }
            file.as_file().sync_all()?;
            file.persist(&self.path)?;
            Ok(())
        };
        written().map_err(|error| StateError::Io {
            state: self.path.display().to_string(),
            reason: error.to_string(),
        })?;
        self.cost = started.elapsed();
        self.written = Some(Instant::now());
        Ok(())
    }
}

/// Parses the state of an instance. `name` is the path or address of the state, for messages.
///
/// # Errors
/// If it is damaged, has another version, or belongs to another instance.
pub(super) fn parse(bytes: &[u8], name: &str, instance: &str) -> Result<SweepState, StateError> {
    #[derive(Deserialize)]
    struct Versioned {
        version: u32,
    }
    // The position only: the message of the parser quotes the file.
    let damaged = |error: serde_json::Error| StateError::Damaged {
        state: name.to_owned(),
        reason: format!("line {}, column {}", error.line(), error.column()),
    };
    let Versioned { version } = serde_json::from_slice(bytes).map_err(damaged)?;
    if version != VERSION {
        return Err(StateError::Version {
            state: name.to_owned(),
            version,
        });
    }
    let state: SweepState = serde_json::from_slice(bytes).map_err(damaged)?;
    if state.instance != instance {
        return Err(StateError::OtherInstance {
            state: name.to_owned(),
            instance: state.instance,
        });
    }
    Ok(state)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PlaceKind;
    use crate::sweep::Subject;

    #[test]
    fn rejects_damaged_states_and_those_of_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let (mut file, mut state) = StateFile::open(&path, "https://a.example").unwrap();
        state.begin();
        state
            .place(&Subject::instance("https://a.example"), PlaceKind::Logs)
            .read_at = 7;
        file.write(&state).unwrap();
        let (_, again) = StateFile::open(&path, "https://a.example").unwrap();
        assert_eq!(
            again.subjects["instance"].places[&PlaceKind::Logs].read_at,
            7
        );
        let error = StateFile::open(&path, "https://b.example").unwrap_err();
        assert!(matches!(error, StateError::OtherInstance { .. }), "{error}");
        let text = fs::read_to_string(&path).unwrap();
        for (damage, expected) in [
            (text[..text.len() / 2].to_owned(), "is damaged (line 1"),
            (String::new(), "is damaged (line 1"),
            (
                text.replacen("\"version\":1", "\"version\":9", 1),
                "has version 9",
            ),
        ] {
            fs::write(&path, damage).unwrap();
            let error = StateFile::open(&path, "https://a.example").unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
        }
        assert!(StateFile::open(&folder.path().join("none/state"), "https://a.example").is_err());
    }
}
