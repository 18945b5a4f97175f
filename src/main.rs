//! The program: parse, run, turn the result into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    tokensweep::cli::install_panic_hook();
    #[cfg(unix)]
    tokensweep::cli::install_bus_error_handler();
    tokensweep::cli::run(std::env::args_os()).into()
}
