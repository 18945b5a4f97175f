//! Trees that are too deep, too wide, or too long.

use crate::support::a_token;
use crate::support::sandbox::{Sandbox, places};
use rustix::fs::{CWD, Mode, OFlags, mkdirat, openat};

/// More than the open files of one level, fewer than the levels.
const OPEN_FILES: usize = 180;

/// Scans `sandbox` with few open files; returns the paths of the findings.
fn found_with_few_open_files(sandbox: &Sandbox, threads: &str) -> Vec<String> {
    let run = sandbox.run_with(
        ["scan", "--format", "json", "--threads", threads],
        |command| {
            let program = command.get_program().to_owned();
            let script = format!("ulimit -n {OPEN_FILES} && exec \"$0\" \"$@\"");
            let args: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
            let mut limited = sandbox.command("sh");
            limited.args(["-c", &script]).arg(program).args(args);
            *command = limited;
        },
    );
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    let report = serde_json::from_str(&run.stdout).unwrap();
    places(&report).into_iter().map(|(path, ..)| path).collect()
}

#[test]
fn walks_more_levels_than_open_files() {
    let sandbox = Sandbox::new();
    let mut folder = String::new();
    let mut expected = Vec::new();
    let token = sandbox.watch(a_token(1));
    for _ in 0..300 {
        // Each level has work that waits while the walk is further down.
        for name in ["a", "z"] {
            let path = format!("{folder}{name}/leak");
            sandbox.write(&path, &token);
            expected.push(path);
        }
        folder.push_str("m/");
    }
    expected.sort();
    for threads in ["1", "2", "8"] {
        let found = found_with_few_open_files(&sandbox, threads);
        assert!(found == expected, "{threads} threads: {}", found.len());
    }
}

/// The system does not open paths of more than 4096 bytes; the walk does not need to.
#[test]
fn walks_paths_longer_than_the_system_accepts() {
    let sandbox = Sandbox::new();
    let name = "n".repeat(200);
    let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
    let mut folder = openat(CWD, sandbox.path(), flags, Mode::empty()).unwrap();
    let mut path = String::new();
    for _ in 0..150 {
        mkdirat(&folder, name.as_str(), Mode::from_raw_mode(0o755)).unwrap();
        folder = openat(&folder, name.as_str(), flags, Mode::empty()).unwrap();
        path = format!("{path}{name}/");
    }
    let create = OFlags::CREATE | OFlags::WRONLY | OFlags::CLOEXEC;
    let file = openat(&folder, "leak", create, Mode::from_raw_mode(0o644)).unwrap();
    rustix::io::write(&file, sandbox.watch(a_token(1)).as_bytes()).unwrap();
    path.push_str("leak");
    assert_eq!(found_with_few_open_files(&sandbox, "2"), [path]);
}

#[test]
fn walks_a_hundred_thousand_entries_in_one_folder() {
    let sandbox = Sandbox::new();
    for index in 0..99_000 {
        std::fs::write(sandbox.at(format!("{index}")), "").unwrap();
    }
    for index in 0..1000 {
        std::fs::create_dir(sandbox.at(format!("folder-{index}"))).unwrap();
    }
    let mut expected = ["0", "98999", "folder-0/x", "folder-999/x"];
    for (seed, path) in expected.iter().enumerate() {
        sandbox.write(path, sandbox.watch(a_token(seed as u64)));
    }
    expected.sort_unstable();
    for threads in ["1", "4"] {
        let run = sandbox.run(["scan", "--format", "json", "--threads", threads]);
        let report = serde_json::from_str::<serde_json::Value>(&run.stdout).unwrap();
        let found: Vec<String> = places(&report).into_iter().map(|(path, ..)| path).collect();
        assert_eq!(found, expected);
        assert_eq!(report["summary"]["files"], 99_002);
    }
}

#[test]
fn follows_a_given_link() {
    let sandbox = Sandbox::new();
    sandbox.write("real/leak", sandbox.watch(a_token(1)));
    std::os::unix::fs::symlink("real", sandbox.at("folder")).unwrap();
    std::os::unix::fs::symlink("real/leak", sandbox.at("file")).unwrap();
    for path in ["folder", "file"] {
        let report = sandbox.scan(&[path]);
        assert_eq!(places(&report).len(), 1, "{path}: {report}");
        assert_eq!(report["summary"]["errors"], 0);
    }
}
