//! Reads ignore files, within bounds on each and on all of them.
//!
//! An ignore file excludes files from the scan, and any contributor can write one. A file out of bounds has no
//! effect, so that more is scanned, and is an error.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::model::PathPatterns;
use crate::safe_file::{FileError, read_below};

/// The largest ignore file that is read, in bytes, including comments.
const MAX_FILE: u64 = 1024 * 1024;

/// The longest pattern, in bytes; no system has longer paths.
const MAX_LINE: usize = 4096;

/// The number and size of patterns that may still be added, for all threads of a walk.
#[derive(Debug)]
pub(super) struct IgnoreBudget {
    patterns: AtomicUsize,
    bytes: AtomicUsize,
}

/// A part of the budget; returned on drop.
#[derive(Debug)]
pub(super) struct BudgetGrant {
    budget: Arc<IgnoreBudget>,
    patterns: usize,
    bytes: usize,
}

impl Default for IgnoreBudget {
    fn default() -> Self {
        Self {
            patterns: AtomicUsize::new(PathPatterns::MAX_COUNT),
            bytes: AtomicUsize::new(PathPatterns::MAX_BYTES),
        }
    }
}

impl IgnoreBudget {
    fn grant(self: &Arc<Self>, patterns: usize, bytes: usize) -> Option<BudgetGrant> {
        let take = |left: &AtomicUsize, idle_workers: usize| {
            let taken = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(idle_workers)
            });
            taken.is_ok()
        };
        if !take(&self.patterns, patterns) {
            return None;
        }
        if !take(&self.bytes, bytes) {
            self.patterns.fetch_add(patterns, Ordering::Relaxed);
            return None;
        }
        Some(BudgetGrant {
            budget: Arc::clone(self),
            patterns,
            bytes,
        })
    }
}

impl Drop for BudgetGrant {
    fn drop(&mut self) {
        let Self {
            budget,
            patterns,
            bytes,
        } = self;
        budget.patterns.fetch_add(*patterns, Ordering::Relaxed);
        budget.bytes.fetch_add(*bytes, Ordering::Relaxed);
    }
}

/// Reads the ignore file `below` the folder `root`, whose rules apply below `relative` in the worktree.
/// `None` without rules. As in Git, a link is not followed, and a line that is not a valid pattern is
/// skipped.
///
/// # Errors
/// In words, if the file cannot be read or is out of bounds.
pub(super) fn read(
    relative: &Path,
    root: &Path,
    below: &Path,
    budget: &Arc<IgnoreBudget>,
) -> Result<Option<(Gitignore, BudgetGrant)>, String> {
    let text = match read_below(root, below, MAX_FILE) {
        Ok(text) => text,
        Err(FileError::Link | FileError::NotRegular) => return Ok(None),
        Err(error) if error.is_absent() => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    let is_pattern = |line: &&[u8]| !line.trim_ascii().is_empty() && !line.starts_with(b"#");
    let lines = || text.split(|&byte| byte == b'\n').filter(is_pattern);
    let (mut patterns, mut bytes) = (0, 0);
    for line in lines() {
        if line.len() > MAX_LINE {
            return Err(format!("it has a line of more than {MAX_LINE} bytes"));
        }
        patterns += 1;
        bytes += line.len();
    }
    if patterns == 0 {
        return Ok(None);
    }
    let too_many = || {
        format!(
            "the ignore files in use have more than {} patterns, or more than {} bytes of them",
            PathPatterns::MAX_COUNT,
            PathPatterns::MAX_BYTES
        )
    };
    let grant = budget.grant(patterns, bytes).ok_or_else(too_many)?;
    let mut builder = GitignoreBuilder::new(relative);
    for line in lines() {
        if let Ok(line) = std::str::from_utf8(line) {
            // The error is about an invalid pattern.
            drop(builder.add_line(None, line));
        }
    }
    let rules = builder.build().map_err(|_| too_many())?;
    Ok((!rules.is_empty()).then_some((rules, grant)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &[u8], budget: &Arc<IgnoreBudget>) -> Result<Option<usize>, String> {
        let temp = tempfile::tempdir().unwrap();
        std::fs::write(temp.path().join("rules"), text).unwrap();
        let read = read(Path::new(""), temp.path(), Path::new("rules"), budget)?;
        Ok(read.map(|(rules, _grant)| rules.len()))
    }

    #[test]
    fn reads_patterns_and_skips_comments_and_invalid_lines() {
        let budget = Arc::default();
        let text = b"\xef\xbb\xbf# comment\r\n\r\n*.log\r\n[z-a]\n\xff\n!keep.log\n/a\\ \n";
        assert_eq!(rules(text, &budget), Ok(Some(3)));
        assert_eq!(rules(b"#\n\n", &budget), Ok(None));
    }

    #[test]
    fn rejects_files_out_of_bounds_and_returns_their_budget() {
        let budget = Arc::default();
        for (text, expected) in [
            (vec![b'a'; 5000], "a line of more than 4096 bytes"),
            (b"a*b\n".repeat(5000), "more than 4000 patterns"),
            (vec![b'#'; 2 << 20], "larger than 1048576 bytes"),
        ] {
            let error = rules(&text, &budget).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
        assert_eq!(rules(&b"a*b\n".repeat(4000), &budget), Ok(Some(4000)));
        // The budget is whole again.
        assert_eq!(rules(&b"a*b\n".repeat(4000), &budget), Ok(Some(4000)));
        let held = budget.grant(3000, 10);
        assert!(held.is_some());
        assert!(rules(&b"a*b\n".repeat(2000), &budget).is_err());
    }
}
