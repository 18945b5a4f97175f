//! A temporary repository that borrows the objects of another one, to fetch into.
//!
//! `git fetch` obeys the configuration of its repository, which may start programs or name other addresses. This
//! repository has no configuration, and the scanned one is not changed.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use gix::ObjectId;
use gix::objs::Kind;

use super::location::{OpenRepository, RepoLocation};
use super::open::OpenError;

/// Maximum number of commits that are offered to a server as known.
const MAX_TIPS: usize = 1000;

/// A bare repository in a temporary folder, which is removed on drop.
#[derive(Debug)]
pub struct ScratchRepository {
    folder: tempfile::TempDir,
    origin: PathBuf,
}

impl ScratchRepository {
    /// Creates a repository that borrows the objects of the one around `path`.
    ///
    /// # Errors
    /// If no repository is at `path`, or the folder cannot be written.
    pub fn borrowing(path: &Path) -> Result<Self, OpenError> {
        let opened = RepoLocation::at(path).open()?;
        let written = tempfile::Builder::new()
            .prefix("tokensweep-")
            .tempdir()
            .and_then(|folder| {
                write(folder.path(), &opened)?;
                Ok(folder)
            });
        let folder = written.map_err(|error| {
            OpenError::Broken(
                path.to_owned(),
                format!("cannot create a temporary repository: {error}"),
            )
        })?;
        Ok(Self {
            folder,
            origin: path.to_owned(),
        })
    }

    /// Returns the folder to use as `GIT_DIR`.
    pub fn git_dir(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the scanned repository with everything that was fetched.
    pub fn location(&self) -> RepoLocation {
        RepoLocation {
            objects: Some(self.git_dir().join("objects")),
            shallow: Some(self.git_dir().join("shallow")),
            ..RepoLocation::at(&self.origin)
        }
    }
}

fn write(folder: &Path, opened: &OpenRepository) -> io::Result<()> {
    let hash = opened.repository.object_hash();
    fs::create_dir_all(folder.join("refs"))?;
    fs::create_dir_all(folder.join("objects/info"))?;
    fs::write(folder.join("HEAD"), "ref: refs/heads/none\n")?;
    let config = match hash {
        gix::hash::Kind::Sha1 => {
            "[core]\n\trepositoryformatversion = 0\n\tbare = true\n".to_owned()
        }
        other => format!(
            "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectFormat = {other}\n"
        ),
    };
    fs::write(folder.join("config"), config)?;
    let objects = fs::canonicalize(opened.repository.common_dir().join("objects"))?;
    let mut alternates = quoted(objects.as_os_str().as_encoded_bytes());
    alternates.push(b'\n');
    fs::write(folder.join("objects/info/alternates"), alternates)?;
    if !opened.shallow.is_empty() {
        let ids: BTreeSet<&ObjectId> = opened.shallow.iter().collect();
        let lines: String = ids.iter().map(|id| format!("{id}\n")).collect();
        fs::write(folder.join("shallow"), lines)?;
    }
    // Without refs, a fetch would ask for everything.
    let refs: String = tips(opened)
        .iter()
        .enumerate()
        .map(|(number, id)| format!("{id} refs/tokensweep/known/{number:06}\n"))
        .collect();
    fs::write(folder.join("packed-refs"), refs)
}

/// Returns commits that are here: the checkout, and those of refs.
fn tips(opened: &OpenRepository) -> Vec<ObjectId> {
    let objects = opened.stores.objects();
    let mut tips = Vec::new();
    let head = opened.repository.head_id().map(|id| id.detach());
    let refs = opened.refs("refs/", &mut Vec::new()).unwrap_or_default();
    let refs = refs.into_iter().map(|entry| entry.id);
    for id in head.into_iter().chain(refs) {
        if tips.len() == MAX_TIPS {
            break;
        }
        if !tips.contains(&id)
            && objects
                .header(id)
                .is_ok_and(|(kind, _)| kind == Kind::Commit)
        {
            tips.push(id);
        }
    }
    tips
}

/// Quotes a path for a line of `info/alternates`: in double quotes, as a C string.
fn quoted(path: &[u8]) -> Vec<u8> {
    let mut text = vec![b'"'];
    for &byte in path {
        match byte {
            b'"' | b'\\' => text.extend([b'\\', byte]),
            0..=31 | 127.. => text.extend(format!("\\{byte:03o}").bytes()),
            _ => text.push(byte),
        }
    }
    text.push(b'"');
    text
}
