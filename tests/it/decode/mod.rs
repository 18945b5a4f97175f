//! Encoded tokens are found at their positions, and the finding lists the encodings.

mod charsets;
mod hexadecimal;
mod wide;

use std::ops::Range;
use std::sync::LazyLock;

use crate::support::encoders::{CHOICES, ESCAPES, base64, base64url, escaped, hex, utf16, wrapped};
use crate::support::engine::{self, detector};
use crate::support::tokens::{Rng, Shape, all_shapes};
use tokensweep::detect::Detector;
use tokensweep::model::{Confidence, Finding, Position};

fn findings(text: &[u8]) -> Vec<Finding> {
    static DETECTOR: LazyLock<Detector> = LazyLock::new(detector);
    engine::findings(&DETECTOR, text)
}

/// The position of a byte of ASCII text.
fn position(text: &[u8], at: usize) -> Position {
    let line = 1 + text[..at].iter().filter(|&&b| b == b'\n').count();
    let start = text[..at]
        .iter()
        .rposition(|&b| b == b'\n')
        .map_or(0, |i| i + 1);
    Position {
        line: line as u64,
        column: (at - start + 1) as u64,
    }
}

/// The one finding in `text` must be `token`, at `span`, wrapped in `encoding`.
fn check(
    what: &str,
    text: &[u8],
    shape: &Shape,
    token: &str,
    span: &Range<usize>,
    encoding: &[&str],
) {
    let shown = String::from_utf8_lossy(text);
    let found = findings(text);
    assert_eq!(
        found.len(),
        1,
        "{what}, {}: {found:#?} in {shown}",
        shape.name
    );
    let finding = &found[0];
    let secret = &token[shape.label.len()..];
    assert_eq!(
        finding.secret.reveal(),
        secret.as_bytes(),
        "{what}, {}: {shown}",
        shape.name
    );
    assert_eq!(
        finding.rule_id.as_str(),
        shape.rule,
        "{what}, {}: {shown}",
        shape.name
    );
    assert_eq!(
        finding.encoding, encoding,
        "{what}, {}: {shown}",
        shape.name
    );
    assert_eq!(
        finding.location.start,
        position(text, span.start),
        "{what}, {}: {shown}",
        shape.name
    );
    assert_eq!(
        finding.location.end,
        position(text, span.end),
        "{what}, {}: {shown}",
        shape.name
    );
}

/// Every shape with a token of it.
fn tokens() -> Vec<(Shape, String)> {
    let mut rng = Rng::new(11);
    all_shapes()
        .into_iter()
        .map(|shape| {
            let token = shape.generate(&mut rng);
            (shape, token)
        })
        .collect()
}

/// The range in the base64 of a text that encodes its bytes `inner`.
fn in_base64(inner: &Range<usize>) -> Range<usize> {
    let start = inner.start / 3 * 4 + inner.start % 3;
    let last = inner.end - 1;
    start..last / 3 * 4 + last % 3 + 2
}

/// The secret in `before` + token + ….
fn secret_in(before: usize, shape: &Shape, token: &str) -> Range<usize> {
    before + shape.label.len()..before + token.len()
}

#[test]
fn base64_in_every_alignment() {
    for (shape, token) in tokens() {
        for user in [
            "",
            "a:",
            "ab:",
            "oauth2:",
            "gitlab-ci-token:",
            "user name = '",
        ] {
            for (tail, url) in [
                ("", false),
                ("\n", false),
                (" # comment", true),
                ("'\n}\n", true),
            ] {
                let content = format!("{user}{token}{tail}");
                let encode = if url { base64url } else { base64 };
                let code = encode(content.as_bytes());
                // The name depends on which digits happen to occur.
                let is_url = code.iter().any(|b| b"-_".contains(b));
                let text = [b"auth: \"", &code[..], b"\"\n"].concat();
                let span = in_base64(&secret_in(user.len(), &shape, &token));
                let encoding = if is_url { "base64url" } else { "base64" };
                check(
                    "base64",
                    &text,
                    &shape,
                    &token,
                    &(span.start + 7..span.end + 7),
                    &[encoding],
                );
            }
        }
    }
}

#[test]
fn base64_in_lines() {
    for (shape, token) in tokens() {
        for before in 0..9 {
            // The search literal is the first base64 digits of the keyword, so no line break may be among them.
            let content = format!(
                "{}{token}\nmore text follows, as much as another line\n",
                "key = value\n".repeat(before)
            );
            for (width, indent) in [(76, ""), (64, "    "), (60, "\t")] {
                let code = wrapped(&base64(content.as_bytes()), width, indent);
                let text = [b"data: |\n", &code[..], b"\n"].concat();
                let inner = in_base64(&secret_in(12 * before, &shape, &token));
                let fragment = inner.start % width;
                if fragment + 12 + shape.label.len() * 2 > width {
                    continue;
                }
                let place = |i: usize| 8 + i + i / width * (1 + indent.len()) + indent.len();
                let span = place(inner.start)..place(inner.end - 1) + 1;
                check("base64 in lines", &text, &shape, &token, &span, &["base64"]);
            }
        }
    }
}

/// The characters next to the encoded text may belong to the alphabet of base64.
#[test]
fn base64_that_touches_something() {
    for (shape, token) in tokens() {
        let code = base64(token.as_bytes());
        let code = code
            .strip_suffix(b"==")
            .or(code.strip_suffix(b"="))
            .unwrap_or(&code);
        let inner = in_base64(&secret_in(0, &shape, &token));
        for (before, after) in [
            ("key/", ""),
            ("a/b/", ""),
            ("token=", "&x=y"),
            ("x\n", "\ny: z"),
            ("Basic ", "\""),
            ("<b>", "</b>"),
            ("\\n", "\\n"),
        ] {
            let text = [before.as_bytes(), code, after.as_bytes()].concat();
            let span = before.len() + inner.start..before.len() + inner.end;
            check(
                &format!("{before:?} before base64"),
                &text,
                &shape,
                &token,
                &span,
                &["base64"],
            );
        }
    }
}

#[test]
fn escapes_of_every_kind() {
    for (shape, token) in tokens() {
        for escape in ESCAPES {
            for (name, choice) in CHOICES {
                let code = escaped(token.as_bytes(), escape, *choice);
                // A GitLab prefix is found with any of its letters escaped, others by their unescaped first
                // letters or with every letter escaped.
                let is_even = ["braces", "long escape", "HTML decimal"].contains(&escape.0);
                let some = *name != "last" && (*name != "all" || is_even);
                if code == token.as_bytes() || some && !shape.prefix.starts_with("gl") {
                    continue;
                }
                let before = escaped(shape.label.as_bytes(), escape, *choice).len();
                let text = [b"{\n  \"token\": \"", &code[..], b"\"\n}\n"].concat();
                let secret = escaped(token.as_bytes(), escape, *choice);
                // Nothing of the secret itself is escaped: then it is plain.
                let plain = secret.ends_with(&token.as_bytes()[shape.label.len()..]);
                let encoding: &[&str] = if plain { &[] } else { &[escape.1] };
                let what = format!("{}, {name}", escape.0);
                check(
                    &what,
                    &text,
                    &shape,
                    &token,
                    &(14 + before..14 + code.len()),
                    encoding,
                );
            }
        }
    }
}

#[test]
fn escapes_of_punctuation() {
    for (shape, token) in tokens()
        .into_iter()
        .filter(|(shape, _)| shape.prefix.ends_with('-'))
    {
        let ways: [(&str, &str); 12] = [
            ("\\-", "backslash"),
            ("\\\\u002d", "backslash"),
            ("%252D", "percent"),
            ("&hyphen;", "html"),
            ("&dash;", "html"),
            ("&amp;#45;", "html"),
            ("=2D", "quoted-printable"),
            ("\\x2D", "backslash"),
            ("\\55", "backslash"),
            ("&#0045;", "html"),
            ("\\u{2d}", "backslash"),
            ("%2d", "percent"),
        ];
        for (way, name) in ways {
            let code = token.replace('-', way);
            let text = format!("x: '{code}';\n");
            let twice =
                way.starts_with("\\\\") || way.starts_with("%25") || way.starts_with("&amp;");
            let encoding = vec![name; if twice { 2 } else { 1 }];
            check(
                way,
                text.as_bytes(),
                &shape,
                &token,
                &(4..4 + code.len()),
                &encoding,
            );
        }
        // A line broken as in mail, and as in a shell.
        for (way, name) in [
            ("=\n", "quoted-printable"),
            ("=\r\n", "quoted-printable"),
            ("\\\n", "backslash"),
        ] {
            let middle = shape.prefix.len() + 9;
            let code = format!("{}{way}{}", &token[..middle], &token[middle..]);
            let text = format!("x: '{code}';\n");
            check(
                way,
                text.as_bytes(),
                &shape,
                &token,
                &(4..4 + code.len()),
                &[name],
            );
        }
    }
}

#[test]
fn one_in_another() {
    let percent = &ESCAPES[0];
    let json = &ESCAPES[2];
    let punctuation = CHOICES[1].1;
    let all = CHOICES[0].1;
    for (shape, token) in tokens() {
        let token_bytes = token.as_bytes();
        let twice = |inner: &[u8]| base64(&[b"{\"a\": \"", inner, b"\"}"].concat());
        let pair = format!("user:{token}");
        let cases: Vec<(Vec<u8>, Vec<&str>)> = vec![
            (
                base64(&escaped(token_bytes, percent, punctuation)),
                vec!["base64", "percent"],
            ),
            (
                base64(&escaped(pair.as_bytes(), json, punctuation)),
                vec!["base64", "backslash"],
            ),
            (
                escaped(
                    &escaped(token_bytes, percent, punctuation),
                    percent,
                    |_, b| b == b'%',
                ),
                vec!["percent", "percent"],
            ),
            (
                escaped(&escaped(token_bytes, percent, all), json, |_, b| b == b'%'),
                vec!["backslash", "percent"],
            ),
            (
                escaped(&escaped(token_bytes, json, punctuation), json, |_, b| {
                    b == b'\\'
                }),
                vec!["backslash", "backslash"],
            ),
            (
                base64(&utf16(&format!("echo {token}\r\n"), false)),
                vec!["base64", "utf-16le"],
            ),
            (base64(&base64(token_bytes)), vec!["base64", "base64"]),
            (twice(&base64(pair.as_bytes())), vec!["base64", "base64"]),
            (hex(&base64(pair.as_bytes())), vec!["hex", "base64"]),
            (twice(&hex(pair.as_bytes())), vec!["base64", "hex"]),
            (
                twice(&base64(&base64(token_bytes))),
                vec!["base64", "base64", "base64"],
            ),
        ];
        for (code, encoding) in cases {
            let text = [b"value = '", &code[..], b"'\n"].concat();
            let found = findings(&text);
            let shown = String::from_utf8_lossy(&text);
            assert_eq!(
                found.len(),
                1,
                "{}, {encoding:?}: {found:#?} in {shown}",
                shape.name
            );
            let secret = &token_bytes[shape.label.len()..];
            assert_eq!(found[0].secret.reveal(), secret, "{shown}");
            // Otherwise the name may be escaped and the secret unescaped.
            if shape.label.is_empty() {
                assert_eq!(found[0].encoding, encoding, "{shown}");
            }
            assert_eq!(found[0].location.start.line, 1);
        }
        // Base64 whose padding and digits are escaped.
        let code = base64(format!("??>>??{token}~~?>").as_bytes());
        let text = [b"?auth=", &escaped(&code, percent, punctuation)[..], b"&x"].concat();
        let found = findings(&text);
        assert_eq!(
            found.len(),
            1,
            "{}: {}",
            shape.name,
            String::from_utf8_lossy(&text)
        );
        let secret = &token_bytes[shape.label.len()..];
        assert_eq!(found[0].secret.reveal(), secret);
    }
}

/// A token-like run inside binary data is not a token.
#[test]
fn ignores_a_token_inside_noise() {
    let (_, token) = tokens().swap_remove(0);
    for phase in 0..3 {
        let noise = [0x91, 0xc3, 0x28, 0x00, 0xff, 0x9c, 0x80, 0x01, 0x8f];
        let content = [&noise[phase..], token.as_bytes(), &noise].concat();
        let text = [b"x = '", &base64(&content)[..], b"'"].concat();
        let loud: Vec<Finding> = findings(&text)
            .into_iter()
            .filter(|f| f.confidence >= Confidence::Medium)
            .collect();
        assert!(loud.is_empty(), "{loud:#?}");
    }
}

#[test]
fn ignores_longer_runs_in_any_encoding() {
    let (shape, token) = tokens().swap_remove(0);
    assert!(shape.prefix == "glpat-");
    for longer in [
        format!("{token}abcdef"),
        format!("{}{token}", "abcdef".repeat(8)),
    ] {
        for code in [
            base64(longer.as_bytes()),
            escaped(longer.as_bytes(), &ESCAPES[0], CHOICES[1].1),
            hex(longer.as_bytes()),
        ] {
            let text = [b"x = '", &code[..], b"'"].concat();
            assert!(
                findings(&text).is_empty(),
                "{}",
                String::from_utf8_lossy(&text)
            );
        }
    }
}

/// The text of a layer may be truncated.
#[test]
fn a_layer_that_ends_within_its_trigger() {
    for text in [
        &b"ZwBsA"[..],
        b"ZwBsAHAAYQ",
        b"WjJ4",
        b"cAbA",
        b"AGcAb",
        b"Z2x",
        b"6c6",
        b"g\0l",
    ] {
        for end in 0..=text.len() {
            assert!(findings(&text[..end]).is_empty());
            assert!(findings(&[b"='", &text[..end]].concat()).is_empty());
        }
    }
}

/// The line in which something seems to begin may turn out to be no base64.
#[test]
fn a_line_that_is_dropped_with_its_trigger() {
    let texts = [
        [
            "iqLL3YtJTnsDqlVy2CojHOuhUBKWaWUnstk2Eth8\npnPf2tTEbr4ngPiDdob1tWzFvk6kdWcK",
            "o9XWXvHhbC-9JfGV4DGj3Zi7p-7Y3aNdJ-GM31duxfYLr4ZqKugCeHPlDMpyFXPlQziN.",
        ],
        // Also with the text before it.
        [
            "WbteANAZ8ryx7FQAqigf54pHvOrb82PlghpsKH_F\n\n",
            "B1ZCIbt9c_-FhbZI40HtIr8LQDWVkc1tCf.",
        ],
    ];
    for text in texts.map(|parts| parts.concat()) {
        for end in 0..=text.len() {
            assert!(findings(&text.as_bytes()[..end]).is_empty());
        }
    }
}
