// Shared by the fuzz target `odd_repository` and a test: repositories whose own folder is odd.
//
// The bytes choose files of a `.git` and a replacement for each: a folder, a link, a pipe, other bytes. Then
// the program reads the repository in every way. It must neither panic nor hang.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use tokensweep::detect::{DetectOptions, Detector, LazyDetector};
use tokensweep::model::{Confidence, Severity};
use tokensweep::rule::RuleSet;
use tokensweep::scan::{Progress, Scan};
use tokensweep::source::{
    FileTree, GitConfiguration, History, HistoryOptions, Range, RangeOptions, RepoLocation, Source,
    Staged, TreeOptions, head_commit,
};
use tokensweep::suppress::Suppressor;

/// Files that Git may have, besides those of the template.
const NAMES: [&str; 42] = [
    "HEAD",
    "config",
    "config.worktree",
    "commondir",
    "gitdir",
    "packed-refs",
    "shallow",
    "index",
    "sharedindex.0123456789abcdef0123456789abcdef01234567",
    "FETCH_HEAD",
    "MERGE_HEAD",
    "ORIG_HEAD",
    "credentials",
    "info",
    "info/exclude",
    "info/grafts",
    "logs",
    "logs/refs/heads",
    "logs/HEAD",
    "logs/refs/heads/main",
    "refs",
    "refs/heads",
    "refs/heads/main",
    "refs/heads/a/b",
    "refs/tags/v2",
    "refs/replace/0123456789abcdef0123456789abcdef01234567",
    "objects",
    "objects/info",
    "objects/pack",
    "objects/info/alternates",
    "objects/info/commit-graph",
    "objects/info/commit-graphs/commit-graph-chain",
    "objects/info/packs",
    "objects/pack/multi-pack-index",
    "objects/pack/pack-0123456789abcdef0123456789abcdef01234567.idx",
    "objects/pack/pack-0123456789abcdef0123456789abcdef01234567.pack",
    "modules",
    "modules/sub/config",
    "worktrees",
    "worktrees/w/commondir",
    "worktrees/w/HEAD",
    "worktrees/w/gitdir",
];

/// Texts that some file of a repository may hold.
const TEXTS: [&str; 20] = [
    "",
    "\n",
    "ref: refs/heads/main\n",
    "ref: HEAD\n",
    "ref: refs/heads/../../config\n",
    "ref: ",
    "0000000000000000000000000000000000000000\n",
    "0123456789abcdef0123456789abcdef01234567\n",
    "zzzz\n",
    "# pack-refs with: peeled fully-peeled sorted \n",
    "0123456789abcdef0123456789abcdef01234567 refs/heads/x\n^zz\n",
    "^0123456789abcdef0123456789abcdef01234567\n",
    "../objects\n./\n\"\\777\n\"a\n",
    "[core]\n\trepositoryformatversion = 99\n",
    "[extensions]\n\tobjectFormat = sha256\n[core]\n\trepositoryformatversion = 1\n",
    "[core]\n\tworktree = /nowhere\n\tbare = true\n[include]\n\tpath = config\n",
    "[core \"\\\n",
    "../..\n",
    "DIRC\0\0\0\x02\x7f\x7f\x7f\x7f",
    "CGPH\x01\x01\x7f\x7f\0\0\0\0\0\0\0\0",
];

/// A repository, its reader, and a folder for its odd copies.
pub struct OddRepositories {
    folder: PathBuf,
    detector: Detector,
    files: Vec<PathBuf>,
}

impl OddRepositories {
    /// Builds the repository with `git` in an empty folder.
    pub fn new(folder: &Path) -> Self {
        let template = folder.join("template");
        fs::create_dir_all(template.join("folder")).unwrap();
        let git = |args: &[&str]| git(&template, args);
        git(&["init", "--quiet", "--initial-branch=main"]);
        for (round, name) in ["a", "folder/b", "c", "d"].into_iter().enumerate() {
            fs::write(template.join(name), format!("text {round}\n").repeat(40)).unwrap();
            git(&["add", "."]);
            git(&["commit", "--quiet", "--message", name]);
            match round {
                0 => git(&["tag", "--annotate", "--message", "one", "v1"]),
                1 => git(&["repack", "--quiet", "-a", "-d"]),
                2 => {
                    git(&["branch", "other", "HEAD~1"]);
                    git(&["pack-refs", "--all"]);
                    git(&["commit-graph", "write", "--reachable", "--split"]);
                    git(&["repack", "--quiet", "-d"]);
                    git(&["multi-pack-index", "write"]);
                }
                _ => {}
            }
        }
        fs::write(template.join("a"), "staged\n").unwrap();
        git(&["add", "."]);
        let mut files = Vec::new();
        list(&template.join(".git"), Path::new(""), &mut files);
        files.sort();
        files.extend(NAMES.map(PathBuf::from));
        let rules = Arc::new(RuleSet::builtin());
        Self {
            folder: folder.to_owned(),
            detector: Detector::new(rules, &DetectOptions::default()).unwrap(),
            files,
        }
    }

    /// Makes the repository that `data` describes and reads it in every way.
    pub fn read(&self, data: &[u8]) {
        let work = self.folder.join("odd");
        // A folder that was made unreadable, or a pipe, goes as well.
        let _ = fs::remove_dir_all(&work);
        copy(&self.folder.join("template"), &work);
        let mut bytes = data.iter().copied();
        while let Some(file) = bytes.next() {
            let more = usize::from(bytes.next().unwrap_or_default());
            let file = &self.files[(usize::from(file) | more << 8) % self.files.len()];
            self.spoil(&work.join(".git").join(file), &mut bytes);
        }
        self.scan(&work);
    }

    fn spoil(&self, path: &Path, bytes: &mut dyn Iterator<Item = u8>) {
        let kind = bytes.next().unwrap_or_default();
        let mut number = || usize::from(bytes.next().unwrap_or_default());
        // A link that was made before leads out, and a pipe has no writer. A folder above may be a link, too.
        let root = self.folder.join("odd");
        let above = path
            .parent()
            .and_then(|parent| fs::canonicalize(parent).ok());
        if above.is_some_and(|above| !above.starts_with(fs::canonicalize(&root).unwrap())) {
            return;
        }
        let is_file = fs::symlink_metadata(path).is_ok_and(|found| found.is_file());
        let old = match is_file {
            true => fs::read(path).unwrap_or_default(),
            false => Vec::new(),
        };
        let _ = fs::remove_file(path).or_else(|_| fs::remove_dir_all(path));
        if let Some(parent) = path.parent() {
            let _ = fs::create_dir_all(parent);
        }
        let mut new = old.clone();
        match kind % 16 {
            // A bit, a byte, the end.
            0 | 1 if !new.is_empty() => {
                let at = (number() << 8 | number()) % new.len();
                new[at] ^= 1 << (number() % 8);
            }
            2 if !new.is_empty() => {
                let at = (number() << 8 | number()) % new.len();
                new[at] = number() as u8;
            }
            3 if !new.is_empty() => new.truncate((number() << 8 | number()) % new.len()),
            4 => new.extend_from_slice(TEXTS[number() % TEXTS.len()].as_bytes()),
            5 | 6 => new = TEXTS[number() % TEXTS.len()].into(),
            7 => {
                let length = number() % 64;
                new = (0..length).map(|_| number() as u8).collect();
            }
            8 => return,
            9 => return drop(fs::create_dir_all(path.join("folder"))),
            10 => {
                let targets = [
                    "/dev/zero",
                    "/etc/hostname",
                    "/etc",
                    "HEAD",
                    "loop",
                    "/nowhere",
                    "..",
                    ".",
                ];
                link(targets[number() % targets.len()], path);
                return;
            }
            11 => return pipe(path),
            12 => {
                if let Ok(file) = File::create(path) {
                    let _ = file.set_len(1 << (12 + number() % 10));
                }
                return;
            }
            13 => {
                let other = &self.files[number() % self.files.len()];
                new = fs::read(self.folder.join("template/.git").join(other)).unwrap_or_default();
            }
            14 => {
                let name: &OsStr = path.file_name().unwrap_or_default();
                link(&format!("./{}/../HEAD", name.to_string_lossy()), path);
                return;
            }
            _ => new = new.repeat(2 + number() % 8),
        }
        let _ = fs::write(path, new);
    }

    fn scan(&self, work: &Path) {
        let suppressor = Suppressor::default();
        let scan = Scan {
            detector: &self.detector,
            disabled: &LazyDetector::default(),
            suppressor: &suppressor,
            min_confidence: Confidence::Low,
            min_severity: Severity::Info,
            threads: 1,
            archives: None,
        };
        let run = |source: &dyn Source| drop(scan.run(source, &Progress::default()));
        head_commit(work);
        if let Ok(tree) = FileTree::new(vec![work.to_owned()], TreeOptions::default()) {
            run(&tree);
        }
        if let Ok(configuration) = GitConfiguration::around(work.to_owned()) {
            run(&configuration);
        }
        let place = RepoLocation::at(work);
        let options = RangeOptions {
            exclude: Vec::new(),
            max_bytes: None,
        };
        for range in [
            "HEAD~2..HEAD",
            "v1..main",
            "other...HEAD",
            "HEAD@{1}..HEAD",
            "HEAD^{tree}..HEAD:a",
            "main@{u}..main",
        ] {
            if let Ok(range) = Range::parse(&place, range, &options) {
                run(&range);
            }
        }
        if let Ok(staged) = Staged::new(&place, &options) {
            run(&staged);
        }
        if let Ok(history) = History::new(work, HistoryOptions::default()) {
            run(&history);
        }
    }
}

fn git(folder: &Path, args: &[&str]) {
    let output = Command::new("git")
        .args(["-c", "user.name=t", "-c", "user.email=t@localhost"])
        .args(args)
        .current_dir(folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

fn list(root: &Path, below: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(root.join(below)).unwrap() {
        let entry = entry.unwrap();
        let path = below.join(entry.file_name());
        // Every repository has the same.
        if path.ends_with("hooks") {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            list(root, &path, files);
        }
        files.push(path);
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_name() == "hooks" {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            // Objects are read-only.
            fs::write(target, fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}

fn link(target: &str, path: &Path) {
    let _ = std::os::unix::fs::symlink(target, path);
}

fn pipe(path: &Path) {
    let _ = Command::new("mkfifo").arg(path).status();
}
