//! Secrets in the names that an outcome repeats: paths, authors, refs, keys, messages. A scan reads
//! the content of files; a name can contain a token too.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use crate::detect::{Detector, LazyDetector};
use crate::model::{BlobPath, Context, Finding, Origin, Outcome, Secret, Verification};

/// Number of bytes of names that are scanned together.
const BATCH: usize = 64 * 1024;

/// Adds the secrets in the texts of `outcome` to those that its reports must not show, by the rules of `detector` and
/// those that are disabled.
pub fn learn_names(detector: &Detector, disabled: &LazyDetector, outcome: &mut Outcome) {
    // Hashes with a random key, because storing the names of many findings would take much memory.
    let (hasher, mut seen) = (RandomState::new(), HashSet::new());
    let mut batch = Vec::new();
    let mut found = Vec::new();
    let mut is_complete = true;
    let mut search = |batch: &[u8]| {
        secrets_in(detector, batch, &mut found);
        is_complete &= disabled_secrets_in(disabled, batch, &mut found);
    };
    each_name(outcome, |name| {
        if !name.is_empty() && seen.insert(hasher.hash_one(name)) {
            if batch.len() + name.len() > BATCH {
                search(&batch);
                batch.clear();
            }
            batch.extend_from_slice(name);
            batch.push(b'\n');
        }
    });
    if !batch.is_empty() {
        search(&batch);
    }
    for secret in found {
        outcome.secrets_seen.insert(secret);
    }
    if !is_complete {
        outcome.secrets_seen.cut();
    }
}

/// Finds the secrets of disabled rules in a text; returns false if the rules cannot be prepared.
pub(super) fn disabled_secrets_in(
    disabled: &LazyDetector,
    text: &[u8],
    found: &mut Vec<Secret>,
) -> bool {
    match disabled.get() {
        Ok(Some(detector)) => secrets_in(detector, text, found),
        Ok(None) => {}
        Err(_) => return false,
    }
    true
}

/// Finds the secrets in a text that is not a file.
pub(super) fn secrets_in(detector: &Detector, text: &[u8], found: &mut Vec<Secret>) {
    if detector.is_clean(text, 0..text.len()) {
        return;
    }
    let detections = detector.scan_bytes(text, &Origin::default()).into_iter();
    found.extend(detections.map(|found| found.finding.secret));
}

/// Calls `each` for every untrusted text of an outcome. Excerpts are not among them: the disabled rules are applied to
/// their lines, which are longer. Every field is named, so that the compiler reports new ones.
fn each_name(outcome: &Outcome, mut each: impl FnMut(&[u8])) {
    let Outcome {
        findings,
        suppressed,
        skipped,
        errors,
        notes,
        exclusions,
        stats: _,
        secrets_seen: _,
    } = outcome;
    let mut shared = HashSet::new();
    let suppressed_findings = suppressed.iter().map(|item| &item.finding);
    for finding in findings.iter().chain(suppressed_findings) {
        each_name_of(finding, &mut shared, &mut each);
    }
    let justifications = suppressed.iter().map(|item| &item.justification);
    justifications.for_each(|text| each_optional(text, &mut each));
    for item in skipped {
        each_path(&item.path, &mut each);
    }
    for error in errors {
        if let Some(path) = &error.path {
            each_path(path, &mut each);
        }
        each(error.message.as_bytes());
    }
    for note in notes {
        each(note.message.as_bytes());
    }
    for item in exclusions {
        each(item.name.as_bytes());
        item.patterns.iter().for_each(|text| each(text.as_bytes()));
    }
}

fn each_optional(text: &Option<String>, each: &mut impl FnMut(&[u8])) {
    each(text.as_deref().unwrap_or_default().as_bytes());
}

fn each_path(path: &BlobPath, each: &mut impl FnMut(&[u8])) {
    each(path.as_bytes());
    each(path.entry().unwrap_or_default());
}

/// Calls `each` for the texts of a finding. `shared` contains the addresses of shared parts that
/// were visited.
fn each_name_of(finding: &Finding, shared: &mut HashSet<usize>, each: &mut impl FnMut(&[u8])) {
    let Finding {
        rule_id: _,
        title: _,
        severity: _,
        confidence: _,
        fingerprint: _,
        message,
        remediations,
        secret: _,
        owner,
        expires_at: _,
        liveness: _,
        verification,
        encoding,
        context: Context { key, host, user },
        location,
        on_disk,
        remote,
        excerpt: _,
    } = finding;
    let mut is_new = |address: usize| shared.insert(address);
    if is_new(Arc::as_ptr(message).addr()) {
        each(message.as_bytes());
    }
    each_optional(&owner.instance, each);
    for name in encoding {
        each(name.as_bytes());
    }
    for text in [key, host, user] {
        each_optional(text, each);
    }
    each_path(&location.path, each);
    if let Some(path) = on_disk {
        each(path.as_os_str().as_encoded_bytes());
    }
    if let Some(place) = remote {
        each(place.owner.as_bytes());
        each(place.url.as_bytes());
    }
    if let Some(commit) = &location.commit
        && is_new(Arc::as_ptr(commit).addr())
    {
        each_optional(&commit.author, each);
        commit.refs.iter().for_each(|name| each(name.as_bytes()));
    }
    if let Some(verification) = verification
        && is_new(Arc::as_ptr(verification).addr())
    {
        each_answer(verification, each);
    }
    for remedy in remediations {
        if is_new(Arc::as_ptr(remedy).addr()) {
            each(remedy.action.as_bytes());
            each_optional(&remedy.command, each);
        }
    }
}

/// Calls `each` for the names in the answer of an instance, which its users choose.
fn each_answer(verification: &Verification, each: &mut impl FnMut(&[u8])) {
    let Verification {
        instance,
        checked_at: _,
        reason,
        token,
        reach,
    } = verification;
    each(instance.as_bytes());
    each(reason.as_bytes());
    each_optional(&token.name, each);
    each_optional(&token.username, each);
    let reached = reach
        .iter()
        .flat_map(|reach| reach.groups.iter().chain(&reach.projects));
    token
        .scopes
        .iter()
        .chain(reached)
        .for_each(|text| each(text.as_bytes()));
}
