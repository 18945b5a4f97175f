//! References of all kinds, and literals that resemble them.

use super::*;

fn is_reference(value: &str) -> bool {
    reference(value.as_bytes()).is_some()
}

#[test]
#[rustfmt::skip]
fn recognises_every_kind() {
    let table: &[(&str, &[&str])] = &[
        (
            "variable",
            &[
                "$CI_JOB_TOKEN", "${CI_JOB_TOKEN}", "$$CI_JOB_TOKEN", "$${CI_JOB_TOKEN}",
                "${TOKEN:-}", "${TOKEN-}", "${TOKEN:?missing}", "${1}", "$1", "$@", "${!name}",
                "${#x}", "${TOKEN:0:8}", "${TOKEN%%.*}", "${env:TOKEN}", "$env:GITLAB_TOKEN",
                "$Env:GITLAB_TOKEN", "$token", "$config->token", "$config['token']",
                "$this->getToken", "$obj.Token", "$A$B", "$A-$B", "${A}-${B}", "prefix-${TOKEN}",
                "$TOKEN-suffix", "token-$CI_JOB_TOKEN", "\\$TOKEN", "\\${TOKEN}", "\"$TOKEN\"",
                "'${TOKEN}'", "  $TOKEN ", "%CI_JOB_TOKEN%", "%%TOKEN%%", "%TOKEN:~0,8%",
                "!TOKEN!", "@TOKEN@", "@@TOKEN@@", "__TOKEN__", "__token__", "#TOKEN#",
                "${var.gitlab_token}", "${local.token}", "${TOKEN", "%24TOKEN", "%24%7BTOKEN%7D",
                "\" + token + \"", "'+token+'", "\"+ cfg.Token +\"", "' . $token . '", "\"+",
            ],
        ),
        (
            "output of a command",
            &[
                "$(cat token)", "$(cat", "`cat token`", "$(vault read -field=token (x))",
                "$(TOKEN)", "x$(id)", "$((1+2))", "\\$(cmd)",
            ],
        ),
        (
            "template",
            &[
                "${{ secrets.TOKEN }}", "${{secrets.TOKEN}}", "${{", "$[[ inputs.token ]]", "$[[",
                "{{token}}", "{{ .Values.token }}", "{{ token }}", "{{",
                "{{ lookup('env', 'X') }}", "{% token %}", "<%= token %>", "<%=", "#{token}",
                "#{ENV['X']}", "oauth2:{{ x }}", "%7B%7Btoken%7D%7D", "'{{ token }}'",
            ],
        ),
        (
            "format string",
            &[
                "%s", "%v", "%q", "%d", "%-10s", "%[1]s", "%1$s", "oauth2:%(token)s", "%(token)s",
                "%{token}", "{}", "{0}", "{token}", "{self.token}", "{token!r}", "{token:>8}",
                "oauth2-{token}", "%s:%s", "token-%s", "{access_token}", "{:?}",
            ],
        ),
        (
            "lookup",
            &[
                "ENV['TOKEN']", "ENV[\"TOKEN\"]", "ENV.fetch('TOKEN')", "os.environ['TOKEN']",
                "os.environ.get(\"TOKEN\")", "os.getenv(\"TOKEN\")", "os.Getenv(\"TOKEN\")",
                "process.env.TOKEN", "process.env['TOKEN']", "import.meta.env.VITE_TOKEN",
                "std::env::var(\"TOKEN\")", "env!(\"TOKEN\")", "getenv('TOKEN')",
                "System.getenv(\"TOKEN\")", "Environment.GetEnvironmentVariable(\"TOKEN\")",
                "var.token", "local.token", "data.vault_generic_secret.gitlab.data[\"token\"]",
                "module.x.token", "secrets.TOKEN", "vars.TOKEN", "inputs.token", "params.TOKEN",
                "env.TOKEN", "self.token", "config.gitlab.token", "settings.GITLAB_TOKEN",
                ".Values.token", "credentials('gitlab')", "getToken()", "get_token(user, 1)",
                "file(\"token.txt\")", "random_password.db.result", "gitlab_deploy_token.x.token",
                "process.env.TOKEN!", "System.get_env(\"TOKEN\")", "lookup('env', 'TOKEN')",
            ],
        ),
        (
            "secret store",
            &[
                "vault:secret/data/ci#token", "vault://x", "vault:values/ci#token", "op://vault/entry/field",
                "ref+vault://x", "arn:aws:secretsmanager:eu-west-1:1:secret:x", "ssm:/ci/token",
                "helper: pass show x", "file:///run/token", "/run/secrets/token",
                "!reference [.x, token]", "!reference", "!Ref Token", "!Sub '${X}'",
                "!secret gitlab_token", "!vault", "keyring:x",
                "projects/1/secrets/token/versions/latest", "@Microsoft.KeyVault(SecretUri=x)",
            ],
        ),
        (
            "ciphertext",
            &[
                "ENC[AES256_GCM,data:abc,iv:def]", "ENC[PKCS7,abc]", "ENC(abc)", "{cipher}0f3c",
                "$ANSIBLE_VAULT;1.1;AES256", "vault:v1:abcdef", "!vault |",
            ],
        ),
        (
            "mask",
            &[
                "[MASKED]", "***", "*****", "*", "<redacted>", "REDACTED", "[REDACTED]",
                "(hidden)", "***REDACTED***", "__REDACTED__", "[FILTERED]",
                "\u{2022}\u{2022}\u{2022}", "\u{2026}", "...", "----", "ab***yz", "masked",
                "%5BMASKED%5D",
            ],
        ),
        (
            "hint",
            &[
                "<your_access_token>", "<my-private-token>", "<token>", "<your token>", "<your",
                "[token]", "[your token]", "%3Ctoken%3E", "&lt;token&gt;",
            ],
        ),
    ];
    for (kind, values) in table {
        for value in *values {
            assert!(is_reference(value), "{kind}: {value}");
        }
    }
}

#[test]
#[rustfmt::skip]
fn literals_stay_literals() {
    for value in [
        "", " ", "\"\"", "hunter2", "S3cure!pass", "p@ss$word", "Pa$$word1", "a$b", "my$ecret",
        "abc%20def", "%41%42%43", "100%", "a%b%c", "pa{ss", "pa}ss", "{", "$", "$$", "a$", "()",
        "f(", "x(y", "a<b>c", "<", "[", "[a", "word", "env", "env.", "var.", "data", "vault",
        "vault:", "secret", "a.b.c", "john.smith", "-", "--", "..", "!", "!Password1",
        "!Summer2024!", "ab%sX9kd2", "%s9kd2", "#pass#", "@pa55word@", "!refuse", "#", "@home",
        "`", "a`b", "${}", "$()", "correct horse", "tok_en", "_x_", "__", "%", "%%", "%zz",
        "KEY=VALUE", "aws_secret", "google_key1", "selfie", "config", "configX.y", "Tr0ub4dor&3",
        "enc", "a\"+b",
    ] {
        assert!(!is_reference(value), "{value}");
    }
    let token = ["gl", "pat-", "Q7wk2_Zr9TqXv", "3mN8bYc"].concat();
    for value in [
        token.clone(),
        format!("\"{token}\""),
        format!("{token}.01.0w1abcdefg"),
    ] {
        assert_eq!(reference(value.as_bytes()), None);
    }
    let long = format!("${{{}}}", "X".repeat(MAX_VALUE));
    assert_eq!(reference(long.as_bytes()), None);
}

#[test]
fn a_default_is_a_literal_of_its_own() {
    let default = |value: &str| {
        let found = reference(value.as_bytes()).unwrap();
        found.default.map(|range| value[range].to_owned())
    };
    for (value, expected) in [
        ("${TOKEN:-s3cret}", Some("s3cret")),
        ("${TOKEN-s3cret}", Some("s3cret")),
        ("${TOKEN:=s3cret}", Some("s3cret")),
        ("${TOKEN=s3cret}", Some("s3cret")),
        ("${TOKEN:+s3cret}", Some("s3cret")),
        ("\"${TOKEN:-s3cret}\"", Some("s3cret")),
        ("'${TOKEN:-\"s3cret\"}'", Some("s3cret")),
        ("prefix-${TOKEN:-s3cret}-x", Some("s3cret")),
        ("${gitlab.token:s3cret}", Some("s3cret")),
        ("${A:-${B:-s3cret}}", Some("s3cret")),
        ("${A:-${B}}", None),
        ("${A:-$B}", None),
        ("${A:-}", None),
        ("${A:-\"\"}", None),
        ("${A:?not set}", None),
        ("${A:0:8}", None),
        ("${A: -8}", None),
        ("${env:A}", None),
        ("${env:A, 's3cret'}", Some("s3cret")),
        ("${A#x}", None),
        ("${{ secrets.A || 's3cret' }}", Some("s3cret")),
        ("${{ secrets.A }}", None),
        ("{{ .Values.a | default \"s3cret\" }}", Some("s3cret")),
        ("{{ default \"s3cret\" .Values.a }}", Some("s3cret")),
        ("{{ a | default('s3cret') }}", Some("s3cret")),
        ("{{ lookup('env', 'A') }}", None),
        ("{{ a | default('{{ b }}') }}", None),
        ("process.env.A || 's3cret'", Some("s3cret")),
        ("process.env.A ?? \"s3cret\"", Some("s3cret")),
        ("process.env['A'] || 's3cret'", Some("s3cret")),
        ("os.getenv('A', 's3cret')", Some("s3cret")),
        ("os.environ.get(\"A\", \"s3cret\")", Some("s3cret")),
        ("os.getenv('A') or 's3cret'", Some("s3cret")),
        ("os.environ['A']", None),
        ("ENV.fetch('A', 's3cret')", Some("s3cret")),
        ("lookup('env', 'A')", None),
        ("var.a", None),
    ] {
        assert_eq!(default(value).as_deref(), expected, "{value}");
    }
    let mut deep = "s3cret".to_owned();
    for _ in 0..200 {
        deep = format!("${{A:-{deep}}}");
    }
    assert_eq!(default(&deep), None);
    // A default that was percent-encoded cannot be pointed at.
    assert_eq!(default("%24%7BA:-s3cret%7D"), None);
}

#[test]
fn accepts_hostile_values() {
    for piece in [
        "$", "${", "{{", "%", "<", "[", "`", "$(", "\\", "\"", "$a.", "a(", "\u{2022}",
    ] {
        for count in [1, 2, 3, 100, 2000] {
            reference(piece.repeat(count).as_bytes());
        }
    }
    for byte in 0..=u8::MAX {
        reference(&[byte]);
        reference(&[b'$', byte]);
        reference(&[byte, b'$', b'{', byte, b'}']);
    }
}
