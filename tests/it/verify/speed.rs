//! Many credentials: as fast as the allowed parallelism, and never above a rate limit.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::credential;
use crate::support::cases;
use crate::support::gitlab::{FakeGitlab, Fault};
use crate::support::sandbox::Sandbox;

/// A file with this many tokens, half of which are live.
fn many(fake: &FakeGitlab, count: u64) -> Sandbox {
    let sandbox = Sandbox::new();
    let mut text = String::new();
    for seed in 0..count {
        let (token, secret) = credential("personal access token, routable", 1000 + seed);
        text.push_str(&format!("TOKEN_{seed}={token}\n"));
        if seed % 2 == 0 {
            fake.add(&format!("t{seed}"), "personal-access-token", &secret);
        }
    }
    sandbox.write("tokens.env", text);
    sandbox
}

/// Scans and returns the time and the number of live findings.
fn run(sandbox: &Sandbox, fake: &FakeGitlab, more: &[&str]) -> (Duration, usize) {
    let url = fake.url();
    let args = [
        "scan",
        "-fjson",
        "--verify",
        "--instance",
        &url,
        "tokens.env",
    ];
    let start = Instant::now();
    let run = sandbox.run(args.iter().chain(more));
    let time = start.elapsed();
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let live = findings
        .iter()
        .filter(|finding| finding["liveness"] == "live")
        .count();
    (time, live)
}

/// 1,000 tokens at 200 ms with 4 requests at a time take 50 s at best. The short form has 80 tokens.
#[test]
fn takes_little_longer_than_the_ideal() {
    let count = cases(80, 1000);
    let fake = FakeGitlab::start();
    let sandbox = many(&fake, count);
    fake.fail(Fault::Delay(Duration::from_millis(200)));
    let (time, live) = run(&sandbox, &fake, &[]);
    let ideal = Duration::from_millis(200) * u32::try_from(count / 4).unwrap();
    let ratio = fake.span().as_secs_f64() / ideal.as_secs_f64();
    println!(
        "{count} tokens: {:?} for the requests ({ratio:.3} times the ideal {ideal:?}), {time:?} in all",
        fake.span()
    );
    assert_eq!(live as u64, count / 2);
    assert_eq!(fake.world().most_at_once, 4);
    assert!(ratio < cases(1.5, 1.15), "{ratio:.3} times the ideal");
}

/// 600 requests a minute. The short form has 10 a second.
#[test]
fn is_never_refused_by_a_rate_limit() {
    let (count, limit) = cases(
        (25, (10, Duration::from_secs(1))),
        (1000, (600, Duration::from_secs(60))),
    );
    let fake = FakeGitlab::start();
    let sandbox = many(&fake, count);
    fake.world().limit = Some(limit);
    let (time, live) = run(&sandbox, &fake, &[]);
    println!("{count} tokens with a limit of {limit:?}: {time:?}");
    assert_eq!(live as u64, count.div_ceil(2));
    let refused = fake.world().refused;
    assert_eq!((fake.requests().len() as u64, refused), (count, 0));
}
