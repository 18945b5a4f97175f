//! Words of documentation against passwords that somebody chose.

use super::*;

#[test]
#[rustfmt::skip]
fn words_of_documentation_are_dummies() {
    for value in [
        "", "x", "me", "pwd", "***", "...", "password", "Password", "PASSWORD", "pass", "passwd",
        "secret", "secret!", "token", "TOKEN", "user", "changeme", "change-me", "xxx", "xxxx",
        "xxxxxxxx", "foo", "bar", "foobar", "foo-bar", "YOUR_TOKEN", "YOUR_ACCESS_TOKEN",
        "your-pat", "yourGitlabPat", "YOUR-XYZ", "my-token", "mytoken", "mysecrettoken",
        "my_secret_password", "your_access_token", "<token>", "<your token>", "example",
        "example-password", "s3cr3t", "s3cr3tt0k3n", "hunter2", "p4ssw0rd", "P@ssw0rd",
        "Pa$$w0rd!", "passw0rd1", "abc123", "abc1234", "123456", "12345678", "1234567890",
        "qwerty", "qwerty123", "asdfgh", "abcdef", "aaaaaa", "admin", "admin123", "root",
        "postgres", "guest", "letmein", "test", "test123", "testpassword", "test-token-1",
        "dummy", "fake-token", "ACCESS_TOKEN", "CI_JOB_TOKEN", "GITLAB_DEPLOY_SECRET",
        "personal-access-token", "accesstoken", "gitlab-token", "deploy-token", "private_token",
        "oauth2", "x-oauth-basic", "gitlab-ci-token", "__token__", "$TOKEN", "${TOKEN}",
        "$(cat x)", "{{ token }}", "%s", "[MASKED]", "REDACTED", "'password'", "\"secret\"",
        "`token`", "pass%21", "%3Ctoken%3E", "correcthorsebatterystaple", "user:pass", "username",
        "usr", "john.doe", "alice", "bob1", "insert-token-here", "replace-me",
        "replace_with_your_token", "secret1234", "Passw0rd2024", "supersecret",
        "super-secret-password", "geheim", "motdepasse", "12345678901234567890", "1q2w3e4r",
        "null", "none", "some-secret-value", "t0k3n", "the-password", "a-secret", "${TOKEN:-}",
        "abcdefghijklmnopqrst", "my.secret.token", "string", "value",
    ] {
        assert!(is_dummy_password(value.as_bytes()), "{value}");
    }
}

#[test]
#[rustfmt::skip]
fn passwords_that_somebody_chose_are_not() {
    for value in [
        "Summer2024", "Summer2024!", "gitlab123", "deploy2023", "Tr0ub4dor&3", "kX9#mP2q",
        "zq8Lw2", "jenkins1", "acme-corp-2023", "Welcome1", "Frankfurt19", "5f4dcc3b5aa765d6",
        "4711081596", "n7Gq-2wZ", "blue-horse-42", "gitlabrunner", "runner", "buildserver",
        "ci-build", "Xy12zz", "password98431", "secretariat", "tokenizer", "testament",
        "${TOKEN:-kX9#mP2q}", "yourselfx9", "fooKx92Lm", "R2D2c3po", "p9x7v1m3", "MyCompany2019",
        "admin@acme7", "Kaffeepause",
    ] {
        assert!(!is_dummy_password(value.as_bytes()), "{value}");
    }
    let token = ["Q7wk2_Zr9T", "qXv3mN8bYc"].concat();
    assert!(!is_dummy_password(token.as_bytes()));
    assert!(!is_dummy_password(format!("glpat-{token}").as_bytes()));
}

#[test]
fn random_passwords_are_not() {
    const SIGNS: &[u8] = b"ABCDEFGHJKMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789!#%+-_";
    let mut state = 1u64;
    let mut dummies = 0;
    for _ in 0..3_000 {
        let password: Vec<u8> = (0..10)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                SIGNS[(state >> 33) as usize % SIGNS.len()]
            })
            .collect();
        dummies += usize::from(is_dummy_password(&password));
    }
    assert_eq!(dummies, 0);
}

#[test]
fn accepts_hostile_values() {
    for piece in ["a", "1", "pass", "%", "$", "\"", "\u{e9}", "-", "4"] {
        for count in [1, 5, 64, 65, 5000] {
            is_dummy_password(piece.repeat(count).as_bytes());
        }
    }
}
