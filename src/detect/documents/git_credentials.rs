//! Git's credential store: one URL with user and password a line (git-credential-store(1)).

use super::repair::{by_command, by_hand, command_line, shown};
use super::url::{Url, percent_decode, urls};
use super::{CredentialKind, KeyedCredential, Values};
use crate::model::{Context, Hint, Remediation};

/// Reports the accounts of a file.
pub(super) fn values(hint: Hint<'_>, bytes: &[u8], out: &mut Values<'_>) {
    for url in urls(bytes) {
        for span in url.secrets(bytes) {
            let line = out.line(span.start);
            out.push(KeyedCredential {
                by_name: false,
                secret: bytes[span.clone()].to_vec(),
                repair: Some(repair(hint, &url, bytes, line)),
                span,
                kind: CredentialKind::Url,
                rule: None,
                context: Context {
                    key: None,
                    host: Some(shown(&bytes[url.host.clone()])),
                    user: url.user(bytes).map(|user| shown(&user)),
                },
                encoding: Vec::new(),
            });
        }
    }
}

/// The store takes the account to forget on its standard input.
fn repair(hint: Hint<'_>, url: &Url, bytes: &[u8], line: u64) -> Remediation {
    let erase = || {
        let user = url.user(bytes)?;
        let protocol = &bytes[url.scheme.clone()];
        let host = &bytes[url.host.start..url.port.end];
        let host = percent_decode(host);
        // printf would act on the rest.
        let plain = |text: &[u8]| {
            !text.is_empty()
                && text.len() <= 256
                && text
                    .iter()
                    .all(|b| b.is_ascii_alphanumeric() || b"._:@+-[]~".contains(b))
        };
        if ![protocol, &host, &user].into_iter().all(plain) {
            return None;
        }
        let account = [
            b"protocol=",
            protocol,
            b"\\nhost=",
            &host,
            b"\\nusername=",
            &user,
            b"\\n",
        ]
        .concat();
        let printf = command_line([b"printf", account.as_slice()])?;
        let store = command_line([
            &b"git"[..],
            b"credential-store",
            b"--file",
            hint.path,
            b"erase",
        ])?;
        Some(format!("{printf} | {store}"))
    };
    match erase() {
        Some(command) => by_command("Remove the account from the credential store.", command),
        None => by_hand(format!("Remove line {line} of {}.", shown(hint.path))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::values::collect;
    use super::*;

    #[test]
    fn each_line_is_an_account() {
        let token = format!("{}{}", "glpat-", "A1b2C3d4E5f6G7h8J9k1");
        let file = format!(
            "https://oauth2:{token}@gitlab.example\r\n\nhttp://gitlab%2Bdeploy-token-1:hunter2@h%3a8080\n\
             https://nobody@h\nhttps://{token}:@h\nnot a url\n"
        );
        let hint = Hint {
            path: b"home/.git-credentials",
            ..Hint::default()
        };
        let out = collect(hint, file.as_bytes()).unwrap();
        let secrets: Vec<_> = out.iter().map(|value| value.secret.as_slice()).collect();
        assert_eq!(secrets, [token.as_bytes(), b"hunter2", token.as_bytes()]);
        for value in &out {
            assert_eq!(&file.as_bytes()[value.span.clone()], value.secret);
        }
        let repairs: Vec<_> = out
            .iter()
            .map(|value| value.repair.as_ref().unwrap())
            .collect();
        assert_eq!(
            repairs[0].command.as_deref().unwrap(),
            r"printf 'protocol=https\nhost=gitlab.example\nusername=oauth2\n' | git credential-store --file home/.git-credentials erase"
        );
        assert_eq!(
            out[1].context.user.as_deref(),
            Some("gitlab+deploy-token-1")
        );
        assert_eq!(out[2].context.user, None);
        assert_eq!(repairs[2].action, "Remove line 5 of home/.git-credentials.");
    }

    #[test]
    fn applies_where_git_keeps_a_store() {
        for (path, expected) in [
            (".git-credentials", true),
            ("u/.config/git/credentials", true),
            ("p/.git/credentials", true),
            ("u/.aws/credentials", false),
            ("credentials", false),
        ] {
            let path = path.as_bytes();
            let hint = Hint {
                path,
                ..Hint::default()
            };
            assert_eq!(collect(hint, b"").is_some(), expected);
        }
    }
}
