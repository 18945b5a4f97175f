//! Tells text from the noise that decoding something else gives.

/// Number of bytes on each side of a match that must be text.
const REACH: usize = 16;

/// The last byte before `at` that is not text, if one is near.
pub(crate) fn noise_before(text: &[u8], at: usize) -> Option<usize> {
    let first = at.saturating_sub(REACH);
    // A character may be cut at the edge of the bytes that are read.
    let edge = (first..at.min(first + 4))
        .find(|&i| !is_tail(text[i]))
        .unwrap_or(at);
    let from = if first == 0 { 0 } else { edge };
    noise(&text[from..at]).next_back().map(|index| from + index)
}

/// The first byte from `at` on that is not text, if one is near.
pub(crate) fn noise_after(text: &[u8], at: usize) -> Option<usize> {
    let until = text.len().min(at + REACH);
    let mut end = until;
    if until < text.len() {
        // As above: back to where a character begins.
        while end > at && is_tail(text[end]) {
            end -= 1;
        }
    }
    noise(&text[at..end]).next().map(|index| at + index)
}

/// True for the second and later bytes of a UTF-8 character.
fn is_tail(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

/// The bytes of `text` that do not belong to it: control characters, and invalid UTF-8.
fn noise(text: &[u8]) -> impl DoubleEndedIterator<Item = usize> {
    let mut found = Vec::new();
    let mut at = 0;
    for chunk in text.utf8_chunks() {
        let controls = chunk
            .valid()
            .bytes()
            .enumerate()
            .filter(|(_, byte)| is_control(*byte));
        found.extend(controls.map(|(index, _)| at + index));
        at += chunk.valid().len();
        found.extend(at..at + chunk.invalid().len());
        at += chunk.invalid().len();
    }
    found.into_iter()
}

/// True for a control character that does not occur in text. Escape does, in logs.
fn is_control(byte: u8) -> bool {
    byte == 0x7f || (byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distinguishes_text_from_noise() {
        let text = "größe: TOKEN\n".as_bytes();
        assert_eq!(noise_before(text, 9), None);
        assert_eq!(noise_after(text, 9), None);
        assert_eq!(noise_before(b"ab\x91cTOKEN", 4), Some(2));
        assert_eq!(noise_after(b"TOKENab\x00c", 5), Some(7));
        assert_eq!(noise_before(b"\x91 23456789 abcdef TOKEN", 18), None);
        assert_eq!(noise_after(b"TOKEN abcdef 123456789 \x91", 5), None);
        // Cut in the middle of a character on both sides.
        let text = ["ä".repeat(20), "x".to_owned(), "ä".repeat(20)].concat();
        assert_eq!(noise_before(text.as_bytes(), 40), None);
        assert_eq!(noise_before(&text.as_bytes()[1..], 39), None);
        assert_eq!(noise_after(text.as_bytes(), 41), None);
    }
}
