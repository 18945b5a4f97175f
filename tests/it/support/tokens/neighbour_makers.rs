//! The texts of credentials of other services, drawn at random, with checksums of their own.

use super::NOW;
use super::codec::{base64, base64url, crc32};
use super::neighbour_keys as keys;
use super::rng::Rng;

pub(super) const DIGITS: &[u8] = b"0123456789";
pub(super) const HEX: &[u8] = b"0123456789abcdef";
pub(super) const CAPITALS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
pub(super) const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
pub(super) const URL64: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
pub(super) const STD64: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/";
pub(super) const BASE32: &[u8] = b"abcdefghijklmnopqrstuvwxyz234567";

pub(super) fn draw(rng: &mut Rng, alphabet: &[u8], count: usize) -> String {
    (0..count)
        .map(|_| char::from(alphabet[rng.below(alphabet.len())]))
        .collect()
}

/// A decimal number of that many digits.
pub(super) fn number(rng: &mut Rng, digits: usize) -> String {
    format!("{}{}", 1 + rng.below(9), draw(rng, DIGITS, digits - 1))
}

/// GitHub and npm: the CRC-32 of the body in six digits of base 62.
pub(super) fn checked(rng: &mut Rng, prefix: &str, random: usize) -> String {
    let body = draw(rng, BASE62, random);
    let mut number = crc32(body.as_bytes()) as usize;
    let mut tail = [0; 6];
    for digit in tail.iter_mut().rev() {
        *digit = BASE62[number % 62];
        number /= 62;
    }
    format!("{prefix}{body}{}", str::from_utf8(&tail).unwrap())
}

pub(super) fn atlassian(rng: &mut Rng, prefix: &str) -> String {
    let key = format!("{prefix}xFfGF0{}=", draw(rng, URL64, 180));
    format!("{key}{:08X}", crc32(key.as_bytes()))
}

pub(super) fn grafana(rng: &mut Rng) -> String {
    let key = format!("glsa_{}", draw(rng, BASE62, 32));
    let crc = crc32(key.as_bytes()).to_le_bytes();
    format!("{key}_{:08x}", u32::from_be_bytes(crc))
}

pub(super) fn grafana_cloud(rng: &mut Rng) -> String {
    let json = format!(
        r#"{{"o":"{}","n":"stack","k":"{}","m":{{"r":"eu"}}}}"#,
        number(rng, 6),
        draw(rng, BASE62, 24)
    );
    format!("glc_{}", base64(json.as_bytes()))
}

/// A Bech32 text, by the equations of BIP 173.
pub(super) fn age(rng: &mut Rng, name: &str) -> String {
    const ALPHABET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    let mut data: Vec<u8> = (0..51).map(|_| rng.below(32) as u8).collect();
    // 256 bits leave four of the last group empty.
    data.push((rng.below(2) * 16) as u8);
    let mut values: Vec<u8> = name.bytes().map(|byte| byte >> 5).collect();
    values.push(0);
    values.extend(name.bytes().map(|byte| byte & 31));
    values.extend(&data);
    values.extend([0; 6]);
    let mut sum: u32 = 1;
    for value in values {
        let top = sum >> 25;
        sum = (sum & 0x01ff_ffff) << 5 ^ u32::from(value);
        for (bit, generator) in [
            0x3b6a_57b2,
            0x2650_8e6d,
            0x1ea1_19fa,
            0x3d42_33dd,
            0x2a14_62b3,
        ]
        .into_iter()
        .enumerate()
        {
            if top >> bit & 1 == 1 {
                sum ^= generator;
            }
        }
    }
    sum ^= 1;
    data.extend((0..6).map(|at| (sum >> (25 - 5 * at) & 31) as u8));
    let text: String = data
        .iter()
        .map(|&value| char::from(ALPHABET[usize::from(value)]))
        .collect();
    format!("{name}1{text}").to_ascii_uppercase()
}

/// A key of Azure DevOps with Marvin32 of its first 60 bytes.
pub(super) fn azure_devops(rng: &mut Rng) -> String {
    let head = format!(
        "{}JQQJ99BDAC{}{}AZDO",
        draw(rng, BASE62, 52),
        draw(rng, CAPITALS, 4),
        draw(rng, BASE62, 10)
    );
    let mut number = marvin32(&keys::decode_base64(&head)).swap_bytes() as usize;
    let mut digits = Vec::new();
    while number > 0 {
        digits.insert(0, BASE62[number % 62]);
        number /= 62;
    }
    digits.extend(b"0000");
    format!("{head}{}", str::from_utf8(&digits[..4]).unwrap())
}

pub(super) fn marvin32(data: &[u8]) -> u32 {
    let (mut low, mut high) = (0x756c_7430_u32, 0x4465_6661_u32);
    let mut bytes = data.to_vec();
    bytes.push(0x80);
    bytes.resize(bytes.len().next_multiple_of(4) + 4, 0);
    for word in bytes.chunks(4) {
        low = low.wrapping_add(u32::from_le_bytes(word.try_into().unwrap()));
        high ^= low;
        low = low.rotate_left(20).wrapping_add(high);
        high = high.rotate_left(9) ^ low;
        low = low.rotate_left(27).wrapping_add(high);
        high = high.rotate_left(19);
    }
    low ^ high
}

pub(super) fn storage_key(rng: &mut Rng) -> String {
    base64(&rng.bytes(64))
}

/// One with the mark of newer keys.
pub(super) fn marked_storage_key(rng: &mut Rng) -> String {
    let last = ["A", "Q", "g", "w"][rng.below(4)];
    format!(
        "{}+ASt{}{last}==",
        draw(rng, STD64, 76),
        draw(rng, STD64, 5)
    )
}

pub(super) fn uuid(rng: &mut Rng) -> String {
    let group = |rng: &mut Rng, digits| draw(rng, HEX, digits);
    format!(
        "{}-{}-4{}-8{}-{}",
        group(rng, 8),
        group(rng, 4),
        group(rng, 3),
        group(rng, 3),
        group(rng, 12)
    )
}

/// A macaroon of PyPI for that site.
pub(super) fn pypi(rng: &mut Rng, site: &str) -> String {
    let mut bytes = vec![2];
    let mut field = |kind: u8, content: &[u8]| {
        bytes.extend([kind, content.len() as u8]);
        bytes.extend(content);
    };
    field(1, site.as_bytes());
    field(2, uuid(rng).as_bytes());
    bytes.push(0);
    let caveat = br#"{"version": 1, "permissions": "user"}"#;
    bytes.extend([2, caveat.len() as u8]);
    bytes.extend(caveat);
    bytes.extend([0, 0, 6, 32]);
    bytes.extend(rng.bytes(32));
    format!("pypi-{}", base64url(&bytes))
}

pub(super) fn fortanix(rng: &mut Rng) -> String {
    let secret = base64url(&rng.bytes(64));
    base64(format!("{}:{secret}", uuid(rng)).as_bytes())
}

pub(super) fn jwt(rng: &mut Rng, header: &str, claims: &str, signature: usize) -> String {
    [header.as_bytes(), claims.as_bytes(), &rng.bytes(signature)]
        .map(base64url)
        .join(".")
}

pub(super) fn kubernetes(rng: &mut Rng) -> String {
    let header = format!(r#"{{"alg":"RS256","kid":"{}"}}"#, base64url(&rng.bytes(32)));
    let claims = format!(
        r#"{{"aud":["k8s"],"exp":{},"iss":"https://k8s.acme.internal","kubernetes.io":{{"namespace":"ci","serviceaccount":{{"name":"ci","uid":"{}"}}}},"sub":"system:serviceaccount:ci:ci"}}"#,
        NOW + rng.below(1_000_000) as i64,
        uuid(rng)
    );
    jwt(rng, &header, &claims, 256)
}

/// The format in a Secret of a cluster before 1.24.
pub(super) fn kubernetes_secret(rng: &mut Rng) -> String {
    let claims = format!(
        r#"{{"iss":"kubernetes/serviceaccount","kubernetes.io/serviceaccount/namespace":"ci","kubernetes.io/serviceaccount/service-account.uid":"{}","sub":"system:serviceaccount:ci:ci"}}"#,
        uuid(rng)
    );
    jwt(rng, r#"{"alg":"RS256","kid":""}"#, &claims, 256)
}

/// A sign-in token of a person that expires at that time.
pub(super) fn sign_in(rng: &mut Rng, expires: i64) -> String {
    let claims = format!(
        r#"{{"iss":"https://id.acme.internal","sub":"{}","exp":{expires}}}"#,
        uuid(rng)
    );
    jwt(rng, r#"{"alg":"HS256","typ":"JWT"}"#, &claims, 32)
}

pub(super) fn github_installation(rng: &mut Rng) -> String {
    let claims = format!(
        r#"{{"iss":"https://github.com","jti":"{}","exp":{}}}"#,
        uuid(rng),
        NOW + 3600
    );
    let token = jwt(rng, r#"{"alg":"RS256","typ":"JWT"}"#, &claims, 64);
    format!("ghs_{}_{token}", number(rng, 7))
}

/// Three groups of digits behind a prefix, as Slack's tokens have them.
pub(super) fn slack(rng: &mut Rng, prefix: &str, groups: usize) -> String {
    let mut text = prefix.to_owned();
    for _ in 0..groups {
        let digits = 11 + rng.below(3);
        text += &number(rng, digits);
        text.push('-');
    }
    text
}
