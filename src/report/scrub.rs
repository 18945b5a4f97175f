//! Makes an outcome safe to show: every text printable, no text holding a secret.
//!
//! Detection builds its texts without the secret. This is the second lock: a file may be named
//! after a token, a URL may carry one as user name, and every report repeats such names.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::redact::Redactor;
use super::{Link, RuleInfo, ScanInfo};
use crate::model::{
    BlobPath, Commit, Context, Excerpt, Exclusion, Finding, ItemError, LeftOut, Note, Outcome,
    Owner, Refs, Remedy, Secret, SecretsSeen, Suppressed, is_deceptive,
};

/// How many bytes of texts are remembered with what became of them: most of what findings say is
/// said of many.
const MAX_REMEMBERED: usize = 4 << 20;

/// `text` with every character escaped that a terminal or a browser would act on; line breaks and
/// tabs become spaces.
pub(super) fn printable(text: &str) -> String {
    escape(text, ' ')
}

/// The same with its line breaks.
pub(super) fn printable_block(text: &str) -> String {
    escape(text, '\n')
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
        exclusions: outcome
            .exclusions
            .iter()
            .map(|item| Exclusion {
                name: scrub.line(&item.name),
                patterns: item
                    .patterns
                    .iter()
                    .map(|pattern| scrub.line(pattern))
                    .collect(),
                ..item.clone()
            })
            .collect(),
        stats: outcome.stats.clone(),
        // A clean outcome has no use for them.
        secrets_seen: SecretsSeen::default(),
    }
}

/// `text` on any number of lines without the secrets given, and without what a terminal would act on.
pub(super) fn text<'a>(text: &str, secrets: impl IntoIterator<Item = &'a Secret>) -> String {
    escape(&Redactor::new(secrets).redact(text), '\n')
}

/// A clean copy of what the caller knows of a scan.
pub(super) fn scan(scan: &ScanInfo) -> ScanInfo {
    let redactor = Redactor::new([]);
    let clean = |text: &String| printable(&redactor.redact(text));
    ScanInfo {
        project_url: scan.project_url.as_ref().map(clean),
        commit: scan.commit.as_ref().map(clean),
        links: scan
            .links
            .iter()
            .map(|link| Link {
                label: clean(&link.label),
                url: clean(&link.url),
            })
            .collect(),
        ..scan.clone()
    }
}

/// Knows the secrets of an outcome.
struct Scrub {
    redactor: Redactor,
    remembered: RefCell<(HashMap<String, String>, usize)>,
    /// What refs become.
    refs: RefCell<HashMap<Refs, Refs>>,
    /// False if not all secrets are known, so that no line of a file may be shown.
    may_show_lines: bool,
}

impl Scrub {
    fn new(outcome: &Outcome) -> Self {
        let set_aside = outcome.suppressed.iter().map(|item| &item.finding);
        let found = outcome.findings.iter().chain(set_aside);
        let mut secrets: Vec<&Secret> = found
            .map(|finding| &finding.secret)
            .chain(outcome.secrets_seen.iter())
            .collect();
        secrets.sort_unstable();
        secrets.dedup();
        Self {
            redactor: Redactor::new(secrets),
            remembered: RefCell::default(),
            refs: RefCell::default(),
            may_show_lines: !outcome.secrets_seen.is_cut(),
        }
    }

    fn redact(&self, text: &str) -> String {
        let mut remembered = self.remembered.borrow_mut();
        let (known, bytes) = &mut *remembered;
        if let Some(clean) = known.get(text) {
            return clean.clone();
        }
        let clean = self.redactor.redact(text);
        if *bytes < MAX_REMEMBERED {
            *bytes += 2 * text.len() + 128;
            known.insert(text.to_owned(), clean.clone());
        }
        clean
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
        match self.redactor.redact_bytes(path.as_bytes(), true) {
            Some(clean) => BlobPath::from_bytes(clean),
            None => path.clone(),
        }
    }

    fn disk_path(&self, path: &Path) -> PathBuf {
        let bytes = path.as_os_str().as_encoded_bytes();
        match self.redactor.redact_bytes(bytes, true) {
            Some(clean) => PathBuf::from(String::from_utf8_lossy(&clean).into_owned()),
            None => path.to_owned(),
        }
    }

    /// The line of a finding.
    fn excerpt(&self, excerpt: &Excerpt) -> Excerpt {
        if self.may_show_lines {
            let (before, after) = (self.redact(excerpt.before()), self.redact(excerpt.after()));
            Excerpt::new(&before, &after)
        } else {
            Excerpt::default()
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
            excerpt: self.excerpt(&finding.excerpt),
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
