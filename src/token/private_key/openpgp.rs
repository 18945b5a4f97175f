//! Exported OpenPGP keys. Source: RFC 9580, and GnuPG's `doc/DETAILS` for keys that are elsewhere.

use super::{Lock, PrivateKey, Proof};

const SECRET_KEY: u8 = 5;
const SECRET_SUBKEY: u8 = 7;

/// The most packets that are looked at.
const MAX_PACKETS: usize = 256;

/// Reads a decoded block with the checksum that follows it. `None` if it does not begin with a
/// secret key. Of several keys in it, the one that is least protected counts.
pub(super) fn read(bytes: &[u8], checksum: Option<&[u8]>) -> Option<PrivateKey> {
    let mut rest = bytes;
    let mut lock = None;
    let mut is_cut = false;
    for index in 0..MAX_PACKETS {
        let Some(packet) = Packet::first(rest) else {
            is_cut |= !rest.is_empty();
            break;
        };
        if index == 0 && packet.tag != SECRET_KEY {
            return None;
        }
        if matches!(packet.tag, SECRET_KEY | SECRET_SUBKEY) {
            let own = key_lock(packet.content).unwrap_or(Lock::Passphrase);
            lock = Some(lock.map_or(own, |lock: Lock| lock.min(own)));
        }
        is_cut |= packet.is_cut;
        rest = packet.rest;
    }
    let proof = match checksum {
        Some(sum) if !is_cut && sum == crc24(bytes) => Proof::Verified,
        None if !is_cut => Proof::Whole,
        _ => Proof::Damaged,
    };
    Some(PrivateKey::new(lock?, proof, bytes))
}

/// The protection of a key, by the octet behind its public half. `None` for algorithms and
/// versions that are not known.
fn key_lock(content: &[u8]) -> Option<Lock> {
    let (&version, rest) = content.split_first()?;
    let mut rest = rest.get(4..)?;
    let (&algorithm, after) = rest.split_first()?;
    rest = match version {
        4 => after,
        5 | 6 => after.get(4..)?,
        _ => return None,
    };
    rest = match algorithm {
        1..=3 => numbers(rest, 2)?,
        16 => numbers(rest, 3)?,
        17 => numbers(rest, 4)?,
        18 => short(numbers(short(rest)?, 1)?)?,
        19 | 22 => numbers(short(rest)?, 1)?,
        25 | 27 => rest.get(32..)?,
        26 => rest.get(56..)?,
        28 => rest.get(57..)?,
        _ => return None,
    };
    let (&usage, rest) = rest.split_first()?;
    if usage == 0 {
        return Some(Lock::Open);
    }
    // GnuPG's mark for a secret that is on a card, or was not exported.
    let is_elsewhere = rest.get(1) == Some(&101) && rest.get(3..6) == Some(b"GNU");
    Some(if is_elsewhere {
        Lock::Elsewhere
    } else {
        Lock::Passphrase
    })
}

/// Skips `count` numbers, each with its length in bits, and returns the rest.
fn numbers(mut bytes: &[u8], count: usize) -> Option<&[u8]> {
    for _ in 0..count {
        let (&bits, rest) = bytes.split_first_chunk()?;
        bytes = rest.get(usize::from(u16::from_be_bytes(bits)).div_ceil(8)..)?;
    }
    Some(bytes)
}

/// Skips a field with a length of one octet, and returns the rest.
fn short(bytes: &[u8]) -> Option<&[u8]> {
    let (&length, rest) = bytes.split_first()?;
    rest.get(usize::from(length)..)
}

/// One packet.
struct Packet<'b> {
    tag: u8,
    content: &'b [u8],
    /// True if the bytes are fewer than its length field.
    is_cut: bool,
    rest: &'b [u8],
}

impl<'b> Packet<'b> {
    /// The packet at the beginning of `bytes`. Keys have no partial lengths.
    fn first(bytes: &'b [u8]) -> Option<Self> {
        let (&head, rest) = bytes.split_first()?;
        (head >= 0x80).then_some(())?;
        let big_endian = |digits: &[u8]| {
            digits
                .iter()
                .fold(0usize, |number, &byte| number << 8 | usize::from(byte))
        };
        let (tag, length, rest) = if head & 0x40 != 0 {
            let (&first, after) = rest.split_first()?;
            let (length, after) = match first {
                0..=191 => (usize::from(first), after),
                192..=223 => {
                    let (&second, after) = after.split_first()?;
                    (
                        ((usize::from(first) - 192) << 8) + usize::from(second) + 192,
                        after,
                    )
                }
                255 => {
                    let (digits, after) = after.split_at_checked(4)?;
                    (big_endian(digits), after)
                }
                _ => return None,
            };
            (head & 0x3f, length, after)
        } else {
            let digits = match head & 3 {
                3 => return None,
                kind => 1 << kind,
            };
            let (digits, after) = rest.split_at_checked(digits)?;
            (head >> 2 & 0xf, big_endian(digits), after)
        };
        let is_cut = rest.len() < length;
        let (content, rest) = rest.split_at(length.min(rest.len()));
        Some(Self {
            tag,
            content,
            is_cut,
            rest,
        })
    }
}

/// The checksum of OpenPGP's armor.
pub(super) fn crc24(bytes: &[u8]) -> [u8; 3] {
    let mut crc = 0x00b7_04ce_u32;
    for &byte in bytes {
        crc ^= u32::from(byte) << 16;
        for _ in 0..8 {
            crc <<= 1;
            if crc & 0x0100_0000 != 0 {
                crc ^= 0x0186_4cfb;
            }
        }
    }
    let [_, a, b, c] = crc.to_be_bytes();
    [a, b, c]
}
