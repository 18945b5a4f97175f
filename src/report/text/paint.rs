//! The colours of the text report. Colour repeats what the words say and never says more.

use anstyle::{AnsiColor, Effects, Style};

use crate::model::Severity;

/// Colours, or none.
#[derive(Clone, Copy)]
pub(super) struct Paint {
    color: bool,
}

impl Paint {
    pub(super) fn new(color: bool) -> Self {
        Self { color }
    }

    /// `text` in a style, or as it is.
    fn apply(self, style: Style, text: &str) -> String {
        if self.color {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    /// Something as bad as its severity.
    pub(super) fn severity(self, severity: Severity, text: &str) -> String {
        let color = match severity {
            Severity::Critical | Severity::High => AnsiColor::Red,
            Severity::Medium => AnsiColor::Yellow,
            Severity::Low => AnsiColor::Cyan,
            Severity::Info => AnsiColor::Green,
        };
        self.apply(
            Style::new().fg_color(Some(color.into())) | Effects::BOLD,
            text,
        )
    }

    /// What the eye should find first.
    pub(super) fn strong(self, text: &str) -> String {
        self.apply(Style::new().bold(), text)
    }

    /// Line numbers, arrows and rules.
    pub(super) fn frame(self, text: &str) -> String {
        self.apply(
            Style::new().fg_color(Some(AnsiColor::Blue.into())) | Effects::BOLD,
            text,
        )
    }

    /// Something to copy and run.
    pub(super) fn command(self, text: &str) -> String {
        self.apply(Style::new().fg_color(Some(AnsiColor::Cyan.into())), text)
    }

    /// Something that went wrong.
    pub(super) fn error(self, text: &str) -> String {
        self.apply(
            Style::new().fg_color(Some(AnsiColor::BrightRed.into())) | Effects::BOLD,
            text,
        )
    }

    /// Something that went well.
    pub(super) fn good(self, text: &str) -> String {
        self.apply(
            Style::new().fg_color(Some(AnsiColor::Green.into())) | Effects::BOLD,
            text,
        )
    }
}
