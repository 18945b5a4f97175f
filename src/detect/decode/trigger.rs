//! Which texts give an encoded keyword away: worked out from the keywords of the rules.

use super::base64;

/// The letters that all of GitLab's token prefixes begin with. Their keywords are also looked for
/// behind two layers, in hex and in UTF-16: the fragments of these two letters stand for all of
/// them, so that it costs nothing.
const HOUSE: &[u8] = b"gl";

/// The fewest letters of a keyword that are looked for when what follows may be escaped.
const MIN_STEM: usize = 3;

/// Stems that are words of their own: of these keywords all is looked for, and the stem with an escape
/// behind it.
const COMMON: &[&[u8]] = &[b"AGE", b"ARM", b"npm"];

/// A text that stands where a keyword is encoded.
#[derive(Debug)]
pub(crate) struct Trigger {
    /// The text.
    pub(crate) text: Vec<u8>,
    /// The keyword; `None` for any within a text that begins here.
    pub(crate) word: Option<usize>,
    /// What to undo at its place, outermost first.
    pub(crate) steps: Vec<Step>,
}

/// One encoding, seen from the place where its text begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Base64. The content begins at that byte of a group of three; the text is what of it is
    /// sure.
    Base64(usize),
    /// Two hexadecimal digits for each byte.
    Hex,
    /// ASCII in UTF-16.
    Utf16,
}

/// The first letters and digits of a keyword: what escapes leave alone, and enough to find it by.
/// All of a keyword that begins otherwise, or like a word.
pub(crate) fn stem(word: &[u8]) -> &[u8] {
    let length = word
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric())
        .count();
    if length < MIN_STEM.min(word.len()) || COMMON.contains(&&word[..length]) {
        word
    } else {
        &word[..length]
    }
}

/// How many bytes of a keyword say enough where an escape follows.
pub(crate) fn least(word: &[u8]) -> usize {
    if word.starts_with(HOUSE) {
        HOUSE.len() + 1
    } else {
        stem(word).len()
    }
}

impl Trigger {
    /// What texts begin with in base64 that may hold credentials anywhere: a JSON object whose first
    /// key begins with a usual letter, or stands behind a line break; an address of the web. They are
    /// read whole; a Docker configuration in a Kubernetes Secret, for one, holds base64 again.
    pub(crate) fn texts() -> impl Iterator<Item = Self> {
        let objects = "acgkprtuH"
            .chars()
            .map(|letter| format!("{{\"{letter}"))
            .chain(["{\n\t".to_owned(), "{\n ".to_owned()]);
        let at_start = |text: String| (text, 0);
        let addresses = (0..3).map(|at| ("https://".to_owned(), at));
        objects
            .map(at_start)
            .chain(addresses)
            .map(|(text, at)| Self {
                text: base64::fragment(text.as_bytes(), at),
                word: None,
                steps: vec![Step::Base64(at)],
            })
    }

    /// True if the bytes begin with the text. Base64 may be broken into lines there.
    pub(crate) fn stands_at(&self, bytes: &[u8]) -> bool {
        match self.steps.first() {
            Some(Step::Base64(_)) => base64::begins_with(bytes, &self.text),
            _ => bytes.starts_with(&self.text),
        }
    }
}

/// The triggers of a keyword.
pub(crate) fn of(index: usize, word: &[u8], out: &mut Vec<Trigger>) {
    let stem = stem(word);
    let mut add = |text: Vec<u8>, steps: &[Step]| {
        out.push(Trigger {
            text,
            word: Some(index),
            steps: steps.to_vec(),
        });
    };
    if word.len() <= MIN_STEM {
        // Too short to be sought in base64. For `://` see [`Trigger::texts`].
        return;
    }
    // Of a short word all: three letters give a fragment that is a word of its own (`doc`).
    let whole = if stem.len() > MIN_STEM { stem } else { word };
    for at in 0..3 {
        add(base64::fragment(whole, at), &[Step::Base64(at)]);
    }
    if !word.starts_with(HOUSE) {
        return;
    }
    let wide: Vec<u8> = stem.iter().flat_map(|&byte| [byte, 0]).collect();
    // Twice in base64: what begins both times, as the value of a Kubernetes Secret does.
    let twice = base64::fragment(&base64::fragment(stem, 0), 0);
    add(twice, &[Step::Base64(0), Step::Base64(0)]);
    for at in 0..3 {
        // As PowerShell takes its commands.
        add(
            base64::fragment(&wide, at),
            &[Step::Base64(at), Step::Utf16],
        );
    }
    add(wide, &[Step::Utf16]);
    let hex = |upper: bool| -> Vec<u8> {
        let digits: &[u8; 16] = if upper {
            b"0123456789ABCDEF"
        } else {
            b"0123456789abcdef"
        };
        stem.iter()
            .flat_map(|byte| [byte >> 4, byte & 15])
            .map(|d| digits[usize::from(d)])
            .collect()
    };
    add(hex(false), &[Step::Hex]);
    if hex(true) != hex(false) {
        add(hex(true), &[Step::Hex]);
    }
}

/// Texts that hold an escape which may stand for a byte of `words`: for the first letter of any, for the
/// first three letters of the words of the house, for the colon of a URL. Behind the stem an escape is
/// seen by what stands before it.
pub(crate) fn escapes<'w>(words: impl Iterator<Item = &'w [u8]>) -> Vec<Vec<u8>> {
    // `g` alone, `l` behind it, the third letter behind both, `:`.
    const PERCENT: &[&str] = &["%67l", "g%6c", "g%6C", "gl%6", "gl%7", "%3a%", "%3A%"];
    // The sign itself as an escape.
    const TWICE: &[&str] = &["%256", "%253", "%252", "gl%2"];
    const BACKSLASH: &[&str] = &[
        "g\\x6", "gl\\x", "\\147", "g\\15", "gl\\1", "\\u00", "\\U00", "\\u{6", "\\u{0", "gl\\u",
        "gl\\U", "gl\\\\",
    ];
    const HTML: &[&str] = &["gl&#", "&col"];
    let texts = [PERCENT, TWICE, BACKSLASH, HTML].concat();
    let mut texts: Vec<Vec<u8>> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    for word in words {
        let is_escaped = |byte: &&u8| byte.is_ascii_alphabetic() || **byte == b'.';
        if let Some(first) = word.first().filter(is_escaped) {
            let forms = [
                format!("%{first:02x}%"),
                format!("%{first:02X}%"),
                format!("\\x{first:02x}"),
                format!("\\x{first:02X}"),
                format!("&#{first};"),
                format!("&#x{first:02x};"),
                format!("&#x{first:02X};"),
                format!("&#X{first:02X};"),
            ];
            texts.extend(forms.map(String::into_bytes));
        }
        // A sign in front is often escaped alone.
        if let [b'.', second, ..] = word {
            let second = char::from(*second);
            let forms = [format!("%2e{second}"), format!("%2E{second}")];
            texts.extend(forms.map(String::into_bytes));
        }
        let common = COMMON.iter().filter(|stem| word.starts_with(stem));
        let marked =
            common.flat_map(|stem| ["%", "\\", "&#"].map(|mark| [stem, mark.as_bytes()].concat()));
        texts.extend(marked);
        // As JSON may write it.
        if word.contains(&b'/') {
            let slashed = String::from_utf8_lossy(word).replace('/', "\\/");
            texts.push(slashed.into_bytes());
        }
    }
    texts.sort_unstable();
    texts.dedup();
    texts
}
