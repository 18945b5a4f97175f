//! The log of a CI job: levels, and sections that can be folded.

use std::io::Write as _;

use super::system::{CiJob, SectionEdge};
use crate::cli::safe::safe;

/// The importance of a line in the job log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LogLevel {
    Fatal,
    Error,
    Warn,
    Info,
    Debug,
}

impl LogLevel {
    fn parse(word: Option<&str>) -> Self {
        match word.map(str::to_ascii_lowercase).as_deref() {
            Some("fatal") => Self::Fatal,
            Some("error") => Self::Error,
            Some("warn" | "warning") => Self::Warn,
            Some("debug" | "trace") => Self::Debug,
            _ => Self::Info,
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::Fatal => "[FATAL]",
            Self::Error => "[ERRO]",
            Self::Warn => "[WARN]",
            Self::Info => "[INFO]",
            Self::Debug => "[DEBU]",
        }
    }
}

/// The log of a job.
#[derive(Debug)]
pub(super) struct JobLog {
    level: LogLevel,
    section: Option<fn(SectionEdge<'_>) -> String>,
    to_stdout: bool,
}

impl JobLog {
    /// Creates the log. It is written to standard output, among the findings, if that is for people; otherwise to
    /// standard error.
    pub(super) fn new(job: &CiJob, to_stdout: bool) -> Self {
        Self {
            level: LogLevel::parse(job.settings.log_level.as_deref()),
            section: job.section,
            to_stdout,
        }
    }

    /// Returns true if lines of this level are written.
    pub(super) fn says(&self, level: LogLevel) -> bool {
        level <= self.level
    }

    pub(super) fn error(&self, text: &str) {
        self.line(LogLevel::Error, text);
    }

    pub(super) fn warn(&self, text: &str) {
        self.line(LogLevel::Warn, text);
    }

    pub(super) fn info(&self, text: &str) {
        self.line(LogLevel::Info, text);
    }

    pub(super) fn debug(&self, text: &str) {
        self.line(LogLevel::Debug, text);
    }

    fn line(&self, level: LogLevel, text: &str) {
        if self.says(level) {
            self.print(&format!("{} {}\n", level.prefix(), safe(text)));
        }
    }

    /// Runs some work whose output is a section of the log, which may be folded.
    pub(super) fn section<T>(
        &self,
        name: &str,
        title: &str,
        is_folded: bool,
        work: impl FnOnce() -> T,
    ) -> T {
        let Some(section) = self.section.filter(|_| self.says(LogLevel::Info)) else {
            return work();
        };
        self.print(&section(SectionEdge::Start(name, title, is_folded)));
        let result = work();
        self.print(&section(SectionEdge::End(name)));
        result
    }

    /// Prints text. A failure cannot be reported anywhere else.
    fn print(&self, text: &str) {
        let written = if self.to_stdout {
            let mut out = std::io::stdout().lock();
            out.write_all(text.as_bytes()).and_then(|()| out.flush())
        } else {
            std::io::stderr().lock().write_all(text.as_bytes())
        };
        drop(written);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_levels_of_gitlab_scanners() {
        for (word, level) in [
            (None, LogLevel::Info),
            (Some("info"), LogLevel::Info),
            (Some("DEBUG"), LogLevel::Debug),
            (Some("warn"), LogLevel::Warn),
            (Some("error"), LogLevel::Error),
            (Some("fatal"), LogLevel::Fatal),
            (Some("odd"), LogLevel::Info),
        ] {
            assert_eq!(LogLevel::parse(word), level, "{word:?}");
        }
        assert!(LogLevel::Warn < LogLevel::Info);
    }

    #[test]
    fn escapes_sections_in_branch_names() {
        let text = safe("branch \u{1b}[0Ksection_end:1:x\r");
        assert!(!text.contains('\u{1b}') && !text.contains('\r'), "{text:?}");
    }
}
