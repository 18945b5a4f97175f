//! The form of a CI/CD job token.

/// Returns true if `value` has the form of a job token: the prefix `glcbt-`, possibly after that of an
/// instance, then a partition and twenty characters, or a JSON Web Token.
///
/// The configuration of a pipeline can set the variable `CI_JOB_TOKEN`, so only tokens that expire with a job
/// may be suppressed because of it.
pub(super) fn is_job_token(value: &[u8]) -> bool {
    let is_word = |text: &[u8]| {
        text.iter()
            .all(|&byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    let Some(at) = memchr::memmem::find(value, b"glcbt-") else {
        return false;
    };
    let (instance, rest) = value.split_at(at);
    if !is_word(instance) || instance.len() > MAX_INSTANCE_PREFIX {
        return false;
    }
    let body = rest.get(b"glcbt-".len()..).unwrap_or_default();
    let is_body = |body: &[u8]| {
        let parts: Vec<&[u8]> = body.split(|&byte| byte == b'.').collect();
        match parts.as_slice() {
            [plain] => plain.len() == 20 && is_word(plain),
            [header, claims, signature] => {
                header.starts_with(b"eyJ")
                    && claims.starts_with(b"eyJ")
                    && signature.len() >= 16
                    && parts.iter().all(|part| is_word(part))
            }
            _ => false,
        }
    };
    let partition = body
        .iter()
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    let is_partitioned = (1..=5).contains(&partition)
        && body.get(partition) == Some(&b'_')
        && body.get(partition + 1..).is_some_and(is_body);
    is_partitioned || is_body(body)
}

/// Maximum length of the prefix of an instance, in bytes.
const MAX_INSTANCE_PREFIX: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_job_tokens_and_nothing_else() {
        let short = ["x7WzN4smT9", "Pk2Dx2Rv8b"].concat();
        let jwt = format!("{0}aaaaaaaaaa.{0}bbbbbbbbbb.{short}", "eyJ");
        for (prefix, body) in [
            ("glcbt-", short.as_str()),
            ("glcbt-", &format!("64_{short}")),
            ("glcbt-", &jwt),
            ("glcbt-", &format!("1_{jwt}")),
            ("SIE-glcbt-", &short),
        ] {
            assert!(is_job_token([prefix, body].concat().as_bytes()), "{prefix}");
        }
        for (prefix, body) in [
            ("", ""),
            ("glcbt-", ""),
            ("glpat-", short.as_str()),
            ("", &jwt),
            ("glcbt-", "Tr0ub4dor"),
            ("https://u:glcbt-", &short),
            ("glcbt-", &format!("{short}\n")),
            ("glcbt-", &format!("{short}glpat-{short}")),
        ] {
            assert!(
                !is_job_token([prefix, body].concat().as_bytes()),
                "{prefix} {}",
                body.len()
            );
        }
    }
}
