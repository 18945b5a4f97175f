//! The documentation that is made from the program is current.

use std::collections::BTreeSet;
use std::path::Path;
use std::{env, fs};

use tokensweep::model::BlobPath;
use tokensweep::report::{Format, GITLAB_VERSIONS, GitlabVersion, gitlab_versions_markdown};
use tokensweep::rule::{RuleSet, markdown};

#[test]
fn the_page_of_rules_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md");
    let page = markdown(&RuleSet::builtin());
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, page).unwrap();
        return;
    }
    // A checkout on Windows may have other line ends.
    let stored = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stored.replace("\r\n", "\n") == page,
        "docs/rules.md is stale; refresh it: UPDATE_DOCS=1 cargo test --test it docs::"
    );
}

#[test]
fn the_rule_in_the_guide_is_valid() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/adding-a-rule.md");
    let guide = fs::read_to_string(path).unwrap();
    let start = guide.find("```toml\n").unwrap() + "```toml\n".len();
    let end = start + guide[start..].find("```").unwrap();
    let name = BlobPath::from_bytes(*b"acme-deploy-key.toml");
    let mut set = RuleSet::builtin();
    let rule = set.add_text(name, "acme-deploy-key", &guide[start..end]);
    assert_eq!(rule.unwrap().title, "Acme deploy key");
}

/// The table of minimum versions in `docs/gitlab.md`, with the lines around it.
const TABLE_START: &str = "<!-- Minimum versions: made by the test `versions_of_gitlab_come_from_one_table` with UPDATE_DOCS=1 -->\n\n";
const TABLE_END: &str = "\n<!-- End of the minimum versions -->\n";

#[test]
fn versions_of_gitlab_come_from_one_table() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| {
        fs::read_to_string(root.join(path))
            .unwrap()
            .replace("\r\n", "\n")
    };
    let page = read("docs/gitlab.md");
    let start = page.find(TABLE_START).unwrap() + TABLE_START.len();
    let end = page.find(TABLE_END).unwrap();
    let table = gitlab_versions_markdown();
    if env::var_os("UPDATE_DOCS").is_some() {
        let new = format!("{}{table}{}", &page[..start], &page[end..]);
        fs::write(root.join("docs/gitlab.md"), new).unwrap();
        return;
    }
    assert!(
        page[start..end] == table,
        "the table in docs/gitlab.md is stale; refresh it: UPDATE_DOCS=1 cargo test --test it docs::"
    );

    // The version that each page names beside a word must be one that the table gives for it.
    let versions_of = |word: &str| -> BTreeSet<String> {
        let is_about = |row: &&GitlabVersion| row.what.contains(&format!(" {word}"));
        let rows = GITLAB_VERSIONS.iter().filter(is_about);
        let texts = rows.flat_map(|row| [row.since, row.note]);
        texts.flat_map(versions).collect()
    };
    let about: Vec<String> = Format::ALL
        .iter()
        .map(|format| format!("{format} {}", format.about()))
        .collect();
    let pages = [
        ("README.md", read("README.md")),
        ("docs/gitlab.md", page),
        (
            "templates/secret-scan.yml",
            read("templates/secret-scan.yml"),
        ),
        (
            "templates/history-sweep.yml",
            read("templates/history-sweep.yml"),
        ),
        ("the formats of --help", about.join("\n")),
    ];
    for (name, text) in &pages {
        // A sentence or a row of a table; sentences of YAML go over lines.
        for sentence in text.replace("\n        ", " ").split(['\n', ';']) {
            let words = ["sarif", "native", "annotations", "gitlab"];
            let is_named =
                |word: &&str| sentence.contains(&format!("{word}`")) || sentence.starts_with(*word);
            let named: Vec<&str> = words.into_iter().filter(is_named).collect();
            let known: BTreeSet<String> = named.iter().copied().flat_map(versions_of).collect();
            for version in versions(sentence).iter().filter(|_| !named.is_empty()) {
                assert!(known.contains(version), "{name}: {version}: {sentence}");
            }
        }
    }
    let help = &pages[4].1;
    assert!(help.contains("GitLab 18.11") && pages[2].1.contains("GitLab 18.11"));
    // What sets `artifacts:access` needs the version that brought it.
    for (name, text) in &pages[2..4] {
        assert!(text.contains("access: developer"), "{name}");
    }
    assert!(versions_of("native").contains("16.11"));
}

/// The versions of GitLab in a text: `18.11`.
fn versions(text: &str) -> Vec<String> {
    let is_version = |word: &&str| {
        let parts = word.split_once('.');
        parts.is_some_and(|(major, minor)| {
            matches!(major.parse(), Ok(14..=29u8)) && minor.parse::<u8>().is_ok()
        })
    };
    let words = text.split(|c: char| !c.is_ascii_digit() && c != '.');
    let words = words.map(|word| word.trim_end_matches('.'));
    words.filter(is_version).map(str::to_owned).collect()
}
