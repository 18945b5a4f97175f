//! Keys made here from numbers, in every form and dress; none of them opens anything.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;

const P: &str = "f774eb5248db40af72158370d269a9a5ae658f33fe3b890b93f448b3a5aa3c81";
const Q: &str = "de7d6b377936d536243d35702c1eea1f265974a7cc966f46c6aa7d550101b811";
/// The numbers that follow from P and Q with the public exponent 65537, computed by another program.
const N: &str = "d7109fcbc000ec442b054c45297cc75df38c6f4d0b5f12356dcd07fb60218629\
                 219c3bfdd460a9776222f4fdf7da04ab4e95df8e3e7bf801788e56bc194bbc91";
const D: &str = "09409e575231d7f850cf800a03b06a15592a840951016c939edf30c6384b08ed\
                 fcdbd8d2c70cd95d6ee2cd0b4410a4664dfc97e41404cecab6637d9ab2c63c01";
/// Another private exponent that fits: by the product of P - 1 and Q - 1, not by their least common multiple.
const OTHER_D: &str = "74c8ee3d32324e1a6652262c986ecdc452f0bbafd6b0f5ae55c5b4c3e85bcc01\
                       a2b0cb8cd034232654caeb19c0b95cd98ae805bd4dd9cea2455b45f46c162001";
const D_P: &str = "dda149366c6c7af5e81ede9788ccfc159929fae55d5963380c6ea942c528c081";
const D_Q: &str = "423e8382d3d370ae1b22225c10b6efac70a5a7e722321455b56723c40075bb91";
const Q_INVERSE: &str = "12436cda408c2416ffed6e8bccc80ddf40d366407cb1c455d7955f29ad82532e";

fn hex(digits: &str) -> Vec<u8> {
    (0..digits.len() / 2)
        .map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap())
        .collect()
}

/// A DER value.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut out = vec![tag];
    match length {
        0..0x80 => out.push(length as u8),
        0x80..0x100 => out.extend([0x81, length as u8]),
        _ => out.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    out.extend_from_slice(content);
    out
}

/// A positive number in DER.
fn integer(digits: &str) -> Vec<u8> {
    der(0x02, &[vec![0], hex(digits)].concat())
}

fn rsa_key(modulus: &str) -> Vec<u8> {
    let mut numbers = RSA;
    numbers[1] = modulus;
    rsa_of(&numbers)
}

/// The version and the numbers of a key.
const RSA: [&str; 9] = ["00", N, "010001", D, P, Q, D_P, D_Q, Q_INVERSE];

fn rsa_of(numbers: &[&str]) -> Vec<u8> {
    der(
        0x30,
        &numbers
            .iter()
            .copied()
            .flat_map(integer)
            .collect::<Vec<u8>>(),
    )
}

fn pkcs8(key: &[u8]) -> Vec<u8> {
    let algorithm = der(0x30, &der(0x06, &[0x2a, 0x86, 0x48]));
    der(0x30, &[integer("00"), algorithm, der(0x04, key)].concat())
}

/// A block with lines of 64 characters.
fn pem(label: &str, headers: &str, bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{headers}{}\n-----END {label}-----",
        lines.join("\n")
    )
}

/// A label, so that no line here looks like the beginning of a key.
fn label(kind: &str) -> String {
    [kind, "PRIVATE", " KEY"].concat()
}

fn look(block: &str) -> Option<(Lock, Proof)> {
    read(block.as_bytes()).map(|key| (key.lock, key.proof))
}

fn ssh_string(text: &[u8]) -> Vec<u8> {
    [&(text.len() as u32).to_be_bytes()[..], text].concat()
}

fn openssh(cipher: &str, kind: &str, checks: [u32; 2]) -> Vec<u8> {
    let public = ssh_string(&[ssh_string(kind.as_bytes()), ssh_string(&[7; 32])].concat());
    let private = [
        checks[0].to_be_bytes().to_vec(),
        checks[1].to_be_bytes().to_vec(),
        ssh_string(kind.as_bytes()),
        ssh_string(&[9; 64]),
    ];
    [
        b"openssh-key-v1\0".to_vec(),
        ssh_string(cipher.as_bytes()),
        ssh_string(b"none"),
        ssh_string(b""),
        1u32.to_be_bytes().to_vec(),
        public,
        ssh_string(&private.concat()),
    ]
    .concat()
}

#[test]
fn other_kinds_of_key() {
    let block = |bytes: &[u8], kind: &str| look(&pem(&label(kind), "", bytes));
    let ec = der(0x30, &[der(0x02, &[1]), der(0x04, &[5; 32])].concat());
    assert_eq!(block(&ec, "EC "), Some((Lock::Open, Proof::Whole)));
    let ed25519 = pkcs8(&der(0x04, &[5; 32]));
    assert_eq!(block(&ed25519, ""), Some((Lock::Open, Proof::Whole)));
    let dsa = der(0x30, &["00", N, P, N, N, P].map(integer).concat());
    assert_eq!(block(&dsa, "DSA "), Some((Lock::Open, Proof::Whole)));
    let algorithm = der(0x30, &der(0x06, &[0x2a, 0x86, 0x48]));
    let locked = der(0x30, &[algorithm, der(0x04, &[8; 64])].concat());
    assert_eq!(
        block(&locked, "ENCRYPTED "),
        Some((Lock::Passphrase, Proof::Whole))
    );
    let headers = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0011\n\n";
    let old = pem(&label("RSA "), headers, &[3; 128]);
    let locked = Some((Lock::Passphrase, Proof::Whole));
    assert_eq!(look(&old), locked);
    for between in [" ", "`r`n", "\\n"] {
        assert_eq!(look(&old.replace('\n', between)), locked, "{between}");
    }
}

#[test]
fn rejects_text_that_is_not_a_private_key() {
    let block = |bytes: &[u8]| look(&pem(&label(""), "", bytes));
    // A public key: its second value is not an octet string.
    let algorithm = der(0x30, &der(0x06, &[0x2a, 0x86, 0x48]));
    assert_eq!(
        block(&der(0x30, &[algorithm, der(0x03, &[0; 64])].concat())),
        None
    );
    assert_eq!(block(&[0; 300]), None);
    assert_eq!(
        block(b"a text about keys that somebody has encoded for no good reason"),
        None
    );
    assert_eq!(
        block(&der(
            0x30,
            &[integer("00"), integer("2a"), integer("2b")].concat()
        )),
        None
    );
    assert_eq!(
        look(&format!("-----BEGIN {}-----\n...\n", label("RSA "))),
        None
    );
    assert_eq!(look(&format!("-----BEGIN {}", label("RSA "))), None);
    assert_eq!(look(""), None);
}

#[test]
fn openssh_tells_its_cipher() {
    let block = |cipher: &str, kind: &str, checks| {
        look(&pem(&label("OPENSSH "), "", &openssh(cipher, kind, checks)))
    };
    assert_eq!(
        block("none", "ssh-ed25519", [5, 5]),
        Some((Lock::Open, Proof::Verified))
    );
    assert_eq!(
        block("none", "ssh-ed25519", [5, 6]),
        Some((Lock::Open, Proof::Damaged))
    );
    let locked = Some((Lock::Passphrase, Proof::Whole));
    assert_eq!(block("aes256-ctr", "ssh-ed25519", [5, 6]), locked);
    let device = "sk-ssh-ed25519@openssh.com";
    assert_eq!(
        block("none", device, [5, 5]),
        Some((Lock::Elsewhere, Proof::Verified))
    );
    let whole = openssh("none", "ssh-ed25519", [5, 5]);
    let cut = pem(&label("OPENSSH "), "", &whole[..100]);
    assert_eq!(look(&cut), Some((Lock::Open, Proof::Damaged)));
}

#[test]
fn every_dress_of_a_block_is_taken_off() {
    let plain = pem(&label("RSA "), "", &rsa_key(N));
    let lines: Vec<&str> = plain.lines().collect();
    let joined = |before: &str, between: &str| lines.join(&format!("{between}{before}"));
    let numbered = |before: &str, behind: &str| {
        let lines = lines.iter().enumerate();
        let lines = lines.map(|(index, line)| match index {
            0 => (*line).to_owned(),
            _ => format!("{before}{}{behind}{line}", index + 8),
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    let dresses = [
        plain.clone(),
        plain.replace('\n', "\r\n"),
        plain.replace('\n', "\\n"),
        plain.replace('\n', "\\r\\n"),
        plain.replace('\n', "\\\\n"),
        plain.replace('\n', "\\\n"),
        plain
            .replace('\n', "\\u000a")
            .replace('/', "\\/")
            .replace('+', "\\u002b"),
        plain
            .replace('+', "%2B")
            .replace('/', "%2F")
            .replace('=', "%3D")
            .replace('\n', "%0A"),
        plain.replace('\n', "&#10;"),
        plain.replace('\n', "&#xA;"),
        plain.replace('\n', " "),
        joined("    ", "\n"),
        joined("\t", "\n"),
        joined("# ", "\n"),
        joined("+", "\n"),
        joined("-", "\n"),
        joined("> > ", "\n"),
        joined(">>> +", "\n"),
        joined(" * ", "\n"),
        joined("// ", "\n"),
        joined("[pod/web-1/app] ", "\n"),
        joined("web_1  | ", "\n"),
        joined("web_1  | 2026-10-01T10:00:00.123456Z ", "\n"),
        joined("\x1b[36mweb_1  |\x1b[0m ", "\n"),
        joined("\x1b[32m", "\x1b[0m\n"),
        joined("\\u001b[32m", "\\u001b[0m\\n"),
        joined("\x1b[0K", "\n"),
        joined("", "<br>\n"),
        joined("", "<br />"),
        joined("<li class=\"line\">", "</li>\n"),
        numbered("key.pem:", ":"),
        numbered("    ", "\t"),
        numbered("3f2a1b9c (Jane Doe 2026-10-01 10:00:00 +0000 ", ") "),
        numbered("Oct  1 10:00:", " host app[123]: "),
        numbered("2026-10-01 10:00:", ",123 "),
        // As mail writes it.
        plain.replace('=', "=3D"),
        joined("2026-10-01T10:00:00.123456Z 00O ", "\n"),
        joined("2026-10-01T10:00:00Z 01E+", "\n"),
        joined("2026-10-01T10:00:00.123Z ", "\r\n"),
        joined("\"", "\\n\" +\n  "),
        joined("'", "\\n'\n  "),
        joined("", "`n"),
        joined("", "`r`n"),
        joined("`", "\\n` +\n  "),
        joined("\"", "\\n\",\n  "),
        plain.trim_end_matches('-').to_owned(),
    ];
    for dress in dresses {
        assert_eq!(
            look(&dress),
            Some((Lock::Open, Proof::Verified)),
            "{}",
            &dress[..60]
        );
    }
}

/// A key with an omission is not reported.
#[test]
fn ignores_keys_with_omissions() {
    let plain = pem(&label("RSA "), "", &rsa_key(N));
    for hole in [
        "...",
        "\u{2026}",
        "[...]",
        "<snip>",
        "(left out)",
        "***",
        "MIIB...AB",
    ] {
        let mut lines: Vec<&str> = plain.lines().collect();
        lines[3] = hole;
        assert_eq!(look(&lines.join("\n")), None, "{hole}");
    }
}

#[test]
fn putty_files() {
    let public = [
        ssh_string(b"ssh-rsa"),
        ssh_string(&[1, 0, 1]),
        ssh_string(&hex(N)),
    ]
    .concat();
    let private = [D, P, Q, Q_INVERSE]
        .map(|number| ssh_string(&hex(number)))
        .concat();
    let file = |encryption: &str, public: &[u8]| {
        let part = |bytes: &[u8]| {
            let text = STANDARD.encode(bytes);
            let lines: Vec<String> = text
                .as_bytes()
                .chunks(64)
                .map(|line| String::from_utf8_lossy(line).into_owned())
                .collect();
            format!("{}\n{}", lines.len(), lines.join("\n"))
        };
        format!(
            "PuTTY-User-Key-File-3: ssh-rsa\nEncryption: {encryption}\nComment: x\n\
             Public-Lines: {}\nPrivate-Lines: {}\nPrivate-MAC: 00ff\n",
            part(public),
            part(&private)
        )
    };
    let open = file("none", &public);
    assert_eq!(look(&open), Some((Lock::Open, Proof::Verified)));
    assert_eq!(
        look(&open.replace('\n', "\r\n    ")),
        Some((Lock::Open, Proof::Verified))
    );
    assert_eq!(
        look(&open.replace('\n', "\\n")),
        Some((Lock::Open, Proof::Verified))
    );
    for dress in [
        open.replace('\n', " "),
        open.replace('\n', "&#10;"),
        open.replace('\n', "\n// "),
        open.replace('\n', "\\n\" .\n  \""),
        open.replace('\n', "\\n\\\n  "),
        open.replace('\n', "\x1b[0m\n\x1b[32m"),
        open.replace('\n', "\nweb_1  | "),
        open.replace('\n', "<br>\n"),
        open.replace('=', "=3D"),
    ] {
        let found = look(&dress);
        assert_eq!(found, Some((Lock::Open, Proof::Verified)), "{dress}");
    }
    let other = ssh_string(b"ssh-ed25519");
    assert_eq!(
        look(&file("none", &other)),
        Some((Lock::Open, Proof::Whole))
    );
    assert_eq!(
        look(&file("aes256-cbc", &public)),
        Some((Lock::Passphrase, Proof::Whole))
    );
    for hole in ["...", "<key>", "(left out)"] {
        let lines: Vec<&str> = open.lines().collect();
        let left_out = open.replace(lines[lines.len() - 2], hole);
        assert_eq!(look(&left_out), None, "{hole}");
    }
    let cut = open.split("Private-Lines").next().unwrap();
    assert_eq!(look(cut), Some((Lock::Open, Proof::Damaged)));
    assert_eq!(look("PuTTY-User-Key-File-3: ssh-rsa\n"), None);
}

/// A version 4 packet of an Ed25519 key with `secret` behind its public half.
fn openpgp_key(tag: u8, secret: &[u8]) -> Vec<u8> {
    let mut content = vec![4, 1, 2, 3, 4, 22, 3, 0x2b, 0x06, 0x01, 0x00, 0x08];
    content.extend([0x40]);
    content.extend(secret);
    let mut packet = vec![0x80 | tag << 2, content.len() as u8];
    packet.extend(content);
    packet
}

fn armored(bytes: &[u8], checksum: bool) -> String {
    let block = pem(
        &format!("PGP {} BLOCK", label("")),
        "Version: GnuPG v2\n\n",
        bytes,
    );
    let sum = format!("\n={}\n-----END", STANDARD.encode(openpgp::crc24(bytes)));
    if checksum {
        block.replace("\n-----END", &sum)
    } else {
        block
    }
}

#[test]
fn openpgp_tells_how_each_key_is_protected() {
    assert_eq!(openpgp::crc24(b"123456789"), [0x21, 0xcf, 0x02]);
    let open = openpgp_key(5, &[0, 0, 4, 9, 0, 0]);
    let locked = openpgp_key(5, &[254, 9, 3, 8, 1, 2, 3, 4, 5, 6, 7, 8, 96, 0, 0]);
    let stub = openpgp_key(5, &[255, 0, 101, 0, b'G', b'N', b'U', 1]);
    let open_subkey = openpgp_key(7, &[0, 0, 4, 9, 0, 0]);
    assert_eq!(
        look(&armored(&open, true)),
        Some((Lock::Open, Proof::Verified))
    );
    assert_eq!(
        look(&armored(&open, false)),
        Some((Lock::Open, Proof::Whole))
    );
    assert_eq!(
        look(&armored(&locked, true)),
        Some((Lock::Passphrase, Proof::Verified))
    );
    assert_eq!(
        look(&armored(&stub, true)),
        Some((Lock::Elsewhere, Proof::Verified))
    );
    let both = [stub, open_subkey].concat();
    assert_eq!(
        look(&armored(&both, true)),
        Some((Lock::Open, Proof::Verified))
    );
    let sum = |bytes: &[u8]| format!("={}", STANDARD.encode(openpgp::crc24(bytes)));
    // The last character holds bits that do not count.
    let whole = armored(&openpgp_key(5, &[0, 0, 4, 9, 0, 0, 0]), true);
    assert_eq!(look(&whole), Some((Lock::Open, Proof::Verified)));
    let changed = whole.replacen("AA==", "AB==", 1);
    assert_ne!(changed, whole);
    assert_eq!(look(&changed), Some((Lock::Open, Proof::Damaged)));
    let damaged = armored(&locked, true).replace(&sum(&locked), &sum(&open));
    assert_eq!(look(&damaged), Some((Lock::Passphrase, Proof::Damaged)));
    // A public key.
    assert_eq!(look(&armored(&openpgp_key(6, &[]), true)), None);
}

#[test]
fn sigstore_wraps_json() {
    let json =
        br#"{"kdf":{"name":"scrypt"},"cipher":{"name":"nacl/secretbox"},"ciphertext":"AA=="}"#;
    let found = look(&pem(&label("ENCRYPTED SIGSTORE "), "", json));
    assert_eq!(found, Some((Lock::Password, Proof::Whole)));
    assert_eq!(
        look(&pem(&label("ENCRYPTED COSIGN "), "", b"{\"kdf\": 1}")),
        None
    );
}

mod damage;
mod rsa_numbers;
