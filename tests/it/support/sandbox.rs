//! A folder to scan, a program to scan it with, and a check that no output contains a secret.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// A temporary folder. Whatever a run in it prints or writes is searched for every secret that the
/// test has put there; a test fails if one is found.
pub(crate) struct Sandbox {
    folder: tempfile::TempDir,
    secrets: RefCell<Vec<Vec<u8>>>,
}

/// The exit code and output of a run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Length of a secret's end that must not appear anywhere.
const WATCHED: usize = 16;

impl Sandbox {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            secrets: RefCell::default(),
        }
    }

    /// The folder that runs start in.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn at(&self, path: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Writes a file, and the folders above it.
    pub(crate) fn write(&self, path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.at(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Registers a secret that no output may contain, and returns it.
    pub(crate) fn watch(&self, secret: impl Into<String>) -> String {
        let secret = secret.into();
        let tail = secret.len().saturating_sub(WATCHED);
        self.secrets
            .borrow_mut()
            .push(secret.as_bytes()[tail..].to_vec());
        secret
    }

    /// Runs `git` here, away from everybody's configuration.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        let output = self.command("git").args(args).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {args:?}: {stderr}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Feeds a command of `git` here with `input`; returns its output, without white space around it.
    pub(crate) fn feed(&self, args: &[&str], input: impl AsRef<[u8]>) -> String {
        Self::feed_in(self.path(), args, input)
    }

    /// The same in another folder.
    pub(crate) fn feed_in(folder: &Path, args: &[&str], input: impl AsRef<[u8]>) -> String {
        let mut command = Self::command_in(folder, "git");
        command
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_ref())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "git {args:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Runs the program here.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Run {
        self.run_with(args, |_| {})
    }

    /// Runs the program here after `prepare` has had the command.
    pub(crate) fn run_with<S: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = S>,
        prepare: impl FnOnce(&mut Command),
    ) -> Run {
        let mut command = self.command(env!("CARGO_BIN_EXE_tokensweep"));
        command.args(args).stdin(Stdio::null());
        prepare(&mut command);
        let output = command.output().unwrap();
        self.search("standard output", &output.stdout);
        self.search("standard error", &output.stderr);
        let run = Run {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        };
        // No test expects a signal; the message names it.
        assert!(run.code.is_some(), "ended by {}: {run:?}", output.status);
        run
    }

    /// Scans with these arguments and returns the JSON report. Searches all other formats for secrets too.
    pub(crate) fn scan(&self, args: &[&str]) -> Value {
        self.report("scan", args)
    }

    /// The same with another command that scans.
    pub(crate) fn report(&self, command: &str, args: &[&str]) -> Value {
        self.report_with(command, args, |_| {}).0
    }

    /// The same after `prepare` has changed the command; also returns the finished run.
    pub(crate) fn report_with(
        &self,
        command: &str,
        args: &[&str],
        prepare: impl FnOnce(&mut Command),
    ) -> (Value, Run) {
        let out = tempfile::tempdir().unwrap();
        let mut all: Vec<String> = vec![command.to_owned()];
        for format in tokensweep::report::Format::ALL {
            all.push(format!(
                "--report={format}={}",
                out.path().join(format.name()).display()
            ));
        }
        all.extend(args.iter().map(|arg| (*arg).to_owned()));
        let run = self.run_with(&all, prepare);
        for entry in std::fs::read_dir(out.path()).unwrap() {
            let path = entry.unwrap().path();
            self.search(&path.display().to_string(), &std::fs::read(&path).unwrap());
        }
        let text = std::fs::read_to_string(out.path().join("json"))
            .unwrap_or_else(|error| panic!("no JSON report: {error}\n{run:?}"));
        (serde_json::from_str(&text).unwrap(), run)
    }

    /// A program in this folder, away from everybody's configuration.
    pub(crate) fn command(&self, program: &str) -> Command {
        Self::command_in(self.path(), program)
    }

    /// The same in another folder.
    pub(crate) fn command_in(folder: &Path, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(folder)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", "/nonexistent")
            .env("LC_ALL", "C.UTF-8")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .envs(["AUTHOR", "COMMITTER"].into_iter().flat_map(|who| {
                [
                    (format!("GIT_{who}_NAME"), "t"),
                    (format!("GIT_{who}_EMAIL"), "t@localhost"),
                ]
            }));
        command
    }

    pub(crate) fn search(&self, place: &str, bytes: &[u8]) {
        for secret in self.secrets.borrow().iter() {
            let found = memchr::memmem::find(bytes, secret).is_some();
            // Written by hand: the message of an assertion would contain the secret.
            if found {
                let mut stderr = std::io::stderr();
                let _ = writeln!(
                    stderr,
                    "a secret of {} bytes or more is in {place}",
                    secret.len()
                );
                panic!("a secret was shown");
            }
        }
    }
}

/// The findings of a JSON report as (path, line, rule), in order.
pub(crate) fn places(report: &Value) -> Vec<(String, u64, String)> {
    report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            let location = &finding["location"];
            (
                location["path"].as_str().unwrap().to_owned(),
                location["start_line"].as_u64().unwrap(),
                finding["rule_id"].as_str().unwrap().to_owned(),
            )
        })
        .collect()
}
