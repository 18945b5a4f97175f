//! Private keys, built in their real formats around random numbers.

use super::kinds::Kind;
use crate::support::tokens::{Rng, codec};

/// A secret of several lines, for places with room for them.
pub(crate) fn all() -> Vec<Kind> {
    vec![
        Kind::new("SSH private key", &["ssh-private-key"], |rng| {
            openssh(rng, false)
        }),
        Kind::new(
            "SSH private key with a passphrase",
            &["ssh-private-key"],
            |rng| openssh(rng, true),
        ),
        Kind::new(
            "PEM private key, elliptic curve",
            &["pem-private-key"],
            |rng| {
                let (key, mut public) = (rng.bytes(32), rng.bytes(65));
                public[0] = 4;
                let der = [
                    &[0x30, 0x77, 2, 1, 1, 4, 32][..],
                    &key,
                    &[
                        0xa0, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7, 0xa1, 0x44, 3, 0x42,
                        0,
                    ],
                    &public,
                ]
                .concat();
                pem("EC PRIVATE", &der, 64)
            },
        ),
        Kind::new("PEM private key, PKCS 8", &["pem-private-key"], pkcs8),
        Kind::new("PuTTY private key", &["putty-private-key"], putty),
    ]
}

/// An Ed25519 key in PKCS 8.
pub(crate) fn pkcs8(rng: &mut Rng) -> String {
    let head = [
        0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20,
    ];
    pem("PRIVATE", &[&head[..], &rng.bytes(32)].concat(), 64)
}

/// The lines around and the base64 between.
fn pem(what: &str, bytes: &[u8], width: usize) -> String {
    let mut text = format!("-----BEGIN {what} {}-----\n", "KEY");
    for line in codec::base64(bytes).as_bytes().chunks(width) {
        text.push_str(std::str::from_utf8(line).unwrap());
        text.push('\n');
    }
    text + &format!("-----END {what} {}-----", "KEY")
}

fn string(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u32).to_be_bytes(), bytes].concat()
}

/// The format of OpenSSH for an Ed25519 key, open or behind a passphrase.
fn openssh(rng: &mut Rng, locked: bool) -> String {
    let public = rng.bytes(32);
    let kind = string(b"ssh-ed25519");
    let check = rng.bytes(4);
    let seed = rng.bytes(32);
    let mut private = [
        &check[..],
        &check,
        &kind,
        &string(&public),
        &string(&[&seed[..], &public].concat()),
        &string(b"deploy"),
    ]
    .concat();
    let block = if locked { 16 } else { 8 };
    for padding in 1..=u8::MAX {
        if private.len() % block == 0 {
            break;
        }
        private.push(padding);
    }
    let (cipher, function, options): (&[u8], &[u8], Vec<u8>) = if locked {
        private = rng.bytes(private.len());
        (
            b"aes256-ctr",
            b"bcrypt",
            [string(&rng.bytes(16)), 16u32.to_be_bytes().to_vec()].concat(),
        )
    } else {
        (b"none", b"none", Vec::new())
    };
    let bytes = [
        b"openssh-key-v1\0".to_vec(),
        string(cipher),
        string(function),
        string(&options),
        1u32.to_be_bytes().to_vec(),
        string(&[kind, string(&public)].concat()),
        string(&private),
    ]
    .concat();
    pem("OPENSSH PRIVATE", &bytes, 70)
}

fn putty(rng: &mut Rng) -> String {
    let public = [string(b"ssh-ed25519"), string(&rng.bytes(32))].concat();
    let private = string(&rng.bytes(32));
    let mac: String = rng
        .bytes(32)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let encoded = codec::base64(&public);
    let (first, second) = encoded.split_at(64.min(encoded.len()));
    format!(
        "PuTTY-User-Key-File-{}: ssh-ed25519\nEncryption: none\nComment: deploy\nPublic-Lines: 2\n{first}\n{second}\nPrivate-Lines: 1\n{}\nPrivate-MAC: {mac}",
        3,
        codec::base64(&private),
    )
}

/// Places of keys: name, path, text, and the replacement of each line break of the key.
pub(crate) const PLACES: &[(&str, &str, &str, &str)] = &[
    ("key file", "k/id_#", "§\n", "\n"),
    (
        "key in YAML",
        "k/#.yml",
        "deploy:\n  key: |\n    §\n  other: 1\n",
        "\n    ",
    ),
    (
        "key in JSON",
        "k/#.json",
        "{\"private_key\": \"§\\n\", \"a\": 1}\n",
        "\\n",
    ),
    ("key with CRLF", "k/#.pem", "§\r\n", "\r\n"),
    ("key in a diff", "k/#.patch", "@@ -0,0 +1 @@\n+§\n", "\n+"),
    (
        "key in a script",
        "k/#.sh",
        "cat > ~/.ssh/id <<'EOF'\n§\nEOF\nchmod 600 ~/.ssh/id\n",
        "\n",
    ),
    (
        "key in a variable",
        "k/#.env",
        "SSH_PRIVATE_KEY=\"§\"\n",
        "\\n",
    ),
    (
        "key in a job log with timestamps",
        "k/#.log",
        "2026-10-01T10:00:00.123456Z 00O §\n",
        "\n2026-10-01T10:00:00.123457Z 00O ",
    ),
];
