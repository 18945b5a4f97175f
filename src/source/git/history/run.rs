//! One scan of a history, from the first object to the last finding.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use std::path::Path;
use std::rc::Rc;

use super::contents::{Contents, Part, Seen};
use super::damage::Damage;
use super::entry::Kind;
use super::folders::{FolderReader, Folders, Names, Wanted};
use super::graph::Graph;
use super::inflate::Inflater;
use super::object::{Content, Object};
use super::paths::Paths;
use super::provenance::{Hit, Limits, Located, Provenance};
use super::refs::{self, Tips};
use super::store::Store;
use super::trace::{Holds, Mark};
use super::{History, passes};
use crate::model::{Blob, BlobKind, BlobPath, Fingerprint, Hint, ItemError, Note, Origin};
use crate::source::git_config::{self, Roots, Surroundings};
use crate::source::{NewVisitor, Visitor};

/// How many broken or missing objects are told one by one.
const MAX_TOLD: usize = 100;

/// One scan.
pub(crate) struct Run<'a> {
    history: &'a History,
    threads: usize,
    new_visitor: &'a NewVisitor<'a>,
    visitor: Box<dyn Visitor + 'a>,
}

impl<'a> Run<'a> {
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
        let surroundings = Surroundings {
            roots: &roots,
            relative: &|path: &Path| BlobPath::from_path(path.strip_prefix(root).unwrap_or(path)),
            seen: &git_config::Seen::default(),
        };
        git_config::visit(&layout.repository, &surroundings, self.visitor.as_mut())
    }

    fn objects(&mut self) -> ControlFlow<()> {
        let mut problems = Vec::new();
        let layout = &self.history.layout;
        let store = Store::open(&layout.objects(), layout.hash, &mut problems);
        for message in problems {
            self.error(None, message);
        }
        let shallow = self.shallow();
        let tips = refs::tips(layout);
        for problem in &tips.problems {
            self.note(problem.clone());
        }
        let stopped = ControlFlow::Break(());
        let Some(mut seen) = passes::contents(&store, &shallow, self.threads, self.new_visitor)
        else {
            return stopped;
        };
        let lost_folders = self.rescue(&store, &shallow, &mut seen);
        let marks = Marks::new(&store, std::mem::take(&mut seen.found));
        let wanted = Wanted::new(marks.blobs(), &store);
        let names = Names::default();
        let folders = passes::folders(&store, &wanted, &names, self.threads, self.new_visitor);
        let Some(mut folders) = folders else {
            return stopped;
        };
        self.rescue_folders(&store, &wanted, &names, &mut folders, lost_folders);
        let mut missing = std::mem::take(&mut seen.missing);
        missing.append(&mut folders.missing);
        self.missing(&store, missing);
        let mut unsound = std::mem::take(&mut seen.unsound);
        unsound.append(&mut folders.unsound);
        self.unsound(&store, unsound);
        self.locate(&store, seen, &folders, marks, names.into_list(), tips)
    }

    /// Where what was found came from, and hands it out.
    fn locate(
        &mut self,
        store: &Store,
        seen: Seen,
        folders: &Folders,
        mut marks: Marks,
        names: Vec<Box<[u8]>>,
        mut tips: Tips,
    ) -> ControlFlow<()> {
        let documents = self.documents(store, folders, &names, &mut marks);
        let hits: Vec<Hit> = marks.hits();
        if hits.is_empty() && documents.is_empty() {
            return ControlFlow::Continue(());
        }
        let limits = self.limits(&mut tips);
        let blobs = hits
            .iter()
            .filter(|hit| hit.1 == Kind::Blob)
            .map(|hit| hit.0);
        let paths = Paths::new(folders, blobs.chain(documents));
        let graph = Graph::new(seen.commits);
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
        let mut holds = Reader {
            store,
            names: &names,
            marks: &mut marks,
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
            self.hand_out(store, &marks, place)?;
        }
        ControlFlow::Continue(())
    }

    /// Hands out an object whose place is known.
    fn hand_out(&mut self, store: &Store, marks: &Marks, place: Located) -> ControlFlow<()> {
        let Located {
            object,
            part,
            path,
            commit,
            marks: counting,
            remark,
        } = place;
        let origin = || Origin {
            path: path.clone(),
            on_disk: None,
            kind: BlobKind::Content,
            commit: commit.clone(),
        };
        let hint = Hint {
            path: path.as_bytes(),
            kind: BlobKind::Content,
        };
        let visitor = &mut self.visitor;
        let mut give = |content: &mut dyn std::io::Read| {
            let blob = Blob {
                hint,
                content,
                origin: &origin,
            };
            let counts = |fingerprint: &Fingerprint| {
                let mark = marks.number(fingerprint);
                mark.is_some_and(|mark| counting.contains(&mark))
            };
            visitor.placed(blob, &counts, &remark)
        };
        let read = store.read(
            object,
            &mut Inflater::default(),
            |_, content| match content {
                Content::Stream(content) => give(content),
                Content::Bytes(bytes) => {
                    let (head, message) = super::parse::split(bytes);
                    match part {
                        Part::Blob => give(&mut &*bytes),
                        Part::Message => give(&mut &*message),
                        Part::Head => give(&mut &*head),
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
        store: &Store,
        folders: &Folders,
        names: &[Box<[u8]>],
        marks: &mut Marks,
    ) -> Vec<u32> {
        let mut documents = folders.documents.clone();
        documents.sort_unstable();
        documents.dedup();
        let mut holding = Vec::new();
        for (blob, name) in documents {
            let Some(path) = self.visitor.document_path(&names[name as usize]) else {
                continue;
            };
            let found = marks.probe(store, blob, &path, self.visitor.as_mut());
            if !found.is_empty() {
                holding.push(blob);
            }
        }
        holding.dedup();
        holding
    }

    fn limits(&self, tips: &mut Tips) -> Limits {
        let options = &self.history.options;
        if !options.refs.is_empty() {
            tips.refs
                .retain(|tip| options.refs.iter().any(|glob| matches(glob, &tip.name)));
            tips.logs.clear();
        }
        Limits {
            since: options.since,
            reachable_only: options.reachable || !options.refs.is_empty(),
        }
    }

    /// Commits whose parents a shallow clone leaves out, sorted.
    fn shallow(&mut self) -> Vec<gix::ObjectId> {
        let file = self.history.layout.repository.common_dir.join("shallow");
        let Ok(text) = std::fs::read(file) else {
            return Vec::new();
        };
        let lines = text.split(|&b| b == b'\n');
        let mut shallow: Vec<_> = lines
            .filter_map(|line| gix::ObjectId::from_hex(line).ok())
            .collect();
        shallow.sort_unstable();
        if !shallow.is_empty() {
            self.note(
                "the repository is a shallow clone: what was committed before it begins was not \
                 scanned; `git fetch --unshallow` gets it"
                    .to_owned(),
            );
        }
        shallow
    }

    /// Tries other copies of what could not be read, and tells what is left. Gives the folders
    /// that were found so.
    fn rescue(
        &mut self,
        store: &Store,
        shallow: &[gix::ObjectId],
        seen: &mut Seen,
    ) -> Vec<gix::ObjectId> {
        let mut broken = std::mem::take(&mut seen.broken);
        for (index, pack) in store.packs().iter().enumerate() {
            for (rank, damage) in pack.broken() {
                broken.push((Some(index), pack.place(*rank), damage.clone()));
                if *damage == Damage::Cycle {
                    // Each of them is in the list.
                    continue;
                }
                let below = Damage::Base(pack.id_at(pack.place(*rank)).to_string());
                pack.descendants(*rank, |rank| {
                    broken.push((Some(index), pack.place(rank), below.clone()));
                });
            }
        }
        let mut folders = Vec::new();
        let mut visitor = (self.new_visitor)();
        let mut contents = Contents {
            store,
            shallow,
            visitor: visitor.as_mut(),
            pack: None,
            seen: Seen::default(),
            changes: Vec::new(),
        };
        self.each_copy(store, broken, |number, kind, content| {
            if kind == Kind::Tree {
                folders.push(store.id(number));
                return;
            }
            let object = Object {
                place: 0,
                kind,
                content,
                base: None,
            };
            contents.take(number, object);
        });
        let rescued = contents.seen;
        seen.append(rescued);
        folders
    }

    fn rescue_folders(
        &mut self,
        store: &Store,
        wanted: &Wanted,
        names: &Names,
        folders: &mut Folders,
        lost: Vec<gix::ObjectId>,
    ) {
        let mut broken = std::mem::take(&mut folders.broken);
        for (index, pack) in store.packs().iter().enumerate() {
            for id in &lost {
                let place = pack
                    .find(id)
                    .map(|place| (Some(index), place, Damage::NoBase));
                broken.extend(place);
            }
        }
        let visitor = (self.new_visitor)();
        let mut reader = FolderReader {
            store,
            wanted,
            names,
            visitor: visitor.as_ref(),
            pack: None,
            seen: Folders::default(),
            known: HashMap::new(),
        };
        self.each_copy(store, broken, |number, kind, content| {
            if let (Kind::Tree, Content::Bytes(bytes)) = (kind, content) {
                reader.take(number, bytes, None);
            }
        });
        let rescued = reader.seen;
        folders.append(rescued);
        folders.folders.sort_by_key(|folder| folder.number);
        folders.folders.dedup_by_key(|folder| folder.number);
    }

    /// Lends another copy of each broken object to `take`; tells those that have none.
    fn each_copy(
        &mut self,
        store: &Store,
        mut broken: Vec<(Option<usize>, u32, Damage)>,
        mut take: impl FnMut(u32, Kind, Content<'_>),
    ) {
        if broken.is_empty() {
            return;
        }
        // What cannot be read at all says more than what is not as it was.
        broken.sort_by_key(|entry| (entry.0, entry.1, entry.2 == Damage::Checksum));
        broken.dedup_by_key(|entry| (entry.0, entry.1));
        // Somebody may have repacked: what was a loose object then is in a pack now.
        let fresh = Store::open(
            &self.history.layout.objects(),
            store.hash(),
            &mut Vec::new(),
        );
        let mut inflater = Inflater::default();
        let mut told = Told::default();
        for (pack, place, damage) in broken {
            let number = match pack {
                Some(pack) => store.number_in(pack, place),
                None => store.number_of_loose(place as usize),
            };
            let Some(number) = number else {
                continue;
            };
            let id = store.id(number);
            let pack = store.pack_of(number);
            let mut kind_of_copy = None;
            let copied = fresh.read_elsewhere(&id, pack, &mut inflater, |kind, content| {
                kind_of_copy = Some(kind);
                take(number, kind, content);
            });
            if copied.is_some() {
                continue;
            }
            let place = pack.map_or_else(
                || "loose object".to_owned(),
                |pack| format!("in the pack '{}'", pack.display()),
            );
            told.add(self, format!("the object {id} ({place}): {damage}"));
        }
        told.finish(self, "objects that cannot be read");
    }

    /// Tells what is not what it should be.
    fn unsound(&mut self, store: &Store, mut unsound: Vec<(u32, Damage)>) {
        unsound.sort_by_key(|entry| entry.0);
        unsound.dedup();
        let mut told = Told::default();
        for (number, damage) in unsound {
            let message = format!("the object {}: {damage}", store.id(number));
            told.add(self, message);
        }
        told.finish(self, "objects that are not what they should be");
    }

    /// Tells what is not there.
    fn missing(&mut self, store: &Store, mut missing: Vec<(gix::ObjectId, u32)>) {
        missing.sort_unstable();
        missing.dedup_by_key(|entry| entry.0);
        if missing.is_empty() {
            return;
        }
        let is_promised = store.is_promised() || self.history.layout.is_partial;
        let allowed = self.history.options.allow_missing;
        if is_promised || allowed {
            let count = missing.len();
            let why = if is_promised {
                "the repository is a partial clone: "
            } else {
                ""
            };
            let message = format!(
                "{why}{count} {} not here and {} not scanned",
                if count == 1 {
                    "object is"
                } else {
                    "objects are"
                },
                if count == 1 { "was" } else { "were" },
            );
            if allowed {
                self.note(message);
            } else {
                self.error(
                    None,
                    format!(
                        "{message}; `git fetch --refetch --no-filter` gets all, --allow-missing \
                         scans without"
                    ),
                );
            }
            return;
        }
        let mut told = Told::default();
        for (id, by) in missing {
            let by = store.id(by);
            let message = format!("the object {id} is not in the repository, but {by} names it");
            told.add(self, message);
        }
        told.finish(self, "objects that are not there");
    }

    fn error(&mut self, path: Option<BlobPath>, message: String) {
        self.visitor.error(ItemError { path, message });
    }

    fn note(&mut self, message: String) {
        self.visitor.note(Note { message });
    }
}

/// Counts what is told, and stops at some point.
#[derive(Default)]
struct Told {
    count: usize,
}

impl Told {
    fn add(&mut self, run: &mut Run<'_>, message: String) {
        self.count += 1;
        if self.count <= MAX_TOLD {
            run.error(None, message);
        }
    }

    fn finish(&self, run: &mut Run<'_>, what: &str) {
        if self.count > MAX_TOLD {
            let more = self.count - MAX_TOLD;
            run.error(None, format!("{more} more {what}"));
        }
    }
}

/// The secrets that were found, each under a number, and what holds them.
struct Marks {
    numbers: BTreeMap<Fingerprint, Mark>,
    found: Vec<Hit>,
    /// By blob: what it holds under a path that means nothing.
    plain: HashMap<u32, Rc<[Mark]>>,
}

impl Marks {
    fn new(_store: &Store, found: Vec<(u32, Kind, Part, Vec<Fingerprint>)>) -> Self {
        let mut marks = Self {
            numbers: BTreeMap::new(),
            found: Vec::new(),
            plain: HashMap::new(),
        };
        for (number, kind, part, fingerprints) in found {
            let list = marks.number_all(fingerprints);
            if kind == Kind::Blob {
                marks.plain.insert(number, Rc::clone(&list));
            }
            marks.found.push((number, kind, part, list));
        }
        marks
    }

    fn number_all(&mut self, fingerprints: Vec<Fingerprint>) -> Rc<[Mark]> {
        let mut list: Vec<Mark> = fingerprints
            .into_iter()
            .map(|fingerprint| {
                let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
                *self.numbers.entry(fingerprint).or_insert(next)
            })
            .collect();
        list.sort_unstable();
        list.into()
    }

    fn number(&self, fingerprint: &Fingerprint) -> Option<Mark> {
        self.numbers.get(fingerprint).copied()
    }

    fn blobs(&self) -> impl Iterator<Item = u32> + '_ {
        self.plain.keys().copied()
    }

    fn hits(&self) -> Vec<Hit> {
        self.found.clone()
    }

    /// What a blob holds under this path.
    fn probe(
        &mut self,
        store: &Store,
        blob: u32,
        path: &[u8],
        visitor: &mut dyn Visitor,
    ) -> Rc<[Mark]> {
        let hint = Hint {
            path,
            kind: BlobKind::Content,
        };
        let read = store.read(blob, &mut Inflater::default(), |kind, content| {
            match (kind, content) {
                (Kind::Blob, Content::Bytes(mut bytes)) => visitor.probe(hint, &mut bytes).ok(),
                (Kind::Blob, Content::Stream(content)) => visitor.probe(hint, content).ok(),
                _ => None,
            }
        });
        // What cannot be read has been told in the first pass.
        let found = read.ok().flatten().unwrap_or_default();
        self.number_all(found)
    }
}

/// Tells what a blob holds under a path, for documents by reading it again.
struct Reader<'a> {
    store: &'a Store,
    names: &'a [Box<[u8]>],
    marks: &'a mut Marks,
    visitor: &'a mut dyn Visitor,
    /// By blob and the last names of its path.
    documents: HashMap<(u32, Vec<u32>), Rc<[Mark]>>,
}

impl Holds for Reader<'_> {
    fn marks(&mut self, blob: u32, names: &[u32]) -> Rc<[Mark]> {
        // Two names say all about the grammar of a file.
        let tail = &names[names.len().saturating_sub(2)..];
        let path: Vec<&[u8]> = tail
            .iter()
            .map(|&name| &*self.names[name as usize])
            .collect();
        let path = path.join(&b'/');
        if !self.visitor.is_document(&path) {
            return self.marks.plain.get(&blob).cloned().unwrap_or_default();
        }
        let key = (blob, tail.to_vec());
        if let Some(marks) = self.documents.get(&key) {
            return Rc::clone(marks);
        }
        let marks = self.marks.probe(self.store, blob, &path, self.visitor);
        self.documents.insert(key, Rc::clone(&marks));
        marks
    }
}

/// Reads a commit or tag.
fn read_small(store: &Store, number: u32) -> Option<Vec<u8>> {
    store
        .read(
            number,
            &mut Inflater::default(),
            |_, content| match content {
                Content::Bytes(bytes) => Some(bytes.to_vec()),
                Content::Stream(_) => None,
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
