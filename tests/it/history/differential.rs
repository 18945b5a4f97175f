//! Random histories, and a slow reader that is easy to follow.
//!
//! The introduction of a secret at a path is the first commit, in the order below, whose tree has the secret there
//! while no parent's tree has it. The order is topological; of several commits that could be next, the one with the
//! earliest committer date, then the smallest id.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::process::Stdio;

use super::{found, redacted};
use crate::support::a_token;
use crate::support::sandbox::Sandbox;
use crate::support::tokens::Rng;

/// Number of generated histories.
const HISTORIES: u64 = 200;

/// Number of distinct secrets in a history.
const SECRETS: u64 = 5;

type Tree = BTreeMap<String, String>;

/// Generates a `git fast-import` stream: some dozen commits on a few branches, with merges of up to four parents,
/// criss-cross merges, renames, deletions, and secrets that come and go.
fn history(rng: &mut Rng, tokens: &[String]) -> String {
    let paths = ["a", "b", "d/a", "d/e/a", "f.g/h", "f/h", "f0"];
    let mut stream = String::new();
    let mut trees: Vec<Tree> = Vec::new();
    let mut time = 1_000_000_000u64;
    let commits = 5 + rng.below(25);
    let lines = 1 + rng.below(4);
    let mut heads: Vec<Option<usize>> = vec![None; lines];
    for number in 0..commits {
        let line = rng.below(lines);
        let mut parents: Vec<usize> = heads[line].into_iter().collect();
        let others = match rng.below(5) {
            0 => 1,
            1 => rng.below(4),
            _ => 0,
        };
        for _ in 0..others {
            if let Some(other) = heads[rng.below(lines)]
                && !parents.contains(&other)
            {
                parents.push(other);
            }
        }
        if parents.is_empty() && number > 0 && rng.below(4) > 0 {
            parents.push(rng.below(number));
        }
        // A child may be older than its parent.
        time = time
            .saturating_add(rng.below(100) as u64)
            .saturating_sub(rng.below(60) as u64);
        let mut tree: Tree = parents
            .first()
            .map(|&p| trees[p].clone())
            .unwrap_or_default();
        for &other in parents.iter().skip(1) {
            for (path, content) in &trees[other] {
                if rng.below(2) == 0 {
                    tree.insert(path.clone(), content.clone());
                }
            }
        }
        for _ in 0..=rng.below(3) {
            let path = paths[rng.below(paths.len())].to_owned();
            match rng.below(6) {
                0 => {
                    tree.remove(&path);
                }
                1 => {
                    let other = paths[rng.below(paths.len())];
                    if let Some(content) = tree.remove(&path) {
                        tree.insert(other.to_owned(), content);
                    }
                }
                2 | 3 => {
                    tree.insert(path, format!("line {}\n", rng.below(8)));
                }
                _ => {
                    let mut content = format!("line {}\n", rng.below(4));
                    for _ in 0..=rng.below(2) {
                        let token = &tokens[rng.below(tokens.len())];
                        content += &format!("token {token}\n");
                    }
                    tree.insert(path, content);
                }
            }
        }
        let message = match rng.below(12) {
            0 => format!("say {}\n", tokens[rng.below(tokens.len())]),
            _ => format!("commit {number}\n"),
        };
        stream += &format!(
            "commit refs/heads/line{line}\nmark :{}\ncommitter C <c@localhost> {time} +0000\n\
             data {}\n{message}",
            number + 1,
            message.len(),
        );
        for (place, parent) in parents.iter().enumerate() {
            let word = if place == 0 { "from" } else { "merge" };
            stream += &format!("{word} :{}\n", parent + 1);
        }
        stream += "deleteall\n";
        for (path, content) in &tree {
            stream += &format!(
                "M 100644 inline {path}\ndata {}\n{content}\n",
                content.len()
            );
        }
        trees.push(tree);
        heads[line] = Some(number);
    }
    stream + "done\n"
}

/// Returns the secrets in an object.
fn secrets_in(bytes: &[u8], tokens: &[String]) -> BTreeSet<String> {
    let holds = |token: &&String| memchr::memmem::find(bytes, token.as_bytes()).is_some();
    tokens.iter().filter(holds).cloned().collect()
}

/// Reads the contents of objects with `git cat-file --batch`.
fn contents(sandbox: &Sandbox, ids: &[String]) -> BTreeMap<String, (String, Vec<u8>)> {
    let mut child = sandbox
        .command("git")
        .args(["cat-file", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = ids.join("\n") + "\n";
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap().stdout;
    writer.join().unwrap();
    let mut contents = BTreeMap::new();
    let mut rest = &output[..];
    while !rest.is_empty() {
        let end = rest.iter().position(|&b| b == b'\n').unwrap();
        let head = String::from_utf8(rest[..end].to_vec()).unwrap();
        let head: Vec<&str> = head.split(' ').collect();
        let size: usize = head[2].parse().unwrap();
        let bytes = rest[end + 1..end + 1 + size].to_vec();
        contents.insert(head[0].to_owned(), (head[1].to_owned(), bytes));
        rest = &rest[end + size + 2..];
    }
    contents
}

/// Returns the files of a tree: path and id.
fn files(
    tree: &str,
    prefix: &str,
    objects: &BTreeMap<String, (String, Vec<u8>)>,
    files_of: &mut BTreeMap<String, String>,
) {
    let mut rest = &objects[tree].1[..];
    while !rest.is_empty() {
        let end = rest.iter().position(|&b| b == 0).unwrap();
        let head = String::from_utf8(rest[..end].to_vec()).unwrap();
        let (mode, name) = head.split_once(' ').unwrap();
        let id = &rest[end + 1..end + 21];
        let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        let path = format!("{prefix}{name}");
        if mode == "40000" {
            files(&id, &format!("{path}/"), objects, files_of);
        } else {
            files_of.insert(path, id);
        }
        rest = &rest[end + 21..];
    }
}

struct Commit {
    parents: Vec<String>,
    time: u64,
    /// Returns the secrets at each path.
    holds: BTreeMap<String, BTreeSet<String>>,
    message: BTreeSet<String>,
}

/// The slow reader.
fn expected(sandbox: &Sandbox, tokens: &[String]) -> Vec<(String, String, String)> {
    let list = sandbox.git(&["rev-list", "--objects", "--all"]);
    let ids = list
        .lines()
        .map(|line| line.split(' ').next().unwrap().to_owned());
    let ids: Vec<String> = ids.collect();
    let objects = contents(sandbox, &ids);
    let mut commits: BTreeMap<String, Commit> = BTreeMap::new();
    for (id, (kind, bytes)) in &objects {
        if kind != "commit" {
            continue;
        }
        let text = String::from_utf8(bytes.clone()).unwrap();
        let (head, message) = text.split_once("\n\n").unwrap();
        let values = |key: &str| -> Vec<String> {
            let lines = head.lines().filter_map(|line| line.split_once(' '));
            lines
                .filter(|line| line.0 == key)
                .map(|line| line.1.to_owned())
                .collect()
        };
        let mut files_of = BTreeMap::new();
        files(&values("tree")[0], "", &objects, &mut files_of);
        let holds = files_of.into_iter();
        let holds = holds.map(|(path, id)| (path, secrets_in(&objects[&id].1, tokens)));
        let committer = values("committer").remove(0);
        let commit = Commit {
            parents: values("parent"),
            time: committer.split(' ').rev().nth(1).unwrap().parse().unwrap(),
            holds: holds.collect(),
            message: secrets_in(message.as_bytes(), tokens),
        };
        commits.insert(id.clone(), commit);
    }
    let mut named: Vec<String> = Vec::new();
    while named.len() < commits.len() {
        let ready = commits.iter().filter(|(id, commit)| {
            !named.contains(id) && commit.parents.iter().all(|parent| named.contains(parent))
        });
        let next = ready.min_by_key(|(id, commit)| (commit.time, (*id).clone()));
        named.push(next.unwrap().0.clone());
    }
    let mut first: BTreeMap<(String, String), String> = BTreeMap::new();
    for id in named {
        let commit = &commits[&id];
        for secret in &commit.message {
            let key = (secret.clone(), "commit message".to_owned());
            first.entry(key).or_insert(id.clone());
        }
        for (path, secrets) in &commit.holds {
            for secret in secrets {
                let in_parent = commit.parents.iter().any(|parent| {
                    let there = commits[parent].holds.get(path);
                    there.is_some_and(|secrets| secrets.contains(secret))
                });
                if !in_parent {
                    first
                        .entry((secret.clone(), path.clone()))
                        .or_insert(id.clone());
                }
            }
        }
    }
    let mut expected: Vec<_> = first
        .into_iter()
        .map(|((secret, path), commit)| (commit, path, redacted(&secret)))
        .collect();
    expected.sort();
    expected
}

#[test]
fn agrees_with_a_slow_reader_on_random_histories() {
    let mut places = 0;
    let histories = crate::support::cases(HISTORIES / 10, HISTORIES);
    for seed in 0..histories {
        let sandbox = Sandbox::new();
        let tokens: Vec<String> = (0..SECRETS)
            .map(|number| sandbox.watch(a_token(seed * SECRETS + number)))
            .collect();
        let mut rng = Rng::new(seed);
        let stream = history(&mut rng, &tokens);
        sandbox.git(&["init", "-q", "--bare", "-b", "line0", "."]);
        sandbox.feed(&["fast-import", "--quiet", "--done", "--depth=50"], stream);
        if seed % 2 == 0 {
            sandbox.git(&[
                "repack",
                "-q",
                "-a",
                "-d",
                "-f",
                "--depth=50",
                "--window=50",
            ]);
        }
        let run = sandbox.run(["history", "-f", "json", "--reachable"]);
        let report: serde_json::Value = serde_json::from_str(&run.stdout)
            .unwrap_or_else(|error| panic!("history {seed}: {error}: {run:?}"));
        let mut ours = found(&report);
        // A secret that occurs twice in a file is one finding.
        ours.dedup();
        let expected = expected(&sandbox, &tokens);
        assert_eq!(ours, expected, "history {seed}");
        places += expected.len();
    }
    assert!(
        places as u64 > 5 * histories,
        "{places} places are too few to show anything"
    );
}
