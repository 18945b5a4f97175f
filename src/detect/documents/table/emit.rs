//! Goes through a tree and names what its keys hold.

use std::collections::HashSet;

use super::super::repair::{by_hand, shown};
use super::super::translation::is_translation;
use super::super::{FILE_RULE, MAX_VALUE, NamedValue, UNPREFIXED_RULE, URL_RULE, Values};
use super::account::host;
use super::holds::{Credential, Holds, MAX_SECRET, credentials, is_legacy_token};
use super::key::Key;
use super::path;
use crate::detect::unfinished::Unfinished;
use crate::model::{Context, Hint, Remediation};
use crate::syntax::mapped::Mapped;
use crate::syntax::tree::{NodeId, Tree};

/// Bytes of a file that may write one byte of a value: `\U0000002d`, `&#x0000002d;`.
const LONGEST_ESCAPE: usize = 12;

/// How many of the names around a value are shown as its key, from the inside out.
const SHOWN_NAMES: usize = 32;

/// How many names decide at most whether a key fits.
const DECIDING_NAMES: usize = 8;

/// Steps for each byte of a value that is judged, and for each value that is held against the keys.
const STEPS_PER_BYTE: usize = 8;
const STEPS_PER_VALUE: usize = 100;

/// Names every credential at one of `keys`.
pub(super) fn emit(hint: Hint<'_>, tree: &Tree<'_>, keys: &[&Key], out: &mut Values<'_>) {
    let mut emitter = Emitter {
        hint,
        is_translation: is_translation(hint.path),
        seen: HashSet::new(),
        judged: HashSet::new(),
        out,
    };
    emitter.tree(tree, keys, None);
}

/// What is the same for all values of a file.
struct Emitter<'f, 'o, 'v> {
    hint: Hint<'f>,
    /// True for a file of messages, where a key that names a password holds a label.
    is_translation: bool,
    /// Where a credential was named: an alias of YAML says again what its anchor has said.
    seen: HashSet<usize>,
    /// Which values were judged, by where they are written and the names that decide.
    judged: HashSet<(usize, usize, Vec<u8>)>,
    out: &'o mut Values<'v>,
}

/// A value that is a file itself.
struct Outer<'t> {
    key: &'t str,
    text: &'t Mapped,
}

impl Emitter<'_, '_, '_> {
    fn tree(&mut self, tree: &Tree<'_>, keys: &[&Key], outer: Option<&Outer<'_>>) {
        if tree.is_cut() {
            self.out.exceed(Unfinished::DocumentShape);
        }
        for node in tree.values() {
            let around = std::iter::successors(Some(node), |&node| tree.named_parent(node));
            let names = around.take(DECIDING_NAMES);
            let names: usize = names.map(|node| tree.lengths(node).0).sum();
            if !self.out.spend(STEPS_PER_VALUE + names) {
                return;
            }
            let Some(index) = keys.iter().position(|key| key.fits(tree, node)) else {
                continue;
            };
            let key = keys[index];
            let (_, length) = tree.lengths(node);
            if length > MAX_VALUE || key.holds.is_single() && length > LONGEST_ESCAPE * MAX_SECRET {
                // A value that would be the credential itself is none if it is so long.
                if !key.holds.is_single() {
                    self.out.exceed(Unfinished::DocumentShape);
                }
                continue;
            }
            let own = || {
                let mut names = path::names(tree, node);
                names.next().unwrap_or_default().into_owned()
            };
            let name = key.name.read(tree, node).unwrap_or_else(own);
            if outer.is_none() && !self.is_new(tree, node, index, &name) {
                continue;
            }
            let text = tree
                .text(node)
                .filter(|_| self.out.spend(length * STEPS_PER_BYTE));
            let Some(text) = text else {
                continue;
            };
            let text = match outer {
                Some(outer) => outer.text.outward(text),
                None => text,
            };
            match &key.inside {
                Some(inside) if outer.is_none() => {
                    let keys: Vec<&Key> = inside.group.keys.iter().collect();
                    let around = Around::new(tree, node, key, outer);
                    let outer = Outer {
                        key: &around.key,
                        text: &text,
                    };
                    self.tree(&(inside.read)(text.bytes()), &keys, Some(&outer));
                }
                _ => self.value(tree, node, key, &name, &text, outer),
            }
        }
    }

    /// False if the same bytes of the file were judged before under the same key and name: YAML can
    /// repeat a value a million times by its anchor.
    fn is_new(&mut self, tree: &Tree<'_>, node: NodeId, key: usize, name: &[u8]) -> bool {
        let start = tree.value_start(node).unwrap_or_default();
        self.judged.insert((start, key, name.to_vec()))
    }

    fn value(
        &mut self,
        tree: &Tree<'_>,
        node: NodeId,
        key: &Key,
        name: &[u8],
        text: &Mapped,
        outer: Option<&Outer<'_>>,
    ) {
        let mut around = None;
        for found in credentials(key.holds, name, text) {
            let Some(span) = found.secret.locate(0..found.secret.bytes().len()) else {
                continue;
            };
            if self.seen.insert(span.start) {
                let around = around.get_or_insert_with(|| Around::new(tree, node, key, outer));
                let line = self.out.line(span.start);
                let mut value = around.name(self.hint, line, key, span, found);
                value.by_name |= self.is_translation;
                self.out.push(value);
            }
        }
    }
}

/// What is written around a value.
struct Around {
    key: String,
    host: Option<Vec<u8>>,
    user: Option<Vec<u8>>,
}

impl Around {
    fn new(tree: &Tree<'_>, node: NodeId, key: &Key, outer: Option<&Outer<'_>>) -> Self {
        let mut names: Vec<String> = path::names(tree, node)
            .take(SHOWN_NAMES)
            .map(|name| shown(&name))
            .collect();
        names.extend(outer.map(|outer| outer.key.to_owned()));
        names.reverse();
        Self {
            key: names.join("."),
            host: key.host.read(tree, node).map(|text| host(&text).to_vec()),
            user: key.user.read(tree, node),
        }
    }

    /// The credential with all that is known of it.
    fn name(
        &self,
        hint: Hint<'_>,
        line: u64,
        key: &Key,
        span: std::ops::Range<usize>,
        found: Credential,
    ) -> NamedValue {
        let not_empty = |text: Vec<u8>| (!text.is_empty()).then_some(text);
        let host = found.host.or_else(|| self.host.clone()).and_then(not_empty);
        let user = found.user.or_else(|| self.user.clone()).and_then(not_empty);
        let secret = found.secret.bytes().to_vec();
        let user = user.filter(|user| *user != secret);
        let may_be_gitlab = key.holds != Holds::Foreign;
        let is_gitlab = self.is_gitlab(host.as_deref(), user.as_deref());
        let rule = match found.rule {
            FILE_RULE | URL_RULE if may_be_gitlab && is_gitlab && is_legacy_token(&secret) => {
                UNPREFIXED_RULE
            }
            rule => rule,
        };
        NamedValue {
            span,
            by_name: found.by_name,
            secret,
            rule,
            repair: Some(self.repair(hint, line)),
            context: Context {
                key: Some(self.key.clone()),
                host: host.map(|host| shown(&host)),
                user: user.map(|user| shown(&user)),
            },
            encoding: found.encoding.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    /// True if the place says that a token is GitLab's.
    fn is_gitlab(&self, host: Option<&[u8]>, user: Option<&[u8]>) -> bool {
        const USERS: [&[u8]; 3] = [b"gitlab-ci-token", b"oauth2", b"gitlab-deploy-token"];
        let says = |text: &[u8]| {
            let text = text.to_ascii_lowercase();
            [&b"gitlab"[..], b"/api/v4/"]
                .iter()
                .any(|word| memchr::memmem::find(&text, word).is_some())
        };
        says(self.key.as_bytes())
            || host.is_some_and(says)
            || user.is_some_and(|user| {
                USERS.contains(&user) || user.starts_with(b"gitlab+deploy-token-")
            })
    }

    /// No command: `docker logout` and the like change the file of whoever runs them, which may be another one.
    fn repair(&self, hint: Hint<'_>, line: u64) -> Remediation {
        by_hand(format!(
            "Take the value of {} out of line {line} of {}.",
            self.key,
            shown(hint.path)
        ))
    }
}
