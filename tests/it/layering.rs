//! The arrows between modules point down only.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The modules of the crate that each module may use, as shown in `docs/architecture.md`.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("archive", &["source"]),
    ("safe_file", &[]),
    ("vocabulary", &[]),
    ("syntax", &["model"]),
    ("token", &["syntax", "vocabulary", "model"]),
    ("rule", &["syntax", "safe_file", "vocabulary", "model"]),
    (
        "detect",
        &["rule", "token", "syntax", "vocabulary", "model"],
    ),
    ("source", &["syntax", "safe_file", "model"]),
    ("suppress", &["model"]),
    ("gitlab", &["model"]),
    ("ssh_key", &["token", "model"]),
    ("verify", &["gitlab", "ssh_key", "model"]),
    ("report", &["rule", "syntax", "model"]),
    (
        "scan",
        &["archive", "detect", "source", "suppress", "model"],
    ),
    ("issues", &["gitlab", "report", "model"]),
    (
        "revoke",
        &[
            "sweep", "gitlab", "ssh_key", "report", "scan", "detect", "source", "suppress", "rule",
            "model",
        ],
    ),
    ("sweep", &["gitlab", "report", "source", "model"]),
    ("config", &["model"]),
    ("exit", &["model"]),
    (
        "api",
        &[
            "scan", "report", "detect", "rule", "source", "suppress", "model",
        ],
    ),
    (
        "cli",
        &[
            "archive",
            "revoke",
            "sweep",
            "gitlab",
            "issues",
            "scan",
            "verify",
            "report",
            "config",
            "detect",
            "rule",
            "source",
            "suppress",
            "model",
            "exit",
            "token",
            "safe_file",
        ],
    ),
];

fn rust_files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

/// The modules of the crate that a file names, by `crate::module`.
fn uses(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split("crate::").skip(1))
        .map(|rest| {
            rest.split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
                .unwrap()
                .to_owned()
        })
        .filter(|module| !module.is_empty())
        .collect()
}

#[test]
fn modules_depend_on_lower_layers_only() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&source, &mut files);
    let mut seen = BTreeSet::new();
    for file in files {
        let relative = file.strip_prefix(&source).unwrap();
        let first = relative
            .components()
            .next()
            .unwrap()
            .as_os_str()
            .to_string_lossy();
        let module = first.trim_end_matches(".rs").to_owned();
        if module == "main" || module == "lib" {
            continue;
        }
        let (_, allowed) = MAY_USE
            .iter()
            .find(|(name, _)| *name == module)
            .unwrap_or_else(|| panic!("module {module} is not in the picture"));
        for used in uses(&fs::read_to_string(&file).unwrap()) {
            assert!(
                used == module || allowed.contains(&used.as_str()),
                "{} uses {used}, which {module} must not",
                relative.display()
            );
        }
        seen.insert(module);
    }
    let known: BTreeSet<String> = MAY_USE.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(seen, known);
}

#[test]
fn every_module_has_a_doc_comment() {
    let mut files = Vec::new();
    rust_files(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut files,
    );
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        assert!(
            text.starts_with("//! "),
            "{} has no first line",
            file.display()
        );
    }
}

#[test]
fn source_files_are_small() {
    let mut files = Vec::new();
    rust_files(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut files,
    );
    for file in files {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        assert!(
            lines <= 500,
            "{} has {lines} lines: split it by responsibility",
            file.display()
        );
    }
}

/// The name of the type that a line declares, unless it is an associated type.
fn declared_type(line: &str) -> Option<&str> {
    let code = line.trim_start();
    let code = match code.strip_prefix("pub") {
        Some(rest) if rest.starts_with('(') => rest.split_once(") ")?.1,
        Some(rest) => rest.trim_start(),
        None => code,
    };
    let (kind, rest) = code.split_once(' ')?;
    let is_associated = kind == "type" && line.starts_with(' ');
    if !matches!(kind, "struct" | "enum" | "trait" | "type") || is_associated {
        return None;
    }
    let name = rest
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .next()?;
    name.starts_with(char::is_uppercase).then_some(name)
}

#[test]
fn type_names_are_unique() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    let mut known: BTreeMap<String, PathBuf> = BTreeMap::new();
    for file in files {
        if file.to_str().unwrap().contains("tests") {
            continue;
        }
        let code = code_of(&fs::read_to_string(&file).unwrap());
        for name in code.lines().filter_map(declared_type) {
            if let Some(other) = known.insert(name.to_owned(), file.clone()) {
                panic!(
                    "{} and {} both declare a type {name}: qualify one by its role",
                    other.display(),
                    file.display()
                );
            }
        }
    }
    assert!(known.len() > 500, "{} types", known.len());
}

/// The folder of the only module that connects to a network.
const NETWORK: &str = "gitlab";

/// Code that opens a connection: the HTTP client, and sockets.
const CONNECTS: [&str; 5] = [
    "ureq::",
    "rustls::",
    "std::net::Tcp",
    "std::net::Udp",
    "TcpStream",
];

#[test]
fn only_one_module_connects_to_a_network() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    let connects = |file: &PathBuf| {
        let text = fs::read_to_string(file).unwrap();
        CONNECTS.iter().any(|name| text.contains(name))
    };
    let found: Vec<PathBuf> = files.into_iter().filter(connects).collect();
    assert!(!found.is_empty());
    for file in found {
        assert!(
            file.starts_with(root.join(NETWORK)),
            "{} connects to a network",
            file.display()
        );
    }
}

/// The only file that contains `unsafe` code: a signal handler.
const UNSAFE: [&str; 1] = ["cli/bus_error.rs"];

#[test]
fn unsafe_code_is_only_in_listed_files() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        assert!(
            UNSAFE.iter().any(|path| file.starts_with(root.join(path)))
                || !text.contains("allow(unsafe_code)"),
            "{} allows unsafe code",
            file.display()
        );
    }
}

/// The code of a file, without comments and tests.
fn code_of(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let lines = code.lines();
    let lines = lines.filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn only_one_file_reads_the_variables_of_gitlab() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli");
    let mut files = Vec::new();
    rust_files(&folder, &mut files);
    for file in files {
        let name = file.file_name().unwrap().to_str().unwrap();
        if name == "gitlab.rs" || name.ends_with("_tests.rs") {
            continue;
        }
        let code = code_of(&fs::read_to_string(&file).unwrap());
        for variable in ["\"CI_", "GITLAB_CI", "\"SECRET_DETECTION_", "\"SECURE_"] {
            assert!(
                !code.contains(variable),
                "{} has {variable}",
                file.display()
            );
        }
    }
}

/// The files beside this one, or in the folders beside it, that a file uses, by `super::name`.
fn siblings(text: &str) -> BTreeSet<String> {
    code_of(text)
        .lines()
        .filter_map(|line| line.trim().strip_prefix("use super::"))
        .filter_map(|rest| rest.split([':', ';', '{', ' ']).next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn files_that_read_git_do_not_depend_on_each_other_in_a_circle() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/source");
    for folder in ["git/pack", "git/history"] {
        let mut files = Vec::new();
        rust_files(&source.join(folder), &mut files);
        let mut uses: Vec<(String, BTreeSet<String>)> = files
            .iter()
            .filter(|file| !file.ends_with("mod.rs"))
            .map(|file| {
                let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
                (name, siblings(&fs::read_to_string(file).unwrap()))
            })
            .collect();
        // Removes files that use none of the others, until none is left.
        while !uses.is_empty() {
            let names: BTreeSet<String> = uses.iter().map(|(name, _)| name.clone()).collect();
            let before = uses.len();
            uses.retain(|(_, used)| used.intersection(&names).next().is_some());
            assert!(uses.len() < before, "{folder}: a circle in {names:?}");
        }
    }
}
