//! Tests of the requirements on every file of `rules/`.

use super::super::{Check, Expected, PatternMatch, RuleSet};
use super::*;

/// Every match of a rule in a text, within its boundaries; an instance prefix in front is allowed.
fn matches(rule: &Rule, text: &[u8]) -> Vec<PatternMatch> {
    let mut found: Vec<PatternMatch> = Vec::new();
    for (index, keyword) in rule.matchers.keywords().iter().enumerate() {
        for start in memchr::memmem::find_iter(text, &keyword.text) {
            let end = start + keyword.text.len();
            if !keyword.fits(text, start, end) {
                continue;
            }
            let Some(one) = rule
                .matchers
                .find(text, index, start..end, &mut 0)
                .into_iter()
                .next()
            else {
                continue;
            };
            let before = text[..one.whole.start].last();
            let after = text.get(one.whole.end);
            let left = before.is_none_or(|&b| !rule.left.forbids(b))
                || rule.instance_prefix && before == Some(&b'-');
            let right = after.is_none_or(|&b| !rule.right.forbids(b));
            // Two keywords may lead to it from different sides.
            let is_known = found.iter().any(|known| known.secret == one.secret);
            if left && right && !is_known {
                found.push(one);
            }
        }
    }
    found
}

#[test]
fn each_file_is_valid_and_the_embedded_rule_is_the_same() {
    let embedded: Vec<Rule> = rules().collect();
    assert_eq!(embedded.len(), FILES.len());
    for ((stem, text, _), embedded) in FILES.iter().zip(embedded) {
        let (rule, _) = read(stem, text).unwrap_or_else(|error| panic!("{error}"));
        embedded.matchers.check().unwrap();
        assert_eq!(format!("{rule:?}"), format!("{embedded:?}"));
    }
}

#[test]
fn each_file_has_all_that_ours_must_have() {
    let set = RuleSet::every_builtin();
    assert_eq!(set.iter().len(), FILES.len());
    for rule in set.iter() {
        let id = &rule.id;
        let missing = crate::rule::missing(rule, &examples(id));
        assert!(missing.is_empty(), "{id}: {missing:?}");
        for remedy in &rule.remediations {
            let text = remedy.command.as_deref().unwrap_or_default();
            assert!(!text.contains("glpat-"), "{id}: a command holds a token");
        }
    }
}

#[test]
fn each_positive_is_matched_exactly_and_each_alternative_is_tried() {
    let set = RuleSet::every_builtin();
    for example in set.examples() {
        let Expected::Secret { secret, .. } = &example.expected else {
            continue;
        };
        let rule = set.get(example.rule.as_str()).unwrap();
        if rule.checks.contains(&Check::AnyPrefix) {
            // The pattern finds where the token ends, its checksum where it begins.
            continue;
        }
        let found = matches(rule, &example.text);
        assert_eq!(found.len(), 1, "{}:{}", example.file, example.line);
        // The instance prefix belongs to the secret, but not to the match.
        let matched = &example.text[found[0].secret.clone()];
        let expected = secret.reveal();
        let exact = matched == expected
            || rule.instance_prefix && expected.ends_with(matched)
            // Found by its tail: the check determines the start.
            || rule.checks.contains(&Check::AnyPrefix) && expected.ends_with(matched);
        assert!(exact, "{}:{}", example.file, example.line);
    }
}

#[test]
fn no_rule_file_contains_a_live_looking_token() {
    let set = RuleSet::builtin();
    for (stem, text, _) in FILES {
        for rule in set.iter().filter(|rule| !rule.generic) {
            let found = matches(rule, text.as_bytes());
            assert!(found.is_empty(), "{stem} holds a whole {}", rule.id);
        }
    }
}

#[test]
fn few_patterns_begin_before_their_keyword() {
    let set = RuleSet::every_builtin();
    let late = set
        .iter()
        .flat_map(|rule| rule.matchers.patterns().map(move |one| (rule, one)));
    let late = late.filter(|(_, pattern)| pattern.behind() != Some(0));
    let rules: std::collections::BTreeSet<&str> = late.map(|(rule, _)| rule.id.as_str()).collect();
    assert!(
        rules.len() < 24,
        "each costs a search before its keywords: {rules:?}"
    );
}

#[test]
fn negatives_of_another_shape_are_not_matched() {
    let set = RuleSet::every_builtin();
    for example in set.examples() {
        let Expected::Nothing { reason } = &example.expected else {
            continue;
        };
        let shaped = [
            "wrong length",
            "regular expression that",
            "part of a longer",
            "masked by",
        ];
        if shaped.iter().any(|start| reason.contains(start)) {
            let rule = set.get(example.rule.as_str()).unwrap();
            let found = matches(rule, &example.text);
            assert!(
                found.is_empty(),
                "{}:{}: {reason}",
                example.file,
                example.line
            );
        }
    }
}

/// Every shape of a prefixed credential that GitLab issues, as a generator of such texts.
const SHAPES: &[(&str, &str)] = &[
    ("gitlab-personal-access-token", "glpat-[0-9A-Za-z_-]{20}"),
    (
        "gitlab-personal-access-token",
        r"glpat-[0-9A-Za-z_-]{27,300}\.01\.[0-9a-z]{2}[01][0-9a-z]{6}",
    ),
    (
        "gitlab-personal-access-token",
        r"glpat-[0-9A-Za-z_-]{27,300}\.[0-9a-z]{2}[01][0-9a-z]{6}",
    ),
    ("gitlab-deploy-token", "gldt-[0-9A-Za-z_-]{20}"),
    (
        "gitlab-deploy-token",
        r"gldt-[0-9A-Za-z_-]{27,300}\.01\.[0-9a-z]{2}[01][0-9a-z]{6}",
    ),
    (
        "gitlab-runner-authentication-token",
        "glrtr?-(t[123]_)?[0-9A-Za-z_-]{20}",
    ),
    (
        "gitlab-runner-authentication-token",
        r"glrt-t[23]_[0-9A-Za-z_-]{27,300}\.[0-9a-z]{2}[01][0-9a-z]{6}",
    ),
    (
        "gitlab-runner-authentication-token",
        r"glrtr?-[0-9A-Za-z_-]{27,300}\.01\.[0-9a-z]{2}[01][0-9a-z]{6}",
    ),
    (
        "gitlab-runner-registration-token",
        "GR1348941[0-9A-Za-z_-]{20}",
    ),
    ("gitlab-runner-controller-token", "glrct-[0-9A-Za-z_-]{20}"),
    (
        "gitlab-ci-job-token",
        "glcbt-[0-9a-f]{1,5}_[0-9A-Za-z_-]{20}",
    ),
    (
        "gitlab-ci-job-token",
        r"glcbt-eyJ[0-9A-Za-z_-]{60,200}\.eyJ[0-9A-Za-z_-]{100,900}\.[0-9A-Za-z_-]{342}",
    ),
    ("gitlab-pipeline-trigger-token", "glptt-[0-9a-f]{40}"),
    ("gitlab-feed-token", "glft-[0-9A-Za-z_-]{20}"),
    ("gitlab-feed-token", "glft-[0-9a-f]{64}-[1-9][0-9]{0,9}"),
    ("gitlab-incoming-mail-token", "glimt-[0-9a-z]{22,25}"),
    ("gitlab-agent-token", "glagent-[0-9A-Za-z_-]{50}"),
    ("gitlab-workspace-token", "glwt-[0-9A-Za-z_-]{20}"),
    ("gitlab-scim-token", "glsoat-[0-9A-Za-z_-]{20}"),
    (
        "gitlab-feature-flags-client-token",
        "glffct-[0-9A-Za-z_-]{20}",
    ),
    ("gitlab-oauth-application-secret", "gloas-[0-9a-f]{64}"),
    (
        "gitlab-iam-token",
        r"gliamat-eyJ[0-9A-Za-z_-]{60,200}\.eyJ[0-9A-Za-z_-]{100,900}\.[0-9A-Za-z_-]{342}",
    ),
    (
        "gitlab-iam-token",
        r"gliam(rt|ac)-[0-9A-Za-z_-]{43}\.[0-9A-Za-z_-]{43}",
    ),
    (
        "gitlab-webhook-signing-token",
        "whsec_[0-9A-Za-z+/]{42}[AEIMQUYcgkosw048]=",
    ),
    ("gitlab-session-cookie", "(cell-?[0-9]{1,4}-)?[0-9a-f]{32}"),
];

/// Text around a credential that must not hide it; the last three only around a session cookie.
const PLACES: &[(&str, &str)] = &[
    ("", ""),
    ("TOKEN=", "\n"),
    ("{\"token\":\"", "\"}"),
    ("https://user:", "@gitlab.example.com/x.git"),
    ("the token ", ". It"),
    ("?private_token=", "&x=1"),
    ("\0", "\0"),
    ("_gitlab_session=", "; path=/"),
    ("\"_gitlab_session\" => \"", "\""),
    ("\t_gitlab_session\t", "\r\n"),
];

proptest::proptest! {
    // A failure is not kept in a file: it would hold whole tokens.
    #![proptest_config(proptest::test_runner::Config {
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn every_shape_is_matched_whole(
        texts in SHAPES.iter().map(|(_, shape)| *shape).collect::<Vec<_>>(),
        place in 0..7_usize,
    ) {
        let set = RuleSet::every_builtin();
        for ((id, _), secret) in SHAPES.iter().zip(&texts) {
            let cookie = *id == "gitlab-session-cookie";
            let (before, after) = PLACES[if cookie { 7 + place % 3 } else { place }];
            let text = [before, secret, after].concat();
            let rule = set.get(id).unwrap();
            let found: Vec<&[u8]> = matches(rule, text.as_bytes())
                .into_iter()
                .map(|found| &text.as_bytes()[found.secret])
                .collect();
            proptest::prop_assert_eq!(found, [secret.as_bytes()], "{}", id);
        }
    }
}

/// GitLab's tokens are searched for in encoded text too; a rule without that setting would miss them silently.
#[test]
fn gitlab_token_rules_search_encoded_text() {
    let set = RuleSet::every_builtin();
    for rule in set.iter() {
        let id = rule.id.as_str();
        let must = id.starts_with("gitlab-") && !rule.generic || id == "git-url-credentials";
        assert!(rule.encoded || !must, "{id}");
    }
}

#[test]
fn built_in_formats_pass_every_check() {
    let set = RuleSet::builtin();
    for (stem, text, _) in FORMATS {
        let path = BlobPath::from_bytes(format!("rules/formats/{stem}.toml"));
        let format = FileFormat::read(&path, stem, text).unwrap();
        let has_rule = |id: &str| set.get(id).is_some();
        let has_format = |name: &str| set.format(name).is_some();
        crate::rule::file_format::check_references(&format, has_rule, has_format).unwrap();
    }
    assert_eq!(set.formats().len(), FORMATS.len());
    assert!(set.formats().is_sorted_by_key(|format| &format.name));
}
