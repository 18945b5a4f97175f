//! Tests of the search against naive implementations, on every level of this processor.

use std::io::Write as _;
use std::sync::Once;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

fn literals<'t>(texts: &[&'t [u8]]) -> Vec<Literal<'t>> {
    texts
        .iter()
        .map(|text| Literal {
            bytes: text,
            any_fragment: true,
        })
        .collect()
}

/// Returns the levels of this processor. Names the others on standard error, bypassing the capture of the test runner,
/// so that a log shows skipped tests.
fn levels() -> impl Iterator<Item = SimdLevel> {
    static MISSING: Once = Once::new();
    MISSING.call_once(|| {
        for level in SimdLevel::ALL.iter().filter(|level| !level.is_available()) {
            let line =
                format!("SIMD level {level} is not tested: this processor does not support it\n");
            std::io::stderr().write_all(line.as_bytes()).unwrap();
        }
    });
    SimdLevel::ALL
        .into_iter()
        .filter(|level| level.is_available())
}

/// Compiles the search for every level of this processor.
fn searches(texts: &[&[u8]]) -> Vec<MultiSearch> {
    levels()
        .map(|level| MultiSearch::new(&literals(texts), level).unwrap())
        .collect()
}

/// Finds every occurrence of every literal by comparing at each offset.
fn naive(texts: &[&[u8]], bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut all = Vec::new();
    for start in 0..bytes.len() {
        all.extend(
            (0..texts.len())
                .filter(|&t| bytes[start..].starts_with(texts[t]))
                .map(|t| (start, t)),
        );
    }
    all
}

fn literal_matches(
    search: &MultiSearch,
    texts: &[&[u8]],
    bytes: &[u8],
    from: usize,
    until: usize,
) -> Vec<(usize, usize)> {
    let mut all = Vec::new();
    search.scan(bytes, from, until, |found| match found {
        Match::Literal(text, start) if bytes[start..].starts_with(texts[text]) => {
            all.push((start, text));
        }
        _ => {}
    });
    all.sort_unstable();
    all
}

#[test]
fn finds_overlapping_literals_in_any_window() {
    let texts: [&[u8]; 7] = [b"abc", b"abcd", b"bcdab", b"xyz", b"zab", b"aaa", b"\0a\0"];
    let mut state = 7u64;
    let alphabet = b"abcdxyz\0 ";
    let bytes: Vec<u8> = (0..4000)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            alphabet[(state >> 33) as usize % alphabet.len()]
        })
        .collect();
    let all = naive(&texts, &bytes);
    assert!(all.len() > 30);
    for search in searches(&texts) {
        assert_eq!(
            literal_matches(&search, &texts, &bytes, 0, bytes.len()),
            all
        );
        for cut in [1, 10, 33, 1000, 3990] {
            let mut parts = literal_matches(&search, &texts, &bytes, 0, cut);
            parts.extend(literal_matches(&search, &texts, &bytes, cut, bytes.len()));
            assert_eq!(parts, all, "cut at {cut}");
        }
    }
}

/// More literals than fit in one pass.
#[test]
fn finds_more_literals_than_fit_in_one_pass() {
    let texts: Vec<String> = (0..200u32)
        .map(|i| format!("{:05x}", i.wrapping_mul(2_654_435_761) >> 12))
        .collect();
    let texts: Vec<&[u8]> = texts.iter().map(String::as_bytes).collect();
    let bytes = texts.join(&b"-"[..]);
    for search in searches(&texts) {
        assert_eq!(
            literal_matches(&search, &texts, &bytes, 0, bytes.len()),
            naive(&texts, &bytes)
        );
    }
}

/// A run of every encoding at every offset of a block; positions far from it are not reported.
#[test]
fn finds_runs_of_encoded_text_at_any_offset() {
    let text = "user:token-of-36_LETTERS.and-digits+";
    let each = |form: fn(u8) -> String| text.bytes().map(form).collect::<String>();
    let base64 = "dXNlcjp0b2tlbi1vZi0zNl9MRVRURVJTLmFuZC1kaWdpdHMr";
    let utf_16: Vec<u8> = text.bytes().flat_map(|byte| [byte, 0]).collect();
    let runs: [Vec<u8>; 9] = [
        base64.into(),
        utf_16,
        each(|byte| format!("{byte:02x}")).into(),
        each(|byte| format!("{byte:02X}:")).into(),
        each(|byte| format!("{byte:02x} ")).into(),
        each(|byte| format!("0x{byte:02x},")).into(),
        each(|byte| format!("0x{byte:02x}, ")).into(),
        each(|byte| format!("%{byte:02X}")).into(),
        each(|byte| format!("\\x{byte:02x}")).into(),
    ];
    for (run, search) in runs.iter().flat_map(|run| {
        searches(&[b"none"])
            .into_iter()
            .map(move |search| (run, search))
    }) {
        for before in 0..66 {
            let mut bytes = vec![b'|'; before];
            bytes.extend(run);
            bytes.extend([b'|'; 70]);
            let signatures = |from: usize, until: usize| {
                let mut signatures = 0;
                search.scan(&bytes, from, until, |found| {
                    if let Match::Signature(at, fits) = found {
                        assert!((before..before + run.len()).contains(&at));
                        signatures |= fits;
                    }
                });
                signatures
            };
            let shown = String::from_utf8_lossy(run);
            assert_ne!(signatures(0, bytes.len()), 0, "{shown} behind {before}");
            // Also if the run begins or ends at the edge of the window.
            assert_ne!(
                signatures(before + run.len(), bytes.len()),
                0,
                "{shown} before {before}"
            );
            assert_ne!(signatures(0, before), 0, "{shown} up to {before}");
        }
    }
}

/// Encodes text as a run that must be found.
type Encoder = fn(&[u8]) -> Vec<u8>;

const ENCODERS: [Encoder; 9] = [
    |text| STANDARD_NO_PAD.encode(text).into_bytes(),
    |text| text.iter().flat_map(|&byte| [byte, 0]).collect(),
    |text| each(text, |byte| format!("{byte:02x}")),
    |text| each(text, |byte| format!("{byte:02X}:")),
    |text| each(text, |byte| format!("{byte:02x} ")),
    |text| each(text, |byte| format!("0x{byte:02x},")),
    |text| each(text, |byte| format!("0x{byte:02x}, ")),
    |text| each(text, |byte| format!("%{byte:02X}")),
    |text| each(text, |byte| format!("\\x{byte:02x}")),
];

fn each(text: &[u8], form: fn(u8) -> String) -> Vec<u8> {
    text.iter()
        .map(|&byte| form(byte))
        .collect::<String>()
        .into()
}

/// Bytes of few kinds, so that literals occur and almost occur.
fn noise(max: usize) -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        8 => prop::sample::select(b"gl-pat_0xX%\\u4 \0".to_vec()),
        1 => any::<u8>(),
    ];
    vec(byte, 0..max)
}

proptest! {
    #[test]
    fn finds_single_bytes(text in vec(prop::sample::select(b"abc\n\0\x8a".as_slice()), 0..300), places in 0..6usize) {
        let needles = *b"\n\0\x8a";
        let mut expected = vec![[7; 3]; places];
        for (block, sets) in text.chunks(BLOCK).zip(&mut expected) {
            *sets = needles.map(|needle| {
                let found = block.iter().enumerate().filter(|(_, byte)| **byte == needle);
                found.fold(0, |bits, (at, _)| bits | 1 << at)
            });
        }
        for level in levels() {
            let mut positions = vec![[7; 3]; places];
            find_bytes(&text, needles, level, &mut positions);
            prop_assert_eq!(&positions, &expected, "{}", level);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    /// Any literals in any bytes and any window: exactly the naive result.
    #[test]
    fn every_level_equals_the_naive_search(
        texts in vec(noise(10).prop_filter("long enough", |text| text.len() >= Fragment::MIN), 1..8),
        bytes in noise(700),
        planted in vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..12),
        (from, until) in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
    ) {
        let texts: Vec<&[u8]> = texts.iter().map(Vec::as_slice).collect();
        let mut bytes = bytes;
        for (text, at) in planted {
            let at = at.index(bytes.len() + 1);
            bytes.splice(at..at, text.get(&texts).iter().copied());
        }
        let (from, until) = (from.index(bytes.len() + 1), until.index(bytes.len() + 1));
        let (from, until) = (from.min(until), from.max(until));
        let mut expected = naive(&texts, &bytes);
        expected.retain(|(start, _)| (from..until).contains(start));
        for level in levels() {
            let search = MultiSearch::new(&literals(&texts), level).unwrap();
            prop_assert_eq!(&literal_matches(&search, &texts, &bytes, from, until), &expected, "{}", level);
        }
    }

    /// Any text, encoded and long enough, is found in any surroundings; and every reported position has the signatures that
    /// the scalar definition finds.
    #[test]
    fn every_level_finds_runs_of_encoded_text(
        before in noise(200),
        text in vec(0x20..0x7fu8, 54..120),
        after in noise(200),
        encoder in prop::sample::select(ENCODERS.to_vec()),
    ) {
        let run = encoder(&text);
        let part = before.len()..before.len() + run.len();
        let bytes = [before, run, after].concat();
        for level in levels() {
            let search = MultiSearch::new(&literals(&[b"none"]), level).unwrap();
            let mut runs = Vec::new();
            search.scan(&bytes, 0, bytes.len(), |found| {
                if let Match::Signature(at, signatures) = found {
                    runs.push((at, signatures));
                }
            });
            for &(at, signatures) in &runs {
                prop_assert_eq!(signatures, signature::run_at(&bytes[at..]), "{}", level);
            }
            prop_assert!(runs.iter().any(|(at, _)| part.contains(at)), "{}: {:?}", level, bytes);
        }
    }
}

#[test]
fn rejects_literals_that_are_too_short() {
    let result = MultiSearch::new(&literals(&[b"long enough", b"ab"]), SimdLevel::None);
    assert_eq!(result.unwrap_err(), BuildError::TooShort(1));
}

#[test]
fn assigns_each_fragment_to_one_bucket() {
    let words: Vec<String> = (b'a'..=b'z')
        .flat_map(|first| {
            ["ation", "ingly", "_key=", "x7q9"].map(|rest| format!("{}{rest}", first as char))
        })
        .collect();
    let words: Vec<&[u8]> = words.iter().map(String::as_bytes).collect();
    let (fragments, _) = select::select(&literals(&words));
    for classes in [vector::Classes::Sextet, vector::Classes::Nibbles] {
        let passes = buckets::assign(&fragments, classes);
        let mut assigned = passes.concat().concat();
        assigned.sort_unstable();
        let mut expected = fragments.clone();
        expected.sort_unstable();
        assert_eq!(assigned, expected);
    }
}
