//! Replaces secrets in texts by their redacted forms.

use std::ops::Range;

use super::prefix_index::PrefixIndex;
use super::views::views;
use crate::model::{Secret, url_passwords};
use crate::syntax::mapped::Mapped;

/// Minimum length of secrets that are replaced outside of their own location: shorter ones are
/// frequently words that occur by chance.
const MIN_WORD: usize = 4;

/// Minimum length of an unusual value that is replaced also inside of words.
const MIN_INSIDE: usize = 8;

/// Minimum number of letters and digits of a secret that is recognised in another case, and split by
/// punctuation or spaces.
const MIN_SPLIT: usize = 10;

/// Minimum length of a line of a multi-line secret that is a secret itself.
const MIN_LINE: usize = 16;

/// Maximum length of a secret that may be an encoded password.
const MAX_ENCODED: usize = 256;

/// Minimum length of a decoded password: shorter ones may be chance.
const MIN_DECODED: usize = 6;

/// Replaces a password that is recognised only by its position in a URL.
const MASK: &str = "[redacted]";

/// Finds known secrets in texts: verbatim, in another case, split, percent-encoded,
/// escaped, in base64 and in hexadecimal.
/// A guessable secret is replaced as well, as a whole word. A reader who sees "[7 redacted]" in place
/// of a name learns that the password is the name; a reader who sees the name in clear has the
/// password. Only plain words (lower-case letters only, for example) are kept in paths, where they are
/// likely to occur by chance and the names are needed.
#[derive(Debug)]
pub(super) struct Redactor {
    /// The letters and digits of `needles`, folded.
    index: PrefixIndex,
    needles: Vec<Needle>,
    /// Secrets without an ASCII letter or digit.
    symbols: Vec<Needle>,
}

#[derive(Debug)]
struct Needle {
    bytes: Vec<u8>,
    shown: String,
    is_plain_word: bool,
    is_whole_word: bool,
    may_be_split: bool,
}

impl Needle {
    fn new(bytes: &[u8], secret: &Secret) -> Self {
        let is_plain_word = secret.is_guessable() && is_plain_word(bytes);
        Self {
            shown: secret.redacted(),
            is_plain_word,
            is_whole_word: is_plain_word || bytes.len() < MIN_INSIDE,
            may_be_split: !is_plain_word && fold(bytes).count() >= MIN_SPLIT,
            bytes: bytes.to_vec(),
        }
    }
}

/// Returns true for a text that may be a word, a name of at most two words (`spring-boot`), or a number.
fn is_plain_word(bytes: &[u8]) -> bool {
    let is_letters = |word: &[u8]| {
        let rest = word.get(1..).unwrap_or_default();
        let is_first = word.first().is_some_and(u8::is_ascii_alphabetic);
        is_first
            && (rest.iter().all(u8::is_ascii_lowercase) || rest.iter().all(u8::is_ascii_uppercase))
    };
    let mut words = bytes.split(|byte| b"-_.".contains(byte));
    let is_name = words.by_ref().take(2).all(is_letters) && words.next().is_none();
    bytes.len() < MIN_INSIDE * 2 && (is_name || bytes.iter().all(u8::is_ascii_digit))
}

/// Returns lower-case ASCII letters and digits with their offsets. Other characters may be invisible.
fn fold(bytes: &[u8]) -> impl Iterator<Item = (usize, u8)> + '_ {
    bytes
        .iter()
        .enumerate()
        .filter(|(_, byte)| byte.is_ascii_alphanumeric())
        .map(|(at, byte)| (at, byte.to_ascii_lowercase()))
}

/// Returns the decoded forms of an encoded secret: a password in a URL, an account in a header.
fn decoded_forms(secret: &[u8]) -> Vec<Vec<u8>> {
    if secret.len() > MAX_ENCODED {
        return Vec::new();
    }
    let unpadded = secret.trim_ascii_end();
    let padding = unpadded
        .iter()
        .rev()
        .take_while(|byte| **byte == b'=')
        .count();
    let unpadded = &unpadded[..unpadded.len() - padding];
    let mut forms = Vec::new();
    for view in views(unpadded).into_iter().skip(1) {
        let form = view.bytes();
        let form = form.strip_suffix(b"\n").unwrap_or(form);
        let is_all = !form.is_empty() && view.locate(0..form.len()) == Some(0..unpadded.len());
        if !is_all || form.contains(&b'\n') || std::str::from_utf8(form).is_err() {
            continue;
        }
        let password = memchr::memchr(b':', form).map(|colon| &form[colon + 1..]);
        for part in [Some(form), password].into_iter().flatten() {
            if part.len() >= MIN_DECODED {
                forms.push(part.to_vec());
            }
        }
    }
    forms
}

/// A range of a text, and its replacement.
type Found<'a> = (Range<usize>, &'a str);

impl Redactor {
    /// Builds the search for `secrets`.
    pub(super) fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let mut needles = Vec::new();
        for secret in secrets {
            let bytes = secret.reveal();
            if bytes.len() >= MIN_WORD {
                needles.push(Needle::new(bytes, secret));
            }
            let mut lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
            if bytes.contains(&b'\n') {
                let lines = lines.by_ref().filter(|line| line.len() >= MIN_LINE);
                // The first and the last line of a key are the same in all keys.
                let lines = lines.filter(|line| !line.starts_with(b"-----"));
                needles.extend(lines.map(|line| Needle::new(line, secret)));
            }
            needles.extend(
                decoded_forms(bytes)
                    .iter()
                    .map(|form| Needle::new(form, secret)),
            );
        }
        let (needles, symbols): (Vec<_>, Vec<_>) = needles
            .into_iter()
            .partition(|needle| fold(&needle.bytes).next().is_some());
        let folded = needles
            .iter()
            .map(|needle| fold(&needle.bytes).map(|(_, byte)| byte).collect());
        let index = PrefixIndex::new(folded);
        Self {
            index,
            needles,
            symbols,
        }
    }

    /// Returns the text without secrets; `None` if it has none. In a path, plain words are kept.
    pub(super) fn redact_bytes(&self, text: &[u8], is_path: bool) -> Option<Vec<u8>> {
        let mut found: Vec<Found<'_>> = Vec::new();
        for view in views(text) {
            self.find_in(&view, is_path, &mut found);
            let places = url_passwords(view.bytes()).into_iter();
            found.extend(places.filter_map(|place| Some((view.locate(place)?, MASK))));
        }
        if found.is_empty() {
            return None;
        }
        // Of several with the same start, the longest is replaced; a known secret before a guess.
        found.sort_by_key(|(range, shown)| {
            (range.start, std::cmp::Reverse(range.end), *shown == MASK)
        });
        let mut out = Vec::with_capacity(text.len());
        let mut at = 0;
        for (range, shown) in found {
            if range.start >= at {
                out.extend_from_slice(&text[at..range.start]);
                out.extend_from_slice(shown.as_bytes());
            }
            at = at.max(range.end);
        }
        out.extend_from_slice(&text[at.min(text.len())..]);
        Some(out)
    }

    /// See [`Redactor::redact_bytes`].
    pub(super) fn redact(&self, text: &str) -> String {
        match self.redact_bytes(text.as_bytes(), false) {
            Some(clean) => String::from_utf8_lossy(&clean).into_owned(),
            None => text.to_owned(),
        }
    }

    fn find_in<'a>(&'a self, view: &Mapped, is_path: bool, found: &mut Vec<Found<'a>>) {
        for needle in &self.symbols {
            let places = memchr::memmem::find_iter(view.bytes(), &needle.bytes);
            found.extend(places.filter_map(|at| {
                let range = view.locate(at..at + needle.bytes.len())?;
                Some((range, needle.shown.as_str()))
            }));
        }
        let (places, folded): (Vec<usize>, Vec<u8>) = fold(view.bytes()).unzip();
        let matches = (0..folded.len()).flat_map(|at| {
            let prefixes = self.index.prefixes_of(&folded[at..]);
            prefixes.map(move |(id, length)| (id, at, at + length - 1))
        });
        for (id, first, last) in matches {
            let Some(needle) = self.needles.get(id) else {
                continue;
            };
            let (first, last) = (places[first], places[last]);
            // With the adjacent punctuation that belongs to the secret.
            let lead = fold(&needle.bytes).next().map_or(0, |(at, _)| at);
            let tail = needle.bytes.len() - 1 - fold(&needle.bytes).last().map_or(0, |(at, _)| at);
            let start = first.saturating_sub(lead);
            let end = (last + 1 + tail).min(view.bytes().len());
            let is_exact = view.bytes()[start..end] == needle.bytes[..];
            let range = if is_exact {
                start..end
            } else if needle.may_be_split {
                first..last + 1
            } else {
                continue;
            };
            let is_word = || {
                let is_letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
                let before = range
                    .start
                    .checked_sub(1)
                    .and_then(|at| view.bytes().get(at));
                !is_letter(before) && !is_letter(view.bytes().get(range.end))
            };
            if needle.is_plain_word && is_path || needle.is_whole_word && !is_word() {
                continue;
            }
            found.extend(
                view.locate(range)
                    .map(|range| (range, needle.shown.as_str())),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redact(secret: &str, text: &str) -> String {
        Redactor::new([&Secret::guessable(secret)]).redact(text)
    }

    #[test]
    fn finds_passwords_in_every_form() {
        for form in [
            "Tr0ub4dorX9z",
            "tr0ub4dorx9z",
            "%54r0ub4dor%58%39z",
            "%2554r0ub4dorX9z",
            "Tr0ub&#52;dorX9z",
            r"Tr0ub\u0034dorX9z",
            "Tr0ub4\" + \"dorX9z",
            "Tr0ub4/dorX9z",
            "Tr0ub4\u{fffd}dorX9z",
            "VHIwdWI0ZG9yWDl6",
            "547230756234646f7258397a",
        ] {
            let clean = redact("Tr0ub4dorX9z", &format!("a {form} b"));
            assert_eq!(clean, "a [12 redacted] b", "{form}");
        }
        let account = ["Ym9iOlRyMHVi", "NGRvclg5eg"].concat();
        let header = redact("Tr0ub4dorX9z", &format!("Basic {account}=="));
        assert!(!header.contains(&account), "{header}");
    }

    #[test]
    fn replaces_plain_words_except_in_paths() {
        assert_eq!(
            redact("letmein", "letmein, letmeinside"),
            "[7 redacted], letmeinside"
        );
        let redactor = Redactor::new([&Secret::guessable("letmein")]);
        assert_eq!(redactor.redact_bytes(b"a/letmein.txt", true), None);
        for (password, path, is_kept) in [
            ("spring-boot", "spring-boot/pom.xml", true),
            ("c3ByaW5nLWJvb3Q=", "spring-boot/pom.xml", true),
            ("correct-horse-battery", "correct-horse-battery/a", false),
            ("spring-b00t", "spring-b00t/a", false),
        ] {
            let redactor = Redactor::new([&Secret::guessable(password)]);
            let clean = redactor.redact_bytes(path.as_bytes(), true);
            assert_eq!(clean.is_none(), is_kept, "{password}");
        }
        assert_eq!(redact("abc", "abc"), "abc");
    }

    #[test]
    fn finds_decoded_forms_of_encoded_secrets() {
        assert_eq!(redact("%54r0ub4dorX9z", "Tr0ub4dorX9z"), "[14 redacted]");
        let clean = redact("Ym9iOlRyMHViNGRvclg5eg==", "x Tr0ub4dorX9z");
        assert_eq!(clean, "x [24 redacted]");
    }

    #[test]
    fn replaces_undetected_passwords_of_urls() {
        let redactor = Redactor::new([]);
        assert_eq!(
            redactor.redact("a https://bob:pw@h/x b"),
            "a https://bob:[redacted]@h/x b"
        );
    }

    #[test]
    fn redacts_every_line_of_a_key() {
        let line = "b3BlbnNzaC1rZXktdjEAAAAABG5v";
        let key = Secret::new(format!("-----BEGIN X-----\n{line}\n-----END X-----\n"), 0);
        let redactor = Redactor::new([&key]);
        assert_eq!(redactor.redact(&format!("a {line}")), format!("a {key}"));
        assert_eq!(redactor.redact("-----BEGIN X-----"), "-----BEGIN X-----");
    }
}
