//! Cargo: `credentials.toml`, and `config.toml` where people put the same.

use super::super::table::{Group, Holds, Key};

/// Tokens of registries.
pub(super) const CARGO: Group = Group {
    needles: &["token"],
    keys: &[
        Key::at(&["registries", "*", "token"], Holds::Password),
        Key::at(&["registry", "token"], Holds::Password),
    ],
};
