//! Archives that contain themselves.
//!
//! The construction is Russ Cox's (<https://research.swtch.com/zip>): a program of two instructions, "write the next
//! bytes" and "repeat the last bytes", that writes itself. Each instruction takes one unit of five bytes. The checksum
//! of an archive in which it occurs itself is an affine function of its bits, so it is the solution of 32 linear
//! equations.

use super::archives::zip_end;

/// Bytes of an instruction.
const UNIT: usize = 5;

/// A writer of bits, the lowest first.
#[derive(Default)]
struct BitWriter {
    bytes: Vec<u8>,
    len: usize,
}

impl BitWriter {
    fn put(&mut self, value: usize, count: usize) {
        for bit in 0..count {
            if self.len.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let byte = self.bytes.last_mut().unwrap();
            *byte |= ((value >> bit & 1) as u8) << (self.len % 8);
            self.len += 1;
        }
    }

    /// A code of Huffman, the highest bit first.
    fn put_code(&mut self, code: usize, count: usize) {
        for bit in (0..count).rev() {
            self.put(code >> bit & 1, 1);
        }
    }
}

/// Code, base and number of extra bits of lengths and distances of Deflate (RFC 1951, 3.2.5).
fn ranges(first: usize, start: usize, plain: usize, each: usize) -> Vec<(usize, usize, usize)> {
    let (mut base, mut found) = (start, Vec::new());
    for index in 0..28 {
        let extra = (index / each).saturating_sub(plain / each - 1);
        found.push((first + index, base, extra));
        base += 1 << extra;
    }
    found
}

/// Writes a copy of `length` bytes from `distance` bytes before.
fn put_copy(bits: &mut BitWriter, length: usize, distance: usize) {
    let (code, base, extra) = match length {
        258 => (285, 258, 0),
        _ => *ranges(257, 3, 8, 4)
            .iter()
            .rfind(|(_, base, _)| *base <= length)
            .unwrap(),
    };
    match code {
        280.. => bits.put_code(0b1100_0000 + code - 280, 8),
        _ => bits.put_code(code - 256, 7),
    }
    bits.put(length - base, extra);
    let distances = ranges(0, 1, 4, 2);
    let found = distances.iter().rfind(|(_, base, _)| *base <= distance);
    let (code, base, extra) = *found.unwrap();
    bits.put_code(code, 5);
    bits.put(distance - base, extra);
}

/// The instruction that repeats the last `count` bytes.
fn repeat(count: usize) -> Vec<u8> {
    for first in [count].into_iter().chain(3..count - 2) {
        let mut bits = BitWriter::default();
        bits.put(0b010, 3);
        put_copy(&mut bits, first, count);
        if first < count {
            put_copy(&mut bits, count - first, count);
        }
        bits.put(0, 7);
        while bits.len < 8 * UNIT {
            // An empty block.
            bits.put(0b010, 3);
            bits.put(0, 7);
        }
        if bits.len == 8 * UNIT {
            return bits.bytes;
        }
    }
    panic!("no instruction repeats {count} bytes");
}

/// The instruction that writes the next `count` bytes.
fn literal(count: usize) -> Vec<u8> {
    let count = count as u16;
    [&[0][..], &count.to_le_bytes(), &(!count).to_le_bytes()].concat()
}

/// The archive with this beginning and end.
fn assemble(prefix: &[u8], suffix: &[u8]) -> Vec<u8> {
    let (before, after) = (prefix.len() + UNIT, suffix.len() + UNIT);
    let write = |units: usize| literal(units * UNIT);
    let (write_prefix, repeat_prefix) = (literal(before), repeat(before));
    let (write_suffix, repeat_suffix) = (literal(after), repeat(after));
    let again = repeat(4 * UNIT);
    let four = write(4);
    [
        prefix,
        &write_prefix,
        prefix,
        &write_prefix,
        &repeat_prefix,
        &write(1),
        &repeat_prefix,
        &write(1),
        &write(1),
        &four,
        &repeat_prefix,
        &write(1),
        &write(1),
        &four,
        &again,
        &four,
        &again,
        &four,
        &again,
        &four,
        &again,
        &four,
        &again,
        &write(0),
        &write(0),
        &write_suffix,
        &again,
        &write(0),
        &write(0),
        &write_suffix,
        &repeat_suffix,
        suffix,
        &repeat_suffix,
        suffix,
    ]
    .concat()
}

/// The last block of a stream, without content.
const LAST: &[u8] = &[1, 0, 0, 0xff, 0xff];

/// A gzip file that is its own content.
pub(crate) fn gzip_quine() -> Vec<u8> {
    with_checksum(&|sum, size| {
        let head = b"\x1f\x8b\x08\x08\0\0\0\0\0\xffq\0";
        let tail = [LAST, &sum.to_le_bytes(), &size.to_le_bytes()].concat();
        assemble(head, &tail)
    })
}

/// A ZIP file whose only entry is itself.
pub(crate) fn zip_quine() -> Vec<u8> {
    /// Beginning and end have a length that one copy repeats.
    const LENGTH: usize = 258 - UNIT;
    let name = b"q.zip";
    with_checksum(&|sum, size| {
        let directory = LENGTH - LAST.len() - 22;
        let compressed = (size as usize).saturating_sub(2 * LENGTH - LAST.len()) as u32;
        let mut fields = [20u16, 0, 8, 0, 0].map(u16::to_le_bytes).concat();
        fields.extend([sum, compressed, size].map(u32::to_le_bytes).concat());
        fields.extend((name.len() as u16).to_le_bytes());
        let padding = LENGTH - 30 - name.len();
        let mut extra = [0xcafe, padding as u16 - 4].map(u16::to_le_bytes).concat();
        extra.resize(padding, 0);
        let head = [
            b"PK\x03\x04",
            &fields[..],
            &(padding as u16).to_le_bytes(),
            name,
            &extra,
        ]
        .concat();
        let comment = directory - 46 - name.len();
        let mut entry = [b"PK\x01\x02\x14\0", &fields[..], &[0; 2]].concat();
        entry.extend((comment as u16).to_le_bytes());
        entry.extend([0; 12]);
        entry.extend(name);
        entry.resize(directory, b' ');
        let at = (size as usize).saturating_sub(22 + directory);
        let tail = [LAST, &entry, &zip_end(1, directory, at)].concat();
        assemble(&head, &tail)
    })
}

/// Returns the archive that contains its own checksum and size, made by `build`.
fn with_checksum(build: &dyn Fn(u32, u32) -> Vec<u8>) -> Vec<u8> {
    let size = build(0, 0).len() as u32;
    let sum_of = |sum: u32| crc32fast::hash(&build(sum, size));
    let constant = sum_of(0);
    // Each row is the change of one bit of the checksum, as the bits that it depends on, and the constant.
    let mut rows = [0u64; 32];
    for column in 0..32 {
        let change = sum_of(1 << column) ^ constant ^ (1 << column);
        for (bit, row) in rows.iter_mut().enumerate() {
            *row |= u64::from(change >> bit & 1) << column;
        }
    }
    for (bit, row) in rows.iter_mut().enumerate() {
        *row |= u64::from(constant >> bit & 1) << 32;
    }
    let mut solved = 0;
    let mut pivots = Vec::new();
    for column in 0..32 {
        let is_set = |row: &u64| row >> column & 1 == 1;
        let Some(pivot) = (solved..32).find(|index| is_set(&rows[*index])) else {
            continue;
        };
        rows.swap(solved, pivot);
        let chosen = rows[solved];
        for (index, row) in rows.iter_mut().enumerate() {
            if index != solved && is_set(row) {
                *row ^= chosen;
            }
        }
        pivots.push(column);
        solved += 1;
    }
    assert!(
        rows[solved..].iter().all(|row| *row == 0),
        "no checksum fits"
    );
    let bits = pivots.iter().zip(&rows);
    let sum = bits.fold(0, |sum, (column, row)| {
        sum | ((row >> 32 & 1) as u32) << column
    });
    build(sum, size)
}
