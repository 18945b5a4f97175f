//! `annotations`: links that GitLab shows on the page of a job, for `artifacts:reports:annotations`.
//!
//! GitLab rejects a file that is too large (80 KiB unless an administrator changed
//! `ci_job_annotations_size`) or has a list that is too long (1,000 entries). An entry has a label
//! and an address and nothing else (`app/services/ci/parse_annotations_artifact_service.rb` and
//! `app/validators/json_schemas/ci_job_annotation_data.json` of GitLab 18.9).

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Map, Value};

use super::{View, cut, place, wording};
use crate::model::{Finding, RuleId};

/// Maximum number of links to findings: more than a user follows from a job's page.
const MAX_PLACES: usize = 50;

/// Maximum size of all links in bytes; the limit of the file is 81,920.
const MAX_BYTES: usize = 60_000;

/// Maximum length of a label in characters.
const MAX_LABEL: usize = 160;

/// Writes the whole report.
pub(super) fn write(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let order = cut::worst_first(&view.outcome.findings, MAX_PLACES);
    let findings: Vec<&Finding> = order
        .into_iter()
        .map(|index| &view.outcome.findings[index])
        .collect();
    let mut room = MAX_BYTES;
    let mut lists = Map::new();
    let mut list = |name: &str, links: Vec<AnnotationLink>| {
        let links: Vec<Value> = links
            .into_iter()
            .take_while(|link| {
                let size = link.external_link.label.len() + link.external_link.url.len() + 80;
                let fits = size <= room;
                room = room.saturating_sub(size);
                fits
            })
            .filter_map(|link| serde_json::to_value(link).ok())
            .collect();
        if !links.is_empty() {
            lists.insert(name.to_owned(), Value::from(links));
        }
    };
    let reports = view.scan.links.iter();
    list(
        "Tokensweep",
        reports
            .map(|link| AnnotationLink::new(&link.label, &link.url))
            .collect(),
    );
    list("Leaked credentials", places(&findings, view));
    list("What they give access to", rules(&findings, view));
    serde_json::to_writer_pretty(&mut *out, &Value::from(lists))?;
    writeln!(out)
}

#[derive(Serialize)]
struct AnnotationLink {
    external_link: Target,
}

#[derive(Serialize)]
struct Target {
    label: String,
    url: String,
}

impl AnnotationLink {
    fn new(label: &str, url: &str) -> Self {
        Self {
            external_link: Target {
                label: wording::truncate(label, MAX_LABEL),
                url: url.to_owned(),
            },
        }
    }
}

/// Returns links to the lines of the findings, worst first, if their pages are known.
fn places(findings: &[&Finding], view: &View<'_>) -> Vec<AnnotationLink> {
    let links = findings.iter().filter_map(|finding| {
        let url = place::url(finding, view)?;
        let label = format!(
            "{}: {}:{} ({})",
            finding.severity, finding.location.path, finding.location.start.line, finding.title,
        );
        Some(AnnotationLink::new(&label, &url))
    });
    links.take(MAX_PLACES).collect()
}

/// Returns links to the documentation of the rules that found something, each once.
fn rules(findings: &[&Finding], view: &View<'_>) -> Vec<AnnotationLink> {
    let mut seen: BTreeSet<&RuleId> = BTreeSet::new();
    let ids = findings.iter().map(|finding| &finding.rule_id);
    let rules = ids
        .filter(|id| seen.insert(id))
        .filter_map(|id| view.rules.get(id));
    let links = rules.filter(|rule| place::is_web(rule.help_url()));
    links
        .map(|rule| AnnotationLink::new(&rule.title, rule.help_url()))
        .take(MAX_PLACES)
        .collect()
}
