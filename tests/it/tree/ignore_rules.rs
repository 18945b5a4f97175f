//! Ignore rules that cannot be trusted: without an index, or out of bounds.

use super::*;

/// Creates a repository in which everything is tracked and ignored.
fn ignored() -> Sandbox {
    let sandbox = with_tokens(&["a", "b", "c"]);
    sandbox.write(".gitignore", "*\n");
    sandbox.git(&["init", "-q"]);
    sandbox.git(&["add", "--force", "."]);
    sandbox
}

fn errors(report: &Value) -> String {
    report["errors"].to_string()
}

#[test]
fn ignores_no_file_without_an_intact_index() {
    type Spoil = fn(&std::path::Path);
    let spoils: [(&str, Spoil); 4] = [
        ("missing", |index| std::fs::remove_file(index).unwrap()),
        ("cut", |index| {
            let file = std::fs::File::options().write(true).open(index).unwrap();
            file.set_len(150).unwrap();
        }),
        ("junk", |index| std::fs::write(index, "junk").unwrap()),
        ("folder", |index| {
            std::fs::remove_file(index).unwrap();
            std::fs::create_dir(index).unwrap();
        }),
    ];
    for (name, spoil) in spoils {
        let sandbox = ignored();
        spoil(&sandbox.at(".git/index"));
        let report = sandbox.scan(&[]);
        assert_eq!(paths(&report), ["a", "b", "c"], "{name}");
        assert!(
            errors(&report).contains("cannot read the index"),
            "{name}: {report}"
        );
        assert_eq!(sandbox.run(["scan"]).code, Some(2), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn does_not_open_an_index_that_is_not_a_regular_file() {
    for target in ["/dev/zero", "pipe"] {
        let sandbox = ignored();
        let index = sandbox.at(".git/index");
        std::fs::remove_file(&index).unwrap();
        if target == "pipe" {
            let made = std::process::Command::new("mkfifo").arg(&index).status();
            assert!(made.unwrap().success());
        } else {
            std::os::unix::fs::symlink(target, &index).unwrap();
        }
        let run = sandbox.run(["scan", "--format", "json"]);
        assert_eq!(run.code, Some(2), "{target}: {run:?}");
    }
}

#[test]
fn needs_no_index_in_an_empty_repository() {
    let sandbox = with_tokens(&["a", "ignored"]);
    sandbox.write(".gitignore", "ignored\n");
    sandbox.git(&["init", "-q"]);
    let report = sandbox.scan(&[]);
    assert_eq!(paths(&report), ["a"]);
    assert_eq!(report["scan"]["complete"], true, "{report}");
}

#[test]
fn reports_ignore_files_out_of_bounds() {
    let patterns = |count: usize| -> String {
        (0..count)
            .map(|n| format!("a*b?{n}*/**/c[a-z]*d{n}*\n"))
            .collect()
    };
    for (name, text) in [
        ("long line", "a".repeat(10_000)),
        ("many patterns", patterns(5_000)),
        ("many bytes", format!("{}\n", "*a".repeat(500)).repeat(200)),
        ("large file", "#".repeat(2 << 20)),
    ] {
        let sandbox = with_tokens(&["leak", "sub/leak"]);
        sandbox.git(&["init", "-q"]);
        for file in [".gitignore", "sub/.gitignore", ".git/info/exclude"] {
            sandbox.write(file, format!("leak\n{text}\n"));
        }
        let report = sandbox.scan(&[]);
        assert_eq!(paths(&report), ["leak", "sub/leak"], "{name}");
        let errors = report["errors"].as_array().unwrap();
        let named: Vec<_> = errors.iter().map(|error| &error["path"]).collect();
        assert_eq!(
            named,
            [".git/info/exclude", ".gitignore", "sub/.gitignore"],
            "{name}"
        );
    }
}

#[cfg(unix)]
#[test]
fn does_not_follow_linked_ignore_files() {
    let sandbox = with_tokens(&["leak"]);
    sandbox.git(&["init", "-q"]);
    sandbox.write("rules", "leak\n");
    std::os::unix::fs::symlink("rules", sandbox.at(".gitignore")).unwrap();
    assert_eq!(paths(&sandbox.scan(&[])), ["leak"]);
}
