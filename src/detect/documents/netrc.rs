//! Accounts in a netrc file: `machine host login user password secret`, as curl reads them.

use std::ops::Range;

use super::repair::{by_hand, shown};
use super::url::{TOKEN_MARKER, is_reference, is_token};
use super::{CredentialKind, KeyedCredential, Values};
use crate::model::{Context, Hint};

/// Reports the accounts of a file.
pub(super) fn values(hint: Hint<'_>, bytes: &[u8], out: &mut Values<'_>) {
    let mut account = NetrcAccount::default();
    let mut tokens = NetrcWords { bytes, position: 0 };
    while let Some(token) = tokens.keyword() {
        match &bytes[token.span] {
            b"machine" => {
                account.report(hint, out);
                account = NetrcAccount::default();
                account.host = tokens.value();
            }
            b"default" => {
                account.report(hint, out);
                account = NetrcAccount::default();
            }
            b"login" => account.user = tokens.value(),
            b"password" => account.passwords.extend(tokens.value()),
            b"account" => {
                tokens.value();
            }
            b"macdef" => tokens.skip_macro(),
            _ => {}
        }
    }
    account.report(hint, out);
}

/// One `machine` with its tokens.
#[derive(Default)]
struct NetrcAccount {
    host: Option<NetrcWord>,
    user: Option<NetrcWord>,
    passwords: Vec<NetrcWord>,
}

impl NetrcAccount {
    fn report(&self, hint: Hint<'_>, out: &mut Values<'_>) {
        let user = self.user.as_ref();
        let token = user.filter(|user| is_token(&user.text));
        let mut secrets: Vec<&NetrcWord> = self.passwords.iter().chain(token).collect();
        secrets.sort_by_key(|secret| secret.span.start);
        for secret in secrets {
            if secret.text.is_empty() || secret.text == TOKEN_MARKER || is_reference(&secret.text) {
                continue;
            }
            let line = out.line(secret.span.start);
            let public = user.filter(|user| token.is_none() && user.text != secret.text);
            out.push(KeyedCredential {
                by_name: false,
                span: secret.span.clone(),
                secret: secret.text.clone(),
                kind: CredentialKind::Url,
                rule: None,
                context: Context {
                    key: None,
                    host: self.host.as_ref().map(|host| shown(&host.text)),
                    user: public.map(|user| shown(&user.text)),
                },
                repair: Some(by_hand(format!(
                    "Remove the account from line {line} of {}.",
                    shown(hint.path)
                ))),
                encoding: Vec::new(),
            });
        }
    }
}

/// One word of the file.
struct NetrcWord {
    /// Its bytes in the file, without quotes.
    span: Range<usize>,
    /// Its text without escapes.
    text: Vec<u8>,
}

/// Splits the file into words.
struct NetrcWords<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl NetrcWords<'_> {
    /// The next word outside comments.
    fn keyword(&mut self) -> Option<NetrcWord> {
        loop {
            self.skip_blanks();
            if *self.bytes.get(self.position)? != b'#' {
                return self.value();
            }
            self.skip_line();
        }
    }

    /// The next word: to the next blank, or in double quotes, where `\` takes the next byte.
    fn value(&mut self) -> Option<NetrcWord> {
        self.skip_blanks();
        let quoted = *self.bytes.get(self.position)? == b'"';
        let start = self.position + usize::from(quoted);
        let mut text = Vec::new();
        let mut end = start;
        while let Some(&byte) = self.bytes.get(end) {
            match byte {
                b'"' | b'\n' if quoted => break,
                b'\\' if quoted && self.bytes.get(end + 1).is_some_and(|&b| b != b'\n') => {
                    end += 1;
                    text.push(match self.bytes[end] {
                        b'n' => b'\n',
                        b'r' => b'\r',
                        b't' => b'\t',
                        byte => byte,
                    });
                }
                _ if !quoted && byte.is_ascii_whitespace() => break,
                _ => text.push(byte),
            }
            end += 1;
        }
        let closed = quoted && self.bytes.get(end) == Some(&b'"');
        self.position = end + usize::from(closed);
        Some(NetrcWord {
            span: start..end,
            text,
        })
    }

    /// Skips the body of a macro: to an empty line.
    fn skip_macro(&mut self) {
        self.skip_line();
        while self.position < self.bytes.len() {
            let start = self.position;
            self.skip_line();
            if self.bytes[start..self.position].trim_ascii().is_empty() {
                return;
            }
        }
    }

    fn skip_line(&mut self) {
        self.position = memchr::memchr(b'\n', &self.bytes[self.position..])
            .map_or(self.bytes.len(), |length| self.position + length + 1);
    }

    fn skip_blanks(&mut self) {
        while self
            .bytes
            .get(self.position)
            .is_some_and(u8::is_ascii_whitespace)
        {
            self.position += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::values::collect;
    use super::*;

    fn found(file: &str) -> Vec<(String, Option<String>, Option<String>)> {
        let hint = Hint {
            path: b"home/.netrc",
            ..Hint::default()
        };
        collect(hint, file.as_bytes())
            .unwrap()
            .into_iter()
            .map(|value| {
                let secret = String::from_utf8(value.secret).unwrap();
                (secret, value.context.host, value.context.user)
            })
            .collect()
    }

    fn entry(
        secret: &str,
        host: Option<&str>,
        user: Option<&str>,
    ) -> (String, Option<String>, Option<String>) {
        (
            secret.to_owned(),
            host.map(str::to_owned),
            user.map(str::to_owned),
        )
    }

    #[test]
    fn reads_what_curl_reads() {
        let file = "# machine c login c password c\n\
            machine gitlab.example login oauth2 password hunter2\n\
            machine b.example\r\n\tpassword p#2 # password no\r\n\taccount x\r\n\tlogin bob\r\n\
            machine c.example login \"a b\" password \"p\\\"q \\\\\" \n\
            macdef init\ncd /x\npassword no\n\n\
            machine d.example login d\n\
            machine e.example login e password $TOKEN\n\
            default login anonymous password guest@";
        assert_eq!(
            found(file),
            [
                entry("hunter2", Some("gitlab.example"), Some("oauth2")),
                entry("p#2", Some("b.example"), Some("bob")),
                entry("p\"q \\", Some("c.example"), Some("a b")),
                entry("guest@", None, Some("anonymous")),
            ]
        );
    }

    #[test]
    fn a_login_may_be_the_token() {
        let token = format!("{}{}", "glpat-", "A1b2C3d4E5f6G7h8J9k1");
        let file = format!("machine h login {token} password x-oauth-basic");
        assert_eq!(found(&file), [entry(&token, Some("h"), None)]);
    }

    #[test]
    fn odd_files_are_read_to_the_end() {
        for file in [
            "password",
            "machine",
            "macdef",
            "macdef x",
            "password \"",
            "login \"\\",
            "\0",
            "password \"x\ny",
        ] {
            let _ = found(file);
        }
        assert_eq!(found("password \"x\ny"), [entry("x", None, None)]);
        assert_eq!(found(&"password ".repeat(100_001)).len(), 50_000);
    }
}
