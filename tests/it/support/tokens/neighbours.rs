//! Makes the credentials of other services that leak beside GitLab's.

use super::NOW;
use super::neighbour_keys as keys;
use super::neighbour_makers::*;
use super::rng::Rng;

/// The confidence that a genuine credential must get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Worth {
    /// A checksum covers every character behind the prefix.
    Proven,
    /// Parts of it verify: proven, but not every change shows.
    Verified,
    /// The confidence of its rule.
    Rule,
    /// The confidence of its rule, or less if the body behind that many characters contains no digit.
    Mixed(usize),
}

/// One kind of credential.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Neighbour {
    /// Unique.
    pub(crate) name: &'static str,
    /// The rule that must find it.
    pub(crate) rule: &'static str,
    /// The text around it, with `§` for the credential. Empty if it is found anywhere.
    pub(crate) place: &'static str,
    /// The expected confidence.
    pub(crate) worth: Worth,
    /// Length of the prefix that all of them share.
    pub(crate) prefix: usize,
    /// Makes one.
    pub(crate) make: fn(&mut Rng) -> String,
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

/// Credentials that only their surroundings identify.
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

/// A sign-in token of a person that expires at that time.
pub(crate) fn sign_in_until(rng: &mut Rng, expires: i64) -> String {
    sign_in(rng, expires)
}
