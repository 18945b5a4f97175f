//! Credentials in Git configuration: ten places, each with its line, and the silence beside them.

use crate::support::sandbox::{Sandbox, places};
use crate::support::tokens::Rng;
use crate::support::{a_token, shape};

#[test]
fn ten_places_of_git_configuration() {
    let sandbox = Sandbox::new();
    let mut rng = Rng::new(5);
    let pat = |seed| sandbox.watch(a_token(seed));
    let oauth = pat(1);
    let header = pat(3);
    let instead = pat(4);
    let submodule = pat(5);
    let module = pat(6);
    let worktree = pat(7);
    let included = pat(8);
    let job = sandbox.watch(shape("job token, partitioned").generate(&mut rng));
    let deploy = sandbox.watch(shape("deploy token").generate(&mut rng));
    let password = sandbox.watch("Tr0ub4dor-and-3-more");
    let basic = {
        use base64::Engine as _;
        sandbox.watch(base64::prelude::BASE64_STANDARD.encode(format!("bob:{header}")))
    };

    sandbox.git(&["init", "-q", "repo"]);
    sandbox.write("repo/file", "clean\n");
    sandbox.git(&["-C", "repo", "add", "file"]);
    sandbox.git(&["-C", "repo", "commit", "-qm", "first"]);
    sandbox.git(&["-C", "repo", "worktree", "add", "-q", "../linked"]);
    sandbox.write(
        "repo/.git/config",
        format!(
            "[core]\n\
             \trepositoryformatversion = 0\n\
             [remote \"origin\"]\n\
             \turl = https://oauth2:{oauth}@gitlab.corp.internal/a/b.git\n\
             \tpushurl = https://bob:{password}@gitlab.corp.internal/a/b.git\n\
             [remote \"ci\"]\n\
             \turl = https://gitlab-ci-token:{job}@gitlab.corp.internal/a/b.git\n\
             [remote \"clean\"]\n\
             \turl = https://bob@gitlab.corp.internal/a/b.git\n\
             \tpushurl = git@gitlab.corp.internal:a/b.git\n\
             [url \"https://oauth2:{instead}@gitlab.corp.internal/\"]\n\
             \tinsteadOf = https://gitlab.corp.internal/\n\
             [http \"https://gitlab.corp.internal/\"]\n\
             \textraHeader = Deploy-Token: {deploy}\n\
             \textraheader = \"Authorization: Basic {basic}\"\n\
             [submodule \"sub\"]\n\
             \turl = https://x:{submodule}@gitlab.corp.internal/a/sub.git\n\
             [include]\n\
             \tpath = more.config\n\
             \tpath = /etc/outside.config\n",
        ),
    );
    sandbox.write(
        "repo/.git/more.config",
        format!("# more\n[remote \"m\"]\n\turl = https://x:{included}@h.corp.internal/m.git\n"),
    );
    sandbox.write(
        "repo/.git/modules/sub/config",
        format!("[remote \"origin\"]\n\turl = https://x:{module}@gitlab.corp.internal/s.git\n"),
    );
    sandbox.write(
        "repo/.git/worktrees/linked/config.worktree",
        format!("[remote \"w\"]\n\turl = https://x:{worktree}@gitlab.corp.internal/w.git\n"),
    );

    const PAT: &str = "gitlab-personal-access-token";
    let expected = [
        ("repo/.git/config", 4, PAT),
        ("repo/.git/config", 5, "git-url-credentials"),
        ("repo/.git/config", 7, "gitlab-ci-job-token"),
        ("repo/.git/config", 11, PAT),
        ("repo/.git/config", 14, "gitlab-deploy-token"),
        ("repo/.git/config", 15, PAT),
        ("repo/.git/config", 17, PAT),
        ("repo/.git/modules/sub/config", 2, PAT),
        ("repo/.git/more.config", 3, PAT),
        ("repo/.git/worktrees/linked/config.worktree", 2, PAT),
    ]
    .map(|(path, line, rule)| (path.to_owned(), line, rule.to_owned()));

    let report = sandbox.scan(&["."]);
    assert_eq!(places(&report), expected);
    let origin = &report["findings"][0];
    assert_eq!(origin["context"]["key"], "remote.origin.url");
    assert_eq!(origin["context"]["host"], "gitlab.corp.internal");
    assert_eq!(origin["context"]["user"], "oauth2");
    // Revoking it comes first, taking it out of the file last.
    let remediations = origin["remedies"].as_array().unwrap();
    let revoke = remediations[0]["command"].as_str().unwrap();
    assert!(revoke.contains("--request DELETE"), "{revoke}");
    let repair = remediations.last().unwrap()["command"].as_str().unwrap();
    assert!(
        repair.contains(" remote set-url ")
            && repair.contains("https://gitlab.corp.internal/a/b.git"),
        "{repair}"
    );
    assert_eq!(report["findings"][5]["encoding"][0], "base64");
    let skipped = report["skipped"].to_string();
    assert!(skipped.contains("/etc/outside.config"), "{skipped}");

    // Started in the linked work tree, the same configuration speaks.
    let linked = sandbox.run_with(["scan", ".", "--format", "json"], |command| {
        command.current_dir(sandbox.at("linked"));
    });
    let report: serde_json::Value = serde_json::from_str(&linked.stdout).unwrap();
    assert_eq!(places(&report).len(), 10, "{}", linked.stdout);
}

#[test]
fn credential_files_are_read_wherever_they_lie() {
    let sandbox = Sandbox::new();
    let (a, b) = (sandbox.watch("Wort-2-mit-Zahl"), sandbox.watch(a_token(2)));
    sandbox.write(
        "home/.git-credentials",
        format!("https://bob:{a}@git.corp.internal\n"),
    );
    sandbox.write(
        "home/.netrc",
        format!("# mine\nmachine git.corp.internal\n  login bob\n  password {a}\nmachine h login x password {b}\n"),
    );
    sandbox.write("win/_netrc", format!("default login bob password {a}\n"));
    sandbox.write(
        "home/.gitmodules",
        format!("[submodule \"s\"]\n\turl = https://u:{b}@h.corp.internal/s\n"),
    );
    let found = places(&sandbox.scan(&["."]));
    let lines: Vec<(&str, u64)> = found
        .iter()
        .map(|(path, line, _)| (path.as_str(), *line))
        .collect();
    assert_eq!(
        lines,
        [
            ("home/.git-credentials", 1),
            ("home/.gitmodules", 2),
            ("home/.netrc", 4),
            ("home/.netrc", 5),
            ("win/_netrc", 1)
        ]
    );
}

#[test]
fn the_runners_file_beside_the_build_folder_is_read() {
    let sandbox = Sandbox::new();
    let token = sandbox.watch(a_token(1));
    sandbox.git(&["init", "-q", "builds/project"]);
    sandbox.write(
        "builds/project.tmp/.gitlab-runner.ext.conf",
        format!("[url \"https://gitlab-ci-token:{token}@gitlab.corp.internal\"]\n\tinsteadOf = https://gitlab.corp.internal\n"),
    );
    let report = sandbox.scan(&["builds/project"]);
    assert_eq!(places(&report).len(), 1, "{report}");
    assert!(
        places(&report)[0]
            .0
            .ends_with("project.tmp/.gitlab-runner.ext.conf")
    );
}

#[test]
fn ignores_references_and_plain_urls() {
    let sandbox = Sandbox::new();
    sandbox.git(&["init", "-q"]);
    sandbox.write(
        ".git/config",
        "[remote \"a\"]\n\turl = https://gitlab.example.com/a/b.git\n\
         [remote \"b\"]\n\turl = ssh://git@gitlab.example.com:2222/a/b.git\n\
         [remote \"c\"]\n\turl = https://gitlab-ci-token:${CI_JOB_TOKEN}@gitlab.example.com/a/b.git\n\
         [remote \"d\"]\n\turl = https://bob@gitlab.example.com/a/b.git\n\
         [http]\n\textraHeader = X-Correlation-Id: 0a1b2c3d\n\
         [credential]\n\thelper = !f() { echo username=oauth2; echo password=$TOKEN; }; f\n",
    );
    sandbox.write(
        ".netrc",
        "machine h login x password $TOKEN\nmachine i login y\n",
    );
    let report = sandbox.scan(&["--min-confidence", "low"]);
    assert!(places(&report).is_empty(), "{report}");
}
