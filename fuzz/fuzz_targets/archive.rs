//! Walks any bytes as every archive format, within bounds.

#![no_main]

use std::io;
use std::ops::ControlFlow;

use libfuzzer_sys::fuzz_target;
use tokensweep::archive::{ArchiveFormat, ArchiveLimits, Budget, Entry, EntryVisitor, Problem, walk};

const FORMATS: [ArchiveFormat; 8] = [
    ArchiveFormat::Zip,
    ArchiveFormat::Tar,
    ArchiveFormat::Gzip,
    ArchiveFormat::Bzip2,
    ArchiveFormat::Xz,
    ArchiveFormat::Zstd,
    ArchiveFormat::GitBundle,
    ArchiveFormat::SevenZip,
];

/// Reads everything, and checks the guarantees of every walk.
struct Reader {
    bytes: u64,
}

impl EntryVisitor for Reader {
    fn entry(&mut self, entry: Entry<'_>) -> ControlFlow<()> {
        assert!(entry.path.ends_with(entry.name));
        let read = io::copy(entry.content, &mut io::sink());
        self.bytes += read.expect("content of entries does not fail");
        ControlFlow::Continue(())
    }

    fn problem(&mut self, _path: &[u8], problem: &Problem) {
        assert!(!problem.to_string().is_empty());
    }
}

fuzz_target!(|data: &[u8]| {
    let limits = ArchiveLimits {
        depth: 3,
        bytes: 16 << 20,
        entries: 1_000,
        ratio: 100,
    };
    for format in FORMATS {
        let budget = Budget::new(limits);
        let mut reader = Reader { bytes: 0 };
        let _ = walk(format, b"name.gz", &mut &*data, &budget, &mut reader);
        assert!(budget.entries() <= limits.entries);
        assert!(reader.bytes <= limits.bytes + data.len() as u64);
    }
});
