//! Reads contents again by the place that a report names: a path in a commit or the index, the text of a commit.

use std::io::Read;

use gix::ObjectId;
use gix::bstr::ByteSlice as _;
use gix::objs::Kind;

use super::lookup::Lookup;
use super::objects::ObjectError;
use super::pack::parse;
use super::{COMMIT_TEXTS, TAG_TEXTS, Texts, index, tips};
use crate::model::DeclaredCharset;

/// Receives a content with the character encoding that its commit declares.
pub(in crate::source) type TakeContent<'a> =
    dyn FnMut(&mut dyn Read, Option<DeclaredCharset<'_>>) + 'a;

/// The path that reports give to a blob that no tree contains, before its id.
const LOOSE_BLOB: &[u8] = b"blob ";

impl Lookup {
    /// Lends every content that a report may mean by `path` in `commit`: the file, and the texts of the commit
    /// or of the tags that lead to it.
    ///
    /// # Errors
    /// In words, if the commit is missing or an object cannot be read.
    pub(in crate::source) fn lend_in_commit(
        &self,
        commit: &str,
        path: &[u8],
        take: &mut TakeContent<'_>,
    ) -> Result<(), String> {
        let id = self.objects.parse_id(commit.as_bytes());
        let id = id.ok_or("the commit is not named by a full id of this repository")?;
        for (kind, texts) in [(Kind::Commit, COMMIT_TEXTS), (Kind::Tag, TAG_TEXTS)] {
            if ![texts.header, texts.message].contains(&path.to_str_lossy().as_ref()) {
                continue;
            }
            for object in self.objects_with_texts(id, kind) {
                self.lend_text(object, kind, texts, path, take)?;
            }
        }
        let (kind, _) = self.objects.header(id).map_err(in_words)?;
        if kind != Kind::Commit {
            return Ok(());
        }
        let path = gix::path::from_byte_slice(path).map_err(|error| error.to_string())?;
        match self.entry(commit, path)? {
            Some((mode, id)) if mode.is_blob_or_symlink() => self.lend(id, take),
            _ => Ok(()),
        }
    }

    /// Lends every content that a report may mean by `path` without a commit: the stages of the index, and the
    /// blob that the path names by its id.
    ///
    /// # Errors
    /// In words, if the index or an object cannot be read.
    pub(in crate::source) fn lend_outside_commits(
        &self,
        path: &[u8],
        take: &mut TakeContent<'_>,
    ) -> Result<(), String> {
        let mut ids = Vec::new();
        if let Some(hex) = path.strip_prefix(LOOSE_BLOB) {
            ids.extend(self.objects.parse_id(hex));
        }
        let state = index::read(&self.opened.repository.index_path(), self.objects.hash())?;
        let entries = state.entry_range(path.as_bstr());
        let entries = entries.and_then(|range| state.entries().get(range));
        ids.extend(entries.unwrap_or_default().iter().map(|entry| entry.id));
        for id in ids {
            self.lend(id, take)?;
        }
        Ok(())
    }

    /// The commit itself, or the tags that lead to it. A range names a tag by its own id.
    fn objects_with_texts(&self, id: ObjectId, kind: Kind) -> Vec<ObjectId> {
        if self
            .objects
            .header(id)
            .is_ok_and(|(found, _)| found == kind)
        {
            return vec![id];
        }
        let Ok(references) = self.opened.repository.references() else {
            return Vec::new();
        };
        let Ok(references) = references.tags() else {
            return Vec::new();
        };
        let tags = references.filter_map(|tag| Some(tag.ok()?.try_id()?.detach()));
        let tips = tags.filter_map(|tag| tips::peel(&self.objects, tag).ok());
        tips.filter(|tip| kind == Kind::Tag && tip.id == id)
            .flat_map(|tip| tip.tags)
            .collect()
    }

    fn lend_text(
        &self,
        id: ObjectId,
        kind: Kind,
        texts: Texts,
        path: &[u8],
        take: &mut TakeContent<'_>,
    ) -> Result<(), String> {
        let mut data = Vec::new();
        self.objects
            .read_kind(id, kind, &mut data)
            .map_err(in_words)?;
        let mut text = if path == texts.header.as_bytes() {
            parse::header(&data)
        } else {
            parse::message(&data)
        };
        take(&mut text.bytes, text.charset);
        Ok(())
    }

    fn lend(&self, id: ObjectId, take: &mut TakeContent<'_>) -> Result<(), String> {
        self.objects
            .lend(id, &mut Vec::new(), |_, content| take(content, None))
            .map_err(in_words)
    }
}

fn in_words(error: ObjectError) -> String {
    error.to_string()
}
