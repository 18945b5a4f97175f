//! Long files that change in many places: findings must not depend on how a version is stored. A loose object is
//! scanned as a whole; of a delta only the differences are, and the findings of its base are inherited.

use super::{commit, repository};
use crate::support::a_token;
use crate::support::sandbox::Sandbox;
use crate::support::tokens::Rng;

/// The number of histories, and of commits in each.
const HISTORIES: u64 = 4;
const COMMITS: usize = 50;

/// The lines of the first version, about a hundred kilobytes.
const LINES: usize = 1_600;

fn line(rng: &mut Rng) -> String {
    let words = [
        "let", "value", "of", "token", "gitlab", "password", "key", "=", "a1", "return",
    ];
    let mut line = String::new();
    while line.len() < 50 {
        line += words[rng.below(words.len())];
        line.push(' ');
    }
    line
}

/// Returns text that is found, or that needs a closer look.
fn leak(s: &Sandbox, rng: &mut Rng) -> Vec<String> {
    let token = s.watch(a_token(rng.below(40) as u64));
    match rng.below(6) {
        0 => vec![format!(
            "url = https://joe:{token}@gitlab.example.com/a.git"
        )],
        1 => vec![format!("text = \"{}\"", token.replace('-', "\\u002d"))],
        2 => vec!["-----BEGIN ".to_owned() + "RSA PRIVATE KEY-----"],
        // Far from the text that gives it a meaning.
        3 => [
            vec![format!("PRIVATE-TOKEN: {}", " ".repeat(rng.below(60)))],
            vec![String::new(); rng.below(3)],
            vec![token["glpat-".len()..].to_owned()],
        ]
        .concat(),
        _ => vec![format!("token = {token}")],
    }
}

/// Changes some lines, usually one.
fn change(s: &Sandbox, rng: &mut Rng, lines: &mut Vec<String>) {
    for _ in 0..=rng.below(3) {
        let at = rng.below(lines.len());
        match rng.below(9) {
            0 | 1 => drop(lines.splice(at..at, leak(s, rng))),
            // Near or in such text.
            2..=4 => {
                let held = |line: &String| line.contains("glpat") || line.contains("-----");
                let holding: Vec<usize> = (0..lines.len()).filter(|&l| held(&lines[l])).collect();
                if let Some(&near) = holding.get(rng.below(holding.len().max(1))) {
                    let at = (near + rng.below(5)).saturating_sub(2).min(lines.len() - 1);
                    match rng.below(4) {
                        0 => drop(lines.remove(at)),
                        1 => {
                            let middle = lines[at].len() / 2;
                            if lines[at].is_char_boundary(middle) {
                                lines[at].insert(middle, 'x');
                            }
                        }
                        2 => lines.insert(at, line(rng)),
                        _ => lines.truncate(at.max(10)),
                    }
                }
            }
            5 => drop(lines.drain(at..lines.len().min(at + rng.below(200)))),
            6 => {
                let moved: Vec<String> = lines.drain(..at.min(lines.len() / 4)).collect();
                lines.extend(moved);
            }
            _ => lines.insert(at, line(rng)),
        }
        while lines.len() < LINES / 2 {
            lines.push(line(rng));
        }
    }
}

#[test]
fn finds_the_same_in_deltas_and_whole_objects() {
    let mut total = 0;
    let histories = crate::support::cases(1, HISTORIES);
    for seed in 0..histories {
        let s = repository();
        let mut rng = Rng::new(seed);
        let mut lines: Vec<String> = (0..LINES).map(|_| line(&mut rng)).collect();
        for number in 0..COMMITS {
            change(&s, &mut rng, &mut lines);
            s.write("long.txt", lines.join("\n"));
            commit(&s, &format!("version {number}"));
        }
        let report = || {
            let run = s.run([
                "history",
                "--format",
                "json",
                "--min-confidence",
                "low",
                ".",
            ]);
            assert_eq!(run.code, Some(1), "{}", run.stderr);
            let mut report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
            // In parts, so that a difference is readable.
            let findings = report["findings"].take();
            (findings, report["summary"].take())
        };
        let loose = report();
        total += loose.0.as_array().unwrap().len();
        s.git(&[
            "repack",
            "-q",
            "-a",
            "-d",
            "-f",
            "--window=30",
            "--depth=50",
        ]);
        let packed = report();
        assert_eq!(loose, packed, "seed {seed}");
    }
    assert!(total > 10 * histories as usize, "{total} findings");
}
