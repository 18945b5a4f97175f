//! Undoes what hides a token: base64, escapes of several kinds, hex, UTF-16, and one in another.
//!
//! Text that is encoded is told by its shape ([`Stretch`]), whatever it says, and what it says is searched
//! like anything else. Where a keyword stands in it, or is broken by escapes, the layers are undone around that
//! place, for a bounded distance, and the rule is tried at the one place where its keyword then stands. A file
//! without encoded text costs nothing but the search, and what is found does not depend on where a
//! window is cut.

mod base64;
mod broken;
mod charset;
mod ebcdic;
mod escape;
mod escaped;
mod hex;
mod layer;
mod spelling;
mod step;
mod stretch;
mod tail;
mod text;
mod transcode;
mod uncover;
mod utf16;
mod view;

pub(super) use broken::{goes_on, is_escape};
pub(super) use escaped::{escape_before, escapes, least, stem};
pub(super) use spelling::Spelling;
pub(super) use step::{MAX_DEPTH, Steps};
pub(super) use stretch::{Layout, Stretch};
pub(super) use tail::tail;
pub(super) use transcode::{Transcoder, is_coded, is_plain};
