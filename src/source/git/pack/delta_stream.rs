//! A delta that is read bit by bit, for objects that are not held in memory.

use std::fs::File;
use std::io::{self, BufReader, Read};

use super::buffer::{MAX_FILE, ObjectBuffer};
use super::damage::ObjectDamage;
use super::inflate::{Exactly, InflateReader};

/// How much of a base is read at a time where its pieces are small.
const NEAR: usize = 16 * 1024;

/// What a delta makes, as a reader. Each instruction is checked when its turn comes; an error on
/// the way is a [`ObjectDamage`].
pub(crate) struct DeltaStream<'a, R> {
    delta: BufReader<R>,
    base: Base<'a>,
    /// Length of what it makes.
    size: u64,
    /// How much the instructions to come must give.
    left: u64,
    piece: Piece,
}

/// The rest of one instruction.
enum Piece {
    /// So many bytes of the base, from here on.
    Copy(u64, u64),
    /// So many bytes of the delta.
    Insert(u64),
}

/// What the delta is applied to.
enum Base<'a> {
    Memory(&'a [u8]),
    /// A file and the place it is read at.
    File(BufReader<&'a File>, u64, u64),
}

impl<'a> DeltaStream<'a, Exactly<InflateReader<&'a [u8]>>> {
    /// The delta of `size` bytes that inflates from `stored`, on `base`.
    ///
    /// # Errors
    /// If its head does not fit `base`.
    pub(crate) fn inflated(
        stored: &'a [u8],
        size: u64,
        base: &'a ObjectBuffer,
    ) -> Result<Self, ObjectDamage> {
        let base = match base {
            ObjectBuffer::Memory(bytes) => Base::Memory(bytes),
            ObjectBuffer::File(spilled) => {
                let file = BufReader::with_capacity(NEAR, spilled.rewind()?);
                Base::File(file, 0, spilled.size())
            }
        };
        Self::new(Exactly::new(InflateReader::new(stored), size), base)
    }
}

impl<'a> DeltaStream<'a, &'a [u8]> {
    /// A delta in memory, on a base in memory.
    ///
    /// # Errors
    /// If its head does not fit `base`.
    pub(crate) fn in_memory(delta: &'a [u8], base: &'a [u8]) -> Result<Self, ObjectDamage> {
        Self::new(delta, Base::Memory(base))
    }
}

impl<'a, R: Read> DeltaStream<'a, R> {
    fn new(delta: R, base: Base<'a>) -> Result<Self, ObjectDamage> {
        let mut delta = Self {
            delta: BufReader::new(delta),
            base,
            size: 0,
            left: 0,
            piece: Piece::Insert(0),
        };
        if delta.number()? != delta.base.size() {
            return Err(ObjectDamage::Delta);
        }
        delta.size = delta.number()?;
        // Git stores no file of this size as a delta, and a few bytes of one can ask for terabytes.
        if delta.size > MAX_FILE {
            return Err(ObjectDamage::TooLarge(delta.size));
        }
        delta.left = delta.size;
        Ok(delta)
    }

    /// Length of what it makes, if it keeps its word.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    fn byte(&mut self) -> Result<Option<u8>, ObjectDamage> {
        let mut byte = [0];
        match self.delta.read_exact(&mut byte) {
            Ok(()) => Ok(Some(byte[0])),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(super::store::damage_of(&error)),
        }
    }

    fn number(&mut self) -> Result<u64, ObjectDamage> {
        let mut value = 0u64;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?.ok_or(ObjectDamage::Delta)?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(ObjectDamage::Delta)
    }

    /// A number of those of its bytes that `code` says are there.
    fn field(&mut self, code: u8, bits: std::ops::Range<u32>) -> Result<u64, ObjectDamage> {
        let mut value = 0;
        for (place, bit) in bits.enumerate() {
            if code & (1 << bit) != 0 {
                value |= u64::from(self.byte()?.ok_or(ObjectDamage::Delta)?) << (8 * place);
            }
        }
        Ok(value)
    }

    /// Goes on to the next instruction; false at the end.
    fn step(&mut self) -> Result<bool, ObjectDamage> {
        let Some(code) = self.byte()? else {
            return if self.left == 0 {
                Ok(false)
            } else {
                Err(ObjectDamage::Delta)
            };
        };
        let length = if code & 0x80 == 0 {
            if code == 0 {
                return Err(ObjectDamage::Delta);
            }
            self.piece = Piece::Insert(code.into());
            code.into()
        } else {
            let offset = self.field(code, 0..4)?;
            let length = match self.field(code, 4..7)? {
                0 => 0x10000,
                length => length,
            };
            if offset + length > self.base.size() {
                return Err(ObjectDamage::Delta);
            }
            self.piece = Piece::Copy(offset, length);
            length
        };
        self.left = self.left.checked_sub(length).ok_or(ObjectDamage::Delta)?;
        Ok(true)
    }
}

impl<R: Read> Read for DeltaStream<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        while let Piece::Copy(_, 0) | Piece::Insert(0) = self.piece {
            if !self.step().map_err(io::Error::other)? {
                return Ok(0);
            }
        }
        let (Piece::Copy(_, left) | Piece::Insert(left)) = self.piece;
        let most = usize::try_from(left).map_or(out.len(), |left| left.min(out.len()));
        let out = &mut out[..most];
        let count = match self.piece {
            Piece::Copy(offset, _) => self.base.read_at(offset, out)?,
            Piece::Insert(_) => self.delta.read(out)?,
        };
        if count == 0 {
            return Err(io::Error::other(ObjectDamage::Delta));
        }
        let taken = count as u64;
        self.piece = match self.piece {
            Piece::Copy(offset, left) => Piece::Copy(offset + taken, left - taken),
            Piece::Insert(left) => Piece::Insert(left - taken),
        };
        Ok(count)
    }
}

impl Base<'_> {
    fn size(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File(_, _, size) => *size,
        }
    }

    fn read_at(&mut self, offset: u64, out: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Memory(bytes) => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX);
                let mut rest = bytes.get(start..).unwrap_or_default();
                rest.read(out)
            }
            Self::File(file, at, _) => {
                // Both are at most the length of a file.
                file.seek_relative(offset.wrapping_sub(*at).cast_signed())?;
                *at = offset;
                let count = file.read(out)?;
                *at += count as u64;
                Ok(count)
            }
        }
    }
}
