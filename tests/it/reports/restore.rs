//! Reports made from the JSON report are those that the scan would have written, byte for byte.

use proptest::prelude::*;
use tokensweep::model::{
    BlobPath, Commit, Confidence, Context, Excerpt, Finding, Liveness, Note, Outcome, Owner,
    Secret, Severity,
};
use tokensweep::report::json::{JsonDocument, Restored};
use tokensweep::report::{Format, Input, Options, RuleInfo};

use crate::support::outcome::{finding, rules, sample, scan, write};

/// The outcome as its JSON report gives it back. The times are those of the scan, which the JSON
/// does not have.
pub(super) fn restored(outcome: &Outcome, rules: &[RuleInfo]) -> Restored {
    let json = write("json", outcome, rules, &Options::default());
    let mut restored = JsonDocument::from_bytes(&json).unwrap().restore().unwrap();
    restored.scan.started_at = scan().started_at;
    restored.scan.ended_at = scan().ended_at;
    restored
}

pub(super) fn report(format: Format, restored: &Restored, options: &Options) -> Vec<u8> {
    let mut bytes = Vec::new();
    let input = Input {
        outcome: &restored.outcome,
        rules: &restored.rules,
        scan: &restored.scan,
        options,
    };
    format.write(&input, &mut bytes).unwrap();
    bytes
}

/// Every format with every option that `report convert` has.
fn assert_same(outcome: &Outcome, rules: &[RuleInfo]) {
    let restored = restored(outcome, rules);
    for &format in Format::ALL {
        for on in [false, true] {
            let options = Options {
                color: on,
                quiet: on,
                list_suppressed: on,
                gitlab_identifiers: on,
                ..Options::default()
            };
            let direct = write(format.name(), outcome, rules, &options);
            let converted = report(format, &restored, &options);
            let [direct, converted] =
                [direct, converted].map(|bytes| String::from_utf8(bytes).unwrap());
            for (direct, converted) in direct.lines().zip(converted.lines()) {
                assert_eq!(direct, converted, "{format}, directly and from JSON");
            }
            assert_eq!(direct.len(), converted.len(), "{format}");
        }
    }
}

#[test]
fn the_sample_comes_back() {
    let (outcome, rules) = sample();
    assert_same(&outcome, &rules);
    assert_same(&outcome, &[]);
    assert_same(&Outcome::default(), &rules);
}

/// Text with every kind of character that a file may contain, often.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z .]{0,12}",
        r#"[<>&"'`\\/\[\]{}\x00-\x1f\x7f-\xa0\u{200b}\u{202e}\u{2028}\u{fffe}ä€😀.]{0,12}"#,
        any::<String>(),
    ]
}

fn maybe_text() -> impl Strategy<Value = Option<String>> {
    prop_oneof![Just(None), text().prop_map(Some)]
}

fn path() -> impl Strategy<Value = BlobPath> {
    let any_bytes = prop_oneof![
        "[a-c]{1,2}(/[a-c]{1,2}){0,3}".prop_map(String::into_bytes),
        text().prop_map(String::into_bytes),
        prop::collection::vec(any::<u8>(), 0..16),
    ];
    // Sources never produce a path that begins like this, and reports strip the prefix.
    let plain = any_bytes.prop_filter("a path in its shortest form", |path| {
        !path.starts_with(b"./")
    });
    plain.prop_map(BlobPath::from_bytes)
}

/// Few different ones, so that they repeat.
fn secret() -> impl Strategy<Value = Secret> {
    prop_oneof![
        (0..6u8)
            .prop_map(|n| Secret::new(format!("{}{}", "glpat-", format!("{n}Ab").repeat(7)), 6)),
        (0..6u8).prop_map(|n| Secret::guessable(format!("pass{n}"))),
    ]
}

fn commit() -> impl Strategy<Value = Option<Commit>> {
    let known = (
        "[0-9a-f]{40}",
        maybe_text(),
        maybe_text(),
        prop::collection::vec(text(), 0..5),
    );
    let known = known.prop_map(|(id, author, date, refs)| {
        Some(Commit {
            id,
            author,
            date,
            refs: refs.into(),
        })
    });
    prop_oneof![Just(None), known]
}

fn owner() -> impl Strategy<Value = Owner> {
    let ids = prop::array::uniform7(prop_oneof![Just(None), any::<u64>().prop_map(Some)]);
    (maybe_text(), ids).prop_map(|(instance, ids)| Owner {
        instance,
        cell: ids[0],
        organization: ids[1],
        group: ids[2],
        project: ids[3],
        user: ids[4],
        job: ids[5],
        runner_type: ids[6],
    })
}

pub(super) fn arbitrary_finding() -> impl Strategy<Value = Finding> {
    let what = (0..5usize, secret(), path(), 1..50u64, 1..9u64, 0..3u64);
    let levels = (0..5usize, 0..4usize, any::<bool>());
    let texts = (
        text(),
        text(),
        text(),
        maybe_text(),
        maybe_text(),
        maybe_text(),
    );
    let more = (
        commit(),
        owner(),
        maybe_text(),
        maybe_text(),
        prop::collection::vec(text(), 0..3),
    );
    (what, levels, texts, more).prop_map(|(what, levels, texts, more)| {
        let rule = &rules()[what.0];
        let mut found = finding(rule, what.2.as_bytes(), what.3, what.4, what.1);
        found.location.end.line += what.5;
        found.severity = Severity::ALL[levels.0];
        found.confidence = Confidence::ALL[levels.1];
        if levels.2 {
            found.liveness = Liveness::Dead;
            found.remediations.remove(0);
        }
        // A secret may occur in any text.
        let token = String::from_utf8_lossy(found.secret.reveal()).into_owned();
        found.message = format!("{} {token}", texts.0).into();
        found.excerpt = Excerpt::new(&texts.1, &texts.2);
        found.context = Context {
            key: texts.3,
            host: texts.4,
            user: texts.5,
        };
        found.location.commit = more.0.map(Into::into);
        (found.owner, found.expires_at) = (more.1, more.2);
        found.on_disk = more.3.map(|path| std::path::PathBuf::from(path).into());
        found.encoding = more.4;
        found
    })
}

/// Findings in the order of a scan, one of a rule in a place.
pub(super) fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(Finding::output_order);
    findings.dedup_by(|a, b| a.location == b.location && a.rule_id == b.rule_id);
    findings
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_outcome_comes_back(
        findings in prop::collection::vec(arbitrary_finding(), 0..6),
        aside in prop::collection::vec(arbitrary_finding(), 0..3),
        paths in prop::collection::vec((path(), text()), 0..3),
        known in 0..6usize,
    ) {
        let (mut outcome, rules) = sample();
        outcome.findings = sorted(findings);
        let patterns = outcome.suppressed.clone();
        outcome.suppressed = sorted(aside)
            .into_iter()
            .zip(patterns.iter().cycle())
            .map(|(finding, pattern)| {
                let mut item = pattern.clone();
                item.finding = finding;
                item
            })
            .collect();
        for (path, message) in paths {
            outcome.errors[0].path = Some(path.clone());
            outcome.errors[0].message.clone_from(&message);
            outcome.skipped[0].path = path;
            outcome.notes.push(Note { message });
        }
        assert_same(&outcome, &rules[..known.min(rules.len())]);
    }
}
