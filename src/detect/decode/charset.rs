//! Determines the character encoding of a blob: by its first bytes, or by a name that its source
//! declares. Only encodings that do not hold ASCII as it is have to be known.

use super::ebcdic::{self, CodePage};

/// The number of bytes that decide on the encoding of a file without a byte order mark.
pub(super) const SAMPLE: usize = 64;

/// The byte order mark of UTF-8, which is not part of the text.
pub(super) const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// A character encoding that does not contain ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Charset {
    Utf16 {
        is_big: bool,
    },
    Utf32 {
        is_big: bool,
    },
    /// UTF-7 (RFC 2152), or IMAP's variant of it, which begins a sequence with `&`.
    Utf7 {
        is_imap: bool,
    },
    Ebcdic(CodePage),
}

/// The effect of a character encoding's name on a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Declared {
    /// The encoding contains ASCII.
    AsciiCompatible,
    /// The text has to be decoded; the byte order may be in its first bytes.
    Known(Charset),
    /// Not a name that is known.
    Unknown,
}

impl Charset {
    /// The name in findings.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Utf16 { is_big: true } => "utf-16be",
            Self::Utf16 { is_big: false } => "utf-16le",
            Self::Utf32 { is_big: true } => "utf-32be",
            Self::Utf32 { is_big: false } => "utf-32le",
            Self::Utf7 { .. } => "utf-7",
            Self::Ebcdic(_) => "ebcdic",
        }
    }

    /// The encoding of a file that begins like this, and how long its byte order mark is.
    pub(super) fn of_content(start: &[u8]) -> Option<(Self, usize)> {
        let start = &start[..start.len().min(SAMPLE)];
        // Nearly every file.
        if start.is_ascii() && !start.contains(&0) {
            let is_utf7 = matches!(start, [b'+', b'/', b'v', b'8' | b'9' | b'+' | b'/', ..]);
            let mark = if start.get(3..5) == Some(b"8-") { 5 } else { 0 };
            return is_utf7.then_some((Self::Utf7 { is_imap: false }, mark));
        }
        match start {
            [0xff, 0xfe, 0, 0, ..] => Some((Self::Utf32 { is_big: false }, 4)),
            [0, 0, 0xfe, 0xff, ..] => Some((Self::Utf32 { is_big: true }, 4)),
            [0xff, 0xfe, ..] => Some((Self::Utf16 { is_big: false }, 2)),
            [0xfe, 0xff, ..] => Some((Self::Utf16 { is_big: true }, 2)),
            _ if start.contains(&0) => utf32_of(start).or_else(|| utf16_of(start)).map(|c| (c, 0)),
            _ if ebcdic::is_likely(start) => Some((Self::Ebcdic(CodePage::default()), 0)),
            _ => None,
        }
    }

    /// Returns the encoding with the byte order of the first bytes, and the length of their mark.
    pub(super) fn with_order_of(self, start: &[u8]) -> (Self, usize) {
        match (self, Self::of_content(start)) {
            (Self::Utf16 { .. }, Some((found @ Self::Utf16 { .. }, mark)))
            | (Self::Utf32 { .. }, Some((found @ Self::Utf32 { .. }, mark)))
            | (Self::Utf7 { .. }, Some((found @ Self::Utf7 { .. }, mark))) => (found, mark),
            _ => (self, 0),
        }
    }
}

impl Declared {
    /// Returns the meaning of a name, as iconv and the header of a commit write it.
    pub(crate) fn of_name(name: &[u8]) -> Self {
        let name: String = name
            .iter()
            .filter(|byte| byte.is_ascii_alphanumeric())
            .map(|byte| char::from(byte.to_ascii_lowercase()))
            .collect();
        let is_big = name.contains("be") || name.ends_with("big");
        let begins = |fronts: &[&str]| fronts.iter().any(|front| name.starts_with(front));
        if begins(&[
            "utf16",
            "ucs2",
            "iso10646ucs2",
            "unicodelittle",
            "unicodebig",
            "csunicode",
        ]) || name == "unicode"
            || name == "iso10646"
        {
            Self::Known(Charset::Utf16 { is_big })
        } else if begins(&[
            "utf32",
            "ucs4",
            "iso10646ucs4",
            "csucs4",
            "wchart",
            "internal",
        ]) {
            Self::Known(Charset::Utf32 { is_big })
        } else if begins(&["utf7", "unicode11utf7", "csunicode11utf7"]) {
            let is_imap = name.contains("imap");
            Self::Known(Charset::Utf7 { is_imap })
        } else if let Some(page) = code_page(&name) {
            Self::Known(Charset::Ebcdic(page))
        } else if begins(ASCII_COMPATIBLE) {
            Self::AsciiCompatible
        } else {
            Self::Unknown
        }
    }
}

/// Beginnings of the names of encodings that keep ASCII letters, digits and hyphens as they are; the
/// names are reduced to letters and digits. `ISO-2022` and `HZ` keep them between their escape
/// sequences.
#[rustfmt::skip]
const ASCII_COMPATIBLE: &[&str] = &[
    "utf8", "ascii", "usascii", "us", "ansix34", "iso646", "iso8859", "iso88", "8859", "isoir",
    "iso2022", "csiso", "latin", "l1", "l2", "l3", "l4", "l5", "l6", "l7", "l8", "l9", "l10",
    "windows", "win", "cp", "ibm", "csibm", "ms", "koi", "cskoi", "mac", "macintosh", "csmac", "euc",
    "ujis", "gb", "csgb", "cn", "chinese", "uhc", "big5", "bigfive", "csbig5", "shift", "sjis",
    "csshift", "xsjis", "cswindows", "iso2022", "hz", "johab", "korean", "ksc", "ks", "jis", "eucjp",
    "tis", "tscii", "viscii", "tcvn", "armscii", "georgian", "pt154", "ptcp154", "rk1048", "strk1048",
    "nextstep", "hproman", "roman8", "arabic", "greek", "cyrillic", "hebrew", "thai", "ecma", "asmo",
    "elot", "baltic", "dec", "c99", "java", "xmacroman", "xwindows", "mulelao", "iso10646utf8",
];

/// The code pages of EBCDIC that have a number, of `IBM037`, `cp037`, `ebcdic-cp-us` and the like.
#[rustfmt::skip]
const EBCDIC_PAGES: &[&str] = &[
    "037", "38", "038", "256", "273", "274", "275", "277", "278", "280", "281", "284", "285", "290",
    "297", "420", "423", "424", "500", "803", "833", "836", "838", "870", "871", "875", "880", "905",
    "918", "924", "930", "931", "933", "935", "937", "939", "1025", "1026", "1027", "1047", "1069",
    "1097", "1112", "1122", "1123", "1130", "1132", "1137", "1140", "1141", "1142", "1143", "1144",
    "1145", "1146", "1147", "1148", "1149", "1153", "1154", "1155", "1156", "1157", "1158", "1160",
    "1164", "1165", "1166", "1364", "1371", "1388", "1390", "1399", "4517", "4899", "4971", "9030",
    "9066", "12712", "16804",
];

/// The code page of EBCDIC of that name.
fn code_page(name: &str) -> Option<CodePage> {
    if name.contains("ebcdic") || name.starts_with("osf1002") {
        return Some(CodePage::default());
    }
    let number = ["ibm", "cp", "csibm", "xibm", "ccsid"]
        .iter()
        .find_map(|front| name.strip_prefix(front))
        .unwrap_or(name);
    EBCDIC_PAGES
        .contains(&number)
        .then(|| CodePage::numbered(number))
}

/// True for a byte of text.
fn is_text(byte: u8) -> bool {
    byte >= b' ' && byte != 0x7f || matches!(byte, b'\t' | b'\n' | b'\r')
}

/// The byte order of a file without a mark that begins with UTF-32 text: mostly Latin-1.
fn utf32_of(start: &[u8]) -> Option<Charset> {
    let groups = start.as_chunks::<4>().0;
    let fits = |of: &dyn Fn(&[u8; 4]) -> u32| {
        let plain = groups
            .iter()
            .map(of)
            .filter(|&code| u8::try_from(code).is_ok_and(is_text))
            .count();
        let is_valid = groups
            .iter()
            .all(|group| char::from_u32(of(group)).is_some());
        is_valid && groups.len() >= 4 && plain * 4 >= groups.len() * 3
    };
    if fits(&|group| u32::from_le_bytes(*group)) {
        Some(Charset::Utf32 { is_big: false })
    } else if fits(&|group| u32::from_be_bytes(*group)) {
        Some(Charset::Utf32 { is_big: true })
    } else {
        None
    }
}

/// The byte order of a file without a mark that begins with UTF-16 text: mostly Latin-1.
fn utf16_of(start: &[u8]) -> Option<Charset> {
    let pairs = start.as_chunks::<2>().0;
    let fits = |of: &dyn Fn(&[u8; 2]) -> (u8, u8)| {
        let plain = pairs
            .iter()
            .map(of)
            .filter(|&(low, high)| high == 0 && is_text(low))
            .count();
        let void = pairs.contains(&[0, 0]);
        !void && pairs.len() >= 4 && plain * 4 >= pairs.len() * 3
    };
    if fits(&|&[low, high]| (low, high)) {
        Some(Charset::Utf16 { is_big: false })
    } else if fits(&|&[high, low]| (low, high)) {
        Some(Charset::Utf16 { is_big: true })
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_understood_as_iconv_writes_them() {
        use Declared::{AsciiCompatible, Known, Unknown};
        let little = false;
        for (name, expected) in [
            ("UTF-8", AsciiCompatible),
            ("ISO-8859-15", AsciiCompatible),
            ("latin1", AsciiCompatible),
            ("CP1251", AsciiCompatible),
            ("Shift_JIS", AsciiCompatible),
            ("ISO-2022-JP", AsciiCompatible),
            ("GB18030", AsciiCompatible),
            ("IBM850", AsciiCompatible),
            ("UTF-16LE-BOM", Known(Charset::Utf16 { is_big: little })),
            ("UTF-16BE", Known(Charset::Utf16 { is_big: true })),
            ("UCS-4LE", Known(Charset::Utf32 { is_big: little })),
            ("utf32be", Known(Charset::Utf32 { is_big: true })),
            ("UTF-7", Known(Charset::Utf7 { is_imap: false })),
            ("UTF-7-IMAP", Known(Charset::Utf7 { is_imap: true })),
            ("IBM037", Known(Charset::Ebcdic(CodePage::default()))),
            ("cp-1047", Known(Charset::Ebcdic(CodePage::default()))),
            ("EBCDIC-US", Known(Charset::Ebcdic(CodePage::default()))),
            ("IBM-273", Known(Charset::Ebcdic(CodePage::numbered("273")))),
            ("SCSU", Unknown),
            ("", Unknown),
        ] {
            assert_eq!(Declared::of_name(name.as_bytes()), expected, "{name}");
        }
    }

    #[test]
    fn other_text_is_not_taken_for_ebcdic() {
        for text in [
            "Привет, мир: пароль и ключ от квартиры лежат под ковриком",
            "日本語のテキストはここにあります。秘密はありません。",
            "größe, straße, übung und vieles mehr, äöüß ÄÖÜ",
        ] {
            assert_eq!(Charset::of_content(text.as_bytes()), None, "{text}");
        }
        // Cyrillic in KOI8-R and Japanese in Shift_JIS.
        for bytes in [
            &b"\xf0\xd2\xc9\xd7\xc5\xd4, \xcd\xc9\xd2: \xd0\xc1\xd2\xcf\xcc\xd8 \xc9 \xcb\xcc\xc0\xde"[..],
            b"\x93\xfa\x96\x7b\x8c\xea\x82\xcc\x83e\x83L\x83X\x83g\x82\xcd\x82\xb1\x82\xb1",
        ] {
            assert_eq!(Charset::of_content(bytes), None, "{}", bytes.escape_ascii());
        }
    }
}
