//! The parallel walk: what each entry is, and what becomes of it.

use std::ffi::{OsStr, OsString};
use std::fmt::Display;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Tree;
use super::directory::{Directory, Entry, EntryKind, open_file};
use super::file::TreeFile;
use super::ignored::{Folder, IGNORE_FILE, WorkTree};
use super::listed::{Listed, Root, Slots};
use super::tasks::{self, Share};
use super::tracked::{Tracked, object_hash};
use crate::model::{Blob, Hint, ItemError, LeftOut, LeftOutReason, Origin};
use crate::source::git_config::{self, Roots, Seen, Surroundings};
use crate::source::repository::{Repository, RepositoryError};
use crate::source::{NewVisitor, Visitor};

/// The folder, or file, by which a work tree is known.
const DOT_GIT: &str = ".git";

/// Of these, a folder that is a repository has at least one.
const REPOSITORY: [&str; 2] = [DOT_GIT, "HEAD"];

/// One walk over a tree: what its threads share.
pub(super) struct Walk<'a> {
    tree: &'a Tree,
    roots: Roots,
    /// The configuration files that were read.
    configurations: Seen,
    /// The folders that stay open for those below.
    slots: Slots,
    /// Set once a visitor asks to stop.
    stopped: AtomicBool,
}

/// What one thread of the walk holds.
struct Walker<'w, 'a> {
    walk: &'w Walk<'a>,
    visitor: Box<dyn Visitor + 'a>,
}

/// What is to be done.
enum Task<'w> {
    /// A path that was given, and what holds around it.
    Root(&'w Path, Arc<Folder>),
    /// The folder that is this entry of another.
    Folder(Arc<Listed<'w>>, usize),
    /// Those of these entries that are no folders.
    Files(Arc<Listed<'w>>, Range<usize>),
}

impl<'a> Walk<'a> {
    pub(super) fn new(tree: &'a Tree) -> Self {
        Self {
            tree,
            roots: Roots::new(&tree.roots),
            configurations: Seen::default(),
            slots: Slots::default(),
            stopped: AtomicBool::new(false),
        }
    }

    /// Walks all roots with `threads` threads.
    pub(super) fn run(&self, threads: usize, new_visitor: &'a NewVisitor<'a>) {
        let mut first = Vec::new();
        {
            let mut visitor = new_visitor();
            for root in &self.tree.roots {
                let holds = self.enter_root(root, visitor.as_mut());
                first.push(Task::Root(root, Arc::new(holds)));
            }
        }
        tasks::run(threads, first, |share| {
            let mut walker = Walker {
                walk: self,
                visitor: new_visitor(),
            };
            while let Some(task) = share.next() {
                if !self.stopped.load(Ordering::Relaxed) {
                    walker.task(task, share);
                }
            }
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
    fn enter_root(&self, root: &Path, visitor: &mut dyn Visitor) -> Folder {
        let real = std::fs::canonicalize(root).ok();
        let Some(real) = real.filter(|real| real.is_dir()) else {
            return Folder::default();
        };
        let repository = match Repository::enclosing(&real) {
            Ok(Some(repository)) => repository,
            Ok(None) => return Folder::default(),
            Err(error) => {
                self.with_surroundings(|s| git_config::report(&error, s, visitor));
                return Folder::default();
            }
        };
        // One that has its top here is met by the walk.
        let Some(top) = repository.worktree.clone().filter(|top| *top != real) else {
            return Folder::default();
        };
        let prefix = real.strip_prefix(&top).unwrap_or(Path::new("")).to_owned();
        let folder = self.folder_of(&repository, root, prefix, &top, visitor);
        self.read_configuration(&repository, visitor);
        folder
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
}

impl<'w> Walker<'w, '_> {
    fn task(&mut self, task: Task<'w>, share: &mut Share<'_, Task<'w>>) {
        match task {
            Task::Root(path, holds) => self.root(path, &holds, share),
            Task::Folder(parent, index) => {
                let name = &parent.entries[index].name;
                let path = parent.path.join(name);
                match parent.within(|directory| directory.folder(name)).flatten() {
                    Ok(directory) => {
                        self.folder(path, parent.root(), Some(directory), &parent.holds, share);
                    }
                    Err(reason) => {
                        self.fail(&path, "folder", &reason);
                        self.enter(&path, &parent.holds, None, false);
                    }
                }
            }
            Task::Files(folder, range) => self.files(&folder, range, share),
        }
    }

    /// A path that was given: scanned whatever it is called and whatever Git says.
    fn root(&mut self, path: &Path, holds: &Arc<Folder>, share: &mut Share<'_, Task<'w>>) {
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => match Root::open(path) {
                Ok(root) => self.folder(path.to_owned(), Arc::new(root), None, holds, share),
                Err(reason) => {
                    self.fail(path, "folder", &reason);
                    self.enter(path, holds, None, true);
                }
            },
            Ok(metadata) if metadata.is_file() => self.file(path, open_file(path)),
            Ok(_) => self.visitor.left_out(LeftOut {
                path: self.walk.tree.base.relative(path),
                reason: LeftOutReason::SpecialFile,
            }),
            Err(reason) => self.fail(path, "file", &reason),
        }
    }

    /// Lists a folder, the root itself where `directory` is `None`, and goes through its entries.
    fn folder(
        &mut self,
        path: PathBuf,
        root: Arc<Root>,
        directory: Option<Directory>,
        above: &Arc<Folder>,
        share: &mut Share<'_, Task<'w>>,
    ) {
        let mut entries = Vec::new();
        let listed = directory
            .as_ref()
            .unwrap_or(&root.directory)
            .list(&mut entries);
        if let Err(reason) = &listed {
            self.fail(&path, "folder", reason);
        }
        let known = listed.is_ok().then_some(&entries[..]);
        let Some(holds) = self.enter(&path, above, known, directory.is_none()) else {
            return;
        };
        let is_folder = |entry: &Entry| entry.kind == EntryKind::Folder;
        let folders: Vec<usize> = (0..entries.len())
            .filter(|&index| is_folder(&entries[index]))
            .filter(|&index| self.goes_into(&path, &entries[index].name, &holds))
            .collect();
        let has_files = !entries.iter().all(is_folder);
        let slots = &self.walk.slots;
        let listed = Arc::new(Listed::new(path, root, directory, entries, holds, slots));
        for index in folders {
            share.push(Task::Folder(Arc::clone(&listed), index));
        }
        if has_files {
            self.files(&listed, 0..listed.entries.len(), share);
        }
    }

    /// What holds in a folder with these entries, `None` if they are not known; whose configuration is
    /// read if it is a repository. `None` if there are no files to be scanned.
    fn enter(
        &mut self,
        path: &Path,
        above: &Arc<Folder>,
        entries: Option<&[Entry]>,
        is_root: bool,
    ) -> Option<Arc<Folder>> {
        // Some file systems do not tell capital letters from small ones.
        let has = |name: &str| {
            let is = |entry: &Entry| entry.name.eq_ignore_ascii_case(name);
            entries.is_none_or(|entries| entries.iter().any(is))
        };
        // What most folders lack need not be looked for on disk.
        let found = if REPOSITORY.into_iter().any(has) {
            Repository::discover(path)
        } else {
            Ok(None)
        };
        match found {
            Ok(Some(repository)) => {
                self.visitor.repository(&self.walk.tree.base.relative(path));
                self.walk
                    .read_configuration(&repository, self.visitor.as_mut());
                // Else it is bare, or a `.git` folder itself.
                (repository.worktree.as_deref() == Some(path)).then(|| {
                    let visitor = self.visitor.as_mut();
                    let prefix = PathBuf::new();
                    Arc::new(
                        self.walk
                            .folder_of(&repository, path, prefix, path, visitor),
                    )
                })
            }
            other => {
                if let Err(error) = other {
                    self.report(&error);
                }
                let own = match is_root {
                    true => None,
                    false => above.enter(path, has(IGNORE_FILE)),
                };
                Some(own.map_or_else(|| Arc::clone(above), Arc::new))
            }
        }
    }

    /// Whether the walk goes into the folder `name` of `parent`.
    fn goes_into(&mut self, parent: &Path, name: &OsStr, holds: &Folder) -> bool {
        if name == DOT_GIT {
            return false;
        }
        let left_out = self.leaves_out(&parent.join(name), true, holds);
        if let Some(reason) = left_out {
            self.visitor.count_left_out(reason);
        }
        left_out.is_none()
    }

    fn report(&mut self, error: &RepositoryError) {
        let Self { walk, visitor, .. } = self;
        walk.with_surroundings(|s| git_config::report(error, s, visitor.as_mut()));
    }

    /// Why an entry of a folder in which `holds` holds is left out by choice, if it is.
    fn leaves_out(&self, path: &Path, is_folder: bool, holds: &Folder) -> Option<LeftOutReason> {
        let tree = self.walk.tree;
        if !tree.exclude.is_empty() {
            let relative = tree.base.relative(path);
            let relative = String::from_utf8_lossy(relative.as_bytes());
            let matched = tree.exclude.matched(Path::new(&*relative), is_folder);
            if matched.is_ignore() {
                return Some(LeftOutReason::Excluded);
            }
        }
        let is_left_out = holds.leaves_out(path, is_folder);
        is_left_out.then_some(LeftOutReason::Ignored)
    }

    /// Goes through some entries of a folder, but for the folders in it.
    fn files(
        &mut self,
        folder: &Arc<Listed<'w>>,
        mut range: Range<usize>,
        share: &mut Share<'_, Task<'w>>,
    ) {
        // With a separator at its end, so that a path is made by writing the name behind it.
        let parent = folder.path.join("").into_os_string();
        let mut path = OsString::with_capacity(parent.len() + 64);
        let done = folder.within(|directory| {
            while let Some(index) = range.next() {
                if share.is_wanted() && !share.give() && !range.is_empty() {
                    let half = range.start + range.len() / 2;
                    share.push(Task::Files(Arc::clone(folder), half..range.end));
                    range.end = half;
                    share.give();
                }
                let entry = &folder.entries[index];
                if entry.kind == EntryKind::Folder {
                    continue;
                }
                path.clear();
                path.push(&parent);
                path.push(&entry.name);
                self.entry(directory, entry, Path::new(&path), &folder.holds);
                if self.walk.stopped.load(Ordering::Relaxed) {
                    return;
                }
            }
        });
        if let Err(reason) = done {
            self.fail(&folder.path, "folder", &reason);
        }
    }

    /// An entry, at `path`, that is no folder.
    fn entry(&mut self, directory: &Directory, entry: &Entry, path: &Path, holds: &Folder) {
        if let Some(reason) = self.leaves_out(path, false, holds) {
            self.visitor.count_left_out(reason);
            return;
        }
        if entry.name == DOT_GIT {
            // The file by which a linked work tree or submodule names its repository.
            return;
        }
        match entry.kind {
            EntryKind::File => self.file(path, directory.file(&entry.name)),
            EntryKind::Link => self.visitor.count_left_out(LeftOutReason::SymbolicLink),
            _ => self.visitor.count_left_out(LeftOutReason::SpecialFile),
        }
    }

    /// Scans a file.
    fn file(&mut self, path: &Path, opened: io::Result<File>) {
        let mut file = match opened {
            Ok(file) => TreeFile::new(file),
            Err(reason) => return self.fail(path, "file", &reason),
        };
        let base = &self.walk.tree.base;
        let hint = Hint::of_path(path.as_os_str().as_encoded_bytes());
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
            Err(reason) => self.fail(path, "file", &reason),
        }
        if flow.is_break() {
            self.walk.stopped.store(true, Ordering::Relaxed);
        }
    }

    /// Tells what could not be read.
    fn fail(&mut self, path: &Path, what: &str, reason: &dyn Display) {
        self.visitor.error(ItemError {
            path: Some(self.walk.tree.base.relative(path)),
            message: format!("cannot read the {what}: {reason}"),
        });
    }
}

/// A path as a person would type it: without the `./` that the walk puts in front.
fn display_path(path: &Path) -> PathBuf {
    path.strip_prefix(".").unwrap_or(path).to_owned()
}
