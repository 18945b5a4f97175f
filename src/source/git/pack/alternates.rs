//! Object folders: that of a repository, and those it borrows from.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::safe_file::read_below;

/// How many folders are followed; Git follows them five deep.
const MAX_FOLDERS: usize = 1000;

/// The largest `info/alternates` that is read.
const MAX_FILE: u64 = 1024 * 1024;

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
                problems.push(format!("the object folder '{}' is none", folder.display()));
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
    let bytes = match line.strip_prefix(b"\"").and_then(|l| l.strip_suffix(b"\"")) {
        Some(quoted) => unquote(quoted)?,
        None => line.to_owned(),
    };
    gix::path::from_byte_slice(&bytes).ok().map(Path::to_owned)
}

/// Undoes Git's C-style quoting.
fn unquote(quoted: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(quoted.len());
    let mut rest = quoted.iter().copied();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(match rest.next()? {
            b'a' => 7,
            b'b' => 8,
            b't' => b'\t',
            b'n' => b'\n',
            b'v' => 11,
            b'f' => 12,
            b'r' => b'\r',
            other @ (b'"' | b'\\') => other,
            first @ b'0'..=b'3' => {
                let digit = |b: u8| matches!(b, b'0'..=b'7').then(|| b - b'0');
                (first - b'0') << 6 | digit(rest.next()?)? << 3 | digit(rest.next()?)?
            }
            _ => return None,
        });
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circles_end_and_what_is_missing_is_told() {
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
