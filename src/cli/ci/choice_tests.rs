//! A table of pipelines, and the source that is scanned in each.

use super::super::system::{Variables, other_system};
use super::*;

const ZEROS: &str = "0000000000000000000000000000000000000000";
const HEAD: &str = "1111111111111111111111111111111111111111";
const BASE: &str = "2222222222222222222222222222222222222222";
const SOURCE: &str = "3333333333333333333333333333333333333333";
const TARGET: &str = "4444444444444444444444444444444444444444";

fn request() -> ChoiceRequest {
    ChoiceRequest {
        mode: Mode::Auto,
        base: None,
        head: None,
        target: None,
        default_branch: None,
        history: HistoryWhen::Never,
        tags: false,
    }
}

/// Variables of a GitLab job, and additional ones.
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

/// The commits that the default branch does not have.
fn main() -> CommitBase {
    CommitBase::Branch {
        name: "main".to_owned(),
        before: None,
    }
}

fn commits(base: CommitBase, head: &str) -> ScanTarget {
    ScanTarget::Commits(range(base, Some(head)))
}

fn range(base: CommitBase, head: Option<&str>) -> CommitRange {
    CommitRange {
        base,
        head: head.map(str::to_owned),
        tag: None,
    }
}

fn choose(request: &ChoiceRequest, variables: &Variables) -> Result<ScanChoice, ChoiceError> {
    super::choose(request, &CiJob::read(variables), other_system(variables))
}

fn merge_request(base: Option<&str>) -> CommitBase {
    CommitBase::MergeRequest {
        base: base.map(str::to_owned),
        target: Some("main".to_owned()),
    }
}

fn tagged(base: CommitBase) -> ScanTarget {
    ScanTarget::Commits(CommitRange {
        tag: Some("v2".to_owned()),
        ..range(base, Some(HEAD))
    })
}

fn chosen(variables: &Variables) -> ScanTarget {
    choose(&request(), variables).unwrap().target
}

#[test]
fn chooses_for_each_kind_of_pipeline() {
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
    let pushed = CommitBase::Branch {
        name: "main".to_owned(),
        before: Some(BASE.to_owned()),
    };
    let pushed_files = || {
        let before = CommitBase::Commit(BASE.to_owned());
        ScanTarget::CommitsAndTree(range(before, Some(HEAD)))
    };
    let both = || ScanTarget::CommitsAndTree(range(main(), Some(HEAD)));
    let table: Vec<(&str, Variables, ScanTarget)> = vec![
        (
            "merge request",
            merge_request_job(&detached),
            commits(merge_request(Some(BASE)), HEAD),
        ),
        (
            "merged results",
            merge_request_job(&result),
            commits(merge_request(Some(BASE)), SOURCE),
        ),
        (
            "merge train",
            merge_request_job(&train),
            commits(merge_request(Some(BASE)), SOURCE),
        ),
        (
            "merge request without a base",
            merge_request_job(&[("CI_MERGE_REQUEST_DIFF_BASE_SHA", "")]),
            commits(merge_request(None), HEAD),
        ),
        (
            "child pipeline of a merge request",
            merge_request_job(&[("CI_PIPELINE_SOURCE", "parent_pipeline")]),
            commits(merge_request(Some(BASE)), HEAD),
        ),
        ("push", push(&[before]), commits(pushed, HEAD)),
        ("new branch", push(&[]), commits(main(), HEAD)),
        (
            "default branch",
            push(&[("CI_COMMIT_BRANCH", "main"), before]),
            pushed_files(),
        ),
        (
            "first push of the default branch",
            push(&[("CI_COMMIT_BRANCH", "main")]),
            ScanTarget::Tree,
        ),
        (
            "push, no default",
            push(&[("CI_DEFAULT_BRANCH", ""), before]),
            pushed_files(),
        ),
        (
            "new branch, no default",
            push(&[("CI_DEFAULT_BRANCH", "")]),
            ScanTarget::Tree,
        ),
        (
            "schedule",
            push(&[
                ("CI_PIPELINE_SOURCE", "schedule"),
                ("CI_COMMIT_BRANCH", "main"),
            ]),
            ScanTarget::Tree,
        ),
        (
            "by hand, on another branch than the default one",
            push(&[("CI_PIPELINE_SOURCE", "web")]),
            both(),
        ),
        (
            "tag",
            job(&[("CI_PIPELINE_SOURCE", "push"), ("CI_COMMIT_TAG", "v2")]),
            tagged(main()),
        ),
        (
            "tag, no default",
            job(&[
                ("CI_PIPELINE_SOURCE", "push"),
                ("CI_COMMIT_TAG", "v2"),
                ("CI_DEFAULT_BRANCH", ""),
            ]),
            ScanTarget::Tree,
        ),
        (
            "historic",
            push(&[("SECRET_DETECTION_HISTORIC_SCAN", "true")]),
            ScanTarget::History,
        ),
        (
            "historic merge request",
            merge_request_job(&[("SECRET_DETECTION_HISTORIC_SCAN", "1")]),
            ScanTarget::History,
        ),
        (
            "off",
            push(&[("SECRET_DETECTION_DISABLED", "true")]),
            ScanTarget::Nothing,
        ),
        (
            "not off",
            push(&[("SECRET_DETECTION_DISABLED", "false")]),
            commits(main(), HEAD),
        ),
        (
            "log options",
            push(&[("SECRET_DETECTION_LOG_OPTIONS", "a..b")]),
            ScanTarget::Selected(Selection {
                base: Some("a".to_owned()),
                head: Some("b".to_owned()),
                ..Selection::default()
            }),
        ),
        (
            "young commits of all branches",
            push(&[("SECRET_DETECTION_LOG_OPTIONS", "--all --since=1970-01-02")]),
            ScanTarget::HistorySince(86_400),
        ),
        (
            "all branches",
            push(&[("SECRET_DETECTION_LOG_OPTIONS", "--all")]),
            ScanTarget::History,
        ),
    ];
    for (name, variables, expected) in table {
        let choice = choose(&request(), &variables).unwrap();
        assert_eq!(choice.target, expected, "{name}");
        assert!(
            choice.why.ends_with('.') && choice.warnings.is_empty(),
            "{name}: {}",
            choice.why
        );
    }
}

#[test]
fn takes_only_the_policy_of_a_merge_request_from_its_target() {
    let tip = ("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", TARGET);
    let policy = |variables: &Variables| choose(&request(), variables).unwrap().policy;
    let target = |tip: Option<&str>| Policy::Target {
        tip: tip.map(str::to_owned),
        branch: Some("main".to_owned()),
        base: Some(BASE.to_owned()),
    };
    assert_eq!(policy(&merge_request_job(&[])), target(None));
    assert_eq!(policy(&merge_request_job(&[tip])), target(Some(TARGET)));
    // The other jobs of the pipeline do not matter.
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
fn names_a_fork() {
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
fn scans_tags_and_history_on_request() {
    let tag = job(&[("CI_PIPELINE_SOURCE", "push"), ("CI_COMMIT_TAG", "v2")]);
    let tags = ChoiceRequest {
        tags: true,
        ..request()
    };
    assert_eq!(
        choose(&tags, &tag).unwrap().target,
        tagged(CommitBase::TagBefore {
            tag: "v2".to_owned(),
            default: Some("main".to_owned()),
        })
    );
    let scheduled = ChoiceRequest {
        history: HistoryWhen::Scheduled,
        ..request()
    };
    let always = ChoiceRequest {
        history: HistoryWhen::Always,
        ..request()
    };
    for (source, when, expected) in [
        ("schedule", &scheduled, ScanTarget::History),
        ("web", &scheduled, ScanTarget::History),
        (
            "trigger",
            &scheduled,
            ScanTarget::CommitsAndTree(range(main(), Some(HEAD))),
        ),
        ("trigger", &always, ScanTarget::History),
    ] {
        let variables = push(&[("CI_PIPELINE_SOURCE", source)]);
        assert_eq!(
            choose(when, &variables).unwrap().target,
            expected,
            "{source}"
        );
    }
    assert_eq!(
        chosen(&push(&[
            ("CI_PIPELINE_SOURCE", "schedule"),
            ("CI_COMMIT_BRANCH", "main")
        ])),
        ScanTarget::Tree
    );
}

#[test]
fn warns_about_unknown_log_options() {
    let odd = push(&[("SECRET_DETECTION_LOG_OPTIONS", "--author=somebody")]);
    let choice = choose(&request(), &odd).unwrap();
    assert_eq!(choice.target, commits(main(), HEAD));
    assert!(
        choice.warnings[0].contains("SECRET_DETECTION_LOG_OPTIONS is ignored")
            && choice.warnings[0].contains("--author"),
        "{choice:?}"
    );
}

#[test]
fn needs_a_mode_outside_of_known_systems() {
    let github = Variables::new([("GITHUB_ACTIONS".to_owned(), "true".to_owned())]);
    let error = choose(&request(), &github).unwrap_err().to_string();
    assert!(
        error.contains("GitHub Actions") && error.contains("--mode merge-request --base"),
        "{error}"
    );
    let nowhere = Variables::default();
    assert_eq!(
        choose(&request(), &nowhere),
        Err(ChoiceError::Unknown("no job of GitLab"))
    );
    let named = |mode, base: Option<&str>, default: Option<&str>| {
        choose(
            &ChoiceRequest {
                mode,
                base: base.map(str::to_owned),
                default_branch: default.map(str::to_owned),
                ..request()
            },
            &github,
        )
    };
    let what = |base| ScanTarget::Commits(range(base, None));
    assert_eq!(
        named(Mode::MergeRequest, Some("origin/main"), None)
            .unwrap()
            .target,
        what(CommitBase::MergeRequest {
            base: Some("origin/main".to_owned()),
            target: None,
        })
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
    let tip = CommitBase::Tip {
        before: "a".to_owned(),
        or: None,
    };
    assert_eq!(
        named(Mode::Push, Some("a"), None).unwrap().target,
        what(tip)
    );
    assert_eq!(
        named(Mode::Branch, None, Some("main")).unwrap().target,
        what(main())
    );
    assert_eq!(
        named(Mode::Tree, None, None).unwrap().target,
        ScanTarget::Tree
    );
    assert_eq!(
        named(Mode::History, None, None).unwrap().target,
        ScanTarget::History
    );
    for mode in [Mode::MergeRequest, Mode::Push, Mode::Branch] {
        let error = named(mode, None, None).unwrap_err();
        assert!(matches!(error, ChoiceError::Missing { .. }), "{error}");
    }
}
