//! Registries of packages: npm, Yarn, Python, Composer, Maven, Gradle, NuGet, Cargo.

use super::*;

#[test]
fn npm() {
    let (a, b) = (token(1), token(2));
    let file = format!(
        "@acme:registry=https://gitlab.acme.internal/api/v4/packages/npm/\n\
         //gitlab.acme.internal/api/v4/packages/npm/:_authToken=\"{a}\"\n//npm.acme.internal:8443/:_auth = {}\n\
         //npm.acme.internal/:_password={}\n_authToken={b}\nalways-auth=true\n",
        basic("me", &b),
        BASE64_STANDARD.encode(&b)
    );
    check(
        "home/.npmrc",
        &file,
        &[&a, &b],
        &[
            format!(
                "2 //gitlab.acme.internal/api/v4/packages/npm/:_authToken {a} token host=gitlab.acme.internal"
            ),
            format!(
                "3 //npm.acme.internal:8443/:_auth {b} account host=npm.acme.internal:8443 user=me base64"
            ),
            format!("4 //npm.acme.internal/:_password {b} account host=npm.acme.internal base64"),
            format!("5 _authToken {b} account"),
        ],
    );
    let file = format!(
        "npmRegistries:\n  \"//gitlab.acme.internal/api/v4/packages/npm\":\n    npmAuthToken: {a}\n\
         npmScopes:\n  acme:\n    npmRegistryServer: https://npm.acme.internal\n    npmAuthIdent: \"me:{b}\"\n"
    );
    check(
        ".yarnrc.yml",
        &file,
        &[&a, &b],
        &[
            format!(
                "3 npmRegistries.//gitlab.acme.internal/api/v4/packages/npm.npmAuthToken {a} token host=gitlab.acme.internal"
            ),
            format!("7 npmScopes.acme.npmAuthIdent {b} account host=npm.acme.internal user=me"),
        ],
    );
    let file = format!(
        "[install.scopes]\nacme = {{ token = \"{a}\", url = \"https://npm.acme.internal/\" }}\n"
    );
    check(
        "bunfig.toml",
        &file,
        &[&a],
        &[format!(
            "2 install.scopes.acme.token {a} account host=npm.acme.internal"
        )],
    );
}

#[test]
fn python() {
    let (a, b, c) = (token(1), token(2), token(3));
    let file = format!(
        "[distutils]\nindex-servers = gitlab\n[gitlab]\nrepository = https://gitlab.acme.internal/api/v4/projects/1/packages/pypi\n\
         username = __token__\npassword = {a}\n"
    );
    check(
        ".pypirc",
        &file,
        &[&a],
        &[format!(
            "6 gitlab.password {a} token host=gitlab.acme.internal user=__token__"
        )],
    );
    let file = format!(
        "[global]\ndefault = g\n[g]\nurl = https://gitlab.acme.internal\nprivate_token = {b}\n[h]\nurl = https://h\noauth_token = helper: pass show h\n\
         http_username = me\nhttp_password = {c}\n"
    );
    check(
        "home/.python-gitlab.cfg",
        &file,
        &[&b, &c],
        &[
            format!("5 g.private_token {b} token host=gitlab.acme.internal"),
            format!("10 h.http_password {c} account host=h user=me"),
        ],
    );
    let file = format!(
        "[http-basic.acme]\nusername = \"me\"\npassword = \"{a}\"\n[pypi-token]\npypi = \"{b}\"\n"
    );
    check(
        "pypoetry/auth.toml",
        &file,
        &[&a, &b],
        &[
            format!("3 http-basic.acme.password {a} account user=me"),
            format!("5 pypi-token.pypi {b} account"),
        ],
    );
    let file = format!(
        "[[credential]]\nservice = \"https://gitlab.acme.internal/api/v4\"\nusername = \"me\"\nscheme = \"basic\"\npassword = \"{a}\"\n"
    );
    check(
        "uv/credentials/credentials.toml",
        &file,
        &[&a],
        &[format!(
            "5 credential.password {a} token host=gitlab.acme.internal user=me"
        )],
    );
}

#[test]
fn composer() {
    let (a, b, c) = (token(1), token(2), token(3));
    let file = format!(
        "{{\n\"gitlab-token\": {{\"gitlab.acme.internal\": \"{a}\", \"h\": {{\"username\": \"me\", \"token\": \"{b}\"}}}},\n\
         \"http-basic\": {{\"r\": {{\"username\": \"me\", \"password\": \"{c}\"}}}}}}\n"
    );
    check(
        "auth.json",
        &file,
        &[&a, &b, &c],
        &[
            format!("2 gitlab-token.gitlab.acme.internal {a} token host=gitlab.acme.internal"),
            format!("2 gitlab-token.h.token {b} token host=h user=me"),
            format!("3 http-basic.r.password {c} account host=r user=me"),
        ],
    );
}

#[test]
fn java() {
    let (a, b) = (token(1), token(2));
    let file = format!(
        "<settings>\n <servers>\n  <server>\n   <id>gitlab-maven</id>\n   <configuration><httpHeaders>\n    <property>\n\
         \x20    <name>Private-Token</name>\n     <value>{a}</value>\n    </property>\n   </httpHeaders></configuration>\n  </server>\n\
         \x20 <server><id>r</id><username>me</username><password>{b}</password></server>\n\
         \x20 <server><id>e</id><username>me</username><password>{{COQLCE6DU6GtcS5P=}}</password></server>\n </servers>\n</settings>\n"
    );
    check(
        ".m2/ci_settings.xml",
        &file,
        &[&a, &b],
        &[
            format!("8 settings.servers.server.configuration.httpHeaders.property.value {a} token"),
            format!("12 settings.servers.server.password {b} account user=me"),
        ],
    );
    let file = format!("org.gradle.jvmargs=-Xmx2g\ngitLabPrivateToken={a}\nversion=1.2.3\n");
    check(
        "gradle.properties",
        &file,
        &[&a],
        &[format!("2 gitLabPrivateToken {a} token")],
    );
}

#[test]
fn nuget() {
    let a = token(1);
    let file = format!(
        "<?xml version=\"1.0\"?>\n<configuration>\n <packageSources><add key=\"gitlab\" value=\"https://gitlab.acme.internal\"/></packageSources>\n\
         \x20<packageSourceCredentials>\n  <gitlab>\n   <add key=\"Username\" value=\"me\"/>\n   <add key=\"ClearTextPassword\" value=\"{a}\"/>\n\
         \x20 </gitlab>\n </packageSourceCredentials>\n</configuration>\n"
    );
    let key = "configuration.packageSourceCredentials.gitlab.add.value";
    check(
        "NuGet.config",
        &file,
        &[&a],
        &[format!(
            "7 {key} {a} token host=gitlab.acme.internal user=me"
        )],
    );
}

#[test]
fn cargo() {
    let a = token(1);
    let file = format!(
        "[registries.acme]\nindex = \"x\"\ntoken = \"Bearer {a}\"\n[registry]\ntoken = \"{a}\"\n"
    );
    check(
        ".cargo/credentials.toml",
        &file,
        &[&a],
        &[
            format!("3 registries.acme.token {a} account"),
            format!("5 registry.token {a} account"),
        ],
    );
}
