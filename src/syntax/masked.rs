//! A file as ASCII text of the same length, for parsers of characters: places in it are
//! places in the file.

/// The file with a letter for every byte that is not ASCII or not printable, and blanks for a byte
/// order mark.
pub(super) fn ascii(file: &[u8]) -> Vec<u8> {
    let mark = if file.starts_with(b"\xef\xbb\xbf") {
        3
    } else {
        0
    };
    let letter = |(at, &byte): (usize, &u8)| match byte {
        _ if at < mark => b' ',
        b'\n' | b'\r' | b'\t' | b' '..=b'~' => byte,
        _ => b'x',
    };
    file.iter().enumerate().map(letter).collect()
}

/// Maximum length of a template in bytes.
const LONGEST_TEMPLATE: usize = 2048;

/// Puts letters in the place of templates (`{{ … }}`, `{% … %}`, `<% … %>`), which belong to no
/// grammar. A line of nothing else becomes a comment.
pub(super) fn hide_templates(text: &mut [u8]) {
    const BRACKETS: [(&[u8], &[u8]); 3] = [(b"{{", b"}}"), (b"{%", b"%}"), (b"<%", b"%>")];
    let mut at = 0;
    while let Some(found) = memchr::memchr2(b'{', b'<', &text[at..]) {
        let start = at + found;
        at = start + 1;
        let rest = &text[start..text.len().min(start + LONGEST_TEMPLATE)];
        let Some((_, closing)) = BRACKETS
            .iter()
            .find(|(opening, _)| rest.starts_with(opening))
        else {
            continue;
        };
        let Some(length) = memchr::memmem::find(rest, closing) else {
            continue;
        };
        let end = start + length + closing.len();
        let line = memchr::memrchr(b'\n', &text[..start]).map_or(0, |at| at + 1);
        let next = memchr::memchr(b'\n', &text[end..]).map_or(text.len(), |at| end + at);
        let blank = |part: &[u8]| part.iter().all(u8::is_ascii_whitespace);
        let alone = blank(&text[line..start]) && blank(&text[end..next]);
        for byte in &mut text[start..end] {
            if !matches!(byte, b'\n' | b'\r') {
                *byte = b'x';
            }
        }
        if alone {
            text[start] = b'#';
        }
        at = end;
    }
}

/// Makes comments of the lines that mark a conflict of two versions, and spaces of the tabs at the
/// beginning of a line.
pub(super) fn repair_lines(text: &mut [u8]) {
    const MARKS: [&[u8]; 3] = [b"<<<<<<<", b"=======", b">>>>>>>"];
    let mut line = 0;
    while let Some(rest) = text.get(line..).filter(|rest| !rest.is_empty()) {
        let next = memchr::memchr(b'\n', rest).map_or(text.len(), |length| line + length + 1);
        if MARKS.iter().any(|mark| rest.starts_with(mark)) {
            text[line] = b'#';
        }
        for byte in text[line..next]
            .iter_mut()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
        {
            *byte = b' ';
        }
        line = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_moves() {
        let file = "\u{feff}a: ü\0\n".as_bytes();
        let text = ascii(file);
        assert_eq!(text.len(), file.len());
        assert_eq!(text, b"   a: xxx\n");
    }

    #[test]
    fn templates_become_words_or_comments() {
        let hidden = |text: &str| {
            let mut text = text.as_bytes().to_vec();
            hide_templates(&mut text);
            String::from_utf8(text).unwrap()
        };
        assert_eq!(hidden("a: {{ x }}\n"), "a: xxxxxxx\n");
        assert_eq!(hidden("  {{- if x }}\n"), "  #xxxxxxxxxx\n");
        assert_eq!(hidden("{% raw\n %}\nb"), "#xxxxx\nxxx\nb");
        assert_eq!(hidden("{a: {b: c}} {{ x"), "{a: {b: c}} {{ x");
    }

    #[test]
    fn lines_are_repaired() {
        let mut text = b"a\n<<<<<<< HEAD\n=======\n>>>>>>> x\n \tb\tc".to_vec();
        repair_lines(&mut text);
        assert_eq!(text, b"a\n#<<<<<< HEAD\n#======\n#>>>>>> x\n  b\tc");
    }
}
