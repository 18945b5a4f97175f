//! `tokensweep hook` as Git runs it: real commits, and real pushes to a real bare repository.

mod advice;
mod client;
mod install;
mod limits;
mod pre_receive;

use std::process::Command;

use crate::support::repo::Repo;

/// The most lines that are printed for one finding.
const SCREEN: usize = 24;

/// Lets `git` find the program under test.
fn with_program(command: &mut Command) {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_tokensweep"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(program.parent().unwrap().to_owned());
    let all = folders.chain(std::env::split_paths(&path));
    command.env("PATH", std::env::join_paths(all).unwrap());
}

/// Runs `git` with the program; returns its exit code and output.
fn git(repo: &Repo, args: &[&str], prepare: impl FnOnce(&mut Command)) -> (Option<i32>, String) {
    let mut command = repo.sandbox.command("git");
    with_program(&mut command);
    prepare(&mut command);
    let output = command.args(args).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    repo.sandbox.search("git's output", &text);
    (output.status.code(), String::from_utf8(text).unwrap())
}
