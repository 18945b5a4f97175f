//! A block of a tar file that describes an entry, in any of the formats: v7, ustar, pax, GNU.

use std::ops::Range;

/// Size of a block.
pub(super) const BLOCK: usize = 512;

/// Position of the checksum in the header.
const SUM: Range<usize> = 148..156;

/// A header with a valid checksum.
pub(super) struct TarHeader<'b>(&'b [u8; BLOCK]);

impl<'b> TarHeader<'b> {
    /// Returns true if a file that begins with `start` is a tar file.
    pub(super) fn is_likely(start: &[u8]) -> bool {
        // The digits of the checksum are rare elsewhere, and cheaper to check than all bytes.
        start.first().is_some_and(|&b| b != 0)
            && start.get(SUM).and_then(octal).is_some()
            && start.first_chunk().and_then(TarHeader::new).is_some()
    }

    /// Returns `None` if the checksum is wrong.
    pub(super) fn new(block: &'b [u8; BLOCK]) -> Option<Self> {
        let recorded = octal(&block[SUM])?;
        let total = |bytes: &[u8]| bytes.iter().map(|&b| u64::from(b)).sum::<u64>();
        // The checksum itself counts as spaces.
        let sum = total(block) - total(&block[SUM]) + SUM.len() as u64 * u64::from(b' ');
        // Some old programs add signed bytes.
        let negative = block.iter().filter(|b| !b.is_ascii()).count() as u64;
        let signed = sum.checked_sub(256 * negative);
        (sum == recorded || signed == Some(recorded)).then_some(Self(block))
    }

    /// Returns the path, which further headers may replace.
    pub(super) fn name(&self) -> Vec<u8> {
        let name = text(&self.0[..100]);
        let prefix = text(&self.0[345..500]);
        // In the GNU format, the prefix is replaced by other fields.
        if &self.0[257..263] == b"ustar\0" && !prefix.is_empty() {
            [prefix, b"/", name].concat()
        } else {
            name.to_vec()
        }
    }

    /// Returns the target of a link.
    pub(super) fn link_name(&self) -> Vec<u8> {
        text(&self.0[157..257]).to_vec()
    }

    /// Returns the type of the entry.
    pub(super) fn kind(&self) -> u8 {
        self.0[156]
    }

    /// Returns the size of the content in bytes.
    pub(super) fn size(&self) -> Option<u64> {
        number(&self.0[124..136])
    }

    /// Returns true if another block with parts of a sparse file of the GNU format follows.
    pub(super) fn is_extended(&self) -> bool {
        self.kind() == b'S' && self.0[482] != 0
    }
}

/// Returns the bytes before the first NUL.
fn text(field: &[u8]) -> &[u8] {
    field.split(|&b| b == 0).next().unwrap_or(field)
}

/// Parses a number in octal digits, or in binary as GNU tar writes large ones.
fn number(field: &[u8]) -> Option<u64> {
    let (&first, rest) = field.split_first()?;
    if first == 0x80 {
        let (high, low) = rest.split_at_checked(rest.len().checked_sub(8)?)?;
        let is_small = high.iter().all(|&b| b == 0);
        return is_small.then(|| u64::from_be_bytes(low.try_into().unwrap_or_default()));
    }
    // An empty field is 0.
    let is_empty = field.iter().all(|&b| matches!(b, 0 | b' '));
    if is_empty { Some(0) } else { octal(field) }
}

/// Parses a number in octal digits between spaces and NULs.
fn octal(field: &[u8]) -> Option<u64> {
    let is_blank = |b: &u8| matches!(b, 0 | b' ');
    let start = field.iter().position(|b| !is_blank(b))?;
    let field = &field[start..];
    let end = field.iter().position(is_blank).unwrap_or(field.len());
    let digits = &field[..end];
    if !field[end..].iter().all(is_blank) || digits.len() > 20 {
        return None;
    }
    digits.iter().try_fold(0u64, |value, &digit| {
        let digit = matches!(digit, b'0'..=b'7').then(|| u64::from(digit - b'0'))?;
        value.checked_mul(8)?.checked_add(digit)
    })
}

/// Returns the records of an extended header of pax: `length key=value\n`.
pub(super) fn pax_records(mut text: &[u8]) -> Vec<(&[u8], &[u8])> {
    let mut records = Vec::new();
    while let Some((record, rest)) = pax_record(text) {
        records.push(record);
        text = rest;
    }
    records
}

type PaxRecord<'t> = (&'t [u8], &'t [u8]);

fn pax_record(text: &[u8]) -> Option<(PaxRecord<'_>, &[u8])> {
    let space = text.iter().take(20).position(|&b| b == b' ')?;
    let length: usize = std::str::from_utf8(&text[..space]).ok()?.parse().ok()?;
    let record = text.get(space + 1..length)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|&b| b == b'=')?;
    Some(((&record[..equals], &record[equals + 1..]), &text[length..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_of_all_notations() {
        assert_eq!(number(b"00000000017\0"), Some(15));
        assert_eq!(number(b"     17 \0\0\0\0"), Some(15));
        assert_eq!(number(b"\0\0\0\0\0\0\0\0\0\0\0\0"), Some(0));
        assert_eq!(number(b"\x80\0\0\0\0\0\0\x02\0\0\0\0"), Some(1 << 33));
        assert_eq!(
            number(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
            None
        );
        assert_eq!(number(b"0000000008 \0"), None);
        assert_eq!(octal(b"777777777777777777777777"), None);
    }

    #[test]
    fn accepts_sums_of_signed_and_of_unsigned_bytes() {
        let name = "\u{e9}\u{e8}zzzz".as_bytes();
        let mut block = [0; BLOCK];
        block[..name.len()].copy_from_slice(name);
        let unsigned = name.iter().map(|&b| u32::from(b)).sum::<u32>() + 8 * 0x20;
        for (sum, is_valid) in [
            (unsigned, true),
            (unsigned - 4 * 256, true),
            (unsigned + 1, false),
            (unsigned - 256, false),
        ] {
            block[SUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
            assert_eq!(TarHeader::new(&block).is_some(), is_valid, "{sum}");
        }
    }

    #[test]
    fn reads_pax_records() {
        let records = pax_records(b"11 path=ab\n12 size=123\n9 broken");
        assert_eq!(records, [(&b"path"[..], &b"ab"[..]), (b"size", b"123")]);
        assert!(pax_records(b"999999999999999999999 a=b\n").is_empty());
    }
}
