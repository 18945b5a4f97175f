//! Files as their programs write them, one secret in each, and the expected finding.

/// The kind of secret in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// Twenty characters, as GitLab made tokens before they had prefixes.
    Old,
    /// So many hexadecimal digits.
    Hex(usize),
    /// A password that a person or a generator chooses.
    Password,
    /// A token of an agent, with its prefix.
    Agent,
}

/// A file. Its secret is marked by `⟦plain⟧`, or by the form in which it is written:
/// `⟦base64⟧`, `⟦basic USER⟧`, `⟦pull-secret HOST⟧`.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) path: &'static str,
    pub(crate) text: &'static str,
    pub(crate) value: Value,
    pub(crate) rule: &'static str,
    pub(crate) key: &'static str,
    pub(crate) host: &'static str,
    pub(crate) user: &'static str,
    /// Lines of damage after which nothing in it has a name any more; `*` for any.
    pub(crate) breaks: &'static [&'static str],
    /// True if only the text behind the secret identifies it.
    pub(crate) needs_its_end: bool,
}

impl File {
    /// True if that damage takes the meaning of all that follows.
    pub(crate) fn is_fragile(&self, damage: &str) -> bool {
        self.breaks.iter().any(|line| [damage, "*"].contains(line))
    }

    const fn key(mut self, key: &'static str) -> Self {
        self.key = key;
        self
    }

    const fn host(mut self, host: &'static str) -> Self {
        self.host = host;
        self
    }

    const fn user(mut self, user: &'static str) -> Self {
        self.user = user;
        self
    }

    const fn account(mut self) -> Self {
        self.rule = "config-file-credentials";
        self
    }

    const fn instance(mut self) -> Self {
        self.rule = "gitlab-instance-secret";
        self
    }

    const fn rule(mut self, rule: &'static str) -> Self {
        self.rule = rule;
        self
    }

    const fn holds(mut self, value: Value) -> Self {
        self.value = value;
        self
    }

    const fn breaks(mut self, breaks: &'static [&'static str]) -> Self {
        self.breaks = breaks;
        self
    }
}

const fn file(path: &'static str, text: &'static str) -> File {
    File {
        path,
        text,
        value: Value::Old,
        rule: "gitlab-unprefixed-token",
        key: "",
        host: "",
        user: "",
        breaks: &[],
        needs_its_end: false,
    }
}

pub(crate) const FILES: &[File] = &[
    // The runner.
    file(
        "etc/gitlab-runner/config.toml",
        "concurrent = 4\n[[runners]]\n  name = \"x\"\n  url = \"https://gitlab.acme.internal\"\n  token = \"⟦plain⟧\"\n  executor = \"docker\"\n",
    )
    .key("runners.token")
    .host("gitlab.acme.internal"),
    file(
        "cache/config.toml",
        "[[runners]]\n  name = \"x\"\n  [runners.cache.s3]\n    ServerAddress = \"s3.acme.internal\"\n    AccessKey = \"AK\"\n    SecretKey = \"⟦plain⟧\"\n    BucketName = \"b\"\n",
    )
    .account()
    .holds(Value::Password)
    .key("runners.cache.s3.SecretKey")
    .host("s3.acme.internal")
    .user("AK"),
    file(
        "azure/config.toml",
        "[[runners]]\n  [runners.cache.azure]\n    AccountName = \"n\"\n    AccountKey = \"⟦plain⟧\"\n    ContainerName = \"c\"\n",
    )
    .account()
    .holds(Value::Password)
    .key("runners.cache.azure.AccountKey")
    .user("n"),
    file(
        "environment/config.toml",
        "[[runners]]\n  name = \"x\"\n  environment = [\"A=1\", \"GITLAB_TOKEN=⟦plain⟧\"]\n  limit = 1\n",
    )
    .key("runners.environment"),
    file(
        "docker/config.toml",
        "[[runners]]\n  name = \"x\"\n  environment = [\"DOCKER_AUTH_CONFIG={\\\"auths\\\":{\\\"registry.gitlab.com\\\":{\\\"auth\\\":\\\"⟦basic joe⟧\\\"}}}\"]\n",
    )
    .key("runners.environment.auths.registry.gitlab.com.auth")
    .host("registry.gitlab.com")
    .user("joe"),
    // Packages.
    file(
        ".npmrc",
        "@acme:registry=https://gitlab.acme.internal/api/v4/packages/npm/\n//gitlab.acme.internal/api/v4/packages/npm/:_authToken=⟦plain⟧\nalways-auth=true\n",
    )
    .key("//gitlab.acme.internal/api/v4/packages/npm/:_authToken")
    .host("gitlab.acme.internal"),
    file(
        "auth/.npmrc",
        "registry=https://npm.acme.internal/\n//npm.acme.internal/:_auth=⟦basic joe⟧\n",
    )
    .account()
    .holds(Value::Password)
    .key("//npm.acme.internal/:_auth")
    .host("npm.acme.internal")
    .user("joe"),
    file(
        ".yarnrc.yml",
        "nodeLinker: node-modules\nnpmScopes:\n  acme:\n    npmRegistryServer: \"https://gitlab.acme.internal/api/v4/packages/npm/\"\n    npmAuthToken: \"⟦plain⟧\"\nyarnPath: x\n",
    )
    .key("npmScopes.acme.npmAuthToken")
    .host("gitlab.acme.internal"),
    file(
        ".pypirc",
        "[distutils]\nindex-servers = gitlab\n[gitlab]\nrepository = https://gitlab.acme.internal/api/v4/projects/1/packages/pypi\nusername = __token__\npassword = ⟦plain⟧\n",
    )
    .key("gitlab.password")
    .host("gitlab.acme.internal")
    .user("__token__"),
    file(
        "pip.conf",
        "[global]\ntimeout = 60\nextra-index-url =\n    https://pypi.org/simple\n    https://__token__:⟦plain⟧@gitlab.acme.internal/api/v4/projects/1/packages/pypi/simple\n",
    )
    .key("global.extra-index-url")
    .host("gitlab.acme.internal")
    .user("__token__"),
    file(
        "requirements.txt",
        "--index-url https://joe:⟦plain⟧@gitlab.acme.internal/api/v4/projects/1/packages/pypi/simple\nacme==1.0\n",
    )
    .rule("git-url-credentials")
    .host("gitlab.acme.internal")
    .user("joe"),
    file(
        "pypoetry/auth.toml",
        "[http-basic.gitlab]\nusername = \"joe\"\npassword = \"⟦plain⟧\"\n",
    )
    .key("http-basic.gitlab.password")
    .user("joe"),
    file(
        "pyproject.toml",
        "[project]\nname = \"x\"\n[[tool.poetry.source]]\nname = \"acme\"\nurl = \"https://joe:⟦plain⟧@gitlab.acme.internal/api/v4/projects/1/packages/pypi/simple\"\npriority = \"primary\"\n",
    )
    .key("tool.poetry.source.url")
    .host("gitlab.acme.internal")
    .user("joe"),
    file(
        "uv.toml",
        "offline = false\n[[index]]\nname = \"acme\"\nurl = \"https://joe:⟦plain⟧@gitlab.acme.internal/simple\"\n",
    )
    .key("index.url")
    .host("gitlab.acme.internal")
    .user("joe"),
    file(
        "uv/credentials/credentials.toml",
        "[[credential]]\nservice = \"https://gitlab.acme.internal/\"\nusername = \"joe\"\npassword = \"⟦plain⟧\"\n",
    )
    .key("credential.password")
    .host("gitlab.acme.internal")
    .user("joe"),
    file(
        "auth.json",
        "{\n  \"gitlab-token\": {\n    \"gitlab.acme.internal\": \"⟦plain⟧\"\n  }\n}\n",
    )
    .key("gitlab-token.gitlab.acme.internal")
    .host("gitlab.acme.internal"),
    file(
        "basic/auth.json",
        "{\n  \"http-basic\": {\n    \"repo.acme.internal\": {\n      \"username\": \"joe\",\n      \"password\": \"⟦plain⟧\"\n    }\n  }\n}\n",
    )
    .account()
    .holds(Value::Password)
    .key("http-basic.repo.acme.internal.password")
    .host("repo.acme.internal")
    .user("joe"),
    file(
        "compose.yml",
        "services:\n  php:\n    environment:\n      COMPOSER_AUTH: '{\"gitlab-token\": {\"gitlab.acme.internal\": \"⟦plain⟧\"}}'\n",
    )
    .key("services.php.environment.COMPOSER_AUTH.gitlab-token.gitlab.acme.internal")
    .host("gitlab.acme.internal"),
    file(
        ".m2/settings.xml",
        "<settings>\n <servers>\n  <server>\n   <id>gitlab</id>\n   <configuration>\n    <httpHeaders>\n     <property>\n      <name>Deploy-Token</name>\n      <value>⟦plain⟧</value>\n     </property>\n    </httpHeaders>\n   </configuration>\n  </server>\n </servers>\n</settings>\n",
    )
    .key("settings.servers.server.configuration.httpHeaders.property.value"),
    file(
        "ci_settings.xml",
        "<settings><servers>\n <server>\n  <id>r</id>\n  <username>joe</username>\n  <password>⟦plain⟧</password>\n </server>\n</servers></settings>\n",
    )
    .account()
    .holds(Value::Password)
    .key("settings.servers.server.password")
    .user("joe"),
    file(
        "gradle.properties",
        "org.gradle.jvmargs=-Xmx2g\ngitLabPrivateToken=⟦plain⟧\nversion=1.2.3\n",
    )
    .key("gitLabPrivateToken"),
    file(
        "init.gradle.kts",
        "maven {\n  url = uri(\"https://gitlab.acme.internal/api/v4/groups/1/-/packages/maven\")\n  credentials(HttpHeaderCredentials::class) {\n    name = \"Deploy-Token\"\n    value = \"⟦plain⟧\"\n  }\n}\n",
    )
    // Name and value are two lines here.
    .breaks(&["*"]),
    file(
        "NuGet.config",
        "<configuration>\n <packageSources>\n  <add key=\"acme\" value=\"https://gitlab.acme.internal/api/v4/projects/1/packages/nuget/index.json\" />\n </packageSources>\n <packageSourceCredentials>\n  <acme>\n   <add key=\"Username\" value=\"joe\" />\n   <add key=\"ClearTextPassword\" value=\"⟦plain⟧\" />\n  </acme>\n </packageSourceCredentials>\n</configuration>\n",
    )
    .key("configuration.packageSourceCredentials.acme.add.value")
    .host("gitlab.acme.internal")
    .user("joe"),
    file(
        ".cargo/credentials.toml",
        "[registries.gitlab]\nindex = \"x\"\ntoken = \"Bearer ⟦plain⟧\"\n",
    )
    .key("registries.gitlab.token"),
    file(
        "helm/repositories.yaml",
        "apiVersion: \"\"\nrepositories:\n- name: charts\n  url: https://gitlab.acme.internal/api/v4/projects/1/packages/helm/stable\n  username: joe\n  password: ⟦plain⟧\n  pass_credentials_all: false\n",
    )
    .key("repositories.password")
    .host("gitlab.acme.internal")
    .user("joe"),
    // Lock files.
    file(
        "package-lock.json",
        "{\n  \"packages\": {\n    \"node_modules/a\": {\n      \"resolved\": \"https://joe:⟦plain⟧@gitlab.acme.internal/api/v4/a.tgz\",\n      \"integrity\": \"sha512-x\"\n    }\n  }\n}\n",
    )
    .rule("git-url-credentials")
    .host("gitlab.acme.internal")
    .user("joe"),
    file(
        "yarn.lock",
        "\"a@^1\":\n  version \"1.0.0\"\n  resolved \"https://joe:⟦plain⟧@gitlab.acme.internal/api/v4/a.tgz#0\"\n",
    )
    .rule("git-url-credentials")
    .host("gitlab.acme.internal")
    .user("joe"),
    file(
        "poetry.lock",
        "[[package]]\nname = \"a\"\n[package.source]\ntype = \"legacy\"\nurl = \"https://joe:⟦plain⟧@gitlab.acme.internal/simple\"\n",
    )
    .rule("git-url-credentials")
    .host("gitlab.acme.internal")
    .user("joe"),
    // Containers and clusters.
    file(
        ".docker/config.json",
        "{\n  \"auths\": {\n    \"registry.gitlab.com\": {\n      \"auth\": \"⟦basic gitlab+deploy-token-7⟧\"\n    }\n  }\n}\n",
    )
    .key("auths.registry.gitlab.com.auth")
    .host("registry.gitlab.com")
    .user("gitlab+deploy-token-7"),
    file(
        ".gitlab-ci.yml",
        "variables:\n  DOCKER_AUTH_CONFIG: '{\"auths\": {\"registry.gitlab.com\": {\"auth\": \"⟦basic joe⟧\"}}}'\njob:\n  script: make\n",
    )
    .key("variables.DOCKER_AUTH_CONFIG.auths.registry.gitlab.com.auth")
    .host("registry.gitlab.com")
    .user("joe"),
    file(
        "secret.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: gitlab\ndata:\n  user: am9l\n  gitlab-token: ⟦base64⟧\n",
    )
    .key("data.gitlab-token"),
    file(
        "pull-secret.yaml",
        "apiVersion: v1\nkind: Secret\ntype: kubernetes.io/dockerconfigjson\ndata:\n  .dockerconfigjson: ⟦pull-secret registry.gitlab.com⟧\n",
    )
    .key("data..dockerconfigjson.auths.registry.gitlab.com.auth")
    .host("registry.gitlab.com")
    .user("me"),
    file(
        "repository.yaml",
        "apiVersion: v1\nkind: Secret\nstringData:\n  url: https://gitlab.acme.internal/g/p.git\n  username: joe\n  password: ⟦plain⟧\n",
    )
    .key("stringData.password")
    .host("gitlab.acme.internal")
    .user("joe"),
    file(
        "secret.json",
        "{\n  \"kind\": \"Secret\",\n  \"data\": {\n    \"runner-registration-token\": \"⟦base64⟧\"\n  }\n}\n",
    )
    .account()
    .key("data.runner-registration-token"),
    file(
        "agent/values.yaml",
        "image: x\nconfig:\n  kasAddress: wss://kas.gitlab.com\n  token: ⟦plain⟧\n",
    )
    .rule("gitlab-agent-token")
    .holds(Value::Agent)
    .key("config.token")
    .host("kas.gitlab.com"),
    file(
        "runner/values.yaml",
        "gitlabUrl: https://gitlab.acme.internal/\nrunnerRegistrationToken: \"⟦plain⟧\"\nconcurrent: 10\n",
    )
    .key("runnerRegistrationToken")
    .host("gitlab.acme.internal"),
    file(
        "toml/values.yaml",
        "gitlabUrl: https://gitlab.acme.internal/\nrunners:\n  config: |\n    [[runners]]\n      url = \"https://gitlab.acme.internal\"\n      token = \"⟦plain⟧\"\n  tags: x\n",
    )
    .key("runners.config.runners.token")
    .host("gitlab.acme.internal")
    // A line at the margin ends the text.
    .breaks(&["*"]),
    // Command lines.
    file(
        ".config/glab-cli/config.yml",
        "git_protocol: ssh\nhosts:\n  gitlab.acme.internal:\n    user: joe\n    token: ⟦plain⟧\n    api_protocol: https\n",
    )
    .key("hosts.gitlab.acme.internal.token")
    .host("gitlab.acme.internal")
    .user("joe"),
    file(
        "refresh/config.yml",
        "hosts:\n  gitlab.com:\n    is_oauth2: \"true\"\n    oauth2_refresh_token: !!str ⟦plain⟧\n",
    )
    .holds(Value::Hex(64))
    .key("hosts.gitlab.com.oauth2_refresh_token")
    .host("gitlab.com"),
    file(
        ".python-gitlab.cfg",
        "[global]\ndefault = acme\n[acme]\nurl = https://gitlab.acme.internal\nprivate_token = ⟦plain⟧\napi_version = 4\n",
    )
    .key("acme.private_token")
    .host("gitlab.acme.internal"),
    // Terraform.
    file(
        "main.tf",
        "terraform {\n  backend \"http\" {\n    address  = \"https://gitlab.acme.internal/api/v4/projects/1/terraform/state/x\"\n    username = \"joe\"\n    password = \"⟦plain⟧\"\n  }\n}\n",
    )
    .key("terraform.backend.http.password")
    .host("gitlab.acme.internal")
    .user("joe")
    // One bracket too many ends the block.
    .breaks(&["}"]),
    file(
        "provider.tf",
        "provider \"gitlab\" {\n  base_url = \"https://gitlab.acme.internal/api/v4\"\n  token = \"⟦plain⟧\"\n}\n",
    )
    .key("provider.gitlab.token")
    .host("gitlab.acme.internal"),
    file(
        "x.tfvars",
        "region = \"x\"\ngitlab_token = \"⟦plain⟧\"\n",
    )
    .key("gitlab_token"),
    file(
        ".terraformrc",
        "plugin_cache_dir = \"x\"\ncredentials \"gitlab.com\" {\n  token = \"⟦plain⟧\"\n}\n",
    )
    .key("credentials.gitlab.com.token")
    .host("gitlab.com"),
    file(
        "credentials.tfrc.json",
        "{\n  \"credentials\": {\n    \"gitlab.com\": {\n      \"token\": \"⟦plain⟧\"\n    }\n  }\n}\n",
    )
    .key("credentials.gitlab.com.token")
    .host("gitlab.com"),
    file(
        ".terraform/terraform.tfstate",
        "{\n  \"version\": 3,\n  \"backend\": {\n    \"type\": \"http\",\n    \"config\": {\n      \"address\": \"https://gitlab.acme.internal/x\",\n      \"username\": \"joe\",\n      \"password\": \"⟦plain⟧\"\n    }\n  }\n}\n",
    )
    .key("backend.config.password")
    .host("gitlab.acme.internal")
    .user("joe"),
    file(
        "resources.tfstate",
        "{\n  \"resources\": [\n    {\n      \"type\": \"gitlab_deploy_token\",\n      \"instances\": [\n        {\n          \"attributes\": {\n            \"username\": \"joe\",\n            \"token\": \"⟦plain⟧\"\n          }\n        }\n      ]\n    }\n  ]\n}\n",
    )
    .key("resources.instances.attributes.token")
    .user("joe"),
    file(
        "outputs.tfstate",
        "{\n  \"outputs\": {\n    \"gitlab_token\": {\n      \"value\": \"⟦plain⟧\",\n      \"type\": \"string\"\n    }\n  }\n}\n",
    )
    .key("outputs.gitlab_token.value"),
    file(
        "variable.tfstate",
        "{\n  \"resources\": [\n    {\n      \"type\": \"gitlab_project_variable\",\n      \"instances\": [\n        {\n          \"attributes\": {\n            \"key\": \"DEPLOY_PASSWORD\",\n            \"value\": \"⟦plain⟧\"\n          }\n        }\n      ]\n    }\n  ]\n}\n",
    )
    .account()
    .holds(Value::Password)
    .key("resources.instances.attributes.value"),
    // Editors and assistants.
    file(
        ".vscode/mcp.json",
        "{\n  \"servers\": {\n    \"gitlab\": {\n      \"env\": {\n        \"GITLAB_API_URL\": \"https://gitlab.acme.internal/api/v4\",\n        \"GITLAB_PERSONAL_ACCESS_TOKEN\": \"⟦plain⟧\"\n      }\n    }\n  }\n}\n",
    )
    .key("servers.gitlab.env.GITLAB_PERSONAL_ACCESS_TOKEN")
    .host("gitlab.acme.internal"),
    file(
        "claude_desktop_config.json",
        "{\n  \"mcpServers\": {\n    \"gitlab\": {\n      \"url\": \"https://gitlab.acme.internal/mcp\",\n      \"headers\": {\n        \"PRIVATE-TOKEN\": \"⟦plain⟧\"\n      }\n    }\n  }\n}\n",
    )
    .key("mcpServers.gitlab.headers.PRIVATE-TOKEN")
    .host("gitlab.acme.internal"),
    file(
        ".codex/config.toml",
        "model = \"x\"\n[mcp_servers.gitlab.env]\nGITLAB_TOKEN = \"⟦plain⟧\"\n",
    )
    .key("mcp_servers.gitlab.env.GITLAB_TOKEN"),
    // Feeds.
    file(
        "feeds.opml",
        "<opml>\n <body>\n  <outline xmlUrl=\"https://gitlab.acme.internal/g/p.atom?feed_token=⟦plain⟧\"/>\n </body>\n</opml>\n",
    ),
    file(
        "calendar.ics",
        "BEGIN:VCALENDAR\nX-WR-URL:https://gitlab.acme.internal/dashboard/issues.ics?feed_token=⟦plain⟧&sort=x\nEND:VCALENDAR\n",
    ),
    // The instance itself.
    file(
        "etc/gitlab/gitlab-secrets.json",
        "{\n  \"gitlab_shell\": {\n    \"secret_token\": \"⟦plain⟧\"\n  }\n}\n",
    )
    .instance()
    .holds(Value::Hex(128))
    .key("gitlab_shell.secret_token"),
    file(
        "config/secrets.yml",
        "production:\n  db_key_base: ⟦plain⟧\n  other: x\n",
    )
    .instance()
    .holds(Value::Hex(128))
    .key("production.db_key_base"),
    file(
        "gitlab.rb",
        "external_url 'https://gitlab.acme.internal'\ngitlab_rails['smtp_password'] = \"⟦plain⟧\"\n",
    )
    .account()
    .holds(Value::Password)
    .key("gitlab_rails.smtp_password"),
    file(
        "etc/gitlab/gitlab.rb",
        "external_url 'https://gitlab.acme.internal'\ngitlab_rails['initial_shared_runners_registration_token'] = '⟦plain⟧'\n",
    )
    .key("gitlab_rails.initial_shared_runners_registration_token"),
    file(".gitlab_kas_secret", "⟦plain⟧\n")
        .instance()
        .holds(Value::Hex(64)),
];
