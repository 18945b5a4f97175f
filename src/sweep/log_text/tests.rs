//! Tests of the conversion, at any size of reads and buffers.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

/// Reads a log in pieces of at most `piece` bytes into a buffer of `room` bytes.
fn read_text(log: &[u8], piece: usize, room: usize) -> Vec<u8> {
    let mut reader = LogReader::new(Pieces(log, piece));
    let mut buffer = vec![0; room];
    let mut text = Vec::new();
    loop {
        let length = reader.read(&mut buffer).unwrap();
        if length == 0 {
            return text;
        }
        text.extend_from_slice(&buffer[..length]);
    }
}

fn text_of(log: &str) -> String {
    let whole = read_text(log.as_bytes(), usize::MAX, 1 << 20);
    for (piece, room) in [(1, 1 << 20), (3, 7), (50, 1), (usize::MAX, MIN_READ)] {
        let text = read_text(log.as_bytes(), piece, room);
        assert_eq!(
            text.escape_ascii().to_string(),
            whole.escape_ascii().to_string(),
            "{piece} {room}"
        );
    }
    String::from_utf8(whole).unwrap()
}

/// A reader that returns a few bytes at a time.
struct Pieces<'a>(&'a [u8], usize);

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.1.min(self.0.len()).min(buffer.len());
        let (piece, rest) = self.0.split_at(length);
        buffer[..length].copy_from_slice(piece);
        self.0 = rest;
        Ok(length)
    }
}

#[test]
fn removes_colors_and_sections_inside_of_text() {
    assert_eq!(
        text_of("\x1b[0KRunning\x1b[0;m\n$ echo abc\x1b[31mdef\x1b[0;m\n"),
        "Running\n$ echo abcdef\n"
    );
    assert_eq!(
        text_of(
            "section_start:1:a[collapsed=true]\r\x1b[0K\x1b[0KHead\nbody\nsection_end:2:a\r\x1b[0Ksection_start:2:b\r\x1b[0KNext\n"
        ),
        "Head\nbody\nNext\n"
    );
    // The end of a section that is not open does not end the line.
    assert_eq!(text_of("a section_end:2:x\r\x1b[0Kb\n"), "a b\n");
    assert_eq!(
        text_of("section_start:x\r\x1b[0Kb\n"),
        "section_start:x b\n"
    );
}

#[test]
fn counts_lines_as_the_page_does() {
    // Empty lines are not shown, and lines of control sequences only are empty.
    assert_eq!(text_of("a\n\n\x1b[0;m\n \nb"), "a\n \nb");
    assert_eq!(text_of("a\r\nb\r\n"), "a\nb\n");
    // Overwritten text is kept in the line that is shown.
    assert_eq!(text_of("10%\r20%\r30%\nx\n"), "10% 20% 30%\nx\n");
    assert_eq!(text_of("gone\r\x1b[0K\nx\n"), "gone x\n");
}

#[test]
fn joins_lines_that_time_stamps_continue() {
    assert_eq!(
        text_of(
            "2026-05-14T11:19:20.899359Z 00O a=glp\n2026-05-14T11:19:20.899360Z 00O+at-x\n2026-05-14T11:19:20.899361Z 00E b\n"
        ),
        "a=glpat-x\nb\n"
    );
    // Without a time stamp in the first line, no line has one.
    let plain = "x\n2026-05-14T11:19:20.899360Z 00O+at-x\n";
    assert_eq!(text_of(plain), plain);
}

#[test]
fn reads_long_lines_in_pieces() {
    let long = format!(
        "{}\x1b[31m{}\nend\n",
        "a".repeat(2_000_000),
        "b".repeat(1_500_000)
    );
    let text = read_text(long.as_bytes(), 1500, 256 << 10);
    assert!(text == long.replace("\x1b[31m", "").as_bytes());
}

#[test]
fn returns_an_error_after_the_text_before_it() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::ConnectionReset.into())
        }
    }
    let lines = b"the first line of a log\nthe second line of it\n";
    let mut reader = LogReader::new(lines.chain(&b"the third"[..]).chain(Broken));
    let mut buffer = [0; 2 * MIN_READ];
    assert_eq!(reader.read(&mut buffer).unwrap(), lines.len());
    assert_eq!(&buffer[..lines.len()], lines);
    let error = reader.read(&mut buffer).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
}

/// Parts of lines that affect the conversion of what surrounds them.
const PARTS: [&str; 20] = [
    "\n",
    "\n\n",
    "\r",
    "\r\n",
    "\x1b",
    "\x1b[",
    "\x1b[0K",
    "\x1b[31;1m",
    "\x1b[38;2;10;120;250m",
    "\x1bz",
    "\r\x1b[0K",
    "section_start:1:a\r\x1b[0K",
    "section_end:2:a\r\x1b[0K",
    "section_end:2:b[x]\r\x1b[0K",
    "section_start:3:",
    "x",
    "some words, and more than fit into one block of a vector search",
    "2026-05-14T11:19:20.899359Z 01E+",
    "\n2026-05-14T11:19:20.899359Z 00O ",
    "\n2026-05-14T11:19:20.899359Z 00O+",
];

proptest! {
    #[test]
    fn text_does_not_depend_on_sizes_of_reads(
        has_stamps: bool,
        parts in vec(select(&PARTS[..]), 0..60),
        piece in 1..200usize,
        room in prop_oneof![1..100usize, 1..4 * MIN_READ],
    ) {
        let stamp = if has_stamps { &PARTS[18][1..] } else { "" };
        let log = stamp.to_owned() + &parts.concat();
        let whole = read_text(log.as_bytes(), usize::MAX, 1 << 20);
        let text = read_text(log.as_bytes(), piece, room);
        prop_assert_eq!(text.escape_ascii().to_string(), whole.escape_ascii().to_string());
    }

    #[test]
    fn text_consists_of_the_visible_parts_of_lines(
        has_stamps: bool,
        lines in vec((vec((select(&["", "a", "some words", "\u{e9} -> [x]"][..]), 0..40usize, 0..120u8), 0..5), any::<bool>()), 1..60),
        piece in 1..5000usize,
    ) {
        let (mut log, mut text) = (String::new(), String::new());
        let mut line_text = String::new();
        let count = lines.len();
        for (number, (parts, is_continued)) in lines.into_iter().enumerate() {
            if has_stamps {
                log += if number > 0 && !line_text.is_empty() { PARTS[19] } else { PARTS[18] }.trim_start();
            }
            for (part, spaces, color) in parts {
                log += &format!("{part}{:spaces$}\x1b[{color};1m", "");
                line_text += &format!("{part}{:spaces$}", "");
            }
            log.push('\n');
            let is_last = number + 1 == count;
            if has_stamps && is_continued && !is_last && !line_text.is_empty() {
                continue;
            }
            if !line_text.is_empty() {
                text += &line_text;
                text.push('\n');
            }
            line_text.clear();
        }
        prop_assert_eq!(read_text(log.as_bytes(), piece, 1 << 20), text.as_bytes());
    }
}
