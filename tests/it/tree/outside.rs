//! Repositories that name files outside of the scan.

use std::os::unix::fs::symlink;
use std::path::Path;

use super::*;

/// Creates a sandbox with another repository, `victim`, whose secrets must not be read, and a folder `scanned` with
/// a repository in it.
fn with_victim() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.git(&["init", "-q", "victim"]);
    let token = sandbox.watch(a_token(7));
    let url = format!("https://oauth2:{token}@gitlab.corp.internal/secret/project.git");
    sandbox.git(&["-C", "victim", "remote", "add", "origin", &url]);
    sandbox.write(
        "victim/.git/glab-cli/config.yml",
        format!("token: {token}\n"),
    );
    sandbox.write(
        "victim/netrc",
        format!("machine h login me password {token}\n"),
    );
    sandbox.git(&["init", "-q", "scanned"]);
    sandbox.write("scanned/sub/HEAD", "ref: refs/heads/main\n");
    sandbox
}

fn reads_nothing_outside(name: &str, prepare: impl Fn(&Sandbox, &Path)) -> Value {
    let sandbox = with_victim();
    prepare(&sandbox, &sandbox.at("victim"));
    let report = sandbox.scan(&["scanned"]);
    assert_eq!(paths(&report), [""; 0], "{name}");
    report
}

fn bare(sandbox: &Sandbox) {
    for folder in ["objects", "refs"] {
        std::fs::create_dir_all(sandbox.at("scanned/sub").join(folder)).unwrap();
    }
}

#[test]
fn does_not_leave_the_root_through_fake_repositories() {
    reads_nothing_outside("config", |sandbox, victim| {
        bare(sandbox);
        symlink(victim.join(".git/config"), sandbox.at("scanned/sub/config")).unwrap();
    });
    reads_nothing_outside("credentials", |sandbox, victim| {
        bare(sandbox);
        symlink(victim.join("netrc"), sandbox.at("scanned/sub/credentials")).unwrap();
        symlink(
            victim.join(".git/glab-cli"),
            sandbox.at("scanned/sub/glab-cli"),
        )
        .unwrap();
    });
    reads_nothing_outside("include", |sandbox, victim| {
        bare(sandbox);
        let include = format!("[include]\n\tpath = {}\n", victim.join("netrc").display());
        sandbox.write("scanned/sub/config", include);
    });
    reads_nothing_outside("commondir", |sandbox, victim| {
        let common = format!("{}\n", victim.join(".git").display());
        sandbox.write("scanned/sub/commondir", common);
    });
    reads_nothing_outside("modules and worktrees", |sandbox, victim| {
        bare(sandbox);
        let git = victim.join(".git");
        symlink(&git, sandbox.at("scanned/sub/modules")).unwrap();
        for file in ["gitdir", "commondir"] {
            let path = format!("scanned/sub/worktrees/w/{file}");
            sandbox.write(path, git.display().to_string());
        }
        sandbox.write("scanned/sub/worktrees/w/HEAD", "x");
    });
}

#[test]
fn does_not_leave_the_root_through_nested_pointers() {
    let report = reads_nothing_outside("file", |sandbox, victim| {
        let text = format!("gitdir: {}\n", victim.join(".git").display());
        sandbox.write("scanned/nested/.git", text);
    });
    assert_eq!(
        report["skipped"][0]["reason"], "outside-repository",
        "{report}"
    );
    reads_nothing_outside("link", |sandbox, victim| {
        std::fs::create_dir(sandbox.at("scanned/nested")).unwrap();
        symlink(victim.join(".git"), sandbox.at("scanned/nested/.git")).unwrap();
    });
    reads_nothing_outside("common folder", |sandbox, victim| {
        sandbox.write("scanned/nested/.git/HEAD", "ref: refs/heads/main\n");
        let common = format!("{}\n", victim.join(".git").display());
        sandbox.write("scanned/nested/.git/commondir", common);
    });
    // It looks like a linked worktree, but the victim does not name it.
    reads_nothing_outside("worktree", |sandbox, victim| {
        let admin = victim.join(".git/worktrees/w");
        std::fs::create_dir_all(&admin).unwrap();
        std::fs::write(admin.join("HEAD"), "x").unwrap();
        std::fs::write(admin.join("commondir"), "../..\n").unwrap();
        std::fs::write(admin.join("gitdir"), "/nowhere/.git\n").unwrap();
        sandbox.write(
            "scanned/nested/.git",
            format!("gitdir: {}\n", admin.display()),
        );
    });
}

#[test]
fn reads_nested_worktrees_and_submodules() {
    let sandbox = Sandbox::new();
    sandbox.git(&["init", "-q", "main"]);
    sandbox.git(&["-C", "main", "commit", "-q", "--allow-empty", "-m", "x"]);
    std::fs::create_dir(sandbox.at("scanned")).unwrap();
    sandbox.git(&["-C", "main", "worktree", "add", "-q", "../scanned/linked"]);
    let token = sandbox.watch(a_token(3));
    let url = format!("https://u:{token}@gitlab.corp.internal/a.git");
    sandbox.git(&["-C", "main", "remote", "add", "origin", &url]);
    let report = sandbox.scan(&["scanned"]);
    assert_eq!(paths(&report).len(), 1, "{report}");
}
