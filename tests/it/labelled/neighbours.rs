//! Credentials of other services that leak beside GitLab's in pipelines.

use super::kinds::{BASE62, BASE64URL, HEX, Kind, UPPER32, of};
use crate::support::tokens::{Rng, codec};

/// Every kind with a recognizable form, which can occur in any text.
pub(crate) fn all() -> Vec<Kind> {
    let mut kinds = vec![
        Kind::new("Vault service token", &["vault-token"], |rng| {
            format!("hvs.{}", of(rng, BASE62, 24))
        })
        .after(4),
        Kind::new("Vault service token, long", &["vault-token"], |rng| {
            format!("hvs.CAES{}", of(rng, BASE64URL, 91))
        })
        .after(4),
        Kind::new("Vault batch token", &["vault-token"], |rng| {
            format!("hvb.AAAAAQ{}", of(rng, BASE64URL, 150))
        })
        .after(4),
        Kind::new("Google API key", &["gcp-api-key"], |rng| {
            format!("AIza{}", of(rng, BASE64URL, 35))
        })
        .after(4),
        Kind::new(
            "Google OAuth client secret",
            &["google-oauth-client-secret"],
            |rng| format!("GOCSPX-{}", of(rng, BASE64URL, 28)),
        )
        .after(7),
        Kind::new("Azure client secret", &["azure-client-secret"], |rng| {
            format!("{}8Q~{}", of(rng, BASE62, 3), of(rng, BASE62, 34))
        }),
        Kind::new("npm token", &["npm-access-token"], |rng| {
            with_crc("npm_", 30, rng)
        })
        .after(4)
        .proven(),
        Kind::new("PyPI token", &["pypi-token"], pypi).after(21),
        Kind::new("Docker Hub token", &["docker-hub-token"], |rng| {
            format!("dckr_pat_{}", of(rng, BASE64URL, 27))
        })
        .after(9),
        Kind::new(
            "Docker Hub organization token",
            &["docker-hub-token"],
            |rng| format!("dckr_oat_{}", of(rng, BASE62, 32)),
        )
        .after(9),
        Kind::new("GitHub personal token", &["github-token"], |rng| {
            with_crc("ghp_", 30, rng)
        })
        .after(4)
        .proven(),
        Kind::new("GitHub OAuth token", &["github-token"], |rng| {
            with_crc("gho_", 30, rng)
        })
        .after(4)
        .proven(),
        Kind::new("GitHub app token", &["github-token"], |rng| {
            with_crc("ghs_", 30, rng)
        })
        .after(4)
        .proven(),
        Kind::new(
            "GitHub fine-grained token",
            &["github-fine-grained-token"],
            |rng| format!("github_pat_{}_{}", of(rng, BASE62, 22), of(rng, BASE62, 59)),
        )
        .after(11),
        Kind::new("Slack bot token", &["slack-token"], |rng| {
            format!(
                "xoxb-{}-{}-{}",
                of(rng, "123456789", 12),
                of(rng, "123456789", 13),
                of(rng, BASE62, 24)
            )
        })
        .after(32),
        Kind::new("Slack webhook", &["slack-webhook-url"], |rng| {
            let host = ["https://hooks.slack", ".com/services/"].concat();
            let upper = &UPPER32[..26];
            format!(
                "{host}T{}/B{}/{}",
                of(rng, upper, 10),
                of(rng, upper, 10),
                of(rng, BASE62, 24)
            )
        })
        .after(49)
        .labelled(8),
        Kind::new("Terraform Cloud token", &["terraform-cloud-token"], |rng| {
            format!("{}.atlasv1.{}", of(rng, BASE62, 14), of(rng, BASE62, 67))
        })
        .after(23),
        Kind::new("age secret key", &["age-secret-key"], |rng| {
            age(&rng.bytes(32))
        })
        .after(16)
        .proven(),
        Kind::new("Grafana service account token", &["grafana-token"], |rng| {
            let token = format!("glsa_{}", of(rng, BASE62, 32));
            let crc = codec::crc32(token.as_bytes()).swap_bytes();
            format!("{token}_{crc:08x}")
        })
        .after(5)
        .proven(),
    ];
    kinds.push(
        Kind::new("Atlassian API token", &["atlassian-api-token"], |rng| {
            let token = format!("ATATT3{}=", of(rng, BASE64URL, 183));
            let crc = codec::crc32(token.as_bytes());
            format!("{token}{crc:08X}")
        })
        .after(6)
        .proven(),
    );
    kinds.push(
        Kind::new(
            "Kubernetes service account token",
            &["kubernetes-service-account-token"],
            kubernetes,
        )
        .after(20),
    );
    for (alg, what) in [
        ("RS256", "JSON Web Token"),
        ("HS256", "JSON Web Token, HMAC"),
    ] {
        kinds.push(Kind::new(what, &["json-web-token"], move |rng| jwt(alg, rng)).after(20));
    }
    kinds
}

impl Kind {
    /// The same, with a prefix of that length that is not part of the secret.
    fn labelled(mut self, length: usize) -> Self {
        self.label = length;
        self
    }
}

/// GitHub's and npm's form: random base 62 and a CRC-32 of it in six digits.
fn with_crc(prefix: &str, length: usize, rng: &mut Rng) -> String {
    let body = of(rng, BASE62, length);
    let mut crc = codec::crc32(body.as_bytes());
    let mut tail = [b'0'; 6];
    for place in tail.iter_mut().rev() {
        *place = BASE62.as_bytes()[(crc % 62) as usize];
        crc /= 62;
    }
    format!("{prefix}{body}{}", String::from_utf8_lossy(&tail))
}

/// A macaroon of PyPI: location, identifier, one caveat, and a signature.
fn pypi(rng: &mut Rng) -> String {
    let field = |kind: u8, data: &[u8]| [&[kind, data.len() as u8], data].concat();
    let user = of(rng, HEX, 36);
    let caveat = format!("[3, \"{}\"]", of(rng, HEX, 36));
    let macaroon = [
        vec![2],
        field(1, b"pypi.org"),
        field(2, user.as_bytes()),
        vec![0],
        field(2, caveat.as_bytes()),
        vec![0, 0],
        field(6, &rng.bytes(32)),
    ]
    .concat();
    format!("pypi-{}", codec::base64url(&macaroon))
}

/// Of a Secret, as clusters before 1.24 made them: without an end.
fn kubernetes(rng: &mut Rng) -> String {
    let header = format!(
        "{{\"alg\":\"RS256\",\"kid\":\"{}\"}}",
        codec::base64url(&rng.bytes(32))
    );
    let claims = format!(
        "{{\"iss\":\"kubernetes/serviceaccount\",\"kubernetes.io/serviceaccount/namespace\":\"ci\",\"kubernetes.io/serviceaccount/service-account.name\":\"runner-{}\",\"sub\":\"system:serviceaccount:ci:runner\"}}",
        of(rng, HEX, 5)
    );
    [header.as_bytes(), claims.as_bytes(), &rng.bytes(256)]
        .map(codec::base64url)
        .join(".")
}

fn jwt(alg: &str, rng: &mut Rng) -> String {
    let header = format!("{{\"alg\":\"{alg}\",\"typ\":\"JWT\"}}");
    let claims = format!(
        "{{\"iss\":\"https://id.corp.internal\",\"sub\":\"{}\",\"iat\":1790000000,\"exp\":4100000000}}",
        of(rng, HEX, 12)
    );
    let signature = rng.bytes(if alg == "HS256" { 32 } else { 256 });
    [header.as_bytes(), claims.as_bytes(), &signature]
        .map(codec::base64url)
        .join(".")
}

/// Bech32 in capitals, as age writes its identities.
fn age(key: &[u8]) -> String {
    const SIGNS: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    const HUMAN: &[u8] = b"age-secret-key-";
    let mut values = Vec::new();
    let (mut bits, mut count) = (0u32, 0);
    for &byte in key {
        bits = (bits << 8 | u32::from(byte)) & 0xffff;
        count += 8;
        while count >= 5 {
            count -= 5;
            values.push((bits >> count & 31) as u8);
        }
    }
    values.push((bits << (5 - count) & 31) as u8);
    let mut sum: u32 = 1;
    let spread = HUMAN
        .iter()
        .map(|c| c >> 5)
        .chain([0])
        .chain(HUMAN.iter().map(|c| c & 31));
    for value in spread.chain(values.iter().copied()).chain([0; 6]) {
        let top = sum >> 25;
        sum = (sum & 0x01ff_ffff) << 5 ^ u32::from(value);
        for (bit, word) in [
            0x3b6a_57b2,
            0x2650_8e6d,
            0x1ea1_19fa,
            0x3d42_33dd,
            0x2a14_62b3,
        ]
        .iter()
        .enumerate()
        {
            if top >> bit & 1 == 1 {
                sum ^= word;
            }
        }
    }
    sum ^= 1;
    values.extend((0..6).map(|at| (sum >> (5 * (5 - at)) & 31) as u8));
    let data: String = values
        .iter()
        .map(|&value| char::from(SIGNS[usize::from(value)]))
        .collect();
    format!("age-secret-key-1{data}").to_uppercase()
}
