//! Groups the findings of a report by credential.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::model::{Confidence, TokenKind, Verification};
use crate::report::json::{JsonDocument, JsonFinding};
use crate::rule::RuleSet;

/// The number of digits of an id that is made from a hash.
const SHORT: usize = 8;

/// A credential of a report, with all of its places.
#[derive(Debug)]
pub struct Leak<'a> {
    /// The short id by which the user selects it: the tag that reports show of the secret, else the first digits
    /// of its fingerprint.
    pub id: String,
    /// The kind of GitLab credential, if an instance can be asked about it.
    pub kind: Option<TokenKind>,
    /// The findings, in the order of the report.
    pub findings: Vec<&'a JsonFinding>,
}

impl Leak<'_> {
    /// The id of the secret in reports and logs; for a guessable secret its fingerprint.
    pub fn secret_id(&self) -> &str {
        secret_id(self.findings[0])
    }

    /// The best confidence of its findings.
    pub fn confidence(&self) -> Confidence {
        let all = self.findings.iter().map(|finding| finding.confidence);
        all.max().unwrap_or(Confidence::Low)
    }

    /// The verification result that the report contains, if any.
    pub fn verification(&self, instance: &str) -> Option<&Verification> {
        let said = self.findings.iter();
        said.filter_map(|finding| finding.verification.as_ref())
            .find(|said| said.instance == instance)
    }

    fn is_named(&self, name: &str) -> bool {
        let name = name.strip_prefix('#').unwrap_or(name);
        self.id == name
            || self.secret_id() == name
            || self
                .findings
                .iter()
                .any(|finding| finding.fingerprint.as_str() == name)
    }
}

/// The identity of a credential. A number that is valid in one report only is not an id.
fn secret_id(finding: &JsonFinding) -> &str {
    let id = finding.secret_id.as_deref().filter(|id| id.len() >= 32);
    id.unwrap_or(finding.fingerprint.as_str())
}

/// Groups the findings of `document` by credential, in the order of the report. Suppressed findings are not leaks.
pub fn leaks_of<'a>(document: &'a JsonDocument, rules: &RuleSet) -> Vec<Leak<'a>> {
    let mut leaks: Vec<Leak<'a>> = Vec::new();
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in &document.findings {
        let kind = rules
            .get(finding.rule_id.as_str())
            .and_then(|rule| rule.token_kind);
        match known.entry(secret_id(finding)) {
            Entry::Occupied(known) => {
                let leak = &mut leaks[*known.get()];
                // A generic rule must not hide the details that a specific rule has about the token.
                if leak.kind.is_none() || leak.kind == Some(TokenKind::UnprefixedToken) {
                    leak.kind = kind.or(leak.kind);
                }
                leak.findings.push(finding);
            }
            Entry::Vacant(new) => {
                new.insert(leaks.len());
                leaks.push(Leak {
                    id: short_id(finding),
                    kind,
                    findings: vec![finding],
                });
            }
        }
    }
    leaks
}

/// The tag of `glpat-[20 redacted #3f9a1c]`, or the first digits of the fingerprint.
fn short_id(finding: &JsonFinding) -> String {
    let tag = finding.secret.strip_suffix(']');
    let tag = tag.and_then(|text| Some(text.rsplit_once('#')?.1));
    let is_tag = |tag: &&str| tag.len() == 6 && tag.bytes().all(|b| b.is_ascii_hexdigit());
    match tag.filter(is_tag) {
        Some(tag) => tag.to_owned(),
        None => finding.fingerprint.digest().chars().take(SHORT).collect(),
    }
}

/// The reason why a name selects nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    /// No credential has it.
    #[error("no credential of the report has the id '{0}'")]
    Unknown(String),
    /// Several have it.
    #[error("'{0}' is the id of {1} credentials; use a fingerprint")]
    Ambiguous(String, usize),
}

/// Keeps the leaks that `names` select by short id, secret id or fingerprint; all without names.
///
/// # Errors
/// If a name selects none or several.
pub fn select<'a>(leaks: Vec<Leak<'a>>, names: &[String]) -> Result<Vec<Leak<'a>>, SelectionError> {
    for name in names {
        match leaks.iter().filter(|leak| leak.is_named(name)).count() {
            0 => return Err(SelectionError::Unknown(name.clone())),
            1 => {}
            many => return Err(SelectionError::Ambiguous(name.clone(), many)),
        }
    }
    let is_wanted =
        |leak: &Leak<'_>| names.is_empty() || names.iter().any(|name| leak.is_named(name));
    Ok(leaks.into_iter().filter(is_wanted).collect())
}
