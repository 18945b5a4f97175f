//! The log of a job: levels, sections that can be folded, one paragraph on what is done and why.

use std::io::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use super::variables::Variables;
use crate::cli::safe::safe;

/// How much is said, by `SECURE_LOG_LEVEL`, which GitLab's own scanners obey.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Fatal,
    Error,
    Warn,
    Info,
    Debug,
}

impl Level {
    fn of(word: Option<&str>) -> Self {
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

/// Where the log goes, and how much of it.
#[derive(Debug)]
pub(super) struct Log {
    level: Level,
    sections: bool,
    to_stdout: bool,
}

impl Log {
    /// `to_stdout`: standard output is for people, so that the log stands among the findings there;
    /// else it goes to standard error.
    pub(super) fn new(variables: &Variables, to_stdout: bool) -> Self {
        Self {
            level: Level::of(variables.get("SECURE_LOG_LEVEL")),
            sections: variables.is_gitlab(),
            to_stdout,
        }
    }

    /// True if as much as that is said.
    pub(super) fn says(&self, level: Level) -> bool {
        level <= self.level
    }

    pub(super) fn error(&self, text: &str) {
        self.line(Level::Error, text);
    }

    pub(super) fn warn(&self, text: &str) {
        self.line(Level::Warn, text);
    }

    pub(super) fn info(&self, text: &str) {
        self.line(Level::Info, text);
    }

    pub(super) fn debug(&self, text: &str) {
        self.line(Level::Debug, text);
    }

    fn line(&self, level: Level, text: &str) {
        if self.says(level) {
            self.print(&format!("{} {}\n", level.prefix(), safe(text)));
        }
    }

    /// Does some work whose output GitLab shows as a section that can be folded
    /// (<https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections>).
    pub(super) fn section<T>(
        &self,
        name: &str,
        title: &str,
        folded: bool,
        work: impl FnOnce() -> T,
    ) -> T {
        if !self.sections || !self.says(Level::Info) {
            return work();
        }
        let folded = if folded { "[collapsed=true]" } else { "" };
        self.print(&format!(
            "\x1b[0Ksection_start:{}:{name}{folded}\r\x1b[0K{title}\n",
            now()
        ));
        let result = work();
        self.print(&format!("\x1b[0Ksection_end:{}:{name}\r\x1b[0K\n", now()));
        result
    }

    /// Prints; if that is not possible there is nowhere else to say it.
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

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| elapsed.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_gitlabs() {
        for (word, level) in [
            (None, Level::Info),
            (Some("info"), Level::Info),
            (Some("DEBUG"), Level::Debug),
            (Some("warn"), Level::Warn),
            (Some("error"), Level::Error),
            (Some("fatal"), Level::Fatal),
            (Some("odd"), Level::Info),
        ] {
            assert_eq!(Level::of(word), level, "{word:?}");
        }
        assert!(Level::Warn < Level::Info);
    }

    #[test]
    fn a_branch_name_cannot_forge_a_section() {
        let text = safe("branch \u{1b}[0Ksection_end:1:x\r");
        assert!(!text.contains('\u{1b}') && !text.contains('\r'), "{text:?}");
    }
}
