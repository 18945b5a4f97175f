//! The entries of folders, as Git stores them.
//!
//! `gix` takes a mode that no version of Git writes for that of a folder; Git itself, and so this parser, takes it
//! for that of a file.

/// The longest name of an entry, in bytes; file systems end at 255.
const MAX_NAME: usize = 4096;

/// The longest mode, in octal digits.
const MAX_MODE: usize = 7;

/// The kind of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EntryKind {
    /// A folder.
    Tree,
    /// A file or a link.
    Blob,
    /// A commit, usually of another repository.
    Submodule,
}

impl EntryKind {
    /// Returns the kind of a mode, by the bits that Git compares. Everything but folders and
    /// submodules is a file.
    fn of_mode(octal: &[u8]) -> Option<Self> {
        let mut mode = 0u32;
        for digit in octal {
            let digit = digit.checked_sub(b'0').filter(|&digit| digit < 8)?;
            mode = mode << 3 | u32::from(digit);
        }
        match mode & 0o170_000 {
            _ if octal.is_empty() => None,
            0o040_000 => Some(Self::Tree),
            0o160_000 => Some(Self::Submodule),
            _ => Some(Self::Blob),
        }
    }
}

/// An entry of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TreeEntry<'a> {
    /// Its kind.
    pub(crate) kind: EntryKind,
    /// Its name.
    pub(crate) name: &'a [u8],
    /// The id of its object, in bytes.
    pub(crate) id: &'a [u8],
}

/// Iterates over the entries of a folder. Ends with an error at the first invalid entry.
pub(crate) struct TreeEntries<'a> {
    rest: &'a [u8],
    id_length: usize,
}

impl<'a> TreeEntries<'a> {
    /// Iterates over the folder that is stored as `bytes`.
    pub(crate) fn new(bytes: &'a [u8], hash: gix::hash::Kind) -> Self {
        Self {
            rest: bytes,
            id_length: hash.len_in_bytes(),
        }
    }

    /// Returns the bytes after the entries that were returned.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    fn entry(&mut self) -> Option<TreeEntry<'a>> {
        let mut bytes = self.rest.iter().take(MAX_MODE + 1);
        let blank = bytes.position(|&b| b == b' ')?;
        let kind = EntryKind::of_mode(&self.rest[..blank])?;
        let rest = &self.rest[blank + 1..];
        let length = memchr::memchr(0, rest).filter(|&length| length <= MAX_NAME)?;
        let end = length + 1 + self.id_length;
        let id = rest.get(length + 1..end)?;
        self.rest = &rest[end..];
        Some(TreeEntry {
            kind,
            name: &rest[..length],
            id,
        })
    }
}

impl<'a> Iterator for TreeEntries<'a> {
    type Item = Result<TreeEntry<'a>, ()>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let entry = self.entry();
        if entry.is_none() {
            self.rest = &[];
        }
        Some(entry.ok_or(()))
    }
}

/// Returns two folders without the entries that both begin with.
pub(crate) fn without_common_start<'a>(
    old: &'a [u8],
    new: &'a [u8],
    hash: gix::hash::Kind,
) -> (&'a [u8], &'a [u8]) {
    const BLOCK: usize = 64;
    let blocks = old.chunks_exact(BLOCK).zip(new.chunks_exact(BLOCK));
    let common = blocks.take_while(|(a, b)| a == b).count() * BLOCK;
    let mut start = 0;
    while let Some(end) = memchr::memchr(0, &old[start..common])
        .map(|length| start + length + 1 + hash.len_in_bytes())
        .filter(|&end| end <= common)
    {
        start = end;
    }
    (&old[start..], &new[start..])
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA1: gix::hash::Kind = gix::hash::Kind::Sha1;

    #[test]
    fn ends_with_an_error_at_the_first_invalid_entry() {
        let mut bytes = b"100644 a\0".to_vec();
        bytes.extend([1; 20]);
        bytes.extend(b"40000 b\0");
        bytes.extend([2; 20]);
        bytes.extend(b"160000 c\0");
        bytes.extend([3; 20]);
        let kinds: Vec<_> = TreeEntries::new(&bytes, SHA1)
            .map(|entry| entry.unwrap().kind)
            .collect();
        assert_eq!(
            kinds,
            [EntryKind::Blob, EntryKind::Tree, EntryKind::Submodule]
        );
        bytes.push(b'1');
        assert!(TreeEntries::new(&bytes, SHA1).last().unwrap().is_err());
        assert!(TreeEntries::new(b"100644 a", SHA1).next().unwrap().is_err());
        assert!(
            TreeEntries::new(b"1x0644 a\0aaaaaaaaaaaaaaaaaaaa", SHA1)
                .next()
                .unwrap()
                .is_err()
        );
    }
}
