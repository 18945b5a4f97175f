//! Generated histories compared with a slow and obvious reference: `git rev-list`, `git ls-tree` and `git
//! cat-file`, and every version of a file read in full.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::support::cases;
use crate::support::repo::{Found, Repo, complete};
use crate::support::tokens::Rng;

/// Number of histories in a long run; a usual one has a fifth of them.
const HISTORIES: u64 = 100;
const COMMITS: usize = 14;
const TOKENS: usize = 5;

type Files = BTreeMap<String, String>;

/// Returns the text of a new file: similar to no other, and longer than all secrets in it.
fn new_text(rng: &mut Rng) -> String {
    let name = rng.below(1_000_000);
    (0..14).fold(String::new(), |mut text, i| {
        writeln!(text, "line {i} of what file {name} says").unwrap();
        text
    })
}

fn path(rng: &mut Rng) -> String {
    let folder = ["", "d/", "d/e/"][rng.below(3)];
    format!("{folder}{}", ["a", "b", "c", "f"][rng.below(4)])
}

/// Changes some files.
fn edit(files: &mut Files, tokens: &[String], rng: &mut Rng) {
    for _ in 0..=rng.below(2) {
        let paths: Vec<String> = files.keys().cloned().collect();
        let what = rng.below(9);
        if paths.is_empty() || what == 0 {
            files.insert(path(rng), new_text(rng));
            continue;
        }
        let chosen = &paths[rng.below(paths.len())];
        let mut lines: Vec<String> = files[chosen].lines().map(str::to_owned).collect();
        match what {
            1 => {
                files.remove(chosen);
                continue;
            }
            2 | 3 => {
                let text = files.remove(chosen).unwrap();
                files.insert(path(rng), text);
                continue;
            }
            4 => {
                let from = rng.below(lines.len());
                let line = lines.remove(from);
                lines.insert(rng.below(lines.len() + 1), line);
            }
            5 => lines.retain(|line| line.starts_with("line")),
            _ => {
                if lines.len() < 18 {
                    let token = tokens[rng.below(tokens.len())].clone();
                    lines.insert(rng.below(lines.len() + 1), token);
                }
            }
        }
        files.insert(chosen.clone(), lines.join("\n") + "\n");
    }
}

/// Generates a history for `git fast-import`: later commits are newer.
fn history(tokens: &[String], rng: &mut Rng) -> String {
    let mut stream = String::new();
    let mut states: Vec<Files> = Vec::new();
    for number in 1..=COMMITS {
        let mut parents = BTreeSet::new();
        let count = if number == 1 || rng.below(12) == 0 {
            0
        } else {
            [1, 1, 1, 2, 3][rng.below(5)]
        };
        for _ in 0..count {
            // Usually one of the last ones, so that there are long branches.
            let back = rng.below(states.len().min(4));
            parents.insert(states.len() - back);
        }
        let mut files = Files::new();
        for parent in &parents {
            for (path, text) in &states[parent - 1] {
                if !files.contains_key(path) || rng.below(2) == 0 {
                    files.insert(path.clone(), text.clone());
                }
            }
        }
        if parents.len() < 2 || rng.below(3) == 0 {
            edit(&mut files, tokens, rng);
        }
        // A path below a file cannot be checked out.
        let all: Vec<String> = files.keys().cloned().collect();
        files.retain(|path, _| !all.iter().any(|file| path.starts_with(&format!("{file}/"))));

        let message = format!("commit {number}");
        writeln!(stream, "commit refs/heads/c{number}\nmark :{number}").unwrap();
        writeln!(
            stream,
            "committer t <t@localhost> {} +0000",
            1_700_000_000 + number * 60
        )
        .unwrap();
        writeln!(stream, "data {}\n{message}", message.len()).unwrap();
        for (i, parent) in parents.iter().enumerate() {
            let word = if i == 0 { "from" } else { "merge" };
            writeln!(stream, "{word} :{parent}").unwrap();
        }
        stream.push_str("deleteall\n");
        for (path, text) in &files {
            writeln!(
                stream,
                "M 100644 inline {path}\ndata {}\n{text}",
                text.len()
            )
            .unwrap();
        }
        stream.push('\n');
        states.push(files);
    }
    stream
}

/// Returns the files of a commit, from Git.
fn files_of(repo: &Repo, commit: &str, known: &mut BTreeMap<String, Files>) -> Files {
    if let Some(files) = known.get(commit) {
        return files.clone();
    }
    let mut files = Files::new();
    for line in repo.git(&["ls-tree", "-r", commit]).lines() {
        let (entry, path) = line.split_once('\t').unwrap();
        let id = entry.split(' ').nth(2).unwrap();
        let read = || Files::from([(String::new(), repo.git(&["cat-file", "blob", id]))]);
        let blob = known.entry(id.to_owned()).or_insert_with(read);
        files.insert(path.to_owned(), blob[""].clone());
    }
    known.insert(commit.to_owned(), files.clone());
    files
}

/// Returns true if the common lines make up half of the longer file.
fn are_alike(a: &str, b: &str) -> bool {
    let mut rest: Vec<&str> = b.split_inclusive('\n').collect();
    let mut shared = 0;
    for line in a.split_inclusive('\n') {
        if let Some(at) = rest.iter().position(|other| *other == line) {
            shared += rest.swap_remove(at).len();
        }
    }
    2 * shared >= a.len().max(b.len())
}

/// Returns the versions of a file in a parent: at the same path, or similar deleted files.
fn versions<'a>(path: &str, text: &str, files: &Files, parent: &'a Files) -> Vec<&'a str> {
    if let Some(version) = parent.get(path) {
        return vec![version];
    }
    let deleted = parent.iter().filter(|(path, _)| !files.contains_key(*path));
    let alike = deleted.filter(|(_, version)| are_alike(text, version));
    alike.map(|(_, version)| version.as_str()).collect()
}

fn reference(
    repo: &Repo,
    tokens: &[String],
    range: &str,
    known: &mut BTreeMap<String, Files>,
) -> Vec<Found> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    let commits = repo.git(&["rev-list", "--reverse", "--date-order", "--parents", range]);
    for line in commits.lines() {
        let mut ids = line.split(' ');
        let commit = ids.next().unwrap();
        let parents: Vec<Files> = ids.map(|id| files_of(repo, id, known)).collect();
        let files = files_of(repo, commit, known);
        for (path, text) in &files {
            for (i, token) in tokens.iter().enumerate() {
                let is_old = parents.iter().any(|parent| {
                    versions(path, text, &files, parent)
                        .iter()
                        .any(|version| version.contains(token.as_str()))
                });
                if is_old || !text.contains(token.as_str()) || !seen.insert((path.clone(), i)) {
                    continue;
                }
                let lines = text.lines().enumerate();
                let places = lines.filter(|(_, line)| line.contains(token.as_str()));
                found.extend(places.map(|(i, _)| (commit.to_owned(), path.clone(), i as u64 + 1)));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn agrees_with_a_reference_on_generated_histories() {
    let (mut findings, mut silent) = (0, 0);
    let histories = cases(HISTORIES / 5, HISTORIES);
    for seed in 0..histories {
        let mut rng = Rng::new(seed);
        let repo = Repo::new();
        let tokens: Vec<String> = (0..TOKENS as u64)
            .map(|i| repo.token(seed * 100 + i))
            .collect();
        repo.feed(&["fast-import", "--quiet"], history(&tokens, &mut rng));
        let mut known = BTreeMap::new();
        let (base, head) = (rng.below(4) + 1, rng.below(COMMITS - 4) + 5);
        for range in [format!("c{base}..c{COMMITS}"), format!("c1..c{head}")] {
            let mut actual = complete(&repo.scan(&["range", &range]));
            actual.sort();
            let expected = reference(&repo, &tokens, &range, &mut known);
            assert_eq!(actual, expected, "history {seed}, {range}");
            findings += expected.len();
            silent += usize::from(expected.is_empty());
        }
    }
    // Otherwise the histories would show nothing.
    assert!(
        findings as u64 > 2 * histories && silent as u64 > histories / 10,
        "{findings} findings, {silent} silent"
    );
}
