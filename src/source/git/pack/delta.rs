//! A delta: instructions that make one object from another.

use std::io::{self, Read};
use std::ops::Range;

use super::damage::ObjectDamage;

/// For what claims to be larger, the room grows with what is made: the claim may be a lie.
const MOST_ROOM: u64 = 4 * 1024 * 1024;

/// One instruction.
enum Step {
    /// Take this stretch of the base.
    Copy(Range<usize>),
    /// Take this stretch of the delta.
    Insert(Range<usize>),
}

/// A stretch that is the same in the base and in what is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CopySpan {
    /// Where it stands in the base.
    pub(crate) base: Range<usize>,
    /// Where it stands in what is made.
    pub(crate) made: Range<usize>,
}

impl CopySpan {
    /// Takes away what is less than `edge.start` bytes behind its beginning or less than `edge.end`
    /// before its end. At the beginning and the end of both, of these `lengths`, there is nothing else
    /// beside it than before.
    pub(crate) fn narrow(&mut self, edge: &Range<usize>, lengths: (usize, usize)) {
        let is_first = (self.base.start, self.made.start) == (0, 0);
        let is_last = (self.base.end, self.made.end) == lengths;
        let length = self.made.len();
        let front = if is_first { 0 } else { edge.start.min(length) };
        let back = if is_last {
            0
        } else {
            edge.end.min(length - front)
        };
        for range in [&mut self.base, &mut self.made] {
            *range = range.start + front..range.end - back;
        }
    }
}

/// A delta and its base.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delta<'a> {
    base: &'a [u8],
    delta: &'a [u8],
    /// Where the instructions begin.
    start: usize,
    /// Length of what they make.
    size: u64,
}

impl<'a> Delta<'a> {
    /// Reads the head of a delta. Format: Git's `gitformat-pack`, "Deltified representation". The length
    /// that it claims is to be believed only after [`Delta::check`] or [`Delta::apply`].
    ///
    /// # Errors
    /// If it is not for a base of this length.
    pub(crate) fn new(base: &'a [u8], delta: &'a [u8]) -> Result<Self, ObjectDamage> {
        let mut at = 0;
        let base_size = number(delta, &mut at)?;
        let size = number(delta, &mut at)?;
        if base_size != base.len() as u64 {
            return Err(ObjectDamage::Delta);
        }
        Ok(Self {
            base,
            delta,
            start: at,
            size,
        })
    }

    /// Goes through all instructions, and makes nothing.
    ///
    /// # Errors
    /// If they do not fit the base or do not give what the delta claims.
    pub(crate) fn check(&self) -> Result<(), ObjectDamage> {
        let mut at = self.start;
        let mut given = 0u64;
        while let Some(step) = self.step(&mut at)? {
            given += self.bytes(&step).len() as u64;
        }
        if given != self.size {
            return Err(ObjectDamage::Delta);
        }
        Ok(())
    }

    /// Length of what it makes.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Appends what it makes to `out`.
    ///
    /// # Errors
    /// See [`Delta::check`].
    pub(crate) fn apply(&self, out: &mut Vec<u8>) -> Result<(), ObjectDamage> {
        out.reserve(self.size.min(MOST_ROOM) as usize);
        let mut at = self.start;
        let mut left = self.size;
        while let Some(step) = self.step(&mut at)? {
            let bytes = self.bytes(&step);
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

    /// What it makes, bit by bit. For a delta that was checked.
    pub(crate) fn reader(self) -> DeltaReader<'a> {
        DeltaReader {
            at: self.start,
            delta: self,
            rest: &[],
        }
    }

    /// The stretches that were taken from the base, in the order of what is made; two that go on from
    /// each other in both are one.
    ///
    /// # Errors
    /// See [`Delta::check`].
    pub(crate) fn copy_spans(&self) -> Result<Vec<CopySpan>, ObjectDamage> {
        let mut out: Vec<CopySpan> = Vec::new();
        let mut at = self.start;
        let mut made = 0;
        while let Some(step) = self.step(&mut at)? {
            let length = self.bytes(&step).len();
            if let Step::Copy(base) = step {
                match out.last_mut() {
                    Some(last) if last.base.end == base.start && last.made.end == made => {
                        last.base.end += length;
                        last.made.end += length;
                    }
                    _ => out.push(CopySpan {
                        base,
                        made: made..made + length,
                    }),
                }
            }
            made += length;
        }
        Ok(out)
    }

    fn bytes(&self, step: &Step) -> &'a [u8] {
        match step {
            Step::Copy(range) => &self.base[range.clone()],
            Step::Insert(range) => &self.delta[range.clone()],
        }
    }

    /// The instruction at `at`, which moves behind it; `None` at the end.
    fn step(&self, at: &mut usize) -> Result<Option<Step>, ObjectDamage> {
        let Some(&code) = self.delta.get(*at) else {
            return Ok(None);
        };
        *at += 1;
        if code & 0x80 == 0 {
            if code == 0 {
                return Err(ObjectDamage::Delta);
            }
            let end = *at + usize::from(code);
            if end > self.delta.len() {
                return Err(ObjectDamage::Delta);
            }
            let range = *at..end;
            *at = end;
            return Ok(Some(Step::Insert(range)));
        }
        // Eight bytes hold the arguments of any instruction, and an index of three bits needs no check.
        let rest = &self.delta[*at..];
        let mut arguments = [0; 8];
        match rest.first_chunk() {
            Some(chunk) => arguments = *chunk,
            None => arguments[..rest.len()].copy_from_slice(rest),
        }
        let mut used = 0;
        let mut field = |bits: Range<u32>| {
            let mut value = 0;
            for (place, bit) in bits.enumerate() {
                if code & (1 << bit) != 0 {
                    value |= usize::from(arguments[used & 7]) << (8 * place);
                    used += 1;
                }
            }
            value
        };
        let offset = field(0..4);
        let length = match field(4..7) {
            0 => 0x10000,
            length => length,
        };
        if used > rest.len() {
            return Err(ObjectDamage::Delta);
        }
        *at += used;
        match offset.checked_add(length) {
            Some(end) if end <= self.base.len() => Ok(Some(Step::Copy(offset..end))),
            _ => Err(ObjectDamage::Delta),
        }
    }
}

/// See [`Delta::reader`].
pub(crate) struct DeltaReader<'a> {
    delta: Delta<'a>,
    at: usize,
    rest: &'a [u8],
}

impl Read for DeltaReader<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() {
            match self.delta.step(&mut self.at) {
                Ok(Some(step)) => self.rest = self.delta.bytes(&step),
                Ok(None) => return Ok(0),
                Err(damage) => return Err(io::Error::other(damage)),
            }
        }
        self.rest.read(out)
    }
}

/// A length: seven bits a byte, lowest first.
fn number(bytes: &[u8], at: &mut usize) -> Result<u64, ObjectDamage> {
    let mut value = 0u64;
    for shift in (0..63).step_by(7) {
        let byte = *bytes.get(*at).ok_or(ObjectDamage::Delta)?;
        *at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(ObjectDamage::Delta)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &[u8] = b"hello world";

    fn made(delta: &[u8]) -> Result<Vec<u8>, ObjectDamage> {
        let delta = Delta::new(BASE, delta)?;
        let mut out = Vec::new();
        delta.apply(&mut out)?;
        let mut read = Vec::new();
        delta.reader().read_to_end(&mut read).unwrap();
        assert_eq!(out, read);
        assert_eq!(out.len() as u64, delta.size());
        Ok(out)
    }

    #[test]
    fn copies_and_inserts() {
        let delta = [11, 8, 0x90, 5, 3, b'a', b'b', b'c'];
        assert_eq!(made(&delta).unwrap(), b"helloabc");
        let copy_spans = |delta: &[u8]| {
            let kept = Delta::new(BASE, delta).unwrap().copy_spans().unwrap();
            let both = kept.into_iter().map(|kept| (kept.base, kept.made));
            both.collect::<Vec<_>>()
        };
        assert_eq!(copy_spans(&delta), [(0..5, 0..5)]);
        // Two that go on from each other; two that leave something out.
        assert_eq!(copy_spans(&[11, 5, 0x90, 2, 0x91, 2, 3]), [(0..5, 0..5)]);
        assert_eq!(
            copy_spans(&[11, 4, 0x90, 2, 0x91, 3, 2]),
            [(0..2, 0..2), (3..5, 2..4)]
        );
    }

    #[test]
    fn what_does_not_fit_is_told() {
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
            assert_eq!(made(delta), Err(ObjectDamage::Delta), "{delta:?}");
        }
    }
}
