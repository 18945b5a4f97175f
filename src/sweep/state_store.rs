//! Where the state of a sweep is kept: a file, or a package of a project.

use std::convert::Infallible;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::state::SweepState;
use super::state_file::{StateError, StateFile};
use super::state_package::StatePackage;

/// The place of a state, as the operator names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateLocation {
    /// A file.
    File(PathBuf),
    /// The address of a file of a generic package.
    Package(String),
}

impl fmt::Display for StateLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Package(url) => f.write_str(url),
        }
    }
}

impl FromStr for StateLocation {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let is_address = ["https://", "http://"]
            .iter()
            .any(|scheme| text.starts_with(scheme));
        Ok(if is_address {
            Self::Package(text.to_owned())
        } else {
            Self::File(text.into())
        })
    }
}

/// A state that can be written.
#[derive(Debug)]
pub enum StateStore {
    /// In a file.
    File(StateFile),
    /// In a package.
    Package(StatePackage),
}

impl StateStore {
    /// Returns false for a package that does not exist yet.
    pub fn exists(&self) -> bool {
        match self {
            Self::File(_) => true,
            Self::Package(package) => package.exists(),
        }
    }

    /// Returns true if a write is due.
    pub(super) fn is_due(&self) -> bool {
        match self {
            Self::File(file) => file.is_due(),
            Self::Package(package) => package.is_due(),
        }
    }

    /// Writes the state.
    ///
    /// # Errors
    /// If it cannot be replaced.
    pub fn write(&mut self, state: &SweepState) -> Result<(), StateError> {
        match self {
            Self::File(file) => file.write(state),
            Self::Package(package) => package.write(state),
        }
    }

    /// Checks that the state can be written, before the work that it records.
    ///
    /// # Errors
    /// If a package that does not exist cannot be created.
    pub fn prepare(&mut self, state: &SweepState) -> Result<(), StateError> {
        match self {
            // Opening it has checked its folder.
            Self::File(_) => Ok(()),
            Self::Package(package) => package.create(state),
        }
    }
}
