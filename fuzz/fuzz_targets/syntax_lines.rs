//! The reader of INI, npm's settings, properties and bare lines on any bytes: no panic, and a sound tree.

#![no_main]

#[path = "../shared/model.rs"]
mod model;
#[path = "../shared/syntax.rs"]
mod shared;

use libfuzzer_sys::fuzz_target;
use shared::{check, syntax};

fuzz_target!(|file: &[u8]| {
    use syntax::lines::{Dialect, bare, read};
    for dialect in [Dialect::Ini, Dialect::Npm, Dialect::Properties] {
        check(file, &read(file, dialect));
    }
    check(file, &bare(file));
});
