//! The text of a job log, as GitLab's page of the job shows it.
//!
//! Runners color their output, mark sections, and may put a time stamp in front of each line. A token may be
//! interrupted by any of these. The reader removes them and keeps the line numbers of the page, which has no empty
//! lines (`lib/gitlab/ci/ansi2json/converter.rb`). Text that the page hides because a carriage return
//! overwrites it stays, since the raw log contains it.

mod control;
mod convert;

use std::io::{self, Read};

use convert::LogConverter;

/// Minimum number of bytes that are read and converted at once.
const MIN_READ: usize = 8 << 10;

/// A reader of the text of a job log. The log is read into the buffer of the caller and converted there.
pub(super) struct LogReader<R> {
    input: R,
    is_at_end: bool,
    /// An error that is returned after the text before it.
    error: Option<io::Error>,
    /// The bytes after the last converted line.
    rest: Vec<u8>,
    /// Text that was too long for the buffer of the caller.
    text: Vec<u8>,
    position: usize,
    converter: LogConverter,
}

impl<R: Read> LogReader<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            input,
            is_at_end: false,
            error: None,
            rest: Vec::new(),
            text: Vec::new(),
            position: 0,
            converter: LogConverter::default(),
        }
    }

    /// Fills a buffer, which must be longer than the rest, and converts it. Returns the length of the text, which is 0
    /// if the buffer contains no whole line.
    fn fill(&mut self, buffer: &mut [u8]) -> usize {
        let mut filled = self.rest.len();
        buffer[..filled].copy_from_slice(&self.rest);
        while filled < buffer.len() && !self.is_at_end && self.error.is_none() {
            match self.input.read(&mut buffer[filled..]) {
                Ok(0) => self.is_at_end = true,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.error = Some(error),
            }
        }
        let converted = self
            .converter
            .convert(&mut buffer[..filled], self.is_at_end);
        self.rest.clear();
        self.rest.extend_from_slice(&buffer[converted.used..filled]);
        converted.written
    }

    /// Reads and converts bytes for callers with a small buffer.
    fn fill_text(&mut self) {
        let mut text = std::mem::take(&mut self.text);
        text.resize(2 * self.rest.len() + MIN_READ, 0);
        let length = self.fill(&mut text);
        text.truncate(length);
        self.text = text;
        self.position = 0;
    }
}

impl<R: Read> Read for LogReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let text = &self.text[self.position..];
            if !text.is_empty() || buffer.is_empty() {
                let length = buffer.len().min(text.len());
                buffer[..length].copy_from_slice(&text[..length]);
                self.position += length;
                return Ok(length);
            }
            if let Some(error) = self.error.take() {
                return Err(error);
            }
            if self.is_at_end && self.rest.is_empty() {
                return Ok(0);
            }
            if buffer.len() < self.rest.len() + MIN_READ {
                self.fill_text();
                continue;
            }
            let length = self.fill(buffer);
            if length > 0 {
                return Ok(length);
            }
        }
    }
}

#[cfg(test)]
mod tests;
