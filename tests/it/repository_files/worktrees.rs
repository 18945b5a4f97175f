//! Files that some index tracks, in forms that hide them from the ignore rules.

use super::*;

/// A repository with a commit, in which `.gitignore` ignores everything.
fn ignoring() -> Repo {
    let repo = Repo::new();
    repo.write(".gitignore", "*\n");
    repo.git(&["add", "--force", ".gitignore"]);
    repo.git(&["commit", "--quiet", "--message", "ignore"]);
    repo
}

fn found_paths(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| finding["location"]["path"].as_str().unwrap())
        .collect()
}

#[test]
fn scans_files_of_a_nested_repository_that_the_outer_one_tracks() {
    for nested in ["exclude", "ignore", "both"] {
        let repo = ignoring();
        repo.write("nested/deep/leak", repo.token(1));
        repo.write("nested/other", repo.token(2));
        repo.git(&["add", "--force", "nested/deep"]);
        repo.git(&["init", "--quiet", "nested"]);
        if nested != "ignore" {
            repo.write("nested/.git/info/exclude", "*\n");
        }
        if nested != "exclude" {
            repo.write("nested/.gitignore", "deep\n*\n");
        }
        let report = repo.sandbox.scan(&[]);
        assert_eq!(found_paths(&report), ["nested/deep/leak"], "{nested}");
        assert_eq!(report["scan"]["complete"], true, "{nested}: {report}");
    }
}

#[test]
fn scans_files_below_folders_of_a_sparse_index() {
    let repo = Repo::new();
    repo.write("folder/below/leak", repo.token(1));
    repo.write("kept/file", "text\n");
    repo.commit("first");
    repo.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "kept"]);
    assert!(!repo.sandbox.at("folder").exists());
    repo.write("folder/below/leak", repo.token(1));
    repo.write(".git/info/exclude", "leak\nfolder\n");
    assert_eq!(found_paths(&repo.sandbox.scan(&[])), ["folder/below/leak"]);
}

/// The paths in the index are below the named worktree, and so are the ignore files that Git reads.
#[test]
fn ignores_no_file_if_the_configuration_names_another_worktree() {
    for (value, is_other) in [("../inner", true), ("..", false), ("../gone", true)] {
        for file in ["config", "config.worktree"] {
            let repo = ignoring();
            repo.write("inner/leak", repo.token(1));
            if file == "config.worktree" {
                repo.git(&["config", "extensions.worktreeConfig", "true"]);
            }
            let path = repo.sandbox.at(".git").join(file);
            let text = fs::read_to_string(&path).unwrap_or_default();
            fs::write(&path, format!("{text}[core]\n\tworktree = {value}\n")).unwrap();
            let expected = if is_other { &["inner/leak"][..] } else { &[] };
            let report = repo.sandbox.scan(&[]);
            assert_eq!(found_paths(&report), expected, "{value} in {file}");
        }
    }
}

/// As with a given file.
#[test]
fn scans_a_given_folder_that_git_ignores() {
    let repo = Repo::new();
    repo.write(".gitignore", "/build/\n*.log\n");
    for path in [
        "build/deep/leak",
        "build/leak.log",
        "kept/leak",
        "kept/x.log",
    ] {
        repo.write(path, repo.token(path.len() as u64));
    }
    repo.git(&["add", ".gitignore"]);
    assert_eq!(found_paths(&repo.sandbox.scan(&[])), ["kept/leak"]);
    assert_eq!(
        found_paths(&repo.sandbox.scan(&["build"])),
        ["build/deep/leak", "build/leak.log"]
    );
    assert_eq!(
        found_paths(&repo.sandbox.scan(&["build/deep"])),
        ["build/deep/leak"]
    );
    assert_eq!(found_paths(&repo.sandbox.scan(&["kept"])), ["kept/leak"]);
}

#[test]
fn counts_contents_of_git_lfs_and_scans_what_only_resembles_an_index() {
    let repo = Repo::new();
    repo.write(".git/lfs/objects/4d/7a/4d7a", repo.token(1));
    repo.write(".git/sharedindex.txt", repo.token(2));
    let report = repo.sandbox.scan(&[]);
    assert_eq!(found_paths(&report), [".git/sharedindex.txt"]);
    assert_eq!(report["summary"]["left_out"]["lfs-objects"], 1, "{report}");
    let run = repo.sandbox.run(["scan"]);
    let advice = "1 folders of Git LFS objects (`tokensweep scan .git/lfs/objects`)";
    assert!(run.stdout.contains(advice), "{run:?}");
    assert_eq!(
        found_paths(&repo.sandbox.scan(&[".git/lfs/objects"])),
        [".git/lfs/objects/4d/7a/4d7a"]
    );
}

/// Each level costs more than the one above.
#[test]
fn reads_a_bounded_number_of_nested_repositories() {
    let repo = Repo::new();
    let mut folder = String::new();
    for _ in 0..40 {
        folder.push_str("d/");
        repo.write(&format!("{folder}.git/HEAD"), "ref: refs/heads/main\n");
        fs::create_dir(repo.sandbox.at(format!("{folder}.git/objects"))).unwrap();
    }
    let leak = format!("{folder}leak");
    repo.write(&leak, repo.token(1));
    let run = repo.sandbox.run(["scan", "--format", "json"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(found_paths(&report), [leak]);
    assert_eq!(report["summary"]["repositories"], 33);
    let error = &report["errors"][0]["message"];
    let expected = "the repository cannot be read: it is nested in 32 others";
    assert_eq!(error, expected, "{report}");
}
