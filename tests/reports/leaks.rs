//! No format shows a secret, wherever in the outcome it may have crept in.

use tokensweep::model::{BlobPath, Context, Excerpt, ItemError, Note, Outcome, Secret};
use tokensweep::report::{Format, Options, RuleInfo};

use super::outcome::{self, finding, pat, sample, write};

/// Every format with every option that does not ask for secrets.
fn reports(outcome: &Outcome, rules: &[RuleInfo]) -> Vec<(&'static str, String)> {
    let mut reports = Vec::new();
    for &format in Format::ALL {
        for on in [false, true] {
            let options = Options {
                color: on,
                width: on.then_some(60),
                list_suppressed: on,
                gitlab_identifiers: on,
                ..Options::default()
            };
            let bytes = write(format.name(), outcome, rules, &options);
            reports.push((format.name(), String::from_utf8(bytes).unwrap()));
        }
    }
    reports
}

#[test]
fn the_sample_shows_none() {
    let (outcome, rules) = sample();
    let secrets = [
        outcome::PAT_BODY,
        outcome::PASSWORD,
        outcome::JOB_SIGNATURE,
        outcome::KEY_LINE,
        outcome::ALLOWED_BODY,
    ];
    for (format, report) in reports(&outcome, &rules) {
        for secret in secrets {
            assert!(!report.contains(secret), "{format} shows {secret}");
        }
    }
}

#[test]
fn a_secret_in_every_text_shows_nowhere() {
    let (mut outcome, rules) = sample();
    let token = String::from_utf8(pat().reveal().to_vec()).unwrap();
    let some = || Some(token.clone());
    let mut hostile = finding(&rules[0], format!("x/{token}.txt").as_bytes(), 1, 1, pat());
    hostile.title = format!("A {token}");
    hostile.message = format!("It is {token}");
    hostile.remedies = vec![outcome::remedy(&token, &token, &token)];
    hostile.remedies[0].caution = some();
    hostile.owner.instance = some();
    hostile.expires_at = some();
    hostile.encoding = vec![token.clone()];
    hostile.context = Context {
        key: some(),
        host: some(),
        user: some(),
    };
    hostile.on_disk = Some(format!("/tmp/{token}").into());
    hostile.excerpt = Excerpt::new(&token, &token);
    hostile.location.commit = Some(tokensweep::model::Commit {
        id: "0".repeat(40),
        author: some(),
        date: some(),
        refs: vec![format!("refs/heads/{token}")].into(),
    });
    outcome.findings.push(hostile);
    outcome.suppressed[0].justification = some();
    let path = BlobPath::from_bytes(token.as_bytes());
    outcome.left_out[0].path = path.clone();
    outcome.errors.push(ItemError {
        path: Some(path),
        message: token.clone(),
    });
    outcome.notes.push(Note {
        message: token.clone(),
    });
    for (format, report) in reports(&outcome, &rules) {
        assert!(!report.contains(outcome::PAT_BODY), "{format}: {report}");
    }
}

#[test]
fn a_secret_is_shown_only_where_it_was_asked_for() {
    let (outcome, rules) = sample();
    for &format in Format::ALL {
        let report = |options: &Options| {
            String::from_utf8(write(format.name(), &outcome, &rules, options)).unwrap()
        };
        let shown = report(&Options {
            show_secrets: true,
            ..Options::default()
        });
        let expected = matches!(format, Format::Text | Format::Json);
        assert_eq!(shown.contains(outcome::PAT_BODY), expected, "{format}");
        let raw = report(&Options {
            raw_secrets: true,
            ..Options::default()
        });
        assert_eq!(
            raw.contains(outcome::PAT_BODY),
            format == Format::Gitlab,
            "{format}"
        );
    }
}

#[test]
fn no_hash_of_a_guessable_secret_is_shown() {
    let (_, rules) = sample();
    let with = |password: &str| {
        let finding = finding(&rules[2], b"a", 1, 1, Secret::guessable(password));
        let outcome = Outcome {
            findings: vec![finding],
            ..Outcome::default()
        };
        reports(&outcome, &rules)
    };
    assert_eq!(with("first-one"), with("other-one"));
}

#[test]
fn no_control_character_reaches_a_reader() {
    let (outcome, rules) = sample();
    for &format in Format::ALL {
        let bytes = write(format.name(), &outcome, &rules, &Options::default());
        let report = String::from_utf8(bytes).unwrap();
        let bad = report
            .chars()
            .find(|&c| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c));
        assert_eq!(bad, None, "{format}");
    }
}
