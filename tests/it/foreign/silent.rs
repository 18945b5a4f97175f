//! Texts that were reported and are not credentials.

use super::{Cause, Value};

#[rustfmt::skip]
pub(super) const CAUSES: &[Cause] = &[
    Cause {
        name: "translated labels",
        rule: None,
        value: Value::Literal,
        cases: &[
            ("messages_es.properties", "login.password=Contraseña\nlogin.user=Usuario\nlogin.welcome=Bienvenido a la aplicación\n"),
            ("messages_de.properties", "Password=Kennwort\nPassword.hint=Geben Sie Ihr Kennwort ein\nToken=Zugangsschlüssel\n"),
            ("locales/fr.json", "{\"password\": \"Mot de passe\", \"secret\": \"Clé secrète\", \"token\": \"Jeton\"}\n"),
            ("res/values-it/strings.xml", "<resources><string name=\"password\">Parola d'ordine</string></resources>\n"),
            ("lang/nl.php", "return ['password' => 'Wachtwoord', 'token' => 'Sleutel'];\n"),
        ],
    },
    Cause {
        name: "names of headers",
        rule: None,
        value: Value::Literal,
        cases: &[
            ("a.go", "headers := []string{\"X-Gitlab-Token\", \"X-Gitlab-Event\"}\n"),
            ("b.rb", "request.headers['X-Gitlab-Token'] == Rails.application.config.webhook_token\n"),
            ("c.py", "token = request.META.get('HTTP_X_GITLAB_TOKEN')\n"),
        ],
    },
    Cause {
        name: "code that handles credentials",
        rule: None,
        value: Value::Literal,
        cases: &[
            ("a.js", "npmrc[`//${host}/:_authToken`] = process.env.NPM_TOKEN;\n"),
            ("b.py", "config.set('_authToken', get_token(registry))\n"),
            ("c.tf", "secret_name = \"projects/1/secrets/gitlab-token/versions/latest\"\n"),
            ("d.yml", "existingSecret: gitlab-registry-password\nexistingSecretKey: registry-password\n"),
            ("e.java", "private static final String PASSWORD = \"spring.datasource.password\";\n"),
            ("f.ts", "interface Login { password: string; access_token: string; refresh_token?: string }\n"),
        ],
    },
    Cause {
        name: "text behind the names of passwords",
        rule: None,
        value: Value::Literal,
        cases: &[
            ("CHANGELOG.md", "* Fix Mysql root password in NOTES.txt (#7395)\n"),
            ("a.py", "sshpass = CLI._get_password(\"SSH password: \")\n"),
            ("b.py", "p = subprocess.Popen([\"sshpass\"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"),
            ("c.txt", "kubectl run db --env MYSQL_ROOT_PASSWORD=$MYSQL_ROOT_PASSWORD --command -- bash\n"),
            ("inventory.template", "@NAME ansible_user=@USER ansible_password=@PASSWORD ansible_port=@PORT\n"),
        ],
    },
    Cause {
        name: "hashes of passwords",
        rule: None,
        value: Value::Hex(64),
        cases: &[
            ("a.yml", "password: \"{SSHA256}§\"\n"),
            ("b.yml", "admin_password: '$6$rounds=5000$usesomesillystri$§'\n"),
            ("c.yml", "password_sha256: §\n"),
            ("d.toml", "password = \"$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$§\"\n"),
        ],
    },
    Cause {
        name: "words of documentation",
        rule: None,
        value: Value::Literal,
        cases: &[
            (".netrc", "machine example.com login <username> password <password>\n"),
            (".npmrc", "//registry.npmjs.org/:_authToken=your-token-here\n"),
            ("README.md", "curl -u username:password https://jenkins.example.com/\n"),
            ("c.md", "mongodb://user:password@cluster0.example.mongodb.net/\n"),
        ],
    },
    Cause {
        name: "random text without a name",
        rule: None,
        value: Value::Hex(64),
        cases: &[("a.txt", "§\n"), ("b.lock", "checksum = \"§\"\n"), ("c.json", "{\"integrity\": \"§\"}\n")],
    },
    Cause {
        name: "ids without a name",
        rule: None,
        value: Value::Uuid,
        cases: &[("a.txt", "§\n"), ("b.sql", "INSERT INTO runs VALUES ('§', 'token');\n"), ("c.json", "{\"id\": \"§\", \"key\": \"a\"}\n")],
    },
    Cause {
        name: "labels with signs and escapes",
        rule: None,
        value: Value::Literal,
        cases: &[
            ("messages_eu.properties", "login.password=Pasahitza\nuser.newPassword=Pasahitzaaldatu\n"),
            ("lang/it.cfg", "[login]\npassword = Parola d'ordine\n"),
            ("lang/ru.cfg", "[login]\npassword = \\u041f\\u0430\\u0440\\u043e\\u043b\\u044c1\n"),
            ("lang/hr.cfg", "[login]\npassword = Lozinka\n"),
        ],
    },
    Cause {
        name: "names between quotes",
        rule: None,
        value: Value::Literal,
        cases: &[
            ("a.properties", "db_password_secret = \"prod/db/Password1\"\nexisting_secret = \"grafana-admin-cred1\"\n"),
            ("b.properties", "tls_secret = 'wildcard-tls-2024'\n"),
        ],
    },
    Cause {
        name: "names of credentials as their values",
        rule: None,
        value: Value::Literal,
        cases: &[
            ("auth.json", "{\"github-oauth\": {\"github.com\": \"ghp_git-tags-token\"}}\n"),
            (".netrc", "machine git.acme.internal login joe password acme-deploy-token\n"),
        ],
    },
    Cause {
        name: "values longer than a token",
        rule: None,
        value: Value::Devise(20),
        cases: &[("a.env", "AUTH_TOKEN=§_k8XPyAHGrvKrzGTQIN4\n"), ("b.yml", "deploy_token: §_9\n")],
    },
    Cause {
        name: "ids of secrets of Nomad",
        rule: None,
        value: Value::Uuid,
        cases: &[("a.json", "{\"accessor_id\": \"0b2c4a7e\", \"secret_id\": \"§\", \"type\": \"client\"}\n")],
    },
];
