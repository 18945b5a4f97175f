//! Encoded tokens are found at their positions, and the finding lists the encodings.

mod charsets;

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::support::encoders::{CHOICES, ESCAPES, base64, base64url, escaped, hex, utf16, wrapped};
use crate::support::tokens::{Rng, Shape, all_shapes};
use proptest::prelude::*;
use tokensweep::detect::{DetectOptions, Detector, Scratch};
use tokensweep::model::{Blob, BlobPath, Confidence, Finding, Hint, Origin, Position};
use tokensweep::rule::RuleSet;

fn detector(window: usize) -> Detector {
    let options = DetectOptions {
        now: Some(1_750_000_000),
        window,
        ..DetectOptions::default()
    };
    Detector::new(Arc::new(RuleSet::builtin()), &options).unwrap()
}

fn findings(text: &[u8]) -> Vec<Finding> {
    static DETECTOR: OnceLock<Detector> = OnceLock::new();
    let origin = Origin::file(BlobPath::from_bytes(*b"blob"), "blob".into());
    let detections = DETECTOR
        .get_or_init(|| detector(256 << 10))
        .scan_bytes(text, &origin);
    detections
        .into_iter()
        .map(|detection| detection.finding)
        .collect()
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
fn hexadecimal() {
    for (shape, token) in tokens() {
        for (user, tail) in [("", ""), ("user:", "\n"), ("x", "'")] {
            let user = if user == "x" { "x " } else { user };
            let code = hex(format!("{user}{token}{tail}").as_bytes());
            for upper in [false, true] {
                let code = if upper {
                    code.to_ascii_uppercase()
                } else {
                    code.clone()
                };
                let text = [b"key = 0x", &code[..], b"\n"].concat();
                let start = user.len() + shape.label.len();
                let span = 8 + 2 * start..8 + 2 * (user.len() + token.len());
                check("hex", &text, &shape, &token, &span, &["hex"]);
            }
        }
    }
}

/// The beginning of an array, before the first byte of the token, may be cut off.
#[test]
fn an_array_whose_beginning_is_cut() {
    let (_, token) = tokens().swap_remove(0);
    let array: String = token
        .bytes()
        .map(|byte| format!("0x{byte:02x}, "))
        .collect();
    for front in ["x67, ", "67, ", "7, ", ", ", "0x", "x"] {
        let text = format!("{front}{array}");
        assert_eq!(findings(text.as_bytes()).len(), 1, "{text}");
    }
}

/// Each byte apart: fingerprints, dumps, arrays in source code.
#[test]
fn hexadecimal_apart() {
    for (shape, token) in tokens() {
        for (before, between, width) in [
            ("", ":", 64),
            ("", " ", 64),
            ("", " ", 16),
            ("", "-", 64),
            ("0x", ", ", 64),
            ("0x", ",", 64),
            ("0x", ", ", 12),
            ("0X", ",", 8),
        ] {
            let pairs: Vec<String> = format!("user:{token}\n")
                .bytes()
                .map(|byte| format!("{before}{byte:02x}"))
                .collect();
            let lines: Vec<String> = pairs.chunks(width).map(|line| line.join(between)).collect();
            let gap = format!("{}\n    ", between.trim_end());
            let text = format!("value = {{ {} }};\n", lines.join(&gap));
            let found = findings(text.as_bytes());
            assert_eq!(found.len(), 1, "{}: {found:#?} in {text}", shape.name);
            let secret = &token.as_bytes()[shape.label.len()..];
            assert_eq!(found[0].secret.reveal(), secret, "{text}");
            assert_eq!(found[0].rule_id.as_str(), shape.rule, "{text}");
            assert_eq!(found[0].encoding, ["hex"], "{text}");
        }
    }
}

#[test]
fn files_in_utf_16() {
    for (shape, token) in tokens() {
        for big in [false, true] {
            for mark in ["\u{feff}", ""] {
                let name = if big { "utf-16be" } else { "utf-16le" };
                let text = format!("größe: 1\r\ntoken = \"{token}\"\r\n");
                let found = findings(&utf16(&format!("{mark}{text}"), big));
                assert_eq!(found.len(), 1, "{}: {found:#?}", shape.name);
                assert_eq!(found[0].encoding, [name]);
                assert_eq!(
                    found[0].secret.reveal(),
                    &token.as_bytes()[shape.label.len()..]
                );
                let column = 10 + shape.label.len() as u64;
                assert_eq!(found[0].location.start, Position { line: 2, column });
                // A layer within.
                let code = base64(format!("u:{token}").as_bytes());
                let code = String::from_utf8(code).unwrap();
                let found = findings(&utf16(&format!("{mark}auth: {code}\r\n"), big));
                assert_eq!(found.len(), 1, "{}: {found:#?}", shape.name);
                assert_eq!(found[0].encoding, [name, "base64"]);
                let column = 7 + in_base64(&secret_in(2, &shape, &token)).start as u64;
                assert_eq!(found[0].location.start, Position { line: 1, column });
            }
        }
    }
}

/// A program without support for UTF-16 has appended lines to a UTF-16 log.
#[test]
fn plain_lines_in_a_file_in_utf_16() {
    let (shape, token) = tokens().swap_remove(0);
    for big in [false, true] {
        for filler in ["", "x"] {
            let mut text = utf16("\u{feff}first line\r\n", big);
            text.extend_from_slice(format!("appended line{filler} {token}\r\n").as_bytes());
            text.extend(utf16(&format!("last line {token}\r\n"), big));
            let found = findings(&text);
            assert_eq!(found.len(), 2, "{}: {found:#?}", shape.name);
            assert_eq!(found[0].location.start.line, 2);
            assert_eq!(
                found[1].location.start,
                Position {
                    line: 3,
                    column: 11
                }
            );
        }
    }
}

#[test]
fn utf_16_in_other_bytes() {
    for (shape, token) in tokens() {
        for big in [false, true] {
            for before in [
                &b"\x7fELF\x02\x01\x01\x00\xff\xff"[..],
                b"plain text, then \xff\xff\xff",
            ] {
                let code = utf16(&format!("url={token}"), big);
                let mut text = before.to_vec();
                if before.len() % 2 == 1 {
                    text.push(0xff);
                }
                text.extend(code);
                text.extend(b"\xff\xff\xff\xff");
                let found = findings(&text);
                assert_eq!(found.len(), 1, "{}: {found:#?}", shape.name);
                assert_eq!(
                    found[0].encoding,
                    [if big { "utf-16be" } else { "utf-16le" }]
                );
                let secret = &token.as_bytes()[shape.label.len()..];
                assert_eq!(found[0].secret.reveal(), secret);
            }
        }
    }
}

#[test]
fn a_byte_order_mark_of_utf_8_takes_no_column() {
    let (shape, token) = tokens().swap_remove(0);
    let text = format!("\u{feff}{token}\n{token}");
    let found = findings(text.as_bytes());
    assert_eq!(found.len(), 2, "{}", shape.name);
    assert_eq!(found[0].location.start, Position { line: 1, column: 1 });
    assert_eq!(found[1].location.start, Position { line: 2, column: 1 });
    assert!(found.iter().all(|finding| finding.encoding.is_empty()));
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

fn windowed(detector: &Detector, bytes: &[u8]) -> Vec<String> {
    let origin = Origin::file(BlobPath::from_bytes(*b"blob"), "blob".into());
    let mut content = bytes;
    let mut blob = Blob {
        hint: Hint {
            path: b"blob",
            ..Hint::default()
        },
        content: &mut content,
        origin: &|| origin.clone(),
    };
    let detected = detector.scan(&mut blob, &mut Scratch::default()).unwrap();
    assert_eq!(detected.bytes, bytes.len() as u64);
    detected
        .detections
        .into_iter()
        .map(|d| format!("{:?} {:?}", d.finding, d.line))
        .collect()
}

/// Text with an encoded token after each stretch of filler.
fn encoded_text(seed: u64, gaps: &[(usize, u8)]) -> Vec<u8> {
    let mut rng = Rng::new(seed);
    let shapes = all_shapes();
    let mut text = Vec::new();
    for &(gap, kind) in gaps {
        let filler: &[u8] = match kind % 4 {
            0 => b"lorem ipsum, dolor: sit amet\n",
            1 => b"Z2xwYXQtZ2xwYXQt",
            2 => b"\\u0067\\x67%67%6cglpat%2D",
            _ => b"https%3A%2F%2Fhost/path?a=b&amp;c=d@e\r\n",
        };
        text.extend(filler.iter().cycle().take(gap));
        text.extend_from_slice(if kind % 3 == 0 { b"\n" } else { b" = '" });
        let token = shapes[rng.below(shapes.len())].generate(&mut rng);
        let token = token.as_bytes();
        let escape = &ESCAPES[rng.below(ESCAPES.len())];
        let choice = CHOICES[rng.below(CHOICES.len())].1;
        text.extend(match kind / 4 % 6 {
            0 => base64(token),
            1 => wrapped(
                &base64(
                    &[
                        b"some user name:",
                        token,
                        b"\nmore of it, to be longer than a line",
                    ]
                    .concat(),
                ),
                64,
                "  ",
            ),
            2 => escaped(token, escape, choice),
            3 => hex(token),
            4 => base64(&escaped(token, escape, choice)),
            _ => base64(&utf16(&String::from_utf8_lossy(token), false)),
        });
        text.extend_from_slice(if kind % 2 == 0 { b"'" } else { b"\n" });
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: crate::support::cases(8, 64), ..ProptestConfig::default() })]

    #[test]
    fn windows_find_the_same_as_the_whole(
        seed: u64,
        gaps in proptest::collection::vec((0usize..30_000, any::<u8>()), 1..12),
    ) {
        let text = encoded_text(seed, &gaps);
        let whole = windowed(&detector(16 << 20), &text);
        prop_assert_eq!(&whole, &windowed(&detector(1), &text));
        prop_assert_eq!(&whole, &windowed(&detector(64 << 10), &text));
    }

    /// Nothing that comes in may stop the program.
    #[test]
    fn any_bytes_are_read_to_their_end(
        pieces in proptest::collection::vec(
            prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..8),
                proptest::sample::select(vec![
                    &b"Z2xwYXQt"[..], b"dscGF0L", b"nbHBhdC", b"g\0l\0p\0a\0t\0", b"676c706174", b"ZwBsAHAAYQB0A",
                    b"%67%6c", b"\\x67", b"\\u0067", b"\\u{", b"&#x67;", b"&#103;", b"glpat\\", b"glpat%", b"glpat&", b"glpat=",
                    b"%25", b"%2D", b"\\\\", b"\\u002d", b"=\n", b"\n", b"====", b"\xff\xfe", b"\xef\xbb\xbf", b"\0", b"://", b"%3A%2F%2F", b":\\/\\/",
                ]).prop_map(<[u8]>::to_vec),
                "[A-Za-z0-9+/_-]{0,90}".prop_map(String::into_bytes),
            ],
            0..40,
        )
    ) {
        let text = pieces.concat();
        prop_assert_eq!(windowed(&detector(1), &text), windowed(&detector(16 << 20), &text));
    }
}
