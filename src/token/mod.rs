//! What a GitLab token is: prefixes, checksums, claims, alphabets. Pure: no rules, no I/O, no clock.

mod dummy;
mod encoding;
mod entropy;
mod example;
mod friendly;
pub mod jwt;
mod placeholder;
mod reference;
pub mod routable;
mod words;

pub use dummy::is_dummy_password;
pub use entropy::entropy;
pub use example::is_public_example;
pub use friendly::is_friendly;
pub use placeholder::{Placeholder, placeholder};
pub use reference::{Reference, ReferenceKind, reference};
