//! The reader of Git's configuration on any bytes: no panic, and it ends.

#![no_main]

#[path = "../shared/model.rs"]
mod model;
#[path = "../shared/syntax.rs"]
mod shared;

use libfuzzer_sys::fuzz_target;
use shared::syntax::git_config;

fuzz_target!(|file: &[u8]| {
    assert!(git_config::items(file).count() <= file.len() + 1);
});
