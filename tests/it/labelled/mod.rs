//! A labelled set: credentials of every kind in every place, and lines that must stay silent, made
//! anew from a seed and scanned by the program itself. Every leak must be found once, at its place,
//! under its rule; nothing else may be; and no output may contain a secret.
//!
//! `LABELLED_SEED` generates another set, `LABELLED_KEEP` keeps it in the temporary folder for inspection.

mod corpus;
mod encoded;
mod keys;
mod kinds;
mod named;
mod neighbours;
mod places;
mod services;
mod silent;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use crate::support::tokens::Rng;
use corpus::{Corpus, Leak};
use kinds::Kind;
use serde_json::Value;
use tokensweep::report::Format;
use tokensweep::rule::RuleSet;

/// Number of different kinds in each place.
const KINDS_PER_PLACE: usize = 3;

/// Numbers of the items in the set.
struct Figures {
    kinds: usize,
    places: usize,
    sorts: usize,
    silent: usize,
}

#[test]
fn all_leaks_and_nothing_else() {
    let seed = std::env::var("LABELLED_SEED").ok();
    let (corpus, figures) = build(seed.map_or(20_261_121, |seed| seed.parse().unwrap()));
    assert!(corpus.leaks.len() >= 200 && figures.kinds >= 45 && figures.places >= 60);
    assert!(figures.silent >= 3_000 && figures.sorts >= 60);

    let mut folder = tempfile::tempdir().unwrap();
    // For a look at the tree afterwards.
    folder.disable_cleanup(std::env::var_os("LABELLED_KEEP").is_some());
    for (path, bytes) in &corpus.files {
        let path = folder.path().join("tree").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
    }
    let outputs = scan(folder.path());
    let report: Value = serde_json::from_slice(&outputs["json"]).unwrap();
    let verdict = judge(&corpus, &report);
    let shown = shown(&corpus, &outputs);

    println!(
        "labelled set: {} leaks of {} kinds in {} places: recall {:.1} %; {} silent lines of {} sorts: {} false alarms; {} secrets shown",
        corpus.leaks.len(),
        figures.kinds,
        figures.places,
        100.0 * (corpus.leaks.len() - verdict.missed.len()) as f64 / corpus.leaks.len() as f64,
        figures.silent,
        figures.sorts,
        verdict.alarms.len(),
        shown.len(),
    );
    let mut faults = verdict.missed;
    faults.extend(verdict.wrong);
    faults.extend(verdict.alarms);
    faults.extend(shown);
    for fault in &faults {
        println!("{fault}");
    }
    assert!(faults.is_empty(), "{} faults, listed above", faults.len());
}

/// Plants everything.
fn build(seed: u64) -> (Corpus, Figures) {
    let mut rng = Rng::new(seed);
    let mut corpus = Corpus::default();
    let mut general = kinds::gitlab();
    general.extend(neighbours::all());
    // Kinds come by turns, in an order that brings different ones together in every run.
    let stride = coprime(general.len(), &mut rng);
    let mut turn = rng.below(general.len());
    let mut next = |serial: &mut usize| {
        turn += stride;
        *serial += 1;
        turn % general.len()
    };
    let mut serial = 0;

    for (name, pattern, text) in places::PLACES {
        for _ in 0..KINDS_PER_PLACE {
            let secrets: Vec<(&Kind, String)> = text
                .matches('§')
                .map(|_| &general[next(&mut serial)])
                .map(|kind| (kind, kind.make(&mut rng)))
                .collect();
            let path = pattern.replace('#', &serial.to_string());
            corpus.fill(name, &path, text, &secrets);
        }
    }
    // Every kind in every encoding in which a scan detects it.
    let rules = RuleSet::builtin();
    for number in 0..encoded::count() {
        for kind in general.iter().filter(|kind| hides(kind)) {
            serial += 1;
            let secret = kind.make(&mut rng);
            if encoded::is_sought(&rules, number, kind) {
                encoded::plant(&mut corpus, number, serial, kind, &secret);
            }
        }
    }
    for place in named::all() {
        let secret = place.kind.make(&mut rng);
        corpus.fill(place.name, place.path, place.text, &[(&place.kind, secret)]);
    }
    // An account in base64 with a token that has no form of its own.
    for name in ["docker auth", "docker auth in a variable of CI"] {
        serial += 1;
        let mut kind = kinds::plain();
        kind.rules.push("config-file-credentials");
        let secret = kind.make(&mut rng);
        encoded::plant(&mut corpus, encoded::number(name), serial, &kind, &secret);
    }
    let blocks = keys::all();
    for (at, (name, pattern, text, line_break)) in keys::PLACES.iter().enumerate() {
        for round in 0..2 {
            serial += 1;
            let kind = &blocks[(at + round * 2) % blocks.len()];
            let path = pattern.replace('#', &serial.to_string());
            let key = kind.make(&mut rng);
            for line in key.lines().filter(|line| !line.contains(' ')) {
                corpus.watch(&kind.name, line.as_bytes());
            }
            let key = key.replace('\n', line_break);
            let at = text.find('§').unwrap();
            let file = text.replace('§', &key);
            corpus.leak(kind, name, &path, file.as_bytes(), at);
            corpus.file(&path, file.into_bytes());
        }
    }
    let (sorts, lines) = silent::plant(&mut corpus, &mut rng);
    let figures = Figures {
        kinds: distinct(&corpus.leaks, |leak| &leak.kind),
        places: distinct(&corpus.leaks, |leak| &leak.place),
        sorts,
        silent: lines,
    };
    (corpus, figures)
}

/// A number with which every turn is reached.
fn coprime(length: usize, rng: &mut Rng) -> usize {
    let divides =
        |a: usize, b: usize| (2..=a.min(b)).any(|d| a.is_multiple_of(d) && b.is_multiple_of(d));
    loop {
        let stride = 1 + rng.below(length - 1);
        if !divides(stride, length) {
            return stride;
        }
    }
}

/// True if a decoder can detect the kind: its tokens have a prefix.
fn hides(kind: &Kind) -> bool {
    !kind.name.contains("glued")
        && kind.prefix > 0
        && !kind.rules.contains(&"gitlab-routable-token-unknown-prefix")
}

fn distinct<'a>(leaks: &'a [Leak], of: impl Fn(&'a Leak) -> &'a String) -> usize {
    leaks.iter().map(of).collect::<BTreeSet<_>>().len()
}

/// Runs the program once over the tree; returns all formats and the printed output.
fn scan(folder: &std::path::Path) -> BTreeMap<String, Vec<u8>> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tokensweep"));
    command
        .current_dir(folder)
        .args(["scan", "tree"])
        .env_clear();
    let formats: Vec<&str> = Format::ALL.iter().map(|format| format.name()).collect();
    for format in &formats {
        command.arg(format!("--report={format}={format}.out"));
    }
    let run = command.output().unwrap();
    let printed = String::from_utf8_lossy(&run.stderr).into_owned();
    assert_eq!(run.status.code(), Some(1), "{printed}");
    let mut outputs: BTreeMap<String, Vec<u8>> = formats
        .iter()
        .map(|format| {
            (
                (*format).to_owned(),
                std::fs::read(folder.join(format!("{format}.out"))).unwrap(),
            )
        })
        .collect();
    outputs.insert("standard output".to_owned(), run.stdout);
    outputs.insert("standard error".to_owned(), run.stderr);
    outputs
}

#[derive(Default)]
struct Verdict {
    missed: Vec<String>,
    wrong: Vec<String>,
    alarms: Vec<String>,
}

/// Compares the findings with the planted credentials. No message contains text of the corpus.
fn judge(corpus: &Corpus, report: &Value) -> Verdict {
    let mut found: BTreeMap<(String, u64, u64), Vec<&Value>> = BTreeMap::new();
    for finding in report["findings"].as_array().unwrap() {
        let place = &finding["location"];
        let path = place["path"].as_str().unwrap();
        let path = path.strip_prefix("tree/").unwrap_or(path).to_owned();
        let at = (
            path,
            place["start_line"].as_u64().unwrap(),
            place["start_column"].as_u64().unwrap(),
        );
        found.entry(at).or_default().push(finding);
    }
    let mut verdict = Verdict::default();
    for leak in &corpus.leaks {
        let what = format!(
            "{} in {} ({}:{}:{})",
            leak.kind, leak.place, leak.path, leak.line, leak.column
        );
        let Some(here) = found.remove(&(leak.path.clone(), leak.line, leak.column)) else {
            verdict.missed.push(format!(
                "missed: {what}, expected {}",
                leak.rules.join(" or ")
            ));
            continue;
        };
        let rule = here[0]["rule_id"].as_str().unwrap();
        let end = &here[0]["location"];
        let end = (
            end["end_line"].as_u64().unwrap(),
            end["end_column"].as_u64().unwrap(),
        );
        let confidence = here[0]["confidence"].as_str().unwrap();
        if here.len() > 1 {
            verdict
                .wrong
                .push(format!("found {} times: {what}", here.len()));
        } else if !leak.rules.contains(&rule) {
            verdict.wrong.push(format!(
                "wrong rule: {what}: {rule}, expected {}",
                leak.rules.join(" or ")
            ));
        } else if leak.end.is_some_and(|expected| expected != end) {
            verdict.wrong.push(format!(
                "not whole: {what}: ends at {end:?}, expected {:?}",
                leak.end
            ));
        } else if leak.proven && confidence != "proven" {
            verdict
                .wrong
                .push(format!("not proven: {what}: {confidence}"));
        }
    }
    for ((path, line, column), findings) in found {
        let sort = corpus
            .silent
            .get(&path)
            .map_or("beside a leak", String::as_str);
        let rule = findings[0]["rule_id"].as_str().unwrap();
        verdict.alarms.push(format!(
            "false alarm: {sort} ({path}:{line}:{column}): {rule}"
        ));
    }
    verdict
}

/// The outputs that contain a secret, or a piece of one.
fn shown(corpus: &Corpus, outputs: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let pieces: Vec<&Vec<u8>> = corpus.secrets.keys().collect();
    let search = aho_corasick::AhoCorasick::new(&pieces).unwrap();
    let mut shown = Vec::new();
    for (name, bytes) in outputs {
        for found in search.find_iter(bytes).take(5) {
            let kind = &corpus.secrets[pieces[found.pattern()]];
            shown.push(format!(
                "a secret is shown: {kind} in {name}, byte {}",
                found.start()
            ));
        }
    }
    shown
}
