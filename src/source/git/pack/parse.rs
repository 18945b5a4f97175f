//! Reads commits, tags and folders, as Git stores them.

use gix::hash::ObjectId;

/// The longest name of a folder's entry that is followed; file systems end at 255 bytes.
const MAX_NAME: usize = 4096;

/// What a history needs of a commit.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ParsedCommit {
    /// Its folder.
    pub(crate) tree: ObjectId,
    /// Its parents, in order.
    pub(crate) parents: Vec<ObjectId>,
    /// When it was committed, in seconds since 1970; 0 where that cannot be read.
    pub(crate) time: i64,
}

/// Who and when, from an `author`, `committer` or `tagger` line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Signature {
    /// Name and address.
    pub(crate) who: Option<String>,
    /// Seconds since 1970.
    pub(crate) time: Option<i64>,
    /// RFC 3339, in the zone of whoever signed.
    pub(crate) date: Option<String>,
}

/// The head of a commit or tag, and what is written below it.
pub(crate) fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memmem::find(bytes, b"\n\n") {
        Some(end) => (&bytes[..end], &bytes[end + 2..]),
        None => (bytes, &[]),
    }
}

/// The first value of a key in a head.
fn value<'a>(head: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    head.split(|&b| b == b'\n')
        .find_map(|line| line.strip_prefix(key)?.strip_prefix(b" "))
}

/// Reads a commit; `None` if it names no folder.
pub(crate) fn commit(bytes: &[u8]) -> Option<ParsedCommit> {
    let (head, _) = split(bytes);
    let tree = ObjectId::from_hex(value(head, b"tree")?).ok()?;
    let mut parents = Vec::new();
    for line in head.split(|&b| b == b'\n').skip(1) {
        match line.strip_prefix(b"parent ") {
            Some(id) => parents.push(ObjectId::from_hex(id).ok()?),
            None => break,
        }
    }
    let time = signature(bytes, b"committer").time.unwrap_or_default();
    Some(ParsedCommit {
        tree,
        parents,
        time,
    })
}

/// The character encoding that a commit or tag declares for its text.
pub(crate) fn encoding(bytes: &[u8]) -> Option<&[u8]> {
    value(split(bytes).0, b"encoding")
}

/// Beginnings of the names of encodings in which a token in a name looks like a token, so that reports can find
/// and hide it.
const READABLE: &[&[u8]] = &[
    b"utf-8",
    b"utf8",
    b"ascii",
    b"us-ascii",
    b"iso-8859",
    b"iso8859",
    b"latin",
    b"windows-",
    b"koi8",
    b"euc",
    b"gb",
    b"big5",
    b"shift",
    b"sjis",
];

/// True if the names in the head of a commit or tag can be shown. Those in another encoding may hold a secret
/// that only a decoder sees.
pub(crate) fn has_readable_names(bytes: &[u8]) -> bool {
    encoding(bytes).is_none_or(|encoding| {
        let encoding = encoding.to_ascii_lowercase();
        READABLE.iter().any(|start| encoding.starts_with(start))
    })
}

/// What a tag points at.
pub(crate) fn tag_target(bytes: &[u8]) -> Option<ObjectId> {
    ObjectId::from_hex(value(split(bytes).0, b"object")?).ok()
}

/// Who signed a commit or tag as `role`, and when.
pub(crate) fn signature(bytes: &[u8], role: &[u8]) -> Signature {
    let Some(line) = value(split(bytes).0, role) else {
        return Signature::default();
    };
    let end = line.iter().rposition(|&b| b == b'>').map_or(0, |at| at + 1);
    let (who, rest) = line.split_at(end);
    let who = String::from_utf8_lossy(who).into_owned();
    let mut rest = std::str::from_utf8(rest)
        .unwrap_or("")
        .split_ascii_whitespace();
    let time: Option<i64> = rest.next().and_then(|seconds| seconds.parse().ok());
    let zone = rest.next().and_then(zone).unwrap_or_default();
    Signature {
        who: Some(who).filter(|who| !who.is_empty() && has_readable_names(bytes)),
        date: time.and_then(|time| rfc3339(time, zone)),
        time,
    }
}

/// `+hhmm` in seconds.
fn zone(text: &str) -> Option<i32> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let number: i32 = digits.parse().ok().filter(|_| digits.len() == 4)?;
    let (hours, minutes) = (number / 100, number % 100);
    (hours <= 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

fn rfc3339(seconds: i64, zone: i32) -> Option<String> {
    let time = jiff::Timestamp::from_second(seconds).ok()?;
    if zone == 0 {
        return Some(time.to_string());
    }
    let offset = jiff::tz::Offset::from_seconds(zone).ok()?;
    Some(time.display_with_offset(offset).to_string())
}

/// What an entry of a folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EntryKind {
    /// A folder.
    Tree,
    /// A file or a link.
    Blob,
    /// A commit of another repository.
    Submodule,
}

impl EntryKind {
    /// What a mode stands for, by the bits that Git looks at. A file is what is neither a folder nor a
    /// submodule, whatever else its mode says.
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
    /// What it is.
    pub(crate) kind: EntryKind,
    /// Its name.
    pub(crate) name: &'a [u8],
    /// The id it names, in bytes.
    pub(crate) id: &'a [u8],
}

/// The entries of a folder, in order. Ends, with an error, at the first that is none.
pub(crate) struct TreeEntries<'a> {
    rest: &'a [u8],
    id_length: usize,
}

impl<'a> TreeEntries<'a> {
    /// The entries of the folder that is stored as `bytes`.
    pub(crate) fn new(bytes: &'a [u8], hash: gix::hash::Kind) -> Self {
        Self {
            rest: bytes,
            id_length: hash.len_in_bytes(),
        }
    }

    /// What comes after the entries that were given.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    fn entry(&mut self) -> Option<TreeEntry<'a>> {
        let blank = self.rest.iter().take(8).position(|&b| b == b' ')?;
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

/// Two folders without the entries with which both begin.
pub(crate) fn without_same<'a>(
    old: &'a [u8],
    new: &'a [u8],
    hash: gix::hash::Kind,
) -> (&'a [u8], &'a [u8]) {
    const BLOCK: usize = 64;
    let blocks = old.chunks_exact(BLOCK).zip(new.chunks_exact(BLOCK));
    let same = blocks.take_while(|(a, b)| a == b).count() * BLOCK;
    let mut start = 0;
    while let Some(end) = memchr::memchr(0, &old[start..same])
        .map(|length| start + length + 1 + hash.len_in_bytes())
        .filter(|&end| end <= same)
    {
        start = end;
    }
    (&old[start..], &new[start..])
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

#[cfg(test)]
mod tests {
    use super::*;

    const SHA1: gix::hash::Kind = gix::hash::Kind::Sha1;

    #[test]
    fn a_commit_with_parents_and_a_signature() {
        let (a, b) = ("a".repeat(40), "b".repeat(40));
        let text = format!(
            "tree {a}\nparent {b}\nparent {a}\nauthor A B <a@b> 86400 +0230\n\
             committer C <c@d> 5 -0000\ngpgsig x\n parent y\n\nparent z"
        );
        let commit = commit(text.as_bytes()).unwrap();
        assert_eq!(commit.parents.len(), 2);
        assert_eq!(commit.time, 5);
        let author = signature(text.as_bytes(), b"author");
        assert_eq!(author.who.as_deref(), Some("A B <a@b>"));
        assert_eq!(author.date.as_deref(), Some("1970-01-02T02:30:00+02:30"));
        assert_eq!(split(text.as_bytes()).1, b"parent z");
    }

    #[test]
    fn what_is_no_commit_is_none() {
        for text in ["", "tree", "tree x\n\n", "parent a\n"] {
            assert_eq!(commit(text.as_bytes()), None);
        }
        assert_eq!(signature(b"author no end 1", b"author").who, None);
        assert_eq!(zone("+9999"), None);
    }

    #[test]
    fn entries_end_at_the_first_that_is_none() {
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
