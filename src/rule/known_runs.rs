//! Searches for possible values near keywords, and keeps the runs of value bytes for the next keyword of the same text.

use std::cell::RefCell;
use std::ops::Range;

use multisearch::ByteRuns;

use super::keyword::value_bytes;

/// The runs of value bytes near the keywords of one text, as far as they were searched.
#[derive(Debug, Default)]
pub struct KnownRuns(RefCell<Vec<RunList>>);

impl KnownRuns {
    /// Returns true if `bytes[near]` contains a possible value of `least` characters: a run of value bytes that contains a
    /// digit. Without a digit it must have exactly that length: longer ones are usually identifiers.
    ///
    /// All calls must be for the same `bytes`, and `near` at most [`ByteRuns::MAX_TEXT`] bytes. They are fast if it moves forward.
    pub(super) fn has_value(
        &self,
        bytes: &[u8],
        near: Range<usize>,
        least: usize,
        base64: bool,
    ) -> bool {
        let least = least.max(1);
        let mut lists = self.0.borrow_mut();
        let mut known = lists.iter_mut();
        if let Some(list) = known.find(|list| (list.least, list.base64) == (least, base64)) {
            return list.has_value(bytes, near);
        }
        let mut list = RunList {
            base64,
            least,
            part: 0..0,
            runs: Vec::new(),
        };
        let has_value = list.has_value(bytes, near);
        lists.push(list);
        has_value
    }
}

/// The runs of at least `least` value bytes in a part of a text. A run is cut at the ends of the part.
#[derive(Debug)]
struct RunList {
    /// True if the value may contain the characters of base64.
    base64: bool,
    least: usize,
    part: Range<usize>,
    /// In order.
    runs: Vec<KnownRun>,
}

/// A run of value bytes.
#[derive(Debug)]
struct KnownRun {
    span: Range<usize>,
    /// True if it can be a value.
    is_value: bool,
}

impl RunList {
    /// Number of runs before the requested part from which on they are removed.
    const MANY: usize = 64;

    /// See [`KnownRuns::has_value`].
    fn has_value(&mut self, bytes: &[u8], near: Range<usize>) -> bool {
        if near.start < self.part.start || near.start > self.part.end {
            self.part = near.start..near.start;
            self.runs.clear();
        }
        while self.part.end < near.end {
            self.extend(bytes);
        }
        let is_before = |run: &KnownRun| run.span.end <= near.start;
        let first = self.runs.partition_point(is_before);
        let nearby = self.runs[first..].iter();
        let mut nearby = nearby.take_while(|run| run.span.start < near.end);
        let has_value = nearby.any(|run| {
            let part = run.span.start.max(near.start)..run.span.end.min(near.end);
            if part == run.span {
                run.is_value
            } else {
                is_value(&bytes[part], self.least)
            }
        });
        if first > Self::MANY {
            self.runs.drain(..first);
            self.part.start = near.start;
        }
        has_value
    }

    /// Searches the next bytes.
    fn extend(&mut self, bytes: &[u8]) {
        let value_bytes = value_bytes(self.base64);
        let rest = &bytes[self.part.end..];
        if let Some(last) = self.runs.last_mut()
            && last.span.end == self.part.end
        {
            let more = rest.iter().take(ByteRuns::MAX_TEXT);
            let more = more.take_while(|byte| value_bytes.contains(**byte)).count();
            if more > 0 {
                last.span.end += more;
                self.part.end += more;
                // A longer run is never searched as a whole.
                if last.span.len() <= ByteRuns::MAX_TEXT {
                    last.is_value = is_value(&bytes[last.span.clone()], self.least);
                }
                return;
            }
        }
        // Another run that goes on begins less than its length before the end.
        let start = (self.part.end + 1).saturating_sub(self.least);
        let start = start.max(self.part.start);
        let end = bytes.len().min(start + ByteRuns::MAX_TEXT);
        let text = &bytes[start..end];
        let runs = value_bytes.runs(text, self.least);
        let mut at = 0;
        while let Some(run) = runs.next(at) {
            at = run.end;
            self.runs.push(KnownRun {
                span: start + run.start..start + run.end,
                is_value: is_value(&text[run], self.least),
            });
        }
        self.part.end = end;
    }
}

/// True if a run of value bytes can be a value of `least` characters.
fn is_value(run: &[u8], least: usize) -> bool {
    if run.len() < least {
        return false;
    }
    // A shell's `${T:-value}`, an option: dashes in front are punctuation.
    let dashes = run.iter().take_while(|byte| **byte == b'-').count();
    let bare = run.len() - dashes;
    run.len() == least || bare == least || run.iter().any(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Searches byte by byte.
    fn has_value(text: &[u8], least: usize, base64: bool) -> bool {
        let mut runs = text.split(|byte| !value_bytes(base64).contains(*byte));
        runs.any(|run| is_value(run, least.max(1)))
    }

    proptest! {
        #[test]
        fn finds_the_same_as_a_search_byte_by_byte(
            pieces in proptest::collection::vec("[a-d]{0,9}|[a-d1-]{0,9}|[ +]{1,3}|[a-z]{900}|[a-d ]{300}", 0..40),
            queries in proptest::collection::vec((0_usize..2000, 0_usize..600, 0_usize..30, any::<bool>()), 0..40),
            is_sorted in any::<bool>(),
        ) {
            let text = pieces.concat().into_bytes();
            let mut queries = queries;
            if is_sorted {
                queries.sort_unstable();
            }
            let known = KnownRuns::default();
            for (start, length, least, base64) in queries {
                let start = start.min(text.len());
                let near = start..text.len().min(start + length);
                let expected = has_value(&text[near.clone()], least, base64);
                prop_assert_eq!(known.has_value(&text, near, least, base64), expected);
            }
        }
    }
}
