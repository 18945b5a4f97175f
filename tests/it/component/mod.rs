//! The components for GitLab, the hooks and the project's own pipeline fit the program, each other,
//! GitLab's schema and the documentation of them.

mod group_sweep;
mod history_sweep;
mod pages;
mod secret_scan;
mod shell;
mod template;
