//! Several sources as one, with what is to be said about them.

use crate::model::{ItemError, Note, Outcome};
use crate::source::{NewVisitor, Source};

/// Sources that are scanned one after the other into one outcome.
#[derive(Default)]
pub(super) struct Sources {
    pub(super) parts: Vec<Box<dyn Source>>,
    /// What makes the scan incomplete.
    pub(super) errors: Vec<String>,
    /// What the reader of the reports should know.
    pub(super) notes: Vec<String>,
    /// The same, if anything was found.
    pub(super) notes_on_findings: Vec<String>,
}

impl Source for Sources {
    fn visit<'a>(&'a self, threads: usize, new_visitor: &'a NewVisitor<'a>) {
        {
            let mut visitor = new_visitor();
            for message in &self.errors {
                visitor.error(ItemError {
                    path: None,
                    message: message.clone(),
                });
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
        let on_findings = self
            .notes_on_findings
            .iter()
            .filter(|_| !outcome.findings.is_empty());
        let notes: Vec<String> = self.notes.iter().chain(on_findings).cloned().collect();
        let notes = notes.into_iter();
        outcome.notes.extend(notes.map(|message| Note { message }));
    }
}
