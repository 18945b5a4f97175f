//! Grammars that both a source and the engine read. Pure: bytes in, parts with their places out.
//! Imports nothing of the crate.
//!
//! Every reader takes any bytes: damage affects at most the names around it, time is linear,
//! and depth and number of values are bounded.

pub(crate) mod assignments;
pub(crate) mod escape;
pub(crate) mod git_config;
pub(crate) mod json;
pub(crate) mod lines;
pub(crate) mod mapped;
mod masked;
pub(crate) mod named_value;
mod outline;
pub(crate) mod scalar;
pub(crate) mod toml;
pub(crate) mod tree;
pub(crate) mod xml;
pub(crate) mod yaml;
