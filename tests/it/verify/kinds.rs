//! The request of each kind of credential.

use super::{credential, only, scan};
use crate::support::gitlab::FakeGitlab;
use crate::support::sandbox::Sandbox;

/// One kind: shape, kind, the line (with `@` for the credential), and the expected results.
struct Row {
    shape: &'static str,
    kind: &'static str,
    line: &'static str,
    /// The project of the credential.
    project: Option<u64>,
    /// The answer of the instance for a live credential, and the requests.
    live: &'static str,
    /// The same for an unknown credential.
    dead: &'static str,
    requests: &'static [&'static str],
}

const NEEDS_PROJECT: &str = "unknown: the request needs the id of the project, which neither the token nor its line contains";

const ROWS: &[Row] = &[
    Row {
        shape: "job token",
        kind: "job-token",
        line: "CI_JOB_TOKEN=@",
        project: Some(7),
        live: "live: its job is running",
        dead: "dead: the instance does not accept it: its job has ended",
        requests: &["GET /api/v4/job [JOB-TOKEN: x]"],
    },
    Row {
        shape: "runner",
        kind: "runner-token",
        line: "token = \"@\"",
        project: None,
        live: "live: the instance accepts it",
        dead: "dead: the instance does not recognize it",
        requests: &["GET /api/v4/runners/router/discovery [Runner-Token: x]"],
    },
    Row {
        shape: "deploy token",
        kind: "deploy-token",
        line: "curl -H 'Deploy-Token: @' https://gitlab.example.com/api/v4/projects/7/packages",
        project: Some(7),
        live: "live: the instance accepts it",
        dead: "dead: the instance does not recognize it",
        requests: &[
            "GET /api/v4/projects/7/packages/nuget/index",
            "GET /api/v4/projects/7/packages/nuget/index [Deploy-Token: x]",
        ],
    },
    Row {
        shape: "deploy token",
        kind: "deploy-token",
        line: "git clone https://gitlab+deploy-token-1:@@gitlab.example.com/a/b.git",
        project: None,
        live: "live: the instance accepts it",
        dead: "dead: the instance does not accept it with this user name",
        requests: &["GET /jwt/auth?service=container_registry [Basic: gitlab+deploy-token-1:x]"],
    },
    Row {
        shape: "deploy token",
        kind: "deploy-token",
        line: "DEPLOY_TOKEN=@",
        project: None,
        live: "unknown: the request needs the project or the user name of the token, and neither is known",
        dead: "unknown: the request needs the project or the user name of the token, and neither is known",
        requests: &[],
    },
    Row {
        shape: "SCIM token",
        kind: "scim-token",
        line: "SCIM_TOKEN=@",
        project: None,
        live: "live: the instance accepts it",
        dead: "dead: the instance does not recognize it",
        requests: &["GET /api/scim/v2/application/Users?count=1 [Bearer: x]"],
    },
    Row {
        shape: "SCIM token",
        kind: "scim-token",
        line: "scim: https://gitlab.example.com/api/scim/v2/groups/acme-corp/ token @",
        project: None,
        live: "live: the instance accepts it",
        dead: "dead: the instance does not recognize it",
        requests: &["GET /api/scim/v2/groups/acme%2Dcorp/Users?count=1 [Bearer: x]"],
    },
    Row {
        shape: "feature flags",
        kind: "feature-flags-token",
        line: "https://gitlab.example.com/api/v4/feature_flags/unleash/42 id=@",
        project: Some(42),
        live: "live: the instance accepts it",
        dead: "dead: the instance does not recognize it",
        requests: &["GET /api/v4/feature_flags/unleash/42 [Unleash-Instanceid: x]"],
    },
    Row {
        shape: "feature flags",
        kind: "feature-flags-token",
        line: "UNLEASH_ID=@",
        project: Some(42),
        live: NEEDS_PROJECT,
        dead: NEEDS_PROJECT,
        requests: &[],
    },
    Row {
        shape: "session",
        kind: "session-cookie",
        line: "Cookie: @",
        project: None,
        live: "live: its session is signed in",
        dead: "dead: its session has ended",
        requests: &["GET /api/v4/user [Cookie: x]"],
    },
    Row {
        shape: "feed token",
        kind: "feed-token",
        line: "FEED=@",
        project: None,
        live: "unknown: GitLab takes a feed token in a URL only, where it would be logged",
        dead: "unknown: GitLab takes a feed token in a URL only, where it would be logged",
        requests: &[],
    },
    Row {
        shape: "registration token",
        kind: "registration-token",
        line: "TOKEN=@",
        project: None,
        live: "unknown: the only request would register a runner",
        dead: "unknown: the only request would register a runner",
        requests: &[],
    },
    Row {
        shape: "OAuth secret",
        kind: "oauth-secret",
        line: "SECRET=@",
        project: None,
        live: "unknown: the request needs the id of the application, which is not known",
        dead: "unknown: the request needs the id of the application, which is not known",
        requests: &[],
    },
    Row {
        shape: "trigger token",
        kind: "trigger-token",
        line: "TRIGGER=@",
        project: Some(7),
        live: NEEDS_PROJECT,
        dead: NEEDS_PROJECT,
        requests: &[],
    },
    Row {
        shape: "agent token",
        kind: "agent-token",
        line: "AGENT=@",
        project: None,
        live: "unknown: GitLab has no request that identifies it",
        dead: "unknown: GitLab has no request that identifies it",
        requests: &[],
    },
    Row {
        shape: "workspace token",
        kind: "workspace-token",
        line: "TOKEN=@",
        project: None,
        live: "unknown: GitLab has no request that identifies it",
        dead: "unknown: GitLab has no request that identifies it",
        requests: &[],
    },
    Row {
        shape: "incoming mail token",
        kind: "incoming-mail-token",
        line: "MAIL=@",
        project: None,
        live: "unknown: GitLab has no request that identifies it",
        dead: "unknown: GitLab has no request that identifies it",
        requests: &[],
    },
];

/// Scans a file with one credential, which may be unknown to the instance.
fn verify(
    row: &Row,
    is_live: bool,
    args: &[&str],
    prepare: impl Fn(&FakeGitlab),
) -> (String, Vec<String>) {
    let (fake, sandbox) = (FakeGitlab::start(), Sandbox::new());
    let (text, secret) = credential(row.shape, 11);
    sandbox.watch(&secret);
    sandbox.write("a.txt", format!("{}\n", row.line.replacen('@', &text, 1)));
    if is_live {
        fake.add("x", row.kind, &secret);
        fake.change("x", |known| known.project = row.project);
    }
    prepare(&fake);
    let (liveness, _, reason) = only(&scan(&sandbox, &fake, args));
    (format!("{liveness}: {reason}"), fake.request_lines())
}

#[test]
fn each_have_the_request_of_the_reference() {
    for row in ROWS {
        let (found, requests) = verify(row, true, &["--verify"], |_| {});
        assert_eq!(found, row.live, "{}", row.shape);
        let expected: Vec<String> = row.requests.iter().map(|line| upper(line)).collect();
        assert_eq!(requests, expected, "{}", row.shape);
        let (found, _) = verify(row, false, &["--verify"], |_| {});
        assert_eq!(found, row.dead, "{}", row.shape);
    }
}

/// Header names as the record has them.
fn upper(line: &str) -> String {
    line.replace("Runner-Token", "RUNNER-TOKEN")
        .replace("Deploy-Token", "DEPLOY-TOKEN")
        .replace("Unleash-Instanceid", "UNLEASH-INSTANCEID")
}

#[test]
fn with_side_effects_are_asked_about_on_request_only() {
    let runner = &ROWS[1];
    let old = |fake: &FakeGitlab| fake.world().is_old = true;
    let (found, requests) = verify(runner, true, &["--verify"], old);
    assert_eq!(found, "unknown: the instance answered 404: 404 Not Found");
    assert_eq!(requests.len(), 1);
    let (found, requests) = verify(runner, true, &["--verify=all"], old);
    assert_eq!(found, "live: the instance accepts it");
    assert_eq!(
        requests,
        [
            "GET /api/v4/runners/router/discovery [RUNNER-TOKEN: x]",
            "POST /api/v4/runners/verify (token=x)"
        ]
    );
    let (found, _) = verify(runner, false, &["--verify=all"], old);
    assert_eq!(found, "dead: the instance does not recognize it");

    let trigger = Row {
        line: "curl -F token=@ https://gitlab.example.com/api/v4/projects/7/trigger/pipeline",
        ..ROWS[13]
    };
    let (found, requests) = verify(&trigger, true, &["--verify"], |_| {});
    assert_eq!(
        found,
        "unknown: asked only with --verify=all: the check of a trigger token asks for a pipeline of a branch that cannot \
         exist"
    );
    assert_eq!(requests.len(), 0);
    let (found, requests) = verify(&trigger, true, &["--verify=all"], |_| {});
    assert_eq!(found, "live: the instance accepts it");
    assert_eq!(
        requests,
        ["POST /api/v4/projects/7/trigger/pipeline (ref=tokensweep:no-such-branch, token=x)"]
    );
    let (found, _) = verify(&trigger, false, &["--verify=all"], |_| {});
    assert_eq!(
        found,
        "unknown: the instance does not recognize it, or not in this project"
    );
}

#[test]
fn of_oauth_are_recognized_by_their_form() {
    let (fake, sandbox) = (FakeGitlab::start(), Sandbox::new());
    let (_, secret) = credential("OAuth secret", 15);
    let token = sandbox.watch(secret.strip_prefix("gloas-").unwrap());
    let line = format!("{{\"gitlab-oauth\": {{\"gitlab.example.com\": \"{token}\"}}}}\n");
    sandbox.write("auth.json", line);
    let reason = |args: &[&str]| {
        let (liveness, severity, reason) = only(&scan(&sandbox, &fake, args));
        format!("{liveness}, {severity}: {reason}")
    };
    let harmless = reason(&["--verify"]);
    assert!(
        harmless.ends_with("asked only with --verify=all: the check of an OAuth access token revokes the refresh token that it replaced"),
        "{harmless}"
    );
    assert_eq!(fake.requests().len(), 0);
    let unknown = reason(&["--verify=all"]);
    assert!(
        unknown.ends_with("the instance does not recognize it as an OAuth access token"),
        "{unknown}"
    );
    fake.add("app", "unprefixed-token", &token);
    fake.change("app", |known| known.scopes = vec!["api".to_owned()]);
    assert_eq!(
        reason(&["--verify=all"]),
        "live, critical: the instance accepts it"
    );
    assert_eq!(
        fake.request_lines()[1],
        "GET /oauth/token/info [Bearer: app]"
    );
}

#[test]
fn of_public_projects_stay_unknown() {
    let deploy = &ROWS[2];
    let public = |fake: &FakeGitlab| {
        fake.world().routes.push(crate::support::gitlab::Route {
            method: "GET",
            path: "/api/v4/projects/:id/packages/nuget/index",
            answer: |_, _, _| {
                crate::support::gitlab::Reply::json(
                    200,
                    &serde_json::json!({"version": "3.0.0", "resources": []}),
                )
            },
        });
    };
    let (found, requests) = verify(deploy, false, &["--verify"], public);
    assert_eq!(
        found,
        "unknown: its project is public, so the instance answers without it too"
    );
    assert_eq!(requests.len(), 2);
}

#[test]
fn are_asked_of_the_administrators_api_on_request() {
    for (shape, kind, expected) in [
        (
            "agent token",
            "agent-token",
            "live: an administrator's request finds it",
        ),
        (
            "feed token",
            "feed-token",
            "live: an administrator's request finds it",
        ),
        (
            "workspace token",
            "workspace-token",
            "unknown: the administrators' token API does not support its type",
        ),
    ] {
        let (fake, sandbox) = (FakeGitlab::start(), Sandbox::new());
        let (text, secret) = credential(shape, 12);
        let (_, admin) = credential("personal access token", 13);
        sandbox.watch(&secret);
        sandbox.watch(&admin);
        sandbox.write("a.txt", format!("TOKEN={text}\n"));
        fake.add("x", kind, &secret);
        fake.add("admin", "personal-access-token", &admin);
        fake.change("admin", |known| known.is_admin = true);
        let url = fake.url();
        for (args, requests) in [
            (["--verify"], vec![]),
            (
                ["--verify=all"],
                vec!["POST /api/v4/admin/token [PRIVATE-TOKEN: admin] (token=x)"],
            ),
        ] {
            let run = sandbox.run_with(
                [
                    "scan",
                    "-fjson",
                    "--min-confidence=low",
                    "--instance",
                    &url,
                    args[0],
                    "a.txt",
                ],
                |command| {
                    command.env("TOKENSWEEP_GITLAB_TOKEN", &admin);
                },
            );
            let report = serde_json::from_str(&run.stdout).unwrap();
            let (liveness, _, reason) = only(&report);
            if !requests.is_empty() {
                assert_eq!(format!("{liveness}: {reason}"), expected, "{shape}");
            }
            assert_eq!(fake.request_lines(), requests, "{shape}");
        }
    }
}

#[test]
fn that_have_expired_are_not_asked_about() {
    let (fake, sandbox) = (FakeGitlab::start(), Sandbox::new());
    let (text, secret) = credential("job token, expired", 14);
    sandbox.watch(&secret);
    sandbox.write("a.txt", format!("CI_JOB_TOKEN={text}\n"));
    let report = scan(&sandbox, &fake, &["--verify"]);
    assert_eq!(report["findings"][0]["liveness"], "dead");
    assert!(report["findings"][0].get("verification").is_none());
    assert_eq!(fake.requests().len(), 0);
}
