//! Reports the credentials of a file that was read into a tree, by a list of keys.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use super::super::repair::{by_hand, shown};
use super::super::translation::{is_label, is_translation};
use super::super::{CredentialKind, KeyedCredential, MAX_VALUE, Values};
use super::Document;
use super::credentials::{DocumentCredential, MAX_SECRET, credentials, is_legacy_token};
use super::neighbor::{self, host};
use super::pattern::{self, PathPattern};
use crate::detect::unfinished::Unfinished;
use crate::model::{Context, Hint, Remediation};
use crate::rule::{Holds, KeyRule, Neighbor};
use crate::syntax::mapped::Mapped;
use crate::syntax::tree::{NodeId, Tree};
use crate::vocabulary;

/// Bytes of a file that may write one byte of a value: `\U0000002d`, `&#x0000002d;`.
const LONGEST_ESCAPE: usize = 12;

/// Maximum number of names around a value that are shown as its key, from the inside out.
const SHOWN_NAMES: usize = 32;

/// Maximum number of names that decide whether a key fits.
const DECIDING_NAMES: usize = 8;

/// Steps for each byte of a value that is assessed, and for each value that is compared with the keys.
const STEPS_PER_BYTE: usize = 8;
const STEPS_PER_VALUE: usize = 100;

/// Reports every credential at one of `keys`. If the file `has_signature` of some format, values that are documents themselves
/// are read as well.
pub(super) fn report(
    document: &Document<'_>,
    hint: Hint<'_>,
    tree: &Tree<'_>,
    keys: &[&KeyRule],
    has_signature: bool,
    out: &mut Values<'_>,
) {
    if tree.is_cut() {
        out.exceed(Unfinished::DocumentShape);
    }
    let mut report = KeyReport {
        document,
        hint,
        tree,
        is_translation: is_translation(hint.path),
        reported: HashSet::new(),
        may_be_repeated: false,
        assessed: HashSet::new(),
        out,
    };
    let paths: Vec<_> = keys.iter().map(|key| PathPattern::new(&key.path)).collect();
    let mut furthest = None;
    for node in tree.values() {
        let start = tree.value_start(node);
        report.may_be_repeated = start <= furthest;
        furthest = furthest.max(start);
        let around = std::iter::successors(Some(node), |&node| tree.named_parent(node));
        let names = around.take(DECIDING_NAMES);
        let names: usize = names.map(|node| tree.lengths(node).0).sum();
        if !report.out.spend(STEPS_PER_VALUE + names) {
            return;
        }
        if has_signature && report.embedded_value(node) {
            continue;
        }
        let own = pattern::names(tree, node).next();
        let keys = keys.iter().zip(&paths).enumerate();
        let fitting = keys.filter(|(_, (key, path))| {
            let fits = |when: &Neighbor| {
                neighbor::read(when.lookup(), tree, node)
                    .is_some_and(|text| pattern::fits(&text, when.pattern().as_bytes()))
            };
            path.may_fit(own.as_deref())
                && path.fits(pattern::names(tree, node))
                && key.when.as_ref().is_none_or(fits)
        });
        for (index, (key, _)) in fitting {
            if report.key_value(node, index, key) {
                break;
            }
        }
    }
}

/// The state of a report on one file.
struct KeyReport<'f, 'o, 'v> {
    document: &'f Document<'f>,
    hint: Hint<'f>,
    tree: &'f Tree<'f>,
    /// True for a file of messages, where a key that names a password holds a label.
    is_translation: bool,
    /// Positions of reported credentials: a YAML alias repeats the text of its anchor.
    reported: HashSet<usize>,
    /// True for a value that is not behind all earlier ones in the file: YAML can repeat a value a million times by its
    /// anchor.
    may_be_repeated: bool,
    /// The values that were assessed although they may be repeated, by their position and the names that decide. The values
    /// of other formats would fill the memory.
    assessed: HashSet<(usize, usize, Vec<u8>)>,
    out: &'o mut Values<'v>,
}

impl KeyReport<'_, '_, '_> {
    /// Reports a value at a key that fits. Returns true if it yields a credential.
    fn key_value(&mut self, node: NodeId, index: usize, key: &KeyRule) -> bool {
        let (_, length) = self.tree.lengths(node);
        let is_single = key.holds.is_single();
        if length > MAX_VALUE || is_single && length > LONGEST_ESCAPE * MAX_SECRET {
            // A value of that length is not a single credential.
            if !is_single {
                self.out.exceed(Unfinished::DocumentShape);
            }
            return false;
        }
        let own = self.own_name(node);
        let named_by = self.read(key.named_by.as_ref(), node);
        let name = named_by.as_deref().unwrap_or(&own);
        if !self.is_new(node, index, name) || !self.out.spend(length * STEPS_PER_BYTE) {
            return false;
        }
        let Some(text) = self.tree.text(node) else {
            return false;
        };
        match key.holds {
            Holds::File => self.file_value(node, key, name, &text),
            Holds::NamedBase64 => match text.base64() {
                Some(decoded) => {
                    self.decoded_value(node, name, decoded)
                        || self.credentials(node, key, name, &text)
                }
                None => false,
            },
            _ => self.credentials(node, key, name, &text),
        }
    }

    /// Reports the credentials of a value that is a file.
    fn file_value(&mut self, node: NodeId, key: &KeyRule, name: &[u8], text: &Mapped) -> bool {
        let formats = self.document.formats;
        let parts = match &key.format {
            Some(name) => formats.parts_of_format(name),
            None => formats.parts_of(name).collect(),
        };
        let inner = formats.with_parts(parts, self.document.depth + 1);
        inner.is_some_and(|inner| self.document_value(node, &inner, text, &[]))
    }

    /// Reports the credentials of a file in base64, whose format its content or its name determines.
    fn decoded_value(&mut self, node: NodeId, name: &[u8], decoded: Mapped) -> bool {
        let formats = self.document.formats;
        let depth = self.document.depth + 1;
        let signed = formats.document_in(&decoded, depth);
        let by_name = || formats.with_parts(formats.parts_of(name).collect(), depth);
        let inner = signed.or_else(|| Some((by_name()?, decoded)));
        inner.is_some_and(|(inner, text)| self.document_value(node, &inner, &text, &["base64"]))
    }

    /// Reports the credentials that a value itself is.
    fn credentials(&mut self, node: NodeId, key: &KeyRule, name: &[u8], text: &Mapped) -> bool {
        let mut around = None;
        let mut is_found = false;
        for found in credentials(key.holds, name, text) {
            is_found = true;
            if self.is_translation && is_label(found.secret.bytes()) {
                continue;
            }
            let Some(span) = found.secret.locate(0..found.secret.bytes().len()) else {
                continue;
            };
            if self.reported.insert(span.start) {
                let around = around.get_or_insert_with(|| self.surroundings(node, key));
                let repair = self.repair(&around.key, span.start);
                let mut value = around.named_value(key, span, found);
                value.repair = Some(repair);
                value.by_name |= self.is_translation;
                self.out.push(value);
            }
        }
        is_found
    }

    /// Reports the credentials of a value with the signature of a format in it. Returns true if there are any.
    fn embedded_value(&mut self, node: NodeId) -> bool {
        let (_, length) = self.tree.lengths(node);
        // An alias repeats the value of its anchor.
        if length > MAX_VALUE || !self.is_new(node, usize::MAX, b"") {
            return false;
        }
        let has_signature = self.document.formats.has_signature(self.tree.written(node));
        if !has_signature || !self.out.spend(length * STEPS_PER_BYTE) {
            return false;
        }
        let Some(text) = self.tree.text(node) else {
            return false;
        };
        let depth = self.document.depth + 1;
        let inner = self.document.formats.document_in(&text, depth);
        inner.is_some_and(|(inner, text)| self.document_value(node, &inner, &text, &[]))
    }

    /// Reports the credentials of `inner`, the document that the value at `node` is, decoded from `encoding`. Returns true if
    /// there are any.
    fn document_value(
        &mut self,
        node: NodeId,
        inner: &Document<'_>,
        text: &Mapped,
        encoding: &[&str],
    ) -> bool {
        let mut found = Vec::new();
        let mut take = |value: KeyedCredential| found.push(value);
        let mut values = self.out.within(text.bytes(), &mut take);
        inner.values(self.hint, text.bytes(), &mut values);
        for reason in values.finish() {
            self.out.exceed(reason);
        }
        let outer = self.shown_key(node);
        let is_found = !found.is_empty();
        for mut value in found {
            let Some(span) = text.locate(value.span) else {
                continue;
            };
            if !self.reported.insert(span.start) {
                continue;
            }
            let names = [Some(outer.clone()), value.context.key];
            let key = names.into_iter().flatten().collect::<Vec<_>>().join(".");
            value.repair = Some(self.repair(&key, span.start));
            value.span = span;
            value.context.key = Some(key);
            let outer = encoding.iter().map(|&name| name.to_owned());
            value.encoding.splice(0..0, outer);
            self.out.push(value);
        }
        is_found
    }

    fn is_new(&mut self, node: NodeId, key: usize, name: &[u8]) -> bool {
        let start = self.tree.value_start(node).unwrap_or_default();
        !self.may_be_repeated || self.assessed.insert((start, key, name.to_vec()))
    }

    fn own_name(&self, node: NodeId) -> Cow<'static, [u8]> {
        let name = pattern::names(self.tree, node).next();
        Cow::Owned(name.unwrap_or_default().into_owned())
    }

    fn read(&self, neighbor: Option<&Neighbor>, node: NodeId) -> Option<Vec<u8>> {
        neighbor::read(neighbor?.lookup(), self.tree, node)
    }

    fn shown_key(&self, node: NodeId) -> String {
        let names = pattern::names(self.tree, node).take(SHOWN_NAMES);
        let mut names: Vec<String> = names.map(|name| shown(&name)).collect();
        names.reverse();
        names.join(".")
    }

    fn surroundings(&self, node: NodeId, key: &KeyRule) -> Surroundings {
        Surroundings {
            key: self.shown_key(node),
            host: self
                .read(key.host.as_ref(), node)
                .map(|text| host(&text).to_vec()),
            user: self.read(key.user.as_ref(), node),
        }
    }

    /// Returns no command: `docker logout` and the like change the file of the user who runs them, which may be another file.
    fn repair(&mut self, key: &str, at: usize) -> Remediation {
        let line = self.out.line(at);
        by_hand(format!(
            "Take the value of {key} out of line {line} of {}.",
            shown(self.hint.path)
        ))
    }
}

/// The names and texts around a value.
struct Surroundings {
    key: String,
    host: Option<Vec<u8>>,
    user: Option<Vec<u8>>,
}

impl Surroundings {
    /// Returns the credential with all that is known of it.
    fn named_value(
        &self,
        key: &KeyRule,
        span: Range<usize>,
        found: DocumentCredential,
    ) -> KeyedCredential {
        let not_empty = |text: Vec<u8>| (!text.is_empty()).then_some(text);
        let host = found.host.or_else(|| self.host.clone()).and_then(not_empty);
        let user = found.user.or_else(|| self.user.clone()).and_then(not_empty);
        let secret = found.secret.bytes().to_vec();
        let user = user.filter(|user| *user != secret);
        let may_be_gitlab = key.holds != Holds::ForeignPassword
            && matches!(found.kind, CredentialKind::Account | CredentialKind::Url)
            && self.is_gitlab(host.as_deref(), user.as_deref());
        let kind = match may_be_gitlab && is_legacy_token(&secret) {
            true => CredentialKind::GitlabToken,
            false => found.kind,
        };
        KeyedCredential {
            span,
            by_name: found.by_name,
            secret,
            kind,
            rule: key.rule.clone(),
            repair: None,
            context: Context {
                key: Some(self.key.clone()),
                host: host.map(|host| shown(&host)),
                user: user.map(|user| shown(&user)),
            },
            encoding: found.encoding.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    /// True if the key, the host or the user identifies a token as GitLab's.
    fn is_gitlab(&self, host: Option<&[u8]>, user: Option<&[u8]>) -> bool {
        vocabulary::names_gitlab(self.key.as_bytes())
            || host.is_some_and(vocabulary::names_gitlab)
            || user.is_some_and(vocabulary::is_gitlab_user)
    }
}
