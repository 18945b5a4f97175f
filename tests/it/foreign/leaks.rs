//! Leaks that were missed, or named after the wrong thing.

use super::{Cause, Value};

#[rustfmt::skip]
pub(super) const CAUSES: &[Cause] = &[
    Cause {
        name: "names of an AWS secret key",
        rule: Some("aws-secret-access-key"),
        value: Value::Base64(30),
        cases: &[
            ("a.env", "AWS_SECRET_KEY=§\n"),
            ("b.py", "aws_secret = \"§\"\n"),
            ("c.js", "const awsSecretKey = '§';\n"),
            ("d.yml", "s3:\n  s3SecretKey: §\n"),
            ("e.ini", "minio_secret_key = §\n"),
            ("f.json", "{\"Aws Secret Access Key\": \"§\"}\n"),
        ],
    },
    Cause {
        name: "names of an Azure storage key",
        rule: Some("azure-storage-key"),
        value: Value::Base64(64),
        cases: &[
            ("a.env", "AZURE_STORAGE_ACCOUNT_KEY=§\n"),
            ("b.cs", "var storageKey = \"§\";\n"),
            ("c.tf", "storage_account_access_key = \"§\"\n"),
            ("d.yml", "storageAccountKey: §\n"),
        ],
    },
    Cause {
        name: "names of a Jenkins token",
        rule: Some("jenkins-api-token"),
        value: Value::Hex(32),
        cases: &[
            ("a.sh", "jenkins_token=11§\n"),
            ("b.yml", "jenkinsApiToken: 11§\n"),
            ("c.properties", "jenkins.api-token=11§\n"),
        ],
    },
    Cause {
        name: "names of a GitLab token",
        rule: Some("gitlab-unprefixed-token"),
        value: Value::Devise(20),
        cases: &[
            ("a.env", "GITLAB_PAT=§\n"),
            ("b.R", "Sys.setenv(GITLAB_PAT = \"§\")\n"),
            ("c.kt", "val gitlabApiKey = \"§\"\n"),
            ("d.xml", "<add key=\"GitLab.AccessToken\" value=\"§\" />\n"),
            ("e.ps1", "$env:GITLAB_TOKEN = '§'\n"),
            ("f.json", "{\"environment\": [{\"name\": \"GITLAB_TOKEN\", \"value\": \"§\"}]}\n"),
            ("g.json", "{\"environment\": [{\"value\": \"§\", \"type\": \"PLAINTEXT\", \"name\": \"GITLAB_TOKEN\"}]}\n"),
        ],
    },
    Cause {
        name: "values on other lines of a YAML file",
        rule: Some("aws-secret-access-key"),
        value: Value::Base64(30),
        cases: &[
            ("a.yml", "aws_secret_access_key: |\n  §\n"),
            ("b.yml", "aws_secret_access_key: >-\n  §\n"),
            ("c.yml", "aws_secret_access_key:\n  §\n"),
            ("d.yml", "env:\n  - name: AWS_SECRET_ACCESS_KEY\n    value: >-\n      §\n"),
        ],
    },
    Cause {
        name: "Basic headers in any spelling",
        rule: Some("basic-auth-credentials"),
        value: Value::UserPassword,
        cases: &[
            ("a.sh", "curl -H 'authorization: basic §' https://ci.acme.internal/\n"),
            ("b.http", "GET / HTTP/1.1\r\nAUTHORIZATION: BASIC §\r\n"),
            ("c.js", "headers: { Authorization: 'Basic ' + '§' }\n"),
            ("d.http", "Authorization:\tBasic\t§\n"),
        ],
    },
    Cause {
        name: "passwords in URLs",
        rule: Some("git-url-credentials"),
        value: Value::Alphanumeric(14),
        cases: &[
            ("a.sh", "git clone https://joe@acme.internal:§@git.acme.internal/a.git\n"),
            ("b.yml", "url: https://ci-bot:§@${GIT_HOST}/group/project.git\n"),
            ("c.py", "DSN = 'postgresql://app:§@db.acme.internal/main'\n"),
        ],
    },
    Cause {
        name: "accounts outside of their files",
        rule: Some("config-file-credentials"),
        value: Value::Alphanumeric(14),
        cases: &[
            ("a.sh", "cat > ~/.netrc <<EOF\nmachine git.acme.internal\n  login joe\n  password §\nEOF\n"),
            ("b.yml", "script:\n  - echo 'machine git.acme.internal login joe password §' > ~/.netrc\n"),
        ],
    },
    Cause {
        name: "Docker accounts outside of their files",
        rule: Some("config-file-credentials"),
        value: Value::UserPassword,
        cases: &[
            ("a.sh", "echo '{\"auths\":{\"r.acme.internal\":{\"auth\":\"§\"}}}' > ~/.docker/config.json\n"),
            ("b.md", "```json\n{\"auths\": {\"r.acme.internal\": {\"auth\": \"§\"}}}\n```\n"),
            ("c.tf", "config = <<EOT\n{\"auths\": {\"r.acme.internal\": {\"auth\": \"§\"}}}\nEOT\n"),
        ],
    },
    Cause {
        name: "older Grafana keys",
        rule: Some("grafana-token"),
        value: Value::GrafanaKey,
        cases: &[
            ("a.env", "GRAFANA_API_KEY=§\n"),
            ("b.sh", "curl -H 'Authorization: Bearer §' https://grafana.acme.internal/api/org\n"),
        ],
    },
    Cause {
        name: "Slack tokens with structure",
        rule: Some("slack-token"),
        value: Value::SlackRotating,
        cases: &[("a.env", "SLACK_REFRESH=xoxe-1-§\n"), ("b.yml", "token: xoxe.xoxp-1-§\n")],
    },
    Cause {
        name: "headers of JSON Web Tokens",
        rule: Some("json-web-token"),
        value: Value::Jwt("{\"x5t\":\"NTAxZmMxNDMy\",\"kid\":\"NTAx\",\"alg\":\"RS256\"}"),
        cases: &[("a.env", "TOKEN=§\n"), ("b.sh", "curl -H 'Authorization: Bearer §' https://api.acme.io\n")],
    },
    Cause {
        name: "headers of JSON Web Tokens with blanks",
        rule: Some("json-web-token"),
        value: Value::Jwt("{ \"typ\" : \"JWT\", \"alg\" : \"HS256\" }"),
        cases: &[("a.env", "TOKEN=§\n")],
    },
    Cause {
        name: "OAuth tokens of other applications",
        rule: Some("oauth-token"),
        value: Value::Hex(64),
        cases: &[
            ("a.yml", "access_token: §\n"),
            ("b.json", "{\"refresh_token\": \"§\", \"token_type\": \"Bearer\"}\n"),
        ],
    },
    Cause {
        name: "OAuth tokens of GitLab",
        rule: Some("gitlab-unprefixed-token"),
        value: Value::Hex(64),
        cases: &[
            ("a.yml", "gitlab:\n  access_token: §\n"),
            ("b.http", "GET /api/v4/user?access_token=§ HTTP/1.1\n"),
        ],
    },
    Cause {
        name: "keys of Rails applications",
        rule: Some("rails-secret-key-base"),
        value: Value::Hex(128),
        cases: &[
            ("config/secrets.yml", "production:\n  secret_key_base: §\n"),
            ("a.env", "SECRET_KEY_BASE=§\n"),
            ("Dockerfile", "ENV SECRET_KEY_BASE=§\n"),
        ],
    },
    Cause {
        name: "keys of GitLab instances",
        rule: Some("gitlab-instance-secret"),
        value: Value::Hex(128),
        cases: &[
            ("a.yml", "production:\n  db_key_base: §\n"),
            ("gitlab.rb", "gitlab_rails['secret_key_base'] = '§'\n"),
        ],
    },
    Cause {
        name: "passwords of commands",
        rule: Some("command-line-password"),
        value: Value::Alphanumeric(14),
        cases: &[
            ("a.sh", "PGPASSWORD=a1.§ psql -h db.acme.internal\n"),
            ("b.sh", "curl -u deployer:k7§ https://ci.acme.internal/job\n"),
            ("c.ini", "web1 ansible_host=10.0.0.7 ansible_password=k7§\n"),
            ("d.yml", "- mysql -h db -u root -pk7§ shop < dump.sql\n"),
        ],
    },
    Cause {
        name: "older tokens of npm",
        rule: Some("npm-legacy-token"),
        value: Value::Uuid,
        cases: &[
            ("a.sh", "export NPM_TOKEN=\"§\"\n"),
            ("b.yml", "NPM_AUTH_TOKEN: §\n"),
        ],
    },
    Cause {
        name: "older tokens of Azure DevOps",
        rule: Some("azure-devops-token"),
        value: Value::Base32(52),
        cases: &[
            ("a.cs", "var personalAccessToken = \"§\";\n"),
            ("b.yml", "azureDevOpsToken: §\n"),
        ],
    },
    Cause {
        name: "tokens with a checksum between other text",
        rule: Some("github-token"),
        value: Value::GithubToken,
        cases: &[("a.txt", "load §extra\n"), ("b.bin", "requests§utf-8\n"), ("c.go", "const t = \"x§y\"\n")],
    },
    Cause {
        name: "further notations of names and values",
        rule: Some("aws-secret-access-key"),
        value: Value::Base64(30),
        cases: &[
            ("Makefile", "AWS_SECRET_KEY ::= §\n"),
            ("b.mk", "AWS_SECRET_KEY :::= §\n"),
            ("c.yml", "AWS_SECRET_KEY: !!str §\n"),
            ("d.yml", "AWS_SECRET_KEY: &key §\n"),
            ("build.sbt", "envVars := Map(\"AWS_SECRET_KEY\" -> \"§\")\n"),
            ("f.cpp", "std::string awsSecretKey{\"§\"};\n"),
            ("g.rs", "let key = env::var(\"AWS_SECRET_KEY\").unwrap_or(\"§\".into());\n"),
            ("h.md", "- **AWS_SECRET_KEY**: `§`\n"),
            ("app.config", "<setting name=\"AwsSecretKey\" serializeAs=\"String\">\n  <value>§</value>\n</setting>\n"),
            ("j.json", "[{\"ParameterKey\": \"AwsSecretKey\", \"ParameterValue\": \"§\"}]\n"),
        ],
    },
    Cause {
        name: "accounts in the words of a command",
        rule: Some("command-line-password"),
        value: Value::Alphanumeric(14),
        cases: &[
            ("a.sh", "curl -u deployer:'k7§' https://ci.acme.internal/job\n"),
            ("b.md", "Run `curl -u deployer:k7§ https://ci.acme.internal/job` once.\n"),
        ],
    },
    Cause {
        name: "private keys in base64 alone",
        rule: Some("der-private-key"),
        value: Value::CurveKey,
        cases: &[
            ("a.env", "JWT_PRIVATE_KEY=§\n"),
            ("b.properties", "signing.private-key: §\n"),
            ("c.java", "private static final String KEY = \"§\";\n"),
            ("d.xml", "<privateKey>§</privateKey>\n"),
        ],
    },
    Cause {
        name: "headers of JSON Web Tokens over several lines",
        rule: Some("json-web-token"),
        value: Value::Jwt("{\n  \"typ\": \"JWT\",\n  \"alg\": \"HS512\"\n}"),
        cases: &[("a.env", "TOKEN=§\n"), ("b.html", "<a href=\"https://app.acme.io/?jwt=§\">\n")],
    },
    Cause {
        name: "headers of JSON Web Tokens with parameters of the issuer",
        rule: Some("json-web-token"),
        value: Value::Jwt("{\"tenant\":\"acme\",\"alg\":\"RS256\"}"),
        cases: &[("a.env", "TOKEN=§\n"), ("b.json", "{\"access_token\":\"§\"}\n")],
    },
    Cause {
        name: "tokens of SonarQube without a prefix",
        rule: Some("sonarqube-token"),
        value: Value::Hex(40),
        cases: &[("a.properties", "sonar.login=§\n"), ("b.yml", "SONAR_TOKEN: §\n"), ("c.sh", "mvn sonar:sonar -Dsonar.login=§\n")],
    },
    Cause {
        name: "tokens of Sentry without a prefix",
        rule: Some("sentry-token"),
        value: Value::Hex(64),
        cases: &[("a.env", "SENTRY_AUTH_TOKEN=§\n"), ("b.ini", "[sentry]\nsentry_token = §\n")],
    },
    Cause {
        name: "keys of Mailchimp by their form",
        rule: Some("mailchimp-api-key"),
        value: Value::Hex(32),
        cases: &[("a.env", "MAILCHIMP_API=§-us7\n"), ("b.js", "const mailchimp = new Mailchimp('§-us21');\n")],
    },
    Cause {
        name: "passwords of letters alone",
        rule: Some("config-file-credentials"),
        value: Value::Letters(16),
        cases: &[
            ("prod.tfvars", "db_password = \"§\"\n"),
            ("b.tf", "resource \"aws_db_instance\" \"main\" {\n  password = \"§\"\n}\n"),
        ],
    },
    Cause {
        name: "strings of databases",
        rule: Some("database-connection-string"),
        value: Value::Alphanumeric(16),
        cases: &[
            ("a.py", "dsn = 'host=db.acme.internal user=app password=§ dbname=main'\n"),
            ("b.env", "CACHE=acme.redis.cache.windows.net:6380,password=§7,ssl=True,abortConnect=False\n"),
            ("c.cs", "var s = \"Driver={ODBC Driver 18 for SQL Server};Server=db;UID=app;PWD=§;\";\n"),
            ("d.yml", "url: postgresql://db.acme.internal/main?user=app&password=§\n"),
        ],
    },
    Cause {
        name: "further templates in the place of hosts",
        rule: Some("git-url-credentials"),
        value: Value::Alphanumeric(14),
        cases: &[
            ("a.bat", "set DATABASE_URL=postgres://app:§@%DB_HOST%/main\r\n"),
            ("b.md", "postgres://app:§@<host>/main\n"),
            ("c.toml", "url = \"postgres://app:§@[[ host ]]/main\"\n"),
        ],
    },
    Cause {
        name: "tokens of 40 digits as users",
        rule: Some("git-url-credentials"),
        value: Value::Hex(40),
        cases: &[("a.sh", "git clone https://§@github.com/acme/app.git\n"), ("b.json", "{\"app\": \"git+https://§:@github.com/acme/app.git\"}\n")],
    },
    Cause {
        name: "accounts of netrc in another order",
        rule: Some("config-file-credentials"),
        value: Value::Alphanumeric(14),
        cases: &[
            ("a.sh", "echo 'machine git.acme.internal password § login joe' > ~/.netrc\n"),
            ("b.sh", "echo 'machine git.acme.internal port 443 login joe password §' > ~/.netrc\n"),
            ("c.sh", "echo 'machine git.acme.internal login \"joe\" password \"§\"' > ~/.netrc\n"),
        ],
    },
    Cause {
        name: "first tokens of Vault",
        rule: Some("vault-legacy-token"),
        value: Value::Alphanumeric(24),
        cases: &[("a.log", "Initial Root Token: s.§\n"), ("b.json", "{\"root_token\": \"s.§\"}\n")],
    },
    Cause {
        name: "storage keys in the settings of Hadoop and in code",
        rule: Some("azure-storage-key"),
        value: Value::Base64(64),
        cases: &[
            ("core-site.xml", "<name>fs.azure.account.key.acme.blob.core.windows.net</name>\n<value>§</value>\n"),
            ("b.py", "spark.conf.set(\"fs.azure.account.key.acme.dfs.core.windows.net\", \"§\")\n"),
            ("c.cs", "new StorageSharedKeyCredential(\"acme\", \"§\");\n"),
            ("d.tf", "primary_access_key = \"§\"\n"),
        ],
    },
    Cause {
        name: "the first password of an instance",
        rule: Some("config-file-credentials"),
        value: Value::Alphanumeric(44),
        cases: &[(
            "initial_root_password",
            "Password: §\n\n# NOTE: This file will be automatically deleted in the first reconfigure run after 24 hours.\n",
        )],
    },
];
