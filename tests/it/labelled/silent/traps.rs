//! Near misses of credentials: damaged tokens, published examples, values under the very
//! names, base64 of placeholders.

use super::super::neighbours;
use super::{Sort, WORDS};
use crate::support::tokens::{Evidence, Rng, all_shapes, codec};

/// A sort: its name, the path of its file, templates of its lines.
type Templates = (&'static str, &'static str, &'static [&'static str]);

pub(super) const SORTS: &[Templates] = &[
    (
        "digests under names of tokens",
        "t/digests.sql",
        &[
            "token_digest = '¤hex64¤'",
            "INSERT INTO tokens (token_sha256) VALUES ('¤hex64¤');",
            "encrypted_token: \"¤base43¤=\"",
            "token_encrypted=¤base60¤",
            "  token_fingerprint: ¤hex40¤",
            "password_hash: $2b$12$¤alnum53¤",
            "secret_key_hash: ¤hex64¤",
            "password: {SSHA}¤base32¤",
            "root:$6$¤alnum16¤$¤alnum86¤:19000:0:99999:7:::",
        ],
    ),
    (
        "variables of jobs that are no secrets",
        "t/job.env",
        &[
            "CI_RUNNER_SHORT_TOKEN=¤alnum9¤",
            "CI_RUNNER_ID=¤num8¤",
            "CI_COMMIT_SHORT_SHA=¤hex8¤",
            "CI_PIPELINE_ID=¤num9¤",
            "CI_JOB_URL=https://gitlab.corp.internal/¤word¤/-/jobs/¤num9¤",
            "CI_COMMIT_BEFORE_SHA=¤hex40¤",
            "GITLAB_USER_LOGIN=¤name¤",
            "CI_JOB_STARTED_AT=2026-10-01T10:00:0¤num1¤Z",
            "CI_CONCURRENT_ID=¤num2¤",
            "CI_DEPLOY_USER=gitlab+deploy-token-¤num5¤",
            "GITLAB_FEATURES=audit_events,code_owners,¤word¤",
        ],
    ),
    (
        "names of twenty letters",
        "t/names.js",
        &[
            "const gitlabToken = resolveGitlabTokens;",
            "privateToken: ¤word¤TokenProviders,",
            "gitlab_token = GITLAB_TOKEN_DEFAULT_¤upper1¤",
            "GITLAB_TOKEN=my-gitlab-token-¤word¤",
            "private_token: the_private_token_¤word¤",
            "RUNNER_TOKEN: runner-token-of-¤word¤",
            "deployToken = currentDeployTokenFor¤upper1¤",
            "GITLAB_TOKEN: gitlab-token-¤word¤-prod",
            "job_token = self.job_token_for_¤word¤",
            "feed_token: feed-token-placeholder",
        ],
    ),
    (
        "placeholders of other services",
        "t/others.env",
        &[
            "A=ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx # ¤word¤",
            "A=npm_XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX # ¤word¤",
            "A=hvs.XXXXXXXXXXXXXXXXXXXXXXXX # ¤word¤",
            "A=AKIAXXXXXXXXXXXXXXXX # ¤word¤",
            "A=xoxb-your-token-here # ¤word¤",
            "A=AIzaSyXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX # ¤word¤",
            "A=dckr_pat_xxxxxxxxxxxxxxxxxxxxxxxxxxx # ¤word¤",
            "A=github_pat_xxxxxxxxxxxxxxxxxxxxxx_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx # ¤word¤",
            "A=GOCSPX-xxxxxxxxxxxxxxxxxxxxxxxxxxxx # ¤word¤",
            "A=xxxxxxxxxxxxxx.atlasv1.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx # ¤word¤",
            "A=AGE-SECRET-KEY-1XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX # ¤word¤",
            "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX # ¤word¤",
        ],
    ),
    (
        "keys left out",
        "t/keys.md",
        &[
            "-----BEGIN RSA PRIVATE KEY-----\n...¤word¤...\n-----END RSA PRIVATE KEY-----",
            "-----BEGIN OPENSSH PRIVATE KEY-----\n<key of ¤word¤>\n-----END OPENSSH PRIVATE KEY-----",
            "echo '-----BEGIN PRIVATE KEY-----' # ¤word¤",
            "if 'BEGIN PRIVATE KEY' in ¤word¤:",
            "KEY=\"-----BEGIN EC PRIVATE KEY-----\\n${¤upper6¤}\\n-----END EC PRIVATE KEY-----\"",
        ],
    ),
    (
        "files with variables",
        "t/settings.xml",
        &[
            "<add key=\"ClearTextPassword\" value=\"%¤upper6¤%\" />",
            "<password>${env.¤upper6¤}</password>",
            "<value>${env.CI_JOB_TOKEN}</value><!-- ¤word¤ -->",
            "<password>{¤base44¤=}</password>",
            "<name>Job-Token</name><value>${¤word¤.token}</value>",
            "<password></password><!-- ¤word¤ -->",
        ],
    ),
    (
        "random bodies without a prefix",
        "t/bodies.txt",
        &[
            "¤id20¤",
            "¤alnum26¤",
            "¤hex64¤",
            "¤hex40¤",
            "¤hex32¤",
            "x ¤id20¤ y",
            "id: ¤id20¤",
            "key: ¤alnum27¤",
            "¤url43¤",
            "nonce=¤hex32¤",
        ],
    ),
    (
        "tables of prefixes",
        "t/prefixes.go",
        &[
            "{\"glpat-\", ¤num2¤}, {\"gldt-\", ¤num2¤},",
            "case strings.HasPrefix(s, \"glrt-\"): // ¤word¤",
            "prefixes := []string{\"glcbt-\", \"glptt-\", \"¤word¤-\"}",
            "const prefix = \"glagent-\" + ¤word¤",
            "\"whsec_\" + base64(¤word¤)",
            "t.Run(\"glsoat-¤word¤\", func() {})",
            "// GR1348941 is the prefix of ¤word¤",
            "fmt.Sprintf(\"glft-%s-%d\", ¤word¤, id)",
        ],
    ),
    (
        "options without values",
        "t/options.sh",
        &[
            "gitlab-runner register --registration-token --name ¤word¤",
            "docker login -u gitlab-ci-token --password-stdin ¤word¤",
            "glab auth login --stdin < ¤word¤",
            "gitlab-runner run --working-directory /home/¤word¤ --config /etc/¤word¤",
            "gitlab-runner verify --name ¤word¤",
            "curl --netrc https://gitlab.corp.internal/¤word¤",
            "curl -u \"$USER:$TOKEN\" https://gitlab.corp.internal/¤word¤",
            "kubectl create secret generic ¤word¤ --from-literal=token=\"$TOKEN\"",
        ],
    ),
    (
        "tokens of other forms",
        "t/csrf.html",
        &[
            "<input name=\"authenticity_token\" value=\"\"> ¤word¤",
            "data-token-id=\"¤num9¤\"",
            "<meta name=\"token-count\" content=\"¤num3¤\">",
            "window.TOKENS = ¤num5¤; // ¤word¤",
            "{\"prompt_tokens\": ¤num4¤, \"completion_tokens\": ¤num3¤}",
            "max_tokens=¤num4¤",
            "\"token\": ¤num6¤,",
            "token_budget: ¤num5¤",
        ],
    ),
];

/// Sorts that need more than a template.
pub(super) fn sorts(rng: &mut Rng) -> Vec<Sort> {
    vec![
        damaged(rng),
        damaged_neighbours(rng),
        published(),
        base64_of_placeholders(),
        cut_off(rng),
    ]
}

fn sort(name: &str, path: &str, lines: Vec<String>) -> Sort {
    Sort {
        name: name.to_owned(),
        path: path.to_owned(),
        lines,
    }
}

/// Routable tokens of which one character was changed.
fn damaged(rng: &mut Rng) -> Sort {
    let shapes = all_shapes();
    let mut lines = Vec::new();
    for shape in shapes
        .iter()
        .filter(|shape| shape.evidence == Evidence::Checksum)
    {
        for _ in 0..4 {
            lines.push(format!("token: {}", change_last(shape.generate(rng))));
        }
    }
    sort(
        "routable tokens with a broken checksum",
        "t/damaged.yml",
        lines,
    )
}

/// The last character is one of a checksum: another of its alphabet breaks it.
fn change_last(mut token: String) -> String {
    let other = if token.ends_with('3') { '4' } else { '3' };
    token.pop();
    token.push(other);
    token
}

fn damaged_neighbours(rng: &mut Rng) -> Sort {
    let kinds = neighbours::all();
    let mut lines = Vec::new();
    for kind in kinds
        .iter()
        .filter(|kind| kind.proven && !kind.name.contains("age"))
    {
        for _ in 0..6 {
            lines.push(format!("secret: {}", change_last(kind.make(rng))));
        }
    }
    sort(
        "tokens of others with a broken checksum",
        "t/damaged-others.yml",
        lines,
    )
}

/// Examples that GitLab itself publishes, in parts.
fn published() -> Sort {
    let bodies = [
        ["cgyKc1k_As", "nEpmP-5fRL"],
        ["mGYFaXBmNL", "vLmrEb7xdf"],
        ["t9Wkyj-HGR", "kqQ-VWTGAr"],
        ["9koXpg98eA", "heJpvBs5tK"],
        ["jMRvtPNxrn", "3crTAGukpZ"],
        ["vTbFeqJYCY", "3sibBP7BZM"],
    ]
    .map(|parts| parts.concat());
    let prefixes = [
        "glpat-", "gldt-", "glrt-", "glsoat-", "glffct-", "glft-", "glcbt-1_",
    ];
    let lines = bodies
        .iter()
        .flat_map(|body| {
            prefixes
                .iter()
                .map(move |prefix| format!("    token: {prefix}{body}"))
        })
        .collect();
    sort("published examples", "t/published.yml", lines)
}

/// Encoded placeholders, as in the Kubernetes Secrets of tutorials.
fn base64_of_placeholders() -> Sort {
    let mut lines = Vec::new();
    for value in [
        "changeme",
        "password",
        "your-token",
        "admin",
        "<your token>",
        "s3cret",
        "postgres",
        "${TOKEN}",
        "xxxxxxxxxxxxxxxxxxxx",
    ] {
        lines.push(format!("  password: {}", codec::base64(value.as_bytes())));
        lines.push(format!(
            "  gitlab-token: {}",
            codec::base64(value.as_bytes())
        ));
        lines.push(format!(
            "Authorization: Basic {}",
            codec::base64(format!("user:{value}").as_bytes())
        ));
        for word in &WORDS[..3] {
            lines.push(format!(
                "{{\"auths\":{{\"{word}.corp.internal\":{{\"auth\":\"{}\"}}}}}}",
                codec::base64(format!("gitlab-ci-token:{value}").as_bytes())
            ));
        }
    }
    sort("base64 of placeholders", "t/secret.yaml", lines)
}

/// Tokens of which most is missing.
fn cut_off(rng: &mut Rng) -> Sort {
    let mut lines = Vec::new();
    for shape in all_shapes().iter().filter(|shape| {
        shape.evidence == Evidence::None && !shape.name.contains("IAM") && shape.label.is_empty()
    }) {
        let token = shape.generate(rng);
        lines.push(format!("seen: {}...", &token[..shape.prefix.len() + 6]));
        lines.push(format!("seen: {}****", &token[..shape.prefix.len() + 4]));
        lines.push(format!("seen: {}[MASKED]", shape.prefix));
    }
    sort("tokens cut off", "t/cut.log", lines)
}
