//! Loose objects.

use std::fs::File;
use std::io::Read;

use gix::objs::Kind;

use super::damage::{ObjectDamage, check_size};
use super::inflate::InflateReader;
use super::object::{ObjectContent, STREAM_THRESHOLD};

/// No header is longer.
const MAX_HEADER_LEN: usize = 32;

/// Reads a loose object and passes it to `take`. A large blob is streamed.
///
/// # Errors
/// If its header or, where it is held in memory, its content is damaged.
pub(crate) fn lend<T>(
    file: File,
    take: impl FnOnce(Kind, ObjectContent<'_>) -> T,
) -> Result<T, ObjectDamage> {
    let mut content = InflateReader::new(file);
    let (kind, size) = read_header(&mut content)?;
    let mut content = content.exactly(size);
    if kind == Kind::Blob && size > STREAM_THRESHOLD {
        return Ok(take(kind, ObjectContent::Stream(&mut content, size)));
    }
    check_size(size)?;
    let mut bytes = Vec::new();
    content.read_to_end(&mut bytes)?;
    Ok(take(kind, ObjectContent::Bytes(&bytes)))
}

/// Reads the header of a loose object: its kind, a blank, its size in decimal, a zero byte.
pub(crate) fn read_header(content: &mut impl Read) -> Result<(Kind, u64), ObjectDamage> {
    let mut header = Vec::new();
    let mut byte = [0];
    while header.len() < MAX_HEADER_LEN && content.read(&mut byte)? == 1 {
        if byte == [0] {
            return parse_header(&header).ok_or(ObjectDamage::Header);
        }
        header.push(byte[0]);
    }
    Err(ObjectDamage::Header)
}

fn parse_header(header: &[u8]) -> Option<(Kind, u64)> {
    let (kind, size) = std::str::from_utf8(header).ok()?.split_once(' ')?;
    let size = size
        .parse()
        .ok()
        .filter(|_| size.bytes().all(|b| b.is_ascii_digit()))?;
    Some((Kind::from_bytes(kind.as_bytes()).ok()?, size))
}
