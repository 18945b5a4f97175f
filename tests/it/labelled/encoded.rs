//! Encodings of leaked tokens, also nested, and the texts that contain them.

use tokensweep::rule::RuleSet;

use super::corpus::Corpus;
use super::kinds::Kind;

/// Bytes in another form, and for each byte of the input where its form begins.
type Encoded = (Vec<u8>, Vec<usize>);
type Encoder = fn(&[u8]) -> Encoded;

/// A place: the file contains `before`, the encoded form of `inside` with the token at `§`, and `after`.
struct Place {
    name: &'static str,
    path: &'static str,
    before: &'static str,
    inside: &'static str,
    after: &'static str,
    layers: &'static [Encoder],
}

const fn place(
    name: &'static str,
    path: &'static str,
    [before, inside, after]: [&'static str; 3],
    layers: &'static [Encoder],
) -> Place {
    Place {
        name,
        path,
        before,
        inside,
        after,
        layers,
    }
}

#[rustfmt::skip]
const PLACES: &[Place] = &[
    place("base64 of a Basic header", "enc/a#.sh", ["curl -H \"Authorization: Basic ", "oauth2:§", "\" https://h.corp.internal\n"], &[base64]),
    place("base64 of a Basic header of the job", "enc/b#.conf", ["[http]\n\textraHeader = Authorization: Basic ", "gitlab-ci-token:§", "\n"], &[base64]),
    place("base64 of a Basic header without a user", "enc/c#.http", ["Authorization: Basic ", ":§", "\r\n"], &[base64]),
    place("base64 alone", "enc/d#.txt", ["", "§", "\n"], &[base64]),
    place("base64 in a Kubernetes Secret", "enc/#/secret.yaml", ["apiVersion: v1\nkind: Secret\ndata:\n  key: ", "§", "\n  other: YWJj\n"], &[base64]),
    place("base64 with a newline inside", "enc/#/newline.yaml", ["kind: Secret\ndata:\n  key: ", "§\n", "\n"], &[base64]),
    place("docker auth", "enc/#/.docker/config.json", ["{\"auths\": {\"registry.corp.internal\": {\"auth\": \"", "gitlab+deploy-token-17:§", "\"}}}\n"], &[base64]),
    place("docker auth in a variable of CI", "enc/#/auth.gitlab-ci.yml", ["variables:\n  DOCKER_AUTH_CONFIG: '{\"auths\":{\"registry.corp.internal\":{\"auth\":\"", "bot:§", "\"}}}'\n"], &[base64]),
    place("npm _auth", "enc/#/.npmrc", ["//registry.corp.internal/:_auth=", "bot:§", "\n"], &[base64]),
    place("base64url in a query", "enc/e#.txt", ["https://h.corp.internal/cb?state=", "{\"t\":\"§\",\"n\":\"???>>>~~~\"}", "&x=1\n"], &[base64url]),
    place("base64 in lines of 76", "enc/f#.eml", ["Content-Transfer-Encoding: base64\r\n\r\n", "Dear all,\nsince some of you asked what to use for the nightly export, here it is once more: §\nPlease do not pass it on.\n", "\r\n--x--\r\n"], &[base64_lines]),
    place("base64 of a script", "enc/g#.yaml", ["user-data: ", "#!/bin/bash\nset -e\nexport TOKEN=§\n/opt/start\n", "\n"], &[base64]),
    place("base64 of JSON", "enc/h#.json", ["{\"blob\": \"", "{\"user\": \"a\", \"pass\": \"§\"}", "\"}\n"], &[base64]),
    place("base64 in a data URL", "enc/i#.html", ["<a href=\"data:text/plain;base64,", "key: §", "\">\n"], &[base64]),
    place("base64 in an environment dump", "enc/j#.bin", ["\u{1}\0\0KEY=", "x:§", "\0\0"], &[base64]),
    place("percent-encoded signs", "enc/k#.txt", ["https://h.corp.internal/?u=a&t=", "§", "&z=1\n"], &[percent_signs]),
    place("percent-encoded whole", "enc/l#.txt", ["q=", "§", ";\n"], &[percent_all]),
    place("percent-encoded URL in a URL", "enc/m#.log", ["GET /login?redirect=", "https://h.corp.internal/?private_token=§&a=b", " HTTP/1.1\n"], &[percent_url]),
    place("percent-encoded twice", "enc/n#.log", ["GET /a?r=", "§", "\n"], &[percent_signs, percent_signs]),
    place("JSON escapes of signs", "enc/o#.json", ["{\"key\": \"", "§", "\"}\n"], &[unicode_signs]),
    place("JSON escapes of all", "enc/p#.json", ["{\"key\": \"", "§", "\"}\n"], &[unicode_all]),
    place("JavaScript braces escapes", "enc/q#.js", ["var k = \"", "§", "\";\n"], &[braced_signs]),
    place("hex escapes of signs", "enc/r#.py", ["k = '", "§", "'\n"], &[slash_x_signs]),
    place("hex escapes of all", "enc/s#.sh", ["k=$'", "§", "'\n"], &[slash_x_all]),
    place("decimal entities", "enc/t#.html", ["<td>", "§", "</td>\n"], &[entity_signs]),
    place("hex entities", "enc/u#.xml", ["<key v=\"", "§", "\"/>\n"], &[hex_entity_signs]),
    place("decimal entities of all", "enc/v#.html", ["<td>", "§", "</td>\n"], &[entity_all]),
    place("hex", "enc/w#.txt", ["blob: ", "§", "\n"], &[hex]),
    place("hex in upper case", "enc/x#.txt", ["X'", "token=§", "'\n"], &[hex_upper]),
    place("hex of a configuration", "enc/y#.sql", ["INSERT INTO c VALUES (0x", "{\"a\":1,\"token\":\"§\"}", ");\n"], &[hex]),
    place("hex with colons", "enc/bk#.txt", ["fp=", "token=§\n", "\n"], &[hex_colons]),
    place("hex with blanks", "enc/bl#.txt", ["dump: ", "§", "\n"], &[hex_blanks]),
    place("an array of bytes", "enc/bm#.c", ["static const char k[] = { ", "key: §", " };\n"], &[hex_array]),
    place("an array of bytes without blanks", "enc/bn#.js", ["k=[", "§", "]\n"], &[hex_tight]),
    place("octal escapes of all", "enc/bo#.sh", ["k=$'", "§", "'\n"], &[octal_all]),
    place("base64 three times", "enc/bp#.txt", ["v=", "user:§", "\n"], &[base64, base64, base64]),
    place("base64 of hex digits apart", "enc/bq#.txt", ["v=", "§", "\n"], &[hex_blanks, base64]),
    place("base64 of base64", "enc/z#.yaml", ["kind: Secret\ndata:\n  .dockerconfigjson: ", "§", "\n"], &[docker_json, base64]),
    place("base64 twice", "enc/ba#.txt", ["v=", "user:§", "\n"], &[base64, base64]),
    place("base64 of percent", "enc/bb#.txt", ["v=", "a=1&k=§", "\n"], &[percent_signs, base64]),
    place("base64 of escapes", "enc/bc#.txt", ["v: ", "{\"k\":\"§\"}", "\n"], &[unicode_signs, base64]),
    place("percent of base64", "enc/bd#.txt", ["GET /?auth=Basic%20", "u:§", " \n"], &[base64, percent_base64]),
    place("base64 with escaped slashes", "enc/be#.json", ["{\"data\":\"", "???>>>:§???>>>", "\"}\n"], &[base64, slashed]),
    place("hex of base64", "enc/bf#.txt", ["v=", "u:§", "\n"], &[base64, hex]),
    place("base64 of hex", "enc/bg#.txt", ["v=", "§", "\n"], &[hex, base64]),
    place("PowerShell's encoded command", "enc/bh#.ps1", ["powershell -EncodedCommand ", "$t = '§'; Invoke-Thing", "\n"], &[utf16le, base64]),
    place("escapes in a string of JSON in JSON", "enc/bi#.json", ["{\"m\": \"{\\\"k\\\": \\\"", "§", "\\\"}\"}\n"], &[double_unicode_signs]),
    place("tight between letters of base64", "enc/bj#.txt", ["dG9rZW46", "§", "\n"], &[base64]),
];

/// Whole files in other character sets: name, path, text, mark in front, encoder.
#[rustfmt::skip]
const FILES: &[(&str, &str, &str, &[u8], Encoder)] = &[
    (
        "UTF-16 little-endian with a mark",
        "enc/ca#.txt",
        "first\r\nkey=§\r\nlast\r\n",
        b"\xff\xfe",
        utf16le,
    ),
    (
        "UTF-16 big-endian with a mark",
        "enc/cb#.txt",
        "first\nkey=\"§\"\n",
        b"\xfe\xff",
        utf16be,
    ),
    (
        "UTF-16 little-endian without a mark",
        "enc/cc#.reg",
        "[HKCU]\r\n\"t\"=\"§\"\r\n",
        b"",
        utf16le,
    ),
    (
        "UTF-16 big-endian without a mark",
        "enc/cd#.txt",
        "a\nb §\n",
        b"",
        utf16be,
    ),
    (
        "UTF-16 with other scripts",
        "enc/ce#.txt",
        "Schlüssel für die Tür\r\nключ = §\r\n",
        b"\xff\xfe",
        utf16le,
    ),
    (
        "UTF-8 with a mark",
        "enc/cf#.env",
        "KEY=§\nB=1\n",
        b"\xef\xbb\xbf",
        plain,
    ),
    (
        "UTF-8 with a mark, token first",
        "enc/cg#.txt",
        "§\n",
        b"\xef\xbb\xbf",
        plain,
    ),
    (
        "Latin-1",
        "enc/ch#.txt",
        "key=§\n",
        b"caf\xe9 \xfc\n",
        plain,
    ),
];

/// Encodings that escape a keyword and leave the rest of the text as it is. Only some rules search for them,
/// as every such keyword makes the search of every file more expensive.
const BREAKING: &[Encoder] = &[
    percent_signs,
    unicode_signs,
    double_unicode_signs,
    braced_signs,
    slash_x_signs,
    entity_signs,
    hex_entity_signs,
    entity_all,
];

/// True if a scan detects a credential of a kind in the place of that number.
pub(crate) fn is_sought(rules: &RuleSet, number: usize, kind: &Kind) -> bool {
    let Some(place) = PLACES.get(number) else {
        return true;
    };
    let rule = rules.iter().find(|rule| kind.rules[0] == rule.id.as_str());
    let breaks = |layer: &Encoder| {
        BREAKING
            .iter()
            .any(|&breaking| std::ptr::fn_addr_eq(breaking, *layer))
    };
    rule.unwrap().encoded || !place.layers.iter().any(breaks)
}

/// Number of places.
pub(crate) fn count() -> usize {
    PLACES.len() + FILES.len()
}

/// The place of that name.
pub(crate) fn number(name: &str) -> usize {
    PLACES.iter().position(|place| place.name == name).unwrap()
}

/// Writes a secret into the place of that number and records its position.
pub(crate) fn plant(corpus: &mut Corpus, number: usize, serial: usize, kind: &Kind, secret: &str) {
    corpus.watch(&kind.name, &secret.as_bytes()[kind.label + kind.prefix..]);
    let path = |pattern: &str| pattern.replace('#', &serial.to_string());
    let Some(place) = PLACES.get(number) else {
        let (name, pattern, text, mark, encode) = FILES[number - PLACES.len()];
        let before = text.find('§').unwrap();
        let text = text.replace('§', secret);
        let file = [mark, &encode(text.as_bytes()).0].concat();
        let path = path(pattern);
        // Marks have a column of their own in no editor; the line of the text in front is complete.
        let extra = if mark.ends_with(b"\n") { 1 } else { 0 };
        let known = corpus.leaks.len();
        corpus.leak(kind, name, &path, text.as_bytes(), before + kind.label);
        corpus.leaks[known].line += extra;
        corpus.file(&path, file);
        return;
    };
    let start = place.inside.find('§').unwrap() + kind.label;
    let mut inside = place.inside.replace('§', secret).into_bytes();
    let mut at = start;
    let mut last = place.inside.find('§').unwrap() + secret.len() - 1;
    for layer in place.layers {
        let (encoded, map) = layer(&inside);
        (at, last) = (map[at], map[last]);
        inside = encoded;
    }
    // No output may show the encoded end of the secret either.
    corpus.watch(&kind.name, &inside[last.saturating_sub(24).max(at)..last]);
    let mut text = place.before.as_bytes().to_vec();
    text.extend_from_slice(&inside);
    text.extend_from_slice(place.after.as_bytes());
    let path = path(place.path);
    corpus.leak(kind, place.name, &path, &text, place.before.len() + at);
    corpus.file(&path, text);
}

/// Encodes byte by byte.
fn each(bytes: &[u8], mut form: impl FnMut(u8) -> Vec<u8>) -> Encoded {
    let mut out = Vec::new();
    let mut map = Vec::new();
    for &byte in bytes {
        map.push(out.len());
        out.extend(form(byte));
    }
    (out, map)
}

fn plain(bytes: &[u8]) -> Encoded {
    each(bytes, |byte| vec![byte])
}

/// Those characters of a token that are signs.
fn sign(byte: u8) -> bool {
    matches!(byte, b'-' | b'.' | b'_' | b'=')
}

fn signs(bytes: &[u8], form: impl Fn(u8) -> String) -> Encoded {
    each(bytes, |byte| {
        if sign(byte) {
            form(byte).into_bytes()
        } else {
            vec![byte]
        }
    })
}

fn percent_signs(bytes: &[u8]) -> Encoded {
    each(bytes, |byte| {
        if sign(byte) || byte == b'%' {
            format!("%{byte:02X}").into_bytes()
        } else {
            vec![byte]
        }
    })
}

fn percent_all(bytes: &[u8]) -> Encoded {
    each(bytes, |byte| format!("%{byte:02x}").into_bytes())
}

/// As `encodeURIComponent` does it: signs of URLs only.
fn percent_url(bytes: &[u8]) -> Encoded {
    each(bytes, |byte| {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            vec![byte]
        } else {
            format!("%{byte:02X}").into_bytes()
        }
    })
}

fn percent_base64(bytes: &[u8]) -> Encoded {
    each(bytes, |byte| {
        if b"=+/".contains(&byte) {
            format!("%{byte:02X}").into_bytes()
        } else {
            vec![byte]
        }
    })
}

fn unicode_signs(bytes: &[u8]) -> Encoded {
    signs(bytes, |byte| format!("\\u{byte:04x}"))
}

fn unicode_all(bytes: &[u8]) -> Encoded {
    each(bytes, |byte| format!("\\u{byte:04X}").into_bytes())
}

fn double_unicode_signs(bytes: &[u8]) -> Encoded {
    signs(bytes, |byte| format!("\\\\u{byte:04x}"))
}

fn braced_signs(bytes: &[u8]) -> Encoded {
    signs(bytes, |byte| format!("\\u{{{byte:x}}}"))
}

fn slash_x_signs(bytes: &[u8]) -> Encoded {
    signs(bytes, |byte| format!("\\x{byte:02x}"))
}

fn slash_x_all(bytes: &[u8]) -> Encoded {
    each(bytes, |byte| format!("\\x{byte:02x}").into_bytes())
}

fn entity_signs(bytes: &[u8]) -> Encoded {
    signs(bytes, |byte| format!("&#{byte};"))
}

fn hex_entity_signs(bytes: &[u8]) -> Encoded {
    signs(bytes, |byte| format!("&#x{byte:x};"))
}

fn entity_all(bytes: &[u8]) -> Encoded {
    each(bytes, |byte| format!("&#{byte};").into_bytes())
}

fn hex(bytes: &[u8]) -> Encoded {
    each(bytes, |byte| format!("{byte:02x}").into_bytes())
}

fn hex_upper(bytes: &[u8]) -> Encoded {
    each(bytes, |byte| format!("{byte:02X}").into_bytes())
}

fn hex_colons(bytes: &[u8]) -> Encoded {
    each(bytes, |byte| format!("{byte:02X}:").into_bytes())
}

fn hex_blanks(bytes: &[u8]) -> Encoded {
    each(bytes, |byte| format!("{byte:02x} ").into_bytes())
}

fn hex_array(bytes: &[u8]) -> Encoded {
    let mut count = 0;
    each(bytes, |byte| {
        count += 1;
        let end = if count % 12 == 0 { "\n\t" } else { " " };
        format!("0x{byte:02x},{end}").into_bytes()
    })
}

fn hex_tight(bytes: &[u8]) -> Encoded {
    each(bytes, |byte| format!("0x{byte:02X},").into_bytes())
}

fn octal_all(bytes: &[u8]) -> Encoded {
    each(bytes, |byte| format!("\\{byte:03o}").into_bytes())
}

fn utf16(bytes: &[u8], unit: fn(u16) -> [u8; 2]) -> Encoded {
    let text = std::str::from_utf8(bytes).unwrap();
    let mut out = Vec::new();
    let mut map = Vec::new();
    for c in text.chars() {
        map.extend(std::iter::repeat_n(out.len(), c.len_utf8()));
        let mut units = [0; 2];
        for code in c.encode_utf16(&mut units) {
            out.extend(unit(*code));
        }
    }
    (out, map)
}

fn utf16le(bytes: &[u8]) -> Encoded {
    utf16(bytes, u16::to_le_bytes)
}

fn utf16be(bytes: &[u8]) -> Encoded {
    utf16(bytes, u16::to_be_bytes)
}

fn with_alphabet(bytes: &[u8], last: [char; 2], padding: bool, line: usize) -> Encoded {
    let alphabet: Vec<char> = ('A'..='Z')
        .chain('a'..='z')
        .chain('0'..='9')
        .chain(last)
        .collect();
    let mut text = String::new();
    let mut map = vec![0; bytes.len()];
    let mut written = 0;
    for (group, chunk) in bytes.chunks(3).enumerate() {
        if line > 0 && written > 0 && written % line == 0 {
            text.push_str("\r\n");
        }
        for (at, place) in map[group * 3..].iter_mut().take(chunk.len()).enumerate() {
            *place = text.len() + at;
        }
        let byte = |at: usize| usize::from(*chunk.get(at).unwrap_or(&0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            if at <= chunk.len() {
                text.push(alphabet[bits >> (18 - 6 * at) & 63]);
            } else if padding {
                text.push('=');
            }
        }
        written += 4;
    }
    (text.into_bytes(), map)
}

fn base64(bytes: &[u8]) -> Encoded {
    with_alphabet(bytes, ['+', '/'], true, 0)
}

fn base64url(bytes: &[u8]) -> Encoded {
    with_alphabet(bytes, ['-', '_'], false, 0)
}

fn base64_lines(bytes: &[u8]) -> Encoded {
    with_alphabet(bytes, ['+', '/'], true, 76)
}

/// Slashes with a backslash, as PHP writes JSON.
fn slashed(bytes: &[u8]) -> Encoded {
    each(bytes, |byte| {
        if byte == b'/' {
            b"\\/".to_vec()
        } else {
            vec![byte]
        }
    })
}

/// The output of `docker login`: the account in base64, in JSON.
fn docker_json(bytes: &[u8]) -> Encoded {
    let front = b"{\"auths\":{\"registry.corp.internal\":{\"auth\":\"";
    let (inner, map) = base64(&[b"bot:", bytes].concat());
    let text = [&front[..], &inner, b"\"}}}"].concat();
    (text, map[4..].iter().map(|at| at + front.len()).collect())
}
