//! The engine on any bytes, as content and as every kind of document: no panic, windows equal the
//! whole, and each finding is at its reported position.

#![no_main]

#[path = "../shared/windows.rs"]
mod windows;

use libfuzzer_sys::fuzz_target;
use tokensweep::model::{BlobKind, BlobPath, Origin};

fuzz_target!(|data: &[u8]| {
    let Some((&kind, text)) = data.split_first() else { return };
    let name = ["a.txt", ".netrc", ".git-credentials", ".gitmodules", "config"][kind as usize % 5];
    let mut origin = Origin::file(BlobPath::from_bytes(name.as_bytes()), name.into());
    if name == "config" {
        origin.kind = BlobKind::GitConfig;
    }
    // Long enough for several of the smallest windows.
    let text = text.repeat(1 + usize::from(kind >> 3));
    windows::compare(&text, &origin);
});
