//! Hexadecimal digits, two for each byte.

use super::text;
use super::view::View;

/// Undoes the run of hexadecimal digits around `start`, where a byte begins: at most `back` bytes
/// before and `ahead` behind. Also gives where in the decoded text `start` is. `None` if the digits
/// do not pair up, or if what they give is no text just before.
pub(crate) fn open(bytes: &[u8], start: usize, back: usize, ahead: usize) -> Option<(View, usize)> {
    let before = bytes[start.saturating_sub(back)..start]
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    if !before.is_multiple_of(2) && before < back {
        return None;
    }
    let until = bytes.len().min(start + ahead);
    let behind = bytes[start..until]
        .iter()
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    let first = start - before / 2 * 2;
    let mut view = View::with_room((before + behind) / 2);
    view.is_cut = start + behind == until && until < bytes.len();
    for (index, pair) in bytes[first..start + behind].chunks_exact(2).enumerate() {
        let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or(0) as u8;
        let at = first + 2 * index;
        view.push(digit(pair[0]) << 4 | digit(pair[1]), at, at + 2);
    }
    let at = before / 2;
    text::noise_before(&view.text, at)
        .is_none()
        .then_some((view, at))
}
