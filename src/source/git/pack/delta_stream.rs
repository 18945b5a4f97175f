//! Applies a delta in constant memory, for objects that are not held as a whole.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};

use super::buffer::{MAX_SPOOLED, ObjectBuffer};
use super::damage::ObjectDamage;
use super::delta::{Delta, Instruction, decode_size};
use super::inflate::InflateReader;

/// Number of bytes of a base in a file that are read at a time.
const BUFFER: usize = 16 * 1024;

/// Reads the result of a delta. Each instruction is verified when it is reached; errors are [`ObjectDamage`]s.
pub(crate) struct DeltaStream<'a, R> {
    delta: BufReader<R>,
    base: BaseReader<'a>,
    size: u64,
    /// Number of bytes that the remaining instructions must produce.
    left: u64,
    /// The rest of the current instruction.
    current: Instruction,
}

/// The base of a delta.
enum BaseReader<'a> {
    Memory(&'a [u8]),
    /// A file, the offset it is read at, and its size.
    File(BufReader<&'a File>, u64, u64),
}

impl<'a> DeltaStream<'a, InflateReader<&'a [u8]>> {
    /// Applies the delta of `size` bytes that `stored` inflates to.
    ///
    /// # Errors
    /// If the delta is not for this base, or its result is too large.
    pub(crate) fn inflated(
        stored: &'a [u8],
        size: u64,
        base: &'a ObjectBuffer,
    ) -> Result<Self, ObjectDamage> {
        let base = match base {
            ObjectBuffer::Memory(bytes) => BaseReader::Memory(bytes),
            ObjectBuffer::File(file, size) => {
                let file = BufReader::with_capacity(BUFFER, ObjectBuffer::rewind(file, *size)?);
                BaseReader::File(file, 0, *size)
            }
        };
        Self::new(InflateReader::new(stored).exactly(size), base)
    }
}

impl<'a> DeltaStream<'a, &'a [u8]> {
    /// Applies a delta in memory.
    pub(crate) fn of(delta: &Delta<'a>) -> Self {
        Self {
            delta: BufReader::new(delta.instructions),
            base: BaseReader::Memory(delta.base),
            size: delta.size(),
            left: delta.size(),
            current: Instruction::Insert(0),
        }
    }

    /// Applies a delta in memory whose header was not read yet.
    ///
    /// # Errors
    /// As [`DeltaStream::inflated`].
    pub(crate) fn in_memory(delta: &'a [u8], base: &'a [u8]) -> Result<Self, ObjectDamage> {
        Self::new(delta, BaseReader::Memory(base))
    }
}

impl<'a, R: Read> DeltaStream<'a, R> {
    fn new(delta: R, base: BaseReader<'a>) -> Result<Self, ObjectDamage> {
        let mut stream = Self {
            delta: BufReader::new(delta),
            base,
            size: 0,
            left: 0,
            current: Instruction::Insert(0),
        };
        if stream.decode(|next| decode_size(next))? != stream.base.size() {
            return Err(ObjectDamage::Delta);
        }
        stream.size = stream.decode(|next| decode_size(next))?;
        // Git stores no file of this size as a delta, and a few bytes of one can ask for terabytes.
        if stream.size > MAX_SPOOLED {
            return Err(ObjectDamage::TooLarge(stream.size));
        }
        stream.left = stream.size;
        Ok(stream)
    }

    /// Returns the size of the result, which a damaged delta may not reach.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    fn next_byte(&mut self) -> io::Result<Option<u8>> {
        let byte = self.delta.fill_buf()?.first().copied();
        self.delta.consume(byte.into_iter().len());
        Ok(byte)
    }

    /// Decodes something from the bytes of the delta. A read error takes precedence over an incomplete value.
    fn decode<T>(
        &mut self,
        decode: impl FnOnce(&mut dyn FnMut() -> Option<u8>) -> Option<T>,
    ) -> Result<T, ObjectDamage> {
        let mut failure = None;
        let decoded = decode(&mut || match self.next_byte() {
            Ok(byte) => byte,
            Err(error) => {
                failure = Some(error);
                None
            }
        });
        match failure {
            Some(error) => Err(error.into()),
            None => decoded.ok_or(ObjectDamage::Delta),
        }
    }

    /// Reads the next instruction; returns false at the end.
    fn advance(&mut self) -> Result<bool, ObjectDamage> {
        let Some(code) = self.next_byte()? else {
            return match self.left {
                0 => Ok(false),
                _ => Err(ObjectDamage::Delta),
            };
        };
        self.current = self.decode(|next| Instruction::decode(code, next))?;
        let length = match &self.current {
            Instruction::Copy(range) if range.end > self.base.size() => None,
            Instruction::Copy(range) => Some(range.end - range.start),
            Instruction::Insert(length) => Some(*length),
        };
        let left = length.and_then(|length| self.left.checked_sub(length));
        self.left = left.ok_or(ObjectDamage::Delta)?;
        Ok(true)
    }
}

impl<R: Read> Read for DeltaStream<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        let left = loop {
            let left = match &self.current {
                Instruction::Copy(range) => range.end - range.start,
                Instruction::Insert(left) => *left,
            };
            if left > 0 {
                break left;
            }
            if !self.advance()? {
                return Ok(0);
            }
        };
        let most = usize::try_from(left).map_or(out.len(), |left| left.min(out.len()));
        let out = &mut out[..most];
        let count = match &mut self.current {
            Instruction::Copy(range) => {
                let count = self.base.read_at(range.start, out)?;
                range.start += count as u64;
                count
            }
            Instruction::Insert(left) => {
                let count = self.delta.read(out)?;
                *left -= count as u64;
                count
            }
        };
        if count == 0 {
            return Err(ObjectDamage::Delta.into());
        }
        Ok(count)
    }
}

impl BaseReader<'_> {
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
                bytes.get(start..).unwrap_or_default().read(out)
            }
            Self::File(file, at, _) => {
                // Both offsets are within the file, so the difference fits.
                file.seek_relative(offset.wrapping_sub(*at).cast_signed())?;
                let count = file.read(out)?;
                *at = offset + count as u64;
                Ok(count)
            }
        }
    }
}
