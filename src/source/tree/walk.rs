//! The parallel walk: what each entry is, and what becomes of it.

use std::ffi::{OsStr, OsString};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Tree;
use super::directory::{Directory, Entry, EntryKind};
use super::ignored::{Folder, IGNORE_FILE, Store};
use super::listed::{Listed, Root, Slots};
use super::rules::IgnoreBudget;
use super::store::{DOT_GIT, is_stored, looks_bare, looks_like_dot_git};
use super::tasks::{self, Share};
use crate::model::{ItemError, SkipReason};
use crate::source::git_config::{self, Roots, Seen};
use crate::source::repository::{Reach, Repository, RepositoryError};
use crate::source::{NewVisitor, Visitor};

/// One walk over a tree: what its threads share.
pub(super) struct Walk<'a> {
    pub(super) tree: &'a Tree,
    pub(super) roots: Roots,
    /// The configuration files that were read.
    pub(super) configurations: Seen,
    /// Canonical paths of the repositories met, besides the roots: nested ones may keep theirs there.
    pub(super) repositories: Mutex<Vec<PathBuf>>,
    /// What ignore files may take.
    pub(super) ignore_budget: Arc<IgnoreBudget>,
    /// The folders that stay open for those below.
    slots: Slots,
    /// Set once a visitor asks to stop.
    pub(super) stopped: AtomicBool,
}

/// What one thread of the walk holds.
pub(super) struct Walker<'w, 'a> {
    pub(super) walk: &'w Walk<'a>,
    pub(super) visitor: Box<dyn Visitor + 'a>,
}

/// What is to be done.
pub(super) enum Task<'w> {
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
            repositories: Mutex::default(),
            ignore_budget: Arc::default(),
            slots: Slots::default(),
            stopped: AtomicBool::new(false),
        }
    }

    /// Walks all roots with `threads` threads.
    pub(super) fn run(&self, threads: usize, new_visitor: &'a NewVisitor<'a>) {
        let mut first = Vec::new();
        {
            let mut visitor = new_visitor();
            for (path, reason) in &self.tree.missing {
                visitor.error(ItemError {
                    path: Some(self.tree.base.relative(path)),
                    message: format!("cannot scan it: {reason}"),
                });
            }
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
            _ => self.named_file(path),
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
        let holds = self.enter(&path, above, known, directory.is_none());
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
    /// read if it is a repository.
    fn enter(
        &mut self,
        path: &Path,
        above: &Arc<Folder>,
        entries: Option<&[Entry]>,
        is_root: bool,
    ) -> Arc<Folder> {
        if above.store().is_some() {
            return Arc::clone(above);
        }
        // The repository itself was met in the folder above.
        if !is_root && path.ends_with(DOT_GIT) && looks_like_dot_git(entries) {
            return Arc::new(Folder::of_store(Store::DotGit));
        }
        match self.repository_at(path, above, entries, is_root) {
            Ok(Some(repository)) => {
                let Self { walk, visitor, .. } = self;
                walk.note(&repository);
                visitor.repository(&walk.tree.base.relative(path));
                walk.read_configuration(&repository, visitor.as_mut());
                return Arc::new(match &repository.worktree {
                    None => Folder::of_store(Store::Bare),
                    Some(_) => {
                        let prefix = PathBuf::new();
                        walk.folder_of(&repository, path, prefix, path, visitor.as_mut())
                    }
                });
            }
            Ok(None) => {}
            Err(error) => self.report(&error),
        }
        if is_root {
            return Arc::clone(above);
        }
        // Some file systems do not tell capital letters from small ones.
        let is_ignore_file = |entry: &Entry| entry.name.eq_ignore_ascii_case(IGNORE_FILE);
        let has_ignore_file = entries.is_none_or(|entries| entries.iter().any(is_ignore_file));
        let Self { walk, visitor, .. } = self;
        let own = walk.with_ignore_files(visitor.as_mut(), |reader| {
            above.enter(path, has_ignore_file, reader)
        });
        own.map_or_else(|| Arc::clone(above), Arc::new)
    }

    /// The repository that has its work tree in a folder with these entries, or is that folder.
    fn repository_at(
        &self,
        path: &Path,
        above: &Folder,
        entries: Option<&[Entry]>,
        is_root: bool,
    ) -> Result<Option<Repository>, RepositoryError> {
        // What most folders lack need not be looked for on disk.
        let is_dot_git = |entry: &Entry| entry.name.eq_ignore_ascii_case(DOT_GIT);
        if entries.is_none_or(|entries| entries.iter().any(is_dot_git)) {
            let permits = |path: &Path| self.walk.permits(path);
            let reach = match is_root {
                // The operator works here.
                true => Reach::Anywhere,
                false => Reach::Within(&permits),
            };
            if let Some(repository) = Repository::of_worktree(path, reach)? {
                return Ok(Some(repository));
            }
        }
        if !is_root && entries.is_some_and(looks_bare) && above.may_hold_repository(path) {
            return Repository::bare(path);
        }
        Ok(None)
    }

    /// Whether the walk goes into the folder `name` of `parent`.
    fn goes_into(&mut self, parent: &Path, name: &OsStr, holds: &Folder) -> bool {
        let skipped = self.leaves_out(&parent.join(name), true, holds);
        if let Some(reason) = skipped {
            self.visitor.count_skipped(reason);
        }
        skipped.is_none()
    }

    fn report(&mut self, error: &RepositoryError) {
        let Self { walk, visitor, .. } = self;
        walk.with_surroundings(|s| git_config::report(error, s, visitor.as_mut()));
    }

    /// Why an entry of a folder in which `holds` holds is left out by choice, if it is.
    fn leaves_out(&self, path: &Path, is_folder: bool, holds: &Folder) -> Option<SkipReason> {
        let tree = self.walk.tree;
        if !tree.exclude.is_empty()
            && tree
                .exclude
                .has_entry(tree.base.relative(path).as_bytes(), is_folder)
        {
            return Some(SkipReason::Excluded);
        }
        if let Some(store) = holds.store() {
            return is_stored(store, path, is_folder).then_some(SkipReason::GitStore);
        }
        let is_left_out = holds.leaves_out(path, is_folder);
        is_left_out.then_some(SkipReason::Ignored)
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
            self.visitor.count_skipped(reason);
            return;
        }
        match entry.kind {
            // Configuration in a repository's own folder was handed out with the repository.
            EntryKind::File if holds.store().is_some() && !self.claims(path) => {}
            EntryKind::File => self.file(path, directory.file(&entry.name)),
            EntryKind::Link => self.link(path, directory.link(&entry.name)),
            _ => self.visitor.count_skipped(SkipReason::SpecialFile),
        }
    }

    /// True if nobody has handed out the file yet.
    fn claims(&self, path: &Path) -> bool {
        // What has no canonical path, because that is too long, is no configuration either.
        std::fs::canonicalize(path).map_or(true, |real| self.walk.configurations.claim(&real))
    }
}
