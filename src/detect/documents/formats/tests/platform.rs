//! The runner, containers, clusters, command lines, Terraform, assistants and the instance itself.

use super::*;

#[test]
fn runner() {
    let (a, b, c, d, e) = (token(1), token(2), token(3), token(4), token(5));
    let auth = basic("gitlab-ci-token", &e);
    let file = format!(
        "concurrent = 4\n\n[[runners]]\n  name = \"x\"\n  url = \"https://gitlab.acme.internal\"\n  token = \"{a}\"\n\
         \x20 environment = [\"GIT_SSL=1\", \"DOCKER_AUTH_CONFIG={{\\\"auths\\\":{{\\\"reg.acme.internal\\\":{{\\\"auth\\\":\\\"{auth}\\\"}}}}}}\"]\n\
         \x20 [runners.cache.s3]\n    ServerAddress = \"s3.acme.internal\"\n    AccessKey = \"AK\"\n    SecretKey = '{b}'\n\
         [[runners]]\n  token = \"t1_{c}\"\n  [runners.cache.azure]\n    AccountName = \"n\"\n    AccountKey = \"{d}\"\n"
    );
    check(
        "etc/gitlab-runner/config.toml",
        &file,
        &[&a, &b, &format!("t1_{c}"), &d],
        &[
            format!("6 runners.token {a} token host=gitlab.acme.internal"),
            format!(
                "7 runners.environment.auths.reg.acme.internal.auth {e} token host=reg.acme.internal user=gitlab-ci-token base64"
            ),
            format!("11 runners.cache.s3.SecretKey {b} account host=s3.acme.internal user=AK"),
            format!("13 runners.token t1_{c} token"),
            format!("16 runners.cache.azure.AccountKey {d} account user=n"),
        ],
    );
}

#[test]
fn docker() {
    let (a, b, c) = (token(1), token(2), token(3));
    let file = format!(
        "{{\n \"auths\": {{\n  \"registry.gitlab.com\": {{\"auth\": \"{}\"}},\n  \"r:5000\": {{\n   \"username\": \"me\",\n\
         \x20  \"password\": \"{b}\"\n  }},\n  \"https://index.docker.io/v1/\": {{\"identitytoken\": \"{c}\"}},\n\
         \x20 \"helped\": {{}}\n }},\n \"credsStore\": \"desktop\"\n}}\n",
        basic("gitlab+deploy-token-7", &a)
    );
    check(
        ".docker/config.json",
        &file,
        &[&a, &b, &c],
        &[
            format!(
                "3 auths.registry.gitlab.com.auth {a} token host=registry.gitlab.com user=gitlab+deploy-token-7 base64"
            ),
            format!("6 auths.r:5000.password {b} account host=r:5000 user=me"),
            format!(
                "8 auths.https://index.docker.io/v1/.identitytoken {c} account host=index.docker.io"
            ),
        ],
    );
    let repair = read("ci/.docker/config.json", &file)[0]
        .repair
        .clone()
        .unwrap();
    // `docker logout` would log out the user who runs it, and leave this file as it is.
    assert_eq!(repair.command, None);
    assert_eq!(
        repair.action,
        "Take the value of auths.registry.gitlab.com.auth out of line 3 of ci/.docker/config.json."
    );
    let old = format!("{{\"r\": {{\"auth\": \"{}\"}}}}", basic("me", &a));
    assert_eq!(
        found(".dockercfg", &old),
        [format!("1 r.auth {a} account host=r user=me base64")]
    );
    let reference = format!(
        "{{\"auths\": {{\"r\": {{\"auth\": \"{}\"}}}}}}",
        basic("me", "$TOKEN")
    );
    assert!(found("config.json", &reference).is_empty());
}

#[test]
fn kubernetes() {
    let (a, b, c) = (token(1), token(2), token(3));
    let agent = format!(
        "{}{}",
        "glagent-",
        random(4, 50, b"abcdefghkmnpqrstuvwxyz123456789")
    );
    let config = format!(
        "{{\"auths\":{{\"r.acme.internal\":{{\"username\":\"me\",\"auth\":\"{}\"}}}}}}",
        basic("me", &a)
    );
    let file = format!(
        "# the pull secret\napiVersion: v1\nkind: Secret\nmetadata:\n  name: pull\ntype: kubernetes.io/dockerconfigjson\n\
         data:\n  .dockerconfigjson: {}\n---\nkind: Secret\ndata:\n  token: {}\n  runner-registration-token: {}\n  empty: \"\"\n\
         ---\nkind: Secret\nstringData:\n  url: https://gitlab.acme.internal/g/p.git\n  username: oauth2\n  password: {c}\n\
         ---\nkind: ConfigMap\ndata:\n  token: {}\n",
        BASE64_STANDARD.encode(config),
        BASE64_STANDARD.encode(&agent),
        BASE64_STANDARD.encode(&b),
        BASE64_STANDARD.encode(&c),
    );
    check(
        "deploy/secret.yaml",
        &file,
        &[&agent, &b, &c],
        &[
            format!(
                "8 data..dockerconfigjson.auths.r.acme.internal.auth {a} account host=r.acme.internal user=me base64 base64"
            ),
            format!("12 data.token {agent} account base64"),
            format!("13 data.runner-registration-token {b} account base64"),
            format!("20 stringData.password {c} token host=gitlab.acme.internal user=oauth2"),
        ],
    );
    let json = format!(
        "{{\"items\": [{{\"kind\": \"Secret\", \"data\": {{\"gitlab-token\": \"{}\"}}}}]}}",
        BASE64_STANDARD.encode(&a)
    );
    assert_eq!(
        found("list.json", &json),
        [format!("1 items.data.gitlab-token {a} token base64")]
    );
}

#[test]
fn documents_in_documents() {
    let (a, b, c) = (token(1), token(2), "hT7-kQ2mZx9");
    let auths = format!(
        "{{\"auths\":{{\"r.acme.io\":{{\"auth\":\"{}\"}}}}}}",
        basic("me", c)
    );
    let escaped = auths.replace('"', "\\\"");
    for (path, file, expected) in [
        (
            "ci.yml",
            format!("variables:\n  X: '{auths}'\n"),
            format!("2 variables.X.auths.r.acme.io.auth {c} account host=r.acme.io user=me base64"),
        ),
        (
            "task.json",
            format!("{{\"env\": [\"A=1\", \"X={escaped}\"]}}"),
            format!("1 env.auths.r.acme.io.auth {c} account host=r.acme.io user=me base64"),
        ),
        (
            "secret.yaml",
            format!(
                "kind: Secret\ndata:\n  any: {}\n",
                BASE64_STANDARD.encode(&auths)
            ),
            format!(
                "3 data.any.auths.r.acme.io.auth {c} account host=r.acme.io user=me base64 base64"
            ),
        ),
        (
            "applied.yaml",
            format!(
                "metadata:\n  annotations:\n    last: |\n      {{\"kind\":\"Secret\",\"data\":{{\"password\":\"{}\"}}}}\n",
                BASE64_STANDARD.encode(c)
            ),
            format!("4 metadata.annotations.last.data.password {c} account base64"),
        ),
        (
            "list.yaml",
            format!(
                "kind: ConfigMap\ndata:\n  secret.yaml: |\n    kind: Secret\n    stringData:\n      password: {c}\n"
            ),
            format!("6 data.secret.yaml.stringData.password {c} account"),
        ),
        (
            "map.yaml",
            format!("kind: ConfigMap\ndata:\n  .npmrc: |\n    //r.acme.io/:_authToken={c}\n"),
            format!("4 data..npmrc.//r.acme.io/:_authToken {c} account host=r.acme.io"),
        ),
        (
            "netrc.yaml",
            format!(
                "kind: Secret\nstringData:\n  .netrc: |\n    machine gitlab.acme.io\n    login oauth2 password {b}\n"
            ),
            format!("5 stringData..netrc {b} git-url-credentials host=gitlab.acme.io user=oauth2"),
        ),
        (
            "map.yml",
            format!(
                "kind: ConfigMap\ndata:\n  config.toml: |\n    [[runners]]\n    token = '{a}'\n"
            ),
            format!("5 data.config.toml.runners.token {a} token"),
        ),
    ] {
        assert_eq!(found(path, &file), [expected], "{path}");
    }
    assert!(
        found(
            "map.yaml",
            "kind: ConfigMap\ndata:\n  .npmrc: |\n    registry=x\n"
        )
        .is_empty()
    );
}

#[test]
fn glab() {
    let (a, b) = (token(1), hex(2, 64));
    let file = format!(
        "git_protocol: ssh\nhosts:\n    gitlab.com:\n        token: {a}\n        user: me\n        api_host: gitlab.com\n\
         \x20   h.acme.internal:\n        is_oauth2: \"true\"\n        oauth2_refresh_token: !!str {b}\n        token: !!null null\n"
    );
    check(
        "home/.config/glab-cli/config.yml",
        &file,
        &[&a, &b],
        &[
            format!("4 hosts.gitlab.com.token {a} token host=gitlab.com user=me"),
            format!("9 hosts.h.acme.internal.oauth2_refresh_token {b} token host=h.acme.internal"),
        ],
    );
}

#[test]
fn helm() {
    let (a, b) = (token(1), token(2));
    let file = format!(
        "gitlabUrl: https://gitlab.acme.internal/\nrunnerRegistrationToken: \"{a}\"\n# runnerToken: \"{b}\"\nrunners:\n  secret: x\n"
    );
    check(
        "charts/values.yaml",
        &file,
        &[&a],
        &[format!(
            "2 runnerRegistrationToken {a} token host=gitlab.acme.internal"
        )],
    );
    let file = format!("config:\n  kasAddress: wss://kas.acme.internal\n  token: '{b}'\n");
    check(
        "values.yml",
        &file,
        &[&b],
        &[format!("3 config.token {b} token host=kas.acme.internal")],
    );
    let file = format!(
        "repositories:\n- name: g\n  url: https://gitlab.acme.internal/api/v4/projects/1/packages/helm/stable\n  username: me\n  password: {a}\n"
    );
    check(
        "helm/repositories.yaml",
        &file,
        &[&a],
        &[format!(
            "5 repositories.password {a} token host=gitlab.acme.internal user=me"
        )],
    );
}

#[test]
fn terraform() {
    let (a, b, c) = (token(1), token(2), token(3));
    let file = format!(
        "terraform {{\n  backend \"http\" {{\n    address  = \"https://gitlab.acme.internal/api/v4/projects/1/terraform/state/x\"\n\
         \x20   username = \"me\"\n    password = \"{a}\"\n  }}\n}}\nprovider \"gitlab\" {{\n  token = \"{b}\"\n}}\n\
         variable \"gitlab_token\" {{\n  default = \"{c}\"\n}}\nlocals {{ x = var.token }}\n"
    );
    check(
        "main.tf",
        &file,
        &[&a, &b, &c],
        &[
            format!(
                "5 terraform.backend.http.password {a} token host=gitlab.acme.internal user=me"
            ),
            format!("9 provider.gitlab.token {b} token"),
            format!("12 variable.gitlab_token.default {c} token"),
        ],
    );
    let file = format!("credentials \"gitlab.com\" {{\n  token = \"{a}\"\n}}\n");
    check(
        ".terraformrc",
        &file,
        &[&a],
        &[format!(
            "2 credentials.gitlab.com.token {a} token host=gitlab.com"
        )],
    );
    let file = format!("{{\"credentials\": {{\"gitlab.com\": {{\n\"token\": \"{a}\"}}}}}}");
    check(
        "credentials.tfrc.json",
        &file,
        &[&a],
        &[format!(
            "2 credentials.gitlab.com.token {a} token host=gitlab.com"
        )],
    );
    let file = format!(
        "{{\n\"backend\": {{\"type\": \"http\", \"config\": {{\"address\": \"https://gitlab.acme.internal/x\", \"password\": \"{a}\"}}}},\n\
         \"resources\": [{{\"type\": \"gitlab_deploy_token\", \"instances\": [{{\"attributes\": {{\n\"token\": \"{b}\", \"username\": \"me\"}}}}]}},\n\
         {{\"type\": \"random_id\", \"instances\": [{{\"attributes\": {{\"token\": \"{c}\"}}}}]}}]}}\n"
    );
    check(
        ".terraform/terraform.tfstate",
        &file,
        &[&a, &b],
        &[
            format!("2 backend.config.password {a} token host=gitlab.acme.internal"),
            format!("4 resources.instances.attributes.token {b} token user=me"),
        ],
    );
}

#[test]
fn mcp() {
    let (a, b, c) = (token(1), token(2), token(3));
    let file = format!(
        "{{ // servers\n\"mcpServers\": {{\"gitlab\": {{\"command\": \"npx\", \"env\": {{\n\"GITLAB_PERSONAL_ACCESS_TOKEN\": \"{a}\",\n\
         \"GITLAB_API_URL\": \"https://gitlab.acme.internal/api/v4\"}}}},\n\"remote\": {{\"url\": \"https://m.acme.internal/mcp\", \"headers\": {{\n\
         \"PRIVATE-TOKEN\": \"{b}\",\n\"Authorization\": \"Bearer {c}\", \"Accept\": \"*/*\"}}}},\n}} }}\n"
    );
    check(
        ".vscode/mcp.json",
        &file,
        &[&a, &b, &c],
        &[
            format!(
                "3 mcpServers.gitlab.env.GITLAB_PERSONAL_ACCESS_TOKEN {a} token host=gitlab.acme.internal"
            ),
            format!("6 mcpServers.remote.headers.PRIVATE-TOKEN {b} token host=m.acme.internal"),
            format!("7 mcpServers.remote.headers.Authorization {c} account host=m.acme.internal"),
        ],
    );
}

#[test]
fn instance() {
    let (a, b, c) = (hex(1, 128), token(2), token(3));
    let file = format!(
        "{{\n  \"gitlab_rails\": {{\n    \"db_key_base\": \"{a}\",\n    \"active_record_encryption_primary_key\": [\n      \"{b}{c}\"\n    ]\n  }},\n\
         \x20 \"gitlab_pages\": {{\"gitlab_id\": \"{c}{c}\"}},\n  \"gitlab_shell\": {{\"secret_token\": \"{b}{b}\"}}\n}}\n"
    );
    check(
        "etc/gitlab/gitlab-secrets.json",
        &file,
        &[&a, &format!("{b}{c}"), &format!("{b}{b}")],
        &[
            format!("3 gitlab_rails.db_key_base {a} instance"),
            format!("5 gitlab_rails.active_record_encryption_primary_key {b}{c} instance"),
            format!("9 gitlab_shell.secret_token {b}{b} instance"),
        ],
    );
    let file = format!(
        "production:\n  db_key_base: {a}\n  openid_connect_signing_key: |\n    {b}\n    {c}\n"
    );
    check(
        "config/secrets.yml",
        &file,
        &[&a, &b, &c],
        &[
            format!("2 production.db_key_base {a} instance"),
            format!("4 production.openid_connect_signing_key {b}\n{c} instance"),
        ],
    );
    let file = format!(
        "external_url 'https://gitlab.acme.internal'\n# gitlab_rails['db_key_base'] = '{a}'\n\
         gitlab_rails['initial_shared_runners_registration_token'] = \"{b}\"\ngitlab_rails['smtp_password'] = \"{c}\"\n"
    );
    check(
        "gitlab.rb",
        &file,
        &[&b, &c],
        &[
            format!("3 gitlab_rails.initial_shared_runners_registration_token {b} token"),
            format!("4 gitlab_rails.smtp_password {c} account"),
        ],
    );
}
