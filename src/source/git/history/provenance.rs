//! From what was found to where it came from: commit, path, author, date, refs.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::super::pack::entry::Kind;
use super::super::pack::parse;
use super::blob_pass::ObjectPart;
use super::containing_refs::{self, CommitTip};
use super::graph::CommitGraph;
use super::hit_paths::{HitPaths, MAX_DEPTH};
use super::introduction::{BlobSecrets, Introduction, IntroductionTracer, SecretId};
use super::refs::{RefTip, RefTips};
use crate::model::{BlobPath, Commit, Refs};

/// What is asked of a history.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ProvenanceLimits {
    /// Only what came in at this time or later, in seconds since 1970.
    pub(crate) since: Option<i64>,
    /// Only what refs contain.
    pub(crate) reachable_only: bool,
}

/// An object to be handed out, with all that is known of it.
#[derive(Debug)]
pub(crate) struct LocatedSecret {
    /// The object.
    pub(crate) object: u32,
    /// The part of it.
    pub(crate) part: ObjectPart,
    /// Its path, or what stands for one.
    pub(crate) path: BlobPath,
    /// Where it came in.
    pub(crate) commit: Option<Commit>,
    /// The secrets that count, sorted.
    pub(crate) secrets: Vec<SecretId>,
    /// A sentence on what still contains it.
    pub(crate) remark: String,
}

/// What was found: object, kind, part, and the secrets there, sorted.
pub(crate) type ObjectHit = (u32, Kind, ObjectPart, Rc<[SecretId]>);

/// All that provenance is made from.
pub(crate) struct Provenance<'a> {
    pub(crate) graph: &'a CommitGraph,
    pub(crate) paths: &'a HitPaths,
    pub(crate) names: &'a [Box<[u8]>],
    pub(crate) tips: &'a RefTips,
    /// Tags and what they point at.
    pub(crate) tags: &'a HashMap<u32, u32>,
    pub(crate) limits: ProvenanceLimits,
    /// The number of an id.
    pub(crate) find: &'a dyn Fn(&gix::ObjectId) -> Option<u32>,
    /// The id of a number, in hexadecimal.
    pub(crate) hex: &'a dyn Fn(u32) -> String,
    /// The bytes of a commit or tag.
    pub(crate) read: &'a dyn Fn(u32) -> Option<Vec<u8>>,
    /// Commits, parents first.
    pub(crate) order: &'a [u32],
}

/// A commit in the order in which it may be the first: whether no ref contains it, its place among
/// all, its index.
type Ranked = (bool, u32, u32);

/// A place that is known, before its commit is read.
struct LocationDraft {
    object: u32,
    part: ObjectPart,
    path: BlobPath,
    secret: SecretId,
    origins: Vec<u32>,
    /// Names of the path, for blobs that commits hold.
    names: Option<Vec<u32>>,
    /// For what is in no commit: what it is reached by.
    anchor: Option<u32>,
}

impl Provenance<'_> {
    /// Locates all `hits`. The flag is true if not all paths could be followed.
    pub(crate) fn locate(
        &self,
        hits: &[ObjectHit],
        holds: &mut dyn BlobSecrets,
    ) -> (Vec<LocatedSecret>, bool) {
        let tips = self.commit_tips(&self.tips.refs);
        let reached = self.graph.reachable(tips.iter().map(|&(_, commit)| commit));
        let mut tracer = IntroductionTracer::new(self.graph, self.paths, holds);
        for is_reachable in [true, false] {
            for &commit in self.order {
                if reached[commit as usize] == is_reachable
                    && (is_reachable || !self.limits.reachable_only)
                {
                    tracer.commit(commit, is_reachable);
                }
            }
        }
        let is_cut = tracer.is_cut;
        let mut drafts = Vec::new();
        for ((secret, _), place) in std::mem::take(&mut tracer.places) {
            drafts.push(self.draft_of_place(secret, place));
        }
        self.messages(hits, &reached, &mut drafts);
        self.lost(hits, &mut drafts);
        if let Some(since) = self.limits.since {
            let recent = self.recent(since);
            drafts.retain_mut(|draft| {
                let is_undated = draft.origins.is_empty();
                draft.origins.retain(|&commit| recent[commit as usize]);
                is_undated || !draft.origins.is_empty()
            });
        }
        let located = self.complete(drafts, &tips, holds);
        (located, is_cut)
    }

    /// By index: true for commits of that time or later, and for all that are made on top of one. Dates are
    /// what a committer says; a commit cannot be older than its parents.
    fn recent(&self, since: i64) -> Vec<bool> {
        let mut recent = vec![false; self.graph.len()];
        for &commit in self.order {
            let mut parents = self.graph.parents(commit).iter();
            recent[commit as usize] = self.graph.link(commit).time >= since
                || parents.any(|&parent| recent[parent as usize]);
        }
        recent
    }

    fn draft_of_place(&self, secret: SecretId, place: Introduction) -> LocationDraft {
        LocationDraft {
            object: place.object,
            part: ObjectPart::Blob,
            path: self.path(&place.names),
            secret,
            origins: place.origins,
            names: Some(place.names),
            anchor: None,
        }
    }

    fn path(&self, names: &[u32]) -> BlobPath {
        let names = names.iter().map(|&name| &*self.names[name as usize]);
        BlobPath::from_bytes(names.collect::<Vec<_>>().join(&b'/'))
    }

    /// What stands in commits and tags: one place for each secret, the first commit that has it.
    fn messages(&self, hits: &[ObjectHit], reached: &[bool], drafts: &mut Vec<LocationDraft>) {
        let mut rank = vec![u32::MAX; self.graph.len()];
        for (place, &commit) in (0u32..).zip(self.order) {
            rank[commit as usize] = place;
        }
        let mut commits: BTreeMap<(SecretId, ObjectPart), Vec<Ranked>> = BTreeMap::new();
        for (object, kind, part, secrets) in hits {
            match kind {
                Kind::Commit => {
                    let Some(index) = self.graph.find(*object) else {
                        continue;
                    };
                    let is_lost = !reached[index as usize];
                    if is_lost && self.limits.reachable_only {
                        continue;
                    }
                    for &secret in secrets.iter() {
                        let entry = (is_lost, rank[index as usize], index);
                        commits.entry((secret, *part)).or_default().push(entry);
                    }
                }
                Kind::Tag => drafts.extend(secrets.iter().map(|&secret| {
                    LocationDraft {
                        object: *object,
                        part: *part,
                        path: pseudo("tag", *part),
                        secret,
                        origins: self
                            .peeled(*object)
                            .and_then(|to| self.graph.find(to))
                            .into_iter()
                            .collect(),
                        names: None,
                        anchor: Some(*object),
                    }
                })),
                Kind::Blob | Kind::Tree => {}
            }
        }
        for ((secret, part), mut found) in commits {
            found.sort_unstable();
            let Some(&(is_lost, _, first)) = found.first() else {
                continue;
            };
            let origins = found.iter().filter(|entry| entry.0 == is_lost);
            drafts.push(LocationDraft {
                object: self.graph.link(first).number,
                part,
                path: pseudo("commit", part),
                secret,
                origins: origins.map(|entry| entry.2).collect(),
                names: None,
                anchor: None,
            });
        }
    }

    /// What is in no commit: each secret that has no place yet, once.
    fn lost(&self, hits: &[ObjectHit], drafts: &mut Vec<LocationDraft>) {
        let placed: std::collections::HashSet<SecretId> = drafts
            .iter()
            .filter(|draft| draft.part == ObjectPart::Blob)
            .map(|draft| draft.secret)
            .collect();
        let mut lost: BTreeMap<SecretId, Vec<u32>> = BTreeMap::new();
        for (object, kind, _, secrets) in hits {
            if *kind == Kind::Blob {
                for secret in secrets.iter().filter(|secret| !placed.contains(secret)) {
                    lost.entry(*secret).or_default().push(*object);
                }
            }
        }
        if lost.is_empty() {
            return;
        }
        let holders = self.paths.holders();
        let by_ref = self.anchors();
        for (secret, objects) in lost {
            let mut candidates: Vec<_> = objects
                .iter()
                .map(|&object| {
                    let (names, top) = self.climb(object, &holders);
                    let anchor = by_ref.contains_key(&top).then_some(top);
                    let path = if names.is_empty() {
                        BlobPath::from_bytes(format!("blob {}", (self.hex)(object)).into_bytes())
                    } else {
                        self.path(&names)
                    };
                    (anchor.is_none(), names.is_empty(), path, object, anchor)
                })
                .collect();
            candidates.sort();
            let Some((_, _, path, object, anchor)) = candidates.into_iter().next() else {
                continue;
            };
            if anchor.is_none() && self.limits.reachable_only {
                continue;
            }
            drafts.push(LocationDraft {
                object,
                part: ObjectPart::Blob,
                path,
                secret,
                origins: Vec::new(),
                names: None,
                anchor,
            });
        }
    }

    /// The path to an object from the topmost folder that no other holds, and that folder.
    fn climb(&self, object: u32, holders: &[(u32, u32, u32)]) -> (Vec<u32>, u32) {
        let mut names = Vec::new();
        let mut top = object;
        while names.len() < MAX_DEPTH {
            let first = holders.partition_point(|holder| holder.0 < top);
            let Some(&(_, name, folder)) = holders.get(first).filter(|holder| holder.0 == top)
            else {
                break;
            };
            names.push(name);
            top = folder;
        }
        names.reverse();
        (names, top)
    }

    /// What refs lead to, tags followed: the object and the refs.
    fn anchors(&self) -> HashMap<u32, Refs> {
        let mut anchors: HashMap<u32, Vec<&str>> = HashMap::new();
        for tip in &self.tips.refs {
            if let Some(number) = (self.find)(&tip.id) {
                anchors.entry(number).or_default().push(&tip.name);
                if let Some(target) = self.peeled(number).filter(|&target| target != number) {
                    anchors.entry(target).or_default().push(&tip.name);
                }
            }
        }
        let refs = |names: Vec<&str>| {
            let unnamed = names.len().saturating_sub(containing_refs::MAX_REFS) as u64;
            let named = names.into_iter().take(containing_refs::MAX_REFS);
            Refs::new(named.map(str::to_owned).collect(), unnamed)
        };
        anchors
            .into_iter()
            .map(|(object, names)| (object, refs(names)))
            .collect()
    }

    /// What a tag finally points at; anything else is itself.
    fn peeled(&self, number: u32) -> Option<u32> {
        let mut number = number;
        // Longer chains of tags do not occur; a circle would need a lie in an index.
        for _ in 0..100 {
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
                let number = self.peeled((self.find)(&tip.id)?)?;
                Some((tip, self.graph.find(number)?))
            })
            .collect()
    }

    /// Reads the commits of the drafts and joins what is handed out together.
    fn complete(
        &self,
        drafts: Vec<LocationDraft>,
        tips: &[CommitTip<'_>],
        holds: &mut dyn BlobSecrets,
    ) -> Vec<LocatedSecret> {
        let origins: Vec<&[u32]> = drafts.iter().map(|draft| &draft.origins[..]).collect();
        let most = containing_refs::MAX_REFS;
        let refs = containing_refs::containing(self.graph, self.order, tips, &origins, most);
        let lost: Vec<usize> = (0..drafts.len())
            .filter(|&draft| refs[draft].is_empty() && !origins[draft].is_empty())
            .collect();
        let mut logs = vec![Refs::default(); drafts.len()];
        if !lost.is_empty() {
            let log_tips = self.commit_tips(&self.tips.logs);
            let wanted: Vec<&[u32]> = lost.iter().map(|&draft| origins[draft]).collect();
            let most = containing_refs::MAX_LOGS;
            let found =
                containing_refs::containing(self.graph, self.order, &log_tips, &wanted, most);
            for (draft, names) in lost.into_iter().zip(found) {
                logs[draft] = names;
            }
        }
        let anchors = self.anchors();
        // Not by the names of `refs`, which may be a selection without HEAD.
        let head = self.tips.head.as_ref().and_then(|id| (self.find)(id));
        let head_commit = head.and_then(|number| self.graph.find(self.peeled(number)?));
        let head_history = self.graph.reachable(head_commit);
        let mut located: BTreeMap<(u32, ObjectPart, BlobPath, Option<u32>), LocatedSecret> =
            BTreeMap::new();
        for ((draft, mut refs), logs) in drafts.into_iter().zip(refs).zip(logs) {
            if let Some(anchor) = draft.anchor {
                refs = anchors.get(&anchor).cloned().unwrap_or_default();
            }
            let in_head_history = draft.anchor.is_some() && draft.anchor == head
                || draft
                    .origins
                    .iter()
                    .any(|&origin| head_history[origin as usize]);
            let remark = self.remark(&draft, in_head_history, &refs, &logs, holds);
            if refs.is_empty() {
                refs = logs;
            }
            let first = draft.origins.first().copied();
            let key = (draft.object, draft.part, draft.path.clone(), first);
            let entry = located.entry(key).or_insert_with(|| LocatedSecret {
                object: draft.object,
                part: draft.part,
                path: draft.path,
                commit: first.map(|first| {
                    let of = draft.anchor.filter(|_| draft.part != ObjectPart::Blob);
                    self.commit(self.graph.link(first).number, of, refs)
                }),
                secrets: Vec::new(),
                remark,
            });
            entry.secrets.push(draft.secret);
        }
        let mut located: Vec<LocatedSecret> = located.into_values().collect();
        for place in &mut located {
            place.secrets.sort_unstable();
        }
        located
    }

    /// A commit as reports name it; for what stands in a tag, with who made the tag and when.
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

    /// What still contains it, in a sentence.
    fn remark(
        &self,
        draft: &LocationDraft,
        in_head_history: bool,
        refs: &Refs,
        logs: &Refs,
        holds: &mut dyn BlobSecrets,
    ) -> String {
        if in_head_history && let Some(names) = &draft.names {
            return if self.is_in_head(names, draft.secret, holds) {
                "HEAD still has it.".to_owned()
            } else {
                "HEAD no longer has it, its history does.".to_owned()
            };
        }
        if in_head_history {
            return "It is in the history of HEAD.".to_owned();
        }
        if let Some(first) = refs.first() {
            return match refs.total() {
                1 => format!("HEAD does not contain it, {first} does."),
                more => format!(
                    "HEAD does not contain it, {first} and {} more do.",
                    more - 1
                ),
            };
        }
        if let Some(first) = logs.first() {
            return format!("No ref contains it, only the reflog still does ({first}).");
        }
        "No ref contains it: it is unreachable, but still served until the server prunes it."
            .to_owned()
    }

    /// True if the files of `HEAD` hold the secret under the path.
    fn is_in_head(&self, names: &[u32], secret: SecretId, holds: &mut dyn BlobSecrets) -> bool {
        let head = self.tips.head.as_ref().and_then(|id| (self.find)(id));
        let commit = head.and_then(|number| self.graph.find(number));
        let mut at = commit.and_then(|commit| self.graph.link(commit).tree);
        for &name in names {
            at = at.and_then(|folder| self.paths.entry(folder, name));
        }
        at.is_some_and(|blob| holds.secrets(blob, names).binary_search(&secret).is_ok())
    }
}

/// What stands for the path of a text that is no file: `commit message`, `commit header`, `tag
/// message`, `tag header`.
fn pseudo(what: &str, part: ObjectPart) -> BlobPath {
    let part = match part {
        ObjectPart::Message => "message",
        ObjectPart::Head | ObjectPart::Blob => "header",
    };
    BlobPath::from_bytes(format!("{what} {part}").into_bytes())
}
