//! What some commits add: the source of `range`, and of the hooks of a push.

use std::collections::HashMap;
use std::ops::ControlFlow;

use gix::ObjectId;
use gix::objs::Kind;

use super::allowance::Allowance;
use super::changes::{self, Change};
use super::commit::{self, Commit};
use super::crew::Crew;
use super::objects::{ObjectError, Objects, Stores};
use super::place::Place;
use super::range_ends::{self, Ends, Known, RangeError, Selection};
use super::versions::{Hand, Snapshot};
use super::{COMMIT_TEXTS, TAG_TEXTS, Texts};
use crate::model::{self, BlobPath, Finding, ItemError, Outcome, Secret};
use crate::source::exclude::Exclude;
use crate::source::{NewVisitor, Source};

/// How many changes of a commit are compared before they are scanned.
const BATCH: usize = 4096;

/// What some commits add, commit by commit: what no parent's version of a file holds, commit
/// texts, and those of tags. A merge is compared with all of its parents.
pub struct Range {
    stores: Stores,
    ends: Ends,
    exclude: Exclude,
    allowance: Allowance,
}

/// What may be chosen about a [`Range`], and about the index.
#[derive(Clone, Debug, Default)]
pub struct RangeOptions {
    /// Paths to leave out: patterns as in a `.gitignore` file, relative to the top folder.
    pub exclude: Vec<String>,
    /// How many bytes are read at most; see [`Range::is_cut_short`].
    pub max_bytes: Option<u64>,
}

impl Range {
    /// The range that a person types: `BASE..HEAD`, or `BASE...HEAD` for what HEAD adds since it left
    /// BASE.
    ///
    /// # Errors
    /// If it is none, or not all of its commits are here.
    pub fn typed(place: &Place, range: &str, options: &RangeOptions) -> Result<Self, RangeError> {
        let opened = place.open()?;
        let ends = range_ends::typed(&opened, &opened.stores.objects(), range)?;
        Self::new(opened.stores, ends, options)
    }

    /// The commits that `git log` selects.
    ///
    /// # Errors
    /// If an end of it is no commit, or not all that the selection needs is here.
    pub fn selected(
        place: &Place,
        selection: &Selection,
        options: &RangeOptions,
    ) -> Result<Self, RangeError> {
        let opened = place.open()?;
        let ends = range_ends::selected(&opened, &opened.stores.objects(), selection)?;
        Self::new(opened.stores, ends, options)
    }

    /// The range that Git tells a hook: what these objects, by id or any other revision, bring that
    /// is not known.
    ///
    /// # Errors
    /// If not all of its commits are here.
    pub fn told(
        place: &Place,
        new: &[String],
        known: &Known,
        options: &RangeOptions,
    ) -> Result<Self, RangeError> {
        let opened = place.open()?;
        let ends = range_ends::told(&opened, &opened.stores.objects(), new, known)?;
        Self::new(opened.stores, ends, options)
    }

    fn new(stores: Stores, ends: Ends, options: &RangeOptions) -> Result<Self, RangeError> {
        Ok(Self {
            stores,
            ends,
            exclude: Exclude::new(&options.exclude)?,
            allowance: Allowance::new(options.max_bytes),
        })
    }

    /// How many commits it holds.
    pub fn commits(&self) -> usize {
        self.ends.commits.len()
    }

    /// True if the scan ended because there was more to read than allowed.
    pub fn is_cut_short(&self) -> bool {
        self.allowance.is_exceeded()
    }

    fn visit_commit(&self, crew: &Crew<'_>, commit: &Commit) {
        let objects = self.stores.objects();
        let mut told = None;
        crew.with_hand(|hand| {
            let told = &mut told;
            self.text(hand, commit.id, Kind::Commit, COMMIT_TEXTS, told)
        });
        let mut parents = Vec::with_capacity(commit.parents.len());
        let mut buffer = Vec::new();
        for parent in &commit.parents {
            match Commit::read(&objects, *parent, &mut buffer) {
                Ok(parent) => parents.push(parent.tree),
                Err(error) => {
                    let message = format!("commit {}: a parent cannot be read: {error}", commit.id);
                    return complain(crew, None, message);
                }
            }
        }
        self.visit_tree(crew, &objects, commit.tree, &parents, told);
    }

    /// Hands out what a tree has and no parent has, so many at a time.
    fn visit_tree(
        &self,
        crew: &Crew<'_>,
        objects: &Objects,
        tree: ObjectId,
        parents: &[ObjectId],
        commit: Option<model::Commit>,
    ) {
        let snapshot = Snapshot {
            parents,
            tree: Some(tree),
            is_gone: &|_| true,
            commit,
            deleted: Snapshot::not_looked_at(parents),
        };
        let scan = |batch: &mut Vec<Change>| {
            crew.share(batch, |hand, change| {
                hand.change(&snapshot, change, &self.exclude, &self.allowance)
            });
            batch.clear();
            if crew.is_stopped() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let mut batch = Vec::new();
        let compared = changes::of_tree(objects, tree, parents, &mut |item| {
            match item {
                Ok(change) => batch.push(change),
                Err((path, error)) => crew.with_hand(|hand| {
                    hand.broken(&snapshot, &path, &error);
                    ControlFlow::Continue(())
                }),
            }
            if batch.len() < BATCH {
                return ControlFlow::Continue(());
            }
            scan(&mut batch)
        });
        // A comparison that ended early has said why, and what it found is still scanned.
        if !crew.is_stopped() {
            let _ = (compared, scan(&mut batch));
        }
    }

    /// Hands out the texts of a commit or a tag; `told` is what a report says of it.
    fn text(
        &self,
        hand: &mut Hand<'_>,
        id: ObjectId,
        kind: Kind,
        texts: Texts,
        told: &mut Option<model::Commit>,
    ) -> ControlFlow<()> {
        let mut data = Vec::new();
        if let Err(error) = hand.objects.read_kind(id, kind, &mut data) {
            hand.visitor.error(ItemError {
                path: Some(BlobPath::from_bytes(texts.message)),
                message: error.to_string(),
            });
            return ControlFlow::Continue(());
        }
        let commit = commit::for_report(id, &data);
        *told = Some(commit.clone());
        if !self.allowance.take(data.len() as u64) {
            return ControlFlow::Break(());
        }
        let (header, message) = commit::texts(&data);
        hand.text(texts.header, header, Some(&commit))?;
        hand.text(texts.message, message, Some(&commit))
    }

    /// Hands out a tree or blob that an end names instead of a commit.
    fn visit_loose(&self, crew: &Crew<'_>, kind: Kind, id: ObjectId) {
        if kind == Kind::Tree {
            return self.visit_tree(crew, &self.stores.objects(), id, &[], None);
        }
        crew.with_hand(|hand| {
            let mut data = Vec::new();
            let name = format!("{kind} {id}");
            let size = hand.objects.header(id).map(|(_, size)| size);
            let read = size.and_then(|size| {
                if !self.allowance.take(size) {
                    return Ok(false);
                }
                hand.objects.read_kind(id, kind, &mut data).map(|()| true)
            });
            match read {
                Ok(true) => hand.text(&name, &data, None),
                Ok(false) => ControlFlow::Break(()),
                Err(error) => {
                    hand.visitor.error(unreadable(&error));
                    ControlFlow::Continue(())
                }
            }
        });
    }
}

impl Source for Range {
    fn visit<'a>(&'a self, threads: usize, new_visitor: &'a NewVisitor<'a>) {
        let crew = Crew::new(&self.stores, threads, new_visitor);
        crew.each(&self.ends.commits, |commit| {
            if !crew.is_stopped() {
                self.visit_commit(&crew, commit);
            }
        });
        for tag in &self.ends.tags {
            crew.with_hand(|hand| self.text(hand, *tag, Kind::Tag, TAG_TEXTS, &mut None));
        }
        for (kind, id) in &self.ends.loose {
            self.visit_loose(&crew, *kind, *id);
        }
    }

    /// Keeps of each credential at a path only where the first commit brought it.
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

/// Keeps, of each credential at a path, the findings of the lowest rank.
fn keep_first<T>(
    items: &mut Vec<T>,
    finding: impl Fn(&T) -> &Finding,
    rank: impl Fn(&Finding) -> usize,
) {
    let key = |finding: &Finding| (finding.location.path.clone(), finding.secret.clone());
    let mut lowest: HashMap<(BlobPath, Secret), usize> = HashMap::new();
    for finding in items.iter().map(&finding) {
        let rank = rank(finding);
        let known = lowest.entry(key(finding)).or_insert(rank);
        *known = rank.min(*known);
    }
    items.retain(|item| {
        let finding = finding(item);
        lowest.get(&key(finding)) == Some(&rank(finding))
    });
}

fn complain(crew: &Crew<'_>, path: Option<BlobPath>, message: String) {
    crew.with_hand(|hand| {
        hand.visitor.error(ItemError { path, message });
        ControlFlow::Continue(())
    });
}

fn unreadable(error: &ObjectError) -> ItemError {
    ItemError {
        path: None,
        message: error.to_string(),
    }
}
