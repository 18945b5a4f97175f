//! Words that people write where a credential belongs.

/// Lower case, sorted. Words of documentation, of test fixtures and of defaults that everybody
/// knows; every one has at least three letters.
#[rustfmt::skip]
pub(super) const WORDS: &[&str] = &[
    "abc", "abcd", "access", "account", "actual", "add", "admin", "agent", "alice", "api", "auth",
    "bar", "baz", "bearer", "bob", "body", "bogus", "bot", "build", "cafebabe", "change",
    "changeit", "changeme", "cipher", "client", "code", "config", "credential", "credentials",
    "deadbeef", "default", "delete", "demo", "deploy", "docs", "dolor", "dummy", "edit", "empty",
    "enter", "example", "fake", "feed", "fill", "fixme", "foo", "foobar", "for", "from",
    "generated", "git", "github", "gitlab", "goes", "group", "guest", "hello", "here", "hidden",
    "hunter", "inc", "insert", "instance", "invalid", "ipsum", "job", "key", "letmein", "live",
    "localhost", "login", "long", "lorem", "masked", "mock", "mysql", "name", "new", "nobody",
    "none", "not", "null", "number", "oauth", "old", "omitted", "one", "pass", "passphrase",
    "passwd", "password", "paste", "pat", "personal", "pipeline", "placeholder", "please",
    "postgres", "private", "project", "public", "put", "pwd", "qux", "qwerty", "random", "read",
    "readonly", "real", "redacted", "redis", "refresh", "registration", "registry", "removed",
    "replace", "root", "runner", "sample", "scim", "scrubbed", "secret", "sekret", "server",
    "session", "set", "sit", "some", "something", "spec", "string", "stub", "super",
    "supersecret", "temp", "test", "testing", "text", "the", "this", "tobe", "todo", "token",
    "tokens", "trigger", "two", "unknown", "update", "use", "user", "username", "valid", "value",
    "var", "variable", "webhook", "with", "word", "world", "write", "xxx", "xyz", "yes", "your",
    "yours",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_lower_case_and_long_enough() {
        assert!(WORDS.is_sorted_by(|a, b| a < b));
        for word in WORDS {
            assert!(word.len() >= 3 && word.bytes().all(|byte| byte.is_ascii_lowercase()));
        }
    }
}
