//! Reads a SARIF file as GitLab does: dropped findings, the type and severity of each finding, and
//! its identity. After `ee/lib/gitlab/security/parsers/sarif.rb` of GitLab 18.11 to 19.x.

use std::collections::BTreeSet;

use serde_json::Value;

/// A finding as GitLab ingests it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ingested {
    pub(crate) kind: &'static str,
    pub(crate) severity: &'static str,
    pub(crate) title: String,
    pub(crate) description: String,
    /// Scanner, rule, path, first and last line.
    pub(crate) identity: (String, String, String, Option<u64>, Option<u64>),
}

/// The result of reading a file.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) findings: Vec<Ingested>,
    pub(crate) dropped: usize,
    pub(crate) refused: Option<String>,
}

const SECRET_CWES: [&str; 9] = [
    "798", "259", "321", "522", "312", "319", "256", "257", "540",
];
const MAX_BYTES: usize = 10_000_000;
const MAX_RUNS: usize = 20;
const MAX_RESULTS: usize = 5_000;
const MAX_TAGS: usize = 10;

pub(crate) fn read(bytes: &[u8]) -> Reading {
    let mut reading = Reading {
        findings: Vec::new(),
        dropped: 0,
        refused: None,
    };
    if bytes.len() >= MAX_BYTES {
        reading.refused = Some("too large".to_owned());
        return reading;
    }
    let log: Value = serde_json::from_slice(bytes).unwrap();
    let runs = log["runs"].as_array().unwrap();
    if log["version"] != "2.1.0" || runs.len() > MAX_RUNS {
        reading.refused = Some("version or number of runs".to_owned());
        return reading;
    }
    for run in runs {
        let results = run["results"].as_array().unwrap();
        for result in results.iter().take(MAX_RESULTS).filter(|r| !suppressed(r)) {
            match ingest(run, result) {
                Some(finding) => reading.findings.push(finding),
                None => reading.dropped += 1,
            }
        }
    }
    if reading.dropped * 2 > reading.dropped + reading.findings.len() {
        reading.findings.clear();
        reading.refused = Some("more than half dropped".to_owned());
    }
    reading
}

fn suppressed(result: &Value) -> bool {
    result["suppressions"].as_array().is_some_and(|all| {
        !all.is_empty()
            && !all
                .iter()
                .any(|s| s["status"] == "underReview" || s["status"] == "rejected")
    })
}

fn too_long(value: &Value, max: usize) -> bool {
    value
        .as_str()
        .is_some_and(|text| text.chars().count() > max)
}

fn ingest(run: &Value, result: &Value) -> Option<Ingested> {
    let driver = &run["tool"]["driver"];
    let rule_id = result["ruleId"]
        .as_str()
        .or(result["rule"]["id"].as_str())?;
    let rules = driver["rules"].as_array().unwrap();
    let rule = rules
        .iter()
        .find(|r| r["id"] == rule_id)
        .unwrap_or(&Value::Null);
    let place = result["locations"][0].get("physicalLocation")?;
    let path = place["artifactLocation"]["uri"].as_str()?;
    let message = &result["message"]["text"];
    if too_long(&rule["name"], 255)
        || too_long(&rule["shortDescription"]["text"], 1_024)
        || too_long(&rule["fullDescription"]["text"], 1_024)
        || too_long(message, 1_024)
        || too_long(&rule["helpUri"], 2_048)
    {
        return None;
    }
    let region = &place["region"];
    let scanner = driver["name"].as_str()?.to_lowercase();
    let title = rule["shortDescription"]["text"]
        .as_str()
        .or(message.as_str());
    Some(Ingested {
        kind: kind(rule_id, rule),
        severity: severity(rule, result),
        title: title?.chars().take(255).collect(),
        description: message.as_str()?.to_owned(),
        identity: (
            scanner.split_whitespace().collect::<Vec<_>>().join("-"),
            rule_id.to_owned(),
            path.to_owned(),
            region["startLine"].as_u64(),
            region["endLine"].as_u64(),
        ),
    })
}

fn kind(rule_id: &str, rule: &Value) -> &'static str {
    let tags = rule["properties"]["tags"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let mut texts: Vec<String> = tags
        .iter()
        .take(MAX_TAGS)
        .filter_map(|tag| tag.as_str().map(str::to_lowercase))
        .collect();
    texts.push(rule_id.to_lowercase());
    let cwes: BTreeSet<String> = texts
        .iter()
        .filter_map(|text| text.strip_prefix("cwe-").or(text.strip_prefix("cwe:")))
        .map(|rest| rest.chars().take_while(char::is_ascii_digit).collect())
        .collect();
    if texts.iter().any(|text| text.starts_with("cve-")) {
        "dependency_scanning"
    } else if cwes.iter().any(|cwe| SECRET_CWES.contains(&cwe.as_str())) {
        "secret_detection"
    } else {
        "sast"
    }
}

fn severity(rule: &Value, result: &Value) -> &'static str {
    let score = |value: &Value| -> Option<f64> {
        value["properties"]["security-severity"]
            .as_str()?
            .parse()
            .ok()
    };
    let rank = result["rank"]
        .as_f64()
        .or(score(rule).map(|s| s * 10.0))
        .or(score(result).map(|s| s * 10.0));
    let level = result["level"]
        .as_str()
        .or(rule["defaultConfiguration"]["level"].as_str());
    match (rank, level) {
        (Some(rank), _) if !(0.0..90.0).contains(&rank) => "critical",
        (Some(rank), _) if rank >= 70.0 => "high",
        (Some(rank), _) if rank >= 40.0 => "medium",
        (Some(rank), _) if rank >= 10.0 => "low",
        (Some(_), _) | (None, Some("none")) => "info",
        (None, Some("error")) => "high",
        (None, Some("note")) => "low",
        (None, _) => "medium",
    }
}
