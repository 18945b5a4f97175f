//! Values in places of a credential that are something else: labels, names, hashes, expressions, published
//! examples. Each place is tried with a real password, too.

use serde_json::Value as Json;

use crate::support::sandbox::Sandbox;

/// Scans files, each a path and a text; returns the paths with findings that are shown by default.
fn reported(files: &[(&str, &str)]) -> Vec<String> {
    let sandbox = Sandbox::new();
    for (path, text) in files {
        sandbox.write(path, text);
    }
    let run = sandbox.run(["scan", "--no-ignore", "--format", "json"]);
    let report: Json = serde_json::from_str(&run.stdout).unwrap();
    let mut paths: Vec<String> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["location"]["path"].as_str().unwrap().to_owned())
        .collect();
    paths.dedup();
    paths
}

/// Places, with `@` for the value.
const PLACES: &[(&str, &str)] = &[
    ("app/messages_es.properties", "login.password=@\n"),
    ("i18n/login.properties", "user.newPassword = @\n"),
    ("application.properties", "service.token=@\n"),
    ("terraform.tfvars", "db_password = \"@\"\n"),
    (
        "lang/da.cfg",
        "[login]\nusername = Brugernavn\npassword = @\n",
    ),
    ("locales/fr.yml", "repositories:\n  password: @\n"),
    (
        "secret.yaml",
        "apiVersion: v1\nkind: Secret\nstringData:\n  password: '@'\n",
    ),
];

#[test]
fn texts_names_and_hashes_are_not_passwords() {
    let hash = "N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";
    let bcrypt = format!("$2a$10${hash}");
    let crypt = format!("$6$rounds=5000${hash}");
    let ldap = format!("{{SSHA}}{hash}");
    let django = format!("pbkdf2_sha256$260000${hash}");
    for value in [
        "Adgangskode",
        "Contraseña",
        "Mot de passe oublié ?",
        "Datenbankpasswort",
        "PasswordTooShort",
        "TokenServiceImpl",
        "com.acme.security.TokenService",
        "urn:ietf:params:oauth:token-type:jwt",
        "grafana-admin-cred1",
        "prod/db/Password1",
        "wildcard-tls-2024",
        "SCRAM-SHA-256",
        "NTLMv2,Basic",
        &bcrypt,
        &crypt,
        &ldap,
        &django,
    ] {
        let files: Vec<(&str, String)> = PLACES
            .iter()
            .map(|(path, text)| (*path, text.replace('@', value)))
            .collect();
        let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (*p, t.as_str())).collect();
        assert_eq!(reported(&files), [""; 0], "{value}");
    }
}

#[test]
fn passwords_are_found_in_the_same_places() {
    for parts in [
        ["Tr0ub4d", "orX9z"],
        ["q8Zk-21", "mmPw7"],
        ["kX9#mP2q", "Lw7T"],
    ] {
        let value = parts.concat();
        for (path, text) in PLACES {
            let text = text.replace('@', &value);
            assert_eq!(reported(&[(path, &text)]), [*path], "{value}");
        }
    }
}

#[test]
fn code_around_headers_and_keys_is_not_a_value() {
    for (path, text) in [
        ("a.js", "this._authToken = localStorage.getItem('auth');"),
        ("c.py", "_authToken: Optional[str] = None"),
        (
            "e.kt",
            "private val _authToken = MutableStateFlow<String?>(null)",
        ),
        ("g.dart", "String? _authToken = widget.authToken;"),
        (
            "hook.rs",
            "headers.insert(\"X-Gitlab-Token\", HeaderValue::from_str(&s)?);",
        ),
        (
            "cors.js",
            "cors({ allowedHeaders: ['X-Gitlab-Event', 'X-Gitlab-Token', 'Content-Type'] })",
        ),
        ("readme.md", "| X-Gitlab-Token: Optional header |"),
        (
            "hook.rb",
            "headers['X-Gitlab-Token'] = Gitlab::Utils.remove_line_breaks(hook.token)",
        ),
        (
            ".npmrc",
            "//registry.npmjs.org/:_authToken=%env(NPM_TOKEN)%",
        ),
        (
            ".netrc",
            "machine gitlab.acme.internal login joe password changeme",
        ),
        (
            "x/.netrc",
            "machine gitlab.acme.internal login oauth2 password YOUR_PERSONAL_ACCESS_TOKEN",
        ),
        ("ci.yml", "GITLAB_TOKEN_NAME: renovate-bot-2024-05"),
        ("job.yml", "GITLAB_TOKEN: kv-prod1-gitlab-tok1"),
        (
            "jdbc.md",
            "jdbc:sqlserver://acme.database.windows.net:1433;database=prod;user=admin@acme;encrypt=true",
        ),
        (
            "hosts.md",
            "postgresql://user:secret@host1:123,user:secret@host2:456/somedb",
        ),
        (
            "schema.json",
            r#"{"properties": {"github-oauth": {"type": "object"}}}"#,
        ),
    ] {
        assert_eq!(reported(&[(path, text)]), [""; 0], "{text}");
    }
}

#[test]
fn published_examples_with_a_changed_end_are_not_leaks() {
    let key = ["wJalrXUt", "nFEMI/K7", "MDENG/bPxRfiCY", "TESTFAKEKY"].concat();
    let slack = [
        "xoxb-1234567890-1234567890123-",
        "5n38u5ed63fgzqlv",
        "uyxvxcx6",
    ]
    .concat();
    for text in [
        format!("AWS_SECRET_ACCESS_KEY={key}\n"),
        format!("token: {slack}\n"),
    ] {
        assert_eq!(reported(&[("x.env", &text)]), [""; 0], "{text}");
    }
}
