//! The reader of HCL and Ruby's settings on any bytes: no panic, and a sound tree.

#![no_main]

#[path = "../shared/model.rs"]
mod model;
#[path = "../shared/syntax.rs"]
mod shared;

use libfuzzer_sys::fuzz_target;
use shared::{check, syntax};

fuzz_target!(|file: &[u8]| {
    check(file, &syntax::assignments::read(file));
});
