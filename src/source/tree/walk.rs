//! The parallel walk: what each entry is, and what becomes of it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use ignore::{DirEntry, WalkBuilder, WalkState};

use super::Tree;
use super::file::TreeFile;
use super::ignored::{Folder, WorkTree};
use super::tracked::{Tracked, object_hash};
use crate::model::{Blob, BlobKind, Hint, ItemError, LeftOut, LeftOutReason, Origin};
use crate::source::git_config::{self, Roots, Seen, Surroundings};
use crate::source::repository::{Repository, RepositoryError};
use crate::source::{NewVisitor, Visitor};

/// One walk over a tree: what its threads share.
pub(super) struct Walk<'a> {
    tree: &'a Tree,
    /// What holds in a folder, for folders where it differs from the folder above.
    folders: RwLock<HashMap<PathBuf, Arc<Folder>>>,
    roots: Roots,
    /// The configuration files that were read.
    configurations: Seen,
}

/// What one thread of the walk holds.
struct Walker<'w, 'a> {
    walk: &'w Walk<'a>,
    visitor: Box<dyn Visitor + 'a>,
    /// The folder of the last file, which is mostly the folder of the next.
    last: (PathBuf, Arc<Folder>),
}

impl<'a> Walk<'a> {
    pub(super) fn new(tree: &'a Tree) -> Self {
        Self {
            tree,
            folders: RwLock::default(),
            roots: Roots::new(&tree.roots),
            configurations: Seen::default(),
        }
    }

    /// Walks all roots with `threads` threads.
    pub(super) fn run(&self, threads: usize, new_visitor: &'a NewVisitor<'a>) {
        {
            let mut visitor = new_visitor();
            for root in &self.tree.roots {
                self.enter_root(root, visitor.as_mut());
            }
        }
        let Some((first, others)) = self.tree.roots.split_first() else {
            return;
        };
        let mut builder = WalkBuilder::new(first);
        for root in others {
            builder.add(root);
        }
        builder
            .standard_filters(false)
            .follow_links(false)
            .threads(threads);
        builder.build_parallel().run(|| {
            let mut walker = Walker {
                walk: self,
                visitor: new_visitor(),
                last: (PathBuf::new(), Arc::default()),
            };
            Box::new(move |entry| match entry {
                Ok(entry) => walker.entry(&entry),
                Err(error) => {
                    walker.visitor.error(walk_error(self.tree, &error));
                    WalkState::Continue
                }
            })
        });
    }

    /// Reads the Git configuration around the roots, and nothing else.
    pub(super) fn read_configurations(&self, visitor: &mut dyn Visitor) {
        for root in &self.tree.roots {
            match Repository::enclosing(root) {
                Ok(Some(repository)) => {
                    if let Some(top) = &repository.worktree {
                        visitor.repository(&self.tree.base.relative(top));
                    }
                    self.read_configuration(&repository, visitor);
                }
                Ok(None) => {}
                Err(error) => {
                    self.with_surroundings(|s| git_config::report(&error, s, visitor));
                }
            }
        }
    }

    /// What holds at a root: that of the repository around it, whose configuration is read.
    fn enter_root(&self, root: &Path, visitor: &mut dyn Visitor) {
        let Ok(real) = std::fs::canonicalize(root) else {
            return;
        };
        if !real.is_dir() {
            return;
        }
        let repository = match Repository::enclosing(&real) {
            Ok(Some(repository)) => repository,
            Ok(None) => return,
            Err(error) => {
                return self.with_surroundings(|s| git_config::report(&error, s, visitor));
            }
        };
        let Some(top) = repository.worktree.clone() else {
            return;
        };
        if top == real {
            // The walk meets it.
            return;
        }
        let prefix = real.strip_prefix(&top).unwrap_or(Path::new("")).to_owned();
        let folder = self.folder_of(&repository, root, prefix, &top, visitor);
        self.insert(root.to_owned(), folder);
        self.read_configuration(&repository, visitor);
    }

    /// What holds in a folder of a repository's work tree.
    fn folder_of(
        &self,
        repository: &Repository,
        seen_from: &Path,
        prefix: PathBuf,
        top: &Path,
        visitor: &mut dyn Visitor,
    ) -> Folder {
        if self.tree.no_ignore {
            return Folder::default();
        }
        let index = repository.git_dir.join("index");
        let tracked = match Tracked::read(&index, object_hash(&repository.common_dir)) {
            Ok(tracked) => Some(tracked),
            Err(error) => {
                visitor.error(ItemError {
                    path: Some(self.tree.base.relative(&index)),
                    message: format!(
                        "cannot read the index, so nothing that Git ignores is left out: {error}"
                    ),
                });
                None
            }
        };
        let work_tree = WorkTree {
            seen_from: seen_from.to_owned(),
            prefix,
            tracked,
        };
        Folder::of(work_tree, top, &repository.common_dir)
    }

    /// Hands the repository's configuration to the visitor, what of it was not read yet.
    fn read_configuration(&self, repository: &Repository, visitor: &mut dyn Visitor) {
        self.with_surroundings(|surroundings| {
            // Whether to go on is asked again at the next blob of the walk.
            let _ = git_config::visit(repository, surroundings, visitor);
        });
    }

    fn with_surroundings(&self, work: impl FnOnce(&Surroundings<'_>)) {
        work(&Surroundings {
            roots: &self.roots,
            relative: &|path| self.tree.base.relative(path),
            seen: &self.configurations,
        });
    }

    fn insert(&self, path: PathBuf, folder: Folder) {
        self.folders
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(path, Arc::new(folder));
    }

    /// What holds in the folder `path`.
    fn lookup(&self, path: &Path) -> Arc<Folder> {
        let folders = self.folders.read().unwrap_or_else(PoisonError::into_inner);
        path.ancestors()
            .find_map(|folder| folders.get(folder).cloned())
            .unwrap_or_default()
    }
}

impl Walker<'_, '_> {
    fn entry(&mut self, entry: &DirEntry) -> WalkState {
        let Some(kind) = entry.file_type() else {
            return WalkState::Continue;
        };
        let path = entry.path();
        if kind.is_dir() {
            return self.folder(path, entry.depth() == 0);
        }
        if entry.depth() > 0 {
            if let Some(reason) = self.leaves_out(path, false) {
                self.visitor.count_left_out(reason);
                return WalkState::Continue;
            }
            if path.as_os_str().as_encoded_bytes().ends_with(b"/.git") {
                // The file by which a linked work tree or submodule names its repository.
                return WalkState::Continue;
            }
        }
        if kind.is_file() || entry.depth() == 0 {
            self.file(path, entry.depth() == 0)
        } else {
            self.visitor.count_left_out(if kind.is_symlink() {
                LeftOutReason::SymbolicLink
            } else {
                LeftOutReason::SpecialFile
            });
            WalkState::Continue
        }
    }

    /// Decides whether the walk goes into a folder, and notes what holds there.
    fn folder(&mut self, path: &Path, is_root: bool) -> WalkState {
        if !is_root {
            if path.file_name().is_some_and(|name| name == ".git") {
                return WalkState::Skip;
            }
            if let Some(reason) = self.leaves_out(path, true) {
                self.visitor.count_left_out(reason);
                return WalkState::Skip;
            }
        }
        match Repository::discover(path) {
            Ok(Some(repository)) => {
                self.visitor.repository(&self.walk.tree.base.relative(path));
                self.walk
                    .read_configuration(&repository, self.visitor.as_mut());
                if repository.worktree.as_deref() != Some(path) {
                    // Bare, or a `.git` folder itself: there are no files.
                    return WalkState::Skip;
                }
                let prefix = PathBuf::new();
                let folder =
                    self.walk
                        .folder_of(&repository, path, prefix, path, self.visitor.as_mut());
                self.walk.insert(path.to_owned(), folder);
            }
            Ok(None) => self.enter_plain(path, is_root),
            Err(error) => {
                self.report(&error);
                self.enter_plain(path, is_root);
            }
        }
        WalkState::Continue
    }

    /// Notes what holds in a folder that is no repository of its own.
    fn enter_plain(&mut self, path: &Path, is_root: bool) {
        if !is_root && let Some(folder) = self.parent_of(path).enter(path) {
            self.walk.insert(path.to_owned(), folder);
        }
    }

    fn report(&mut self, error: &RepositoryError) {
        let Self { walk, visitor, .. } = self;
        walk.with_surroundings(|s| git_config::report(error, s, visitor.as_mut()));
    }

    /// Why an entry is left out by choice, if it is.
    fn leaves_out(&mut self, path: &Path, is_folder: bool) -> Option<LeftOutReason> {
        let tree = self.walk.tree;
        if !tree.exclude.is_empty() {
            let relative = tree.base.relative(path);
            let relative = String::from_utf8_lossy(relative.as_bytes());
            if tree
                .exclude
                .matched(Path::new(relative.as_ref()), is_folder)
                .is_ignore()
            {
                return Some(LeftOutReason::Excluded);
            }
        }
        let is_left_out = self.parent_of(path).leaves_out(path, is_folder);
        is_left_out.then_some(LeftOutReason::Ignored)
    }

    /// What holds in the folder that `path` stands in.
    fn parent_of(&mut self, path: &Path) -> &Folder {
        if !stands_in(path, &self.last.0) {
            let parent = path.parent().unwrap_or(path);
            self.last = (parent.to_owned(), self.walk.lookup(parent));
        }
        &self.last.1
    }

    /// Scans a file.
    fn file(&mut self, path: &Path, is_root: bool) -> WalkState {
        let base = &self.walk.tree.base;
        let error = |error: &dyn std::fmt::Display| ItemError {
            path: Some(base.relative(path)),
            message: format!("cannot read the file: {error}"),
        };
        if is_root && !std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file()) {
            let path = base.relative(path);
            self.visitor.left_out(LeftOut {
                path,
                reason: LeftOutReason::SpecialFile,
            });
            return WalkState::Continue;
        }
        let mut file = match TreeFile::open(path) {
            Ok(file) => file,
            Err(reason) => {
                self.visitor.error(error(&reason));
                return WalkState::Continue;
            }
        };
        let hint = Hint {
            path: path.as_os_str().as_encoded_bytes(),
            kind: BlobKind::Content,
        };
        let origin = || Origin::file(base.relative(path), display_path(path));
        let flow = self.visitor.blob(Blob {
            hint,
            content: &mut file,
            origin: &origin,
        });
        match file.is_unchanged() {
            Ok(true) => {}
            Ok(false) => self.visitor.error(ItemError {
                path: Some(base.relative(path)),
                message: "the file changed while it was read; scan it again".to_owned(),
            }),
            Err(reason) => self.visitor.error(error(&reason)),
        }
        if flow.is_break() {
            WalkState::Quit
        } else {
            WalkState::Continue
        }
    }
}

/// True if `path` is seen at a glance to stand directly in `folder`: for the common case, without a
/// look at path components.
fn stands_in(path: &Path, folder: &Path) -> bool {
    let path = path.as_os_str().as_encoded_bytes();
    path.strip_prefix(folder.as_os_str().as_encoded_bytes())
        .and_then(|rest| rest.strip_prefix(b"/"))
        .is_some_and(|name| memchr::memchr(b'/', name).is_none())
}

/// A path as a person would type it: without the `./` that the walk puts in front.
fn display_path(path: &Path) -> PathBuf {
    path.strip_prefix(".").unwrap_or(path).to_owned()
}

/// What the walk could not read.
fn walk_error(tree: &Tree, error: &ignore::Error) -> ItemError {
    let path = path_of(error).map(|path| tree.base.relative(path));
    let message = match error.io_error() {
        Some(reason) => format!("cannot read the folder: {reason}"),
        None => format!("cannot walk on: {error}"),
    };
    ItemError { path, message }
}

/// The path an error of the walk is about.
fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::Loop { child, .. } => Some(child),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            path_of(err)
        }
        ignore::Error::Partial(errors) => errors.iter().find_map(path_of),
        _ => None,
    }
}
