//! `tokensweep range` through the program: what some commits add, and nothing else.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy's exception for tests does not reach helpers"
)]

mod support;

#[path = "range/basics.rs"]
mod basics;
#[path = "range/bounds.rs"]
mod bounds;
#[path = "range/differential.rs"]
mod differential;
#[path = "range/encodings.rs"]
mod encodings;
#[path = "range/ends.rs"]
mod ends;
#[path = "range/hostile.rs"]
mod hostile;
#[path = "range/merges.rs"]
mod merges;
#[path = "range/modes.rs"]
mod modes;
#[path = "range/moves.rs"]
mod moves;
#[path = "range/names.rs"]
mod names;
#[cfg(unix)]
#[path = "range/odd.rs"]
mod odd;
