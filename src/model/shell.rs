//! Words of a command that people paste into a POSIX shell.

/// Returns `word` as one word of a POSIX shell, quoted only if necessary.
pub fn shell_word(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@%=,:".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Returns true for bytes that can be pasted unchanged: printable, without line breaks, and without
/// characters that change how a line is displayed.
pub fn is_pasteable(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| {
        text.chars()
            .all(|c| c == ' ' || c.is_ascii_graphic() || !c.is_ascii() && c.is_alphanumeric())
    })
}

/// Returns a `printf` command that prints these texts, each followed by a zero byte. They may contain any
/// bytes.
pub fn printf_zero_terminated<'t>(texts: impl IntoIterator<Item = &'t [u8]>) -> String {
    let mut format = String::new();
    for text in texts {
        for &byte in text {
            match byte {
                b'%' => format.push_str("%%"),
                _ if byte.is_ascii_alphanumeric() || b"/._-+@=,:()".contains(&byte) => {
                    format.push(char::from(byte));
                }
                _ => format.push_str(&format!("\\{byte:03o}")),
            }
        }
        format.push_str("\\000");
    }
    format!("printf '{format}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_only_what_a_shell_would_change() {
        assert_eq!(shell_word("a/b-c.txt"), "a/b-c.txt");
        assert_eq!(shell_word("a b"), "'a b'");
        assert_eq!(shell_word("it's; rm"), r"'it'\''s; rm'");
        assert_eq!(shell_word("$(x)"), "'$(x)'");
        assert_eq!(shell_word(""), "''");
    }

    #[test]
    fn prints_any_bytes() {
        let names: [&[u8]; 3] = [b"a\nb", b"50% 'x'", b"\xff"];
        let command = printf_zero_terminated(names);
        let run = std::process::Command::new("sh")
            .args(["-c", &command])
            .output();
        assert_eq!(run.unwrap().stdout, b"a\nb\x0050% 'x'\x00\xff\x00");
    }
}
