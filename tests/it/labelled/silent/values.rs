//! Values that are not secrets, in places where a secret could be: every value in every place.

use super::Sort;

/// Places that name a credential.
const HOLDERS: &[&str] = &[
    "curl --header \"PRIVATE-TOKEN: §\" https://gitlab.corp.internal/api/v4/projects",
    "curl -H 'Authorization: Bearer §' https://gitlab.corp.internal/api/v4/user",
    "git clone https://oauth2:§@gitlab.corp.internal/group/project.git",
    "git clone https://gitlab-ci-token:§@gitlab.corp.internal/group/project.git",
    "GITLAB_TOKEN=§",
    "export GITLAB_PRIVATE_TOKEN=\"§\"",
    "  CI_REGISTRY_PASSWORD: '§'",
    "  private_token: \"§\"",
    "{\"gitlab_token\": \"§\", \"a\": 1}",
    "docker login -u gitlab-ci-token -p § registry.corp.internal",
    "gitlab-runner register --registration-token § --executor shell",
    "https://gitlab.corp.internal/api/v4/user?private_token=§&page=1",
    "//gitlab.corp.internal/api/v4/packages/npm/:_authToken=§",
    "AWS_SECRET_ACCESS_KEY=§",
    "VAULT_TOKEN=§",
    "DATABASE_URL=postgres://app:§@db.corp.internal/app",
    "password = \"§\"",
    "Cookie: _gitlab_session=§; path=/",
];

/// A sort: its name, the path of its file, its values.
type Group = (&'static str, &'static str, &'static [&'static str]);

const GROUPS: &[Group] = &[
    (
        "shell variables",
        "v/shell.sh",
        &[
            "$CI_JOB_TOKEN",
            "${CI_JOB_TOKEN}",
            "$GITLAB_TOKEN",
            "${TOKEN:-}",
            "${TOKEN:?not set}",
            "$$CI_JOB_TOKEN",
        ],
    ),
    (
        "command substitutions",
        "v/command.sh",
        &[
            "$(cat /run/secrets/token)",
            "`cat token`",
            "$(vault kv get -field=token kv/ci)",
            "$(pass show gitlab)",
        ],
    ),
    (
        "variables of Windows",
        "v/windows.ps1",
        &[
            "%CI_JOB_TOKEN%",
            "$env:GITLAB_TOKEN",
            "${env:GITLAB_TOKEN}",
            "%GITLAB_TOKEN%",
        ],
    ),
    (
        "inputs of CI components",
        "v/inputs.yml",
        &[
            "$[[ inputs.token ]]",
            "$[[ inputs.access_token | expand_vars ]]",
        ],
    ),
    (
        "masked values",
        "v/masked.log",
        &[
            "[MASKED]",
            "[FILTERED]",
            "********",
            "***",
            "<redacted>",
            "REDACTED",
            "[REDACTED]",
            "xxxxx",
        ],
    ),
    (
        "placeholders in brackets",
        "v/angle.md",
        &[
            "<your_access_token>",
            "<my-private-token>",
            "<token>",
            "<PERSONAL_ACCESS_TOKEN>",
            "<your token here>",
        ],
    ),
    (
        "placeholders in capitals",
        "v/capitals.md",
        &[
            "YOUR_TOKEN",
            "OAUTH-TOKEN",
            "TOKEN",
            "YOUR_ACCESS_TOKEN",
            "REPLACE_ME",
            "INSERT_TOKEN_HERE",
            "MY_SECRET_TOKEN",
        ],
    ),
    (
        "placeholders in words",
        "v/words.md",
        &[
            "changeme",
            "your-token",
            "my-secret-token",
            "secret",
            "insert-your-token-here",
            "todo",
            "dummy",
            "not-a-real-token",
            "fake-token",
        ],
    ),
    (
        "empty and null",
        "v/empty.yml",
        &["", "null", "none", "None", "undefined", "false", "nil"],
    ),
    (
        "repeated characters",
        "v/repeated.txt",
        &[
            "xxxxxxxxxxxxxxxxxxxx",
            "aaaaaaaaaaaaaaaaaaaa",
            "00000000000000000000",
            "XXXXXXXXXXXXXXXXXXXX",
            "----------------------",
        ],
    ),
    (
        "sequences",
        "v/sequence.txt",
        &[
            "12345678901234567890",
            "ABCDEFGHIJKLMNOPQRST",
            "abcdefghijklmnopqrst",
            "0123456789abcdef0123",
            "1234567890",
        ],
    ),
    (
        "Terraform references",
        "v/main.tf",
        &[
            "${var.gitlab_token}",
            "${data.vault_generic_secret.a.data[\"token\"]}",
            "${local.token}",
        ],
    ),
    (
        "Helm templates",
        "v/chart.tpl",
        &[
            "{{ .Values.token }}",
            "{{ .Values.gitlab.token | quote }}",
            "{{ include \"x.token\" . }}",
        ],
    ),
    (
        "Jinja templates",
        "v/jinja.j2",
        &[
            "{{ token }}",
            "{{token}}",
            "{{ lookup('env', 'GITLAB_TOKEN') }}",
            "{{ vault_gitlab_token }}",
        ],
    ),
    (
        "ERB templates",
        "v/a.erb",
        &[
            "<%= token %>",
            "<%= ENV['GITLAB_TOKEN'] %>",
            "<%= Rails.application.credentials.token %>",
        ],
    ),
    (
        "GitHub expressions",
        "v/workflow.yml",
        &[
            "${{ secrets.GITLAB_TOKEN }}",
            "${{ secrets.X }}",
            "${{ github.token }}",
        ],
    ),
    (
        "encrypted by SOPS",
        "v/sops.yaml",
        &[
            "ENC[AES256_GCM,data:p673w==,iv:YY=,aad:UQ=,tag:AA=]",
            "ENC[PKCS7,MIIBeQYJKoZIhvcNAQcDoIIBajCC]",
        ],
    ),
    (
        "references to stores",
        "v/stores.yml",
        &[
            "vault:secret/data/ci#token",
            "op://vault/gitlab/token",
            "aws-sm://prod/gitlab",
            "gcp-sm://projects/a/secrets/b",
            "secretref+vault://a/b",
        ],
    ),
    (
        "Ruby look-ups",
        "v/a.rb",
        &[
            "#{ENV['GITLAB_TOKEN']}",
            "#{token}",
            "#{ENV.fetch('TOKEN')}",
            "#{Settings.gitlab.token}",
        ],
    ),
    (
        "Python format strings",
        "v/a.py",
        &[
            "{token}",
            "{os.environ['GITLAB_TOKEN']}",
            "%(token)s",
            "{self.token}",
            "{0}",
        ],
    ),
    ("printf formats", "v/a.c", &["%s", "%v", "%q", "%@", "%d"]),
    (
        "JavaScript look-ups",
        "v/a.js",
        &[
            "${process.env.GITLAB_TOKEN}",
            "${token}",
            "${import.meta.env.VITE_TOKEN}",
            "${this.token}",
        ],
    ),
    (
        "a prefix alone",
        "v/prefix.md",
        &[
            "glpat-",
            "gldt-",
            "glpat-...",
            "glpat-*",
            "glpat-<token>",
            "glpat-${TOKEN}",
        ],
    ),
    (
        "a prefix and a placeholder",
        "v/prefixed.md",
        &[
            concat!("glpat-", "xxxxxxxxxxxxxxxxxxxx"),
            concat!("glpat-", "your-access-token-xx"),
            concat!("gldt-", "XXXXXXXXXXXXXXXXXXXX"),
            "glpat-[MASKED]",
            "glrt-REPLACEME",
            "glptt-<trigger token>",
            "glpat-FAKE",
            "glcbt-your-job-token-xxx",
        ],
    ),
    (
        "names of files",
        "v/files.yml",
        &[
            "/run/secrets/gitlab_token",
            "./token.txt",
            "~/.config/token",
            "file:///etc/token",
            "@token.txt",
        ],
    ),
    (
        "identifiers of code",
        "v/code.ts",
        &[
            "getTokenFromSettings",
            "config.gitlab.token",
            "settings.GITLAB_TOKEN",
            "this.props.privateToken",
            "user_supplied_token",
        ],
    ),
];

/// Unquoted look-ups behind an assignment.
const LOOKUPS: &[(&str, &str, &[&str])] = &[
    (
        "look-ups of Python",
        "l/a.py",
        &[
            "os.environ['GITLAB_TOKEN']",
            "os.getenv(\"GITLAB_TOKEN\")",
            "get_private_token_value()",
            "settings.GITLAB_PRIVATE_TOKEN",
            "secrets.token_urlsafe(20)",
            "request.headers.get('X')",
            "read_token_from_file()",
        ],
    ),
    (
        "look-ups of JavaScript",
        "l/a.js",
        &[
            "process.env.GITLAB_TOKEN",
            "import.meta.env.TOKEN",
            "await getSecretFromVault()",
            "config.get('gitlab.token')",
            "localStorage.getItem('token')",
            "createPrivateTokenFor(user)",
        ],
    ),
    (
        "look-ups of Go",
        "l/a.go",
        &[
            "os.Getenv(\"GITLAB_TOKEN\")",
            "viper.GetString(\"token\")",
            "flag.String(\"token\", \"\", \"the token\")",
            "c.gitlabTokenFromContext()",
        ],
    ),
    (
        "look-ups of Rust",
        "l/a.rs",
        &[
            "std::env::var(\"GITLAB_TOKEN\")?",
            "env!(\"GITLAB_TOKEN\")",
            "args.private_token_option",
            "Secret::new(token_from_config)",
        ],
    ),
    (
        "look-ups of Java",
        "l/A.java",
        &[
            "System.getenv(\"GITLAB_TOKEN\");",
            "props.getProperty(\"token\");",
            "gitlabTokenProvider.fetch();",
        ],
    ),
    (
        "look-ups of C#",
        "l/A.cs",
        &[
            "Environment.GetEnvironmentVariable(\"TOKEN\");",
            "configuration[\"Gitlab:Token\"];",
            "_gitlabTokenAccessor.Value;",
        ],
    ),
    (
        "look-ups of PHP",
        "l/a.php",
        &[
            "getenv('GITLAB_TOKEN');",
            "$_ENV['GITLAB_TOKEN'];",
            "$this->getPrivateTokenOf($u);",
            "env('GITLAB_TOKEN');",
        ],
    ),
    (
        "look-ups of Ruby",
        "l/a.rb",
        &[
            "ENV['GITLAB_TOKEN']",
            "ENV.fetch('GITLAB_TOKEN')",
            "Rails.application.secrets.token",
            "current_user.private_token_for(x)",
        ],
    ),
    (
        "references of Terraform",
        "l/a.tf",
        &[
            "var.gitlab_token",
            "data.vault_generic_secret.gitlab.data[\"token\"]",
            "gitlab_project_access_token.bot.token",
            "sensitive(local.gitlab_token_value)",
        ],
    ),
    (
        "references of YAML",
        "l/a.yml",
        &[
            "!reference [.a, token]",
            "*gitlab_token",
            "!vault |",
            "!Ref GitlabTokenParameter",
            "!secret gitlab_token",
        ],
    ),
];

const NAMES: &[&str] = &[
    "private_token",
    "gitlab_token",
    "GITLAB_TOKEN",
    "token",
    "password",
    "CI_JOB_TOKEN",
    "gitlabToken",
    "runner_token",
    "client_secret",
];

pub(super) fn sorts() -> Vec<Sort> {
    let mut sorts = Vec::new();
    for (name, path, values) in GROUPS {
        let lines = values
            .iter()
            .flat_map(|value| HOLDERS.iter().map(move |holder| holder.replace('§', value)))
            .collect();
        sorts.push(Sort {
            name: (*name).to_owned(),
            path: (*path).to_owned(),
            lines,
        });
    }
    for (name, path, values) in LOOKUPS {
        let sign = if path.ends_with(".yml") { ": " } else { " = " };
        let lines = values
            .iter()
            .flat_map(|value| NAMES.iter().map(move |key| format!("{key}{sign}{value}")))
            .collect();
        sorts.push(Sort {
            name: (*name).to_owned(),
            path: (*path).to_owned(),
            lines,
        });
    }
    sorts
}
