//! `revoke` with the report of a sweep: secrets are read again from their places.

use serde_json::Value;

use super::{ALL_PLACES, Sweeping};
use crate::support::gitlab::State;
use crate::support::sandbox::Run;

/// Sweeps `acme` into `report.json`, and makes the instance know all leaked tokens.
fn swept(places: &[&str]) -> Sweeping {
    let sweeping = Sweeping::new();
    for (number, leak) in sweeping.world.leaks.iter().enumerate() {
        let label = format!("leak {number}");
        sweeping
            .world
            .fake
            .add(&label, "personal-access-token", &leak.secret);
    }
    let args = [&["acme"], places].concat();
    let (report, _) = sweeping.sweep(&args);
    sweeping.sandbox.write("report.json", report.to_string());
    sweeping.world.fake.forget_requests();
    sweeping
}

fn revoke(sweeping: &Sweeping, args: &[&str]) -> Run {
    let url = sweeping.world.fake.url();
    let all = ["revoke", "report.json", "--instance", &url];
    sweeping
        .sandbox
        .run_with(all.iter().chain(args), |command| sweeping.prepare(command))
}

/// The places of leaks whose tokens are still live.
fn live(sweeping: &Sweeping) -> Vec<&'static str> {
    let leaks = sweeping.world.leaks.iter().enumerate();
    leaks
        .filter(|(number, _)| sweeping.world.fake.state(&format!("leak {number}")) == State::Live)
        .map(|(_, leak)| leak.place)
        .collect()
}

#[test]
fn revokes_the_findings_of_every_place() {
    let sweeping = swept(ALL_PLACES);
    let before = live(&sweeping).len();
    let run = revoke(&sweeping, &["--yes"]);
    // Tokens in a link of a release and in a package are for another host, so that a person has to select them.
    assert_eq!(live(&sweeping), ["releases", "packages"], "{run:?}");
    let summary = format!("\n{} revoked, 2 left to do by hand\n", before - 2);
    assert!(run.stdout.ends_with(&summary), "{}", run.stdout);
}

#[test]
fn reads_only_the_items_of_the_report() {
    let sweeping = swept(&["--only=logs", "--only=comments", "--only=issues"]);
    revoke(&sweeping, &["--yes"]);
    let counts = sweeping.world.fake.world().counts.clone();
    assert_eq!(counts["GET /projects/:id/jobs/:id/trace"], 2);
    assert_eq!(counts.get("GET /projects/:id/jobs"), None);
    assert_eq!(counts.get("GET /projects/:id/issues"), None);
}

#[test]
fn a_dry_run_reads_but_changes_nothing() {
    let sweeping = swept(&["--only=variables", "--only=logs"]);
    let before = live(&sweeping);
    let run = revoke(&sweeping, &["--dry-run"]);
    assert!(
        run.stdout.contains("how          the token revokes itself"),
        "{run:?}"
    );
    assert_eq!(live(&sweeping), before);
    let requests = sweeping.world.fake.requests();
    assert!(requests.iter().all(|request| request.method == "GET"));
}

#[test]
fn refuses_what_has_changed_since_the_report() {
    let sweeping = swept(&["--only=logs"]);
    sweeping.world.fake.edit(|content| {
        for job in [1001, 1002] {
            content.store(
                &format!("projects/11/jobs/{job}/trace"),
                "text/plain",
                "another log\n",
            );
        }
    });
    let before = live(&sweeping);
    let run = revoke(&sweeping, &["--yes"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    let reason = "it changed since the report and no longer contains the credential";
    assert_eq!(run.stdout.matches(reason).count(), 2, "{}", run.stdout);
    assert_eq!(live(&sweeping), before);
}

#[test]
fn names_what_it_takes_to_read_a_place_again() {
    let sweeping = swept(&["--only=logs"]);
    let url = sweeping.world.fake.url();
    let args = ["revoke", "report.json", "--instance", &url, "--yes"];
    let run = sweeping.sandbox.run(args);
    assert_eq!(run.code, Some(1), "{run:?}");
    let reason = format!(
        "its place is a page of the instance, and reading it again takes your token (TOKENSWEEP_GITLAB_TOKEN or \
         --token-file): {url}/acme/platform/api/-/jobs/1001#L3217"
    );
    assert!(run.stdout.contains(&reason), "{}", run.stdout);
    assert_eq!(sweeping.world.fake.requests(), []);
    // A report about another instance.
    let path = sweeping.sandbox.at("report.json");
    let mut report: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    for finding in report["findings"].as_array_mut().unwrap() {
        finding["location"]["remote"]["url"] = "https://other.example/a/b/-/jobs/1".into();
    }
    std::fs::write(&path, report.to_string()).unwrap();
    let run = revoke(&sweeping, &["--yes"]);
    let reason = "its place is a page of another instance: https://other.example/a/b/-/jobs/1";
    assert!(run.stdout.contains(reason), "{}", run.stdout);
    assert_eq!(sweeping.world.fake.requests(), []);
}
