//! Inline markers of earlier versions.

use crate::support::repo::{Repo, at, complete};

/// Lines around a token, so that Git stores versions as differences.
const FILLER: &str = "one line\nand another line\nand a third line\nand so on\n";

fn history(repo: &Repo) -> Vec<crate::support::repo::Found> {
    complete(&repo.scan(&["history"]))
}

#[test]
fn reports_a_secret_whose_inline_marker_goes() {
    let repo = Repo::new();
    let token = repo.token(1);
    repo.commit_file("a", format!("{FILLER}k={token} # tokensweep:allow\n"));
    assert_eq!(history(&repo), []);
    let bare = repo.commit_file("a", format!("{FILLER}k={token}\n"));
    repo.commit_file("a", format!("{FILLER}k={token} # tokensweep:allow\n"));
    for _ in 0..2 {
        assert_eq!(history(&repo), [at(&bare, "a", 5)]);
        repo.git(&["gc", "--quiet", "--aggressive"]);
    }
    // A marker that comes later does not hide the introduction.
    let other = repo.token(2);
    let leak = repo.commit_file("b", format!("k={other}\n"));
    repo.commit_file("b", format!("k={other} # gitleaks:allow\n"));
    assert_eq!(history(&repo), [at(&bare, "a", 5), at(&leak, "b", 1)]);
}

#[test]
fn reports_a_secret_that_a_merge_takes_from_its_inline_marker() {
    let repo = Repo::new();
    repo.commit("base");
    let token = repo.token(1);
    repo.branch("side", "main");
    repo.commit_file("a", format!("k={token} # tokensweep:allow\n"));
    repo.git(&["switch", "--quiet", "main"]);
    repo.commit_file("b", "b\n");
    repo.git(&["merge", "--quiet", "--no-commit", "--no-ff", "side"]);
    let merge = repo.commit_file("a", format!("k={token}\n"));
    assert_eq!(history(&repo), [at(&merge, "a", 1)]);
}
