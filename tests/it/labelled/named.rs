//! Credentials that only their surroundings identify: no prefix, no checksum, a name beside them.

use super::kinds::{
    DEVISE, HEX, Kind, devise, of, password, password_in, plain, plain_job, plain_oauth,
    plain_runner, plain_trigger,
};
use crate::support::tokens::codec;

/// A place: its name, the path of the file, the text with `§`, and the kind of credential at `§`.
pub(crate) struct Named {
    pub name: &'static str,
    pub path: &'static str,
    pub text: &'static str,
    pub kind: Kind,
}

const URL: &str = "git-url-credentials";
const FILE: &str = "config-file-credentials";
const INSTANCE: &str = "gitlab-instance-secret";

/// Twenty characters beside these names.
#[rustfmt::skip]
const TWENTY: &[(&str, &str, &str)] = &[
    ("header PRIVATE-TOKEN", "n/a.sh", "curl -sS --header \"PRIVATE-TOKEN: §\" https://gitlab.corp.internal/api/v4/projects\n"),
    ("header JOB-TOKEN", "n/b.sh", "wget --header='JOB-TOKEN: §' https://gitlab.corp.internal/x\n"),
    ("header Deploy-Token", "n/c.http", "GET /x HTTP/1.1\r\nDeploy-Token: §\r\n\r\n"),
    ("header in Python", "n/d.py", "requests.get(url, headers={'PRIVATE-TOKEN': '§'})\n"),
    ("header in Go", "n/e.go", "req.Header.Add(\"PRIVATE-TOKEN\", \"§\")\n"),
    ("header of a webhook", "n/f.log", "X-Gitlab-Token: §\n"),
    ("query private_token", "n/g.log", "GET /api/v4/user?private_token=§&page=1 HTTP/1.1\n"),
    ("query rss_token", "n/h.opml", "<outline xmlUrl=\"https://gitlab.corp.internal/g/p.atom?rss_token=§\"/>\n"),
    ("query feed_token", "n/i.md", "[calendar](https://gitlab.corp.internal/dashboard/issues.ics?feed_token=§)\n"),
    ("gitlab-runner register", "n/j.sh", "gitlab-runner register --non-interactive --url https://gitlab.corp.internal/ --registration-token § --executor docker\n"),
    ("gitlab-runner register, short", "n/k.sh", "sudo gitlab-runner register -n -u https://gitlab.corp.internal/ -r § --tag-list a\n"),
    ("docker login of a job", "n/l.sh", "docker login -u gitlab-ci-token -p § registry.corp.internal\n"),
    ("glab auth login", "n/m.sh", "glab auth login --hostname gitlab.corp.internal --token §\n"),
    ("curl user", "n/n.sh", "curl --user bot:§ https://gitlab.corp.internal/api/v4/projects/1/packages/generic/a/1/f\n"),
    ("variable GITLAB_TOKEN", "n/o/.env", "GITLAB_TOKEN=§\n"),
    ("variable in CI", "n/p/.gitlab-ci.yml", "variables:\n  GITLAB_PRIVATE_TOKEN: \"§\"\n"),
    ("variable in a Dockerfile", "n/q/Dockerfile", "FROM a\nENV GITLAB_ACCESS_TOKEN=§\n"),
    ("variable TF_HTTP_PASSWORD", "n/r.sh", "export TF_HTTP_PASSWORD=§\n"),
    ("variable CI_DEPLOY_PASSWORD", "n/s.env", "CI_DEPLOY_PASSWORD='§'\n"),
    ("variable in a diff", "n/t.patch", "@@ -1 +1 @@\n-GL_TOKEN=x\n+GL_TOKEN=§\n"),
    ("key in Ruby", "n/u.rb", "Gitlab.private_token = '§'\n"),
    ("key in TypeScript", "n/v.ts", "const gitlabToken: string = '§';\n"),
    ("key in Java", "n/w.java", "String gitlabToken = \"§\";\n"),
    ("glab configuration", "n/x/.config/glab-cli/config.yml", "hosts:\n  gitlab.corp.internal:\n    token: §\n    user: a\n"),
    ("python-gitlab configuration", "n/y/.python-gitlab.cfg", "[a]\nurl = https://gitlab.corp.internal\nprivate_token = §\n"),
    ("Composer auth.json", "n/z/auth.json", "{\"gitlab-token\": {\"gitlab.corp.internal\": \"§\"}}\n"),
    ("runner configuration", "n/ba/config.toml", "[[runners]]\n  name = \"a\"\n  url = \"https://gitlab.corp.internal\"\n  token = \"§\"\n  executor = \"shell\"\n"),
    ("Helm values of the runner", "n/bb/values.yaml", "gitlabUrl: https://gitlab.corp.internal/\nrunnerRegistrationToken: \"§\"\n"),
    ("Terraform provider", "n/bc/main.tf", "provider \"gitlab\" {\n  token = \"§\"\n}\n"),
    ("MCP settings", "n/bd/mcp.json", "{\"mcpServers\":{\"g\":{\"env\":{\"GITLAB_PERSONAL_ACCESS_TOKEN\":\"§\"}}}}\n"),
    ("feature flags client", "n/be.sh", "curl -H \"UNLEASH-INSTANCEID: §\" https://gitlab.corp.internal/api/v4/feature_flags/unleash/1\n"),
    ("Maven settings", "n/bf/settings.xml", "<settings><servers><server><id>g</id><configuration><httpHeaders>\n<property><name>Job-Token</name><value>§</value></property>\n</httpHeaders></configuration></server></servers></settings>\n"),
    ("Gradle credentials", "n/bg/build.gradle.kts", "credentials(HttpHeaderCredentials::class) {\n    name = \"Deploy-Token\"\n    value = \"§\"\n}\n"),
];

/// More of them.
#[rustfmt::skip]
const MORE: &[(&str, &str, &str)] = &[
    ("header in a setting of Git", "n/da.sh", "git -c http.extraHeader=\"PRIVATE-TOKEN: §\" clone https://gitlab.corp.internal/a.git\n"),
    ("static object header", "n/db.log", "X-Gitlab-Static-Object-Token: §\n"),
    ("runner header", "n/dc.http", "RUNNER-TOKEN: §\r\nHost: a\r\n"),
    ("skopeo", "n/dd.sh", "skopeo copy --src-creds gitlab-ci-token:§ docker://a dir:b\n"),
    ("crane", "n/de.sh", "crane auth login -u gitlab-ci-token -p § registry.corp.internal\n"),
    ("git credentials of old", "n/df/.terraformrc", "credentials \"gitlab.corp.internal\" {\n  token = \"§\"\n}\n"),
    ("Terraform host variable", "n/dg.sh", "export TF_TOKEN_gitlab_corp_internal=§\n"),
    ("state of a GitLab resource", "n/dh/terraform.tfstate", "{\"version\":4,\"resources\":[{\"type\":\"gitlab_project_access_token\",\"name\":\"a\",\"instances\":[{\"attributes\":{\"id\":\"1:2\",\"token\":\"§\"}}]}]}\n"),
    ("gitlab.rb registration", "n/di/gitlab.rb", "gitlab_rails['initial_shared_runners_registration_token'] = \"§\"\n"),
    ("glab job token", "n/dj/.config/glab-cli/config.yml", "hosts:\n  gitlab.corp.internal:\n    job_token: §\n"),
    ("state of a deploy token", "n/ef/terraform.tfstate", "{\"resources\":[{\"type\":\"gitlab_deploy_token\",\"instances\":[{\"attributes\":{\"token\":\"§\",\"username\":\"a\"}}]}]}\n"),
    ("bearer in MCP settings", "n/eg/mcp.json", "{\"servers\":{\"g\":{\"url\":\"https://gitlab.corp.internal/api/v4/mcp\",\"headers\":{\"Authorization\":\"Bearer §\"}}}}\n"),
    ("job token in a query", "n/eh.log", "GET /api/v4/projects/1/packages?job_token=§ HTTP/1.1\n"),
    ("helm login", "n/ei.sh", "helm registry login -u gitlab-ci-token -p § registry.corp.internal\n"),
    ("Renovate", "n/dk.env", "RENOVATE_TOKEN=§\n"),
    ("Danger", "n/dl.yml", "  DANGER_GITLAB_API_TOKEN: §\n"),
    ("unset default", "n/dm.sh", "curl -H \"PRIVATE-TOKEN: ${GITLAB_TOKEN:-§}\" https://gitlab.corp.internal\n"),
    ("key in C#", "n/dn.cs", "private const string GitLabToken = \"§\";\n"),
    ("key in Kotlin", "n/do.kt", "val gitlabToken: String = \"§\"\n"),
    ("key in Rust", "n/dp.rs", "const GITLAB_TOKEN: &str = \"§\";\n"),
    ("key in Go", "n/dq.go", "var gitlabToken string = \"§\"\n"),
    ("key in PHP", "n/dr.php", "define('GITLAB_TOKEN', '§');\n"),
    ("key in Swift", "n/ds.swift", "let privateToken: String = \"§\"\n"),
    ("key in Python with a type", "n/dt.py", "GITLAB_TOKEN: str = \"§\"\n"),
    ("key in JSON", "n/du.json", "{\"gitlab\": {\"privateToken\": \"§\"}}\n"),
    ("variable in JSON of Terraform", "n/dv.tfvars", "gitlab_token = \"§\"\n"),
    ("variable of Kubernetes", "n/dw.yaml", "        - name: GITLAB_TOKEN\n          value: \"§\"\n"),
    ("variable of compose", "n/dx/compose.yaml", "services:\n  a:\n    environment:\n      GITLAB_TOKEN: §\n"),
    ("argument of a build", "n/dy.sh", "docker build --build-arg GITLAB_TOKEN=§ .\n"),
    ("run of a container", "n/dz.sh", "docker run -e CI_JOB_TOKEN=§ a\n"),
    ("fenced block", "n/ea.md", "```\nexport GITLAB_TOKEN=§\n```\n"),
    ("notebook", "n/eb.ipynb", "{\"cells\":[{\"source\":[\"gl = gitlab.Gitlab(url, private_token='§')\\n\"]}]}\n"),
    ("job log of printenv", "n/ec.log", "2026-10-01T10:00:00.1Z 00O CI_REGISTRY_PASSWORD=§\n"),
    ("HAR file", "n/ed.har", "{\"headers\":[{\"name\":\"PRIVATE-TOKEN\",\"value\":\"§\"}]}\n"),
    ("header in a template of Go", "n/ej.go", "req.Header.Add(\"Private-Token\", `§`)\n"),
    ("header in a map of Go", "n/ek.log", "map[Accept:[*/*] Private-Token:[§]]\n"),
    ("header of a proxy", "n/el.conf", "proxy_set_header PRIVATE-TOKEN \"§\";\n"),
    ("header of a collection, value first", "n/em.postman_collection.json", "{\"header\":[{\"value\":\"§\",\"type\":\"text\",\"key\":\"PRIVATE-TOKEN\"}]}\n"),
    ("Gradle credentials without signs", "n/en.gradle", "credentials(HttpHeaderCredentials) {\n    name 'Private-Token'\n    value '§'\n}\n"),
    ("query in a query", "n/eo.log", "to=https%3A%2F%2Fgitlab.example.com%2Fa%3Fprivate_token%3D§%26x%3D1\n"),
    ("pipe into a login", "n/ep.sh", "echo \"§\" | docker login registry.gitlab.com -u bob --password-stdin\n"),
    ("Poetry", "n/eq.sh", "poetry config http-basic.gitlab __token__ §\n"),
    ("client in Go", "n/er.go", "git, err := gitlab.NewClient(\"§\", gitlab.WithBaseURL(url))\n"),
    ("client in Java", "n/es.java", "GitLabApi api = new GitLabApi(\"https://gitlab.example.com\", \"§\");\n"),
    ("client in JavaScript", "n/et.js", "const api = new Gitlab({ host: 'https://gitlab.example.com', token: '§' });\n"),
    ("section of a setting", "n/eu.ini", "[gitlab]\ntoken = §\n"),
    ("nested key", "n/ev.yml", "gitlab:\n  token: §\n"),
    ("element of a setting", "n/ew.xml", "<gitlabToken>§</gitlabToken>\n"),
    ("property list", "n/ex.plist", "<key>GITLAB_TOKEN</key>\n<string>§</string>\n"),
    ("variable with a description", "n/ey.gitlab-ci.yml", "variables:\n  GITLAB_TOKEN:\n    value: \"§\"\n    description: the bot\n"),
    ("default of a variable", "n/ez.js", "const t = process.env.GITLAB_TOKEN || '§';\n"),
    ("coloured export", "n/fa.log", "+ export GITLAB_TOKEN=§\u{1b}[0;m\n"),
    ("feature flags in code", "n/fb.go", "unleash.WithInstanceId(\"§\"),\nunleash.WithUrl(\"https://gitlab.example.com/api/v4/feature_flags/unleash/1\"),\n"),
    ("MCP header", "n/ee/mcp.json", "{\"mcpServers\":{\"g\":{\"url\":\"https://gitlab.corp.internal/api/v4/mcp\",\"headers\":{\"PRIVATE-TOKEN\":\"§\"}}}}\n"),
];

/// Passwords in URLs.
#[rustfmt::skip]
const URLS: &[(&str, &str, &str)] = &[
    ("remote of a repository", "u/a/.gitmodules", "[submodule \"a\"]\n\turl = https://deployer:§@git.corp.internal/a/b.git\n"),
    ("clone command", "u/b.sh", "git clone --depth 1 https://bot:§@git.corp.internal/a/b.git\n"),
    ("database URL", "u/c.env", "DATABASE_URL=postgres://app:§@db.corp.internal:5432/app?sslmode=require\n"),
    ("redis without a user", "u/d.yaml", "cache:\n  url: \"redis://:§@cache.corp.internal:6379/0\"\n"),
    ("proxy", "u/e.sh", "export https_proxy=http://joe:§@proxy.corp.internal:3128\n"),
    ("message broker in code", "u/f.py", "broker_url = 'amqp://worker:§@mq.corp.internal:5672//'\n"),
    ("index of packages", "u/g/Pipfile", "[[source]]\nurl = \"https://joe:§@pypi.corp.internal/simple\"\nverify_ssl = true\n"),
    ("gem source", "u/h/Gemfile", "source \"https://joe:§@gems.corp.internal/\"\n"),
    ("URL in a log", "u/i.log", "fatal: unable to access 'https://joe:§@git.corp.internal/a.git/': 403\n"),
];

/// Passwords and tokens in files with a grammar.
#[rustfmt::skip]
const FILES: &[(&str, &str, &str)] = &[
    ("netrc", "f/a/.netrc", "machine git.corp.internal login bob password §\n"),
    ("npm token", "f/b/.npmrc", "//npm.corp.internal/:_authToken=§\n"),
    ("NuGet password", "f/c/NuGet.config", "<configuration><packageSourceCredentials><a><add key=\"Username\" value=\"b\"/><add key=\"ClearTextPassword\" value=\"§\"/></a></packageSourceCredentials></configuration>\n"),
    ("pypirc", "f/d/.pypirc", "[distutils]\nindex-servers = a\n[a]\nrepository = https://pypi.corp.internal\nusername = bob\npassword = §\n"),
    ("Terraform state backend", "f/e/.terraform/terraform.tfstate", "{\"version\":3,\"backend\":{\"type\":\"http\",\"config\":{\"address\":\"https://gitlab.corp.internal/s\",\"username\":\"bob\",\"password\":\"§\"}}}\n"),
    ("Cargo registry", "f/f/.cargo/credentials.toml", "[registries.corp]\ntoken = \"§\"\n"),
    ("Helm repositories", "f/g/helm/repositories.yaml", "apiVersion: \"\"\nrepositories:\n- name: a\n  url: https://charts.corp.internal\n  username: bob\n  password: §\n"),
    ("Maven server", "f/h/settings.xml", "<settings><servers><server><id>a</id><username>bob</username>\n<password>§</password></server></servers></settings>\n"),
    ("runner cache in S3", "f/i/config.toml", "[[runners]]\n  [runners.cache]\n    [runners.cache.s3]\n      AccessKey = \"runner\"\n      SecretKey = \"§\"\n"),
    ("Composer http-basic", "f/j/auth.json", "{\"http-basic\":{\"repo.corp.internal\":{\"username\":\"bob\",\"password\":\"§\"}}}\n"),
    ("yarn token", "f/k/.yarnrc.yml", "npmRegistryServer: https://npm.corp.internal\nnpmAuthToken: §\n"),
];

/// Sixty-four digits.
#[rustfmt::skip]
const OAUTH: &[(&str, &str, &str)] = &[
    ("client secret of a request", "o/a.sh", "curl -X POST \"https://gitlab.corp.internal/oauth/token?client_id=a&client_secret=§&grant_type=client_credentials\"\n"),
    ("OAuth of Grafana", "o/p/grafana.ini", "[auth.gitlab]\nclient_id = a\nclient_secret = §\n"),
    ("OAuth of Dex", "o/q/dex.yaml", "connectors:\n- type: gitlab\n  config:\n    clientID: a\n    clientSecret: §\n"),
    ("answer to a request", "o/r.json", "{\"access_token\":\"§\",\"token_type\":\"Bearer\",\"web_url\":\"https://gitlab.corp.internal\"}\n"),
    ("refresh token of a request", "o/b.sh", "curl -d refresh_token=§ -d grant_type=refresh_token https://gitlab.corp.internal/oauth/token\n"),
];

/// A session outside of the header that names it.
#[rustfmt::skip]
const SESSIONS: &[(&str, &str, &str)] = &[
    ("HAR cookie", "o/h.har", "{\"cookies\":[{\"name\":\"_gitlab_session\",\"value\":\"§\",\"path\":\"/\"}]}\n"),
    ("cookie jar", "o/i/cookies.txt", "gitlab.corp.internal\tFALSE\t/\tTRUE\t0\t_gitlab_session\t§\n"),
];

/// Twenty characters in base64 under the name of a secret; the padding is part of the text.
#[rustfmt::skip]
const SECRETS: &[(&str, &str, &str)] = &[
    ("Secret of a runner", "o/j/secret.yaml", "apiVersion: v1\nkind: Secret\ndata:\n  runner-registration-token: §=\n  runner-token: \"\"\n"),
    ("Secret of a token", "o/k/secret.yaml", "apiVersion: v1\nkind: Secret\nmetadata:\n  name: gitlab\ndata:\n  gitlab-token: §=\n"),
];

/// Files of one line.
#[rustfmt::skip]
const LINES: &[(&str, &str, &str)] = &[
    ("secret of the shell", "o/l/.gitlab_shell_secret", "§\n"),
    ("secret of Workhorse", "o/m/.gitlab_workhorse_secret", "§\n"),
    ("secret of the agent server", "o/n/.gitlab_kas_secret", "§"),
];

/// The account of a job in base64, twenty characters without a prefix inside.
#[rustfmt::skip]
const BASIC: &[(&str, &str, &str)] = &[(
    "extra header",
    "o/f/.gitconfig",
    "[http]\n\textraHeader = Authorization: Basic §\n",
)];

/// Fifty characters.
#[rustfmt::skip]
const AGENT: &[(&str, &str, &str)] =
    &[("agent header", "o/g.log", "Gitlab-Agent-Api-Request: §\n")];

#[rustfmt::skip]
pub(crate) fn all() -> Vec<Named> {
    let mut places = Vec::new();
    let mut add = |name, path, text, kind| {
        places.push(Named {
            name,
            path,
            text,
            kind,
        })
    };
    for &(name, path, text) in TWENTY.iter().chain(MORE) {
        let mut kind = plain();
        if text.contains("extraHeader") {
            kind.rules.push("git-config-extra-header");
        }
        if text.contains("X-Gitlab-Token") {
            kind.rules.push("gitlab-webhook-secret-token");
        }
        add(name, path, text, kind);
    }
    for &(name, path, text) in URLS {
        add(name, path, text, password_in("password in a URL", URL));
    }
    for &(name, path, text) in FILES {
        let mut kind = password_in("password in a configuration file", FILE);
        if name == "netrc" {
            kind.rules.push(URL);
        }
        add(name, path, text, kind);
    }
    for (name, path, text) in OAUTH {
        add(name, path, text, plain_oauth("OAuth secret in a request"));
    }
    for (name, path, text) in BASIC {
        let mut kind = Kind::new(
            "account in base64",
            &[FILE, "git-config-extra-header", "gitlab-unprefixed-token"],
            |rng| codec::base64(format!("gitlab-ci-token:{}", devise(rng)).as_bytes()),
        );
        kind.rules.push(URL);
        add(name, path, text, kind);
    }
    for (name, path, text) in [
        ("clone at a host of documentation", "o/v.sh", "git clone https://oauth2:§@gitlab.example.com/a/b.git\n"),
        ("lock file", "o/w/composer.lock", "{\"packages\":[{\"source\":{\"type\":\"git\",\"url\":\"https://oauth2:§@gitlab.example.com/a.git\"}}]}\n"),
    ] {
        add(name, path, text, Kind::new("token in a URL", &[URL], devise));
    }
    add(
        "Basic header of a request",
        "o/s.sh",
        "curl -H 'Authorization: Basic §' https://gitlab.example.com/api/v4/job\n",
        Kind::new("account in base64", &["basic-auth-credentials"], |rng| {
            codec::base64(format!("gitlab-ci-token:{}", devise(rng)).as_bytes())
        }),
    );
    add(
        "header of a webhook, any text",
        "o/t.sh",
        "curl -H 'X-Gitlab-Token: §' https://hooks.corp.internal/gitlab\n",
        password_in("secret of a webhook", "gitlab-webhook-secret-token"),
    );
    add(
        "address for issues",
        "o/u.txt",
        "incoming+group-project-20-§-issue@incoming.gitlab.com\n",
        Kind::new("mail token without a prefix", &["gitlab-unprefixed-token"], |rng| {
            of(rng, "0123456789abcdefghijklmnopqrstuvwxyz", 25)
        }),
    );
    for (name, path, text) in SESSIONS {
        add(
            name,
            path,
            text,
            Kind::new(
                "session without its header",
                &["gitlab-session-cookie"],
                |rng| of(rng, HEX, 32),
            ),
        );
    }
    for (name, path, text) in SECRETS {
        add(
            name,
            path,
            text,
            Kind::new(
                "token in base64 under a name",
                &["gitlab-unprefixed-token", FILE],
                |rng| {
                    codec::base64(devise(rng).as_bytes())
                        .trim_end_matches('=')
                        .to_owned()
                },
            ),
        );
    }
    for (name, path, text) in LINES {
        add(
            name,
            path,
            text,
            Kind::new("internal secret", &[INSTANCE], |rng| of(rng, HEX, 64)),
        );
    }
    for (name, path, text) in AGENT {
        add(
            name,
            path,
            text,
            Kind::new(
                "agent token without a prefix",
                &["gitlab-unprefixed-token", FILE],
                |rng| of(rng, DEVISE, 50),
            ),
        );
    }
    add(
        "job token of CI_JOB_TOKEN",
        "n/ca.env",
        "CI_JOB_TOKEN=§\n",
        plain_job(),
    );
    add(
        "job token of a clone",
        "n/cb.sh",
        "git clone https://gitlab-ci-token:§@gitlab.corp.internal/a/b.git\n",
        {
            let mut kind = plain_job();
            kind.rules.push(URL);
            kind
        },
    );
    add(
        "runner of a variable",
        "n/cc.env",
        "RUNNER_TOKEN=§\n",
        plain_runner(),
    );
    add(
        "runner verified",
        "n/cd.sh",
        "gitlab-runner verify --token §\n",
        plain_runner(),
    );
    add(
        "trigger by form",
        "n/ce.sh",
        "curl -X POST -F token=§ -F ref=main https://gitlab.corp.internal/api/v4/projects/9/trigger/pipeline\n",
        plain_trigger(40),
    );
    add(
        "trigger by query",
        "n/cf.md",
        "POST https://gitlab.corp.internal/api/v4/projects/9/ref/main/trigger/pipeline?token=§\n",
        plain_trigger(30),
    );
    add(
        "trigger variable",
        "n/cg.env",
        "TRIGGER_TOKEN=§\n",
        plain_trigger(30),
    );
    add(
        "OAuth bearer",
        "n/ch.sh",
        "curl -H 'Authorization: Bearer §' https://gitlab.corp.internal/api/v4/user\n",
        plain_oauth("OAuth access token without a prefix"),
    );
    add(
        "OAuth variable",
        "n/ci.env",
        "GITLAB_OAUTH_TOKEN=§\n",
        plain_oauth("OAuth access token without a prefix"),
    );
    add(
        "OAuth application",
        "n/cj.env",
        "GITLAB_CLIENT_SECRET=§\n",
        plain_oauth("OAuth application secret without a prefix"),
    );
    add(
        "refresh token of glab",
        "n/ck/glab-cli/config.yml",
        "hosts:\n  gitlab.corp.internal:\n    oauth2_refresh_token: §\n",
        plain_oauth("OAuth refresh token"),
    );
    for (name, path, text) in [
        ("gitlab-secrets.json", "s/a/gitlab-secrets.json", "{\n  \"gitlab_rails\": {\n    \"db_key_base\": \"§\"\n  }\n}\n"),
        ("secrets.yml", "s/b/secrets.yml", "production:\n  otp_key_base: §\n"),
        ("gitlab.rb", "s/c/gitlab.rb", "gitlab_rails['db_key_base'] = '§'\n"),
    ] {
        add(
            name,
            path,
            text,
            Kind::new("key of an instance", &[INSTANCE], |rng| of(rng, HEX, 128)),
        );
    }
    add(
        "extra header of any name",
        "s/d/.gitconfig",
        "[http \"https://git.corp.internal/\"]\n\textraHeader = X-Api-Key: §\n",
        Kind::new(
            "credential in an extra header",
            &["git-config-extra-header"],
            |rng| format!("{}{}", devise(rng), password(rng)),
        ),
    );
    super::services::add(&mut add);
    places
}
