//! Files with a grammar of their own, read by a parser for it: the exact value of each key that
//! holds a credential, with its key, host and user.

mod families;
mod git_config;
mod git_credentials;
mod netrc;
mod repair;
mod table;
mod translation;
mod url;
mod values;

use std::ops::Range;

pub(crate) use values::Values;

use crate::model::{Context, Hint, Remediation};

/// A credential that its place names, before anyone has judged it.
pub(crate) struct NamedValue {
    /// Where it stands in the file; its bytes there may be escaped or encoded.
    pub span: Range<usize>,
    /// The credential itself, decoded.
    pub secret: Vec<u8>,
    /// The rule that names it if its own shape does not.
    pub rule: &'static str,
    /// True if only the name of its key says that it is a credential: the program that reads the file
    /// is not known, and the value may be a name or a text.
    pub by_name: bool,
    /// Its key, host and user.
    pub context: Context,
    /// How to take it out of this file, ahead of the rule's own remedies.
    pub repair: Option<Remediation>,
    /// The encodings it was wrapped in here, outermost first.
    pub encoding: Vec<String>,
}

/// A kind of file with a grammar.
pub(crate) trait Document: Sync {
    /// True if the file is of this kind, by its name or by what the source knows.
    fn applies(&self, hint: Hint<'_>) -> bool;

    /// False if a look tells that no key holds a credential.
    fn may_hold(&self, _bytes: &[u8]) -> bool {
        true
    }

    /// Every credential in the file, in order of place where that is cheap. A part that does not
    /// parse is read as well as can be, or passed over: the plain scan still sees it. The hint is
    /// only for the words of a repair.
    fn values(&self, hint: Hint<'_>, bytes: &[u8], out: &mut Values<'_>);
}

/// The largest single value that is read, in bytes.
const MAX_VALUE: usize = 1 << 20;

/// The rule for what Git logs in with: passwords in URLs, helpers, credential stores and netrc.
const URL_RULE: &str = "git-url-credentials";

/// The rule for credentials in an HTTP header of the configuration.
const HEADER_RULE: &str = "git-config-extra-header";

/// The rule for passwords and tokens of accounts that are not known to be GitLab's.
const FILE_RULE: &str = "config-file-credentials";

/// The rule for tokens of GitLab whose shape tells nothing.
const UNPREFIXED_RULE: &str = "gitlab-unprefixed-token";

/// The rule for the keys of an instance.
const INSTANCE_RULE: &str = "gitlab-instance-secret";

/// The kinds with a reader of their own; the others are tables in [`families`].
const KINDS: &[&dyn Document] = &[
    &git_config::GitConfig,
    &git_credentials::GitCredentials,
    &netrc::Netrc,
];

/// The kind of a file, if it has a grammar that is known.
pub(crate) fn kind_of(hint: Hint<'_>) -> Option<&'static dyn Document> {
    let own = KINDS.iter().copied().find(|kind| kind.applies(hint));
    own.or_else(|| families::table_of(hint).map(|table| table as &dyn Document))
}

#[cfg(test)]
mod tests;
