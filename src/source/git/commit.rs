//! Commits: their references, and their texts in reports.

use gix::ObjectId;
use gix::objs::Kind;

use super::objects::{ObjectError, Objects};
use super::pack::parse;
use crate::model;

/// A commit, as far as it is needed.
#[derive(Clone, Debug)]
pub(super) struct CommitObject {
    /// Its id.
    pub(super) id: ObjectId,
    /// The top folder.
    pub(super) tree: ObjectId,
    /// Its parents, in order.
    pub(super) parents: Vec<ObjectId>,
    /// Time of the commit, in seconds since 1970; 0 if that is not known.
    pub(super) time: i64,
}

impl CommitObject {
    /// Reads a commit and verifies its content; `buffer` contains the object afterwards.
    ///
    /// # Errors
    /// If the commit is missing or damaged.
    pub(super) fn read(
        objects: &Objects,
        id: ObjectId,
        buffer: &mut Vec<u8>,
    ) -> Result<Self, ObjectError> {
        objects.read_kind(id, Kind::Commit, buffer)?;
        let parse::ParsedCommit {
            tree,
            parents,
            time,
        } = parse::commit(buffer)
            .filter(|commit| commit.tree.kind() == objects.hash())
            .ok_or_else(|| ObjectError::Damaged {
                id,
                reason: "its header does not name one tree and then its parents".to_owned(),
            })?;
        Ok(Self {
            id,
            tree,
            parents,
            time,
        })
    }
}

/// Returns the description of a commit or tag for reports that is stored as `data`.
pub(super) fn for_report(id: ObjectId, data: &[u8]) -> model::Commit {
    let roles: [&[u8]; 2] = [b"author", b"tagger"];
    let role = roles
        .into_iter()
        .find(|role| parse::field(data, role).is_some());
    let signature = parse::signature(data, role.unwrap_or_default());
    model::Commit {
        id: id.to_string(),
        author: signature.who,
        date: signature.date,
        refs: model::Refs::default(),
    }
}
