//! Private keys: the protection of a key determines its severity.

use super::{Verdict, accept};
use crate::detect::candidate::Assessment;
use crate::model::{Confidence, Severity};
use crate::rule::Rule;
use crate::token::private_key::{self, Lock, Proof};

/// Assesses a block of text that looks like a private key.
pub(super) fn assess(rule: &Rule, block: &[u8]) -> Verdict {
    let Some(key) = private_key::read(block) else {
        return Verdict::Reject;
    };
    // AWS and Google mark the keys of their documentation so. Chance does it once in 10^9 keys.
    if key.is_published || super::calls_itself_example(block) {
        return accept(Confidence::Low, "it is a key that everybody has");
    }
    let (severity, lock) = match key.lock {
        Lock::Open => (rule.severity, "no passphrase protects it"),
        Lock::Password => (rule.severity, "a password protects it, which may be empty"),
        Lock::Passphrase => (rule.severity.min(Severity::Low), "a passphrase protects it"),
        Lock::Elsewhere => (Severity::Info, "its secret part is in a device, not here"),
    };
    let (confidence, proof) = match key.proof {
        Proof::Verified => (Confidence::Proven, "it is whole and verifies"),
        Proof::Whole => (rule.confidence, "it is whole"),
        Proof::Damaged => (
            rule.confidence.min(Confidence::Medium),
            "it is cut off or damaged",
        ),
    };
    Verdict::Accept(Assessment {
        severity: Some(severity),
        ..Assessment::new(confidence, &format!("{lock}, and {proof}"))
    })
}
