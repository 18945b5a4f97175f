//! `tokensweep range`: secrets that the commits of a range add.

mod basics;
mod bounds;
mod content;
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
