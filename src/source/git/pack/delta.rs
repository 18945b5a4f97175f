//! Deltas: instructions that make one object from another. Format: Git's `gitformat-pack`, "Deltified
//! representation".

use std::iter;
use std::ops::Range;

use super::damage::ObjectDamage;

/// The most that is reserved for a result before it is made: its claimed size may be a lie.
const MAX_RESERVED: u64 = 4 * 1024 * 1024;

/// One instruction of a delta.
pub(super) enum Instruction {
    /// Copies a range of the base.
    Copy(Range<u64>),
    /// Inserts as many bytes, which follow in the delta.
    Insert(u64),
}

impl Instruction {
    /// Decodes the instruction that begins with `code`; `next` returns the bytes that follow. `None` if it is
    /// invalid or incomplete.
    #[inline]
    pub(super) fn decode(code: u8, mut next: impl FnMut() -> Option<u8>) -> Option<Self> {
        if code & 0x80 == 0 {
            return (code != 0).then_some(Self::Insert(code.into()));
        }
        let mut field = |bits: Range<u32>| {
            let mut value = 0;
            for (place, bit) in bits.enumerate() {
                if code & (1 << bit) != 0 {
                    value |= u64::from(next()?) << (8 * place);
                }
            }
            Some(value)
        };
        let offset = field(0..4)?;
        let length = match field(4..7)? {
            0 => 0x10000,
            length => length,
        };
        Some(Self::Copy(offset..offset + length))
    }
}

/// Decodes a size: seven bits a byte, lowest first. `None` if it is incomplete or too large.
pub(super) fn decode_size(mut next: impl FnMut() -> Option<u8>) -> Option<u64> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let byte = next()?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// A range that is the same in the base and in the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CopySpan {
    /// The range in the base.
    pub(crate) base: Range<usize>,
    /// The range in the result.
    pub(crate) result: Range<usize>,
}

impl CopySpan {
    /// Drops `edge.start` bytes at the start and `edge.end` bytes at the end. Nothing is dropped at the start or
    /// at the end of both objects, which have these `lengths`: the neighbourhood is the same there.
    pub(crate) fn narrow(&mut self, edge: &Range<usize>, lengths: (usize, usize)) {
        let is_first = (self.base.start, self.result.start) == (0, 0);
        let is_last = (self.base.end, self.result.end) == lengths;
        let length = self.result.len();
        let front = if is_first { 0 } else { edge.start.min(length) };
        let back = if is_last {
            0
        } else {
            edge.end.min(length - front)
        };
        for range in [&mut self.base, &mut self.result] {
            *range = range.start + front..range.end - back;
        }
    }
}

/// A delta and its base, both in memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delta<'a> {
    pub(super) base: &'a [u8],
    pub(super) instructions: &'a [u8],
    size: u64,
}

/// The contribution of one instruction: its bytes, and where they are in the base if they are copied.
type Piece<'a> = (&'a [u8], Option<usize>);

impl<'a> Delta<'a> {
    /// Reads the header of a delta. The size that it claims is verified by [`Delta::check`] and [`Delta::apply`].
    ///
    /// # Errors
    /// If the delta is not for a base of this size.
    pub(crate) fn new(base: &'a [u8], mut delta: &'a [u8]) -> Result<Self, ObjectDamage> {
        let base_size = decode_size(|| take_byte(&mut delta));
        let size = decode_size(|| take_byte(&mut delta));
        match (base_size, size) {
            (Some(base_size), Some(size)) if base_size == base.len() as u64 => Ok(Self {
                base,
                instructions: delta,
                size,
            }),
            _ => Err(ObjectDamage::Delta),
        }
    }

    /// Returns the size of the result.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Verifies all instructions without making the result.
    ///
    /// # Errors
    /// If they exceed the base or do not make a result of the claimed size.
    pub(crate) fn check(&self) -> Result<(), ObjectDamage> {
        let mut size = 0;
        for piece in self.pieces() {
            size += piece?.0.len() as u64;
        }
        if size != self.size {
            return Err(ObjectDamage::Delta);
        }
        Ok(())
    }

    /// Appends the result to `out`.
    ///
    /// # Errors
    /// As [`Delta::check`].
    pub(crate) fn apply(&self, out: &mut Vec<u8>) -> Result<(), ObjectDamage> {
        out.reserve(self.size.min(MAX_RESERVED) as usize);
        let mut left = self.size;
        for piece in self.pieces() {
            let (bytes, _) = piece?;
            left = left
                .checked_sub(bytes.len() as u64)
                .ok_or(ObjectDamage::Delta)?;
            out.extend_from_slice(bytes);
        }
        if left > 0 {
            return Err(ObjectDamage::Delta);
        }
        Ok(())
    }

    /// Returns the ranges that are copied from the base, in the order of the result. Adjacent ranges are joined.
    ///
    /// # Errors
    /// As [`Delta::check`].
    pub(crate) fn copy_spans(&self) -> Result<Vec<CopySpan>, ObjectDamage> {
        let mut spans: Vec<CopySpan> = Vec::new();
        let mut end = 0;
        for piece in self.pieces() {
            let (bytes, copied_from) = piece?;
            let result = end..end + bytes.len();
            end = result.end;
            let Some(start) = copied_from else { continue };
            let base = start..start + bytes.len();
            match spans.last_mut() {
                Some(last) if last.base.end == base.start && last.result.end == result.start => {
                    last.base.end = base.end;
                    last.result.end = result.end;
                }
                _ => spans.push(CopySpan { base, result }),
            }
        }
        Ok(spans)
    }

    fn pieces(&self) -> impl Iterator<Item = Result<Piece<'a>, ObjectDamage>> {
        let Self {
            base,
            instructions: mut rest,
            ..
        } = *self;
        iter::from_fn(move || {
            let code = take_byte(&mut rest)?;
            let piece = match Instruction::decode(code, || take_byte(&mut rest)) {
                Some(Instruction::Copy(range)) => {
                    let (start, end) = (range.start as usize, range.end as usize);
                    base.get(start..end).map(|bytes| (bytes, Some(start)))
                }
                Some(Instruction::Insert(length)) => {
                    rest.split_at_checked(length as usize)
                        .map(|(bytes, after)| {
                            rest = after;
                            (bytes, None)
                        })
                }
                None => None,
            };
            Some(piece.ok_or(ObjectDamage::Delta))
        })
    }
}

#[inline]
fn take_byte(bytes: &mut &[u8]) -> Option<u8> {
    let (first, rest) = bytes.split_first()?;
    *bytes = rest;
    Some(*first)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::super::delta_stream::DeltaStream;
    use super::*;

    const BASE: &[u8] = b"hello world";

    fn apply(delta: &[u8]) -> Result<Vec<u8>, ObjectDamage> {
        let delta = Delta::new(BASE, delta)?;
        let mut out = Vec::new();
        delta.apply(&mut out)?;
        let mut streamed = Vec::new();
        DeltaStream::of(&delta).read_to_end(&mut streamed).unwrap();
        assert_eq!(out, streamed);
        assert_eq!(out.len() as u64, delta.size());
        Ok(out)
    }

    #[test]
    fn copies_and_inserts() {
        let delta = [11, 8, 0x90, 5, 3, b'a', b'b', b'c'];
        assert_eq!(apply(&delta).unwrap(), b"helloabc");
        let spans = |delta: &[u8]| {
            let spans = Delta::new(BASE, delta).unwrap().copy_spans().unwrap();
            let ranges = spans.into_iter().map(|span| (span.base, span.result));
            ranges.collect::<Vec<_>>()
        };
        assert_eq!(spans(&delta), [(0..5, 0..5)]);
        // Adjacent ranges, and ranges with a gap.
        assert_eq!(spans(&[11, 5, 0x90, 2, 0x91, 2, 3]), [(0..5, 0..5)]);
        assert_eq!(
            spans(&[11, 4, 0x90, 2, 0x91, 3, 2]),
            [(0..2, 0..2), (3..5, 2..4)]
        );
    }

    #[test]
    fn rejects_invalid_deltas() {
        for delta in [
            &[][..],
            &[10, 5, 0x90, 5],
            &[11, 6, 0x90, 5],
            &[11, 5, 0x91, 7, 5],
            &[11, 3, 3, b'a'],
            &[11, 1, 0, b'a'],
            &[11, 5, 0x90],
            &[
                0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1,
            ],
            &[11, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f, 0x90, 5],
        ] {
            assert_eq!(apply(delta), Err(ObjectDamage::Delta), "{delta:?}");
        }
    }
}
