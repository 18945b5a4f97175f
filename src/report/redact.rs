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
const MIN_INSIDE: usize = 6;

/// Minimum number of letters and digits of a secret that is recognised if it is split by punctuation, spaces or
/// invisible characters.
const MIN_SPLIT: usize = 6;

/// Maximum length of a word that may occur by chance.
const MAX_PLAIN: usize = 15;

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
/// A guessable secret is replaced as well. A reader who sees "[7 redacted]" in place
/// of a name learns that the password is the name; a reader who sees the name in clear has the
/// password. Plain words (lower-case letters only, for example) are likely to occur by chance: they are kept in paths,
/// where the names are needed, in sentences that every report repeats, and in compound names.
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
    /// The part from the first to the last ASCII letter or digit.
    core: Range<usize>,
    shown: String,
    is_plain_word: bool,
    is_whole_word: bool,
    may_be_split: bool,
}

impl Needle {
    fn new(bytes: &[u8], secret: &Secret) -> Self {
        let is_word = |bytes: &[u8]| secret.is_guessable() && is_plain_word(bytes);
        let is_plain_word = is_word(bytes);
        let mut folded = fold(bytes).map(|(at, _)| at);
        let first = folded.next().unwrap_or(0);
        let core = first..folded.last().unwrap_or(first) + 1;
        Self {
            shown: secret.redacted(),
            is_plain_word,
            is_whole_word: is_plain_word || bytes.len() < MIN_INSIDE,
            // The word alone is not the secret `password$`.
            may_be_split: !is_word(&bytes[core.clone()]) && fold(bytes).count() >= MIN_SPLIT,
            core,
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
    bytes.len() <= MAX_PLAIN && (is_name || bytes.iter().all(u8::is_ascii_digit))
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

/// The treatment of secrets that are plain words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PlainWords {
    /// They are replaced like other secrets.
    Replace,
    /// They stay: the text is a path, or the same in every report, so that a mask would reveal the word.
    Keep,
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

    /// Returns the text without secrets; `None` if it has none.
    pub(super) fn redact_bytes(&self, text: &[u8], words: PlainWords) -> Option<Vec<u8>> {
        self.redact_part(text, 0..text.len(), words)
    }

    /// Returns a part of a text without secrets, also without those that only begin or end in it; `None` if the text has
    /// no secrets.
    pub(super) fn redact_part(
        &self,
        text: &[u8],
        part: Range<usize>,
        words: PlainWords,
    ) -> Option<Vec<u8>> {
        let mut found: Vec<Found<'_>> = Vec::new();
        for view in views(text) {
            self.find_in(&view, words, &mut found);
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
        let mut out = Vec::with_capacity(part.len());
        let mut at = part.start;
        for (range, shown) in found {
            if range.end <= part.start || range.start >= part.end {
                continue;
            }
            let start = range.start.max(part.start);
            if start >= at {
                out.extend_from_slice(&text[at..start]);
                out.extend_from_slice(shown.as_bytes());
            }
            at = at.max(range.end);
        }
        out.extend_from_slice(&text[at.min(part.end)..part.end]);
        Some(out)
    }

    /// See [`Redactor::redact_bytes`].
    pub(super) fn redact(&self, text: &str, words: PlainWords) -> String {
        match self.redact_bytes(text.as_bytes(), words) {
            Some(clean) => String::from_utf8_lossy(&clean).into_owned(),
            None => text.to_owned(),
        }
    }

    fn find_in<'a>(&'a self, view: &Mapped, words: PlainWords, found: &mut Vec<Found<'a>>) {
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
            let start = first.saturating_sub(needle.core.start);
            let tail = needle.bytes.len() - needle.core.end;
            let end = (last + 1 + tail).min(view.bytes().len());
            let is_exact = view.bytes()[start..end].eq_ignore_ascii_case(&needle.bytes);
            let range = if is_exact {
                start..end
            } else if needle.may_be_split {
                first..last + 1
            } else {
                continue;
            };
            if needle.is_plain_word && words == PlainWords::Keep
                || needle.is_whole_word && !is_word(view.bytes(), &range, needle.is_plain_word)
            {
                continue;
            }
            found.extend(
                view.locate(range)
                    .map(|range| (range, needle.shown.as_str())),
            );
        }
    }
}

/// Returns true if the text at `range` is a whole word. A name of several words (`access_token`) can be
/// one word as a whole.
fn is_word(text: &[u8], range: &Range<usize>, is_name_whole: bool) -> bool {
    let is_letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let at = |index: Option<usize>| index.and_then(|index| text.get(index));
    let continues = |first: Option<usize>, second: Option<usize>| {
        let is_joint = at(first).is_some_and(|byte| b"-_.".contains(byte));
        is_letter(at(first)) || is_name_whole && is_joint && is_letter(at(second))
    };
    !continues(range.start.checked_sub(1), range.start.checked_sub(2))
        && !continues(Some(range.end), Some(range.end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redact(secret: &str, text: &str) -> String {
        Redactor::new([&Secret::guessable(secret)]).redact(text, PlainWords::Replace)
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
            "54:72:30:75:62:34:64:6f:72:58:39:7a",
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
        let in_path = redactor.redact_bytes(b"a/letmein.txt", PlainWords::Keep);
        assert_eq!(in_path, None);
        for name in ["letmein_token", "x-letmein", "letmein.example"] {
            assert_eq!(redact("letmein", name), name);
        }
        assert_eq!(redact("letmein", "Letmein. x"), "[7 redacted]. x");
        assert_eq!(
            redact("{letmein$", "Letmein {letmein$"),
            "Letmein [9 redacted]"
        );
        assert_eq!(redact("{let$mein$", "{let\" + \"mein"), "{[10 redacted]");
        for (password, path, is_kept) in [
            ("spring-boot", "spring-boot/pom.xml", true),
            ("c3ByaW5nLWJvb3Q=", "spring-boot/pom.xml", true),
            ("correct-horse-battery", "correct-horse-battery/a", false),
            ("spring-b00t", "spring-b00t/a", false),
        ] {
            let redactor = Redactor::new([&Secret::guessable(password)]);
            let clean = redactor.redact_bytes(path.as_bytes(), PlainWords::Keep);
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
            redactor.redact("a https://bob:pw@h/x b", PlainWords::Replace),
            "a https://bob:[redacted]@h/x b"
        );
    }

    #[test]
    fn redacts_every_line_of_a_key() {
        let line = "b3BlbnNzaC1rZXktdjEAAAAABG5v";
        let key = Secret::new(format!("-----BEGIN X-----\n{line}\n-----END X-----\n"), 0);
        let redactor = Redactor::new([&key]);
        let redact = |text: &str| redactor.redact(text, PlainWords::Replace);
        assert_eq!(redact(&format!("a {line}")), format!("a {key}"));
        assert_eq!(redact("-----BEGIN X-----"), "-----BEGIN X-----");
    }

    #[test]
    fn finds_short_passwords_in_other_forms() {
        for form in [
            "kx7q2z",
            "Kx7\" + \"Q2z",
            "K\u{fffd}x\u{fffd}7\u{fffd}Q\u{fffd}2\u{fffd}z",
            "SwB4ADcAUQAyAHoA",
            "4b783751327a",
        ] {
            let clean = redact("Kx7Q2z", form);
            assert_eq!(clean, "[6 redacted]", "{form}");
        }
        assert_eq!(redact("Kx7Q2z", "aKx7Q2zb"), "a[6 redacted]b");
    }

    #[test]
    fn redacts_the_part_of_a_secret_that_is_shown() {
        let redactor = Redactor::new([&Secret::guessable("Tr0ub4dorX9z")]);
        let text = "ab Tr0ub4dorX9z cd Tr0ub4dorX9z";
        for (part, expected) in [
            (0..6, "ab [12 redacted]"),
            (9..17, "[12 redacted] c"),
            (5..8, "[12 redacted]"),
            (16..22, "cd [12 redacted]"),
            (15..18, " cd"),
        ] {
            let clean = redactor.redact_part(text.as_bytes(), part.clone(), PlainWords::Keep);
            assert_eq!(clean.unwrap(), expected.as_bytes(), "{part:?}");
        }
    }
}
