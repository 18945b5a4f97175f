//! Passwords in the user information of URLs, recognised by their position alone.

use std::ops::Range;

/// Maximum distance of the `@` from `://`, in bytes.
const REACH: usize = 4096;

/// Returns the spans of passwords in URLs (`scheme://user:PASSWORD@host`) and of tokens in place of
/// a user (`scheme://TOKEN@host`). Variables, templates and masks are not included.
pub(crate) fn url_passwords(text: &[u8]) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for start in authorities(text) {
        let reach = &text[start..text.len().min(start + REACH)];
        let ends = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`<>\\".contains(byte);
        let reach = &reach[..reach.iter().position(ends).unwrap_or(reach.len())];
        // A password may contain characters that end the authority of a well-formed URL.
        let authority = reach
            .iter()
            .position(|byte| b"/?#".contains(byte))
            .unwrap_or(reach.len());
        let end = memchr::memrchr(b'@', &reach[..authority]).or_else(|| {
            let colon = memchr::memchr(b':', &reach[..authority])?;
            let host = memchr::memchr(b'@', &reach[colon..])? + colon;
            // `host:8080/path@version` is not a password.
            let is_port = reach[colon + 1..authority].iter().all(u8::is_ascii_digit);
            (!is_port).then_some(host)
        });
        let Some(end) = end else { continue };
        let password = match memchr::memchr(b':', &reach[..end]) {
            Some(colon) => colon + 1..end,
            None if is_token_like(&reach[..end]) => 0..end,
            None => continue,
        };
        if !password.is_empty() && !is_placeholder(&reach[password.clone()]) {
            found.push(start + password.start..start + password.end);
        }
    }
    found
}

/// Schemes of URLs that are recognized without `//`.
const SCHEMES: [&[u8]; 5] = [b"http", b"https", b"ssh", b"git", b"ftp"];

/// Returns the offsets behind the `://` of URLs. As the name of a file a URL has one slash, or other characters in
/// place of slashes: `https:__bob:pw@h`.
fn authorities(text: &[u8]) -> impl Iterator<Item = usize> {
    memchr::memchr_iter(b':', text).filter_map(|colon| {
        let behind = &text[colon + 1..];
        if behind.starts_with(b"//") {
            return Some(colon + 3);
        }
        let marks = behind
            .iter()
            .take_while(|byte| b"/_".contains(byte))
            .count();
        let is_scheme = |scheme: &&[u8]| {
            let start = colon.checked_sub(scheme.len())?;
            let is_whole = start == 0 || !text[start - 1].is_ascii_alphanumeric();
            is_whole.then(|| text[start..colon].eq_ignore_ascii_case(scheme))
        };
        let has_scheme = || SCHEMES.iter().any(|scheme| is_scheme(scheme) == Some(true));
        (marks > 0 && has_scheme()).then_some(colon + 1 + marks)
    })
}

/// Returns true for a user name that is long and mixed enough to be a token.
fn is_token_like(user: &[u8]) -> bool {
    user.len() >= 16
        && user.iter().any(u8::is_ascii_digit)
        && user.iter().any(u8::is_ascii_alphabetic)
}

/// Returns true for a placeholder of a password: a variable, a template, a mask.
fn is_placeholder(password: &[u8]) -> bool {
    let (Some(first), Some(last)) = (password.first(), password.last()) else {
        return true;
    };
    let encloses =
        [(b'[', b']'), (b'{', b'}'), (b'<', b'>'), (b'%', b'%')].contains(&(*first, *last));
    let is_variable = *first == b'$'
        && password[1..]
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_{}()".contains(byte));
    encloses || is_variable || password.iter().all(|byte| b"*.xX".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        url_passwords(text.as_bytes())
            .into_iter()
            .map(|range| &text[range])
            .collect()
    }

    #[test]
    fn finds_passwords_by_position() {
        assert_eq!(found("a https://bob:pw@h/x ssh://u:p@q@h"), ["pw", "p@q"]);
        assert_eq!(found("https://bob:a/b#c@h"), ["a/b#c"]);
        assert_eq!(found("https:__bob:pw@h/x a/ssh:/u:qw@h"), ["pw", "qw"]);
        assert_eq!(found("https://k7WzN4smT9pQ1234@h"), ["k7WzN4smT9pQ1234"]);
    }

    #[test]
    fn ignores_ordinary_urls_and_placeholders() {
        for text in [
            "https://bob@h/x",
            "https://h:8080/x@v2",
            "https://h/a:b",
            "a:_b:c@d",
            "git:_https",
            "ssh://git@gitlab.example/a:b",
            "https://bob:$TOKEN@h https://bob:${TOKEN}@h https://u:<token>@h",
            "https://bob:[12 redacted]@h",
            "https://u:****@h",
            "://",
            "https://@h",
        ] {
            assert_eq!(found(text), Vec::<&str>::new(), "{text}");
        }
    }
}
