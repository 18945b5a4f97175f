//! The TOML form of a rule, and its validation.

/// Stub.
#[derive(Debug, thiserror::Error)]
#[error("")]
pub struct RuleError;
/// Stub.
#[derive(Debug)]
pub struct Example;
/// Stub.
#[derive(Debug, thiserror::Error)]
#[error("")]
pub struct ExampleError;
