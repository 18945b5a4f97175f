//! `SECRET_DETECTION_EXCLUDED_PATHS`: paths whose findings are set aside.

use crate::suppress::AllowEntry;

/// An entry of the allowlist for a list of patterns that are separated by commas; `None` if the list is
/// empty. `source` names the list for the reader of a report.
///
/// GitLab's analyzer filters its output with it, by globs, files and folders, in which a folder stands for
/// all below it; the same is said here by patterns of a `.gitignore` file.
pub(super) fn entry(list: &str, source: &str) -> Option<AllowEntry> {
    let patterns = list
        .split(',')
        .map(str::trim)
        .filter(|pattern| !pattern.is_empty());
    let paths: Vec<String> = patterns.map(as_ignore_pattern).collect();
    (!paths.is_empty()).then(|| AllowEntry {
        paths,
        reason: format!("excluded by {source}"),
        ..AllowEntry::default()
    })
}

/// What has a meaning in a `.gitignore` file only stands for itself.
fn as_ignore_pattern(pattern: &str) -> String {
    let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
    if pattern.starts_with(['!', '#']) {
        format!("\\{pattern}")
    } else {
        pattern.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_become_patterns() {
        let entry = entry(" spec, docs/**/*.md,, ./a/b ,!x,#y", "a variable").unwrap();
        assert_eq!(entry.paths, ["spec", "docs/**/*.md", "a/b", "\\!x", "\\#y"]);
        assert_eq!(entry.reason, "excluded by a variable");
        assert!(super::entry(" , ", "a variable").is_none());
    }
}
