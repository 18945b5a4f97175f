//! The lines of a block, without the text in front of each in its file: marks of diffs,
//! comments and quotations, times, names of containers, numbers.

use super::plain::plain;

/// Marks in front of every line of a block that base64 may begin with, or that do not end it.
const MARKS: [&[u8]; 8] = [b"+", b"-", b"#", b">", b"*", b";", b"//", b"|"];

/// Length of the text between the time and the message in a job log of GitLab: the stream of the line, and
/// whether it continues the one before (`00O`, `01E+`).
const STREAM: usize = 3;

/// The maximum number of nested texts in front of a line.
const MAX_LAYERS: usize = 5;

/// The characters between the text of a line and a text in front that differs from line to line.
const SEPARATORS: &[u8] = b" \t:|>])}#;*";

/// The lines of a block. Blanks around them are removed, but for those at the end of the last: it may be only the text
/// before the line that ends the block.
pub(super) fn lines(text: &[u8]) -> Vec<Vec<u8>> {
    let text = plain(text);
    let mut lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
    trim(&mut lines);
    for _ in 0..MAX_LAYERS {
        let is_less = drop_times(&mut lines)
            | drop_common(&mut lines)
            | drop_numbers(&mut lines)
            | drop_mark(&mut lines);
        if !is_less {
            break;
        }
        trim(&mut lines);
    }
    // Not before: all lines may begin with a name and a blank, those without text of their own too.
    if let [before @ .., _] = &mut lines[..] {
        for line in before {
            *line = line.trim_ascii_end();
        }
    }
    lines.into_iter().map(<[u8]>::to_vec).collect()
}

/// Returns the base64 words of a line: all of it, or the text behind the last separator. `None` for a line
/// that holds something else.
pub(super) fn words(line: &[u8]) -> Option<impl Iterator<Item = &[u8]>> {
    let is_blank = |byte: &u8| byte.is_ascii_whitespace();
    let is_ours = |byte: &u8| is_digit(*byte) || is_blank(byte);
    let text = if line.iter().all(is_ours) {
        line
    } else if line.last().is_some_and(is_blank) {
        // The last line, which has not begun.
        b""
    } else {
        let end = line.iter().rposition(|&byte| !is_digit(byte))?;
        let (before, text) = line.split_at(end + 1);
        let ends = before.last().is_some_and(|byte| SEPARATORS.contains(byte));
        (ends && !text.is_empty()).then_some(text)?
    };
    Some(text.split(is_blank).filter(|word| !word.is_empty()))
}

/// A word without its padding, which mail writes as `=3D`.
pub(super) fn without_padding(word: &[u8]) -> &[u8] {
    let mut rest = word;
    while let Some(less) = rest
        .strip_suffix(b"=3D")
        .or_else(|| rest.strip_suffix(b"="))
    {
        rest = less;
    }
    rest
}

/// True for a digit of base64, or its padding.
fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// Removes leading blanks and blank lines.
fn trim(lines: &mut Vec<&[u8]>) {
    for line in lines.iter_mut() {
        *line = line.trim_ascii_start();
    }
    lines.retain(|line| !line.is_empty());
}

/// Removes the times of a log.
fn drop_times(lines: &mut [&[u8]]) -> bool {
    let mut is_less = false;
    for line in lines {
        let text = without_time(line);
        is_less |= text.len() < line.len();
        *line = text;
    }
    is_less
}

/// A line of a log without the time before it (RFC 3339, in UTC).
fn without_time(line: &[u8]) -> &[u8] {
    let is_date = line.get(..11).is_some_and(|date| {
        date.iter().enumerate().all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            10 => *byte == b'T',
            _ => byte.is_ascii_digit(),
        })
    });
    let zone = is_date
        .then(|| line.iter().take(32).position(|&byte| byte == b'Z'))
        .flatten();
    let Some(zone) = zone else {
        return line;
    };
    let rest = line.get(zone + 1..).unwrap_or_default().trim_ascii_start();
    match rest.split_at_checked(STREAM) {
        Some(([a, b, b'O' | b'E'], text)) if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => {
            text.strip_prefix(b"+").unwrap_or(text).trim_ascii_start()
        }
        _ => rest,
    }
}

/// Removes the common beginning of all lines, up to its last blank, or else its last byte that is not base64: the time
/// behind a name may begin the same on each.
fn drop_common(lines: &mut [&[u8]]) -> bool {
    let [first, others @ ..] = &*lines else {
        return false;
    };
    let same = others.iter().fold(first.len(), |same, line| {
        let pairs = first.iter().zip(line.iter()).take(same);
        pairs.take_while(|(a, b)| a == b).count()
    });
    let (same, _) = first.split_at(same);
    let blank = same.iter().rposition(u8::is_ascii_whitespace);
    let end = blank.or_else(|| same.iter().rposition(|&byte| !is_digit(byte)));
    let length = end.map_or(0, |end| end + 1);
    !others.is_empty() && drop_front(lines, |_, _| Some(length))
}

/// Removes line numbers.
fn drop_numbers(lines: &mut [&[u8]]) -> bool {
    const MAX_DIGITS: usize = 9;
    let number = |line: &[u8]| {
        let digits = line.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let is_apart = digits <= MAX_DIGITS && line.get(digits).is_some_and(|&b| !is_digit(b));
        let text = str::from_utf8(line.get(..digits)?).ok()?;
        let number: usize = text.parse().ok().filter(|_| is_apart)?;
        Some((number, digits))
    };
    let Some((least, _)) = lines.first().and_then(|line| number(line)) else {
        return false;
    };
    lines.len() > 1
        && drop_front(lines, |index, line| {
            let (found, digits) = number(line)?;
            (found == least + index).then_some(digits)
        })
}

/// Removes a mark in front of every line. A single line may begin with a `+` of its own.
fn drop_mark(lines: &mut [&[u8]]) -> bool {
    lines.len() > 1
        && MARKS.iter().any(|mark| {
            drop_front(lines, |_, line| {
                line.starts_with(mark).then_some(mark.len())
            })
        })
}

/// Removes that many bytes from the front of each line, if all have them.
fn drop_front(lines: &mut [&[u8]], count: impl Fn(usize, &[u8]) -> Option<usize>) -> bool {
    let counts = lines.iter().enumerate();
    let counts: Option<Vec<usize>> = counts.map(|(index, line)| count(index, line)).collect();
    let Some(counts) = counts else {
        return false;
    };
    for (line, count) in lines.iter_mut().zip(&counts) {
        *line = line.get(*count..).unwrap_or_default();
    }
    counts.iter().any(|count| *count > 0)
}
