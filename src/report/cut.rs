//! The selection of findings for a report of limited size: the worst, and among equals some of every file,
//! so that many findings in one file do not hide those in others.

use std::collections::{BTreeMap, HashMap};
use std::io;

use serde::Serialize;

use crate::model::{BlobPath, Finding};

/// Returns the findings by priority: severity, confidence, location. If there are more than `room`, the
/// first finding of each file comes before the second of any, and so on.
pub(super) fn worst_first(findings: &[Finding], room: usize) -> Vec<usize> {
    let ranks = if findings.len() > room {
        ranks_in_files(findings)
    } else {
        vec![0; findings.len()]
    };
    let mut order: Vec<usize> = (0..findings.len()).collect();
    order.sort_by(|&a, &b| {
        let (one, other) = (&findings[a], &findings[b]);
        (other.severity, other.confidence)
            .cmp(&(one.severity, one.confidence))
            .then(ranks[a].cmp(&ranks[b]))
            .then_with(|| one.output_order(other))
    });
    order
}

/// Returns for each finding how many of the same severity and confidence precede it in its file.
fn ranks_in_files(findings: &[Finding]) -> Vec<u32> {
    let mut seen: HashMap<(&BlobPath, _, _), u32> = HashMap::new();
    let ranks = findings.iter().map(|finding| {
        let key = (&finding.location.path, finding.severity, finding.confidence);
        let next = seen.entry(key).or_default();
        *next += 1;
        *next
    });
    ranks.collect()
}

/// Returns the items that fit into a pretty-printed list of at most `max_bytes`, by the index of their
/// finding. They are tried in `order`, and skipped if they do not fit.
pub(super) fn fitting<T: Serialize>(
    order: &[usize],
    max_items: usize,
    max_bytes: usize,
    make: impl Fn(usize) -> T,
) -> io::Result<BTreeMap<usize, T>> {
    let mut kept = BTreeMap::new();
    let mut size = 0;
    for &index in order.iter().take(max_items) {
        let item = make(index);
        let text = serde_json::to_vec_pretty(&item)?;
        let lines = memchr::memchr_iter(b'\n', &text).count() + 1;
        size += text.len() + lines * MAX_INDENT;
        if size > max_bytes {
            break;
        }
        kept.insert(index, item);
    }
    Ok(kept)
}

/// Maximum indentation that the nesting of an item adds to each of its lines.
const MAX_INDENT: usize = 6;
