//! Visits of repositories on disk, built by hand or by Git.

mod include;
#[cfg(unix)]
mod links;

use std::collections::BTreeMap;
use std::process::Command;

use super::*;

/// The items that a visit passed on.
#[derive(Debug, Default, PartialEq, Eq)]
struct VisitLog {
    blobs: BTreeMap<String, String>,
    skipped: Vec<String>,
    errors: Vec<String>,
    counted: usize,
}

impl Visitor for VisitLog {
    fn blob(&mut self, blob: Blob<'_>) -> ControlFlow<()> {
        let mut text = Vec::new();
        blob.content.read_to_end(&mut text).unwrap();
        let origin = (blob.origin)();
        assert_eq!(origin.path.as_bytes(), blob.hint.path);
        assert_eq!(origin.kind, blob.hint.kind);
        assert_eq!(fs::read(origin.on_disk.unwrap()).unwrap(), text);
        text.truncate(40);
        let text = format!("{:?} {}", origin.kind, String::from_utf8_lossy(&text));
        let before = self.blobs.insert(origin.path.to_string(), text);
        assert_eq!(before, None, "{} came twice", origin.path);
        ControlFlow::Continue(())
    }

    fn skipped(&mut self, item: SkippedItem) {
        self.skipped.push(item.path.to_string());
    }

    fn count_skipped(&mut self, _: SkipReason) {
        self.counted += 1;
    }

    fn error(&mut self, error: ItemError) {
        let path = error.path.map(|path| path.to_string());
        self.errors
            .push(format!("{}: {}", path.unwrap_or_default(), error.message));
    }

    fn repository(&mut self, _: &BlobPath) {}
}

/// A folder to build repositories in, and the state of one scan of it.
struct ConfigScan {
    temp: tempfile::TempDir,
    roots: Roots,
    claimed: ClaimedPaths,
    log: VisitLog,
}

impl ConfigScan {
    fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let roots = Roots::new(&[temp.path().to_owned()]);
        Self {
            temp,
            roots,
            claimed: ClaimedPaths::default(),
            log: VisitLog::default(),
        }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.temp.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Creates a Git folder with a configuration that names its path.
    fn git_dir(&self, path: &str) {
        fs::create_dir_all(self.path(path).join("objects")).unwrap();
        fs::create_dir_all(self.path(path).join("refs")).unwrap();
        self.write(&format!("{path}/HEAD"), "ref: refs/heads/main\n");
        self.write(&format!("{path}/config"), &format!("# {path}\n"));
    }

    fn git(&self, dir: &str, args: &[&str]) {
        let status = Command::new("git")
            .args([
                "-c",
                "user.name=t",
                "-c",
                "user.email=t@t",
                "-c",
                "protocol.file.allow=always",
            ])
            .args(args)
            .current_dir(self.path(dir))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.temp.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output()
            .unwrap();
        assert!(
            status.status.success(),
            "{}",
            String::from_utf8_lossy(&status.stderr)
        );
    }

    fn visit(&mut self, dir: &str) {
        let repository = Repository::discover(&self.path(dir)).unwrap().unwrap();
        self.visit_repository(&repository);
    }

    fn visit_repository(&mut self, repository: &Repository) {
        let flow = self.with_context(|context, log| visit(repository, context, log));
        assert_eq!(flow, ControlFlow::Continue(()));
    }

    fn with_context<T>(&mut self, run: impl FnOnce(&ScanContext<'_>, &mut VisitLog) -> T) -> T {
        let root = self.temp.path().to_owned();
        let relative =
            move |path: &Path| BlobPath::from_path(path.strip_prefix(&root).unwrap_or(path));
        let context = ScanContext {
            roots: &self.roots,
            relative: &relative,
            claimed: &self.claimed,
        };
        run(&context, &mut self.log)
    }

    fn paths(&self) -> Vec<&str> {
        self.log.blobs.keys().map(String::as_str).collect()
    }
}

#[test]
fn reads_everything_that_belongs_to_a_repository() {
    let mut scan = ConfigScan::new();
    for dir in [
        "p/.git",
        "p/.git/modules/a",
        "p/.git/modules/a/modules/b",
        "p/.git/modules/lib/c",
        "p/.git/modules/a/d",
    ] {
        scan.git_dir(dir);
    }
    scan.write("p/.git/config.worktree", "");
    scan.write("p/.git/worktrees/w/HEAD", "");
    scan.write("p/.git/worktrees/w/config.worktree", "");
    scan.write("p/.git/worktrees/w/modules/e/config", "");
    scan.write("p/.git/modules/a/worktrees/v/config.worktree", "");
    scan.write("p/.git/modules/a/objects/config", "");
    scan.write("p/.git/hooks/config", "");
    scan.write("p/.git/credentials", "https://h\n");
    scan.write("p/.git/glab-cli/config.yml", "hosts:\n");
    scan.write("p.tmp/.gitlab-runner.ext.conf", "# runner\n");
    scan.write("p.tmp/other.conf", "");
    scan.visit("p");
    assert_eq!(
        scan.paths(),
        [
            "p.tmp/.gitlab-runner.ext.conf",
            "p/.git/config",
            "p/.git/config.worktree",
            "p/.git/credentials",
            "p/.git/glab-cli/config.yml",
            "p/.git/modules/a/config",
            "p/.git/modules/a/d/config",
            "p/.git/modules/a/modules/b/config",
            "p/.git/modules/a/worktrees/v/config.worktree",
            "p/.git/modules/lib/c/config",
            "p/.git/worktrees/w/config.worktree",
            "p/.git/worktrees/w/modules/e/config",
        ]
    );
    assert_eq!(scan.log.blobs["p/.git/config"], "GitConfig # p/.git\n");
    assert_eq!(scan.log.blobs["p/.git/credentials"], "Content https://h\n");
    assert_eq!(scan.log.errors, [""; 0]);
    assert_eq!(scan.log.skipped, [""; 0]);
}

#[test]
fn reads_worktrees_and_submodules_in_any_order() {
    let mut scan = ConfigScan::new();
    fs::create_dir(scan.path("lib")).unwrap();
    scan.git("lib", &["init", "-q"]);
    scan.git("lib", &["commit", "-q", "--allow-empty", "-m", "x"]);
    fs::create_dir(scan.path("p")).unwrap();
    scan.git("p", &["init", "-q"]);
    scan.git("p", &["submodule", "--quiet", "add", "../lib", "sub"]);
    scan.git("p", &["commit", "-q", "-m", "x"]);
    scan.git("p", &["worktree", "add", "-q", "../w"]);
    scan.git("p", &["config", "extensions.worktreeConfig", "true"]);
    scan.git("w", &["config", "--worktree", "a.b", "c"]);
    scan.git(
        "w",
        &["config", "--worktree", "include.path", "../../../../w/inc"],
    );
    scan.git("p", &["config", "include.path", "../inc"]);
    scan.write("p/inc", "");
    scan.write("w/inc", "");
    let expected = [
        "p/.git/config",
        "p/.git/modules/sub/config",
        "p/.git/worktrees/w/config.worktree",
        "p/inc",
        "w/inc",
    ];
    let orders: [&[&str]; 4] = [
        &["p", "p/sub", "w"],
        &["w", "p", "p/sub"],
        &["p/sub", "w", "p"],
        &["p/.git", "w"],
    ];
    for order in orders {
        scan.claimed = ClaimedPaths::default();
        scan.log = VisitLog::default();
        for dir in order {
            scan.visit(dir);
        }
        assert_eq!(scan.paths(), expected, "{order:?}");
        assert_eq!(scan.log.skipped, [""; 0], "{order:?}");
        assert_eq!(scan.log.errors, [""; 0], "{order:?}");
    }
}

#[test]
fn reads_the_common_directory_of_a_linked_worktree() {
    let mut scan = ConfigScan::new();
    fs::create_dir(scan.path("p")).unwrap();
    scan.git("p", &["init", "-q"]);
    scan.git("p", &["commit", "-q", "--allow-empty", "-m", "x"]);
    scan.git("p", &["worktree", "add", "-q", "../w"]);
    scan.roots = Roots::new(&[scan.path("w")]);
    scan.visit("w");
    let path = "w/../p/.git/config";
    assert_eq!(scan.paths(), [path]);
}

#[test]
fn finds_the_enclosing_repository_of_a_folder() {
    let mut scan = ConfigScan::new();
    scan.git_dir("p/.git");
    fs::create_dir_all(scan.path("p/a/b")).unwrap();
    let repository = Repository::enclosing(&scan.path("p/a/b")).unwrap().unwrap();
    scan.visit_repository(&repository);
    assert_eq!(scan.paths(), ["p/.git/config"]);
}

#[test]
fn reads_a_bare_repository() {
    let mut scan = ConfigScan::new();
    scan.git_dir("p.git");
    scan.visit("p.git");
    assert_eq!(scan.paths(), ["p.git/config"]);
}

#[test]
fn scans_large_files_as_text() {
    let mut scan = ConfigScan::new();
    scan.git_dir("p/.git");
    scan.write("p/.git/config", &"# padding\n".repeat(1 << 20));
    scan.visit("p");
    assert!(scan.log.blobs["p/.git/config"].starts_with("Content # padding"));
    assert_eq!(scan.log.errors.len(), 1);
}

#[test]
fn bounds_the_folders_of_submodules() {
    let mut scan = ConfigScan::new();
    scan.git_dir("p/.git");
    let deep = format!("p/.git/modules/{}config", "m/".repeat(40));
    scan.write(&deep, "");
    scan.visit("p");
    assert_eq!(scan.paths(), ["p/.git/config"]);
    assert_eq!(scan.log.errors.len(), 1);
}

#[test]
fn skips_a_missing_repository_by_name() {
    let mut scan = ConfigScan::new();
    scan.write("copy/.git", "gitdir: ../.git/modules/copy\n");
    let dir = scan.path("copy");
    let error = Repository::discover(&dir).unwrap_err();
    scan.with_context(|context, log| report(&error, context, log));
    let error = RepositoryError::Unreadable {
        path: dir.join(".git"),
        source: io::ErrorKind::PermissionDenied.into(),
    };
    scan.with_context(|context, log| report(&error, context, log));
    assert_eq!(scan.log.skipped, ["copy/.git"]);
    assert_eq!(
        scan.log.errors,
        ["copy/.git: the repository cannot be read: permission denied"]
    );
}
