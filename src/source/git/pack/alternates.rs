//! Object folders: that of a repository, and those it borrows from.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::safe_file::read_below;

/// Maximum number of folders that are followed; Git follows them five deep.
const MAX_FOLDERS: usize = 1000;

/// The largest `info/alternates` that is read.
pub(crate) const MAX_FILE: u64 = 1024 * 1024;

/// Returns the object folders that `objects` leads to, itself first, each once. Folders that cannot be read are
/// added to `problems`.
pub(crate) fn folders(objects: &Path, problems: &mut Vec<String>) -> Vec<PathBuf> {
    let mut seen = HashSet::new();
    let mut folders = Vec::new();
    let mut queue = vec![objects.to_owned()];
    while let Some(folder) = queue.pop() {
        let real = match fs::canonicalize(&folder) {
            Ok(real) if real.is_dir() => real,
            Ok(_) => {
                problems.push(format!(
                    "the object folder '{}' is not a folder",
                    folder.display()
                ));
                continue;
            }
            Err(error) => {
                let name = folder.display();
                problems.push(format!(
                    "the object folder '{name}' cannot be read: {error}"
                ));
                continue;
            }
        };
        if !seen.insert(real.clone()) {
            continue;
        }
        if folders.len() == MAX_FOLDERS {
            problems.push(format!(
                "more than {MAX_FOLDERS} object folders are borrowed from"
            ));
            break;
        }
        let file = real.join("info/alternates");
        match read_below(&real, Path::new("info/alternates"), MAX_FILE) {
            Ok(text) => queue.extend(text.split(|&b| b == b'\n').rev().filter_map(|line| {
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                if line.is_empty() || line.starts_with(b"#") {
                    return None;
                }
                Some(real.join(path_of(line)?))
            })),
            Err(error) if error.is_absent() => {}
            Err(error) => problems.push(format!("'{}' cannot be read: {error}", file.display())),
        }
        folders.push(real);
    }
    folders
}

/// Parses a line of the file: a path, which may be quoted as Git quotes.
fn path_of(line: &[u8]) -> Option<PathBuf> {
    let (path, _) = gix::quote::ansi_c::undo(line.into()).ok()?;
    gix::path::from_byte_slice(&path).ok().map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_cycles_once_and_reports_missing_folders() {
        let temp = tempfile::tempdir().unwrap();
        let make = |name: &str, text: String| {
            let folder = temp.path().join(name);
            fs::create_dir_all(folder.join("info")).unwrap();
            fs::write(folder.join("info/alternates"), text).unwrap();
            fs::canonicalize(folder).unwrap()
        };
        let a = make("a", "../b\n# no path\n\n../gone\n".to_owned());
        let b = make("b", format!("{}\n\"../c\\040d\"\n", a.display()));
        let c = make("c d", "../c d\n".to_owned());
        let mut problems = Vec::new();
        assert_eq!(folders(&a, &mut problems), [a, b, c]);
        assert_eq!(problems.len(), 1);
        assert!(problems[0].contains("gone"), "{problems:?}");
    }
}
