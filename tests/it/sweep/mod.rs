//! `sweep`: against the sample instance.

mod faults;
mod hostile;
mod instance;
mod issues;
mod leaks;
mod levels;
mod places;
mod plan;
mod progress;
mod quiet;
mod registry;
mod repositories;
mod revoke;
mod scale;
mod shown;
mod state;
mod state_package;
mod storage;
mod unreadable;

use std::process::Command;

use serde_json::Value;

use crate::support::gitlab::world::SampleWorld;
use crate::support::sandbox::{Run, Sandbox};

/// Every place, those that are off by default too.
const ALL_PLACES: &[&str] = &[
    "--only=repository",
    "--only=wiki",
    "--only=logs",
    "--only=artifacts",
    "--only=variables",
    "--only=issues",
    "--only=merge-requests",
    "--only=comments",
    "--only=snippets",
    "--only=releases",
    "--only=packages",
    "--only=registry",
    "--only=terraform",
    "--only=secure-files",
    "--only=hooks",
    "--only=schedules",
];

/// A sample instance, and a folder to sweep it from.
struct Sweeping {
    world: SampleWorld,
    sandbox: Sandbox,
}

impl Sweeping {
    /// With a log of one megabyte.
    fn new() -> Self {
        Self::of(SampleWorld::start_with_log(1 << 20))
    }

    fn of(world: SampleWorld) -> Self {
        let sandbox = Sandbox::new();
        world.watch(&sandbox);
        Self { world, sandbox }
    }

    /// Sweeps with these arguments; returns the JSON report and the finished run.
    fn sweep(&self, args: &[&str]) -> (Value, Run) {
        let url = self.world.fake.url();
        let instance = ["--instance", &url, "--quiet"];
        let args: Vec<&str> = args.iter().copied().chain(instance).collect();
        let swept = self
            .sandbox
            .report_with("sweep", &args, |command| self.prepare(command));
        self.sandbox.search(
            "a request",
            format!("{:?}", self.world.fake.requests()).as_bytes(),
        );
        swept
    }

    /// Sweeps with these arguments, which may end before there is a report.
    fn run(&self, args: &[&str]) -> Run {
        let url = self.world.fake.url();
        let all = ["sweep", "--instance", &url, "--quiet"];
        self.sandbox
            .run_with(all.iter().chain(args), |command| self.prepare(command))
    }

    fn prepare(&self, command: &mut Command) {
        command.env("GITLAB_TOKEN", &self.world.token);
    }
}

/// The findings as (place, page below the instance's address), in order of the page.
fn found(report: &Value, url: &str) -> Vec<(String, String)> {
    let findings = report["findings"].as_array().unwrap().iter();
    let mut found: Vec<(String, String)> = findings
        .map(|finding| {
            let remote = &finding["location"]["remote"];
            let text = |key: &str| remote[key].as_str().unwrap_or_default().to_owned();
            let page = text("url").strip_prefix(url).unwrap_or_default().to_owned();
            (text("place"), page)
        })
        .collect();
    found.sort();
    found
}
