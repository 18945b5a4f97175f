//! Remediations that remove a credential from a file: a command that does so, or the position to edit.

use super::url::is_token;
use crate::model::{BlobPath, Remediation, url_passwords};

/// The longest word of a command and the longest text of a context, in bytes.
const MAX_TEXT: usize = 512;

/// Replaces a password in a name.
const MASK: &str = "[redacted]";

/// The caution of every repair.
const CAUTION: &str =
    "The credential works until it is revoked; this only takes it out of the file.";

/// A repair by command.
pub(super) fn by_command(action: &str, command: String) -> Remediation {
    Remediation {
        action: action.to_owned(),
        who: None,
        command: Some(command),
        caution: Some(CAUTION.to_owned()),
    }
}

/// A repair by hand: no command can name the place without naming the secret.
pub(super) fn by_hand(action: String) -> Remediation {
    Remediation {
        action,
        who: None,
        command: None,
        caution: Some(CAUTION.to_owned()),
    }
}

/// A command line from its words, each quoted for a POSIX shell if need be. `None` if a word
/// is long, holds a token, or has anything but printable text in it.
pub(super) fn command_line<'w>(words: impl IntoIterator<Item = &'w [u8]>) -> Option<String> {
    let mut line = String::new();
    for word in words {
        let text = std::str::from_utf8(word).ok()?;
        // Blanks other than the space and characters that change how a line is shown are not
        // alphanumeric, so that the copied text is the visible one.
        let printable =
            |c: char| c == ' ' || c.is_ascii_graphic() || !c.is_ascii() && c.is_alphanumeric();
        let is_secret = holds_token(word) || !url_passwords(word).is_empty();
        if text.len() > MAX_TEXT || !text.chars().all(printable) || is_secret {
            return None;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"_./:@%+=,-".contains(&b);
        if !text.is_empty() && text.bytes().all(plain) {
            line.push_str(text);
        } else {
            line.push('\'');
            line.push_str(&text.replace('\'', r"'\''"));
            line.push('\'');
        }
    }
    Some(line)
}

/// Bytes of a hostile file as a short text for people: escaped as paths are, and without tokens.
pub(super) fn shown(text: &[u8]) -> String {
    if holds_token(text) {
        return "…".to_owned();
    }
    // Before it is cut, because the rest of a password could not be recognised.
    let mut text = text.to_vec();
    for password in url_passwords(&text).into_iter().rev() {
        text.splice(password, MASK.bytes());
    }
    let cut = text.len().min(MAX_TEXT);
    let mut shown = BlobPath::from_bytes(&text[..cut]).to_string();
    if cut < text.len() {
        shown.push('…');
    }
    shown
}

/// True if a part of the text is shaped like a GitLab token.
fn holds_token(text: &[u8]) -> bool {
    text.split(|b| !b.is_ascii_alphanumeric() && !matches!(b, b'-' | b'_' | b'.'))
        .any(is_token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Option<String> {
        command_line(words.iter().map(|word| word.as_bytes()))
    }

    #[test]
    fn words_are_quoted_for_a_shell() {
        assert_eq!(
            words(&["git", "a b", "it's", "$(x)", "", "ü"]).unwrap(),
            r"git 'a b' 'it'\''s' '$(x)' '' 'ü'"
        );
        for word in ["a\nb", "a\x1b[m", "\u{202e}x", "a\u{a0}b", &"x".repeat(600)] {
            assert_eq!(words(&["git", word]), None);
        }
        assert_eq!(command_line([&b"\xff"[..]]), None);
    }

    #[test]
    fn nothing_shown_holds_a_token() {
        let token = format!("{}{}", "gldt-", "A1b2C3d4E5f6G7h8J9k1");
        let text = format!("https://h/?x={token}&y");
        assert_eq!(words(&[&text]), None);
        assert_eq!(shown(text.as_bytes()), "…");
        assert_eq!(shown(b"a\x1bb"), "a\\x1bb");
        assert!(shown(&[b'a'; 1000]).len() < 600);
    }
}
