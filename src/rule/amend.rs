//! Changes that an operator makes to a rule without writing one: how its findings are shown.

use super::RuleSet;
use crate::model::{RuleId, Severity};

/// The longest text that is taken, in characters; a report shows it many times.
const MAX_TITLE: usize = 100;
const MAX_DESCRIPTION: usize = 10_000;

/// New words and a new severity for a rule; missing fields stay unchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amendment {
    /// Instead of its title; cut at 100 characters.
    pub title: Option<String>,
    /// Instead of its description; cut at 10,000 characters.
    pub description: Option<String>,
    /// Instead of its severity.
    pub severity: Option<Severity>,
}

impl RuleSet {
    /// The rules, also disabled ones, with this id of GitLab's own analyzer.
    pub fn known_to_gitlab_as<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a RuleId> {
        self.every_rule()
            .filter(move |rule| rule.gitlab_rule_ids.iter().any(|one| one.id == id))
            .map(|rule| &rule.id)
    }

    /// Changes how findings of a rule are shown. Returns false if no rule has this id.
    pub fn amend(&mut self, id: &str, amendment: &Amendment) -> bool {
        let Some(rule) = self.get_mut(id) else {
            return false;
        };
        if let Some(title) = &amendment.title {
            rule.title = title.chars().take(MAX_TITLE).collect::<String>().into();
        }
        if let Some(description) = &amendment.description {
            rule.description = description.chars().take(MAX_DESCRIPTION).collect();
        }
        if let Some(severity) = amendment.severity {
            rule.severity = severity;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_given_settings_and_keeps_the_rest() {
        let mut rules = RuleSet::builtin();
        let id = "gitlab-deploy-token";
        let before = rules.get(id).unwrap().description.clone();
        let amendment = Amendment {
            title: Some("x".repeat(200)),
            severity: Some(Severity::Info),
            ..Amendment::default()
        };
        assert!(rules.amend(id, &amendment));
        let rule = rules.get(id).unwrap();
        assert_eq!((rule.title.len(), rule.severity), (100, Severity::Info));
        assert_eq!(rule.description, before);
        assert!(!rules.amend("no-such-rule", &amendment));
    }

    #[test]
    fn rules_are_known_by_gitlabs_names() {
        let rules = RuleSet::builtin();
        let known: Vec<_> = rules.known_to_gitlab_as("gitlab_deploy_token").collect();
        assert_eq!(known.len(), 1);
        assert_eq!(known[0].as_str(), "gitlab-deploy-token");
    }
}
