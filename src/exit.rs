//! Exit codes. Their numbers are defined here only.

use std::process::ExitCode;

use crate::model::Outcome;

/// The result of a run, as an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// Everything was scanned, without findings.
    Clean,
    /// Everything was scanned, with findings.
    Findings,
    /// The scan is incomplete or could not start. Takes precedence over `Findings`.
    Incomplete,
    /// Stopped by the user (Ctrl-C or a termination signal).
    Interrupted,
}

impl ExitStatus {
    /// Returns the exit code of a scan with this outcome; with `exit_zero`, findings do not make it
    /// fail.
    pub fn of(outcome: &Outcome, exit_zero: bool) -> Self {
        Self::new(
            outcome.is_complete(),
            outcome.findings.is_empty() || exit_zero,
        )
    }

    /// Returns the exit code of work that was done completely or not, and that leaves something or not.
    pub fn new(is_complete: bool, is_clean: bool) -> Self {
        match (is_complete, is_clean) {
            (false, _) => Self::Incomplete,
            (true, true) => Self::Clean,
            (true, false) => Self::Findings,
        }
    }

    /// Returns the number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Findings => 1,
            Self::Incomplete => 2,
            // 128 + SIGINT, as in shells.
            Self::Interrupted => 130,
        }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status.code())
    }
}
