//! Credentials of other services that only a name beside them identifies.

use super::kinds::{BASE62, BASE64, BASE64URL, HEX, Kind, of};
use crate::support::tokens::codec;

/// Kinds of credentials, and the places of each: name, path of the file, text with `§`.
type Group = (
    fn() -> Kind,
    &'static [(&'static str, &'static str, &'static str)],
);

#[rustfmt::skip]
const GROUPS: &[Group] = &[
    (|| Kind::new("AWS secret key", &["aws-secret-access-key"], |rng| {
        of(rng, BASE64, 40)
    }), &[
        ("AWS secret key beside its id", "s/e/credentials", "[default]\naws_secret_access_key = §\n"),
        (
            "AWS secret key in Terraform",
            "s/g.tf",
            concat!(
                "provider \"aws\" {\n  access_key = \"AKIA",
                "Q4Z7XKWN5TRB2MPD\"\n  secret_key = \"§\"\n}\n"
            ),
        ),
        ("AWS secret key in CI", "s/h.gitlab-ci.yml", "variables:\n  AWS_SECRET_ACCESS_KEY: \"§\"\n"),
        ("AWS secret key in JSON", "s/i.json", "{\"AccessKeyId\": \"x\", \"SecretAccessKey\": \"§\"}\n"),
        ("AWS secret key in an export", "s/j.sh", "export AWS_SECRET_ACCESS_KEY=§\n"),
    ]),
    (|| Kind::new("Azure DevOps token", &["azure-devops-token"], |rng| {
        of(rng, "abcdefghijklmnopqrstuvwxyz234567", 52)
    }), &[
        ("Azure DevOps variable", "s/f.env", "AZURE_DEVOPS_EXT_PAT=§\n"),
    ]),
    (|| Kind::new("Vault token of old", &["vault-legacy-token"], |rng| {
            format!("s.{}", of(rng, BASE62, 24))
        })
        .after(2), &[
        ("Vault login of old", "s/k.sh", "export VAULT_TOKEN=§\nvault kv get ci/a\n"),
        ("Vault header", "s/l.sh", "curl -H \"X-Vault-Token: §\" https://vault.corp.internal/v1/sys/health\n"),
    ]),
    (|| Kind::new("Jenkins API token", &["jenkins-api-token"], |rng| {
            format!("11{}", of(rng, HEX, 32))
        }), &[
        ("Jenkins account of a request", "s/ra.sh", "curl -u bob:§ https://jenkins.corp.internal/job/a/build\n"),
        ("Jenkins variable", "s/m.env", "JENKINS_API_TOKEN=§\n"),
        ("Jenkins command line", "s/n.sh", "java -jar jenkins-cli.jar -s https://j.corp.internal -auth bob:§ who-am-i\n"),
    ]),
    (|| Kind::new("Fortanix DSM API key", &["fortanix-dsm-api-key"], |rng| {
            let app = [8, 4, 4, 4, 12]
                .map(|length| of(rng, HEX, length))
                .join("-");
            codec::base64(format!("{app}:{}", of(rng, BASE64URL, 86)).as_bytes())
        }), &[
        ("Fortanix variable", "s/o.gitlab-ci.yml", "variables:\n  FORTANIX_API_KEY: §\n"),
        ("Fortanix header", "s/p.sh", "curl -H \"Authorization: Basic §\" https://eu.smartkey.io/sys/v1/session/auth  # fortanix\n"),
    ]),
    (|| Kind::new("Azure storage key", &["azure-storage-key"], |rng| {
            format!("{}==", of(rng, BASE64, 86))
        }), &[
        ("Azure connection string", "s/q.env", "CONN=DefaultEndpointsProtocol=https;AccountName=a;AccountKey=§;EndpointSuffix=core.windows.net\n"),
        ("Azure storage variable", "s/r.sh", "export AZURE_STORAGE_KEY='§'\n"),
    ]),
    (|| Kind::new(
        "Google service account key",
        &["gcp-service-account-key", "pem-private-key"],
        |rng| super::keys::pkcs8(rng).replace('\n', "\\n"),
    ), &[
        ("Google service account", "s/s/key.json", "{\"type\": \"service_account\", \"project_id\": \"a\",\n\"private_key_id\": \"9f3a5c0e7b1d2468ace013579bdf02468ace1357\",\n\"private_key\": \"§\\n\",\n\"client_email\": \"a@b.iam.gserviceaccount.com\"}\n"),
    ]),
    (|| Kind::new("npm token of old", &["config-file-credentials"], |rng| {
        [8, 4, 4, 4, 12]
            .map(|length| of(rng, HEX, length))
            .join("-")
    }), &[
        ("npm token in npmrc", "s/t/.npmrc", "//registry.npmjs.org/:_authToken=§\n"),
    ]),
];

/// Adds all of them.
pub(super) fn add(add: &mut impl FnMut(&'static str, &'static str, &'static str, Kind)) {
    for (kind, places) in GROUPS {
        for (name, path, text) in *places {
            add(name, path, text, kind());
        }
    }
}
