//! Goes through a tree and names what its keys hold.

use std::collections::HashSet;

use super::super::repair::{Lines, by_command, by_hand, command_line, shown};
use super::super::{FILE_RULE, MAX_VALUES, NamedValue, UNPREFIXED_RULE, URL_RULE};
use super::account::host;
use super::holds::{Credential, Holds, credentials, is_legacy_token};
use super::key::Key;
use super::path;
use crate::model::{Context, Hint, Remedy};
use crate::syntax::mapped::Mapped;
use crate::syntax::tree::{NodeId, Tree};

/// Names every credential at one of `keys`.
pub(super) fn emit(
    hint: Hint<'_>,
    bytes: &[u8],
    tree: &Tree<'_>,
    keys: &[&Key],
    out: &mut Vec<NamedValue>,
) {
    let mut emitter = Emitter {
        hint,
        lines: Lines::new(bytes),
        seen: HashSet::new(),
        out,
    };
    emitter.tree(tree, keys, None);
}

/// What is the same for all values of a file.
struct Emitter<'f> {
    hint: Hint<'f>,
    lines: Lines<'f>,
    /// Where a credential was named: an alias of YAML says again what its anchor has said.
    seen: HashSet<usize>,
    out: &'f mut Vec<NamedValue>,
}

/// A value that is a file itself.
struct Outer<'t> {
    key: &'t str,
    text: &'t Mapped,
}

impl Emitter<'_> {
    fn tree(&mut self, tree: &Tree<'_>, keys: &[&Key], outer: Option<&Outer<'_>>) {
        for node in tree.values() {
            if self.out.len() >= MAX_VALUES {
                return;
            }
            let Some(key) = keys.iter().find(|key| key.fits(tree, node)) else {
                continue;
            };
            let Some(text) = tree.text(node) else {
                continue;
            };
            let text = match outer {
                Some(outer) => outer.text.outward(text),
                None => text,
            };
            let around = Around::new(tree, node, key, outer);
            match &key.inside {
                Some(inside) if outer.is_none() => {
                    let keys: Vec<&Key> = inside.group.keys.iter().collect();
                    let outer = Outer {
                        key: &around.key,
                        text: &text,
                    };
                    self.tree(&(inside.read)(text.bytes()), &keys, Some(&outer));
                }
                _ => self.value(tree, node, key, &text, &around),
            }
        }
    }

    fn value(&mut self, tree: &Tree<'_>, node: NodeId, key: &Key, text: &Mapped, around: &Around) {
        let own = || {
            let mut names = path::names(tree, node);
            names.next().unwrap_or_default().into_owned()
        };
        let name = key.name.read(tree, node).unwrap_or_else(own);
        for found in credentials(key.holds, &name, text) {
            let Some(span) = found.secret.locate(0..found.secret.bytes().len()) else {
                continue;
            };
            if self.out.len() < MAX_VALUES && self.seen.insert(span.start) {
                let line = self.lines.line(span.start);
                self.out
                    .push(around.name(self.hint, line, key, span, found));
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
        let mut names: Vec<String> = path::names(tree, node).map(|name| shown(&name)).collect();
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
        line: usize,
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
            secret,
            rule,
            repair: Some(self.repair(hint, line, key, host.as_deref())),
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

    fn repair(&self, hint: Hint<'_>, line: usize, key: &Key, host: Option<&[u8]>) -> Remedy {
        let command = key.command.and_then(|words| {
            let word = |word: &&'static str| match *word {
                "{host}" => host,
                word => Some(word.as_bytes()),
            };
            command_line(words.iter().map(word).collect::<Option<Vec<&[u8]>>>()?)
        });
        let file = shown(hint.path);
        match command {
            Some(command) => by_command(
                "Log out, which takes the credential out of the file.",
                command,
            ),
            None => by_hand(format!(
                "Take the value of {} out of line {line} of {file}.",
                self.key
            )),
        }
    }
}
