//! Undoes what hides a token: base64, escapes of several kinds, hex, UTF-16, and one in another.
//!
//! Text that is encoded is told by its shape ([`EncodedRun`]), whatever it says, and what it says is searched
//! like anything else. Where a keyword stands in it, or is broken by escapes, the layers are undone around that
//! place, for a bounded distance, and the rule is tried at the one place where its keyword then stands. A file
//! without encoded text costs nothing but the search, and what is found does not depend on where a
//! window is cut.

mod base64;
mod charset;
mod decode_at;
mod decode_layer;
mod decoded_text;
mod ebcdic;
mod encoded_run;
mod encoding;
mod escape_literals;
mod escaped_keyword;
mod hex;
mod keyword_bytes;
mod tail;
mod text;
mod transcode;
mod utf16;

pub(super) use decode_at::decode_at;
pub(super) use encoded_run::{EncodedRun, RunFormat};
pub(super) use encoding::{EncodingChain, MAX_DEPTH};
pub(super) use escape_literals::{core, escapes, find_escape_before, min_prefix_len};
pub(super) use escaped_keyword::{continues_at, is_escape, may_be_escaped};
pub(super) use keyword_bytes::KeywordBytes;
pub(super) use tail::tail;
pub(super) use transcode::{Transcoder, is_coded, is_plain};
