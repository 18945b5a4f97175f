//! Commit objects: what they name, who wrote them, what they say.

use gix::ObjectId;
use gix::objs::Kind;

use super::objects::{ObjectError, Objects};
use super::pack;
use crate::model;

/// A commit, as far as it is needed.
#[derive(Clone, Debug)]
pub(super) struct CommitObject {
    /// Its id.
    pub(super) id: ObjectId,
    /// The top folder.
    pub(super) tree: ObjectId,
    /// Its parents, in their order.
    pub(super) parents: Vec<ObjectId>,
    /// When it was committed, in seconds since 1970; 0 if it does not say.
    pub(super) time: i64,
}

impl CommitObject {
    /// Reads a commit and checks its content against its id; `buffer` holds the object afterwards.
    pub(super) fn read(
        objects: &Objects,
        id: ObjectId,
        buffer: &mut Vec<u8>,
    ) -> Result<Self, ObjectError> {
        objects.read_verified(id, Kind::Commit, buffer)?;
        let mut tree = None;
        let mut parents = Vec::new();
        let mut time = 0;
        let object_id = |hex: &[u8]| {
            objects.parse_id(hex).ok_or_else(|| ObjectError::Damaged {
                id,
                reason: "it names an object by what is no id".to_owned(),
            })
        };
        for line in header(buffer) {
            if let Some(hex) = line.strip_prefix(b"tree ") {
                tree = Some(object_id(hex)?);
            } else if let Some(hex) = line.strip_prefix(b"parent ") {
                parents.push(object_id(hex)?);
            } else if let Some(line) = line.strip_prefix(b"committer ") {
                time = Signature::parse(line).seconds.unwrap_or_default();
                break;
            }
        }
        let tree = tree.ok_or_else(|| ObjectError::Damaged {
            id,
            reason: "it names no tree".to_owned(),
        })?;
        Ok(Self {
            id,
            tree,
            parents,
            time,
        })
    }
}

/// What a report says of a commit or tag whose object is `data`.
pub(super) fn for_report(id: ObjectId, data: &[u8]) -> model::Commit {
    let line = header(data).find_map(|line| {
        line.strip_prefix(b"author ")
            .or_else(|| line.strip_prefix(b"tagger "))
    });
    let signature = line.map(Signature::parse);
    model::Commit {
        id: id.to_string(),
        author: signature
            .as_ref()
            .filter(|_| pack::has_readable_names(data))
            .map(|s| String::from_utf8_lossy(s.who).trim().to_owned()),
        date: signature.and_then(|s| s.date()),
        refs: model::Refs::default(),
    }
}

/// The header of a commit or tag, up to the first empty line, and the message behind it.
pub(super) fn texts(data: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memmem::find(data, b"\n\n") {
        Some(end) => (
            data.get(..=end).unwrap_or_default(),
            data.get(end + 2..).unwrap_or_default(),
        ),
        None => (data, &[]),
    }
}

/// The lines before the first empty one.
pub(super) fn header(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    data.split(|&byte| byte == b'\n')
        .take_while(|line| !line.is_empty())
}

/// Who did something, and when: `Name <address> 1700000000 +0100`.
struct Signature<'a> {
    who: &'a [u8],
    seconds: Option<i64>,
    /// Seconds east of Greenwich.
    offset: i32,
}

impl<'a> Signature<'a> {
    fn parse(line: &'a [u8]) -> Self {
        let end = line
            .iter()
            .rposition(|&byte| byte == b'>')
            .map_or(line.len(), |at| at + 1);
        let (who, when) = line.split_at(end);
        let mut words = std::str::from_utf8(when)
            .unwrap_or_default()
            .split_ascii_whitespace();
        Self {
            who,
            seconds: words.next().and_then(|word| word.parse().ok()),
            offset: words.next().and_then(offset).unwrap_or_default(),
        }
    }

    /// RFC 3339, in the writer's own time zone.
    fn date(&self) -> Option<String> {
        let moment = jiff::Timestamp::from_second(self.seconds?).ok()?;
        if self.offset == 0 {
            return Some(moment.to_string());
        }
        let offset = jiff::tz::Offset::from_seconds(self.offset).ok()?;
        Some(moment.display_with_offset(offset).to_string())
    }
}

/// The seconds of `+0130`.
fn offset(text: &str) -> Option<i32> {
    let number: i32 = text.parse().ok()?;
    (number / 100)
        .checked_mul(60)?
        .checked_add(number % 100)?
        .checked_mul(60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_and_when() {
        let id = ObjectId::null(gix::hash::Kind::Sha1);
        let commit_info = |line: &str| {
            let commit = for_report(
                id,
                format!("tree x\n{line}\n\nauthor no <a@b> 1 +0000").as_bytes(),
            );
            (commit.author, commit.date)
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            commit_info("author A B <a@b> 86400 +0230"),
            (some("A B <a@b>"), some("1970-01-02T02:30:00+02:30"))
        );
        assert_eq!(
            commit_info("tagger A <> 0 +0000"),
            (some("A <>"), some("1970-01-01T00:00:00Z"))
        );
        assert_eq!(commit_info("author A <a@b>"), (some("A <a@b>"), None));
        assert_eq!(
            commit_info("author A <a@b> 99999999999999999 +0000").1,
            None
        );
        // What is no zone is none.
        assert_eq!(
            commit_info("author A <a@b> 0 +99999999").1,
            some("1970-01-01T00:00:00Z")
        );
        assert_eq!(commit_info("x"), (None, None));
    }

    #[test]
    fn the_message_stands_behind_the_first_empty_line() {
        assert_eq!(texts(b"a\nb\n\nc\n\nd"), (&b"a\nb\n"[..], &b"c\n\nd"[..]));
        assert_eq!(texts(b"a\nb"), (&b"a\nb"[..], &b""[..]));
        assert_eq!(texts(b""), (&b""[..], &b""[..]));
    }
}
