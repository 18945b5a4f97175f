//! Secrets in the names that an outcome repeats: paths, authors, refs, keys, messages. A scan reads
//! the content of files; a name can contain a token too.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use crate::detect::{Detector, Scratch};
use crate::model::{Blob, BlobPath, Finding, Hint, Origin, Outcome, Secret};

/// Number of bytes of names that are scanned together.
const BATCH: usize = 64 * 1024;

/// Adds the secrets in the names of `outcome` to those that its reports must not show.
pub(super) fn learn(detector: &Detector, outcome: &mut Outcome) {
    // Hashes with a random key, because storing the names of many findings would take much memory.
    let (hasher, mut seen) = (RandomState::new(), HashSet::new());
    let mut batch = Vec::new();
    let mut found = Vec::new();
    each_name(outcome, |name| {
        if !name.is_empty() && seen.insert(hasher.hash_one(name)) {
            if batch.len() + name.len() > BATCH {
                secrets_in(detector, &batch, &mut found);
                batch.clear();
            }
            batch.extend_from_slice(name);
            batch.push(b'\n');
        }
    });
    if !batch.is_empty() {
        secrets_in(detector, &batch, &mut found);
    }
    for secret in found {
        outcome.secrets_seen.insert(secret);
    }
}

/// Finds the secrets in a text that is not a file.
pub(super) fn secrets_in(detector: &Detector, text: &[u8], found: &mut Vec<Secret>) {
    let mut blob = Blob {
        hint: Hint::of_path(b""),
        content: &mut &*text,
        origin: &Origin::default,
    };
    // Reading a slice cannot fail.
    if let Ok(detected) = detector.scan(&mut blob, &mut Scratch::default()) {
        found.extend(
            detected
                .detections
                .into_iter()
                .map(|found| found.finding.secret),
        );
    }
}

/// Calls `each` for every untrusted text of an outcome.
fn each_name(outcome: &Outcome, mut each: impl FnMut(&[u8])) {
    let mut shared = HashSet::new();
    for finding in outcome.all_findings() {
        each_name_of(finding, &mut shared, &mut each);
    }
    for item in &outcome.suppressed {
        each(item.justification.as_deref().unwrap_or_default().as_bytes());
    }
    for item in &outcome.skipped {
        each(item.path.as_bytes());
    }
    for error in &outcome.errors {
        each(error.path.as_ref().map_or(&[], BlobPath::as_bytes));
        each(error.message.as_bytes());
    }
    for note in &outcome.notes {
        each(note.message.as_bytes());
    }
}

/// Calls `each` for the texts of a finding. `shared` contains the addresses of shared parts that
/// were visited.
fn each_name_of(finding: &Finding, shared: &mut HashSet<usize>, each: &mut impl FnMut(&[u8])) {
    each(finding.location.path.as_bytes());
    if let Some(path) = &finding.on_disk {
        each(path.as_os_str().as_encoded_bytes());
    }
    if let Some(place) = &finding.remote {
        each(place.owner.as_bytes());
        each(place.url.as_bytes());
    }
    let context = &finding.context;
    for text in [&context.key, &context.host, &context.user] {
        each(text.as_deref().unwrap_or_default().as_bytes());
    }
    if let Some(commit) = &finding.location.commit
        && shared.insert(Arc::as_ptr(commit).addr())
    {
        each(commit.author.as_deref().unwrap_or_default().as_bytes());
        commit.refs.iter().for_each(|name| each(name.as_bytes()));
    }
    for remedy in &finding.remediations {
        if shared.insert(Arc::as_ptr(remedy).addr()) {
            each(remedy.action.as_bytes());
            each(remedy.command.as_deref().unwrap_or_default().as_bytes());
        }
    }
}
