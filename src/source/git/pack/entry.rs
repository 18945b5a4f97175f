//! The head of an object as a pack stores it: kind, length, and the base of a delta.

use gix::hash::ObjectId;

use super::damage::ObjectDamage;

/// The kinds of objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A commit.
    Commit,
    /// A folder.
    Tree,
    /// A file.
    Blob,
    /// An annotated tag.
    Tag,
}

impl Kind {
    /// Git's word for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tree => "tree",
            Self::Blob => "blob",
            Self::Tag => "tag",
        }
    }

    /// The kind of a word.
    pub(crate) fn from_name(name: &[u8]) -> Option<Self> {
        [Self::Commit, Self::Tree, Self::Blob, Self::Tag]
            .into_iter()
            .find(|kind| kind.name().as_bytes() == name)
    }
}

/// How an object is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stored {
    /// As it is.
    Whole(Kind),
    /// As a delta against what stands so many bytes before it in the pack.
    Before(u64),
    /// As a delta against a named object.
    Named(ObjectId),
}

/// The head of an entry of a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// How it is stored.
    pub(crate) stored: Stored,
    /// Length of the inflated bytes: of the object, or of the delta.
    pub(crate) size: u64,
    /// Length of the head.
    pub(crate) head: usize,
}

/// Reads the head of an entry. Format: Git's `gitformat-pack`, "Pack file entry".
///
/// # Errors
/// If it is none.
pub(crate) fn parse(bytes: &[u8], hash: gix::hash::Kind) -> Result<Entry, ObjectDamage> {
    let mut rest = bytes.iter().copied();
    let mut next = || rest.next().ok_or(ObjectDamage::Short);
    let first = next()?;
    let mut head = 1;
    let mut size = u64::from(first & 15);
    let mut shift = 4;
    let mut byte = first;
    while byte & 0x80 != 0 {
        byte = next()?;
        head += 1;
        let low = u64::from(byte & 0x7f);
        // Zeroes on top are allowed, lost bits are not.
        if shift >= 64 && low != 0 || shift < 64 && (low << shift) >> shift != low || head > 16 {
            return Err(ObjectDamage::Header);
        }
        if shift < 64 {
            size |= low << shift;
        }
        shift += 7;
    }
    let stored = match (first >> 4) & 7 {
        1 => Stored::Whole(Kind::Commit),
        2 => Stored::Whole(Kind::Tree),
        3 => Stored::Whole(Kind::Blob),
        4 => Stored::Whole(Kind::Tag),
        6 => {
            let mut byte = next()?;
            head += 1;
            let mut distance = u64::from(byte & 0x7f);
            while byte & 0x80 != 0 {
                byte = next()?;
                head += 1;
                distance = distance
                    .checked_add(1)
                    .and_then(|distance| distance.checked_mul(128))
                    .ok_or(ObjectDamage::Header)?
                    | u64::from(byte & 0x7f);
            }
            Stored::Before(distance)
        }
        7 => {
            let length = hash.len_in_bytes();
            let id = bytes.get(head..head + length).ok_or(ObjectDamage::Short)?;
            head += length;
            Stored::Named(ObjectId::try_from(id).map_err(|_| ObjectDamage::Header)?)
        }
        _ => return Err(ObjectDamage::Header),
    };
    Ok(Entry { stored, size, head })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA1: gix::hash::Kind = gix::hash::Kind::Sha1;

    #[test]
    fn heads_of_all_kinds() {
        let whole = parse(&[0xb5, 0x02, 9, 9], SHA1).unwrap();
        assert_eq!(whole.stored, Stored::Whole(Kind::Blob));
        assert_eq!((whole.size, whole.head), (37, 2));
        let before = parse(&[0x61, 0x80, 0x00], SHA1).unwrap();
        assert_eq!(before.stored, Stored::Before(128));
        assert_eq!((before.size, before.head), (1, 3));
        let mut named = vec![0x71];
        named.extend([7; 20]);
        let named = parse(&named, SHA1).unwrap();
        assert_eq!(named.head, 21);
        assert!(matches!(named.stored, Stored::Named(_)));
    }

    #[test]
    fn what_is_no_head_is_told() {
        assert_eq!(parse(&[], SHA1), Err(ObjectDamage::Short));
        assert_eq!(parse(&[0xb0], SHA1), Err(ObjectDamage::Short));
        assert_eq!(parse(&[0x71, 1], SHA1), Err(ObjectDamage::Short));
        assert_eq!(parse(&[0x01], SHA1), Err(ObjectDamage::Header));
        assert_eq!(parse(&[0x51], SHA1), Err(ObjectDamage::Header));
        assert_eq!(parse(&[0xff; 40], SHA1), Err(ObjectDamage::Header));
        let mut far = vec![0x60];
        far.extend([0xff; 12]);
        far.push(0);
        assert_eq!(parse(&far, SHA1), Err(ObjectDamage::Header));
    }
}
