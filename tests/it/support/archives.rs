//! Writers of archives, which tests change byte by byte.

use std::io::{Read as _, Write as _};

use sevenz_rust2::{ArchiveEntry, ArchiveWriter, EncoderMethod};

/// Compression methods of ZIP files.
pub(crate) const STORED: u16 = 0;
pub(crate) const DEFLATE: u16 = 8;
pub(crate) const BZIP2: u16 = 12;
pub(crate) const LZMA: u16 = 14;
pub(crate) const ZSTD: u16 = 93;
pub(crate) const XZ: u16 = 95;

pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    out.write_all(content).unwrap();
    out.finish().unwrap()
}

pub(crate) fn deflate(content: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    out.write_all(content).unwrap();
    out.finish().unwrap()
}

pub(crate) fn bzip2(content: &[u8]) -> Vec<u8> {
    let mut out = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    out.write_all(content).unwrap();
    out.finish().unwrap()
}

pub(crate) fn xz(content: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(6);
    let mut out = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    out.write_all(content).unwrap();
    out.finish().unwrap()
}

pub(crate) fn zstd(content: &[u8]) -> Vec<u8> {
    let level = ruzstd::encoding::CompressionLevel::Fastest;
    ruzstd::encoding::compress_to_vec(content, level)
}

/// The LZMA data of a ZIP file: version, size of the properties, properties, stream.
fn lzma(content: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::LzmaOptions::with_preset(6);
    let size = Some(content.len() as u64);
    let mut out = lzma_rust2::LzmaWriter::new_use_header(Vec::new(), &options, size).unwrap();
    out.write_all(content).unwrap();
    let file = out.finish().unwrap();
    [&[9, 4, 5, 0][..], &file[..5], &file[13..]].concat()
}

/// One entry of a ZIP file.
#[derive(Clone)]
pub(crate) struct ZipEntry {
    pub(crate) name: Vec<u8>,
    pub(crate) method: u16,
    pub(crate) flags: u16,
    pub(crate) crc: u32,
    pub(crate) size: u32,
    pub(crate) data: Vec<u8>,
}

impl ZipEntry {
    pub(crate) fn new(name: impl AsRef<[u8]>, method: u16, content: &[u8]) -> Self {
        Self {
            name: name.as_ref().to_vec(),
            method,
            flags: 0,
            crc: crc32fast::hash(content),
            size: content.len() as u32,
            data: match method {
                DEFLATE => deflate(content),
                BZIP2 => bzip2(content),
                LZMA => lzma(content),
                ZSTD => zstd(content),
                XZ => xz(content),
                _ => content.to_vec(),
            },
        }
    }

    /// The fields that the local header and the directory entry share.
    fn fields(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend(20u16.to_le_bytes());
        out.extend(self.flags.to_le_bytes());
        out.extend(self.method.to_le_bytes());
        out.extend([0; 4]);
        out.extend(self.crc.to_le_bytes());
        out.extend((self.data.len() as u32).to_le_bytes());
        out.extend(self.size.to_le_bytes());
        out.extend((self.name.len() as u16).to_le_bytes());
        out.extend([0; 2]);
        out
    }

    /// Local header and data.
    pub(crate) fn local(&self) -> Vec<u8> {
        [b"PK\x03\x04", &*self.fields(), &*self.name, &*self.data].concat()
    }

    /// The entry of the directory for a local header at `at`.
    pub(crate) fn central(&self, at: usize) -> Vec<u8> {
        [
            b"PK\x01\x02\x14\x00",
            &*self.fields(),
            &[0; 10],
            &(at as u32).to_le_bytes(),
            &*self.name,
        ]
        .concat()
    }
}

/// The end of a directory of `count` entries.
pub(crate) fn zip_end(count: usize, size: usize, at: usize) -> Vec<u8> {
    let mut out = b"PK\x05\x06\0\0\0\0".to_vec();
    out.extend((count as u16).to_le_bytes());
    out.extend((count as u16).to_le_bytes());
    out.extend((size as u32).to_le_bytes());
    out.extend((at as u32).to_le_bytes());
    out.extend([0; 2]);
    out
}

/// A ZIP file of these entries.
pub(crate) fn zip_of(entries: &[ZipEntry]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        directory.extend(entry.central(out.len()));
        out.extend(entry.local());
    }
    let at = out.len();
    out.extend(&directory);
    out.extend(zip_end(entries.len(), directory.len(), at));
    out
}

/// A ZIP file of these files.
pub(crate) fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let entries = files.iter();
    let entries = entries.map(|(name, content)| ZipEntry::new(name, DEFLATE, content));
    zip_of(&entries.collect::<Vec<_>>())
}

/// The header of an entry of a tar file.
pub(crate) fn tar_header(name: &[u8], kind: u8, link: &[u8], size: u64) -> [u8; 512] {
    let mut block = [0; 512];
    let name = &name[..name.len().min(100)];
    block[..name.len()].copy_from_slice(name);
    block[100..108].copy_from_slice(b"0000644\0");
    block[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
    block[136..148].copy_from_slice(b"00000000000\0");
    block[156] = kind;
    block[157..157 + link.len()].copy_from_slice(link);
    block[257..265].copy_from_slice(b"ustar\x0000");
    put_sum(&mut block);
    block
}

/// Makes the sum of a header right.
pub(crate) fn put_sum(block: &mut [u8; 512]) {
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|&b| u32::from(b)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

/// One entry of a tar file.
pub(crate) fn tar_entry(name: &[u8], kind: u8, content: &[u8]) -> Vec<u8> {
    let mut out = tar_header(name, kind, b"", content.len() as u64).to_vec();
    out.extend(content);
    out.resize(out.len().next_multiple_of(512), 0);
    out
}

/// A tar file of these files.
pub(crate) fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let entries = files.iter();
    let mut out: Vec<u8> = entries
        .flat_map(|(name, content)| tar_entry(name.as_bytes(), b'0', content))
        .collect();
    out.extend([0; 1024]);
    out
}

/// A record of an extended header of pax.
pub(crate) fn pax_record(key: &str, value: &[u8]) -> Vec<u8> {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    [format!("{length} {key}=").as_bytes(), value, b"\n"].concat()
}

/// `count` zeros, compressed by gzip.
pub(crate) fn zeros(count: u64) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::copy(&mut std::io::repeat(0).take(count), &mut out).unwrap();
    out.finish().unwrap()
}

/// Methods of 7z files.
pub(crate) const SEVEN_ZIP_METHODS: [EncoderMethod; 3] = [
    EncoderMethod::LZMA2,
    EncoderMethod::LZMA,
    EncoderMethod::COPY,
];

/// A 7z file, each entry in a block of its own.
pub(crate) fn seven_zip(method: EncoderMethod, entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ArchiveWriter::new(std::io::Cursor::new(Vec::new())).unwrap();
    writer.set_content_methods(vec![method.into()]);
    for (name, content) in entries {
        let entry = ArchiveEntry::new_file(name);
        let content = (!content.is_empty()).then_some(*content);
        writer.push_archive_entry(entry, content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}
