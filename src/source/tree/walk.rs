//! The parallel walk: classifies each entry and handles it.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rayon::{Scope, ThreadPool};

use super::FileTree;
use super::directory::{DirectoryEntry, DirectoryEntryKind, DirectoryHandle};
use super::folder_rules::{FolderRules, GitFolderKind, IGNORE_FILE};
use super::git_folder::{DOT_GIT, looks_like_bare_repository, looks_like_dot_git, stored_objects};
use super::ignore_file::IgnoreBudget;
use super::listed_folder::{ListedFolder, OpenSlots, WalkRoot};
use crate::model::{ItemError, SkipReason};
use crate::source::git_config::{ClaimedPaths, Roots};
use crate::source::pool::{self, IdleWorkers};
use crate::source::repository::{LinkReach, Repository, RepositoryError};
use crate::source::{NewVisitor, ScanVisitor, Visitor};

/// Time that one thread works alone before others are started, which takes about as long.
const START_DELAY: Duration = Duration::from_micros(500);

/// Maximum number of repositories around one that is read: the time to resolve the paths of nested ones grows with the
/// square of their depth. Deeper ones are scanned as folders.
const MAX_NESTING: usize = 32;

/// Number of entries of a folder that one task scans.
const CHUNK: usize = 16;

/// One walk over a tree, shared by its threads.
pub(super) struct TreeWalk<'a> {
    pub(super) tree: &'a FileTree,
    pub(super) roots: Roots,
    /// The configuration files that were read.
    pub(super) configurations: ClaimedPaths,
    /// Canonical paths of recorded repositories: nested ones may be in them.
    pub(super) repositories: Mutex<HashSet<PathBuf>>,
    /// The bound on ignore files.
    pub(super) ignore_budget: Arc<IgnoreBudget>,
    /// The folders that stay open.
    slots: OpenSlots,
    /// Set once a visitor asks to stop.
    pub(super) stopped: AtomicBool,
}

/// The state of one thread.
pub(super) struct TreeWorker<'w, 'a> {
    pub(super) walk: &'w TreeWalk<'a>,
    pub(super) visitor: Box<dyn ScanVisitor + 'a>,
}

/// A task of the walk.
pub(super) enum WalkTask<'w> {
    /// A root, and the rules around it.
    Root(&'w Path, Arc<FolderRules>),
    /// A subfolder: the entry of a folder with this index.
    Folder(Arc<ListedFolder<'w>>, usize),
    /// The entries of a folder in this range that are not folders.
    Files(Arc<ListedFolder<'w>>, Range<usize>),
}

/// Adds a task.
type AddTask<'p, 'w> = dyn FnMut(WalkTask<'w>) + 'p;

/// The part of a walk that several threads do.
struct ParallelWalk<'w, 'a> {
    walk: &'w TreeWalk<'a>,
    new_visitor: &'a NewVisitor<'a>,
    idle: IdleWorkers<TreeWorker<'w, 'a>>,
}

impl<'w> ParallelWalk<'w, '_> {
    fn run(&self, pool: &ThreadPool, tasks: Vec<WalkTask<'w>>) {
        pool.scope(|scope| {
            for task in tasks {
                self.spawn(task, scope);
            }
        });
    }

    fn spawn<'s>(&'s self, task: WalkTask<'w>, scope: &Scope<'s>)
    where
        'w: 's,
    {
        scope.spawn(move |scope| {
            let new = || TreeWorker::new(self.walk, self.new_visitor);
            self.idle.with(new, |worker| {
                worker.task(task, &mut |task| self.spawn(task, scope));
            });
        });
    }
}

impl<'a> TreeWalk<'a> {
    pub(super) fn new(tree: &'a FileTree) -> Self {
        Self {
            tree,
            roots: Roots::new(&tree.roots),
            configurations: ClaimedPaths::default(),
            repositories: Mutex::default(),
            ignore_budget: Arc::default(),
            slots: OpenSlots::default(),
            stopped: AtomicBool::new(false),
        }
    }

    /// Walks all roots with `threads` threads.
    pub(super) fn run(&self, threads: usize, new_visitor: &'a NewVisitor<'a>) {
        let mut worker = TreeWorker::new(self, new_visitor);
        for (path, reason) in &self.tree.missing {
            worker.visitor.error(ItemError {
                path: Some(self.tree.base.relative(path)),
                message: format!("cannot scan it: {reason}"),
            });
        }
        let mut tasks = Vec::new();
        for root in &self.tree.roots {
            let rules = self.rules_at_root(root, worker.visitor.as_mut());
            tasks.push(WalkTask::Root(root, Arc::new(rules)));
        }
        let start = Instant::now();
        let mut may_start = true;
        while let Some(task) = tasks.pop() {
            worker.task(task, &mut |task| tasks.push(task));
            if may_start && !tasks.is_empty() && start.elapsed() >= START_DELAY {
                may_start = false;
                if let Some(pool) = pool::start(threads) {
                    let walk = ParallelWalk {
                        walk: self,
                        new_visitor,
                        idle: IdleWorkers::new(vec![worker]),
                    };
                    return walk.run(&pool, tasks);
                }
            }
        }
    }

    /// Reads only the Git configuration around the roots.
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
                Err(error) => self.report(&error, visitor),
            }
        }
    }
}

impl<'w, 'a> TreeWorker<'w, 'a> {
    fn new(walk: &'w TreeWalk<'a>, new_visitor: &'a NewVisitor<'a>) -> Self {
        Self {
            walk,
            visitor: new_visitor(),
        }
    }

    fn task(&mut self, task: WalkTask<'w>, add: &mut AddTask<'_, 'w>) {
        if self.walk.stopped.load(Ordering::Relaxed) {
            return;
        }
        match task {
            WalkTask::Root(path, rules) => self.root(path, &rules, add),
            WalkTask::Folder(parent, index) => {
                let name = &parent.entries[index].name;
                let path = parent.path.join(name);
                match parent.within(|directory| directory.folder(name)).flatten() {
                    Ok(directory) => {
                        self.folder(path, parent.root(), Some(directory), &parent.rules, add);
                    }
                    Err(reason) => {
                        self.fail(&path, "folder", &reason);
                        self.enter(&path, &parent.rules, None, false);
                    }
                }
            }
            WalkTask::Files(folder, range) => self.files(&folder, range),
        }
    }

    /// Walks a root, which is scanned also if its name is excluded or Git ignores it.
    fn root(&mut self, path: &Path, rules: &Arc<FolderRules>, add: &mut AddTask<'_, 'w>) {
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => match WalkRoot::open(path) {
                Ok(root) => self.folder(path.to_owned(), Arc::new(root), None, rules, add),
                Err(reason) => {
                    self.fail(path, "folder", &reason);
                    self.enter(path, rules, None, true);
                }
            },
            _ => self.named_file(path),
        }
    }

    /// Lists a folder, the root if `directory` is `None`, and adds tasks for its entries.
    fn folder(
        &mut self,
        path: PathBuf,
        root: Arc<WalkRoot>,
        directory: Option<DirectoryHandle>,
        above: &Arc<FolderRules>,
        add: &mut AddTask<'_, 'w>,
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
        let rules = self.enter(&path, above, known, directory.is_none());
        let is_folder = |entry: &DirectoryEntry| entry.kind == DirectoryEntryKind::Folder;
        let folders: Vec<usize> = (0..entries.len())
            .filter(|&index| is_folder(&entries[index]))
            .filter(|&index| self.enters(&path, &entries[index].name, &rules))
            .collect();
        let has_files = !entries.iter().all(is_folder);
        let slots = &self.walk.slots;
        let listed = Arc::new(ListedFolder::new(
            path, root, directory, entries, rules, slots,
        ));
        for index in folders {
            add(WalkTask::Folder(Arc::clone(&listed), index));
        }
        if has_files {
            let count = listed.entries.len();
            for start in (0..count).step_by(CHUNK) {
                let range = start..count.min(start + CHUNK);
                add(WalkTask::Files(Arc::clone(&listed), range));
            }
        }
    }

    /// Returns the rules of a folder with these entries, `None` if they are unknown. The configuration of a
    /// repository is read.
    fn enter(
        &mut self,
        path: &Path,
        above: &Arc<FolderRules>,
        entries: Option<&[DirectoryEntry]>,
        is_root: bool,
    ) -> Arc<FolderRules> {
        if above.git_folder().is_some() {
            return Arc::clone(above);
        }
        // The walk has read the repository in the folder above.
        if !is_root && path.ends_with(DOT_GIT) && looks_like_dot_git(entries) {
            return Arc::new(FolderRules::of_git_folder(GitFolderKind::DotGit));
        }
        match self.repository_at(path, above, entries, is_root) {
            Ok(Some(repository)) => {
                let Self { walk, visitor, .. } = self;
                walk.record_repository(&repository);
                visitor.repository(&walk.tree.base.relative(path));
                walk.read_configuration(&repository, visitor.as_mut());
                return Arc::new(match &repository.worktree {
                    None => FolderRules::of_git_folder(GitFolderKind::Bare),
                    Some(_) => {
                        let (prefix, visitor) = (PathBuf::new(), visitor.as_mut());
                        walk.rules_of_worktree(&repository, path, prefix, path, above, visitor)
                    }
                });
            }
            Ok(None) => {}
            Err(error) => self.walk.report(&error, self.visitor.as_mut()),
        }
        if is_root {
            return Arc::clone(above);
        }
        // Some file systems are case-insensitive.
        let is_ignore_file = |entry: &DirectoryEntry| entry.name.eq_ignore_ascii_case(IGNORE_FILE);
        let has_ignore_file = entries.is_none_or(|entries| entries.iter().any(is_ignore_file));
        let Self { walk, visitor, .. } = self;
        let own = walk.with_ignore_files(visitor.as_mut(), |reader| {
            above.enter(path, has_ignore_file, reader)
        });
        own.map_or_else(|| Arc::clone(above), Arc::new)
    }

    /// Returns the repository whose worktree is a folder with these entries, or that is that folder.
    fn repository_at(
        &self,
        path: &Path,
        above: &FolderRules,
        entries: Option<&[DirectoryEntry]>,
        is_root: bool,
    ) -> Result<Option<Repository>, RepositoryError> {
        // The entries show that most folders have none.
        let is_dot_git = |entry: &DirectoryEntry| entry.name.eq_ignore_ascii_case(DOT_GIT);
        if entries.is_none_or(|entries| entries.iter().any(is_dot_git)) {
            if above.nesting() > MAX_NESTING {
                return Err(RepositoryError::Unreadable {
                    path: path.join(DOT_GIT),
                    source: std::io::Error::other(format!("it is nested in {MAX_NESTING} others")),
                });
            }
            let may_hold_repository_at = |path: &Path| self.walk.may_hold_repository_at(path);
            let reach = match is_root {
                // The operator works here.
                true => LinkReach::Anywhere,
                false => LinkReach::Within(&may_hold_repository_at),
            };
            if let Some(repository) = Repository::of_worktree(path, reach)? {
                return Ok(Some(repository));
            }
        }
        if !is_root
            && entries.is_some_and(looks_like_bare_repository)
            && above.may_hold_repository(path)
        {
            return Repository::bare(path);
        }
        Ok(None)
    }

    /// Returns whether the walk enters the folder `name` of `parent`, and counts it as skipped otherwise.
    fn enters(&mut self, parent: &Path, name: &OsStr, rules: &FolderRules) -> bool {
        let skipped = self.skip_reason(&parent.join(name), true, rules);
        if let Some(reason) = skipped {
            self.visitor.count_skipped(reason);
        }
        skipped.is_none()
    }

    /// Returns why an entry of a folder with these rules is skipped, if it is.
    fn skip_reason(&self, path: &Path, is_folder: bool, rules: &FolderRules) -> Option<SkipReason> {
        let tree = self.walk.tree;
        if !tree.exclude.is_empty()
            && tree
                .exclude
                .has_entry(tree.base.relative(path).as_bytes(), is_folder)
        {
            return Some(SkipReason::Excluded);
        }
        if let Some(git_folder) = rules.git_folder() {
            return stored_objects(git_folder, path, is_folder);
        }
        let is_ignored = rules.is_ignored(path, is_folder);
        is_ignored.then_some(SkipReason::Ignored)
    }

    /// Scans some entries of a folder, except for the folders in it.
    fn files(&mut self, folder: &ListedFolder<'w>, range: Range<usize>) {
        // With a separator at the end, so that a path is made by appending a name.
        let parent = folder.path.join("").into_os_string();
        let mut path = OsString::with_capacity(parent.len() + 64);
        let done = folder.within(|directory| {
            for entry in &folder.entries[range] {
                if entry.kind == DirectoryEntryKind::Folder {
                    continue;
                }
                path.clear();
                path.push(&parent);
                path.push(&entry.name);
                self.entry(directory, entry, Path::new(&path), &folder.rules);
                if self.walk.stopped.load(Ordering::Relaxed) {
                    return;
                }
            }
        });
        if let Err(reason) = done {
            self.fail(&folder.path, "folder", &reason);
        }
    }

    /// Scans the entry at `path`, which is not a folder.
    fn entry(
        &mut self,
        directory: &DirectoryHandle,
        entry: &DirectoryEntry,
        path: &Path,
        rules: &FolderRules,
    ) {
        if let Some(reason) = self.skip_reason(path, false, rules) {
            self.visitor.count_skipped(reason);
            return;
        }
        match entry.kind {
            // Configuration in a Git folder was passed on with the repository.
            DirectoryEntryKind::File if rules.git_folder().is_some() && !self.claim_file(path) => {}
            DirectoryEntryKind::File => self.file(path, directory.file(&entry.name)),
            DirectoryEntryKind::Link => self.link(path, directory.link(&entry.name)),
            _ => self.visitor.count_skipped(SkipReason::SpecialFile),
        }
    }

    /// Claims a file; returns false if it was passed on before.
    fn claim_file(&self, path: &Path) -> bool {
        // A path that is too long to be canonical is not that of a configuration file.
        std::fs::canonicalize(path).map_or(true, |real| self.walk.configurations.claim(&real))
    }
}
