//! Secrets that move out of a path where they were suppressed.

use crate::support::repo::{Repo, at, complete, found};

/// Lines that make two versions of a file similar.
const FILLER: &str = "one line\nand another line\nand a third line\nand so on\n";

/// Creates a repository with this configuration.
fn configured(configuration: &str) -> Repo {
    let repo = Repo::new();
    repo.write(".tokensweep.toml", configuration);
    repo.commit("base");
    repo
}

/// Moves a file in a commit.
fn rename(repo: &Repo, from: &str, to: &str) -> String {
    let folder = repo.sandbox.at(to);
    std::fs::create_dir_all(folder.parent().unwrap()).unwrap();
    repo.git(&["mv", from, to]);
    repo.commit("moved")
}

const EXCLUDE: &str = "exclude = [\"/vendor/\"]\n";
const ALLOW: &str = "[[allow]]\npaths = [\"/vendor/\"]\nreason = \"made up\"\n";

#[test]
fn reports_a_secret_that_moves_out_of_a_path_that_does_not_count() {
    for configuration in [EXCLUDE, ALLOW] {
        let repo = configured(configuration);
        repo.commit_file("vendor/x", format!("{FILLER}{}\n", repo.token(1)));
        let moved = rename(&repo, "vendor/x", "src/x");
        let expected = [at(&moved, "src/x", 5)];
        assert_eq!(repo.range("HEAD~2..HEAD"), expected, "{configuration}");
        // Even if the target has it at the excluded path.
        assert_eq!(repo.range("HEAD~1..HEAD"), expected, "{configuration}");
        // From one excluded path to another it stays suppressed.
        rename(&repo, "src/x", "vendor/y");
        assert_eq!(repo.range("HEAD~1..HEAD"), [], "{configuration}");
        rename(&repo, "vendor/y", "vendor/z");
        assert_eq!(repo.range("HEAD~2..HEAD"), [], "{configuration}");
    }
}

#[test]
fn reports_a_secret_that_is_edited_or_copied_out_of_a_path_that_does_not_count() {
    for configuration in [EXCLUDE, ALLOW] {
        let repo = configured(configuration);
        let text = format!("{FILLER}{}\n", repo.token(1));
        repo.commit_file("vendor/x", &text);
        let copied = repo.commit_file("copy", &text);
        repo.git(&["rm", "--quiet", "vendor/x"]);
        let edited = repo.commit_file("edited", format!("more\n{text}"));
        assert_eq!(
            repo.range("HEAD~3..HEAD"),
            [at(&copied, "copy", 5), at(&edited, "edited", 6)],
            "{configuration}"
        );
    }
}

#[test]
fn reports_a_secret_whose_inline_marker_goes() {
    let repo = configured("");
    let token = repo.token(1);
    repo.commit_file("a", format!("{FILLER}{token} # tokensweep:allow\n"));
    repo.write("a", format!("{FILLER}{token}\n"));
    let bare = repo.commit("the marker goes");
    assert_eq!(repo.range("HEAD~2..HEAD"), [at(&bare, "a", 5)]);
    repo.commit_file("a", format!("{FILLER}{token} # tokensweep:allow\n"));
    repo.git(&["rm", "--quiet", "a"]);
    let moved = repo.commit_file("b", format!("{FILLER}{token}\n"));
    assert_eq!(repo.range("HEAD~1..HEAD"), [at(&moved, "b", 5)]);
    // It may move with its marker.
    repo.commit_file("b", format!("{FILLER}{token} # tokensweep:allow\n"));
    rename(&repo, "b", "c");
    assert_eq!(repo.range("HEAD~1..HEAD"), []);
}

#[test]
fn reports_a_secret_that_leaves_the_path_of_its_baseline_entry() {
    let repo = configured("");
    repo.commit_file("a", format!("{FILLER}{}\n", repo.token(1)));
    let run = repo.sandbox.run(["baseline", "create", ".git/accepted"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let moved = rename(&repo, "a", "b");
    let range = |range: &str| {
        let args = ["range", range, "--baseline", ".git/accepted"];
        complete(&repo.scan(&args))
    };
    assert_eq!(range("HEAD~1..HEAD"), [at(&moved, "b", 5)]);
    assert_eq!(range("HEAD~2..HEAD"), [at(&moved, "b", 5)]);
}

#[test]
fn reports_a_password_that_moves_to_where_a_grammar_names_it() {
    let repo = configured("");
    let password = ["hunt", "erx"].concat();
    repo.commit_file(
        "notes.txt",
        format!("see https://bob:{password}@git.corp/x.git\n"),
    );
    assert_eq!(repo.range("HEAD~1..HEAD"), [], "too weak to be shown");
    let moved = rename(&repo, "notes.txt", ".git-credentials");
    let expected = [at(&moved, ".git-credentials", 1)];
    let credentials = |range: &str| -> Vec<_> {
        let mut places = repo.range(range);
        places.dedup();
        places
    };
    assert_eq!(credentials("HEAD~1..HEAD"), expected);
    assert_eq!(credentials("HEAD~2..HEAD"), expected);
}

#[test]
fn reports_a_secret_that_a_merge_takes_out_of_an_excluded_path() {
    let repo = configured(EXCLUDE);
    repo.branch("side", "main");
    repo.commit_file("vendor/x", format!("{FILLER}{}\n", repo.token(1)));
    repo.git(&["switch", "--quiet", "main"]);
    repo.commit_file("other", "other\n");
    repo.git(&["merge", "--quiet", "--no-commit", "--no-ff", "side"]);
    let merged = rename(&repo, "vendor/x", "x");
    assert_eq!(repo.range("HEAD~1..HEAD"), [at(&merged, "x", 5)]);
}

#[test]
fn reports_a_later_commit_with_a_higher_confidence() {
    let repo = configured("");
    let password = ["Tr0ub4dor", "X9zQ"].concat();
    let bare = format!("x = https://bob:{password}@git.corp/x.git\n");
    let first = repo.commit_file("f", &bare);
    let report = |range: &str| {
        let run = repo.scan(&["range", range, "--min-confidence", "low"]);
        found(&run.stdout)
    };
    assert_eq!(report("HEAD~1..HEAD"), [at(&first, "f", 1)]);
    // Two accounts with one password are two secrets, even at one path.
    let second = repo.commit_file(
        "f",
        format!("{bare}y = https://eve:{password}@git.corp/y.git\n"),
    );
    assert_eq!(
        report("HEAD~2..HEAD"),
        [at(&first, "f", 1), at(&second, "f", 2)]
    );
}
