//! Peak memory of a run.

use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

/// Runs a command without its output. Returns its exit status, its standard error, and its peak memory
/// in bytes: 0 on systems without /proc.
pub(crate) fn peak(command: &mut Command) -> (ExitStatus, String, u64) {
    let folder = tempfile::tempdir().unwrap();
    let stderr = folder.path().join("stderr");
    let mut run = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(&stderr).unwrap())
        .spawn()
        .unwrap();
    let mut most = 0;
    let status = loop {
        most = most.max(peak_so_far(run.id()).unwrap_or(0));
        if let Some(status) = run.try_wait().unwrap() {
            break status;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    assert!(most > 0 || !cfg!(target_os = "linux"));
    (status, std::fs::read_to_string(&stderr).unwrap(), most)
}

/// The most memory that a process has had so far, while it is there.
pub(crate) fn peak_so_far(id: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes * 1024)
}
