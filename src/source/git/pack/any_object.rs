//! Reads any bytes as any kind of stored object, for the fuzzer.

use std::io::Read as _;

use gix::odb::pack::data;

use super::delta::Delta;
use super::delta_stream::DeltaStream;
use super::inflate::{InflateReader, Inflater};
use super::loose;
use super::parse;
use super::tree_entries::TreeEntries;

/// Maximum number of bytes of a stream that are inflated.
const MAX_INFLATED: u64 = 1024 * 1024;

/// Reads `data` as everything that a repository stores.
///
/// # Panics
/// If reading panics, or if two ways to read the same differ.
#[doc(hidden)]
pub fn read_as_any_object(data: &[u8]) {
    for hash in [gix::hash::Kind::Sha1, gix::hash::Kind::Sha256] {
        if let Ok(entry) = data::Entry::from_bytes(data, 0, hash) {
            let stored = &data[entry.data_offset as usize..];
            let size = entry.decompressed_size.min(MAX_INFLATED);
            let mut out = Vec::new();
            let inflated = Inflater::default().inflate(stored, size, &mut out);
            assert!(inflated.is_err() || out.len() as u64 == size);
        }
        assert!(TreeEntries::new(data, hash).count() <= data.len());
    }
    let (base, delta) = data.split_at(data.len() / 2);
    check_delta(base, delta);
    let mut stream = InflateReader::new(data);
    let _ = loose::read_header(&mut stream);
    let _ = stream.take(MAX_INFLATED).read_to_end(&mut Vec::new());
    let _ = loose::read_header(&mut &*data);
    let _ = parse::commit(data);
    let _ = parse::tag_target(data);
    for role in [&b"author"[..], b"committer", b"tagger"] {
        let _ = parse::signature(data, role);
    }
}

/// Applies a delta in all ways and compares the results.
fn check_delta(base: &[u8], bytes: &[u8]) {
    let mut streamed = Vec::new();
    let is_streamed = DeltaStream::in_memory(bytes, base).is_ok_and(|delta| {
        delta
            .take(MAX_INFLATED + 1)
            .read_to_end(&mut streamed)
            .is_ok()
    });
    let Ok(delta) = Delta::new(base, bytes) else {
        return assert!(!is_streamed);
    };
    let is_small = delta.size() <= MAX_INFLATED;
    if delta.check().is_err() {
        assert!(!is_streamed || streamed.len() as u64 > MAX_INFLATED);
        assert!(!is_small || delta.apply(&mut Vec::new()).is_err());
        return;
    }
    assert!(is_streamed);
    if is_small {
        let (mut made, mut read) = (Vec::new(), Vec::new());
        assert!(delta.apply(&mut made).is_ok() && made == streamed);
        assert!(DeltaStream::of(&delta).read_to_end(&mut read).is_ok());
        assert!(made == read && made.len() as u64 == delta.size());
        let spans = delta.copy_spans();
        assert!(spans.is_ok());
        let mut spans = spans.into_iter().flatten();
        assert!(spans.all(|span| base[span.base] == made[span.result]));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn reads_random_bytes_without_a_panic(data in proptest::collection::vec(any::<u8>(), 0..300)) {
            super::read_as_any_object(&data);
        }

        #[test]
        fn applies_random_deltas_without_a_panic(
            length in 1u8..100,
            size in any::<u8>(),
            steps in proptest::collection::vec(prop_oneof![Just(0x90u8), Just(0x91), 0u8..9], 0..200),
        ) {
            let mut delta = vec![length, size];
            delta.extend(steps);
            let mut data = vec![b'x'; length.into()];
            data.extend(delta);
            super::read_as_any_object(&data);
        }
    }
}
