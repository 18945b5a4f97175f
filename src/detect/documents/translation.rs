//! Recognizes files of translated messages, where a key called `password` holds the label of a field.

use crate::vocabulary::{is_language, is_translation_folder, is_translation_stem};

/// Returns true if the path names a file of translated messages: `messages_es.properties`,
/// `locales/da.yml`, `login_pt_BR.properties`.
pub(super) fn is_translation(path: &[u8]) -> bool {
    let lower = path.to_ascii_lowercase();
    let mut parts = lower.rsplit(|&byte| byte == b'/');
    let name = parts.next().unwrap_or_default();
    let stem = match memchr::memchr(b'.', name) {
        Some(end) => name.get(..end).unwrap_or_default(),
        None => name,
    };
    let in_folder = parts.any(|folder| is_translation_folder(folder) || is_locale(folder));
    let mut words = stem.split(|byte| matches!(byte, b'_' | b'-'));
    let first = words.next().unwrap_or_default();
    let has_suffix = words.next().is_some_and(is_language);
    has_suffix || in_folder || is_translation_stem(first) || is_locale(stem)
}

/// Returns true for a value of such a file that is text for people: without a digit, with blanks, or with letters
/// written as escapes.
pub(super) fn is_label(value: &[u8]) -> bool {
    let has_escape = memchr::memmem::find(value, b"\\u").is_some();
    let has_digit = value.iter().any(u8::is_ascii_digit);
    has_escape || !has_digit || value.iter().any(u8::is_ascii_whitespace)
}

/// Returns true for `da`, `pt_BR`, `zh-hans-cn`.
fn is_locale(text: &[u8]) -> bool {
    let mut parts = text.split(|byte| matches!(byte, b'_' | b'-'));
    parts.next().is_some_and(is_language)
        && parts
            .all(|part| (2..=4).contains(&part.len()) && part.iter().all(u8::is_ascii_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognises_files_of_messages() {
        for path in [
            "src/messages_es.properties",
            "messages.properties",
            "LocalStrings_zh_CN.properties",
            "login_da.properties",
            "locales/da.yml",
            "lang/da.cfg",
            "i18n/app/login.properties",
            "res/pt-BR.json",
        ] {
            assert!(is_translation(path.as_bytes()), "{path}");
        }
        for path in [
            "",
            "gradle.properties",
            "application-prod.properties",
            "config/db.yml",
            "src/app_qx.properties",
        ] {
            assert!(!is_translation(path.as_bytes()), "{path}");
        }
    }
}
