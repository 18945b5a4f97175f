//! Errors and warnings on standard error, and the abilities of the terminal.

use std::io::{IsTerminal as _, Write as _};

use super::args::Color;
use super::safe::safe;
use crate::model::{ItemError, plural};

/// Maximum number of unreadable items that are named.
const MAX_ERRORS: usize = 50;

/// Prints why the program could not do its work. Ignores a closed pipe.
pub(super) fn complain(error: &anyhow::Error) {
    let is_closed_pipe = error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    });
    if !is_closed_pipe {
        say(&format!("error: {}", causes(error)));
    }
}

/// The error with its causes. Some errors already contain the text of their cause.
pub(super) fn causes(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(|cause| cause.to_string()) {
        if text.is_empty() {
            text = cause;
        } else if !text.ends_with(cause.as_str()) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}

/// Prints a text on standard error, without credentials and control characters. Errors are ignored: they could
/// not be reported anywhere.
pub(super) fn say(text: &str) {
    drop(writeln!(anstream::stderr().lock(), "{}", safe(text)));
}

/// Prints the items that could not be read, on standard error: an incomplete scan must explain itself even
/// if nothing else is printed. The errors must be clean.
pub(super) fn say_errors(errors: &[ItemError]) {
    for error in errors.iter().take(MAX_ERRORS) {
        let path = error.path.as_ref().map(|path| format!("{path}: "));
        say(&format!(
            "error: {}{}",
            path.unwrap_or_default(),
            error.message
        ));
    }
    if errors.len() > MAX_ERRORS {
        let more = plural(errors.len() - MAX_ERRORS, "error", "errors");
        say(&format!("and {more} more"));
    }
}

/// Prints a text on standard output, without control characters.
pub(super) fn print(text: &str) -> std::io::Result<()> {
    let text = crate::report::printable_text(text);
    std::io::stdout().lock().write_all(text.as_bytes())
}

/// True if standard output is to be coloured.
pub(super) fn is_coloured(color: Color) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            std::io::stdout().is_terminal()
                && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
                && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
        }
    }
}

/// Makes a panic report its location and nothing else: its own message may quote scanned text.
pub fn install_panic_hook() {
    std::panic::set_hook(Box::new(|info| {
        let place = info
            .location()
            .map_or_else(String::new, |place| format!(" at {place}"));
        // Not by `say`: it may be what panicked. Neither part is made of input.
        let message = format!(
            "internal error{place}: this is a defect of tokensweep {}; the scan is not complete",
            env!("CARGO_PKG_VERSION")
        );
        drop(writeln!(std::io::stderr(), "{message}"));
    }));
}
