//! Compressed streams, also several in a row, which form one content.

use std::io::{self, BufRead, BufReader, Read};

use super::format::ArchiveFormat;
use super::problem::{MAX_MEMORY, Problem};

/// Number of compressed bytes read at a time.
const BUFFER: usize = 64 << 10;

/// The compressed bytes.
pub(super) type PackedInput<'a> = BufReader<&'a mut dyn Read>;

/// A decoder of one stream.
enum StreamDecoder<'a> {
    Gzip(Box<flate2::bufread::GzDecoder<PackedInput<'a>>>),
    Bzip2(bzip2::bufread::BzDecoder<PackedInput<'a>>),
    /// All streams in a row.
    Xz(Box<lzma_rust2::XzReader<PackedInput<'a>>>),
    Zstd(Box<ZstdDecoder<PackedInput<'a>>>),
}

type ZstdDecoder<R> = ruzstd::decoding::StreamingDecoder<R, ruzstd::decoding::FrameDecoder>;

impl<'a> StreamDecoder<'a> {
    fn new(format: ArchiveFormat, mut input: PackedInput<'a>) -> io::Result<Self> {
        Ok(match format {
            ArchiveFormat::Bzip2 => Self::Bzip2(bzip2::bufread::BzDecoder::new(input)),
            ArchiveFormat::Xz => {
                let limit = u32::try_from(MAX_MEMORY >> 10).unwrap_or(u32::MAX);
                let decoder = lzma_rust2::XzReader::new_mem_limit(input, true, limit);
                Self::Xz(Box::new(decoder))
            }
            ArchiveFormat::Zstd => {
                skip_frames(&mut input)?;
                let decoder = ZstdDecoder::new_with_max_window_size(input, MAX_MEMORY / 2);
                Self::Zstd(Box::new(decoder.map_err(zstd_error)?))
            }
            _ => Self::Gzip(Box::new(flate2::bufread::GzDecoder::new(input))),
        })
    }

    fn into_input(self) -> PackedInput<'a> {
        match self {
            Self::Gzip(decoder) => decoder.into_inner(),
            Self::Bzip2(decoder) => decoder.into_inner(),
            Self::Xz(decoder) => decoder.into_inner(),
            Self::Zstd(decoder) => decoder.into_inner(),
        }
    }
}

impl Read for StreamDecoder<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Gzip(decoder) => decoder.read(buffer),
            Self::Bzip2(decoder) => decoder.read(buffer),
            Self::Xz(decoder) => decoder.read(buffer),
            Self::Zstd(decoder) => decoder.read(buffer),
        }
    }
}

fn zstd_error(error: ruzstd::decoding::errors::FrameDecoderError) -> io::Error {
    use ruzstd::decoding::errors::FrameDecoderError as Error;
    match error {
        Error::WindowSizeTooBig { .. } => Problem::Memory(MAX_MEMORY / 2).into_error(),
        error => io::Error::new(io::ErrorKind::InvalidData, error),
    }
}

/// Skips frames of Zstandard that contain no data.
fn skip_frames(input: &mut PackedInput<'_>) -> io::Result<()> {
    loop {
        let mut head = [0; 8];
        let start = input.fill_buf()?;
        let [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] = start else {
            return Ok(());
        };
        input.read_exact(&mut head)?;
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
        io::copy(&mut input.take(length.into()), &mut io::sink())?;
    }
}

/// The content of a compressed file.
pub(super) struct CompressedReader<'a> {
    format: ArchiveFormat,
    decoder: Option<StreamDecoder<'a>>,
    /// The compressed bytes before the first stream, and after the last.
    input: Option<PackedInput<'a>>,
    has_started: bool,
}

impl<'a> CompressedReader<'a> {
    /// Reads the content of `input`.
    pub(super) fn new(format: ArchiveFormat, input: &'a mut dyn Read) -> Self {
        Self {
            format,
            decoder: None,
            input: Some(BufReader::with_capacity(BUFFER, input)),
            has_started: false,
        }
    }

    /// Returns the compressed bytes that were not decoded: those after the streams, or the rest of a damaged one.
    pub(super) fn into_rest(self) -> Option<PackedInput<'a>> {
        self.input
            .or_else(|| self.decoder.map(StreamDecoder::into_input))
    }

    /// Starts the next stream; returns false at the end.
    fn start_stream(&mut self) -> io::Result<bool> {
        let Some(mut input) = self.input.take() else {
            return Ok(false);
        };
        if std::mem::replace(&mut self.has_started, true)
            && !is_next_stream(&mut input, self.format)?
        {
            self.input = Some(input);
            return Ok(false);
        }
        self.decoder = Some(StreamDecoder::new(self.format, input)?);
        Ok(true)
    }
}

/// Skips zeros, which pad files on tapes, and returns true if another stream follows.
fn is_next_stream(input: &mut PackedInput<'_>, format: ArchiveFormat) -> io::Result<bool> {
    loop {
        if format == ArchiveFormat::Zstd {
            skip_frames(input)?;
        }
        let bytes = input.fill_buf()?;
        if bytes.is_empty() {
            return Ok(false);
        }
        let zeros = bytes.iter().take_while(|&&b| b == 0).count();
        if zeros == 0 {
            return Ok(match format {
                ArchiveFormat::Gzip => bytes.starts_with(b"\x1f\x8b") || bytes == b"\x1f",
                ArchiveFormat::Bzip2 => b"BZh".starts_with(&bytes[..bytes.len().min(3)]),
                ArchiveFormat::Zstd => bytes.starts_with(b"\x28\xb5\x2f"),
                _ => false,
            });
        }
        input.consume(zeros);
    }
}

impl Read for CompressedReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.decoder.is_none() && !self.start_stream()? {
                return Ok(0);
            }
            if let Some(decoder) = &mut self.decoder {
                let count = decoder.read(buffer)?;
                if count > 0 || matches!(decoder, StreamDecoder::Xz(_)) {
                    return Ok(count);
                }
            }
            self.input = self.decoder.take().map(StreamDecoder::into_input);
        }
    }
}
