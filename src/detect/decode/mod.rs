//! Undoes what hides a token: base64, escapes of several kinds, hex, UTF-16, and one in another.
//!
//! Nothing is decoded to be searched. The prefilter sees texts that give an encoded keyword away
//! ([`Trigger`]); from such a place the layers are undone around it, for a bounded distance, and the
//! rule is tried at the one place where its keyword then stands. A clean file costs nothing but
//! the search, and what is found does not depend on where a window is cut.

mod base64;
mod escape;
mod hex;
mod nested;
mod spelling;
mod tail;
mod text;
mod transcode;
mod trigger;
mod uncover;
mod utf16;
mod view;

pub(super) use nested::of;
pub(super) use spelling::Spelling;
pub(super) use tail::tail;
pub(super) use transcode::{Transcoder, is_plain, is_wide};
pub(super) use trigger::{Step, Trigger, escapes, least, stem};
pub(super) use uncover::goes_on;
