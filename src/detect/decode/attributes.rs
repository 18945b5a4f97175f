//! Character encodings that a `.gitattributes` file names for the files of the work tree.
//!
//! Git stores such files in UTF-8 and converts them when it checks them out, so that a stored text may show a token only in the
//! work tree, and a file of the work tree only in the repository. <https://git-scm.com/docs/gitattributes#_working_tree_encoding>

use std::ops::Range;

use super::charset::{Charset, Declared};

/// The name of the file.
const ATTRIBUTES_FILE: &[u8] = b".gitattributes";

/// The attribute, with the separator before its value.
const ATTRIBUTE: &[u8] = b"working-tree-encoding=";

/// The longest name of an encoding.
const MAX_NAME: usize = 40;

/// Beginnings of the names of encodings that give bytes of ASCII another meaning between their escape sequences,
/// without anything but letters and digits.
const SHIFTED: [&str; 5] = ["iso2022", "csiso2022", "hz", "cp5022", "xiso2022"];

/// Code pages of EBCDIC in which secrets are found, as names of encodings end.
const EBCDIC_PAGES: [&str; 5] = ["037", "500", "1047", "1140", "1148"];

/// Returns true for a path that Git reads attributes from, in upper or lower case: file systems may ignore the case.
pub(crate) fn is_attributes_file(path: &[u8]) -> bool {
    let name = path.rsplit(|byte| *byte == b'/').next();
    name.is_some_and(|name| name.eq_ignore_ascii_case(ATTRIBUTES_FILE))
}

/// Returns the encodings that attributes beginning in `part` name and in which secrets are not found.
pub(crate) fn opaque_encodings(text: &[u8], part: Range<usize>) -> Vec<String> {
    memchr::memmem::find_iter(text, ATTRIBUTE)
        .filter(|at| part.contains(at))
        .map(|at| {
            let value = &text[at + ATTRIBUTE.len()..];
            let end = value
                .iter()
                .take(MAX_NAME)
                .position(u8::is_ascii_whitespace);
            &value[..end.unwrap_or(value.len().min(MAX_NAME))]
        })
        .filter(|name| is_opaque(name))
        .map(|name| name.escape_ascii().to_string())
        .collect()
}

fn is_opaque(name: &[u8]) -> bool {
    let letters = name.iter().filter(|byte| byte.is_ascii_alphanumeric());
    let plain: String = letters
        .map(|byte| char::from(byte.to_ascii_lowercase()))
        .collect();
    match Declared::of_name(name) {
        Declared::Unknown | Declared::Known(Charset::Utf7 { .. }) => true,
        Declared::Known(Charset::Ebcdic(_)) => {
            !EBCDIC_PAGES.iter().any(|page| plain.ends_with(page))
        }
        // Recognized by their content.
        Declared::Known(Charset::Utf16 { .. } | Charset::Utf32 { .. }) => false,
        Declared::AsciiCompatible => SHIFTED.iter().any(|front| plain.starts_with(front)),
    }
}
