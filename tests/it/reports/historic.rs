//! Findings of `history` as GitLab reads them: in texts outside files, and in deleted files.

use std::collections::BTreeSet;

use serde_json::Value;

use super::gitlab_reader;
use super::schemas::{assert_valid, schema};
use crate::support::a_token;
use crate::support::sandbox::Sandbox;

/// A repository with a secret in a file that is gone, in one with an odd name, in the message of a
/// commit and in that of a tag.
fn repository() -> Sandbox {
    let s = Sandbox::new();
    s.git(&["init", "-q", "-b", "main"]);
    let token = |seed| s.watch(a_token(seed));
    s.write("gone.txt", format!("{}\n", token(1)));
    s.write("a folder/gone #2 ä.txt", format!("\n{}\n", token(2)));
    s.git(&["add", "-A"]);
    s.git(&["commit", "-q", "-m", "files"]);
    s.git(&["rm", "-q", "-r", "."]);
    let message = format!("a message\n\nwith {}", token(3));
    s.git(&["commit", "-q", "-m", &message]);
    s.git(&["tag", "-a", "-m", &format!("see {}", token(4)), "v1"]);
    s
}

/// The places, as a URI reference names them.
const PLACES: [(&str, u64); 4] = [
    ("a%20folder/gone%20%232%20%C3%A4.txt", 2),
    ("commit%20message", 3),
    ("gone.txt", 1),
    ("tag%20message", 1),
];

fn reports(s: &Sandbox) -> (Vec<u8>, Value) {
    let out = tempfile::tempdir().unwrap();
    let path = |format: &str| out.path().join(format);
    let run = s.run([
        "history".to_owned(),
        format!("--report=sarif={}", path("sarif").display()),
        format!("--report=gitlab={}", path("gitlab").display()),
    ]);
    assert_eq!(run.code, Some(1), "{run:?}");
    let native = std::fs::read(path("gitlab")).unwrap();
    let sarif = std::fs::read(path("sarif")).unwrap();
    (sarif, serde_json::from_slice(&native).unwrap())
}

#[test]
fn no_result_of_the_sarif_report_is_dropped() {
    let (sarif, _) = reports(&repository());
    assert_valid(
        &schema("sarif-schema-2.1.0.json"),
        &serde_json::from_slice(&sarif).unwrap(),
    );
    let reading = gitlab_reader::read(&sarif);
    assert_eq!((reading.dropped, &reading.refused), (0, &None));
    let mut places = Vec::new();
    for found in &reading.findings {
        assert_eq!(
            (found.kind, found.severity),
            ("secret_detection", "critical")
        );
        let (_, rule_id, path, start, end) = &found.identity;
        assert_eq!(rule_id, "gitlab-personal-access-token");
        assert_eq!(start, end);
        places.push((path.as_str(), start.unwrap()));
    }
    places.sort();
    assert_eq!(places, PLACES);
}

#[test]
fn every_finding_of_the_native_report_has_a_place_and_a_commit() {
    let s = repository();
    let (_, native) = reports(&s);
    assert_valid(
        &schema("gitlab-secret-detection-report-format-15.2.4.json"),
        &native,
    );
    let commits = s.git(&["log", "--all", "--format=%H"]);
    let found = native["vulnerabilities"].as_array().unwrap();
    let mut places = Vec::new();
    let mut ids = BTreeSet::new();
    for finding in found {
        let location = &finding["location"];
        let sha = location["commit"]["sha"].as_str().unwrap();
        assert!(commits.contains(sha), "{location}");
        places.push((
            location["file"].as_str().unwrap().to_owned(),
            location["start_line"].as_u64().unwrap(),
        ));
        ids.insert(finding["id"].as_str().unwrap());
    }
    places.sort();
    let lines: Vec<u64> = places.iter().map(|(_, line)| *line).collect();
    assert_eq!(lines, PLACES.map(|(_, line)| line), "{places:?}");
    assert!(places.iter().any(|(file, _)| file == "commit message"));
    assert_eq!(ids.len(), PLACES.len());
}
