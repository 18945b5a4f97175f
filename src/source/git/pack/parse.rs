//! Parses commits and tags. Lenient: history is scanned even if a tool has written it incorrectly.

use gix::hash::ObjectId;

use crate::model::DeclaredCharset;

/// The references of a commit.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ParsedCommit {
    /// Its top folder.
    pub(crate) tree: ObjectId,
    /// Its parents, in order.
    pub(crate) parents: Vec<ObjectId>,
    /// Time of the commit, in seconds since 1970; 0 if that is not known.
    pub(crate) time: i64,
}

/// The author of a commit or tag, and its time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ParsedSignature {
    /// Name and address.
    pub(crate) who: Option<String>,
    /// Seconds since 1970.
    pub(crate) time: Option<i64>,
    /// RFC 3339, in the time zone of the author.
    pub(crate) date: Option<String>,
}

/// Splits a commit or tag into header and message.
pub(crate) fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memmem::find(bytes, b"\n\n") {
        Some(end) => (&bytes[..end], &bytes[end + 2..]),
        None => (bytes, &[]),
    }
}

/// Returns the first value of a field in the header of a commit or tag.
pub(crate) fn field<'a>(bytes: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    split(bytes)
        .0
        .split(|&b| b == b'\n')
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(b" "))
}

/// Parses a commit; `None` if it names no folder, two of them, or a parent that is not an object id or is not at the start: programs
/// read such a commit differently.
pub(crate) fn commit(bytes: &[u8]) -> Option<ParsedCommit> {
    let mut parents = Vec::new();
    let mut has_tree = false;
    let mut is_start = true;
    for line in split(bytes).0.split(|&b| b == b'\n') {
        if let Some(id) = line.strip_prefix(b"parent ") {
            parents.push(ObjectId::from_hex(id).ok().filter(|_| is_start)?);
        } else if line.starts_with(b"tree ") {
            if has_tree {
                return None;
            }
            has_tree = true;
        } else {
            is_start = false;
        }
    }
    Some(ParsedCommit {
        tree: ObjectId::from_hex(field(bytes, b"tree")?).ok()?,
        parents,
        time: signature(bytes, b"committer").time.unwrap_or_default(),
    })
}

/// Returns the object that a tag names.
pub(crate) fn tag_target(bytes: &[u8]) -> Option<ObjectId> {
    ObjectId::from_hex(field(bytes, b"object")?).ok()
}

/// Returns the character encoding that a commit or tag declares for its text.
pub(crate) fn encoding(bytes: &[u8]) -> Option<&[u8]> {
    field(bytes, b"encoding")
}

/// Text of a commit or tag, and its declared encoding, if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EncodedText<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) charset: Option<DeclaredCharset<'a>>,
}

/// Returns the message of a commit or tag.
pub(crate) fn message(bytes: &[u8]) -> EncodedText<'_> {
    EncodedText {
        bytes: split(bytes).1,
        charset: encoding(bytes).map(DeclaredCharset::Text),
    }
}

/// Returns the header of a commit or tag.
pub(crate) fn header(bytes: &[u8]) -> EncodedText<'_> {
    EncodedText {
        bytes: split(bytes).0,
        charset: encoding(bytes).map(DeclaredCharset::HeaderValues),
    }
}

/// Prefixes of the encodings in which a token is ASCII, so that reports find and redact a token in a name.
const ASCII_COMPATIBLE: &[&[u8]] = &[
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

fn has_readable_names(bytes: &[u8]) -> bool {
    encoding(bytes).is_none_or(|encoding| {
        let encoding = encoding.to_ascii_lowercase();
        ASCII_COMPATIBLE
            .iter()
            .any(|prefix| encoding.starts_with(prefix))
    })
}

/// Parses the signature in the field `role` (`author`, `committer`, `tagger`): `Name <address> 1700000000 +0100`.
pub(crate) fn signature(bytes: &[u8], role: &[u8]) -> ParsedSignature {
    let Some(line) = field(bytes, role) else {
        return ParsedSignature::default();
    };
    let end = line.iter().rposition(|&b| b == b'>').map_or(0, |at| at + 1);
    let (who, rest) = line.split_at(end);
    let who = String::from_utf8_lossy(who).trim().to_owned();
    let mut rest = std::str::from_utf8(rest)
        .unwrap_or("")
        .split_ascii_whitespace();
    let time: Option<i64> = rest.next().and_then(|seconds| seconds.parse().ok());
    let zone = rest.next().and_then(zone).unwrap_or_default();
    ParsedSignature {
        who: Some(who).filter(|who| !who.is_empty() && has_readable_names(bytes)),
        date: time.and_then(|time| rfc3339(time, zone)),
        time,
    }
}

/// Parses `+hhmm`; returns seconds.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_parents_and_signatures() {
        let (a, b) = ("a".repeat(40), "b".repeat(40));
        let text = format!(
            "tree {a}\nparent {b}\nparent {a}\nauthor A B <a@b> 86400 +0230\n\
             committer C <c@d> 5 -0000\ngpgsig x\n parent y\n\nparent z"
        );
        let commit = commit(text.as_bytes()).unwrap();
        assert_eq!(commit.parents.len(), 2);
        assert_eq!(commit.time, 5);
        let twice = format!("tree {a}\ntree {b}\nauthor A <a@b> 1 +0000\n\n");
        assert_eq!(super::commit(twice.as_bytes()), None);
        let late = format!("tree {a}\nauthor A <a@b> 1 +0000\nparent {b}\n\n");
        assert_eq!(super::commit(late.as_bytes()), None);
        let author = signature(text.as_bytes(), b"author");
        assert_eq!(author.who.as_deref(), Some("A B <a@b>"));
        assert_eq!(author.date.as_deref(), Some("1970-01-02T02:30:00+02:30"));
        assert_eq!(split(text.as_bytes()).1, b"parent z");
    }

    #[test]
    fn ignores_invalid_dates_and_zones() {
        let date = |line: &str| signature(format!("x\n{line}\n\n").as_bytes(), b"tagger").date;
        let epoch = Some("1970-01-01T00:00:00Z");
        assert_eq!(date("tagger A <> 0 +0000").as_deref(), epoch);
        assert_eq!(date("tagger A <> 0 +99999999").as_deref(), epoch);
        assert_eq!(date("tagger A <> 99999999999999999 +0000"), None);
        assert_eq!(date("tagger A <a@b>"), None);
        assert_eq!(date("x"), None);
    }

    #[test]
    fn rejects_commits_without_a_tree() {
        for text in ["", "tree", "tree x\n\n", "parent a\n"] {
            assert_eq!(commit(text.as_bytes()), None);
        }
        assert_eq!(signature(b"author no end 1", b"author").who, None);
        assert_eq!(zone("+9999"), None);
    }
}
