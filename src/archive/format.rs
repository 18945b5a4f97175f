//! Recognizes archives by their first bytes.

use super::tar_header::TarHeader;

/// An archive format that can be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ArchiveFormat {
    /// ZIP and the formats based on it: jar, whl, nupkg, docx.
    Zip,
    /// Tape archives: ustar, pax, GNU and older; images of Docker and OCI.
    Tar,
    /// A gzip file (RFC 1952).
    Gzip,
    /// A bzip2 file.
    Bzip2,
    /// An xz file.
    Xz,
    /// A Zstandard file (RFC 8878).
    Zstd,
    /// A bundle of `git bundle create`.
    GitBundle,
    /// A 7z archive.
    SevenZip,
}

/// Signatures at the start of a file.
const MAGIC: &[(&[u8], ArchiveFormat)] = &[
    (b"PK\x03\x04", ArchiveFormat::Zip),
    (b"PK\x05\x06", ArchiveFormat::Zip),
    // A split archive that fits into one volume.
    (b"PK\x07\x08PK\x03\x04", ArchiveFormat::Zip),
    (b"PK00PK\x03\x04", ArchiveFormat::Zip),
    (b"\x1f\x8b\x08", ArchiveFormat::Gzip),
    (b"\xfd7zXZ\0", ArchiveFormat::Xz),
    (b"\x28\xb5\x2f\xfd", ArchiveFormat::Zstd),
    (b"7z\xbc\xaf\x27\x1c", ArchiveFormat::SevenZip),
    (b"# v2 git bundle\n", ArchiveFormat::GitBundle),
    (b"# v3 git bundle\n", ArchiveFormat::GitBundle),
];

/// The bytes after `BZh1` to `BZh9`: the signature of a block, or of the end.
const BZIP2_MARKS: [&[u8]; 2] = [b"1AY&SY", b"\x17\x72\x45\x38\x50\x90"];

/// Extensions of ZIP files that may begin with a program, which unpacks or runs them.
const ZIP_NAMES: [&[u8]; 8] = [
    b".zip", b".jar", b".war", b".ear", b".whl", b".pyz", b".exe", b".pex",
];

impl ArchiveFormat {
    /// Number of bytes from the start of a file that recognition needs.
    pub const START: usize = 512;

    /// Returns the format of a file that begins with `start`: its first [`ArchiveFormat::START`] bytes, or all of it.
    /// `name` is used only for ZIP files with data in front.
    pub fn recognize(start: &[u8], name: &[u8]) -> Option<Self> {
        let first = *start.first()?;
        if matches!(first, b'P' | 0x1f | 0xfd | 0x28 | b'7' | b'#' | b'B') {
            let known = MAGIC.iter().find(|(magic, _)| start.starts_with(magic));
            if let Some((_, format)) = known {
                return Some(*format);
            }
            if is_bzip2(start) {
                return Some(Self::Bzip2);
            }
        }
        if is_skippable_frame(start) {
            return Some(Self::Zstd);
        }
        if TarHeader::is_likely(start) {
            return Some(Self::Tar);
        }
        let is_zip = |suffix: &&[u8]| {
            name.len() > suffix.len()
                && name[name.len() - suffix.len()..].eq_ignore_ascii_case(suffix)
        };
        ZIP_NAMES.iter().any(is_zip).then_some(Self::Zip)
    }
}

fn is_bzip2(start: &[u8]) -> bool {
    let Some((head, mark)) = start.split_at_checked(4) else {
        return false;
    };
    head.starts_with(b"BZh")
        && matches!(head[3], b'1'..=b'9')
        && BZIP2_MARKS.iter().any(|known| mark.starts_with(known))
}

/// Returns true for a Zstandard file that begins with skippable frames, as those of `pzstd` do: the next frame must
/// follow.
fn is_skippable_frame(start: &[u8]) -> bool {
    let [0x50..=0x5f, 0x2a, 0x4d, 0x18, a, b, c, d, rest @ ..] = start else {
        return false;
    };
    let length = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
    rest.get(length..)
        .is_some_and(|next| next.starts_with(b"\x28\xb5\x2f\xfd"))
}

/// Extensions of compressed files, with their replacements in the name of the content.
const SUFFIXES: [(&[u8], &[u8]); 12] = [
    (b".tgz", b".tar"),
    (b".tbz2", b".tar"),
    (b".tbz", b".tar"),
    (b".txz", b".tar"),
    (b".tzst", b".tar"),
    (b".gz", b""),
    (b".bz2", b""),
    (b".xz", b""),
    (b".zst", b""),
    (b".zstd", b""),
    (b".z", b""),
    (b".svgz", b".svg"),
];

/// The name of the content of a compressed file whose own name is only an extension.
const UNNAMED: &[u8] = b"content";

/// Returns the name of the content of a compressed file: `dump.sql` for `folder/dump.sql.gz`. The name in a gzip
/// header is ignored, because fingerprints must not depend on how a file was compressed.
pub fn content_name(name: &[u8]) -> Vec<u8> {
    let name = name.rsplit(|&b| b == b'/').next().unwrap_or(name);
    let shorter = SUFFIXES.iter().find_map(|(suffix, replacement)| {
        let stem = name.len().checked_sub(suffix.len()).filter(|&at| at > 0)?;
        let fits = name[stem..].eq_ignore_ascii_case(suffix);
        fits.then(|| [&name[..stem], replacement].concat())
    });
    shorter.unwrap_or_else(|| UNNAMED.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognizes_formats_by_their_first_bytes() {
        let of = |start: &[u8]| ArchiveFormat::recognize(start, b"");
        for (magic, format) in MAGIC {
            assert_eq!(of(magic), Some(*format));
            assert_eq!(of(&magic[..magic.len() - 1]), None);
        }
        assert_eq!(of(b"BZh91AY&SY..."), Some(ArchiveFormat::Bzip2));
        assert_eq!(of(b"BZh9 is how a bzip2 file begins"), None);
        assert_eq!(
            of(b"\x50\x2a\x4d\x18\x01\0\0\0x\x28\xb5\x2f\xfd"),
            Some(ArchiveFormat::Zstd)
        );
        for text in [
            &b""[..],
            b"P",
            b"#!/bin/sh\n",
            b"PK is a prefix",
            &[b'7'; 600],
        ] {
            assert_eq!(of(text), None);
        }
        assert_eq!(
            ArchiveFormat::recognize(b"#!/bin/sh\nexec java", b"a/app.JAR"),
            Some(ArchiveFormat::Zip)
        );
    }

    #[test]
    fn names_compressed_content() {
        for (name, content) in [
            (&b"a/dump.sql.gz"[..], &b"dump.sql"[..]),
            (b"x.TGZ", b"x.tar"),
            (b".gz", b"content"),
            (b"", b"content"),
            (b"blob", b"content"),
        ] {
            assert_eq!(content_name(name), content);
        }
    }
}
