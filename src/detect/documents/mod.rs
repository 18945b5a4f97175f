//! Files with a grammar of their own, read by a parser for it: the exact value of each key that
//! holds a credential, with its key, host and user.

mod formats;
mod git_config;
mod git_credentials;
mod netrc;
mod repair;
mod translation;
mod url;
mod values;

use std::ops::Range;

pub(crate) use formats::{Document, Formats};
pub(crate) use values::Values;

use crate::model::{Context, Remediation};
use crate::vocabulary;
pub(crate) use crate::vocabulary::CredentialKind;

/// A credential that its location in a file identifies, not yet assessed.
pub(crate) struct KeyedCredential {
    /// Its span in the file, where it may be escaped or encoded.
    pub span: Range<usize>,
    /// The credential itself, decoded.
    pub secret: Vec<u8>,
    /// Its kind, for a value that its own form does not identify.
    pub kind: CredentialKind,
    /// The rule that the file format names instead of that of the kind.
    pub rule: Option<String>,
    /// True if only the name of its key makes it a credential: the program that reads the file
    /// is not known, and the value may be a name or a text.
    pub by_name: bool,
    /// Its key, host and user.
    pub context: Context,
    /// A remediation that removes it from this file, listed before the rule's own remediations.
    pub repair: Option<Remediation>,
    /// The encodings it was wrapped in here, outermost first.
    pub encoding: Vec<String>,
}

impl KeyedCredential {
    /// Returns the id of the rule that reports it if its own shape names none.
    pub(crate) fn rule_id(&self) -> &str {
        let kind = || vocabulary::document_rule(self.kind);
        self.rule.as_deref().unwrap_or_else(kind)
    }
}

/// The largest single value that is read, in bytes.
const MAX_VALUE: usize = 1 << 20;

#[cfg(test)]
mod tests;
