//! Where bytes come from.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{BlobPath, Refs, RemotePlace};

/// Where a blob comes from: everything that is known before its first byte is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Relative to the root of the scan; the path of reports and fingerprints.
    pub path: BlobPath,
    /// Where the bytes lie on disk, as a person at the prompt would type it; `None` for bytes that
    /// are not a file.
    pub on_disk: Option<Arc<Path>>,
    /// What kind of blob it is, beyond its name.
    pub kind: BlobKind,
    /// The commit that holds it, for sources that read Git objects.
    pub commit: Option<Arc<Commit>>,
    /// Its place on an instance, for sources that read one.
    pub remote: Option<Arc<RemotePlace>>,
}

/// The kind of a blob, beyond its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BlobKind {
    /// Content of any kind; its name may say more.
    #[default]
    Content,
    /// Configuration in Git's own syntax, found where Git would read it.
    GitConfig,
}

/// A commit, as far as a report needs it. Texts are escaped where they are shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Commit {
    /// The full object id in hexadecimal.
    pub id: String,
    /// Name and address of the author, where known.
    pub author: Option<String>,
    /// When it was authored: RFC 3339.
    pub date: Option<String>,
    /// The refs that contain it, sorted.
    pub refs: Refs,
}

impl Origin {
    /// A file on disk.
    pub fn file(path: BlobPath, on_disk: PathBuf) -> Self {
        Self {
            path,
            on_disk: Some(on_disk.into()),
            kind: BlobKind::Content,
            commit: None,
            remote: None,
        }
    }

    /// A file in Git's own configuration syntax.
    pub fn git_config(path: BlobPath, on_disk: PathBuf) -> Self {
        Self {
            kind: BlobKind::GitConfig,
            ..Self::file(path, on_disk)
        }
    }
}
