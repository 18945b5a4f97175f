//! Many projects and jobs: the number of requests, and memory.

use super::Sweeping;
use crate::support::gitlab::world::Generated;
use crate::support::{cases, memory};

/// Sweeps so many generated projects with so many jobs each; returns the number of requests and the most memory in
/// bytes.
fn sweep(projects: u64, jobs_per_project: u64) -> (u64, u64) {
    let sweeping = Sweeping::new();
    sweeping.world.fake.edit(|content| {
        content.projects.clear();
        content.groups.clear();
        content.generated = Some(Generated {
            projects,
            jobs_per_project,
            leak: String::new(),
        });
    });
    sweeping.world.fake.world().only_counts = true;
    let url = sweeping.world.fake.url();
    let mut command = sweeping.sandbox.command(env!("CARGO_BIN_EXE_tokensweep"));
    sweeping.prepare(&mut command);
    // No job has artifacts, so that only lists are read.
    let jobs = jobs_per_project.to_string();
    command.args([
        "sweep",
        "--all",
        "--only=artifacts",
        "--quiet",
        "--instance",
        &url,
        "--jobs",
        &jobs,
    ]);
    let (status, stderr, peak) = memory::peak(&mut command);
    assert_eq!((status.code(), stderr.as_str()), (Some(0), ""));
    let counts = sweeping.world.fake.world().counts.clone();
    let least = projects.div_ceil(100) + projects * jobs_per_project.div_ceil(100);
    let total = counts.values().sum();
    println!(
        "{projects} projects, {jobs_per_project} jobs each: {total} requests, {} MiB",
        peak >> 20
    );
    // The lists of groups and of projects end with one more request each.
    assert!(
        total as f64 <= least as f64 * 1.03 + 4.0,
        "{total} requests, {least} are needed: {counts:#?}"
    );
    (total, peak)
}

#[test]
fn memory_does_not_depend_on_the_number_of_jobs() {
    let (_, few) = sweep(20, 100);
    let (_, many) = sweep(20, cases(2_000, 50_000));
    assert!(
        many < few + (16 << 20),
        "{} MiB instead of {}",
        many >> 20,
        few >> 20
    );
}

#[test]
fn lists_ten_thousand_projects_with_few_requests() {
    let (_, few) = sweep(100, 100);
    let (_, many) = sweep(cases(500, 10_000), 100);
    // Each project and its state take a few kilobytes.
    assert!(
        many < few + (64 << 20),
        "{} MiB instead of {}",
        many >> 20,
        few >> 20
    );
}
