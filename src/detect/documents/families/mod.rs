//! The tables: which keys of which files hold credentials (gitlab-tokens reference, section 5.4).

mod ci;
mod docker;
mod glab;
mod helm;
mod instance;
mod java;
mod kubernetes;
mod mcp;
mod npm;
mod nuget;
mod php;
mod python;
mod runner;
mod rust;
mod terraform;

use std::sync::LazyLock;

use super::table::Table;
use crate::model::Hint;
use crate::syntax::lines::{self, Dialect};
use crate::syntax::tree::Tree;
use crate::syntax::{assignments, json, toml, xml, yaml};

/// Every family of files. A file belongs to the first that fits its name.
static TABLES: &[Table] = &[
    Table {
        files: &[".npmrc", "npmrc"],
        read: npm_settings,
        groups: &[&npm::NPMRC],
    },
    Table {
        files: &[
            ".pypirc",
            ".python-gitlab.cfg",
            "python-gitlab.cfg",
            "*.cfg",
        ],
        read: ini,
        groups: &[&python::PYPIRC, &python::PYTHON_GITLAB],
    },
    Table {
        files: &["pip.conf", "pip.ini"],
        read: ini,
        groups: &[&python::PIP],
    },
    Table {
        files: &["*.properties"],
        read: properties,
        groups: &[&java::GRADLE],
    },
    Table {
        files: &["*settings.xml"],
        read: xml::read,
        groups: &[&java::MAVEN],
    },
    Table {
        files: &["NuGet.config", "nuget.config", "NuGet.Config"],
        read: xml::read,
        groups: &[&nuget::NUGET],
    },
    Table {
        files: &[".dockercfg"],
        read: json::read,
        groups: &[&docker::DOCKERCFG],
    },
    Table {
        files: &[
            ".gitlab_shell_secret",
            ".gitlab_workhorse_secret",
            ".gitlab_kas_secret",
            ".gitlab_pages_secret",
            ".gitlab_suggested_reviewers_secret",
        ],
        read: lines::bare,
        groups: &[&instance::LINE],
    },
    Table {
        files: &["gitlab-secrets.json"],
        read: json::read,
        groups: &[&instance::SECRETS],
    },
    Table {
        files: &["secrets.yml", "secrets.yaml"],
        read: yaml::read,
        groups: &[
            &instance::RAILS,
            &ci::VARIABLES,
            &kubernetes::SECRET,
            &helm::RUNNER,
            &helm::AGENT,
        ],
    },
    Table {
        files: &["gitlab.rb"],
        read: assignments::read,
        groups: &[&instance::OMNIBUS],
    },
    Table {
        files: &["*.tfstate", "*.tfstate.backup"],
        read: json::read,
        groups: &[&terraform::STATE],
    },
    Table {
        files: &[
            "*.tf",
            "*.tfvars",
            "*.tfbackend",
            "*.hcl",
            ".terraformrc",
            "terraform.rc",
        ],
        read: assignments::read,
        groups: &[&terraform::LANGUAGE],
    },
    Table {
        files: &["*.toml", ".cargo/credentials", "Pipfile"],
        read: toml::read,
        groups: &[
            &runner::CONFIG,
            &rust::CARGO,
            &python::POETRY,
            &python::UV,
            &python::INDEXES,
            &npm::BUN,
            &mcp::SERVERS,
        ],
    },
    Table {
        files: &["*.json", "*.json5", "*.jsonc"],
        read: json::read,
        groups: &[
            &docker::CONFIG,
            &php::COMPOSER,
            &kubernetes::SECRET,
            &terraform::CREDENTIALS,
            &mcp::SERVERS,
        ],
    },
    Table {
        files: &["*.yaml", "*.yml"],
        read: yaml::read,
        groups: &[
            &kubernetes::SECRET,
            &helm::RUNNER,
            &helm::AGENT,
            &helm::REPOSITORIES,
            &glab::CONFIG,
            &npm::YARN,
            &ci::VARIABLES,
            &mcp::SERVERS,
        ],
    },
];

/// The tables by the last part of their files' names: an extension or the name itself.
static BY_NAME: LazyLock<Vec<(&'static [u8], &'static Table)>> = LazyLock::new(|| {
    let files = TABLES
        .iter()
        .flat_map(|table| table.files.iter().map(move |&file| (file, table)));
    let mut index: Vec<(&[u8], &Table)> = files
        .map(|(file, table)| (last_part(file.as_bytes()), table))
        .collect();
    // The sort is stable: the first table stays the first.
    index.sort_by_key(|&(name, _)| name);
    index
});

/// From the last dot of a path, or from its last slash where there is none behind it.
fn last_part(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|byte| matches!(byte, b'.' | b'/'));
    match end {
        Some(at) if path[at] == b'.' => &path[at..],
        Some(at) => &path[at + 1..],
        None => path,
    }
}

/// The table of a file, by its name.
pub(super) fn table_of(hint: Hint<'_>) -> Option<&'static Table> {
    use super::Document;
    let name = last_part(hint.path);
    let first = BY_NAME.partition_point(|&(known, _)| known < name);
    BY_NAME[first..]
        .iter()
        .take_while(|&&(known, _)| known == name)
        .map(|&(_, table)| table)
        .find(|table| table.applies(hint))
}

fn npm_settings(file: &[u8]) -> Tree<'_> {
    lines::read(file, Dialect::Npm)
}

fn ini(file: &[u8]) -> Tree<'_> {
    lines::read(file, Dialect::Ini)
}

fn properties(file: &[u8]) -> Tree<'_> {
    lines::read(file, Dialect::Properties)
}

#[cfg(test)]
mod tests;
