//! Causes of misses and false positives in material that others wrote, each with siblings: other names, notations and
//! files. Values are made at run time; a table shows `§` and the kind of value in its place.

mod leaks;
mod silent;

use std::collections::BTreeMap;

use crate::support::sandbox::Sandbox;
use crate::support::tokens::Rng;
use crate::support::tokens::codec::{base64, base64url, crc32};

/// One cause.
struct Cause {
    name: &'static str,
    /// The rule that reports the value; `None` for text that is not a leak.
    rule: Option<&'static str>,
    value: Value,
    /// File and text.
    cases: &'static [(&'static str, &'static str)],
}

/// The replacement of `§`.
#[derive(Clone, Copy)]
enum Value {
    /// Nothing: the text is complete.
    Literal,
    Hex(usize),
    /// Letters, digits, `-` and `_`.
    Devise(usize),
    /// Letters and digits.
    Alphanumeric(usize),
    /// Small letters alone.
    Letters(usize),
    /// Small letters and digits 2 to 7.
    Base32(usize),
    /// Base64 of so many bytes.
    Base64(usize),
    Uuid,
    /// Base64 of `user:`, 16 letters and digits, and a digit: letters alone may read like a name.
    UserPassword,
    /// Base64 of a JSON object with a 40-character key, as Grafana's older API keys are.
    GrafanaKey,
    /// A Slack token of a refreshable app: base64 of ids and a hash.
    SlackRotating,
    /// A classic token of GitHub.
    GithubToken,
    /// A private key of the curve P-256 in DER.
    CurveKey,
    /// A JSON Web Token with this header and claims of the issuer's own.
    Jwt(&'static str),
}

const ALPHANUMERIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

fn text(rng: &mut Rng, alphabet: &[u8], length: usize) -> String {
    (0..length)
        .map(|_| char::from(alphabet[rng.below(alphabet.len())]))
        .collect()
}

/// Six digits in base 62.
fn base62(mut number: u32) -> String {
    const DIGITS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[number as usize % 62];
        number /= 62;
    }
    String::from_utf8_lossy(&digits).into_owned()
}

impl Value {
    fn make(self, rng: &mut Rng) -> String {
        let hex = |rng: &mut Rng, length| text(rng, b"0123456789abcdef", length);
        match self {
            Self::Literal => String::new(),
            Self::Hex(length) => hex(rng, length),
            Self::Devise(length) => {
                let alphabet = [ALPHANUMERIC, b"-_"].concat();
                // The first and the last are letters, so that nothing around them looks like a part of it.
                let inner = text(rng, &alphabet, length - 2);
                format!("k{inner}Z")
            }
            Self::Alphanumeric(length) => text(rng, ALPHANUMERIC, length),
            Self::Letters(length) => text(rng, b"abcdefghijklmnopqrstuvwxyz", length),
            Self::Base32(length) => text(rng, b"abcdefghijklmnopqrstuvwxyz234567", length),
            Self::Base64(bytes) => base64(&rng.bytes(bytes)),
            Self::Uuid => [8, 4, 4, 4, 12].map(|length| hex(rng, length)).join("-"),
            Self::UserPassword => {
                base64(format!("deployer:{}7", text(rng, ALPHANUMERIC, 16)).as_bytes())
            }
            Self::GrafanaKey => {
                let key = text(rng, ALPHANUMERIC, 32);
                let json = format!("{{\"k\":\"{key}\",\"n\":\"ci\",\"id\":1}}");
                base64(json.as_bytes())
            }
            Self::SlackRotating => {
                let mut ids = ["3".to_owned(), "1".to_owned()].to_vec();
                ids.extend((0..3).map(|_| text(rng, b"123456789", 13)));
                ids.push(hex(rng, 64));
                base64url(ids.join("-").as_bytes())
            }
            Self::GithubToken => {
                let body = text(rng, ALPHANUMERIC, 30);
                format!("ghp_{body}{}", base62(crc32(body.as_bytes())))
            }
            Self::CurveKey => {
                let front = b"\x30\x77\x02\x01\x01\x04\x20";
                let curve =
                    b"\xa0\x0a\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\xa1\x44\x03\x42\x00\x04";
                base64(&[&front[..], &rng.bytes(32), curve, &rng.bytes(64)].concat())
            }
            Self::Jwt(header) => {
                let claims = format!(
                    "{{\"iss\":\"https://idp.acme.io\",\"sub\":\"{}\",\"exp\":1999999999}}",
                    text(rng, ALPHANUMERIC, 8)
                );
                let signature = base64url(&rng.bytes(32));
                format!(
                    "{}.{}.{signature}",
                    base64url(header.as_bytes()),
                    base64url(claims.as_bytes())
                )
            }
        }
    }
}

/// Scans the cases of `causes`, several values each, and prints how many are as expected. Returns those that are not.
fn check(causes: &[Cause], values: u64) -> Vec<String> {
    let sandbox = Sandbox::new();
    let mut expected: BTreeMap<String, (usize, &str, Option<&str>)> = BTreeMap::new();
    for (index, cause) in causes.iter().enumerate() {
        for (number, (file, text)) in cause.cases.iter().enumerate() {
            for seed in 0..values {
                let value = cause.value.make(&mut Rng::new(1000 * seed + number as u64));
                let path = format!("{index}/{number}/{seed}/{file}");
                sandbox.write(&path, text.replace('§', &value));
                expected.insert(path, (index, text, cause.rule));
            }
        }
    }
    let report = sandbox.scan(&["--no-ignore", "--no-inline-allow", "."]);
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for finding in report["findings"].as_array().unwrap() {
        let path = finding["location"]["path"].as_str().unwrap();
        let rule = finding["rule_id"].as_str().unwrap();
        found.entry(path).or_default().push(rule);
    }
    let mut good = vec![(0, 0); causes.len()];
    let mut wrong = Vec::new();
    for (path, (index, text, rule)) in &expected {
        let rules = found.get(path.as_str()).map_or(&[][..], Vec::as_slice);
        good[*index].1 += 1;
        if rules.iter().copied().eq(*rule) {
            good[*index].0 += 1;
        } else {
            wrong.push(format!("{}: {text:?}: {rules:?}", causes[*index].name));
        }
    }
    for (cause, (good, all)) in causes.iter().zip(&good) {
        println!("{}: {good} of {all}", cause.name);
    }
    wrong.dedup();
    wrong
}

#[test]
fn finds_leaks_that_were_missed_before() {
    let wrong = check(leaks::CAUSES, 5);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn stays_silent_where_others_raise_false_alarms() {
    let wrong = check(silent::CAUSES, 3);
    assert!(wrong.is_empty(), "{wrong:#?}");
}
