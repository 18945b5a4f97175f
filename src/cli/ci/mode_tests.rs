//! A table of pipelines, and what is scanned in each.

use super::*;

const ZEROS: &str = "0000000000000000000000000000000000000000";
const HEAD: &str = "1111111111111111111111111111111111111111";
const BASE: &str = "2222222222222222222222222222222222222222";
const SOURCE: &str = "3333333333333333333333333333333333333333";
const TARGET: &str = "4444444444444444444444444444444444444444";

fn request() -> Request {
    Request {
        mode: Mode::Auto,
        base: None,
        head: None,
        target: None,
        default_branch: None,
        history: HistoryWhen::Never,
        tags: false,
    }
}

/// Variables of a job of GitLab, and more.
fn job(more: &[(&str, &str)]) -> Variables {
    let always = [
        ("CI", "true"),
        ("GITLAB_CI", "true"),
        ("CI_COMMIT_SHA", HEAD),
        ("CI_COMMIT_BEFORE_SHA", ZEROS),
        ("CI_DEFAULT_BRANCH", "main"),
    ];
    let all = always.iter().chain(more);
    Variables::new(all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

fn merge_request_job(more: &[(&str, &str)]) -> Variables {
    let mut all = vec![
        ("CI_PIPELINE_SOURCE", "merge_request_event"),
        ("CI_MERGE_REQUEST_IID", "7"),
        ("CI_MERGE_REQUEST_DIFF_BASE_SHA", BASE),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
        ("CI_MERGE_REQUEST_PROJECT_ID", "1"),
        ("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "1"),
    ];
    all.extend_from_slice(more);
    job(&all)
}

fn push(more: &[(&str, &str)]) -> Variables {
    let mut all = vec![
        ("CI_PIPELINE_SOURCE", "push"),
        ("CI_COMMIT_BRANCH", "topic"),
    ];
    all.extend_from_slice(more);
    job(&all)
}

/// What the default branch does not have.
fn main() -> Base {
    Base::Branch {
        name: "main".to_owned(),
        before: None,
    }
}

fn commits(base: Base, head: &str) -> What {
    What::Commits {
        base,
        head: Some(head.to_owned()),
    }
}

fn commit(id: &str) -> Base {
    Base::Commit(id.to_owned())
}

fn chosen(variables: &Variables) -> What {
    choose(&request(), variables).unwrap().what
}

#[test]
fn each_kind_of_pipeline_has_its_mode() {
    let merged = [
        ("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", SOURCE),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", TARGET),
    ];
    let result = [
        merged[0],
        merged[1],
        ("CI_MERGE_REQUEST_EVENT_TYPE", "merged_result"),
    ];
    let train = [
        merged[0],
        merged[1],
        ("CI_MERGE_REQUEST_EVENT_TYPE", "merge_train"),
    ];
    let detached = [
        ("CI_MERGE_REQUEST_EVENT_TYPE", "detached"),
        // GitLab sets them to nothing in plain merge request pipelines.
        ("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", ""),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", ""),
    ];
    let before = ("CI_COMMIT_BEFORE_SHA", BASE);
    let pushed = Base::Branch {
        name: "main".to_owned(),
        before: Some(BASE.to_owned()),
    };
    let both = || What::CommitsAndTree {
        base: main(),
        head: Some(HEAD.to_owned()),
    };
    let table: Vec<(&str, Variables, What)> = vec![
        (
            "merge request",
            merge_request_job(&detached),
            commits(commit(BASE), HEAD),
        ),
        (
            "merged results",
            merge_request_job(&result),
            commits(commit(BASE), SOURCE),
        ),
        (
            "merge train",
            merge_request_job(&train),
            commits(commit(BASE), SOURCE),
        ),
        (
            "merge request without a base",
            merge_request_job(&[("CI_MERGE_REQUEST_DIFF_BASE_SHA", "")]),
            commits(main(), HEAD),
        ),
        (
            "child pipeline of a merge request",
            merge_request_job(&[("CI_PIPELINE_SOURCE", "parent_pipeline")]),
            commits(commit(BASE), HEAD),
        ),
        ("push", push(&[before]), commits(pushed, HEAD)),
        ("new branch", push(&[]), commits(main(), HEAD)),
        (
            "default branch",
            push(&[("CI_COMMIT_BRANCH", "main"), before]),
            What::Tree,
        ),
        (
            "new branch, no default",
            push(&[("CI_DEFAULT_BRANCH", "")]),
            What::Tree,
        ),
        (
            "schedule",
            push(&[
                ("CI_PIPELINE_SOURCE", "schedule"),
                ("CI_COMMIT_BRANCH", "main"),
            ]),
            What::Tree,
        ),
        (
            "by hand, on another branch than the default one",
            push(&[("CI_PIPELINE_SOURCE", "web")]),
            both(),
        ),
        (
            "tag",
            job(&[("CI_PIPELINE_SOURCE", "push"), ("CI_COMMIT_TAG", "v2")]),
            What::Configuration,
        ),
        (
            "historic",
            push(&[("SECRET_DETECTION_HISTORIC_SCAN", "true")]),
            What::History,
        ),
        (
            "historic merge request",
            merge_request_job(&[("SECRET_DETECTION_HISTORIC_SCAN", "1")]),
            What::History,
        ),
        (
            "off",
            push(&[("SECRET_DETECTION_DISABLED", "true")]),
            What::Nothing,
        ),
        (
            "not off",
            push(&[("SECRET_DETECTION_DISABLED", "false")]),
            commits(main(), HEAD),
        ),
        (
            "log options",
            push(&[("SECRET_DETECTION_LOG_OPTIONS", "a..b")]),
            What::Selected(Selection {
                base: Some("a".to_owned()),
                head: Some("b".to_owned()),
                ..Selection::default()
            }),
        ),
        (
            "young commits of all branches",
            push(&[("SECRET_DETECTION_LOG_OPTIONS", "--all --since=1970-01-02")]),
            What::HistorySince(86_400),
        ),
        (
            "all branches",
            push(&[("SECRET_DETECTION_LOG_OPTIONS", "--all")]),
            What::History,
        ),
    ];
    for (name, variables, expected) in table {
        let choice = choose(&request(), &variables).unwrap();
        assert_eq!(choice.what, expected, "{name}");
        assert!(
            choice.why.ends_with('.') && choice.warnings.is_empty(),
            "{name}: {}",
            choice.why
        );
    }
}

#[test]
fn only_a_merge_request_takes_its_policy_from_elsewhere() {
    let tip = ("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", TARGET);
    let policy = |variables: &Variables| choose(&request(), variables).unwrap().policy;
    let target = |tip: Option<&str>| Policy::Target {
        tip: tip.map(str::to_owned),
        branch: Some("main".to_owned()),
        base: Some(BASE.to_owned()),
    };
    assert_eq!(policy(&merge_request_job(&[])), target(None));
    assert_eq!(policy(&merge_request_job(&[tip])), target(Some(TARGET)));
    // Whatever else is scanned in its pipeline.
    assert_eq!(
        policy(&merge_request_job(&[(
            "SECRET_DETECTION_HISTORIC_SCAN",
            "true"
        )])),
        target(None)
    );
    assert_eq!(
        policy(&merge_request_job(&[(
            "SECRET_DETECTION_LOG_OPTIONS",
            "a..b"
        )])),
        target(None)
    );
    assert_eq!(policy(&push(&[])), Policy::Checkout);
}

#[test]
fn a_fork_is_named() {
    let why = choose(
        &request(),
        &merge_request_job(&[("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "2")]),
    )
    .unwrap()
    .why;
    assert!(why.contains("from a fork"), "{why}");
    let why = choose(&request(), &merge_request_job(&[])).unwrap().why;
    assert!(
        why.contains("merge request 7 to main") && !why.contains("fork"),
        "{why}"
    );
}

#[test]
fn tags_and_history_come_on_request() {
    let tag = job(&[("CI_PIPELINE_SOURCE", "push"), ("CI_COMMIT_TAG", "v2")]);
    let tags = Request {
        tags: true,
        ..request()
    };
    assert_eq!(
        choose(&tags, &tag).unwrap().what,
        commits(Base::TagBefore("v2".to_owned()), HEAD)
    );
    let scheduled = Request {
        history: HistoryWhen::Scheduled,
        ..request()
    };
    let always = Request {
        history: HistoryWhen::Always,
        ..request()
    };
    for (source, when, expected) in [
        ("schedule", &scheduled, What::History),
        ("web", &scheduled, What::History),
        (
            "trigger",
            &scheduled,
            What::CommitsAndTree {
                base: main(),
                head: Some(HEAD.to_owned()),
            },
        ),
        ("trigger", &always, What::History),
    ] {
        let variables = push(&[("CI_PIPELINE_SOURCE", source)]);
        assert_eq!(choose(when, &variables).unwrap().what, expected, "{source}");
    }
    assert_eq!(
        chosen(&push(&[
            ("CI_PIPELINE_SOURCE", "schedule"),
            ("CI_COMMIT_BRANCH", "main")
        ])),
        What::Tree
    );
}

#[test]
fn what_is_not_understood_is_said() {
    let odd = push(&[("SECRET_DETECTION_LOG_OPTIONS", "--author=somebody")]);
    let choice = choose(&request(), &odd).unwrap();
    assert_eq!(choice.what, commits(main(), HEAD));
    assert!(
        choice.warnings[0].contains("SECRET_DETECTION_LOG_OPTIONS is ignored")
            && choice.warnings[0].contains("--author"),
        "{choice:?}"
    );
}

#[test]
fn elsewhere_the_mode_must_be_named() {
    let github = Variables::new([("GITHUB_ACTIONS".to_owned(), "true".to_owned())]);
    let error = choose(&request(), &github).unwrap_err().to_string();
    assert!(
        error.contains("GitHub Actions") && error.contains("--mode merge-request --base"),
        "{error}"
    );
    let nowhere = Variables::default();
    assert_eq!(
        choose(&request(), &nowhere),
        Err(ModeError::Unknown("no job of GitLab"))
    );
    let named = |mode, base: Option<&str>, default: Option<&str>| {
        choose(
            &Request {
                mode,
                base: base.map(str::to_owned),
                default_branch: default.map(str::to_owned),
                ..request()
            },
            &github,
        )
    };
    let what = |base| What::Commits { base, head: None };
    assert_eq!(
        named(Mode::MergeRequest, Some("origin/main"), None)
            .unwrap()
            .what,
        what(commit("origin/main"))
    );
    assert_eq!(
        named(Mode::MergeRequest, Some("origin/main"), None)
            .unwrap()
            .policy,
        Policy::Target {
            tip: None,
            branch: None,
            base: Some("origin/main".to_owned())
        }
    );
    let tip = Base::Tip {
        before: "a".to_owned(),
        or: None,
    };
    assert_eq!(named(Mode::Push, Some("a"), None).unwrap().what, what(tip));
    assert_eq!(
        named(Mode::Branch, None, Some("main")).unwrap().what,
        what(main())
    );
    assert_eq!(named(Mode::Tree, None, None).unwrap().what, What::Tree);
    assert_eq!(
        named(Mode::History, None, None).unwrap().what,
        What::History
    );
    for mode in [Mode::MergeRequest, Mode::Push, Mode::Branch] {
        let error = named(mode, None, None).unwrap_err();
        assert!(matches!(error, ModeError::Missing { .. }), "{error}");
    }
}
