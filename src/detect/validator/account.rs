//! An account in base64, `user:password`, as a Basic header sends it.

use super::{accept, is_strong};
use crate::detect::candidate::Verdict;
use crate::model::{Confidence, decode_base64};
use crate::rule::Rule;
use crate::token::is_published;
use crate::token::reference;

/// Assesses base64 that may contain an account. The user may be a token.
pub(super) fn assess(rule: &Rule, coded: &[u8]) -> Verdict {
    let Some(text) = decode_base64(coded).filter(|text| is_text(text)) else {
        return Verdict::Foreign;
    };
    let Some(colon) = memchr::memchr(b':', &text) else {
        return Verdict::Foreign;
    };
    if reference(coded).is_some() {
        return Verdict::Reject;
    }
    if is_published(coded) {
        return accept(Confidence::Low, super::PUBLIC_EXAMPLE);
    }
    let (user, password) = (&text[..colon], &text[colon + 1..]);
    let secret = if password.is_empty() { user } else { password };
    if is_strong(secret) && secret.iter().any(u8::is_ascii_digit) {
        accept(rule.confidence, "it decodes to a user and a password")
    } else {
        accept(Confidence::Low, "its password reads like an example")
    }
}

/// True if `body` has the letters of a token by chance only: it is some text in base64.
pub(super) fn is_encoded_text(body: &[u8]) -> bool {
    decode_base64(body).is_some_and(|text| is_text(&text))
}

fn is_text(bytes: &[u8]) -> bool {
    !bytes.is_empty()
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_graphic() || *byte == b' ')
}
