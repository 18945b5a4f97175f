//! From bytes to findings: a pure function.

pub(crate) mod documents;
