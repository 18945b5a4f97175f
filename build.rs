//! Lists `rules/*.toml`, sorted, into a table of stem and text for `src/rule/builtin.rs`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=rules");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("rules.rs"), table(&root.join("rules"))?)
}

/// A slice expression of `(stem, include_str!(path))`.
fn table(folder: &Path) -> io::Result<String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    files.sort();
    let mut table = String::from("&[\n");
    for path in files {
        let stem = path.file_stem().unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = writeln!(table, "    ({stem:?}, include_str!({path:?})),");
    }
    table.push_str("]\n");
    Ok(table)
}
