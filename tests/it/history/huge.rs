//! Versions of a huge file that are stored as deltas are not held in memory.

use std::fmt::Write as _;
use std::process::Stdio;
use std::time::Duration;

use super::{commit, found, messages, redacted, repository};
use crate::support::sandbox::Sandbox;
use crate::support::{a_token, memory};

/// Bytes of each version.
const SIZE: usize = 48_000_000;

/// Maximum memory of a run besides the mapped pack: less than two versions.
const MOST: u64 = 64 * 1024 * 1024;

/// Random lines, which zlib compresses well.
fn text(seed: u64, size: usize) -> String {
    let mut state = seed;
    let mut text = String::with_capacity(size + 200);
    while text.len() < size {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let _ = writeln!(text, "{:016x}{}", state >> 8, "-".repeat(180));
    }
    text
}

/// Commits three versions of a file; each changes another part and moves a leak of its own. Returns the tokens and
/// the ids of the commits.
fn three_versions(s: &Sandbox) -> Vec<(String, String)> {
    let base = text(7, SIZE);
    let mut lines: Vec<String> = base.lines().map(str::to_owned).collect();
    let mut versions = Vec::new();
    for version in 1..=3usize {
        let token = s.watch(a_token(version as u64));
        // The unchanged part makes each version similar to the one before.
        let at = lines.len() / 5 * version;
        for (line, new) in lines[at..at + 400]
            .iter_mut()
            .zip(text(version as u64, 80_000).lines())
        {
            new.clone_into(line);
        }
        let mut now = lines.clone();
        now.insert(at + 1000 * version, format!("token = {token}"));
        s.write("huge.txt", now.join("\n"));
        versions.push((token, commit(s, "version")));
    }
    s.git(&[
        "-c",
        "pack.threads=1",
        "repack",
        "-q",
        "-a",
        "-d",
        "-f",
        "--window=4",
    ]);
    versions
}

/// Returns the blobs in the only pack that are deltas.
fn deltas(s: &Sandbox) -> usize {
    let index = packs(s).with_extension("idx");
    let list = s.git(&["verify-pack", "-v", index.to_str().unwrap()]);
    let is_delta = |line: &&str| line.contains(" blob ") && line.split_whitespace().count() == 7;
    list.lines().filter(is_delta).count()
}

fn packs(s: &Sandbox) -> std::path::PathBuf {
    let folder = std::fs::read_dir(s.at(".git/objects/pack")).unwrap();
    let mut paths = folder.map(|entry| entry.unwrap().path());
    paths
        .find(|path| path.extension().unwrap() == "pack")
        .unwrap()
}

#[test]
fn scans_huge_versions_in_little_memory() {
    let s = repository();
    let versions = three_versions(&s);
    assert_eq!(deltas(&s), 2);
    let mut expected: Vec<_> = versions
        .iter()
        .map(|(token, commit)| (commit.clone(), "huge.txt".to_owned(), redacted(token)))
        .collect();
    expected.sort();
    for threads in ["1", "3"] {
        let out = tempfile::tempdir().unwrap();
        let json = out.path().join("json");
        let (status, stderr, most) = memory::peak(
            s.command(env!("CARGO_BIN_EXE_tokensweep"))
                .args(["history", "--threads", threads])
                .arg(format!("--report=json={}", json.display())),
        );
        assert_eq!(
            status.code(),
            Some(1),
            "{threads} threads: {status}: {stderr}"
        );
        let report = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
        assert_eq!(found(&report), expected);
        let mapped = std::fs::metadata(packs(&s)).unwrap().len();
        let beyond = most.saturating_sub(mapped);
        assert!(beyond < MOST, "{beyond} bytes beyond the pack");
    }
}

#[test]
fn reports_huge_versions_without_disk_space() {
    let s = repository();
    let small = s.watch(a_token(9));
    s.write("small.txt", format!("{small}\n"));
    let first = commit(&s, "small");
    three_versions(&s);
    let run = s.run_with(["history", "--format", "json"], |command| {
        let nowhere = s.at("nowhere");
        command
            .env("TMPDIR", &nowhere)
            .env("TEMP", &nowhere)
            .env("TMP", &nowhere);
    });
    assert_eq!(run.code, Some(2), "{run:?}");
    let report = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        found(&report),
        [(first, "small.txt".to_owned(), redacted(&small))]
    );
    let told = messages(&report, "errors");
    let ids: Vec<String> = ["HEAD", "HEAD~1", "HEAD~2"]
        .map(|commit| s.git(&["rev-parse", &format!("{commit}:huge.txt")]))
        .to_vec();
    for id in &ids {
        let named = format!("the object {} ", id.trim());
        assert!(told.iter().any(|told| told.starts_with(&named)), "{told:?}");
    }
    assert!(
        told.iter()
            .any(|told| told.contains("a temporary file is needed")),
        "{told:?}"
    );
}

/// A pack is read through a mapping: if the file ends before it, the system sends a signal that would end the
/// program without a message.
#[test]
#[cfg(target_os = "linux")]
fn reports_a_pack_that_is_truncated_during_the_scan() {
    let s = repository();
    s.git(&["config", "core.compression", "0"]);
    s.git(&["config", "core.bigFileThreshold", "1"]);
    s.write("large.txt", text(3, SIZE));
    commit(&s, "large");
    s.git(&["repack", "-q", "-a", "-d", "-f"]);
    let pack = packs(&s);
    // Git has made it read-only.
    let copy = std::fs::read(&pack).unwrap();
    std::fs::remove_file(&pack).unwrap();
    std::fs::write(&pack, copy).unwrap();
    let run = s
        .command(env!("CARGO_BIN_EXE_tokensweep"))
        .arg("history")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let is_mapped = || {
        let maps = std::fs::read_to_string(format!("/proc/{}/maps", run.id()));
        maps.unwrap().contains(".pack")
    };
    while !is_mapped() {
        std::thread::sleep(Duration::from_millis(1));
    }
    // The header is read when the pack is opened; the rest takes much longer.
    let file = std::fs::File::options().write(true).open(&pack).unwrap();
    file.set_len(8192).unwrap();
    let output = run.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{}: {stderr}", output.status);
    assert!(stderr.contains("was truncated"), "{stderr}");
    assert!(output.stdout.is_empty());
}
