//! Example tokens that GitLab's documentation, its tests and other scanners publish.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use crate::vocabulary::not_secrets;

/// Minimum number of bytes that a copy shares with the published body; 16 random characters never agree by chance.
const HEAD: usize = 16;

/// No published token is longer, in bytes.
const MAX_TOKEN: usize = 400;

/// Maximum length of a prefix, and maximum number of its parts.
const MAX_PREFIX: usize = 40;
const MAX_PARTS: usize = 6;

/// True for a token from public documentation or test suites, which gives no access.
///
/// Takes a body or a whole token: besides the text itself, the rest behind each `-`, `_`, `=` or `.`
/// near its start is looked up, since the same bodies are published under many prefixes, and the
/// text without a user id at its end (`-1234` in feed tokens).
pub fn is_public_example(token_or_body: &[u8]) -> bool {
    if token_or_body.len() > MAX_TOKEN {
        return false;
    }
    let without_id = without_id(token_or_body);
    let after_prefix = token_or_body
        .iter()
        .take(MAX_PREFIX)
        .enumerate()
        .filter(|(_, byte)| matches!(byte, b'-' | b'_' | b'=' | b'.'))
        .map(|(at, _)| at + 1)
        .take(MAX_PARTS);
    std::iter::once(0).chain(after_prefix).any(|start| {
        [token_or_body, without_id]
            .into_iter()
            .filter_map(|text| text.get(start..))
            .any(is_published_body)
    })
}

fn without_id(token: &[u8]) -> &[u8] {
    let digits = token
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let rest = token.get(..token.len() - digits).unwrap_or_default();
    rest.strip_suffix(b"-").unwrap_or(token)
}

/// True if `credential` is useless because it has been published on purpose. A private key must be decoded, all others as
/// they are written.
pub fn is_published(credential: &[u8]) -> bool {
    is_listed(credential, &not_secrets().published)
}

fn is_published_body(body: &[u8]) -> bool {
    is_published(body)
        || body
            .get(..HEAD)
            .is_some_and(|head| is_listed(head, &not_secrets().published_heads))
}

fn is_listed(text: &[u8], list: &BTreeSet<String>) -> bool {
    let digest = Sha256::digest(text);
    let start = digest.first_chunk().map(|head| u64::from_be_bytes(*head));
    start.is_some_and(|start| list.contains(&format!("{start:016x}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_bodies_are_known_under_any_prefix() {
        let spec = ["cgyKc1k_As", "nEpmP-5fRL"].concat();
        let runner = ["t9Wkyj-HGR", "kqQ-VWTGAr"].concat();
        let feed = [
            "a8cc74ccb0de004d09a968705ba49099",
            "229b288b3de43f26c473a9d8d7fb7693",
        ]
        .concat();
        let vector = ["bzox79Of-KE9FD", "2LjoXXF4CvyxA", ".01.", "0r0l8l6ir"].concat();
        for (prefixes, body) in [
            (
                &[
                    "",
                    "glpat-",
                    "gldt-",
                    "glcbt-FFFF_",
                    "glcbt-1_",
                    "SIE-glpat-",
                ][..],
                &spec,
            ),
            (
                &["", "glrt-", "glrt-t1_", "glrtr-t1_", "SIE-glrtr-t1_"],
                &runner,
            ),
            (&["", "glft-", "gloas-"], &feed),
            (&["", "glpat-"], &vector),
        ] {
            for prefix in prefixes {
                assert!(is_public_example(format!("{prefix}{body}").as_bytes()));
                assert!(!is_public_example(format!("{prefix}{body}x").as_bytes()));
                assert!(!is_public_example(format!("{prefix}x{body}").as_bytes()));
            }
        }
        assert!(is_public_example(format!("glft-{feed}-1234").as_bytes()));
    }

    #[test]
    fn knows_published_bodies_with_a_changed_end() {
        let head = ["wJalrXUt", "nFEMI/K7"].concat();
        for end in ["", "MDENG/bPxRfiCYTESTFAKEKY"] {
            assert!(is_public_example(format!("{head}{end}").as_bytes()));
            assert!(!is_public_example(format!("x{head}{end}").as_bytes()));
        }
    }

    #[test]
    fn other_texts_are_not() {
        for text in ["", "-", "1234", "-1234", "glpat-", "password"] {
            assert!(!is_public_example(text.as_bytes()));
        }
        assert!(!is_public_example("a-".repeat(1000).as_bytes()));
    }
}
