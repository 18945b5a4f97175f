//! The armor around a key: header lines, base64 and a checksum.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::lines::{lines, without_padding, words};
use crate::model::decode_base64;

/// A block of text with a header line, decoded.
#[derive(Debug)]
pub(super) struct Armor {
    /// The label in the header line: `RSA PRIVATE KEY`.
    pub(super) label: Vec<u8>,
    /// True if the header declares the content encrypted as a whole.
    pub(super) is_encrypted: bool,
    /// The content.
    pub(super) bytes: Vec<u8>,
    /// True if the text is the output of an encoder for the content: neither cut nor changed in its
    /// last character, of which not all bits count.
    pub(super) is_canonical: bool,
    /// The checksum behind the content, decoded.
    pub(super) checksum: Option<Vec<u8>>,
}

impl Armor {
    /// Decodes a block that begins with `-----BEGIN`. `None` if it holds no base64.
    pub(super) fn open(block: &[u8]) -> Option<Self> {
        let text = block.strip_prefix(b"-----BEGIN ")?;
        let label_end = memchr::memmem::find(text, b"-----")?;
        let (label, text) = text.split_at(label_end);
        let text = text.strip_prefix(b"-----")?;
        let end = memchr::memmem::find(text, b"-----END").unwrap_or(text.len());
        let (text, _) = text.split_at(end);
        Self::decode(label, text)
    }

    /// Decodes the base64 of a block, with headers in front and a checksum behind. `None` if there is anything else.
    pub(super) fn decode(label: &[u8], text: &[u8]) -> Option<Self> {
        let mut is_encrypted = false;
        let mut content = Vec::with_capacity(text.len());
        let mut checksum = None;
        for line in lines(text) {
            let mut line = &line[..];
            if is_header(line) {
                is_encrypted |= memchr::memmem::find(line, b"Proc-Type").is_some()
                    && memchr::memmem::find(line, b"ENCRYPTED").is_some();
                line = behind_cipher(line);
            }
            for word in words(line)? {
                let sum = word.strip_prefix(b"=3D").filter(|sum| sum.len() == 4);
                match sum.or_else(|| word.strip_prefix(b"=")) {
                    Some(sum) if sum.len() == 4 => checksum = decode_base64(sum),
                    _ => content.extend_from_slice(without_padding(word)),
                }
            }
        }
        // One character too many is half a byte that was cut.
        let is_cut = content.len() % 4 == 1;
        if is_cut {
            content.pop();
        }
        let bytes = decode_base64(&content).filter(|bytes| !bytes.is_empty())?;
        Some(Self {
            label: label.to_vec(),
            is_encrypted,
            is_canonical: !is_cut && STANDARD_NO_PAD.encode(&bytes).as_bytes() == content,
            bytes,
            checksum,
        })
    }
}

/// Returns the text behind the name of the cipher in a header line: the content, if the whole block is one line.
fn behind_cipher(line: &[u8]) -> &[u8] {
    let name = b"DEK-Info:";
    let Some(at) = memchr::memmem::find(line, name) else {
        return b"";
    };
    let value = line.get(at + name.len()..).unwrap_or_default();
    let value = value.trim_ascii_start();
    let end = value.iter().position(u8::is_ascii_whitespace);
    end.and_then(|end| value.get(end..)).unwrap_or_default()
}

/// True for a line `Name: value` of the block itself. Those that name a cipher are headers anywhere: the text in front
/// of them may differ from line to line.
fn is_header(line: &[u8]) -> bool {
    let letters = |byte: &&u8| byte.is_ascii_alphabetic() || **byte == b'-';
    let name = line.iter().take_while(letters).count();
    let is_name = line.first().is_some_and(u8::is_ascii_uppercase);
    let tells = |name: &[u8]| memchr::memmem::find(line, name).is_some();
    is_name && line.get(name..).is_some_and(|rest| rest.starts_with(b":"))
        || tells(b"Proc-Type:")
        || tells(b"DEK-Info:")
}
