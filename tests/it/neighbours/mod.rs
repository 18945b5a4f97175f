//! The credentials of other services that leak beside GitLab's: found once, whole, by their rule;
//! damaged ones are never proven; text that only resembles them gives no finding.

mod keys;

use crate::support::cases;
use crate::support::encoders::{ESCAPES, base64, base64url, escaped};
use crate::support::engine::{detector, findings, rule};
use crate::support::tokens::neighbours::{Neighbour, Worth, all_neighbours, sign_in_until};
use crate::support::tokens::{NOW, Rng};
use tokensweep::model::{Confidence, Finding, Liveness, Severity};

/// Number of credentials of each kind: 2,000 take minutes in a debug build.
fn many() -> usize {
    if cfg!(debug_assertions) {
        cases(BATCH, 100)
    } else {
        2_000
    }
}

/// Number of credentials in one text.
const BATCH: usize = 20;

/// Places for credentials that are found anywhere.
const PLACES: &[&str] = &[
    "export SECRET=§\n",
    "  secret: '§'\n",
    "{\"a\": 1, \"secret\": \"§\"}\n",
    "tool --secret § --verbose\n",
    "<value>§</value>\r\n",
    "It was \"§\", he said.\n",
];

/// A place of that kind with a credential in it.
fn placed(kind: &Neighbour, credential: &str, turn: usize) -> String {
    let place = match kind.place {
        "" => PLACES[turn % PLACES.len()],
        place => place,
    };
    place.replace('§', credential)
}

fn expected(kind: &Neighbour, credential: &str) -> Confidence {
    let rule = rule(kind.rule).confidence;
    match kind.worth {
        Worth::Proven | Worth::Verified => Confidence::Proven,
        Worth::Rule => rule,
        Worth::Mixed(prefix) => {
            let has_digit = credential[prefix..].bytes().any(|b| b.is_ascii_digit());
            if has_digit {
                rule
            } else {
                rule.min(Confidence::Medium)
            }
        }
    }
}

#[test]
fn each_is_found_once_whole_by_its_rule() {
    let detector = detector();
    for kind in all_neighbours() {
        let mut rng = Rng::new(2026);
        let severity = rule(kind.rule).severity;
        for turn in 0..many() / BATCH {
            let credentials: Vec<String> = (0..BATCH).map(|_| (kind.make)(&mut rng)).collect();
            let text: String = credentials
                .iter()
                .enumerate()
                .map(|(at, credential)| placed(&kind, credential, turn + at))
                .collect();
            let found = findings(&detector, &text);
            assert_eq!(found.len(), BATCH, "{}: {found:#?}", kind.name);
            for (finding, credential) in found.iter().zip(&credentials) {
                assert_eq!(finding.rule_id.as_str(), kind.rule, "{}", kind.name);
                assert!(
                    finding.secret.reveal() == credential.as_bytes(),
                    "{}: {finding:#?}",
                    kind.name
                );
                let confidence = expected(&kind, credential);
                assert_eq!(
                    finding.confidence, confidence,
                    "{}: {finding:#?}",
                    kind.name
                );
                // A passphrase makes a key next to harmless; Sigstore's may be empty.
                let is_locked = kind.name.ends_with("locked") && !kind.name.starts_with("Sigstore");
                let severity = if is_locked { Severity::Low } else { severity };
                assert_eq!(finding.severity, severity, "{}", kind.name);
                assert!(!finding.remediations.is_empty(), "{}", kind.name);
            }
        }
    }
}

/// Credentials with a keyword of their own are found in encoded text, at every offset in a group of base64.
#[test]
fn finds_encoded_credentials_with_a_keyword() {
    let detector = detector();
    let mut kinds = all_neighbours();
    // The mark in the middle of an Azure key is found unencoded only: the text before it is too long.
    // Keys of several lines have their own tests.
    kinds.retain(|kind| {
        let is_prefixed =
            !kind.rule.ends_with("-private-key") && kind.name != "Azure storage, marked";
        rule(kind.rule).encoded && is_prefixed
    });
    assert!(kinds.len() >= 20);
    for kind in kinds {
        let mut rng = Rng::new(77);
        for front in ["", "a ", "ab ", "abc "] {
            let credential = (kind.make)(&mut rng);
            let plain = match kind.place {
                "" => format!("{front}{credential}"),
                place => format!("{front}{}", place.replace('§', &credential)),
            };
            let plain = plain.trim_end().as_bytes();
            let mut texts = vec![("base64", base64(plain)), ("base64", base64url(plain))];
            // With every character escaped, the text between a name and its value is too long to decode.
            if kind.place.is_empty() {
                for name in ["percent", "hex escape", "JSON", "HTML decimal", "HTML hex"] {
                    let escape = ESCAPES.iter().find(|(known, ..)| *known == name).unwrap();
                    texts.push((escape.1, escaped(plain, escape, |_, _| true)));
                }
            }
            for (name, code) in texts {
                let text = format!("data = \"{}\"\n", String::from_utf8(code).unwrap());
                let found = findings(&detector, &text);
                let is_it = found.len() == 1
                    && found[0].rule_id.as_str() == kind.rule
                    && found[0].secret.reveal() == credential.as_bytes();
                assert!(is_it, "{}, {name}, '{front}': {found:#?}", kind.name);
                let encoding = &found[0].encoding;
                assert!(
                    encoding.len() == 1 && encoding[0].starts_with(name),
                    "{found:#?}"
                );
            }
        }
    }
}

#[test]
fn a_changed_character_is_never_proof() {
    const OTHERS: &[u8] = b"ABCDEFGHJKMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz023456789";
    let detector = detector();
    let checksummed: Vec<Neighbour> = all_neighbours()
        .into_iter()
        .filter(|kind| kind.worth == Worth::Proven)
        .collect();
    assert!(checksummed.len() >= 14);
    for kind in checksummed {
        let mut rng = Rng::new(7);
        let mut damaged = 0;
        while damaged < many() {
            let mut text = String::new();
            for turn in 0..BATCH {
                let mut credential = (kind.make)(&mut rng).into_bytes();
                // After the common prefix, and before the last line of a block.
                let end = credential.len() - if kind.prefix == 40 { 40 } else { 0 };
                let at = kind.prefix + rng.below(end - kind.prefix);
                let other = OTHERS[rng.below(OTHERS.len())];
                if credential[at] != other && credential[at].is_ascii_alphanumeric() {
                    credential[at] = other;
                    damaged += 1;
                    text += &placed(&kind, str::from_utf8(&credential).unwrap(), turn);
                }
            }
            for finding in findings(&detector, &text) {
                let is_proof = finding.confidence == Confidence::Proven;
                assert!(!is_proof, "{}: {finding:#?}", kind.name);
            }
        }
    }
}

/// Compiled code stores the length before each text, in a byte that may look like a part of it.
#[test]
fn excludes_a_length_byte_before_the_token() {
    let detector = detector();
    let mut counted = 0;
    for kind in all_neighbours().iter().filter(|kind| kind.place.is_empty()) {
        let mut rng = Rng::new(21);
        let credential = (kind.make)(&mut rng);
        let Ok(length) = u8::try_from(credential.len()) else {
            continue;
        };
        counted += usize::from(length.is_ascii_alphanumeric());
        for before in ["\u{1}\0", "\u{1}\u{12}"] {
            let text = format!("{before}{}{credential}\u{1}\0\u{4}Code", char::from(length));
            let found = findings(&detector, &text);
            let is_it = found.len() == 1 && found[0].secret.reveal() == credential.as_bytes();
            assert!(is_it || !length.is_ascii(), "{}: {found:#?}", kind.name);
        }
    }
    assert!(counted > 3);
}

/// One character less, one more, another character in front: for those of a fixed length.
#[test]
fn other_lengths_are_other_things() {
    const FIXED: &[&str] = &[
        "github-token",
        "github-fine-grained-token",
        "npm-access-token",
        "docker-hub-token",
        "grafana-token",
        "age-secret-key",
        "gcp-api-key",
        "google-oauth-client-secret",
        "slack-webhook-url",
        "aws-secret-access-key",
        "azure-storage-key",
        "jenkins-api-token",
        "vault-legacy-token",
    ];
    let detector = detector();
    for kind in all_neighbours() {
        let varies = ["Grafana Cloud", "GitHub, installation since 2026"];
        if !FIXED.contains(&kind.rule) || varies.contains(&kind.name) {
            continue;
        }
        let mut rng = Rng::new(11);
        for turn in 0..50 {
            let whole = (kind.make)(&mut rng);
            let (start, end) = whole.split_at(whole.len() - 5);
            for other in [format!("{start}{}", &end[1..]), format!("{start}a{end}")] {
                let found = findings(&detector, placed(&kind, &other, turn));
                let loud = found
                    .iter()
                    .find(|f| f.confidence > Confidence::Low && f.rule_id.as_str() == kind.rule);
                assert!(loud.is_none(), "{}, {}: {loud:#?}", kind.name, other.len());
            }
        }
    }
}

#[test]
fn near_misses_are_silent() {
    let a = |count: usize| "a".repeat(count);
    let sha = "9f8457d98a6c345a37fddc79b0a3e16b6c345a37";
    let lines = [
        format!("aws_secret_access_key = {sha}"),
        format!("secret_key = {sha}"),
        format!("{}IAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/{}", "AK", "bPxRfiCYEXAMPLEKEY"),
        format!("{}IAQ3EGRPZ7TK2LVW5C", "AK"),
        format!("AWS_SECRET_ACCESS_KEY={}", a(40)),
        "AWS_SECRET_ACCESS_KEY=${{ secrets.AWS_SECRET_ACCESS_KEY_OF_CI }}".to_owned(),
        "secretAccessKey: config.get('aws.secretAccessKey')".to_owned(),
        format!("AccountKey={};", "A".repeat(86) + "=="),
        "AccountKey=<storage-account-key>;EndpointSuffix=core.windows.net".to_owned(),
        format!("AIza{}", "X".repeat(35)),
        "AIzaSy... is how a key begins".to_owned(),
        format!("GOCSPX-{}", "_".repeat(28)),
        "client_secret: GOCSPX-your-client-secret-here-1234".to_owned(),
        "the mark 8Q~ stands in the middle".to_owned(),
        format!("dckr_pat_{}", a(27)),
        "DOCKER=dckr_pat_your_token".to_owned(),
        format!("ghp_{}", "x".repeat(36)),
        "gh[pousr]_[A-Za-z0-9]{36}".to_owned(),
        "ghs_ and ghp_ are prefixes, ghp_helper_function_of_ours is not".to_owned(),
        format!("github_pat_{}_{}", a(22), a(59)),
        "npm_config_registry=https://registry.npmjs.org npm_package_dependencies_lodash_version_x".to_owned(),
        "npm_lifecycle_event npm_execpath npm_node_execpath".to_owned(),
        "pypi-AgEIcHlwaS5vcmcCJ... is the beginning of all".to_owned(),
        format!("xoxb-{0}-{0}-{1}", "123456789012", "x".repeat(24)),
        "xoxb-not-a-real-token xoxp-your-token-here xapp-1-A0-1-x".to_owned(),
        "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX".to_owned(),
        "https://hooks.slack.com/services/$A/$B/$C".to_owned(),
        format!("ATATT3{}=00000000", "x".repeat(180)),
        "JENKINS_API_TOKEN=11ffffffffffffffffffffffffffffffff".to_owned(),
        "JENKINS_HOME=/var/jenkins_home JENKINS_URL=https://jenkins.acme.internal/".to_owned(),
        format!("AGE-SECRET-KEY-1{}", "Q".repeat(58)),
        "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p is a public key".to_owned(),
        format!("{}.atlasv1.{}", a(14), a(67)),
        "hvs.length, hvs.map(x), hvs.CAESIJ...".to_owned(),
        format!("hvs.{}", "x".repeat(24)),
        "VAULT_TOKEN=s.xxxxxxxxxxxxxxxxxxxxxxxx VAULT_TOKEN=root".to_owned(),
        "this.vault_token = s.someVeryLongPropertyName".to_owned(),
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----".to_owned(),
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----".to_owned(),
        format!("-----BEGIN RSA {0}-----\n...\n-----END RSA {0}-----", ["PRIVATE", " KEY"].concat()),
        "eyJhbGciOiJIUzI1NiJ9 is a header".to_owned(),
        "FORTANIX_API_KEY=${FORTANIX_API_KEY} FORTANIX_API_ENDPOINT=https://eu.smartkey.io".to_owned(),
    ];
    let detector = detector();
    for line in &lines {
        let loud: Vec<Finding> = findings(&detector, format!("{line}\n"))
            .into_iter()
            .filter(|finding| finding.confidence > Confidence::Low)
            .collect();
        assert!(loud.is_empty(), "{line}: {loud:#?}");
    }
}

#[test]
fn an_expired_token_is_for_information() {
    let detector = detector();
    let mut rng = Rng::new(3);
    for (expires, severity, liveness) in [
        (NOW - 3600, Severity::Info, Liveness::Dead),
        (NOW + 3600, Severity::Medium, Liveness::Unknown),
    ] {
        let token = sign_in_until(&mut rng, expires);
        let found = findings(&detector, format!("Authorization: Bearer {token}\n"));
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(found[0].rule_id.as_str(), "json-web-token");
        assert_eq!(found[0].severity, severity);
        assert_eq!(found[0].liveness, liveness);
        assert!(found[0].expires_at.is_some());
    }
}
