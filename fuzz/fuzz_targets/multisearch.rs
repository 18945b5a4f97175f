//! The SIMD search on every level of this processor, against a naive search and against each other.

#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use multisearch::{Literal, Match, MultiSearch, SimdLevel};

fuzz_target!(|input: (Vec<Vec<u8>>, Vec<u8>, u16, u16)| {
    let (mut words, text, from, until) = input;
    words.retain(|word| (Literal::MIN_LEN..=Literal::MAX_LEN).contains(&word.len()));
    words.truncate(300);
    let until = usize::from(until).min(text.len());
    let from = usize::from(from).min(until);
    let begins = |start: usize, word: &[u8]| text[start..].starts_with(word);
    let expected: BTreeSet<(usize, usize)> = (from..until)
        .flat_map(|start| (0..words.len()).map(move |index| (start, index)))
        .filter(|&(start, index)| begins(start, &words[index]))
        .collect();
    for level in SimdLevel::ALL.into_iter().filter(|level| level.is_available()) {
        let literals: Vec<_> = words
            .iter()
            .enumerate()
            .map(|(index, word)| Literal { bytes: word, any_fragment: index % 2 == 0 })
            .collect();
        let search = MultiSearch::new(&literals, level).expect("few literals of valid length");
        let mut found = BTreeSet::new();
        search.scan(&text, from, until, |hit| match hit {
            Match::Literal(index, start) if begins(start, &words[index]) => {
                found.insert((start, index));
            }
            Match::Literal(..) => {}
            Match::Signature(at, set) => assert!(at < text.len() && set != 0),
        });
        assert_eq!(found, expected, "{level}");
    }
});
