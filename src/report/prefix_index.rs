//! Finds which texts of a large set a position begins with.

/// Number of ASCII digits and lower-case letters.
const LETTERS: usize = 36;

/// Texts of ASCII digits and lower-case letters, sorted, so that one binary search finds those that begin at
/// a position. Needs a fraction of the memory of an automaton for the same texts.
#[derive(Debug)]
pub(super) struct PrefixIndex {
    entries: Vec<IndexedText>,
    /// By the first two letters: the index of the first entry that is not less.
    slots: Vec<usize>,
}

#[derive(Debug)]
struct IndexedText {
    text: Box<[u8]>,
    id: usize,
    /// The longest other entry that is a prefix of this one.
    parent: Option<usize>,
}

fn letter(byte: u8) -> usize {
    match byte {
        b'0'..=b'9' => usize::from(byte - b'0'),
        _ => usize::from(byte.saturating_sub(b'a')).min(25) + 10,
    }
}

fn slot(text: &[u8]) -> usize {
    let first = text.first().map_or(0, |&byte| letter(byte));
    first * (LETTERS + 1) + text.get(1).map_or(0, |&byte| letter(byte) + 1)
}

impl PrefixIndex {
    /// Builds the index. The id of a text is its index in `texts`.
    pub(super) fn new(texts: impl Iterator<Item = Vec<u8>>) -> Self {
        let mut entries: Vec<IndexedText> = texts
            .enumerate()
            .map(|(id, text)| IndexedText {
                text: text.into(),
                id,
                parent: None,
            })
            .collect();
        entries.sort_unstable_by(|a, b| a.text.cmp(&b.text).then(b.id.cmp(&a.id)));
        let mut slots = vec![0; LETTERS * (LETTERS + 1) + 1];
        for at in 0..entries.len() {
            let mut parent = at.checked_sub(1);
            while let Some(before) = parent
                && !entries[at].text.starts_with(&entries[before].text)
            {
                parent = entries[before].parent;
            }
            entries[at].parent = parent;
            slots[slot(&entries[at].text) + 1] = at + 1;
        }
        let mut end = 0;
        for slot in &mut slots {
            end = end.max(*slot);
            *slot = end;
        }
        Self { entries, slots }
    }

    /// Returns id and length of every text that `rest` begins with, the longest first.
    pub(super) fn prefixes_of(&self, rest: &[u8]) -> impl Iterator<Item = (usize, usize)> {
        let (from, until) = (self.slots[slot(rest)], self.slots[slot(rest) + 1]);
        // Every prefix of `rest` sorts before it, and is a prefix of all texts in between.
        let before = from + self.entries[from..until].partition_point(|entry| *entry.text <= *rest);
        let mut next = before.checked_sub(1);
        while let Some(at) = next
            && !rest.starts_with(&self.entries[at].text)
        {
            next = self.entries[at].parent;
        }
        std::iter::successors(next, |&at| self.entries[at].parent)
            .map(|at| (self.entries[at].id, self.entries[at].text.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_text_that_begins_at_a_position() {
        let texts = ["ab", "a", "abc", "b1", "ab", "zz9", "1", "abd", "c"];
        let index = PrefixIndex::new(texts.iter().map(|text| text.as_bytes().to_vec()));
        for rest in [
            "abcd", "abd", "abe", "ac", "a", "b", "b1x", "b2", "zz", "zz9", "11", "0", "x",
        ] {
            let mut found: Vec<_> = index.prefixes_of(rest.as_bytes()).collect();
            assert!(found.is_sorted_by_key(|(_, length)| std::cmp::Reverse(*length)));
            found.sort_unstable();
            let expected: Vec<_> = (0..texts.len())
                .filter(|&id| rest.starts_with(texts[id]))
                .map(|id| (id, texts[id].len()))
                .collect();
            assert_eq!(found, expected, "{rest}");
        }
        assert_eq!(
            PrefixIndex::new(std::iter::empty())
                .prefixes_of(b"a")
                .count(),
            0
        );
    }
}
