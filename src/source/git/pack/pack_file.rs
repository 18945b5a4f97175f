//! A pack and its index: entries by their offset, and single objects.

use std::ops::Range;
use std::path::Path;

use gix::hash::oid;
use gix::objs::Kind;
use gix::odb::pack::data::entry::Header;
use gix::odb::pack::{data, index};

use super::buffer::{ObjectBuffer, is_large};
use super::damage::{ObjectDamage, check_size};
use super::delta::Delta;
use super::delta_stream::DeltaStream;
use super::inflate::{InflateReader, Inflater, check_claimed_size};
use super::object::ObjectContent;

/// The longest chain of deltas that is followed: `pack.depth` is at most 4095.
pub(crate) const MAX_CHAIN: usize = 4096;

/// A pack and its index, mapped into memory.
pub(crate) struct PackFile {
    data: data::File,
    pub(super) index: index::File,
}

/// An entry of a pack.
pub(crate) struct PackEntry<'a> {
    /// The kind of the object, or its delta base.
    pub(crate) header: Header,
    /// Size of the object or of the delta, once inflated.
    pub(crate) size: u64,
    /// The zlib stream and the rest of the file.
    pub(crate) stored: &'a [u8],
}

impl PackFile {
    /// Maps the pack of an index, and the index.
    ///
    /// # Errors
    /// In words, if a file cannot be opened or is invalid.
    pub(crate) fn open(index_path: &Path, hash: gix::hash::Kind) -> Result<Self, String> {
        let text = |error: gix::Error| error.to_string();
        Ok(Self {
            index: index::File::at(index_path, hash).map_err(text)?,
            data: data::File::at(index_path.with_extension("pack"), hash).map_err(text)?,
        })
    }

    /// Returns where the entries end.
    pub(crate) fn end(&self) -> u64 {
        self.data.pack_end() as u64
    }

    /// Returns all bytes in a range; `None` if the range is empty or exceeds the pack.
    pub(crate) fn bytes(&self, range: Range<u64>) -> Option<&[u8]> {
        let fits = range.start < range.end && range.end <= self.end();
        self.data.entry_slice(range).filter(|_| fits)
    }

    /// Reads the header of the entry at an offset, whose bytes end at `end` at the latest.
    ///
    /// # Errors
    /// If the header is invalid or claims more than the stored bytes can inflate to.
    pub(crate) fn entry(&self, offset: u64, end: u64) -> Result<PackEntry<'_>, ObjectDamage> {
        let bytes = self.bytes(offset..end).ok_or(ObjectDamage::Short)?;
        let entry = data::Entry::from_bytes(bytes, 0, self.data.object_hash())
            .map_err(|_| ObjectDamage::Header)?;
        let stored = bytes.get(entry.data_offset as usize..);
        let stored = stored.ok_or(ObjectDamage::Short)?;
        check_claimed_size(stored.len(), entry.decompressed_size)?;
        Ok(PackEntry {
            header: entry.header,
            size: entry.decompressed_size,
            stored,
        })
    }

    /// Returns the offset of an object.
    pub(crate) fn offset_of(&self, id: &oid) -> Option<u64> {
        let position = self.index.lookup(id)?;
        Some(self.index.pack_offset_at_index(position))
    }

    /// Returns the offset of the base of the delta at an offset.
    pub(crate) fn base_offset(&self, offset: u64, header: &Header) -> Option<u64> {
        match header {
            Header::RefDelta { base_id } => self.offset_of(base_id),
            Header::OfsDelta { base_distance } => {
                Header::verified_base_pack_offset(offset, *base_distance)
            }
            _ => None,
        }
    }

    /// Reads the object at an offset. A blob of more than `limit` bytes, and each base that is as large, is kept
    /// in a file.
    ///
    /// # Errors
    /// If the object or one of its bases is damaged, or no temporary file can be written.
    pub(crate) fn read(
        &self,
        offset: u64,
        inflater: &mut Inflater,
        limit: usize,
    ) -> Result<(Kind, ObjectBuffer), ObjectDamage> {
        let (kind, chain) = self.delta_chain(offset)?;
        Ok((kind, self.build(kind, &chain, inflater, limit)?))
    }

    /// Reads the object at an offset and passes it to `take`. A blob of more than `limit` bytes is streamed; its
    /// bases are kept in files.
    ///
    /// # Errors
    /// As [`PackFile::read`].
    pub(crate) fn lend<T>(
        &self,
        offset: u64,
        inflater: &mut Inflater,
        limit: usize,
        take: impl FnOnce(Kind, ObjectContent<'_>) -> T,
    ) -> Result<T, ObjectDamage> {
        let (kind, chain) = self.delta_chain(offset)?;
        let PackEntry { size, stored, .. } = self.entry(offset, self.end())?;
        let bases = chain.get(1..).unwrap_or_default();
        if bases.is_empty() {
            if is_large(kind, size, limit) {
                let mut content = InflateReader::new(stored).exactly(size);
                return Ok(take(kind, ObjectContent::Stream(&mut content, size)));
            }
            let buffer = ObjectBuffer::inflate(kind, stored, size, limit, inflater, Vec::new())?;
            return buffer.lend(|content| take(kind, content));
        }
        let base = self.build(kind, bases, inflater, limit)?;
        let mut content = DeltaStream::inflated(stored, size, &base)?;
        let size = content.size();
        if is_large(kind, size, limit) {
            return Ok(take(kind, ObjectContent::Stream(&mut content, size)));
        }
        check_size(size)?;
        ObjectBuffer::read(&mut content, size, usize::MAX)?.lend(|content| take(kind, content))
    }

    /// Returns the kind of an object, and the offsets of the object and of its bases.
    fn delta_chain(&self, offset: u64) -> Result<(Kind, Vec<u64>), ObjectDamage> {
        let mut chain = vec![offset];
        let mut at = offset;
        loop {
            let entry = self.entry(at, self.end())?;
            if let Some(kind) = entry.header.as_kind() {
                return Ok((kind, chain));
            }
            if chain.len() > MAX_CHAIN {
                return Err(ObjectDamage::Deep);
            }
            let base = self.base_offset(at, &entry.header);
            at = base.ok_or(ObjectDamage::NoBase)?;
            chain.push(at);
        }
    }

    /// Makes the first object of a chain from the others.
    fn build(
        &self,
        kind: Kind,
        chain: &[u64],
        inflater: &mut Inflater,
        limit: usize,
    ) -> Result<ObjectBuffer, ObjectDamage> {
        let (mut delta, mut spare) = (Vec::new(), Vec::new());
        let mut made: Option<ObjectBuffer> = None;
        for &offset in chain.iter().rev() {
            let PackEntry { size, stored, .. } = self.entry(offset, self.end())?;
            let Some(base) = made.take() else {
                let buffer =
                    ObjectBuffer::inflate(kind, stored, size, limit, inflater, Vec::new())?;
                made = Some(buffer);
                continue;
            };
            if let ObjectBuffer::Memory(base) = &base
                && !is_large(kind, size, limit)
            {
                check_size(size)?;
                inflater.inflate(stored, size, &mut delta)?;
                let delta = Delta::new(base, &delta)?;
                if !is_large(kind, delta.size(), limit) {
                    check_size(delta.size())?;
                    let mut result = std::mem::take(&mut spare);
                    result.clear();
                    delta.apply(&mut result)?;
                    made = Some(ObjectBuffer::Memory(result));
                }
            }
            if made.is_some() {
                if let ObjectBuffer::Memory(base) = base {
                    spare = base;
                }
                continue;
            }
            // Large objects need the memory.
            (delta, spare) = (Vec::new(), Vec::new());
            let mut content = DeltaStream::inflated(stored, size, &base)?;
            let size = content.size();
            made = Some(ObjectBuffer::read(&mut content, size, limit)?);
        }
        made.ok_or(ObjectDamage::NoBase)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_entry_headers_of_all_kinds() {
        let parse = |bytes: &[u8]| data::Entry::from_bytes(bytes, 0, gix::hash::Kind::Sha1);
        let whole = parse(&[0xb5, 0x02, 9, 9]).unwrap();
        assert_eq!(whole.header, Header::Blob);
        assert_eq!((whole.decompressed_size, whole.data_offset), (37, 2));
        let before = parse(&[0x61, 0x80, 0x00]).unwrap();
        assert_eq!(before.header, Header::OfsDelta { base_distance: 128 });
        assert_eq!((before.decompressed_size, before.data_offset), (1, 3));
        let named = parse(&[&[0x71][..], &[7; 20]].concat()).unwrap();
        assert_eq!(named.data_offset, 21);
        assert!(named.header.is_delta());
    }

    #[test]
    fn rejects_invalid_entry_headers() {
        for bytes in [&[][..], &[0xb0], &[0x71, 1], &[0x01], &[0x51], &[0xff; 40]] {
            let entry = data::Entry::from_bytes(bytes, 0, gix::hash::Kind::Sha1);
            assert!(entry.is_err(), "{bytes:?}");
        }
    }
}
