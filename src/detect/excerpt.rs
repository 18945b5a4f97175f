//! The line of a finding, made safe to show.

use std::ops::Range;

use super::decode;
use crate::model::Excerpt;

/// How much of a line is looked at on each side of a secret, in bytes. Also how far from its secret
/// an inline marker may stand.
pub(super) const LINE_REACH: usize = 1024;

/// How much of a line is shown on each side of a secret, in characters.
const SHOWN: usize = 72;

/// The length from which a run of token characters is not shown: it may be a secret that no rule
/// knows.
const MASKED_RUN: usize = 16;

/// What stands instead of what is not shown.
const MASK: &str = "[…]";

/// The excerpt of `line` around `secret`, with `others` masked. All are ranges of one blob, whose
/// bytes from `line_start` are `line`; the others may reach beyond it. What touches the end of one and
/// may be more of it is masked as well: a secret can be longer than what was found of it.
pub(super) fn excerpt(
    line: &[u8],
    line_start: u64,
    secret: &Range<u64>,
    others: &[Range<u64>],
) -> Excerpt {
    let local = |at: u64| {
        usize::try_from(at.saturating_sub(line_start))
            .unwrap_or(usize::MAX)
            .min(line.len())
    };
    let known: Vec<Range<usize>> = others
        .iter()
        .chain([secret])
        .map(|known| local(known.start)..local(known.end))
        .map(|known| known.start..known.end + decode::tail(&line[known.end..]))
        .collect();
    let side = |part: Range<usize>| {
        let mut hidden: Vec<Range<usize>> = known
            .iter()
            .map(|known| known.start.max(part.start)..known.end.min(part.end))
            .filter(|known| !known.is_empty())
            .collect();
        hidden.extend(
            unknown_runs(&line[part.clone()]).map(|r| r.start + part.start..r.end + part.start),
        );
        hidden.sort_by_key(|range| range.start);
        let mut text = String::new();
        let mut at = part.start;
        for range in hidden {
            if range.start >= at {
                text.push_str(&String::from_utf8_lossy(&line[at..range.start]));
                text.push_str(MASK);
            }
            at = at.max(range.end);
        }
        text.push_str(&String::from_utf8_lossy(&line[at.min(part.end)..part.end]));
        text
    };
    let before = side(0..local(secret.start));
    let after = side(local(secret.end)..line.len());
    Excerpt::new(&last(&before, SHOWN), &first(&after, SHOWN))
}

/// Runs that look like a secret although no rule has named them.
fn unknown_runs(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'+');
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].iter().position(is_part)?;
        let length = text[start..]
            .iter()
            .take_while(|byte| is_part(byte))
            .count();
        at = start + length;
        Some(start..at)
    })
    .filter(|run| {
        let run = &text[run.clone()];
        run.len() >= MASKED_RUN
            && run.iter().any(u8::is_ascii_digit)
            && run.iter().any(u8::is_ascii_alphabetic)
    })
}

/// The last `count` characters, without leading white space if all of it is there.
fn last(text: &str, count: usize) -> String {
    match text.char_indices().rev().nth(count) {
        None => text.trim_start().to_owned(),
        Some((_, _)) => {
            let start = text
                .char_indices()
                .rev()
                .nth(count - 1)
                .map_or(0, |(i, _)| i);
            format!("…{}", &text[start..])
        }
    }
}

/// The first `count` characters, without trailing white space.
fn first(text: &str, count: usize) -> String {
    match text.char_indices().nth(count) {
        None => text.trim_end().to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_secrets_on_the_line_are_masked() {
        let line = b"  first=AAAA second=BBBB third=k9Xw2Lm4Qp7Rs1Tv end";
        let excerpt = excerpt(line, 100, &(120..124), &[2..4, 108..112]);
        assert_eq!(excerpt.before(), "first=[…] second=");
        assert_eq!(excerpt.after(), " third=[…] end");
    }

    #[test]
    fn the_rest_of_what_was_found_short_is_masked() {
        let line = b"a AAAA&#46;k9X&#95;q b BBBB.x7 c";
        let excerpt = excerpt(line, 100, &(102..106), std::slice::from_ref(&(123..127)));
        assert_eq!(excerpt.before(), "a ");
        assert_eq!(excerpt.after(), "[…] b […] c");
    }

    #[test]
    fn long_lines_are_cut_near_the_secret() {
        let line = [&[b'a'; 300][..], b"SECRET", &[b'!'; 300]].concat();
        let excerpt = excerpt(&line, 0, &(300..306), &[]);
        assert_eq!(excerpt.before().chars().count(), SHOWN + 1);
        assert_eq!(excerpt.after().chars().count(), SHOWN + 1);
    }
}
