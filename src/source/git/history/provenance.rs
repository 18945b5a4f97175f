//! Provenance: from the objects that contain a secret to commit, path, author, date and refs.

use std::collections::{BTreeMap, HashMap, HashSet};

use gix::objs::Kind;

use super::super::pack::parse;
use super::blob_pass::ObjectPart;
use super::containing_refs::{self, CommitTip};
use super::graph::CommitGraph;
use super::hit_paths::{self, HitPaths};
use super::introduction::{BlobSecrets, IntroductionTracer, SecretId};
use super::refs::{RefTip, RefTips};
use super::secret_ids::SecretHit;
use crate::model::{BlobPath, Commit, Refs};

/// The longest chain of tags that is followed; a cycle needs a damaged index.
const MAX_TAGS: usize = 100;

/// The part of a history that is reported.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ProvenanceLimits {
    /// Only findings introduced at this time or later, in seconds since 1970.
    pub(crate) since: Option<i64>,
    /// Only findings that refs contain.
    pub(crate) reachable_only: bool,
}

/// An object with secrets, and where they were introduced.
#[derive(Debug)]
pub(crate) struct LocatedSecret {
    /// The object.
    pub(crate) object: u32,
    /// The part of it.
    pub(crate) part: ObjectPart,
    /// The path, or the text that reports show in place of one.
    pub(crate) path: BlobPath,
    /// The commit that introduced the secrets.
    pub(crate) commit: Option<Commit>,
    /// The secrets, sorted.
    pub(crate) secrets: Vec<SecretId>,
    /// A sentence about the refs that still contain them.
    pub(crate) remark: String,
}

/// The result of [`Provenance::locate`].
pub(crate) struct LocatedSecrets {
    pub(crate) located: Vec<LocatedSecret>,
    /// Number of secrets that only objects outside of the selected refs contain.
    pub(crate) unselected: usize,
    /// True if a bound was reached, so that paths may be missing.
    pub(crate) is_cut: bool,
}

/// Everything that provenance is derived from.
pub(crate) struct Provenance<'a> {
    pub(crate) graph: &'a CommitGraph,
    pub(crate) paths: &'a HitPaths,
    pub(crate) names: &'a [Box<[u8]>],
    pub(crate) tips: &'a RefTips,
    /// By the number of a tag: the object that it names.
    pub(crate) tags: &'a HashMap<u32, u32>,
    /// Objects that entries of submodules name; their commits count as reachable.
    pub(crate) submodules: &'a [u32],
    pub(crate) limits: ProvenanceLimits,
    /// Returns the number of an id.
    pub(crate) find: &'a dyn Fn(&gix::ObjectId) -> Option<u32>,
    /// Returns the id of a number, in hexadecimal.
    pub(crate) hex: &'a dyn Fn(u32) -> String,
    /// Returns the bytes of a commit or tag.
    pub(crate) read: &'a dyn Fn(u32) -> Option<Vec<u8>>,
    /// The commits in topological order.
    pub(crate) order: &'a [u32],
}

/// A location whose commit was not read yet.
struct LocationDraft {
    object: u32,
    part: ObjectPart,
    path: BlobPath,
    secret: SecretId,
    /// The commits that introduced the secret, by index.
    commits: Vec<u32>,
    /// The names in the path of a blob that commits contain.
    names: Option<Vec<u32>>,
    /// The target of a ref, for objects in no commit.
    anchor: Option<u32>,
}

impl Provenance<'_> {
    /// Locates all `hits`.
    pub(crate) fn locate(&self, hits: &[SecretHit], blobs: &mut dyn BlobSecrets) -> LocatedSecrets {
        let tips = self.commit_tips(&self.tips.refs);
        let submodules = self.submodules.iter();
        let submodules = submodules.filter_map(|&number| self.graph.find(self.peel(number)?));
        let tip_commits = tips.iter().map(|&(_, commit)| commit);
        let reached = self.graph.reachable(tip_commits.chain(submodules));
        let mut tracer = IntroductionTracer::new(self.graph, self.paths, blobs);
        for is_reachable in [true, false] {
            for &commit in self.order {
                if reached[commit as usize] == is_reachable
                    && (is_reachable || !self.limits.reachable_only)
                {
                    tracer.add_commit(commit, is_reachable);
                }
            }
        }
        let is_cut = tracer.is_cut;
        let introductions = std::mem::take(&mut tracer.introductions).into_iter();
        let mut drafts: Vec<LocationDraft> = introductions
            .map(|((secret, _), introduction)| LocationDraft {
                object: introduction.blob,
                part: ObjectPart::Blob,
                path: self.path(&introduction.names),
                secret,
                commits: introduction.commits,
                names: Some(introduction.names),
                anchor: None,
            })
            .collect();
        self.add_messages(hits, &reached, &mut drafts);
        self.add_blobs_without_commit(hits, &mut drafts);
        let located: HashSet<SecretId> = drafts.iter().map(|draft| draft.secret).collect();
        let secrets: HashSet<SecretId> = hits
            .iter()
            .flat_map(|hit| hit.secrets.iter().copied())
            .collect();
        let unselected = secrets.difference(&located).count();
        if let Some(since) = self.limits.since {
            let recent = self.recent(since);
            drafts.retain_mut(|draft| {
                let is_undated = draft.commits.is_empty();
                draft.commits.retain(|&commit| recent[commit as usize]);
                is_undated || !draft.commits.is_empty()
            });
        }
        LocatedSecrets {
            located: self.complete(drafts, &tips, blobs),
            unselected,
            is_cut,
        }
    }

    /// Returns by index: true for commits of that time or later and for their descendants. A committer may choose
    /// any date, but a commit is not older than its parents.
    fn recent(&self, since: i64) -> Vec<bool> {
        let mut recent = vec![false; self.graph.len()];
        for &commit in self.order {
            let mut parents = self.graph.parents(commit).iter();
            recent[commit as usize] = self.graph.node(commit).time >= since
                || parents.any(|&parent| recent[parent as usize]);
        }
        recent
    }

    fn path(&self, names: &[u32]) -> BlobPath {
        let names = names.iter().map(|&name| &*self.names[name as usize]);
        BlobPath::from_bytes(names.collect::<Vec<_>>().join(&b'/'))
    }

    /// Adds the secrets of commits and tags. For each secret in commits, that is the first of them.
    fn add_messages(&self, hits: &[SecretHit], reached: &[bool], drafts: &mut Vec<LocationDraft>) {
        let mut rank = vec![u32::MAX; self.graph.len()];
        for (place, &commit) in (0u32..).zip(self.order) {
            rank[commit as usize] = place;
        }
        // Reachable commits come first, then the topological order decides.
        type Ranked = (bool, u32, u32);
        let mut commits: BTreeMap<(SecretId, ObjectPart), Vec<Ranked>> = BTreeMap::new();
        for hit in hits {
            if hit.kind == Kind::Tag {
                let target = self.peel(hit.number).and_then(|to| self.graph.find(to));
                drafts.extend(hit.secrets.iter().map(|&secret| LocationDraft {
                    object: hit.number,
                    part: hit.part,
                    path: path_of_text("tag", hit.part),
                    secret,
                    commits: target.into_iter().collect(),
                    names: None,
                    anchor: Some(hit.number),
                }));
            } else if hit.kind == Kind::Commit {
                let Some(index) = self.graph.find(hit.number) else {
                    // Its header is invalid, so that its place in the history is unknown.
                    drafts.extend(hit.secrets.iter().map(|&secret| LocationDraft {
                        object: hit.number,
                        part: hit.part,
                        path: path_of_text("commit", hit.part),
                        secret,
                        commits: Vec::new(),
                        names: None,
                        anchor: None,
                    }));
                    continue;
                };
                let is_lost = !reached[index as usize];
                if is_lost && self.limits.reachable_only {
                    continue;
                }
                for &secret in hit.secrets.iter() {
                    let ranked = (is_lost, rank[index as usize], index);
                    commits.entry((secret, hit.part)).or_default().push(ranked);
                }
            }
        }
        for ((secret, part), mut found) in commits {
            found.sort_unstable();
            let Some(&(is_lost, _, first)) = found.first() else {
                continue;
            };
            let same = found.iter().filter(|ranked| ranked.0 == is_lost);
            drafts.push(LocationDraft {
                object: self.graph.node(first).number,
                part,
                path: path_of_text("commit", part),
                secret,
                commits: same.map(|ranked| ranked.2).collect(),
                names: None,
                anchor: None,
            });
        }
    }

    /// Adds each secret that is in no commit, once: in a blob that a ref leads to, if there is one.
    fn add_blobs_without_commit(&self, hits: &[SecretHit], drafts: &mut Vec<LocationDraft>) {
        let located: HashSet<SecretId> = drafts
            .iter()
            .filter(|draft| draft.part == ObjectPart::Blob)
            .map(|draft| draft.secret)
            .collect();
        let mut lost: BTreeMap<SecretId, Vec<u32>> = BTreeMap::new();
        for hit in hits.iter().filter(|hit| hit.kind == Kind::Blob) {
            let secrets = hit.secrets.iter();
            for secret in secrets.filter(|secret| !located.contains(secret)) {
                lost.entry(*secret).or_default().push(hit.number);
            }
        }
        if lost.is_empty() {
            return;
        }
        let by_child = self.paths.by_child();
        let anchors = self.anchors();
        for (secret, blobs) in lost {
            let candidates = blobs.iter().map(|&blob| {
                let (names, top) = hit_paths::climb(blob, &by_child);
                let anchor = anchors.contains_key(&top).then_some(top);
                let path = if names.is_empty() {
                    BlobPath::from_bytes(format!("blob {}", (self.hex)(blob)))
                } else {
                    self.path(&names)
                };
                (anchor.is_none(), names.is_empty(), path, blob, anchor)
            });
            let Some((is_unanchored, _, path, object, anchor)) = candidates.min() else {
                continue;
            };
            if !is_unanchored || !self.limits.reachable_only {
                drafts.push(LocationDraft {
                    object,
                    part: ObjectPart::Blob,
                    path,
                    secret,
                    commits: Vec::new(),
                    names: None,
                    anchor,
                });
            }
        }
    }

    /// Returns the objects that refs lead to, directly and through tags, with the refs.
    fn anchors(&self) -> HashMap<u32, Refs> {
        let mut anchors: HashMap<u32, Vec<&str>> = HashMap::new();
        for tip in &self.tips.refs {
            if let Some(number) = (self.find)(&tip.id) {
                anchors.entry(number).or_default().push(&tip.name);
                if let Some(target) = self.peel(number).filter(|&target| target != number) {
                    anchors.entry(target).or_default().push(&tip.name);
                }
            }
        }
        let refs = |names: Vec<&str>| {
            let unnamed = names.len().saturating_sub(containing_refs::MAX_REFS) as u64;
            let named = names.into_iter().take(containing_refs::MAX_REFS);
            Refs::new(named.map(str::to_owned).collect(), unnamed)
        };
        let anchors = anchors.into_iter();
        anchors
            .map(|(object, names)| (object, refs(names)))
            .collect()
    }

    /// Follows tags to the object that they finally name.
    fn peel(&self, mut number: u32) -> Option<u32> {
        for _ in 0..MAX_TAGS {
            match self.tags.get(&number) {
                Some(&target) => number = target,
                None => return Some(number),
            }
        }
        None
    }

    fn commit_tips<'t>(&self, tips: &'t [RefTip]) -> Vec<CommitTip<'t>> {
        tips.iter()
            .filter_map(|tip| {
                let number = self.peel((self.find)(&tip.id)?)?;
                Some((tip, self.graph.find(number)?))
            })
            .collect()
    }

    /// Reads the commits of the drafts, and joins drafts of the same object at the same location.
    fn complete(
        &self,
        drafts: Vec<LocationDraft>,
        tips: &[CommitTip<'_>],
        blobs: &mut dyn BlobSecrets,
    ) -> Vec<LocatedSecret> {
        let commits: Vec<&[u32]> = drafts.iter().map(|draft| &draft.commits[..]).collect();
        let refs = self.containing(tips, &commits, containing_refs::MAX_REFS);
        let lost: Vec<usize> = (0..drafts.len())
            .filter(|&draft| refs[draft].is_empty() && !commits[draft].is_empty())
            .collect();
        let mut logs = vec![Refs::default(); drafts.len()];
        if !lost.is_empty() {
            let log_tips = self.commit_tips(&self.tips.logs);
            let wanted: Vec<&[u32]> = lost.iter().map(|&draft| commits[draft]).collect();
            let found = self.containing(&log_tips, &wanted, containing_refs::MAX_LOGS);
            for (draft, names) in lost.into_iter().zip(found) {
                logs[draft] = names;
            }
        }
        let anchors = self.anchors();
        // Not by the names of `refs`, which may be a selection without HEAD.
        let head = self.tips.head.as_ref().and_then(|id| (self.find)(id));
        let head_commit = head.and_then(|number| self.graph.find(self.peel(number)?));
        let head_history = self.graph.reachable(head_commit);
        type LocationKey = (u32, ObjectPart, BlobPath, Option<u32>);
        let mut located: BTreeMap<LocationKey, LocatedSecret> = BTreeMap::new();
        for ((draft, mut refs), logs) in drafts.into_iter().zip(refs).zip(logs) {
            if let Some(anchor) = draft.anchor {
                refs = anchors.get(&anchor).cloned().unwrap_or_default();
            }
            let mut commits = draft.commits.iter();
            let in_head_history = draft.anchor.is_some() && draft.anchor == head
                || commits.any(|&commit| head_history[commit as usize]);
            let remark = self.remark(&draft, in_head_history, &refs, &logs, blobs);
            if refs.is_empty() {
                refs = logs;
            }
            let first = draft.commits.first().copied();
            let key = (draft.object, draft.part, draft.path.clone(), first);
            let entry = located.entry(key).or_insert_with(|| LocatedSecret {
                object: draft.object,
                part: draft.part,
                path: draft.path,
                commit: first.map(|first| {
                    let tag = draft.anchor.filter(|_| draft.part != ObjectPart::Blob);
                    self.commit(self.graph.node(first).number, tag, refs)
                }),
                secrets: Vec::new(),
                remark,
            });
            entry.secrets.push(draft.secret);
        }
        let mut located: Vec<LocatedSecret> = located.into_values().collect();
        for located in &mut located {
            located.secrets.sort_unstable();
        }
        located
    }

    fn containing(&self, tips: &[CommitTip<'_>], commits: &[&[u32]], most: usize) -> Vec<Refs> {
        containing_refs::containing(self.graph, self.order, tips, commits, most)
    }

    /// Returns a commit as reports show it. The author and date of a secret in a tag are those of the tag.
    fn commit(&self, number: u32, tag: Option<u32>, refs: Refs) -> Commit {
        let role: &[u8] = if tag.is_some() { b"tagger" } else { b"author" };
        let bytes = (self.read)(tag.unwrap_or(number)).unwrap_or_default();
        let signature = parse::signature(&bytes, role);
        Commit {
            id: (self.hex)(number),
            author: signature.who,
            date: signature.date,
            refs,
        }
    }

    /// Returns a sentence about the refs that still contain the secret.
    fn remark(
        &self,
        draft: &LocationDraft,
        in_head_history: bool,
        refs: &Refs,
        logs: &Refs,
        blobs: &mut dyn BlobSecrets,
    ) -> String {
        if in_head_history {
            let remark = match &draft.names {
                None => "It is in the history of HEAD.",
                Some(names) if self.is_in_head(names, draft.secret, blobs) => "HEAD still has it.",
                Some(_) => "HEAD no longer has it, its history does.",
            };
            return remark.to_owned();
        }
        if let Some(first) = refs.first() {
            return match refs.total() {
                1 => format!("HEAD does not contain it, {first} does."),
                total => format!(
                    "HEAD does not contain it, {first} and {} more do.",
                    total - 1
                ),
            };
        }
        if let Some(first) = logs.first() {
            return format!("No ref contains it, only the reflog still does ({first}).");
        }
        "No ref contains it: it is unreachable, but still served until the server prunes it."
            .to_owned()
    }

    /// Returns true if the files of `HEAD` contain the secret at the path.
    fn is_in_head(&self, names: &[u32], secret: SecretId, blobs: &mut dyn BlobSecrets) -> bool {
        let head = self.tips.head.as_ref().and_then(|id| (self.find)(id));
        let commit = head.and_then(|number| self.graph.find(number));
        let mut object = commit.and_then(|commit| self.graph.node(commit).tree);
        for &name in names {
            object = object.and_then(|folder| self.paths.entry(folder, name));
        }
        object.is_some_and(|blob| blobs.secrets(blob, names).binary_search(&secret).is_ok())
    }
}

/// Returns the text that reports show instead of a path: `commit message`, `commit header`, `tag message`, `tag header`.
fn path_of_text(kind: &str, part: ObjectPart) -> BlobPath {
    let part = match part {
        ObjectPart::Message => "message",
        ObjectPart::Header | ObjectPart::Blob => "header",
    };
    BlobPath::from_bytes(format!("{kind} {part}"))
}
