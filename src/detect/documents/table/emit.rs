//! Goes through a tree and names what its keys hold.

use std::collections::HashSet;

use super::super::repair::{Lines, by_command, by_hand, command_line, shown};
use super::super::{FILE_RULE, MAX_VALUES, NamedValue, UNPREFIXED_RULE};
use super::account::host;
use super::holds::{Credential, Holds, credentials, is_legacy_token};
use super::key::Key;
use super::path;
use crate::model::{Context, Hint, Remedy};
use crate::syntax::tree::{NodeId, Tree};

/// Names every credential at one of `keys`.
pub(super) fn emit(
    hint: Hint<'_>,
    bytes: &[u8],
    tree: &Tree<'_>,
    keys: &[&Key],
    out: &mut Vec<NamedValue>,
) {
    let mut lines = Lines::new(bytes);
    // An alias of YAML says again what its anchor has said.
    let mut seen = HashSet::new();
    for node in tree.values() {
        let Some(key) = keys.iter().find(|key| key.fits(tree, node)) else {
            continue;
        };
        let Some(text) = tree.text(node) else {
            continue;
        };
        let own = || {
            path::names(tree, node)
                .next()
                .unwrap_or_default()
                .into_owned()
        };
        let name = key.name.read(tree, node).unwrap_or_else(own);
        let around = Around::new(tree, node, key);
        for found in credentials(key.holds, &name, &text) {
            let Some(span) = found.secret.locate(0..found.secret.bytes().len()) else {
                continue;
            };
            if out.len() >= MAX_VALUES {
                return;
            }
            if seen.insert(span.start) {
                let line = lines.line(span.start);
                out.push(around.name(hint, line, key, span, found));
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
    fn new(tree: &Tree<'_>, node: NodeId, key: &Key) -> Self {
        let mut names: Vec<String> = path::names(tree, node).map(|name| shown(&name)).collect();
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
            FILE_RULE if may_be_gitlab && is_gitlab && is_legacy_token(&secret) => UNPREFIXED_RULE,
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
