//! `sweep`: against the sample instance.

mod instance;
mod issues;
mod places;
mod registry;
