//! The origin of bytes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{BlobPath, Refs, RemotePlace};

/// The origin of a blob: all facts that are known before its first byte is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The path relative to the root of the scan, for reports and fingerprints.
    pub path: BlobPath,
    /// The path on disk, as the user would type it; `None` for bytes that are not a file.
    pub on_disk: Option<Arc<Path>>,
    /// The kind of the blob, beyond its name.
    pub kind: BlobKind,
    /// The commit that contains it, for sources that read Git objects.
    pub commit: Option<Arc<Commit>>,
    /// The location on an instance, for sources that read one.
    pub remote: Option<Arc<RemotePlace>>,
}

/// The kind of a blob, beyond its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BlobKind {
    /// Content of any kind, which its name may determine.
    #[default]
    Content,
    /// Configuration in Git's own syntax, in a location where Git reads it.
    GitConfig,
}

/// The facts about a commit that a report needs. Texts are escaped when they are shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Commit {
    /// The full object id in hexadecimal.
    pub id: String,
    /// Name and address of the author, if known.
    pub author: Option<String>,
    /// The author date: RFC 3339.
    pub date: Option<String>,
    /// The refs that contain it, sorted.
    pub refs: Refs,
}

impl Origin {
    /// Creates the origin of a file on disk.
    pub fn file(path: BlobPath, on_disk: PathBuf) -> Self {
        Self {
            path,
            on_disk: Some(on_disk.into()),
            ..Self::default()
        }
    }
}
