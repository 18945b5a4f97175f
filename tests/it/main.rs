//! Integration tests: one binary, so that the crate is linked once.
//!
//! Run one module with `cargo test --test it range::`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking and prints its figures"
)]

mod archive;
#[cfg(unix)]
mod ci;
#[cfg(unix)]
mod ci_fetch;
#[cfg(unix)]
mod ci_policy;
mod cli;
#[cfg(unix)]
mod component;
mod convert;
mod decode;
mod docs;
mod documents;
mod exit_codes;
mod foreign;
mod gate;
mod gitlab;
mod gitlab_ids;
mod history;
mod hooks;
mod labelled;
mod layering;
mod neighbours;
mod path_names;
mod places;
mod range;
mod reports;
#[cfg(unix)]
mod repository_files;
mod revoke;
mod rules;
mod selection;
mod shapes;
mod silence;
mod staged;
mod support;
mod sweep;
mod token;
mod tree;
mod unprefixed;
mod verify;
#[cfg(unix)]
mod walk;
mod windows;
