//! A visitor that adds locations on the instance to the content of a source.

use std::io::{self, Read};
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use super::{Part, RemoteItem};
use crate::model::{
    Blob, BlobPath, CredentialId, Hint, ItemError, Note, Origin, SkipReason, SkippedItem,
};
use crate::source::{
    HistoryVisitor, Probed, ScanVisitor, Version, VersionResult, VersionVisitor, Visitor,
};

/// Passes everything on to another visitor, with paths below the subject's path and the page of each file.
pub(super) struct SubjectVisitor<'v, 'a> {
    pub(super) inner: Box<dyn ScanVisitor + 'a>,
    pub(super) origins: OriginMap<'v, 'a>,
}

/// Returns the page of a file in a commit.
pub type PageOf<'v> = dyn Fn(&Origin) -> SourcePage + Sync + 'v;

/// The page of content of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcePage {
    /// Its address.
    pub url: String,
    /// True if the page has an anchor `#L1` for each line.
    pub has_line_anchors: bool,
}

impl SourcePage {
    /// Creates a page without anchors.
    pub fn without_lines(url: String) -> Self {
        Self {
            url,
            has_line_anchors: false,
        }
    }
}

/// Adds locations on the instance to the origins of files.
#[derive(Clone, Copy)]
pub(super) struct OriginMap<'v, 'a> {
    pub(super) part: &'v Part<'a>,
    /// The text after the path of the subject in the paths of findings.
    pub(super) suffix: &'v str,
    pub(super) page: &'v PageOf<'v>,
}

impl OriginMap<'_, '_> {
    fn path(&self, path: &BlobPath) -> BlobPath {
        let mut bytes = self.part.subject.path.clone().into_bytes();
        bytes.extend_from_slice(self.suffix.as_bytes());
        if !path.as_bytes().is_empty() {
            bytes.push(b'/');
            bytes.extend_from_slice(path.as_bytes());
        }
        BlobPath::from_bytes(bytes)
    }

    /// Returns the origin with its location. Its file on disk exists only during the sweep.
    fn origin(&self, origin: Origin) -> Origin {
        let commit = origin.commit.as_ref();
        let SourcePage {
            url,
            has_line_anchors,
        } = (self.page)(&origin);
        let item = RemoteItem {
            url,
            has_line_anchors,
            entry_page: None,
            appeared: commit.and_then(|commit| commit.date.clone()),
            ..RemoteItem::default()
        };
        Origin {
            path: self.path(&origin.path),
            on_disk: None,
            remote: Some(Arc::new(self.part.place_of(&item))),
            ..origin
        }
    }
}

impl Visitor for SubjectVisitor<'_, '_> {
    fn blob(&mut self, blob: Blob<'_>) -> ControlFlow<()> {
        let origins = self.origins;
        self.inner.blob(Blob {
            hint: blob.hint,
            content: &mut *blob.content,
            origin: &|| origins.origin((blob.origin)()),
        })
    }

    fn skipped(&mut self, item: SkippedItem) {
        let path = self.origins.path(&item.path);
        self.inner.skipped(SkippedItem { path, ..item });
    }

    fn count_skipped(&mut self, reason: SkipReason) {
        self.inner.count_skipped(reason);
    }

    fn count(&mut self, files: u64, bytes: u64) {
        self.inner.count(files, bytes);
    }

    fn error(&mut self, error: ItemError) {
        let path = error.path.unwrap_or_default();
        self.inner.error(ItemError {
            path: Some(self.origins.path(&path)),
            message: error.message,
        });
    }

    fn repository(&mut self, path: &BlobPath) {
        self.inner.repository(path);
    }

    fn note(&mut self, note: Note) {
        let subject = &self.origins.part.subject.path;
        let message = format!("{subject}: {}", note.message);
        self.inner.note(Note { message });
    }

    fn proceed(&self) -> ControlFlow<()> {
        self.inner.proceed()
    }

    fn is_document(&self, path: &[u8]) -> bool {
        self.inner.is_document(path)
    }

    fn document_path(&self, name: &[u8]) -> Option<Vec<u8>> {
        self.inner.document_path(name)
    }
}

impl VersionVisitor for SubjectVisitor<'_, '_> {
    fn version(&mut self, blob: Blob<'_>, version: Version<'_>) -> ControlFlow<(), VersionResult> {
        let origins = self.origins;
        let blob = Blob {
            hint: blob.hint,
            content: &mut *blob.content,
            origin: &|| origins.origin((blob.origin)()),
        };
        self.inner.version(blob, version)
    }

    fn known_version(
        &mut self,
        origin: &dyn Fn() -> Origin,
        version: Version<'_>,
    ) -> Option<ControlFlow<(), VersionResult>> {
        let origins = self.origins;
        self.inner
            .known_version(&|| origins.origin(origin()), version)
    }

    fn count_unlisted(&mut self, files: u64) {
        self.inner.count_unlisted(files);
    }
}

impl HistoryVisitor for SubjectVisitor<'_, '_> {
    fn is_clean(&self, bytes: &[u8], part: Range<usize>) -> bool {
        self.inner.is_clean(bytes, part)
    }

    fn reach(&self) -> Range<usize> {
        self.inner.reach()
    }

    fn context(&self) -> Range<usize> {
        self.inner.context()
    }

    fn probe(&mut self, hint: Hint<'_>, content: &mut dyn Read) -> io::Result<Probed> {
        self.inner.probe(hint, content)
    }

    fn probe_parts(&mut self, bytes: &[u8], parts: &[Range<usize>]) -> Option<Vec<CredentialId>> {
        self.inner.probe_parts(bytes, parts)
    }

    fn is_read_by_name(&self, hint: Hint<'_>, bytes: &[u8]) -> bool {
        self.inner.is_read_by_name(hint, bytes)
    }

    fn placed(
        &mut self,
        blob: Blob<'_>,
        is_introduced: &dyn Fn(&CredentialId) -> bool,
        remark: &str,
    ) -> ControlFlow<()> {
        let origins = self.origins;
        let blob = Blob {
            hint: blob.hint,
            content: &mut *blob.content,
            origin: &|| origins.origin((blob.origin)()),
        };
        self.inner.placed(blob, is_introduced, remark)
    }
}
