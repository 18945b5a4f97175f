//! Merges several JSON reports into one: the results of parallel jobs.

use std::collections::{BTreeMap, BTreeSet};

use super::to_outcome::is_id;
use super::{JsonDocument, JsonFinding, JsonSuppressed, RestoreError, Restored};
use crate::model::{
    BlobPath, Exclusion, Finding as Found, ItemError, Liveness, Note, Refs, RuleId,
};
use crate::report::RuleInfo;

/// The identity of a finding: path, range, commit, fingerprint; and its index among the findings of its own report
/// with the same values.
type Key = (String, [u64; 4], Option<String>, String, usize);

/// Merges reports. A finding of several reports is listed once, with the higher severity, the higher confidence and
/// the refs of all; a finding that one report lists and another suppresses is reported. Errors are kept, so that
/// the result is complete only if all parts are; counts are added up. The result does not depend on the order of
/// the reports. `version` is that of this program, which the result contains if the reports have different ones.
///
/// # Errors
/// If one of the reports cannot be restored.
pub fn merge(documents: Vec<JsonDocument>, version: &str) -> Result<Restored, RestoreError> {
    let documents = documents.into_iter().enumerate().map(own_numbers);
    let mut documents: Vec<JsonDocument> = documents.collect();
    let versions: BTreeSet<String> = documents
        .iter()
        .map(|document| document.tool.version.clone())
        .collect();
    let mut same = Same::default();
    let mut findings = BTreeMap::new();
    let mut suppressed = BTreeMap::new();
    if documents.len() > 1 {
        for document in &mut documents {
            let found = std::mem::take(&mut document.findings);
            add(found, &mut findings, &mut same, |finding| finding, worse);
            let aside = std::mem::take(&mut document.suppressed);
            add(
                aside,
                &mut suppressed,
                &mut same,
                |item| &item.finding,
                worse_suppressed,
            );
        }
    }
    let mut documents = documents.into_iter();
    let mut whole = documents.next().ok_or(RestoreError::Nothing)?;
    if documents.len() == 0 {
        return whole.restore();
    }
    for mut part in documents {
        add_rest(&mut whole, &mut part);
    }
    for (key, item) in &suppressed {
        if let Some(finding) = findings.get(key) {
            same.join(&finding.secret_id, &item.finding.secret_id);
        }
    }
    suppressed.retain(|key, _| !findings.contains_key(key));
    whole.findings = findings.into_values().collect();
    whole.suppressed = suppressed.into_values().collect();
    same.settle(&mut whole);
    if versions.len() > 1 {
        let names: Vec<&str> = versions.iter().map(String::as_str).collect();
        whole.notes.push(Note {
            message: format!(
                "merged from reports of different versions: {}",
                names.join(", ")
            ),
        });
        version.clone_into(&mut whole.tool.version);
    }
    whole.notes.sort_by(|a, b| a.message.cmp(&b.message));
    whole.notes.dedup();
    let mut restored = whole.restore()?;
    put_in_order(&mut restored);
    Ok(restored)
}

impl JsonDocument {
    /// Returns the same report with `name` as a folder in front of all paths, so that reports of several projects
    /// can be distinguished. An empty name changes nothing.
    #[must_use]
    pub fn below(mut self, name: &str) -> Self {
        let name = BlobPath::from_bytes(name.trim_end_matches('/')).to_string();
        if name.is_empty() {
            return self;
        }
        let put = |path: &str| format!("{name}/{}", path.trim_start_matches('/'));
        for finding in self.all_findings_mut() {
            finding.location.path = put(&finding.location.path);
        }
        let skipped = self.skipped.iter_mut().map(|item| &mut item.path);
        let errors = self
            .errors
            .iter_mut()
            .filter_map(|error| error.path.as_mut());
        for path in skipped.chain(errors) {
            *path = BlobPath::from_shown(&put(&path.to_string()));
        }
        // Its pages do not have these paths.
        self.scan.project_url = None;
        self
    }
}

/// Gives each report its own range of numbers for secrets, since they are unique only within a report.
fn own_numbers((index, mut document): (usize, JsonDocument)) -> JsonDocument {
    for finding in document.all_findings_mut() {
        if let Some(number) = finding.secret_id.as_mut().filter(|id| !is_id(id)) {
            *number = format!("{index}/{number}");
        }
    }
    document
}

fn keyed<T>(items: Vec<T>, finding: impl Fn(&T) -> &JsonFinding) -> Vec<(Key, T)> {
    let mut seen: BTreeMap<Key, usize> = BTreeMap::new();
    let mut keyed = Vec::with_capacity(items.len());
    for item in items {
        let JsonFinding {
            location,
            fingerprint,
            ..
        } = finding(&item);
        let lines = [
            location.start_line,
            location.start_column,
            location.end_line,
            location.end_column,
        ];
        let mut key = (
            location.path.clone(),
            lines,
            location.commit.clone(),
            fingerprint.to_string(),
            0,
        );
        let count = seen.entry(key.clone()).or_default();
        key.4 = *count;
        *count += 1;
        keyed.push((key, item));
    }
    keyed
}

/// Adds items to those of other reports; `merge` makes one of two with the same key.
fn add<T>(
    items: Vec<T>,
    into: &mut BTreeMap<Key, T>,
    same: &mut Same,
    finding: fn(&T) -> &JsonFinding,
    merge: fn(T, T) -> T,
) {
    for (key, item) in keyed(items, finding) {
        let item = match into.remove(&key) {
            Some(known) => {
                same.join(&finding(&known).secret_id, &finding(&item).secret_id);
                merge(known, item)
            }
            None => item,
        };
        into.insert(key, item);
    }
}

/// Returns one of two reports of one suppressed finding. Its reason does not depend on their order.
fn worse_suppressed(a: JsonSuppressed, b: JsonSuppressed) -> JsonSuppressed {
    let reason = |item: &JsonSuppressed| {
        let suppression = &item.suppression;
        (suppression.kind.clone(), suppression.justification.clone())
    };
    let is_first = reason(&a) <= reason(&b);
    JsonSuppressed {
        suppression: if is_first {
            a.suppression
        } else {
            b.suppression
        },
        finding: worse(a.finding, b.finding),
    }
}

/// Returns one of two reports of one finding, with the refs of both: the one with the latest answer of an instance,
/// else the more severe one.
fn worse(a: JsonFinding, b: JsonFinding) -> JsonFinding {
    let mut refs: Vec<String> = a
        .location
        .refs
        .iter()
        .chain(b.location.refs.iter())
        .cloned()
        .collect();
    refs.sort();
    refs.dedup();
    let (a_total, b_total) = (a.location.refs_total, b.location.refs_total);
    let rank = |finding: &JsonFinding| {
        let mut plain = finding.clone();
        plain.secret_id = None;
        plain.location.refs = Refs::default();
        let text = serde_json::to_string(&plain).unwrap_or_default();
        let answer = finding.verification.as_ref();
        let answered = answer.filter(|_| finding.liveness != Liveness::Unknown);
        let answered_at = answered.map(|answer| answer.checked_at.clone());
        (answered_at, finding.severity, finding.confidence, text)
    };
    let mut kept = if a == b || rank(&a) >= rank(&b) { a } else { b };
    kept.location.refs_total = [a_total, b_total, kept.location.refs_total]
        .into_iter()
        .flatten()
        .max()
        .filter(|total| *total > refs.len() as u64);
    kept.location.refs = refs.into();
    kept
}

/// Merges everything except for findings and suppressed findings.
fn add_rest(whole: &mut JsonDocument, part: &mut JsonDocument) {
    whole.scan.complete &= part.scan.complete;
    if !part.scan.complete && part.errors.is_empty() {
        // The errors of another part would hide that this one is not complete.
        part.errors.push(ItemError::new(
            None,
            "the scan of a merged report is not complete".to_owned(),
        ));
    }
    keep_if_equal(&mut whole.scan.commit, &part.scan.commit);
    keep_if_equal(&mut whole.scan.project_url, &part.scan.project_url);
    keep_if_equal(&mut whole.tool.url, &part.tool.url);
    whole.scan.rules.append(&mut part.scan.rules);
    whole.scan.rules.sort();
    whole.scan.rules.dedup();
    whole.skipped.append(&mut part.skipped);
    whole.errors.append(&mut part.errors);
    whole.notes.append(&mut part.notes);
    add_exclusions(&mut whole.exclusions, part);
    add_rules(&mut whole.rules, part);
    let (sum, more) = (&mut whole.summary, &part.summary);
    for (sum, more) in [
        (&mut sum.files, more.files),
        (&mut sum.bytes, more.bytes),
        (&mut sum.repositories, more.repositories),
        (&mut sum.below_threshold, more.below_threshold),
    ] {
        *sum = sum.saturating_add(more);
    }
    for (reason, more) in &more.skipped {
        let sum = sum.skipped.entry(reason.clone()).or_default();
        *sum = sum.saturating_add(*more);
    }
}

/// Adds the exclusions of a report. Equal ones become one, with the sum of their counts.
fn add_exclusions(exclusions: &mut Vec<Exclusion>, part: &mut JsonDocument) {
    for more in part.exclusions.drain(..) {
        let same = exclusions.iter_mut().find(|known| {
            let key = |item: &Exclusion| {
                let Exclusion {
                    by,
                    name,
                    patterns,
                    trusted,
                    limits_commits,
                    limits_rules,
                    ..
                } = item.clone();
                (by, name, patterns, trusted, limits_commits, limits_rules)
            };
            key(known) == key(&more)
        });
        match same {
            Some(known) => {
                known.findings = known.findings.saturating_add(more.findings);
                known.files = known.files.saturating_add(more.files);
            }
            None => exclusions.push(more),
        }
    }
    exclusions.sort_by(|a, b| a.by.as_str().cmp(b.by.as_str()).then_with(|| a.cmp(b)));
}

/// Adds the rules of a report. Of different rules with one id, the choice does not depend on the order.
fn add_rules(all: &mut Vec<RuleInfo>, part: &mut JsonDocument) {
    let text = |rule: &RuleInfo| serde_json::to_string(rule).unwrap_or_default();
    let mut rules = BTreeMap::<RuleId, RuleInfo>::new();
    for rule in all.drain(..).chain(part.rules.drain(..)) {
        match rules.get(&rule.id) {
            Some(known) if *known == rule || text(&rule) <= text(known) => {}
            _ => drop(rules.insert(rule.id.clone(), rule)),
        }
    }
    all.extend(rules.into_values());
}

fn keep_if_equal(known: &mut Option<String>, other: &Option<String>) {
    if known != other {
        *known = None;
    }
}

/// Sorts the lists in the order of every report.
fn put_in_order(restored: &mut Restored) {
    fn key(finding: &Found) -> (String, String) {
        (finding.fingerprint.to_string(), finding.secret.redacted())
    }
    let order = |a: &Found, b: &Found| {
        let place = a
            .location
            .cmp(&b.location)
            .then_with(|| a.rule_id.cmp(&b.rule_id));
        place.then_with(|| key(a).cmp(&key(b)))
    };
    let outcome = &mut restored.outcome;
    outcome.findings.sort_by(order);
    outcome
        .suppressed
        .sort_by(|a, b| order(&a.finding, &b.finding));
    outcome.skipped.sort();
    outcome.skipped.dedup();
    outcome.errors.sort();
    outcome.errors.dedup();
}

/// The numbers in different reports that represent one secret: disjoint sets, each identified by its smallest number.
#[derive(Default)]
struct Same {
    /// A smaller number of the same set, by number.
    smaller: BTreeMap<String, String>,
}

impl Same {
    /// Joins the sets of two ids that represent the secret of one finding.
    fn join(&mut self, a: &Option<String>, b: &Option<String>) {
        let (Some(a), Some(b)) = (a, b) else { return };
        if is_id(a) || is_id(b) {
            return;
        }
        let (a, b) = (self.smallest(a), self.smallest(b));
        if a != b {
            self.smaller.insert((&a).max(&b).clone(), a.min(b));
        }
    }

    /// Returns the smallest number of a set, and shortens the way to it.
    fn smallest(&mut self, number: &str) -> String {
        let mut smallest = number.to_owned();
        let mut way = Vec::new();
        while let Some(next) = self.smaller.get(&smallest) {
            way.push(std::mem::replace(&mut smallest, next.clone()));
        }
        for number in way {
            self.smaller.insert(number, smallest.clone());
        }
        smallest
    }

    fn settle(&mut self, document: &mut JsonDocument) {
        let all = document.all_findings_mut();
        for id in all.filter_map(|finding| finding.secret_id.as_mut()) {
            *id = self.smallest(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_a_chain_in_almost_linear_time() {
        // Each joins the set so far with a smaller number, which was slow before.
        let id = |number: usize| Some(format!("0/{:09}", 1_000_000 - number));
        let mut same = Same::default();
        for number in 1..200_000 {
            same.join(&id(number - 1), &id(number));
        }
        assert_eq!(Some(same.smallest("0/001000000")), id(199_999));
    }

    #[test]
    fn never_joins_ids_valid_in_every_report() {
        let id = Some("0123456789abcdef".repeat(2));
        let mut same = Same::default();
        same.join(&id, &Some("0/1".to_owned()));
        assert!(same.smaller.is_empty());
    }
}
