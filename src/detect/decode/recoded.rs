//! Stored text that becomes ASCII only when Git writes it to the work tree in UTF-16 or EBCDIC.
//!
//! Git stores text in UTF-8 and checks it out in the encoding that the attribute `working-tree-encoding` names
//! (<https://git-scm.com/docs/gitattributes#_working_tree_encoding>). The attribute may be in another folder, another commit or
//! outside of the repository, so the text is recognized by its form: characters in a row that such an encoding writes as
//! printable ASCII. The bytes of UTF-32 are never ASCII in a row.

use std::ops::Range;

use super::decoded_text::DecodedText;
use super::ebcdic;

/// Number of characters in a row that UTF-16 writes as two ASCII bytes each, of three bytes in UTF-8.
const MIN_WIDE: usize = 8;
const WIDE_BYTES: usize = 3;

/// Number of characters in a row that EBCDIC writes as ASCII.
const MIN_NARROW: usize = 16;

/// Number of bytes that a run is followed beyond the requested ends: they may affect a candidate, in all layers.
const BEYOND: usize = 512;

/// Number of bytes that are skipped at once if they are all ASCII.
const BLOCK: usize = 1024;

/// Number of bytes that are skipped at once if no run can be among them.
const PART: usize = 64;

/// An encoding in which Git writes text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Recoding {
    Utf16Le,
    Utf16Be,
    /// Code pages 037 and 1047.
    Ebcdic,
    /// Code page 500.
    Ebcdic500,
}

/// The encodings that write two bytes for a character.
const WIDE: [Recoding; 2] = [Recoding::Utf16Le, Recoding::Utf16Be];

/// The encodings that write one.
const NARROW: [Recoding; 2] = [Recoding::Ebcdic, Recoding::Ebcdic500];

/// Characters that an encoding writes as ASCII.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RecodedRun {
    /// The span of the characters.
    pub(crate) span: Range<usize>,
    /// The encoding.
    pub(crate) recoding: Recoding,
}

impl Recoding {
    /// The name in findings.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Utf16Le => "working-tree-utf-16le",
            Self::Utf16Be => "working-tree-utf-16be",
            Self::Ebcdic | Self::Ebcdic500 => "working-tree-ebcdic",
        }
    }

    /// Returns the number of bytes that are written for a character.
    pub(crate) fn width(self) -> usize {
        if WIDE.contains(&self) { 2 } else { 1 }
    }

    /// Returns the written bytes of a character of the basic plane, of which [`Recoding::width`] count.
    fn write(self, character: u16) -> Option<[u8; 2]> {
        Some(match self {
            Self::Utf16Le => character.to_le_bytes(),
            Self::Utf16Be => character.to_be_bytes(),
            Self::Ebcdic | Self::Ebcdic500 => {
                let is_500 = self == Self::Ebcdic500;
                [
                    ebcdic::ascii_code(u8::try_from(character).ok()?, is_500)?,
                    0,
                ]
            }
        })
    }

    /// Returns true if the character is written as printable ASCII.
    fn is_text(self, character: u16) -> bool {
        match self {
            Self::Utf16Le | Self::Utf16Be => character.to_le_bytes().iter().all(is_text),
            Self::Ebcdic | Self::Ebcdic500 => self.write(character).is_some(),
        }
    }

    /// Returns the end of the row of such characters from `at` on, which is followed up to `until`, and their number.
    fn row_from(self, bytes: &[u8], mut at: usize, until: usize) -> (usize, usize) {
        let mut count = 0;
        while at < until
            && let Some((character, length)) = character_at(bytes, at)
            && self.is_text(character)
        {
            at += length;
            count += 1;
        }
        (at, count)
    }

    /// Returns the start of the row of such characters before `at`, which is followed back to `least`, and their number.
    fn row_before(self, bytes: &[u8], mut at: usize, least: usize) -> (usize, usize) {
        let mut count = 0;
        while let Some((start, character)) = character_before(bytes, at)
            && start >= least
            && self.is_text(character)
        {
            at = start;
            count += 1;
        }
        (at, count)
    }
}

/// Calls `found` for the runs that touch `bytes[from..until]`, as far as a little around it.
pub(crate) fn runs(bytes: &[u8], from: usize, until: usize, mut found: impl FnMut(RecodedRun)) {
    let mut search = RunSearch::new(bytes, from, until, &mut found);
    for block in (from..until).step_by(BLOCK) {
        let end = until.min(block + BLOCK);
        if bytes[block..end].is_ascii() {
            continue;
        }
        for at in (block..end).step_by(PART) {
            let end = end.min(at + PART);
            // A run may be mostly outside of the requested range.
            let is_edge = at == from || end == until;
            if is_edge || has_wide_word(&bytes[at..end]) {
                // The run begins less than a word before.
                search.find_wide(at.saturating_sub(WORD).max(from), end);
            }
            if is_edge || has_narrow_character(&bytes[at..bytes.len().min(end + 1)]) {
                search.find_narrow(at, end);
            }
        }
    }
}

/// Number of bytes in a word.
const WORD: usize = size_of::<u64>();

/// Returns true if the bytes of a word are all outside of ASCII, as in each run of two bytes for a character: it has three
/// words of bytes, so at least two whole ones.
fn has_wide_word(part: &[u8]) -> bool {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let (words, _) = part.as_chunks::<WORD>();
    let is_wide = |word: &[u8; WORD]| u64::from_le_bytes(*word) & HIGH == HIGH;
    // No early exit, so that vector instructions can do it.
    words.iter().fold(false, |any, word| any | is_wide(word))
}

/// Returns true if a character of two bytes begins in `part` that EBCDIC may write as ASCII. Its last byte may be the
/// second of such a character.
fn has_narrow_character(part: &[u8]) -> bool {
    let pairs = part.iter().zip(&part[1..]);
    pairs.fold(false, |any, (first, second)| {
        any | ((first & 0xfe == 0xc2) & (second & 0xc0 == 0x80))
    })
}

/// A search for runs.
struct RunSearch<'a> {
    bytes: &'a [u8],
    /// Runs are followed back to this offset, and up to `most`.
    least: usize,
    most: usize,
    /// No other run of two bytes for a character begins before this offset.
    wide_at: usize,
    /// The same for one byte.
    narrow_at: usize,
    found: &'a mut dyn FnMut(RecodedRun),
}

impl<'a> RunSearch<'a> {
    fn new(
        bytes: &'a [u8],
        from: usize,
        until: usize,
        found: &'a mut dyn FnMut(RecodedRun),
    ) -> Self {
        Self {
            bytes,
            least: from.saturating_sub(BEYOND),
            most: bytes.len().min(until.saturating_add(BEYOND)),
            wide_at: 0,
            narrow_at: 0,
            found,
        }
    }

    /// Finds runs of characters that UTF-16 writes as ASCII, which touch `bytes[from..until]`.
    fn find_wide(&mut self, from: usize, until: usize) {
        // Both byte orders write the same characters as text.
        let recoding = Recoding::Utf16Le;
        let mut at = self.wide_at.max(from);
        while at < until {
            if !matches!(self.bytes[at], 0xe2..=0xe7) {
                at += 1;
                continue;
            }
            // A run that begins here or later, up to this offset, includes it. One that began before has been reported,
            // except before the first character of the search.
            let last = at + WIDE_BYTES * (MIN_WIDE - 1);
            if self.wide_at > 0 {
                let Some(start) = start_of_character(self.bytes, last) else {
                    break;
                };
                let is_inside = character_at(self.bytes, start)
                    .is_some_and(|(character, _)| recoding.is_text(character));
                if !is_inside {
                    at = last + 1;
                    continue;
                }
            }
            at = self.report(&WIDE, at, MIN_WIDE);
            self.wide_at = at;
        }
        self.wide_at = at;
    }

    /// The same for EBCDIC.
    fn find_narrow(&mut self, from: usize, until: usize) {
        let mut at = self.narrow_at.max(from);
        while at < until {
            if !matches!(self.bytes[at], 0xc2 | 0xc3) {
                at += 1;
                continue;
            }
            let may_be_inside = |neighbor: Option<&u8>| {
                neighbor.is_some_and(|byte| {
                    !byte.is_ascii() || ebcdic::ascii_code(*byte, true).is_some()
                })
            };
            let before = at.checked_sub(1).and_then(|before| self.bytes.get(before));
            at = if may_be_inside(before) || may_be_inside(self.bytes.get(at + 2)) {
                self.report(&NARROW, at, MIN_NARROW)
            } else {
                at + 2
            };
        }
        self.narrow_at = at;
    }

    /// Reports the run around `at` for each encoding in which it is long enough. Returns the end of the longest row there.
    fn report(&mut self, all: &[Recoding], at: usize, min_units: usize) -> usize {
        let mut end = at + 1;
        for &recoding in all {
            let (start, before) = recoding.row_before(self.bytes, at, self.least);
            let (stop, behind) = recoding.row_from(self.bytes, at, self.most);
            if before + behind >= min_units {
                let span = start..stop;
                (self.found)(RecodedRun { span, recoding });
            }
            end = end.max(stop);
        }
        end
    }
}

/// Decodes the run around the character at `start`: at most `back` bytes before and `ahead` behind. Also returns the
/// offset of the first byte of that character in the decoded text. The characters next to a run are part of it, because
/// one of their bytes may be.
pub(crate) fn open(
    bytes: &[u8],
    start: usize,
    back: usize,
    ahead: usize,
    recoding: Recoding,
) -> Option<(DecodedText, usize)> {
    let mut first = recoding
        .row_before(bytes, start, start.saturating_sub(back))
        .0;
    if let Some((before, character)) = character_before(bytes, first)
        && start - before <= back
        && recoding.write(character).is_some()
    {
        first = before;
    }
    let until = bytes.len().min(start + ahead);
    let mut view = DecodedText::default();
    let mut place = None;
    let mut at = first;
    while at < until
        && let Some((character, length)) = character_at(bytes, at)
        && let Some(written) = recoding.write(character)
    {
        if at == start {
            place = Some(view.bytes().len());
        }
        for byte in &written[..recoding.width()] {
            view.push(*byte, at, at + length);
        }
        at += length;
        if at > start && !recoding.is_text(character) {
            return Some((view, place?));
        }
    }
    view.is_cut = at >= until && until < bytes.len();
    Some((view, place?))
}

/// Returns the start of the character that the byte at `at` is in; `None` beyond the end.
fn start_of_character(bytes: &[u8], at: usize) -> Option<usize> {
    let front = bytes.get(..=at)?;
    let tail = front.iter().rev().take(2);
    let tail = tail.take_while(|byte| **byte & 0xc0 == 0x80).count();
    Some(at - tail.min(at))
}

/// Returns the character of the basic plane that begins at `at`, and its length.
fn character_at(bytes: &[u8], at: usize) -> Option<(u16, usize)> {
    let rest = bytes.get(at..)?;
    let first = *rest.first()?;
    let bits = |index: usize| {
        let byte = *rest.get(index)?;
        (byte & 0xc0 == 0x80).then_some(u16::from(byte & 0x3f))
    };
    match first {
        0..=0x7f => Some((u16::from(first), 1)),
        0xc2..=0xdf => Some((u16::from(first & 0x1f) << 6 | bits(1)?, 2)),
        0xe0..=0xef => {
            let code = u16::from(first & 0x0f) << 12 | bits(1)? << 6 | bits(2)?;
            // An overlong form, or a surrogate.
            let is_valid = code >= 0x800 && !(0xd800..0xe000).contains(&code);
            is_valid.then_some((code, 3))
        }
        _ => None,
    }
}

/// Returns the character of the basic plane that ends at `at`, and its start.
fn character_before(bytes: &[u8], at: usize) -> Option<(usize, u16)> {
    let start = start_of_character(bytes, at.checked_sub(1)?)?;
    let (character, length) = character_at(bytes, start)?;
    (start + length == at).then_some((start, character))
}

/// True for a byte of ASCII text.
fn is_text(byte: &u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Returns the text that Git stores for ASCII text that it writes in UTF-16.
    fn stored(text: &str, order: fn([u8; 2]) -> u16) -> String {
        let units: Vec<u16> = text
            .as_bytes()
            .chunks(2)
            .map(|pair| order([pair[0], pair[1]]))
            .collect();
        String::from_utf16(&units).unwrap()
    }

    fn all_runs(text: &[u8]) -> Vec<RecodedRun> {
        let mut all = Vec::new();
        runs(text, 0, text.len(), |run| all.push(run));
        all
    }

    #[test]
    fn finds_and_decodes_what_utf_16_writes_as_ascii() {
        let plain = "some words, of an even length.";
        for (order, recoding) in [
            (u16::from_le_bytes as fn([u8; 2]) -> u16, Recoding::Utf16Le),
            (u16::from_be_bytes, Recoding::Utf16Be),
        ] {
            for front in [0, 1, 63, 64, 1022, 5000] {
                let text = "x".repeat(front) + &stored(plain, order) + "\nend";
                let runs = all_runs(text.as_bytes());
                assert_eq!(runs.len(), 2, "{front} {runs:?}");
                assert_eq!(runs[0].span, front..front + 45);
                let (view, place) = open(text.as_bytes(), front + 3, 32, 160, recoding).unwrap();
                let decoded = String::from_utf8_lossy(view.bytes()).into_owned();
                assert!(decoded.contains(plain), "{front} {decoded:?}");
                assert_eq!(view.origin(&(place..place + 1)), front + 3..front + 6);
            }
        }
    }

    #[test]
    fn ignores_ordinary_text() {
        for text in [
            "日本語のテキストはここにあります。秘密はありません。",
            "这里没有任何秘密，只有一些普通的文字，用来检查程序。",
            "größe, straße, übung und vieles mehr, äöüß ÄÖÜ",
            "Привет, мир: пароль и ключ от квартиры лежат под ковриком",
            "plain ASCII, which is nothing else at any length",
        ] {
            assert_eq!(all_runs(text.as_bytes()), [], "{text}");
        }
    }

    proptest! {
        #[test]
        fn skipping_finds_the_same_as_searching_everything(
            pieces in proptest::collection::vec(
                prop_oneof![
                    "[a-z ]{0,90}",
                    "[\u{2020}-\u{7e7e}]{0,40}",
                    "[\u{80}-\u{ff}/a]{0,40}",
                ],
                0..12,
            ),
            from in 0_usize..200,
            until in 0_usize..2000,
        ) {
            let text = pieces.concat();
            let until = until.min(text.len());
            let from = from.min(until);
            let mut found = Vec::new();
            runs(text.as_bytes(), from, until, |run| found.push((run.span.start, run.span.end, run.recoding)));
            let mut expected = Vec::new();
            let mut add = |run: RecodedRun| expected.push((run.span.start, run.span.end, run.recoding));
            let mut search = RunSearch::new(text.as_bytes(), from, until, &mut add);
            search.find_wide(from, until);
            search.find_narrow(from, until);
            found.sort();
            found.dedup();
            expected.sort();
            expected.dedup();
            prop_assert_eq!(found, expected);
        }
    }
}
