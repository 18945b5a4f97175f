//! Names: a ref that anyone may push does not replace the one that is meant.

use std::fs;

use crate::support::pipeline::{Job, Project, merge_request};

/// Creates a merge request with a leak, in a complete checkout; returns base and head.
fn requested() -> (Project, String, String) {
    let project = Project::new();
    let base = project.fill(2);
    project.branch("topic");
    let head = project.leak("new.txt", 2);
    project.check_out(&head, 50);
    project.checkout(&["update-ref", "refs/remotes/origin/main", &base]);
    (project, base, head)
}

fn elsewhere(project: &Project, args: &[&str]) -> Job {
    project.job_with(&[], args, |command| {
        command.env_remove("GITLAB_CI").env("JENKINS_URL", "x");
    })
}

fn is_found(job: &Job) {
    job.expect(0, &["new.txt"]);
}

#[test]
fn refuses_a_tag_with_the_name_of_the_base() {
    let (project, _, head) = requested();
    for (name, reference) in [
        ("origin/main", "refs/tags/origin/main"),
        ("origin/main", "refs/heads/origin/main"),
        ("origin/main", "refs/origin/main"),
    ] {
        project.checkout(&["update-ref", reference, &head]);
        let job = elsewhere(&project, &["--mode", "merge-request", "--base", name]);
        assert_eq!(job.run.code, Some(2), "{job:?}");
        for expected in ["ambiguous", reference, "refs/remotes/origin/main"] {
            assert!(job.run.stderr.contains(expected), "{job:?}");
        }
        let full = "refs/remotes/origin/main";
        is_found(&elsewhere(
            &project,
            &["--mode", "merge-request", "--base", full],
        ));
        project.checkout(&["update-ref", "-d", reference]);
    }
}

#[test]
fn refuses_a_tag_with_the_name_of_a_branch_that_the_clone_lacks() {
    let (project, base, head) = requested();
    project.checkout(&["update-ref", "-d", "refs/remotes/origin/main"]);
    project.checkout(&["tag", "main", &head]);
    project.checkout(&["tag", "v1", &base]);
    let mode = ["--mode", "merge-request"];
    for args in [
        &["--base", "main"][..],
        &["--base", "main~0"],
        &["--base", base.as_str(), "--target", "main"],
    ] {
        let job = elsewhere(&project, &[&mode, args].concat());
        assert_eq!(job.run.code, Some(2), "{job:?}");
        for expected in ["ambiguous", "refs/tags/main", "of the remote"] {
            assert!(job.run.stderr.contains(expected), "{job:?}");
        }
    }
    is_found(&elsewhere(
        &project,
        &[&mode[..], &["--base", "v1"]].concat(),
    ));
    let mut options = merge_request(&base, &head);
    options.push(("SECRET_DETECTION_LOG_OPTIONS", "main..HEAD"));
    assert_eq!(project.job(&options, &[]).run.code, Some(2));
}

#[test]
fn never_resolves_a_commit_id_to_a_ref_of_that_name() {
    let (project, base, head) = requested();
    for folder in ["refs/tags", "refs/heads", "refs"] {
        // Git refuses to create some of these, but a server or a checkout may have them.
        let folder = project.sandbox.at("checkout/.git").join(folder);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(&base), format!("{head}\n")).unwrap();
    }
    is_found(&project.job(&merge_request(&base, &head), &[]));
    is_found(&elsewhere(
        &project,
        &["--mode", "merge-request", "--base", &base],
    ));
}

#[test]
fn resolves_the_target_to_a_branch_whatever_tags_exist() {
    let (project, base, head) = requested();
    for name in [
        "main",
        "origin/main",
        "refs/heads/main",
        "refs/remotes/origin/main",
    ] {
        project.checkout(&["update-ref", &format!("refs/tags/{name}"), &head]);
        project.remote(&["update-ref", &format!("refs/tags/{name}"), &head]);
    }
    let without_base: Vec<_> = merge_request("", &head);
    let online = project.job(&without_base, &[]);
    is_found(&online);
    fs::rename(project.sandbox.at("remote"), project.sandbox.at("gone")).unwrap();
    // The branch of the clone may be outdated.
    project.job(&without_base, &[]).expect(2, &["new.txt"]);
    is_found(&project.job(&merge_request(&base, &head), &[]));
}

/// Returns the loose file of an object, unpacking it if needed.
fn loose(project: &Project, id: &str) -> std::path::PathBuf {
    let objects = project.sandbox.at("checkout/.git/objects");
    objects.join(&id[..2]).join(&id[2..])
}

#[test]
fn reads_stored_objects_of_the_target_without_replacements() {
    let allow = "[[allow]]\npaths = ['*']\nreason = 'x'\n";
    let project = Project::new();
    let base = project.commit(&[(".tokensweep.toml", "# strict\n")]);
    project.branch("topic");
    let head = project.leak("new.txt", 2);
    project.check_out(&head, 50);
    let policy = project.checkout(&["rev-parse", &format!("{base}:.tokensweep.toml")]);
    let file = project.sandbox.write("allow.toml", allow);
    let lax = project.checkout(&["hash-object", "-w", file.to_str().unwrap()]);
    let variables = merge_request(&base, &head);

    project.checkout(&["replace", &policy, &lax]);
    is_found(&project.job(&variables, &[]));
    project.checkout(&["replace", "-d", &policy]);

    // A commit that allows everything replaces the base.
    project.sandbox.write("checkout/.tokensweep.toml", allow);
    project.checkout(&["add", "-A"]);
    let tree = project.checkout(&["write-tree"]);
    let lax_commit = project.checkout(&["commit-tree", "-m", "lax", &tree]);
    project.checkout(&["replace", &base, &lax_commit]);
    is_found(&project.job(&variables, &[]));
    project.checkout(&["replace", "-d", &base]);
    project.sandbox.write(
        "checkout/.git/info/grafts",
        format!("{head} {lax_commit}\n"),
    );
    is_found(&project.job(&variables, &[]));
    fs::remove_file(project.sandbox.at("checkout/.git/info/grafts")).unwrap();

    // Other content under the same id.
    let packs: Vec<_> = fs::read_dir(project.sandbox.at("checkout/.git/objects/pack"))
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    for pack in packs
        .iter()
        .filter(|path| path.extension().is_some_and(|e| e == "pack"))
    {
        let moved = project.sandbox.at("moved.pack");
        fs::rename(pack, &moved).unwrap();
        let mut unpack = project.sandbox.command("git");
        unpack
            .args(["-C", "checkout", "unpack-objects", "-q"])
            .stdin(fs::File::open(&moved).unwrap());
        assert!(unpack.status().unwrap().success());
    }
    for pack in packs {
        let _ = fs::remove_file(pack);
    }
    is_found(&project.job(&variables, &[]));
    for (id, other) in [(&policy, &lax), (&base, &lax_commit)] {
        let path = loose(&project, id);
        let kept = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        fs::copy(loose(&project, other), &path).unwrap();
        let job = project.job(&variables, &["--fetch-timeout", "0"]);
        assert_eq!(job.run.code, Some(2), "{job:?}");
        fs::remove_file(&path).unwrap();
        fs::write(&path, kept).unwrap();
    }
}
