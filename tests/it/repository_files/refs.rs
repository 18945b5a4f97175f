//! Refs, reflogs and object folders that are not what Git writes.

use super::*;

/// Runs a command that must fail, and returns what it prints.
fn fails(repo: &Repo, args: &[&str]) -> String {
    let run = repo.sandbox.run(args);
    assert_eq!(run.code, Some(2), "{args:?}: {run:?}");
    run.stdout + &run.stderr
}

#[test]
fn refuses_folders_of_refs_that_are_not_folders() {
    let outside = tempfile::tempdir().unwrap();
    fs::create_dir(outside.path().join("heads")).unwrap();
    for (replacement, reason) in [
        (Pipe, "not a folder"),
        (Junk, "not a folder"),
        (
            LinkToFolderOutside,
            "a link that leads out of the repository",
        ),
        (LinkToNothing, "a link to a file that does not exist"),
    ] {
        let (repo, _) = repository();
        let refs = repo.sandbox.at(".git/refs");
        fs::remove_dir_all(&refs).unwrap();
        replacement.put(&refs, outside.path());
        let message = format!("refs': {reason}");
        for args in [
            &["history", "--reachable"][..],
            &["range", "main..side"],
            &["staged"],
        ] {
            let printed = fails(&repo, args);
            assert!(printed.contains(&message), "{replacement:?}: {printed}");
        }
    }
}

#[test]
fn accepts_a_link_that_is_an_old_symbolic_ref() {
    let (repo, _) = repository();
    let link = repo.sandbox.at(".git/refs/heads/alias");
    symlink("refs/heads/none", &link).unwrap();
    assert_eq!(
        repo.sandbox.run(["history", "--reachable"]).code,
        Some(1),
        "its target does not exist yet"
    );
    fs::remove_file(&link).unwrap();
    symlink("elsewhere", &link).unwrap();
    let printed = fails(&repo, &["history", "--reachable"]);
    assert!(
        printed.contains("alias': a link to a file that does not exist"),
        "{printed}"
    );
}

#[test]
fn reports_reflogs_that_are_not_read() {
    type Spoil = fn(&Path);
    let spoils: [(&str, Spoil); 3] = [
        (
            "the reflogs cannot be read: symbolic links are not followed",
            |logs| {
                fs::rename(logs, logs.with_extension("moved")).unwrap();
                symlink("logs.moved", logs).unwrap();
            },
        ),
        (
            "the reflog of 'HEAD' cannot be read: symbolic links are not followed",
            |logs| {
                fs::remove_file(logs.join("HEAD")).unwrap();
                symlink("refs/heads/main", logs.join("HEAD")).unwrap();
            },
        ),
        (
            "the reflog of 'HEAD' cannot be read: not a regular file",
            |logs| {
                fs::remove_file(logs.join("HEAD")).unwrap();
                make_pipe(&logs.join("HEAD"));
            },
        ),
    ];
    for (expected, spoil) in spoils {
        let (repo, _) = repository();
        spoil(&repo.sandbox.at(".git/logs"));
        let printed = fails(&repo, &["history", "--reachable"]);
        assert!(printed.contains(expected), "{expected}: {printed}");
        // Without an option about refs all objects are read in any case.
        let run = repo.sandbox.run(["history"]);
        assert_eq!(run.code, Some(1), "{expected}: {run:?}");
        assert!(run.stdout.contains(expected), "{expected}: {run:?}");
    }
}

/// Reflogs name findings that no ref contains.
#[test]
fn reads_the_valid_entries_of_a_reflog() {
    let (repo, _) = repository();
    let side = repo.git(&["rev-parse", "side"]);
    let zero = "0".repeat(40);
    let line = format!(
        "{zero} {} t <t@localhost> 1 +0000\t{}\n",
        side.trim(),
        "m".repeat(1 << 20)
    );
    let junk = "x".repeat(100_000);
    repo.write(".git/logs/HEAD", format!("junk\n{line}{junk}\n{line}"));
    repo.git(&["branch", "--delete", "--force", "--quiet", "side"]);
    let run = repo.scan(&["history"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    for expected in [
        "HEAD@{0}",
        "the reflog of 'HEAD' is not read whole: 2 lines are not entries",
    ] {
        assert!(run.stdout.contains(expected), "{expected}: {run:?}");
    }
}

#[test]
fn refuses_object_folders_that_lead_out() {
    let (repo, _) = repository();
    let outside = outside(&repo);
    for folder in ["pack", "info", "ab"] {
        let path = repo.sandbox.at(".git/objects").join(folder);
        let kept = path.with_extension("kept");
        let existed = fs::rename(&path, &kept).is_ok();
        symlink(outside.path(), &path).unwrap();
        for args in [&["history"][..], &["range", "main..side"], &["staged"]] {
            let printed = fails(&repo, args);
            let message = format!("{folder}': a link that leads out of the repository");
            assert!(printed.contains(&message), "{args:?}: {printed}");
        }
        fs::remove_file(&path).unwrap();
        if existed {
            fs::rename(&kept, &path).unwrap();
        }
    }
    assert_eq!(repo.sandbox.run(["history"]).code, Some(1));
}

#[test]
fn does_not_read_a_file_that_is_not_an_index() {
    let (repo, _) = repository();
    let index = repo.sandbox.at(".git/index");
    fs::remove_file(&index).unwrap();
    File::create(&index).unwrap().set_len(900 << 20).unwrap();
    let run = run_bounded(&repo, repo.sandbox.path(), &["staged"], "a large index");
    assert_eq!(run.code, Some(2), "{}", run.output);
    assert!(
        run.output
            .contains("does not begin with the signature of an index"),
        "{}",
        run.output
    );
    fs::remove_file(&index).unwrap();
    symlink("nothing", &index).unwrap();
    fails(&repo, &["staged"]);
}

/// A push to a repository with a worktree: Git runs the hook in `.git`, with `GIT_DIR=.`.
#[test]
fn reads_the_repository_of_a_hook_that_runs_in_it() {
    let (repo, _) = repository();
    let tree = repo.git(&["rev-parse", "side^{tree}"]);
    let new = repo.git(&["commit-tree", "-p", "main", "-m", "new", tree.trim()]);
    let lines = format!("{} {} refs/heads/new\n", "0".repeat(40), new.trim());
    repo.git(&["branch", "--delete", "--force", "--quiet", "side"]);
    let run = |lines: &str| {
        let input = repo.sandbox.write("lines", lines);
        repo.sandbox.run_with(["hook", "pre-receive"], |command| {
            command
                .current_dir(repo.sandbox.at(".git"))
                .env("GIT_DIR", ".")
                .stdin(File::open(input).unwrap());
        })
    };
    let refused = run(&lines);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("side"), "{refused:?}");
}
