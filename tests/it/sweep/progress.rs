//! The line of progress on a terminal.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use super::Sweeping;
use crate::support::gitlab::Fault;
use crate::support::terminal::on_terminal_of;

/// Sweeps on a terminal; returns all that it shows, `None` without a terminal.
fn shown(sweeping: &Sweeping, more: &[&str]) -> Option<String> {
    let url = sweeping.world.fake.url();
    let token = sweeping.sandbox.write("token", &sweeping.world.token);
    std::fs::set_permissions(&token, std::fs::Permissions::from_mode(0o600)).unwrap();
    let args = [
        "sweep",
        "acme",
        "--instance",
        &url,
        "--token-file=token",
        "--threads=2",
        "--only=variables",
        "--only=hooks",
        "--exit-zero",
    ];
    let (_, shown) = on_terminal_of(&sweeping.sandbox, "xterm", &[&args, more].concat(), &[])?;
    std::fs::remove_file(&token).unwrap();
    Some(shown)
}

#[test]
fn shows_projects_requests_bytes_findings_and_the_time_left() {
    let sweeping = Sweeping::new();
    sweeping
        .world
        .fake
        .fail(Fault::Delay(Duration::from_millis(40)));
    let Some(shown) = shown(&sweeping, &["--requests-per-minute=3000"]) else {
        return;
    };
    // The line is drawn again and again.
    let lines: Vec<&str> = shown
        .split(|c: char| c.is_control())
        .filter(|line| line.contains(" projects and groups; ") && line.contains(" left"))
        .collect();
    assert!(lines.len() >= 3, "{shown}");
    let (mut done, mut findings) = (Vec::new(), Vec::new());
    for line in lines {
        let parts: Vec<&str> = line.split("; ").collect();
        let [projects, requests, found, left] = parts[..] else {
            panic!("{line}");
        };
        let count = projects.strip_suffix(" of 43 projects and groups").unwrap();
        let count = count.rsplit(' ').next().unwrap();
        done.push(count.parse::<u32>().unwrap());
        let (count, bytes) = requests.split_once(" requests, ").unwrap();
        assert!(count.parse::<u32>().unwrap() > 0, "{line}");
        assert!(bytes.ends_with(" B") || bytes.ends_with(" KiB"), "{line}");
        let (count, _) = found.split_once(" finding").unwrap();
        findings.push(count.parse::<u32>().unwrap());
        assert!(
            left.contains(" left (limit: 3,000 requests a minute)"),
            "{line}"
        );
    }
    assert!(done.is_sorted() && done.last() > done.first(), "{done:?}");
    assert!(findings.last() >= Some(&2), "{findings:?}");
}

#[test]
fn shows_no_progress_on_request() {
    let sweeping = Sweeping::new();
    sweeping
        .world
        .fake
        .fail(Fault::Delay(Duration::from_millis(40)));
    if let Some(shown) = shown(&sweeping, &["--quiet"]) {
        assert!(!shown.contains(" projects and groups; "), "{shown}");
    }
}
