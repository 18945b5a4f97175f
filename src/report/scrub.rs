//! Makes an outcome safe to show: every text printable, no text holding a secret.
//!
//! Detection builds its texts without the secret. This is the second lock: a file may be named
//! after a token, a URL may carry one as user name, and every report repeats such names.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::RuleInfo;
use crate::model::{
    BlobPath, Commit, Context, Excerpt, Finding, ItemError, LeftOut, Note, Outcome, Owner, Refs,
    Remedy, Secret, Suppressed, is_deceptive,
};

/// Secrets shorter than this are not looked for in texts: they would hit by chance.
const MIN_SECRET: usize = 12;

/// `text` with every character escaped that a terminal or a browser would act on; line breaks and
/// tabs become spaces.
pub(super) fn printable(text: &str) -> String {
    escape(text, ' ')
}

fn escape(text: &str, line_break: char) -> String {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~') || byte == b'\n' && line_break == '\n';
    if text.bytes().all(is_plain) {
        return text.to_owned();
    }
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => clean.push(line_break),
            '\t' => clean.push(' '),
            '\r' if line_break == '\n' => {}
            '\r' => clean.push(' '),
            c if c.is_ascii_control() => clean.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if is_deceptive(c) => clean.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => clean.push(c),
        }
    }
    clean
}

/// A clean copy of a rule. Its texts are the operator's, so only what cannot be printed goes.
pub(super) fn rule(rule: &RuleInfo) -> RuleInfo {
    RuleInfo {
        id: rule.id.clone(),
        title: printable(&rule.title),
        description: escape(&rule.description, '\n'),
        severity: rule.severity,
        references: rule.references.iter().map(|r| printable(r)).collect(),
        remedies: rule
            .remedies
            .iter()
            .map(|r| remedy(r, &|text| escape(text, '\n')))
            .collect(),
        gitlab_rule_id: rule.gitlab_rule_id.as_deref().map(printable),
    }
}

/// A clean copy of an outcome.
pub(super) fn outcome(outcome: &Outcome) -> Outcome {
    let scrub = Scrub::new(outcome);
    Outcome {
        findings: outcome.findings.iter().map(|f| scrub.finding(f)).collect(),
        suppressed: outcome
            .suppressed
            .iter()
            .map(|suppressed| Suppressed {
                finding: scrub.finding(&suppressed.finding),
                kind: suppressed.kind,
                justification: scrub.maybe(&suppressed.justification),
            })
            .collect(),
        left_out: outcome
            .left_out
            .iter()
            .map(|item| LeftOut {
                path: scrub.path(&item.path),
                reason: item.reason,
            })
            .collect(),
        errors: outcome
            .errors
            .iter()
            .map(|error| ItemError {
                path: error.path.as_ref().map(|path| scrub.path(path)),
                message: scrub.line(&error.message),
            })
            .collect(),
        notes: outcome
            .notes
            .iter()
            .map(|note| Note {
                message: scrub.line(&note.message),
            })
            .collect(),
        stats: outcome.stats.clone(),
    }
}

/// Knows the secrets of an outcome.
struct Scrub {
    /// Finds any of them, and what to show instead; `None` if there is none worth looking for.
    secrets: Option<(AhoCorasick, Vec<String>)>,
    /// What refs become.
    refs: RefCell<HashMap<Refs, Refs>>,
}

impl Scrub {
    fn new(outcome: &Outcome) -> Self {
        let set_aside = outcome.suppressed.iter().map(|s| &s.finding);
        // A guessable secret may be an ordinary word; replacing it everywhere would mark every
        // place where it is one, and so give it away.
        let mut secrets: Vec<&Secret> = outcome
            .findings
            .iter()
            .chain(set_aside)
            .map(|finding| &finding.secret)
            .filter(|secret| !secret.is_guessable() && secret.len() >= MIN_SECRET)
            .collect();
        secrets.sort_unstable();
        secrets.dedup();
        if secrets.is_empty() {
            return Self {
                secrets: None,
                refs: RefCell::default(),
            };
        }
        let automaton = AhoCorasick::builder()
            // Texts are few and secrets may be long, so that building it would cost more than using it.
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .match_kind(MatchKind::LeftmostLongest)
            .build(secrets.iter().map(|secret| secret.reveal()))
            .ok();
        let shown = secrets.iter().map(|secret| secret.redacted()).collect();
        Self {
            secrets: automaton.map(|automaton| (automaton, shown)),
            refs: RefCell::default(),
        }
    }

    fn redact(&self, text: &str) -> String {
        match &self.secrets {
            Some((automaton, shown)) => automaton.replace_all(text, shown),
            None => text.to_owned(),
        }
    }

    /// For a text of one line.
    fn line(&self, text: &str) -> String {
        printable(&self.redact(text))
    }

    /// For a text that may have several.
    fn block(&self, text: &str) -> String {
        escape(&self.redact(text), '\n')
    }

    fn maybe(&self, text: &Option<String>) -> Option<String> {
        text.as_deref().map(|text| self.line(text))
    }

    /// Findings of a commit share the names of its refs before and after.
    fn refs(&self, refs: &Refs) -> Refs {
        let mut known = self.refs.borrow_mut();
        if let Some(clean) = known.get(refs) {
            return clean.clone();
        }
        let clean = refs.map(|name| self.line(name));
        known.insert(refs.clone(), clean.clone());
        clean
    }

    /// Paths are escaped by their own type; only secrets go.
    fn path(&self, path: &BlobPath) -> BlobPath {
        match &self.secrets {
            Some((automaton, shown)) => {
                BlobPath::from_bytes(automaton.replace_all_bytes(path.as_bytes(), shown))
            }
            None => path.clone(),
        }
    }

    fn disk_path(&self, path: &Path) -> PathBuf {
        match &self.secrets {
            Some((automaton, _)) if automaton.is_match(path.as_os_str().as_encoded_bytes()) => {
                PathBuf::from(self.redact(&path.to_string_lossy()))
            }
            _ => path.to_owned(),
        }
    }

    fn finding(&self, finding: &Finding) -> Finding {
        let mut location = finding.location.clone();
        location.path = self.path(&location.path);
        location.commit = location.commit.map(|commit| Commit {
            id: self.line(&commit.id),
            author: self.maybe(&commit.author),
            date: self.maybe(&commit.date),
            refs: self.refs(&commit.refs),
        });
        Finding {
            rule_id: finding.rule_id.clone(),
            title: self.line(&finding.title),
            severity: finding.severity,
            confidence: finding.confidence,
            fingerprint: finding.fingerprint.clone(),
            message: self.line(&finding.message),
            remedies: finding
                .remedies
                .iter()
                .map(|r| remedy(r, &|text| self.block(text)))
                .collect(),
            secret: finding.secret.clone(),
            owner: Owner {
                instance: self.maybe(&finding.owner.instance),
                ..finding.owner.clone()
            },
            expires_at: self.maybe(&finding.expires_at),
            liveness: finding.liveness,
            encoding: finding.encoding.iter().map(|e| self.line(e)).collect(),
            context: Context {
                key: self.maybe(&finding.context.key),
                host: self.maybe(&finding.context.host),
                user: self.maybe(&finding.context.user),
            },
            location,
            on_disk: finding.on_disk.as_deref().map(|path| self.disk_path(path)),
            excerpt: Excerpt::new(
                &self.redact(finding.excerpt.before()),
                &self.redact(finding.excerpt.after()),
            ),
        }
    }
}

fn remedy(remedy: &Remedy, clean: &dyn Fn(&str) -> String) -> Remedy {
    Remedy {
        action: printable(&clean(&remedy.action)),
        who: remedy.who.as_deref().map(|text| printable(&clean(text))),
        command: remedy.command.as_deref().map(clean),
        caution: remedy
            .caution
            .as_deref()
            .map(|text| printable(&clean(text))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_reordering_characters_are_escaped() {
        assert_eq!(
            printable("a\x1b[31m\u{202e}\r\nb\tc\\x"),
            r"a\x1b[31m\u{202e}  b c\x"
        );
        assert_eq!(escape("a\r\nb", '\n'), "a\nb");
    }
}
