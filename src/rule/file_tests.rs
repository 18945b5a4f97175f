//! Tests of the rule file: the rule that a whole one defines, and the error for each defect.

use super::*;
use crate::rule::{Boundary, Check};

/// A rule that is valid, for a test to spoil.
const WHOLE: &str = r#"title = "Acme token"
severity = "high"
description = "Opens the door."
references = ["https://example.com/doc"]

[detect]
keywords = ["acme-"]
pattern = 'acme-(?<body>[0-9a-f]{8})'
checks = ["friendly"]
min_entropy = 2.0

[[remedy]]
action = "Close the door."

[[positive]]
text = ["x=", "acme-", "0123abcd"]
secret = ["acme-", "0123abcd"]

[[negative]]
text = ["acme-", "0123"]
reason = "wrong length"
"#;

fn read(text: &str) -> Result<(Rule, Vec<Example>), RuleError> {
    RuleFile::read(&BlobPath::from_bytes(*b"my/acme.toml"), "acme", text)
}

/// Returns the error when one line of the whole rule is replaced.
fn error(from: &str, to: &str) -> String {
    assert_eq!(WHOLE.matches(from).count(), 1, "{from}");
    read(&WHOLE.replace(from, to)).unwrap_err().to_string()
}

#[test]
fn reads_the_kind_of_a_gitlab_token() {
    let with_kind = |kind: &str| {
        let table = format!("[gitlab]\nkind = \"{kind}\"\n\n[detect]\n");
        read(&WHOLE.replace("[detect]\n", &table))
    };
    assert_eq!(read(WHOLE).unwrap().0.token_kind, None);
    let (rule, _) = with_kind("deploy-token").unwrap();
    assert_eq!(rule.token_kind, Some(TokenKind::DeployToken));
    let error = with_kind("door-token").unwrap_err().to_string();
    assert!(
        error.contains("gitlab.kind: unknown value, expected one of `personal-access-token`"),
        "{error}"
    );
}

#[test]
fn a_whole_file_gives_a_rule() {
    let (rule, examples) = read(WHOLE).unwrap();
    assert_eq!(rule.id.as_str(), "acme");
    assert_eq!(&*rule.title, "Acme token");
    assert_eq!(
        (rule.severity, rule.confidence),
        (Severity::High, Confidence::High)
    );
    assert_eq!(rule.matchers.keywords()[0].text, "acme-");
    assert_eq!((rule.left, rule.right), (Boundary::Token, Boundary::Token));
    assert_eq!(rule.checks, [Check::Friendly]);
    assert_eq!(rule.min_entropy, Some(2.0));
    assert!(!rule.instance_prefix && !rule.guessable && !rule.generic && !rule.encoded);
    assert_eq!(rule.remediations[0].action, "Close the door.");
    assert!(rule.gitlab_rule_ids.is_empty() && rule.enabled);
    assert_eq!(
        rule.matchers.patterns().next().unwrap().as_str(),
        "acme-(?<body>[0-9a-f]{8})"
    );

    assert_eq!(examples.len(), 2);
    assert_eq!(examples[0].text, b"x=acme-0123abcd");
    assert_eq!(
        (examples[0].line, examples[0].key.as_str()),
        (15, "positive[0]")
    );
    assert_eq!(
        examples[0].expected,
        Expected::Secret {
            secret: Secret::new("acme-0123abcd", 0),
            confidence: Confidence::High,
        }
    );
    assert_eq!(
        (examples[1].line, examples[1].key.as_str()),
        (19, "negative[0]")
    );
    assert!(!format!("{examples:?}").contains("0123"));
}

#[test]
fn keywords_may_ask_for_more() {
    let text = WHOLE.replace(
        "[\"acme-\"]",
        "[\"acme-\", { text = \"ACME-\", then = \"@\", joined = true }, { text = \"acme\", value = 256 }]",
    );
    let (rule, _) = read(&text).unwrap();
    assert_eq!(rule.matchers.keywords()[1].text, "ACME-");
    assert_eq!(rule.matchers.keywords()[1].then.as_deref(), Some("@"));
    assert!(rule.matchers.keywords()[1].joined && !rule.matchers.keywords()[2].joined);
    assert_eq!(rule.matchers.keywords()[1].value, None);
    assert_eq!(rule.matchers.keywords()[2].value, Some(256));
}

#[test]
fn keys_are_known_and_there() {
    assert_eq!(
        error("title = ", "titel = "),
        "my/acme.toml:1: titel: unknown key `titel`, expected one of `title`, `provider`, `enabled`, `severity`, \
         `confidence`, `description`, `gitlab_rule_id`, `gitlab`, `references`, `detect`, `remedy`, \
         `positive`, `negative`"
    );
    assert_eq!(
        error("pattern = ", "regex = ''\npattern = "),
        "my/acme.toml:8: detect.regex: unknown key `regex`, expected one of `keywords`, \
         `pattern`, `named`, `command`, `left`, `right`, `instance_prefix`, `checks`, `min_entropy`, `guessable`, \
         `generic`, `encoded`"
    );
    assert_eq!(
        error("action = ", "do = "),
        "my/acme.toml:13: remedy[0].do: unknown key `do`, expected one of `action`, `who`, \
         `command`, `caution`"
    );
    assert_eq!(
        error("title = \"Acme token\"\n", ""),
        "my/acme.toml: missing key `title`"
    );
    assert_eq!(
        error("pattern = 'acme-(?<body>[0-9a-f]{8})'\n", ""),
        "my/acme.toml:7: detect.keywords: keywords belong to `pattern = '…'`; [[detect.pattern]] has its own"
    );
    assert_eq!(
        error("reason = \"wrong length\"\n", ""),
        "my/acme.toml:19: negative[0]: missing key `reason`"
    );
    assert_eq!(
        read("").unwrap_err().to_string(),
        "my/acme.toml: missing key `title`"
    );
}

#[test]
fn values_have_the_right_type() {
    assert_eq!(
        error("title = \"Acme token\"", "title = 3"),
        "my/acme.toml:1: title: invalid type: integer, expected a string"
    );
    assert_eq!(
        error("[\"acme-\"]", "[[\"acme-\"]]"),
        "my/acme.toml:7: detect.keywords[0]: invalid type: sequence, expected a text, or a table \
         of `text`, `then`, `joined`, `until` and `value`"
    );
    assert_eq!(
        error("[\"acme-\"]", "[{ text = \"acme-\", and = 3 }]"),
        "my/acme.toml:7: detect.keywords[0].and: unknown key `and`, expected one of `text`, `then`, `joined`, `until`, `value`"
    );
    assert_eq!(
        error("[\"acme-\"]", "[{ then = \"acme-\" }]"),
        "my/acme.toml:7: detect.keywords[0]: missing key `text`"
    );
    let unknown = error("[\"friendly\"]", "[\"friendly\", \"unfriendly\"]");
    assert!(
        unknown.starts_with(
            "my/acme.toml:9: detect.checks[1]: unknown value, expected one of \
             `friendly`, `routable`, `jwt`, "
        ),
        "{unknown}"
    );
    assert_eq!(
        error("\"high\"", "\"urgent\""),
        "my/acme.toml:2: severity: unknown value, expected one of `info`, `low`, \
         `medium`, `high`, `critical`"
    );
}

#[test]
fn an_error_never_quotes_an_example() {
    let text = error(
        "text = [\"x=\", \"acme-\", \"0123abcd\"]",
        "text = \"x=acme-0123abcd\"",
    );
    assert_eq!(
        text,
        "my/acme.toml:16: positive[0].text: invalid type: string, expected a sequence"
    );
}

#[test]
fn reports_invalid_toml_by_line() {
    assert_eq!(
        error("severity = \"high\"", "severity = \"high"),
        "my/acme.toml:2: invalid basic string, expected `\"`"
    );
    assert_eq!(
        error("severity = ", "severity = \"low\"\nseverity = "),
        "my/acme.toml:3: duplicate key"
    );
    let deep = format!("title = {}", "[".repeat(100_000));
    assert!(
        read(&deep)
            .unwrap_err()
            .to_string()
            .starts_with("my/acme.toml:1: ")
    );
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    let text = read("\"\\u001b[31m\" = 1").unwrap_err().to_string();
    assert!(
        text.starts_with("my/acme.toml:1: unknown key, expected one of `title`"),
        "{text}"
    );
}

#[test]
fn values_are_checked() {
    let cases = [
        ("\"Acme token\"", "\" \"", "1: title: empty"),
        (
            "\"Acme token\"",
            "\"two\\nlines\"",
            "1: title: contains a line break or another control character",
        ),
        ("\"Opens the door.\"", "\"\"", "3: description: empty"),
        (
            "[detect]",
            "confidence = \"proven\"\n[detect]",
            "6: confidence: a checksum proves, a rule cannot; use high, medium or low",
        ),
        (
            "[detect]",
            "gitlab_rule_id = \"\"\n[detect]",
            "6: gitlab_rule_id: use 1 to 128 letters, digits, blanks and punctuation",
        ),
        (
            "\"https://example.com/doc\"",
            "\"https://example.com/doc\", \"example.com\"",
            "4: references[1]: not an absolute http or https URL",
        ),
        (
            "[\"acme-\"]",
            "[]",
            "7: detect.keywords: at least one is needed",
        ),
        (
            "[\"acme-\"]",
            "[\"acme-\",\n \"ac\"]",
            "8: detect.keywords[1]: a keyword has at least 3 bytes",
        ),
        (
            "[\"acme-\"]",
            "[\"acme-\", \"acme-\"]",
            "7: detect.keywords[1]: is listed twice",
        ),
        (
            "[\"acme-\"]",
            "[{ text = \"acme-\", then = \"\" }]",
            "7: detect.keywords[0]: 'then' has 1 to 64 bytes",
        ),
        (
            "[\"acme-\"]",
            "[{ text = \"acme-\", joined = true }]",
            "7: detect.keywords[0]: 'joined' means nothing without 'then'",
        ),
        (
            "[\"acme-\"]",
            "[{ text = \"acme-\", until = \"/\" }]",
            "7: detect.keywords[0]: 'until' means nothing without 'then'",
        ),
        (
            "[\"acme-\"]",
            "[{ text = \"acme-\", then = \"@\", until = \"é\" }]",
            "7: detect.keywords[0]: 'until' is an ASCII character",
        ),
        (
            "[\"acme-\"]",
            "[{ text = \"acme-\", value = 0 }]",
            "7: detect.keywords[0]: 'value' is 1 to 256 characters",
        ),
        (
            "[\"acme-\"]",
            "[{ text = \"acme-\", value = 257 }]",
            "7: detect.keywords[0]: 'value' is 1 to 256 characters",
        ),
        (
            "= 2.0",
            "= 9",
            "10: detect.min_entropy: not between 0 and 8 bits a byte",
        ),
        (
            "= 2.0",
            "= nan",
            "10: detect.min_entropy: not between 0 and 8 bits a byte",
        ),
        ("\"Close the door.\"", "\"\"", "13: remedy[0].action: empty"),
        (
            "secret = [\"acme-\", \"0123abcd\"]",
            "secret = []",
            "17: positive[0].secret: empty",
        ),
        (
            "secret = [\"acme-\", \"0123abcd\"]",
            "secret = [\"acme-\", \"0123abce\"]",
            "17: positive[0].secret: is not in the text",
        ),
        ("\"wrong length\"", "\"\"", "21: negative[0].reason: empty"),
        (
            "[0-9a-f]{8}",
            "[0-9a-f]{8",
            "8: detect.pattern: unclosed counted repetition, at character 22 of the pattern",
        ),
        (
            "<body>",
            "<token>",
            "8: detect.pattern: unknown group 'token'; the groups are secret, body, user, host",
        ),
    ];
    for (from, to, expected) in cases {
        assert_eq!(error(from, to), format!("my/acme.toml:{expected}"));
    }
    let long = "é".repeat(MAX_TITLE);
    assert!(read(&WHOLE.replace("Acme token", &long)).is_ok());
    assert_eq!(
        error("Acme token", &format!("{long}é")),
        "my/acme.toml:1: title: longer than 100 characters"
    );
    let other = WHOLE.replace("[\"acme-\"]", "[\"acme_\"]");
    assert_eq!(
        read(&other).unwrap_err().to_string(),
        "my/acme.toml:16: positive[0].text: contains none of the rule's keywords"
    );
    let many: Vec<String> = (0..65).map(|n| format!("\"acme{n}\"")).collect();
    assert_eq!(
        error("[\"acme-\"]", &format!("[{}]", many.join(", "))),
        "my/acme.toml:7: detect.keywords: more than 64"
    );
}

#[test]
fn the_stem_is_the_id() {
    let name = BlobPath::from_bytes(*b"My Rule.toml");
    let error = RuleFile::read(&name, "My Rule", WHOLE).unwrap_err();
    assert_eq!(
        error.to_string(),
        "My Rule.toml: the file name without '.toml' is the id: not a rule id: use \
         lower-case letters, digits and dashes, a letter first, at most 64 characters"
    );
}
