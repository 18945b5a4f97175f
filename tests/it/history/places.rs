//! Locations, and options that select findings.

use super::{commit, found, messages, redacted, repository};
use crate::support::a_token;

#[test]
fn reports_a_secret_in_many_versions_once() {
    let s = repository();
    let token = s.watch(a_token(1));
    s.write("a.txt", format!("{token}\n"));
    let first = commit(&s, "first");
    for turn in 0..20 {
        s.write("a.txt", format!("{}{token}\n", "line\n".repeat(turn)));
        commit(&s, "again");
    }
    let second = s.watch(a_token(2));
    s.write("a.txt", format!("{token}\n{second}\n"));
    let later = commit(&s, "beside it");
    let report = s.report("history", &[]);
    let mut expected = [
        (first, "a.txt".to_owned(), redacted(&token)),
        (later, "a.txt".to_owned(), redacted(&second)),
    ];
    expected.sort();
    assert_eq!(found(&report), expected);
}

#[test]
fn selects_parsers_by_file_name() {
    let s = repository();
    let password = "Kx9vQ2mTz7RpLw4s";
    s.write(
        "home/.pypirc",
        format!("[corp]\nrepository = https://pypi.corp.internal\nusername = me\npassword = {password}\n"),
    );
    let commit_id = commit(&s, "pypirc");
    s.git(&["rm", "-q", "home/.pypirc"]);
    // The same bytes under a name that selects no parser.
    s.write(
        "other.txt",
        format!("[corp]\nrepository = https://pypi.corp.internal\nusername = me\npassword = {password}\n"),
    );
    commit(&s, "gone");
    let report = s.report("history", &[]);
    let places: Vec<_> = found(&report).into_iter().map(|f| (f.0, f.1)).collect();
    assert_eq!(places, [(commit_id, "home/.pypirc".to_owned())]);
}

#[test]
fn reads_the_configuration_of_the_repository() {
    let s = repository();
    let token = s.watch(a_token(1));
    let url = format!("https://oauth2:{token}@gitlab.example/a/b.git");
    s.git(&["remote", "add", "origin", &url]);
    let report = s.report("history", &[]);
    let places: Vec<_> = found(&report).into_iter().map(|f| (f.0, f.1)).collect();
    assert_eq!(places, [(String::new(), ".git/config".to_owned())]);
}

#[test]
fn applies_the_allowlist_to_the_path_of_the_introduction() {
    let s = repository();
    s.write("tests/a.txt", s.watch(a_token(1)));
    s.write("b.txt", s.watch(a_token(2)));
    let id = commit(&s, "both");
    s.write(
        ".tokensweep.toml",
        "[[allow]]\npaths = [\"/tests/\"]\nreason = \"made up\"\n",
    );
    let report = s.report("history", &[]);
    assert_eq!(
        found(&report),
        [(id, "b.txt".to_owned(), redacted(&a_token(2)))]
    );
    assert_eq!(report["suppressed"].as_array().unwrap().len(), 1);
}

#[test]
fn limits_findings_by_refs_and_times() {
    let s = repository();
    s.write("a.txt", s.watch(a_token(1)));
    let first = commit(&s, "a");
    s.git(&["checkout", "-q", "-b", "topic"]);
    s.write("b.txt", s.watch(a_token(2)));
    let second = commit(&s, "b");
    let a = (first, "a.txt".to_owned(), redacted(&a_token(1)));
    let b = (second, "b.txt".to_owned(), redacted(&a_token(2)));
    let all = {
        let mut all = vec![a.clone(), b];
        all.sort();
        all
    };
    assert_eq!(found(&s.report("history", &["--refs", "main"])), [a]);
    assert_eq!(
        found(&s.report("history", &["--refs", "refs/heads/*"])),
        all
    );
    let report = s.report("history", &["--refs", "main", "--refs", "nothing"]);
    let errors = messages(&report, "errors");
    assert!(
        errors.len() == 1 && errors[0].contains("no ref matches 'nothing'"),
        "{errors:?}"
    );
    assert_eq!(s.run(["history", "--refs", "nothing"]).code, Some(2));
    assert_eq!(found(&s.report("history", &["--since", "1d"])), all);
    assert_eq!(found(&s.report("history", &["--since", "2999-01-01"])), []);
    assert_eq!(s.run(["history", "--since", "soon"]).code, Some(2));
    assert_eq!(s.run(["history", "--all", "--reachable"]).code, Some(2));
}

#[test]
fn scans_borrowed_objects_and_follows_cycles_once() {
    let s = repository();
    s.write("a.txt", s.watch(a_token(1)));
    let first = commit(&s, "a");
    s.git(&["clone", "-q", "--shared", ".", "borrower"]);
    let expected = [(first, "a.txt".to_owned(), redacted(&a_token(1)))];
    assert_eq!(found(&s.report("history", &["borrower"])), expected);
    let theirs = s.at("borrower/.git/objects");
    s.write(
        ".git/objects/info/alternates",
        format!("{}\n", theirs.display()),
    );
    let report = s.report("history", &["borrower"]);
    assert_eq!(found(&report), expected);
    assert_eq!(messages(&report, "errors"), [""; 0]);
    s.write(".git/objects/info/alternates", "/nonexistent/objects\n");
    let run = s.run(["history", "borrower"]);
    assert_eq!(run.code, Some(2));
    let output = run.stdout + &run.stderr;
    assert!(output.contains("/nonexistent/objects"), "{output}");
}

#[test]
fn reports_shallow_and_partial_clones() {
    let s = repository();
    s.git(&["config", "uploadpack.allowFilter", "true"]);
    s.write("a.txt", s.watch(a_token(1)));
    commit(&s, "a");
    s.write("a.txt", "gone\n");
    s.write("b.txt", s.watch(a_token(2)));
    let last = commit(&s, "b");
    let url = format!("file://{}", s.path().display());
    s.git(&["clone", "-q", "--depth=1", &url, "shallow"]);
    let report = s.report("history", &["shallow"]);
    let expected = [(last, "b.txt".to_owned(), redacted(&a_token(2)))];
    assert_eq!(found(&report), expected);
    let errors = messages(&report, "errors");
    assert!(
        errors.len() == 1 && errors[0].contains("shallow clone"),
        "{errors:?}"
    );
    assert_eq!(s.run(["history", "shallow"]).code, Some(2));
    for accepted in ["--allow-shallow", "--allow-missing"] {
        let report = s.report("history", &["shallow", accepted]);
        assert_eq!(found(&report), expected);
        let notes = messages(&report, "notes");
        assert!(
            notes.iter().any(|note| note.contains("shallow clone")),
            "{notes:?}"
        );
        assert_eq!(messages(&report, "errors"), [""; 0]);
    }

    s.git(&[
        "clone",
        "-q",
        "--no-checkout",
        "--filter=blob:none",
        &url,
        "partial",
    ]);
    let report = s.report("history", &["partial"]);
    let errors = messages(&report, "errors");
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].contains("3 objects are not here"), "{errors:?}");
    let report = s.report("history", &["partial", "--allow-missing"]);
    assert_eq!(messages(&report, "errors"), [""; 0]);
    assert_eq!(s.run(["history", "partial"]).code, Some(2));
    assert_eq!(
        s.run(["history", "partial", "--allow-missing"]).code,
        Some(0)
    );
}
