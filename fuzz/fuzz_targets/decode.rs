//! The decoders on text made of signs of encoded keywords: no panic, and windows equal the
//! whole.

#![no_main]

#[path = "../shared/windows.rs"]
mod windows;

use libfuzzer_sys::fuzz_target;
use tokensweep::model::{BlobPath, Origin};

/// Fragments of keywords in every encoding, escapes whole and broken, and their ends.
const PIECES: [&[u8]; 32] = [
    b"Z2xwYXQt", b"dscGF0L", b"nbHBhdC", b"Z2xjYnQtZXlK", b"eyJ", b"ewog", b"WjJ4", b"ZwBsAHAAYQB0A",
    b"676c7061742d", b"676C", b"g\0l\0p\0a\0t\0-\0", b"\0g\0l\0p", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"glpat",
    b"%67%6c", b"%252D", b"%3A%2F%2F", b"\\u0067", b"\\x67", b"\\u{67}", b"\\55", b"\\147",
    b"&#103;", b"&#x67;", b"&hyphen;", b"=2D", b"=\n", b"\\\n", b"\n", b"=",
];

fuzz_target!(|data: &[u8]| {
    let Some((&times, data)) = data.split_first() else { return };
    // A byte beyond ASCII is replaced by a piece; one from the upper half, by many copies of the piece.
    let mut text = Vec::new();
    for &byte in data {
        match byte {
            0..=0x7f => text.push(byte),
            0x80..=0xdf => text.extend_from_slice(PIECES[usize::from(byte % 32)]),
            _ => text.extend(PIECES[usize::from(byte % 32)].repeat(64)),
        }
    }
    text.truncate(windows::LONGEST);
    let text = text.repeat(1 + usize::from(times >> 4));
    windows::compare(&text, &Origin::file(BlobPath::from_bytes(*b"a.txt"), "a.txt".into()));
});
