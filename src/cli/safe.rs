//! Cleans every text for standard error and the log of a job: removes credentials and characters
//! that a terminal would act on. Messages repeat names, options, addresses and the output of other
//! programs, all of which others may have chosen.

use std::sync::{Arc, OnceLock};

use super::ci::system::secret_variables;
use crate::detect::{DetectOptions, Detector};
use crate::model::{BlobPath, Origin, Outcome, Secret};
use crate::report;
use crate::rule::RuleSet;

/// Variables of the operator whose values are secret.
const OPERATOR_VARIABLES: [&str; 3] = [
    "TOKENSWEEP_FINGERPRINT_KEY",
    "TOKENSWEEP_GITLAB_TOKEN",
    "GITLAB_TOKEN",
];

/// Returns the secrets of the job and of the operator in the environment.
fn own_secrets() -> impl Iterator<Item = Secret> {
    let values = secret_variables().chain(OPERATOR_VARIABLES);
    let values = values.filter_map(std::env::var_os);
    values.map(|value| Secret::guessable(value.into_encoded_bytes()))
}

/// Adds the secrets in the environment to those that the reports of an outcome must not show.
pub(super) fn hide_own_secrets(outcome: &mut Outcome) {
    own_secrets().for_each(|secret| outcome.secrets_seen.insert(secret));
}

/// `text`, on as many lines, as it may be shown.
pub(super) fn safe(text: &str) -> String {
    let mut secrets: Vec<Secret> = own_secrets().collect();
    if let Some(detector) = may_contain_credential(text).then(detector).flatten() {
        let origin = Origin::file(BlobPath::default(), Default::default());
        let found = detector.scan_bytes(text.as_bytes(), &origin);
        secrets.extend(found.into_iter().map(|found| found.finding.secret));
    }
    report::safe_text(text, &secrets)
}

/// The length of a run that may be a token.
const MIN_TOKEN: usize = 16;

/// Words near a password, in small letters.
const WORDS: [&str; 8] = [
    "passw", "pwd", "token", "secret", "auth", "bearer", "basic", "login",
];

/// False for texts that no rule can match, so that an ordinary message does not cost the preparation of
/// all rules. Passwords in URLs are found without rules.
fn may_contain_credential(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_+/=.".contains(c);
    let is_token = |run: &str| run.len() >= MIN_TOKEN && run.contains(|c: char| c.is_ascii_digit());
    let small = text.to_ascii_lowercase();
    text.split(|c| !is_part(c)).any(is_token)
        || text.contains("-----")
        || WORDS.iter().any(|word| small.contains(word))
}

/// The built-in rules, prepared when the first message is printed.
pub(super) fn detector() -> Option<&'static Detector> {
    static DETECTOR: OnceLock<Option<Detector>> = OnceLock::new();
    let new = || Detector::new(Arc::new(RuleSet::builtin()), &DetectOptions::default()).ok();
    DETECTOR.get_or_init(new).as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_and_escapes_do_not_pass() {
        let token = format!("{}{}", "glpat-", "x7WzN4smT9Pk2Dx2Rv8b");
        let text = safe(&format!(
            "cannot read '{token}\x1b[2J\u{202e}': https://bob:pw4711@h/x\nsecond line"
        ));
        assert!(!text.contains("x7WzN4smT9Pk2Dx2Rv8b"), "{text}");
        assert!(!text.contains("pw4711"), "{text}");
        assert!(!text.contains(['\x1b', '\u{202e}']), "{text}");
        assert!(text.ends_with("\nsecond line"), "{text}");
        let plain = "error: cannot read 'a/b.txt': permission denied (os error 13)";
        assert_eq!(safe(plain), plain);
    }
}
