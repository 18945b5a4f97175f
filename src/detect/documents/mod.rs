//! Files with a grammar of their own, read by a parser for it: the exact value of each key that
//! holds a credential, with its key, host and user.

mod git_config;
mod git_credentials;
mod netrc;

use std::ops::Range;

use crate::model::{Context, Hint, Remedy};

/// A credential that its place names, before anyone has judged it.
pub(crate) struct NamedValue {
    /// Where it stands in the file; its bytes there may be escaped or encoded.
    pub span: Range<usize>,
    /// The credential itself, decoded.
    pub secret: Vec<u8>,
    /// The rule that names it if its own shape does not.
    pub rule: &'static str,
    /// Its key, host and user.
    pub context: Context,
    /// How to take it out of this file, ahead of the rule's own remedies.
    pub repair: Option<Remedy>,
    /// The encodings it was wrapped in here, outermost first.
    pub encoding: Vec<String>,
}

/// A kind of file with a grammar.
trait Document: Sync {
    /// True if the file is of this kind, by its name or by what the source knows.
    fn applies(&self, hint: Hint<'_>) -> bool;

    /// Every credential in the file. A part that does not parse is passed over: the plain scan
    /// still sees it.
    fn values(&self, bytes: &[u8], out: &mut Vec<NamedValue>);
}

/// The known kinds. A new one is one file and one line here.
const KINDS: &[&dyn Document] = &[
    &git_config::GitConfig,
    &git_credentials::GitCredentials,
    &netrc::Netrc,
];
