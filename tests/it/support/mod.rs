//! Helpers that the integration tests share.
pub(crate) mod archives;
pub(crate) mod encoders;
pub(crate) mod engine;
pub(crate) mod gitlab;
pub(crate) mod memory;
pub(crate) mod outcome;
pub(crate) mod pipeline;
pub(crate) mod quine;
pub(crate) mod repo;
pub(crate) mod sandbox;
pub(crate) mod ssh_keys;
pub(crate) mod terminal;
pub(crate) mod tokens;

use tokens::{Rng, Shape, all_shapes};

/// The shape of that name.
pub(crate) fn shape(name: &str) -> Shape {
    let found = all_shapes().into_iter().find(|shape| shape.name == name);
    found.unwrap_or_else(|| panic!("no shape is called {name}"))
}

/// A personal access token, another for each seed.
pub(crate) fn a_token(seed: u64) -> String {
    shape("personal access token").generate(&mut Rng::new(seed))
}

/// A credential of the shape of that name, without its label.
pub(crate) fn a_credential(name: &str, seed: u64) -> String {
    let shape = shape(name);
    shape.generate(&mut Rng::new(seed))[shape.label.len()..].to_owned()
}

/// Returns the number of cases of a long test: `many` if `TOKENSWEEP_LONG_TESTS` is set, as in the project's own
/// pipeline, else `few`.
pub(crate) fn cases<T>(few: T, many: T) -> T {
    let is_long = std::env::var_os("TOKENSWEEP_LONG_TESTS").is_some_and(|value| value == "1");
    if is_long { many } else { few }
}
