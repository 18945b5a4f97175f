//! No format shows a secret, wherever in the outcome it may have crept in.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use proptest::prelude::*;
use tokensweep::model::{
    BlobPath, Context, Excerpt, Exclusion, ExclusionSource, Finding, ItemError, Note, Outcome,
    PlaceKind, Reach, RemotePlace, Secret, Suppressed, SuppressionKind, TokenDetails, Verification,
};
use tokensweep::report::{Format, Input, Link, Options, RuleInfo, ScanInfo};

use crate::support::outcome::{self, finding, pat, sample, write};

/// Every format with every option that does not ask for secrets.
fn reports(outcome: &Outcome, rules: &[RuleInfo]) -> Vec<(&'static str, String)> {
    let mut reports = Vec::new();
    for &format in Format::ALL {
        for on in [false, true] {
            let options = Options {
                color: on,
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
fn the_sample_shows_no_secret() {
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

/// The sample with `text` in every field that comes from scanned content. A plain word is not in paths, compound names
/// and sentences of the program, where it stays.
fn planted(text: &str, is_word: bool) -> (Outcome, Vec<RuleInfo>) {
    let (mut outcome, rules) = sample();
    let some = || Some(format!("a {text} b"));
    let in_path = if is_word { "" } else { text };
    let path = BlobPath::from_bytes(format!("x/{in_path}/y.zip"));
    let entry = format!("in/{in_path}.txt");
    let packed = path.with_entry(entry.as_bytes());
    let other = Secret::new(outcome::other_pat(), 6);
    let mut hostile = finding(&rules[0], path.as_bytes(), 1, 1, other);
    hostile.title = format!("A {in_path}").into();
    hostile.message = format!("It is {in_path}").into();
    hostile.remediations = vec![outcome::remedy(in_path, in_path, in_path).into()];
    std::sync::Arc::make_mut(&mut hostile.remediations[0]).caution = Some(in_path.to_owned());
    hostile.owner.instance = some();
    hostile.expires_at = some();
    hostile.encoding = vec![text.to_owned()];
    hostile.context = Context {
        key: some(),
        host: Some(format!("{in_path}.example {text}")),
        user: Some(text.to_owned()),
    };
    hostile.on_disk = Some(std::path::PathBuf::from(format!("/tmp/{in_path}")).into());
    hostile.remote = Some(
        RemotePlace {
            kind: PlaceKind::Artifacts,
            owner: format!("acme/{text}"),
            url: format!("https://gitlab.example/{text}"),
            has_line_anchors: false,
            entry_page: None,
            visibility: None,
            protection: None,
            appeared: some(),
            known: false,
        }
        .into(),
    );
    hostile.verification = Some(
        Verification {
            instance: format!("https://{in_path}.example"),
            checked_at: text.to_owned(),
            reason: format!("a {text} b"),
            token: TokenDetails {
                name: some(),
                scopes: vec![text.to_owned()],
                username: some(),
                expires_at: some(),
                last_used_at: some(),
                ..TokenDetails::default()
            },
            reach: Some(Reach {
                groups: vec![text.to_owned()],
                projects: vec![text.to_owned()],
                complete: true,
            }),
        }
        .into(),
    );
    hostile.excerpt = Excerpt::new(&format!("a {text} b"), text);
    hostile.location.commit = Some(
        tokensweep::model::Commit {
            id: "0".repeat(40),
            author: some(),
            date: some(),
            refs: vec![format!("refs/heads/{text}")].into(),
        }
        .into(),
    );
    outcome.suppressed.push(Suppressed {
        finding: hostile.clone(),
        kind: SuppressionKind::Allowlist,
        justification: some(),
    });
    outcome.findings.push(hostile.clone());
    hostile.location.path = packed;
    outcome.findings.push(hostile);
    outcome.skipped[0].path = path.clone();
    outcome.errors.push(ItemError {
        path: Some(path),
        message: text.to_owned(),
    });
    outcome.notes.push(Note {
        message: text.to_owned(),
    });
    outcome.exclusions.push(Exclusion {
        by: ExclusionSource::Variable,
        name: text.to_owned(),
        patterns: vec![format!("a {text} b")],
        trusted: false,
        findings: 1,
        files: 1,
        limits_commits: true,
        limits_rules: false,
    });
    (outcome, rules)
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Letters and digits of a text in small letters, as a reader who ignores punctuation sees them.
fn folded(text: &str) -> String {
    let is_read = char::is_ascii_alphanumeric;
    text.to_ascii_lowercase().chars().filter(is_read).collect()
}

/// A secret in every form in which a text may contain it.
fn forms(secret: &str) -> Vec<String> {
    let percent = |every: usize| -> String {
        let encode = |(at, byte): (usize, u8)| match at % every {
            0 => format!("%{byte:02X}"),
            _ => char::from(byte).to_string(),
        };
        secret.bytes().enumerate().map(encode).collect()
    };
    let (front, back) = secret.split_at(secret.len() / 2);
    vec![
        secret.to_owned(),
        secret.to_ascii_uppercase(),
        percent(1),
        percent(5),
        percent(3).replace('%', "%25"),
        secret
            .chars()
            .map(|c| format!("\\u{:04x}", u32::from(c)))
            .collect(),
        secret
            .chars()
            .map(|c| format!("&#{};", u32::from(c)))
            .collect(),
        secret.bytes().map(|byte| format!("{byte:02x}")).collect(),
        BASE64_STANDARD.encode(secret),
        BASE64_STANDARD.encode(format!("bob:{secret}")),
        BASE64_URL_SAFE_NO_PAD.encode(format!("ab:{secret}\n")),
        secret
            .bytes()
            .map(|byte| format!("{byte:02X}"))
            .collect::<Vec<_>>()
            .join(":"),
        secret
            .bytes()
            .map(|byte| format!("0x{byte:02x}"))
            .collect::<Vec<_>>()
            .join(", "),
        BASE64_STANDARD.encode(utf16(secret)),
        utf16(secret)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect(),
        secret.chars().map(|c| format!("{c}\0")).collect(),
        secret.chars().map(|c| format!("{c}\u{200b}")).collect(),
        secret.to_ascii_lowercase(),
        format!("x{secret}y"),
        format!("{front}\" + \"{back}"),
        format!("{front}\\\n  {back}"),
        format!("https://bob:{secret}@git.example/x.git"),
    ]
}

#[test]
fn no_form_of_a_secret_in_any_text_shows_in_any_format() {
    let token = String::from_utf8(pat().reveal().to_vec()).unwrap();
    let hide = |finding: &mut Finding, secret: &Secret| finding.secret = secret.clone();
    let passwords = ["Tr0ub4dorX9z", "Kx7Q2z", r#"q"Rt\Vw3&X<Z"#, "pä55wörtX9z"];
    let passwords = passwords.map(|password| (password, Secret::guessable(password)));
    for (text, secret) in [(&*token, pat())].into_iter().chain(passwords) {
        let hidden = folded(text.strip_prefix("glpat-").unwrap_or(text));
        let known = ["found", "suppressed", "seen"];
        for (form, known) in forms(text).into_iter().zip(known.into_iter().cycle()) {
            let (mut outcome, rules) = planted(&form, false);
            match known {
                "found" => hide(&mut outcome.findings[0], &secret),
                "suppressed" => hide(&mut outcome.suppressed[0].finding, &secret),
                _ => outcome.secrets_seen.insert(secret.clone()),
            }
            for &format in Format::ALL {
                let bytes = write(format.name(), &outcome, &rules, &Options::default());
                let report = String::from_utf8(bytes).unwrap();
                let parts = form.split(['\n', '\\', '"', ' ']);
                for part in parts.filter(|part| part.len() > 5) {
                    let at = report.find(part);
                    let near = at.map(|at| report.split_at(at).0.lines().last());
                    assert_eq!(near, None, "{format} shows {part} of {form}, {known}");
                }
                let shown = report.lines().find(|line| folded(line).contains(&hidden));
                assert_eq!(shown, None, "{format} shows {form}, {known}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_surroundings_bring_a_secret_out(
        before in "\\PC{0,12}[ =:'/,;|]",
        after in "[ ='/,;|]\\PC{0,12}",
        which in any::<prop::sample::Index>(),
    ) {
        let password = "Tr0ub4dorX9z";
        let form = forms(password).swap_remove(which.index(forms(password).len()));
        let (mut outcome, rules) = planted(&format!("{before}{form}{after}"), false);
        outcome.secrets_seen.insert(Secret::guessable(password));
        for &format in Format::ALL {
            let bytes = write(format.name(), &outcome, &rules, &Options::default());
            let report = String::from_utf8(bytes).unwrap();
            for part in form.split(['\n', '\\', '"', ' ']).filter(|part| part.len() > 5) {
                prop_assert!(!report.contains(part), "{format} shows {part} of {form}");
            }
        }
    }
}

#[test]
fn no_secret_in_the_facts_about_a_scan_shows_in_any_format() {
    let (mut outcome, rules) = sample();
    let password = "Tr0ub4dorX9z";
    outcome.secrets_seen.insert(Secret::guessable(password));
    let url = format!("https://gitlab.example/acme/{password}");
    let scan = ScanInfo {
        project_url: Some(url.clone()),
        commit: Some(password.to_owned()),
        links: vec![Link {
            label: format!("Job of {password}"),
            url,
        }],
        ..ScanInfo::default()
    };
    for &format in Format::ALL {
        let mut bytes = Vec::new();
        let input = Input {
            outcome: &outcome,
            rules: &rules,
            scan: &scan,
            options: &Options::default(),
        };
        format.write(&input, &mut bytes).unwrap();
        let report = String::from_utf8(bytes).unwrap();
        assert!(!report.contains(password), "{format}: {report}");
    }
}

#[test]
fn a_password_that_is_a_word_of_the_program_is_not_masked_in_its_sentences() {
    let (mut outcome, rules) = sample();
    let word = "owner";
    let hint = outcome::remedy("Revoke it without its owner", "an owner", "curl owner");
    outcome.findings[0].remediations = vec![hint.into()];
    outcome.findings[0].context.key = Some("owner_token".to_owned());
    let before = reports(&outcome, &rules);
    outcome.secrets_seen.insert(Secret::guessable(word));
    assert_eq!(before, reports(&outcome, &rules));
}

#[test]
fn a_plain_word_that_is_a_password_shows_in_no_text_of_scanned_content_but_a_name() {
    let (mut outcome, rules) = planted("letmein", true);
    outcome.findings[0].secret = Secret::guessable("letmein");
    for (format, report) in reports(&outcome, &rules) {
        assert!(!report.contains("letmein"), "{format}: {report}");
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

    let beside = |password: &str| {
        let path = format!("x/{password}/a");
        let finding = finding(
            &rules[2],
            path.as_bytes(),
            1,
            1,
            Secret::guessable("a-value"),
        );
        let mut outcome = Outcome {
            findings: vec![finding],
            ..Outcome::default()
        };
        outcome.secrets_seen.insert(Secret::guessable(password));
        reports(&outcome, &rules)
    };
    assert_eq!(beside("First0ne"), beside("0ther1ne"));
}

#[test]
fn no_control_character_reaches_a_reader() {
    let hostile = "\x1b[2J\u{9b}31m\r\u{202e}\u{2028}\u{fffe}\u{ffff}\u{1ffff}\u{e0041}\u{fdd0}";
    let (outcome, rules) = planted(hostile, false);
    for &format in Format::ALL {
        let bytes = write(format.name(), &outcome, &rules, &Options::default());
        let report = String::from_utf8(bytes).unwrap();
        let bad = report.chars().find(|&c| {
            let is_noncharacter = u32::from(c) & 0xfffe == 0xfffe;
            (c.is_control() && c != '\n')
                || is_noncharacter
                || ('\u{2028}'..='\u{202e}').contains(&c)
                || ('\u{e0000}'..='\u{e007f}').contains(&c)
        });
        assert_eq!(bad, None, "{format}");
    }
}
