//! Command lines in any text: the words of one, and the command that is piped into it.

use std::ops::Range;

/// Maximum number of bytes before a word at which its command begins; the same distance applies to the command that is
/// piped into it.
const REACH_BEFORE: usize = 320;

/// Maximum number of bytes behind a word at which its command ends.
const REACH: usize = 768;

/// The most words of a command.
const MAX_WORDS: usize = 96;

/// Programs that print their last argument.
const PRINTERS: [&[u8]; 2] = [b"echo", b"printf"];

/// A word of a command line, without the quotes around it.
pub(crate) type CommandWord = Range<usize>;

/// One command of a shell, a Dockerfile or a list of arguments (`["curl", "-u", …]`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ShellCommand {
    /// Its words.
    pub(crate) words: Vec<CommandWord>,
    /// The text that is piped or written into its standard input, if it is written out.
    pub(crate) input: Option<CommandWord>,
}

impl ShellCommand {
    /// Reads the command around the byte at `at`. Lines that end with a backslash, a caret or a backtick
    /// go on.
    pub(crate) fn around(bytes: &[u8], at: usize) -> Self {
        let start = start_of(bytes, at);
        let mut command = Self::default();
        let end = command.read(bytes, start, bytes.len().min(at + REACH));
        if bytes[end..].starts_with(b"<<<") {
            let mut text = Self::default();
            text.read(bytes, end + 3, bytes.len().min(end + REACH));
            command.input = text.words.into_iter().next();
        } else if bytes[..start].last() == Some(&b'|') {
            let mut printer = Self::default();
            let before = start_of(bytes, start - 1);
            printer.read(bytes, before, start - 1);
            command.input = printer.printed(bytes);
        }
        command
    }

    /// Reads words from `at` until the command or the text ends. Returns where that is.
    fn read(&mut self, bytes: &[u8], mut at: usize, until: usize) -> usize {
        while at < until && self.words.len() < MAX_WORDS {
            at += blank(&bytes[at..until]);
            let Some(&first) = bytes[..until].get(at) else {
                break;
            };
            if ends_command(bytes, at) {
                break;
            }
            let (word, next) = match first {
                b'`' => inline_code(bytes, at, until),
                b'"' | b'\'' => quoted(bytes, at, until),
                b'\\' if matches!(bytes.get(at + 1), Some(b'"' | b'\'')) => {
                    quoted(bytes, at + 1, until)
                }
                _ => plain(bytes, at, until),
            };
            // Between arguments of a list.
            let separated = next + usize::from(bytes[..until].get(next) == Some(&b','));
            at = separated.max(at + 1);
            if !word.is_empty() {
                self.words.push(word);
            }
        }
        at.min(until)
    }

    /// Returns the output of a command, if it is one that prints its last argument.
    fn printed(&self, bytes: &[u8]) -> Option<CommandWord> {
        let program = self
            .words
            .iter()
            .position(|word| PRINTERS.contains(&&bytes[word.clone()]))?;
        self.words[program + 1..].last().cloned()
    }
}

/// Counts blanks and continued line ends.
fn blank(bytes: &[u8]) -> usize {
    let mut at = 0;
    loop {
        match bytes[at..] {
            [b' ' | b'\t' | b'[', ..] => at += 1,
            [b'\\' | b'^' | b'`', b'\n', ..] => at += 2,
            [b'\\' | b'^' | b'`', b'\r', b'\n', ..] => at += 3,
            // A continued line within a quoted text.
            [b'\\', b'\\', b'\n', ..] => at += 3,
            _ => return at,
        }
    }
}

/// Returns true if a command ends before the byte at `at`.
fn ends_command(bytes: &[u8], at: usize) -> bool {
    match bytes[at] {
        b'\n' | b'\r' | b';' | b'|' | b'&' | b')' | b']' | b'}' => true,
        b'<' => bytes[at..].starts_with(b"<<<"),
        _ => false,
    }
}

/// Reads a quoted word whose quote is at `at`. Without an end on its line the quote counts as blank.
fn quoted(bytes: &[u8], at: usize, until: usize) -> (CommandWord, usize) {
    let quote = bytes[at];
    let start = at + 1;
    let mut end = start;
    while end < until && bytes[end] != b'\n' {
        if bytes[end] == quote {
            let is_escaped = bytes[..end].last() == Some(&b'\\');
            let closes = end - usize::from(is_escaped && end > start);
            return (start..closes, end + 1);
        }
        end += 1;
    }
    (start..start, start)
}

/// Reads a word between backticks at `at`. Around a command with blanks, as in documentation, they count as blanks.
fn inline_code(bytes: &[u8], at: usize, until: usize) -> (CommandWord, usize) {
    let (word, next) = quoted(bytes, at, until);
    if bytes[word.clone()].contains(&b' ') {
        (at + 1..at + 1, at + 1)
    } else {
        (word, next)
    }
}

/// Reads a word without quotes around it. Quotes within it (`--password="…"`) belong to it.
fn plain(bytes: &[u8], at: usize, until: usize) -> (CommandWord, usize) {
    let mut end = at;
    let mut quote = None;
    while end < until {
        let byte = bytes[end];
        match quote {
            Some(open) if byte == open => {
                quote = None;
                // `--password="…"` at the end of its word.
                if bytes[..until]
                    .get(end + 1)
                    .is_none_or(|b| b" \t\r\n;|&)\",".contains(b))
                {
                    return (at..end + 1, end + 1);
                }
            }
            Some(_) if byte == b'\n' => break,
            Some(_) => {}
            None => match byte {
                b'"' | b'\'' if bytes[at..end].last().is_some_and(|b| b"=:\\".contains(b)) => {
                    quote = Some(byte);
                }
                b'"' | b'\'' | b'`' | b' ' | b'\t' | b'\r' | b'\n' | b';' | b'|' => break,
                b'&' | b')'
                    if bytes[..until]
                        .get(end + 1)
                        .is_none_or(|b| b" \t&\n;\"'".contains(b)) =>
                {
                    break;
                }
                b'\\' if matches!(bytes.get(end + 1), Some(b'\n' | b'\r' | b'"' | b'\'')) => break,
                _ => {}
            },
        }
        end += 1;
    }
    (at..end, end)
}

/// Returns where the command begins to which the byte at `at` belongs.
fn start_of(bytes: &[u8], at: usize) -> usize {
    let from = at.saturating_sub(REACH_BEFORE);
    let mut start = at;
    while start > from {
        let before = bytes[start - 1];
        let is_end = match before {
            b'\n' => {
                let line = &bytes[from..start - 1];
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                !matches!(line.last(), Some(b'\\' | b'^' | b'`'))
            }
            b';' | b'|' => true,
            // `a && b`, `$(command`
            b'&' => start >= from + 2 && bytes[start - 2] == b'&',
            b'(' => start >= from + 2 && bytes[start - 2] == b'$',
            _ => false,
        };
        if is_end {
            break;
        }
        start -= 1;
    }
    start
}
