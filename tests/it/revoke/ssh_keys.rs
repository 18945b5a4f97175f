//! Private keys and agent tokens: credentials that the API cannot check need the operator's confirmation.

use std::process::Command;

use serde_json::json;

use super::server::Server;
use super::{revoke, revoke_with, scan};
use crate::support::gitlab::{KnownKey, Reply, Route};
use crate::support::sandbox::Sandbox;
use crate::support::shape;
use crate::support::ssh_keys::TestKey;
use crate::support::tokens::Rng;

/// A folder with a key, its report, and a server that has the public half.
fn prepared(key: &TestKey, projects: Option<Vec<u64>>) -> (Sandbox, Server) {
    let (sandbox, server) = (Sandbox::new(), Server::start());
    sandbox.watch(key.block.lines().rev().nth(1).unwrap());
    sandbox.write("id_key", &key.block);
    scan(
        &sandbox,
        &["scan", "--min-confidence=low", "--min-severity=info", "."],
    );
    let other = TestKey::ed25519(200);
    for (id, fingerprint, projects) in [
        (30, other.fingerprint, Some(vec![1])),
        (31, key.fingerprint.clone(), projects),
    ] {
        server.fake.world().keys.push(KnownKey {
            id,
            fingerprint,
            user: 8,
            projects,
            expires_at: None,
        });
    }
    (sandbox, server)
}

/// The requests that change something.
fn deletions(server: &Server) -> Vec<String> {
    let mut all = server.requests();
    all.retain(|request| !request.starts_with("GET "));
    all
}

#[test]
fn deletes_the_ssh_key_of_a_user() {
    let key = TestKey::ed25519(1);
    let (sandbox, server) = prepared(&key, None);
    let run = revoke(&sandbox, &server, &["--yes"]);
    let how = "how          your token deletes its public half, as an administrator\n";
    assert!(run.stdout.contains(how), "{}", run.stdout);
    assert!(run.stdout.ends_with("\n1 revoked\n"), "{}", run.stdout);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert_eq!(deletions(&server), ["DELETE /api/v4/users/8/keys/31"]);
    // The second run has nothing to delete, but other servers may accept the key.
    let run = revoke(&sandbox, &server, &["--yes"]);
    let left = "(the instance has no key with its fingerprint; it may open other servers)";
    assert!(run.stdout.contains(left), "{}", run.stdout);
    assert_eq!((run.code, deletions(&server).len()), (Some(1), 1));
}

#[test]
fn deletes_a_deploy_key_from_each_project() {
    let key = TestKey::ed25519(2);
    let (sandbox, server) = prepared(&key, Some(vec![7, 9, 11]));
    let run = revoke(&sandbox, &server, &["--yes"]);
    assert!(run.stdout.ends_with("\n1 revoked\n"), "{}", run.stdout);
    assert_eq!(
        deletions(&server),
        [7, 9, 11].map(|project| format!("DELETE /api/v4/projects/{project}/deploy_keys/31"))
    );
    let run = revoke(&sandbox, &server, &["--yes"]);
    let dead = "(it is a deploy key that no project uses)\n\n1 already dead\n";
    assert!(run.stdout.ends_with(dead), "{}", run.stdout);
    assert_eq!((run.code, deletions(&server).len()), (Some(0), 3));
}

#[test]
fn needs_an_administrator_for_a_key() {
    let key = TestKey::ed25519(3);
    let (sandbox, server) = prepared(&key, None);
    let run = revoke_with(&sandbox, &server, &["--yes"], None);
    let why = "why          it needs a token of yours (TOKENSWEEP_GITLAB_TOKEN, GITLAB_TOKEN or --token-file)\n";
    assert!(run.stdout.contains(why), "{}", run.stdout);
    let page = "- Remove the public half everywhere it is registered";
    assert!(run.stdout.contains(page), "{}", run.stdout);
    assert_eq!((run.code, server.requests().len()), (Some(1), 0));
    server.add("personal-access-token", "token-of-a-user");
    let run = revoke_with(&sandbox, &server, &["--yes"], Some("token-of-a-user"));
    let refused = "(your token may not do this (403: 403 Forbidden))";
    assert!(run.stdout.contains(refused), "{}", run.stdout);
    assert_eq!((run.code, deletions(&server).len()), (Some(1), 0));
}

/// A public key is public: anyone can write that of a victim into a file.
#[test]
fn a_file_with_the_public_half_of_somebody_else_revokes_nothing() {
    for key in [TestKey::with_public_half_of(4, 5), TestKey::encrypted(6)] {
        let (sandbox, server) = prepared(&key, None);
        let run = revoke(&sandbox, &server, &["--yes"]);
        let why = "why          nothing proves that the public half in the file belongs to the key";
        assert!(run.stdout.contains(why), "{}", run.stdout);
        assert_eq!((run.code, server.requests().len()), (Some(1), 0));
        // The operator vouches for it.
        let report = std::fs::read_to_string(sandbox.at("report.json")).unwrap();
        let report: serde_json::Value = serde_json::from_str(&report).unwrap();
        let id = report["findings"][0]["fingerprint"].as_str().unwrap();
        let run = revoke(&sandbox, &server, &["--yes", "--only", id]);
        assert!(run.stdout.ends_with("\n1 revoked\n"), "{}", run.stdout);
        assert_eq!(deletions(&server), ["DELETE /api/v4/users/8/keys/31"]);
    }
}

/// Skipped if `ssh-keygen` is not installed.
#[test]
fn numbers_of_a_key_prove_its_public_half() {
    let forms: [(&[&str], bool); 9] = [
        (&["-t", "ed25519"], true),
        (&["-t", "ecdsa", "-b", "256"], true),
        (&["-t", "ecdsa", "-b", "384"], true),
        (&["-t", "ecdsa", "-b", "521"], false),
        (&["-t", "ecdsa", "-b", "256", "-m", "PEM"], true),
        (&["-t", "ecdsa", "-b", "384", "-m", "PKCS8"], true),
        (&["-t", "rsa", "-b", "1024"], true),
        (&["-t", "rsa", "-b", "1024", "-m", "PEM"], true),
        (&["-t", "rsa", "-b", "1024", "-m", "PKCS8"], true),
    ];
    for (form, is_proven) in forms {
        let (sandbox, server) = (Sandbox::new(), Server::start());
        let made = Command::new("ssh-keygen")
            .args(["-q", "-C", "deploy", "-N", "", "-f"])
            .arg(sandbox.at("id_key"))
            .args(form)
            .output();
        if !made.is_ok_and(|made| made.status.success()) {
            println!("skipped: no ssh-keygen here, or not for {form:?}");
            continue;
        }
        scan(&sandbox, &["scan", "id_key"]);
        let run = revoke(&sandbox, &server, &["--dry-run"]);
        let end = if is_proven {
            "\n1 would be revoked\n"
        } else {
            "\n1 left to do by hand\n"
        };
        assert!(run.stdout.ends_with(end), "{form:?}: {}", run.stdout);
    }
}

/// The administrators' API does not recognize the token, as with one that has a former prefix.
fn agent_tokens(names: &[&str]) -> (Sandbox, Server, String) {
    let (sandbox, server) = (Sandbox::new(), Server::start());
    let token = sandbox.watch(shape("agent token").generate(&mut Rng::new(7)));
    sandbox.write("agent.txt", format!("agent: {token}\n"));
    scan(&sandbox, &["scan", "."]);
    let mut world = server.fake.world();
    let refuse = |_: &_, _: &[&str], _: &mut _| Reply::message(422, "422 Unprocessable entity");
    world.routes.push(Route {
        method: "DELETE",
        path: "/api/v4/admin/token",
        answer: refuse,
    });
    world.routes.push(Route {
        method: "DELETE",
        path: "/api/v4/projects/12/cluster_agents/3/tokens/:token",
        answer: |_, _, _| Reply::empty(),
    });
    let agents = json!([{"id": 3, "name": "production", "config_project": {"id": 12}}]);
    let entry = |(id, name): (usize, &&str)| json!({"id": id + 40, "name": name, "agent_id": 3, "status": "active"});
    let tokens = names.iter().enumerate().map(entry).collect();
    let folder = "/api/v4/projects/12/cluster_agents";
    world.objects.insert(folder.to_owned(), agents);
    world.objects.insert(format!("{folder}/3/tokens"), tokens);
    drop(world);
    let id = super::id(&token);
    (sandbox, server, id)
}

#[test]
fn deletes_an_agent_token_only_if_it_is_the_only_one_and_named() {
    let (sandbox, server, id) = agent_tokens(&["ci"]);
    let project = "--project=12";
    let run = revoke(&sandbox, &server, &["--yes", project]);
    let reason = "the API does not show which agent token of project 12 it is: agent 'production': 40 'ci'; if it is \
                  that one, name it with --only";
    assert!(run.stdout.contains(reason), "{}", run.stdout);
    assert_eq!(
        (run.code, deletions(&server)),
        (Some(1), vec!["DELETE /api/v4/admin/token".to_owned()])
    );
    let run = revoke(&sandbox, &server, &["--yes", project, "--only", &id]);
    assert!(run.stdout.ends_with("\n1 revoked\n"), "{}", run.stdout);
    assert_eq!(
        deletions(&server).last().unwrap(),
        "DELETE /api/v4/projects/12/cluster_agents/3/tokens/40"
    );
    let (sandbox, server, id) = agent_tokens(&["ci", "spare"]);
    let run = revoke(&sandbox, &server, &["--yes", project, "--only", &id]);
    let reason = "the API does not show which agent token of project 12 it is: agent 'production': 40 'ci', agent \
                  'production': 41 'spare'";
    assert!(run.stdout.contains(reason), "{}", run.stdout);
    assert_eq!((run.code, deletions(&server).len()), (Some(1), 1));
}
