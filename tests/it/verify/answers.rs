//! Every answer of GitLab to a personal access token.

use super::{credential, only, scan};
use crate::support::gitlab::{FakeGitlab, State};
use crate::support::sandbox::Sandbox;

/// State of the token, scopes, and the expected liveness, severity and reason.
const ROWS: &[(State, &[&str], &str, &str, &str)] = &[
    (
        State::Live,
        &["read_user"],
        "live",
        "critical",
        "the instance accepts it",
    ),
    (
        State::Live,
        &["api"],
        "live",
        "critical",
        "the instance accepts it",
    ),
    (State::Expired, &[], "dead", "info", "expired"),
    (State::Revoked, &[], "dead", "info", "revoked"),
    (
        State::ImpersonationDisabled,
        &[],
        "dead",
        "info",
        "impersonation tokens are disabled on the instance",
    ),
    (
        State::Blocked,
        &[],
        "unknown",
        "critical",
        "the instance answered 403: 403 Forbidden - Your account has been blocked.",
    ),
    (
        State::DpopRequired,
        &[],
        "live",
        "critical",
        "the instance accepts it with a proof of possession (DPoP)",
    ),
    (
        State::GranularScope,
        &[],
        "live",
        "critical",
        "the instance recognizes it: a fine-grained token that may not read itself",
    ),
    (
        State::OauthToken,
        &[],
        "unknown",
        "critical",
        "the instance answered 400: 400 Bad request - This endpoint requires token type to be a personal access token",
    ),
];

#[test]
fn decide_whether_a_personal_access_token_is_live() {
    for (state, scopes, liveness, severity, reason) in ROWS {
        let (fake, sandbox) = (FakeGitlab::start(), Sandbox::new());
        let (text, secret) = credential("personal access token, routable", 1);
        sandbox.watch(&secret);
        sandbox.write("a.env", format!("GITLAB_TOKEN={text}\n"));
        fake.add("alice", "personal-access-token", &secret);
        fake.change("alice", |known| {
            known.state = *state;
            known.scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        });
        let report = scan(&sandbox, &fake, &["--verify"]);
        let expected = [*liveness, *severity, *reason].map(str::to_owned);
        assert_eq!(only(&report), expected.into(), "{state:?}");
        assert_eq!(
            fake.request_lines(),
            ["GET /api/v4/personal_access_tokens/self [PRIVATE-TOKEN: alice]"]
        );
        assert_eq!(fake.state("alice"), *state);
    }
}

#[test]
fn name_an_unknown_token_dead() {
    let (fake, sandbox) = (FakeGitlab::start(), Sandbox::new());
    let (text, secret) = credential("personal access token", 2);
    sandbox.watch(&secret);
    sandbox.write("a.env", format!("GITLAB_TOKEN={text}\n"));
    let report = scan(&sandbox, &fake, &["--verify"]);
    let expected = ["dead", "info", "the instance does not recognize it"].map(str::to_owned);
    assert_eq!(only(&report), expected.into());
}

#[test]
fn say_whose_a_live_token_is() {
    let (fake, sandbox) = (FakeGitlab::start(), Sandbox::new());
    let (text, secret) = credential("personal access token", 3);
    sandbox.watch(&secret);
    sandbox.write("a.env", format!("GITLAB_TOKEN={text}\n"));
    fake.add("deploy bot", "personal-access-token", &secret);
    let report = scan(&sandbox, &fake, &["--verify", "--blast-radius"]);
    let mut found = report["findings"][0]["verification"].clone();
    let checked_at = found["checked_at"].take();
    assert!(
        checked_at
            .as_str()
            .unwrap()
            .parse::<jiff::Timestamp>()
            .is_ok()
    );
    assert_eq!(
        found,
        serde_json::json!({
            "instance": fake.url(),
            "checked_at": null,
            "reason": "the instance accepts it",
            "token": {
                "id": 1,
                "name": "deploy bot",
                "scopes": ["read_api"],
                "user_id": 101,
                "username": "user101",
                "expires_at": "2027-01-31",
                "last_used_at": "2026-11-20T21:22:23.024Z",
            },
            "reach": {"groups": ["platform"], "projects": ["platform/deploy"], "complete": true},
        })
    );
    assert_eq!(
        fake.request_lines(),
        [
            "GET /api/v4/personal_access_tokens/self [PRIVATE-TOKEN: deploy bot]",
            "GET /api/v4/personal_access_tokens/self/associations?min_access_level=10&per_page=100 \
             [PRIVATE-TOKEN: deploy bot]",
            "GET /api/v4/user [PRIVATE-TOKEN: deploy bot]",
        ]
    );
}

#[test]
fn come_from_one_request_for_each_distinct_secret() {
    let (fake, sandbox) = (FakeGitlab::start(), Sandbox::new());
    for (seed, label) in [(4, "alice"), (5, "bob")] {
        let (text, secret) = credential("personal access token", seed);
        sandbox.watch(&secret);
        fake.add(label, "personal-access-token", &secret);
        for file in 0..5 {
            sandbox.write(
                format!("{label}{file}.env"),
                format!("GITLAB_TOKEN={text}\n"),
            );
        }
    }
    let report = scan(&sandbox, &fake, &["--verify"]);
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 10);
    assert!(findings.iter().all(|finding| finding["liveness"] == "live"));
    assert_eq!(fake.requests().len(), 2);
}
