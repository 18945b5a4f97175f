//! Any bytes as any kind of stored object, for the fuzzer.

use std::io::Read as _;

use super::delta::Delta;
use super::delta_stream::DeltaStream;
use super::entry;
use super::inflate::{InflateReader, Inflater};
use super::loose;
use super::parse::{self, TreeEntries};

/// How much of a stream is inflated.
const MOST: u64 = 1024 * 1024;

/// Reads `data` as everything that a repository stores; none of it may panic, or differ between two
/// ways to read the same.
///
/// # Panics
/// If it does.
#[doc(hidden)]
pub fn read_as_any_object(data: &[u8]) {
    for hash in [gix::hash::Kind::Sha1, gix::hash::Kind::Sha256] {
        if let Ok(entry) = entry::parse(data, hash) {
            assert!(entry.head <= data.len());
            let mut out = Vec::new();
            let size = entry.size.min(MOST);
            let made = Inflater::default().whole(&data[entry.head..], size, &mut out);
            assert!(made.is_err() || out.len() as u64 == size);
        }
        let entries = TreeEntries::new(data, hash);
        assert!(entries.count() <= data.len());
    }
    let (base, delta) = data.split_at(data.len() / 2);
    let checked = || Delta::new(base, delta).and_then(|delta| delta.check().map(|()| delta));
    if let Ok(delta) = checked()
        && delta.size() <= MOST
    {
        let (mut made, mut read) = (Vec::new(), Vec::new());
        assert!(delta.apply(&mut made).is_ok());
        let kept = delta.copy_spans();
        assert!(kept.is_ok());
        let mut kept = kept.into_iter().flatten();
        assert!(kept.all(|kept| base[kept.base] == made[kept.made]));
        assert!(delta.reader().read_to_end(&mut read).is_ok());
        assert!(made == read && made.len() as u64 == delta.size());
    }
    let mut streamed = Vec::new();
    let patched = DeltaStream::in_memory(delta, base)
        .is_ok_and(|delta| delta.take(MOST + 1).read_to_end(&mut streamed).is_ok());
    match checked() {
        Ok(delta) if delta.size() <= MOST => {
            let mut made = Vec::new();
            assert!(patched && delta.apply(&mut made).is_ok() && made == streamed);
        }
        Ok(_) => assert!(patched),
        Err(_) => {
            assert!(!patched || streamed.len() as u64 > MOST);
            let made = Delta::new(base, delta)
                .is_ok_and(|delta| delta.size() <= MOST && delta.apply(&mut Vec::new()).is_ok());
            assert!(!made);
        }
    }
    let mut stream = InflateReader::new(data);
    let _ = loose::loose_head(&mut stream);
    let _ = stream.take(MOST).read_to_end(&mut Vec::new());
    let _ = loose::loose_head(&mut &*data);
    let _ = parse::commit(data);
    let _ = parse::tag_target(data);
    for role in [&b"author"[..], b"committer", b"tagger"] {
        let _ = parse::signature(data, role);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bytes_at_random_do_no_harm(data in proptest::collection::vec(any::<u8>(), 0..300)) {
            super::read_as_any_object(&data);
        }

        #[test]
        fn deltas_at_random_do_no_harm(
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
