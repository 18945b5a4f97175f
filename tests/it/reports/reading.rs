//! JSON reports that somebody made by hand, or badly.

use serde_json::{Value, json};
use tokensweep::report::json::{JsonDocument, MAX_BYTES};
use tokensweep::report::{Format, Options};

use super::restore::report;
use crate::support::outcome::{self, sample, write};

fn sample_json(options: &Options) -> Value {
    let (outcome, rules) = sample();
    serde_json::from_slice(&write("json", &outcome, &rules, options)).unwrap()
}

fn error(bytes: &[u8]) -> String {
    JsonDocument::from_bytes(bytes).unwrap_err().to_string()
}

fn restore_error(value: &Value) -> String {
    let document = JsonDocument::from_bytes(value.to_string().as_bytes()).unwrap();
    document.restore().unwrap_err().to_string()
}

#[test]
fn refuses_invalid_reports_with_the_position() {
    assert!(error(b"").contains("line 1, column 0: it ends too early"));
    assert!(error(b"{} x").contains("missing field `schema_version`"));
    assert!(error(b"\xff").contains("no JSON"));
    assert!(error(br#"{"schema_version": 1}"#).contains("missing field `tool`"));
    assert!(error(br#"{"schema_version": 2}"#).contains("its schema version is 2"));
    assert!(error(br#"{"schema_version": -1}"#).contains("a value of the wrong kind"));
    for deep in ["[", "{\"a\":"] {
        error(deep.repeat(1_000_000).as_bytes());
        error(format!("{{\"schema_version\":1,\"x\":{}", deep.repeat(1_000_000)).as_bytes());
    }
}

#[test]
fn errors_repeat_nothing_of_the_report() {
    let token = format!("{}{}", "glpat-", outcome::PAT_BODY);
    for (pointer, value) in [
        ("/findings/0/severity", json!(token)),
        ("/findings/0/rule_id", json!(format!("{token}\u{1b}[2J"))),
        ("/findings/0/fingerprint", json!(token)),
        ("/findings/0/location/start_line", json!(token)),
        ("/findings/0/liveness", json!(token)),
        ("/scan", json!(token)),
    ] {
        let mut report = sample_json(&Options::default());
        match report.pointer_mut(pointer) {
            Some(place) => *place = value,
            None => report["findings"][0]["liveness"] = value,
        }
        let error = error(report.to_string().as_bytes());
        assert!(error.contains("a value of the wrong kind"), "{error}");
        assert!(
            !error.contains("glpat") && !error.contains('\u{1b}'),
            "{error}"
        );
    }
    let mut report = sample_json(&Options::default());
    report["suppressed"][0]["suppression"]["kind"] = json!(token);
    let error = restore_error(&report);
    assert!(
        error.contains("suppression") && !error.contains("glpat"),
        "{error}"
    );
    let mut report = sample_json(&Options::default());
    report["skipped"][0]["reason"] = json!(token);
    let error = self::error(report.to_string().as_bytes());
    assert!(
        error.contains("a word that this version of the program does not know")
            && !error.contains("glpat"),
        "{error}"
    );
}

#[test]
fn stops_reading_endless_input() {
    let endless = std::io::repeat(b' ');
    let error = JsonDocument::read(endless).unwrap_err().to_string();
    assert_eq!(
        error,
        format!(
            "it is larger than the {} MiB that are read",
            MAX_BYTES >> 20
        )
    );
}

#[test]
fn no_finding_has_remedies_without_end() {
    for list in ["findings", "suppressed", "rules"] {
        let mut report = sample_json(&Options::default());
        report[list][0]["remedies"] = json!(vec![json!({ "action": "x" }); 101]);
        assert!(restore_error(&report).contains("more than 100 remedies"));
    }
}

#[test]
fn a_report_of_empty_values_is_refused() {
    let mut report = sample_json(&Options::default());
    report["findings"][0]["location"]["refs"] = json!(vec![""; 800_000]);
    let refused = error(&serde_json::to_vec(&report).unwrap());
    assert!(refused.contains("values are empty"), "{refused}");
    let refs = vec!["refs/heads/feature/a"; 800_000];
    report["findings"][0]["location"]["refs"] = json!(refs);
    JsonDocument::from_bytes(&serde_json::to_vec(&report).unwrap()).unwrap();
}

#[test]
fn secrets_in_full_are_not_passed_on() {
    let options = Options {
        show_secrets: true,
        ..Options::default()
    };
    let shown = sample_json(&options);
    let error = restore_error(&shown);
    assert!(error.contains("--show-secrets"), "{error}");
    assert!(!error.contains(outcome::PASSWORD));
}

/// A report may contain anything; reports converted from it must not harm their readers.
#[test]
fn hostile_texts_stay_harmless() {
    let mut hostile = sample_json(&Options::default());
    let attack = "\u{1b}]0;x\u{7}\u{202e}<script>\u{0}";
    hostile["tool"] = json!({ "name": attack, "version": attack, "url": "javascript:alert(1)" });
    hostile["scan"]["commit"] = json!(attack);
    hostile["scan"]["project_url"] = json!("https://u:p@h/\"><script>");
    hostile["notes"] = json!([{ "message": attack }]);
    for list in ["findings", "suppressed"] {
        let finding = &mut hostile[list][0];
        for key in ["title", "message", "expires_at"] {
            finding[key] = json!(attack);
        }
        finding["secret_id"] = json!(attack);
        finding["encoding"] = json!([attack]);
        finding["owner"] = json!({ "instance": attack, "user": u64::MAX });
        finding["location"] = json!({
            "path": attack, "on_disk": attack, "commit": attack, "author": attack, "date": attack,
            "refs": [attack], "start_line": u64::MAX, "start_column": 0, "end_line": 0,
            "end_column": u64::MAX,
        });
        finding["excerpt"] = json!({ "before": attack, "after": attack });
    }
    let mut rule = hostile["rules"][0].clone();
    for key in ["title", "description"] {
        rule[key] = json!(attack);
    }
    rule["references"] = json!(["javascript:alert(1)", attack]);
    hostile["rules"][0] = rule;
    for count in ["files", "bytes", "repositories", "below_threshold"] {
        hostile["summary"][count] = json!(u64::MAX);
    }
    let document = JsonDocument::from_bytes(hostile.to_string().as_bytes()).unwrap();
    let twice = tokensweep::report::json::merge(vec![document.clone(), document.clone()], "1");
    for restored in [document.restore().unwrap(), twice.unwrap()] {
        for &format in Format::ALL {
            let options = Options {
                list_suppressed: true,
                ..Options::default()
            };
            let text = String::from_utf8(report(format, &restored, &options)).unwrap();
            let bad = text
                .chars()
                .find(|&c| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c));
            assert_eq!(bad, None, "{format}");
            assert!(!text.contains("href=\"javascript:"));
            if format == Format::Html {
                super::markup::pieces(&text);
            }
        }
    }
}
