//! What goes to the terminal beside reports: errors, warnings, and who reads them.

use std::io::{IsTerminal as _, Write as _};

use super::args::Color;

/// Prints why the program could not do its work. A closed pipe is no news to whoever closed it.
pub(super) fn complain(error: &anyhow::Error) {
    let is_closed_pipe = error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    });
    if !is_closed_pipe {
        say(&format!("error: {error:#}"));
    }
}

/// Prints a line on standard error. If that is not possible there is nowhere else to say it.
pub(super) fn say(line: &str) {
    drop(writeln!(anstream::stderr().lock(), "{line}"));
}

/// True if what goes to standard output is to be coloured.
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

/// Makes a panic tell where it happened and nothing else: its own message may quote what was being
/// scanned.
pub fn install_panic_hook() {
    std::panic::set_hook(Box::new(|info| {
        let place = info
            .location()
            .map_or_else(String::new, |place| format!(" at {place}"));
        say(&format!(
            "internal error{place}: this is a defect of tokensweep {}; the scan is not complete",
            env!("CARGO_PKG_VERSION")
        ));
    }));
}
