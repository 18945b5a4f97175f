//! Given paths: missing ones, pipes, devices, links.

use std::os::unix::fs::symlink;
use std::process::Command;

use super::*;

fn make_pipe(path: &std::path::Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn reports_a_missing_path_among_others() {
    let sandbox = with_tokens(&["there"]);
    let run = sandbox.run(["scan", "nope", "there", "--format", "json"]);
    assert_eq!(run.code, Some(2));
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(paths(&report), ["there"]);
    assert_eq!(report["errors"][0]["path"], "nope", "{report}");
    let run = sandbox.run(["baseline", "prune", "accepted.json", "nope", "there"]);
    assert_eq!(run.code, Some(2), "{run:?}");
}

#[test]
fn reads_a_given_pipe_to_its_end() {
    let sandbox = Sandbox::new();
    let token = sandbox.watch(a_token(1));
    let pipe = sandbox.at("pipe");
    make_pipe(&pipe);
    let text = format!("{}token = \"{token}\"\n", "# padding\n".repeat(20_000));
    let writer = std::thread::spawn(move || std::fs::write(pipe, text).unwrap());
    let run = sandbox.run(["scan", "pipe", "--format", "json"]);
    writer.join().unwrap();
    assert_eq!(run.code, Some(1), "{run:?}");
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        places(&report),
        [("pipe".to_owned(), 20_001, PAT.to_owned())]
    );
}

#[test]
fn reads_the_pipe_of_a_shell() {
    let sandbox = with_tokens(&["leak"]);
    let program = env!("CARGO_BIN_EXE_tokensweep");
    let script = format!("cat leak | {program} scan /dev/stdin; true | {program} scan /dev/stdin");
    let output = sandbox
        .command("sh")
        .args(["-c", &script])
        .output()
        .unwrap();
    sandbox.search("standard output", &output.stdout);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("Found 1 secret") && text.contains("No credentials found"),
        "{text}"
    );
}

#[test]
fn refuses_a_given_device() {
    let sandbox = Sandbox::new();
    for device in ["/dev/null", "/dev/zero"] {
        let run = sandbox.run(["scan", device]);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.stdout.contains("not a regular file"), "{run:?}");
    }
}

#[test]
fn scans_the_text_of_a_link() {
    let sandbox = with_tokens(&["outside/secret.txt"]);
    std::fs::create_dir(sandbox.at("in")).unwrap();
    let token = sandbox.watch(a_token(9));
    symlink(&token, sandbox.at("in/link")).unwrap();
    symlink("../outside/secret.txt", sandbox.at("in/other")).unwrap();
    let report = sandbox.scan(&["in"]);
    assert_eq!(paths(&report), ["link"]);
    assert_eq!(report["summary"]["left_out"]["symbolic-link"], 2);
}
