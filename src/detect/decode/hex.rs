//! Hexadecimal digits, two for each byte, in one piece or apart (`67:6c`, `67 6c`, `0x67, 0x6c`).

use super::decoded_text::DecodedText;
use super::text;

/// The maximum number of bytes between two encoded bytes: the line may end between them.
const MAX_GAP: usize = 32;

/// Decodes the hexadecimal digits around `start`, where a byte begins: at most `back` bytes before and
/// `ahead` behind. Also returns the offset of `start` in the decoded text. `None` if the digits do not pair up, or if
/// the bytes just before are not text.
pub(crate) fn open(
    bytes: &[u8],
    start: usize,
    back: usize,
    ahead: usize,
) -> Option<(DecodedText, usize)> {
    let (view, at) = undo(bytes, start, back, ahead)?;
    text::noise_before(view.bytes(), at)
        .is_none()
        .then_some((view, at))
}

/// Like [`open`], but accepts any decoded bytes.
pub(crate) fn undo(
    bytes: &[u8],
    start: usize,
    back: usize,
    ahead: usize,
) -> Option<(DecodedText, usize)> {
    let has_sign = matches!(bytes.get(start..)?, [b'0', b'x' | b'X', ..]);
    let start = if has_sign { start + 2 } else { start };
    let gap = Gap::behind(bytes, start)?;
    let least = start.saturating_sub(back);
    let until = bytes.len().min(start + ahead);
    let mut pairs = Vec::with_capacity((back.min(start) + ahead) / 2);
    let mut first = start;
    while let Some(before) = gap.before(&bytes[least..first]) {
        first = least + before;
        pairs.push(first);
    }
    // An odd digit in front: the bytes begin elsewhere.
    if gap == Gap::None && first > least && bytes[first - 1].is_ascii_hexdigit() {
        return None;
    }
    let place = pairs.len();
    pairs.reverse();
    pairs.push(start);
    let mut end = start + 2;
    while let Some(length) = gap.after(&bytes[end..until]) {
        pairs.push(end + length);
        end += length + 2;
    }
    let mut view = DecodedText::with_room(pairs.len());
    view.is_cut = until < bytes.len() && until - end < MAX_GAP && gap.may_go_on(&bytes[end..until]);
    let sign = if gap == Gap::Numeral { 2 } else { 0 };
    for at in pairs {
        view.push(byte(&bytes[at..])?, at - sign, at + 2);
    }
    Some((view, place))
}

/// The byte that the first two digits write.
pub(crate) fn byte(digits: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    match *digits {
        [high, low, ..] => Some((digit(high)? << 4 | digit(low)?) as u8),
        _ => None,
    }
}

/// The text between two bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gap {
    /// Nothing.
    None,
    /// A sign, or the end of a line.
    Sign(u8),
    /// A sign, then `0x`.
    Numeral,
}

impl Gap {
    /// Returns the gap behind the byte at `at`; `None` at the end.
    fn behind(bytes: &[u8], at: usize) -> Option<Self> {
        byte(bytes.get(at..)?)?;
        if is_digit(bytes.get(at + 2)) {
            return Some(Self::None);
        }
        if is_numeral(&bytes[..at]) {
            return Some(Self::Numeral);
        }
        let sign = bytes.get(at + 2).filter(|sign| b": -,".contains(sign));
        let is_apart = sign.is_some() && byte(&bytes[at + 3..]).is_some();
        Some(match sign {
            Some(sign) if is_apart && !is_digit(bytes.get(at + 5)) => Self::Sign(*sign),
            _ => Self::None,
        })
    }

    fn is_between(self, byte: u8) -> bool {
        match self {
            Self::None => false,
            Self::Sign(sign) => {
                byte == sign || matches!(byte, b'\n' | b'\r' | b' ' | b'\t' | b'\\')
            }
            Self::Numeral => matches!(byte, b',' | b'\n' | b'\r' | b' ' | b'\t'),
        }
    }

    /// Returns the start of the last encoded byte in `before`, which another encoded byte follows.
    fn before(self, before: &[u8]) -> Option<usize> {
        let rest = match self {
            Self::Numeral if is_numeral(before) => &before[..before.len() - 2],
            Self::Numeral => return None,
            _ => before,
        };
        let gap = rest.iter().rev().take_while(|byte| self.is_between(**byte));
        let gap = gap.take(MAX_GAP).count();
        let at = rest.len().checked_sub(gap + 2)?;
        byte(&rest[at..])?;
        let front = at.checked_sub(1).map(|front| &rest[front]);
        let fits = match self {
            Self::None => true,
            Self::Sign(_) => gap > 0 && !is_digit(front),
            Self::Numeral => gap > 0 && is_numeral(&rest[..at]),
        };
        fits.then_some(at)
    }

    /// Returns the start of the next byte in `after`, which follows a byte.
    fn after(self, after: &[u8]) -> Option<usize> {
        let gap = after.iter().take_while(|byte| self.is_between(**byte));
        let gap = gap.take(MAX_GAP).count();
        let rest = &after[gap..];
        let (length, digits) = match self {
            Self::Numeral => {
                let digits = rest
                    .strip_prefix(b"0x")
                    .or_else(|| rest.strip_prefix(b"0X"))?;
                (gap + 2, digits)
            }
            _ => (gap, rest),
        };
        byte(digits)?;
        let fits = self == Self::None || gap > 0 && !is_digit(digits.get(2));
        fits.then_some(length)
    }

    /// True if `after`, the rest of the text behind a byte, may be the front of a gap.
    fn may_go_on(self, after: &[u8]) -> bool {
        let rest = after.iter().skip_while(|byte| self.is_between(**byte));
        rest.clone().count() < 4
            && rest
                .clone()
                .all(|byte| is_digit(Some(byte)) || matches!(byte, b'x' | b'X'))
    }
}

/// True if `before` ends with the prefix of a hexadecimal number.
fn is_numeral(before: &[u8]) -> bool {
    before.ends_with(b"0x") || before.ends_with(b"0X")
}

fn is_digit(byte: Option<&u8>) -> bool {
    byte.is_some_and(u8::is_ascii_hexdigit)
}
