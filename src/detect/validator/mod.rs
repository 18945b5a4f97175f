//! Assesses matches: confidence and severity, or rejection.

mod account;
mod checksum;
mod digest;
mod jwt;
mod private_key;

use std::ops::Range;

pub(super) use digest::is_digest;

use super::candidate::{Assessment, Verdict};
use crate::model::{Confidence, Context, Owner};
use crate::rule::{Check, Rule};
use crate::token::is_published;
use crate::token::{
    entropy, is_dummy_password, is_friendly, is_identifier, is_not_secret, is_placeholder,
    is_public_example, reads_like_name, reference, routable,
};
use crate::vocabulary::not_secrets;

/// The lengths that Devise's generator is asked for: other bodies of the same rules are made
/// otherwise (a path-bound feed token is hexadecimal).
const FRIENDLY_LENGTHS: [usize; 2] = [20, 50];

/// Reason why a published token is not a leak.
const PUBLIC_EXAMPLE: &str = "it is a public example";

/// Assesses matches. Contains the facts besides the match.
#[derive(Clone, Copy, Debug)]
pub(super) struct Validator {
    /// The time to hold expiries against, in seconds since 1970.
    pub(super) now: Option<i64>,
}

/// The kind of location of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MatchContext {
    /// Any text: it may be documentation.
    Text,
    /// A file that a program reads credentials from, at a key that holds them.
    Document,
    /// A key in a file of settings. Only its name identifies the value as a credential.
    Named,
}

impl Validator {
    /// Assesses the match `bytes[secret]` with the random part `bytes[body]`. Returns the span of the secret, which a checksum or a
    /// default (`${X:-secret}`) may correct, and the verdict.
    pub(super) fn assess(
        &self,
        rule: &Rule,
        bytes: &[u8],
        secret: Range<usize>,
        body: Range<usize>,
        context: &Context,
        place: MatchContext,
    ) -> (Range<usize>, Verdict) {
        if rule.checks.contains(&Check::Routable)
            && routable::shape(&bytes[body.clone()], 0).is_some()
        {
            return assess_routable(rule, bytes, secret, body.start);
        }
        let text = &bytes[secret.clone()];
        let random = &bytes[body];
        if let Some(verdict) = self.assess_by_form(rule, text, random) {
            return (secret, verdict);
        }
        if rule.checks.contains(&Check::Password) {
            return match reference(text) {
                None => (secret.clone(), assess_password(rule, text, context, place)),
                Some(reference) => match reference.default {
                    None => (secret, Verdict::Reject),
                    Some(default) => {
                        let default = secret.start + default.start..secret.start + default.end;
                        let verdict =
                            assess_password(rule, &bytes[default.clone()], context, place);
                        (default, verdict)
                    }
                },
            };
        }
        let verdict = assess_random(rule, text, random);
        (secret, verdict)
    }

    /// Returns the verdict of the rule's checks of a credential's inner form; `None` if no check supports the form.
    fn assess_by_form(&self, rule: &Rule, text: &[u8], body: &[u8]) -> Option<Verdict> {
        rule.checks.iter().find_map(|check| match check {
            Check::Jwt | Check::KubernetesJwt | Check::OtherJwt => {
                jwt::assess(rule, *check, body, self.now)
            }
            Check::Checksum => checksum::assess(text, body),
            Check::Macaroon => Some(checksum::assess_macaroon(rule, body)),
            Check::UuidAndSecret => Some(checksum::assess_pair(rule, body)),
            Check::Account => Some(account::assess(rule, text)),
            Check::PrivateKey => Some(private_key::assess(rule, text)),
            Check::Routable
            | Check::AnyPrefix
            | Check::Friendly
            | Check::Identifier
            | Check::Mixed
            | Check::Password => None,
        })
    }
}

/// A routable token proves itself by its checksum, which covers any instance prefix: where the
/// characters in front do not belong to it, it verifies without them.
fn assess_routable(
    rule: &Rule,
    bytes: &[u8],
    secret: Range<usize>,
    body_start: usize,
) -> (Range<usize>, Verdict) {
    let type_prefix = rule
        .matchers
        .keywords()
        .iter()
        .filter_map(|keyword| {
            memchr::memmem::rfind(&bytes[secret.start..body_start], keyword.text.as_bytes())
        })
        .max()
        .unwrap_or(0);
    for start in [secret.start]
        .into_iter()
        .chain(secret.start + 1..=secret.start + type_prefix)
    {
        if let Some(token) = routable::check(&bytes[start..secret.end], body_start - start) {
            return (
                start..secret.end,
                proven(&bytes[start..secret.end], token.owner),
            );
        }
    }
    let because = "its checksum does not verify, so it is a placeholder or damaged";
    (secret, accept(Confidence::Low, because))
}

/// A token whose checksum verifies: proof, unless it is published.
pub(super) fn proven(token: &[u8], owner: Owner) -> Verdict {
    if is_public_example(token) {
        return accept(Confidence::Low, PUBLIC_EXAMPLE);
    }
    Verdict::Accept(Assessment {
        owner,
        ..Assessment::new(Confidence::Proven, "its checksum verifies")
    })
}

/// A random string without a checksum.
fn assess_random(rule: &Rule, text: &[u8], body: &[u8]) -> Verdict {
    let may_be_name = rule.checks.contains(&Check::Identifier) && body.len() == 20;
    if is_placeholder(body)
        || calls_itself_example(body)
        || may_be_name && (is_identifier(body) || account::is_encoded_text(body))
    {
        return Verdict::Reject;
    }
    if rule.checks.contains(&Check::Identifier) && is_code_name(body) {
        return accept(Confidence::Low, "it reads like a name");
    }
    // A rule for a location has no prefix.
    let what = if rule.generic { "place" } else { "prefix" };
    if [text, body]
        .into_iter()
        .any(|token| is_public_example(token) || is_published(token))
    {
        return accept(Confidence::Low, PUBLIC_EXAMPLE);
    }
    if has_made_up_number(text) {
        return accept(Confidence::Low, "a number in it is made up");
    }
    if rule.min_entropy.is_some_and(|least| entropy(body) < least) {
        return accept(Confidence::Low, "it is less random than a generated token");
    }
    if rule.checks.contains(&Check::Friendly) && FRIENDLY_LENGTHS.contains(&body.len()) {
        return if is_friendly(body) {
            accept(
                rule.confidence,
                &format!("{what}, length and alphabet are those of a generated token"),
            )
        } else {
            accept(
                rule.confidence.min(Confidence::Medium),
                &format!(
                    "{what} and length fit, but GitLab's generator avoids some of its letters (l I O 0)"
                ),
            )
        };
    }
    if rule.checks.contains(&Check::Mixed) {
        let has = |kind: fn(&u8) -> bool| body.iter().any(kind);
        if !has(u8::is_ascii_uppercase) || !has(u8::is_ascii_lowercase) {
            return accept(Confidence::Low, "its letters are all of one case");
        }
        if !has(u8::is_ascii_digit) && is_identifier(body) {
            return accept(Confidence::Low, "it reads like a name in code");
        }
        if !has(u8::is_ascii_digit) {
            return accept(
                rule.confidence.min(Confidence::Medium),
                "prefix, length and alphabet fit, but it has no digit",
            );
        }
    }
    accept(rule.confidence, &format!("{what}, length and alphabet fit"))
}

/// Returns true for words with dashes and small numbers: `renovate-bot-2024-05`.
fn is_code_name(body: &[u8]) -> bool {
    let parts = || body.split(|byte| matches!(byte, b'-' | b'_'));
    let is_part = |part: &[u8]| {
        let letters = part
            .iter()
            .take_while(|byte| byte.is_ascii_lowercase())
            .count();
        !part.is_empty() && part[letters..].iter().all(u8::is_ascii_digit)
    };
    parts().count() >= 3 && parts().all(is_part) && reads_like_name(body)
}

/// Returns true if ten digits or more in a row are a sequence or one digit repeated: `1234567890`, as
/// the ids in a token of Slack never are.
fn has_made_up_number(text: &[u8]) -> bool {
    const MIN_DIGITS: usize = 10;
    text.split(|byte| !byte.is_ascii_digit())
        .filter(|number| number.len() >= MIN_DIGITS)
        .any(|number| {
            let pairs = || number.windows(2);
            let step = |pair: &[u8]| (pair[1] + 10 - pair[0]) % 10;
            [0, 1, 9]
                .iter()
                .any(|&kind| pairs().all(|pair| step(pair) == kind))
        })
}

/// True for a body that contains `EXAMPLE`, as in AWS's documentation. One random body in 10^9 does.
fn calls_itself_example(body: &[u8]) -> bool {
    const WORD: &[u8] = b"example";
    body.windows(WORD.len())
        .any(|word| word.eq_ignore_ascii_case(WORD))
}

/// Assesses a password. It may be any text, so that only its location and form distinguish it from an example.
fn assess_password(
    rule: &Rule,
    password: &[u8],
    context: &Context,
    place: MatchContext,
) -> Verdict {
    if is_public_example(password) {
        return accept(Confidence::Low, PUBLIC_EXAMPLE);
    }
    let is_mask = password.iter().all(|byte| Some(byte) == password.first());
    if is_not_secret(password) || is_mask || is_other_syntax(password) {
        return Verdict::Reject;
    }
    match place {
        MatchContext::Text => assess_password_in_text(rule, password, context),
        MatchContext::Document if is_dummy_password(password) => accept(
            Confidence::Low,
            "a program reads it from here, but it reads like an example",
        ),
        MatchContext::Document => accept(
            Confidence::High,
            "a program reads it from here as a password",
        ),
        MatchContext::Named if reads_like_name(password) => accept(
            Confidence::Low,
            "the name of its key is that of a password, but it reads like a name",
        ),
        MatchContext::Named if is_strong(password) => accept(
            Confidence::High,
            "the name of its key is that of a password",
        ),
        MatchContext::Named => accept(
            Confidence::Medium,
            "the name of its key is that of a password, though a weak one",
        ),
    }
}

/// Assesses a password in any text, such as a URL in documentation.
fn assess_password_in_text(rule: &Rule, password: &[u8], context: &Context) -> Verdict {
    let user = context.user.as_deref().unwrap_or_default();
    let host = context.host.as_deref().unwrap_or_default();
    let plain: Vec<u8> = percent_encoding::percent_decode(password).collect();
    let letters: Vec<u8> = plain
        .iter()
        .copied()
        .filter(u8::is_ascii_alphanumeric)
        .collect();
    if is_placeholder(password)
        || is_dummy_password(password)
        || is_dummy_password(&letters)
        || user.as_bytes().eq_ignore_ascii_case(&plain)
    {
        return Verdict::Reject;
    }
    // Before the host of a URL is a password; other locations are less certain.
    if rule.generic && host.is_empty() && reads_like_name(&plain) {
        return accept(
            Confidence::Low,
            "its place is that of a password, but it reads like a name in code",
        );
    }
    if !is_strong(&plain) || is_documentation_host(host) && !is_generated(&plain) {
        return accept(
            Confidence::Low,
            "a password in a URL that reads like an example",
        );
    }
    if is_documentation_host(host) {
        return accept(
            rule.confidence.min(Confidence::Medium),
            "a password in a URL looks generated, though its host is one of documentation",
        );
    }
    accept(rule.confidence, "a password in a URL")
}

/// Returns true for text that the URL grammar mistakes for a password: a port and settings after it
/// (`1433;database=prod;user=admin`, JDBC), or the first of several accounts with dummies.
fn is_other_syntax(password: &[u8]) -> bool {
    let digits = password
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let is_port = (1..=5).contains(&digits) && password.get(digits) == Some(&b';');
    let is_first_of_several = memchr::memchr(b'@', password).is_some_and(|at| {
        let (first, rest) = password.split_at(at);
        rest.contains(&b',') && is_dummy_password(first)
    });
    is_port && password.contains(&b'=') || is_first_of_several
}

/// True for hosts that exist for examples, or mean the reader's own machine.
fn is_documentation_host(host: &str) -> bool {
    let port = host.rsplit_once(':');
    let port = port.filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    let host = port.map_or(host, |(name, _)| name).to_ascii_lowercase();
    let words = not_secrets();
    let is_below = |domain: &String| {
        let before = host.strip_suffix(domain.as_str());
        before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
    };
    let is_in = |network: &String| host.starts_with(network.as_str());
    words.documentation_hosts.contains(&host)
        || words.documentation_domains.iter().any(is_below)
        || words.documentation_networks.iter().any(is_in)
}

/// True if a password looks chosen to be hard: eight characters or more, not few different ones,
/// with a digit among letters or letters of both cases. Lower-case letters and
/// punctuation alone are mostly a word.
fn is_strong(password: &[u8]) -> bool {
    let has = |kind: fn(&u8) -> bool| password.iter().any(kind);
    let lower = has(u8::is_ascii_lowercase);
    let upper = has(u8::is_ascii_uppercase);
    password.len() >= 8
        && ((has(u8::is_ascii_digit) && (lower || upper)) || (lower && upper))
        && entropy(password) >= 2.5
}

/// True if a strong password looks made by a machine: as long as a token, or of twelve characters or more
/// of all three kinds, and no name of something in code.
fn is_generated(password: &[u8]) -> bool {
    const TOKEN: usize = 20;
    let has = |kind: fn(&u8) -> bool| password.iter().any(kind);
    let is_mixed =
        has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_digit);
    (password.len() >= TOKEN || password.len() >= 12 && is_mixed)
        && entropy(password) >= 3.0
        && !is_identifier(password)
}

/// Returns an acceptance with a confidence and a reason, and without further facts.
fn accept(confidence: Confidence, because: &str) -> Verdict {
    Verdict::Accept(Assessment::new(confidence, because))
}
