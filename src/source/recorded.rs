//! Reads the places of a report again: files below a folder, and contents of its repository.

use std::cell::OnceCell;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::git::{Lookup, RepoLocation};
use super::tree::worktree_top;
use crate::model::{BlobKind, BlobPath, DeclaredCharset, Hint};
use crate::safe_file::{FileError, open_below};

/// A place as a report names it.
#[derive(Clone, Debug)]
pub struct RecordedPlace<'a> {
    /// Relative to the root of the scan.
    pub path: &'a BlobPath,
    /// The file as the user of the scan typed it.
    pub on_disk: Option<&'a Path>,
    /// The commit, or the annotated tag.
    pub commit: Option<&'a str>,
}

/// Receives a content and its origin.
pub type TakeRecorded<'a> = dyn FnMut(Hint<'_>, &mut dyn Read) + 'a;

/// Reads the places of a report again. Opens files below one folder and objects of the repository around it,
/// and never follows a link: a report is not trusted to name other files.
pub struct RecordedReader {
    /// The folder that the operator names.
    root: PathBuf,
    /// The folder that paths of a report are relative to.
    base: PathBuf,
    lookup: OnceCell<Result<Lookup, String>>,
}

impl RecordedReader {
    /// Reads below `root`. If `root` is in a worktree, paths are relative to the top of the worktree, as in a scan.
    ///
    /// # Errors
    /// If `root` does not exist.
    pub fn new(root: &Path) -> io::Result<Self> {
        let root = std::fs::canonicalize(root)?;
        Ok(Self {
            base: worktree_top(&root).unwrap_or_else(|| root.clone()),
            root,
            lookup: OnceCell::new(),
        })
    }

    /// Hands every content that `place` may mean to `take`.
    ///
    /// # Errors
    /// In words, if none of the contents can be read.
    pub fn read(
        &self,
        place: &RecordedPlace<'_>,
        take: &mut TakeRecorded<'_>,
    ) -> Result<(), String> {
        let mut is_read = false;
        let mut count = |hint: Hint<'_>, content: &mut dyn Read| {
            is_read = true;
            take(hint, content);
        };
        let result = match place.commit {
            Some(commit) => self.read_commit(commit, place.path, &mut count),
            None => self.read_files(place, &mut count),
        };
        match result {
            Ok(()) if !is_read => Err(not_found(place)),
            Err(_) if is_read => Ok(()),
            result => result,
        }
    }

    fn read_commit(
        &self,
        commit: &str,
        path: &BlobPath,
        take: &mut TakeRecorded<'_>,
    ) -> Result<(), String> {
        self.lookup()?
            .lend_in_commit(commit, path.as_bytes(), &mut |content, charset| {
                let hint = Hint {
                    charset,
                    ..Hint::of_path(path.as_bytes())
                };
                take(hint, content)
            })
    }

    /// The file on disk, else its content in the index.
    fn read_files(
        &self,
        place: &RecordedPlace<'_>,
        take: &mut TakeRecorded<'_>,
    ) -> Result<(), String> {
        let path = place.path.as_bytes();
        let mut problem = None;
        let named = gix::path::from_byte_slice(path).ok();
        let named = named.map(|named| (&self.base, named.to_owned()));
        let typed = place.on_disk.map(|typed| {
            let below = typed.strip_prefix(&self.root).unwrap_or(typed);
            (&self.root, below.to_owned())
        });
        for (folder, below) in named.into_iter().chain(typed) {
            for kind in [BlobKind::Content, BlobKind::GitConfig] {
                let hint = Hint {
                    kind,
                    ..Hint::of_path(path)
                };
                match open_below(folder, &below) {
                    Ok(mut file) => take(hint, &mut file),
                    Err(error) if error.is_absent() => break,
                    Err(error) => {
                        problem = Some(self.explain(&error));
                        break;
                    }
                }
            }
        }
        if let Ok(lookup) = self.lookup() {
            let mut take = |content: &mut dyn Read, _: Option<DeclaredCharset<'_>>| {
                take(Hint::of_path(path), content)
            };
            if let Err(error) = lookup.lend_outside_commits(path, &mut take) {
                problem = problem.or(Some(error));
            }
        }
        problem.map_or(Ok(()), Err)
    }

    fn lookup(&self) -> Result<&Lookup, String> {
        let open =
            || Lookup::open(&RepoLocation::at(&self.root)).map_err(|error| error.to_string());
        self.lookup.get_or_init(open).as_ref().map_err(Clone::clone)
    }

    fn explain(&self, error: &FileError) -> String {
        match error {
            FileError::Outside => format!(
                "its path leads out of '{}'; name the folder of the scan with --root",
                self.root.display()
            ),
            error => error.to_string(),
        }
    }
}

impl std::fmt::Debug for RecordedReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("RecordedReader").field(&self.root).finish()
    }
}

fn not_found(place: &RecordedPlace<'_>) -> String {
    match place.commit {
        Some(commit) => format!("commit {commit} does not contain it"),
        None => "no such file, here or in the index".to_owned(),
    }
}
