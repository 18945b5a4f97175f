// The part of `src/model` on which the grammars depend.

#[path = "../../src/model/base64.rs"]
mod base64;

#[allow(unused_imports, reason = "each target has grammars of its own")]
pub(crate) use base64::{BASE64_VALUES, decode_base64, decode_base64url};
