//! Repositories and wikis of a sweep.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Sweeping;
use crate::support::a_credential;
use crate::support::gitlab::world::pack;
use crate::support::sandbox::Sandbox;

const API: &str = "acme/platform/api";

#[test]
fn keeps_mirrors_without_the_token_and_fetches_new_commits() {
    let sweeping = Sweeping::new();
    let args = [API, "--only", "repository", "--mirrors", "mirrors"];
    let (first, run) = sweeping.sweep(&args);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    // The sandbox searches all files for the token.
    assert!(
        sweeping
            .sandbox
            .at("mirrors/project-11.git/objects")
            .is_dir()
    );
    let (second, _) = sweeping.sweep(&args);
    assert_eq!(first, second);
}

#[test]
fn deletes_mirrors_that_are_not_kept() {
    let sweeping = Sweeping::new();
    let scratch = sweeping.sandbox.at("scratch");
    std::fs::create_dir(&scratch).unwrap();
    let url = sweeping.world.fake.url();
    let args = ["sweep", API, "--only", "repository", "--instance", &url];
    let run = sweeping.sandbox.run_with(args, |command| {
        sweeping.prepare(command);
        command.env("TMPDIR", &scratch);
    });
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert_eq!(std::fs::read_dir(&scratch).unwrap().count(), 0);
}

#[test]
fn reports_a_repository_that_does_not_fit_on_the_disk() {
    let sweeping = Sweeping::new();
    let args = [API, "--only", "repository", "--disk", "0"];
    let (report, run) = sweeping.sweep(&args);
    assert_eq!(run.code, Some(2));
    assert_eq!(
        report["errors"].to_string(),
        r#"[{"message":"the repository does not fit into 0 GB of disk (--disk)","path":"acme/platform/api/-/repository"}]"#
    );
    let accepted = [&args[..], &["--allow-unreadable", "repository"]].concat();
    let (report, run) = sweeping.sweep(&accepted);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(
        report["notes"].to_string(),
        r#"[{"message":"repository: 1 item could not be read, which --allow-unreadable accepts"}]"#
    );
}

#[test]
fn names_what_is_missing_without_git() {
    let sweeping = Sweeping::new();
    let url = sweeping.world.fake.url();
    let args = ["sweep", API, "--only", "repository", "--instance", &url];
    let run = sweeping.sandbox.run_with(args, |command| {
        sweeping.prepare(command);
        command.env("PATH", "/nonexistent");
    });
    assert_eq!(run.code, Some(2));
    let expected = "acme/platform/api/-/repository: the repository cannot be fetched without the `git` program; install Git";
    assert!(run.stdout.contains(expected), "{}", run.stdout);
}

/// A repository whose files and names would start programs, if anything obeyed them.
fn trap(sandbox: &Sandbox, token: &str) -> std::path::PathBuf {
    let mark = sandbox.at("mark");
    let program = format!("touch {}", mark.display());
    let folder = sandbox.at("trap");
    let git = |args: &[&str]| sandbox.git(&[&["-C", folder.to_str().unwrap()], args].concat());
    sandbox.git(&["init", "--quiet", "--initial-branch=main", "trap"]);
    for (path, text) in [
        (".gitattributes", "* filter=trap diff=trap merge=trap\n"),
        (
            "config",
            "[core]\n\tfsmonitor = TRAP\n\tsshCommand = TRAP\n[filter \"trap\"]\n\tsmudge = TRAP\n",
        ),
        ("hooks/post-checkout", "#!/bin/sh\nTRAP\n"),
        ("hooks/reference-transaction", "#!/bin/sh\nTRAP\n"),
        (
            ".gitmodules",
            "[submodule \"x\"]\n\tpath = x\n\turl = ext::sh -c TRAP\n\tupdate = !TRAP\n",
        ),
        (
            ".lfsconfig",
            "[lfs]\n\turl = https://user:pw@evil.invalid/lfs\n",
        ),
        (
            "large.bin",
            "version https://git-lfs.github.com/spec/v1\noid sha256:OID\nsize 5\n",
        ),
        ("deploy.env", "TOKEN\n"),
    ] {
        let text = text
            .replace("TRAP", &program)
            .replace("OID", &"7".repeat(64));
        let text = text.replace("TOKEN\n", &format!("TOKEN={token}\n"));
        sandbox.write(folder.join(path), text);
    }
    git(&["add", "--all"]);
    git(&[
        "update-index",
        "--chmod=+x",
        "hooks/post-checkout",
        "hooks/reference-transaction",
    ]);
    // A submodule.
    let commit = "0123456789012345678901234567890123456789";
    git(&[
        "update-index",
        "--add",
        "--cacheinfo",
        &format!("160000,{commit},x"),
    ]);
    git(&["commit", "--quiet", "--message", "Start"]);
    // Names of refs that look like options.
    for name in ["refs/heads/--upload-pack=touch", "refs/keep-around/x"] {
        git(&["update-ref", name, "HEAD"]);
    }
    // A link in place of a file.
    std::os::unix::fs::symlink("/etc/passwd", folder.join("link")).unwrap();
    git(&["add", "link"]);
    git(&["commit", "--quiet", "--message", "Link"]);
    folder.join(".git")
}

#[test]
fn repositories_that_name_programs_start_none() {
    let sweeping = Sweeping::new();
    let sandbox = &sweeping.sandbox;
    let token = a_credential("personal access token, routable", 71);
    let token = sandbox.watch(token);
    let repository = trap(sandbox, &token);
    sweeping.world.fake.edit(|content| {
        for suffix in ["git", "wiki.git"] {
            let path = format!("{API}.{suffix}");
            content.repositories.insert(path, repository.clone());
        }
    });
    let args = [API, "--only=repository", "--only=wiki", "--mirrors=mirrors"];
    // Twice: the second time it fetches into a folder that exists.
    for _ in 0..2 {
        let (report, run) = sweeping.sweep(&args);
        assert_eq!(run.code, Some(1), "{run:?}");
        let url = sweeping.world.fake.url();
        let places: Vec<String> = super::found(&report, &url)
            .into_iter()
            .map(|(place, _)| place)
            .collect();
        assert_eq!(places, ["repository", "wiki"]);
        assert_eq!(report["summary"]["left_out"]["lfs-pointer"], 2);
        assert!(!sandbox.at("mark").exists());
    }
    // Even if someone has changed the mirror in between.
    let mirror = sandbox.at("mirrors/project-11.git");
    let program = format!("touch {}", sandbox.at("mark").display());
    let hook = sandbox.write(
        mirror.join("hooks/reference-transaction"),
        format!("#!/bin/sh\n{program}\n"),
    );
    std::fs::set_permissions(hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let config = format!(
        "[core]\n\tfsmonitor = \"{program}\"\n\thooksPath = hooks\n[remote \"x\"]\n\tuploadpack = {program}\n"
    );
    sandbox.write(mirror.join("config"), config);
    sandbox.git(&[
        "--git-dir",
        repository.to_str().unwrap(),
        "update-ref",
        "refs/heads/new",
        "HEAD~1",
    ]);
    let (_, run) = sweeping.sweep(&args);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(!sandbox.at("mark").exists());
    // The last requests were those of `git`, to the instance only.
    assert!(!format!("{:?}", sweeping.world.fake.requests()).contains("lfs"));
}

#[test]
fn removes_mirrors_that_a_killed_sweep_has_left_behind() {
    let sweeping = Sweeping::new();
    let sandbox = &sweeping.sandbox;
    let url = sweeping.world.fake.url();
    let scratch = sandbox.at("scratch");
    std::fs::create_dir(&scratch).unwrap();
    let args = [
        "sweep",
        API,
        "--only=repository",
        "--instance",
        &url,
        "--quiet",
    ];
    // A `git` that never ends keeps the sweep in its scratch folder.
    let git = sandbox.write("bin/git", "#!/bin/sh\nexec sleep 600\n");
    std::fs::set_permissions(git, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let mut command = sandbox.command(env!("CARGO_BIN_EXE_tokensweep"));
    sweeping.prepare(&mut command);
    let path = format!(
        "{}:{}",
        sandbox.at("bin").display(),
        std::env::var("PATH").unwrap()
    );
    let mut run = command
        .args(args)
        .env("TMPDIR", &scratch)
        .env("PATH", path)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let left = || -> Vec<std::path::PathBuf> {
        let entries = std::fs::read_dir(&scratch).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    };
    while left().is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let folder = left().remove(0);
    let age = |folder: &std::path::Path| {
        let old = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
        let times = std::fs::FileTimes::new().set_modified(old);
        std::fs::File::open(folder)
            .unwrap()
            .set_times(times)
            .unwrap();
    };
    let sweep = || {
        sandbox.run_with(args, |command| {
            sweeping.prepare(command);
            command.env("TMPDIR", &scratch);
        })
    };
    // The folder of a running sweep is kept at any age.
    age(&folder);
    assert_eq!(sweep().code, Some(1));
    assert_eq!(left(), std::slice::from_ref(&folder));
    let git = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", run.id()));
    run.kill().unwrap();
    run.wait().unwrap();
    for child in git.unwrap_or_default().split_whitespace() {
        let _ = std::process::Command::new("kill").arg(child).status();
    }
    age(&folder);
    // Neither a folder of someone else, nor a link, nor a new one is removed.
    let others = ["tokensweep-other", "tokensweep-mirror-new"].map(|name| scratch.join(name));
    for other in &others {
        std::fs::create_dir(other).unwrap();
    }
    age(&others[0]);
    let link = scratch.join("tokensweep-mirror-link");
    std::os::unix::fs::symlink(sandbox.at("bin"), &link).unwrap();
    assert_eq!(sweep().code, Some(1));
    let mut expected = vec![others[0].clone(), others[1].clone(), link];
    expected.sort();
    let mut found = left();
    found.sort();
    assert_eq!(found, expected);
    assert!(sandbox.at("bin/git").exists());
}

/// A repository of the sample instance that changes between sweeps.
struct ChangingRepository<'a> {
    sweeping: &'a Sweeping,
    bare: std::path::PathBuf,
}

impl<'a> ChangingRepository<'a> {
    /// Replaces the repository of a project by one with many commits.
    fn new(sweeping: &'a Sweeping) -> Self {
        let bare = sweeping.sandbox.path().join("changing.git");
        let repository = Self { sweeping, bare };
        repository.git(&["init", "--quiet", "--bare", "--initial-branch=main", "."]);
        for number in 0..30 {
            repository.commit("main", &format!("file-{number}.txt"), "Nothing here.\n");
        }
        let bare = repository.bare.clone();
        sweeping.world.fake.edit(|content| {
            content.repositories.insert(format!("{API}.git"), bare);
        });
        repository
    }

    /// Runs `git` in the repository; returns its output.
    fn git(&self, args: &[&str]) -> String {
        std::fs::create_dir_all(&self.bare).unwrap();
        let output = Sandbox::command_in(&self.bare, "git")
            .args(["-c", "user.name=Dana", "-c", "user.email=dana@example.com"])
            .args(args)
            .output()
            .unwrap();
        assert!(output.status.success(), "{args:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Adds a commit that writes a file; returns its id.
    fn commit(&self, branch: &str, file: &str, text: &str) -> String {
        let blob = self.bare.join("new-blob");
        std::fs::write(&blob, text).unwrap();
        let id = self.git(&["hash-object", "-w", "new-blob"]);
        std::fs::remove_file(&blob).unwrap();
        let branch = format!("refs/heads/{branch}");
        let parent = self.git(&["for-each-ref", "--format=%(objectname)", &branch]);
        if parent.is_empty() {
            self.git(&["read-tree", "--empty"]);
        } else {
            self.git(&["read-tree", &parent]);
        }
        let entry = format!("100644,{id},{file}");
        self.git(&["update-index", "--add", "--cacheinfo", &entry]);
        let tree = self.git(&["write-tree"]);
        let mut args = vec!["commit-tree", "-m", "Edit", &tree];
        if !parent.is_empty() {
            args.extend(["-p", &parent]);
        }
        let commit = self.git(&args);
        self.git(&["update-ref", &branch, &commit]);
        commit
    }

    /// A new token, which no output may contain.
    fn token(&self, seed: u64) -> String {
        let token = a_credential("personal access token, routable", seed);
        self.sweeping.sandbox.watch(token)
    }

    /// Sweeps the repository after activity at this time. Returns the commits of the findings by path, and the number
    /// of scanned blobs.
    fn sweep(&self, hour: u32, more: &[&str]) -> (BTreeMap<String, String>, u64) {
        let fake = &self.sweeping.world.fake;
        fake.edit(|content| {
            let project = content.projects.iter_mut();
            let mut project = project.filter(|project| project.path == API);
            project.next().unwrap().last_activity_at = format!("2026-10-02T{hour:02}:00:00.000Z");
        });
        fake.forget_requests();
        let args = [API, "--only", "repository", "--state", "state.json"];
        let (report, run) = self.sweeping.sweep(&[&args, more].concat());
        assert_eq!(run.code, Some(1), "{}", run.stderr);
        assert_eq!(report["errors"].as_array().unwrap().len(), 0);
        let findings = report["findings"].as_array().unwrap().iter();
        let commits: Vec<(String, String)> = findings
            .map(|finding| {
                let text = |key: &str| finding["location"][key].as_str().unwrap().to_owned();
                (text("path").replace(&format!("{API}/"), ""), text("commit"))
            })
            .collect();
        let count = commits.len();
        let commits: BTreeMap<String, String> = commits.into_iter().collect();
        assert_eq!(commits.len(), count, "nothing is reported twice");
        let state = std::fs::read_to_string(self.sweeping.sandbox.at("state.json")).unwrap();
        let state: Value = serde_json::from_str(&state).unwrap();
        let place = &state["subjects"]["project/11"]["places"]["repository"];
        (commits, place["scanned"]["blobs"].as_u64().unwrap())
    }

    /// The number of requests for refs and objects.
    fn requests(&self) -> u64 {
        let counts = self.sweeping.world.fake.world().counts.clone();
        counts
            .get("POST git upload-pack")
            .copied()
            .unwrap_or_default()
    }
}

/// Sweeps a repository that changes, with these further arguments.
fn scans_only_new_commits_with(more: &[&str]) {
    let sweeping = Sweeping::new();
    let repository = ChangingRepository::new(&sweeping);
    let (old, new, other) = (
        repository.token(5001),
        repository.token(5002),
        repository.token(5003),
    );
    let introduced = repository.commit("main", "old.env", &format!("TOKEN={old}\n"));
    let (first, blobs) = repository.sweep(1, more);
    assert_eq!(first["old.env"], introduced);
    assert!(blobs > 30, "{blobs} blobs");

    // The same secret at the same path is known, even if it changes state.
    repository.commit("main", "old.env", "removed\n");
    repository.commit("main", "old.env", &format!("again\nTOKEN={old}\n"));
    let added = repository.commit("main", "new.env", &format!("TOKEN={new}\n"));
    repository.commit("main", "new.env", &format!("moved\nTOKEN={new}\n"));
    let (second, blobs) = repository.sweep(2, more);
    let expected = [("new.env", &added), ("old.env", &introduced)];
    let expected = expected.map(|(path, commit)| (path.to_owned(), commit.clone()));
    assert_eq!(second, expected.clone().into());
    // Message, header and file of four commits.
    assert!(blobs <= 12, "{blobs} blobs");

    // A forced push: the new branch leaves before the known tip, which the clone does not contain any more. A merge
    // request knows its start.
    let start = repository.git(&["rev-parse", "main~20"]);
    repository.git(&["update-ref", "refs/merge-requests/1/head", &start]);
    repository.sweep(3, more);
    repository.git(&["update-ref", "refs/heads/main", &start]);
    let pushed = repository.commit("main", "other.env", &format!("TOKEN={other}\n"));
    let (third, blobs) = repository.sweep(4, more);
    let mut expected: BTreeMap<String, String> = expected.into();
    expected.insert("other.env".to_owned(), pushed);
    assert_eq!(third, expected);
    assert!(blobs <= 3, "{blobs} blobs");

    // Deleting a branch adds nothing, so nothing is fetched.
    repository.git(&["update-ref", "refs/heads/topic", &start]);
    repository.sweep(5, more);
    assert_eq!(repository.requests(), 1, "only the list of refs");
    repository.git(&["update-ref", "-d", "refs/heads/topic"]);
    assert_eq!(repository.sweep(6, more), (expected.clone(), 0));
    assert_eq!(repository.requests(), 1, "only the list of refs");

    // Without any known commit everything is scanned again.
    repository.git(&["update-ref", "-d", "refs/merge-requests/1/head"]);
    repository.git(&["update-ref", "-d", "refs/heads/main"]);
    repository.commit("main", "README", "A new start.\n");
    let (last, blobs) = repository.sweep(7, more);
    assert_eq!(last, expected);
    assert!(blobs > 0);
}

#[test]
fn scans_only_new_commits_of_a_changed_repository() {
    scans_only_new_commits_with(&[]);
}

#[test]
fn scans_only_new_commits_of_a_kept_mirror() {
    scans_only_new_commits_with(&["--mirrors", "mirrors"]);
}

#[test]
fn opens_archives_in_new_commits() {
    let sweeping = Sweeping::new();
    let repository = ChangingRepository::new(&sweeping);
    let token = repository.token(5004);
    repository.commit("main", "a.env", &format!("TOKEN={token}\n"));
    repository.sweep(1, &[]);
    let other = repository.token(5005);
    let archive = pack::zip(&[("b.env", format!("TOKEN={other}\n").as_bytes())]);
    std::fs::write(sweeping.sandbox.at("archive.zip"), archive).unwrap();
    let id = repository.git(&["hash-object", "-w", "../archive.zip"]);
    repository.git(&["read-tree", "main"]);
    let entry = format!("100644,{id},archive.zip");
    repository.git(&["update-index", "--add", "--cacheinfo", &entry]);
    let tree = repository.git(&["write-tree"]);
    let commit = repository.git(&["commit-tree", "-m", "Archive", &tree, "-p", "main"]);
    repository.git(&["update-ref", "refs/heads/main", &commit]);
    let (found, _) = repository.sweep(2, &[]);
    assert_eq!(found["archive.zip!b.env"], commit, "{found:?}");
}
