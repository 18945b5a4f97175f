//! The facts about a rule that reports show.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::json::shared;
use crate::model::{Finding, Remediation, RuleId, Severity};
use crate::rule::{GitlabRuleId, Rule};

/// The facts about a rule in reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleInfo {
    /// Its name.
    pub id: RuleId,
    /// The kind of credential that it finds, without location or value.
    #[serde(with = "shared::text")]
    pub title: Arc<str>,
    /// A description of the credential and the access that it gives, in Markdown.
    pub description: String,
    /// The access that a live credential gives.
    pub severity: Severity,
    /// Further documentation: absolute URLs, best first.
    pub references: Vec<String>,
    /// Ways to revoke or disable the credential, best first.
    #[serde(rename = "remedies", with = "shared::remediations")]
    pub remediations: Vec<Arc<Remediation>>,
    /// The ids of GitLab's own rules for the same credentials.
    #[serde(flatten, with = "gitlab_ids")]
    pub gitlab_rule_ids: Vec<GitlabRuleId>,
}

/// The ids of GitLab's rules in the JSON report: a text for a single one, a list for several.
mod gitlab_ids {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::rule::GitlabRuleId;

    #[derive(Default, Serialize, Deserialize)]
    struct JsonGitlabIds {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        gitlab_rule_id: Option<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        gitlab_rule_ids: Vec<GitlabRuleId>,
    }

    pub(super) fn serialize<S: Serializer>(
        ids: &[GitlabRuleId],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut json = JsonGitlabIds::default();
        match ids {
            [only] if *only == GitlabRuleId::plain(only.id.clone()) => {
                json.gitlab_rule_id = Some(only.id.clone());
            }
            several => json.gitlab_rule_ids = several.to_vec(),
        }
        json.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<GitlabRuleId>, D::Error> {
        let json = JsonGitlabIds::deserialize(deserializer)?;
        let only = json.gitlab_rule_id.map(GitlabRuleId::plain);
        Ok(only.into_iter().chain(json.gitlab_rule_ids).collect())
    }
}

impl From<&Rule> for RuleInfo {
    fn from(rule: &Rule) -> Self {
        Self {
            id: rule.id.clone(),
            title: rule.title.clone(),
            description: rule.description.clone(),
            severity: rule.severity,
            references: rule.references.clone(),
            remediations: rule.remediations.clone(),
            gitlab_rule_ids: rule.gitlab_rule_ids.clone(),
        }
    }
}

impl RuleInfo {
    /// Returns the facts that a finding contains about its rule.
    pub(super) fn of_finding(finding: &Finding) -> Self {
        Self {
            id: finding.rule_id.clone(),
            title: finding.title.clone(),
            description: finding.title.to_string(),
            severity: finding.severity,
            references: Vec::new(),
            remediations: finding.remediations.clone(),
            gitlab_rule_ids: Vec::new(),
        }
    }

    /// Returns the id under which GitLab's analyzer reports a finding.
    pub(super) fn gitlab_rule_id(&self, finding: &Finding) -> Option<&str> {
        GitlabRuleId::select(&self.gitlab_rule_ids, &finding.secret, finding.confidence)
    }

    /// Returns the references that a browser can follow.
    pub(super) fn links(&self) -> impl Iterator<Item = &str> {
        self.references
            .iter()
            .map(String::as_str)
            .filter(|url| url.starts_with("https://") || url.starts_with("http://"))
    }

    /// Returns the page that explains the rule: its first link, or that of [`CWE`].
    pub(super) fn help_url(&self) -> &str {
        self.links().next().unwrap_or(CWE_URL)
    }
}

/// The weakness of every finding: use of hard-coded credentials. GitLab assigns a finding to secret
/// detection because of it.
pub(super) const CWE: &str = "CWE-798";

/// The page about [`CWE`].
pub(super) const CWE_URL: &str = "https://cwe.mitre.org/data/definitions/798.html";
