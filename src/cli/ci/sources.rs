//! Several sources as one, with messages about them.

use std::collections::HashSet;

use super::excluded::Exclusions;
use crate::model::{Finding, Fingerprint, ItemError, Note, Outcome};
use crate::source::{NewVisitor, Source};

/// Sources that are scanned one after the other into one outcome.
#[derive(Default)]
pub(super) struct Sources {
    pub(super) parts: Vec<Box<dyn Source>>,
    /// Errors, which make the scan incomplete.
    pub(super) errors: Vec<String>,
    /// Notes for the reports.
    pub(super) notes: Vec<String>,
    /// Notes for reports with findings.
    pub(super) notes_on_findings: Vec<String>,
    /// Baselines and settings that exclude findings from the result.
    pub(super) exclusions: Exclusions,
}

impl Source for Sources {
    fn visit<'a>(&'a self, threads: usize, new_visitor: &'a NewVisitor<'a>) {
        {
            let mut visitor = new_visitor();
            for message in &self.errors {
                visitor.error(ItemError::new(None, message.clone()));
            }
        }
        for part in &self.parts {
            part.visit(threads, new_visitor);
        }
    }

    fn settle(&self, outcome: &mut Outcome) {
        for part in &self.parts {
            part.settle(outcome);
        }
        // The commit that introduced a secret is more useful than the file that still contains it.
        let (of_commits, of_files): (Vec<Finding>, Vec<Finding>) =
            std::mem::take(&mut outcome.findings)
                .into_iter()
                .partition(|finding| finding.location.commit.is_some());
        let known: HashSet<Fingerprint> = of_commits
            .iter()
            .map(|finding| finding.fingerprint.clone())
            .collect();
        outcome.findings = of_commits;
        outcome.findings.extend(
            of_files
                .into_iter()
                .filter(|finding| !known.contains(&finding.fingerprint)),
        );
        outcome.exclusions = self.exclusions.count(outcome);
        let on_findings = self
            .notes_on_findings
            .iter()
            .filter(|_| !outcome.findings.is_empty());
        let notes: Vec<String> = self.notes.iter().chain(on_findings).cloned().collect();
        let notes = notes.into_iter();
        outcome.notes.extend(notes.map(|message| Note { message }));
    }
}
