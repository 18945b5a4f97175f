//! Tests of the findings for each key, line by line.

mod odd;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::super::values::collect;
use super::*;
use crate::model::BlobKind;

/// The expected finding of one value: line, secret, key, host, user, command or action.
type ExpectedValue<'e> = (
    usize,
    &'e str,
    &'e str,
    Option<&'e str>,
    Option<&'e str>,
    &'e str,
);

fn read(path: &str, file: &str) -> Vec<KeyedCredential> {
    let hint = Hint {
        path: path.as_bytes(),
        kind: BlobKind::GitConfig,
        ..Hint::default()
    };
    collect(hint, file.as_bytes()).unwrap()
}

#[track_caller]
fn check(path: &str, file: &str, expected: &[ExpectedValue<'_>]) {
    let values = read(path, file);
    let actual: Vec<ExpectedValue<'_>> = values
        .iter()
        .map(|value| {
            let repair = value.repair.as_ref().unwrap();
            (
                file[..value.span.start].matches('\n').count() + 1,
                std::str::from_utf8(&value.secret).unwrap(),
                value.context.key.as_deref().unwrap(),
                value.context.host.as_deref(),
                value.context.user.as_deref(),
                repair.command.as_deref().unwrap_or(&repair.action),
            )
        })
        .collect();
    assert_eq!(actual, expected);
    for value in &values {
        if value.encoding.is_empty() {
            assert_eq!(&file.as_bytes()[value.span.clone()], value.secret);
        }
    }
}

/// A token that no scanner takes for a live one in this file.
fn token() -> String {
    format!("{}{}", "glpat-", "A1b2C3d4E5f6G7h8J9k1")
}

#[test]
fn passwords_in_urls_of_remotes() {
    let file = "[core]\n\tbare = false\n[remote \"origin\"]\n\
        \turl = https://oauth2:hunter2@gitlab.example/group/project.git\n\
        \tpushurl = https://bob:pa%40ss@gitlab.example/group/project.git\n\
        \tfetch = +refs/heads/*:refs/remotes/origin/*\n\
        [remote \"up stream\"]\n\turl = \"ssh://git:hunter3@h:22/p.git\" ; why\n\
        \tproxy = http://p:hunter4@proxy:3128\n";
    let key = "remote.origin.url";
    let (host, h) = (Some("gitlab.example"), Some("h"));
    let clean = "https://gitlab.example/group/project.git";
    check(
        "p/.git/config",
        file,
        &[
            (
                4,
                "hunter2",
                key,
                host,
                Some("oauth2"),
                &format!("git -C p --git-dir=.git remote set-url origin {clean}"),
            ),
            (
                5,
                "pa%40ss",
                "remote.origin.pushurl",
                host,
                Some("bob"),
                &format!("git -C p --git-dir=.git remote set-url --push origin {clean}"),
            ),
            (
                8,
                "hunter3",
                "remote.up stream.url",
                h,
                Some("git"),
                "git -C p --git-dir=.git remote set-url 'up stream' ssh://git@h:22/p.git",
            ),
            (
                9,
                "hunter4",
                "remote.up stream.proxy",
                Some("proxy"),
                Some("p"),
                "git config --file p/.git/config 'remote.up stream.proxy' http://proxy:3128",
            ),
        ],
    );
}

#[test]
fn the_command_fits_the_file() {
    let file = "[remote \"origin\"]\nurl = https://u:hunter2@h/p.git\n";
    for (path, command) in [
        (
            ".git/config",
            "git --git-dir=.git remote set-url origin https://h/p.git",
        ),
        (
            "config",
            "git --git-dir=. remote set-url origin https://h/p.git",
        ),
        (
            "x/p.git/config",
            "git --git-dir=x/p.git remote set-url origin https://h/p.git",
        ),
        (
            ".git/modules/lib/a/config",
            "git config --file .git/modules/lib/a/config remote.origin.url https://h/p.git",
        ),
        (
            "p/.git/modules/a/modules/b/config",
            "git config --file p/.git/modules/a/modules/b/config remote.origin.url https://h/p.git",
        ),
        (
            ".git/worktrees/w/modules/a/config",
            "git config --file .git/worktrees/w/modules/a/config remote.origin.url https://h/p.git",
        ),
        (
            ".git/config.worktree",
            "git config --file .git/config.worktree remote.origin.url https://h/p.git",
        ),
        (
            ".git/worktrees/w/config.worktree",
            "git config --file .git/worktrees/w/config.worktree remote.origin.url https://h/p.git",
        ),
        (
            ".gitmodules",
            "git config --file .gitmodules remote.origin.url https://h/p.git",
        ),
        (
            "a b/.gitconfig",
            "git config --file 'a b/.gitconfig' remote.origin.url https://h/p.git",
        ),
        (
            "u/.config/git/config",
            "git config --file u/.config/git/config remote.origin.url https://h/p.git",
        ),
        (
            "shared/config",
            "git config --file shared/config remote.origin.url https://h/p.git",
        ),
    ] {
        check(
            path,
            file,
            &[(
                2,
                "hunter2",
                "remote.origin.url",
                Some("h"),
                Some("u"),
                command,
            )],
        );
    }
}

#[test]
fn a_section_name_is_redacted_and_edited_by_hand() {
    let file = "[url \"https://gitlab-ci-token:hunter2@h/\"]\n\tinsteadOf = https://h/\n\tpushInsteadOf = git@h:\n\
        [http \"https://u:hunter3@h/\"]\n\textraHeader = PRIVATE-TOKEN: hunter4\n\
        [url \"https://u:hunter5@h/\"]";
    let edit = |line| {
        format!(
            "Edit .git/config and take the credential out of the section name in line {line}; \
             no command can name the section without it."
        )
    };
    let host = Some("h");
    check(
        ".git/config",
        file,
        &[
            (
                1,
                "hunter2",
                "url.https://gitlab-ci-token:…@h/.insteadOf",
                host,
                Some("gitlab-ci-token"),
                &edit(1),
            ),
            (
                4,
                "hunter3",
                "http.https://u:…@h/.extraHeader",
                host,
                Some("u"),
                &edit(4),
            ),
            (
                5,
                "hunter4",
                "http.https://u:…@h/.extraHeader",
                host,
                None,
                "Edit .git/config and take the credential out of line 5.",
            ),
            (
                6,
                "hunter5",
                "url.https://u:…@h/",
                host,
                Some("u"),
                &edit(6),
            ),
        ],
    );
    check(
        "p.tmp/.gitlab-runner.ext.conf",
        "[url \"https://gitlab-ci-token:hunter2@h\"]\n\tinsteadOf = https://h\n",
        &[(
            1,
            "hunter2",
            "url.https://gitlab-ci-token:…@h.insteadOf",
            host,
            Some("gitlab-ci-token"),
            "Delete p.tmp/.gitlab-runner.ext.conf: the runner writes it anew for each job. With the \
             feature flag FF_GIT_URLS_WITHOUT_TOKENS it writes no token.",
        )],
    );
}

#[test]
fn headers() {
    let basic = BASE64_STANDARD.encode("oauth2:hunter2");
    let file = format!(
        "[http]\n\textraHeader = \"PRIVATE-TOKEN: hunter2\"\n\textraheader = X-Correlation-Id: 0123456789\n\
         [http \"https://gitlab.example/\"]\n\textraHeader = Authorization: Basic {basic}\n\
         \textraHeader = AUTHORIZATION: bearer hunter3\n"
    );
    let key = "http.https://gitlab.example/.extraHeader";
    let host = Some("gitlab.example");
    // A command would remove every header of the key.
    let edit = |line| format!("Edit .git/config and take the credential out of line {line}.");
    check(
        ".git/config",
        &file,
        &[
            (2, "hunter2", "http.extraHeader", None, None, &edit(2)),
            (5, "hunter2", key, host, Some("oauth2"), &edit(5)),
            (6, "hunter3", key, host, None, &edit(6)),
        ],
    );
    let values = read(".git/config", &file);
    assert_eq!(values[1].encoding, ["base64"]);
    assert_eq!(&file[values[1].span.clone()], basic);
    assert!(
        values
            .iter()
            .all(|value| value.kind == CredentialKind::Header)
    );
}

#[test]
fn helpers_proxies_and_keys_named_for_secrets() {
    let file = "[credential \"https://h\"]\n\
        \thelper = \"!f() { echo username=oauth2; echo \\\"password=hunter2\\\"; }; f\"\n\
        [credential]\n\thelper = !echo password=$CI_JOB_TOKEN\n\thelper = store\n\
        [http]\n\tproxy = u:hunter3@proxy:3128\n\
        [gitlab]\n\ttoken = hunter4\n\tuser = bob\n\
        [user]\n\tprivate-token = true\n\
        [lfs]\n\turl = https://u:hunter5@lfs/x\n\
        [branch \"b\"]\n\tremote = https://u:hunter6@h/p.git\n\
        [alias]\n\tup = !git push 'https://u:hunter7@h/p.git'\n\
        [submodule \"lib/a\"]\n\turl = https://u:hunter8@h/a.git\n\
        [credential \"https://u:hunter9@h\"]\n\thelper = store\n";
    check(
        ".git/config",
        file,
        &[
            (
                2,
                "hunter2",
                "credential.https://h.helper",
                Some("h"),
                Some("oauth2"),
                "git config --file .git/config --unset-all credential.https://h.helper",
            ),
            (
                7,
                "hunter3",
                "http.proxy",
                Some("proxy"),
                Some("u"),
                "git config --file .git/config http.proxy proxy:3128",
            ),
            (
                9,
                "hunter4",
                "gitlab.token",
                None,
                None,
                "git config --file .git/config --unset-all gitlab.token",
            ),
            (
                14,
                "hunter5",
                "lfs.url",
                Some("lfs"),
                Some("u"),
                "git config --file .git/config lfs.url https://lfs/x",
            ),
            (
                16,
                "hunter6",
                "branch.b.remote",
                Some("h"),
                Some("u"),
                "git config --file .git/config branch.b.remote https://h/p.git",
            ),
            (
                18,
                "hunter7",
                "alias.up",
                Some("h"),
                Some("u"),
                "Edit .git/config and take the credential out of line 18.",
            ),
            (
                20,
                "hunter8",
                "submodule.lib/a.url",
                Some("h"),
                Some("u"),
                "git config --file .git/config submodule.lib/a.url https://h/a.git",
            ),
            (
                21,
                "hunter9",
                "credential.https://u:…@h.helper",
                Some("h"),
                Some("u"),
                "Edit .git/config and take the credential out of the section name in line 21; \
                 no command can name the section without it.",
            ),
        ],
    );
}

#[test]
fn never_shows_a_user_that_is_a_token() {
    let token = token();
    let file = format!(
        "[remote \"a\"]\nurl = https://{token}@h/p\n[remote \"b\"]\nurl = https://{token}:x-oauth-basic@h/p\n\
         [url \"https://{token}@h/\"]\ninsteadOf = x\n[remote \"{token}\"]\nurl = https://u:hunter2@h/{token}\n"
    );
    let values = read(".git/config", &file);
    let secrets: Vec<_> = values.iter().map(|value| value.secret.as_slice()).collect();
    let token_bytes = token.as_bytes();
    assert_eq!(secrets, [token_bytes, token_bytes, token_bytes, b"hunter2"]);
    for value in &values {
        let shown = format!("{:?} {:?}", value.context, value.repair);
        assert!(!shown.contains("A1b2C3d4"), "{shown}");
    }
    assert_eq!(
        values[0].repair.as_ref().unwrap().command.as_deref(),
        Some("git --git-dir=.git remote set-url a https://h/p")
    );
    assert_eq!(
        values[2].context.key.as_deref(),
        Some("url.https://…@h/.insteadOf")
    );
}
