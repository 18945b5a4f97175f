//! `tokensweep hook install`.

use crate::support::repo::Repo;

const BODY: &str = "#!/bin/sh\n\
    # Written by `tokensweep hook install pre-commit`. Delete this file to remove the hook.\n\
    if ! command -v tokensweep >/dev/null; then\n    \
    echo 'The pre-commit hook needs tokensweep, which is not on the PATH.' >&2\n    \
    echo \"Install it, delete $0, or skip the hook once with --no-verify.\" >&2\n    \
    exit 1\n\
    fi\n\
    exec tokensweep hook pre-commit \"$@\"\n";

#[test]
fn installs_a_hook_once_and_never_overwrites() {
    let repo = Repo::new();
    let path = repo.sandbox.at(".git/hooks/pre-commit");
    let real = path
        .parent()
        .unwrap()
        .canonicalize()
        .unwrap()
        .join("pre-commit");
    let install = || repo.sandbox.run(["hook", "install"]);
    let first = install();
    assert_eq!(
        (first.code, first.stdout.as_str()),
        (Some(0), ""),
        "{first:?}"
    );
    assert_eq!(first.stderr, format!("Installed {}\n", real.display()));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), BODY);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o755);
    }
    let again = install();
    assert_eq!(again.code, Some(0));
    assert_eq!(
        again.stderr,
        format!("Already installed: {}\n", real.display())
    );

    std::fs::write(&path, "#!/bin/sh\nexit 0\n").unwrap();
    let refused = install();
    assert_eq!(refused.code, Some(2));
    assert_eq!(
        refused.stderr,
        format!(
            "Nothing was written: there is a hook already, {}. Add this line to it:\n\n\
             tokensweep hook pre-commit \"$@\" || exit\n",
            real.display()
        )
    );
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        "#!/bin/sh\nexit 0\n"
    );
}

#[test]
fn installs_where_git_looks() {
    let repo = Repo::new();
    repo.git(&["config", "core.hooksPath", "my/hooks"]);
    repo.write("sub/file", "");
    let run = repo
        .sandbox
        .run_with(["hook", "install", "pre-push"], |command| {
            command.current_dir(repo.sandbox.at("sub"));
        });
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(repo.sandbox.at("my/hooks/pre-push").is_file());
    // The user's configuration counts as well.
    let repo = Repo::new();
    let home = tempfile::tempdir().unwrap();
    std::fs::write(
        home.path().join(".gitconfig"),
        "[core]\n\thooksPath = ~/all\n",
    )
    .unwrap();
    let install = |args: &[&str]| {
        repo.sandbox
            .run_with([&["hook", "install"], args].concat(), |command| {
                command
                    .env("HOME", home.path())
                    .env_remove("GIT_CONFIG_GLOBAL");
            })
    };
    // A folder that serves other repositories is written to only on request.
    let refused = install(&[]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("--shared"), "{refused:?}");
    assert!(!home.path().join("all").exists());
    let run = install(&["--shared"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(home.path().join("all/pre-commit").is_file());
    // So is a link that leads out of the repository.
    let repo = Repo::new();
    let elsewhere = tempfile::tempdir().unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(elsewhere.path(), repo.sandbox.at("hooks")).unwrap();
        repo.git(&["config", "core.hooksPath", "hooks"]);
        let run = repo.sandbox.run(["hook", "install"]);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(!elsewhere.path().join("pre-commit").exists());
        // So is a link whose target does not exist yet.
        let missing = elsewhere.path().join("missing");
        std::os::unix::fs::symlink(&missing, repo.sandbox.at("later")).unwrap();
        repo.git(&["config", "core.hooksPath", "later"]);
        let run = repo.sandbox.run(["hook", "install"]);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.stderr.contains("outside of this repository"), "{run:?}");
        assert!(!missing.exists());
    }
}

#[test]
fn leaves_hooks_to_programs_that_manage_them() {
    for (file, hook, told) in [
        (
            "lefthook.yml",
            "pre-push",
            "Nothing was written: lefthook manages the hooks of this repository. Add to its \
             configuration, then run 'lefthook install':\n\npre-push:\n  commands:\n    \
             tokensweep:\n      run: tokensweep hook pre-push {1} {2}\n      use_stdin: true\n\n",
        ),
        (
            ".husky/_/h",
            "pre-commit",
            "Nothing was written: husky manages the hooks of this repository. Add this line to \
             .husky/pre-commit:\n\ntokensweep hook pre-commit \"$@\"\n\n",
        ),
        (
            ".pre-commit-config.yaml",
            "pre-commit",
            concat!(
                "Nothing was written: pre-commit manages the hooks of this repository. Add to \
                 .pre-commit-config.yaml, with the version you have, then run 'pre-commit \
                 install':\n\n  - repo: https://gitlab.com/tokensweep/tokensweep\n    rev: ",
                env!("CARGO_PKG_VERSION"),
                "\n    hooks:\n      - id: tokensweep-system\n\n"
            ),
        ),
    ] {
        let repo = Repo::new();
        repo.write(file, "");
        let run = repo.sandbox.run(["hook", "install", hook]);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert_eq!(run.stderr, told);
        assert!(!repo.sandbox.at(".git/hooks").join(hook).exists());
    }
}
