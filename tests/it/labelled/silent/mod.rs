//! Text that must give no finding, by sort: each sort is a file of many lines.

mod material;
mod prose;
mod traps;
mod values;

use std::collections::BTreeSet;

use super::corpus::Corpus;
use super::kinds::{BASE62, BASE64, BASE64URL, DEVISE, HEX, UPPER32, of};
use crate::support::tokens::Rng;

/// One sort: a name, the path of its file, and its lines.
pub(crate) struct Sort {
    pub name: String,
    pub path: String,
    pub lines: Vec<String>,
}

/// Lines of templates for each sort that is made at random.
const LINES: usize = 44;

/// Adds every sort; returns the number of sorts and of their lines.
pub(crate) fn plant(corpus: &mut Corpus, rng: &mut Rng) -> (usize, usize) {
    let mut sorts = values::sorts();
    sorts.extend(traps::sorts(rng));
    for (name, path, templates) in prose::SORTS
        .iter()
        .chain(material::SORTS)
        .chain(traps::SORTS)
    {
        let lines = (0..LINES.max(templates.len()))
            .map(|at| fill(templates[at % templates.len()], rng))
            .collect();
        sorts.push(Sort {
            name: (*name).to_owned(),
            path: (*path).to_owned(),
            lines,
        });
    }
    let mut count = 0;
    for sort in &sorts {
        // A line that is there twice is not counted twice.
        count += sort
            .lines
            .iter()
            .flat_map(|line| line.lines())
            .collect::<BTreeSet<_>>()
            .len();
        let path = format!("silent/{}", sort.path);
        corpus.file(&path, (sort.lines.join("\n") + "\n").into_bytes());
        corpus.silent.insert(path, sort.name.clone());
    }
    (sorts.len(), count)
}

/// Puts random text into a template: `¤hex40¤` is 40 hex digits, and so on; `¤¤` cannot occur.
fn fill(template: &str, rng: &mut Rng) -> String {
    let mut text = String::new();
    for (at, part) in template.split('¤').enumerate() {
        if at % 2 == 0 {
            text.push_str(part);
            continue;
        }
        let digits = part
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(part.len());
        let length = part[digits..].parse().unwrap_or(0);
        text.push_str(&match &part[..digits] {
            "hex" => of(rng, HEX, length),
            "HEX" => of(rng, HEX, length).to_uppercase(),
            "num" => of(rng, "123456789", length),
            "id" => of(rng, DEVISE, length),
            "alnum" => of(rng, BASE62, length),
            "lower" => of(rng, "abcdefghijklmnopqrstuvwxyz", length),
            "upper" => of(rng, &UPPER32[..26], length),
            "base" => of(rng, BASE64, length),
            "url" => of(rng, BASE64URL, length),
            "uuid" => uuid(rng),
            "word" => WORDS[rng.below(WORDS.len())].to_owned(),
            "name" => NAMES[rng.below(NAMES.len())].to_owned(),
            other => panic!("no filler is called {other}"),
        });
    }
    text
}

fn uuid(rng: &mut Rng) -> String {
    [8, 4, 4, 4, 12]
        .map(|length| of(rng, HEX, length))
        .join("-")
}

const WORDS: &[&str] = &[
    "alpha", "backend", "cache", "delta", "edge", "frontend", "gateway", "handler", "index",
    "journal", "kernel", "ledger", "metrics", "network", "orders", "parser", "queue", "router",
    "search", "tracker", "upload", "viewer", "worker", "yield", "zone",
];

const NAMES: &[&str] = &[
    "anna", "bruno", "carla", "dimitri", "elena", "farid", "greta", "hugo", "ines", "jonas",
];
