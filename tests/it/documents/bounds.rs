//! Files made to be slow to read: large, deep, or full of names that refer to each other. The work is
//! linear in their size, and secrets behind the trap in them are found where the grammar allows.

use std::time::{Duration, Instant};

use crate::support::sandbox::Sandbox;

/// Maximum time for a file of this test: hundreds of times the time of the slowest when it is read in
/// linear time and the program is built without optimisation.
const PATIENCE: Duration = Duration::from_secs(60);

/// Scans files of one name in folders of their own.
fn scan(path: &str, texts: &[String]) -> Duration {
    let sandbox = Sandbox::new();
    for (index, text) in texts.iter().enumerate() {
        sandbox.write(format!("{index}/{path}"), text);
    }
    let start = Instant::now();
    let run = sandbox.run(["scan", "--no-ignore", "--exit-zero", "--quiet", "."]);
    // Some are nested deeper than their readers go, and reported.
    assert!(matches!(run.code, Some(0 | 2)), "{path}: {}", run.stderr);
    start.elapsed()
}

/// Files of `size` bytes, each with one of the pieces over and over.
fn repeated(front: &str, pieces: &[&str], size: usize) -> Vec<String> {
    let fill = |piece: &&str| format!("{front}{}", piece.repeat(size / piece.len()));
    pieces.iter().map(fill).collect()
}

/// The names of files of each grammar, with a text that makes it be read.
const GRAMMARS: &[(&str, &str)] = &[
    ("config.toml", "[[runners]]\n"),
    ("a.json", "{\"auths\": {\"kind\": \"Secret\", \"x\": "),
    ("a.yaml", "kind: Secret\nrunnerToken: x\n"),
    ("settings.xml", "<settings><server>"),
    (".npmrc", "_auth=x\n"),
    (".pypirc", "password=x\n"),
    ("pip.conf", "[a]\nindex-url = http://x\n"),
    ("a.properties", "tokens=x\n"),
    ("main.tf", "token = \"x\"\n"),
    ("gitlab.rb", "x = 1\n"),
    (".netrc", "machine x login y "),
    (".gitmodules", "[submodule \"x\"]\n"),
    (".git-credentials", "https://x:y@z\n"),
];

/// Texts to repeat: beginnings without an end, names without a value, one endless line.
const PIECES: &[&str] = &[
    "{", "[", "[a.", "<a>", "<a ", "\"", "'", "- ", "a: {", "? ", "&a ", "a = [", "a = \"\\", "x",
    "://a:b@", "<<E\n", "\n    x", "a.b=", "{{", "%", "\\\n",
];

#[test]
fn time_grows_with_the_size_and_no_faster() {
    for (path, front) in GRAMMARS {
        let time = |size: usize| scan(path, &repeated(front, PIECES, size));
        let (small, large) = (time(1 << 14), time(1 << 17));
        // Eight times the size; a square would take 64 times as long.
        assert!(
            large < PATIENCE && large < small * 30 + Duration::from_millis(500),
            "{path}: {small:?}, then {large:?}"
        );
    }
}

#[test]
fn aliases_and_entities_stand_for_nothing_more() {
    let mut yaml = String::from("kind: Secret\na0: &a0 [x, x]\n");
    let mut xml = String::from("<!DOCTYPE x [\n<!ENTITY a0 \"x\">\n");
    for level in 1..60 {
        let alias = format!("*a{}, ", level - 1).repeat(9);
        yaml.push_str(&format!("a{level}: &a{level} [{alias}]\n"));
        let entity = format!("&a{};", level - 1).repeat(9);
        xml.push_str(&format!("<!ENTITY a{level} \"{entity}\">\n"));
    }
    yaml.push_str("data: *a59\n");
    xml.push_str("]>\n<settings><server><password>&a59;</password></server></settings>\n");
    for (path, text) in [("a.yaml", yaml), ("settings.xml", xml)] {
        let took = scan(path, &[text]);
        assert!(took < PATIENCE, "{path} took {took:?}");
    }
}

/// A password that looks like one.
fn password() -> String {
    ["kT7r", "Q2m", "Zx9vW3"].concat()
}

/// Scans one file; returns the exit code, the lines of the findings and the messages of the errors.
fn scan_one(path: &str, text: &str) -> (Option<i32>, Vec<u64>, Vec<String>) {
    let sandbox = Sandbox::new();
    sandbox.write(path, text);
    let run = sandbox.run(["scan", "--no-ignore", "--format", "json", "."]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let list = |key: &str| report[key].as_array().unwrap().clone();
    let lines = list("findings")
        .iter()
        .map(|finding| finding["location"]["start_line"].as_u64().unwrap())
        .collect();
    let errors = list("errors").iter().map(ToString::to_string).collect();
    (run.code, lines, errors)
}

#[test]
fn finds_passwords_behind_any_padding() {
    let password = password();
    let auths = format!(
        "{{\"auths\": {{\"h.acme.internal\": {{\"username\": \"bob\", \"password\": \"{password}\"}}}}}}"
    );
    let pairs = |count: usize, pair: &str| pair.repeat(count);
    let inner = auths.trim_start_matches('{').trim_end_matches('}');
    let blanks = " ".repeat(100);
    let labels: String = (0..400).map(|n| format!("label{n}: x\n")).collect();
    let decoys = "echo password=$A; ".repeat(30);
    let steps = "a".repeat(5000);
    for (path, text) in [
        (
            ".netrc",
            format!(
                "machine h.acme.internal login bob password {password}\n{}",
                pairs(1_200_000, "# c\n")
            ),
        ),
        (
            ".git-credentials",
            format!(
                "{}https://bob:{password}@h.acme.internal\n",
                pairs(5000, "https://u:xxxxxxxx@h\n")
            ),
        ),
        (
            "config.json",
            format!("{}{auths}{}", pairs(5000, "{\"a\":"), pairs(5000, "}")),
        ),
        (
            "config.json",
            format!("{{\"a\": [{}1], {inner}}}}}}}", pairs(600_000, "1,")),
        ),
        (
            "config.json",
            auths.replace("\"password\":", &format!("\"password\"{blanks}:")),
        ),
        ("config.json", auths.replace("auths", "\\u0061uths")),
        ("config.json", auths.replace("h.acme.internal", &steps)),
        (
            "config.json",
            format!(
                "{{\"auths\": {{{} {}",
                pairs(
                    6000,
                    "\"h\": {\"username\": \"u\", \"password\": \"xxxxxx\"}, "
                ),
                inner["\"auths\": {".len()..].to_owned() + "}}}"
            ),
        ),
        (
            "secret.yaml",
            format!("{labels}kind:   'Secret'\nstringData:\n  password: {password}\n"),
        ),
        (
            "secret.yaml",
            format!(
                "kind: Secret\nx: [{}1]\nstringData: {{password: {password}}}\n",
                pairs(400_000, "1, ")
            ),
        ),
        (
            ".git/config",
            format!(
                "[credential]\nhelper = \"!f() {{ {decoys} echo password={password}; }}; f\"\n"
            ),
        ),
    ] {
        let (code, lines, errors) = scan_one(path, &text);
        let start = &text[..text.len().min(80)];
        assert_eq!(lines.len(), 1, "{path}: {start}: {errors:?}");
        assert_eq!(
            (code, errors.len()),
            (Some(1), 0),
            "{path}: {start}: {errors:?}"
        );
    }
}

#[test]
fn finds_a_token_behind_any_number_of_placeholders() {
    let prefix = ["gl", "pat-"].concat();
    let placeholders = format!("{prefix}xxxxxxxxxxxxxxxxxxxx\n").repeat(10_500);
    let token = format!("{prefix}x7WzN4smT9Pk2Dx2Rv8b");
    let text = format!("{placeholders}{token}\n");
    assert_eq!(
        scan_one("flood.txt", &text),
        (Some(1), vec![10_501], Vec::new())
    );
}

#[test]
fn reports_files_that_exceed_a_bound() {
    let prefix = ["gl", "pat-"].concat();
    let token = |n: usize| format!("{prefix}x7WzN4smT9Pk{:08}\n", n * 7919);
    let tokens: String = (0..10_010).map(token).collect();
    let deep = |count: usize| "[".repeat(count) + &"]".repeat(count);
    let lines = "\\\n".repeat(5000);
    for (path, text, message) in [
        (
            ".netrc",
            format!("machine h login b password x\n{}", "# c\n".repeat(9 << 20)),
            "larger than 32 MiB",
        ),
        ("flood.txt", tokens, "more than 10000 candidates"),
        (
            "secret.yaml",
            format!("kind: Secret\nstringData: {{x: {}}}\n", deep(300)),
            "too many levels",
        ),
        (
            "config.toml",
            format!("[[runners]]\nx = {}\n", deep(200)),
            "too many levels",
        ),
        (
            ".git/config",
            format!("[remote \"o\"]\nurl = {lines} https://h\n"),
            "too many levels",
        ),
    ] {
        let (code, _, errors) = scan_one(path, &text);
        assert_eq!(code, Some(2), "{path}: {errors:?}");
        assert_eq!(errors.len(), 1, "{path}: {errors:?}");
        assert!(
            errors[0].contains(path) && errors[0].contains(message),
            "{errors:?}"
        );
    }
}

#[test]
fn large_files_without_credentials_give_no_errors() {
    let text = format!("{{\"rows\": [{}0]}}", "1234567,".repeat(5 << 20));
    assert_eq!(
        scan_one("data.json", &text),
        (Some(0), Vec::new(), Vec::new())
    );
}

#[test]
fn aliases_are_judged_once() {
    let value = "Zq9".repeat(60_000);
    let front = format!("kind: Secret\nx: &p {value}\nstringData:\n");
    let same = format!("{front}{}", "  password: *p\n".repeat(10_000));
    let names: String = (0..10_000)
        .map(|n| format!("  password{n}: *p\n"))
        .collect();
    let took = scan("a.yaml", &[same, format!("{front}{names}")]);
    assert!(took < PATIENCE, "{took:?}");
}
