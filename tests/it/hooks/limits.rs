//! Limits of a push: refusals, and the bytes that count.

use super::pre_receive::{push, with_server};

#[test]
fn refuses_secrets_moved_out_of_an_excluded_path_in_the_same_push() {
    let repo = with_server("--config ../op.toml");
    repo.write("op.toml", "exclude = [\"/vendor/\"]\n");
    repo.write(".gitignore", "/server\n/op.toml\n");
    repo.commit_file("vendor/x", format!("more\nlines\n{}\n", repo.token(1)));
    repo.git(&["mv", "vendor/x", "x"]);
    repo.commit("moved");
    let (passed, output) = push(&repo, &["main"]);
    assert!(!passed && output.contains(" --> x:3:1"), "{output}");
    // Even if it was pushed to the excluded path before.
    repo.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    assert!(push(&repo, &["main"]).0);
    repo.git(&["mv", "vendor/x", "x"]);
    repo.commit("moved later");
    assert!(!push(&repo, &["main"]).0);
}

#[test]
fn refuses_findings_made_before_the_timeout() {
    let repo = with_server("--timeout 1 --on-limit allow --threads 1");
    let leak = repo.commit_file("leak", format!("{}\n", repo.token(1)));
    // Takes longer than the limit and the time to stop, in a build without optimization.
    let line = format!("gl{}\n", "pat ".repeat(20));
    repo.commit_file("large", line.repeat(2_000_000));
    let (passed, output) = push(&repo, &["main"]);
    assert!(!passed && output.contains(" --> leak:1:1"), "{output}");
    assert!(output.contains(&leak[..12]), "{output}");
}

#[test]
fn reads_content_at_many_paths_once() {
    let repo = with_server("--max-bytes 20000");
    let line = "a line of text\n".repeat(40);
    for i in 0..200 {
        repo.write(&format!("d/{i}"), &line);
    }
    repo.commit("the same many times");
    assert_eq!(push(&repo, &["main"]), (true, String::new()));
    for i in 0..200 {
        repo.write(&format!("e/{i}"), format!("{i}\n{line}"));
    }
    repo.commit("not the same");
    assert!(!push(&repo, &["main"]).0);
}
