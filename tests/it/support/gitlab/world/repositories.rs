//! Makes bare repositories.

use std::path::{Path, PathBuf};

use crate::support::sandbox::Sandbox;

/// A commit: the ref that it moves, its message, a file and its content (`None` deletes the file).
pub(super) struct NewCommit<'a> {
    pub(super) name: &'a str,
    pub(super) message: &'a str,
    pub(super) file: &'a str,
    pub(super) text: Option<&'a str>,
}

/// Makes a repository of commits in order, each on top of the earlier one of its ref, or else on top of `main`. Returns
/// its path.
pub(super) fn make(folder: &Path, name: &str, commits: &[NewCommit<'_>]) -> PathBuf {
    let path = folder.join(format!("{name}.git"));
    let mut git = Sandbox::command_in(folder, "git");
    let status = git
        .args(["init", "--quiet", "--bare", "--initial-branch=main"])
        .arg(&path)
        .status()
        .unwrap();
    assert!(status.success());
    let mut stream = String::new();
    let mut refs: Vec<&str> = Vec::new();
    for (number, commit) in commits.iter().enumerate() {
        let when = 1_790_000_000 + number;
        let message = commit.message;
        stream.push_str(&format!(
            "commit {}\ncommitter Dana <dana@example.com> {when} +0000\ndata {}\n{message}\n",
            commit.name,
            message.len(),
        ));
        if !refs.contains(&commit.name) && refs.contains(&"refs/heads/main") {
            stream.push_str("from refs/heads/main\n");
        }
        refs.push(commit.name);
        match commit.text {
            Some(text) => {
                stream.push_str(&format!(
                    "M 100644 inline {}\ndata {}\n{text}\n",
                    commit.file,
                    text.len()
                ));
            }
            None => stream.push_str(&format!("D {}\n", commit.file)),
        }
    }
    Sandbox::feed_in(&path, &["fast-import", "--quiet", "--force"], stream);
    path
}
