//! The colours of the text report. They add no information to the words.

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

    /// Formats `text` in a style, or unchanged.
    fn apply(self, style: Style, text: &str) -> String {
        if self.color {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    /// Highlights a text by severity.
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

    /// Highlights the most important text.
    pub(super) fn strong(self, text: &str) -> String {
        self.apply(Style::new().bold(), text)
    }

    /// Highlights line numbers, arrows and rules.
    pub(super) fn frame(self, text: &str) -> String {
        self.apply(
            Style::new().fg_color(Some(AnsiColor::Blue.into())) | Effects::BOLD,
            text,
        )
    }

    /// Highlights a command.
    pub(super) fn command(self, text: &str) -> String {
        self.apply(Style::new().fg_color(Some(AnsiColor::Cyan.into())), text)
    }

    /// Highlights an error.
    pub(super) fn error(self, text: &str) -> String {
        self.apply(
            Style::new().fg_color(Some(AnsiColor::BrightRed.into())) | Effects::BOLD,
            text,
        )
    }

    /// Highlights a success.
    pub(super) fn good(self, text: &str) -> String {
        self.apply(
            Style::new().fg_color(Some(AnsiColor::Green.into())) | Effects::BOLD,
            text,
        )
    }
}
