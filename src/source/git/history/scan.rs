//! One scan of a history, from the first object to the last finding.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;

use gix::objs::Kind;

use super::super::pack::inflate::Inflater;
use super::super::pack::object::ObjectContent;
use super::super::pack::parse;
use super::super::pack::store::ObjectStore;
use super::super::shallow;
use super::blob_pass::{BlobPass, BlobPassResult, ObjectPart};
use super::document_pass::{DocumentPath, scan_documents};
use super::graph::CommitGraph;
use super::hit_paths::HitPaths;
use super::passes::Pass;
use super::pointers;
use super::provenance::{LocatedSecret, LocatedSecrets, Provenance, ProvenanceLimits};
use super::refs::{self, RefTips};
use super::rescue::Rescue;
use super::secret_ids::{BlobSecretReader, SecretIds};
use super::tree_pass::{NameTable, TreePass, TreePassResult, WantedBlobs};
use super::{History, Reporter};
use crate::model::{Blob, BlobKind, BlobPath, CredentialId, DeclaredCharset, Hint, Origin};
use crate::source::NewVisitor;
use crate::source::git_config::{self, ClaimedPaths, Roots, ScanContext};

/// The kinds of objects that the first pass scans.
const SCANNED: &[Kind] = &[Kind::Commit, Kind::Blob, Kind::Tag];

/// One scan.
pub(super) struct HistoryScan<'a> {
    pub(super) history: &'a History,
    pub(super) threads: usize,
    pub(super) new_visitor: &'a NewVisitor<'a>,
    pub(super) reporter: Reporter<'a>,
}

impl HistoryScan<'_> {
    /// Passes on the configuration of the repository.
    pub(super) fn scan_configuration(&mut self) -> ControlFlow<()> {
        let layout = &self.history.layout;
        let visitor = self.reporter.visitor.as_mut();
        visitor.repository(&BlobPath::from_path(&layout.repository.git_dir));
        let root = layout.root();
        let roots = Roots::new(&[root.to_owned()]);
        let context = ScanContext {
            roots: &roots,
            relative: &|path: &Path| BlobPath::from_path(path.strip_prefix(root).unwrap_or(path)),
            claimed: &ClaimedPaths::default(),
        };
        git_config::visit(&layout.repository, &context, visitor)
    }

    /// Scans all objects, and passes on those with secrets once it is known where they were introduced.
    pub(super) fn scan_objects(&mut self) -> ControlFlow<()> {
        let mut problems = Vec::new();
        let layout = &self.history.layout;
        let store = ObjectStore::open(&layout.objects(), layout.hash, self.threads, &mut problems);
        for message in problems {
            self.reporter.error(None, message);
        }
        let shallow = self.shallow_commits();
        let tips = self.ref_tips(&store);
        let rescue = Rescue {
            history: self.history,
            store: &store,
            threads: self.threads,
            new_visitor: self.new_visitor,
        };
        let mut blobs = self.run_blob_pass(&store, &shallow)?;
        let lost_folders = rescue.blobs(&shallow, &mut blobs, &mut self.reporter);
        let ids = SecretIds::new(std::mem::take(&mut blobs.hits));
        let mut pointers = std::mem::take(&mut blobs.pointers);
        let listed = pointers::listed(&mut pointers, &store);
        let wanted = WantedBlobs::new(ids.blobs().chain(listed), &store);
        let names = NameTable::default();
        let mut trees = self.run_tree_pass(&store, &wanted, &names)?;
        rescue.folders(
            &wanted,
            &names,
            &mut trees,
            &lost_folders,
            &mut self.reporter,
        );
        trees.finish();
        let mut problems = std::mem::take(&mut blobs.problems);
        problems.append(std::mem::take(&mut trees.problems));
        rescue.report_missing(problems.missing, &mut self.reporter);
        rescue.report_invalid(problems.invalid, &mut self.reporter);
        let names = names.into_list();
        let visitor = self.reporter.visitor.as_mut();
        pointers::report(&pointers, &trees, &names, &store, visitor);
        self.locate(&store, blobs, &trees, ids, &names, &tips)
    }

    /// Scans every blob, commit and tag. Breaks if a visitor asks to stop.
    fn run_blob_pass(
        &self,
        store: &ObjectStore,
        shallow: &[gix::ObjectId],
    ) -> ControlFlow<(), BlobPassResult> {
        let pass = Pass::new(store, SCANNED, self.threads);
        let results = pass.on_each_thread(|| {
            let mut visitor = (self.new_visitor)();
            let mut blobs = BlobPass::new(store, shallow, visitor.as_mut());
            pass.run(&mut blobs)?;
            ControlFlow::Continue(blobs.result)
        });
        let mut total = BlobPassResult::default();
        for result in results {
            total.append(result?);
        }
        // The result does not depend on which thread was first.
        total
            .hits
            .sort_unstable_by_key(|hit| (hit.number, hit.part));
        ControlFlow::Continue(total)
    }

    /// Reads every folder. Breaks if a visitor asks to stop.
    fn run_tree_pass(
        &self,
        store: &ObjectStore,
        wanted: &WantedBlobs,
        names: &NameTable,
    ) -> ControlFlow<(), TreePassResult> {
        let pass = Pass::new(store, &[Kind::Tree], self.threads);
        let results = pass.on_each_thread(|| {
            let visitor = (self.new_visitor)();
            let mut trees = TreePass::new(store, wanted, names, visitor.as_ref());
            pass.run(&mut trees)?;
            ControlFlow::Continue(trees.result)
        });
        let mut total = TreePassResult::default();
        for result in results {
            total.append(result?);
        }
        ControlFlow::Continue(total)
    }

    /// Finds out where the secrets were introduced, and passes them on.
    fn locate(
        &mut self,
        store: &ObjectStore,
        blobs: BlobPassResult,
        trees: &TreePassResult,
        mut ids: SecretIds,
        names: &[Box<[u8]>],
        tips: &RefTips,
    ) -> ControlFlow<()> {
        let documents = self.run_document_pass(store, trees, names, &mut ids);
        let hits = ids.hits();
        if hits.is_empty() && documents.is_empty() {
            return ControlFlow::Continue(());
        }
        let hit_blobs = hits.iter().filter(|hit| hit.kind == Kind::Blob);
        let hit_blobs = hit_blobs.map(|hit| hit.number).chain(documents);
        let paths = HitPaths::new(trees, hit_blobs, store.len());
        let graph = CommitGraph::new(blobs.commits);
        let order = graph.order(store);
        let tags: HashMap<u32, u32> = blobs.tags.into_iter().collect();
        let options = &self.history.options;
        let provenance = Provenance {
            graph: &graph,
            paths: &paths,
            names,
            tips,
            tags: &tags,
            submodules: &trees.submodules,
            limits: ProvenanceLimits {
                since: options.since,
                reachable_only: options.reachable || !options.refs.is_empty(),
            },
            find: &|id| store.find(id),
            hex: &|number| store.id(number).to_string(),
            read: &|number| read_whole(store, number),
            order: &order,
        };
        let mut reader = BlobSecretReader {
            store,
            names,
            ids: &mut ids,
            visitor: self.reporter.visitor.as_mut(),
            documents: HashMap::new(),
        };
        let LocatedSecrets {
            located,
            unselected,
            is_cut,
        } = provenance.locate(&hits, &mut reader);
        if unselected > 0 && provenance.limits.reachable_only {
            self.reporter.note(unselected_note(unselected));
        }
        if is_cut {
            let message =
                "folders nest too deep or too often; not every path of the findings is listed";
            self.reporter.error(None, message.to_owned());
        }
        for located in located {
            self.report_located(store, &ids, located)?;
        }
        ControlFlow::Continue(())
    }

    /// Passes on an object whose location is known.
    fn report_located(
        &mut self,
        store: &ObjectStore,
        ids: &SecretIds,
        located: LocatedSecret,
    ) -> ControlFlow<()> {
        let LocatedSecret {
            object,
            part,
            path,
            commit,
            secrets,
            remark,
        } = located;
        let origin = || Origin {
            path: path.clone(),
            on_disk: None,
            kind: BlobKind::Content,
            commit: commit.clone().map(Into::into),
            remote: None,
        };
        let is_introduced = |credential: &CredentialId| {
            let id = ids.id(credential);
            id.is_some_and(|id| secrets.binary_search(&id).is_ok())
        };
        let visitor = &mut self.reporter.visitor;
        let mut report = |content: &mut dyn std::io::Read, charset: Option<DeclaredCharset<'_>>| {
            let hint = Hint {
                charset,
                ..Hint::of_path(path.as_bytes())
            };
            let blob = Blob {
                hint,
                content,
                origin: &origin,
            };
            visitor.placed(blob, &is_introduced, &remark)
        };
        let inflater = &mut Inflater::default();
        let read = store.read(object, inflater, |_, content| match content {
            ObjectContent::Stream(content, _) => report(content, None),
            ObjectContent::Bytes(mut bytes) => {
                let mut text = match part {
                    ObjectPart::Blob => return report(&mut bytes, None),
                    ObjectPart::Message => parse::message(bytes),
                    ObjectPart::Header => parse::header(bytes),
                };
                report(&mut text.bytes, text.charset)
            }
        });
        read.unwrap_or_else(|damage| {
            let id = store.id(object);
            let message = format!("the object {id} cannot be read again: {damage}");
            self.reporter.error(Some(path.clone()), message);
            ControlFlow::Continue(())
        })
    }

    /// Scans the blobs whose names select a parser. Returns those that contain something then.
    fn run_document_pass(
        &mut self,
        store: &ObjectStore,
        trees: &TreePassResult,
        names: &[Box<[u8]>],
        ids: &mut SecretIds,
    ) -> Vec<u32> {
        let mut paths: HashMap<u32, Vec<u8>> = HashMap::new();
        for (_, name) in &trees.documents {
            if !paths.contains_key(name)
                && let visitor = &self.reporter.visitor
                && let Some(path) = visitor.document_path(&names[*name as usize])
            {
                paths.insert(*name, path);
            }
        }
        let documents = trees.documents.iter();
        let documents: Vec<DocumentPath<'_>> = documents
            .filter_map(|(blob, name)| Some((*blob, &paths.get(name)?[..])))
            .collect();
        let mut blobs = Vec::new();
        for (blob, found) in scan_documents(store, &documents, self.threads, self.new_visitor) {
            blobs.push(blob);
            ids.add(found);
        }
        blobs.dedup();
        blobs
    }

    /// Reads the refs and reflogs, as far as the options select them. An unreadable one is an error if a finding
    /// may be missed because of it, otherwise a note.
    fn ref_tips(&mut self, store: &ObjectStore) -> RefTips {
        let mut tips = refs::read_tips(&self.history.layout);
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
        notes.append(&mut tips.notes);
        if !options.refs.is_empty() {
            // If no ref can be read, that is the error.
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
        for message in errors {
            self.reporter.error(None, message);
        }
        for message in notes {
            self.reporter.note(message);
        }
        tips
    }

    /// Returns the commits at which a shallow clone ends, sorted.
    fn shallow_commits(&mut self) -> Vec<gix::ObjectId> {
        let layout = &self.history.layout;
        let shallow = match shallow::read(&layout.shallow(), Some(layout.hash)) {
            Ok(shallow) => shallow,
            Err(error) => {
                let message = format!("the file 'shallow' cannot be read: {error}");
                self.reporter.error(None, message);
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
                self.reporter.note(message.to_owned());
            } else {
                let message = format!("{message}, --allow-shallow accepts it");
                self.reporter.error(None, message);
            }
        }
        shallow
    }
}

/// Returns a note about findings that the options exclude.
fn unselected_note(count: usize) -> String {
    let found = match count {
        1 => "1 credential was found only in objects".to_owned(),
        count => format!("{count} credentials were found only in objects"),
    };
    format!(
        "{found} that the selected refs do not contain; 'tokensweep history' without --reachable and --refs reports them"
    )
}

/// Returns the bytes of a commit or tag.
fn read_whole(store: &ObjectStore, number: u32) -> Option<Vec<u8>> {
    let inflater = &mut Inflater::default();
    let read = store.read(number, inflater, |_, content| match content {
        ObjectContent::Bytes(bytes) => Some(bytes.to_vec()),
        ObjectContent::Stream(..) => None,
    });
    read.ok()?
}

/// Returns true if a pattern matches a ref by its full name, or by the part that Git lets one omit.
fn matches(glob: &str, name: &str) -> bool {
    use gix::glob::wildmatch::Mode;
    let short = ["refs/heads/", "refs/tags/", "refs/remotes/", "refs/"]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix));
    [name, short.unwrap_or(name)]
        .iter()
        .any(|name| gix::glob::wildmatch(glob.into(), (*name).into(), Mode::empty()))
}
