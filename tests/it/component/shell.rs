//! Scripts of jobs: checks of the commands in them, and runs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// The lines of a job's script as one text.
pub(crate) fn script(job: &Value) -> String {
    let lines = job["script"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line.as_str().unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

/// Runs a script as a runner does, with the program on the path, in a folder.
pub(crate) fn run(script: &str, folder: &Path, variables: &[(&str, &str)]) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_tokensweep"));
    let path = format!(
        "{}:{}",
        program.parent().unwrap().display(),
        std::env::var("PATH").unwrap()
    );
    Command::new("sh")
        .args(["-e", "-c", script])
        .current_dir(folder)
        .env_clear()
        .env("PATH", path)
        .env("HOME", "/nonexistent")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("CI", "true")
        .env("GITLAB_CI", "true")
        .env("CI_PROJECT_DIR", folder)
        .env("CI_DEFAULT_BRANCH", "main")
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

/// Every option of every call of the program in a text is one that its command has.
#[track_caller]
pub(crate) fn only_known_options(text: &str) {
    let joined = text.replace("\\\n", " ");
    let mut known: BTreeMap<Vec<String>, BTreeSet<String>> = BTreeMap::new();
    for line in joined.lines() {
        for call in line.split("tokensweep ").skip(1) {
            // A name such as `pre-push` too, but no option.
            let is_word = |word: &&str| {
                word.starts_with(|c: char| c.is_ascii_lowercase())
                    && word.chars().all(|c| c.is_ascii_lowercase() || c == '-')
            };
            let mut command: Vec<String> = call
                .split([' ', '`'])
                .take_while(is_word)
                .take(2)
                .map(ToOwned::to_owned)
                .collect();
            if !matches!(
                command.first().map(String::as_str),
                Some("report" | "rules" | "baseline" | "hook" | "sweep-shares")
            ) {
                command.truncate(1);
            }
            if command.is_empty() {
                continue;
            }
            let options = known
                .entry(command.clone())
                .or_insert_with(|| options(&command));
            for word in long_options(call) {
                assert!(options.contains(&word), "{command:?} has no {word}: {call}");
            }
        }
    }
}

/// The long options of a command, by its help.
fn options(command: &[String]) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_tokensweep"))
        .args(command)
        .arg("--help")
        .output()
        .unwrap();
    assert!(output.status.success(), "there is no command {command:?}");
    long_options(&String::from_utf8(output.stdout).unwrap()).collect()
}

/// The long options in a text, without their values.
fn long_options(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .filter(|word| word.starts_with("--") && word.len() > 2)
        .map(ToOwned::to_owned)
}
