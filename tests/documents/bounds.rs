//! Files made to be slow to read: large, deep, or full of names that stand for each other. Each costs
//! what its size costs, and what stands behind the trap in them is found where its grammar allows.

use std::time::{Duration, Instant};

use crate::support::sandbox::Sandbox;

/// What no file of this test may take: hundreds of times what the slowest needs when it is read in
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
    assert_eq!(run.code, Some(0), "{path}: {}", run.stderr);
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

/// What is repeated: beginnings without an end, names without a value, one endless line.
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

#[test]
fn the_largest_document_and_a_larger_file_are_read() {
    let token = format!("{}{}", "kT7rQ2mZx9", "vW3yH5pN8b");
    for (size, is_document) in [((4 << 20) - 1, true), ((4 << 20) + 1, false)] {
        let sandbox = Sandbox::new();
        let front = "[[runners]]\nname = \"";
        let back = format!(
            "\"\ntoken = \"{token}\"\n[x]\ny = \"https://joe:{token}@gitlab.acme.internal/\"\n"
        );
        let filling = "x".repeat(size - front.len() - back.len());
        sandbox.write("config.toml", format!("{front}{filling}{back}"));
        let report = sandbox.scan(&["--no-ignore", "."]);
        let lines: Vec<u64> = report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|finding| finding["location"]["start_line"].as_u64().unwrap())
            .collect();
        // A file that is too large is no document any more, but it is scanned as any other text.
        let expected: &[u64] = if is_document { &[3, 5] } else { &[5] };
        assert_eq!(lines, expected, "{size} bytes");
    }
}
