//! One scan of a history, from the first object to the last finding.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;

use super::super::pack::entry::Kind;
use super::super::pack::inflate::Inflater;
use super::super::pack::object::ObjectContent;
use super::super::pack::parse;
use super::super::pack::store::ObjectStore;
use super::blob_pass::{BlobPassResult, ObjectPart};
use super::graph::CommitGraph;
use super::hit_paths::HitPaths;
use super::provenance::{LocatedSecret, ObjectHit, Provenance, ProvenanceLimits};
use super::refs::{self, RefTips};
use super::secret_ids::{BlobSecretReader, SecretIds};
use super::tree_pass::{NameTable, TreePassResult, WantedBlobs};
use super::{History, document_pass, passes};
use crate::model::{Blob, BlobKind, BlobPath, CredentialId, Hint, ItemError, Note, Origin};
use crate::source::git::shallow;
use crate::source::git_config::{self, Roots, ScanContext};
use crate::source::{NewVisitor, Visitor};

/// One scan.
pub(crate) struct HistoryScan<'a> {
    pub(super) history: &'a History,
    pub(super) threads: usize,
    pub(super) new_visitor: &'a NewVisitor<'a>,
    visitor: Box<dyn Visitor + 'a>,
}

impl<'a> HistoryScan<'a> {
    /// A scan of `history`.
    pub(crate) fn new(
        history: &'a History,
        threads: usize,
        new_visitor: &'a NewVisitor<'a>,
    ) -> Self {
        Self {
            history,
            threads,
            new_visitor,
            visitor: new_visitor(),
        }
    }

    /// Scans all there is.
    pub(crate) fn all(mut self) {
        // Who breaks has been told why.
        let _ = self.configuration();
        let _ = self.objects();
    }

    /// Hands out the configuration of the repository.
    fn configuration(&mut self) -> ControlFlow<()> {
        let layout = &self.history.layout;
        let root = layout.root();
        self.visitor
            .repository(&BlobPath::from_path(&layout.repository.git_dir));
        let roots = Roots::new(&[root.to_owned()]);
        let context = ScanContext {
            roots: &roots,
            relative: &|path: &Path| BlobPath::from_path(path.strip_prefix(root).unwrap_or(path)),
            claimed: &git_config::ClaimedPaths::default(),
        };
        git_config::visit(&layout.repository, &context, self.visitor.as_mut())
    }

    fn objects(&mut self) -> ControlFlow<()> {
        let mut problems = Vec::new();
        let layout = &self.history.layout;
        let store = ObjectStore::open(&layout.objects(), layout.hash, self.threads, &mut problems);
        for message in problems {
            self.error(None, message);
        }
        let shallow = self.shallow();
        let tips = self.tips(&store);
        let stopped = ControlFlow::Break(());
        let Some(mut seen) = passes::contents(&store, &shallow, self.threads, self.new_visitor)
        else {
            return stopped;
        };
        let lost_folders = self.rescue(&store, &shallow, &mut seen);
        let secrets = SecretIds::new(std::mem::take(&mut seen.found));
        let wanted = WantedBlobs::new(secrets.blobs(), &store);
        let names = NameTable::default();
        let folders = passes::folders(&store, &wanted, &names, self.threads, self.new_visitor);
        let Some(mut folders) = folders else {
            return stopped;
        };
        self.rescue_folders(&store, &wanted, &names, &mut folders, lost_folders);
        folders.sort_changes();
        let mut missing = std::mem::take(&mut seen.missing);
        missing.append(&mut folders.missing);
        self.missing(&store, missing);
        let mut unsound = std::mem::take(&mut seen.unsound);
        unsound.append(&mut folders.unsound);
        self.unsound(&store, unsound);
        self.locate(&store, seen, &folders, secrets, names.into_list(), tips)
    }

    /// Where what was found came from, and hands it out.
    fn locate(
        &mut self,
        store: &ObjectStore,
        seen: BlobPassResult,
        folders: &TreePassResult,
        mut secrets: SecretIds,
        names: Vec<Box<[u8]>>,
        tips: RefTips,
    ) -> ControlFlow<()> {
        let documents = self.documents(store, folders, &names, &mut secrets);
        let hits: Vec<ObjectHit> = secrets.hits();
        if hits.is_empty() && documents.is_empty() {
            return ControlFlow::Continue(());
        }
        let limits = self.limits();
        let blobs = hits
            .iter()
            .filter(|hit| hit.1 == Kind::Blob)
            .map(|hit| hit.0);
        let paths = HitPaths::new(folders, blobs.chain(documents), store.len());
        let graph = CommitGraph::new(seen.commits);
        let order = graph.order(store);
        let tags: HashMap<u32, u32> = seen.tags.into_iter().collect();
        let provenance = Provenance {
            graph: &graph,
            paths: &paths,
            names: &names,
            tips: &tips,
            tags: &tags,
            limits,
            find: &|id| store.find(id),
            hex: &|number| store.id(number).to_string(),
            read: &|number| read_small(store, number),
            order: &order,
        };
        let mut holds = BlobSecretReader {
            store,
            names: &names,
            secrets: &mut secrets,
            visitor: self.visitor.as_mut(),
            documents: HashMap::new(),
        };
        let (located, is_cut) = provenance.locate(&hits, &mut holds);
        if is_cut {
            let message = "the folders nest too deep or too often; not every path of what was \
                           found is told";
            self.error(None, message.to_owned());
        }
        for place in located {
            self.hand_out(store, &secrets, place)?;
        }
        ControlFlow::Continue(())
    }

    /// Hands out an object whose place is known.
    fn hand_out(
        &mut self,
        store: &ObjectStore,
        secrets: &SecretIds,
        place: LocatedSecret,
    ) -> ControlFlow<()> {
        let LocatedSecret {
            object,
            part,
            path,
            commit,
            secrets: counting,
            remark,
        } = place;
        let origin = || Origin {
            path: path.clone(),
            on_disk: None,
            kind: BlobKind::Content,
            commit: commit.clone().map(Into::into),
        };
        let visitor = &mut self.visitor;
        let mut give = |content: &mut dyn std::io::Read, charset: Option<&[u8]>| {
            let blob = Blob {
                hint: Hint {
                    charset,
                    ..Hint::of_path(path.as_bytes())
                },
                content,
                origin: &origin,
            };
            let counts = |fingerprint: &CredentialId| {
                let secret = secrets.number(fingerprint);
                secret.is_some_and(|secret| counting.binary_search(&secret).is_ok())
            };
            visitor.placed(blob, &counts, &remark)
        };
        let read = store.read(
            object,
            &mut Inflater::default(),
            |_, content| match content {
                ObjectContent::Stream(content) => give(content, None),
                ObjectContent::Bytes(bytes) => {
                    let (head, message) = parse::split(bytes);
                    let charset = parse::encoding(bytes);
                    match part {
                        ObjectPart::Blob => give(&mut &*bytes, None),
                        ObjectPart::Message => give(&mut &*message, charset),
                        ObjectPart::Head => give(&mut &*head, None),
                    }
                }
            },
        );
        read.unwrap_or_else(|damage| {
            let message = format!(
                "the object {} cannot be read again: {damage}",
                store.id(object)
            );
            self.error(Some(path.clone()), message);
            ControlFlow::Continue(())
        })
    }

    /// Looks into the blobs whose names say that they have a grammar. Gives those that hold
    /// something then.
    fn documents(
        &mut self,
        store: &ObjectStore,
        folders: &TreePassResult,
        names: &[Box<[u8]>],
        secrets: &mut SecretIds,
    ) -> Vec<u32> {
        let mut documents = folders.documents.clone();
        documents.sort_unstable();
        documents.dedup();
        let mut holding = Vec::new();
        let mut paths: HashMap<u32, Vec<u8>> = HashMap::new();
        for (_, name) in &documents {
            if !paths.contains_key(name)
                && let Some(path) = self.visitor.document_path(&names[*name as usize])
            {
                paths.insert(*name, path);
            }
        }
        let documents: Vec<(u32, &[u8])> = documents
            .into_iter()
            .filter_map(|(blob, name)| Some((blob, &paths.get(&name)?[..])))
            .collect();
        for (blob, found) in
            document_pass::documents(store, &documents, self.threads, self.new_visitor)
        {
            holding.push(blob);
            secrets.add(found);
        }
        holding.dedup();
        holding
    }

    /// The names that lead to commits, as far as the options ask for them. What could not be read is an
    /// error where a finding may be left out for it.
    fn tips(&mut self, store: &ObjectStore) -> RefTips {
        let mut tips = refs::tips(&self.history.layout);
        let options = &self.history.options;
        let needs_refs = options.reachable || !options.refs.is_empty() || options.since.is_some();
        let mut errors = Vec::new();
        let mut notes = std::mem::take(&mut tips.problems);
        for tip in tips.refs.iter().filter(|tip| store.find(&tip.id).is_none()) {
            let name = BlobPath::from_bytes(tip.name.as_str());
            notes.push(format!("'{name}' leads to {}, which is missing", tip.id));
        }
        if needs_refs && !options.allow_missing {
            errors.append(&mut notes);
        }
        if !options.refs.is_empty() {
            // Where none can be read, that is the error.
            let has_refs = self.history.layout.has_plain_refs;
            for pattern in options.refs.iter().filter(|_| has_refs) {
                if !tips.refs.iter().any(|tip| matches(pattern, &tip.name)) {
                    let pattern = BlobPath::from_bytes(pattern.as_str());
                    errors.push(format!(
                        "no ref matches '{pattern}' (--refs); 'git for-each-ref' lists them"
                    ));
                }
            }
            tips.refs
                .retain(|tip| options.refs.iter().any(|glob| matches(glob, &tip.name)));
            tips.logs.clear();
        }
        errors
            .into_iter()
            .for_each(|message| self.error(None, message));
        notes.into_iter().for_each(|message| self.note(message));
        tips
    }

    fn limits(&self) -> ProvenanceLimits {
        let options = &self.history.options;
        ProvenanceLimits {
            since: options.since,
            reachable_only: options.reachable || !options.refs.is_empty(),
        }
    }

    /// Commits whose parents a shallow clone leaves out, sorted.
    fn shallow(&mut self) -> Vec<gix::ObjectId> {
        let layout = &self.history.layout;
        let shallow = match shallow::read(&layout.shallow(), Some(layout.hash)) {
            Ok(shallow) => shallow,
            Err(error) => {
                self.error(None, format!("the file 'shallow' cannot be read: {error}"));
                return Vec::new();
            }
        };
        let mut shallow: Vec<_> = shallow.into_iter().collect();
        shallow.sort_unstable();
        if !shallow.is_empty() {
            let message = "the repository is a shallow clone: what was committed before it begins was not \
                           scanned; 'git fetch --unshallow' gets it";
            let options = &self.history.options;
            if options.allow_shallow || options.allow_missing {
                self.note(message.to_owned());
            } else {
                self.error(None, format!("{message}, --allow-shallow accepts it"));
            }
        }
        shallow
    }

    pub(super) fn error(&mut self, path: Option<BlobPath>, message: String) {
        self.visitor.error(ItemError { path, message });
    }

    pub(super) fn note(&mut self, message: String) {
        self.visitor.note(Note { message });
    }
}

/// Reads a commit or tag.
fn read_small(store: &ObjectStore, number: u32) -> Option<Vec<u8>> {
    store
        .read(
            number,
            &mut Inflater::default(),
            |_, content| match content {
                ObjectContent::Bytes(bytes) => Some(bytes.to_vec()),
                ObjectContent::Stream(_) => None,
            },
        )
        .ok()?
}

/// True if a ref has this name, in full or without what Git lets one leave out, or is covered by a
/// pattern.
fn matches(glob: &str, name: &str) -> bool {
    use gix::glob::wildmatch::Mode;

    let short = name
        .strip_prefix("refs/heads/")
        .or_else(|| name.strip_prefix("refs/tags/"))
        .or_else(|| name.strip_prefix("refs/remotes/"))
        .or_else(|| name.strip_prefix("refs/"))
        .unwrap_or(name);
    [name, short]
        .iter()
        .any(|name| gix::glob::wildmatch(glob.into(), (*name).into(), Mode::empty()))
}
