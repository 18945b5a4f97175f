//! Builds outcomes by hand, for tests of the steps after the scan.
//!
//! Every secret is put together from parts when a test runs, so that the repository contains none.

use std::collections::BTreeMap;
use std::path::PathBuf;

use tokensweep::model::{
    BlobPath, Commit, Confidence, Context, Excerpt, Finding, Fingerprint, Identity, ItemError,
    Liveness, Location, Note, Outcome, Owner, Position, Remediation, RuleId, Secret, SecretsSeen,
    Severity, SkipReason, SkippedItem, SlowHasher, Stats, Suppressed, SuppressionKind,
};
use tokensweep::report::{Input, Options, RuleInfo, ScanInfo};
use tokensweep::rule::GitlabRuleId;

/// The body of the personal access token of the sample.
pub(crate) const PAT_BODY: &str = "AAAAAAAAAAAAAAAAAAAAAG86MQp1OjEzCA";
/// The password of the sample's URL.
pub(crate) const PASSWORD: &str = "corr3ct-h0rse-battery";
/// The signature of the job token of the sample.
pub(crate) const JOB_SIGNATURE: &str = "c2lnbmF0dXJlLW9mLWEtam9iLXRva2Vu";
/// A line of the private key of the sample.
pub(crate) const KEY_LINE: &str = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ";
/// The token that a marker suppresses.
pub(crate) const ALLOWED_BODY: &str = "TestMarkedAllowed123";

pub(crate) fn rule_id(id: &str) -> RuleId {
    RuleId::new(id).unwrap()
}

pub(crate) fn pat() -> Secret {
    Secret::new(format!("{}{PAT_BODY}{}", "glpat-", ".01.0y00ka6yv"), 6)
}

/// Another personal access token.
pub(crate) fn other_pat() -> String {
    format!("{}{}", "glpat-", "Qm3Xk8Rv5Tz2Wn7Pb4Lc")
}

fn job_token() -> Secret {
    Secret::new(
        format!(
            "{}{}.{}.{JOB_SIGNATURE}",
            "glcbt-", "eyJhbGciOiJSUzI1NiJ9", "eyJvIjoiMSJ9"
        ),
        6,
    )
}

fn private_key() -> Secret {
    let marker = |word: &str| format!("-----{word} OPENSSH PRIVATE {}-----", "KEY");
    Secret::new(
        format!("{}\n{KEY_LINE}\n{}\n", marker("BEGIN"), marker("END")),
        0,
    )
}

pub(crate) fn remedy(action: &str, who: &str, command: &str) -> Remediation {
    Remediation {
        action: action.to_owned(),
        who: (!who.is_empty()).then(|| who.to_owned()),
        command: (!command.is_empty()).then(|| command.to_owned()),
        caution: None,
    }
}

pub(crate) fn rule(id: &str, title: &str, severity: Severity, gitlab: Option<&str>) -> RuleInfo {
    let mut second = remedy(
        "Delete it in the admin area",
        "an administrator",
        "DELETE /api/v4/admin/token",
    );
    second.caution = Some("Needs GitLab 17.7".to_owned());
    RuleInfo {
        id: rule_id(id),
        title: title.into(),
        description: format!(
            "A **{title}** opens what its owner can open.\n\nIt works until it is revoked."
        ),
        severity,
        references: vec![
            format!("https://docs.gitlab.com/security/tokens/#{id}"),
            "https://docs.gitlab.com/api/personal_access_tokens/".to_owned(),
        ],
        remediations: vec![
            remedy(
                "Revoke it",
                "its owner",
                "DELETE /api/v4/personal_access_tokens/self",
            )
            .into(),
            second.into(),
        ],
        gitlab_rule_ids: gitlab
            .map(|id| GitlabRuleId::plain(id.to_owned()))
            .into_iter()
            .collect(),
    }
}

/// The rules of the sample, one of which finds nothing.
pub(crate) fn rules() -> Vec<RuleInfo> {
    vec![
        rule(
            "gitlab-personal-access-token",
            "GitLab personal access token",
            Severity::Critical,
            Some("gitlab_personal_access_token"),
        ),
        rule(
            "gitlab-ci-job-token",
            "GitLab CI job token",
            Severity::High,
            Some("gitlab_ci_build_token"),
        ),
        rule(
            "git-url-credentials",
            "Password in a URL",
            Severity::High,
            None,
        ),
        rule(
            "ssh-private-key",
            "SSH private key",
            Severity::Critical,
            None,
        ),
        rule(
            "gitlab-feed-token",
            "GitLab feed token",
            Severity::Medium,
            Some("gitlab_feed_token"),
        ),
    ]
}

/// A finding of `rule` at a place, everything else plain.
pub(crate) fn finding(
    rule: &RuleInfo,
    path: &[u8],
    line: u64,
    column: u64,
    secret: Secret,
) -> Finding {
    let path = BlobPath::from_bytes(path);
    let fingerprint = if secret.is_guessable() {
        Fingerprint::without_value(&rule.id, &path, &secret)
    } else {
        Fingerprint::new(&rule.id, &path, Identity::Secret(&secret))
    };
    Finding {
        rule_id: rule.id.clone(),
        title: rule.title.clone(),
        severity: rule.severity,
        confidence: Confidence::High,
        fingerprint,
        message: format!("{}, shaped like one in every respect", rule.title).into(),
        remediations: rule.remediations.clone(),
        owner: Owner::default(),
        expires_at: None,
        liveness: Liveness::Unknown,
        verification: None,
        encoding: Vec::new(),
        context: Context::default(),
        location: Location {
            path,
            start: Position { line, column },
            end: Position {
                line,
                column: column + secret.len() as u64,
            },
            commit: None,
        },
        on_disk: None,
        remote: None,
        excerpt: Excerpt::new("token: \"", "\" # used by deploy"),
        secret,
    }
}

/// Name of a file as an enemy would choose it: spaces, an escape sequence, a byte that is not
/// UTF-8, a character that turns the rest around.
pub(crate) const ODD_PATH: &[u8] = b"docs/a b\x1b[31m\xff\xe2\x80\xaetxt.md";

fn proven_pat(rule: &RuleInfo, path: &[u8], line: u64) -> Finding {
    Finding {
        confidence: Confidence::Proven,
        message: "A personal access token whose checksum verifies, so that GitLab made it".into(),
        owner: Owner {
            organization: Some(1),
            user: Some(39),
            ..Owner::default()
        },
        ..finding(rule, path, line, 9, pat())
    }
}

fn findings(rules: &[RuleInfo]) -> Vec<Finding> {
    let [pat_rule, job, url, key, ..] = rules else {
        panic!()
    };
    let mut deploy = proven_pat(pat_rule, b"config/deploy.yml", 12);
    deploy.expires_at = Some("2027-02-03T00:00:00Z".to_owned());
    deploy.on_disk = Some(PathBuf::from("app/config/deploy.yml").into());
    let again = proven_pat(pat_rule, b"config/deploy.yml", 31);
    let mut odd = proven_pat(pat_rule, ODD_PATH, 3);
    odd.encoding = vec!["base64".to_owned(), "percent".to_owned()];

    let mut config = finding(url, b".git/config", 7, 28, Secret::guessable(PASSWORD));
    config.message = "The password of an account, in a URL that Git uses".into();
    config.context = Context {
        key: Some("remote.origin.url".to_owned()),
        host: Some("gitlab.example".to_owned()),
        user: Some("deploy".to_owned()),
    };
    config.remediations.insert(
        0,
        remedy(
            "Take it out of this file",
            "",
            "git remote set-url origin https://gitlab.example/group/project.git",
        )
        .into(),
    );
    config.excerpt = Excerpt::new(
        "\turl = https://deploy:",
        "@gitlab.example/group/project.git",
    );

    config.fingerprint = SlowHasher::new(b"").fingerprint(&config);

    let mut expired = finding(job, b"logs/job.log", 1040, 1, job_token());
    expired.severity = Severity::Info;
    expired.confidence = Confidence::Medium;
    expired.liveness = Liveness::Dead;
    expired.expires_at = Some("2025-01-02T03:04:05Z".to_owned());
    expired.owner = Owner {
        instance: Some("gitlab.example".to_owned()),
        project: Some(1007),
        job: Some(5),
        ..Owner::default()
    };

    let mut old = finding(key, b"keys/id_ed25519", 1, 1, private_key());
    old.location.end = Position { line: 4, column: 1 };
    old.location.commit = Some(
        Commit {
            id: "0123456789abcdef0123456789abcdef01234567".to_owned(),
            author: Some("Eve\x1b[2J <eve@example.com>".to_owned()),
            date: Some("2024-05-06T07:08:09Z".to_owned()),
            refs: vec!["refs/heads/main".to_owned(), "refs/tags/v1".to_owned()].into(),
        }
        .into(),
    );
    old.excerpt = Excerpt::default();

    let mut findings = vec![deploy, again, odd, config, expired, old];
    findings.sort_by(Finding::output_order);
    findings
}

/// One of everything that a report may have to show.
pub(crate) fn sample() -> (Outcome, Vec<RuleInfo>) {
    let rules = rules();
    let marked = Secret::new(format!("{}{ALLOWED_BODY}", "glpat-"), 6);
    let outcome = Outcome {
        findings: findings(&rules),
        suppressed: vec![
            Suppressed {
                finding: finding(&rules[1], b".git/config", 9, 30, job_token()),
                kind: SuppressionKind::OwnJobToken,
                justification: None,
            },
            Suppressed {
                finding: finding(&rules[0], b"tests/fixture.rs", 4, 5, marked),
                kind: SuppressionKind::Inline,
                justification: Some("an example of the documentation".to_owned()),
            },
        ],
        skipped: vec![SkippedItem {
            path: BlobPath::from_bytes(*b"/home/eve/.gitconfig"),
            reason: SkipReason::OutsideInclude,
        }],
        errors: vec![
            ItemError {
                path: None,
                message: "the index is damaged".to_owned(),
            },
            ItemError {
                path: Some(BlobPath::from_bytes(*b"secret\x07/\xfe.bin")),
                message: "permission denied".to_owned(),
            },
        ],
        notes: vec![Note {
            message: "the clone is shallow".to_owned(),
        }],
        exclusions: Vec::new(),
        stats: Stats {
            blobs: 1234,
            bytes: 5_678_901,
            repositories: 2,
            skipped: BTreeMap::from([(SkipReason::Ignored, 12), (SkipReason::OutsideInclude, 1)]),
            below_threshold: 4,
            disabled: Default::default(),
            rules: rules.iter().map(|rule| rule.id.clone()).collect(),
        },
        secrets_seen: SecretsSeen::default(),
    };
    (outcome, rules)
}

/// Data about the scan that the caller of the sample supplies.
pub(crate) fn scan() -> ScanInfo {
    ScanInfo {
        version: "0.0.0".to_owned(),
        url: Some("https://example.com/tokensweep".to_owned()),
        started_at: 1_700_000_000,
        ended_at: 1_700_000_007,
        commit: Some("89abcdef0123456789abcdef0123456789abcdef".to_owned()),
        project_url: Some("https://gitlab.example/group/project".to_owned()),
        links: Vec::new(),
    }
}

/// The report of an outcome in a format, as bytes.
pub(crate) fn write(
    format: &str,
    outcome: &Outcome,
    rules: &[RuleInfo],
    options: &Options,
) -> Vec<u8> {
    let format: tokensweep::report::Format = format.parse().unwrap();
    let mut bytes = Vec::new();
    let input = Input {
        outcome,
        rules,
        scan: &scan(),
        options,
    };
    format.write(&input, &mut bytes).unwrap();
    bytes
}
