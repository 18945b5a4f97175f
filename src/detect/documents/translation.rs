//! Files of translated messages, where a key called `password` holds the label of a field.

/// Folders that hold one file for each language.
#[rustfmt::skip]
const FOLDERS: &[&[u8]] = &[
    b"i18n", b"intl", b"l10n", b"lang", b"langs", b"language", b"languages", b"locale", b"locales", b"messages",
    b"nls", b"strings", b"translation", b"translations",
];

/// Starts of the names of files with messages, whatever their language.
const STEMS: &[&[u8]] = &[
    b"messages",
    b"localstrings",
    b"strings",
    b"labels",
    b"translations",
    b"i18n",
];

/// Language codes of ISO 639-1.
const LANGUAGES: &str = "\
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce \
    ch co cr cs cu cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr \
    fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik in io \
    is it iu iw ja ji jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb \
    lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn \
    no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se \
    sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr \
    ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu";

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
    let in_folder = parts.any(|folder| FOLDERS.contains(&folder) || is_locale(folder));
    let mut words = stem.split(|byte| matches!(byte, b'_' | b'-'));
    let first = words.next().unwrap_or_default();
    let has_suffix = words.next().is_some_and(is_language);
    has_suffix || in_folder || STEMS.contains(&first) || is_locale(stem)
}

/// Returns true for `da`, `pt_BR`, `zh-hans-cn`.
fn is_locale(text: &[u8]) -> bool {
    let mut parts = text.split(|byte| matches!(byte, b'_' | b'-'));
    parts.next().is_some_and(is_language)
        && parts
            .all(|part| (2..=4).contains(&part.len()) && part.iter().all(u8::is_ascii_alphanumeric))
}

fn is_language(code: &[u8]) -> bool {
    LANGUAGES.split(' ').any(|known| known.as_bytes() == code)
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
