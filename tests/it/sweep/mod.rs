//! `sweep`: against the sample instance.

mod instance;
mod places;
mod registry;
