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
        if !outcome.is_complete() {
            Self::Incomplete
        } else if outcome.findings.is_empty() || exit_zero {
            Self::Clean
        } else {
            Self::Findings
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
