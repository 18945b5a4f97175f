//! The data types of the program. This module imports no other module of the crate; all others
//! import it.

mod allow_entry;
mod base64;
mod blob;
mod excerpt;
mod finding;
mod fingerprint;
mod level;
mod liveness;
mod location;
mod number;
mod origin;
mod outcome;
mod path;
mod path_patterns;
mod refs;
mod remote;
mod secret;
mod secrets_seen;
mod sharing;
mod shell;
mod slow_hash;
mod text_error;
mod token_kind;
mod userinfo;
mod words;

pub use allow_entry::AllowEntry;
pub(crate) use base64::{BASE64_VALUES, decode_base64, decode_base64_mixed, decode_base64url};
pub use blob::{Blob, DeclaredCharset, Hint};
pub use excerpt::Excerpt;
pub use finding::{Context, Credential, CredentialId, Finding, Owner, Remediation, RuleId};
pub use fingerprint::{Fingerprint, FingerprintVersion, Identity};
pub use level::{Confidence, Severity, UnknownLevel};
pub use liveness::{Liveness, Reach, TokenDetails, Verification};
pub use location::{Location, Position};
pub use number::{count, hex, plural};
pub use origin::{BlobKind, Commit, Origin};
pub use outcome::{
    Exclusion, ExclusionSource, ItemError, Note, Outcome, SkipReason, SkippedItem, Stats,
    Suppressed, SuppressionKind,
};
pub use path::BlobPath;
pub(crate) use path::is_deceptive;
pub use path_patterns::{PathPatternError, PathPatterns};
pub use refs::Refs;
pub use remote::{PlaceKind, Protection, RemotePlace, UnknownPlace, Visibility};
pub use secret::Secret;
pub use secrets_seen::SecretsSeen;
pub use sharing::SharedParts;
pub use shell::{is_pasteable, printf_zero_terminated, shell_word};
pub use slow_hash::SlowHasher;
pub use text_error::{TextError, is_plain_key, without_quotes};
pub use token_kind::TokenKind;
pub(crate) use userinfo::url_passwords;
