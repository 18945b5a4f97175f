//! The report formats, each fed with outcomes made by hand.

// Clippy's exception for tests does not reach the helpers of an integration test.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "reports/annotations.rs"]
mod annotations;
#[path = "reports/checklist.rs"]
mod checklist;
#[path = "reports/gitlab.rs"]
mod gitlab;
#[path = "reports/gitlab_reader.rs"]
mod gitlab_reader;
#[path = "reports/historic.rs"]
mod historic;
#[path = "reports/html.rs"]
mod html;
#[path = "reports/junit.rs"]
mod junit;
#[path = "reports/leaks.rs"]
mod leaks;
#[path = "reports/markup.rs"]
mod markup;
#[path = "reports/merge.rs"]
mod merge;
#[path = "support/outcome.rs"]
mod outcome;
#[path = "reports/reading.rs"]
mod reading;
#[path = "reports/restore.rs"]
mod restore;
#[path = "reports/schemas.rs"]
mod schemas;
#[path = "reports/sinks.rs"]
mod sinks;
#[path = "reports/snapshots.rs"]
mod snapshots;
mod support;
