//! ZIP files behind other content: documents, programs and scripts that one was appended to.

use memchr::memmem;

/// The signature of an entry.
const ENTRY: &[u8] = b"PK\x03\x04";

/// The signature and the size of the record at the end of a ZIP file, without the comment that may follow.
const END: &[u8] = b"PK\x05\x06";
const END_SIZE: usize = 22;

/// The longest comment.
const MAX_COMMENT: usize = 0xffff;

/// Maximum number of bytes in front of the first entry, and of those that are kept in memory from there on.
const MAX_KEPT: usize = 64 << 20;

/// Watches content that is not an archive by its start, while it is read. Allocates memory only for content with an
/// entry of a ZIP file.
#[derive(Debug)]
pub(super) struct AppendedZip {
    /// True to keep the ZIP file, so that it can be opened.
    is_kept: bool,
    /// Number of bytes in front of the first entry.
    before: u64,
    /// The content from the first entry on.
    kept: Vec<u8>,
    is_too_large: bool,
    /// The last bytes, at the end.
    tail: [u8; END_SIZE],
}

impl AppendedZip {
    pub(super) fn new(is_kept: bool) -> Self {
        Self {
            is_kept,
            before: 0,
            kept: Vec::new(),
            is_too_large: false,
            tail: [0; END_SIZE],
        }
    }

    /// Adds the next bytes of the content.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        if self.is_kept && !self.is_too_large {
            self.keep(bytes);
        }
        let last = &bytes[bytes.len().saturating_sub(END_SIZE)..];
        self.tail.copy_within(last.len().., 0);
        self.tail[END_SIZE - last.len()..].copy_from_slice(last);
    }

    fn keep(&mut self, bytes: &[u8]) {
        let mut start = 0;
        if self.kept.is_empty() {
            // The signature may begin in the last bytes.
            let carried = (1..ENTRY.len()).rev().find(|&count| {
                self.tail.ends_with(&ENTRY[..count]) && bytes.starts_with(&ENTRY[count..])
            });
            if let Some(count) = carried {
                self.before -= count as u64;
                self.kept.extend_from_slice(&ENTRY[..count]);
            } else {
                start = memmem::find(bytes, ENTRY).unwrap_or(bytes.len());
                self.before += start as u64;
            }
        }
        self.kept.extend_from_slice(&bytes[start..]);
        if self.kept.len() > MAX_KEPT {
            self.kept = Vec::new();
            self.is_too_large = true;
        }
    }

    /// Returns true if the content ends with a ZIP file that has entries.
    pub(super) fn is_present(&self) -> bool {
        // A comment may follow the record. Without the kept bytes, only a record without one is found.
        let last = self.kept.len().saturating_sub(END_SIZE + MAX_COMMENT);
        let kept = &self.kept[last..];
        is_record(&self.tail)
            || !kept.is_empty() && memmem::rfind_iter(kept, END).any(|at| is_record(&kept[at..]))
    }

    /// Returns the ZIP file with zeros in place of the bytes in front of it, since positions in it may count from the
    /// start of the content; `None` if either of them is too large.
    pub(super) fn content(&self) -> Option<impl std::io::Read> {
        use std::io::Read as _;
        let is_whole = self.is_kept && !self.is_too_large && self.before <= MAX_KEPT as u64;
        is_whole.then(|| std::io::repeat(0).take(self.before).chain(&*self.kept))
    }
}

/// Returns true if bytes are the record of a directory with entries, and its comment.
fn is_record(bytes: &[u8]) -> bool {
    let number = |at: usize| {
        let pair = bytes.get(at..at + 2);
        pair.map_or(0, |pair| usize::from(pair[0]) | usize::from(pair[1]) << 8)
    };
    bytes.starts_with(END) && number(10) != 0 && END_SIZE + number(20) == bytes.len()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn keeps_a_zip_file_however_it_is_read() {
        let mut end = END.to_vec();
        end.resize(END_SIZE, 0);
        end[10] = 1;
        let content = [b"%PDF-1.7 P PK PK\x03 text ", ENTRY, b"entry", &end].concat();
        for size in 1..content.len() {
            let mut appended = AppendedZip::new(true);
            content.chunks(size).for_each(|chunk| appended.add(chunk));
            assert!(appended.is_present(), "{size}");
            let mut kept = Vec::new();
            let mut reader = appended.content().unwrap();
            reader.read_to_end(&mut kept).unwrap();
            let start = memmem::find(&content, ENTRY).unwrap();
            let expected = [vec![0; start], content[start..].to_vec()].concat();
            assert_eq!(kept, expected, "{size}");
        }
        // With a comment.
        let mut commented = content.clone();
        let length = commented.len();
        commented[length - 2] = 3;
        commented.extend(b"abc");
        let mut appended = AppendedZip::new(true);
        commented.chunks(7).for_each(|chunk| appended.add(chunk));
        assert!(appended.is_present());
        appended.add(b"d");
        assert!(!appended.is_present());
        let mut appended = AppendedZip::new(false);
        appended.add(&content[..content.len() - 1]);
        assert!(!appended.is_present());
        appended.add(&content[content.len() - 1..]);
        assert!(appended.is_present() && appended.content().is_none());
    }
}
