//! Git configuration: passwords in URLs, in headers, in inline helpers, in keys named for them.
//!
//! Rules: a header's credential is `git-config-extra-header`; every other one is
//! `git-url-credentials`, whose subject is what Git logs in with.

mod header;
mod helper;
mod key;
mod repeated;
mod target;

use std::cell::OnceCell;
use std::ops::Range;

use super::repair::{by_hand, shown};
use super::url::{Url, proxy, urls};
use super::{CredentialKind, KeyedCredential, MAX_VALUE, Values};
use crate::detect::unfinished::Unfinished;
use crate::model::{Context, Hint};
use crate::syntax::git_config::{ConfigEntry, ConfigItem, items};
use crate::syntax::mapped::Mapped;
use key::{KeyPurpose, SectionContext};
use repeated::RepeatedKeys;
use target::ConfigTarget;

/// Reports the credentials of a configuration.
pub(super) fn values(hint: Hint<'_>, bytes: &[u8], out: &mut Values<'_>) {
    let mut reader = ConfigReport {
        bytes,
        target: ConfigTarget::of(hint.path),
        place: SectionContext::default(),
        pending: false,
        repeated: OnceCell::new(),
        out,
    };
    let mut items = items(bytes);
    for item in items.by_ref() {
        match item {
            ConfigItem::Section(mut section) => {
                reader.flush(None);
                if section.subsection.as_ref().is_some_and(is_too_long) {
                    reader.out.exceed(Unfinished::DocumentShape);
                    section.subsection = None;
                }
                reader.place = SectionContext::new(section);
                reader.pending = reader.place.holds_secret();
            }
            ConfigItem::Value(entry) if is_too_long(&entry.value) => {
                reader.out.exceed(Unfinished::DocumentShape);
            }
            ConfigItem::Value(entry) => {
                reader.flush(Some(&entry.key));
                reader.entry(&entry);
            }
        }
    }
    reader.flush(None);
    if items.is_cut() {
        reader.out.exceed(Unfinished::DocumentShape);
    }
}

fn is_too_long(text: &Mapped) -> bool {
    text.bytes().len() > MAX_VALUE
}

/// A credential within a value, before it has a place in the file.
struct ValueCredential {
    /// Its span in the decoded value.
    range: Range<usize>,
    /// The decoded credential, if it is encoded there.
    decoded: Option<Vec<u8>>,
    kind: CredentialKind,
    host: Option<Vec<u8>>,
    user: Option<Vec<u8>>,
    rest: RemainingValue,
}

impl ValueCredential {
    /// Returns a credential without which its key has no purpose.
    fn new(range: Range<usize>, kind: CredentialKind) -> Self {
        Self {
            range,
            decoded: None,
            kind,
            host: None,
            user: None,
            rest: RemainingValue::Nothing,
        }
    }
}

/// The rest of a value without the credential.
enum RemainingValue {
    /// Another value.
    Value(Vec<u8>),
    /// Nothing worth keeping: the key goes.
    Nothing,
    /// Something for a person to decide.
    Unclear,
}

/// Reads a file, with the current section.
struct ConfigReport<'a, 'o, 'v> {
    bytes: &'a [u8],
    target: ConfigTarget<'a>,
    place: SectionContext,
    /// The subsection holds a credential that waits for a key to be named by.
    pending: bool,
    /// Computed once something needs a repair.
    repeated: OnceCell<RepeatedKeys>,
    out: &'o mut Values<'v>,
}

impl ConfigReport<'_, '_, '_> {
    /// Reports the credentials in the subsection: once, named by the first key of the section.
    fn flush(&mut self, key: Option<&[u8]>) {
        let Some(subsection) = &self.place.section.subsection else {
            return;
        };
        if !std::mem::take(&mut self.pending) {
            return;
        }
        let secrets: Vec<(Range<usize>, &Url)> = self
            .place
            .urls
            .iter()
            .flat_map(|url| {
                url.secrets(subsection.bytes())
                    .into_iter()
                    .map(move |range| (range, url))
            })
            .collect();
        let line = self.out.line(self.place.section.start);
        let name = self.place.name(key);
        for (range, url) in secrets {
            let Some(span) = subsection.locate(range.clone()) else {
                continue;
            };
            self.out.push(KeyedCredential {
                by_name: false,
                span,
                secret: subsection.bytes()[range].to_vec(),
                kind: CredentialKind::Url,
                rule: None,
                context: Context {
                    key: Some(name.clone()),
                    host: Some(shown(&subsection.bytes()[url.host.clone()])),
                    user: url.user(subsection.bytes()).map(|user| shown(&user)),
                },
                repair: Some(by_hand(self.target.edit_section(line))),
                encoding: Vec::new(),
            });
        }
    }

    /// Reports the credentials in a value.
    fn entry(&mut self, entry: &ConfigEntry) {
        let mut found = self.found(entry);
        // Each name is made from the subsection.
        let subsection = self.place.section.subsection.as_ref();
        let length = subsection.map_or(0, |text| text.bytes().len());
        if found.is_empty() || !self.out.spend(found.len() * length) {
            return;
        }
        found.sort_by_key(|found| (found.range.start, found.range.end));
        let mut end = 0;
        found.retain(|found| {
            let apart = found.range.start >= end;
            end = end.max(found.range.end);
            apart
        });
        let line = self.out.line(entry.start);
        let name = self.place.name(Some(&entry.key));
        for found in found {
            let Some(span) = entry.value.locate(found.range.clone()) else {
                continue;
            };
            let encoding = found.decoded.iter().map(|_| "base64".to_owned()).collect();
            let secret = found
                .decoded
                .unwrap_or_else(|| entry.value.bytes()[found.range].to_vec());
            // A command changes the first of several values, or all of them.
            let is_repeated = self
                .repeated
                .get_or_init(|| RepeatedKeys::of(self.bytes))
                .contains(&self.place.section, &entry.key);
            let rest = if is_repeated {
                &RemainingValue::Unclear
            } else {
                &found.rest
            };
            let repair = self.target.repair(&self.place, entry, rest, line);
            let host = found.host.or_else(|| self.place.host());
            self.out.push(KeyedCredential {
                by_name: false,
                span,
                secret,
                kind: found.kind,
                rule: None,
                context: Context {
                    key: Some(name.clone()),
                    host: host.map(|host| shown(&host)),
                    user: found.user.map(|user| shown(&user)),
                },
                repair: Some(repair),
                encoding,
            });
        }
    }

    /// The credentials in a value, by the purpose of its key.
    fn found(&mut self, entry: &ConfigEntry) -> Vec<ValueCredential> {
        let text = entry.value.bytes();
        let key = KeyPurpose::of(&self.place.section.name, &entry.key);
        let mut found: Vec<ValueCredential> = match key {
            KeyPurpose::Proxy => proxy(text)
                .iter()
                .flat_map(|url| in_url(url, text))
                .collect(),
            _ => urls(text).flat_map(|url| in_url(&url, text)).collect(),
        };
        match key {
            KeyPurpose::Header => found.extend(header::credentials(text)),
            KeyPurpose::Helper => {
                let mut spend = |steps| self.out.spend(steps);
                let user = helper::username(text, &mut spend);
                let passwords = helper::passwords(text, &mut spend).into_iter();
                found.extend(passwords.map(|range| {
                    ValueCredential {
                        user: user
                            .filter(|user| *user != &text[range.clone()])
                            .map(<[u8]>::to_vec),
                        ..ValueCredential::new(range, CredentialKind::Url)
                    }
                }));
            }
            KeyPurpose::Secret if found.is_empty() && key::is_literal(text) => {
                found.push(ValueCredential::new(0..text.len(), CredentialKind::Url));
            }
            KeyPurpose::Secret | KeyPurpose::Proxy | KeyPurpose::Other => {}
        }
        found
    }
}

/// The credentials of a URL in a value.
fn in_url(url: &Url, text: &[u8]) -> Vec<ValueCredential> {
    // Only a value that is nothing but the URL can be replaced by the rest of it.
    let whole = url.scheme.start == 0 && !text.iter().any(u8::is_ascii_whitespace);
    url.secrets(text)
        .into_iter()
        .map(|range| ValueCredential {
            host: Some(text[url.host.clone()].to_vec()),
            user: url.user(text).map(|user| user.into_owned()),
            rest: if whole {
                RemainingValue::Value(url.without_credentials(text))
            } else {
                RemainingValue::Unclear
            },
            ..ValueCredential::new(range, CredentialKind::Url)
        })
        .collect()
}

#[cfg(test)]
mod tests;
