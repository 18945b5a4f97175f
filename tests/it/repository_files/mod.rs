//! Repositories whose own files are replaced: links, pipes, sockets, devices, other bytes.
//!
//! Every command ends in bounded time and memory, shows nothing of files outside, and either reports what it reports
//! of the intact repository, or fails.

mod races;
mod refs;
mod worktrees;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::repo::Repo;
use crate::support::{cases, memory};

/// Longest time for one run, on a loaded machine.
const MAX_TIME: Duration = Duration::from_secs(60);

/// Largest peak memory of one run, in bytes.
const MAX_MEMORY: u64 = 256 << 20;

/// A word beside the secret of the file outside, which no output may contain.
const MARKER: &str = "outside-marker";

/// Files that Git keeps, or that the program opens by name. `{pack}`, `{tree}` and `{blob}` are names of objects of
/// the repository.
const FILES: &[&str] = &[
    ".git",
    ".git/HEAD",
    ".git/config",
    ".git/config.worktree",
    ".git/commondir",
    ".git/gitdir",
    ".git/index",
    ".git/sharedindex.0123456789abcdef0123456789abcdef01234567",
    ".git/shallow",
    ".git/packed-refs",
    ".git/refs",
    ".git/refs/heads",
    ".git/refs/heads/main",
    ".git/refs/heads/side",
    ".git/refs/heads/other",
    ".git/refs/replace/0123456789abcdef0123456789abcdef01234567",
    ".git/logs",
    ".git/logs/HEAD",
    ".git/logs/refs/heads/side",
    ".git/objects",
    ".git/objects/info",
    ".git/objects/info/alternates",
    ".git/objects/info/commit-graph",
    ".git/objects/info/commit-graphs/commit-graph-chain",
    ".git/objects/info/packs",
    ".git/objects/pack",
    ".git/objects/pack/{pack}.idx",
    ".git/objects/pack/{pack}.pack",
    ".git/objects/pack/{pack}.rev",
    ".git/objects/pack/{pack}.bitmap",
    ".git/objects/pack/{pack}.mtimes",
    ".git/objects/pack/{pack}.promisor",
    ".git/objects/pack/multi-pack-index",
    ".git/objects/pack/pack-0123456789abcdef0123456789abcdef01234567.idx",
    ".git/objects/{tree}",
    ".git/objects/{blob}",
    ".git/info",
    ".git/info/attributes",
    ".git/info/exclude",
    ".git/info/grafts",
    ".git/info/sparse-checkout",
    ".git/modules",
    ".git/modules/sub/HEAD",
    ".git/modules/sub/config",
    ".git/worktrees",
    ".git/worktrees/other/HEAD",
    ".git/worktrees/other/commondir",
    ".git/worktrees/other/gitdir",
    ".git/reftable/tables.list",
    ".git/FETCH_HEAD",
    ".git/MERGE_HEAD",
    ".git/ORIG_HEAD",
    ".git/COMMIT_EDITMSG",
    ".git/credentials",
    ".git/glab-cli/config.yml",
    ".git/hooks/pre-commit",
    ".gitattributes",
    ".gitignore",
    ".gitmodules",
    ".mailmap",
    ".tokensweep.toml",
    ".gitlab/secret-detection-ruleset.toml",
    "sub/.git",
    "sub/.git/HEAD",
    "sub/.git/config",
    "sub/.gitignore",
];

/// A replacement for a file.
#[derive(Clone, Copy, Debug)]
enum Replacement {
    LinkOutside,
    LinkToFolderOutside,
    LinkToDevice,
    LinkToItself,
    LinkToNothing,
    Pipe,
    Socket,
    Junk,
    /// A file without blocks on the disk.
    Huge,
}

use Replacement::{
    Huge, Junk, LinkOutside, LinkToDevice, LinkToFolderOutside, LinkToItself, LinkToNothing, Pipe,
    Socket,
};

const REPLACEMENTS: [Replacement; 9] = [
    LinkOutside,
    LinkToFolderOutside,
    LinkToDevice,
    LinkToItself,
    LinkToNothing,
    Pipe,
    Socket,
    Junk,
    Huge,
];

impl Replacement {
    /// Puts the replacement at a path, where nothing is. `outside` is a folder outside of the repository.
    fn put(self, path: &Path, outside: &Path) {
        match self {
            LinkOutside => symlink(outside.join("netrc"), path).unwrap(),
            LinkToFolderOutside => symlink(outside, path).unwrap(),
            LinkToDevice => symlink("/dev/zero", path).unwrap(),
            LinkToItself => symlink(path.file_name().unwrap(), path).unwrap(),
            LinkToNothing => symlink("nothing", path).unwrap(),
            Pipe => make_pipe(path),
            Socket => {
                // The path of a socket must be short.
                let short = tempfile::tempdir().unwrap();
                let _listener = UnixListener::bind(short.path().join("s")).unwrap();
                fs::rename(short.path().join("s"), path).unwrap();
            }
            Junk => fs::write(path, b"\x00\xff junk\n\n".repeat(500)).unwrap(),
            Huge => File::create(path).unwrap().set_len(300 << 20).unwrap(),
        }
    }
}

fn make_pipe(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success());
}

/// The commands, and the paths of their findings in an intact repository.
const COMMANDS: [(&[&str], &[&str]); 4] = [
    (&["scan"], &["free", "ignored/tracked", "staged"]),
    (
        &["history", "--reachable"],
        &["ignored/tracked", "packed", "side"],
    ),
    (&["range", "main..side"], &["side"]),
    (&["staged"], &["staged"]),
];

/// A repository with a secret in a packed commit, in a loose one, in a tracked file that is ignored, in an untracked
/// file and in the index; and the replaced names of [`FILES`].
fn repository() -> (Repo, Vec<PathBuf>) {
    let repo = Repo::new();
    let secret = |seed| format!("token = \"{}\"\n", repo.token(seed));
    repo.commit_file("packed", secret(1));
    fs::remove_file(repo.sandbox.at("packed")).unwrap();
    repo.commit("remove");
    repo.git(&["gc", "--quiet"]);
    repo.write(".gitignore", "ignored\n");
    repo.write("ignored/tracked", secret(2));
    repo.write("sub/file", "text\n");
    repo.git(&["add", "--force", "ignored"]);
    repo.commit("ignored");
    repo.branch("side", "main");
    repo.commit_file("side", secret(3));
    let tree = repo.git(&["rev-parse", "side^{tree}"]);
    let blob = repo.git(&["rev-parse", "side:side"]);
    repo.git(&["switch", "--quiet", "main"]);
    repo.write("staged", secret(4));
    repo.git(&["add", "staged"]);
    repo.write("free", secret(5));
    let packs = fs::read_dir(repo.sandbox.at(".git/objects/pack")).unwrap();
    let pack = packs
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|name| name == "pack"))
        .unwrap();
    let pack = pack.file_stem().unwrap().to_str().unwrap().to_owned();
    let loose = |id: &str| format!("{}/{}", &id[..2], id[2..].trim());
    let files = FILES.iter().map(|file| {
        let file = file.replace("{pack}", &pack);
        let file = file.replace("{tree}", &loose(&tree));
        PathBuf::from(file.replace("{blob}", &loose(&blob)))
    });
    let files = files.collect();
    (repo, files)
}

/// Copies a folder; links and special files must not be in it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            // Objects are read-only.
            false => fs::write(target, fs::read(entry.path()).unwrap()).unwrap(),
        }
    }
}

/// A finished run.
struct BoundedRun {
    code: Option<i32>,
    /// Everything that was printed.
    output: String,
    /// The paths of the findings; `None` without a report.
    paths: Option<BTreeSet<String>>,
}

/// Runs a command of the program in a folder; fails if it takes too long or too much memory, is ended by a signal, or
/// shows a secret.
fn run_bounded(repo: &Repo, folder: &Path, args: &[&str], about: &str) -> BoundedRun {
    let out = tempfile::tempdir().unwrap();
    let (report, output) = (out.path().join("json"), out.path().join("output"));
    let mut command = repo.sandbox.command(env!("CARGO_BIN_EXE_tokensweep"));
    let log = File::create(&output).unwrap();
    command
        .current_dir(folder)
        .args(args)
        .arg(format!("--report=json={}", report.display()))
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log);
    let start = Instant::now();
    let mut child = command.spawn().unwrap();
    let mut peak = 0;
    let status = loop {
        peak = peak.max(memory::peak_so_far(child.id()).unwrap_or(0));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > MAX_TIME {
            child.kill().unwrap();
            panic!("{about}: it does not end");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let output = fs::read(&output).unwrap();
    let report = fs::read(&report).unwrap_or_default();
    for bytes in [&output, &report] {
        repo.sandbox.search(about, bytes);
        let found = memchr::memmem::find(bytes, MARKER.as_bytes());
        assert!(found.is_none(), "{about}: text from outside");
    }
    let output = String::from_utf8(output).unwrap();
    assert!(
        matches!(status.code(), Some(0..=2)),
        "{about}: {status}: {output}"
    );
    assert!(!output.contains("internal error"), "{about}: {output}");
    assert!(peak < MAX_MEMORY, "{about}: {} MiB", peak >> 20);
    let paths = serde_json::from_slice(&report).ok().map(|report: Value| {
        let findings = report["findings"].as_array().unwrap().iter();
        findings
            .map(|finding| finding["location"]["path"].as_str().unwrap().to_owned())
            .collect()
    });
    BoundedRun {
        code: status.code(),
        output,
        paths,
    }
}

/// Checks that a run has failed, or found everything outside of the replaced file.
fn is_not_silent(run: &BoundedRun, expected: &[&str], replaced: &Path, about: &str) {
    if run.code == Some(2) {
        return;
    }
    let found = run.paths.as_ref();
    let found = found.unwrap_or_else(|| panic!("{about}: no report: {}", run.output));
    let lost: Vec<_> = expected
        .iter()
        .filter(|path| !Path::new(path).starts_with(replaced) && !found.contains(**path))
        .collect();
    assert!(lost.is_empty(), "{about}: lost {lost:?}: {}", run.output);
}

/// A folder outside, with a secret and a pipe that has the name of a pack.
fn outside(repo: &Repo) -> tempfile::TempDir {
    let outside = tempfile::tempdir().unwrap();
    let text = format!(
        "machine {MARKER} login {MARKER} password {}\n",
        repo.token(9)
    );
    fs::write(outside.path().join("netrc"), text).unwrap();
    make_pipe(&outside.path().join("pack-1.idx"));
    make_pipe(&outside.path().join("HEAD"));
    outside
}

#[test]
fn reads_a_repository_with_a_replaced_file_or_fails() {
    let (repo, files) = repository();
    let outside = outside(&repo);
    for (args, expected) in COMMANDS {
        let run = run_bounded(&repo, repo.sandbox.path(), args, "intact");
        let found: Vec<_> = run.paths.unwrap().into_iter().collect();
        assert_eq!(found, expected, "{args:?}: {}", run.output);
    }
    // In short runs each file has a few replacements, and each of these one command.
    let (per_file, per_replacement) = cases((3, 1), (REPLACEMENTS.len(), COMMANDS.len()));
    for (number, file) in files.iter().enumerate() {
        for replacement in (0..per_file).map(|turn| REPLACEMENTS[(number + turn * 4) % 9]) {
            let copied = tempfile::tempdir().unwrap();
            let folder = copied.path().join("r");
            copy(repo.sandbox.path(), &folder);
            let path = folder.join(file);
            let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            replacement.put(&path, outside.path());
            for turn in 0..per_replacement {
                let (args, expected) = COMMANDS[(number + replacement as usize + turn) % 4];
                if matches!(replacement, Huge) && args == ["scan"] {
                    // Scans it as content, which takes a while.
                    continue;
                }
                let about = format!("{args:?} with {} as {replacement:?}", file.display());
                let run = run_bounded(&repo, &folder, args, &about);
                is_not_silent(&run, expected, file, &about);
            }
        }
    }
}
