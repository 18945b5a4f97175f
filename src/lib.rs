//! Finds leaked GitLab credentials, proves offline what they are, and says how to shut them off.

pub mod detect;
pub mod model;
pub mod report;
pub mod rule;
pub mod source;
pub mod suppress;
mod syntax;
pub mod token;
