//! Variables without braces: `$X`, `$env:X`, `%X%`, `@X@`, `__X__`, `!X!`.

use super::name_len;

/// Returns true for a value that is a variable, or starts with one.
pub(super) fn is_variable(text: &[u8]) -> bool {
    is_dollar(text) || is_enclosed(text) || is_symfony(text) || ends_with_constant(text)
}

/// Returns true for `%env(X)%` of Symfony, with processors before the name (`%env(json:X)%`).
fn is_symfony(text: &[u8]) -> bool {
    text.strip_prefix(b"%env(")
        .and_then(|rest| rest.strip_suffix(b")%"))
        .is_some_and(|name| {
            !name.is_empty()
                && name
                    .iter()
                    .all(|&byte| super::is_name(byte) || byte == b':' || byte == b'.')
        })
}

/// True for `$X`, `$$X`, `$1`, `$@`, `$env:X`, `$x.y`, `$x->y`, `$x['y']`, several in a row, and for
/// `$X-suffix` where `X` is all capitals.
fn is_dollar(mut text: &[u8]) -> bool {
    loop {
        let Some(rest) = after_dollars(text) else {
            return false;
        };
        if let [b'0'..=b'9' | b'@' | b'*' | b'#' | b'?' | b'!' | b'$'] = rest {
            return true;
        }
        let name = name_len(rest);
        let Some((name, mut rest)) = rest.split_at_checked(name).filter(|_| name > 0) else {
            return false;
        };
        loop {
            let used = trailer_len(rest);
            rest = rest.get(used..).unwrap_or_default();
            if used == 0 {
                break;
            }
        }
        text = match rest {
            [] => return true,
            [b'-' | b'_' | b'.' | b'/' | b':' | b'@', more @ ..] => {
                if is_constant(name) && more.iter().all(u8::is_ascii_graphic) {
                    return true;
                }
                more
            }
            more => more,
        };
    }
}

fn after_dollars(text: &[u8]) -> Option<&[u8]> {
    let dollars = text.iter().take_while(|&&byte| byte == b'$').count();
    text.get(dollars..).filter(|_| (1..=4).contains(&dollars))
}

/// Returns the length of `.name`, `->name`, `::name`, `:name`, `?.name` or `[…]` at the start.
fn trailer_len(text: &[u8]) -> usize {
    for sign in ["->", "::", "?.", ".", ":"] {
        if let Some(rest) = text.strip_prefix(sign.as_bytes()) {
            return match name_len(rest) {
                0 => 0,
                name => sign.len() + name,
            };
        }
    }
    match text {
        [b'[', rest @ ..] => rest
            .iter()
            .position(|&byte| byte == b']')
            .map_or(0, |close| close + 2),
        _ => 0,
    }
}

/// True for a name that is unlikely in a password: two or more capitals.
fn is_constant(name: &[u8]) -> bool {
    name.len() >= 2
        && name
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
}

/// True for `token-$CI_JOB_TOKEN`: a name with a `_` in capitals at the end. Without the `_` it may
/// be the second half of a password.
fn ends_with_constant(text: &[u8]) -> bool {
    let Some(dollar) = text.iter().rposition(|&byte| byte == b'$') else {
        return false;
    };
    let name = text.get(dollar + 1..).unwrap_or_default();
    name_len(name) == name.len() && is_constant(name) && name.len() >= 4 && name.contains(&b'_')
}

/// True for a name between signs: `%X%`, `%%X%%`, `@X@`, `@@X@@`, `__X__`, `!X!`, `~X~`, `#X#`.
///
/// Single signs also decorate passwords (`!Summer2024!`), so between them only capitals count, and
/// between `%` and `@` also letters without a digit.
fn is_enclosed(text: &[u8]) -> bool {
    ["%%", "@@", "__", "##", "%", "@", "!", "#", "~"]
        .into_iter()
        .any(|sign| {
            let inner = text
                .strip_prefix(sign.as_bytes())
                .and_then(|rest| rest.strip_suffix(sign.as_bytes()))
                .unwrap_or_default();
            let length = name_len(inner);
            let Some((name, rest)) = inner.split_at_checked(length).filter(|_| length > 0) else {
                return false;
            };
            let plain = sign.len() == 2
                || is_constant(name)
                || (matches!(sign, "%" | "@") && !inner.iter().any(u8::is_ascii_digit));
            // Batch cuts values: `%X:~0,8%`; Maven has paths: `@gitlab.token@`.
            plain && matches!(rest.first(), None | Some(b'.' | b':' | b'-'))
        })
}
