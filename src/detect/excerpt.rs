//! The line of a finding, made safe to show.

use std::ops::Range;

use super::decode;
use crate::model::Excerpt;

/// Maximum number of bytes of a line that are read on each side of a secret. Also the maximum distance of an inline
/// marker from its secret.
pub(super) const LINE_REACH: usize = 1024;

/// Maximum number of characters of a line that are shown on each side of a secret.
const SHOWN: usize = 72;

/// Number of characters beyond the shown ones that are kept until the outcome is redacted, so that a password that is
/// cut off by the end of the excerpt is recognized.
const MARGIN: usize = 96;

/// The length from which a run of token characters is not shown: it may be a secret that no rule
/// finds.
const MASKED_RUN: usize = 16;

/// Replaces text that is not shown.
const MASK: &str = "[…]";

/// The excerpt of `line` around `secret`. `line` holds the bytes of a blob from `line_start` on;
/// `others` are the spans of all candidates near it, sorted by their start. Masks the parts of the
/// line that a span covers. Bytes that follow a span and may be more of its secret are masked as
/// well: a secret can be longer than its match.
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
    let (start, end) = (local(secret.start), local(secret.end));
    let covered = covered_parts(line, line_start, secret, others);
    let side = |part: Range<usize>| {
        let known = covered.iter().map(|known| part_of(known, &part));
        let runs = unknown_runs(&line[part.clone()])
            .map(|run| run.start + part.start..run.end + part.start);
        let mut hidden: Vec<Range<usize>> = known.chain(runs).filter(|r| !r.is_empty()).collect();
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
    let before = side(0..start);
    let after = side(end..line.len());
    let (before, after) = (last(&before, SHOWN + MARGIN), first(&after, SHOWN + MARGIN));
    Excerpt::shortened(before, after, SHOWN)
}

/// The parts of `line` that a candidate covers, each with the text that may belong to its secret. Takes
/// time linear in the line and the number of spans.
fn covered_parts(
    line: &[u8],
    line_start: u64,
    secret: &Range<u64>,
    others: &[Range<u64>],
) -> Vec<Range<usize>> {
    let own = others.partition_point(|span| span.start < secret.start);
    let spans = others[..own]
        .iter()
        .chain([secret])
        .chain(&others[own..])
        .filter(|span| span.end > line_start);
    let local = |at: u64| usize::try_from(at.saturating_sub(line_start)).unwrap_or(usize::MAX);
    let mut covered: Vec<Range<usize>> = Vec::new();
    let mut reached = 0;
    // The beginning of a long line is cut off, and with it the span that its first run may continue.
    if local(secret.start) >= LINE_REACH {
        reached = decode::tail(line);
        covered.push(0..reached);
    }
    for span in spans {
        let (start, end) = (local(span.start), local(span.end).min(line.len()));
        if start >= line.len() {
            break;
        }
        if end > reached {
            reached = end + decode::tail(&line[end..]);
        }
        covered.push(start..reached);
    }
    covered
}

/// The common part of two ranges; empty if they do not overlap.
fn part_of(range: &Range<usize>, part: &Range<usize>) -> Range<usize> {
    range.start.max(part.start)..range.end.min(part.end)
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

/// Returns the last `count` characters.
fn last(text: &str, count: usize) -> &str {
    let start = text.char_indices().rev().nth(count - 1);
    &text[start.map_or(0, |(at, _)| at)..]
}

/// Returns the first `count` characters.
fn first(text: &str, count: usize) -> &str {
    let end = text.char_indices().nth(count);
    &text[..end.map_or(text.len(), |(at, _)| at)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_secrets_on_the_line_are_masked() {
        let line = b"  first=AAAA second=BBBB third=k9Xw2Lm4Qp7Rs1Tv end";
        let excerpt = excerpt(line, 100, &(120..124), &[2..4, 108..112, 120..124]);
        assert_eq!(excerpt.before(), "first=[…] second=");
        assert_eq!(excerpt.after(), " third=[…] end");
    }

    #[test]
    fn secrets_of_earlier_lines_mask_nothing() {
        let line = b"GITLAB_TOKEN: SECRET other=BBBB";
        let earlier = [20..40, 60..99, 95..100];
        let excerpt = excerpt(line, 100, &(114..120), &earlier);
        assert_eq!(excerpt.before(), "GITLAB_TOKEN: ");
        assert_eq!(excerpt.after(), " other=BBBB");
    }

    #[test]
    fn a_secret_that_reaches_into_the_line_is_masked() {
        let line = b"AAAA.x7 key=SECRET";
        let excerpt = excerpt(line, 100, &(112..118), std::slice::from_ref(&(90..104)));
        assert_eq!(excerpt.before(), "[…] key=");
    }

    #[test]
    fn masks_the_rest_of_a_truncated_match() {
        let line = b"a AAAA&#46;k9X&#95;q b BBBB.x7 c";
        let excerpt = excerpt(line, 100, &(102..106), std::slice::from_ref(&(123..127)));
        assert_eq!(excerpt.before(), "a ");
        assert_eq!(excerpt.after(), "[…] b […] c");
    }

    #[test]
    fn long_lines_are_cut_near_the_secret() {
        let line = [&[b'a'; 300][..], b"SECRET", &[b'!'; 300]].concat();
        let excerpt = excerpt(&line, 0, &(300..306), &[]);
        assert_eq!(excerpt.before().chars().count(), SHOWN);
        assert_eq!(excerpt.after().chars().count(), SHOWN);
    }
}
