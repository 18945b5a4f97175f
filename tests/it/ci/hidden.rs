//! What the rules and definitions of a change hide is counted or listed.

use crate::ci_policy::{PAT, exclusions, leak, strict_gate};
use crate::support::pipeline::{Project, ZEROS, merge_request, push};

#[test]
fn counts_what_disabled_rules_find_once_and_only_where_it_is_new() {
    let project = Project::new();
    let old = leak(&project, 1);
    let (new, kept) = (leak(&project, 2), a_password_in_a_url(&project));
    project.commit(&[("old.txt", &old)]);
    project.branch("topic");
    let base = project.remote(&["rev-parse", "main"]);
    project.commit(&[("new.txt", &new), ("old.txt", &format!("# more\n{old}"))]);
    project.commit(&[("new.txt", &format!("# more\n{new}")), ("kept.txt", &kept)]);
    let head = project.commit(&[("new.txt", "gone\n")]);
    project.check_out(&head, 50);
    let job = project.job(&merge_request(&base, &head), &["--disable", PAT]);
    job.expect(0, &["kept.txt"]);
    let expected = ("option".to_owned(), "--disable".to_owned(), false, 1, 0);
    assert_eq!(exclusions(&job), [expected], "{job:?}");
    assert!(
        job.run.stdout.contains("1 finding by the option --disable"),
        "{job:?}"
    );
    // A secret that an enabled rule reports is not hidden.
    let both = ["--disable", PAT, "--disable", "git-url-credentials"];
    let job = project.job(&merge_request(&base, &head), &both);
    job.expect(0, &[]);
    assert_eq!(exclusions(&job)[0].3, 2, "{job:?}");
}

/// A line with a password in the address of a repository.
fn a_password_in_a_url(project: &Project) -> String {
    let password = project.sandbox.watch(["Tr0ub4dor", "X9zQ7w"].concat());
    format!("git clone https://bob:{password}@git.corp/x.git\n")
}

#[test]
fn lists_definitions_that_a_branch_replaces() {
    let ruleset = "[secrets]\n[[secrets.ruleset]]\n[secrets.ruleset.identifier]\n\
                   type = 'tokensweep_rule_id'\nvalue = 'gitlab-personal-access-token'\n\
                   [secrets.ruleset.override]\nseverity = 'Low'\n";
    let rules = "rules = ['ci/rules']\n";
    let rule = "title = 'A code'\ndescription = 'Made up.'\nseverity = 'low'\nconfidence = 'high'\n\
                references = ['https://example.com/a']\n[detect]\nkeywords = ['code-']\npattern = 'code-[a-z0-9]{16}'\n\
                [[remedy]]\naction = 'Change it.'\n[[positive]]\ntext = ['code-', 'm4rtyx7s', 'pq2wnkd9']\nsecret = ['code-', 'm4rtyx7s', 'pq2wnkd9']\n";
    for (name, path, text, configuration) in [
        (
            ".tokensweep.toml: rules",
            "ci/rules/a-code.toml",
            rule,
            rules,
        ),
        (
            ".gitlab/secret-detection-ruleset.toml",
            ".gitlab/secret-detection-ruleset.toml",
            ruleset,
            "",
        ),
    ] {
        let project = Project::new();
        project.branch("topic");
        let files = [(path, text), (".tokensweep.toml", configuration)];
        let head = project.commit(&files);
        project.check_out(&head, 50);
        let job = project.job(&push("topic", ZEROS, &head), &[]);
        job.expect(0, &[]);
        let expected = ("configuration".to_owned(), name.to_owned(), false, 0, 0);
        assert_eq!(exclusions(&job), [expected], "{job:?}");
        let run = strict_gate(&project, "checkout/tokensweep.json");
        assert_eq!(run.code, Some(1), "{run:?}");
        // Those of the default branch are its own.
        project.switch("main");
        project.remote(&["merge", "-q", "topic"]);
        let job = project.job(&push("main", ZEROS, &head), &[]);
        assert_eq!(exclusions(&job), [], "{job:?}");
    }
}
