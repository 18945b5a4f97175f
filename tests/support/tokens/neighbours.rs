//! Makes the credentials of other services that leak beside GitLab's, with checksums of its own.

use super::NOW;
use super::codec::{base64, base64url, crc32};
use super::neighbour_keys as keys;
use super::rng::Rng;

/// What a genuine credential is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Worth {
    /// A checksum covers every character behind the prefix.
    Proven,
    /// Parts of it verify: proven, but not every change shows.
    Verified,
    /// What its rule says.
    Rule,
    /// What its rule says, less if the body behind that many characters holds no digit.
    Mixed(usize),
}

/// One kind of credential.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Neighbour {
    /// Unique.
    pub(crate) name: &'static str,
    /// The rule that must find it.
    pub(crate) rule: &'static str,
    /// What its place says: `§` stands for it. Empty if it is found anywhere.
    pub(crate) place: &'static str,
    /// What it is worth.
    pub(crate) worth: Worth,
    /// How many characters are the same in all of them.
    pub(crate) prefix: usize,
    /// Makes one.
    pub(crate) make: fn(&mut Rng) -> String,
}

const DIGITS: &[u8] = b"0123456789";
const HEX: &[u8] = b"0123456789abcdef";
const CAPITALS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const URL64: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
const STD64: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/";
const BASE32: &[u8] = b"abcdefghijklmnopqrstuvwxyz234567";

fn draw(rng: &mut Rng, alphabet: &[u8], count: usize) -> String {
    (0..count)
        .map(|_| char::from(alphabet[rng.below(alphabet.len())]))
        .collect()
}

/// A decimal number of that many digits.
fn number(rng: &mut Rng, digits: usize) -> String {
    format!("{}{}", 1 + rng.below(9), draw(rng, DIGITS, digits - 1))
}

/// GitHub and npm: the CRC-32 of the body in six digits of base 62.
fn checked(rng: &mut Rng, prefix: &str, random: usize) -> String {
    let body = draw(rng, BASE62, random);
    let mut number = crc32(body.as_bytes()) as usize;
    let mut tail = [0; 6];
    for digit in tail.iter_mut().rev() {
        *digit = BASE62[number % 62];
        number /= 62;
    }
    format!("{prefix}{body}{}", str::from_utf8(&tail).unwrap())
}

fn atlassian(rng: &mut Rng, prefix: &str) -> String {
    let key = format!("{prefix}xFfGF0{}=", draw(rng, URL64, 180));
    format!("{key}{:08X}", crc32(key.as_bytes()))
}

fn grafana(rng: &mut Rng) -> String {
    let key = format!("glsa_{}", draw(rng, BASE62, 32));
    let crc = crc32(key.as_bytes()).to_le_bytes();
    format!("{key}_{:08x}", u32::from_be_bytes(crc))
}

fn grafana_cloud(rng: &mut Rng) -> String {
    let json = format!(
        r#"{{"o":"{}","n":"stack","k":"{}","m":{{"r":"eu"}}}}"#,
        number(rng, 6),
        draw(rng, BASE62, 24)
    );
    format!("glc_{}", base64(json.as_bytes()))
}

/// A Bech32 text, by the equations of BIP 173.
fn age(rng: &mut Rng, name: &str) -> String {
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
fn azure_devops(rng: &mut Rng) -> String {
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

fn marvin32(data: &[u8]) -> u32 {
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

fn storage_key(rng: &mut Rng) -> String {
    base64(&rng.bytes(64))
}

/// One with the mark of newer keys.
fn marked_storage_key(rng: &mut Rng) -> String {
    let last = ["A", "Q", "g", "w"][rng.below(4)];
    format!(
        "{}+ASt{}{last}==",
        draw(rng, STD64, 76),
        draw(rng, STD64, 5)
    )
}

fn uuid(rng: &mut Rng) -> String {
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
fn pypi(rng: &mut Rng, site: &str) -> String {
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

fn fortanix(rng: &mut Rng) -> String {
    let secret = base64url(&rng.bytes(64));
    base64(format!("{}:{secret}", uuid(rng)).as_bytes())
}

fn jwt(rng: &mut Rng, header: &str, claims: &str, signature: usize) -> String {
    [header.as_bytes(), claims.as_bytes(), &rng.bytes(signature)]
        .map(base64url)
        .join(".")
}

fn kubernetes(rng: &mut Rng) -> String {
    let header = format!(r#"{{"alg":"RS256","kid":"{}"}}"#, base64url(&rng.bytes(32)));
    let claims = format!(
        r#"{{"aud":["k8s"],"exp":{},"iss":"https://k8s.acme.internal","kubernetes.io":{{"namespace":"ci","serviceaccount":{{"name":"ci","uid":"{}"}}}},"sub":"system:serviceaccount:ci:ci"}}"#,
        NOW + rng.below(1_000_000) as i64,
        uuid(rng)
    );
    jwt(rng, &header, &claims, 256)
}

/// As it stands in a Secret of a cluster before 1.24.
fn kubernetes_secret(rng: &mut Rng) -> String {
    let claims = format!(
        r#"{{"iss":"kubernetes/serviceaccount","kubernetes.io/serviceaccount/namespace":"ci","kubernetes.io/serviceaccount/service-account.uid":"{}","sub":"system:serviceaccount:ci:ci"}}"#,
        uuid(rng)
    );
    jwt(rng, r#"{"alg":"RS256","kid":""}"#, &claims, 256)
}

/// A token of somebody's sign-in that ends at that time.
pub(crate) fn sign_in(rng: &mut Rng, expires: i64) -> String {
    let claims = format!(
        r#"{{"iss":"https://id.acme.internal","sub":"{}","exp":{expires}}}"#,
        uuid(rng)
    );
    jwt(rng, r#"{"alg":"HS256","typ":"JWT"}"#, &claims, 32)
}

fn github_installation(rng: &mut Rng) -> String {
    let claims = format!(
        r#"{{"iss":"https://github.com","jti":"{}","exp":{}}}"#,
        uuid(rng),
        NOW + 3600
    );
    let token = jwt(rng, r#"{"alg":"RS256","typ":"JWT"}"#, &claims, 64);
    format!("ghs_{}_{token}", number(rng, 7))
}

/// Three groups of digits behind a prefix, as Slack's tokens have them.
fn slack(rng: &mut Rng, prefix: &str, groups: usize) -> String {
    let mut text = prefix.to_owned();
    for _ in 0..groups {
        let digits = 11 + rng.below(3);
        text += &number(rng, digits);
        text.push('-');
    }
    text
}

/// Every kind of neighbour.
pub(crate) fn all_neighbours() -> Vec<Neighbour> {
    use Worth::{Mixed, Proven, Rule};
    let kind = |name, rule, worth, prefix, make| Neighbour {
        name,
        rule,
        place: "",
        worth,
        prefix,
        make,
    };
    let mut all = vec![
        kind("GitHub, classic", "github-token", Proven, 4, |r| {
            checked(r, "ghp_", 30)
        }),
        kind("GitHub, OAuth", "github-token", Proven, 4, |r| {
            checked(r, "gho_", 30)
        }),
        kind("GitHub, user of an app", "github-token", Proven, 4, |r| {
            checked(r, "ghu_", 30)
        }),
        kind("GitHub, installation", "github-token", Proven, 4, |r| {
            checked(r, "ghs_", 30)
        }),
        kind("GitHub, refresh", "github-token", Proven, 4, |r| {
            checked(r, "ghr_", 70)
        }),
        kind(
            "GitHub, installation since 2026",
            "github-token",
            Rule,
            4,
            github_installation,
        ),
        kind(
            "GitHub, fine-grained",
            "github-fine-grained-token",
            Mixed(11),
            11,
            |r| format!("github_pat_{}_{}", draw(r, BASE62, 22), draw(r, BASE62, 59)),
        ),
        kind("npm", "npm-access-token", Proven, 4, |r| {
            checked(r, "npm_", 30)
        }),
        kind("PyPI", "pypi-token", Rule, 20, |r| pypi(r, "pypi.org")),
        kind("PyPI, test site", "pypi-token", Rule, 27, |r| {
            pypi(r, "test.pypi.org")
        }),
        kind("Docker Hub, user", "docker-hub-token", Rule, 9, |r| {
            format!("dckr_pat_{}", draw(r, URL64, 27))
        }),
        kind(
            "Docker Hub, organization",
            "docker-hub-token",
            Rule,
            9,
            |r| format!("dckr_oat_{}", draw(r, URL64, 32)),
        ),
        kind("Slack, bot", "slack-token", Rule, 5, |r| {
            slack(r, "xoxb-", 2) + &draw(r, BASE62, 24)
        }),
        kind("Slack, user", "slack-token", Rule, 5, |r| {
            slack(r, "xoxp-", 3) + &draw(r, HEX, 32)
        }),
        kind("Slack, workspace", "slack-token", Rule, 5, |r| {
            slack(r, "xoxa-2-", 3) + &draw(r, HEX, 32)
        }),
        kind("Slack, app", "slack-token", Rule, 5, |r| {
            format!(
                "xapp-1-A{}-{}-{}",
                draw(r, CAPITALS, 10),
                number(r, 13),
                draw(r, HEX, 64)
            )
        }),
        kind("Slack, rotating", "slack-token", Rule, 5, |r| {
            format!("xoxe.xoxb-1-{}", draw(r, BASE62, 163))
        }),
        kind("Slack, refresh", "slack-token", Rule, 5, |r| {
            format!("xoxe-1-{}", draw(r, BASE62, 146))
        }),
        kind("Slack, webhook", "slack-webhook-url", Rule, 25, |r| {
            format!(
                "hooks.slack.com/services/T{}/B{}/{}",
                draw(r, CAPITALS, 10),
                draw(r, CAPITALS, 10),
                draw(r, BASE62, 24)
            )
        }),
        kind("Atlassian, user", "atlassian-api-token", Proven, 12, |r| {
            atlassian(r, "ATATT3")
        }),
        kind(
            "Atlassian, Bitbucket",
            "atlassian-api-token",
            Proven,
            12,
            |r| atlassian(r, "ATCTT3"),
        ),
        kind("Grafana", "grafana-token", Proven, 5, grafana),
        kind("Grafana Cloud", "grafana-token", Rule, 4, grafana_cloud),
        kind("age", "age-secret-key", Proven, 16, |r| {
            age(r, "age-secret-key-")
        }),
        kind("age, post-quantum", "age-secret-key", Proven, 19, |r| {
            age(r, "age-secret-key-pq-")
        }),
        kind("Terraform", "terraform-cloud-token", Mixed(23), 0, |r| {
            format!("{}.atlasv1.{}", draw(r, BASE62, 14), draw(r, BASE62, 67))
        }),
        kind("Vault, service", "vault-token", Mixed(4), 4, |r| {
            format!("hvs.{}", draw(r, BASE62, 24))
        }),
        kind(
            "Vault, service with index",
            "vault-token",
            Mixed(4),
            4,
            |r| format!("hvs.CAES{}", draw(r, URL64, 91)),
        ),
        kind("Vault, batch", "vault-token", Mixed(4), 4, |r| {
            format!("hvb.AAAAAQ{}", draw(r, URL64, 140))
        }),
        kind("AWS session", "aws-session-token", Rule, 12, |r| {
            format!("IQoJb3JpZ2lu{}==", draw(r, STD64, 522))
        }),
        kind("Google API", "gcp-api-key", Mixed(4), 4, |r| {
            format!("AIzaSy{}", draw(r, URL64, 33))
        }),
        kind(
            "Google OAuth",
            "google-oauth-client-secret",
            Mixed(7),
            7,
            |r| format!("GOCSPX-{}", draw(r, URL64, 28)),
        ),
        kind("Azure client", "azure-client-secret", Mixed(6), 6, |r| {
            format!(
                "{}8Q~{}{}",
                draw(r, BASE62, 3),
                draw(r, URL64, 33),
                draw(r, BASE62, 1)
            )
        }),
        kind(
            "Azure storage, marked",
            "azure-storage-key",
            Rule,
            0,
            marked_storage_key,
        ),
        kind(
            "Azure DevOps",
            "azure-devops-token",
            Proven,
            0,
            azure_devops,
        ),
        kind(
            "Kubernetes, bound",
            "kubernetes-service-account-token",
            Rule,
            8,
            kubernetes,
        ),
        kind(
            "Kubernetes, of a Secret",
            "kubernetes-service-account-token",
            Rule,
            8,
            kubernetes_secret,
        ),
        kind("JSON Web Token", "json-web-token", Rule, 8, |r| {
            sign_in(r, NOW + 3600)
        }),
    ];
    all.extend(keys::all());
    all.extend(in_their_places());
    all
}

/// Those that say nothing themselves.
fn in_their_places() -> Vec<Neighbour> {
    use Worth::{Mixed, Rule};
    let kind = |name, rule, place, worth, make| Neighbour {
        name,
        rule,
        place,
        worth,
        prefix: 0,
        make,
    };
    let aws = "aws-secret-access-key";
    let secret: fn(&mut Rng) -> String = |r| draw(r, STD64, 40);
    let jenkins: fn(&mut Rng) -> String = |r| format!("11{}", draw(r, HEX, 32));
    let legacy: fn(&mut Rng) -> String = |r| format!("s.{}", draw(r, BASE62, 24));
    let pat: fn(&mut Rng) -> String = |r| draw(r, BASE32, 52);
    let pair = concat!("AK", "IAQ3EGRPZ7TK2LVW5C");
    assert_eq!(pair.len(), 20);
    vec![
        kind(
            "AWS, variable",
            aws,
            "AWS_SECRET_ACCESS_KEY=§\n",
            Mixed(0),
            secret,
        ),
        kind(
            "AWS, JSON",
            aws,
            "{\"SecretAccessKey\": \"§\"}\n",
            Mixed(0),
            secret,
        ),
        kind(
            "AWS, credentials file",
            aws,
            "[default]\naws_secret_access_key = §\n",
            Mixed(0),
            secret,
        ),
        kind(
            "AWS, pair",
            aws,
            concat!("AK", "IAQ3EGRPZ7TK2LVW5C:§\n"),
            Mixed(0),
            secret,
        ),
        kind(
            "AWS, file of keys",
            aws,
            concat!(
                "Access key ID,Secret access key\nAK",
                "IAQ3EGRPZ7TK2LVW5C,§\r\n"
            ),
            Mixed(0),
            secret,
        ),
        kind(
            "AWS, provider",
            aws,
            concat!(
                "access_key = \"AK",
                "IAQ3EGRPZ7TK2LVW5C\"\n  secret_key = \"§\"\n"
            ),
            Mixed(0),
            secret,
        ),
        kind(
            "Azure storage",
            "azure-storage-key",
            "AccountName=acme;AccountKey=§;EndpointSuffix=core.windows.net\n",
            Rule,
            storage_key,
        ),
        kind(
            "Azure storage, variable",
            "azure-storage-key",
            "ARM_ACCESS_KEY: '§'\n",
            Rule,
            storage_key,
        ),
        kind(
            "Azure DevOps, old",
            "azure-devops-token",
            "AZURE_DEVOPS_EXT_PAT=§\n",
            Rule,
            pat,
        ),
        kind(
            "Azure DevOps, URL",
            "azure-devops-token",
            "https://x:§@dev.azure.com/acme/_git/x\n",
            Rule,
            pat,
        ),
        kind(
            "Jenkins",
            "jenkins-api-token",
            "JENKINS_API_TOKEN=§\n",
            Rule,
            jenkins,
        ),
        kind(
            "Jenkins, URL",
            "jenkins-api-token",
            "https://joe:§@jenkins.acme.internal/job/x\n",
            Rule,
            jenkins,
        ),
        kind(
            "Vault, old",
            "vault-legacy-token",
            "X-Vault-Token: §\r\n",
            Mixed(2),
            legacy,
        ),
        kind(
            "Fortanix",
            "fortanix-dsm-api-key",
            "FORTANIX_API_KEY=§\n",
            Rule,
            fortanix,
        ),
        kind(
            "Fortanix, header",
            "fortanix-dsm-api-key",
            "curl -H 'Authorization: Basic §' https://eu.fortanix.test/sys/v1\n",
            Rule,
            fortanix,
        ),
    ]
}
