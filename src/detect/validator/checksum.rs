//! Credentials of other services with a checksum or a structure that can be verified.

use super::{PUBLIC_EXAMPLE, Verdict, accept, calls_itself_example, is_placeholder};
use crate::model::Confidence;
use crate::rule::Rule;
use crate::token::checksum;

/// A token with a checksum: proof, or a placeholder or damage. `None` for one without.
pub(super) fn assess(token: &[u8], body: &[u8]) -> Option<Verdict> {
    let verifies = checksum::verify(token)?;
    Some(if crate::token::is_published(token) {
        accept(Confidence::Low, PUBLIC_EXAMPLE)
    } else if is_placeholder(body) || calls_itself_example(body) {
        // Test suites hold such keys with a checksum that verifies.
        Verdict::Reject
    } else if verifies {
        accept(Confidence::Proven, "its checksum verifies")
    } else {
        let because = "its checksum does not verify, so it is a placeholder or damaged";
        accept(Confidence::Low, because)
    })
}

/// A macaroon: only its last part is random.
pub(super) fn assess_macaroon(rule: &Rule, body: &[u8]) -> Verdict {
    let random = body.len().saturating_sub(SIGNATURE);
    if is_placeholder(body.get(random..).unwrap_or_default()) {
        Verdict::Reject
    } else if checksum::is_macaroon(body) {
        accept(rule.confidence, "it decodes and is whole")
    } else {
        let because = "it does not decode, so it is a placeholder or damaged";
        accept(Confidence::Low, because)
    }
}

/// Number of characters at the end of a macaroon that contain only its signature of 32 bytes.
const SIGNATURE: usize = 42;

/// A name and a secret in base64.
pub(super) fn assess_pair(rule: &Rule, body: &[u8]) -> Verdict {
    if checksum::is_uuid_and_secret(body) {
        accept(rule.confidence, "it decodes to a name and a secret")
    } else {
        // Only its location identifies it, so another rule may match it.
        Verdict::Foreign
    }
}
