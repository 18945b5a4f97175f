//! `tokensweep range` through the program: what some commits add, and nothing else.

mod basics;
mod bounds;
mod differential;
mod encodings;
mod ends;
mod hostile;
mod merges;
mod modes;
mod moves;
mod names;
#[cfg(unix)]
mod odd;
