//! The documentation matches the program.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use tokensweep::report::Format;
use tokensweep::rule::{RuleSet, markdown};

#[test]
fn rules_page_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md");
    let page = markdown(&RuleSet::every_builtin());
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
fn examples_in_guide_pass_their_check() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/adding-a-rule.md");
    let guide = fs::read_to_string(path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let blocks: Vec<&str> = guide
        .split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    let is_format = |block: &&&str| block.contains("files = [");
    let format = blocks.iter().find(is_format).unwrap();
    fs::write(folder.path().join("acme-deploy-key.toml"), blocks[0]).unwrap();
    fs::write(folder.path().join("acme.toml"), format).unwrap();
    let check = Command::new(env!("CARGO_BIN_EXE_tokensweep"))
        .args(["rules", "check"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&check.stderr),
        "1 rule, 1 file format, 6 examples, 0 failed\n"
    );
    assert!(check.status.success());
}

/// The table of minimum versions in `docs/gitlab.md`, with the lines around it.
const TABLE_START: &str = "<!-- Minimum versions: made by the test `versions_of_gitlab_come_from_one_table` with UPDATE_DOCS=1 -->\n\n";
const TABLE_END: &str = "\n<!-- End of the minimum versions -->\n";

/// A part of the program's output, and the oldest GitLab that accepts it. `docs/gitlab.md` contains these as a table;
/// every other page, the help and the components are compared with it.
struct GitlabVersion {
    /// The output or feature, in Markdown.
    what: &'static str,
    /// The oldest version that accepts it.
    since: &'static str,
    /// The changes in that version or in later ones, in Markdown.
    note: &'static str,
}

/// All requirements, in the order of the documentation.
const GITLAB_VERSIONS: [GitlabVersion; 5] = [
    GitlabVersion {
        what: "components with `report: sarif`",
        since: "18.11",
        note: "read by default from 19.1; before, an administrator enables the flag `sarif_ingestion`, which is gone from 19.2",
    },
    GitlabVersion {
        what: "components with `report: native`, `group-sweep` and `history-sweep`",
        since: "16.11",
        note: "`artifacts:access`, which keeps reports from visitors of public pipelines",
    },
    GitlabVersion {
        what: "`--report sarif=FILE` in a job of your own",
        since: "18.11",
        note: "as above",
    },
    GitlabVersion {
        what: "`--report gitlab=FILE` in a job of your own",
        since: "16.0",
        note: "version 15 of the report's schema",
    },
    GitlabVersion {
        what: "`--report annotations=FILE` in a job of your own",
        since: "16.3",
        note: "`artifacts:reports:annotations`",
    },
];

/// The requirements as a table in Markdown.
fn gitlab_versions_markdown() -> String {
    let row = |version: &GitlabVersion| {
        let GitlabVersion { what, since, note } = version;
        format!("| {what} | {since} | {note} |\n")
    };
    let rows: String = GITLAB_VERSIONS.iter().map(row).collect();
    format!("| what | oldest GitLab | because of |\n| --- | --- | --- |\n{rows}")
}

#[test]
fn versions_of_gitlab_come_from_one_table() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
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
        (
            "templates/group-sweep.yml",
            read("templates/group-sweep.yml"),
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
    let help = &pages[5].1;
    assert!(help.contains("GitLab 18.11") && pages[2].1.contains("GitLab 18.11"));
    // Pages that set `artifacts:access` require the GitLab version that introduced it.
    for (name, text) in &pages[2..5] {
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

/// Reads a file of the project.
fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text =
        fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    text.replace("\r\n", "\n")
}

/// Returns the names in backticks in the first column of the table under a heading.
fn documented(page: &str, heading: &str) -> BTreeSet<String> {
    let start = page
        .find(&format!("\n{heading}\n"))
        .expect("no such heading")
        + 1;
    let section = &page[start + heading.len()..];
    let section = section.split("\n#").next().unwrap_or_default();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.filter_map(|row| row.split(" | ").next());
    cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect()
}

#[test]
fn configuration_page_lists_every_key() {
    let source = read("src/config.rs") + &read("src/model/allow_entry.rs");
    let page = read("docs/configuration.md");
    for (name, heading) in [("Config", "## Keys"), ("AllowEntry", "### `[[allow]]`")] {
        let start = source.find(&format!("pub struct {name} {{")).unwrap();
        let body = source[start..].split("\n}").next().unwrap_or_default();
        let fields = body
            .lines()
            .filter_map(|line| line.trim().strip_prefix("pub "));
        let keys: BTreeSet<String> = fields
            .filter_map(|field| Some(field.split_once(':')?.0.replace('_', "-")))
            .collect();
        assert!(keys.len() > 3, "{keys:?}");
        assert_eq!(documented(&page, heading), keys, "{heading}");
    }
}

#[test]
fn configuration_page_lists_every_environment_variable() {
    let mut read_by_code = BTreeSet::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in sources(&root.join("src/cli")) {
        // Variables set for a child `git` are not settings of this program.
        let is_other = file.ends_with("ci/git.rs")
            || file
                .file_name()
                .is_some_and(|name| name.to_string_lossy().ends_with("_tests.rs"));
        if is_other {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let code = text
            .split("#[cfg(test)]\nmod tests")
            .next()
            .unwrap_or_default();
        let literals = code.split('"').filter(|word| {
            word.contains('_')
                && word.starts_with(|c: char| c.is_ascii_uppercase())
                && word
                    .chars()
                    .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        });
        read_by_code.extend(literals.map(str::to_owned));
    }
    read_by_code.retain(|name| !name.starts_with("CARGO_PKG_"));
    assert!(read_by_code.contains("TOKENSWEEP_FINGERPRINT_KEY"));
    let page = read("docs/configuration.md");
    let headings = [
        "## Environment variables",
        "### Variables of `tokensweep ci`",
    ];
    let listed: BTreeSet<String> = headings
        .iter()
        .flat_map(|heading| documented(&page, heading))
        .filter(|name| name.contains('_'))
        .collect();
    assert_eq!(listed, read_by_code);
}

/// The Rust files below a folder.
fn sources(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The pages of the documentation.
fn pages() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_dir(root.join("docs")).unwrap();
    let docs = docs.map(|entry| format!("docs/{}", entry.unwrap().file_name().to_string_lossy()));
    let top = ["README.md", "CONTRIBUTING.md", "SECURITY.md"].map(str::to_owned);
    docs.chain(top)
        .filter(|page| page.ends_with(".md"))
        .collect()
}

#[test]
fn paths_and_links_in_the_pages_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut checked = 0;
    for page in pages().iter().filter(|page| *page != "docs/rules.md") {
        let text = read(page);
        let quoted = text.split('`').skip(1).step_by(2).filter(|word| {
            let tops = [
                "src/",
                "tests/",
                "docs/",
                "benches/",
                "crates/",
                "templates/",
                ".ci/",
                "rules/",
            ];
            tops.iter().any(|top| word.starts_with(top)) && !word.contains(['<', '*', ' ', '{'])
        });
        for path in quoted {
            assert!(root.join(path).exists(), "{page}: `{path}`");
            checked += 1;
        }
        let folder = root.join(page).parent().unwrap().to_owned();
        for target in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            if target.contains("://") || target.contains('\n') {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let path = if file.is_empty() {
                root.join(page)
            } else {
                folder.join(file)
            };
            assert!(path.exists(), "{page}: {target}");
            let is_known =
                anchor.is_empty() || anchors(&fs::read_to_string(&path).unwrap()).contains(anchor);
            assert!(is_known, "{page}: {target}");
            checked += 1;
        }
    }
    assert!(checked > 40, "{checked}");
}

/// The anchors of a page's headings, as GitLab and GitHub make them.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings = page.lines().filter_map(|line| line.strip_prefix('#'));
    headings
        .map(|heading| {
            let words = heading.trim_start_matches('#').trim().to_lowercase();
            let words = words.replace(
                |c: char| !c.is_alphanumeric() && c != ' ' && c != '-' && c != '_',
                "",
            );
            words.replace(' ', "-")
        })
        .collect()
}
