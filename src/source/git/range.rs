//! The source of `range` and of the push hooks: changes that some commits add.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::ControlFlow;

use gix::ObjectId;
use gix::objs::Kind;

use super::changes::{self, FileChange};
use super::commit::{self, CommitObject};
use super::location::RepoLocation;
use super::objects::{Objects, Stores};
use super::pack::parse;
use super::range_ends::{KnownRevisions, RangeEnds, RangeError, RangeReader, Selection};
use super::range_state::RangeState;
use super::snapshot_scan::SnapshotScan;
use super::versions::{Snapshot, VersionWorker};
use super::workers::GitWorkers;
use super::{COMMIT_TEXTS, TAG_TEXTS, Texts};
use crate::model::{
    self, BlobPath, Confidence, Credential, Finding, ItemError, Note, Outcome, Severity, SkipReason,
};
use crate::source::{NewVisitor, Source};

/// Maximum number of distinct parents of a merge that are compared. Content from other parents counts as new.
const MAX_PARENTS: usize = 1000;

/// The changes that some commits add, commit by commit: files that differ from every parent, commit texts and tag texts.
pub struct Range {
    stores: Stores,
    ends: RangeEnds,
    state: RangeState,
}

/// Options of a [`Range`], and of [`super::Staged`].
#[derive(Clone, Debug, Default)]
pub struct RangeOptions {
    /// Excluded paths: patterns as in a `.gitignore` file, relative to the top folder.
    pub exclude: Vec<String>,
    /// Maximum number of bytes that are read; see [`Range::is_cut_short`].
    pub max_bytes: Option<u64>,
}

impl Range {
    /// Parses `BASE..HEAD`, or `BASE...HEAD` for what HEAD adds since the merge base.
    ///
    /// # Errors
    /// If the range is invalid, or not all of its commits are here.
    pub fn parse(
        place: &RepoLocation,
        range: &str,
        options: &RangeOptions,
    ) -> Result<Self, RangeError> {
        let opened = place.open()?;
        let ends = RangeReader::new(&opened).parse(range)?;
        Self::new(opened.stores, ends, options)
    }

    /// Selects commits as `git log` does.
    ///
    /// # Errors
    /// If an end is not a commit, or not all selected commits are here.
    pub fn selected(
        place: &RepoLocation,
        selection: &Selection,
        options: &RangeOptions,
    ) -> Result<Self, RangeError> {
        let opened = place.open()?;
        let ends = RangeReader::new(&opened).selected(selection)?;
        Self::new(opened.stores, ends, options)
    }

    /// Returns the range of a push: the changes that these objects, given by revision, add to known ones.
    ///
    /// # Errors
    /// If not all of its commits are here.
    pub fn from_push(
        place: &RepoLocation,
        new: &[String],
        known: &KnownRevisions,
        options: &RangeOptions,
    ) -> Result<Self, RangeError> {
        let opened = place.open()?;
        let ends = RangeReader::new(&opened).pushed(new, known)?;
        Self::new(opened.stores, ends, options)
    }

    fn new(stores: Stores, ends: RangeEnds, options: &RangeOptions) -> Result<Self, RangeError> {
        Ok(Self {
            stores,
            ends,
            state: RangeState::new(options)?,
        })
    }

    /// Returns the number of commits.
    pub fn commits(&self) -> usize {
        self.ends.commits.len()
    }

    /// Returns true if the scan stopped because there was more to read than allowed.
    pub fn is_cut_short(&self) -> bool {
        self.state.byte_budget.is_exceeded()
    }

    fn visit_commit(&self, workers: &GitWorkers<'_>, commit: &CommitObject) {
        let objects = self.stores.objects();
        let mut commit_info = None;
        workers.with_worker(|worker| {
            let commit_info = &mut commit_info;
            self.text(worker, commit.id, Kind::Commit, COMMIT_TEXTS, commit_info)
        });
        let mut parents = Vec::with_capacity(commit.parents.len());
        let mut seen = HashSet::new();
        let mut buffer = Vec::new();
        for parent in &commit.parents {
            match CommitObject::read(&objects, *parent, &mut buffer) {
                Ok(parent) => {
                    if seen.insert(parent.tree) && parents.len() < MAX_PARENTS {
                        parents.push(parent.tree);
                    }
                }
                Err(error) => {
                    let message = format!("commit {}: a parent cannot be read: {error}", commit.id);
                    return report_error(workers, None, message);
                }
            }
        }
        let snapshot = Snapshot::new(
            &self.state,
            &parents,
            Some(commit.tree),
            &|_| true,
            commit_info,
        )
        .with_history(&commit.parents);
        Self::visit_tree(workers, &objects, &snapshot, commit.tree);
    }

    /// Scans entries of a tree that no parent has.
    fn visit_tree(
        workers: &GitWorkers<'_>,
        objects: &Objects,
        snapshot: &Snapshot<'_>,
        tree: ObjectId,
    ) {
        let mut comparison = SnapshotScan::new(workers, objects, snapshot);
        // A comparison that stopped has reported the reason; its results so far are still scanned.
        let _ = changes::of_tree(objects, tree, snapshot.parents, &mut comparison);
        let _ = comparison.flush();
    }

    /// Scans the texts of a commit or tag, and sets its description for reports.
    fn text(
        &self,
        worker: &mut VersionWorker<'_>,
        id: ObjectId,
        kind: Kind,
        texts: Texts,
        commit_info: &mut Option<model::Commit>,
    ) -> ControlFlow<()> {
        let mut data = Vec::new();
        if let Err(error) = worker.objects.read_kind(id, kind, &mut data) {
            worker.visitor.error(ItemError {
                path: Some(BlobPath::from_bytes(texts.message)),
                message: error.to_string(),
            });
            return ControlFlow::Continue(());
        }
        let commit = commit::for_report(id, &data);
        *commit_info = Some(commit.clone());
        if !self.state.byte_budget.take(data.len() as u64) {
            return ControlFlow::Break(());
        }
        worker.text(texts.header, parse::header(&data), &commit)?;
        worker.text(texts.message, parse::message(&data), &commit)
    }

    /// Scans a tree or blob that an end names instead of a commit.
    fn visit_loose(&self, workers: &GitWorkers<'_>, kind: Kind, id: ObjectId) {
        let snapshot = Snapshot::new(&self.state, &[], None, &|_| true, None);
        if kind == Kind::Tree {
            return Self::visit_tree(workers, &self.stores.objects(), &snapshot, id);
        }
        let change = FileChange {
            path: format!("{kind} {id}").into_bytes(),
            id,
            kind,
            in_parents: Vec::new(),
        };
        workers.with_worker(|worker| worker.change(&snapshot, &change));
    }
}

impl Source for Range {
    fn visit<'a>(&'a self, threads: usize, new_visitor: &'a NewVisitor<'a>) {
        let workers = GitWorkers::new(&self.stores, threads, new_visitor);
        for problem in &self.ends.problems {
            report_error(&workers, None, problem.clone());
        }
        workers.with_worker(|worker| {
            let notes = &self.ends.git_notes;
            for _ in notes {
                worker.visitor.count_skipped(SkipReason::GitNotes);
            }
            if let [first, more @ ..] = &notes[..] {
                let more = match more.len() {
                    0 => String::new(),
                    count => format!(" and {count} more"),
                };
                worker.visitor.note(Note {
                    message: format!(
                        "Git notes ({first}{more}) are not part of a range and were not scanned; \
                         'tokensweep history --refs \"refs/notes/*\"' scans them"
                    ),
                });
            }
            ControlFlow::Continue(())
        });
        workers.for_each_large(&self.ends.commits, |commit| {
            if !workers.is_stopped() {
                self.visit_commit(&workers, commit);
            }
        });
        for tag in &self.ends.tags {
            workers.with_worker(|worker| self.text(worker, *tag, Kind::Tag, TAG_TEXTS, &mut None));
        }
        for (kind, id) in &self.ends.loose {
            self.visit_loose(&workers, *kind, *id);
        }
    }

    /// Keeps each credential at a path only where it was introduced.
    fn settle(&self, outcome: &mut Outcome) {
        let ids = self.ends.commits.iter().map(|commit| commit.id);
        let ranks: HashMap<String, usize> = ids
            .chain(self.ends.tags.iter().copied())
            .enumerate()
            .map(|(rank, id)| (id.to_string(), rank))
            .collect();
        let rank = |finding: &Finding| {
            let commit = finding.location.commit.as_ref();
            let rank = commit.and_then(|commit| ranks.get(&commit.id));
            rank.copied().unwrap_or(usize::MAX)
        };
        keep_first(&mut outcome.findings, |finding| finding, rank);
        keep_first(&mut outcome.suppressed, |item| &item.finding, rank);
    }
}

/// Keeps each credential at a path for the first commit, and for later ones with a higher confidence or severity.
fn keep_first<T>(
    items: &mut Vec<T>,
    finding: impl Fn(&T) -> &Finding,
    rank: impl Fn(&Finding) -> usize,
) {
    type Certainty = (Severity, Confidence);
    let mut ranks_of: HashMap<(BlobPath, Credential), BTreeMap<Certainty, usize>> = HashMap::new();
    let key = |finding: &Finding| (finding.location.path.clone(), finding.credential());
    let certainty = |finding: &Finding| (finding.severity, finding.confidence);
    for finding in items.iter().map(&finding) {
        let rank = rank(finding);
        let ranks = ranks_of.entry(key(finding)).or_default();
        let known = ranks.entry(certainty(finding)).or_insert(rank);
        *known = rank.min(*known);
    }
    items.retain(|item| {
        let finding = finding(item);
        let (own, (severity, confidence)) = (rank(finding), certainty(finding));
        let ranks = ranks_of.get(&key(finding)).into_iter().flatten();
        !ranks.into_iter().any(|(certainty, rank)| {
            certainty.0 >= severity && certainty.1 >= confidence && *rank < own
        })
    });
}

fn report_error(workers: &GitWorkers<'_>, path: Option<BlobPath>, message: String) {
    workers.with_worker(|worker| {
        worker.visitor.error(ItemError { path, message });
        ControlFlow::Continue(())
    });
}
