//! Refs and dates exclude nothing if they cannot be read or trusted.

use std::fs;

use super::{commit, found, messages, repository};
use crate::support::a_token;
use crate::support::sandbox::Sandbox;

/// A repository with a leak on `main`, which only that ref contains.
fn leaky() -> Sandbox {
    let s = repository();
    s.write("a.txt", s.watch(a_token(1)));
    commit(&s, "a");
    s.git(&["branch", "-M", "main"]);
    s.git(&["pack-refs", "--all"]);
    s.git(&["checkout", "-q", "--orphan", "other"]);
    fs::remove_dir_all(s.at(".git/logs")).unwrap();
    s
}

#[test]
fn reports_unreadable_refs_if_an_option_needs_them() {
    let packed = |s: &Sandbox, junk: &str| {
        let path = s.at(".git/packed-refs");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{text}{junk}\n")).unwrap();
    };
    let missing = "1234567890".repeat(4);
    type Damage<'a> = (&'a str, &'a dyn Fn(&Sandbox));
    let damages: [Damage<'_>; 8] = [
        ("a line of packed-refs", &|s| packed(s, "junk line")),
        ("packed-refs is a folder", &|s| {
            fs::remove_file(s.at(".git/packed-refs")).unwrap();
            fs::create_dir(s.at(".git/packed-refs")).unwrap();
        }),
        ("a ref with junk", &|s| {
            s.write(".git/refs/heads/main", "zzz\n");
        }),
        ("a ref to a missing object", &|s| {
            s.write(".git/refs/heads/main", format!("{missing}\n"));
        }),
        ("a tag to a missing object", &|s| {
            s.write(".git/refs/tags/v1", format!("{missing}\n"));
        }),
        ("HEAD with junk", &|s| {
            s.write(".git/HEAD", "junk\n");
        }),
        ("logs is a file", &|s| {
            s.write(".git/logs", "");
        }),
        ("reftable", &|s| {
            s.git(&["config", "core.repositoryFormatVersion", "1"]);
            s.git(&["config", "extensions.refStorage", "reftable"]);
        }),
    ];
    for (what, damage) in damages {
        let s = leaky();
        damage(&s);
        for option in [
            &["--reachable"][..],
            &["--refs", "main"],
            &["--since", "2001-01-01"],
        ] {
            let run = s.run([&["history", "-q"], option].concat());
            assert_eq!(run.code, Some(2), "{what}, {option:?}: {run:?}");
        }
        let report = s.report("history", &[]);
        assert_eq!(found(&report).len(), 1, "{what}");
        let notes = messages(&report, "notes");
        assert!(!notes.is_empty(), "{what}: {notes:?}");
        assert_eq!(messages(&report, "errors"), [""; 0], "{what}");
    }
}

#[test]
fn reports_an_unreadable_shallow_file() {
    for damage in ["folder", "junk", "half an id"] {
        let s = leaky();
        match damage {
            "folder" => fs::create_dir(s.at(".git/shallow")).unwrap(),
            "junk" => drop(s.write(".git/shallow", [0xff, 0xfe, 0, b'\n', 7])),
            _ => drop(s.write(".git/shallow", "12345678901234567890\n")),
        }
        for command in [&["history"][..], &["range", "main~0..main"], &["staged"]] {
            let run = s.run(command);
            assert_eq!(run.code, Some(2), "{damage}, {command:?}: {run:?}");
            let output = run.stdout + &run.stderr;
            assert!(
                output.contains("shallow"),
                "{damage}, {command:?}: {output}"
            );
        }
    }
}

#[test]
fn treats_descendants_of_recent_commits_as_recent() {
    let s = repository();
    let at = |date: &str, message: &str| {
        let mut git = s.command("git");
        git.args(["commit", "-q", "--allow-empty", "-m", message]);
        git.env("GIT_COMMITTER_DATE", date)
            .env("GIT_AUTHOR_DATE", date);
        assert!(git.status().unwrap().success());
    };
    s.write("old.txt", s.watch(a_token(1)));
    s.git(&["add", "-A"]);
    at("2001-01-01T00:00:00Z", "really old");
    at("2024-06-01T00:00:00Z", "recent");
    s.write("backdated.txt", s.watch(a_token(2)));
    s.git(&["add", "-A"]);
    at("2001-01-02T00:00:00Z", "backdated");
    at("2001-01-03T00:00:00Z", &s.watch(a_token(3)));
    let report = s.report("history", &["--since", "2024-01-01"]);
    let mut paths: Vec<String> = found(&report).into_iter().map(|f| f.1).collect();
    paths.sort();
    assert_eq!(paths, ["backdated.txt", "commit message"]);
}
