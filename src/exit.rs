//! What exit codes mean. The only place where the numbers stand.

use std::process::ExitCode;

use crate::model::Outcome;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// Everything was scanned, nothing to report.
    Clean,
    /// Everything was scanned, there are findings.
    Findings,
    /// The scan is not complete or could not start. Wins over `Findings`.
    Incomplete,
    /// Stopped by the user (Ctrl-C or a termination signal).
    Interrupted,
}

impl ExitStatus {
    /// How a scan with this outcome ends; `exit_zero` makes findings no reason to fail.
    pub fn of(outcome: &Outcome, exit_zero: bool) -> Self {
        if !outcome.is_complete() {
            Self::Incomplete
        } else if outcome.findings.is_empty() || exit_zero {
            Self::Clean
        } else {
            Self::Findings
        }
    }

    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Findings => 1,
            Self::Incomplete => 2,
            // 128 + SIGINT, as shells count.
            Self::Interrupted => 130,
        }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status.code())
    }
}
