//! What a GitLab token is: prefixes, checksums, claims, alphabets. Pure: no rules, no I/O, no clock.

mod encoding;
mod entropy;
mod friendly;
pub mod jwt;
mod placeholder;
pub mod routable;
mod words;

pub use entropy::entropy;
pub use friendly::is_friendly;
pub use placeholder::{Placeholder, placeholder};
