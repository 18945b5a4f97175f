//! The report formats, each fed with outcomes made by hand.

// Clippy's exception for tests does not reach the helpers of an integration test.
mod annotations;
mod checklist;
mod gitlab;
mod gitlab_reader;
mod historic;
mod html;
mod junit;
mod leaks;
mod markup;
mod memory;
mod merge;
mod reading;
mod restore;
mod schemas;
mod sinks;
mod snapshots;
