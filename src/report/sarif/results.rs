//! The results of a SARIF report.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_sarif::sarif::{
    ArtifactLocation, Location, PhysicalLocation, PropertyBag, Region, Result as Entry, Suppression,
};

use super::message;
use super::rules::{Index, level, score};
use crate::model::{BlobPath, Finding, Suppressed, SuppressionKind};
use crate::report::{View, cut, place, wording};

/// Returns the results by priority: findings, worst first, then, if requested, suppressed findings.
/// Each is created when it is written.
pub(super) fn all<'a>(
    view: &'a View<'_>,
    index: &'a Index,
    room: usize,
) -> impl ExactSizeIterator<Item = Entry> + 'a {
    let findings = &view.outcome.findings;
    let order = cut::worst_first(findings, room);
    let suppressed: &[Suppressed] = if view.options.list_suppressed {
        &view.outcome.suppressed
    } else {
        &[]
    };
    (0..order.len() + suppressed.len()).map(move |at| match order.get(at) {
        Some(&found) => result(&findings[found], view, index),
        None => {
            let suppressed = &suppressed[at - order.len()];
            let mut result = result(&suppressed.finding, view, index);
            result.suppressions = Some(vec![suppression(suppressed)]);
            result
        }
    })
}

fn result(finding: &Finding, view: &View<'_>, index: &Index) -> Entry {
    let mut properties = BTreeMap::from([
        (
            "confidence".to_owned(),
            Value::from(finding.confidence.as_str()),
        ),
        (
            "security-severity".to_owned(),
            Value::from(score(finding.severity)),
        ),
        (
            "severity".to_owned(),
            Value::from(finding.severity.as_str()),
        ),
    ]);
    if let Some(verification) = &finding.verification {
        let word = finding.liveness.as_str();
        properties.insert("liveness".to_owned(), Value::from(word));
        let said = serde_json::to_value(&**verification).unwrap_or_default();
        properties.insert("verification".to_owned(), said);
    }
    if let Some(place) = &finding.remote {
        let place = serde_json::to_value(&**place).unwrap_or_default();
        properties.insert("remote".to_owned(), place);
    }
    if let Some(commit) = &finding.location.commit {
        properties.insert("commit".to_owned(), Value::from(commit.id.as_str()));
    }
    let mut result = Entry::builder()
        .rule_id(finding.rule_id.as_str())
        .level(level(finding.severity))
        .message(message(&text(finding, view)))
        .locations(vec![location(finding)])
        .partial_fingerprints(BTreeMap::from([(
            format!("tokensweep/v{}", finding.fingerprint.version().number()),
            finding.fingerprint.digest().to_owned(),
        )]))
        .properties(
            PropertyBag::builder()
                .additional_properties(properties)
                .build(),
        )
        .build();
    result.hosted_viewer_uri = finding.remote.as_ref().map(|place| place.url.clone());
    result.rule_index = index.get(&finding.rule_id).copied();
    result
}

/// Returns description, evidence, location, owner and remediation. GitLab has no field for a
/// solution, and shows this text in place of the rule's description. The length of each part is
/// limited, so that the remediation is never cut off.
fn text(finding: &Finding, view: &View<'_>) -> String {
    let rule = view.rules.get(&finding.rule_id);
    let mut text = wording::truncate(&wording::sentence(&finding.message), 360);
    let liveness = finding.verification.as_ref().map_or_else(String::new, |_| {
        format!(" Liveness: {}.", finding.liveness.as_str())
    });
    text.push_str(&format!(
        " Found in '{}', line {}: {}. Severity: {}. Confidence: {}.{liveness}",
        wording::truncate(&uri(&finding.location.path), 160),
        finding.location.start.line,
        wording::truncate(&finding.secret.redacted(), 60),
        finding.severity,
        finding.confidence,
    ));
    let facts: Vec<String> = wording::facts(finding)
        .into_iter()
        .map(|(label, value)| format!("{label} {}", wording::truncate(&value, 60)))
        .collect();
    if !facts.is_empty() {
        let facts = wording::truncate(&facts.join("; "), 180);
        text.push_str(&format!(" Known: {facts}."));
    }
    if let Some(remedy) = wording::remediations(finding, rule).first() {
        text.push_str(&format!(" What to do now: {}", wording::action(remedy)));
        if let Some(command) = &remedy.command {
            let command = command.lines().collect::<Vec<_>>().join("; ");
            text.push_str(&format!(" Use: {command}"));
        }
    }
    text
}

fn location(finding: &Finding) -> Location {
    let (start, end) = (finding.location.start, finding.location.end);
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX).max(1);
    Location::builder()
        .physical_location(
            PhysicalLocation::builder()
                .artifact_location(
                    // Without a base id: GitLab would put its value in front of the path.
                    ArtifactLocation::builder()
                        .uri(uri(&finding.location.path))
                        .build(),
                )
                .region(
                    Region::builder()
                        .start_line(number(start.line))
                        .start_column(number(start.column))
                        .end_line(number(end.line.max(start.line)))
                        .end_column(number(end.column))
                        .build(),
                )
                .build(),
        )
        .build()
}

/// Returns a path as a URI reference. Its bytes are percent-encoded; they need not be UTF-8.
pub(super) fn uri(path: &BlobPath) -> String {
    let mut bytes = path.as_bytes();
    while let Some(rest) = bytes.strip_prefix(b"./") {
        bytes = rest;
    }
    let encoded = place::encode(bytes);
    if encoded.starts_with('/') {
        // GitLab removes the scheme.
        return format!("file://{encoded}");
    }
    encoded
}

fn suppression(suppressed: &Suppressed) -> Suppression {
    let kind = match suppressed.kind {
        SuppressionKind::Inline => "inSource",
        SuppressionKind::Allowlist | SuppressionKind::Baseline | SuppressionKind::OwnJobToken => {
            "external"
        }
    };
    let mut justification = suppressed.kind.as_str().to_owned();
    if let Some(reason) = &suppressed.justification {
        justification.push_str(": ");
        justification.push_str(reason);
    }
    Suppression::builder()
        .kind(kind)
        .status("accepted")
        .justification(wording::truncate(&justification, super::MAX_TEXT))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn converts_paths_to_uri_references() {
        let uri = |bytes: &[u8]| uri(&BlobPath::from_bytes(bytes));
        assert_eq!(uri(b"src/a.rs"), "src/a.rs");
        assert_eq!(uri(b"./a b%.rs"), "a%20b%25.rs");
        assert_eq!(uri(b"c:d/\xff\x1b?#[]"), "c%3Ad/%FF%1B%3F%23%5B%5D");
        assert_eq!(uri("ä".as_bytes()), "%C3%A4");
        assert_eq!(uri(b"/etc/a"), "file:///etc/a");
        assert_eq!(uri(b"//host/a"), "file:////host/a");
    }
}
