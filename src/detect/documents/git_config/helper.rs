//! Passwords that an inline credential helper prints.
//!
//! `!f() { echo username=u; echo password=p; }; f`: Git runs the value of `credential.helper` as a
//! shell command and reads `password=` from its output. The script is not run, only read as
//! far as literals go: quotes, `printf` with `%s`, and a variable set in the script itself.

use std::ops::Range;

use memchr::memmem;

/// The secrets that Git reads from a helper (git-credential(1), INPUT/OUTPUT FORMAT).
const SECRETS: [&[u8]; 3] = [b"password=", b"credential=", b"oauth_refresh_token="];

/// Counts steps; false if there were too many.
type Spend<'s> = &'s mut dyn FnMut(usize) -> bool;

/// Returns the positions of passwords in a script.
pub(super) fn passwords(script: &[u8], spend: Spend<'_>) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = SECRETS
        .iter()
        .flat_map(|attribute| printed(script, attribute, spend))
        .collect();
    found.sort_by_key(|range| range.start);
    found.dedup();
    found
}

/// The user name the script prints, if it spells it out.
pub(super) fn username<'s>(script: &'s [u8], spend: Spend<'_>) -> Option<&'s [u8]> {
    printed(script, b"username=", spend)
        .into_iter()
        .next()
        .map(|range| &script[range])
}

/// Literal values that follow `attribute` where it starts a word or a line of output.
///
/// Each of them may be looked up in the whole script.
fn printed(script: &[u8], attribute: &[u8], spend: Spend<'_>) -> Vec<Range<usize>> {
    memmem::find_iter(script, attribute)
        .filter(|&at| match at.checked_sub(1).map(|before| script[before]) {
            // `\n` in the format of printf.
            Some(b'n') => at >= 2 && script[at - 2] == b'\\',
            Some(byte) => !byte.is_ascii_alphanumeric() && byte != b'_',
            None => true,
        })
        .take_while(|_| spend(script.len()))
        .filter_map(|at| literal(script, at, at + attribute.len()))
        .collect()
}

/// Returns the literal at `value`, in the word of the attribute at `attribute`.
fn literal(script: &[u8], attribute: usize, value: usize) -> Option<Range<usize>> {
    let word = value_at(script, value, quote_at(script, attribute));
    let text = &script[word.range.clone()];
    if text == b"%s" {
        let arguments =
            memchr::memchr(word.quote?, &script[word.range.end..])? + word.range.end + 1;
        let format = script[..word.range.start]
            .iter()
            .rposition(|&b| Some(b) == word.quote)?;
        let index = memmem::find_iter(&script[format..word.range.start], b"%s").count();
        let argument = nth_word(script, arguments, index)?;
        return resolve(script, argument);
    }
    resolve(script, word)
}

/// One word of the script: its range without quotes, and the quote around it.
struct ShellWord {
    range: Range<usize>,
    quote: Option<u8>,
}

/// The word itself if it is a literal; the literal its variable is set to in the script.
fn resolve(script: &[u8], word: ShellWord) -> Option<Range<usize>> {
    let text = &script[word.range.clone()];
    if text.is_empty() {
        return None;
    }
    if word.quote == Some(b'\'') || !expands(text) {
        return Some(word.range);
    }
    let name = variable(text)?;
    let assignment = [name, b"="].concat();
    let set = memmem::find_iter(script, &assignment).find(|&at| {
        at.checked_sub(1).is_none_or(|before| {
            matches!(
                script[before],
                b' ' | b';' | b'!' | b'{' | b'(' | b'&' | b'\n'
            )
        })
    })?;
    let value = value_at(script, set + assignment.len(), None);
    let text = &script[value.range.clone()];
    let literal = !text.is_empty() && (value.quote == Some(b'\'') || !expands(text));
    literal.then_some(value.range)
}

/// True if a shell would put something else in place of a part of the text.
fn expands(text: &[u8]) -> bool {
    text.contains(&b'`')
        || text.windows(2).any(|pair| {
            pair[0] == b'$'
                && (pair[1].is_ascii_alphanumeric()
                    || matches!(pair[1], b'_' | b'{' | b'(' | b'@' | b'*'))
        })
}

/// The name in `$NAME` or `${NAME}`.
fn variable(text: &[u8]) -> Option<&[u8]> {
    let name = match text {
        [b'$', b'{', name @ .., b'}'] | [b'$', name @ ..] => name,
        _ => return None,
    };
    let valid = !name.is_empty() && name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_');
    valid.then_some(name)
}

/// The quote that is open at `at`.
fn quote_at(script: &[u8], at: usize) -> Option<u8> {
    let mut open = None;
    let mut bytes = script[..at].iter();
    while let Some(&byte) = bytes.next() {
        match (byte, open) {
            (b'\\', None | Some(b'"')) => {
                bytes.next();
            }
            (b'"' | b'\'', None) => open = Some(byte),
            (b'"' | b'\'', Some(quote)) if quote == byte => open = None,
            _ => {}
        }
    }
    open
}

/// The value from `start` to the end of its word: the closing quote if one is open or opens here,
/// else a blank or an operator; in any case a line end, written out or as `\n`.
fn value_at(script: &[u8], mut start: usize, mut quote: Option<u8>) -> ShellWord {
    if quote.is_none()
        && let Some(&byte @ (b'"' | b'\'')) = script.get(start)
    {
        quote = Some(byte);
        start += 1;
    }
    let mut end = start;
    while let Some(&byte) = script.get(end) {
        let ends = match (byte, quote) {
            (b'\n' | b'\r', _) => true,
            (b'\\', _) => matches!(script.get(end + 1), Some(b'n' | b'r' | b'0') | None),
            (_, Some(quote)) => byte == quote,
            (b' ' | b'\t' | b';' | b'&' | b'|' | b')' | b'<' | b'>' | b'"' | b'\'', None) => {
                // `$(…)` is one word.
                !(byte == b')' && script[start..end].starts_with(b"$("))
            }
            _ => false,
        };
        if ends {
            break;
        }
        end += if byte == b'\\' && end + 1 < script.len() {
            2
        } else {
            1
        };
    }
    ShellWord {
        range: start..end,
        quote,
    }
}

/// The word `index` words behind `from`.
fn nth_word(script: &[u8], mut from: usize, index: usize) -> Option<ShellWord> {
    for step in 0..=index {
        from += script[from..]
            .iter()
            .position(|&b| b != b' ' && b != b'\t')?;
        let word = value_at(script, from, None);
        if step == index {
            return Some(word);
        }
        from = word.range.end + usize::from(word.quote.is_some());
        if word.range.is_empty() && word.quote.is_none() || from > script.len() {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(script: &str) -> Vec<&str> {
        passwords(script.as_bytes(), &mut |_| true)
            .into_iter()
            .map(|range| &script[range])
            .collect()
    }

    #[test]
    fn literals_are_found() {
        for (script, expected) in [
            (
                "!f() { echo username=oauth2; echo password=hunter2; }; f",
                "hunter2",
            ),
            ("!echo password=hunter2", "hunter2"),
            ("!f() { echo \"password=hunter 2\"; }; f", "hunter 2"),
            ("!f() { echo 'password=$hunter'; }; f", "$hunter"),
            ("!f() { echo password='hunter2'; }; f", "hunter2"),
            ("!printf 'username=u\\npassword=hunter2\\n'", "hunter2"),
            (
                "!printf 'username=%s\\npassword=%s\\n' me \"hunter2\"",
                "hunter2",
            ),
            ("!printf \"password=%s\\n\" hunter2;", "hunter2"),
            ("!f() { P=hunter2; echo password=$P; }; f", "hunter2"),
            ("!T='hunter2' && echo \"password=${T}\"", "hunter2"),
            ("!echo -e \"username=a\\npassword=hunter2\"", "hunter2"),
            ("!echo password=$", "$"),
        ] {
            assert_eq!(found(script), [expected], "{script}");
        }
        assert_eq!(
            username(b"!echo username=oauth2; echo password=x", &mut |_| true),
            Some(&b"oauth2"[..])
        );
    }

    #[test]
    fn references_are_not() {
        for script in [
            "!f() { echo username=gitlab-ci-token; echo \"password=${CI_JOB_TOKEN}\"; }; f",
            "!echo password=$CI_JOB_TOKEN",
            "!echo password=$(cat /run/secrets/token)",
            "!echo \"password=`pass show git`\"",
            "!printf 'password=%s\\n' \"$TOKEN\"",
            "!T=$(pass); echo password=$T",
            "!echo password=",
            "!f() { echo my_password=x; }; f",
            "!printf 'password=%s'",
            "!printf password=%s",
            "store --file ~/x",
        ] {
            assert_eq!(found(script), Vec::<&str>::new(), "{script}");
        }
    }

    proptest! {
        #[test]
        fn takes_any_script(pieces in prop::collection::vec(prop::sample::select(vec![
            "password=", "username=", "%s", "'", "\"", "\\", "n", " ", "$", "{", "}", "P=", "$P", "`", ";", "x", "é",
        ]), 0..40)) {
            let script = pieces.concat().into_bytes();
            for range in passwords(&script, &mut |_| true) {
                prop_assert!(!range.is_empty() && range.end <= script.len());
            }
            let _ = username(&script, &mut |_| true);
        }
    }
}
