//! The meaning of the exit codes, each case through the program.

use std::fs::File;
use std::process::Stdio;

use crate::support::a_token;
use crate::support::sandbox::Sandbox;

#[test]
fn clean_is_0() {
    let sandbox = Sandbox::new();
    sandbox.write("a.txt", "nothing here");
    let run = sandbox.run(["scan"]);
    assert_eq!(run.code, Some(0), "{run:?}");
}

#[test]
fn findings_are_1_or_0_on_request() {
    let sandbox = Sandbox::new();
    sandbox.write("a.txt", sandbox.watch(a_token(1)));
    assert_eq!(sandbox.run(["scan"]).code, Some(1));
    assert_eq!(sandbox.run(["scan", "--exit-zero"]).code, Some(0));
}

#[test]
fn an_unreadable_file_is_2_and_wins_over_findings() {
    let sandbox = Sandbox::new();
    sandbox.write("a.txt", sandbox.watch(a_token(1)));
    // Unreadable for everybody, root included: an invalid index.
    sandbox.git(&["init", "-q"]);
    sandbox.write(".git/index", "damaged");
    let run = sandbox.run(["scan", "--exit-zero"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(
        run.stdout.contains("a.txt:1:1"),
        "the findings are still written: {run:?}"
    );
    assert!(
        run.stdout.contains("index"),
        "it says what could not be read: {run:?}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_cannot_be_read_is_listed() {
    let sandbox = Sandbox::new();
    // Opens, but the first read fails, even for root.
    let run = sandbox.run(["scan", "/proc/self/mem"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stdout.contains("mem"), "{run:?}");
}

#[test]
fn more_than_can_be_reported_is_2() {
    let sandbox = Sandbox::new();
    let tokens: Vec<String> = (0..10_001).map(a_token).collect();
    sandbox.write("dump.txt", tokens.join("\n"));
    let run = sandbox.run(["scan", "--format", "json"]);
    assert_eq!(run.code, Some(2));
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["findings"].as_array().unwrap().len(), 10_000);
    assert!(
        report["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("10000")
    );
}

#[test]
fn exits_2_with_a_reason_if_the_scan_cannot_start() {
    let sandbox = Sandbox::new();
    sandbox.write("broken.toml", "disabled = [\n");
    sandbox.write("unknown.toml", "colour = 'blue'\n");
    sandbox.write("rule.toml", "title = 'no more than a title'\n");
    for (args, expected) in [
        (&["scan", "--no-such-option"][..], "--no-such-option"),
        (&["scan", "no-such-file"], "no-such-file"),
        (&["scan", "--config", "broken.toml"], "line 1"),
        (&["scan", "--config", "unknown.toml"], "colour"),
        (&["scan", "--config", "no-such.toml"], "no-such.toml"),
        (&["scan", "--rules", "rule.toml"], "rule.toml"),
        (&["scan", "--baseline", "broken.toml"], "broken.toml"),
        (
            &["scan", "--disable", "gitlab-personal-acess-token"],
            "gitlab-personal-access-token",
        ),
        (&["scan", "--report", "json"], "FORMAT=FILE"),
        (&["scan", "--report", "yaml=x"], "yaml"),
        (
            &["scan", "--report", "json=missing/folder/x.json"],
            "missing/folder",
        ),
        (
            &["scan", "--show-secrets", "--report", "json=x.json"],
            "--show-secrets",
        ),
        (&["scan", "--min-severity", "urgent"], "urgent"),
    ] {
        let run = sandbox.run(args);
        assert_eq!(run.code, Some(2), "{args:?}: {run:?}");
        assert!(run.stderr.contains(expected), "{args:?}: {run:?}");
        assert_eq!(run.stdout, "", "{args:?}");
    }
    assert!(!sandbox.at("x.json").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_2() {
    let sandbox = Sandbox::new();
    sandbox.write("a.txt", "nothing here");
    let run = sandbox.run(["scan", "--report", "sarif=/dev/full"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains("/dev/full"), "{run:?}");
    let full = File::options().write(true).open("/dev/full").unwrap();
    let run = sandbox.run_with(["scan"], |command| {
        command.stdout(Stdio::from(full));
    });
    assert_eq!(run.code, Some(2), "{run:?}");
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_quiet_but_never_0() {
    let sandbox = Sandbox::new();
    sandbox.write("a.txt", "nothing here");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let run = sandbox.run_with(["scan"], |command| {
        command.stdout(writer);
    });
    assert_eq!(run.code, Some(2), "{run:?}");
    assert_eq!(run.stderr, "");
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_no_report() {
    use std::os::unix::process::ExitStatusExt as _;
    use std::time::Duration;

    let sandbox = Sandbox::new();
    for folder in 0..200 {
        for file in 0..50 {
            sandbox.write(format!("{folder}/{file}"), vec![b'x'; 20_000]);
        }
    }
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_tokensweep"))
        .args(["scan", "--threads", "1", "--report", "json=out.json"])
        .args(std::iter::repeat_n(".", 40).collect::<Vec<_>>())
        .args((0..200).map(|folder| folder.to_string()))
        .current_dir(sandbox.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(60));
    let kill = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    let status = child.wait().unwrap();
    // Done before the signal came, stopped by us, or before the handler stood.
    assert!(
        matches!(status.code(), Some(0 | 130)) || status.signal().is_some(),
        "{status:?}"
    );
    if status.code() != Some(0) {
        assert!(!sandbox.at("out.json").exists());
    }
    let litter: Vec<_> = std::fs::read_dir(sandbox.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.parse::<u32>().is_err() && name != "out.json")
        .collect();
    assert!(litter.is_empty(), "{litter:?}");
}
