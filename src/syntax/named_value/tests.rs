//! Every notation with a name, every form of name, and any bytes.

use proptest::prelude::*;

use super::*;

/// The texts at which a value of `word` may begin.
fn starts(text: &str, word: &str) -> Vec<String> {
    let at = text.find(word).unwrap();
    let mut found = Vec::new();
    visit_values(text.as_bytes(), at, &mut |value| {
        found
            .push(String::from_utf8_lossy(&text.as_bytes()[value.start..value.limit]).into_owned());
        false
    });
    found
}

#[test]
fn finds_the_value_in_every_notation() {
    for text in [
        "MY_KEY=VALUE1",
        "export MY_KEY=\"VALUE1\"",
        "set MY_KEY=VALUE1",
        "ENV MY_KEY VALUE1",
        "setx MY_KEY \"VALUE1\"",
        "$env:MY_KEY = 'VALUE1'",
        "MY_KEY ?= VALUE1",
        "MY_KEY: VALUE1",
        "\"MY_KEY\": \"VALUE1\"",
        "{\\\"MY_KEY\\\":\\\"VALUE1\\\"}",
        "MY_KEY: >-\n  VALUE1",
        "MY_KEY: |\n    VALUE1\n",
        "MY_KEY:\n  VALUE1",
        "MY_KEY=\\\n  VALUE1",
        "- name: MY_KEY\n  value: VALUE1",
        "- name: MY_KEY\n  type: text\n  value: \"VALUE1\"",
        "- value: VALUE1\n  name: MY_KEY",
        "[{\"Name\":\"MY_KEY\",\"Value\":\"VALUE1\"}]",
        "{\"value\": \"VALUE1\", \"name\": \"MY_KEY\"}",
        "<MY_KEY>VALUE1</MY_KEY>",
        "<MY_KEY>\n  <![CDATA[VALUE1]]>",
        "<env name=\"MY_KEY\" value=\"VALUE1\"/>",
        "<env value=\"VALUE1\" name=\"MY_KEY\"/>",
        "<add key=\"MY_KEY\" value=\"VALUE1\" />",
        "<entry key=\"MY_KEY\">VALUE1</entry>",
        "<key>MY_KEY</key>\n  <string>VALUE1</string>",
        "my_key := VALUE1 MY_KEY := `VALUE1`",
        "'MY_KEY' => 'VALUE1',",
        "MY_KEY <- \"VALUE1\"",
        "put(\"MY_KEY\", \"VALUE1\")",
        "{ \"MY_KEY\", \"VALUE1\" },",
        "os.environ[\"MY_KEY\"] = \"VALUE1\"",
        "os.getenv(\"MY_KEY\", \"VALUE1\")",
        "process.env.MY_KEY || 'VALUE1'",
        "ENV.fetch('MY_KEY') { 'VALUE1' }",
        "const MY_KEY: &'static str = \"VALUE1\";",
        "const MY_KEY string = \"VALUE1\"",
        "Dim MY_KEY As String = \"VALUE1\"",
        "$MY_KEY = ConvertTo-SecureString 'VALUE1' -AsPlainText",
        "MY_KEY = base64encode(\"VALUE1\")",
        "MY_KEY: {{ \"VALUE1\" | b64enc }}",
        "--MY_KEY VALUE1",
        "--MY_KEY=VALUE1",
        "-DMY_KEY=VALUE1",
        "https://a.b/?MY_KEY=VALUE1&x=y",
        "| MY_KEY | VALUE1 |",
        "MY_KEY,VALUE1",
        "MY_KEY                 VALUE1",
        "withMY_KEY(\"VALUE1\")",
        "Sys.setenv(MY_KEY = \"VALUE1\")",
        "gh variable set --name MY_KEY --value VALUE1",
        "${MY_KEY:-VALUE1}",
        "MY_KEY:\n    value: \"VALUE1\"\n    description: x",
        "\"MY_KEY\": { \"value\": \"VALUE1\" }",
        "credentials(Header) {\n    name 'MY_KEY'\n    value 'VALUE1'\n}",
    ] {
        let found = starts(text, "MY_KEY");
        assert!(
            found.iter().any(|value| value.starts_with("VALUE1")),
            "{text:?}: {found:?}"
        );
    }
}

#[test]
fn does_not_join_names_and_values_of_different_records() {
    for text in [
        "MY_KEY == VALUE1",
        "MY_KEY://VALUE1",
        "- name: MY_KEY\n- value: VALUE1",
        "{\"name\": \"MY_KEY\"}, {\"value\": \"VALUE1\"}",
        "{\"value\": \"VALUE1\"}, {\"name\": \"MY_KEY\"}",
        "<env name=\"MY_KEY\"/><env value=\"VALUE1\"/>",
    ] {
        let found = starts(text, "MY_KEY");
        assert!(
            found.iter().all(|value| !value.starts_with("VALUE1")),
            "{text:?}: {found:?}"
        );
    }
}

#[test]
fn splits_names_into_words() {
    for name in [
        "awsSecretKey",
        "AWS_SECRET_KEY",
        "aws.secret-key",
        "Aws Secret Key",
        "AWSSecretKey",
        "aws:secret/key",
        "--aws-secret-key",
        "AwsSECRETKey",
    ] {
        let words = words_of(name.as_bytes()).replace('\t', " ");
        assert_eq!(words, "aws secret key", "{name}");
    }
    assert_eq!(words_of(b"fs.s3a.secretKey"), "fs s3a secret key");
    for (text, expected) in [
        ("?a=b%26MY_KEY%3DVALUE1", "MY_KEY"),
        ("\"a\\u0026MY_KEY=VALUE1", "MY_KEY"),
        ("\"a\\nMY_KEY=VALUE1", "MY_KEY"),
        ("-DMY_KEY=VALUE1", "MY_KEY"),
        ("MY_KEY:-VALUE1", "MY_KEY"),
    ] {
        let at = text.find("MY_KEY").unwrap();
        let mut names = Vec::new();
        visit_values(text.as_bytes(), at, &mut |value| {
            names.push(&text[value.name.clone()]);
            false
        });
        assert!(
            names.iter().all(|name| *name == expected),
            "{text}: {names:?}"
        );
        assert!(
            starts(text, "MY_KEY")
                .iter()
                .any(|value| value.starts_with("VALUE1")),
            "{text}"
        );
    }
    assert_eq!(words_of(b"__"), "");
    assert_eq!(words_of(b"-F my_token"), "f\tmy token");
}

#[test]
fn reads_the_words_of_commands() {
    for (text, at, expected) in [
        (
            "curl -sSfu joe:x https://h/",
            "curl",
            "curl -sSfu joe:x https://h/",
        ),
        (
            "  a; curl -u 'j:x y' \\\n  \"https://h\" && b",
            "curl",
            "curl -u|j:x y|https://h",
        ),
        (
            "RUN docker login \\\n  -u a \\\n  --password=\"x\" r.io",
            "login",
            "RUN docker login -u a --password=\"x\" r.io",
        ),
        ("[\"curl\", \"-u\", \"joe:x\"]", "curl", "curl -u joe:x"),
        ("{\"a\": \"curl -u joe:x https://h\"}", "curl", ""),
        ("$(curl -u a:b h)", "curl", "curl -u a:b h"),
    ] {
        let command = ShellCommand::around(text.as_bytes(), text.find(at).unwrap());
        let words: Vec<&str> = command
            .words
            .iter()
            .map(|word| &text[word.clone()])
            .collect();
        let expected: Vec<&str> = match expected.contains('|') {
            true => expected
                .split('|')
                .flat_map(|part| {
                    if part.starts_with("curl -u") {
                        part.split(' ').collect::<Vec<_>>()
                    } else {
                        vec![part]
                    }
                })
                .collect(),
            false => expected.split(' ').collect(),
        };
        if expected != [""] {
            assert_eq!(words, expected, "{text}");
        } else {
            assert!(
                words.contains(&"joe:x") || words.iter().any(|word| word.contains("joe:x")),
                "{words:?}"
            );
        }
    }
    for text in [
        "echo TEXT | docker login --password-stdin",
        "printf '%s' \"TEXT\" | docker login --password-stdin",
        "docker login --password-stdin <<< TEXT",
        "docker login --password-stdin <<< \"TEXT\"",
    ] {
        let command = ShellCommand::around(text.as_bytes(), text.find("login").unwrap());
        assert_eq!(
            command.input.map(|word| &text[word]),
            Some("TEXT"),
            "{text}"
        );
    }
}

proptest! {
    #[test]
    fn reads_any_bytes(bytes in prop::collection::vec(any::<u8>(), 1..600), at in any::<prop::sample::Index>()) {
        let at = at.index(bytes.len());
        visit_values(&bytes, at, &mut |value| {
            assert!(value.start <= value.limit && value.limit <= bytes.len());
            assert!(value.name.len() <= MAX_NAME && value.name.end <= bytes.len());
            false
        });
        for word in ShellCommand::around(&bytes, at).words {
            assert!(word.end <= bytes.len());
        }
    }

    #[test]
    fn reads_any_assignment_like_text(
        pieces in prop::collection::vec(
            prop::sample::select(vec!["KEY", "=", ":", "\"", "'", " ", "\n", "  ", "value", "{", "}", "- ", "<", ">", "/", "|", ",", "\\", "name", "(", ")", "${", "-u", "x1"]),
            1..60,
        ),
        at in any::<prop::sample::Index>(),
    ) {
        let text = pieces.concat();
        let at = at.index(text.len());
        visit_values(text.as_bytes(), at, &mut |value| {
            assert!(value.start <= value.limit && value.limit <= text.len());
            false
        });
        ShellCommand::around(text.as_bytes(), at);
    }

    #[test]
    fn needs_no_more_than_the_bytes_nearby(bytes in prop::collection::vec(prop::sample::select(b"aK_=:\"' \n{}-<>/|,v".to_vec()), 2000..2400)) {
        let at = 1000;
        let places = |bytes: &[u8], at: usize| {
            let mut found = Vec::new();
            visit_values(bytes, at, &mut |value| {
                found.push((value.name.start as i64 - at as i64, value.start as i64 - at as i64));
                false
            });
            found
        };
        let near = &bytes[at - 500..at + 1000];
        prop_assert_eq!(places(&bytes, at), places(near, 500));
    }
}
