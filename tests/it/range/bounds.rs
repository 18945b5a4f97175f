//! Repositories of a few bytes that expand: memory, time and the number of locations stay bounded.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::memory;
use crate::support::repo::Repo;

/// Creates folders that contain each other: ten entries each, this many levels, `content` below all of them.
fn bomb(repo: &Repo, levels: u32, content: &str) -> String {
    let blob = repo.feed(&["hash-object", "-w", "--stdin"], content);
    let mut id = blob;
    for level in 0..levels {
        let kind = if level == 0 {
            "100644 blob"
        } else {
            "040000 tree"
        };
        let entries: String = (0..10).map(|i| format!("{kind} {id}\te{i}\n")).collect();
        id = repo.feed(&["mktree"], &entries);
    }
    id
}

/// Commits a folder with these entries on top of HEAD, which becomes HEAD.
fn commit(repo: &Repo, entries: &str) {
    let tree = repo.feed(&["mktree"], entries);
    let id = repo.git(&["commit-tree", "-p", "HEAD", "-m", "m", &tree]);
    repo.git(&["update-ref", "HEAD", id.trim()]);
}

fn report(repo: &Repo, code: i32) -> Value {
    let run = repo.scan(&["range", "HEAD~1..HEAD"]);
    assert_eq!(run.code, Some(code), "{}", run.stderr);
    serde_json::from_str(&run.stdout).unwrap()
}

#[test]
fn counts_a_clean_file_at_every_path_and_reads_it_once() {
    let repo = Repo::new();
    repo.commit("base");
    let tree = bomb(&repo, 5, "hello\n");
    commit(&repo, &format!("040000 tree {tree}\td\n"));
    let started = Instant::now();
    let report = report(&repo, 0);
    // Two texts of the commit besides the files.
    assert_eq!(report["summary"]["files"], 100_002);
    // Scanning each path would take much longer, even in a build without optimization.
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn lists_a_thousand_places_of_a_secret_and_counts_the_others() {
    let repo = Repo::new();
    repo.commit("base");
    let tree = bomb(&repo, 4, &format!("{}\n", repo.token(1)));
    commit(&repo, &format!("040000 tree {tree}\td\n"));
    let reports: Vec<Value> = ["1", "3"]
        .into_iter()
        .map(|threads| {
            let run = repo.scan(&["range", "HEAD~1..HEAD", "--threads", threads]);
            assert_eq!(run.code, Some(1), "{}", run.stderr);
            serde_json::from_str(&run.stdout).unwrap()
        })
        .collect();
    let paths = |report: &Value| -> Vec<String> {
        let findings = report["findings"].as_array().unwrap().iter();
        let paths = findings.map(|finding| finding["location"]["path"].as_str().unwrap());
        paths.map(str::to_owned).collect()
    };
    assert_eq!(paths(&reports[0]).len(), 1000);
    assert_eq!(paths(&reports[0]), paths(&reports[1]));
    for report in &reports {
        let notes = report["notes"].to_string();
        assert!(notes.contains("9000 more places"), "{notes}");
    }
}

#[test]
fn reports_the_one_place_that_counts_among_many_that_do_not() {
    let repo = Repo::new();
    repo.write(
        ".tokensweep.toml",
        "[[allow]]\npaths = [\"/a/\", \"/z/\"]\nreason = \"made up\"\n",
    );
    repo.commit("base");
    let tree = bomb(&repo, 4, &format!("{}\n", repo.token(1)));
    commit(
        &repo,
        &format!("040000 tree {tree}\ta\n040000 tree {tree}\tm\n040000 tree {tree}\tz\n"),
    );
    let report = report(&repo, 1);
    for finding in report["findings"].as_array().unwrap() {
        let path = finding["location"]["path"].as_str().unwrap();
        assert!(path.starts_with("m/"), "{path}");
    }
}

#[test]
fn bounds_the_comparison_of_moved_files() {
    let repo = Repo::new();
    repo.commit("base");
    let tree = bomb(&repo, 4, &format!("{}\n", repo.token(1)));
    commit(&repo, &format!("040000 tree {tree}\ta\n"));
    commit(&repo, &format!("040000 tree {tree}\tb\n"));
    assert_eq!(report(&repo, 0)["findings"], Value::Array(Vec::new()));
}

#[test]
fn compares_new_files_with_many_deleted_ones_quickly() {
    let repo = Repo::new();
    repo.commit("base");
    let old = format!("{}\n", "x".repeat(63)).repeat(1 << 17);
    let id = repo.feed(&["hash-object", "-w", "--stdin"], &old);
    let entries: String = (0..1000)
        .map(|i| format!("100644 blob {id}\t{i}\n"))
        .collect();
    commit(&repo, &entries);
    let mut entries = String::new();
    for i in 0..2 {
        let new = format!("{}\n", "y".repeat(63)).repeat(1 << 17);
        let new = format!("{new}{}\n", repo.token(i));
        let id = repo.feed(&["hash-object", "-w", "--stdin"], &new);
        entries.push_str(&format!("100644 blob {id}\tn{i}\n"));
    }
    commit(&repo, &entries);
    let started = Instant::now();
    assert_eq!(report(&repo, 1)["findings"].as_array().unwrap().len(), 2);
    // Reading each deleted file for each new one would take minutes.
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[test]
fn scans_large_files_in_little_memory() {
    /// Maximum memory of a run besides the pack: less than one version.
    const MOST: u64 = 40 * 1024 * 1024;

    let repo = Repo::new();
    repo.commit("base");
    let line = format!("{}\n", "z".repeat(99));
    let text = line.repeat(450_000);
    let (first, second) = (repo.token(1), repo.token(2));
    repo.commit_file("large", format!("{text}{first}\n"));
    repo.commit_file("large", format!("{second}\n{text}{first}\n"));
    for is_packed in [false, true] {
        if is_packed {
            repo.git(&["repack", "-q", "-a", "-d", "-f", "--window=4", "--depth=4"]);
        }
        let json = repo.sandbox.at(".git/report.json");
        let (status, stderr, most) = memory::peak(
            repo.sandbox
                .command(env!("CARGO_BIN_EXE_tokensweep"))
                .args(["range", "HEAD~2..HEAD", "--threads", "2"])
                .arg(format!("--report=json={}", json.display())),
        );
        assert_eq!(status.code(), Some(1), "{status}: {stderr}");
        let report: Value = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
        assert_eq!(report["findings"].as_array().unwrap().len(), 2);
        assert!(most < MOST, "{most} bytes, packed: {is_packed}");
    }
}
