//! Routable tokens: random bytes and routing text, in both layouts.

use super::codec::{base36, base36_padded, base64url, crc32};
use super::rng::Rng;

/// Whom the routing text names.
#[derive(Clone, Copy, Debug)]
pub(super) enum Routing {
    /// A user: personal access tokens.
    User,
    /// A project or a group: deploy tokens.
    Deploy,
    /// A group or project runner and its creator.
    Runner,
    /// A group runner.
    Group,
    /// A project runner.
    Project,
}

impl Routing {
    /// Lines `key:value`, sorted, ids in base 36.
    fn text(self, rng: &mut Rng) -> String {
        let mut pairs = vec![('o', 1 + rng.next() % 3)];
        if rng.below(2) == 0 {
            pairs.push(('c', 1 + rng.next() % 40));
        }
        let group = match self {
            Self::User => None,
            Self::Deploy | Self::Runner => Some(rng.below(2) == 0),
            Self::Group => Some(true),
            Self::Project => Some(false),
        };
        match group {
            Some(true) => pairs.push(('g', rng.id())),
            Some(false) => pairs.push(('p', rng.id())),
            None => {}
        }
        match (self, group) {
            (Self::User, _) => pairs.push(('u', rng.id())),
            (Self::Deploy, _) | (_, None) => {}
            (_, Some(group)) => {
                pairs.push(('t', if group { 2 } else { 3 }));
                pairs.push(('u', rng.id()));
            }
        }
        pairs.sort_unstable();
        let line = |(key, value): &(char, u64)| format!("{key}:{}", base36(u128::from(*value)));
        pairs.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// Sixteen bytes as GitLab has them today, now and then as many as the design allows.
fn random(rng: &mut Rng) -> Vec<u8> {
    let count = if rng.below(8) == 0 {
        16 + rng.below(50)
    } else {
        16
    };
    rng.bytes(count)
}

/// Version 1: random bytes, routing text, its length.
pub(super) fn versioned(prefix: &str, routing: Routing, rng: &mut Rng) -> String {
    let text = routing.text(rng);
    let mut bytes = random(rng);
    bytes.extend_from_slice(text.as_bytes());
    bytes.push(text.len() as u8);
    sealed(prefix, &bytes, ".01")
}

/// The draft: routing text, random bytes, their number.
pub(super) fn draft(prefix: &str, routing: Routing, rng: &mut Rng) -> String {
    let random = random(rng);
    let mut bytes = routing.text(rng).into_bytes();
    bytes.extend_from_slice(&random);
    bytes.push(random.len() as u8);
    sealed(prefix, &bytes, "")
}

fn sealed(prefix: &str, payload: &[u8], version: &str) -> String {
    let payload = base64url(payload);
    let length = base36_padded(payload.len() as u128, 2);
    let covered = format!("{prefix}{payload}{version}.{length}");
    let crc = base36_padded(u128::from(crc32(covered.as_bytes())), 7);
    covered + &crc
}
