//! `.gitlab/secret-detection-ruleset.toml`, a file of GitLab's analyzer: simple entries are applied, others are
//! reported.
//!
//! Format: <https://docs.gitlab.com/user/application_security/secret_detection/pipeline/custom_rulesets_schema/>

use serde::Deserialize;

use crate::model::{Severity, TextError, is_plain_key};
use crate::rule::{Amendment, RuleSet};

/// The path of the file in a project.
pub(super) const FILE_NAME: &str = ".gitlab/secret-detection-ruleset.toml";

/// The supported part of the file. Unknown keys are ignored, because GitLab adds some.
#[derive(Debug, Default, Deserialize)]
struct RulesetFile {
    secrets: Option<RulesetSecrets>,
}

#[derive(Debug, Default, Deserialize)]
struct RulesetSecrets {
    #[serde(default)]
    ruleset: Vec<RulesetEntry>,
    #[serde(default)]
    passthrough: Vec<toml::Value>,
    targetdir: Option<toml::Value>,
}

#[derive(Debug, Deserialize)]
struct RulesetEntry {
    #[serde(default)]
    disable: bool,
    identifier: Option<RulesetIdentifier>,
    #[serde(rename = "override")]
    amendment: Option<RulesetOverride>,
}

#[derive(Debug, Deserialize)]
struct RulesetIdentifier {
    #[serde(rename = "type")]
    kind: String,
    value: String,
}

#[derive(Debug, Default, Deserialize)]
struct RulesetOverride {
    name: Option<String>,
    description: Option<String>,
    message: Option<String>,
    severity: Option<String>,
}

/// Applies the file to the rules. Appends its changes and its unsupported parts to `notes`.
///
/// # Errors
/// If the text is not a valid file.
pub(super) fn apply(
    text: &str,
    rules: &mut RuleSet,
    notes: &mut Vec<String>,
) -> Result<(), TextError> {
    let file: RulesetFile =
        toml::from_str(text).map_err(|error| TextError::from_toml(text, &error))?;
    let Some(secrets) = file.secrets else {
        notes.push(format!(
            "{FILE_NAME}: it has no [secrets] table and no effect"
        ));
        return Ok(());
    };
    for (is_there, what) in [
        (
            !secrets.passthrough.is_empty(),
            "[[secrets.passthrough]] (write rules for tokensweep, see --rules)",
        ),
        (secrets.targetdir.is_some(), "targetdir"),
    ] {
        if is_there {
            notes.push(format!(
                "{FILE_NAME}: not supported and without effect: {what}"
            ));
        }
    }
    for (at, entry) in secrets.ruleset.into_iter().enumerate() {
        if let Err(reason) = entry.apply(rules, notes) {
            notes.push(format!(
                "{FILE_NAME}: entry {} has no effect: {reason}",
                at + 1
            ));
        }
    }
    Ok(())
}

impl RulesetEntry {
    fn apply(self, rules: &mut RuleSet, notes: &mut Vec<String>) -> Result<(), String> {
        let identifier = self.identifier.ok_or("it has no identifier")?;
        let ids = identifier.rules(rules)?;
        for id in ids {
            if self.disable {
                let others = other_ids(rules, &id, &identifier.value);
                rules.disable(&id).map_err(|error| error.to_string())?;
                notes.push(format!("{FILE_NAME}: rule {id} is disabled{others}"));
            } else if let Some(amendment) = &self.amendment {
                rules.amend(&id, &amendment.read()?);
                notes.push(format!("{FILE_NAME}: rule {id} is shown differently"));
            } else {
                return Err("it contains neither disable nor override".to_owned());
            }
        }
        Ok(())
    }
}

/// Returns the other identifiers that a rule finds besides `id`, for the note that it is disabled.
fn other_ids(rules: &RuleSet, rule: &str, id: &str) -> String {
    let ids = rules.get(rule).map(|rule| rule.gitlab_rule_ids.as_slice());
    let all = ids.unwrap_or_default().iter();
    let others: Vec<&str> = all
        .map(|one| one.id.as_str())
        .filter(|one| *one != id)
        .collect();
    match others.is_empty() {
        true => String::new(),
        false => format!(", which also finds {}", others.join(", ")),
    }
}

impl RulesetIdentifier {
    /// Returns the rules that the identifier names.
    fn rules(&self, rules: &RuleSet) -> Result<Vec<String>, String> {
        let ids: Vec<String> = match self.kind.as_str() {
            "gitleaks_rule_id" => rules
                .known_to_gitlab_as(&self.value)
                .map(ToString::to_string)
                .collect(),
            "tokensweep_rule_id" => rules
                .get(&self.value)
                .map(|rule| rule.id.to_string())
                .into_iter()
                .collect(),
            _ => {
                return Err(
                    "identifiers are of the type gitleaks_rule_id or tokensweep_rule_id".to_owned(),
                );
            }
        };
        if ids.is_empty() {
            return Err(match is_known_form(&self.value) {
                true => format!("no rule here is known as '{}'", self.value),
                false => "no rule here has this identifier".to_owned(),
            });
        }
        Ok(ids)
    }
}

/// Returns true for a text that can be a rule id and is too short for a credential.
fn is_known_form(id: &str) -> bool {
    let is_word = |word: &str| is_plain_key(&word.to_ascii_lowercase());
    id.split(['_', '-', ' ']).all(is_word)
}

impl RulesetOverride {
    fn read(&self) -> Result<Amendment, String> {
        let severity =
            self.severity
                .as_deref()
                .map(|word| match word.to_ascii_lowercase().as_str() {
                    // GitLab's `unknown` severity has no counterpart.
                    "unknown" => Ok(Severity::Info),
                    word => word.parse().map_err(|_| {
                        "its severity is not one of critical, high, medium, low, info, unknown"
                            .to_owned()
                    }),
                });
        Ok(Amendment {
            title: self.name.clone().or_else(|| self.message.clone()),
            description: self.description.clone(),
            severity: severity.transpose()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(text: &str) -> (RuleSet, Vec<String>) {
        let mut rules = RuleSet::builtin();
        let mut notes = Vec::new();
        apply(text, &mut rules, &mut notes).unwrap();
        (rules, notes)
    }

    fn entry(kind: &str, value: &str, rest: &str) -> String {
        format!(
            "[secrets]\n[[secrets.ruleset]]\n{rest}\n[secrets.ruleset.identifier]\ntype = '{kind}'\nvalue = '{value}'\n"
        )
    }

    #[test]
    fn disables_rules_by_both_identifiers() {
        for (kind, value) in [
            ("gitleaks_rule_id", "gitlab_deploy_token"),
            ("tokensweep_rule_id", "gitlab-deploy-token"),
        ] {
            let (rules, notes) = applied(&entry(kind, value, "disable = true"));
            assert!(rules.get("gitlab-deploy-token").is_none(), "{kind}");
            assert_eq!(notes.len(), 1, "{notes:?}");
        }
    }

    #[test]
    fn names_what_else_a_disabled_rule_finds() {
        let (rules, notes) = applied(&entry(
            "gitleaks_rule_id",
            "Github App Token",
            "disable = true",
        ));
        assert!(rules.get("github-token").is_none());
        let expected =
            "rule github-token is disabled, which also finds Github Personal Access Token, ";
        assert!(notes.len() == 1 && notes[0].contains(expected), "{notes:?}");
        // A rule that is off by default may be disabled too.
        let (_, notes) = applied(&entry("gitleaks_rule_id", "AWS", "disable = true"));
        assert!(
            notes[0].ends_with("rule aws-access-key-id is disabled"),
            "{notes:?}"
        );
    }

    #[test]
    fn applies_overrides_to_findings() {
        let text = entry("gitleaks_rule_id", "gitlab_deploy_token", "")
            + "[secrets.ruleset.override]\nname = 'Our name'\nseverity = 'Low'\n";
        let (rules, _) = applied(&text);
        let rule = rules.get("gitlab-deploy-token").unwrap();
        assert_eq!((&*rule.title, rule.severity), ("Our name", Severity::Low));
    }

    #[test]
    fn reports_entries_without_effect() {
        for (text, expected) in [
            (
                entry("gitleaks_rule_id", "No key", "disable = true"),
                "No key",
            ),
            (entry("cwe", "798", "disable = true"), "type"),
            (
                entry("gitleaks_rule_id", "gitlab_deploy_token", ""),
                "neither",
            ),
            (
                "[secrets]\n[[secrets.passthrough]]\ntype = 'raw'\n".to_owned(),
                "passthrough",
            ),
            ("[secrets]\ntargetdir = '/x'\n".to_owned(), "targetdir"),
            ("[other]\n".to_owned(), "[secrets]"),
        ] {
            let (rules, notes) = applied(&text);
            assert!(rules.get("gitlab-deploy-token").is_some());
            assert!(notes.len() == 1 && notes[0].contains(expected), "{notes:?}");
        }
        assert!(apply("x = ", &mut RuleSet::builtin(), &mut Vec::new()).is_err());
    }
}
