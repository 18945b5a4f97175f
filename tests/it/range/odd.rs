//! Repositories with an odd Git folder: no command panics, blocks, or passes in silence.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::support::repo::Repo;

#[path = "../../../fuzz/shared/odd_repository.rs"]
#[allow(unreachable_pub, reason = "shared with a program of its own")]
mod odd_repository;

use odd_repository::OddRepositories;

/// Default number of odd repositories; the variable `ODD_REPOSITORIES` overrides it.
const COUNT: u64 = 25;

#[test]
fn reads_odd_repositories_without_a_panic() {
    let count = std::env::var("ODD_REPOSITORIES").ok();
    let count = count.and_then(|count| count.parse().ok()).unwrap_or(COUNT);
    let start = std::env::var("ODD_START").ok();
    let start = start.and_then(|start| start.parse().ok()).unwrap_or(0);
    let temp = tempfile::tempdir().unwrap();
    let repositories = OddRepositories::new(temp.path());
    for seed in start..start + count {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678_9abc_def1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u8
        };
        let length = 4 + usize::from(next() % 12);
        let data: Vec<u8> = (0..length).map(|_| next()).collect();
        let started = Instant::now();
        let read = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            repositories.read(&data);
        }));
        assert!(read.is_ok(), "seed {seed}: {data:?}");
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "seed {seed}: {data:?}"
        );
    }
}

/// Replaces a file in `.git` by each of these; every command must refuse it.
#[test]
fn refuses_special_files_in_a_repository() {
    let repo = Repo::new();
    repo.commit_file("a", "text\n");
    repo.commit_file("b", "text\n");
    let loose = repo.git(&["rev-parse", "HEAD^{tree}"]);
    let loose = format!("objects/{}/{}", &loose[..2], loose[2..].trim());
    let git = repo.sandbox.at(".git");
    for file in [
        "HEAD",
        "config",
        "packed-refs",
        "shallow",
        "refs/heads/main",
        "refs/heads/other",
        "objects/info/commit-graph",
        "objects/pack/multi-pack-index",
        "objects/pack/pack-0123456789abcdef0123456789abcdef01234567.idx",
        &loose,
    ] {
        for kind in ["pipe", "/dev/zero", "/etc/hostname"] {
            let path = git.join(file);
            let kept = std::fs::read(&path).ok();
            let _ = std::fs::remove_file(&path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            match kind {
                "pipe" => {
                    let made = Command::new("mkfifo").arg(&path).status().unwrap();
                    assert!(made.success());
                }
                target => std::os::unix::fs::symlink(target, &path).unwrap(),
            }
            for args in [&["range", "HEAD~1..HEAD"][..], &["history"]] {
                let run = repo.sandbox.run(args);
                assert_eq!(run.code, Some(2), "{file} as {kind}, {args:?}: {run:?}");
            }
            std::fs::remove_file(&path).unwrap();
            if let Some(kept) = kept {
                std::fs::write(&path, kept).unwrap();
            }
        }
    }
    assert_eq!(repo.sandbox.run(["history"]).code, Some(0));
}

#[test]
fn refuses_an_invalid_shallow_file() {
    let repo = Repo::new();
    repo.commit_file("a", "text\n");
    repo.commit_file("b", "text\n");
    let shallow = repo.sandbox.at(".git/shallow");
    let texts: [&[u8]; 4] = [b"junk\n", b"\xff\xfe\x00", b"0123\n", &[b'z'; 41]];
    for text in texts {
        std::fs::write(&shallow, text).unwrap();
        for args in [&["range", "HEAD~1..HEAD"][..], &["history"], &["staged"]] {
            let run = repo.sandbox.run(args);
            assert_eq!(run.code, Some(2), "{args:?}: {run:?}");
            assert!(run.stderr.contains("line 1 is not an object id"), "{run:?}");
        }
    }
    std::fs::remove_file(&shallow).unwrap();
    std::fs::create_dir(&shallow).unwrap();
    let run = repo.sandbox.run(["range", "HEAD~1..HEAD"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains("not a regular file"), "{run:?}");
}

/// A line without an end would take many times its size in memory.
#[test]
fn refuses_refs_with_a_line_without_end() {
    let repo = Repo::new();
    repo.commit_file("a", "text\n");
    repo.commit_file("b", "text\n");
    let packed = repo.sandbox.at(".git/packed-refs");
    for line in [
        vec![0; 2_000_000],
        [&b"# x\n"[..], &[b'a'; 9_000], b"\n"].concat(),
    ] {
        std::fs::write(&packed, line).unwrap();
        for args in [&["history"][..], &["staged"], &["range", "HEAD~1..HEAD"]] {
            let run = repo.sandbox.run(args);
            assert_eq!(run.code, Some(2), "{args:?}: {run:?}");
            let all = [run.stdout.as_str(), &run.stderr].concat();
            assert!(
                all.contains("packed-refs': has a line of more than 8 KiB"),
                "{args:?}: {run:?}"
            );
        }
    }
    std::fs::write(&packed, "").unwrap();
    assert_eq!(repo.sandbox.run(["staged"]).code, Some(0));
}

#[test]
fn refuses_a_large_list_of_borrowed_folders() {
    let repo = Repo::new();
    repo.commit_file("a", "text\n");
    repo.commit_file("b", "text\n");
    repo.sandbox
        .write(".git/objects/info/alternates", vec![b'#'; 2 << 20]);
    for args in [&["history"][..], &["staged"], &["range", "HEAD~1..HEAD"]] {
        let run = repo.sandbox.run(args);
        assert_eq!(run.code, Some(2), "{args:?}: {run:?}");
        let all = [run.stdout.as_str(), &run.stderr].concat();
        assert!(
            all.contains("larger than 1048576 bytes"),
            "{args:?}: {run:?}"
        );
    }
}
