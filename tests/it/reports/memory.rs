//! Memory of a scan with many findings and several reports.

use std::fmt::Write as _;
use std::process::Command;

use crate::support::a_token;
use crate::support::memory;

const FINDINGS: u64 = 10_000;

/// Half of the memory needed if the outcome, a clean copy of it and the JSON document each store every text of
/// every finding.
const MAX_PEAK: u64 = 80 << 20;

#[test]
fn peak_memory_stays_small_with_many_findings() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::new();
    for line in 0..FINDINGS {
        let token = a_token(line);
        writeln!(
            text,
            "export SERVICE_{line}_TOKEN=\"{token}\" # for the job {line}"
        )
        .unwrap();
        if line % 1000 == 999 {
            std::fs::write(folder.path().join(format!("{line}.env")), &text).unwrap();
            text.clear();
        }
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_tokensweep"));
    command.current_dir(folder.path());
    command.args([
        "scan",
        "--quiet",
        "--threads=2",
        "--report=json=report.json",
        "--report=html=report.html",
    ]);
    let (status, stderr, peak) = memory::peak(&mut command);
    assert_eq!(status.code(), Some(1), "{stderr}");
    let json = std::fs::read_to_string(folder.path().join("report.json")).unwrap();
    assert_eq!(json.matches("\"fingerprint\"").count() as u64, FINDINGS);
    assert!(peak <= MAX_PEAK, "{} MiB", peak >> 20);
}
