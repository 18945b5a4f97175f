//! Grammars that both a source and the engine read. Pure: bytes in, parts with their places out.
//! Imports nothing of the crate.

pub(crate) mod git_config;
