//! Private keys: asked about by the fingerprint of their public half.

use std::process::Command;

use super::credential;
use crate::support::gitlab::{FakeGitlab, KnownKey};
use crate::support::sandbox::Sandbox;
use crate::support::ssh_keys::TestKey;

/// A fingerprint in a URL.
fn query(fingerprint: &str) -> String {
    let escaped = fingerprint
        .replace(':', "%3A")
        .replace('/', "%2F")
        .replace('+', "%2B");
    format!("GET /api/v4/keys?fingerprint={escaped} [PRIVATE-TOKEN: admin]")
}

/// Scans `id_key` with an operator's token. Returns liveness and reason, and the account.
fn verify(
    fake: &FakeGitlab,
    sandbox: &Sandbox,
    operator: Option<&str>,
    options: &[&str],
) -> (String, serde_json::Value) {
    let url = fake.url();
    let run = sandbox.run_with(
        ["scan", "-fjson", "--instance", &url, "id_key"]
            .iter()
            .chain(options),
        |command| {
            command.envs(operator.map(|token| ("TOKENSWEEP_GITLAB_TOKEN", token)));
        },
    );
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{report:#}");
    sandbox.search("a request", format!("{:?}", fake.requests()).as_bytes());
    let verification = &findings[0]["verification"];
    let liveness = findings[0]["liveness"].as_str().unwrap_or("unknown");
    let reason = verification["reason"].as_str().unwrap_or_default();
    (
        format!("{liveness}: {reason}"),
        verification["token"].clone(),
    )
}

/// An instance with an administrator, whose token is returned, and a folder with a key.
fn prepared(key: &TestKey) -> (FakeGitlab, Sandbox, String) {
    let (fake, sandbox) = (FakeGitlab::start(), Sandbox::new());
    let (_, admin) = credential("personal access token", 13);
    sandbox.watch(&admin);
    sandbox.watch(
        key.block
            .trim_end()
            .trim_end_matches("-----END OPENSSH PRIVATE KEY-----")
            .trim_end(),
    );
    sandbox.write("id_key", &key.block);
    fake.add("admin", "personal-access-token", &admin);
    fake.change("admin", |known| known.is_admin = true);
    (fake, sandbox, admin)
}

fn known(key: &TestKey) -> KnownKey {
    KnownKey {
        id: 31,
        fingerprint: key.fingerprint.clone(),
        user: 8,
        projects: None,
        expires_at: None,
    }
}

#[test]
fn of_users_are_live_with_the_name_of_their_owner() {
    for key in [TestKey::ed25519(1), TestKey::encrypted(2)] {
        let (fake, sandbox, admin) = prepared(&key);
        fake.world().keys.push(known(&key));
        let (found, token) = verify(&fake, &sandbox, Some(&admin), &["--verify"]);
        assert_eq!(found, "live: its public half is an SSH key of this account");
        assert_eq!(token["username"], "user8");
        assert_eq!(
            (&token["name"], &token["id"]),
            (&"key 31".into(), &31.into())
        );
        assert_eq!(fake.request_lines(), [query(&key.fingerprint)]);
    }
}

#[test]
fn of_projects_are_live_deploy_keys() {
    let key = TestKey::ed25519(3);
    let (fake, sandbox, admin) = prepared(&key);
    fake.world().keys.push(KnownKey {
        projects: Some(vec![7, 9]),
        ..known(&key)
    });
    let (found, _) = verify(&fake, &sandbox, Some(&admin), &["--verify"]);
    assert_eq!(
        found,
        "live: its public half is a deploy key of the instance"
    );
}

#[test]
fn that_the_instance_does_not_know_are_not_dead() {
    let key = TestKey::ed25519(4);
    let (fake, sandbox, admin) = prepared(&key);
    let unknown =
        "unknown: the instance has no key with its fingerprint; it may open other servers";
    // A private key is not sent to the administrators' API either.
    for level in ["--verify", "--verify=all"] {
        let (found, _) = verify(&fake, &sandbox, Some(&admin), &[level]);
        assert_eq!(found, unknown);
    }
    assert_eq!(
        fake.request_lines(),
        [query(&key.fingerprint), query(&key.fingerprint)]
    );
    fake.world().keys.push(KnownKey {
        expires_at: Some("2026-01-01T00:00:00.000Z"),
        ..known(&key)
    });
    let (found, _) = verify(&fake, &sandbox, Some(&admin), &["--verify"]);
    assert_eq!(
        found,
        "unknown: its public half is an SSH key of this account, and has expired there; it may open other servers"
    );
}

#[test]
fn need_an_administrator() {
    let key = TestKey::ed25519(5);
    let (fake, sandbox, _) = prepared(&key);
    fake.world().keys.push(known(&key));
    let (found, _) = verify(&fake, &sandbox, None, &["--verify=all"]);
    assert_eq!(
        found,
        "unknown: only an administrator may ask: set TOKENSWEEP_GITLAB_TOKEN, GITLAB_TOKEN or --token-file"
    );
    assert_eq!(fake.request_lines(), [""; 0]);
    let (_, user) = credential("personal access token", 14);
    fake.add("user", "personal-access-token", &user);
    let (found, _) = verify(&fake, &sandbox, Some(&user), &["--verify"]);
    assert_eq!(
        found,
        "unknown: only an administrator's token with the scopes api and admin_mode may ask whose key it is"
    );
    let (found, _) = verify(&fake, &sandbox, Some("nobody"), &["--verify"]);
    assert_eq!(found, "unknown: the instance rejects the operator's token");
}

/// Every form in which `ssh-keygen` writes keys. Skipped if `ssh-keygen` is not installed.
#[test]
fn have_the_fingerprint_that_ssh_keygen_computes() {
    let forms: &[&[&str]] = &[
        &["-t", "ed25519"],
        &["-t", "ecdsa", "-b", "256"],
        &["-t", "ecdsa", "-b", "384"],
        &["-t", "ecdsa", "-b", "521"],
        &["-t", "ecdsa", "-b", "256", "-m", "PEM"],
        &["-t", "ecdsa", "-b", "384", "-m", "PKCS8"],
        &["-t", "rsa", "-b", "1024"],
        &["-t", "rsa", "-b", "1024", "-m", "PEM"],
        &["-t", "rsa", "-b", "1024", "-m", "PKCS8"],
    ];
    for form in forms {
        for passphrase in ["", "correct horse"] {
            let is_openssh = !form.contains(&"-m");
            if !passphrase.is_empty() && !is_openssh {
                continue;
            }
            let sandbox = Sandbox::new();
            let made = Command::new("ssh-keygen")
                .args(["-q", "-C", "deploy", "-N", passphrase, "-f"])
                .arg(sandbox.at("id_key"))
                .args(*form)
                .output();
            if !made.is_ok_and(|made| made.status.success()) {
                println!("skipped: no ssh-keygen here, or not for {form:?}");
                continue;
            }
            let listed = Command::new("ssh-keygen")
                .arg("-lf")
                .arg(sandbox.at("id_key.pub"))
                .output()
                .unwrap();
            let listed = String::from_utf8(listed.stdout).unwrap();
            let fingerprint = listed.split(' ').nth(1).unwrap();
            let fake = FakeGitlab::start();
            fake.add("admin", "personal-access-token", "operator-token");
            fake.change("admin", |known| known.is_admin = true);
            verify(&fake, &sandbox, Some("operator-token"), &["--verify"]);
            assert_eq!(fake.request_lines(), [query(fingerprint)], "{form:?}");
        }
    }
}
