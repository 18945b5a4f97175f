//! The components for GitLab, the hooks and the project's own pipeline fit the program, each other,
//! GitLab's schema and what the documentation says of them.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

#[path = "component/history_sweep.rs"]
mod history_sweep;
#[path = "component/pages.rs"]
mod pages;
#[path = "component/secret_scan.rs"]
mod secret_scan;
#[path = "component/shell.rs"]
mod shell;
#[path = "component/template.rs"]
mod template;
