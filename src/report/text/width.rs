//! The width of a text on a terminal in columns, and fitting a text to a width.

/// Returns the columns of `c`: 0 for combining marks, 2 for wide scripts. An approximation, since a
/// caret that is off by one does little harm.
fn of_char(c: char) -> usize {
    match u32::from(c) {
        0x300..=0x36f | 0x483..=0x489 | 0x591..=0x5bd | 0x610..=0x61a | 0x64b..=0x65f => 0,
        0x1ab0..=0x1aff | 0x1dc0..=0x1dff | 0x20d0..=0x20ff | 0xfe00..=0xfe0f | 0xfe20..=0xfe2f => {
            0
        }
        0x1100..=0x115f | 0x2e80..=0x303e | 0x3041..=0xa4cf | 0xac00..=0xd7a3 => 2,
        0xf900..=0xfaff | 0xfe30..=0xfe6f | 0xff00..=0xff60 | 0xffe0..=0xffe6 => 2,
        0x1f300..=0x1f64f | 0x1f680..=0x1f6ff | 0x1f900..=0x1faff | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

/// Returns the columns of `text`.
pub(super) fn of(text: &str) -> usize {
    text.chars().map(of_char).sum()
}

/// Returns the end of `text`, in at most `columns`, with a mark in front if it was cut.
pub(super) fn keep_end(text: &str, columns: usize) -> String {
    if of(text) <= columns {
        return text.to_owned();
    }
    let mut left = columns.saturating_sub(1);
    let start = text
        .char_indices()
        .rev()
        .take_while(|&(_, c)| {
            let fits = of_char(c) <= left;
            left = left.saturating_sub(of_char(c));
            fits
        })
        .last()
        .map_or(text.len(), |(i, _)| i);
    format!("…{}", &text[start..])
}

/// Returns the start of `text`, in at most `columns`, with a mark at the end if it was cut.
pub(super) fn keep_start(text: &str, columns: usize) -> String {
    if of(text) <= columns {
        return text.to_owned();
    }
    let mut left = columns.saturating_sub(1);
    let end = text
        .char_indices()
        .take_while(|&(_, c)| {
            let fits = of_char(c) <= left;
            left = left.saturating_sub(of_char(c));
            fits
        })
        .last()
        .map_or(0, |(i, c)| i + c.len_utf8());
    format!("{}…", &text[..end])
}

/// Splits `text` at spaces into lines of at most `columns` if possible; one line without a limit.
pub(super) fn wrap(text: &str, columns: Option<usize>) -> Vec<String> {
    /// Minimum width for wrapping: narrower lines of a word each are harder to read than broken
    /// ones.
    const NARROW: usize = 24;
    let Some(columns) = columns.filter(|&columns| columns >= NARROW) else {
        return vec![text.to_owned()];
    };
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split(' ') {
        let word_width = of(word);
        if used > 0 && used + 1 + word_width > columns {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        line.push_str(word);
        used += word_width;
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_fit_their_columns() {
        assert_eq!(of("a漢e\u{301}"), 4);
        assert_eq!(keep_end("abcdef", 4), "…def");
        assert_eq!(keep_end("漢字漢字", 4), "…字");
        assert_eq!(keep_end("abc", 0), "…");
        assert_eq!(keep_start("abcdef", 4), "abc…");
        assert_eq!(keep_start("abc", 3), "abc");
        assert_eq!(
            wrap("one two three four five six seven", Some(24)),
            ["one two three four five", "six seven"]
        );
    }
}
