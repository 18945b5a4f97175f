//! The fake instance as a program of its own, for other clients.

use std::io::Read as _;

use crate::support::gitlab::world::SampleWorld;
use crate::support::gitlab::{KnownKey, State};
use crate::support::shape;
use crate::support::tokens::Rng;

/// Label, kind, shape and state of the credentials of the instance.
const CREDENTIALS: &[(&str, &str, &str, State)] = &[
    (
        "live",
        "personal-access-token",
        "personal access token",
        State::Live,
    ),
    (
        "admin",
        "personal-access-token",
        "personal access token",
        State::Live,
    ),
    (
        "expired",
        "personal-access-token",
        "personal access token",
        State::Expired,
    ),
    (
        "revoked",
        "personal-access-token",
        "personal access token",
        State::Revoked,
    ),
    ("job", "job-token", "job token", State::Live),
    ("runner", "runner-token", "runner", State::Live),
    ("router", "runner-token", "runner", State::Live),
    ("deploy", "deploy-token", "deploy token", State::Live),
    ("trigger", "trigger-token", "trigger token", State::Live),
    ("flags", "feature-flags-token", "feature flags", State::Live),
    ("session", "session-cookie", "session", State::Live),
    ("agent", "agent-token", "agent token", State::Live),
    (
        "workspace",
        "workspace-token",
        "workspace token",
        State::Live,
    ),
    (
        "doomed",
        "personal-access-token",
        "personal access token",
        State::Live,
    ),
    ("doomed job", "job-token", "job token", State::Live),
];

/// The project that all of them belong to.
const PROJECT: u64 = 7;

/// Prints the address and the credentials as one line of JSON, and serves until standard input ends. `.ci/gitlab`
/// runs it.
#[test]
#[ignore = "serves other clients"]
fn until_input_ends() {
    let world = SampleWorld::start();
    let fake = &world.fake;
    let (mut secrets, mut ids) = (serde_json::Map::new(), serde_json::Map::new());
    for (seed, (label, kind, name, state)) in (1..).zip(CREDENTIALS) {
        let shape = shape(name);
        let text = shape.generate(&mut Rng::new(seed));
        let secret = &text[shape.label.len()..];
        fake.add(label, kind, secret);
        fake.change(label, |known| {
            ids.insert((*label).to_owned(), known.id.into());
            known.state = *state;
            known.project = Some(PROJECT);
            known.is_admin = *label == "admin";
            if *label == "router" {
                known.scopes.push("router".to_owned());
            }
        });
        secrets.insert((*label).to_owned(), secret.into());
    }
    fake.change("operator", |known| known.scopes.push("api".to_owned()));
    secrets.insert("operator".to_owned(), world.token.as_str().into());
    let folder = format!("/api/v4/projects/{PROJECT}/cluster_agents");
    let agents = serde_json::json!([{"id": 3, "name": "production"}]);
    let tokens = serde_json::json!([{"id": 40, "name": "ci", "agent_id": 3, "status": "active"}]);
    let mut state = fake.world();
    state.objects.insert(format!("{folder}/3/tokens"), tokens);
    state.objects.insert(folder, agents);
    for (id, projects) in [(1, None), (2, Some(vec![PROJECT]))] {
        state.keys.push(KnownKey {
            id,
            fingerprint: format!("SHA256:{id}"),
            user: 8,
            projects,
            expires_at: None,
        });
    }
    drop(state);
    let line = serde_json::json!({
        "url": fake.url(), "project": PROJECT, "credentials": secrets, "ids": ids,
    });
    println!("\n{line}");
    let mut rest = Vec::new();
    std::io::stdin().read_to_end(&mut rest).unwrap();
}
