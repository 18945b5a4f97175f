//! Git folders, and directories that look like one.

use super::*;

const HEX: &str = "0123456789abcdef0123456789abcdef012345";

/// Writes a different token to each of these files.
fn leak(sandbox: &Sandbox, paths: &[&str]) {
    for (seed, path) in paths.iter().enumerate() {
        let token = sandbox.watch(a_token(100 + seed as u64));
        sandbox.write(path, format!("token = \"{token}\"\n"));
    }
}

fn sorted(paths: &[&str]) -> Vec<String> {
    let mut paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
    paths.sort();
    paths
}

#[test]
fn scans_every_text_in_a_git_folder_and_counts_the_rest() {
    let sandbox = Sandbox::new();
    sandbox.git(&["init", "-q"]);
    sandbox.write("a", "text");
    sandbox.git(&["add", "a"]);
    let texts = [
        ".git/COMMIT_EDITMSG",
        ".git/MERGE_MSG",
        ".git/SQUASH_MSG",
        ".git/TAG_EDITMSG",
        ".git/description",
        ".git/hooks/pre-commit",
        ".git/info/sparse-checkout",
        ".git/logs/HEAD",
        ".git/modules/sub/COMMIT_EDITMSG",
        ".git/rebase-merge/message",
        ".git/rr-cache/1/preimage",
        ".git/somebody/notes.txt",
        ".git/worktrees/w/MERGE_MSG",
    ];
    leak(&sandbox, &texts);
    let report = sandbox.scan(&[]);
    assert_eq!(paths(&report), sorted(&texts));
    // The objects, and the index.
    assert_eq!(report["summary"]["left_out"]["git-store"], 2, "{report}");
    assert_eq!(paths(&sandbox.scan(&[".git"])), sorted(&texts));
    assert_eq!(
        paths(&sandbox.scan(&[".git/hooks"])),
        [".git/hooks/pre-commit"]
    );
}

#[test]
fn scans_git_files_and_folders_that_are_content() {
    let sandbox = Sandbox::new();
    sandbox.git(&["init", "-q"]);
    let texts = [
        "file/.git",
        "folder/.git/notes.txt",
        "folder/.git/objects/x",
    ];
    leak(&sandbox, &texts);
    assert_eq!(paths(&sandbox.scan(&[])), sorted(&texts));
}

#[test]
fn scans_tracked_files_that_look_like_a_bare_repository() {
    let sandbox = Sandbox::new();
    sandbox.git(&["init", "-q"]);
    let objects = format!("src/objects/ab/{HEX}");
    let texts = [
        "src/secret.env",
        "src/deep/er/b.env",
        "src/objects/c.env",
        &objects,
    ];
    leak(&sandbox, &texts);
    sandbox.write("src/HEAD", "ref: refs/heads/main\n");
    sandbox.write("src/refs/keep", "");
    sandbox.write("src/config", "[core]\n");
    sandbox.git(&["add", "."]);
    sandbox.git(&["commit", "-qm", "fixture"]);
    let expected = sorted(&texts);
    for args in [&["."][..], &["src"], &["--no-ignore"]] {
        let report = sandbox.scan(args);
        assert_eq!(paths(&report), expected, "{args:?}");
        assert_eq!(report["scan"]["complete"], true);
    }
    let run = sandbox.run_with(["scan", "--format", "json"], |command| {
        command.current_dir(sandbox.at("src"));
    });
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(paths(&report), expected, "{}", run.stderr);
    // The enclosing repository is read too.
    let run = sandbox.run_with(["history", "--format", "json"], |command| {
        command.current_dir(sandbox.at("src"));
    });
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(paths(&report), expected, "{}", run.stderr);
}

#[test]
fn scans_bare_repositories_but_for_objects() {
    let sandbox = Sandbox::new();
    sandbox.git(&["init", "-q", "--bare", "store.git"]);
    let texts = [
        "store.git/description",
        "store.git/hooks/update",
        "store.git/objects/notes.txt",
        "store.git/objects/pack/notes.txt",
    ];
    leak(&sandbox, &texts);
    leak(
        &sandbox,
        &[
            &format!("store.git/objects/ab/{HEX}"),
            &format!("store.git/objects/pack/pack-00{HEX}.pack"),
        ],
    );
    let report = sandbox.scan(&[]);
    assert_eq!(paths(&report), sorted(&texts));
    assert_eq!(report["summary"]["left_out"]["git-store"], 2);
    assert_eq!(report["summary"]["repositories"], 1);
    assert_eq!(paths(&sandbox.scan(&["store.git"])).len(), texts.len());
}

#[test]
fn names_git_lfs_pointers() {
    let sandbox = with_tokens(&["a"]);
    sandbox.git(&["init", "-q"]);
    let pointer = format!(
        "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 12345\n",
        "4d7a2146".repeat(8)
    );
    sandbox.write("big.bin", &pointer);
    sandbox.write("manual.md", format!("A pointer:\n{pointer}"));
    let report = sandbox.scan(&[]);
    assert_eq!(paths(&report), ["a"]);
    let skipped = report["skipped"].as_array().unwrap();
    assert_eq!(skipped.len(), 1, "{skipped:?}");
    assert_eq!(skipped[0]["path"], "big.bin");
    assert_eq!(skipped[0]["reason"], "lfs-pointer");
    let run = sandbox.run(["scan"]);
    assert!(run.stdout.contains("git lfs pull"), "{run:?}");
}
