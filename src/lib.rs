//! Finds leaked GitLab credentials, proves offline what they are, and says how to shut them off.
//!
//! ```text
//! source ----blob----> detect ----finding----> suppress ----outcome----> report
//! (bytes + origin)     (pure)                  (with the reason)         (one writer per format)
//! ```
//!
//! The program is the library behind a thin `main`. The entry points, from the bottom up:
//!
//! | module | holds |
//! | --- | --- |
//! | [`model`] | the nouns: blob, origin, location, secret, finding, outcome |
//! | [`token`] | what a GitLab token is: checksums, claims, alphabets |
//! | [`rule`] | rules, from TOML file to compiled form |
//! | [`detect`] | from bytes to findings, a pure function |
//! | [`source`] | where blobs come from |
//! | [`suppress`] | what sets a finding aside |
//! | [`report`] | one writer per format |
//! | [`scan`] | the pipeline: joins source, detector and suppressor |
//! | [`config`], [`cli`], [`exit`] | settings, arguments, exit codes |

pub mod cli;
pub mod config;
pub mod detect;
pub mod exit;
pub mod model;
pub mod report;
pub mod rule;
mod safe_file;
pub mod scan;
pub mod source;
pub mod suppress;
mod syntax;
pub mod token;
