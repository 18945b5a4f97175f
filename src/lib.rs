//! Finds leaked GitLab credentials, verifies offline what they are, and names the way to revoke them.
//!
//! ```
//! use tokensweep::{Confidence, Format, Rules, Scanner};
//!
//! let mut rules = Rules::builtin();
//! rules.disable("gitlab-feed-token")?;
//! let scanner = Scanner::new(rules)?.min_confidence(Confidence::High);
//!
//! // A real program has a file here, or a folder: `scanner.scan_paths([folder])`.
//! let content = ["token = 'glpat-", "x7WzN4smT9", "Pk2Dx2Rv8b'"].concat();
//! let report = scanner.scan_reader("deploy.yml", content.as_bytes());
//! assert!(report.is_complete());
//! for finding in report.findings() {
//!     assert_eq!(finding.rule_id.as_str(), "gitlab-personal-access-token");
//!     assert_eq!(finding.location.start.line, 1);
//!     // A secret redacts itself when it is displayed.
//!     assert!(finding.secret.to_string().starts_with("glpat-[20 redacted"));
//! }
//! assert_eq!(report.findings().len(), 1);
//!
//! let mut sarif = Vec::new();
//! report.write(Format::Sarif, &mut sarif)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The command line is behind the feature `cli`, which is on by default. Without it the library does not depend on
//! an argument parser, a progress bar or signal handlers.
//!
//! # Stability
//!
//! The items at the root of the crate are the public interface. The modules are public for the program and its
//! tests, hidden here, and change without notice. `docs/architecture.md` describes them.

#![cfg_attr(
    not(feature = "cli"),
    allow(dead_code, unused_imports, reason = "only the command line uses it")
)]

mod api;
#[doc(hidden)]
pub mod archive;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
#[doc(hidden)]
pub mod config;
#[doc(hidden)]
pub mod detect;
#[doc(hidden)]
pub mod exit;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod gitlab;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod issues;
#[doc(hidden)]
pub mod model;
#[doc(hidden)]
pub mod report;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod revoke;
#[doc(hidden)]
pub mod rule;
mod safe_file;
#[doc(hidden)]
pub mod scan;
#[doc(hidden)]
pub mod source;
#[cfg(feature = "cli")]
mod ssh_key;
#[doc(hidden)]
pub mod suppress;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod sweep;
mod syntax;
#[doc(hidden)]
pub mod token;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod verify;
mod vocabulary;

pub use api::{Error, Report, Rules, Scanner};
pub use model::{
    BlobPath, Commit, Confidence, Context, Excerpt, Finding, Fingerprint, Liveness, Location,
    Owner, Position, Refs, Remediation, RuleId, Secret, Severity,
};
pub use report::Format;
