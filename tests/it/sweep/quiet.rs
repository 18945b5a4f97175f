//! No secret leaves a sweep: neither its output nor its child processes contain one.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::{ALL_PLACES, Sweeping};

/// A `git` that records its arguments and the names of its configuration variables.
fn wrapper(git: &Path, record: &Path) -> String {
    let (git, record) = (git.display(), record.display());
    format!(
        r#"#!/bin/sh
printf '%s\n' "$@" >>'{record}'
env | sed -n 's/^GIT_CONFIG_KEY_[0-9]*=//p' >>'{record}'
exec '{git}' "$@"
"#
    )
}

#[test]
fn no_argument_file_or_request_contains_a_secret() {
    let sweeping = Sweeping::new();
    let sandbox = &sweeping.sandbox;
    let real = std::env::split_paths(&std::env::var_os("PATH").unwrap())
        .map(|folder| folder.join("git"))
        .find(|path| path.is_file())
        .unwrap();
    let record = sandbox.at("record.txt");
    let program = sandbox.write("bin/git", wrapper(&real, &record));
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let scratch = sandbox.at("scratch");
    std::fs::create_dir(&scratch).unwrap();
    let url = sweeping.world.fake.url();
    let mut args = vec![
        "sweep",
        "acme",
        "--instance",
        &url,
        "--state",
        "state.json",
        "--report",
        "html=report.html",
    ];
    args.extend(ALL_PLACES);
    sandbox.run_with(&args, |command| {
        let path = std::env::var("PATH").unwrap();
        command
            .env("PATH", format!("{}:{path}", sandbox.at("bin").display()))
            .env("TMPDIR", &scratch);
        sweeping.prepare(command);
    });
    let record = std::fs::read(&record).unwrap();
    let text = String::from_utf8_lossy(&record);
    assert!(
        text.contains("fetch") && text.contains(".extraHeader"),
        "{text}"
    );
    sandbox.search("the arguments of git", &record);
    for file in ["state.json", "report.html"] {
        sandbox.search(file, &std::fs::read(sandbox.at(file)).unwrap());
    }
    let requests = sweeping.world.fake.requests();
    sandbox.search("a request", format!("{requests:?}").as_bytes());
    assert_eq!(
        std::fs::read_dir(&scratch).unwrap().count(),
        0,
        "the scratch folder is not empty"
    );
}

#[test]
fn no_other_process_of_the_machine_can_read_the_token() {
    let sweeping = Sweeping::new();
    let url = sweeping.world.fake.url();
    let mut command = sweeping.sandbox.command(env!("CARGO_BIN_EXE_tokensweep"));
    sweeping.prepare(&mut command);
    command.args(["sweep", "acme", "--only=repository", "--only=wiki"]);
    command.args(["--instance", &url, "--quiet"]);
    let null = std::process::Stdio::null;
    let mut run = command.stdout(null()).stderr(null()).spawn().unwrap();
    // Arguments of a process are visible to everyone; its environment to its user only.
    let mut seen = std::collections::BTreeSet::new();
    while run.try_wait().unwrap().is_none() {
        for entry in std::fs::read_dir("/proc").unwrap().flatten() {
            let Ok(arguments) = std::fs::read(entry.path().join("cmdline")) else {
                continue;
            };
            sweeping
                .sandbox
                .search("the arguments of a process", &arguments);
            let words = String::from_utf8_lossy(&arguments).into_owned();
            if words.contains("remote-http") {
                seen.insert(words);
            }
        }
    }
    assert!(!seen.is_empty(), "no process of git was seen");
}
