//! Shares the memory of equal parts of findings.

use std::collections::HashSet;
use std::sync::Arc;

use super::{Finding, Remediation};

/// The texts and remediations of the findings of a scan: most are the same for all findings of a rule.
#[derive(Clone, Debug, Default)]
pub struct SharedParts {
    texts: HashSet<Arc<str>>,
    remediations: HashSet<Arc<Remediation>>,
}

impl SharedParts {
    /// Replaces the parts of `finding` that equal parts of an earlier one.
    pub fn share(&mut self, finding: &mut Finding) {
        self.share_text(&mut finding.title);
        self.share_text(&mut finding.message);
        self.share_remediations(&mut finding.remediations);
    }

    /// Replaces a text that equals an earlier one.
    pub fn share_text(&mut self, text: &mut Arc<str>) {
        replace(&mut self.texts, text);
    }

    /// Replaces remediations that equal earlier ones.
    pub fn share_remediations(&mut self, remediations: &mut Vec<Arc<Remediation>>) {
        remediations.shrink_to_fit();
        for remediation in remediations {
            replace(&mut self.remediations, remediation);
        }
    }
}

fn replace<T: ?Sized + Eq + std::hash::Hash>(known: &mut HashSet<Arc<T>>, item: &mut Arc<T>) {
    // An item with several owners is shared already, by a rule or by earlier findings.
    if Arc::strong_count(item) > 1 {
        return;
    }
    match known.get(item) {
        Some(shared) => *item = Arc::clone(shared),
        None => {
            known.insert(Arc::clone(item));
        }
    }
}
