//! Records with a name and a value under keys of their own: `{"name": NAME, "value": VALUE}`.

use std::ops::Range;

use super::operator::{block_sign, count};
use super::{MAX_GAP, MAX_VALUE};

/// Keys that hold a value, in lower case.
const VALUE_KEYS: [&[u8]; 6] = [
    b"value",
    b"default",
    b"defaultvalue",
    b"parametervalue",
    b"body",
    b"v",
];

/// Calls `emit` for the values in the record around a name: behind it, then before it.
pub(super) fn visit(
    bytes: &[u8],
    name: &Range<usize>,
    emit: &mut dyn FnMut(Range<usize>) -> bool,
) -> bool {
    if !is_held_by_key(bytes, name.start) {
        return false;
    }
    let until = bytes.len().min(name.end + MAX_GAP);
    let behind = &bytes[name.end..until];
    let behind = &behind[..end_of_record(behind)];
    let found = key_positions(behind).find_map(|key| {
        let start = value_at(bytes, name.end + key)?;
        emit(start..bytes.len().min(start + MAX_VALUE)).then_some(())
    });
    if found.is_some() {
        return true;
    }
    let from = name.start.saturating_sub(MAX_GAP);
    let before = &bytes[from..name.start];
    let from = from + start_of_record(before);
    let keys: Vec<usize> = key_positions(&bytes[from..name.start]).collect();
    keys.into_iter().rev().any(|key| {
        value_at(bytes, from + key)
            .is_some_and(|start| start < name.start && emit(start..name.start))
    })
}

/// Options and directives that hold a name.
const NAME_OPTIONS: [&[u8]; 5] = [b"name", b"key", b"n", b"k", b"variable"];

/// Returns where the value begins if a record begins at `at` with a key that holds one: `NAME: {"value": VALUE`.
pub(super) fn nested_value(bytes: &[u8], at: usize) -> Option<usize> {
    let length = count(&bytes[at..], 16, |b| b.is_ascii_alphanumeric());
    let key = &bytes[at..at + length];
    let is_value = VALUE_KEYS
        .iter()
        .any(|known| key.eq_ignore_ascii_case(known));
    is_value.then(|| value_at(bytes, at + length)).flatten()
}

/// Returns true if the name at `start` is itself a value, of a key, an attribute or an option.
fn is_held_by_key(bytes: &[u8], start: usize) -> bool {
    let before = &bytes[start.saturating_sub(20)..start];
    let blank = |text: &[u8]| {
        text.iter()
            .rev()
            .take_while(|b| b" \t\"'`\\".contains(b))
            .count()
    };
    let held = &before[..before.len() - blank(before)];
    match held.last() {
        Some(b':' | b'=') => true,
        Some(letter) if letter.is_ascii_lowercase() && held.len() < before.len() => {
            let word = held
                .iter()
                .rev()
                .take_while(|b| b.is_ascii_lowercase())
                .count();
            let (front, option) = held.split_at(held.len() - word);
            let is_own_word = front.last().is_none_or(|b| b" \t\n-{(".contains(b));
            is_own_word && NAME_OPTIONS.contains(&option)
        }
        _ => false,
    }
}

/// Returns where a record ends: at its bracket, an empty line or the next item.
fn end_of_record(behind: &[u8]) -> usize {
    let mut depth = 0_usize;
    for (at, &byte) in behind.iter().enumerate() {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth == 0 => return at,
            b'}' | b']' => depth -= 1,
            b'>' if depth == 0 && behind[..at].ends_with(b"/") => return at,
            b'\n' => {
                let line = &behind[at + 1..];
                let indent = count(line, MAX_GAP, |b| b == b' ' || b == b'\t');
                if line[indent..].starts_with(b"- ") || line[indent..].starts_with(b"\n") {
                    return at;
                }
            }
            _ => {}
        }
    }
    behind.len()
}

/// Returns where the record that ends with `before` begins.
fn start_of_record(before: &[u8]) -> usize {
    let mut depth = 0_usize;
    for (at, &byte) in before.iter().enumerate().rev() {
        match byte {
            b'}' | b']' => depth += 1,
            b'{' | b'[' if depth == 0 => return at + 1,
            b'{' | b'[' => depth -= 1,
            b'>' | b'<' if depth == 0 => return at + 1,
            b'\n' => {
                let line = &before[at + 1..];
                let indent = count(line, MAX_GAP, |b| b == b' ' || b == b'\t');
                let is_item = line[indent..].starts_with(b"- ");
                if is_item || line[indent..].starts_with(b"\n") {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    0
}

/// Returns where keys end that hold a value.
fn key_positions(text: &[u8]) -> impl Iterator<Item = usize> + '_ {
    // Most words end here.
    let may_begin = |at: usize| VALUE_KEYS.iter().any(|key| key[0] == text[at] | 0x20);
    let is_letter = |at: usize| {
        text.get(at)
            .is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_')
    };
    (0..text.len()).filter_map(move |at| {
        if !may_begin(at) || at > 0 && is_letter(at - 1) {
            return None;
        }
        let length = count(&text[at..], 16, |b| b.is_ascii_alphanumeric() || b == b'_');
        let word = &text[at..at + length];
        VALUE_KEYS
            .iter()
            .any(|key| word.eq_ignore_ascii_case(key))
            .then_some(at + length)
    })
}

/// Returns where the value of a key begins that ends at `end`.
fn value_at(bytes: &[u8], end: usize) -> Option<usize> {
    let closed = end + count(&bytes[end..], 3, |b| b"\"'\\".contains(&b));
    let spaced = closed + count(&bytes[closed..], 8, |b| b" \t".contains(&b));
    let is_operator = matches!(bytes.get(spaced), Some(b':' | b'='));
    let behind = match is_operator {
        true => spaced + 1,
        // An option: `--name NAME --value VALUE`.
        false if spaced > closed => spaced,
        false => return None,
    };
    let behind = if bytes.get(behind) == Some(&b'>') {
        behind + 1
    } else {
        behind
    };
    let blank = |from: usize| from + count(&bytes[from..], 48, |b| b.is_ascii_whitespace());
    let start = blank(behind);
    let sign = block_sign(&bytes[start..]);
    let start = if sign > 0 { blank(start + sign) } else { start };
    Some(start + count(&bytes[start..], 4, |b| b"\"'`\\".contains(&b)))
}
