//! The head of a loose object.

use std::io::Read;

use super::damage::ObjectDamage;
use super::entry::Kind;
use super::store::damage_of;

/// Reads the head of a loose object: its kind, a blank, its length in decimal, and a zero byte.
pub(crate) fn loose_head(content: &mut impl Read) -> Result<(Kind, u64), ObjectDamage> {
    let mut head = [0u8; 32];
    let mut length = 0;
    loop {
        let byte = head.get_mut(length..=length).ok_or(ObjectDamage::Header)?;
        match content.read(byte) {
            Ok(0) => return Err(ObjectDamage::Short),
            Ok(_) if byte == [0] => break,
            Ok(_) => length += 1,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(damage_of(&error)),
        }
    }
    let head = &head[..length];
    let blank = head
        .iter()
        .position(|&b| b == b' ')
        .ok_or(ObjectDamage::Header)?;
    let kind = Kind::from_name(&head[..blank]).ok_or(ObjectDamage::Header)?;
    let digits = std::str::from_utf8(&head[blank + 1..]).map_err(|_| ObjectDamage::Header)?;
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(ObjectDamage::Header);
    }
    Ok((kind, digits.parse().map_err(|_| ObjectDamage::Header)?))
}
