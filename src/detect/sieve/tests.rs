//! Tests of the sieve against the obvious way.

use super::*;

fn sought<'t>(texts: &[&'t [u8]]) -> Vec<Sought<'t>> {
    texts
        .iter()
        .map(|text| Sought { text, any: true })
        .collect()
}

/// The sieve on every engine that this processor can run.
fn sieves(texts: &[&[u8]]) -> Vec<Sieve> {
    let mut engines = vec![None];
    engines.extend(Classes::all().into_iter().map(Some));
    let with = |engine| Sieve::with(&sought(texts), engine).unwrap();
    engines.into_iter().map(with).collect()
}

/// Every place of every text, the obvious way.
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

fn places(
    sieve: &Sieve,
    texts: &[&[u8]],
    bytes: &[u8],
    from: usize,
    until: usize,
) -> Vec<(usize, usize)> {
    let mut all = Vec::new();
    sieve.places(bytes, from, until, |found| match found {
        Found::Text(text, start) if bytes[start..].starts_with(texts[text]) => {
            all.push((start, text));
        }
        _ => {}
    });
    all.sort_unstable();
    all
}

#[test]
fn finds_overlapping_and_shared_texts_in_any_window() {
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
    for sieve in sieves(&texts) {
        assert_eq!(places(&sieve, &texts, &bytes, 0, bytes.len()), all);
        for cut in [1, 10, 33, 1000, 3990] {
            let mut parts = places(&sieve, &texts, &bytes, 0, cut);
            parts.extend(places(&sieve, &texts, &bytes, cut, bytes.len()));
            assert_eq!(parts, all, "cut at {cut}");
        }
    }
}

/// More texts than one pass can bear.
#[test]
fn many_texts_take_more_passes_and_are_all_found() {
    let texts: Vec<String> = (0..600u32)
        .map(|i| format!("{:05x}", i.wrapping_mul(2_654_435_761) >> 12))
        .collect();
    let texts: Vec<&[u8]> = texts.iter().map(String::as_bytes).collect();
    let bytes = texts.join(&b"-"[..]);
    for sieve in sieves(&texts) {
        assert_eq!(
            places(&sieve, &texts, &bytes, 0, bytes.len()),
            naive(&texts, &bytes)
        );
    }
}

/// A row of every shape, wherever it stands in a block, and no other place that is far from it.
#[test]
fn rows_of_encoded_text_are_found_wherever_they_stand() {
    let text = "user:token-of-36_LETTERS.and-digits+";
    let each = |form: fn(u8) -> String| text.bytes().map(form).collect::<String>();
    let base64 = "dXNlcjp0b2tlbi1vZi0zNl9MRVRURVJTLmFuZC1kaWdpdHMr";
    let utf_16: Vec<u8> = text.bytes().flat_map(|byte| [byte, 0]).collect();
    let rows: [Vec<u8>; 9] = [
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
    for (row, sieve) in rows.iter().flat_map(|row| {
        sieves(&[b"none"])
            .into_iter()
            .map(move |sieve| (row, sieve))
    }) {
        for before in 0..66 {
            let mut bytes = vec![b'|'; before];
            bytes.extend(row);
            bytes.extend([b'|'; 70]);
            let shapes = |from: usize, until: usize| {
                let mut shapes = 0;
                sieve.places(&bytes, from, until, |found| {
                    if let Found::Row(at, fits) = found {
                        assert!((before..before + row.len()).contains(&at));
                        shapes |= fits;
                    }
                });
                shapes
            };
            let shown = String::from_utf8_lossy(row);
            assert_ne!(shapes(0, bytes.len()), 0, "{shown} behind {before}");
            // Also for what begins or ends there.
            assert_ne!(
                shapes(before + row.len(), bytes.len()),
                0,
                "{shown} before {before}"
            );
            assert_ne!(shapes(0, before), 0, "{shown} up to {before}");
        }
    }
}
