//! The rules that run: the built-in ones, and what the user adds and removes.

use super::Rule;

/// Stub.
#[derive(Debug, thiserror::Error)]
#[error("")]
pub struct RuleSetError;

/// Rules with unique ids, sorted by id.
#[derive(Debug, Default)]
pub struct RuleSet {
    rules: Vec<Rule>,
}

impl RuleSet {
    /// All rules, sorted by id.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Rule> {
        self.rules.iter()
    }

    /// The rule of that id.
    pub fn get(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id.as_str() == id)
    }
}
