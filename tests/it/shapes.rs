//! Every shape of token, generated, in every kind of place: found once, whole, by its rule.

use std::sync::Arc;

use crate::support::cases;
use crate::support::engine::{detector, findings, rule};
use crate::support::sandbox::{Sandbox, places};
use crate::support::tokens::{
    Evidence, Rng, Shape, all_shapes, custom_prefix_shapes, glued_shapes,
};
use tokensweep::detect::{DetectOptions, Detector};
use tokensweep::model::{Confidence, Liveness, Severity};
use tokensweep::rule::RuleSet;

/// A way to write a token down.
type Context = fn(&str) -> Vec<u8>;

/// The places of a token: a name for each, and the text.
const CONTEXTS: &[(&str, Context)] = &[
    ("assignment", |t| format!("export TOKEN={t}\n").into_bytes()),
    ("YAML", |t| {
        format!("variables:\n  TOKEN: {t}\n  OTHER: x\n").into_bytes()
    }),
    ("quoted YAML", |t| {
        format!("token: '{t}' # comment\n").into_bytes()
    }),
    ("JSON", |t| {
        format!("{{\"a\": 1, \"token\": \"{t}\"}}").into_bytes()
    }),
    ("JSON in a string", |t| {
        format!("{{\"log\": \"line\\n{t}\\nnext\\t{t}\"}}").into_bytes()
    }),
    ("Python with CRLF", |t| {
        format!("import os\r\ntoken = \"{t}\"\r\nprint(1)\r\n").into_bytes()
    }),
    ("log without final newline", |t| {
        format!("10:00 INFO using {t}").into_bytes()
    }),
    ("coloured log", |t| {
        format!("\x1b[0;32mtoken {t}\x1b[0m\x1b[0K\n\x1b[32m{t}\x1b[m").into_bytes()
    }),
    ("command line", |t| {
        format!("tool register --token {t} --url https://h\n").into_bytes()
    }),
    ("short option", |t| {
        format!("login -u me -p{t}\n").into_bytes()
    }),
    ("query", |t| {
        format!("GET /x?a=1&private_token={t}&b=2 HTTP/1.1\n").into_bytes()
    }),
    ("percent-encoded neighbours", |t| {
        format!("token%3D{t}%26x\n").into_bytes()
    }),
    ("XML", |t| format!("<value>{t}</value>").into_bytes()),
    ("end of a sentence", |t| {
        format!("It was {t}. Then (see {t}), or \"{t}\"!\n").into_bytes()
    }),
    ("binary", |t| {
        [&[0, 159, 255, 1][..], t.as_bytes(), &[0, 0, 200]].concat()
    }),
    ("not UTF-8", |t| {
        [b"\xe9t\xe9 = ", t.as_bytes(), b"\xff\n"].concat()
    }),
];

/// Which contexts would change this token: a cookie has its own name in front.
fn fits(context: &str, shape: &Shape) -> bool {
    shape.label.is_empty() || !matches!(context, "short option" | "percent-encoded neighbours")
}

/// Number of occurrences of the token in a text.
fn count(text: &[u8], token: &str) -> usize {
    memchr::memmem::find_iter(text, token).count()
}

fn expected_confidence(shape: &Shape) -> Confidence {
    if shape.evidence == Evidence::Checksum {
        return Confidence::Proven;
    }
    rule(shape.rule).confidence
}

#[test]
fn every_shape_in_every_context() {
    let detector = detector();
    let mut rng = Rng::new(2024);
    for shape in all_shapes() {
        for (name, context) in CONTEXTS.iter().filter(|(name, _)| fits(name, &shape)) {
            for _ in 0..3 {
                let token = shape.generate(&mut rng);
                let secret = &token[shape.label.len()..];
                let text = context(&token);
                let found = findings(&detector, &text);
                let place = format!("{} in {name}", shape.name);
                assert_eq!(found.len(), count(&text, &token), "{place}: {found:#?}");
                for finding in found {
                    assert_eq!(finding.rule_id.as_str(), shape.rule, "{place}");
                    assert!(
                        finding.secret.reveal() == secret.as_bytes(),
                        "{place}: {finding:#?}"
                    );
                    assert_eq!(finding.confidence, expected_confidence(&shape), "{place}");
                }
            }
        }
    }
}

#[test]
fn many_of_every_shape() {
    let detector = detector();
    let many = if cfg!(debug_assertions) {
        cases(20, 150)
    } else {
        10_000
    };
    let mut rng = Rng::new(77);
    for shape in all_shapes() {
        for _ in 0..many {
            let token = shape.generate(&mut rng);
            let found = findings(&detector, format!("x = '{token}'\n").as_bytes());
            assert_eq!(found.len(), 1, "{}: {found:#?}", shape.name);
            assert_eq!(found[0].rule_id.as_str(), shape.rule, "{}", shape.name);
            assert!(found[0].secret.reveal() == &token.as_bytes()[shape.label.len()..]);
            assert_eq!(
                found[0].confidence,
                expected_confidence(&shape),
                "{}",
                shape.name
            );
        }
    }
}

#[test]
fn a_changed_character_is_never_proof() {
    let detector = detector();
    let mut rng = Rng::new(99);
    for shape in all_shapes()
        .iter()
        .filter(|shape| shape.evidence == Evidence::Checksum)
    {
        for _ in 0..40 {
            let mut token = shape.generate(&mut rng).into_bytes();
            let at = shape.prefix.len() + rng.below(token.len() - shape.prefix.len());
            let other = b"abcdefghijkmnpqrstuvwxyz1234567890"[rng.below(34)];
            if token[at] == other {
                continue;
            }
            token[at] = other;
            for finding in findings(&detector, &token) {
                assert!(
                    finding.confidence < Confidence::Proven,
                    "{}: {finding:#?}",
                    shape.name
                );
            }
        }
    }
}

/// A prefix without a separator, as GitLab put it there for a time: found whole, with some doubt.
#[test]
fn glued_instance_prefixes() {
    let detector = detector();
    let mut rng = Rng::new(5);
    for shape in glued_shapes() {
        let token = shape.generate(&mut rng);
        let found = findings(&detector, format!("token: {token}\n").as_bytes());
        assert_eq!(found.len(), 1, "{}", shape.name);
        assert!(
            found[0].secret.reveal() == token.as_bytes(),
            "{}: {found:#?}",
            shape.name
        );
        assert!(found[0].confidence >= Confidence::Medium, "{}", shape.name);
    }
}

/// Under an unconfigured prefix, or none, the checksum identifies a routable token; a classic token needs
/// a configured prefix. A valid checksum fixes the token's boundaries.
#[test]
fn tokens_with_a_checksum_back_to_back() {
    let mut shapes = all_shapes();
    shapes.retain(|shape| shape.name.contains("routable") && shape.label.is_empty());
    assert!(shapes.len() > 4);
    let detector = detector();
    let mut rng = Rng::new(29);
    for (shape, other) in shapes
        .iter()
        .flat_map(|a| shapes.iter().map(move |b| (a, b)))
    {
        let (first, second) = (shape.generate(&mut rng), other.generate(&mut rng));
        let found = findings(&detector, format!("{first}{second}\n").as_bytes());
        let secrets: Vec<&[u8]> = found.iter().map(|found| found.secret.reveal()).collect();
        let names = [&shape.name, &other.name];
        assert!(
            secrets == [first.as_bytes(), second.as_bytes()],
            "{names:?}: {found:#?}"
        );
        assert_eq!(found[0].rule_id.as_str(), shape.rule, "{names:?}");
        assert_eq!(found[1].rule_id.as_str(), other.rule, "{names:?}");
        assert!(
            found
                .iter()
                .all(|found| found.confidence == Confidence::Proven)
        );
    }
}

#[test]
fn custom_prefixes() {
    let mut taught = RuleSet::builtin();
    let shapes = custom_prefix_shapes();
    for shape in shapes
        .iter()
        .filter(|shape| shape.evidence == Evidence::None)
    {
        taught.add_token_prefix(&shape.prefix).unwrap();
    }
    let taught = Detector::new(Arc::new(taught), &DetectOptions::default()).unwrap();
    let untaught = detector();
    let mut rng = Rng::new(11);
    for shape in &shapes {
        let proves = shape.evidence == Evidence::Checksum;
        for _ in 0..20 {
            let token = shape.generate(&mut rng);
            let text = format!("{{\"token\": \"{token}\"}}\n");
            let found = findings(if proves { &untaught } else { &taught }, text.as_bytes());
            assert_eq!(found.len(), 1, "{}: {found:#?}", shape.name);
            assert_eq!(found[0].rule_id.as_str(), shape.rule, "{}", shape.name);
            assert!(
                found[0].secret.reveal() == token.as_bytes(),
                "{}: {found:#?}",
                shape.name
            );
            if proves {
                assert_eq!(found[0].confidence, Confidence::Proven);
                assert!(found[0].owner.user.is_some());
            } else {
                assert!(
                    findings(&untaught, text.as_bytes()).is_empty(),
                    "{}",
                    shape.name
                );
            }
        }
    }
    // Percent-encoded in a URL.
    let token = shapes
        .iter()
        .find(|s| s.prefix == "a@b:c/")
        .unwrap()
        .generate(&mut rng);
    let url = token
        .replace('@', "%40")
        .replace(':', "%3A")
        .replace('/', "%2F");
    let found = findings(&untaught, format!("https://x:{url}@host/x\n").as_bytes());
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].secret.reveal() == token.as_bytes());
    assert_eq!(found[0].encoding, ["percent"]);
}

#[test]
fn expired_job_tokens_are_dead_and_informational() {
    let detector = detector();
    let mut rng = Rng::new(6);
    let found = findings(
        &detector,
        crate::support::shape("job token, expired")
            .generate(&mut rng)
            .as_bytes(),
    );
    assert_eq!(
        (found[0].liveness, found[0].severity),
        (Liveness::Dead, Severity::Info)
    );
    assert!(found[0].expires_at.is_some() && found[0].owner.job.is_some());
    let found = findings(
        &detector,
        crate::support::shape("job token")
            .generate(&mut rng)
            .as_bytes(),
    );
    assert_eq!(
        (found[0].liveness, found[0].severity),
        (Liveness::Unknown, Severity::High)
    );
}

/// Through the program: large, binary, ignored but tracked, hidden, with odd names.
#[test]
fn every_shape_in_every_kind_of_file() {
    let sandbox = Sandbox::new();
    let mut rng = Rng::new(8);
    sandbox.write(".gitignore", "*.log\n");
    let mut expected = Vec::new();
    let mut forced = Vec::new();
    for (index, shape) in all_shapes().iter().enumerate() {
        let token = shape.generate(&mut rng);
        sandbox.watch(&token[shape.label.len()..]);
        let (path, text) = match index % 6 {
            0 => (
                format!("tracked but ignored {index}.log"),
                format!("{token}\n").into_bytes(),
            ),
            1 => (
                format!(".hidden/{index}"),
                format!("a\nb = \"{token}\"\n").into_bytes(),
            ),
            2 => (
                format!("Grüße/日本 {index}.yml"),
                format!("t: {token}\r\n").into_bytes(),
            ),
            3 => {
                // One line of 6 MB.
                let filler = vec![b'x'; 3_000_000];
                let line = [&filler[..], b"\",\"", token.as_bytes(), b"\",\"", &filler].concat();
                (format!("minified {index}.js"), line)
            }
            4 => (
                format!("binary {index}.bin"),
                [&[0; 999][..], token.as_bytes(), &[0; 9]].concat(),
            ),
            _ => (format!("no newline {index}"), token.clone().into_bytes()),
        };
        sandbox.write(&path, text);
        if index % 6 == 0 {
            forced.push(path.clone());
        }
        expected.push((path, u64::from(index % 6 == 1) + 1, shape.rule.to_owned()));
    }
    expected.sort();
    sandbox.git(&["init", "-q"]);
    let add: Vec<&str> = ["add", "-f"]
        .into_iter()
        .chain(forced.iter().map(String::as_str))
        .collect();
    sandbox.git(&add);
    let mut found = places(&sandbox.scan(&["."]));
    found.sort();
    assert_eq!(found, expected);
}

/// 200 MB in one file, with a token at its start, in its middle and at its end: found with the right
/// lines, in memory that does not grow with the file.
#[test]
fn a_file_of_200_megabytes() {
    use std::io::Write as _;

    let sandbox = Sandbox::new();
    let tokens: Vec<String> = (0..3)
        .map(|seed| sandbox.watch(crate::support::a_token(seed)))
        .collect();
    let path = sandbox.write("large.log", format!("{}\n", tokens[0]));
    let mut file =
        std::io::BufWriter::new(std::fs::File::options().append(true).open(path).unwrap());
    let line =
        b"2026-01-01T00:00:00Z INFO request finished path=/a/b?x=1 status=200 duration=12ms\n";
    let lines = 100 * 1024 * 1024 / line.len();
    for token in &tokens[1..] {
        for _ in 0..lines {
            file.write_all(line).unwrap();
        }
        writeln!(file, "token={token}").unwrap();
    }
    drop(file);
    let rule = "gitlab-personal-access-token";
    let at = |line: usize| ("large.log".to_owned(), line as u64, rule.to_owned());
    let expected = [at(1), at(lines + 2), at(2 * lines + 3)];
    assert_eq!(places(&sandbox.scan(&[])), expected);
    #[cfg(target_os = "linux")]
    assert!(
        peak_memory(&sandbox) <= 64 * 1024,
        "{} KiB",
        peak_memory(&sandbox)
    );
}

/// Peak resident memory of a scan, in KiB.
#[cfg(target_os = "linux")]
fn peak_memory(sandbox: &Sandbox) -> u64 {
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_tokensweep"))
        .args(["scan", "--quiet", "--threads", "8"])
        .current_dir(sandbox.path())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let now = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
        peak = peak.max(now.unwrap_or(0));
    }
    peak
}
