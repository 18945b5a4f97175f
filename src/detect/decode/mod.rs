//! Undoes encodings around a hit: base64, escapes, hexadecimal, UTF-16, and nested ones.
//!
//! Encoded text is recognized by its form ([`EncodedRun`]), decoded and searched like other text. Around a keyword in it, or one
//! with escapes in it, the layers are undone for a bounded distance, and the rule is tried at the keyword. A file without encoded
//! text costs only the search. Findings do not depend on the boundaries of windows.

mod attributes;
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
mod header;
mod hex;
mod keyword_bytes;
mod recoded;
mod tail;
mod text;
mod transcode;
mod utf16;

pub(super) use attributes::{is_attributes_file, opaque_encodings};
pub(super) use decode_at::decode_at;
pub(super) use encoded_run::{EncodedRun, RunFormat};
pub(super) use encoding::{Encoding, EncodingChain, MAX_DEPTH};
pub(super) use escape_literals::{core, escapes, find_escape_before, min_prefix_len};
pub(super) use escaped_keyword::{continues_at, is_escape, may_be_escaped};
pub(super) use header::DecodedHeader;
pub(super) use keyword_bytes::KeywordBytes;
pub(super) use recoded::{open as open_recoded, runs as recoded_runs};
pub(super) use tail::tail;
pub(super) use transcode::{Transcoder, is_coded, is_plain};
