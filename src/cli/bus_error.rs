//! Reading a mapped file that shrinks. Packs and indexes are mapped into memory; if such a file is truncated, or its
//! disk fails, while it is read, the system sends `SIGBUS`, which would end the program without a word.

use nix::libc::c_int;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

use crate::exit::ExitStatus;

const MESSAGE: &[u8] = b"error: a file that is mapped into memory (a Git pack or index) was truncated or could not be \
    read from disk during the scan; nothing was reported: check the disk and run the scan again\n";

/// Makes `SIGBUS` end the program with a message and the exit code for errors.
pub fn install_bus_error_handler() {
    let handler = SigHandler::Handler(report_bus_error);
    let action = SigAction::new(handler, SaFlags::SA_ONSTACK, SigSet::empty());
    // SAFETY: the handler calls `write` and `_exit` alone, which POSIX lists as safe in signal handlers. It does
    // not return, and touches no memory of the program but a constant.
    #[allow(unsafe_code)]
    let installed = unsafe { sigaction(Signal::SIGBUS, &action) };
    // Without it the signal ends the program as before: still not with a code that means success.
    let _ = installed;
}

extern "C" fn report_bus_error(_signal: c_int) {
    let _ = rustix::io::write(std::io::stderr(), MESSAGE);
    // SAFETY: ends the process without running anything else of it.
    #[allow(unsafe_code)]
    unsafe {
        nix::libc::_exit(ExitStatus::Incomplete.code() as c_int)
    }
}
