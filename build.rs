//! Embeds `rules/*.toml` and `rules/formats/*.toml`, sorted, as tables for `src/rule/builtin.rs`: stem, text, and the content
//! without examples as JSON, which is read twenty times as fast when the program starts. Beside them the vocabulary that rules
//! share, as JSON.

// Cargo reads what a build script prints.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=rules");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("rules.rs"), table(&root.join("rules"))?)?;
    fs::write(out.join("formats.rs"), table(&root.join("rules/formats"))?)?;
    let vocabulary = vocabulary(&root.join("rules/shared"))?;
    fs::write(out.join("vocabulary.json"), vocabulary)?;
    Ok(())
}

/// The tables of all files in `folder` as one JSON object.
fn vocabulary(folder: &Path) -> Result<String, Box<dyn Error>> {
    let mut all = toml::Table::new();
    for path in toml_files(folder)? {
        all.extend(toml::from_str::<toml::Table>(&fs::read_to_string(path)?)?);
    }
    Ok(serde_json::to_string(&all)?)
}

/// The TOML files in `folder`, sorted.
fn toml_files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let mut paths = paths.collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "toml")
    });
    paths.sort();
    Ok(paths)
}

/// A slice expression of `(stem, text, json)`.
fn table(folder: &Path) -> Result<String, Box<dyn Error>> {
    let mut table = String::from("&[\n");
    for path in toml_files(folder)? {
        let stem = path.file_stem().unwrap_or_default();
        let json = json(&fs::read_to_string(&path)?)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        writeln!(table, "    ({stem:?}, include_str!({path:?}), {json:?}),")?;
    }
    table.push_str("]\n");
    Ok(table)
}

/// The content of a file as JSON, without examples.
fn json(text: &str) -> Result<String, Box<dyn Error>> {
    let mut rule: toml::Table = toml::from_str(text)?;
    rule.remove("positive");
    rule.remove("negative");
    Ok(serde_json::to_string(&rule)?)
}
