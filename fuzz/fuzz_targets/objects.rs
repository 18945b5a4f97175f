//! Any bytes as stored Git objects: pack entries, deltas, loose objects, commits, tags, folders.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| tokensweep::source::read_as_any_object(data));
