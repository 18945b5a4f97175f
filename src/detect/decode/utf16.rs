//! ASCII written as UTF-16, in the middle of other bytes.

use super::decoded_text::DecodedText;

/// Decodes the UTF-16 around `start`, the offset of the significant half of a character: at most
/// `back` bytes before and `ahead` behind. Also returns the offset of that character in the decoded text,
/// and whether the significant half comes last (big endian).
///
/// The byte order is visible only where the text ends. If both orders fit, the text is assumed to
/// begin at an even offset of the whole, as files do; `is_even` is true if `start` is even.
pub(crate) fn open(
    bytes: &[u8],
    start: usize,
    back: usize,
    ahead: usize,
    is_even: bool,
) -> Option<(DecodedText, usize, bool)> {
    let is_big = !is_even && start > 0 && bytes[start - 1] == 0;
    // Returns the start of the ASCII character whose significant byte is at `i`, if it is one.
    let character = |i: usize| {
        let other = if is_big { i.checked_sub(1)? } else { i + 1 };
        (*bytes.get(other)? == 0 && matches!(bytes.get(i)?, 1..=0x7f)).then_some(i.min(other))
    };
    let least = start.saturating_sub(back);
    let mut first = start;
    // The other half of the character before must be in reach, too.
    while first >= least + 2 + usize::from(is_big) && character(first - 2).is_some() {
        first -= 2;
    }
    let until = start + ahead;
    let mut view = DecodedText::default();
    let mut at = first;
    while at < until {
        let Some(begin) = character(at) else { break };
        view.push(bytes[at], begin, begin + 2);
        at += 2;
    }
    view.is_cut = at >= until;
    let place = (start - first) / 2;
    (place < view.bytes().len()).then_some((view, place, is_big))
}
