//! Peels revisions: follows annotated tags to their targets.

use gix::ObjectId;
use gix::objs::Kind;

use super::objects::{ObjectError, Objects};
use super::pack::parse;

/// The longest chain of tags that is followed.
const MAX_TAGS: usize = 64;

/// The target of a revision.
#[derive(Debug)]
pub(super) struct PeeledTip {
    /// The annotated tags on the way.
    pub(super) tags: Vec<ObjectId>,
    /// The object behind them: a commit, rarely a tree or a blob.
    pub(super) id: ObjectId,
    /// Its kind.
    pub(super) kind: Kind,
}

/// Follows tags to the object that they name.
pub(super) fn peel(objects: &Objects, id: ObjectId) -> Result<PeeledTip, ObjectError> {
    let mut tags = Vec::new();
    let mut buffer = Vec::new();
    let mut next = id;
    while tags.len() <= MAX_TAGS {
        let (kind, _) = objects.header(next)?;
        if kind != Kind::Tag {
            return Ok(PeeledTip {
                tags,
                id: next,
                kind,
            });
        }
        objects.read_kind(next, Kind::Tag, &mut buffer)?;
        tags.push(next);
        let object = parse::field(&buffer, b"object");
        next = object
            .and_then(|hex| objects.parse_id(hex))
            .ok_or_else(|| ObjectError::Damaged {
                id: next,
                reason: "it is a tag that names no object".to_owned(),
            })?;
    }
    Err(ObjectError::Damaged {
        id,
        reason: format!("it leads through more than {MAX_TAGS} tags"),
    })
}
