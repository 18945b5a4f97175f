//! Makes an outcome safe to show: every text printable, without secrets.
//!
//! Detection creates its texts without the secret. This is the second protection: a token may be the
//! name of a file or the user name of a URL, and every report repeats such names.

use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::redact::{PlainWords, Redactor};
use super::{Link, RuleInfo, ScanInfo};
use crate::model::{
    BlobPath, Commit, Context, Excerpt, Finding, Fingerprint, FingerprintVersion, Outcome, Refs,
    Remediation, RemotePlace, Secret, SecretsSeen, TokenDetails, Verification, is_deceptive,
};
use crate::rule::GitlabRuleId;

/// Maximum size in bytes of the cache of cleaned texts: many findings have the same texts.
const MAX_REMEMBERED: usize = 4 << 20;

/// Returns a path without leading `./`.
fn without_dot(path: &BlobPath) -> BlobPath {
    let mut bytes = path.as_bytes();
    while let Some(rest) = bytes.strip_prefix(b"./").filter(|rest| !rest.is_empty()) {
        bytes = rest;
    }
    if bytes.len() == path.as_bytes().len() {
        return path.clone();
    }
    let plain = BlobPath::from_bytes(bytes);
    path.entry()
        .map_or(plain.clone(), |entry| plain.with_entry(entry))
}

/// Escapes every character of `text` that a terminal or a browser would interpret; line breaks and
/// tabs become spaces.
pub(super) fn printable(text: &str) -> String {
    escape(text, ' ')
}

/// Like [`printable`], but keeps line breaks.
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

/// Returns a clean copy of a rule. Its texts are trusted, so only unprintable characters are escaped.
pub(super) fn rule(rule: &RuleInfo) -> RuleInfo {
    RuleInfo {
        id: rule.id.clone(),
        title: printable(&rule.title).into(),
        description: escape(&rule.description, '\n'),
        severity: rule.severity,
        references: rule.references.iter().map(|r| printable(r)).collect(),
        remediations: rule
            .remediations
            .iter()
            .map(|item| remediation(item, &mut printable_block))
            .collect(),
        gitlab_rule_ids: rule
            .gitlab_rule_ids
            .iter()
            .map(|one| GitlabRuleId {
                id: printable(&one.id),
                prefix: one.prefix.as_deref().map(printable),
                proven: one.proven,
            })
            .collect(),
    }
}

/// Makes an outcome and the facts about its scan safe to show.
pub(super) fn outcome_of(outcome: Outcome, scan: &ScanInfo) -> (Outcome, ScanInfo) {
    let mut scrub = Scrub::new(&outcome);
    (clean_outcome(outcome, &mut scrub), scrub.scan(scan))
}

/// Makes an outcome safe to show.
pub(super) fn outcome(outcome: Outcome) -> Outcome {
    let mut scrub = Scrub::new(&outcome);
    clean_outcome(outcome, &mut scrub)
}

fn clean_outcome(mut outcome: Outcome, scrub: &mut Scrub) -> Outcome {
    for finding in &mut outcome.findings {
        scrub.finding(finding);
    }
    for item in &mut outcome.suppressed {
        scrub.finding(&mut item.finding);
        scrub.maybe(&mut item.justification);
    }
    for item in &mut outcome.skipped {
        scrub.path(&mut item.path);
    }
    for error in &mut outcome.errors {
        if let Some(path) = &mut error.path {
            scrub.path(path);
        }
        scrub.line(&mut error.message);
    }
    for note in &mut outcome.notes {
        scrub.line(&mut note.message);
    }
    for item in &mut outcome.exclusions {
        scrub.line(&mut item.name);
        item.patterns.iter_mut().for_each(|text| scrub.line(text));
    }
    // A clean outcome does not need them.
    outcome.secrets_seen = SecretsSeen::default();
    outcome
}

/// Returns a text of any number of lines without the given secrets and unprintable characters.
pub(super) fn text<'a>(text: &str, secrets: impl IntoIterator<Item = &'a Secret>) -> String {
    escape(
        &Redactor::new(secrets).redact(text, PlainWords::Replace),
        '\n',
    )
}

/// Clean copies of parts that several findings share, which are cleaned once and stay shared.
struct SharedClean<T> {
    copies: HashMap<T, T>,
    /// True for a part that another finding may have too.
    is_shared: fn(&T) -> bool,
}

impl<T: Clone + Eq + Hash> SharedClean<T> {
    fn new(is_shared: fn(&T) -> bool) -> Self {
        Self {
            copies: HashMap::new(),
            is_shared,
        }
    }

    /// Replaces a part by its clean copy.
    fn replace(&mut self, part: &mut T, clean: impl FnOnce(&T) -> T) {
        if let Some(copy) = self.copies.get(part) {
            part.clone_from(copy);
            return;
        }
        let copy = clean(part);
        let dirty = std::mem::replace(part, copy);
        if (self.is_shared)(&dirty) {
            self.copies.insert(dirty, part.clone());
        }
    }
}

/// Redacts texts, and remembers the results.
struct TextCleaner {
    redactor: Redactor,
    /// Cache of texts in which plain words are redacted too, and their size in bytes.
    redacted: (HashMap<String, String>, usize),
}

impl TextCleaner {
    fn redact(&mut self, text: &str) -> String {
        let (known, bytes) = &mut self.redacted;
        if let Some(clean) = known.get(text) {
            return clean.clone();
        }
        let clean = self.redactor.redact(text, PlainWords::Replace);
        if *bytes < MAX_REMEMBERED {
            *bytes += 2 * text.len() + 128;
            known.insert(text.to_owned(), clean.clone());
        }
        clean
    }

    /// Redacts a part of a text.
    fn redact_part(&mut self, text: &str, part: Range<usize>) -> String {
        if part == (0..text.len()) {
            return self.redact(text);
        }
        let bytes = text.as_bytes();
        match self
            .redactor
            .redact_part(bytes, part.clone(), PlainWords::Replace)
        {
            Some(clean) => String::from_utf8_lossy(&clean).into_owned(),
            None => text[part].to_owned(),
        }
    }

    /// Redacts a text that is the same in every report but for some values.
    fn redact_sentence(&self, text: &str) -> String {
        self.redactor.redact(text, PlainWords::Keep)
    }

    /// Cleans a text of one line.
    fn line(&mut self, text: &mut String) {
        *text = printable(&self.redact(text));
    }

    /// Redacts a path and removes a leading `./`. Its `Display` escapes it.
    fn path(&self, path: &BlobPath) -> BlobPath {
        let redact = |bytes: &[u8]| self.redactor.redact_bytes(bytes, PlainWords::Keep);
        let plain = without_dot(path);
        let Some(clean) = redact(plain.as_bytes()) else {
            return plain;
        };
        let clean = BlobPath::from_bytes(clean);
        match path.entry() {
            Some(entry) => clean.with_entry(&redact(entry).unwrap_or(entry.to_vec())),
            None => clean,
        }
    }

    fn disk_path(&self, path: &Arc<Path>) -> Arc<Path> {
        let bytes = path.as_os_str().as_encoded_bytes();
        match self.redactor.redact_bytes(bytes, PlainWords::Keep) {
            Some(clean) => Path::new(&*String::from_utf8_lossy(&clean)).into(),
            None => Arc::clone(path),
        }
    }

    fn refs(&mut self, refs: &Refs) -> Refs {
        let mut names = refs.to_vec();
        names.iter_mut().for_each(|name| self.line(name));
        Refs::new(names, refs.unnamed())
    }
}

/// Cleans the parts of an outcome.
struct Scrub {
    cleaner: TextCleaner,
    texts: SharedClean<Arc<str>>,
    remediations: SharedClean<Arc<Remediation>>,
    paths: SharedClean<BlobPath>,
    disk_paths: SharedClean<Arc<Path>>,
    refs: SharedClean<Refs>,
    /// Shared commits by address: the original and its clean copy.
    commits: HashMap<usize, (Arc<Commit>, Arc<Commit>)>,
    /// False if not all secrets are known, so that source lines must not be shown.
    may_show_lines: bool,
}

impl Scrub {
    fn new(outcome: &Outcome) -> Self {
        let mut secrets: Vec<&Secret> = outcome
            .all_findings()
            .map(|finding| &finding.secret)
            .chain(outcome.secrets_seen.iter())
            .collect();
        secrets.sort_unstable();
        secrets.dedup();
        Self {
            cleaner: TextCleaner {
                redactor: Redactor::new(secrets),
                redacted: Default::default(),
            },
            texts: SharedClean::new(|text| Arc::strong_count(text) > 1),
            remediations: SharedClean::new(|item| Arc::strong_count(item) > 1),
            paths: SharedClean::new(|_| true),
            disk_paths: SharedClean::new(|_| true),
            refs: SharedClean::new(|_| true),
            commits: HashMap::new(),
            may_show_lines: !outcome.secrets_seen.is_cut(),
        }
    }

    /// Cleans a text of one line.
    fn line(&mut self, text: &mut String) {
        self.cleaner.line(text);
    }

    fn maybe(&mut self, text: &mut Option<String>) {
        if let Some(text) = text {
            self.line(text);
        }
    }

    /// Cleans a shared sentence.
    fn sentence(&mut self, text: &mut Arc<str>) {
        let Self { cleaner, texts, .. } = self;
        texts.replace(text, |text| {
            printable(&cleaner.redact_sentence(text)).into()
        });
    }

    fn remediation(&mut self, item: &mut Arc<Remediation>) {
        let cleaner = &self.cleaner;
        self.remediations.replace(item, |item| {
            remediation(item, &mut |text| {
                printable_block(&cleaner.redact_sentence(text))
            })
        });
    }

    /// Returns a clean copy of the facts about a scan.
    fn scan(&self, scan: &ScanInfo) -> ScanInfo {
        let clean = |text: &String| printable(&self.cleaner.redact_sentence(text));
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

    fn path(&mut self, path: &mut BlobPath) {
        self.paths.replace(path, |path| self.cleaner.path(path));
    }

    fn commit(&mut self, commit: &mut Arc<Commit>) {
        let address = Arc::as_ptr(commit).addr();
        if let Some((_, clean)) = self.commits.get(&address) {
            commit.clone_from(clean);
            return;
        }
        let mut clean = Commit::clone(commit);
        self.line(&mut clean.id);
        self.maybe(&mut clean.author);
        self.maybe(&mut clean.date);
        let cleaner = &mut self.cleaner;
        self.refs
            .replace(&mut clean.refs, |refs| cleaner.refs(refs));
        let dirty = std::mem::replace(commit, Arc::new(clean));
        self.commits.insert(address, (dirty, Arc::clone(commit)));
    }

    /// Cleans the source line of a finding.
    fn excerpt(&mut self, excerpt: &mut Excerpt) {
        *excerpt = if self.may_show_lines {
            excerpt.redacted(|text, part| self.cleaner.redact_part(text, part))
        } else {
            Excerpt::default()
        };
    }

    fn verification(&mut self, verification: &mut Verification) {
        let Verification {
            instance,
            checked_at,
            reason,
            token,
            reach,
        } = verification;
        let TokenDetails {
            id: _,
            name,
            scopes,
            user_id: _,
            username,
            expires_at,
            last_used_at,
        } = token;
        [instance, checked_at, reason]
            .into_iter()
            .for_each(|text| self.line(text));
        [name, username, expires_at, last_used_at]
            .into_iter()
            .for_each(|text| self.maybe(text));
        let reached = reach
            .iter_mut()
            .flat_map(|reach| reach.groups.iter_mut().chain(&mut reach.projects));
        scopes
            .iter_mut()
            .chain(reached)
            .for_each(|text| self.line(text));
    }

    fn finding(&mut self, finding: &mut Finding) {
        // Every field is named, so that the compiler reports new ones.
        let Finding {
            rule_id,
            title,
            severity: _,
            confidence: _,
            fingerprint,
            message,
            remediations,
            secret,
            owner,
            expires_at,
            liveness: _,
            verification,
            encoding,
            context: Context { key, host, user },
            location,
            on_disk,
            remote,
            excerpt,
        } = finding;
        self.sentence(title);
        self.sentence(message);
        remediations
            .iter_mut()
            .for_each(|item| self.remediation(item));
        self.maybe(&mut owner.instance);
        self.maybe(expires_at);
        if let Some(verification) = verification {
            self.verification(Arc::make_mut(verification));
        }
        encoding.iter_mut().for_each(|name| self.line(name));
        [key, host, user]
            .into_iter()
            .for_each(|text| self.maybe(text));
        let plain = without_dot(&location.path);
        self.path(&mut location.path);
        // A fast hash of a path would confirm a guess of the password in it.
        if fingerprint.version() == FingerprintVersion::WithoutValue && location.path != plain {
            *fingerprint = Fingerprint::without_value(rule_id, &location.path, secret);
        }
        if let Some(commit) = &mut location.commit {
            self.commit(commit);
        }
        if let Some(path) = on_disk {
            self.disk_paths
                .replace(path, |path| self.cleaner.disk_path(path));
        }
        if let Some(place) = remote {
            self.remote(Arc::make_mut(place));
        }
        self.excerpt(excerpt);
    }

    fn remote(&mut self, place: &mut RemotePlace) {
        let RemotePlace {
            kind: _,
            owner,
            url,
            has_line_anchors: _,
            entry_page: _,
            visibility: _,
            protection: _,
            appeared,
            known: _,
        } = place;
        self.line(owner);
        self.line(url);
        self.maybe(appeared);
    }
}

fn remediation(item: &Remediation, clean: &mut dyn FnMut(&str) -> String) -> Arc<Remediation> {
    let mut line = |text: &String| printable(&clean(text));
    let (action, who) = (line(&item.action), item.who.as_ref().map(&mut line));
    let caution = item.caution.as_ref().map(line);
    Arc::new(Remediation {
        action,
        who,
        command: item.command.as_deref().map(clean),
        caution,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_control_and_reordering_characters() {
        assert_eq!(
            printable("a\x1b[31m\u{202e}\r\nb\tc\\x"),
            r"a\x1b[31m\u{202e}  b c\x"
        );
        assert_eq!(escape("a\r\nb", '\n'), "a\nb");
    }
}
