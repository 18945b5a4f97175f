//! Private keys in text, made of random numbers, so that they give no access.

use super::codec::base64;
use super::neighbours::{Neighbour, Worth};
use super::rng::Rng;

/// Every form of private key, open and locked.
pub(super) fn all() -> Vec<Neighbour> {
    use Worth::{Proven, Rule, Verified};
    let kind = |name, rule, worth, make| Neighbour {
        name,
        rule,
        place: "",
        worth,
        prefix: 40,
        make,
    };
    vec![
        kind("SSH key", "ssh-private-key", Verified, |r| ssh(r, false)),
        kind("SSH key, locked", "ssh-private-key", Rule, |r| ssh(r, true)),
        kind("PEM key", "pem-private-key", Rule, |r| pkcs8(r, false)),
        kind("PEM key, locked", "pem-private-key", Rule, |r| {
            pkcs8(r, true)
        }),
        kind("PEM key, elliptic", "pem-private-key", Rule, elliptic),
        kind("PuTTY key", "putty-private-key", Rule, |r| putty(r, "none")),
        kind("PuTTY key, locked", "putty-private-key", Rule, |r| {
            putty(r, "aes256-cbc")
        }),
        kind("PGP key", "pgp-private-key", Proven, |r| pgp(r, false)),
        kind("PGP key, locked", "pgp-private-key", Proven, |r| {
            pgp(r, true)
        }),
        kind(
            "Sigstore key, locked",
            "sigstore-private-key",
            Rule,
            sigstore,
        ),
    ]
}

/// The block of that label.
fn block(label: &str, bytes: &[u8], tail: &str) -> String {
    let text = base64(bytes);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| str::from_utf8(line).unwrap())
        .collect();
    let label = label.replace('_', &["PRIVATE", " KEY"].concat());
    format!(
        "-----BEGIN {label}-----\n{}{tail}\n-----END {label}-----",
        lines.join("\n")
    )
}

fn string(text: &[u8]) -> Vec<u8> {
    [&(text.len() as u32).to_be_bytes()[..], text].concat()
}

/// A key in the format of `ssh-keygen -t ed25519`, whose halves do not belong together.
fn ssh(rng: &mut Rng, locked: bool) -> String {
    let public = rng.bytes(32);
    let name = string(b"ssh-ed25519");
    let (cipher, derivation, options) = if locked {
        let options = [string(&rng.bytes(16)), vec![0, 0, 0, 16]].concat();
        (&b"aes256-ctr"[..], &b"bcrypt"[..], options)
    } else {
        (&b"none"[..], &b"none"[..], Vec::new())
    };
    let check = rng.bytes(4);
    let private = if locked {
        rng.bytes(144)
    } else {
        let secret = [rng.bytes(32), public.clone()].concat();
        [
            check.clone(),
            check,
            name.clone(),
            string(&public),
            string(&secret),
            string(b"joe@ci"),
            vec![1, 2, 3, 4],
        ]
        .concat()
    };
    let bytes = [
        b"openssh-key-v1\0".to_vec(),
        string(cipher),
        string(derivation),
        string(&options),
        vec![0, 0, 0, 1],
        string(&[name, string(&public)].concat()),
        string(&private),
    ];
    block("OPENSSH _", &bytes.concat(), "")
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    assert!(content.len() < 128);
    [&[tag, content.len() as u8][..], content].concat()
}

fn pkcs8(rng: &mut Rng, locked: bool) -> String {
    if locked {
        // PBES2 without its details: the reader asks for an algorithm and a ciphertext.
        let algorithm = der(
            0x30,
            &der(6, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 13]),
        );
        let bytes = der(0x30, &[algorithm, der(4, &rng.bytes(64))].concat());
        return block("ENCRYPTED _", &bytes, "");
    }
    let algorithm = der(0x30, &der(6, &[0x2b, 0x65, 0x70]));
    let key = der(4, &der(4, &rng.bytes(32)));
    block(
        "_",
        &der(0x30, &[vec![2, 1, 0], algorithm, key].concat()),
        "",
    )
}

fn elliptic(rng: &mut Rng) -> String {
    let curve = der(0xa0, &der(6, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7]));
    let bytes = der(
        0x30,
        &[vec![2, 1, 1], der(4, &rng.bytes(32)), curve].concat(),
    );
    block("EC _", &bytes, "")
}

fn putty(rng: &mut Rng, encryption: &str) -> String {
    let name = string(b"ssh-ed25519");
    let public = base64(&[name, string(&rng.bytes(32))].concat());
    let (first, second) = public.split_at(64);
    let private = base64(&string(&rng.bytes(32)));
    let mac: String = rng
        .bytes(32)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!(
        "{}-User-Key-File-3: ssh-ed25519\nEncryption: {encryption}\nComment: ci\nPublic-Lines: 2\n{first}\n{second}\n\
         Private-Lines: 1\n{private}\nPrivate-MAC: {mac}",
        "PuTTY"
    )
}

/// A version 4 packet of an Ed25519 key, and the checksum of its armor.
fn pgp(rng: &mut Rng, locked: bool) -> String {
    let mut content = vec![4];
    content.extend(rng.bytes(4));
    content.extend([22, 9, 0x2b, 6, 1, 4, 1, 0xda, 0x47, 0x0f, 1]);
    // A number of 263 bits: 0x40 and 32 bytes.
    content.extend([1, 7, 0x40]);
    content.extend(rng.bytes(32));
    if locked {
        content.extend([254, 9, 3, 8]);
        content.extend(rng.bytes(8 + 1 + 16 + 54));
    } else {
        content.extend([0, 1, 0]);
        content.extend(rng.bytes(32 + 2));
    }
    let bytes = [vec![0x80 | 5 << 2, content.len() as u8], content].concat();
    let mut crc = 0x00b7_04ce_u32;
    for &byte in &bytes {
        crc ^= u32::from(byte) << 16;
        for _ in 0..8 {
            crc = (crc << 1)
                ^ if crc & 0x0080_0000 == 0 {
                    0
                } else {
                    0x0186_4cfb
                };
        }
    }
    let sum = base64(&crc.to_be_bytes()[1..]);
    block("PGP _ BLOCK", &bytes, &format!("\n={sum}")).replacen("-----\n", "-----\n\n", 1)
}

fn sigstore(rng: &mut Rng) -> String {
    let json = format!(
        r#"{{"kdf":{{"name":"scrypt","params":{{"N":65536,"r":8,"p":1}},"salt":"{}"}},"cipher":{{"name":"nacl/secretbox","nonce":"{}"}},"ciphertext":"{}"}}"#,
        base64(&rng.bytes(32)),
        base64(&rng.bytes(24)),
        base64(&rng.bytes(200)),
    );
    block("ENCRYPTED SIGSTORE _", json.as_bytes(), "")
}

/// The bytes of standard base64 without padding.
pub(super) fn decode_base64(text: &str) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    text.as_bytes()
        .chunks(4)
        .flat_map(|group| {
            let bits = group
                .iter()
                .fold(0, |bits, &byte| bits << 6 | u32::from(value(byte)));
            bits.to_be_bytes()[1..].to_vec()
        })
        .collect()
}
