//! Properties of every archive.

use std::ops::ControlFlow;

use proptest::prelude::*;
use tokensweep::archive::{
    ArchiveFormat, ArchiveLimits, Budget, Entry, EntryVisitor, Problem, walk,
};

use crate::support::archives::{
    BZIP2, DEFLATE, LZMA, STORED, XZ, ZSTD, ZipEntry, bzip2, gzip, tar, xz, zip_of, zstd,
};

/// Everything that was handed out.
#[derive(Default)]
struct Collector {
    entries: Vec<(String, Vec<u8>)>,
    problems: Vec<String>,
}

impl EntryVisitor for Collector {
    fn entry(&mut self, entry: Entry<'_>) -> ControlFlow<()> {
        let mut content = Vec::new();
        entry.content.read_to_end(&mut content).unwrap();
        let path = String::from_utf8_lossy(entry.path).into_owned();
        assert!(entry.path.ends_with(entry.name));
        self.entries.push((path, content));
        ControlFlow::Continue(())
    }

    fn problem(&mut self, path: &[u8], problem: &Problem) {
        let path = String::from_utf8_lossy(path);
        self.problems.push(format!("{path}: {problem}"));
    }
}

/// Walks bytes if they are an archive.
fn collect(bytes: &[u8]) -> Collector {
    let mut collector = Collector::default();
    let start = &bytes[..bytes.len().min(ArchiveFormat::START)];
    if let Some(format) = ArchiveFormat::recognize(start, b"") {
        let limits = ArchiveLimits {
            bytes: 64 << 20,
            entries: 10_000,
            ..ArchiveLimits::default()
        };
        let budget = Budget::new(limits);
        let _ = walk(format, b"", &mut &*bytes, &budget, &mut collector);
    }
    collector
}

/// Files with names that are different and need no cleaning.
fn files() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    let content = proptest::collection::vec(any::<u8>(), 0..2000);
    let text = "[a-z \n]{0,3000}".prop_map(String::into_bytes);
    let file = prop_oneof![content, text];
    proptest::collection::btree_map("[a-z]{1,8}(/[a-z]{1,8}){0,3}", file, 1..8)
        .prop_map(|files| files.into_iter().collect())
}

/// An archive of files, in one of the formats.
fn packed(files: &[(String, Vec<u8>)], format: usize) -> Vec<u8> {
    let as_tar = || {
        let files: Vec<(&str, &[u8])> = files
            .iter()
            .map(|(name, content)| (&**name, &**content))
            .collect();
        tar(&files)
    };
    let as_zip = |method| {
        let entries = files.iter();
        let entries = entries.map(|(name, content)| ZipEntry::new(name, method, content));
        zip_of(&entries.collect::<Vec<_>>())
    };
    match format {
        0 => as_tar(),
        1 => gzip(&as_tar()),
        2 => bzip2(&as_tar()),
        3 => xz(&as_tar()),
        4 => zstd(&as_tar()),
        5 => as_zip(STORED),
        6 => as_zip(DEFLATE),
        7 => as_zip(BZIP2),
        8 => as_zip(LZMA),
        9 => as_zip(ZSTD),
        _ => as_zip(XZ),
    }
}

/// Number of formats of [`packed`].
const FORMATS: usize = 11;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::support::cases(64, 5_000)))]

    #[test]
    fn hands_out_every_file(files in files(), format in 0..FORMATS) {
        let is_plain = |content: &[u8]| {
            let start = &content[..content.len().min(ArchiveFormat::START)];
            ArchiveFormat::recognize(start, b"").is_none()
        };
        prop_assume!(files.iter().all(|(_, content)| is_plain(content)));
        let found = collect(&packed(&files, format));
        prop_assert_eq!(found.problems, Vec::<String>::new());
        let expected: Vec<_> = files.into_iter().filter(|(_, content)| !content.is_empty()).collect();
        let mut entries = found.entries;
        // The directory of a ZIP file is content of the file itself.
        entries.retain(|(path, content)| !path.is_empty() && !content.is_empty());
        prop_assert_eq!(entries, expected);
    }

    #[test]
    fn survives_damage(
        files in files(),
        format in 0..FORMATS,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let mut bytes = packed(&files, format);
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if is_cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let _ = collect(&bytes);
    }

    #[test]
    fn survives_random_bytes_behind_every_magic(
        magic in prop::sample::select(vec![
            &b"PK\x03\x04"[..], b"PK\x05\x06", b"\x1f\x8b\x08", b"BZh91AY&SY", b"\xfd7zXZ\0",
            b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf\x27\x1c\0\x04", b"# v2 git bundle\n",
        ]),
        rest in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let _ = collect(&[magic, &rest].concat());
    }
}
