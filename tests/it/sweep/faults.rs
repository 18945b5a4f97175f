//! Instances that fail and limit.

use std::time::Duration;

use super::Sweeping;
use crate::support::gitlab::Fault;

/// Places that need many requests and no programs.
const PLACES: &[&str] = &[
    "--only=logs",
    "--only=variables",
    "--only=hooks",
    "--only=releases",
    "--only=comments",
];

#[test]
fn failures_of_the_instance_do_not_change_the_report() {
    let sweeping = Sweeping::new();
    let args: Vec<&str> = ["acme"].iter().chain(PLACES).copied().collect();
    let (expected, _) = sweeping.sweep(&args);
    for seed in [1, 2] {
        sweeping.world.fake.fail(Fault::Random {
            seed: seed * 10_000,
            per_mille: 50,
        });
        sweeping.world.fake.forget_requests();
        let (report, run) = sweeping.sweep(&args);
        assert_eq!(report, expected, "{run:?}");
        let requests = sweeping.world.fake.requests();
        let failed = requests
            .iter()
            .filter(|request| request.status == 429 || request.status >= 500)
            .count();
        assert!(
            failed >= 5,
            "only {failed} of {} requests failed",
            requests.len()
        );
    }
}

#[test]
fn respects_the_limit_of_the_instance_and_of_the_operator() {
    let sweeping = Sweeping::new();
    sweeping.world.fake.world().limit = Some((100, Duration::from_secs(2)));
    let (_, run) = sweeping.sweep(&[
        "acme",
        "--only=variables",
        "--only=hooks",
        "--allow-unreadable=variables",
        "--allow-unreadable=hooks",
    ]);
    assert_eq!(run.code, Some(1), "{run:?}");
    let world = sweeping.world.fake.world();
    // Requests that were on their way when the limit was reached.
    assert!(
        world.refused <= 16,
        "{} requests were refused",
        world.refused
    );
    drop(world);
    sweeping.world.fake.world().limit = None;
    sweeping.world.fake.forget_requests();
    let start = std::time::Instant::now();
    sweeping.sweep(&["acme", "--only=hooks", "--requests-per-minute=1200"]);
    let least = Duration::from_millis(50) * (sweeping.world.fake.requests().len() as u32 - 1);
    assert!(start.elapsed() >= least);
}
